//! MQTT with Home Assistant's discovery convention, as zigbee2mqtt, ESPHome, Tasmota and many
//! others speak it; and Tasmota's own discovery.
//!
//! The way of a message: `connection` and `shell` (all I/O) hand it to the pure [`Mqtt`] (`core`).
//! A discovery message is read by `config` (long forms, topics, the device block) and turned by
//! one file of `component` into an `entity`: parts (capabilities), inputs (topic, template,
//! meaning) and fields (how a value is written). `device` collects the entities of one device,
//! `layout` gives them endpoints, and from then on a state's text goes through `template`,
//! `payload` and the entity's input into readings. `orders` goes the other way.

mod abbreviation;
mod config;
mod dialect;
mod payload;
mod template;

mod availability;
mod colour;
mod component;
mod entity;
mod tasmota;

mod core;
mod device;
mod discovery;
mod layout;
mod orders;

mod fuzz;
mod settings;

mod connection;
mod once;
mod shell;

#[cfg(test)]
mod tests;

pub use self::core::{Answer, Listen, Mqtt, NAME, Options};
pub use entity::Publish;
pub use fuzz::fuzz_messages;
pub use once::publish_once;
pub use settings::{Address, Settings};

use crate::{Factory, Manifest, Quality, Rule};
use std::sync::{Arc, Mutex};

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "MQTT",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (Rule::Manual, Quality::Done),
        (Rule::Discovery, Quality::Done),
        (Rule::RealPeer, Quality::Done),
        (Rule::Secrets, Quality::Done),
    ],
};

/// Makes the driver. `manual` are the descriptions of the devices that were added by hand before;
/// those that are added from now on are remembered over restarts of the driver, not of the house.
#[must_use]
pub fn factory(settings: Settings, manual: Vec<serde_json::Value>) -> Factory {
    factory_by(move || settings.clone(), manual)
}

/// The same with settings that are asked for at each start.
#[must_use]
pub fn factory_by(
    settings: impl Fn() -> Settings + Send + Sync + 'static,
    manual: Vec<serde_json::Value>,
) -> Factory {
    let manual = Arc::new(Mutex::new(manual));
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell::new(settings(), Arc::clone(&manual)))
    })
}
