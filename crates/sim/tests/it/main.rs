//! The simulator from outside: its houses, its physics, its messages, its page.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod broker;
mod devices;
mod files;
mod page;
mod physics;
mod samples;

use sim::{World, file::HouseFile, mqtt::Message};
use std::path::PathBuf;

/// The folder of the sample houses.
fn houses() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../houses")
}

/// A sample house.
fn sample(name: &str) -> HouseFile {
    sim::file::read(&houses().join(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// A house at a moment.
fn world(name: &str, start: &str) -> World {
    World::new(sample(name), start.parse().unwrap(), None)
}

/// The last payload of a topic.
fn last<'m>(messages: &'m [Message], topic: &str) -> Option<&'m str> {
    messages
        .iter()
        .rev()
        .find(|message| message.topic == topic)
        .map(|message| message.payload.as_str())
}

/// The named value of a device now.
fn value(world: &World, slug: &str, name: &str) -> model::Value {
    let device = &world.devices[world.device(slug).unwrap()];
    device.slot(name).unwrap().shown().clone()
}

/// The same as a number.
fn number(world: &World, slug: &str, name: &str) -> f64 {
    value(world, slug, name).as_number().unwrap()
}
