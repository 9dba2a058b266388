//! Fans.

use super::build::{Build, Keys};
use crate::mqtt::entity::{Read, Write};
use model::{Value, capability};

pub(super) fn fan(build: &mut Build<'_>) -> Result<(), String> {
    let word = |key: &str, default: &str| build.config.word(key, default);
    let (on, off) = (word("payload_on", "ON"), word("payload_off", "OFF"));
    let swing = (
        word("payload_oscillation_on", "oscillate_on"),
        word("payload_oscillation_off", "oscillate_off"),
    );
    let ways = [
        (word("payload_direction_forward", "forward"), "forward"),
        (word("payload_direction_reverse", "reverse"), "reverse"),
    ];

    let power = build.part(&capability::ON_OFF);
    let read = Read::truth(on.as_str(), off.as_str());
    build.property(
        power,
        "on_off",
        &Keys::of(""),
        read,
        Some(Write::truth(on, off)),
    )?;

    let part = build.part(&capability::FAN_CONTROL);
    // Speeds run from `min` to `max`; 0 is off, so `min` is already a step above nothing.
    let min = build.config.number("speed_range_min").unwrap_or(1.0);
    let max = build.config.number("speed_range_max").unwrap_or(100.0);
    let steps = (max - min + 1.0).max(1.0);
    let (scale, offset) = (100.0 / steps, min - 1.0);
    build.property(
        part,
        "percent",
        &Keys::of("percentage"),
        Read::Number {
            scale,
            offset,
            unit: None,
        },
        Some(Write::Number {
            scale,
            offset,
            whole: true,
        }),
    )?;
    build.property(
        part,
        "oscillating",
        &Keys::of("oscillation"),
        Read::truth(swing.0.as_str(), swing.1.as_str()),
        Some(Write::truth(swing.0, swing.1)),
    )?;
    build.property(
        part,
        "direction",
        &Keys::of("direction"),
        Read::Words {
            words: ways
                .iter()
                .map(|(theirs, ours)| (theirs.clone(), Value::from(*ours)))
                .collect(),
            others: false,
        },
        Some(Write::Words(
            ways.iter()
                .map(|(theirs, ours)| (Value::from(*ours), theirs.clone()))
                .collect(),
        )),
    )?;
    let words = build.config.words("preset_modes");
    let shape = build.property(
        part,
        "fan_mode",
        &Keys::of("preset_mode"),
        Read::Text,
        Some(Write::Text),
    )?;
    if let Some(shape) = shape {
        shape.values = Some(words);
    }
    Ok(())
}
