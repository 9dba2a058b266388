//! Words of the convention and ours.

use model::{Capability, Unit, capability};

/// The longest name, in characters.
const MAX_NAME: usize = 128;

/// A text for people: one line, not empty, not endless.
pub(crate) fn label(text: &str) -> Option<String> {
    let plain: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_NAME)
        .collect();
    (!plain.trim().is_empty()).then_some(plain)
}

/// The text, cut at a character's border.
pub(crate) fn cut_to(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// The table's word for what devices call a press; their own where the table has none.
pub(crate) fn press(theirs: &str) -> String {
    let plain = theirs.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    let plain = plain.strip_prefix("button_").unwrap_or(&plain);
    match plain {
        "press" | "pressed" | "single" | "click" | "short_press" | "single_press"
        | "single_push" | "push" => "press".to_owned(),
        "double" | "double_press" | "double_click" | "double_push" => "double_press".to_owned(),
        "triple" | "triple_press" | "triple_click" | "triple_push" => "triple_press".to_owned(),
        "hold" | "long" | "long_press" | "long_push" | "held" => "long_press".to_owned(),
        "release" | "released" | "long_release" | "short_release" => "release".to_owned(),
        other => cut_to(other, 64),
    }
}

/// A measurement by its class.
fn measurement(class: &str) -> Option<(&'static Capability, &'static str)> {
    Some(match class {
        "temperature" => (&capability::TEMPERATURE_MEASUREMENT, "temperature"),
        "humidity" | "moisture" => (&capability::RELATIVE_HUMIDITY_MEASUREMENT, "humidity"),
        "illuminance" => (&capability::ILLUMINANCE_MEASUREMENT, "illuminance"),
        "pressure" | "atmospheric_pressure" => (&capability::PRESSURE_MEASUREMENT, "pressure"),
        "battery" => (&capability::POWER_SOURCE, "battery"),
        "power" => (&capability::ELECTRICAL_POWER, "power"),
        "voltage" => (&capability::ELECTRICAL_POWER, "voltage"),
        "current" => (&capability::ELECTRICAL_POWER, "current"),
        "energy" => (&capability::ELECTRICAL_ENERGY, "energy_imported"),
        "carbon_dioxide" => (&capability::AIR_QUALITY, "co2"),
        "carbon_monoxide" => (&capability::AIR_QUALITY, "carbon_monoxide_level"),
        "pm25" => (&capability::AIR_QUALITY, "pm25"),
        "pm10" => (&capability::AIR_QUALITY, "pm10"),
        "volatile_organic_compounds_parts" => (&capability::AIR_QUALITY, "voc"),
        "aqi" => (&capability::AIR_QUALITY, "index"),
        "wind_speed" => (&capability::WEATHER_STATION, "wind_speed"),
        "wind_direction" => (&capability::WEATHER_STATION, "wind_direction"),
        "precipitation_intensity" => (&capability::WEATHER_STATION, "rain_rate"),
        "precipitation" => (&capability::WEATHER_STATION, "rain_total"),
        _ => return None,
    })
}

/// Words in a meter's name that mean that it counts what the house delivers.
const DELIVERED: &[&str] = &[
    "export", "deliver", "produc", "return", "feed_in", "feedin", "inject", "generat",
];

/// What a sensor is, as far as its message says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sense<'a> {
    /// Its class; empty where it has none.
    pub(crate) class: &'a str,
    /// The unit that it names.
    pub(crate) unit: Option<&'a str>,
    /// What it is called, in lower case: its id and its name.
    pub(crate) about: &'a str,
    /// Whether it is about the device itself.
    pub(crate) side: bool,
}

/// The property of a table that a sensor measures, and in which unit; `None` where no table knows it.
pub(crate) fn sensor(
    sense: Sense<'_>,
) -> Option<(&'static Capability, &'static str, Option<Unit>)> {
    let Sense {
        class,
        unit: shown,
        about,
        side,
    } = sense;
    let unit = shown.and_then(Unit::parse);
    let (capability, name) = match class {
        // A chip's own temperature would pass for the room's.
        "temperature" if side => return None,
        "energy" if DELIVERED.iter().any(|word| about.contains(word)) => {
            (&capability::ELECTRICAL_ENERGY, "energy_exported")
        }
        "wind_speed" if about.contains("gust") => (&capability::WEATHER_STATION, "wind_gust"),
        class => measurement(class)?,
    };
    let canonical = capability.property(name).and_then(|property| property.unit);
    let fits = match (unit, canonical) {
        (Some(unit), Some(canonical)) => unit.convert(1.0, canonical).is_some(),
        (None, _) => shown.is_none() || canonical.is_none(),
        (Some(_), None) => false,
    };
    fits.then_some((capability, name, unit))
}

/// The property of a table that a sensor of two states has, by its class, or by what it is called in
/// lower case; `None` where it is merely on or off.
pub(crate) fn binary(class: &str, about: &str) -> Option<(&'static Capability, &'static str)> {
    Some(match class {
        // No class is made for light barriers; makers take these, or none.
        "" | "problem" | "safety" | "opening" if about.contains("obstruct") => {
            (&capability::OBSTRUCTION, "obstructed")
        }
        "door" | "garage_door" | "opening" | "window" => (&capability::CONTACT, "open"),
        "motion" | "occupancy" | "presence" | "moving" => {
            (&capability::OCCUPANCY_SENSING, "occupied")
        }
        "moisture" => (&capability::WATER_LEAK, "leak"),
        "smoke" => (&capability::SMOKE_CO_ALARM, "smoke"),
        "carbon_monoxide" => (&capability::SMOKE_CO_ALARM, "carbon_monoxide"),
        "gas" => (&capability::SMOKE_CO_ALARM, "gas"),
        "heat" => (&capability::SMOKE_CO_ALARM, "heat"),
        "battery" => (&capability::POWER_SOURCE, "battery_low"),
        "battery_charging" => (&capability::POWER_SOURCE, "charging"),
        _ => return None,
    })
}

/// The device's word and ours, where they differ; the first of ours that is free is taken.
const CLIMATE_MODES: &[(&str, &str)] = &[
    ("off", "off"),
    ("heat", "heat"),
    ("cool", "cool"),
    ("auto", "auto"),
    ("heat_cool", "auto"),
    ("dry", "dry"),
    ("fan_only", "fan_only"),
];

/// Which of a thermostat's modes can be set, by their word and ours.
pub(crate) fn climate_modes(theirs: &[String]) -> Vec<(String, &'static str)> {
    let mut ours: Vec<(String, &'static str)> = Vec::new();
    for (word, mapped) in CLIMATE_MODES {
        let taken = ours.iter().any(|(_, known)| known == mapped);
        if theirs.iter().any(|mode| mode == word) && !taken {
            ours.push(((*word).to_owned(), mapped));
        }
    }
    ours
}

/// What a thermostat can be doing; the words are ours as well.
pub(crate) const CLIMATE_ACTIONS: [&str; 8] = [
    "off",
    "idle",
    "preheating",
    "heating",
    "cooling",
    "drying",
    "fan",
    "defrosting",
];

/// The states of an alarm; the words are ours as well.
pub(crate) const ALARM_STATES: [&str; 9] = [
    "disarmed",
    "armed_home",
    "armed_away",
    "armed_night",
    "armed_vacation",
    "arming",
    "disarming",
    "pending",
    "triggered",
];

/// Our word for a light's colour mode; `None` where it shows no colour.
pub(crate) fn colour_mode(theirs: &str) -> Option<&'static str> {
    match theirs {
        "color_temp" | "white" => Some("ct"),
        "hs" | "xy" | "rgb" | "rgbw" | "rgbww" => Some("hs"),
        _ => None,
    }
}
