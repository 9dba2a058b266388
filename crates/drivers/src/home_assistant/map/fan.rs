//! Fans.

use super::{
    build::Build,
    entity::{Heard, Parse, Read, View, Write},
};
use model::{Value, capability};

pub(super) fn fan(build: &mut Build<'_>) {
    let view = build.view;
    let power = build.part(&capability::ON_OFF);
    build.read(power, "on_off", Read::State(Parse::Truth("on", "off")));
    build.write(power, "on_off", Write::Switch("turn_on", "turn_off"));

    let part = build.part(&capability::FAN_CONTROL);
    if view.can(1) {
        build.read(part, "percent", Read::With(speed));
        let write = Write::Number("set_percentage", "percentage", 1.0, true);
        build.write(part, "percent", write).step =
            view.number("percentage_step").filter(|step| *step > 0.0);
    }
    if view.can(2) {
        build.read(
            part,
            "oscillating",
            Read::Attribute("oscillating", Parse::Flag),
        );
        build.write(
            part,
            "oscillating",
            Write::Plain("oscillate", "oscillating"),
        );
    }
    if view.can(4) {
        let words = ["forward", "reverse"].map(|word| (word.to_owned(), Value::from(word)));
        let read = Read::Attribute("direction", Parse::Words(words.to_vec()));
        build.read(part, "direction", read);
        build.write(
            part,
            "direction",
            Write::Plain("set_direction", "direction"),
        );
    }
    let words = view.words("preset_modes");
    if !words.is_empty() {
        build.read(
            part,
            "fan_mode",
            Read::Attribute("preset_mode", Parse::Text),
        );
        let write = Write::Plain("set_preset_mode", "preset_mode");
        build.write(part, "fan_mode", write).values = Some(words);
    }
}

/// How hard it blows: a fan that is off does not.
fn speed(view: &View<'_>) -> Heard {
    match (view.number("percentage"), view.state) {
        (None, "off") => Heard::Value(Value::Number(0.0), None),
        (number, _) => Heard::number(number, None),
    }
}
