//! From a document to text, in the form in which it is read.

use super::condition::{Comparison, Condition, Quantifier, Quantity, STATISTICS};
use super::step::{Act, Answers, Choice, Step};
use super::trigger::{SUN, SunEvent, Trigger, TriggerKind, Whose};
use super::{Daily, Document, Given, Mode, OnRestart, Parameter, ParameterKind};
use crate::builtin::Builtin;
use crate::verb;
use model::{Connectivity, Path, Presence, Value};
use serde_json::{Map, Value as Json, json};

/// The document as TOML.
#[must_use]
pub fn to_toml(document: &Document) -> String {
    // What was read can be written: it holds nothing but texts, numbers, truths, lists and objects.
    toml::to_string_pretty(&to_json(document)).unwrap_or_default()
}

/// The document as JSON.
#[must_use]
pub fn to_json(document: &Document) -> Json {
    let mut map = Map::new();
    map.insert("name".into(), json!(document.name));
    map.insert("slug".into(), json!(document.slug.as_str()));
    if !document.description.is_empty() {
        map.insert("description".into(), json!(document.description));
    }
    if !document.enabled {
        map.insert("enabled".into(), json!(false));
    }
    if document.saves_energy {
        map.insert("saves_energy".into(), json!(true));
    }
    if let Some(area) = &document.area {
        map.insert("area".into(), json!(area));
    }
    let (mode, most) = match document.mode {
        Mode::Skip => ("skip", None),
        Mode::Restart => ("restart", None),
        Mode::Queue(most) => ("queue", Some(most)),
        Mode::Parallel(most) => ("parallel", Some(most)),
    };
    if document.mode != Mode::Skip {
        map.insert("mode".into(), json!(mode));
    }
    if let Some(most) = most {
        map.insert("most".into(), json!(most));
    }
    if document.on_restart == OnRestart::Resume {
        map.insert("on_restart".into(), json!("resume"));
    }
    let mut list = |key: &str, items: Vec<Json>| {
        if !items.is_empty() {
            map.insert(key.into(), Json::Array(items));
        }
    };
    list(
        "parameters",
        document.parameters.iter().map(parameter).collect(),
    );
    list("when", document.when.iter().map(trigger).collect());
    list("if", conditions(&document.condition));
    list("then", document.then.iter().map(step).collect());
    Json::Object(map)
}

fn parameter(parameter: &Parameter) -> Json {
    let mut map = Map::new();
    map.insert("name".into(), json!(parameter.name));
    if !parameter.description.is_empty() {
        map.insert("description".into(), json!(parameter.description));
    }
    match &parameter.kind {
        ParameterKind::Bool => drop(map.insert("kind".into(), json!("bool"))),
        ParameterKind::Text => drop(map.insert("kind".into(), json!("text"))),
        ParameterKind::OneOf(words) => drop(map.insert("one_of".into(), json!(words))),
        ParameterKind::Number(from, to) => {
            map.insert("kind".into(), json!("number"));
            for (key, limit) in [("from", from), ("to", to)] {
                if limit.is_finite() {
                    map.insert(key.into(), number(*limit));
                }
            }
        }
    }
    if let Some(default) = &parameter.default {
        map.insert("default".into(), value(default));
    }
    Json::Object(map)
}

fn trigger(trigger: &Trigger) -> Json {
    let mut map = Map::new();
    match &trigger.kind {
        TriggerKind::Property {
            target,
            path,
            to,
            from,
        } => {
            map.insert("property".into(), json!(written_path(*path)));
            target.write(&mut map);
            everything(target, &mut map);
            if let Some(Comparison::Is(from)) = from {
                map.insert("from".into(), given(from));
            }
            match to {
                Some(Comparison::Is(to)) => drop(map.insert("to".into(), given(to))),
                Some(other) => comparison(other, &mut map),
                None => {}
            }
        }
        TriggerKind::Event { target, event } => {
            map.insert("event".into(), json!(event.as_deref().unwrap_or("any")));
            target.write(&mut map);
            everything(target, &mut map);
        }
        TriggerKind::Time { at, days } => {
            map.insert("time".into(), json!(at.to_string()));
            write_days(*days, &mut map);
        }
        TriggerKind::Cron(cron) => drop(map.insert("cron".into(), json!(cron))),
        TriggerKind::Sun {
            event,
            offset,
            days,
        } => {
            let word = SUN
                .iter()
                .find(|(_, known)| known == event)
                .map_or("sunset", |(word, _)| word);
            map.insert("sun".into(), json!(word));
            if offset.0 != 0 {
                map.insert("offset".into(), json!(offset.to_string()));
            }
            write_days(*days, &mut map);
        }
        TriggerKind::Presence { whose, to } => presence(whose, *to, &mut map),
        TriggerKind::Connectivity { target, to } => {
            let word = if *to == Connectivity::Online {
                "online"
            } else {
                "offline"
            };
            map.insert("connectivity".into(), json!(word));
            target.write(&mut map);
            everything(target, &mut map);
        }
        TriggerKind::Note(kind) => drop(map.insert("note".into(), json!(kind))),
        TriggerKind::Webhook(name) => drop(map.insert("webhook".into(), json!(name))),
        TriggerKind::Scenario { scenario, ended } => {
            map.insert("scenario".into(), json!(scenario));
            if let Some(ended) = ended {
                map.insert("ended".into(), json!(ended));
            }
        }
        TriggerKind::Start => drop(map.insert("start".into(), json!(true))),
        TriggerKind::Mode(mode) => drop(map.insert("mode".into(), json!(mode))),
    }
    if trigger.hold.0 != 0 {
        map.insert("for".into(), json!(trigger.hold.to_string()));
    }
    Json::Object(map)
}

/// A condition as the list of those that must all hold.
fn conditions(all: &Condition) -> Vec<Json> {
    match all {
        Condition::Always => Vec::new(),
        Condition::All(all) => all.iter().map(condition).collect(),
        one => vec![condition(one)],
    }
}

fn condition(one: &Condition) -> Json {
    let mut map = Map::new();
    match one {
        Condition::Always => drop(map.insert("all".into(), json!([]))),
        Condition::All(_) => drop(map.insert("all".into(), Json::Array(conditions(one)))),
        Condition::Any(any) => {
            map.insert("any".into(), any.iter().map(condition).collect());
        }
        Condition::Not(not) => drop(map.insert("not".into(), Json::Array(conditions(not)))),
        Condition::Property {
            target,
            path,
            of,
            quantity,
            comparison: how,
        } => {
            map.insert("property".into(), json!(written_path(*path)));
            target.write(&mut map);
            everything(target, &mut map);
            if *of == Quantifier::All {
                map.insert("of".into(), json!("all"));
            }
            match quantity {
                Quantity::Now => {}
                Quantity::Baseline => drop(map.insert("baseline".into(), json!(true))),
                Quantity::Over(statistic, over) => {
                    let known = STATISTICS.iter().find(|(_, known)| known == statistic);
                    map.insert(
                        "statistic".into(),
                        json!(known.map_or("mean", |(word, _)| word)),
                    );
                    map.insert("over".into(), json!(over.to_string()));
                }
            }
            comparison(how, &mut map);
        }
        Condition::Time {
            after,
            before,
            days,
        } => {
            for (key, clock) in [("after", after), ("before", before)] {
                if let Some(clock) = clock {
                    map.insert(key.into(), json!(clock.to_string()));
                }
            }
            if *days != Daily::ALL || map.is_empty() {
                map.insert("days".into(), json!(days.words()));
            }
        }
        Condition::Presence { whose, is } => presence(whose, *is, &mut map),
        Condition::Mode(modes) => drop(map.insert("mode".into(), json!(modes))),
        Condition::Sun { last } => {
            let word = if *last == SunEvent::Sunrise {
                "up"
            } else {
                "down"
            };
            map.insert("sun".into(), json!(word));
        }
        Condition::Expression(it) => drop(map.insert("expression".into(), json!(it.text()))),
    }
    Json::Object(map)
}

fn step(step: &Step) -> Json {
    let mut map = Map::new();
    let steps = |steps: &[Step]| -> Json { steps.iter().map(self::step).collect() };
    match &step.act {
        Act::Command {
            target,
            capability,
            command,
            args,
        } => {
            let known = verb::VERBS.iter().find(|verb| {
                verb.capability == *capability
                    && verb.command == command
                    && match verb.value {
                        Some(name) => args.len() == 1 && args[0].0 == name,
                        None => args.is_empty() && command != "set",
                    }
            });
            match known {
                Some(verb) => {
                    map.insert("do".into(), json!(verb.word));
                    if let (Some(_), [(_, value)]) = (verb.value, &args[..]) {
                        map.insert("value".into(), given(value));
                    }
                }
                None if command == "set" => {
                    let all = args
                        .iter()
                        .map(|(name, value)| (format!("{}.{name}", capability.name), given(value)));
                    map.insert("set".into(), Json::Object(all.collect()));
                }
                None => {
                    map.insert("do".into(), json!(format!("{}.{command}", capability.name)));
                    if !args.is_empty() {
                        map.insert("args".into(), arguments(args));
                    }
                }
            }
            target.write(&mut map);
            everything(target, &mut map);
        }
        Act::Scene(scene) => drop(map.insert("scene".into(), json!(scene))),
        Act::Wait(span) => drop(map.insert("wait".into(), json!(span.to_string()))),
        Act::WaitUntil {
            condition,
            timeout,
            required,
        } => {
            map.insert("wait_until".into(), Json::Array(conditions(condition)));
            map.insert("timeout".into(), json!(timeout.to_string()));
            if *required {
                map.insert("required".into(), json!(true));
            }
        }
        Act::If {
            condition,
            then,
            otherwise,
        } => {
            map.insert("if".into(), Json::Array(conditions(condition)));
            map.insert("then".into(), steps(then));
            if !otherwise.is_empty() {
                map.insert("else".into(), steps(otherwise));
            }
        }
        Act::Repeat {
            times,
            condition,
            steps: again,
        } => {
            map.insert("repeat".into(), json!(times));
            if *condition != Condition::Always {
                map.insert("while".into(), Json::Array(conditions(condition)));
            }
            map.insert("steps".into(), steps(again));
        }
        Act::Parallel(branches) => {
            map.insert(
                "parallel".into(),
                branches.iter().map(|branch| steps(branch)).collect(),
            );
        }
        Act::Notify(notice) => {
            map.insert("notify".into(), json!(notice.message));
            if let Some(title) = &notice.title {
                map.insert("title".into(), json!(title));
            }
            if notice.urgent {
                map.insert("urgent".into(), json!(true));
            }
        }
        Act::Scenario {
            scenario,
            arguments: with,
        } => {
            map.insert("scenario".into(), json!(scenario));
            if !with.is_empty() {
                map.insert("with".into(), arguments(with));
            }
        }
        Act::Mode(mode) => drop(map.insert("mode".into(), json!(mode))),
        Act::Ask {
            person,
            question,
            timeout,
            answers,
        } => {
            map.insert("ask".into(), json!(question));
            if let Some(person) = person {
                map.insert("person".into(), json!(person));
            }
            map.insert("timeout".into(), json!(timeout.to_string()));
            match answers {
                Answers::YesOrNo { yes, no } => {
                    map.insert("yes".into(), steps(yes));
                    map.insert("no".into(), steps(no));
                }
                Answers::Choices { choices, otherwise } => {
                    let choice = |it: &Choice| json!({"name": it.name, "then": steps(&it.then)});
                    map.insert("choices".into(), choices.iter().map(choice).collect());
                    if !otherwise.is_empty() {
                        map.insert("else".into(), steps(otherwise));
                    }
                }
            }
        }
        Act::Stop => drop(map.insert("stop".into(), json!(true))),
        Act::Builtin(builtin) => {
            map.insert("builtin".into(), json!(builtin.as_str()));
            if let Builtin::StayAway { days, simulate } = builtin {
                map.insert("days".into(), given(days));
                map.insert("simulate_presence".into(), given(simulate));
            }
        }
    }
    if step.delay.0 != 0 {
        map.insert("delay".into(), json!(step.delay.to_string()));
    }
    Json::Object(map)
}

fn everything(target: &super::Target, map: &mut Map<String, Json>) {
    if target.is_everything() {
        map.insert("everything".into(), json!(true));
    }
}

fn presence(whose: &Whose, is: Presence, map: &mut Map<String, Json>) {
    let home = is == Presence::Home;
    match whose {
        Whose::Anyone => {
            map.insert(
                "presence".into(),
                json!(if home { "anyone" } else { "nobody" }),
            );
        }
        Whose::Person(person) => {
            map.insert("presence".into(), json!(person));
            map.insert("is".into(), json!(if home { "home" } else { "away" }));
        }
    }
}

fn comparison(comparison: &Comparison, map: &mut Map<String, Json>) {
    let mut put = |key: &str, value: &Given| drop(map.insert(key.into(), given(value)));
    match comparison {
        Comparison::Is(value) => put("is", value),
        Comparison::IsNot(value) => put("is_not", value),
        Comparison::Above(value) => put("above", value),
        Comparison::AtLeast(value) => put("at_least", value),
        Comparison::Below(value) => put("below", value),
        Comparison::AtMost(value) => put("at_most", value),
        Comparison::Between(low, high) => {
            put("at_least", low);
            put("at_most", high);
        }
    }
}

fn write_days(days: Daily, map: &mut Map<String, Json>) {
    if days != Daily::ALL {
        map.insert("days".into(), json!(days.words()));
    }
}

fn written_path(path: Path) -> String {
    path.to_string()
}

fn arguments(args: &[(String, Given)]) -> Json {
    args.iter()
        .map(|(name, value)| (name.clone(), given(value)))
        .collect()
}

fn given(value: &Given) -> Json {
    match value {
        Given::Value(value) => self::value(value),
        Given::Measured(measured, unit) => json!(format!("{measured} {}", unit.symbol())),
        Given::Parameter(name) => json!(format!("${name}")),
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => json!(truth),
        Value::Number(measured) => number(*measured),
        Value::Text(text) => json!(&**text),
    }
}

/// Whole numbers without a point.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only where it loses nothing"
)]
fn number(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}
