//! Control: whether a request breaks a constraint, from the request and what was seen. Pure.

use crate::door::Petition;
use crate::{Refusal, RefusalCode};
use model::{Constraint, Form, Goal, Property, Right, Safety, Unknown, Value, Who};
use std::time::Duration;

/// What a constraint saw of the house.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// It needs to see nothing but the request.
    Nothing,
    /// Who is at home.
    Home {
        /// Whether anyone is; `None` where that is not known.
        anyone: Option<bool>,
        /// Who left last, and how long ago, where that is known.
        left: Option<(String, Duration)>,
    },
    /// The worst that a sensor says; `None` where there is no sensor, or all are well.
    Sensor(Option<Seen>),
    /// How often the device was started within the last hour of house time.
    Starts(usize),
    /// What the house draws.
    Load {
        /// How much it draws now, in watts; `None` where that is not known.
        now: Option<f64>,
        /// How much more it would be, in watts.
        more: f64,
        /// How that is known, for people.
        because: &'static str,
    },
}

/// What a sensor says.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it is called.
    pub sensor: String,
    /// What it says, for people; why it is not known, where that is so.
    pub said: String,
    /// Whether it says so; `None` where it is not known.
    pub state: Option<bool>,
    /// For how long already.
    pub since: Option<Duration>,
}

impl Petition<'_> {
    /// The properties that shall change, with the wished value and the one freshly known.
    fn wishes(&self) -> impl Iterator<Item = (&'static Property, &Value, Option<&Value>)> {
        let values: &[(String, Value)] = match self.goal {
            Goal::Target { values } => values,
            Goal::Action { .. } => &[],
        };
        let wished = values.iter().map(|(_, value)| value).enumerate();
        self.properties
            .iter()
            .zip(wished)
            .map(|(property, (place, value))| {
                let known = self.known.get(place).and_then(Option::as_ref);
                (*property, value, known)
            })
    }

    /// Whether it would open, unlock or disarm something, or may.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.wishes().any(|(property, value, known)| {
            match (self.capability, property.name, value) {
                ("DoorLock", "lock_state", _) | ("SecurityAlarm", "alarm_state", _) => {
                    property.safety_of(value) != Safety::Free
                }
                ("WindowCovering", "position", Value::Number(wished)) => {
                    match known.and_then(Value::as_number) {
                        Some(known) => *wished > known,
                        None => *wished > 0.0,
                    }
                }
                ("ValveConfigurationAndControl", "open", value) => value.as_bool() != Some(false),
                ("ValveConfigurationAndControl", "position", Value::Number(wished)) => {
                    *wished > 0.0
                }
                _ => false,
            }
        })
    }

    /// Whether it would close a covering, or may.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.capability == "WindowCovering"
            && self.wishes().any(|(property, value, known)| {
                property.name == "position"
                    && value.as_number().is_some_and(|wished| {
                        match known.and_then(Value::as_number) {
                            Some(known) => wished < known,
                            None => wished < 100.0,
                        }
                    })
            })
    }

    /// Whether it would start the device: from off to on, or from what is not known.
    #[must_use]
    pub fn starts(&self) -> bool {
        if let Goal::Action { command } = self.goal {
            return self.capability == "OnOff" && command == "toggle" && self.is_on != Some(true);
        }
        self.wishes().any(
            |(property, value, known)| match (self.capability, property.name) {
                ("OnOff", "on_off") => {
                    value.as_bool() == Some(true) && known.and_then(Value::as_bool) != Some(true)
                }
                ("Thermostat", "system_mode") => {
                    let known = known.and_then(Value::as_text);
                    value.as_text() != Some("off") && known.is_none_or(|known| known == "off")
                }
                _ => false,
            },
        )
    }

    /// Whether it would make the house draw more, or may.
    #[must_use]
    pub fn draws_more(&self) -> bool {
        match self.capability {
            "OnOff" => self.starts(),
            "LevelControl" => {
                self.is_on != Some(true)
                    && self.wishes().any(|(property, value, known)| {
                        let is_lit = |value: Option<&Value>| {
                            value.and_then(Value::as_number).is_some_and(|it| it > 0.0)
                        };
                        property.name == "current_level"
                            && is_lit(Some(value))
                            && (self.is_on == Some(false) || !is_lit(known))
                    })
            }
            "EnergyEvse" => self
                .wishes()
                .any(|(property, value, known)| match property.name {
                    "charging_enabled" => {
                        value.as_bool() == Some(true)
                            && known.and_then(Value::as_bool) != Some(true)
                    }
                    "max_charge_current" => {
                        let known = known.and_then(Value::as_number);
                        let wished = value.as_number();
                        wished.is_some_and(|wished| known.is_none_or(|known| wished > known))
                    }
                    _ => false,
                }),
            _ => false,
        }
    }

    /// Whether who asks is a person who may say yes to what is guarded here.
    fn may_say_so(&self) -> bool {
        let person = matches!(self.who, Who::Operator | Who::Person { .. });
        person && self.grant.covers(Right::ControlCritical, self.device.area)
    }
}

/// Whether a constraint has to look at the house for this request at all.
#[must_use]
pub fn concerns(petition: &Petition<'_>, constraint: &Constraint) -> bool {
    constraint.scope.holds(petition.device)
        && match &constraint.form {
            Form::OpensWhileAway {} | Form::OpensWhileLeaking { .. } => petition.opens(),
            Form::Bounds { property, .. } => petition
                .wishes()
                .any(|(wished, _, _)| wished.name == property.property.name),
            Form::ClosesWhileObstructed { .. } => petition.closes(),
            Form::StartsPerHour { .. } => petition.starts(),
            Form::LoadAbove { .. } => petition.draws_more(),
        }
}

/// Whether a request breaks a constraint that concerns it.
///
/// # Errors
/// When it does: with the constraint's name, what was seen, and the harm that follows.
pub fn judge(
    petition: &Petition<'_>,
    constraint: &Constraint,
    sight: &Sight,
) -> Result<(), Refusal> {
    let refuses_unknown = constraint.unknown == Unknown::Refuse;
    let broken = match (&constraint.form, sight) {
        (Form::Bounds { property, min, max }, _) => petition
            .wishes()
            .filter(|(wished, _, _)| wished.name == property.property.name)
            .find_map(|(wished, value, _)| outside(wished, value, *min, *max)),
        (Form::OpensWhileAway {}, Sight::Home { anyone, left }) => match anyone {
            Some(true) => None,
            Some(false) => Some((alone(left.as_ref()), "somebody at home".to_owned())),
            None if refuses_unknown => Some((
                "nobody knows whether anybody is at home".to_owned(),
                "somebody known to be at home".to_owned(),
            )),
            None => None,
        },
        (
            Form::ClosesWhileObstructed { .. } | Form::OpensWhileLeaking { .. },
            Sight::Sensor(Some(seen)),
        ) => {
            let counts = seen.state.unwrap_or(refuses_unknown);
            counts.then(|| (told(seen), format!("{} says that all is well", seen.sensor)))
        }
        (Form::StartsPerHour { most }, Sight::Starts(starts)) => {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let too_often = *starts as f64 >= *most;
            too_often.then(|| {
                let name = &petition.device.name;
                let times = if *starts == 1 {
                    "once"
                } else {
                    &format!("{starts} times")
                };
                (
                    format!("{name} was started {times} within the last hour"),
                    format!("at most {most} starts within an hour"),
                )
            })
        }
        (form @ Form::LoadAbove { .. }, Sight::Load { now, more, because }) => {
            let limit = form.watts().map_or(f64::INFINITY, |(limit, _)| limit);
            match now {
                Some(now) if now + more <= limit => None,
                Some(now) => Some((
                    format!(
                        "the house draws {now:.0} W, {} would add {more:.0} W ({because}), and {limit:.0} W is the limit",
                        petition.device.name
                    ),
                    format!("at most {limit:.0} W in all"),
                )),
                None if refuses_unknown => Some((
                    "nobody knows what the house draws: no meter says so".to_owned(),
                    "a meter that reports".to_owned(),
                )),
                None => None,
            }
        }
        _ => None,
    };
    let Some((seen, expected)) = broken else {
        return Ok(());
    };
    // A yes with the request lifts what guards an empty house, and nothing else: nobody can say
    // from afar that no child stands below the door.
    let mut code = RefusalCode::Constrained;
    let mut action = format!(
        "see to that first; or change the constraint `{}`, if it is wrong for this house",
        constraint.slug
    );
    if matches!(constraint.form, Form::OpensWhileAway {}) && petition.may_say_so() {
        if petition.confirmed {
            return Ok(());
        }
        code = RefusalCode::ConfirmationNeeded;
        "make sure that it is safe, and send it again with \"confirm\": true"
            .clone_into(&mut action);
    }
    let message = format!(
        "{seen}; that is against the constraint “{}”, which prevents this: {}",
        constraint.name, constraint.hazard
    );
    Err(Refusal::new(code, message, expected, action).by(constraint))
}

fn outside(
    property: &Property,
    value: &Value,
    min: Option<f64>,
    max: Option<f64>,
) -> Option<(String, String)> {
    let number = value.as_number()?;
    let unit = property
        .unit
        .map(|unit| format!(" {}", unit.symbol()))
        .unwrap_or_default();
    let (limit, word) = match (min, max) {
        (Some(min), _) if number < min => (min, "at least"),
        (_, Some(max)) if number > max => (max, "at most"),
        _ => return None,
    };
    let limit = format!("{word} {}{unit}", Value::Number(limit));
    Some((
        format!(
            "“{}” shall be {value}{unit}, and {limit} is allowed",
            property.title
        ),
        limit,
    ))
}

fn alone(left: Option<&(String, Duration)>) -> String {
    match left {
        Some((who, ago)) => format!("nobody is at home ({who} left {} ago)", time(*ago)),
        None => "nobody is at home".to_owned(),
    }
}

fn told(seen: &Seen) -> String {
    let since = seen
        .since
        .map(|since| format!(", for {} now", time(since)))
        .unwrap_or_default();
    match seen.state {
        Some(_) => format!("{} says: {}{since}", seen.sensor, seen.said),
        None => format!("{} does not say ({}{since})", seen.sensor, seen.said),
    }
}

/// “3 min”, “2 h”, “5 days”.
fn time(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
