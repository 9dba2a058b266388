//! Lights: the JSON, the plain and the template schema, all as OnOff, LevelControl, ColorControl.

use super::{build::Build, light_fields};
use crate::convention::colour_mode;
use crate::mqtt::{
    colour::{self, Form},
    entity::{Entity, Field, Memory, Publish, Read, Said, plain_number},
    payload::Payload,
    template::{Engine, Rendered, Template},
};
use model::{Unit, Value};
use serde_json::{Value as Json, json};

/// A light's codec.
#[derive(Debug)]
pub(in crate::mqtt) struct Light {
    /// The part that is on or off.
    pub(super) power: usize,
    /// The part of its brightness.
    pub(super) level: Option<usize>,
    /// The part of its colour.
    pub(super) colour: Option<usize>,
    pub(super) schema: Schema,
    /// Its effects and whatever else is a plain field.
    pub(in crate::mqtt) fields: Vec<Field>,
}

/// The three ways in which the convention speaks of lights.
#[derive(Debug)]
pub(super) enum Schema {
    Json(JsonSchema),
    Plain(Box<PlainSchema>),
    Template {
        topic: String,
        on: Template,
        off: Template,
    },
}

#[derive(Debug, Clone)]
pub(super) struct JsonSchema {
    pub(super) topic: String,
    pub(super) scale: f64,
    pub(super) kelvin: bool,
    pub(super) form: Option<Form>,
}

#[derive(Debug)]
pub(super) struct PlainSchema {
    pub(super) power: Option<Outlet>,
    pub(super) on: String,
    pub(super) off: String,
    /// When the plain "on" goes with a brightness: `first`, `last` or `brightness` (never).
    pub(super) order: String,
    pub(super) level: Option<Outlet>,
    pub(super) scale: f64,
    pub(super) temperature: Option<Outlet>,
    pub(super) kelvin: bool,
    pub(super) colour: Option<(Form, Outlet)>,
}

/// A topic with its template.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) topic: String,
    pub(super) template: Option<Template>,
}

/// What a message to a light's topic means.
#[derive(Debug, Clone)]
pub(in crate::mqtt) enum LightInput {
    /// Everything in one JSON object.
    State {
        power: usize,
        level: Option<usize>,
        colour: Option<usize>,
        effect: Option<usize>,
        schema: Box<JsonSchemaShape>,
    },
    /// A colour as two or three numbers with commas between them.
    Colour { part: usize, form: Form },
    /// The name of a colour mode.
    Mode { part: usize },
    /// One channel of a template light.
    Channel { part: usize, channel: usize },
}

/// What is needed to read a JSON light.
#[derive(Debug, Clone)]
pub(in crate::mqtt) struct JsonSchemaShape {
    pub(super) scale: f64,
    pub(super) kelvin: bool,
    pub(super) form: Option<Form>,
}

const CHANNELS: [&str; 3] = ["red", "green", "blue"];

pub(super) fn light(build: &mut Build<'_>) -> Result<(), String> {
    match build.config.text("schema").as_deref() {
        Some("json") => light_fields::json(build),
        Some("template") => light_fields::template(build),
        _ => light_fields::plain(build),
    }
}

fn said(part: usize, property: &'static str, value: Option<Value>, unit: Option<Unit>) -> Said {
    Said::Value {
        part,
        property,
        value,
        unit,
    }
}

fn colour_said(part: usize, hue: f64, saturation: f64, memory: &mut Memory) -> Vec<Said> {
    memory.insert("hue", hue);
    memory.insert("saturation", saturation);
    vec![
        said(part, "hue", Some(Value::Number(hue)), None),
        said(part, "saturation", Some(Value::Number(saturation)), None),
    ]
}

impl LightInput {
    /// What the message says. The error's text is for people.
    pub(in crate::mqtt) fn read(
        &self,
        template: Option<&Template>,
        payload: &Payload<'_>,
        engine: &mut Engine,
        memory: &mut Memory,
    ) -> Result<Vec<Said>, String> {
        if let Self::State {
            power,
            level,
            colour,
            effect,
            schema,
        } = self
        {
            let Some(Json::Object(state)) = payload.json() else {
                return Err("a light's state is not a JSON object".to_owned());
            };
            let mut all = Vec::new();
            match state.get("state") {
                Some(Json::String(word)) => {
                    if let Some(value) = Read::truth("ON", "OFF").value(Some(word))? {
                        all.push(said(*power, "on_off", value, None));
                    }
                }
                Some(Json::Null) => all.push(said(*power, "on_off", None, None)),
                _ => {}
            }
            let number = |key: &str| state.get(key).and_then(Json::as_f64);
            if let (Some(part), Some(level)) = (level, number("brightness")) {
                let percent = level / schema.scale * 100.0;
                all.push(said(
                    *part,
                    "current_level",
                    Some(Value::Number(percent)),
                    None,
                ));
            }
            if let Some(part) = colour {
                if let Some(temperature) = number("color_temp").filter(|number| *number > 0.0) {
                    let unit = if schema.kelvin {
                        Unit::ColourKelvin
                    } else {
                        Unit::Mired
                    };
                    let value = Some(Value::Number(temperature));
                    all.push(said(*part, "color_temperature", value, Some(unit)));
                }
                if let Some((hue, saturation)) = state
                    .get("color")
                    .and_then(|colour| json_colour(colour, schema.form?))
                {
                    all.extend(colour_said(*part, hue, saturation, memory));
                }
                if let Some(word) = state
                    .get("color_mode")
                    .and_then(Json::as_str)
                    .and_then(colour_mode)
                {
                    all.push(said(*part, "color_mode", Some(word.into()), None));
                }
            }
            if let (Some(part), Some(Json::String(word))) = (effect, state.get("effect")) {
                all.push(said(*part, "mode", Some(Value::Text(word.clone())), None));
            }
            return Ok(all);
        }
        let Rendered::Text(text) = engine.render(template, payload)? else {
            return Ok(Vec::new());
        };
        Ok(match self {
            Self::Colour { part, form } => {
                let numbers: Vec<f64> = text
                    .split(',')
                    .filter_map(|piece| piece.trim().parse().ok())
                    .collect();
                let colour = match (form, numbers.as_slice()) {
                    (Form::Hs, [hue, saturation]) => Some((*hue, *saturation)),
                    (Form::Xy, [x, y]) => colour::xy_to_hs(*x, *y),
                    (Form::Rgb, [red, green, blue]) => {
                        Some(colour::rgb_to_hs([*red, *green, *blue]))
                    }
                    _ => return Err("a colour is not numbers with commas".to_owned()),
                };
                match colour {
                    Some((hue, saturation)) => colour_said(*part, hue, saturation, memory),
                    None => Vec::new(),
                }
            }
            Self::Mode { part } => colour_mode(&text)
                .map(|word| vec![said(*part, "color_mode", Some(word.into()), None)])
                .unwrap_or_default(),
            Self::Channel { part, channel } => {
                let Ok(number) = text.trim().parse::<f64>() else {
                    return Ok(Vec::new());
                };
                memory.insert(CHANNELS[channel % 3], number);
                match CHANNELS.map(|channel| memory.get(channel).copied()) {
                    [Some(red), Some(green), Some(blue)] => {
                        let (hue, saturation) = colour::rgb_to_hs([red, green, blue]);
                        colour_said(*part, hue, saturation, memory)
                    }
                    _ => Vec::new(),
                }
            }
            Self::State { .. } => Vec::new(),
        })
    }
}

/// The colour in a JSON object, in the light's own form where it has it.
fn json_colour(colour: &Json, form: Form) -> Option<(f64, f64)> {
    let number = |key: &str| colour.get(key).and_then(Json::as_f64);
    let hs = || {
        Some((
            number("h").or_else(|| number("hue"))?,
            number("s").or_else(|| number("saturation"))?,
        ))
    };
    let xy = || colour::xy_to_hs(number("x")?, number("y")?);
    let rgb = || {
        Some(colour::rgb_to_hs([
            number("r")?,
            number("g")?,
            number("b")?,
        ]))
    };
    match form {
        Form::Hs => hs().or_else(xy).or_else(rgb),
        Form::Xy => xy().or_else(hs).or_else(rgb),
        Form::Rgb => rgb().or_else(hs).or_else(xy),
    }
}

/// What is wanted of a light, in its own units.
#[derive(Debug, Default)]
struct Wanted {
    on: Option<bool>,
    level: Option<f64>,
    kelvin: Option<f64>,
    colour: Option<(f64, f64)>,
}

impl Wanted {
    fn of(values: &[(String, Value)], memory: &Memory) -> Result<Self, String> {
        let mut wanted = Self::default();
        let number = |name: &str| {
            values
                .iter()
                .find(|(known, _)| known == name)
                .and_then(|(_, value)| value.as_number())
        };
        for (name, value) in values {
            match (name.as_str(), value) {
                ("on_off", Value::Bool(on)) => wanted.on = Some(*on),
                ("current_level", Value::Number(level)) => wanted.level = Some(*level),
                ("color_temperature", Value::Number(kelvin)) if *kelvin > 0.0 => {
                    wanted.kelvin = Some(*kelvin);
                }
                ("hue" | "saturation", Value::Number(_)) => {
                    let last = |name, fallback| {
                        number(name)
                            .or_else(|| memory.get(name).copied())
                            .unwrap_or(fallback)
                    };
                    wanted.colour = Some((last("hue", 0.0), last("saturation", 100.0)));
                }
                (name, value) => return Err(format!("a light does not take {name} = {value}")),
            }
        }
        Ok(wanted)
    }
}

fn rounded(number: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (number * scale).round() / scale
}

fn whole(number: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "a brightness or a mired")]
    Json::from(number.round() as i64)
}

impl Light {
    /// Whether the light's own codec writes that part.
    pub(in crate::mqtt) fn has(&self, part: usize) -> bool {
        part == self.power || Some(part) == self.level || Some(part) == self.colour
    }

    /// The messages that make the light so. The error's text is for people.
    pub(in crate::mqtt) fn write(
        &self,
        _part: usize,
        values: &[(String, Value)],
        retain: bool,
        engine: &mut Engine,
        memory: &Memory,
    ) -> Result<Vec<Publish>, String> {
        let wanted = Wanted::of(values, memory)?;
        let publish = |topic: &str, payload: String| Publish {
            topic: topic.to_owned(),
            payload,
            retain,
        };
        match &self.schema {
            Schema::Json(schema) => {
                let payload = schema.payload(&wanted).to_string();
                Ok(vec![publish(&schema.topic, payload)])
            }
            Schema::Template { topic, on, off } => {
                let template = if wanted.on == Some(false) { off } else { on };
                let payload = engine.command(template, template_values(&wanted))?;
                Ok(vec![publish(topic, payload)])
            }
            Schema::Plain(schema) => Ok(schema
                .messages(&wanted, engine)?
                .into_iter()
                .map(|(topic, payload)| publish(topic, payload))
                .collect()),
        }
    }
}

impl JsonSchema {
    fn payload(&self, wanted: &Wanted) -> Json {
        if wanted.on == Some(false) {
            return json!({ "state": "OFF" });
        }
        let mut payload = json!({ "state": "ON" });
        if let Some(level) = wanted.level {
            // The least brightness is on, too: 1 % of 16 steps must not become 0.
            payload["brightness"] = whole((level / 100.0 * self.scale).round().max(1.0));
        }
        if let Some(kelvin) = wanted.kelvin {
            payload["color_temp"] = whole(if self.kelvin { kelvin } else { 1e6 / kelvin });
        }
        if let (Some((hue, saturation)), Some(form)) = (wanted.colour, self.form) {
            payload["color"] = match form {
                Form::Hs => json!({ "h": rounded(hue, 2), "s": rounded(saturation, 2) }),
                Form::Xy => {
                    let (x, y) = colour::hs_to_xy(hue, saturation);
                    json!({ "x": rounded(x, 4), "y": rounded(y, 4) })
                }
                Form::Rgb => {
                    let [r, g, b] = colour::hs_to_rgb(hue, saturation).map(|c| whole(c * 255.0));
                    json!({ "r": r, "g": g, "b": b })
                }
            };
        }
        payload
    }
}

/// The names that command templates of lights may use.
fn template_values(wanted: &Wanted) -> Vec<(&'static str, minijinja::Value)> {
    let mut values = vec![(
        "state",
        minijinja::Value::from(if wanted.on == Some(false) {
            "off"
        } else {
            "on"
        }),
    )];
    let mut add = |name, number: f64| values.push((name, plain_number(number.round())));
    if let Some(level) = wanted.level {
        add("brightness", (level * 2.55).max(1.0));
    }
    if let Some(kelvin) = wanted.kelvin {
        add("color_temp", 1e6 / kelvin);
        add("color_temp_kelvin", kelvin);
    }
    if let Some((hue, saturation)) = wanted.colour {
        let [red, green, blue] = colour::hs_to_rgb(hue, saturation);
        add("red", red * 255.0);
        add("green", green * 255.0);
        add("blue", blue * 255.0);
        add("hue", hue);
        add("sat", saturation);
    }
    values
}

impl PlainSchema {
    fn messages(
        &self,
        wanted: &Wanted,
        engine: &mut Engine,
    ) -> Result<Vec<(&str, String)>, String> {
        let mut all = Vec::new();
        let power = |on: bool| {
            let text = if on { &self.on } else { &self.off };
            self.power
                .as_ref()
                .map(|outlet| (outlet.topic.as_str(), text.clone()))
        };
        if wanted.on == Some(false) {
            return power(false)
                .map(|message| vec![message])
                .ok_or_else(|| "the light cannot be turned off".to_owned());
        }
        if self.order == "first" || wanted.on == Some(true) {
            all.extend(power(true));
        }
        if let (Some(level), Some(outlet)) = (wanted.level, &self.level) {
            let number = (level / 100.0 * self.scale).round().max(1.0);
            all.push(outlet.message(vec![("value", plain_number(number))], engine)?);
        }
        if let (Some(kelvin), Some(outlet)) = (wanted.kelvin, &self.temperature) {
            let number = if self.kelvin { kelvin } else { 1e6 / kelvin };
            all.push(outlet.message(vec![("value", plain_number(number.round()))], engine)?);
        }
        if let (Some((hue, saturation)), Some((form, outlet))) = (wanted.colour, &self.colour) {
            let numbers: Vec<(&'static str, f64)> = match form {
                Form::Hs => vec![("hue", rounded(hue, 2)), ("sat", rounded(saturation, 2))],
                Form::Xy => {
                    let (x, y) = colour::hs_to_xy(hue, saturation);
                    vec![("x", rounded(x, 4)), ("y", rounded(y, 4))]
                }
                Form::Rgb => {
                    let rgb = colour::hs_to_rgb(hue, saturation).map(|c| (c * 255.0).round());
                    CHANNELS.into_iter().zip(rgb).collect()
                }
            };
            let joined: Vec<String> = numbers
                .iter()
                .map(|(_, number)| number.to_string())
                .collect();
            let mut values: Vec<_> = numbers
                .iter()
                .map(|(name, number)| (*name, plain_number(*number)))
                .collect();
            values.push(("value", joined.join(",").into()));
            all.push(outlet.message(values, engine)?);
        }
        if self.order == "last" && wanted.on.is_none() {
            all.extend(power(true));
        }
        if all.is_empty() {
            return Err("the light has no topic for that".to_owned());
        }
        Ok(all)
    }
}

impl Outlet {
    fn message(
        &self,
        values: Vec<(&'static str, minijinja::Value)>,
        engine: &mut Engine,
    ) -> Result<(&str, String), String> {
        let template = self.template.as_ref().unwrap_or(&Template::Whole);
        Ok((&self.topic, engine.command(template, values)?))
    }
}

/// Marks the entity as one whose parts a light's codec writes.
pub(super) fn install(entity: &mut Entity, light: Light) {
    entity.output = crate::mqtt::entity::Output::Light(Box::new(light));
}
