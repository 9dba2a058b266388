//! Vacuum cleaners and lawn mowers: what they do, and an action for each order.

use super::{
    build::Build,
    entity::{Parse, Read, Write},
};
use model::capability;

pub(super) fn vacuum(build: &mut Build<'_>) {
    let view = build.view;
    // Old ones are switches: on while they clean.
    let is_switch = view.can(1) && view.can(2) && !view.can(8_192);
    if is_switch {
        let part = build.part(&capability::ON_OFF);
        build.read(part, "on_off", Read::State(Parse::Truth("on", "off")));
        build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
    } else {
        state(
            build,
            &["cleaning", "docked", "paused", "idle", "returning", "error"],
        );
    }
    for (bit, title, service) in [
        (8_192, "Start", "start"),
        (4, "Pause", "pause"),
        (8, "Stop", "stop"),
        (16, "Return to the dock", "return_to_base"),
        (1_024, "Clean this spot", "clean_spot"),
        (512, "Locate", "locate"),
    ] {
        if view.can(bit) {
            let part = build.side_part(&capability::TRIGGER, title);
            build.action(part, "activate", service);
        }
    }
    if view.attributes.has("battery_level") {
        build.measured(
            &capability::POWER_SOURCE,
            "battery",
            Read::Attribute("battery_level", Parse::Number(1.0, None)),
        );
    }
    if view.can(32) {
        let words = view.words("fan_speed_list");
        build.choice(
            "Fan speed",
            "fan_speed",
            words,
            "set_fan_speed",
            "fan_speed",
        );
    }
}

pub(super) fn mower(build: &mut Build<'_>) {
    state(build, &["mowing", "paused", "docked", "returning", "error"]);
    for (bit, title, service) in [
        (1, "Start mowing", "start_mowing"),
        (2, "Pause", "pause"),
        (4, "Return to the dock", "dock"),
    ] {
        if build.view.can(bit) {
            let part = build.side_part(&capability::TRIGGER, title);
            build.action(part, "activate", service);
        }
    }
}

fn state(build: &mut Build<'_>, words: &[&str]) {
    let part = build.side_part(&capability::MODE_SELECT, "State");
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    build.read(part, "mode", Read::State(Parse::Text)).values = Some(words);
}
