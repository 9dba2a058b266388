//! An entity, understood: its capabilities, what is read of its state, what is called for a wish.

use super::super::codec::{Attributes, MAX_TEXT};
use crate::convention::{Face, Laid, Part, cut_to};
use model::{Goal, Property, Unit, Value};
use serde_json::{Map, Value as Json};

/// An entity's state as it is now.
#[derive(Debug, Clone, Copy)]
pub(in crate::home_assistant) struct View<'a> {
    /// Its state.
    pub(in crate::home_assistant) state: &'a str,
    /// Its attributes.
    pub(in crate::home_assistant) attributes: &'a Attributes,
    /// The unit of temperatures that name none.
    pub(in crate::home_assistant) temperature: Unit,
}

impl<'a> View<'a> {
    /// A number among the attributes.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        number(self.attributes.get(name)?)
    }

    /// A text among the attributes.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.attributes.get(name)?.as_str()
    }

    /// A truth among the attributes.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.attributes.get(name)?.as_bool()
    }

    /// A list of numbers among the attributes.
    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.attributes.get(name).and_then(Json::as_array);
        list.into_iter().flatten().filter_map(number).collect()
    }

    /// A list of words among the attributes, as far as they can be shown.
    pub(super) fn words(&self, name: &str) -> Vec<String> {
        let list = self.attributes.get(name).and_then(Json::as_array);
        let mut words: Vec<String> = Vec::new();
        for word in list.into_iter().flatten().filter_map(Json::as_str) {
            let is_plain =
                !word.is_empty() && word.len() <= 128 && !word.chars().any(char::is_control);
            if is_plain && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }

    /// Whether its features have this bit.
    pub(super) fn can(&self, bit: u64) -> bool {
        let features = self.attributes.get("supported_features");
        features.and_then(Json::as_u64).unwrap_or_default() & bit != 0
    }

    /// Whether its state says that nothing is known.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.state, "unknown" | "unavailable")
    }
}

/// A finite number, or the text that spells one.
pub(super) fn number(json: &Json) -> Option<f64> {
    match json {
        Json::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
    .filter(|number: &f64| number.is_finite())
}

/// An entity, understood.
#[derive(Debug, PartialEq)]
pub(in crate::home_assistant) struct Entity {
    pub(in crate::home_assistant) id: String,
    pub(super) domain: &'static str,
    pub(in crate::home_assistant) name: Option<String>,
    pub(in crate::home_assistant) main: bool,
    pub(super) unique: String,
    pub(super) side: bool,
    pub(super) class: Option<String>,
    pub(in crate::home_assistant) parts: Vec<Part>,
    pub(in crate::home_assistant) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    /// The part that tells of its events, where it has some.
    pub(in crate::home_assistant) button: Option<usize>,
}

impl Laid for Entity {
    fn face(&self) -> Face<'_> {
        Face {
            component: match self.domain {
                "input_boolean" => "switch",
                "person" => "device_tracker",
                other => other,
            },
            name: self.name.as_deref(),
            main: self.main,
            unique: &self.unique,
            side: self.side,
            class: self.class.as_deref(),
            parts: &self.parts,
        }
    }
}

/// Something that is read of a state.
#[derive(Debug)]
pub(in crate::home_assistant) struct Input {
    pub(in crate::home_assistant) part: usize,
    pub(in crate::home_assistant) property: &'static Property,
    pub(super) read: Read,
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        (self.part, self.property.name, &self.read)
            == (other.part, other.property.name, &other.read)
    }
}

/// How it is read.
#[derive(Debug, Clone)]
pub(super) enum Read {
    /// The state itself.
    State(Parse),
    /// An attribute.
    Attribute(&'static str, Parse),
    /// What several of them say together.
    With(fn(&View<'_>) -> Heard),
}

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::State(one), Self::State(other)) => one == other,
            (Self::Attribute(one, how), Self::Attribute(other, so)) => one == other && how == so,
            // The domain and the property decide which one it is.
            (Self::With(_), Self::With(_)) => true,
            _ => false,
        }
    }
}

/// How a text or a number is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parse {
    /// These words are true and false.
    Truth(&'static str, &'static str),
    /// These words mean these values; others mean nothing.
    Words(Vec<(String, Value)>),
    /// A number times a scale, in a unit.
    Number(f64, Option<Unit>),
    /// As it is.
    Text,
    /// JSON's true and false.
    Flag,
}

/// What a state says of a property.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::home_assistant) enum Heard {
    /// Nothing; what was known stays.
    Nothing,
    /// That it is not known.
    Unknown,
    /// A value, in a unit where it is not the canonical one.
    Value(Value, Option<Unit>),
}

impl Heard {
    /// A word.
    pub(super) fn word(word: &str) -> Self {
        Self::Value(word.into(), None)
    }

    /// A number that may be missing.
    pub(super) fn number(number: Option<f64>, unit: Option<Unit>) -> Self {
        number.map_or(Self::Unknown, |number| {
            Self::Value(Value::Number(number), unit)
        })
    }
}

impl Parse {
    fn text(&self, text: &str) -> Heard {
        match self {
            Self::Truth(yes, no) => match text {
                text if text == *yes => Heard::Value(true.into(), None),
                text if text == *no => Heard::Value(false.into(), None),
                _ => Heard::Unknown,
            },
            Self::Words(words) => words
                .iter()
                .find(|(word, _)| word == text)
                .map_or(Heard::Unknown, |(_, value)| {
                    Heard::Value(value.clone(), None)
                }),
            Self::Number(scale, unit) => {
                let number = text.trim().parse::<f64>().ok();
                let number = number.map(|number| number * scale);
                Heard::number(number.filter(|number| number.is_finite()), *unit)
            }
            Self::Text => Heard::Value(Value::Text(cut_to(text, MAX_TEXT)), None),
            Self::Flag => Heard::Unknown,
        }
    }

    fn json(&self, json: &Json) -> Heard {
        match (self, json) {
            (_, Json::Null) => Heard::Unknown,
            (Self::Flag, Json::Bool(truth)) => Heard::Value((*truth).into(), None),
            (Self::Truth(..), Json::Bool(truth)) => Heard::Value((*truth).into(), None),
            (Self::Number(scale, unit), json) => Heard::number(
                number(json)
                    .map(|number| number * scale)
                    .filter(|number| number.is_finite()),
                *unit,
            ),
            (parse, Json::String(text)) => parse.text(text),
            (Self::Text, Json::Number(number)) => self.text(&number.to_string()),
            _ => Heard::Unknown,
        }
    }
}

impl Input {
    /// What the state says.
    pub(in crate::home_assistant) fn hear(&self, view: &View<'_>) -> Heard {
        if view.is_unknown() {
            // What is unknown of the state need not be of the attributes; and a choice may bear the
            // very word.
            return match &self.read {
                Read::State(Parse::Words(words)) if words.iter().any(|(w, _)| w == view.state) => {
                    Heard::word(view.state)
                }
                Read::Attribute(name, parse) if view.state == "unknown" => view
                    .attributes
                    .get(name)
                    .map_or(Heard::Unknown, |json| parse.json(json)),
                _ => Heard::Unknown,
            };
        }
        match &self.read {
            Read::State(parse) => parse.text(view.state),
            Read::Attribute(name, parse) => view
                .attributes
                .get(name)
                .map_or(Heard::Unknown, |json| parse.json(json)),
            Read::With(read) => read(view),
        }
    }
}

/// Something that can be wished.
#[derive(Debug, PartialEq)]
pub(super) struct Output {
    pub(super) part: usize,
    /// The property's or the action's name; empty where one call carries all of the part's values.
    pub(super) name: &'static str,
    pub(super) write: Write,
}

/// A value, the service that makes it so, and what else that one is told.
pub(super) type Choice = (Value, &'static str, Option<(&'static str, Json)>);

/// How all values of a part become calls. The error's text is for people.
pub(super) type Joint = fn(&View<'_>, &[(String, Value)]) -> Result<Vec<Call>, String>;

/// Which service makes it so.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// One for true, one for false.
    Switch(&'static str, &'static str),
    /// One for each value, with what else it is told.
    Words(Vec<Choice>),
    /// The number times a scale, under this name; whole where it must be.
    Number(&'static str, &'static str, f64, bool),
    /// The temperature in the installation's unit, under this name.
    Temperature(&'static str, &'static str),
    /// The text or truth as it is, under this name.
    Plain(&'static str, &'static str),
    /// The words on and off as a truth, under this name.
    FlagWord(&'static str, &'static str),
    /// An action.
    Press(&'static str),
    /// All of the part's values together.
    Whole(Joint),
}

impl PartialEq for Write {
    fn eq(&self, other: &Self) -> bool {
        // What a write is follows from the domain, the property and these.
        match (self, other) {
            (Self::Words(one), Self::Words(other)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// A service that is to be called for the entity.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::home_assistant) struct Call {
    pub(in crate::home_assistant) service: &'static str,
    pub(in crate::home_assistant) data: Map<String, Json>,
}

impl Call {
    /// One that is told nothing more.
    pub(super) fn plain(service: &'static str) -> Self {
        Self {
            service,
            data: Map::new(),
        }
    }

    /// With something that it is told.
    pub(super) fn with(mut self, key: &str, value: Json) -> Self {
        self.data.insert(key.to_owned(), value);
        self
    }
}

/// A number as Home Assistant takes it: without crumbs, whole where it is.
pub(super) fn tidy(number: f64) -> Json {
    Value::Number((number * 1e6).round() / 1e6).to_json()
}

impl Entity {
    /// The domain whose services are called for it.
    pub(in crate::home_assistant) fn domain(&self) -> &'static str {
        self.domain
    }

    /// Whether one of its parts takes that.
    pub(in crate::home_assistant) fn takes(&self, part: usize, name: &str) -> bool {
        let writable = || {
            let instance = &self.parts[part].instance;
            instance.property(name).is_some_and(|shape| shape.writable)
        };
        self.outputs.iter().any(|output| {
            output.part == part && (output.name == name || output.name.is_empty() && writable())
        })
    }

    /// The calls that carry out `goal` on one of its parts. The error's text is for people.
    pub(in crate::home_assistant) fn write(
        &self,
        part: usize,
        goal: &Goal,
        view: &View<'_>,
    ) -> Result<Vec<Call>, String> {
        let output = |name: &str| {
            self.outputs
                .iter()
                .find(|output| output.part == part && output.name == name)
        };
        match goal {
            Goal::Action { command } => {
                let output = output(command).ok_or_else(|| format!("it takes no {command}"))?;
                match output.write {
                    Write::Press(service) => Ok(vec![Call::plain(service)]),
                    _ => Err(format!("it takes no {command}")),
                }
            }
            Goal::Target { values } => {
                if let Some(Write::Whole(write)) = output("").map(|output| &output.write) {
                    return write(view, values);
                }
                values
                    .iter()
                    .map(|(name, value)| {
                        let output = output(name).ok_or_else(|| format!("it takes no {name}"))?;
                        output.write.call(value, view)
                    })
                    .collect()
            }
        }
    }
}

impl Write {
    fn call(&self, value: &Value, view: &View<'_>) -> Result<Call, String> {
        let refused = || format!("it does not take `{value}` here");
        match (self, value) {
            (Self::Switch(on, _), Value::Bool(true)) => Ok(Call::plain(on)),
            (Self::Switch(_, off), Value::Bool(false)) => Ok(Call::plain(off)),
            (Self::Words(words), value) => {
                let known = words.iter().find(|(known, ..)| known == value);
                let (_, service, more) = known.ok_or_else(refused)?;
                let call = Call::plain(service);
                Ok(match more {
                    Some((key, value)) => call.with(key, value.clone()),
                    None => call,
                })
            }
            (Self::Number(service, key, scale, whole), Value::Number(number)) => {
                let number = number * scale;
                let number = if *whole { number.round() } else { number };
                Ok(Call::plain(service).with(key, tidy(number)))
            }
            (Self::Temperature(service, key), Value::Number(number)) => {
                Ok(Call::plain(service).with(key, degrees(view, *number)?))
            }
            (Self::Plain(service, key), Value::Text(_) | Value::Bool(_)) => {
                Ok(Call::plain(service).with(key, value.to_json()))
            }
            (Self::FlagWord(service, key), Value::Text(word)) if word == "on" || word == "off" => {
                Ok(Call::plain(service).with(key, (word == "on").into()))
            }
            _ => Err(refused()),
        }
    }
}

/// A temperature in the installation's unit.
pub(super) fn degrees(view: &View<'_>, celsius: f64) -> Result<Json, String> {
    let converted = Unit::Celsius.convert(celsius, view.temperature);
    let number = converted.ok_or_else(|| "its temperatures have no unit".to_owned())?;
    Ok(tidy((number * 100.0).round() / 100.0))
}
