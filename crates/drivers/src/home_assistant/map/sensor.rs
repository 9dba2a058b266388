//! Sensors: by their class a measurement of a table, else a read-only number, text or choice.

use super::{
    build::Build,
    entity::{Parse, Read},
};
use crate::convention::{self, Sense};
use model::{Value, capability};

pub(super) fn sensor(build: &mut Build<'_>) {
    let view = build.view;
    let class = build.entity.class.clone().unwrap_or_default();
    let shown = view.text("unit_of_measurement").and_then(convention::label);
    let about = about(build);
    let found = convention::sensor(Sense {
        class: &class,
        unit: shown.as_deref(),
        about: &about,
        side: build.entity.side,
    });
    if let Some((capability, name, unit)) = found {
        let read = Read::State(Parse::Number(1.0, unit));
        return build.measured(capability, name, read);
    }
    let words = view.words("options");
    let is_text = matches!(class.as_str(), "enum" | "date" | "timestamp") || !words.is_empty();
    let is_number =
        !is_text && (shown.is_some() || view.text("state_class").is_some() || !class.is_empty());
    if is_number {
        let part = build.part(&capability::NUMBER_SETTING);
        let read = Read::State(Parse::Number(1.0, None));
        build.read(part, "value", read).unit = shown;
    } else if words.is_empty() {
        let part = build.part(&capability::TEXT_SETTING);
        build.read(part, "text", Read::State(Parse::Text));
    } else {
        let part = build.part(&capability::MODE_SELECT);
        build.read(part, "mode", Read::State(Parse::Text)).values = Some(words);
    }
}

/// What it is called, in lower case.
fn about(build: &Build<'_>) -> String {
    let name = build.entity.name.as_deref().unwrap_or_default();
    format!("{} {name}", build.entity.id).to_lowercase()
}

pub(super) fn binary(build: &mut Build<'_>) {
    let class = build.entity.class.clone().unwrap_or_default();
    if let Some((capability, name)) = convention::binary(&class, &about(build)) {
        let read = Read::State(Parse::Truth("on", "off"));
        return build.measured(capability, name, read);
    }
    // Anything else with two states: a choice that only the device makes.
    let words = ["on", "off"];
    let read = words.map(|word| (word.to_owned(), Value::from(word)));
    let part = build.part(&capability::MODE_SELECT);
    let read = Read::State(Parse::Words(read.to_vec()));
    build.read(part, "mode", read).values = Some(words.map(str::to_owned).to_vec());
}
