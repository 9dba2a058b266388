//! Whether a tracked person or thing is at home.

use super::table::{Capability, Property};

/// Whether a tracked person or thing is at home.
pub static PRESENCE: Capability = Capability {
    name: "Presence",
    title: "Presence",
    doc: "Whether a tracked person or thing is at home.",
    properties: &[Property::truth("home", "At home"),
 Property::text("location", "Where").doc("The zone that the tracker names, when it is not at home."),],
    commands: &[],
    events: &[],
};
