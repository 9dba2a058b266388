//! Something that happens in a story, as a line.

use super::expect::{self, Expect};
use super::read::date_time;
use super::words::{Word, arguments, measured, path, value};
use super::{Wrong, slug, wrong};
use crate::document::{Arguments, ScenarioSlug, Span, Statistic};
use crate::verb::{self, Verb};
use jiff::civil::DateTime;
use model::{Change, Connectivity, DeviceEdit, Path, Presence, Reference, Slug, Unit, Value};

/// The most that `N times` repeats.
const TIMES: u32 = 100_000;

/// Something that happens, or is expected.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A device reports a value; `None` where it does not know it.
    Report {
        device: String,
        path: Path,
        value: Option<Value>,
        unit: Option<Unit>,
    },
    /// Something happens at a device.
    DeviceEvent {
        device: String,
        capability: String,
        event: String,
    },
    /// A device answers, or no longer does.
    Connectivity { device: String, to: Connectivity },
    /// A device takes orders and does nothing, or does again what it is told.
    Silent { device: String, silent: bool },
    /// A device is edited.
    Edit { device: String, edit: DeviceEdit },
    /// A preference of a device is set.
    Prefer {
        device: String,
        name: String,
        value: Value,
    },
    /// A device is removed.
    Remove { device: String },
    /// Somebody comes or goes.
    Presence { person: String, to: Presence },
    /// The house is put into a mode.
    Mode(String),
    /// A webhook is called, with the right secret.
    Webhook(String),
    /// The house goes down, and comes up again so much later.
    Restart(Span),
    /// A scenario is run, by the operator or by a person.
    Run {
        by: Option<String>,
        scenario: ScenarioSlug,
        arguments: Arguments,
        fails: Option<String>,
    },
    /// Every run of a scenario is stopped.
    Stop(ScenarioSlug),
    /// A rule is switched on or off.
    Able(ScenarioSlug, bool),
    /// A scenario is removed.
    Forget(ScenarioSlug),
    /// A person answers the oldest question that waits.
    Answer(String),
    /// A person commands a device.
    Ask {
        person: String,
        verb: Verb,
        device: String,
        value: Option<Value>,
        confirmed: bool,
    },
    /// What history would say.
    History {
        device: String,
        path: Path,
        asked: Recorded,
        answer: f64,
    },
    /// The household switched a light, in the weeks before.
    Habit {
        device: String,
        on: bool,
        at: DateTime,
    },
    /// So often.
    Times(u32, Box<Self>),
    /// Something is expected.
    Expect(Expect),
}

/// What history is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Recorded {
    Over(Statistic, Span),
    Usual,
}

impl Entry {
    pub(super) const fn expects(&self) -> bool {
        matches!(self, Self::Expect(_))
    }
}

const LINES: &str = "something that happens, such as `hall_lamp OnOff.on_off = true`, `hall_button does Button.press`, \
                     `hall_lamp goes offline`, `Anna comes home`, `mode night`, `run party-mode guest_count=12`, or `expect ...`";

/// Reads a line.
pub(super) fn read(words: &[Word]) -> Result<Entry, Wrong> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let device = texts[0].to_owned();
    Ok(match texts[..] {
        ["expect", ..] => Entry::Expect(expect::read(&words[1..])?),
        [count, "times", _, ..] => {
            let times = count.parse::<u32>().ok();
            let times = times
                .filter(|times| (1..=TIMES).contains(times))
                .ok_or_else(|| {
                    wrong(
                        format!("`{count}` is no number of times"),
                        format!("1 to {TIMES}"),
                    )
                })?;
            Entry::Times(times, Box::new(read(&words[2..])?))
        }
        ["mode", mode] => Entry::Mode(mode.to_owned()),
        ["webhook", name] => Entry::Webhook(name.to_owned()),
        ["restart"] => Entry::Restart(Span::default()),
        ["restart", "after", ..] => Entry::Restart(span(&texts[2..].join(" "))?),
        ["run", scenario, ..] => run(None, scenario, &words[2..])?,
        [person, "runs", scenario, ..] => run(Some(person.to_owned()), scenario, &words[3..])?,
        ["stop", scenario] => Entry::Stop(slug(scenario)?),
        ["enable", scenario] => Entry::Able(slug(scenario)?, true),
        ["disable", scenario] => Entry::Able(slug(scenario)?, false),
        ["remove", scenario] => Entry::Forget(slug(scenario)?),
        ["answer", answer] => Entry::Answer(answer.to_owned()),
        ["history", ..] => history(&words[1..])?,
        ["habit", device, on, date, clock] if matches!(on, "on" | "off") => Entry::Habit {
            device: device.to_owned(),
            on: on == "on",
            at: date_time(date, clock).ok_or_else(|| {
                wrong(
                    format!("`{date} {clock}` is no time"),
                    "a time such as 2026-11-16 18:05",
                )
            })?,
        },
        [_, "does", what] => {
            let (capability, event) = what.split_once('.').ok_or_else(|| {
                wrong(
                    format!("`{what}` is no event"),
                    "a capability and its event such as Button.press",
                )
            })?;
            Entry::DeviceEvent {
                device,
                capability: capability.to_owned(),
                event: event.to_owned(),
            }
        }
        [_, "goes", "offline"] => connectivity(device, Connectivity::Offline),
        [_, "goes" | "comes", "online"] => connectivity(device, Connectivity::Online),
        [_, "falls", "silent"] => Entry::Silent {
            device,
            silent: true,
        },
        [_, "answers", "again"] => Entry::Silent {
            device,
            silent: false,
        },
        [_, "is", "removed"] => Entry::Remove { device },
        [_, "is", "called", name] => edit(device, |edit| edit.name = Change::Set(name.to_owned())),
        [_, "has", "the", "slug", text] => {
            let slug: Slug = text.parse().map_err(|error: model::SlugError| {
                wrong(error.to_string(), "a slug such as kitchen_lamp")
            })?;
            edit(device, |edit| edit.slug = Change::Set(slug))
        }
        [_, "moves", "to", area] => edit(device, |edit| {
            edit.area = Change::Set(Some(Reference::from(area)))
        }),
        [_, "prefers", name, "=", _] => Entry::Prefer {
            device,
            name: name.to_owned(),
            value: value(&words[4]).unwrap_or(Value::Bool(false)),
        },
        [person, "comes"] | [person, "comes", "home"] => presence(person, Presence::Home),
        [person, "leaves"] => presence(person, Presence::Away),
        [person, "is", "out", "of", "sight"] => presence(person, Presence::Unknown),
        [person, "asks", word, device, ..] => ask(person, word, device, &words[4..])?,
        [_, property, "=", ..] => {
            let (value, unit) = measured(&words[3..])?;
            Entry::Report {
                path: path(property)?,
                device,
                value,
                unit,
            }
        }
        _ => {
            return Err(wrong(
                format!("`{}` is not understood", texts.join(" ")),
                LINES,
            ));
        }
    })
}

fn connectivity(device: String, to: Connectivity) -> Entry {
    Entry::Connectivity { device, to }
}

fn presence(person: &str, to: Presence) -> Entry {
    Entry::Presence {
        person: person.to_owned(),
        to,
    }
}

fn edit(device: String, change: impl FnOnce(&mut DeviceEdit)) -> Entry {
    let mut edit = DeviceEdit::default();
    change(&mut edit);
    Entry::Edit { device, edit }
}

pub(super) fn span(text: &str) -> Result<Span, Wrong> {
    let span = Span::parse(text).filter(|span| span.0 >= 0);
    span.ok_or_else(|| {
        wrong(
            format!("`{text}` is no span of time"),
            "a span such as 30s, 5min or 2h",
        )
    })
}

fn run(by: Option<String>, scenario: &str, words: &[Word]) -> Result<Entry, Wrong> {
    let (given, fails) = match words {
        [given @ .., verb, reason] if verb.text == "fails" => (given, Some(reason.text.clone())),
        given => (given, None),
    };
    Ok(Entry::Run {
        by,
        scenario: slug(scenario)?,
        arguments: arguments(given)?,
        fails,
    })
}

fn ask(person: &str, word: &str, device: &str, words: &[Word]) -> Result<Entry, Wrong> {
    let verb =
        verb::find(word).map_err(|expected| wrong(format!("`{word}` is not known"), expected))?;
    let (given, confirmed) = match words {
        [given @ .., last] if last.text == "confirmed" => (given, true),
        given => (given, false),
    };
    let value = match given {
        [] => None,
        [one] => value(one),
        [_, more, ..] => {
            return Err(wrong(
                format!("`{}` is too much", more.text),
                "a value, and perhaps `confirmed`",
            ));
        }
    };
    Ok(Entry::Ask {
        person: person.to_owned(),
        verb,
        device: device.to_owned(),
        value,
        confirmed,
    })
}

/// `tv ElectricalPowerMeasurement.power mean over 1h = 3.2`, or `... usual = 120`
fn history(words: &[Word]) -> Result<Entry, Wrong> {
    let expected = "such as `history tv ElectricalPowerMeasurement.power mean over 1h = 3.2` or `... usual = 120`";
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let (device, property, asked, answer) = match texts[..] {
        [device, property, "usual", "=", answer] => (device, property, Recorded::Usual, answer),
        [
            device,
            property,
            statistic,
            "over",
            ref spans @ ..,
            "=",
            answer,
        ] => {
            let statistic = match statistic {
                "mean" => Statistic::Mean,
                "min" => Statistic::Min,
                "max" => Statistic::Max,
                "increase" => Statistic::Increase,
                other => {
                    return Err(wrong(
                        format!("`{other}` is no statistic"),
                        "mean, min, max or increase",
                    ));
                }
            };
            (
                device,
                property,
                Recorded::Over(statistic, span(&spans.join(" "))?),
                answer,
            )
        }
        _ => return Err(wrong("it does not say what history knows", expected)),
    };
    let answer = answer
        .parse::<f64>()
        .ok()
        .filter(|answer| answer.is_finite());
    Ok(Entry::History {
        device: device.to_owned(),
        path: path(property)?,
        asked,
        answer: answer.ok_or_else(|| wrong("history says no number", expected))?,
    })
}
