//! How each schema's message becomes a light's parts.

use super::{
    build::{Build, Keys},
    light::{JsonSchema, JsonSchemaShape, Light, LightInput, Outlet, PlainSchema, Schema, install},
};
use crate::mqtt::{
    colour::Form,
    entity::{Field, Meaning, Read, Write},
};
use model::{Unit, Value, capability};

type Done = Result<(), String>;

/// The limits of the colour temperature in kelvin.
fn kelvins(build: &Build<'_>) -> (f64, f64) {
    let config = build.config;
    let from_mireds = |key: &str| {
        config
            .number(key)
            .filter(|mireds| *mireds > 0.0)
            .map(|mireds| 1e6 / mireds)
    };
    let min = config
        .number("min_kelvin")
        .or_else(|| from_mireds("max_mireds"))
        .unwrap_or(2_000.0);
    let max = config
        .number("max_kelvin")
        .or_else(|| from_mireds("min_mireds"))
        .unwrap_or(6_535.0);
    (min.ceil().max(1_000.0), max.floor().min(20_000.0))
}

/// The parts that every light has, as far as it has them.
fn parts(
    build: &mut Build<'_>,
    reports: bool,
    has_level: bool,
    has_temperature: bool,
    has_colour: bool,
) -> (usize, Option<usize>, Option<usize>) {
    let power = build.part(&capability::ON_OFF);
    build.shape(power, "on_off", reports, true);
    let level = has_level.then(|| {
        let part = build.part(&capability::LEVEL_CONTROL);
        if let Some(shape) = build.shape(part, "current_level", reports, true) {
            // Nothing is what OnOff is for; lights keep their level while they are off.
            shape.min = Some(1.0);
        }
        part
    });
    let colour = (has_temperature || has_colour).then(|| {
        let part = build.part(&capability::COLOR_CONTROL);
        if has_colour {
            build.shape(part, "hue", reports, true);
            build.shape(part, "saturation", reports, true);
        }
        if has_temperature {
            let (min, max) = kelvins(build);
            if let Some(shape) = build.shape(part, "color_temperature", reports, true) {
                (shape.min, shape.max) = (Some(min), Some(max));
            }
        }
        part
    });
    (power, level, colour)
}

pub(super) fn json(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let topic = config
        .topic("command_topic")?
        .ok_or("a light needs a `command_topic`")?;
    let state = config.topic("state_topic")?;
    let modes = config.words("supported_color_modes");
    let has = |mode: &str| modes.iter().any(|known| known == mode) || config.flag(mode);
    let has_temperature = has("color_temp");
    // A light that can do several is spoken to in the form that loses least.
    let form = if has("hs") {
        Some(Form::Hs)
    } else if has("xy") {
        Some(Form::Xy)
    } else if has("rgb") || has("rgbw") || has("rgbww") {
        Some(Form::Rgb)
    } else {
        None
    };
    let has_level = config.flag("brightness")
        || has_temperature
        || form.is_some()
        || modes
            .iter()
            .any(|mode| mode == "brightness" || mode == "white");
    let scale = config
        .number("brightness_scale")
        .filter(|scale| *scale >= 1.0)
        .unwrap_or(255.0);
    let kelvin = config.flag("color_temp_kelvin");
    let effects = config.words("effect_list");
    let reports = state.is_some();
    let (power, level, colour) = parts(build, reports, has_level, has_temperature, form.is_some());
    if let Some(part) = colour {
        let words = modes_known(has_temperature, form.is_some());
        if let Some(shape) = build.shape(part, "color_mode", reports, false) {
            shape.values = Some(words);
        }
    }
    let mut fields = Vec::new();
    let effect = (config.flag("effect") && !effects.is_empty()).then(|| {
        let part = build.side_part(&capability::MODE_SELECT, "Effect");
        if let Some(shape) = build.shape(part, "mode", reports, true) {
            shape.values = Some(effects.clone());
        }
        let words = effects
            .iter()
            .map(|effect| {
                let payload = serde_json::json!({ "state": "ON", "effect": effect });
                (Value::Text(effect.clone()), payload.to_string())
            })
            .collect();
        fields.push(Field {
            part,
            name: "mode".to_owned(),
            topic: topic.clone(),
            template: None,
            write: Write::Words(words),
        });
        part
    });
    if let Some(state) = state {
        let schema = Box::new(JsonSchemaShape {
            scale,
            kelvin,
            form,
        });
        let input = LightInput::State {
            power,
            level,
            colour,
            effect,
            schema,
        };
        build.input(state, None, Meaning::Light(input));
    }
    let schema = Schema::Json(JsonSchema {
        topic,
        scale,
        kelvin,
        form,
    });
    install(
        &mut build.entity,
        Light {
            power,
            level,
            colour,
            schema,
            fields,
        },
    );
    Ok(())
}

fn modes_known(temperature: bool, colour: bool) -> Vec<String> {
    let mut words = Vec::new();
    if colour {
        words.push("hs".to_owned());
    }
    if temperature {
        words.push("ct".to_owned());
    }
    words
}

fn outlet(build: &mut Build<'_>, prefix: &str) -> Result<Option<Outlet>, String> {
    let Some(topic) = build.config.topic(&format!("{prefix}_command_topic"))? else {
        return Ok(None);
    };
    let template = build.template(&format!("{prefix}_command_template"))?;
    Ok(Some(Outlet { topic, template }))
}

pub(super) fn plain(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let power_topic = config.topic("command_topic")?;
    let level_outlet = outlet(build, "brightness")?;
    let temperature_outlet = outlet(build, "color_temp")?;
    let mut colour_outlet = None;
    for (prefix, form) in [("hs", Form::Hs), ("xy", Form::Xy), ("rgb", Form::Rgb)] {
        if colour_outlet.is_none() {
            colour_outlet = outlet(build, prefix)?.map(|outlet| (form, outlet));
        }
    }
    if power_topic.is_none() && level_outlet.is_none() {
        return Err("a light needs a `command_topic`".to_owned());
    }
    let scale = config
        .number("brightness_scale")
        .filter(|scale| *scale >= 1.0)
        .unwrap_or(255.0);
    let kelvin = config.flag("color_temp_kelvin");
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let (power, level, colour) = parts(
        build,
        false,
        level_outlet.is_some(),
        temperature_outlet.is_some(),
        colour_outlet.is_some(),
    );

    // Each value has a topic of its own; a value without one is never reported.
    let read = Read::truth(on.as_str(), off.as_str());
    build.property(power, "on_off", &Keys::of(""), read, None)?;
    if let Some(part) = level {
        let read = Read::Number {
            scale: 100.0 / scale,
            offset: 0.0,
            unit: None,
        };
        build.property(part, "current_level", &Keys::of("brightness"), read, None)?;
    }
    if let Some(part) = colour {
        if temperature_outlet.is_some() {
            let unit = if kelvin {
                Unit::ColourKelvin
            } else {
                Unit::Mired
            };
            let read = Read::number(Some(unit));
            build.property(
                part,
                "color_temperature",
                &Keys::of("color_temp"),
                read,
                None,
            )?;
        }
        if colour_outlet.is_some() {
            for (prefix, form) in [("hs", Form::Hs), ("xy", Form::Xy), ("rgb", Form::Rgb)] {
                if let Some(topic) = config.topic(&format!("{prefix}_state_topic"))? {
                    let template = build.template(&format!("{prefix}_value_template"))?;
                    let input = LightInput::Colour { part, form };
                    build.input(topic, template, Meaning::Light(input));
                    build.shape(part, "hue", true, true);
                    build.shape(part, "saturation", true, true);
                }
            }
        }
        if let Some(topic) = config.topic("color_mode_state_topic")? {
            let template = build.template("color_mode_value_template")?;
            build.input(topic, template, Meaning::Light(LightInput::Mode { part }));
            build.shape(part, "color_mode", true, false);
        }
    }
    let schema = Schema::Plain(Box::new(PlainSchema {
        power: power_topic.map(|topic| Outlet {
            topic,
            template: None,
        }),
        on,
        off,
        order: config.word("on_command_type", "last"),
        level: level_outlet,
        scale,
        temperature: temperature_outlet,
        kelvin,
        colour: colour_outlet,
    }));
    install(
        &mut build.entity,
        Light {
            power,
            level,
            colour,
            schema,
            fields: Vec::new(),
        },
    );
    let effects = config.words("effect_list");
    if !effects.is_empty() {
        build.choice(Some("Effect"), &Keys::of("effect"), effects)?;
    }
    Ok(())
}

pub(super) fn template(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let missing =
        "a template light needs `command_topic`, `command_on_template`, `command_off_template`";
    let topic = config.topic("command_topic")?.ok_or(missing)?;
    let on = build.template("command_on_template")?.ok_or(missing)?;
    let off = build.template("command_off_template")?.ok_or(missing)?;
    let state = config.topic("state_topic")?;
    let mut template = |key: &str| build.template(key);
    let state_template = template("state_template")?;
    let level_template = template("brightness_template")?;
    let temperature_template = template("color_temp_template")?;
    let channels = [
        template("red_template")?,
        template("green_template")?,
        template("blue_template")?,
    ];
    let has_colour = channels.iter().all(Option::is_some);
    let reports = state.is_some();
    let (power, level, colour) = parts(
        build,
        reports,
        level_template.is_some(),
        temperature_template.is_some(),
        has_colour,
    );
    if let Some(topic) = state {
        let read = Read::truth("on", "off");
        build.read(power, "on_off", topic.clone(), state_template, read);
        if let Some(part) = level {
            let read = Read::Number {
                scale: 100.0 / 255.0,
                offset: 0.0,
                unit: None,
            };
            build.read(part, "current_level", topic.clone(), level_template, read);
        }
        if let Some(part) = colour {
            if temperature_template.is_some() {
                let read = Read::number(Some(Unit::Mired));
                build.read(
                    part,
                    "color_temperature",
                    topic.clone(),
                    temperature_template,
                    read,
                );
            }
            if has_colour {
                for (channel, template) in channels.into_iter().enumerate() {
                    let input = LightInput::Channel { part, channel };
                    build.input(topic.clone(), template, Meaning::Light(input));
                }
            }
        }
    }
    install(
        &mut build.entity,
        Light {
            power,
            level,
            colour,
            schema: Schema::Template { topic, on, off },
            fields: Vec::new(),
        },
    );
    Ok(())
}
