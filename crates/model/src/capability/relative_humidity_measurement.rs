//! The relative humidity of the air or of soil.

use super::table::{Capability, Property};
use crate::Unit;

/// The relative humidity of the air or of soil.
pub static RELATIVE_HUMIDITY_MEASUREMENT: Capability = Capability {
    name: "RelativeHumidityMeasurement",
    title: "Humidity",
    doc: "The relative humidity of the air or of soil.",
    properties: &[Property::measured("humidity", "Humidity", Unit::Percent, 0.0, 100.0, 0.01),],
    commands: &[],
    events: &[],
};
