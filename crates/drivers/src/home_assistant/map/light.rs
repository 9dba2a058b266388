//! Lights: OnOff, LevelControl, ColorControl, and their effects a ModeSelect.

use super::{
    build::Build,
    entity::{Call, Heard, Parse, Read, View, Write, tidy},
};
use crate::convention::colour_mode;
use model::{Unit, Value, capability};

pub(super) fn light(build: &mut Build<'_>) {
    let view = build.view;
    let modes = view.words("supported_color_modes");
    let has = |wanted: &str| modes.iter().any(|mode| mode == wanted);
    let has_colour = modes
        .iter()
        .any(|mode| matches!(mode.as_str(), "hs" | "xy" | "rgb" | "rgbw" | "rgbww"));
    let has_temperature = has("color_temp");
    let has_level = has_colour || has_temperature || has("brightness") || has("white");

    let part = build.part(&capability::ON_OFF);
    build.read(part, "on_off", Read::State(Parse::Truth("on", "off")));
    build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
    if has_level {
        let part = build.part(&capability::LEVEL_CONTROL);
        // A light that is off says nothing of how bright it will be.
        build.read(
            part,
            "current_level",
            Read::With(|view| match view.number("brightness") {
                Some(level) => Heard::Value(Value::Number(level), Some(Unit::Per255)),
                None => Heard::Nothing,
            }),
        );
        build.shape(part, "current_level").writable = true;
        build.whole(part, Write::Whole(turn_on));
    }
    if has_colour || has_temperature {
        let part = build.part(&capability::COLOR_CONTROL);
        build.whole(part, Write::Whole(turn_on));
        if has_colour {
            build.read(part, "hue", Read::With(|view| colour(view, 0)));
            build.read(part, "saturation", Read::With(|view| colour(view, 1)));
            build.shape(part, "hue").writable = true;
            build.shape(part, "saturation").writable = true;
        }
        if has_temperature {
            build.read(part, "color_temperature", Read::With(temperature));
            let shape = build.shape(part, "color_temperature");
            shape.writable = true;
            let mireds = |name| view.number(name).filter(|m| *m > 0.0).map(|m| 1e6 / m);
            shape.min = view
                .number("min_color_temp_kelvin")
                .or_else(|| mireds("max_mireds"));
            shape.max = view
                .number("max_color_temp_kelvin")
                .or_else(|| mireds("min_mireds"));
        }
        build.read(
            part,
            "color_mode",
            Read::With(|view| match view.text("color_mode").and_then(colour_mode) {
                Some(word) => Heard::word(word),
                None => Heard::Nothing,
            }),
        );
    }
    // Bit 4 of the features says that it has effects.
    if view.can(4) {
        let words = view.words("effect_list");
        build.choice("Effect", "effect", words, "turn_on", "effect");
    }
}

/// The hue or the saturation, while the light shows a colour.
fn colour(view: &View<'_>, at: usize) -> Heard {
    if view.text("color_mode").and_then(colour_mode) != Some("hs") {
        return Heard::Nothing;
    }
    match view.numbers("hs_color").get(at) {
        Some(number) => Heard::Value(Value::Number(*number), None),
        None => Heard::Nothing,
    }
}

/// The colour temperature, while the light shows one.
fn temperature(view: &View<'_>) -> Heard {
    if view.text("color_mode") != Some("color_temp") {
        return Heard::Nothing;
    }
    let kelvin = view.number("color_temp_kelvin");
    match (kelvin, view.number("color_temp")) {
        (Some(kelvin), _) => Heard::Value(Value::Number(kelvin), Some(Unit::ColourKelvin)),
        (None, Some(mired)) => Heard::Value(Value::Number(mired), Some(Unit::Mired)),
        (None, None) => Heard::Nothing,
    }
}

/// Everything that is wanted of a light in one call, so that it does not show what lies between.
fn turn_on(view: &View<'_>, values: &[(String, Value)]) -> Result<Vec<Call>, String> {
    let number = |wanted: &str| {
        let found = values.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| value.as_number())
    };
    let mut call = Call::plain("turn_on");
    if let Some(level) = number("current_level") {
        // The least brightness is on, too.
        let level = (level / 100.0 * 255.0).round().max(1.0);
        call = call.with("brightness", tidy(level));
    }
    if let Some(kelvin) = number("color_temperature") {
        call = call.with("color_temp_kelvin", tidy(kelvin.round()));
    }
    let (hue, saturation) = (number("hue"), number("saturation"));
    if hue.is_some() || saturation.is_some() {
        let known = view.numbers("hs_color");
        let hue = hue.or_else(|| known.first().copied()).unwrap_or(0.0);
        let saturation = saturation
            .or_else(|| known.get(1).copied())
            .unwrap_or(100.0);
        let colour = vec![tidy(hue), tidy(saturation)];
        call = call.with("hs_color", colour.into());
    }
    if call.data.is_empty() {
        return Err("a light takes nothing of that".to_owned());
    }
    Ok(vec![call])
}
