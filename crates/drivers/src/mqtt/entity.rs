//! An entity: one discovery message, understood as capabilities with what is read and written.
//!
//! A component's file turns its message into an [`Entity`]; from there on nothing knows which
//! component it was. Most properties are an [`Input`] (a topic, a template, how its text is read)
//! and a [`Field`] (a topic, how a value is written); lights have a codec of their own.

use super::{
    availability::Availability,
    component::light::Light,
    payload::Payload,
    template::{Engine, Rendered, Template},
};
use crate::convention::{Face, Laid, cut_to};
pub(super) use crate::convention::{Part, Pin};
use model::{Goal, Property, Unit, Value};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Texts of devices are cut here, a little under what a property takes.
const MAX_TEXT: usize = 1_000;

/// One discovery message, understood.
#[derive(Debug)]
pub(super) struct Entity {
    /// The component's name in the convention.
    pub(super) component: String,
    /// What the entity is called; `None` where nothing is said.
    pub(super) name: Option<String>,
    /// Whether it bears its device's name: it is what the device is for.
    pub(super) main: bool,
    /// The readable name that it suggests.
    pub(super) slug: Option<String>,
    /// Its own stable id, by which the entities of a device are put in order.
    pub(super) unique: String,
    /// Whether it is about the device itself (signal, restart) and not what the device is for.
    pub(super) side: bool,
    /// The class that it names for itself, such as `outlet`.
    pub(super) class: Option<String>,
    /// What it can do, before endpoints are given.
    pub(super) parts: Vec<Part>,
    /// What is read.
    pub(super) inputs: Vec<Input>,
    /// What can be written.
    pub(super) output: Output,
    /// How it is known whether it answers.
    pub(super) availability: Option<Availability>,
    /// After how long without a message its values mean nothing.
    pub(super) expire_after: Option<Duration>,
    /// After how long a truth is over by itself (a motion of which no end is reported).
    pub(super) off_after: Option<Duration>,
    /// Whether commands are to be kept by the broker.
    pub(super) retain: bool,
    /// What of its message could not be taken although the entity could, for people.
    pub(super) fault: Option<String>,
}

impl Laid for Entity {
    fn face(&self) -> Face<'_> {
        Face {
            component: &self.component,
            name: self.name.as_deref(),
            main: self.main,
            unique: &self.unique,
            side: self.side,
            class: self.class.as_deref(),
            parts: &self.parts,
        }
    }
}

/// Something that is read from a topic.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) topic: Arc<str>,
    pub(super) template: Option<Template>,
    pub(super) meaning: Meaning,
}

impl Input {
    /// The same, read from another topic.
    pub(super) fn on(&self, topic: &str) -> Self {
        Self {
            topic: topic.into(),
            template: self.template.clone(),
            meaning: self.meaning.clone(),
        }
    }
}

/// What a text from a topic means.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// The value of a property.
    Value {
        part: usize,
        property: &'static Property,
        read: Read,
    },
    /// A light's state in one piece, or a part of its colour.
    Light(super::component::light::LightInput),
    /// The tracker's words for here and away, else a zone's name.
    Location {
        part: usize,
        home: String,
        away: String,
    },
    /// A press or the like, with the payload that means it (any, where there is none).
    Press {
        part: usize,
        payload: Option<String>,
        event: String,
    },
    /// An event whose type stands in the payload's JSON.
    EventType { part: usize },
    /// Whether a position is more than closed.
    IsOpen { part: usize, read: Read },
    /// The version that runs, or JSON that names a newer one too.
    Update { part: usize },
    /// Every payload is an event of that name (a tag that was held to a reader).
    Anything { part: usize, event: &'static str },
}

/// How the text of a value is read.
#[derive(Debug, Clone)]
pub(super) enum Read {
    /// These texts mean these values; others mean nothing, or themselves.
    Words {
        words: Vec<(String, Value)>,
        others: bool,
    },
    /// `(number - offset) * scale`, in a unit.
    Number {
        scale: f64,
        offset: f64,
        unit: Option<Unit>,
    },
    /// As it is.
    Text,
}

/// What can be written.
#[derive(Debug)]
pub(super) enum Output {
    /// One field a property or action.
    Fields(Vec<Field>),
    /// A light.
    Light(Box<Light>),
}

/// A property or an action that is written to a topic.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) part: usize,
    /// The property's or the action's name.
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) template: Option<Template>,
    pub(super) write: Write,
}

/// How a value is written.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// These values are these texts.
    Words(Vec<(Value, String)>),
    /// `number / scale + offset`, whole where `whole`.
    Number {
        scale: f64,
        offset: f64,
        whole: bool,
    },
    /// In the device's unit, whole where `whole`.
    Unit { from: Unit, into: Unit, whole: bool },
    /// As it is.
    Text,
    /// An action's payload.
    Fixed(String),
}

/// What was said by a message, before endpoints are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// A value.
    Value {
        part: usize,
        property: &'static str,
        value: Option<Value>,
        unit: Option<Unit>,
    },
    /// An event.
    Event { part: usize, event: String },
}

/// A message for the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// To which topic.
    pub topic: String,
    /// What.
    pub payload: String,
    /// Whether the broker shall keep it.
    pub retain: bool,
}

/// Values that an entity needs to remember to write the next command (a light's saturation).
pub(super) type Memory = BTreeMap<&'static str, f64>;

impl Entity {
    /// Gives back the room that its lists have to spare: there may be tens of thousands of entities.
    pub(super) fn shrink_to_fit(&mut self) {
        self.parts.shrink_to_fit();
        for part in &mut self.parts {
            part.instance.shrink_to_fit();
        }
        self.inputs.shrink_to_fit();
        match &mut self.output {
            Output::Fields(fields) => fields.shrink_to_fit(),
            Output::Light(light) => light.fields.shrink_to_fit(),
        }
    }

    /// What an input makes of a payload. The error's text is for people.
    pub(super) fn read(
        input: &Input,
        payload: &Payload<'_>,
        engine: &mut Engine,
        memory: &mut Memory,
    ) -> Result<Vec<Said>, String> {
        if let Meaning::Light(light) = &input.meaning {
            return light.read(input.template.as_ref(), payload, engine, memory);
        }
        let text = match engine.render(input.template.as_ref(), payload)? {
            Rendered::Missing => return Ok(Vec::new()),
            Rendered::Null => None,
            Rendered::Text(text) => Some(text),
        };
        Ok(match &input.meaning {
            Meaning::Value {
                part,
                property,
                read,
            } => match read.value(text.as_deref())? {
                None => Vec::new(),
                Some(value) => vec![Said::Value {
                    part: *part,
                    property: property.name,
                    value,
                    unit: read.unit(),
                }],
            },
            Meaning::Location { part, home, away } => {
                let value = |property, value| Said::Value {
                    part: *part,
                    property,
                    value,
                    unit: None,
                };
                match text {
                    None => vec![value("home", None), value("location", None)],
                    Some(text) if text == *home => {
                        vec![value("home", Some(true.into())), value("location", None)]
                    }
                    Some(text) if text == *away => {
                        vec![value("home", Some(false.into())), value("location", None)]
                    }
                    Some(text) => vec![
                        value("home", Some(false.into())),
                        value("location", Some(Value::Text(cut(&text)))),
                    ],
                }
            }
            Meaning::Press {
                part,
                payload,
                event,
            } => match text {
                Some(text) if payload.as_ref().is_none_or(|wanted| *wanted == text) => {
                    vec![Said::Event {
                        part: *part,
                        event: event.clone(),
                    }]
                }
                _ => Vec::new(),
            },
            Meaning::EventType { part } => {
                let Some(text) = text.filter(|text| !text.is_empty()) else {
                    return Ok(Vec::new());
                };
                let json: serde_json::Value = serde_json::from_str(&text)
                    .map_err(|_| "an event's payload is not JSON".to_owned())?;
                let word = json.get("event_type").and_then(serde_json::Value::as_str);
                let word = word.ok_or("an event's payload has no `event_type`")?;
                vec![Said::Event {
                    part: *part,
                    event: crate::convention::press(word),
                }]
            }
            Meaning::Anything { part, event } => vec![Said::Event {
                part: *part,
                event: (*event).to_owned(),
            }],
            Meaning::IsOpen { part, read } => match read.value(text.as_deref())? {
                Some(Some(Value::Number(percent))) => vec![Said::Value {
                    part: *part,
                    property: "open",
                    value: Some((percent > 0.5).into()),
                    unit: None,
                }],
                _ => Vec::new(),
            },
            Meaning::Update { part } => vec![Said::Value {
                part: *part,
                property: "text",
                value: text.as_deref().map(|text| Value::Text(version(text))),
                unit: None,
            }],
            Meaning::Light(_) => Vec::new(),
        })
    }

    /// The messages that carry out `goal` on one of the entity's parts. The error's text is for
    /// people.
    pub(super) fn write(
        &self,
        part: usize,
        goal: &Goal,
        engine: &mut Engine,
        memory: &Memory,
    ) -> Result<Vec<Publish>, String> {
        match (&self.output, goal) {
            (Output::Light(light), Goal::Target { values }) if light.has(part) => {
                light.write(part, values, self.retain, engine, memory)
            }
            (output, goal) => {
                let fields = match output {
                    Output::Fields(fields) => fields,
                    Output::Light(light) => &light.fields,
                };
                let field = |name: &str| {
                    fields
                        .iter()
                        .find(|field| field.part == part && field.name == name)
                        .ok_or_else(|| format!("the device takes no {name}"))
                };
                match goal {
                    Goal::Action { command } => {
                        Ok(vec![field(command)?.publish(None, self.retain, engine)?])
                    }
                    Goal::Target { values } => values
                        .iter()
                        .map(|(name, value)| field(name)?.publish(Some(value), self.retain, engine))
                        .collect(),
                }
            }
        }
    }
}

impl Field {
    fn publish(
        &self,
        value: Option<&Value>,
        retain: bool,
        engine: &mut Engine,
    ) -> Result<Publish, String> {
        let text = self.write.text(value)?;
        let payload = match &self.template {
            None => text,
            Some(template) => {
                let shown = match &self.write {
                    Write::Number { .. } | Write::Unit { .. } => text
                        .parse::<f64>()
                        .ok()
                        .map_or_else(|| text.as_str().into(), plain_number),
                    _ => minijinja::Value::from(text.as_str()),
                };
                // The convention names the value differently here and there.
                let names = [
                    "value",
                    "position",
                    "tilt_position",
                    "action",
                    "percentage",
                    "state",
                    "preset_mode",
                ];
                let values = names.iter().map(|name| (*name, shown.clone())).collect();
                engine.command(template, values)?
            }
        };
        Ok(Publish {
            topic: self.topic.clone(),
            payload,
            retain,
        })
    }
}

/// A number for a template: whole where it is, so that `{{ value }}` prints 40 and not 40.0.
pub(super) fn plain_number(number: f64) -> minijinja::Value {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        minijinja::Value::from(number as i64)
    } else {
        minijinja::Value::from(number)
    }
}

impl Read {
    /// A truth by its two words, whatever their case.
    pub(super) fn truth(yes: impl Into<String>, no: impl Into<String>) -> Self {
        Self::Words {
            words: vec![(yes.into(), true.into()), (no.into(), false.into())],
            others: false,
        }
    }

    /// A number in a unit.
    pub(super) const fn number(unit: Option<Unit>) -> Self {
        Self::Number {
            scale: 1.0,
            offset: 0.0,
            unit,
        }
    }

    const fn unit(&self) -> Option<Unit> {
        match self {
            Self::Number { unit, .. } => *unit,
            _ => None,
        }
    }

    /// `None` where the text means nothing; `Some(None)` where it means that nothing is known.
    #[expect(
        clippy::option_option,
        reason = "nothing said, and said to be unknown, are two things"
    )]
    pub(super) fn value(&self, text: Option<&str>) -> Result<Option<Option<Value>>, String> {
        let Some(text) = text else {
            return Ok(Some(None));
        };
        match self {
            Self::Words { words, others } => {
                let exact = words.iter().find(|(word, _)| word == text);
                let near = || {
                    words
                        .iter()
                        .find(|(word, _)| word.eq_ignore_ascii_case(text))
                };
                match exact.or_else(near) {
                    Some((_, value)) => Ok(Some(Some(value.clone()))),
                    None if *others && !text.is_empty() => Ok(Some(Some(Value::Text(cut(text))))),
                    None => Ok(None),
                }
            }
            Self::Number { scale, offset, .. } => {
                let text = text.trim();
                if text.is_empty() {
                    return Ok(None);
                }
                if matches!(
                    text.to_ascii_lowercase().as_str(),
                    "unknown" | "unavailable" | "none" | "null" | "nan"
                ) {
                    return Ok(Some(None));
                }
                match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => {
                        Ok(Some(Some(Value::Number((number - offset) * scale))))
                    }
                    _ => Err(format!("`{}` is not a number", cut_to(text, 40))),
                }
            }
            Self::Text => Ok(Some(Some(Value::Text(cut(text))))),
        }
    }
}

impl Write {
    /// A truth by its two words.
    pub(super) fn truth(yes: impl Into<String>, no: impl Into<String>) -> Self {
        Self::Words(vec![(true.into(), yes.into()), (false.into(), no.into())])
    }

    /// A number as it is.
    pub(super) const fn number() -> Self {
        Self::Number {
            scale: 1.0,
            offset: 0.0,
            whole: false,
        }
    }

    fn text(&self, value: Option<&Value>) -> Result<String, String> {
        match (self, value) {
            (Self::Fixed(text), _) => Ok(text.clone()),
            (_, None) => Err("the device needs a value for that".to_owned()),
            (Self::Words(words), Some(value)) => words
                .iter()
                .find(|(known, _)| known == value)
                .map(|(_, text)| text.clone())
                .ok_or_else(|| format!("the device does not take `{value}` here")),
            (
                Self::Number {
                    scale,
                    offset,
                    whole,
                },
                Some(Value::Number(number)),
            ) => Ok(digits(number / scale + offset, *whole)),
            (Self::Unit { from, into, whole }, Some(Value::Number(number))) => {
                let number = from.convert(*number, *into);
                let number =
                    number.ok_or_else(|| format!("there is no such value in {}", into.symbol()))?;
                Ok(digits(number, *whole))
            }
            (Self::Number { .. } | Self::Unit { .. }, Some(value)) => {
                Err(format!("`{value}` is not a number"))
            }
            (Self::Text, Some(Value::Text(text))) => Ok(text.clone()),
            (Self::Text, Some(value)) => Ok(value.to_json().to_string()),
        }
    }
}

/// A number for a device.
fn digits(number: f64, whole: bool) -> String {
    if whole {
        format!("{}", number.round())
    } else {
        // Division leaves crumbs such as 21.499999999999996, which devices refuse.
        format!("{}", (number * 1e6).round() / 1e6)
    }
}

/// What an update's state says, in one short text.
fn version(text: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let field = |key: &str| {
        let json = json.as_ref()?.get(key)?;
        (!json.is_null()).then(|| super::payload::text(json))
    };
    match (field("installed_version"), field("latest_version")) {
        (Some(installed), Some(latest)) if installed != latest => {
            cut_to(&format!("{installed} ({latest} is available)"), 200)
        }
        (Some(installed), _) => cut_to(&installed, 200),
        _ => cut_to(text, 200),
    }
}

fn cut(text: &str) -> String {
    cut_to(text, MAX_TEXT)
}
