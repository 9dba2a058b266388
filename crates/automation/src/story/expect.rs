//! What is expected, as a line. Counts are counts from the beginning of the story.

use super::words::{Word, measured, path};
use super::{Wrong, slug, wrong};
use crate::document::ScenarioSlug;
use crate::engine::RunState;
use model::{Connectivity, Path, Unit, Value};

/// Something that is expected.
#[derive(Debug, Clone)]
pub(super) enum Expect {
    /// A property compares so; `None` is unknown.
    Property {
        device: String,
        path: Path,
        order: Order,
        value: Option<Value>,
        unit: Option<Unit>,
    },
    /// A value is from before a restart.
    Stale { device: String, path: Path },
    /// Somebody wants this of a device, and has not got it yet.
    Wants {
        device: String,
        path: Path,
        value: Option<Value>,
    },
    /// Nobody wants anything of a device that it has not done.
    WantsNothing { device: String },
    /// A device answers, or does not.
    Connectivity { device: String, is: Connectivity },
    /// The newest run of a scenario stands so, and its note has these words.
    Run {
        scenario: ScenarioSlug,
        state: RunState,
        words: Vec<String>,
    },
    /// So many runs of a scenario; without a state all but those that were skipped.
    Runs {
        count: usize,
        scenario: ScenarioSlug,
        state: Option<RunState>,
    },
    /// The trace of the newest run has, or has not, a line with these words.
    Trace {
        scenario: ScenarioSlug,
        words: Vec<String>,
        there: bool,
    },
    /// People were told this; so often, or at all.
    Told {
        message: String,
        count: Option<usize>,
    },
    /// People were told nothing.
    NothingTold,
    /// People were asked this, and it waits for an answer.
    Asked(String),
    /// No question waits.
    NothingAsked,
    /// Something was refused with these words.
    Refused(Vec<String>),
    /// Nothing was refused.
    NothingRefused,
    /// Rules that set each other off were cut, in these words; none where there are none.
    Loop(Vec<String>),
    /// Rules fought over something, in these words; none where there are none.
    Conflict(Vec<String>),
    /// A rule says of itself what keeps it from working; none where there are none.
    Problem(ScenarioSlug, Vec<String>),
    /// The house's mode.
    Mode(String),
    /// A scenario in one sentence.
    Sentence(ScenarioSlug, String),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
}

const LINES: &str = "such as `expect hall_lamp OnOff.on_off = true`, `expect run evening-arrival completed`, \
                     `expect 2 runs of evening-arrival`, `expect told \"Good morning.\" once`, `expect refused \"nobody is home\"`; \
                     see docs/reference/stories.md";

/// Reads what stands after `expect`.
pub(super) fn read(words: &[Word]) -> Result<Expect, Wrong> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let owned = |from: usize| -> Vec<String> {
        texts[from..]
            .iter()
            .map(|text| (*text).to_owned())
            .collect()
    };
    Ok(match texts[..] {
        ["run", scenario, word, ..] => Expect::Run {
            scenario: slug(scenario)?,
            state: state(word)?,
            words: owned(3),
        },
        ["no", "run", "of", scenario] => runs(0, scenario, None)?,
        ["no", "run", "of", scenario, word] => runs(0, scenario, Some(word))?,
        [count, "run" | "runs", "of", scenario] => runs(number(count)?, scenario, None)?,
        [count, "run" | "runs", "of", scenario, word] => {
            runs(number(count)?, scenario, Some(word))?
        }
        ["trace", scenario, _, ..] => Expect::Trace {
            scenario: slug(scenario)?,
            words: owned(2),
            there: true,
        },
        ["no", "trace", scenario, _, ..] => Expect::Trace {
            scenario: slug(scenario)?,
            words: owned(3),
            there: false,
        },
        ["told", message] => told(message, None),
        ["told", message, "once"] => told(message, Some(1)),
        ["told", message, "twice"] => told(message, Some(2)),
        ["told", message, count, "times"] => told(message, Some(number(count)?)),
        ["not", "told", message] => told(message, Some(0)),
        ["nothing", "told"] => Expect::NothingTold,
        ["asked", question] => Expect::Asked(question.to_owned()),
        ["nothing", "asked"] => Expect::NothingAsked,
        ["refused", _, ..] => Expect::Refused(owned(1)),
        ["nothing", "refused"] => Expect::NothingRefused,
        ["loop", _, ..] => Expect::Loop(owned(1)),
        ["no", "loop"] => Expect::Loop(Vec::new()),
        ["conflict", _, ..] => Expect::Conflict(owned(1)),
        ["no", "conflict"] => Expect::Conflict(Vec::new()),
        ["problem", scenario, _, ..] => Expect::Problem(slug(scenario)?, owned(2)),
        ["no", "problem", scenario] => Expect::Problem(slug(scenario)?, Vec::new()),
        ["mode", mode] => Expect::Mode(mode.to_owned()),
        ["sentence", scenario, sentence] => Expect::Sentence(slug(scenario)?, sentence.to_owned()),
        [device, "is", word] => Expect::Connectivity {
            device: device.to_owned(),
            is: Connectivity::parse(word).ok_or_else(|| {
                wrong(
                    format!("a device is not `{word}`"),
                    "online, offline or unknown",
                )
            })?,
        },
        [device, "wants", "nothing"] => Expect::WantsNothing {
            device: device.to_owned(),
        },
        [device, "wants", property, "=", ..] => Expect::Wants {
            device: device.to_owned(),
            path: path(property)?,
            value: measured(&words[4..])?.0,
        },
        [device, property, "is", "stale"] => Expect::Stale {
            device: device.to_owned(),
            path: path(property)?,
        },
        [device, property, "is", "unknown"] => Expect::Property {
            device: device.to_owned(),
            path: path(property)?,
            order: Order::Is,
            value: None,
            unit: None,
        },
        [device, property, sign, ..] if order(sign).is_some() => {
            let (value, unit) = measured(&words[3..])?;
            Expect::Property {
                device: device.to_owned(),
                path: path(property)?,
                order: order(sign).unwrap_or(Order::Is),
                value,
                unit,
            }
        }
        _ => {
            return Err(wrong(
                format!("the expectation `{}` is not understood", texts.join(" ")),
                LINES,
            ));
        }
    })
}

fn order(sign: &str) -> Option<Order> {
    Some(match sign {
        "=" => Order::Is,
        "!=" => Order::IsNot,
        "<" => Order::Below,
        "<=" => Order::AtMost,
        ">" => Order::Above,
        ">=" => Order::AtLeast,
        _ => return None,
    })
}

fn runs(count: usize, scenario: &str, word: Option<&str>) -> Result<Expect, Wrong> {
    Ok(Expect::Runs {
        count,
        scenario: slug(scenario)?,
        state: word.map(state).transpose()?,
    })
}

fn told(message: &str, count: Option<usize>) -> Expect {
    Expect::Told {
        message: message.to_owned(),
        count,
    }
}

fn number(text: &str) -> Result<usize, Wrong> {
    text.parse()
        .map_err(|_| wrong(format!("`{text}` is no number"), "a number such as 2"))
}

fn state(word: &str) -> Result<RunState, Wrong> {
    let mut all = RunState::ALL.into_iter();
    all.find(|state| state.as_str() == word).ok_or_else(|| {
        let words = RunState::ALL.map(RunState::as_str);
        wrong(
            format!("a run is never `{word}`"),
            format!("one of {}", words.join(", ")),
        )
    })
}
