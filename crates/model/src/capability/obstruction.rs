//! Something in the way of what moves, such as the light barrier of a garage door.

use super::table::{Capability, Property};

/// Something in the way of what moves, such as the light barrier of a garage door.
pub static OBSTRUCTION: Capability = Capability {
    name: "Obstruction",
    title: "Obstruction",
    doc: "Something in the way of what moves, such as the light barrier of a garage door.",
    properties: &[Property::truth("obstructed", "Obstructed"),],
    commands: &[],
    events: &[],
};
