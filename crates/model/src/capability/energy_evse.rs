//! Charges a car.

use super::table::{Argument, Capability, Command, Constant, Property, Statistics};
use crate::Unit;

/// Charges a car.
pub static ENERGY_EVSE: Capability = Capability {
    name: "EnergyEvse",
    title: "Car charger",
    doc: "Charges a car.",
    properties: &[Property::word("state", "State", &["not_plugged_in", "plugged_in", "charging", "discharging", "fault"]),
 Property::truth("charging_enabled", "May charge").writable(20),
 Property::measured("max_charge_current", "At most", Unit::Ampere, 0.0, 80.0, 1.0).writable(20).statistics(Statistics::None),
 Property::measured("charge_power", "Charging with", Unit::Watt, -50_000.0, 50_000.0, 1.0),
 Property::measured("session_energy", "This session", Unit::KilowattHour, 0.0, 1_000.0, 0.001).statistics(Statistics::None),],
    commands: &[Command::sets("enable_charging", "Charge", &[("charging_enabled", Constant::Bool(true))]),
 Command::sets("disable_charging", "Stop charging", &[("charging_enabled", Constant::Bool(false))]),
 Command::takes("set_max_current", "Limit the current", &[Argument { name: "current", property: "max_charge_current" }]),],
    events: &[],
};
