//! How bright it is.

use super::table::{Capability, Property};
use crate::Unit;

/// How bright it is.
pub static ILLUMINANCE_MEASUREMENT: Capability = Capability {
    name: "IlluminanceMeasurement",
    title: "Illuminance",
    doc: "How bright it is.",
    properties: &[Property::measured("illuminance", "Brightness", Unit::Lux, 0.0, 200_000.0, 0.1),],
    commands: &[],
    events: &[],
};
