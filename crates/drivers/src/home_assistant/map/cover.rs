//! Blinds, garage doors and valves: things that open by so much.

use super::{
    build::Build,
    entity::{Heard, Parse, Read, View, Write},
};
use model::{Value, capability};

/// The features of a cover; those of a valve are the first four.
const OPEN: u64 = 1;
const CLOSE: u64 = 2;
const POSITION: u64 = 4;
const STOP: u64 = 8;
const OPEN_TILT: u64 = 16;
const CLOSE_TILT: u64 = 32;
const TILT: u64 = 128;

/// How far it is open: as it says, or as far as its state says.
fn position(view: &View<'_>) -> Heard {
    match (view.number("current_position"), view.state) {
        (Some(percent), _) => Heard::Value(Value::Number(percent), None),
        (None, "open") => Heard::Value(Value::Number(100.0), None),
        (None, "closed") => Heard::Value(Value::Number(0.0), None),
        (None, "opening" | "closing") => Heard::Nothing,
        _ => Heard::Unknown,
    }
}

/// Opening and closing wholly.
fn ends(
    build: &Build<'_>,
    (open, close): (u64, u64),
    (opens, closes): (&'static str, &'static str),
) -> Write {
    let mut words = Vec::new();
    if build.view.can(open) {
        words.push((Value::Number(100.0), opens, None));
    }
    if build.view.can(close) {
        words.push((Value::Number(0.0), closes, None));
    }
    Write::Words(words)
}

pub(super) fn cover(build: &mut Build<'_>) {
    let view = build.view;
    let part = build.part(&capability::WINDOW_COVERING);
    if !view.can(OPEN_TILT | CLOSE_TILT | TILT) || view.can(OPEN | CLOSE | POSITION) {
        build.read(part, "position", Read::With(position));
        let words = [
            ("opening", "opening"),
            ("closing", "closing"),
            ("open", "stopped"),
            ("closed", "stopped"),
        ];
        let words = words.map(|(theirs, ours)| (theirs.to_owned(), Value::from(ours)));
        build.read(part, "motion", Read::State(Parse::Words(words.to_vec())));
    }
    if view.can(POSITION) {
        let write = Write::Number("set_cover_position", "position", 1.0, true);
        build.write(part, "position", write);
    } else if view.can(OPEN | CLOSE) {
        let write = ends(build, (OPEN, CLOSE), ("open_cover", "close_cover"));
        build.write(part, "position", write).step = Some(100.0);
    }
    if view.can(STOP) {
        build.action(part, "stop", "stop_cover");
    }
    if view.attributes.has("current_tilt_position") {
        let read = Read::Attribute("current_tilt_position", Parse::Number(1.0, None));
        build.read(part, "tilt", read);
    }
    if view.can(TILT) {
        let write = Write::Number("set_cover_tilt_position", "tilt_position", 1.0, true);
        build.write(part, "tilt", write);
    } else if view.can(OPEN_TILT | CLOSE_TILT) {
        let services = ("open_cover_tilt", "close_cover_tilt");
        let write = ends(build, (OPEN_TILT, CLOSE_TILT), services);
        build.write(part, "tilt", write).step = Some(100.0);
    }
}

pub(super) fn valve(build: &mut Build<'_>) {
    let view = build.view;
    let part = build.part(&capability::VALVE);
    build.read(
        part,
        "open",
        Read::With(|view| match (view.number("current_position"), view.state) {
            (Some(percent), _) => Heard::Value((percent > 0.5).into(), None),
            (None, "open") => Heard::Value(true.into(), None),
            (None, "closed") => Heard::Value(false.into(), None),
            _ => Heard::Nothing,
        }),
    );
    if view.can(OPEN) && view.can(CLOSE) {
        let write = Write::Switch("open_valve", "close_valve");
        build.write(part, "open", write);
    } else if view.can(POSITION) {
        let at = |position: u64| Some(("position", position.into()));
        let words = vec![
            (true.into(), "set_valve_position", at(100)),
            (false.into(), "set_valve_position", at(0)),
        ];
        build.write(part, "open", Write::Words(words));
    }
    if view.attributes.has("current_position") || view.can(POSITION) {
        let read = Read::Attribute("current_position", Parse::Number(1.0, None));
        build.read(part, "position", read);
    }
    if view.can(POSITION) {
        let write = Write::Number("set_valve_position", "position", 1.0, true);
        build.write(part, "position", write);
    }
    // A table of valves has no word for stopping one, so it is an action beside it.
    if view.can(STOP) {
        let part = build.side_part(&capability::TRIGGER, "Stop");
        build.action(part, "activate", "stop_valve");
    }
}
