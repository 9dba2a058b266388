//! A number that no other table knows, in the unit that the device names.

use super::table::{Capability, Property};

/// A number that no other table knows, in the unit that the device names.
pub static NUMBER_SETTING: Capability = Capability {
    name: "NumberSetting",
    title: "Number",
    doc: "A number that no other table knows, in the unit that the device names.",
    properties: &[Property::number("value", "Value").writable(10),],
    commands: &[],
    events: &[],
};
