//! The drivers against real peers: Mosquitto, zigbee2mqtt, and our own broker.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on shall say where"
)]
#![expect(
    clippy::tests_outside_test_module,
    reason = "this whole binary is tests"
)]

mod support;

#[cfg(feature = "broker")]
mod broker;
mod fuzz;
mod home_assistant;
mod houses;
mod lan;
mod mqtt;
mod network;
mod supervisor;
mod weather;
mod zigbee2mqtt;
