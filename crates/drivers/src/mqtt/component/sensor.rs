//! Sensors: by their class a measurement of a table, else a read-only number, text or choice.

use super::build::{Build, Keys};
use crate::mqtt::entity::Read;
use model::{Capability, Unit, capability};

type Done = Result<(), String>;

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

pub(super) fn sensor(build: &mut Build<'_>) -> Done {
    build.entity.off_after = None;
    let class = build.entity.class.clone().unwrap_or_default();
    let shown = build.config.label("unit_of_measurement");
    let unit = shown.as_deref().and_then(Unit::parse);
    let keys = Keys::of("");
    let mut found = measurement(&class);
    let about = format!(
        "{} {}",
        build.entity.unique,
        build.entity.name.as_deref().unwrap_or_default()
    )
    .to_lowercase();
    if class == "energy" && DELIVERED.iter().any(|word| about.contains(word)) {
        found = Some((&capability::ELECTRICAL_ENERGY, "energy_exported"));
    }
    if class == "wind_speed" && about.contains("gust") {
        found = Some((&capability::WEATHER_STATION, "wind_gust"));
    }
    // A chip's own temperature would pass for the room's.
    if build.entity.side && class == "temperature" {
        found = None;
    }
    if let Some((capability, name)) = found {
        let canonical = capability.property(name).and_then(|property| property.unit);
        let fits = match (unit, canonical) {
            (Some(unit), Some(canonical)) => unit.convert(1.0, canonical).is_some(),
            (None, _) => shown.is_none() || canonical.is_none(),
            (Some(_), None) => false,
        };
        if fits {
            let part = build.part(capability);
            build.entity.parts[part].merge = Some("measured".to_owned());
            build.property(part, name, &keys, Read::number(unit), None)?;
            return Ok(());
        }
    }
    let words = build.config.words("options");
    let is_text = matches!(class.as_str(), "enum" | "date" | "timestamp") || !words.is_empty();
    let is_number = !is_text
        && (shown.is_some()
            || build.config.has("state_class")
            || build.config.has("suggested_display_precision")
            || !class.is_empty());
    if is_number {
        let part = build.part(&capability::NUMBER_SETTING);
        if let Some(shape) = build.property(part, "value", &keys, Read::number(None), None)? {
            shape.unit = shown;
        }
    } else {
        let part = build.part(&capability::TEXT_SETTING);
        build.property(part, "text", &keys, Read::Text, None)?;
    }
    Ok(())
}

pub(super) fn binary(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let class = build.entity.class.clone().unwrap_or_default();
    let (capability, name) = match class.as_str() {
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
        // Anything else with two states: a choice that only the device makes.
        _ => {
            let part = build.part(&capability::MODE_SELECT);
            let read = Read::Words {
                words: vec![(on, "on".into()), (off, "off".into())],
                others: false,
            };
            if let Some(shape) = build.property(part, "mode", &Keys::of(""), read, None)? {
                shape.values = Some(vec!["on".to_owned(), "off".to_owned()]);
            }
            return Ok(());
        }
    };
    let part = build.part(capability);
    build.entity.parts[part].merge = Some("measured".to_owned());
    build.property(part, name, &Keys::of(""), Read::truth(on, off), None)?;
    Ok(())
}
