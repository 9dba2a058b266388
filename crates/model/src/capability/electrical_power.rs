//! Electrical power now. Drawn is positive, delivered is negative.

use super::table::{Capability, Property};
use crate::Unit;

/// Electrical power now. Drawn is positive, delivered is negative.
pub static ELECTRICAL_POWER: Capability = Capability {
    name: "ElectricalPowerMeasurement",
    title: "Power",
    doc: "Electrical power now. Drawn is positive, delivered is negative.",
    properties: &[Property::measured("power", "Power", Unit::Watt, -1_000_000.0, 1_000_000.0, 0.1),
 Property::measured("voltage", "Voltage", Unit::Volt, -2_000.0, 2_000.0, 0.01),
 Property::measured("current", "Current", Unit::Ampere, -5_000.0, 5_000.0, 0.001),],
    commands: &[],
    events: &[],
};
