//! The key `capability` of a message: what its entity is, in the words of our tables.
//!
//! The convention has no component for a media player, a car charger or the cover of clouds, so
//! such devices announce selects, numbers and switches that no table knows. With the key they say
//! which property or action is meant; a hub that does not know the key ignores it. What the key
//! names has to fit the component; else the entity is mapped as without it, and the fault says what
//! was expected.

use super::build::{Build, Keys};
use crate::convention::cut_to;
use crate::mqtt::{
    config::Config,
    entity::{Pin, Read, Write},
};
use model::{
    Capability, PropertyShape, Unit, Value,
    capability::{Command, Effect, Kind, Property},
};

/// The key's name.
const KEY: &str = "capability";
/// The same word as that of sensors with a class: together they are one weather station.
const MERGE: &str = "measured";

/// What a message names, and how its texts are read and written.
enum Plan {
    Property {
        property: &'static Property,
        own: Box<Own>,
    },
    Action(&'static Command),
}

/// A property as one entity has it.
struct Own {
    read: Read,
    /// How it is written, where both the component and the table allow it.
    write: Option<Write>,
    shape: PropertyShape,
    /// What of the message could not be taken although the rest could.
    fault: Option<String>,
}

/// Maps the entity by its key. False where it has none, or none that fits: then its component
/// maps it, and the entity says why.
pub(super) fn keyed(build: &mut Build<'_>) -> Result<bool, String> {
    if build.config.json(KEY).is_none() {
        return Ok(false);
    }
    let component = build.entity.component.clone();
    match plan(build.config, &component) {
        Err(fault) => {
            build.entity.fault = Some(format!("`{KEY}`: {fault}"));
            Ok(false)
        }
        Ok((pin, capability, plan)) => {
            carry_out(build, pin, capability, plan)?;
            Ok(true)
        }
    }
}

fn carry_out(
    build: &mut Build<'_>,
    pin: Pin,
    capability: &'static Capability,
    plan: Plan,
) -> Result<(), String> {
    let part = build.part(capability);
    build.entity.parts[part].merge = Some(MERGE.to_owned());
    build.entity.parts[part].keyed = Some(pin);
    match plan {
        Plan::Action(command) => {
            let payload = match build.entity.component.as_str() {
                "scene" => build.config.word("payload_on", "ON"),
                _ => build.config.word("payload_press", "PRESS"),
            };
            let (topic, template) = ("command_topic", "command_template");
            build.action(part, command.name, topic, template, payload)
        }
        Plan::Property { property, own } => {
            if build.entity.component != "binary_sensor" {
                build.entity.off_after = None;
            }
            build.entity.fault = own.fault.map(|fault| format!("`{KEY}`: {fault}"));
            let keys = Keys::of("");
            if let Some(shape) = build.property(part, property.name, &keys, own.read, own.write)? {
                let (reports, writable) = (shape.reports, shape.writable);
                *shape = PropertyShape {
                    reports,
                    writable,
                    ..own.shape
                };
            }
            Ok(())
        }
    }
}

/// What the key asks for; the error's text is for people.
fn plan(config: &Config, component: &str) -> Result<(Pin, &'static Capability, Plan), String> {
    let text = config.text(KEY).ok_or("it is not a text")?;
    let shown = cut_to(&text, 80);
    let nothing = || {
        format!(
            "`{shown}` names nothing; expected Capability.property such as MediaPlayback.volume, \
             or 2:MediaPlayback.volume for endpoint 2"
        )
    };
    let (pin, rest) = match text.split_once(':') {
        Some((endpoint, rest)) => {
            let endpoint = endpoint.parse().ok().filter(|endpoint| *endpoint != 0);
            (Some(endpoint.ok_or_else(nothing)?), rest)
        }
        None => (None, text.as_str()),
    };
    let (capability, name) = rest.split_once('.').ok_or_else(nothing)?;
    let capability = Capability::find(capability).ok_or_else(nothing)?;
    let plan = if matches!(component, "button" | "scene") {
        action(capability, name)
    } else {
        property(config, component, capability, name)
    }?;
    Ok((pin, capability, plan))
}

fn is_action(command: &Command) -> bool {
    matches!(command.effect, Effect::Action)
}

fn action(capability: &'static Capability, name: &str) -> Result<Plan, String> {
    let known = capability.command(name).filter(|known| is_action(known));
    known.map(Plan::Action).ok_or_else(|| {
        let actions = capability.commands.iter().filter(|known| is_action(known));
        let actions: Vec<&str> = actions.map(|known| known.name).collect();
        let expected = if actions.is_empty() {
            "it has none".to_owned()
        } else {
            format!("expected one of {}", actions.join(", "))
        };
        let (capability, name) = (capability.name, cut_to(name, 40));
        format!("{capability} has no action `{name}` that can be pressed; {expected}")
    })
}

fn property(
    config: &Config,
    component: &str,
    capability: &'static Capability,
    name: &str,
) -> Result<Plan, String> {
    let property = capability.property(name).ok_or_else(|| {
        let names: Vec<&str> = capability
            .properties
            .iter()
            .map(|known| known.name)
            .collect();
        let (table, shown) = (capability.name, cut_to(name, 40));
        match capability.command(name) {
            Some(command) if is_action(command) => {
                format!("{table}.{name} is an action; expected a button instead of a {component}")
            }
            _ => format!(
                "{table} has no property `{shown}`; expected one of {}",
                names.join(", ")
            ),
        }
    })?;
    let path = format!("{}.{name}", capability.name);
    let (is, fitting): (&str, &[&str]) = match property.kind {
        Kind::Bool => ("true or false", &["switch", "binary_sensor"]),
        Kind::Number => ("a number", &["number", "sensor"]),
        Kind::Enum(_) => ("one of some words", &["select", "sensor", "text"]),
        Kind::Text => ("a text", &["text", "sensor", "select"]),
    };
    if !fitting.contains(&component) {
        return Err(format!(
            "{path} is {is}, which a {component} cannot carry; expected one of {}",
            fitting.join(", ")
        ));
    }
    let may_write = property.is_writable() && !matches!(component, "sensor" | "binary_sensor");
    let writes = may_write && config.topic("command_topic")?.is_some();
    if !writes && config.topic("state_topic")?.is_none() {
        return Err(format!(
            "{path} is only read here; expected a `state_topic`"
        ));
    }
    let mut own = match property.kind {
        Kind::Bool => truth(config, property),
        Kind::Number => number(config, capability, property, &path)?,
        Kind::Enum(&[]) => own_words(config, property),
        Kind::Enum(table) => table_words(config, property, &path, table)?,
        Kind::Text => Own::new(property, Read::Text, Write::Text),
    };
    if !may_write {
        own.write = None;
    }
    Ok(Plan::Property {
        property,
        own: Box::new(own),
    })
}

impl Own {
    fn new(property: &Property, read: Read, write: Write) -> Self {
        Self {
            read,
            write: Some(write),
            shape: PropertyShape::of(property),
            fault: None,
        }
    }
}

fn truth(config: &Config, property: &Property) -> Own {
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let read = Read::truth(config.word("state_on", &on), config.word("state_off", &off));
    Own::new(property, read, Write::truth(on, off))
}

/// A number in the device's unit, which has to measure the same as the table's; without one it is
/// the table's. The table's limits hold where the message names none.
fn number(
    config: &Config,
    capability: &Capability,
    property: &Property,
    path: &str,
) -> Result<Own, String> {
    let shown = config.label("unit_of_measurement");
    let given = shown.as_deref().and_then(Unit::parse);
    let (min, max) = (config.number("min"), config.number("max"));
    let step = config.number("step").filter(|step| *step > 0.0);
    let Some(canonical) = property.unit else {
        let mut own = Own::new(property, Read::number(None), Write::number());
        (own.shape.min, own.shape.max, own.shape.step) = (min, max, step);
        // The name of an index is none that people need to read again.
        let is_generic = *capability == model::capability::NUMBER_SETTING;
        own.shape.unit = shown.filter(|_| is_generic);
        return Ok(own);
    };
    // Converting 50 is safe even where 0 is not, as with mireds.
    let unit = match (&shown, given) {
        (None, _) => canonical,
        (Some(_), Some(unit)) if unit.convert(50.0, canonical).is_some() => unit,
        (Some(shown), _) => {
            return Err(format!(
                "{path} is measured in {}, which `{shown}` cannot be converted to",
                canonical.symbol()
            ));
        }
    };
    let write = if unit == canonical {
        Write::number()
    } else {
        let whole = |number: Option<f64>| number.is_none_or(|number| number.fract() == 0.0);
        Write::Unit {
            from: canonical,
            into: unit,
            whole: step.is_some() && whole(step) && whole(min),
        }
    };
    let mut own = Own::new(property, Read::number(Some(unit)), write);
    let ours = |number: Option<f64>| unit.convert(number?, canonical).map(crumbless);
    let (mut min, mut max) = (ours(min), ours(max));
    // Mireds go down where kelvins go up.
    if unit.convert(1.0, canonical) > unit.convert(2.0, canonical) {
        std::mem::swap(&mut min, &mut max);
    }
    let scale = unit
        .convert(0.0, canonical)
        .zip(unit.convert(1.0, canonical))
        .map(|(zero, one)| one - zero);
    own.shape.step = step.zip(scale).map(|(step, scale)| crumbless(step * scale));
    (own.shape.min, own.shape.max) = (min, max);
    let (least, most) = own.shape.limits(property);
    if least > most {
        return Err(format!(
            "its limits lie outside those of {path}; expected {} to {} {}",
            property.min,
            property.max,
            canonical.symbol()
        ));
    }
    Ok(own)
}

/// Without what a conversion leaves behind, such as 5.000000000000001.
fn crumbless(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// The device's own words, where the table has none.
fn own_words(config: &Config, property: &Property) -> Own {
    let options = config.words("options");
    let mut own = Own::new(property, Read::Text, Write::Text);
    own.shape.values = (!options.is_empty()).then_some(options);
    own
}

/// The table's words, as far as the device has them, in the device's spelling.
fn table_words(
    config: &Config,
    property: &Property,
    path: &str,
    table: &'static [&'static str],
) -> Result<Own, String> {
    let options = config.words("options");
    let mut read: Vec<(String, Value)> = Vec::new();
    let mut write: Vec<(Value, String)> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let mut foreign: Vec<String> = Vec::new();
    for option in &options {
        let Some(word) = table.iter().find(|word| plain(word) == plain(option)) else {
            foreign.push(cut_to(option, 40));
            continue;
        };
        read.push((option.clone(), (*word).into()));
        if !values.iter().any(|known| known == word) {
            write.push(((*word).into(), option.clone()));
            values.push((*word).to_owned());
        }
    }
    if options.is_empty() {
        for word in table {
            for between in ["_", " ", "-", ""] {
                read.push((word.replace('_', between), (*word).into()));
            }
            write.push(((*word).into(), (*word).to_owned()));
        }
    } else if values.is_empty() {
        return Err(format!(
            "none of its options is a word of {path}; expected some of {}",
            table.join(", ")
        ));
    }
    let read = Read::Words {
        words: read,
        others: false,
    };
    let mut own = Own::new(property, read, Write::Words(write));
    let is_narrower = !values.is_empty() && values.len() < table.len();
    own.shape.values = is_narrower.then_some(values);
    if !foreign.is_empty() {
        own.fault = Some(format!(
            "{path} does not know {}, left out; expected some of {}",
            foreign.join(", "),
            table.join(", ")
        ));
    }
    Ok(own)
}

/// A word without what people write differently: `Partly cloudy` is `partly_cloudy`.
fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}
