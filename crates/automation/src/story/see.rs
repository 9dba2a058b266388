//! Whether what is expected is so; and what was seen instead, for people.

use super::expect::{Expect, Order};
use super::play::Play;
use super::{Wrong, wrong};
use crate::document::ScenarioSlug;
use crate::engine::{Run, RunState, offered};
use model::{Path, Unit, Value};
use twin::DeviceTwin;

/// How many of what was seen are named.
const NEWEST: usize = 10;

/// Inside: what was seen instead. Outside: why it cannot be looked at.
pub(super) type Seen = Result<Result<(), String>, Wrong>;

/// Looks at what is expected.
pub(super) fn see(play: &mut Play, expect: &Expect) -> Seen {
    Ok(match expect {
        Expect::Property {
            device,
            path,
            order,
            value,
            unit,
        } => {
            let twin = play.device(device)?;
            let path = found(&twin, *path)?;
            let wanted = value.clone().map(|value| converted(value, *unit, path));
            let seen = twin.value(path);
            holds(compares(seen, *order, wanted.as_ref(), path), || {
                shown(seen)
            })
        }
        Expect::Stale { device, path } => {
            let twin = play.device(device)?;
            let reported = twin.reported(found(&twin, *path)?);
            let stale = reported.is_some_and(|reported| reported.stale);
            holds(stale, || "it is fresh, or was never known".into())
        }
        Expect::Wants {
            device,
            path,
            value,
        } => {
            let twin = play.device(device)?;
            let path = found(&twin, *path)?;
            let desired = twin.properties.get(path).and_then(|it| it.desired.as_ref());
            let desired = desired.map(|desired| &desired.value);
            holds(
                compares(desired, Order::Is, value.as_ref(), path),
                || match desired {
                    Some(value) => format!("{value} is wanted"),
                    None => "nothing is wanted".into(),
                },
            )
        }
        Expect::WantsNothing { device } => {
            let twin = play.device(device)?;
            let wanted: Vec<String> = twin
                .properties
                .iter()
                .filter_map(|(path, it)| Some(format!("{path} = {}", it.desired.as_ref()?.value)))
                .collect();
            holds(wanted.is_empty(), || wanted.join(", "))
        }
        Expect::Connectivity { device, is } => {
            let twin = play.device(device)?;
            holds(twin.connectivity == *is, || {
                twin.connectivity.as_str().into()
            })
        }
        Expect::Run {
            scenario,
            state,
            words,
        } => {
            let runs = runs(play, scenario);
            let run = runs.last();
            let note = run.and_then(|run| run.note.clone()).unwrap_or_default();
            let fits = run.is_some_and(|run| run.state == *state) && has_all(&note, words);
            holds(fits, || listed(&runs))
        }
        Expect::Runs {
            count,
            scenario,
            state,
        } => {
            let runs = runs(play, scenario);
            let counts = |run: &&Run| match state {
                Some(state) => run.state == *state,
                None => run.state != RunState::Skipped,
            };
            holds(runs.iter().filter(counts).count() == *count, || {
                listed(&runs)
            })
        }
        Expect::Trace {
            scenario,
            words,
            there,
        } => {
            let runs = runs(play, scenario);
            let lines = runs.last().map(trace).unwrap_or_default();
            let has = lines.iter().any(|line| has_all(line, words));
            holds(has == *there && !runs.is_empty(), || match lines.len() {
                0 => "it never ran".into(),
                _ => lines.join("\n"),
            })
        }
        Expect::Told { message, count } => {
            let told = told(play);
            let times = told.iter().filter(|one| *one == message).count();
            holds(count.map_or(times > 0, |count| count == times), || {
                quoted(&told)
            })
        }
        Expect::NothingTold => {
            let told = told(play);
            holds(told.is_empty(), || quoted(&told))
        }
        Expect::Asked(question) => {
            let open = open(play);
            holds(open.contains(question), || quoted(&open))
        }
        Expect::NothingAsked => {
            let open = open(play);
            holds(open.is_empty(), || quoted(&open))
        }
        Expect::Refused(words) => {
            let refused = refused(play);
            holds(refused.iter().any(|one| has_all(one, words)), || {
                quoted(&refused)
            })
        }
        Expect::NothingRefused => {
            let refused = refused(play);
            holds(refused.is_empty(), || quoted(&refused))
        }
        Expect::Loop(words) => said(&play.world.report().loops, words),
        Expect::Conflict(words) => said(&play.world.conflicts(), words),
        Expect::Problem(scenario, words) => {
            let rule = play.world.engine().rule(scenario);
            let problems = rule.map(|rule| rule.problems.clone());
            let unknown = || {
                wrong(
                    format!("no scenario is called `{scenario}`"),
                    "one of the story's",
                )
            };
            said(&problems.ok_or_else(unknown)?, words)
        }
        Expect::Mode(mode) => {
            let is = &play.world.house().snapshot().mode;
            holds(**is == **mode, || is.to_string())
        }
        Expect::Sentence(scenario, sentence) => {
            let rule = play.world.engine().rule(scenario);
            let is = rule.map(|rule| crate::sentence::sentence(&rule.document));
            holds(is.as_ref() == Some(sentence), || {
                is.clone().unwrap_or_default()
            })
        }
    })
}

fn holds(holds: bool, saw: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(saw()) }
}

fn found(twin: &DeviceTwin, path: Path) -> Result<Path, Wrong> {
    offered(twin, path)
        .ok_or_else(|| wrong(format!("{} has no {path}", twin.device.slug), offers(twin)))
}

/// What a device has, as a remedy.
pub(super) fn offers(twin: &DeviceTwin) -> String {
    let instances = twin.device.capabilities.iter();
    let all = instances.flat_map(|it| {
        it.properties
            .iter()
            .map(|shape| format!("{}.{}", it.capability.name, shape.name))
    });
    format!("one of {}", all.collect::<Vec<_>>().join(", "))
}

fn converted(value: Value, unit: Option<Unit>, path: Path) -> Value {
    match (&value, unit.zip(path.property.unit)) {
        (Value::Number(number), Some((unit, own))) => {
            unit.convert(*number, own).map_or(value, Value::Number)
        }
        _ => value,
    }
}

fn compares(seen: Option<&Value>, order: Order, wanted: Option<&Value>, path: Path) -> bool {
    let equal = match (seen, wanted) {
        (Some(Value::Number(seen)), Some(Value::Number(wanted))) => {
            (seen - wanted).abs() <= path.property.tolerance.max(1e-9)
        }
        (seen, wanted) => seen == wanted,
    };
    match (order, seen, wanted) {
        (Order::Is, ..) => equal,
        (Order::IsNot, ..) => !equal,
        (order, Some(Value::Number(seen)), Some(Value::Number(wanted))) => match order {
            Order::Below => seen < wanted,
            Order::AtMost => seen <= wanted,
            Order::Above => seen > wanted,
            _ => seen >= wanted,
        },
        _ => false,
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "unknown".into(), ToString::to_string)
}

/// The runs of a scenario, the oldest first; those that are on as well.
fn runs(play: &mut Play, scenario: &ScenarioSlug) -> Vec<Run> {
    let mut runs: Vec<Run> = play.world.report().runs.clone();
    runs.extend(play.world.engine().runs().cloned());
    runs.retain(|run| run.scenario == scenario.as_str());
    runs.sort_by_key(|run| (run.started, run.id));
    runs
}

fn listed(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "it never ran".into();
    }
    let all = runs.iter().map(|run| match &run.note {
        Some(note) => format!("{} ({note})", run.state.as_str()),
        None => run.state.as_str().to_owned(),
    });
    all.collect::<Vec<_>>().join(", then ")
}

/// A run's trace, line by line.
fn trace(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &run.trace {
        lines.push(format!("{}: {}", entry.place, entry.what));
        lines.extend(
            entry
                .looked
                .iter()
                .map(|looked| format!("{}: {} saw {}", entry.place, looked.what, looked.saw)),
        );
        lines.extend(entry.requests.iter().map(|sent| {
            let note = sent.note.as_deref().unwrap_or_default();
            format!(
                "{}: {} {} {note}",
                entry.place,
                sent.device,
                sent.outcome.as_str()
            )
        }));
    }
    lines
}

fn has_all(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| text.contains(word.as_str()))
}

/// One of them has all the words; or there are none, where no words are given.
fn said(all: &[String], words: &[String]) -> Result<(), String> {
    let fits = match words {
        [] => all.is_empty(),
        words => all.iter().any(|one| has_all(one, words)),
    };
    holds(fits, || quoted(all))
}

fn quoted(all: &[String]) -> String {
    match all {
        [] => "nothing".into(),
        all => {
            let (older, newest) = all.split_at(all.len().saturating_sub(NEWEST));
            let newest: Vec<_> = newest.iter().map(|one| format!("“{one}”")).collect();
            match older.len() {
                0 => newest.join(", "),
                older => format!("{older} more, then {}", newest.join(", ")),
            }
        }
    }
}

/// What people were told, without what they were asked.
fn told(play: &Play) -> Vec<String> {
    let mut asked: Vec<&str> = play
        .world
        .questions()
        .iter()
        .map(|posed| posed.question.as_str())
        .collect();
    let mut told = Vec::new();
    for (_, message) in &play.world.report().messages {
        match asked.iter().position(|question| question == message) {
            Some(place) => drop(asked.remove(place)),
            None => told.push(message.clone()),
        }
    }
    told
}

/// The questions that wait.
fn open(play: &mut Play) -> Vec<String> {
    let posed: Vec<_> = play.world.questions().to_vec();
    let waits: Vec<_> = posed
        .into_iter()
        .filter(|posed| {
            play.world
                .engine()
                .runs()
                .any(|run| run.id == posed.run && run.asks(posed.thread))
        })
        .collect();
    waits.into_iter().map(|posed| posed.question).collect()
}

fn refused(play: &Play) -> Vec<String> {
    let by_rules = play
        .world
        .report()
        .refusals
        .iter()
        .map(|(_, reason)| reason.clone());
    by_rules.chain(play.refusals.iter().cloned()).collect()
}
