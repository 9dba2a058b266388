//! Domains that are one property or one action.

use super::{
    build::Build,
    entity::{Heard, Parse, Read, View, Write},
};
use crate::convention::{ALARM_STATES, cut_to, press as press_word};
use model::{Value, capability};

/// A switch, a siren or a helper that is on or off.
pub(super) fn switch(build: &mut Build<'_>) {
    let part = build.part(&capability::ON_OFF);
    build.read(part, "on_off", Read::State(Parse::Truth("on", "off")));
    build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
}

/// A button.
pub(super) fn press(build: &mut Build<'_>) {
    let part = build.part(&capability::TRIGGER);
    build.action(part, "activate", "press");
}

/// A scene or a script.
pub(super) fn run(build: &mut Build<'_>) {
    let part = build.part(&capability::TRIGGER);
    build.action(part, "activate", "turn_on");
}

pub(super) fn number(build: &mut Build<'_>) {
    let view = build.view;
    let unit = view.text("unit_of_measurement").map(str::to_owned);
    let part = build.part(&capability::NUMBER_SETTING);
    build.read(part, "value", Read::State(Parse::Number(1.0, None)));
    let write = Write::Number("set_value", "value", 1.0, false);
    let shape = build.write(part, "value", write);
    (shape.min, shape.max, shape.step) =
        (view.number("min"), view.number("max"), view.number("step"));
    shape.unit = unit;
}

/// What counts up by itself.
pub(super) fn counter(build: &mut Build<'_>) {
    let part = build.part(&capability::NUMBER_SETTING);
    build.read(part, "value", Read::State(Parse::Number(1.0, None)));
}

pub(super) fn select(build: &mut Build<'_>) {
    let words = build.view.words("options");
    // Also `unknown` may be one of the words.
    let read = words
        .iter()
        .map(|word| (word.clone(), Value::Text(word.clone())));
    let read = Parse::Words(read.collect());
    let part = build.part(&capability::MODE_SELECT);
    build.read(part, "mode", Read::State(read));
    let write = Write::Plain("select_option", "option");
    build.write(part, "mode", write).values = Some(words);
}

pub(super) fn text(build: &mut Build<'_>) {
    let part = build.part(&capability::TEXT_SETTING);
    // A password can be set and is never shown.
    if build.view.text("mode") != Some("password") {
        build.read(part, "text", Read::State(Parse::Text));
    }
    build.write(part, "text", Write::Plain("set_value", "value"));
}

/// A date or a time, as a text.
pub(super) fn moment(build: &mut Build<'_>) {
    let part = build.part(&capability::TEXT_SETTING);
    build.read(part, "text", Read::State(Parse::Text));
}

/// A person, or what is carried by one.
pub(super) fn presence(build: &mut Build<'_>) {
    let part = build.part(&capability::PRESENCE);
    build.read(
        part,
        "home",
        Read::With(|view| Heard::Value((view.state == "home").into(), None)),
    );
    build.read(
        part,
        "location",
        Read::With(|view| match view.state {
            "home" | "not_home" => Heard::Unknown,
            zone => Heard::Value(Value::Text(cut_to(zone, 1_000)), None),
        }),
    );
    if build.view.attributes.has("battery_level") {
        build.measured(
            &capability::POWER_SOURCE,
            "battery",
            Read::Attribute("battery_level", Parse::Number(1.0, None)),
        );
    }
}

/// What a lock can be, in their words and ours.
const LOCK_STATES: [(&str, &str); 7] = [
    ("locked", "locked"),
    ("unlocked", "unlocked"),
    ("locking", "locking"),
    ("unlocking", "unlocking"),
    ("jammed", "jammed"),
    ("open", "open"),
    ("opening", "unlocking"),
];

pub(super) fn lock(build: &mut Build<'_>) {
    let words = LOCK_STATES
        .iter()
        .map(|(theirs, ours)| ((*theirs).to_owned(), Value::from(*ours)))
        .collect();
    let mut takes = vec![
        (Value::from("locked"), "lock", None),
        (Value::from("unlocked"), "unlock", None),
    ];
    if build.view.can(1) {
        takes.push((Value::from("open"), "open", None));
    }
    let part = build.part(&capability::DOOR_LOCK);
    build.read(part, "lock_state", Read::State(Parse::Words(words)));
    build.write(part, "lock_state", Write::Words(takes));
}

pub(super) fn alarm(build: &mut Build<'_>) {
    let words = ALARM_STATES
        .iter()
        .map(|word| ((*word).to_owned(), Value::from(*word)))
        .collect();
    let mut takes = vec![(Value::from("disarmed"), "alarm_disarm", None)];
    for (bit, service, ours) in [
        (1, "alarm_arm_home", "armed_home"),
        (2, "alarm_arm_away", "armed_away"),
        (4, "alarm_arm_night", "armed_night"),
        (32, "alarm_arm_vacation", "armed_vacation"),
    ] {
        if build.view.can(bit) {
            takes.push((Value::from(ours), service, None));
        }
    }
    let part = build.part(&capability::SECURITY_ALARM);
    build.read(part, "alarm_state", Read::State(Parse::Words(words)));
    build.write(part, "alarm_state", Write::Words(takes));
}

/// A press or the like. Its state is when that was, an attribute what it was.
pub(super) fn event(build: &mut Build<'_>) {
    let part = build.part(&capability::BUTTON);
    let mut events: Vec<String> = Vec::new();
    for word in build.view.words("event_types") {
        let word = press_word(&word);
        if !events.contains(&word) {
            events.push(word);
        }
    }
    build.entity.parts[part].instance.events = events;
    build.entity.button = Some(part);
}

/// What happened last at an event entity.
pub(in crate::home_assistant) fn happened(view: &View<'_>) -> Option<String> {
    view.text("event_type").map(press_word)
}
