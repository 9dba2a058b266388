//! Blinds, shutters, curtains, awnings and garage doors.

use super::table::{Argument, Capability, Command, Constant, Property};
use crate::Unit;

/// Blinds, shutters, curtains, awnings and garage doors.
pub static WINDOW_COVERING: Capability = Capability {
    name: "WindowCovering",
    title: "Covering",
    doc: "Blinds, shutters, curtains, awnings and garage doors.",
    properties: &[Property::measured("position", "Open", Unit::Percent, 0.0, 100.0, 1.0).writable(60).tolerance(2.0).dropped().doc("100 is wholly open, 0 closed: the other way round than Matter's lift percentage, and as people say it."),
 Property::measured("tilt", "Tilt", Unit::Percent, 0.0, 100.0, 1.0).writable(60).tolerance(2.0).dropped(),
 Property::word("motion", "Moving", &["stopped", "opening", "closing"]),],
    commands: &[Command::sets("open", "Open", &[("position", Constant::Number(100.0))]),
 Command::sets("close", "Close", &[("position", Constant::Number(0.0))]),
 Command::action("stop", "Stop"),
 Command::takes("go_to_position", "Go to a position", &[Argument { name: "position", property: "position" }]),
 Command::takes("go_to_tilt", "Tilt", &[Argument { name: "tilt", property: "tilt" }]),],
    events: &[],
};
