//! A brightness or another level in per cent.

use super::table::{Argument, Capability, Command, Property};
use crate::Unit;

/// A brightness or another level in per cent.
pub static LEVEL_CONTROL: Capability = Capability {
    name: "LevelControl",
    title: "Level",
    doc: "A brightness or another level in per cent.",
    properties: &[Property::measured("current_level", "Level", Unit::Percent, 0.0, 100.0, 1.0).writable(5),],
    commands: &[Command::takes("move_to_level", "Set the level", &[Argument { name: "level", property: "current_level" }]),],
    events: &[],
};
