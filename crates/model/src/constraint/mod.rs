//! Safety constraints: what must never happen in this house, whoever asks for it.
//!
//! A constraint is data of a closed form, so that the door can judge it without running anything
//! that somebody wrote. What each form sees and refuses, and what an unknown value means there, is
//! told in `docs/guide/safety.md`.

mod form;
mod shipped;

pub use form::{Form, LeakPlace, LoadUnit, Parameter, Signal};
pub use shipped::shipped_constraints;

use crate::{AreaId, Device, DeviceId, DeviceKind, Slug};
use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const NAME_MAX: usize = 120;

/// The longest statement or hazard, in characters.
const SENTENCE_MAX: usize = 400;

/// The longest list of devices, areas or kinds.
const LIST_MAX: usize = 200;

/// Something that must never happen, and the harm that would follow from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Its unique, stable, readable name.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// What must never happen, in one sentence. `{max}` and the like stand for its parameters.
    pub statement: String,
    /// The harm that it prevents.
    pub hazard: String,
    /// Whether it is judged at all.
    pub enabled: bool,
    /// What it means that the house does not know what it would have to know.
    pub unknown: Unknown,
    /// What it guards.
    pub scope: Scope,
    /// What it forbids.
    pub form: Form,
}

/// What an unknown value means for a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The same as the worst value.
    Refuse,
    /// The same as a harmless one.
    Allow,
}

impl Unknown {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }
}

/// Which devices a constraint guards: those that fit all that is given. An empty list says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Only by this capability, where the form guards several.
    pub capability: Option<String>,
    /// Only devices of these kinds.
    pub kinds: Vec<DeviceKind>,
    /// Only devices that stand in these areas.
    pub areas: Vec<AreaId>,
    /// Only these devices.
    pub devices: Vec<DeviceId>,
}

impl Scope {
    /// Whether a device is among those that are meant.
    #[must_use]
    pub fn holds(&self, device: &Device) -> bool {
        fn among<T: PartialEq>(list: &[T], one: Option<T>) -> bool {
            list.is_empty() || one.is_some_and(|one| list.contains(&one))
        }
        among(&self.kinds, Some(device.kind))
            && among(&self.areas, device.area)
            && among(&self.devices, Some(device.id))
    }
}

/// What is wrong with a constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}; expected {expected}")]
pub struct ConstraintFault {
    /// Which field.
    pub field: String,
    /// What was wrong with it.
    pub message: String,
    /// What would be right.
    pub expected: String,
}

impl ConstraintFault {
    pub(crate) fn new(
        field: impl Into<String>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            expected: expected.into(),
        }
    }
}

impl Constraint {
    /// The capabilities by which it guards: requests for others never meet it.
    pub fn capabilities(&self) -> impl Iterator<Item = &'static str> + '_ {
        let all = self.form.capabilities().into_iter();
        all.filter(|name| {
            let only = self.scope.capability.as_deref();
            only.is_none_or(|only| only == *name)
        })
    }

    /// Whether it guards a device at all.
    #[must_use]
    pub fn guards(&self, device: &Device) -> bool {
        self.scope.holds(device)
            && self.capabilities().any(|name| {
                let mut instances = device.capabilities.iter();
                instances.any(|instance| instance.capability.name == name)
            })
    }

    /// Its statement with the values of its parameters.
    #[must_use]
    pub fn said(&self) -> String {
        let mut text = self.statement.clone();
        for parameter in self.form.parameters() {
            let mark = format!("{{{}}}", parameter.name);
            if text.contains(&mark) {
                text = text.replace(&mark, &parameter.said());
            }
        }
        text
    }

    /// Whether it can be judged.
    ///
    /// # Errors
    /// With the first field that cannot be right.
    pub fn check(&self) -> Result<(), ConstraintFault> {
        text("name", &self.name, NAME_MAX)?;
        text("statement", &self.statement, SENTENCE_MAX)?;
        text("hazard", &self.hazard, SENTENCE_MAX)?;
        let parameters = self.form.parameters();
        for mark in marks(&self.statement) {
            if !parameters.iter().any(|parameter| parameter.name == mark) {
                let names: Vec<_> = parameters
                    .iter()
                    .map(|it| format!("{{{}}}", it.name))
                    .collect();
                return Err(ConstraintFault::new(
                    "statement",
                    format!("it has no parameter `{mark}`"),
                    if names.is_empty() {
                        "no braces: this form has no parameters".to_owned()
                    } else {
                        format!("only {}", names.join(", "))
                    },
                ));
            }
        }
        let scope = &self.scope;
        if let Some(only) = &scope.capability {
            let known = self.form.capabilities();
            if !known.contains(&only.as_str()) {
                let shown: String = only.chars().take(80).collect();
                return Err(ConstraintFault::new(
                    "scope.capability",
                    format!("`{shown}` is not guarded by {}", self.form.kind()),
                    format!("one of {}, or none for all of them", known.join(", ")),
                ));
            }
        }
        for (field, length) in [
            ("scope.kinds", scope.kinds.len()),
            ("scope.areas", scope.areas.len()),
            ("scope.devices", scope.devices.len()),
        ] {
            short(field, length)?;
        }
        self.form.check()
    }
}

fn short(field: &str, length: usize) -> Result<(), ConstraintFault> {
    if length <= LIST_MAX {
        return Ok(());
    }
    let (message, most) = (format!("it has {length}"), format!("at most {LIST_MAX}"));
    Err(ConstraintFault::new(field, message, most))
}

fn text(field: &str, text: &str, most: usize) -> Result<(), ConstraintFault> {
    let length = text.chars().count();
    let fits = !text.trim().is_empty() && length <= most && !text.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(ConstraintFault::new(
        field,
        format!("{length} characters were given"),
        format!("1 to {most} characters without line breaks"),
    ))
}

/// The names in braces.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(mark, _)| mark))
}

#[cfg(test)]
mod tests {
    use super::{Constraint, Form, shipped_constraints};
    use std::collections::HashSet;

    fn named(slug: &str) -> Constraint {
        let all = shipped_constraints();
        all.iter()
            .find(|it| it.slug.as_str() == slug)
            .unwrap()
            .clone()
    }

    #[test]
    fn what_comes_with_the_house_is_sound() {
        let mut slugs = HashSet::new();
        for constraint in shipped_constraints() {
            assert_eq!(constraint.check(), Ok(()), "{}", constraint.slug);
            assert!(slugs.insert(constraint.slug.clone()));
            assert!(!constraint.said().contains('{'), "{}", constraint.said());
            assert!(constraint.scope.devices.is_empty() && constraint.scope.areas.is_empty());
            let text = serde_json::to_string(constraint).unwrap();
            assert_eq!(
                &serde_json::from_str::<Constraint>(&text).unwrap(),
                constraint
            );
        }
    }

    #[test]
    fn a_statement_follows_its_parameters() {
        let mut heating = named("heating_bounds");
        heating.form.set("max", Some(24.5)).unwrap();
        assert!(
            heating.said().contains("24.5 °C"),
            "{} does not say so",
            heating.said()
        );
        assert_eq!(heating.check(), Ok(()));
    }

    #[test]
    fn what_cannot_be_right_is_said() {
        let wrong = |slug: &str, edit: &dyn Fn(&mut Constraint)| {
            let mut constraint = named(slug);
            edit(&mut constraint);
            constraint.check().unwrap_err().to_string()
        };
        for (fault, words) in [
            (
                wrong("heating_bounds", &|it| it.name = "  ".into()),
                "name: 2 characters",
            ),
            (
                wrong("heating_bounds", &|it| it.statement = "below {low}".into()),
                "no parameter `low`",
            ),
            (
                wrong("heating_bounds", &|it| {
                    it.form = Form::Bounds {
                        property: "Thermostat.heating_setpoint".parse().unwrap(),
                        min: Some(30.0),
                        max: Some(10.0),
                    };
                }),
                "min: it is above max",
            ),
            (
                wrong("heating_bounds", &|it| {
                    it.form = Form::Bounds {
                        property: "Thermostat.local_temperature".parse().unwrap(),
                        min: Some(10.0),
                        max: None,
                    };
                }),
                "cannot be set",
            ),
            (
                wrong("valve_leak", &|it| {
                    it.scope.capability = Some("OnOff".into());
                }),
                "`OnOff` is not guarded by opens_while_leaking",
            ),
        ] {
            assert!(fault.contains(words), "{fault}");
        }
        let mut starts = named("compressor_starts");
        for (name, value) in [
            ("most", Some(0.0)),
            ("most", Some(2.5)),
            ("most", None),
            ("least", Some(1.0)),
            ("most", Some(f64::NAN)),
        ] {
            assert!(starts.form.set(name, value).is_err(), "{name} {value:?}");
        }
    }
}
