//! Thermostats, air conditioners, water heaters and humidifiers.

use super::{
    build::Build,
    entity::{Call, Heard, Parse, Read, View, Write, degrees},
};
use crate::convention::{CLIMATE_ACTIONS, climate_modes};
use model::{Unit, Value, capability};

/// The features of a thermostat.
const ONE_TARGET: u64 = 1;
const TWO_TARGETS: u64 = 2;
const HUMIDITY: u64 = 4;
const FAN: u64 = 8;
const PRESET: u64 = 16;
const SWING: u64 = 32;
const SIDEWAYS: u64 = 512;

pub(super) fn climate(build: &mut Build<'_>) {
    let view = build.view;
    let theirs = view.words("hvac_modes");
    let limits = (
        build.celsius("min_temp"),
        build.celsius("max_temp"),
        view.number("target_temp_step"),
    );
    let part = build.part(&capability::THERMOSTAT);
    if view.attributes.has("current_temperature") {
        let read = Read::Attribute("current_temperature", build.degrees());
        build.read(part, "local_temperature", read);
    }
    let heats = !cools_only(view) || view.can(TWO_TARGETS);
    let cools = cools_only(view) || view.can(TWO_TARGETS);
    let mut setpoint = |name: &'static str, read: fn(&View<'_>) -> Heard| {
        build.read(part, name, Read::With(read));
        let shape = build.shape(part, name);
        shape.writable = true;
        (shape.min, shape.max, shape.step) = limits;
    };
    if view.can(ONE_TARGET | TWO_TARGETS) {
        if heats {
            setpoint("heating_setpoint", |view| target(view, false));
        }
        if cools {
            setpoint("cooling_setpoint", |view| target(view, true));
        }
    }
    let ours = climate_modes(&theirs);
    if !ours.is_empty() {
        build.read(part, "system_mode", Read::With(mode));
        let shape = build.shape(part, "system_mode");
        shape.writable = true;
        shape.values = Some(ours.iter().map(|(_, ours)| (*ours).to_owned()).collect());
    }
    build.whole(part, Write::Whole(set));
    if view.attributes.has("hvac_action") {
        let words = CLIMATE_ACTIONS.map(|word| (word.to_owned(), Value::from(word)));
        let read = Read::Attribute("hvac_action", Parse::Words(words.to_vec()));
        build.read(part, "running_state", read);
    }

    humidity(build);
    if view.can(HUMIDITY) {
        target_humidity(build);
    }
    for (bit, label, attribute, list, service) in [
        (
            PRESET,
            "Preset",
            "preset_mode",
            "preset_modes",
            "set_preset_mode",
        ),
        (FAN, "Fan", "fan_mode", "fan_modes", "set_fan_mode"),
        (
            SWING,
            "Swing",
            "swing_mode",
            "swing_modes",
            "set_swing_mode",
        ),
        (
            SIDEWAYS,
            "Sideways swing",
            "swing_horizontal_mode",
            "swing_horizontal_modes",
            "set_swing_horizontal_mode",
        ),
    ] {
        if view.can(bit) {
            build.choice(label, attribute, view.words(list), service, attribute);
        }
    }
}

/// Whether it can cool and cannot heat.
fn cools_only(view: &View<'_>) -> bool {
    let modes = view.words("hvac_modes");
    modes.iter().any(|mode| mode == "cool") && !modes.iter().any(|mode| mode.contains("heat"))
}

/// Whether it works towards a pair of targets now.
fn has_pair(view: &View<'_>) -> bool {
    view.can(TWO_TARGETS)
        && view.number("target_temp_low").is_some()
        && view.number("target_temp_high").is_some()
}

/// Whether its only target is one for cooling now.
fn is_cooling(view: &View<'_>) -> bool {
    cools_only(view) || view.can(TWO_TARGETS) && view.state == "cool"
}

/// A set-point: one of the pair, or the only one where that is what it means now.
fn target(view: &View<'_>, cooling: bool) -> Heard {
    let name = match (has_pair(view), cooling) {
        (true, false) => "target_temp_low",
        (true, true) => "target_temp_high",
        (false, cooling) if cooling == is_cooling(view) => "temperature",
        (false, _) => return Heard::Nothing,
    };
    Heard::number(view.number(name), Some(view.temperature))
}

/// The mode, also where it is one that only the device's own words tell apart.
fn mode(view: &View<'_>) -> Heard {
    let ours = climate_modes(&[view.state.to_owned()]);
    match ours.first() {
        Some((_, ours)) => Heard::word(ours),
        None => Heard::Unknown,
    }
}

/// The mode and the set-points in as few calls as they take.
fn set(view: &View<'_>, values: &[(String, Value)]) -> Result<Vec<Call>, String> {
    let find = |wanted: &str| {
        let found = values.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value)
    };
    let mut calls = Vec::new();
    if let Some(Value::Text(word)) = find("system_mode") {
        let known = climate_modes(&view.words("hvac_modes"));
        let (theirs, _) = known
            .into_iter()
            .find(|(_, ours)| ours == word)
            .ok_or_else(|| format!("it has no mode `{word}`"))?;
        calls.push(Call::plain("set_hvac_mode").with("hvac_mode", theirs.into()));
    }
    let number = |name| find(name).and_then(Value::as_number);
    let (heat, cool) = (number("heating_setpoint"), number("cooling_setpoint"));
    if heat.is_none() && cool.is_none() {
        return if calls.is_empty() {
            Err("a thermostat takes nothing of that".to_owned())
        } else {
            Ok(calls)
        };
    }
    let call = Call::plain("set_temperature");
    if has_pair(view) {
        // Both must be said: the one that nobody wished stays as it is.
        let keep = |name: &str| {
            let number = view.number(name)?;
            view.temperature.convert(number, Unit::Celsius)
        };
        let low = heat.or_else(|| keep("target_temp_low"));
        let high = cool.or_else(|| keep("target_temp_high"));
        let (Some(low), Some(high)) = (low, high) else {
            return Err("the other temperature of the pair is not known".to_owned());
        };
        calls.push(
            call.with("target_temp_low", degrees(view, low)?)
                .with("target_temp_high", degrees(view, high)?),
        );
        return Ok(calls);
    }
    let wanted = if is_cooling(view) { cool } else { heat };
    let Some(wanted) = wanted else {
        let other = if heat.is_some() { "heats" } else { "cools" };
        return Err(format!(
            "it takes this temperature only while it {other}; its mode is `{}` now",
            crate::convention::cut_to(view.state, 40)
        ));
    };
    calls.push(call.with("temperature", degrees(view, wanted)?));
    Ok(calls)
}

pub(super) fn water_heater(build: &mut Build<'_>) {
    let view = build.view;
    if view.attributes.has("current_temperature") {
        let read = Read::Attribute("current_temperature", build.degrees());
        let part = build.part(&capability::TEMPERATURE_MEASUREMENT);
        build.read(part, "temperature", read);
    }
    if view.can(1) {
        // Hotter than any thermostat's table allows, so a number of its own, always in °C.
        let (min, max) = (build.celsius("min_temp"), build.celsius("max_temp"));
        let part = build.side_part(&capability::NUMBER_SETTING, "Water temperature");
        build.read(
            part,
            "value",
            Read::With(|view| {
                let number = view.number("temperature");
                let celsius = number.and_then(|n| view.temperature.convert(n, Unit::Celsius));
                Heard::number(celsius.map(|c| (c * 100.0).round() / 100.0), None)
            }),
        );
        let write = Write::Temperature("set_temperature", "temperature");
        let shape = build.write(part, "value", write);
        (shape.min, shape.max) = (min, max);
        shape.unit = Some("°C".to_owned());
    }
    if view.can(2) {
        let words = view.words("operation_list");
        let service = "set_operation_mode";
        build.choice("Mode", "operation_mode", words, service, "operation_mode");
    }
    if view.can(4) {
        let part = build.side_part(&capability::MODE_SELECT, "Away");
        let words = ["on", "off"].map(|word| (word.to_owned(), Value::from(word)));
        build.read(
            part,
            "mode",
            Read::Attribute("away_mode", Parse::Words(words.to_vec())),
        );
        let write = Write::FlagWord("set_away_mode", "away_mode");
        build.write(part, "mode", write).values = Some(vec!["on".to_owned(), "off".to_owned()]);
    }
    if view.can(8) {
        let part = build.part(&capability::ON_OFF);
        build.read(
            part,
            "on_off",
            Read::With(|view| Heard::Value((view.state != "off").into(), None)),
        );
        build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
    }
}

pub(super) fn humidifier(build: &mut Build<'_>) {
    let part = build.part(&capability::ON_OFF);
    build.read(part, "on_off", Read::State(Parse::Truth("on", "off")));
    build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
    humidity(build);
    target_humidity(build);
    if build.view.can(1) {
        let words = build.view.words("available_modes");
        build.choice("Mode", "mode", words, "set_mode", "mode");
    }
}

fn humidity(build: &mut Build<'_>) {
    if build.view.attributes.has("current_humidity") {
        let part = build.part(&capability::RELATIVE_HUMIDITY_MEASUREMENT);
        let read = Read::Attribute("current_humidity", Parse::Number(1.0, None));
        build.read(part, "humidity", read);
    }
}

fn target_humidity(build: &mut Build<'_>) {
    let view = build.view;
    let part = build.side_part(&capability::NUMBER_SETTING, "Target humidity");
    let read = Read::Attribute("humidity", Parse::Number(1.0, None));
    build.read(part, "value", read);
    let write = Write::Number("set_humidity", "humidity", 1.0, true);
    let shape = build.write(part, "value", write);
    shape.min = view.number("min_humidity").or(Some(0.0));
    shape.max = view.number("max_humidity").or(Some(100.0));
    shape.unit = Some("%".to_owned());
}
