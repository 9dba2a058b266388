//! Whether a condition holds: yes, no, or not known; with every value that was looked at.

use super::target::{device, meant};
use crate::document::{
    Arguments, Comparison, Condition, Given, Quantifier, Quantity, Statistic, SunEvent, Whose,
};
use crate::sun::Location;
use jiff::{ToSpan as _, civil::Time, tz::TimeZone};
use model::{DeviceId, Path, Presence, Timestamp, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use twin::{DeviceTwin, Snapshot};

/// Where the house stands in space and time.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its time zone.
    pub zone: TimeZone,
    /// Its place, where it is known: without one there is no sunset.
    pub location: Option<Location>,
}

/// Something that only history can answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// Of which device.
    pub device: DeviceId,
    /// Of which property.
    pub path: String,
    /// What is asked.
    pub asked: Asked,
}

/// What history can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asked {
    /// A statistic over so many seconds until now.
    Statistic(u8, i64),
    /// What is usual at this hour.
    Usual,
}

impl Asked {
    /// The statistic behind it.
    #[must_use]
    pub const fn statistic(self) -> Option<(Statistic, i64)> {
        match self {
            Self::Usual => None,
            Self::Statistic(number, seconds) => Some((
                match number {
                    0 => Statistic::Mean,
                    1 => Statistic::Min,
                    2 => Statistic::Max,
                    _ => Statistic::Increase,
                },
                seconds,
            )),
        }
    }
}

/// What a condition is judged by.
pub(crate) struct Court<'a> {
    pub(crate) house: &'a Snapshot,
    pub(crate) setting: &'a Setting,
    pub(crate) now: Timestamp,
    pub(crate) arguments: &'a Arguments,
    /// Answers of history so far; `None` where it does not know.
    pub(crate) answers: &'a HashMap<Question, Option<f64>>,
}

/// How a condition was judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Verdict {
    /// Whether it holds; `None` where that is not known.
    pub(crate) holds: Option<bool>,
    /// What was looked at.
    pub(crate) looked: Vec<Looked>,
    /// What history has to be asked first.
    pub(crate) asks: Vec<Question>,
}

/// A value that a condition looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// What was looked at, for people.
    pub what: String,
    /// What was seen there, for people; `unknown` where nothing was.
    pub saw: String,
    /// Whether it was as it had to be; `None` where that is not known.
    pub holds: Option<bool>,
}

impl Court<'_> {
    /// Judges a condition.
    pub(crate) fn judge(&self, condition: &Condition) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.holds = self.weigh(condition, &mut verdict);
        verdict
    }

    fn weigh(&self, condition: &Condition, verdict: &mut Verdict) -> Option<bool> {
        match condition {
            Condition::Always => Some(true),
            Condition::All(all) => {
                let each: Vec<_> = all.iter().map(|one| self.weigh(one, verdict)).collect();
                both(each.into_iter())
            }
            Condition::Any(any) => {
                let each: Vec<_> = any.iter().map(|one| self.weigh(one, verdict)).collect();
                either(each.into_iter())
            }
            Condition::Not(one) => self.weigh(one, verdict).map(|holds| !holds),
            Condition::Property {
                target,
                path,
                of,
                quantity,
                comparison,
            } => {
                let found = meant(target, self.house);
                for unknown in found.unknown {
                    verdict.note(unknown, "unknown".into(), None);
                }
                let mut each = Vec::new();
                for twin in &found.devices {
                    if let Some(path) = offered(twin, *path) {
                        each.push(self.compare(twin, path, *quantity, comparison, verdict));
                    }
                }
                if each.is_empty() {
                    verdict.note(format!("{path} of nobody"), "unknown".into(), None);
                    return None;
                }
                match of {
                    Quantifier::Any => either(each.into_iter()),
                    Quantifier::All => both(each.into_iter()),
                }
            }
            Condition::Time {
                after,
                before,
                days,
            } => {
                let local = self.setting.zone.to_datetime(self.now);
                let clock = local.time();
                let time =
                    |clock: crate::document::Clock| Time::midnight() + i64::from(clock.0).seconds();
                let within = match (after.map(time), before.map(time)) {
                    (Some(after), Some(before)) if after <= before => {
                        (after..before).contains(&clock)
                    }
                    (Some(after), Some(before)) => clock >= after || clock < before,
                    (Some(after), None) => clock >= after,
                    (None, Some(before)) => clock < before,
                    (None, None) => true,
                };
                let holds = within && days.has(local.date().weekday());
                let saw = local.strftime("%A %H:%M").to_string();
                verdict.note("the time".into(), saw, Some(holds))
            }
            Condition::Presence { whose, is } => {
                let (what, there) = match whose {
                    Whose::Anyone => ("somebody at home".to_owned(), self.house.anyone_home()),
                    Whose::Person(name) => {
                        let person = self.house.person(name);
                        let home = person.and_then(|person| match person.presence {
                            Presence::Home => Some(true),
                            Presence::Away => Some(false),
                            Presence::Unknown => None,
                        });
                        let known = person.map_or(name.as_str(), |person| &person.name);
                        (format!("{known} at home"), home)
                    }
                };
                let wanted = *is == Presence::Home;
                let saw = match there {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "unknown",
                };
                verdict.note(what, saw.into(), there.map(|there| there == wanted))
            }
            Condition::Mode(modes) => {
                let mode = self.house.mode.to_string();
                let holds = modes.contains(&mode);
                verdict.note("the house's mode".into(), mode, Some(holds))
            }
            Condition::Sun { last } => {
                let up = self.is_up();
                let saw = match up {
                    Some(true) => "up",
                    Some(false) => "down",
                    None => "unknown: the house's place is not set",
                };
                let holds = up.map(|up| up == (*last == SunEvent::Sunrise));
                verdict.note("the sun".into(), saw.into(), holds)
            }
            Condition::Expression(expression) => self.express(expression, verdict),
        }
    }

    /// Whether the sun is over the horizon. On a day without a sunrise or sunset it is up all day
    /// between the equinoxes that are summer there, and down all day otherwise.
    fn is_up(&self) -> Option<bool> {
        let place = self.setting.location?;
        let date = self.setting.zone.to_datetime(self.now).date();
        let (rise, set) = (
            place.sun(SunEvent::Sunrise, date),
            place.sun(SunEvent::Sunset, date),
        );
        Some(match (rise, set) {
            (Some(rise), Some(set)) if rise < set => self.now >= rise && self.now < set,
            (Some(rise), Some(set)) => self.now >= rise || self.now < set,
            (Some(rise), None) => self.now >= rise,
            (None, Some(set)) => self.now < set,
            (None, None) => {
                let northern_summer = (80..266).contains(&date.day_of_year());
                northern_summer == (place.latitude > 0.0)
            }
        })
    }

    fn compare(
        &self,
        twin: &DeviceTwin,
        path: Path,
        quantity: Quantity,
        comparison: &Comparison,
        verdict: &mut Verdict,
    ) -> Option<bool> {
        let name = &twin.device.name;
        let question = |asked| Question {
            device: twin.device.id,
            path: path.to_string(),
            asked,
        };
        let (what, value, stale) = match quantity {
            Quantity::Now => {
                let reported = twin.reported(path);
                let stale = reported.is_some_and(|reported| reported.stale);
                let value = reported.and_then(|reported| reported.value.clone());
                (format!("{name}: {}", path.property.title), value, stale)
            }
            Quantity::Over(statistic, span) => {
                let asked = question(Asked::Statistic(statistic as u8, span.0));
                let what = format!("{name}: {} over {span}", path.property.title);
                match self.answers.get(&asked) {
                    Some(answer) => (what, answer.map(Value::Number), false),
                    None => {
                        verdict.asks.push(asked);
                        return None;
                    }
                }
            }
            Quantity::Baseline => {
                let asked = question(Asked::Usual);
                let what = format!("{name}: {} against what is usual", path.property.title);
                let Some(usual) = self.answers.get(&asked) else {
                    verdict.asks.push(asked);
                    return None;
                };
                let ratio = match (twin.value(path), usual) {
                    (Some(Value::Number(now)), Some(usual)) if *usual != 0.0 => Some(now / usual),
                    _ => None,
                };
                (what, ratio.map(Value::Number), false)
            }
        };
        let Some(value) = value else {
            return verdict.note(what, "unknown".into(), None);
        };
        let holds = compares(&value, comparison, path, quantity, self.arguments);
        let mut saw = shown(&value, path, quantity);
        if stale {
            saw.push_str(" (from before the restart)");
        }
        verdict.note(what, saw, holds)
    }

    fn express(
        &self,
        expression: &crate::document::Expression,
        verdict: &mut Verdict,
    ) -> Option<bool> {
        let what = format!("`{}`", expression.text());
        let judge = || {
            let local = self.setting.zone.to_datetime(self.now);
            let mut context = cel::Context::default();
            context.add_variable_from_value("mode", self.house.mode.to_string());
            context.add_variable_from_value("hour", i64::from(local.hour()));
            context.add_variable_from_value("minute", i64::from(local.minute()));
            let weekday = local.date().weekday().to_monday_one_offset();
            context.add_variable_from_value("weekday", i64::from(weekday));
            let home = self.house.anyone_home();
            context.add_variable_from_value(
                "anyone_home",
                home.map_or(cel::Value::Null, cel::Value::Bool),
            );
            for (name, value) in self.arguments {
                context.add_variable_from_value(name.clone(), in_cel(Some(value)));
            }
            // A snapshot is a handful of shared trees: the copies cost nothing.
            let house = self.house.clone();
            context
                .add_function(
                    "reported",
                    move |name: std::sync::Arc<String>, path: std::sync::Arc<String>| {
                        let value = path.parse::<Path>().ok().and_then(|path| {
                            device(&house, &name).and_then(|twin| twin.value(path).cloned())
                        });
                        in_cel(value.as_ref())
                    },
                )
                .map_err(|error| error.to_string())?;
            let house = self.house.clone();
            context
                .add_function("home", move |name: std::sync::Arc<String>| {
                    match house.person(&name).map(|person| person.presence) {
                        Some(Presence::Home) => cel::Value::Bool(true),
                        Some(Presence::Away) => cel::Value::Bool(false),
                        _ => cel::Value::Null,
                    }
                })
                .map_err(|error| error.to_string())?;
            expression.holds(&context)
        };
        match judge() {
            Ok(holds) => {
                let saw = holds.map_or("unknown".to_owned(), |holds| holds.to_string());
                verdict.note(what, saw, holds)
            }
            Err(fault) => verdict.note(what, format!("unknown: {fault}"), None),
        }
    }
}

impl Verdict {
    fn note(&mut self, what: String, saw: String, holds: Option<bool>) -> Option<bool> {
        self.looked.push(Looked { what, saw, holds });
        holds
    }
}

fn in_cel(value: Option<&Value>) -> cel::Value {
    match value {
        None => cel::Value::Null,
        Some(Value::Bool(truth)) => cel::Value::Bool(*truth),
        Some(Value::Number(number)) => cel::Value::Float(*number),
        Some(Value::Text(text)) => cel::Value::String(std::sync::Arc::new(text.to_string())),
    }
}

/// The property on the endpoint on which this device has it: the written one, or else its first.
pub(crate) fn offered(twin: &DeviceTwin, path: Path) -> Option<Path> {
    let instances = || {
        twin.device
            .capabilities
            .iter()
            .filter(|it| it.capability == path.capability)
    };
    let has = |it: &&model::Instance| it.property(path.property.name).is_some();
    let exact = instances()
        .filter(has)
        .find(|it| it.endpoint == path.endpoint);
    let found = exact.or_else(|| instances().find(has))?;
    Some(Path {
        endpoint: found.endpoint,
        ..path
    })
}

/// All of them: no beats unknown beats yes.
fn both(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for one in each {
        all = match (all, one) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (None, _) | (_, None) => None,
            _ => Some(true),
        };
    }
    all
}

/// Any of them: yes beats unknown beats no.
fn either(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    both(each.map(|one| one.map(|holds| !holds))).map(|none| !none)
}

/// A given value as a property has it: converted, or taken from the parameters.
pub(crate) fn resolved(given: &Given, path: Option<Path>, arguments: &Arguments) -> Option<Value> {
    match given {
        Given::Value(value) => Some(value.clone()),
        Given::Parameter(name) => arguments.get(name).cloned(),
        Given::Measured(number, unit) => {
            let own = path.and_then(|path| path.property.unit);
            match own {
                // Rounded, so that 64.4 °F is 18 °C and not a trifle more.
                Some(own) => unit
                    .convert(*number, own)
                    .map(|number| Value::Number((number * 1e6).round() / 1e6)),
                None => Some(Value::Number(*number)),
            }
        }
    }
}

/// Whether a value compares as it should; `None` where the two cannot be compared.
pub(crate) fn compares(
    value: &Value,
    comparison: &Comparison,
    path: Path,
    quantity: Quantity,
    arguments: &Arguments,
) -> Option<bool> {
    // A ratio has no unit.
    let path = (quantity != Quantity::Baseline).then_some(path);
    let get = |given: &Given| resolved(given, path, arguments);
    let number = |given: &Given| match get(given) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    };
    let order = |given: &Given, holds: fn(f64, f64) -> bool| match (value, number(given)) {
        (Value::Number(value), Some(limit)) => Some(holds(*value, limit)),
        _ => None,
    };
    match comparison {
        Comparison::Is(given) => Some(equal(value, &get(given)?, path)),
        Comparison::IsNot(given) => Some(!equal(value, &get(given)?, path)),
        Comparison::Above(given) => order(given, |value, limit| value > limit),
        Comparison::AtLeast(given) => order(given, |value, limit| value >= limit),
        Comparison::Below(given) => order(given, |value, limit| value < limit),
        Comparison::AtMost(given) => order(given, |value, limit| value <= limit),
        Comparison::Between(low, high) => Some(
            order(low, |value, limit| value >= limit)?
                && order(high, |value, limit| value <= limit)?,
        ),
    }
}

/// Equal as far as the property's own tolerance tells.
fn equal(one: &Value, other: &Value, path: Option<Path>) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let tolerance = path.map_or(0.0, |path| path.property.tolerance);
            (one - other).abs() <= tolerance.max(f64::EPSILON)
        }
        (one, other) => one == other,
    }
}

fn shown(value: &Value, path: Path, quantity: Quantity) -> String {
    match (value, path.property.unit) {
        (Value::Number(number), _) if quantity == Quantity::Baseline => {
            format!("{number:.2} times")
        }
        (Value::Number(number), Some(unit)) => format!("{} {}", rounded(*number), unit.symbol()),
        (Value::Number(number), None) => rounded(*number),
        (value, _) => value.to_string(),
    }
}

fn rounded(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
