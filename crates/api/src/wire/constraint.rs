//! Safety constraints on the wire, and their edits.

use super::{At, DeviceRef};
use crate::{ApiError, ErrorCode};
use model::{Capability, DeviceId, DeviceKind, LeakPlace, LoadUnit, Path, Signal, Slug, Unknown};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// The safety constraints of the house.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConstraintList {
    /// Those that come with the house first, in the order in which they are judged.
    pub constraints: Vec<Constraint>,
}

/// Something that must never happen, whoever asks for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Constraint {
    /// Its unique, stable, readable name.
    #[schema(example = "heating_bounds")]
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What must never happen, in one sentence, with the values of its parameters.
    #[schema(example = "No heating is set below 5 °C or above 28 °C.")]
    pub statement: String,
    /// The same as it is edited: `{max}` and the like stand for its parameters.
    pub template: String,
    /// The harm that it prevents.
    pub hazard: String,
    /// Whether it is judged at all.
    pub enabled: bool,
    /// Whether it came with the house: then it can be disabled and reset, and not removed.
    pub shipped: bool,
    /// Whether it is otherwise than it came, or the household's own.
    pub edited: bool,
    /// What it means that the house does not know what it would have to know: `refuse` or `allow`.
    pub unknown: &'static str,
    /// Its numbers.
    pub parameters: Vec<ConstraintParameter>,
    /// Which devices it guards.
    pub scope: ConstraintScope,
    /// What it forbids.
    pub form: ConstraintForm,
    /// How many devices of this house it guards.
    pub guards: usize,
    /// What keeps it from guarding, for people: no device to guard, no sensor to look at.
    pub problems: Vec<String>,
    /// The last requests that it refused, newest first; at most five.
    pub last_refusals: Vec<ConstraintRefusal>,
}

/// A number of a constraint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConstraintParameter {
    /// Its name, for edits.
    #[schema(example = "max")]
    pub name: &'static str,
    /// What people call it.
    #[schema(example = "At most")]
    pub label: &'static str,
    /// Its value; null where there is no such limit.
    pub value: Option<f64>,
    /// Its unit as people write it; null for a mere number.
    #[schema(example = "°C")]
    pub unit: Option<&'static str>,
    /// The smallest that it can be.
    pub from: f64,
    /// The largest that it can be.
    pub to: f64,
    /// Whether it must be whole.
    pub whole: bool,
    /// Whether it may be null.
    pub optional: bool,
}

/// Which devices a constraint guards: those that fit all that is given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConstraintScope {
    /// Only by this capability; null for all that its form guards.
    pub capability: Option<String>,
    /// Only devices of these kinds; empty for all.
    pub kinds: Vec<&'static str>,
    /// Only devices in these areas; empty for all.
    pub areas: Vec<Uuid>,
    /// Only these devices; empty for all.
    pub devices: Vec<DeviceRef>,
}

/// What a constraint forbids. Which fields count depends on `kind`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConstraintForm {
    /// `opens_while_away`, `bounds`, `closes_while_obstructed`, `opens_while_leaking`,
    /// `starts_per_hour` or `load_above`.
    #[schema(example = "bounds")]
    pub kind: &'static str,
    /// With `bounds`: the number that is bounded.
    #[schema(example = "Thermostat.heating_setpoint")]
    pub property: Option<String>,
    /// With `closes_while_obstructed`: sensors that count wherever they stand.
    pub sensors: Vec<DeviceRef>,
    /// With `closes_while_obstructed`: what counts in the area of the covering: `obstruction`,
    /// `contact`, `occupancy`.
    pub same_area: Vec<&'static str>,
    /// With `opens_while_leaking`: where a leak counts: `anywhere` or `same_area`.
    pub place: Option<&'static str>,
    /// With `load_above`: the unit of the limit, `watt` or `ampere`.
    pub unit: Option<&'static str>,
    /// With `load_above`: the meter of the whole house; null for the larger of the largest meter and
    /// the sum of all else.
    pub meter: Option<DeviceRef>,
}

/// A request that a constraint refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConstraintRefusal {
    /// When, in house time.
    pub at: At,
    /// For which device.
    pub device: Option<DeviceRef>,
    /// Who asked.
    pub who: String,
    /// Why, in the door's own words.
    pub reason: String,
}

impl Constraint {
    /// A constraint as the house has it.
    #[must_use]
    pub fn of(constraint: &model::Constraint, snapshot: &Snapshot) -> Self {
        let shipped = twin::constraints::shipped(&constraint.slug);
        let guarded = snapshot.devices.values();
        let guards = guarded
            .filter(|twin| constraint.guards(&twin.device))
            .count();
        let refused = snapshot.refused.get(constraint.slug.as_str());
        let refused = refused.into_iter().flat_map(|list| list.iter());
        Self {
            slug: constraint.slug.to_string(),
            name: constraint.name.clone(),
            statement: constraint.said(),
            template: constraint.statement.clone(),
            hazard: constraint.hazard.clone(),
            enabled: constraint.enabled,
            shipped: shipped.is_some(),
            edited: shipped != Some(constraint),
            unknown: constraint.unknown.as_str(),
            parameters: constraint
                .form
                .parameters()
                .into_iter()
                .map(Into::into)
                .collect(),
            scope: ConstraintScope::of(&constraint.scope, snapshot),
            form: ConstraintForm::of(&constraint.form, snapshot),
            guards,
            problems: problems(constraint, guards, snapshot),
            last_refusals: refused
                .map(|refused| ConstraintRefusal {
                    at: refused.at.into(),
                    device: refused.device.map(|id| DeviceRef::named(id, snapshot)),
                    who: refused.who.clone(),
                    reason: refused.reason.clone(),
                })
                .collect(),
        }
    }
}

impl From<model::Parameter> for ConstraintParameter {
    fn from(parameter: model::Parameter) -> Self {
        let model::Parameter {
            name,
            label,
            value,
            unit,
            from,
            to,
            whole,
            optional,
        } = parameter;
        Self {
            name,
            label,
            value,
            unit,
            from,
            to,
            whole,
            optional,
        }
    }
}

fn refs(ids: &[DeviceId], snapshot: &Snapshot) -> Vec<DeviceRef> {
    let ids = ids.iter();
    ids.map(|id| DeviceRef::named(*id, snapshot)).collect()
}

impl ConstraintScope {
    fn of(scope: &model::Scope, snapshot: &Snapshot) -> Self {
        Self {
            capability: scope.capability.clone(),
            kinds: scope.kinds.iter().map(|kind| kind.as_str()).collect(),
            areas: scope.areas.iter().map(|area| area.uuid()).collect(),
            devices: refs(&scope.devices, snapshot),
        }
    }
}

impl ConstraintForm {
    fn of(form: &model::Form, snapshot: &Snapshot) -> Self {
        use model::Form;
        let mut wire = Self {
            kind: form.kind(),
            property: None,
            sensors: Vec::new(),
            same_area: Vec::new(),
            place: None,
            unit: None,
            meter: None,
        };
        match form {
            Form::OpensWhileAway {} | Form::StartsPerHour { .. } => {}
            Form::Bounds { property, .. } => wire.property = Some(property.to_string()),
            Form::ClosesWhileObstructed { sensors, same_area } => {
                wire.sensors = refs(sensors, snapshot);
                wire.same_area = same_area.iter().map(|signal| signal.as_str()).collect();
            }
            Form::OpensWhileLeaking { place } => {
                wire.place = Some(match place {
                    LeakPlace::Anywhere => "anywhere",
                    LeakPlace::SameArea => "same_area",
                });
            }
            Form::LoadAbove { unit, meter, .. } => {
                wire.unit = Some(match unit {
                    LoadUnit::Watt => "watt",
                    LoadUnit::Ampere => "ampere",
                });
                wire.meter = meter.map(|meter| DeviceRef::named(meter, snapshot));
            }
        }
        wire
    }
}

/// What keeps a constraint from guarding.
fn problems(constraint: &model::Constraint, guards: usize, snapshot: &Snapshot) -> Vec<String> {
    use model::Form;
    let mut problems = Vec::new();
    if guards == 0 {
        problems.push("nothing in this house is guarded by it".to_owned());
    }
    let has = |capability: &str| {
        snapshot.devices.values().any(|twin| {
            let mut instances = twin.device.capabilities.iter();
            instances.any(|instance| instance.capability.name == capability)
        })
    };
    let gone = |id: &DeviceId| !snapshot.devices.contains_key(id);
    match &constraint.form {
        Form::OpensWhileAway {} if snapshot.anyone_home().is_none() => {
            problems.push("nobody's presence is known".to_owned());
        }
        Form::OpensWhileLeaking { .. } if !has("WaterLeak") => {
            problems.push("there is no leak sensor that it could look at".to_owned());
        }
        Form::ClosesWhileObstructed { sensors, same_area } => {
            let sees = same_area.iter().any(|signal| has(signal.property().0));
            if !sees && sensors.is_empty() {
                problems.push("there is no sensor that it could look at".to_owned());
            }
            if sensors.iter().any(gone) {
                problems.push("a sensor that it names is no longer part of the house".to_owned());
            }
        }
        Form::LoadAbove { meter, .. } => {
            if meter.as_ref().is_some_and(gone) {
                problems.push("its meter is no longer part of the house".to_owned());
            } else if !has("ElectricalPowerMeasurement") && !has("EnergyEvse") {
                problems.push("nothing in this house measures what it draws".to_owned());
            }
        }
        _ => {}
    }
    if constraint.scope.devices.iter().any(gone) {
        problems.push("a device that it guards is no longer part of the house".to_owned());
    }
    problems
}

/// A new constraint, or an edit of one: what is left out stays as it is. A new one needs `name`,
/// `statement`, `hazard` and `form`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstraintEdit {
    /// Its readable name; made from the name where it is left out. Never changes.
    pub slug: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// What must never happen, in one sentence. `{max}` and the like stand for its parameters.
    #[schema(example = "The nursery is never heated above {max}.")]
    pub statement: Option<String>,
    /// The harm that it prevents.
    pub hazard: Option<String>,
    /// Whether it is judged at all.
    pub enabled: Option<bool>,
    /// What it means that the house does not know what it would have to know: `refuse` or `allow`.
    #[schema(value_type = Option<String>, example = "refuse")]
    pub unknown: Option<Unknown>,
    /// Which devices it guards.
    pub scope: Option<ScopeEdit>,
    /// What it forbids, with all its fields.
    pub form: Option<FormEdit>,
    /// Some of its numbers, by name; null takes away a limit that may be left away.
    #[schema(value_type = Option<Object>, example = json!({"max": 24}))]
    #[serde(default)]
    pub parameters: BTreeMap<String, Option<f64>>,
    /// Alone: everything as it came with the house.
    #[serde(default)]
    pub reset: bool,
}

/// Which devices a constraint shall guard: those that fit all that is given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeEdit {
    /// Only by this capability.
    #[schema(example = "WindowCovering")]
    pub capability: Option<String>,
    /// Only devices of these kinds.
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<DeviceKind>,
    /// Only devices in these areas, by id or slug.
    pub areas: Vec<String>,
    /// Only these devices, by id, slug or alias.
    pub devices: Vec<String>,
}

/// What a constraint shall forbid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FormEdit {
    /// Opening while nobody is at home, unless a person says so now.
    OpensWhileAway {},
    /// Setting a number outside of bounds; at least one of `min` and `max`.
    Bounds {
        /// The number, such as `Thermostat.heating_setpoint`.
        property: String,
        /// The smallest that may be set, in the property's unit.
        min: Option<f64>,
        /// The largest that may be set, in the property's unit.
        max: Option<f64>,
    },
    /// Closing a covering while something is in its way.
    ClosesWhileObstructed {
        /// Sensors that count wherever they stand, by id, slug or alias.
        #[serde(default)]
        sensors: Vec<String>,
        /// What counts in the area of the covering: `obstruction`, `contact`, `occupancy`.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        same_area: Vec<Signal>,
    },
    /// Opening a valve while a leak is reported.
    OpensWhileLeaking {
        /// Where: `anywhere` or `same_area`.
        #[schema(value_type = String)]
        place: LeakPlace,
    },
    /// Starting a device too often.
    StartsPerHour {
        /// How many starts an hour at most.
        most: f64,
    },
    /// Switching on what would take the house above its main fuse.
    LoadAbove {
        /// How much the house may draw.
        limit: f64,
        /// In which unit: `watt` or `ampere`.
        #[schema(value_type = String)]
        unit: LoadUnit,
        /// The voltage, for a limit in amperes: 230 where it is left out.
        volts: Option<f64>,
        /// The phases, for a limit in amperes: 1 where it is left out.
        phases: Option<f64>,
        /// What a device counts that nobody measured, in watts: 100 where it is left out.
        assumed: Option<f64>,
        /// The meter of the whole house, by id, slug or alias.
        meter: Option<String>,
    },
}

fn wrong(message: impl Into<String>, expected: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidBody, message).expected(expected)
}

fn faulty(fault: &model::ConstraintFault) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidValue,
        format!("{}: {}", fault.field, fault.message),
    )
    .expected(fault.expected.clone())
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| {
        wrong(
            format!("{field} is missing"),
            "name, statement, hazard and form",
        )
    })
}

fn device(reference: &str, snapshot: &Snapshot) -> Result<DeviceId, ApiError> {
    crate::routes::find_device(reference, snapshot).map(|twin| twin.device.id)
}

fn devices(references: &[String], snapshot: &Snapshot) -> Result<Vec<DeviceId>, ApiError> {
    let references = references.iter();
    references
        .map(|reference| device(reference, snapshot))
        .collect()
}

impl ConstraintEdit {
    /// A new constraint.
    ///
    /// # Errors
    /// When something is missing, or names what is not there.
    pub fn create(self, snapshot: &Snapshot) -> Result<model::Constraint, ApiError> {
        if self.reset {
            return Err(wrong(
                "reset is true",
                "no reset: there is nothing to reset yet",
            ));
        }
        let name = needed("name", self.name)?;
        let slug = match self.slug {
            Some(slug) => slug.parse().map_err(|error: model::SlugError| {
                ApiError::new(ErrorCode::InvalidBody, error.to_string())
            })?,
            None => Slug::from_name(&name, "constraint")
                .unused(|slug| snapshot.constraints.get(slug.as_str()).is_some()),
        };
        let form = needed("form", self.form)?.resolve(snapshot)?;
        let mut constraint = model::Constraint {
            slug,
            name,
            statement: needed("statement", self.statement)?,
            hazard: needed("hazard", self.hazard)?,
            enabled: self.enabled.unwrap_or(true),
            unknown: self.unknown.unwrap_or(Unknown::Refuse),
            scope: self.scope.unwrap_or_default().resolve(snapshot)?,
            form,
        };
        parameters(&mut constraint, &self.parameters)?;
        Ok(constraint)
    }

    /// An edit of a constraint.
    ///
    /// # Errors
    /// When it makes no sense for this one, or names what is not there.
    pub fn apply(
        self,
        before: &model::Constraint,
        snapshot: &Snapshot,
    ) -> Result<model::Constraint, ApiError> {
        let mut constraint = before.clone();
        if self.reset {
            let alone = self.slug.is_none()
                && self.name.is_none()
                && self.statement.is_none()
                && self.hazard.is_none()
                && self.enabled.is_none()
                && self.unknown.is_none()
                && self.scope.is_none()
                && self.form.is_none()
                && self.parameters.is_empty();
            if !alone {
                return Err(wrong("reset stands beside other fields", "reset alone"));
            }
            return twin::constraints::shipped(&before.slug)
                .cloned()
                .ok_or_else(|| {
                    wrong(
                        format!("`{}` did not come with the house", before.slug),
                        "a constraint with \"shipped\": true",
                    )
                });
        }
        if self.slug.is_some_and(|slug| slug != before.slug.as_str()) {
            return Err(wrong(
                "slug cannot be changed",
                format!("`{}`, or none", before.slug),
            ));
        }
        constraint.name = self.name.unwrap_or(constraint.name);
        constraint.statement = self.statement.unwrap_or(constraint.statement);
        constraint.hazard = self.hazard.unwrap_or(constraint.hazard);
        constraint.enabled = self.enabled.unwrap_or(constraint.enabled);
        constraint.unknown = self.unknown.unwrap_or(constraint.unknown);
        if let Some(scope) = self.scope {
            constraint.scope = scope.resolve(snapshot)?;
        }
        if let Some(form) = self.form {
            constraint.form = form.resolve(snapshot)?;
        }
        parameters(&mut constraint, &self.parameters)?;
        Ok(constraint)
    }
}

fn parameters(
    constraint: &mut model::Constraint,
    wanted: &BTreeMap<String, Option<f64>>,
) -> Result<(), ApiError> {
    for (name, value) in wanted {
        let set = constraint.form.set(name, *value);
        set.map_err(|fault| faulty(&fault))?;
    }
    constraint.check().map_err(|fault| faulty(&fault))
}

impl ScopeEdit {
    fn resolve(self, snapshot: &Snapshot) -> Result<model::Scope, ApiError> {
        let capability = self.capability.map(|name| {
            let known = Capability::find(&name).map(|capability| capability.name.to_owned());
            known.ok_or_else(|| {
                wrong(
                    format!("no capability is called `{}`", crate::routes::short(&name)),
                    "such as DoorLock or WindowCovering",
                )
            })
        });
        let areas = self
            .areas
            .iter()
            .map(|area| crate::routes::find_area(area, snapshot));
        Ok(model::Scope {
            capability: capability.transpose()?,
            kinds: self.kinds,
            areas: areas.collect::<Result<_, _>>()?,
            devices: devices(&self.devices, snapshot)?,
        })
    }
}

impl FormEdit {
    fn resolve(self, snapshot: &Snapshot) -> Result<model::Form, ApiError> {
        use model::Form;
        Ok(match self {
            Self::OpensWhileAway {} => Form::OpensWhileAway {},
            Self::Bounds { property, min, max } => {
                let property: Path = property.parse().map_err(|error: model::PathError| {
                    wrong(
                        format!("form.property: {error}"),
                        "such as Thermostat.heating_setpoint",
                    )
                })?;
                Form::Bounds { property, min, max }
            }
            Self::ClosesWhileObstructed { sensors, same_area } => Form::ClosesWhileObstructed {
                sensors: devices(&sensors, snapshot)?,
                same_area,
            },
            Self::OpensWhileLeaking { place } => Form::OpensWhileLeaking { place },
            Self::StartsPerHour { most } => Form::StartsPerHour { most },
            Self::LoadAbove {
                limit,
                unit,
                volts,
                phases,
                assumed,
                meter,
            } => Form::LoadAbove {
                limit,
                unit,
                volts: volts.unwrap_or(230.0),
                phases: phases.unwrap_or(1.0),
                assumed: assumed.unwrap_or(100.0),
                meter: meter.map(|meter| device(&meter, snapshot)).transpose()?,
            },
        })
    }
}

/// A reference that names a constraint.
pub(crate) fn find<'a>(
    slug: &str,
    snapshot: &'a Snapshot,
) -> Result<&'a model::Constraint, ApiError> {
    let found = snapshot.constraints.get(slug);
    found.map(|constraint| &**constraint).ok_or_else(|| {
        let shown = crate::routes::short(slug);
        ApiError::new(
            ErrorCode::UnknownConstraint,
            format!("no constraint is called `{shown}`"),
        )
        .expected("the slug of a constraint of this house")
    })
}
