//! What is in the air.

use super::table::{Capability, Property};
use crate::Unit;

/// What is in the air.
pub static AIR_QUALITY: Capability = Capability {
    name: "AirQuality",
    title: "Air quality",
    doc: "What is in the air.",
    properties: &[Property::measured("co2", "Carbon dioxide", Unit::PartsPerMillion, 0.0, 100_000.0, 1.0),
 Property::measured("pm25", "Fine dust (PM2.5)", Unit::MicrogramPerCubicMetre, 0.0, 10_000.0, 0.1),
 Property::measured("pm10", "Dust (PM10)", Unit::MicrogramPerCubicMetre, 0.0, 10_000.0, 0.1),
 Property::measured("voc", "Volatile compounds", Unit::PartsPerMillion, 0.0, 100_000.0, 0.001),
 Property::measured("carbon_monoxide_level", "Carbon monoxide", Unit::PartsPerMillion, 0.0, 100_000.0, 0.1),
 Property::number("index", "Air quality index"),],
    commands: &[],
    events: &[],
};
