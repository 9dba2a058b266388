//! A mirror of a household's existing Home Assistant, through its WebSocket API.
//!
//! The way of a message: `connection` and `shell` (all I/O) hand it to the pure [`HomeAssistant`]
//! (`core`), which reads it with `codec`. `mirror` holds what Home Assistant has (registries and
//! states) and the devices that follow from it; one file of `map` for each family of domains turns an
//! entity into capabilities, with what is read of its state and which services are called for a wish.
//! `device` says what is new, `orders` goes the other way. Endpoints are given by the room that MQTT
//! discovery uses as well (`convention`).
//!
//! **Native ids:** the id of the device in Home Assistant's registry; for an entity without a device
//! `entity:<domain>.<integration>.<unique id>`, and where it has no unique id either (YAML without
//! `unique_id`) `entity:<entity_id>`. The first two stay the same when something is renamed there.
//!
//! **Endpoints:** a device's entities are sorted by what does not change either: first those that are
//! not about the device itself (no entity category), of them first the one that bears its device's
//! name, then by their `<domain>.<integration>.<unique id>`, numbers counting as numbers. Each takes the
//! first endpoint on which none of its capabilities stands yet. So neither a restart nor the order in
//! which Home Assistant lists them changes it; an entity that is added or removed there may.

mod codec;
mod connection;
mod core;
mod device;
mod fuzz;
mod map;
mod mirror;
mod orders;
mod settings;
mod shell;

#[cfg(test)]
mod tests;

pub use self::core::{End, HomeAssistant, NAME, Options, Step};
pub use fuzz::fuzz_messages;
pub use settings::Settings;

use crate::{Factory, Manifest, Quality, Rule};

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "Home Assistant",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (
            Rule::Manual,
            Quality::Exempt("what is to be mirrored is added in Home Assistant"),
        ),
        (Rule::Discovery, Quality::Done),
        (Rule::RealPeer, Quality::Done),
        (Rule::Secrets, Quality::Done),
    ],
};

/// Makes the driver.
#[must_use]
pub fn factory(settings: Settings) -> Factory {
    factory_by(move || settings.clone())
}

/// The same with settings that are asked for at each start.
#[must_use]
pub fn factory_by(settings: impl Fn() -> Settings + Send + Sync + 'static) -> Factory {
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell {
            settings: settings(),
        })
    })
}
