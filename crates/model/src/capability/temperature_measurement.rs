//! A measured temperature.

use super::table::{Capability, Property};
use crate::Unit;

/// A measured temperature.
pub static TEMPERATURE_MEASUREMENT: Capability = Capability {
    name: "TemperatureMeasurement",
    title: "Temperature",
    doc: "A measured temperature.",
    properties: &[Property::measured("temperature", "Temperature", Unit::Celsius, -100.0, 1_000.0, 0.01),],
    commands: &[],
    events: &[],
};
