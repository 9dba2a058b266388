//! Bluetooth LE adverts, heard through BlueZ: what advertises is seen, and BTHome sensors say their
//! values in their adverts.
//!
//! The native id of a thing is its address, in lower case with colons; of one that changes its
//! address all the time, `name:` and the name that it gives itself. Nothing is connected to and
//! nothing is paired. (BlueZ itself may ask an advertiser for the second half of its advert.)
//!
//! `objects`, `bthome` and `advert` are the codecs, `device` says what a BTHome device can do, and
//! `core` (with `thing`) keeps what follows; `bluez` speaks to BlueZ over D-Bus, and `shell` has the loop. Where
//! there is no BlueZ or no adapter, the driver says so and waits for one.

mod advert;
mod bluez;
mod bthome;
mod core;
mod device;
mod fuzz;
mod objects;
mod shell;
mod thing;

#[cfg(test)]
mod tests;

pub use fuzz::fuzz_adverts;

use crate::{Factory, Manifest, Quality, Rule};

/// The driver's name.
pub const NAME: &str = "bluetooth";

/// How the driver is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The address of the message bus where BlueZ is; `None` is the system's.
    pub bus: Option<String>,
}

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "Bluetooth",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (
            Rule::Manual,
            Quality::Exempt("what advertises is heard; there is nothing to type in"),
        ),
        (Rule::Discovery, Quality::Done),
        (
            Rule::RealPeer,
            Quality::Exempt(
                "tested against a mock of BlueZ that is not ours; no machine here has a radio",
            ),
        ),
        (Rule::Secrets, Quality::Exempt("it has none")),
    ],
};

/// Makes the driver.
#[must_use]
pub fn factory(settings: Settings) -> Factory {
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell::new(settings.clone()))
    })
}
