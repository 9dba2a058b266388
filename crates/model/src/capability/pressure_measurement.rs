//! A pressure, of the air or in a pipe.

use super::table::{Capability, Property};
use crate::Unit;

/// A pressure, of the air or in a pipe.
pub static PRESSURE_MEASUREMENT: Capability = Capability {
    name: "PressureMeasurement",
    title: "Pressure",
    doc: "A pressure, of the air or in a pipe.",
    properties: &[Property::measured("pressure", "Pressure", Unit::Pascal, 0.0, 10_000_000.0, 1.0),],
    commands: &[],
    events: &[],
};
