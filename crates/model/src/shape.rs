//! A capability as one device has it: which properties, and how far its own limits reach.

use crate::capability::{Capability, Command, Effect, Kind, Path, Property};
use crate::{Unit, Value};
use serde::{Deserialize, Serialize};

/// A capability on an endpoint of a device, narrowed to what this device really offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// The endpoint; 1 is the device's main one.
    pub endpoint: u16,
    /// Which capability.
    #[serde(with = "by_name")]
    pub capability: &'static Capability,
    /// What this one is called on the device, where it has several of a kind ("Relay 2").
    pub label: Option<String>,
    /// The properties that it has.
    pub properties: Vec<PropertyShape>,
    /// The actions that it takes. Commands that set properties follow from the properties.
    pub actions: Vec<String>,
    /// The events that it may send.
    pub events: Vec<String>,
}

/// One property as one device has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PropertyShape {
    /// Its name in the table.
    pub name: String,
    /// The device's own lower limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The device's own upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The device's own step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// The words that this device knows, where they are not the table's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// The unit that the device names, for a number that no table knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether this device lets it be written (never more than the table does).
    pub writable: bool,
    /// Whether the device reports it. Without, a wish ends as "delivery only".
    pub reports: bool,
}

/// Why a value cannot be one of a property.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValueFault {
    /// Another kind of value is needed.
    #[error("{value} is not {expected}")]
    Kind {
        /// What was given.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// The number is out of range.
    #[error("{value} is out of range; expected {min} to {max}{unit}")]
    Range {
        /// What was given.
        value: f64,
        /// The lower limit.
        min: f64,
        /// The upper limit.
        max: f64,
        /// The unit with a blank before it, or nothing.
        unit: String,
    },
    /// The word is not one of the known.
    #[error("`{value}` is not known here; expected one of {expected}")]
    Word {
        /// What was given, shortened.
        value: String,
        /// The words, joined by commas.
        expected: String,
    },
    /// The text is too long.
    #[error("the text has {length} bytes; at most {max} are kept")]
    Long {
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// The unit does not measure this.
    #[error("{given} cannot be converted to {expected}")]
    Unit {
        /// The unit that came.
        given: &'static str,
        /// The unit of the property.
        expected: &'static str,
    },
}

impl Instance {
    /// Everything that the table has, on endpoint 1; texts and lists of words without own values.
    #[must_use]
    pub fn full(capability: &'static Capability) -> Self {
        Self::of(
            capability,
            capability.properties.iter().map(|property| property.name),
        )
    }

    /// Only these properties of the table (names that it does not have are left out).
    #[must_use]
    pub fn of<'a>(
        capability: &'static Capability,
        properties: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let properties = properties
            .into_iter()
            .filter_map(|name| capability.property(name))
            .map(PropertyShape::of)
            .collect();
        Self {
            endpoint: 1,
            capability,
            label: None,
            properties,
            actions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// On another endpoint.
    #[must_use]
    pub fn on(mut self, endpoint: u16) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// With an action of the table.
    #[must_use]
    pub fn action(mut self, name: &str) -> Self {
        self.actions.push(name.to_owned());
        self
    }

    /// Gives back the room that its lists have to spare: a list of one has room for four, and there are
    /// some of them for each device.
    pub fn shrink_to_fit(&mut self) {
        self.properties.shrink_to_fit();
        self.actions.shrink_to_fit();
        self.events.shrink_to_fit();
    }

    /// The shape of one of its properties.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&PropertyShape> {
        self.properties.iter().find(|shape| shape.name == name)
    }

    /// The path of one of its properties; `None` where the table has none of that name.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<Path> {
        let property = self.capability.property(name)?;
        Some(Path {
            endpoint: self.endpoint,
            capability: self.capability,
            property,
        })
    }

    /// The commands that this device takes: those whose properties it lets be written, and its
    /// actions.
    pub fn commands(&self) -> impl Iterator<Item = &'static Command> + '_ {
        let writes = |name: &str| self.property(name).is_some_and(|shape| shape.writable);
        self.capability
            .commands
            .iter()
            .filter(move |command| match &command.effect {
                Effect::Action => self.actions.iter().any(|action| action == command.name),
                Effect::Sets(values) => {
                    values.iter().all(|(property, _)| writes(property))
                        && command
                            .arguments
                            .iter()
                            .all(|argument| writes(argument.property))
                }
            })
    }
}

impl PropertyShape {
    /// A property as its table has it.
    #[must_use]
    pub fn of(property: &Property) -> Self {
        Self {
            name: property.name.to_owned(),
            min: None,
            max: None,
            step: None,
            values: None,
            unit: None,
            writable: property.is_writable(),
            reports: true,
        }
    }

    /// The lower and upper limit of this device: its own, within the table's.
    #[must_use]
    pub fn limits(&self, property: &Property) -> (f64, f64) {
        let min = self.min.map_or(property.min, |min| min.max(property.min));
        let max = self.max.map_or(property.max, |max| max.min(property.max));
        (min, max)
    }

    /// The words of this device: its own, or the table's.
    #[must_use]
    pub fn words(&self, property: &Property) -> Vec<String> {
        match (&self.values, property.kind) {
            (Some(values), _) => values.clone(),
            (None, Kind::Enum(words)) => words.iter().map(|&word| word.to_owned()).collect(),
            (None, _) => Vec::new(),
        }
    }

    /// Checks a value that somebody wishes for, against this device's own limits.
    ///
    /// # Errors
    /// When the value is of another kind, out of range, or a word that this device does not know.
    pub fn accept_wish(&self, property: &Property, value: &Value) -> Result<Value, ValueFault> {
        let value = accept_kind(property, value)?;
        match &value {
            Value::Number(number) => {
                let (min, max) = self.limits(property);
                if (min..=max).contains(number) {
                    Ok(value)
                } else {
                    Err(out_of_range(property, *number, min, max))
                }
            }
            Value::Text(text) if matches!(property.kind, Kind::Enum(_)) => {
                let words = self.words(property);
                if words.iter().any(|word| word == text) {
                    Ok(value)
                } else {
                    Err(unknown_word(text, &words))
                }
            }
            _ => Ok(value),
        }
    }
}

impl Property {
    /// Checks a value that a device reports: converted to the canonical unit, and within what can
    /// be true at all: a device may well be outside its own limits.
    ///
    /// # Errors
    /// When the unit, kind or range cannot be right.
    pub fn accept_report(&self, value: &Value, unit: Option<Unit>) -> Result<Value, ValueFault> {
        let value = match (value, unit, self.unit) {
            (Value::Number(number), Some(given), Some(expected)) => {
                Value::Number(given.convert(*number, expected).ok_or(ValueFault::Unit {
                    given: given.symbol(),
                    expected: expected.symbol(),
                })?)
            }
            _ => value.clone(),
        };
        let value = accept_kind(self, &value)?;
        match &value {
            Value::Number(number) if !(self.min..=self.max).contains(number) => {
                Err(out_of_range(self, *number, self.min, self.max))
            }
            _ => Ok(value),
        }
    }
}

fn accept_kind(property: &Property, value: &Value) -> Result<Value, ValueFault> {
    let wrong = |expected: &str| {
        Err(ValueFault::Kind {
            value: value.to_string().chars().take(80).collect(),
            expected: expected.to_owned(),
        })
    };
    match (property.kind, value) {
        (Kind::Bool, Value::Bool(_)) => Ok(value.clone()),
        (Kind::Bool, _) => wrong("true or false"),
        (Kind::Number, Value::Number(number)) if number.is_finite() => Ok(value.clone()),
        (Kind::Number, _) => wrong("a finite number"),
        (Kind::Enum(_) | Kind::Text, Value::Text(text)) if text.len() <= Property::TEXT_MAX => {
            Ok(value.clone())
        }
        (Kind::Enum(_) | Kind::Text, Value::Text(text)) => Err(ValueFault::Long {
            length: text.len(),
            max: Property::TEXT_MAX,
        }),
        (Kind::Enum(_) | Kind::Text, _) => wrong("a text"),
    }
}

fn out_of_range(property: &Property, value: f64, min: f64, max: f64) -> ValueFault {
    let unit = property
        .unit
        .map(|unit| format!(" {}", unit.symbol()))
        .unwrap_or_default();
    ValueFault::Range {
        value,
        min,
        max,
        unit,
    }
}

fn unknown_word(text: &str, words: &[String]) -> ValueFault {
    ValueFault::Word {
        value: text.chars().take(80).collect(),
        expected: words.join(", "),
    }
}

/// A capability on disk is its name.
mod by_name {
    use crate::Capability;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        capability: &&'static Capability,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(capability.name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Capability, D::Error> {
        let name = String::deserialize(deserializer)?;
        Capability::find(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("no capability is called `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Instance, PropertyShape};
    use crate::{Unit, Value, capability};

    #[test]
    fn a_device_narrows_its_table() {
        let thermostat = &capability::THERMOSTAT;
        let property = thermostat.property("heating_setpoint").unwrap();
        let shape = PropertyShape {
            min: Some(7.0),
            max: Some(28.0),
            ..PropertyShape::of(property)
        };
        assert!(shape.accept_wish(property, &21.5.into()).is_ok());
        let refused = shape.accept_wish(property, &40.0.into()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "40 is out of range; expected 7 to 28 °C"
        );
        assert_eq!(
            property
                .accept_report(&68.0.into(), Some(Unit::Fahrenheit))
                .unwrap()
                .to_string(),
            "20"
        );
        assert!(
            property
                .accept_report(&68.0.into(), Some(Unit::Watt))
                .is_err()
        );
        assert!(shape.accept_wish(property, &Value::Bool(true)).is_err());
    }

    #[test]
    fn commands_follow_from_what_the_device_has() {
        let heat_only = Instance::of(&capability::THERMOSTAT, ["heating_setpoint", "system_mode"]);
        let names: Vec<_> = heat_only.commands().map(|command| command.name).collect();
        assert_eq!(names, ["set_heating_setpoint", "set_mode"]);
        let switch = Instance::full(&capability::ON_OFF);
        assert_eq!(
            switch.commands().map(|c| c.name).collect::<Vec<_>>(),
            ["on", "off"]
        );
        let switch = switch.action("toggle");
        assert_eq!(
            switch.commands().map(|c| c.name).collect::<Vec<_>>(),
            ["on", "off", "toggle"]
        );
    }
}
