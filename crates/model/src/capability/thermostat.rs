//! Heats or cools towards a set temperature.

use super::table::{Argument, Capability, Command, Property};
use crate::Unit;

/// Heats or cools towards a set temperature.
pub static THERMOSTAT: Capability = Capability {
    name: "Thermostat",
    title: "Thermostat",
    doc: "Heats or cools towards a set temperature.",
    properties: &[Property::measured("local_temperature", "Temperature", Unit::Celsius, -50.0, 100.0, 0.01),
 Property::measured("heating_setpoint", "Heat to", Unit::Celsius, 0.0, 50.0, 0.1).writable(15),
 Property::measured("cooling_setpoint", "Cool to", Unit::Celsius, 0.0, 50.0, 0.1).writable(15),
 Property::word("system_mode", "Mode", &["off", "heat", "cool", "auto", "dry", "fan_only"]).writable(15),
 Property::word("running_state", "Doing", &["off", "idle", "preheating", "heating", "cooling", "drying", "fan", "defrosting"]),],
    commands: &[Command::takes("set_heating_setpoint", "Heat to", &[Argument { name: "temperature", property: "heating_setpoint" }]),
 Command::takes("set_cooling_setpoint", "Cool to", &[Argument { name: "temperature", property: "cooling_setpoint" }]),
 Command::takes("set_mode", "Set the mode", &[Argument { name: "mode", property: "system_mode" }]),],
    events: &[],
};
