//! What a scenario does.

use super::condition::{self, Condition};
use super::decode::Fields;
use super::{Fault, Given, Span, Target};
use crate::builtin::{self, Builtin};
use crate::verb;
use model::{Capability, Value};

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How long is waited before it.
    pub delay: Span,
    /// What is done.
    pub act: Act,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Tell devices something. Who cannot do it is left out, and said to be.
    Command {
        /// Which devices.
        target: Target,
        /// The capability.
        capability: &'static Capability,
        /// A command of its table, or `set`.
        command: String,
        /// With these.
        args: Vec<(String, Given)>,
    },
    /// Bring a scene back.
    Scene(String),
    /// Wait.
    Wait(Span),
    /// Wait until something holds.
    WaitUntil {
        /// What.
        condition: Condition,
        /// At most so long.
        timeout: Span,
        /// Whether the run ends where it took longer.
        required: bool,
    },
    /// Do one thing or the other.
    If {
        /// What decides.
        condition: Condition,
        /// When it holds.
        then: Vec<Step>,
        /// When it does not, or is not known.
        otherwise: Vec<Step>,
    },
    /// Do it again.
    Repeat {
        /// So often at most.
        times: u32,
        /// As long as this holds.
        condition: Condition,
        /// What.
        steps: Vec<Step>,
    },
    /// Do several things side by side.
    Parallel(Vec<Vec<Step>>),
    /// Tell people.
    Notify(Notice),
    /// Run another scenario, and wait for its end.
    Scenario {
        /// Its slug.
        scenario: String,
        /// With these.
        arguments: Vec<(String, Given)>,
    },
    /// Put the house into a mode.
    Mode(String),
    /// Ask a person, and go on with the answer.
    Ask {
        /// Whom; nobody in particular where none is named.
        person: Option<String>,
        /// What.
        question: String,
        /// How long an answer is waited for.
        timeout: Span,
        /// What can be answered, and what is done then.
        answers: Answers,
    },
    /// End the run here.
    Stop,
    /// Something that only a scenario that comes with the house does.
    Builtin(Builtin),
}

/// What can be answered to a question, and what is done then.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// Yes or no.
    YesOrNo {
        /// After a yes.
        yes: Vec<Step>,
        /// After a no, or no answer.
        no: Vec<Step>,
    },
    /// One of several.
    Choices {
        /// Each with its name.
        choices: Vec<Choice>,
        /// After no answer.
        otherwise: Vec<Step>,
    },
}

/// One of several answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What is answered.
    pub name: String,
    /// What is done then.
    pub then: Vec<Step>,
}

impl Answers {
    /// What can be answered, in order.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::YesOrNo { .. } => vec!["yes", "no"],
            Self::Choices { choices, .. } => choices.iter().map(|it| it.name.as_str()).collect(),
        }
    }

    /// What may be done, whatever is answered.
    pub fn branches(&self) -> Vec<&[Step]> {
        match self {
            Self::YesOrNo { yes, no } => vec![yes, no],
            Self::Choices { choices, otherwise } => {
                let all = choices.iter().map(|choice| choice.then.as_slice());
                all.chain([otherwise.as_slice()]).collect()
            }
        }
    }
}

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The message.
    pub message: String,
    /// A heading.
    pub title: Option<String>,
    /// Whether it may break the quiet hours.
    pub urgent: bool,
}

/// The longest that a condition or a person is waited for where nothing is said.
const PATIENCE: Span = Span(3_600);

/// Answers among which a person may choose.
const CHOICES: usize = 12;

/// The longest name of one.
const CHOICE_MAX: usize = 60;

const HEADS: &str = "one of `do`, `set`, `scene`, `wait`, `wait_until`, `if`, `repeat`, `parallel`, `notify`, \
                     `scenario`, `mode`, `ask`, `builtin`, `stop`";

pub(super) fn read(mut fields: Fields<'_>) -> Step {
    let delay = fields.span("delay").unwrap_or_default();
    if delay.0 < 0 {
        fields.fault_at("delay", "it is negative", "a span such as 30s");
    }
    let act = if fields.has("do") {
        told(&mut fields)
    } else if fields.has("set") {
        set(&mut fields)
    } else if fields.has("scene") {
        Act::Scene(fields.required_text("scene"))
    } else if fields.has("wait") {
        Act::Wait(fields.span("wait").unwrap_or_default())
    } else if fields.has("wait_until") {
        Act::WaitUntil {
            condition: condition::all(fields.list("wait_until", condition::read)),
            timeout: fields.span("timeout").unwrap_or(PATIENCE),
            required: fields.truth("required").unwrap_or(false),
        }
    } else if fields.has("repeat") {
        repeat(&mut fields)
    } else if fields.has("if") {
        Act::If {
            condition: condition::all(fields.list("if", condition::read)),
            then: fields.list("then", read),
            otherwise: fields.list("else", read),
        }
    } else if fields.has("parallel") {
        Act::Parallel(fields.lists("parallel", read))
    } else if fields.has("notify") {
        Act::Notify(Notice {
            message: fields.required_text("notify"),
            title: fields.text("title"),
            urgent: fields.truth("urgent").unwrap_or(false),
        })
    } else if fields.has("scenario") {
        Act::Scenario {
            scenario: fields.required_text("scenario"),
            arguments: fields.givens("with"),
        }
    } else if fields.has("mode") {
        Act::Mode(super::trigger::mode(&fields.required_text("mode")))
    } else if fields.has("ask") {
        Act::Ask {
            question: fields.required_text("ask"),
            person: fields.text("person"),
            timeout: fields.span("timeout").unwrap_or(PATIENCE),
            answers: answers(&mut fields),
        }
    } else if fields.has("builtin") {
        more(&mut fields)
    } else if fields.has("stop") {
        fields.truth("stop");
        Act::Stop
    } else {
        fields.fault(Fault::at(
            fields.path(),
            "it does not say what to do",
            HEADS,
        ));
        Act::Stop
    };
    fields.finish();
    Step { delay, act }
}

/// What can be answered.
fn answers(fields: &mut Fields<'_>) -> Answers {
    if !fields.has("choices") {
        return Answers::YesOrNo {
            yes: fields.list("yes", read),
            no: fields.list("no", read),
        };
    }
    let choices = fields.list("choices", |mut fields| {
        let name = fields.required_text("name").trim().to_owned();
        let letters = name.chars().count();
        if letters > CHOICE_MAX {
            let expected = format!("at most {CHOICE_MAX}");
            fields.fault_at("name", format!("it has {letters} letters"), expected);
        }
        let then = fields.list("then", read);
        fields.finish();
        Choice { name, then }
    });
    if !(2..=CHOICES).contains(&choices.len()) {
        let message = format!("it has {} entries", choices.len());
        fields.fault_at("choices", message, format!("2 to {CHOICES}"));
    }
    let mut names: Vec<_> = choices.iter().map(|it| it.name.to_lowercase()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        fields.fault_at(
            "choices",
            "two of them have the same name",
            "a name of its own for each",
        );
    }
    Answers::Choices {
        choices,
        otherwise: fields.list("else", read),
    }
}

/// Something that comes with the house.
fn more(fields: &mut Fields<'_>) -> Act {
    let words = builtin::NAMES.map(|name| (name, name));
    let Some(name) = fields.one_of("builtin", &words) else {
        return Act::Stop;
    };
    Act::Builtin(match name {
        "switch_off_standby" => Builtin::SwitchOffStandby,
        "lights_of_empty_rooms" => Builtin::LightsOfEmptyRooms,
        _ => Builtin::StayAway {
            days: fields
                .given("days")
                .unwrap_or(Given::Value(Value::Number(7.0))),
            simulate: fields
                .given("simulate_presence")
                .unwrap_or(Given::Value(Value::Bool(true))),
        },
    })
}

fn told(fields: &mut Fields<'_>) -> Act {
    let text = fields.required_text("do");
    let args = fields.givens("args");
    let value = fields.given("value");
    let target = Target::required(fields);
    match verb::find(&text) {
        Ok(verb) => {
            let mut args = args;
            match (verb.value, value) {
                (Some(name), Some(value)) => args.push((name.to_owned(), value)),
                (Some(name), None) if !args.iter().any(|(given, _)| given == name) => fields
                    .fault_at(
                        "value",
                        format!("`{text}` needs one"),
                        format!("`value`: {name}"),
                    ),
                (None, Some(_)) => {
                    fields.fault_at("value", format!("`{text}` takes none"), "no `value`");
                }
                _ => {}
            }
            Act::Command {
                target,
                capability: verb.capability,
                command: verb.command.to_owned(),
                args,
            }
        }
        Err(expected) => {
            fields.fault_at("do", format!("`{text}` is not known"), expected);
            Act::Stop
        }
    }
}

fn set(fields: &mut Fields<'_>) -> Act {
    let values = fields.givens("set");
    let mut capability: Option<&'static Capability> = None;
    let mut args = Vec::new();
    for (name, given) in values {
        let (table, property) = name.split_once('.').unwrap_or((&name, ""));
        let found = Capability::find(table);
        let known = found.and_then(|found| found.property(property));
        match (found, known) {
            (Some(found), Some(property)) if property.is_writable() => {
                if **capability.get_or_insert(found) != *found {
                    fields.fault_at("set", "it sets two capabilities", "one step for each");
                }
                args.push((property.name.to_owned(), given));
            }
            (Some(found), _) => {
                let writable = found.properties.iter().filter(|it| it.is_writable());
                let names: Vec<_> = writable
                    .map(|it| format!("{}.{}", found.name, it.name))
                    .collect();
                let expected = if names.is_empty() {
                    format!("another capability: nothing of {} can be set", found.name)
                } else {
                    format!("one of {}", names.join(", "))
                };
                fields.fault_at("set", format!("`{name}` cannot be set"), expected);
            }
            (None, _) => fields.fault_at(
                "set",
                format!("`{name}` is no property"),
                "a property such as `LevelControl.current_level`",
            ),
        }
    }
    let target = Target::required(fields);
    let Some(capability) = capability else {
        fields.fault_at(
            "set",
            "it sets nothing",
            "an object such as { \"OnOff.on_off\" = true }",
        );
        return Act::Stop;
    };
    Act::Command {
        target,
        capability,
        command: "set".into(),
        args,
    }
}

fn repeat(fields: &mut Fields<'_>) -> Act {
    let times = fields.number("repeat", 1.0, 1_000.0).unwrap_or(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 1,000"
    )]
    let times = times as u32;
    Act::Repeat {
        times,
        condition: condition::all(fields.list("while", condition::read)),
        steps: fields.list("steps", read),
    }
}
