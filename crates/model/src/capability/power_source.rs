//! The battery of a device, or one that stores the house’s energy.

use super::table::{Capability, Property};
use crate::Unit;

/// The battery of a device, or one that stores the house’s energy.
pub static POWER_SOURCE: Capability = Capability {
    name: "PowerSource",
    title: "Battery",
    doc: "The battery of a device, or one that stores the house’s energy.",
    properties: &[Property::measured("battery", "Battery", Unit::Percent, 0.0, 100.0, 0.5),
 Property::truth("battery_low", "Battery low"),
 Property::truth("charging", "Charging"),],
    commands: &[],
    events: &[],
};
