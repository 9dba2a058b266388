//! A choice that no other table knows; the device lists its own words.

use super::table::{Argument, Capability, Command, Property};

/// A choice that no other table knows; the device lists its own words.
pub static MODE_SELECT: Capability = Capability {
    name: "ModeSelect",
    title: "Mode",
    doc: "A choice that no other table knows; the device lists its own words.",
    properties: &[Property::word("mode", "Mode", &[]).writable(10),],
    commands: &[Command::takes("change_to_mode", "Choose", &[Argument { name: "mode", property: "mode" }]),],
    events: &[],
};
