//! The forms that a constraint can have, and their numbers.

use super::{ConstraintFault, short};
use crate::{DeviceId, Kind, Path, Unit, Value};
use serde::{Deserialize, Serialize};

/// What a constraint forbids. A closed list: the door judges each by a function of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Form {
    /// Unlocking, disarming, opening a door or valve while nobody is at home, unless a person with
    /// the right to it says yes with the request.
    OpensWhileAway {},
    /// Setting a number outside of bounds.
    Bounds {
        /// Which number, on whatever endpoint.
        property: Path,
        /// The smallest that may be set, in the property's unit.
        min: Option<f64>,
        /// The largest that may be set, in the property's unit.
        max: Option<f64>,
    },
    /// Closing a covering while something is in its way.
    ClosesWhileObstructed {
        /// Sensors that say so, wherever they stand.
        #[serde(default)]
        sensors: Vec<DeviceId>,
        /// What also counts where it is said in the covering's own area, or by the covering itself.
        #[serde(default)]
        same_area: Vec<Signal>,
    },
    /// Opening a valve while water is where none should be.
    OpensWhileLeaking {
        /// Where a leak counts.
        place: LeakPlace,
    },
    /// Starting a device too often. Only starts are refused: stopping is always safe.
    StartsPerHour {
        /// How many starts within an hour of house time.
        most: f64,
    },
    /// Switching on what would take the house above its main fuse.
    LoadAbove {
        /// How much the house may draw.
        limit: f64,
        /// In which unit that is.
        unit: LoadUnit,
        /// The voltage between a phase and neutral; for limits in amperes.
        volts: f64,
        /// How many phases the fuse has; for limits in amperes.
        phases: f64,
        /// What a device counts for that nobody has measured, in watts.
        assumed: f64,
        /// The meter that measures the whole house; the largest of all meters where none is named.
        #[serde(default)]
        meter: Option<DeviceId>,
    },
}

/// What a sensor says when something is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A light barrier or the like is interrupted.
    Obstruction,
    /// A door or window is open.
    Contact,
    /// Somebody is there.
    Occupancy,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 3] = [Self::Obstruction, Self::Contact, Self::Occupancy];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Obstruction => "obstruction",
            Self::Contact => "contact",
            Self::Occupancy => "occupancy",
        }
    }

    /// The property that says so, by capability and name.
    #[must_use]
    pub const fn property(self) -> (&'static str, &'static str) {
        match self {
            Self::Obstruction => ("Obstruction", "obstructed"),
            Self::Contact => ("Contact", "open"),
            Self::Occupancy => ("OccupancySensing", "occupied"),
        }
    }

    /// What it says then, for people.
    #[must_use]
    pub const fn said(self) -> &'static str {
        match self {
            Self::Obstruction => "something is in the way",
            Self::Contact => "it is open",
            Self::Occupancy => "somebody is there",
        }
    }
}

/// Where a leak counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakPlace {
    /// Anywhere in the house.
    Anywhere,
    /// In the area of the valve. A valve without an area looks everywhere.
    SameArea,
}

/// The unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadUnit {
    /// Watts.
    Watt,
    /// Amperes on each phase.
    Ampere,
}

/// A number of a constraint that can be changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Its value; `None` where there is no such limit.
    pub value: Option<f64>,
    /// Its unit, as people write it; `None` for a mere number.
    pub unit: Option<&'static str>,
    /// The smallest that it can be.
    pub from: f64,
    /// The largest that it can be.
    pub to: f64,
    /// Whether it must be whole.
    pub whole: bool,
    /// Whether it may be left away.
    pub optional: bool,
}

impl Parameter {
    const fn new(name: &'static str, label: &'static str, value: f64, from: f64, to: f64) -> Self {
        Self {
            name,
            label,
            value: Some(value),
            unit: None,
            from,
            to,
            whole: false,
            optional: false,
        }
    }

    const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// “28 °C”; “any” where there is no such limit.
    #[must_use]
    pub fn said(&self) -> String {
        let Some(value) = self.value else {
            return "any".to_owned();
        };
        let unit = self.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{}{unit}", Value::Number(value))
    }

    fn check(&self, value: Option<f64>) -> Result<(), ConstraintFault> {
        let unit = self.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        let sort = if self.whole {
            "a whole number"
        } else {
            "a number"
        };
        let expected = format!("{sort} from {} to {}{unit}", self.from, self.to);
        match value {
            None if self.optional => Ok(()),
            None => Err(ConstraintFault::new(
                self.name,
                "it cannot be left away",
                expected,
            )),
            Some(value) => {
                let fits =
                    (self.from..=self.to).contains(&value) && !(self.whole && value.fract() != 0.0);
                if fits {
                    return Ok(());
                }
                Err(ConstraintFault::new(
                    self.name,
                    format!("it is {value}"),
                    expected,
                ))
            }
        }
    }
}

impl Form {
    /// The word on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::OpensWhileAway {} => "opens_while_away",
            Self::Bounds { .. } => "bounds",
            Self::ClosesWhileObstructed { .. } => "closes_while_obstructed",
            Self::OpensWhileLeaking { .. } => "opens_while_leaking",
            Self::StartsPerHour { .. } => "starts_per_hour",
            Self::LoadAbove { .. } => "load_above",
        }
    }

    /// The capabilities whose requests it can forbid.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&'static str> {
        match self {
            Self::OpensWhileAway {} => vec![
                "DoorLock",
                "SecurityAlarm",
                "WindowCovering",
                "ValveConfigurationAndControl",
            ],
            Self::Bounds { property, .. } => vec![property.capability.name],
            Self::ClosesWhileObstructed { .. } => vec!["WindowCovering"],
            Self::OpensWhileLeaking { .. } => vec!["ValveConfigurationAndControl"],
            Self::StartsPerHour { .. } => vec!["OnOff", "Thermostat"],
            Self::LoadAbove { .. } => vec!["OnOff", "LevelControl", "EnergyEvse"],
        }
    }

    /// Its numbers.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        match self {
            Self::OpensWhileAway {}
            | Self::ClosesWhileObstructed { .. }
            | Self::OpensWhileLeaking { .. } => Vec::new(),
            Self::Bounds { property, min, max } => {
                let table = property.property;
                let bound = |name, label, value| Parameter {
                    value,
                    unit: table.unit.map(Unit::symbol),
                    optional: true,
                    ..Parameter::new(name, label, 0.0, table.min, table.max)
                };
                vec![
                    bound("min", "At least", *min),
                    bound("max", "At most", *max),
                ]
            }
            Self::StartsPerHour { most } => {
                let most = Parameter::new("most", "Starts at most", *most, 1.0, 3_600.0);
                vec![most.whole().unit("an hour")]
            }
            Self::LoadAbove {
                limit,
                unit,
                volts,
                phases,
                assumed,
                meter: _,
            } => {
                let assumed = Parameter::new(
                    "assumed",
                    "What is not measured counts",
                    *assumed,
                    0.0,
                    100_000.0,
                )
                .unit("W");
                match unit {
                    LoadUnit::Watt => vec![
                        Parameter::new("limit", "Main fuse", *limit, 1.0, 1_000_000.0).unit("W"),
                        assumed,
                    ],
                    LoadUnit::Ampere => vec![
                        Parameter::new("limit", "Main fuse", *limit, 0.1, 1_000.0).unit("A"),
                        Parameter::new("volts", "Voltage", *volts, 1.0, 1_000.0).unit("V"),
                        Parameter::new("phases", "Phases", *phases, 1.0, 3.0).whole(),
                        assumed,
                    ],
                }
            }
        }
    }

    /// Changes one of its numbers.
    ///
    /// # Errors
    /// When it has no such number, or the value is out of range.
    pub fn set(&mut self, name: &str, value: Option<f64>) -> Result<(), ConstraintFault> {
        let parameters = self.parameters();
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
            let known: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
            let shown: String = name.chars().take(40).collect();
            return Err(ConstraintFault::new(
                "parameters",
                format!("`{shown}` is none of its numbers"),
                if known.is_empty() {
                    format!("no parameters: {} has none", self.kind())
                } else {
                    known.join(", ")
                },
            ));
        };
        parameter.check(value)?;
        match (self, name, value) {
            (Self::Bounds { min, .. }, "min", value) => *min = value,
            (Self::Bounds { max, .. }, "max", value) => *max = value,
            (Self::StartsPerHour { most }, "most", Some(value)) => *most = value,
            (Self::LoadAbove { limit, .. }, "limit", Some(value)) => *limit = value,
            (Self::LoadAbove { volts, .. }, "volts", Some(value)) => *volts = value,
            (Self::LoadAbove { phases, .. }, "phases", Some(value)) => *phases = value,
            (Self::LoadAbove { assumed, .. }, "assumed", Some(value)) => *assumed = value,
            _ => {}
        }
        Ok(())
    }

    /// The limit of a load in watts, and what an ampere of the house is worth in watts.
    #[must_use]
    pub fn watts(&self) -> Option<(f64, f64)> {
        match self {
            Self::LoadAbove {
                limit,
                unit,
                volts,
                phases,
                ..
            } => {
                let an_ampere = volts * phases;
                Some(match unit {
                    LoadUnit::Watt => (*limit, an_ampere),
                    LoadUnit::Ampere => (limit * an_ampere, an_ampere),
                })
            }
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConstraintFault> {
        for parameter in self.parameters() {
            parameter.check(parameter.value)?;
        }
        match self {
            Self::Bounds { property, min, max } => {
                let table = property.property;
                if table.kind != Kind::Number || !table.is_writable() {
                    return Err(ConstraintFault::new(
                        "form.property",
                        format!("{property} cannot be set to a number"),
                        "a number that can be set, such as Thermostat.heating_setpoint",
                    ));
                }
                match (min, max) {
                    (None, None) => Err(ConstraintFault::new(
                        "form",
                        "it has neither min nor max",
                        "at least one of them",
                    )),
                    (Some(min), Some(max)) if min > max => Err(ConstraintFault::new(
                        "min",
                        "it is above max",
                        format!("at most {max}"),
                    )),
                    _ => Ok(()),
                }
            }
            Self::ClosesWhileObstructed { sensors, same_area } => {
                short("form.sensors", sensors.len())?;
                if sensors.is_empty() && same_area.is_empty() {
                    return Err(ConstraintFault::new(
                        "form",
                        "it looks at nothing",
                        "`sensors`, or `same_area` with obstruction, contact or occupancy",
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
