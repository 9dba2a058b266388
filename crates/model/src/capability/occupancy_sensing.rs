//! Movement or somebody being there.

use super::table::{Capability, Property};

/// Movement or somebody being there.
pub static OCCUPANCY_SENSING: Capability = Capability {
    name: "OccupancySensing",
    title: "Occupancy",
    doc: "Movement or somebody being there.",
    properties: &[Property::truth("occupied", "Occupied"),],
    commands: &[],
    events: &[],
};
