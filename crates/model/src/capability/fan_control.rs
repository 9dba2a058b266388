//! A fan and how hard it blows.

use super::table::{Argument, Capability, Command, Property};
use crate::Unit;

/// A fan and how hard it blows.
pub static FAN_CONTROL: Capability = Capability {
    name: "FanControl",
    title: "Fan",
    doc: "A fan and how hard it blows.",
    properties: &[Property::measured("percent", "Speed", Unit::Percent, 0.0, 100.0, 1.0).writable(10).tolerance(2.0),
 Property::word("fan_mode", "Mode", &["off", "low", "medium", "high", "auto"]).writable(10),
 Property::truth("oscillating", "Swing").writable(10),
 Property::word("direction", "Direction", &["forward", "reverse"]).writable(10),],
    commands: &[Command::takes("set_speed", "Set the speed", &[Argument { name: "percent", property: "percent" }]),
 Command::takes("set_mode", "Set the mode", &[Argument { name: "mode", property: "fan_mode" }]),],
    events: &[],
};
