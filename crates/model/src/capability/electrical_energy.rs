//! Electrical energy, as a meter that counts up.

use super::table::{Capability, Property, Statistics};
use crate::Unit;

/// Electrical energy, as a meter that counts up.
pub static ELECTRICAL_ENERGY: Capability = Capability {
    name: "ElectricalEnergyMeasurement",
    title: "Energy",
    doc: "Electrical energy, as a meter that counts up.",
    properties: &[Property::measured("energy_imported", "Energy", Unit::KilowattHour, 0.0, 100_000_000.0, 0.000_1).statistics(Statistics::Total),
 Property::measured("energy_exported", "Energy delivered", Unit::KilowattHour, 0.0, 100_000_000.0, 0.000_1).statistics(Statistics::Total),],
    commands: &[],
    events: &[],
};
