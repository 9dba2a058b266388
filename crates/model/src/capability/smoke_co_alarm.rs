//! A smoke, carbon monoxide, gas or heat detector.

use super::table::{Capability, Property};

/// A smoke, carbon monoxide, gas or heat detector.
pub static SMOKE_CO_ALARM: Capability = Capability {
    name: "SmokeCoAlarm",
    title: "Smoke and gas",
    doc: "A smoke, carbon monoxide, gas or heat detector.",
    properties: &[Property::truth("smoke", "Smoke"),
 Property::truth("carbon_monoxide", "Carbon monoxide"),
 Property::truth("gas", "Gas"),
 Property::truth("heat", "Heat"),
 Property::truth("tamper", "Tampered with"),],
    commands: &[],
    events: &[],
};
