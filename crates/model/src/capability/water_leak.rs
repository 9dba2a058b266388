//! Water where none should be. Matter: a water leak detector.

use super::table::{Capability, Property};

/// Water where none should be. Matter: a water leak detector.
pub static WATER_LEAK: Capability = Capability {
    name: "WaterLeak",
    title: "Leak",
    doc: "Water where none should be. Matter: a water leak detector.",
    properties: &[Property::truth("leak", "Leak"),],
    commands: &[],
    events: &[],
};
