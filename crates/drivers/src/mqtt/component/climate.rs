//! Thermostats, air conditioners, water heaters and humidifiers.

use super::build::{Build, Keys};
use crate::{
    convention::{self, CLIMATE_ACTIONS},
    mqtt::entity::{Read, Write},
};
use model::{Unit, Value, capability};

type Done = Result<(), String>;

fn celsius(build: &Build<'_>) -> (Option<Unit>, Write) {
    match build.config.text("temperature_unit").as_deref() {
        // Written as the device wants it: (c - offset) / scale turned round.
        Some("F") => (
            Some(Unit::Fahrenheit),
            Write::Number {
                scale: 5.0 / 9.0,
                offset: 32.0,
                whole: false,
            },
        ),
        _ => (Some(Unit::Celsius), Write::number()),
    }
}

/// The device's own limit in °C.
fn limit(build: &Build<'_>, key: &str, unit: Option<Unit>) -> Option<f64> {
    let number = build.config.number(key)?;
    let celsius = unit.and_then(|unit| unit.convert(number, Unit::Celsius))?;
    Some((celsius * 100.0).round() / 100.0)
}

pub(super) fn climate(build: &mut Build<'_>) -> Done {
    let (unit, write) = celsius(build);
    let (min, max) = (
        limit(build, "min_temp", unit),
        limit(build, "max_temp", unit),
    );
    let step = build.config.number("temp_step");
    let part = build.part(&capability::THERMOSTAT);
    build.property(
        part,
        "local_temperature",
        &Keys::of("current_temperature"),
        Read::number(unit),
        None,
    )?;

    let theirs = build.config.words("modes");
    let theirs = if theirs.is_empty() {
        ["auto", "off", "cool", "heat", "dry", "fan_only"]
            .map(str::to_owned)
            .to_vec()
    } else {
        theirs
    };
    let cools_only = theirs.iter().any(|mode| mode == "cool")
        && !theirs.iter().any(|mode| mode.contains("heat"));
    for (name, prefix) in [
        (
            if cools_only {
                "cooling_setpoint"
            } else {
                "heating_setpoint"
            },
            "temperature",
        ),
        ("heating_setpoint", "temperature_low"),
        ("cooling_setpoint", "temperature_high"),
    ] {
        // A single set-point and a pair at once: the pair says more.
        if prefix == "temperature" && build.config.has("temperature_low_command_topic") {
            continue;
        }
        let shape = build.property(
            part,
            name,
            &Keys::of(prefix),
            Read::number(unit),
            Some(write.clone()),
        )?;
        if let Some(shape) = shape {
            (shape.min, shape.max, shape.step) = (min, max, step);
        }
    }

    let ours = convention::climate_modes(&theirs);
    let words = ours
        .iter()
        .map(|(theirs, ours)| (theirs.clone(), Value::from(*ours)))
        .collect();
    let takes = ours
        .iter()
        .map(|(theirs, ours)| (Value::from(*ours), theirs.clone()))
        .collect();
    let shape = build.property(
        part,
        "system_mode",
        &Keys::of("mode"),
        Read::Words {
            words,
            others: false,
        },
        Some(Write::Words(takes)),
    )?;
    if let Some(shape) = shape {
        shape.values = Some(ours.iter().map(|(_, ours)| (*ours).to_owned()).collect());
    }
    build.property(
        part,
        "running_state",
        &Keys::of("action"),
        Read::Words {
            words: CLIMATE_ACTIONS
                .iter()
                .map(|word| ((*word).to_owned(), Value::from(*word)))
                .collect(),
            others: false,
        },
        None,
    )?;

    humidity(build)?;
    target_humidity(build)?;
    for (prefix, list, label) in [
        ("preset_mode", "preset_modes", "Preset"),
        ("fan_mode", "fan_modes", "Fan"),
        ("swing_mode", "swing_modes", "Swing"),
        (
            "swing_horizontal_mode",
            "swing_horizontal_modes",
            "Sideways swing",
        ),
    ] {
        let mut words = build.config.words(list);
        match prefix {
            "preset_mode" => words.insert(0, "none".to_owned()),
            "fan_mode" if words.is_empty() => {
                words = ["auto", "low", "medium", "high"]
                    .map(str::to_owned)
                    .to_vec();
            }
            _ if words.is_empty() => words = ["on", "off"].map(str::to_owned).to_vec(),
            _ => {}
        }
        build.choice(Some(label), &Keys::of(prefix), words)?;
    }
    power(build, "power")
}

pub(super) fn water_heater(build: &mut Build<'_>) -> Done {
    let (unit, write) = celsius(build);
    let part = build.part(&capability::TEMPERATURE_MEASUREMENT);
    build.property(
        part,
        "temperature",
        &Keys::of("current_temperature"),
        Read::number(unit),
        None,
    )?;
    // Hotter than any thermostat's table allows, so a number of its own, always in °C.
    let (min, max) = (
        limit(build, "min_temp", unit),
        limit(build, "max_temp", unit),
    );
    let target = build.side_part(&capability::NUMBER_SETTING, "Water temperature");
    let read = match unit {
        Some(Unit::Fahrenheit) => Read::Number {
            scale: 5.0 / 9.0,
            offset: 32.0,
            unit: None,
        },
        _ => Read::number(None),
    };
    let shape = build.property(target, "value", &Keys::of("temperature"), read, Some(write))?;
    if let Some(shape) = shape {
        (shape.min, shape.max) = (min.or(Some(40.0)), max.or(Some(60.0)));
        shape.unit = Some("°C".to_owned());
    }
    let mut words = build.config.words("modes");
    if words.is_empty() {
        words = [
            "off",
            "eco",
            "electric",
            "gas",
            "heat_pump",
            "high_demand",
            "performance",
        ]
        .map(str::to_owned)
        .to_vec();
    }
    build.choice(Some("Mode"), &Keys::of("mode"), words)?;
    power(build, "power")
}

pub(super) fn humidifier(build: &mut Build<'_>) -> Done {
    power(build, "")?;
    humidity(build)?;
    target_humidity(build)?;
    let words = build.config.words("modes");
    build.choice(Some("Mode"), &Keys::of("mode"), words)
}

/// On and off by a pair of payloads.
fn power(build: &mut Build<'_>, prefix: &str) -> Done {
    let (on, off) = (
        build.config.word("payload_on", "ON"),
        build.config.word("payload_off", "OFF"),
    );
    let part = build.part(&capability::ON_OFF);
    let read = Read::truth(on.as_str(), off.as_str());
    build.property(
        part,
        "on_off",
        &Keys::of(prefix),
        read,
        Some(Write::truth(on, off)),
    )?;
    Ok(())
}

fn humidity(build: &mut Build<'_>) -> Done {
    let part = build.part(&capability::RELATIVE_HUMIDITY_MEASUREMENT);
    build.property(
        part,
        "humidity",
        &Keys::of("current_humidity"),
        Read::number(Some(Unit::Percent)),
        None,
    )?;
    Ok(())
}

fn target_humidity(build: &mut Build<'_>) -> Done {
    let (min, max) = (
        build.config.number("min_humidity").or(Some(0.0)),
        build.config.number("max_humidity").or(Some(100.0)),
    );
    let part = build.side_part(&capability::NUMBER_SETTING, "Target humidity");
    let shape = build.property(
        part,
        "value",
        &Keys::of("target_humidity"),
        Read::number(None),
        Some(Write::number()),
    )?;
    if let Some(shape) = shape {
        (shape.min, shape.max) = (min, max);
        shape.unit = Some("%".to_owned());
    }
    Ok(())
}
