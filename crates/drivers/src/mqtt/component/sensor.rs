//! Sensors: by their class a measurement of a table, else a read-only number, text or choice.

use super::build::{Build, Keys};
use crate::{
    convention::{self, Sense},
    mqtt::entity::Read,
};
use model::capability;

type Done = Result<(), String>;

pub(super) fn sensor(build: &mut Build<'_>) -> Done {
    build.entity.off_after = None;
    let class = build.entity.class.clone().unwrap_or_default();
    let shown = build.config.label("unit_of_measurement");
    let keys = Keys::of("");
    let about = about(build);
    let found = convention::sensor(Sense {
        class: &class,
        unit: shown.as_deref(),
        about: &about,
        side: build.entity.side,
    });
    if let Some((capability, name, unit)) = found {
        let part = build.part(capability);
        build.entity.parts[part].merge = Some("measured".to_owned());
        build.property(part, name, &keys, Read::number(unit), None)?;
        return Ok(());
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

/// What it is called, in lower case.
fn about(build: &Build<'_>) -> String {
    let name = build.entity.name.as_deref().unwrap_or_default();
    format!("{} {name}", build.entity.unique).to_lowercase()
}

pub(super) fn binary(build: &mut Build<'_>) -> Done {
    let config = build.config;
    let (on, off) = (
        config.word("payload_on", "ON"),
        config.word("payload_off", "OFF"),
    );
    let class = build.entity.class.clone().unwrap_or_default();
    let Some((capability, name)) = convention::binary(&class, &about(build)) else {
        // Anything else with two states: a choice that only the device makes.
        let part = build.part(&capability::MODE_SELECT);
        let read = Read::Words {
            words: vec![(on, "on".into()), (off, "off".into())],
            others: false,
        };
        if let Some(shape) = build.property(part, "mode", &Keys::of(""), read, None)? {
            shape.values = Some(vec!["on".to_owned(), "off".to_owned()]);
        }
        return Ok(());
    };
    let part = build.part(capability);
    build.entity.parts[part].merge = Some("measured".to_owned());
    build.property(part, name, &Keys::of(""), Read::truth(on, off), None)?;
    Ok(())
}
