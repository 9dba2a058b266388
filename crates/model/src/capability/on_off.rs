//! Something that is on or off.

use super::table::{Capability, Command, Constant, Property};

/// Something that is on or off.
pub static ON_OFF: Capability = Capability {
    name: "OnOff",
    title: "On/off",
    doc: "Something that is on or off.",
    properties: &[Property::truth("on_off", "On").writable(5),],
    commands: &[Command::sets("on", "Turn on", &[("on_off", Constant::Bool(true))]),
 Command::sets("off", "Turn off", &[("on_off", Constant::Bool(false))]),
 Command::action("toggle", "Toggle"),],
    events: &[],
};
