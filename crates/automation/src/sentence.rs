//! A scenario in one English sentence: the same on the page, over the API and in conversation.
//!
//! *When the sun sets and somebody is home, turn on the lights in the hall.*

use crate::document::{
    Act, Answers, Choice, Clock, Comparison, Condition, Daily, Document, Given, Quantifier,
    Quantity, Statistic, Step, SunEvent, Target, Trigger, TriggerKind, Whose,
};
use crate::verb;
use model::{Capability, Connectivity, Kind, Path, Presence, Value};

/// The sentence of a scenario.
#[must_use]
pub fn sentence(document: &Document) -> String {
    let when = document.when.iter().map(trigger).collect::<Vec<_>>();
    let what = steps(&document.then);
    let condition = match &document.condition {
        Condition::Always => String::new(),
        condition => self::condition(condition),
    };
    let text = match (when.is_empty(), condition.is_empty()) {
        (true, true) => what,
        (true, false) => format!("if {condition}, {what}"),
        (false, true) => format!("{}, {what}", joined(&when, "or")),
        (false, false) => format!("{} and {condition}, {what}", joined(&when, "or")),
    };
    finished(&text)
}

/// Steps as a clause: *turn on the hall lamp, wait 5min, then turn it off*.
#[must_use]
pub fn steps(steps: &[Step]) -> String {
    let all: Vec<_> = steps
        .iter()
        .map(|step| {
            let act = act(&step.act);
            if step.delay.0 > 0 {
                format!("after {} {act}", step.delay)
            } else {
                act
            }
        })
        .collect();
    match &all[..] {
        [] => "do nothing".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}, then {last}", first.join(", ")),
    }
}

fn finished(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// *a*, *a or b*, *a, b or c*
fn joined(all: &[String], word: &str) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn trigger(trigger: &Trigger) -> String {
    let clause = match &trigger.kind {
        TriggerKind::Property {
            target,
            path,
            to,
            from,
        } => {
            let whose = whose(target, *path);
            let before = from
                .as_ref()
                .map(|from| format!(" from {}", compared(from, *path)));
            match to {
                None => format!("when {whose} changes"),
                Some(Comparison::Is(Given::Value(Value::Bool(truth)))) => {
                    let (subject, is) = truth_words(target, *path, *truth);
                    format!("when {subject} {is}{}", before.unwrap_or_default())
                }
                Some(to) => format!(
                    "when {whose} becomes {}{}",
                    compared(to, *path),
                    before.unwrap_or_default()
                ),
            }
        }
        TriggerKind::Event { target, event } => match event {
            Some(event) => format!("when {} is {}", who(target), event.replace('_', " ")),
            None => format!("when something happens at {}", who(target)),
        },
        TriggerKind::Time { at, days } => format!("{}at {at}", on_days(*days)),
        TriggerKind::Cron(cron) => format!("at the times of `{cron}`"),
        TriggerKind::Sun {
            event,
            offset,
            days,
        } => {
            let what = match event {
                SunEvent::Sunrise => ("the sun rises", "sunrise"),
                SunEvent::Sunset => ("the sun sets", "sunset"),
            };
            let time = match offset.0 {
                0 => format!("when {}", what.0),
                seconds if seconds < 0 => {
                    format!("{} before {}", crate::document::Span(-seconds), what.1)
                }
                _ => format!("{offset} after {}", what.1),
            };
            format!("{}{time}", on_days(*days))
        }
        TriggerKind::Presence { whose, to } => match (whose, to) {
            (Whose::Anyone, Presence::Home) => "when somebody comes home to the empty house".into(),
            (Whose::Anyone, _) => "when the last person leaves".into(),
            (Whose::Person(name), Presence::Home) => format!("when {name} comes home"),
            (Whose::Person(name), _) => format!("when {name} leaves"),
        },
        TriggerKind::Connectivity { target, to } => {
            let how = if *to == Connectivity::Online {
                "can be reached again"
            } else {
                "can no longer be reached"
            };
            format!("when {} {how}", who(target))
        }
        TriggerKind::Note(kind) => format!("when “{}” happens", kind.replace('_', " ")),
        TriggerKind::Webhook(name) => format!("when the webhook {name} is called"),
        TriggerKind::Scenario { scenario, ended } => match ended.as_deref() {
            Some("failed") => format!("when {scenario} has failed"),
            Some("stopped") => format!("when {scenario} was stopped"),
            _ => format!("when {scenario} has ended"),
        },
        TriggerKind::Start => "when the house starts".into(),
        TriggerKind::Mode(mode) => format!("when the house goes into the mode {mode}"),
    };
    if trigger.hold.0 > 0 {
        format!("{clause} for {}", trigger.hold)
    } else {
        clause
    }
}

fn condition(one: &Condition) -> String {
    match one {
        Condition::Always => "always".into(),
        Condition::All(all) => joined(&all.iter().map(grouped).collect::<Vec<_>>(), "and"),
        Condition::Any(any) => joined(&any.iter().map(grouped).collect::<Vec<_>>(), "or"),
        Condition::Not(not) => format!("it is not so that {}", condition(not)),
        Condition::Property {
            target,
            path,
            of,
            quantity,
            comparison,
        } => {
            let every = if *of == Quantifier::All { "every " } else { "" };
            if let (Quantity::Now, Comparison::Is(Given::Value(Value::Bool(truth)))) =
                (quantity, comparison)
            {
                let (subject, is) = truth_words(target, *path, *truth);
                return format!("{every}{subject} {is}");
            }
            let whose = whose(target, *path);
            let compared = match quantity {
                Quantity::Baseline => ratio(comparison),
                _ => compared(comparison, *path),
            };
            match quantity {
                Quantity::Now => format!("{every}{whose} is {compared}"),
                Quantity::Over(statistic, over) => {
                    let word = match statistic {
                        Statistic::Mean => "mean",
                        Statistic::Min => "lowest",
                        Statistic::Max => "highest",
                        Statistic::Increase => "increase",
                    };
                    format!("the {word} over {over} of {every}{whose} is {compared}")
                }
                Quantity::Baseline => {
                    format!("{every}{whose} is {compared} what is usual at this hour")
                }
            }
        }
        Condition::Time {
            after,
            before,
            days,
        } => {
            let time = |clock: &Option<Clock>| clock.map(|clock| clock.to_string());
            let time = match (time(after), time(before)) {
                (Some(after), Some(before)) => format!("it is between {after} and {before}"),
                (Some(after), None) => format!("it is after {after}"),
                (None, Some(before)) => format!("it is before {before}"),
                (None, None) => return format!("it is {}", day_words(*days)),
            };
            if *days == Daily::ALL {
                time
            } else {
                format!("{time} on {}", day_words(*days))
            }
        }
        Condition::Presence { whose, is } => match (whose, is) {
            (Whose::Anyone, Presence::Home) => "somebody is home".into(),
            (Whose::Anyone, _) => "nobody is home".into(),
            (Whose::Person(name), Presence::Home) => format!("{name} is home"),
            (Whose::Person(name), _) => format!("{name} is away"),
        },
        Condition::Mode(modes) => format!("the house is in the mode {}", joined(modes, "or")),
        Condition::Sun { last } => match last {
            SunEvent::Sunrise => "the sun is up".into(),
            SunEvent::Sunset => "the sun is down".into(),
        },
        Condition::Expression(expression) => expression.words(),
    }
}

/// A condition inside another one.
fn grouped(one: &Condition) -> String {
    match one {
        Condition::All(_) | Condition::Any(_) => format!("({})", condition(one)),
        _ => condition(one),
    }
}

fn act(act: &Act) -> String {
    match act {
        Act::Command {
            target,
            capability,
            command,
            args,
        } => told(target, capability, command, args),
        Act::Scene(scene) => format!("bring back the scene {scene}"),
        Act::Wait(span) => format!("wait {span}"),
        Act::WaitUntil {
            condition, timeout, ..
        } => format!(
            "wait until {} (at most {timeout})",
            self::condition(condition)
        ),
        Act::If {
            condition,
            then,
            otherwise,
        } => {
            let or = if otherwise.is_empty() {
                String::new()
            } else {
                format!(", otherwise {}", steps(otherwise))
            };
            format!("if {}, {}{or}", self::condition(condition), steps(then))
        }
        Act::Repeat {
            times,
            condition,
            steps: again,
        } => match condition {
            Condition::Always => format!("{times} times: {}", steps(again)),
            condition => format!(
                "as long as {} (at most {times} times): {}",
                self::condition(condition),
                steps(again)
            ),
        },
        Act::Parallel(branches) => {
            let all: Vec<_> = branches.iter().map(|branch| steps(branch)).collect();
            format!("at the same time {}", joined(&all, "and"))
        }
        Act::Notify(notice) => format!("say “{}”", notice.message),
        Act::Scenario { scenario, .. } => format!("run {scenario}"),
        Act::Mode(mode) => format!("put the house into the mode {mode}"),
        Act::Ask {
            person,
            question,
            answers,
            ..
        } => {
            let whom = person.as_deref().unwrap_or("somebody");
            let (answered, otherwise) = match answers {
                Answers::YesOrNo { yes, no } => (format!("after a yes {}", steps(yes)), no),
                Answers::Choices { choices, otherwise } => {
                    let after = |it: &Choice| match it.then.is_empty() {
                        true => format!("after “{}” nothing", it.name),
                        false => format!("after “{}” {}", it.name, steps(&it.then)),
                    };
                    let all: Vec<_> = choices.iter().map(after).collect();
                    (all.join("; "), otherwise)
                }
            };
            let otherwise = if otherwise.is_empty() {
                String::new()
            } else {
                format!(", otherwise {}", steps(otherwise))
            };
            format!("ask {whom} “{question}”; {answered}{otherwise}")
        }
        Act::Stop => "stop".into(),
        Act::Builtin(builtin) => builtin.words().to_owned(),
    }
}

fn told(
    target: &Target,
    capability: &'static Capability,
    command: &str,
    args: &[(String, Given)],
) -> String {
    let whom = who(target);
    let verb = verb::VERBS.iter().find(|verb| {
        verb.capability == capability
            && verb.command == command
            && match verb.value {
                Some(name) => args.len() == 1 && args[0].0 == name,
                None => args.is_empty(),
            }
    });
    if let Some(verb) = verb {
        let word = verb.word.replace('_', " ");
        return match (verb.value, args) {
            (Some(property), [(_, value)]) => {
                let path = capability
                    .property(property)
                    .map(|_| capability.at(1, property));
                let what = word.strip_prefix("set ").unwrap_or(&word);
                format!("set the {what} of {whom} to {}", given(value, path))
            }
            _ => match word.split_once(' ') {
                // Turn the lamp on reads worse in a list than turn on the lamp.
                Some((first, rest)) => format!("{first} {rest} {whom}"),
                None => format!("{word} {whom}"),
            },
        };
    }
    let values: Vec<_> = args
        .iter()
        .map(|(name, value)| {
            let property = capability.property(name);
            let path = property.map(|_| capability.at(1, name));
            let title = property.map_or(name.as_str(), |property| property.title);
            format!("{} to {}", title.to_lowercase(), given(value, path))
        })
        .collect();
    match &values[..] {
        [] => format!("{} {whom}", command.replace('_', " ")),
        values => format!("set {} of {whom}", joined(values, "and")),
    }
}

/// *the hall lamp*, *every light in the hall but the hall lamp*, *everything*
fn who(target: &Target) -> String {
    let name = |name: &String| format!("the {}", name.replace('_', " "));
    let names = |all: &[String]| joined(&all.iter().map(name).collect::<Vec<_>>(), "and");
    let what = match (&target.devices[..], target.kind) {
        ([], Some(kind)) => format!("every {}", kind.as_str().replace('_', " ")),
        ([], None) => "everything".to_owned(),
        (devices, _) => names(devices),
    };
    let place = match (&target.areas[..], &target.floor) {
        ([], None) => String::new(),
        ([], Some(floor)) => format!(" on {}", name(floor)),
        (areas, _) => format!(" in {}", names(areas)),
    };
    let but = match &target.except[..] {
        [] => String::new(),
        except => format!(" but {}", names(except)),
    };
    format!("{what}{place}{but}")
}

/// *the temperature of the porch*
fn whose(target: &Target, path: Path) -> String {
    format!(
        "the {} of {}",
        path.property.title.to_lowercase(),
        who(target)
    )
}

/// *the front door* and *is open*; *the hall motion* and *is not occupied*
fn truth_words(target: &Target, path: Path, truth: bool) -> (String, String) {
    let word = match path.property.title.to_lowercase().as_str() {
        "on/off" | "on" => {
            return (
                who(target),
                if truth { "is on" } else { "is off" }.to_owned(),
            );
        }
        word => word.to_owned(),
    };
    let is = if truth { "is" } else { "is not" };
    (who(target), format!("{is} {word}"))
}

fn compared(comparison: &Comparison, path: Path) -> String {
    let given = |value: &Given| self::given(value, Some(path));
    match comparison {
        Comparison::Is(value) => given(value),
        Comparison::IsNot(value) => format!("not {}", given(value)),
        Comparison::Above(value) => format!("above {}", given(value)),
        Comparison::AtLeast(value) => format!("at least {}", given(value)),
        Comparison::Below(value) => format!("below {}", given(value)),
        Comparison::AtMost(value) => format!("at most {}", given(value)),
        Comparison::Between(low, high) => format!("between {} and {}", given(low), given(high)),
    }
}

fn ratio(comparison: &Comparison) -> String {
    let times = |value: &Given| format!("{} times", given(value, None));
    match comparison {
        Comparison::Above(value) | Comparison::AtLeast(value) => {
            format!("more than {}", times(value))
        }
        Comparison::Below(value) | Comparison::AtMost(value) => {
            format!("less than {}", times(value))
        }
        Comparison::Between(low, high) => format!("between {} and {}", times(low), times(high)),
        Comparison::Is(value) | Comparison::IsNot(value) => times(value),
    }
}

/// A value with the unit of its property.
fn given(value: &Given, path: Option<Path>) -> String {
    match value {
        Given::Parameter(name) => format!("the given {}", name.replace('_', " ")),
        Given::Measured(number, unit) => format!("{number} {}", unit.symbol()),
        Given::Value(Value::Number(number)) => {
            let number_kind = path.is_some_and(|path| path.property.kind == Kind::Number);
            match path.and_then(|path| path.property.unit) {
                Some(unit) if number_kind => format!("{number} {}", unit.symbol()),
                _ => number.to_string(),
            }
        }
        Given::Value(Value::Bool(truth)) => truth.to_string(),
        Given::Value(Value::Text(text)) => text.replace('_', " "),
    }
}

fn on_days(days: Daily) -> String {
    if days == Daily::ALL {
        String::new()
    } else {
        format!("on {} ", day_words(days))
    }
}

fn day_words(days: Daily) -> String {
    let words: Vec<String> = days
        .words()
        .into_iter()
        .map(|word| match word {
            "daily" => "every day".to_owned(),
            "weekdays" => "weekdays".to_owned(),
            "weekend" => "the weekend".to_owned(),
            day => {
                let mut letters = day.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                format!(
                    "{}{}",
                    first.map(String::from).unwrap_or_default(),
                    letters.as_str()
                )
            }
        })
        .collect();
    joined(&words, "and")
}
