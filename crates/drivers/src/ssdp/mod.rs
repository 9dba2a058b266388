//! Finds things by SSDP, the discovery of UPnP, and reads their descriptions.
//!
//! A root device is one sighting; its parts are facts of it. Its native id is its UDN without `uuid:`,
//! in lower case: what UPnP itself calls the device's name for good. Where a second host claims the
//! name of a device that is still there, it is `<udn>@<address>`.
//!
//! What is sent: searches to the multicast group, on start, when an interface comes up, and for each
//! search of the house; and one plain HTTP request for each description, to the host whose datagram
//! announced it and to no other. What does not answer a search is asked for its description again, and
//! is gone when its host does not answer.
//!
//! `core` is pure; `shell` has the sockets.
//!

mod claim;
mod core;
mod description;
mod fetches;
mod fuzz;
mod identify;
mod message;
mod shell;
mod thing;

#[cfg(test)]
mod tests;

pub use self::core::NAME;
pub use fuzz::fuzz_traffic;

use crate::{Factory, Interfaces, Manifest, Quality, Rule};

/// What is set of the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it searches.
    pub interfaces: Interfaces,
}

/// What it claims.
static MANIFEST: Manifest = Manifest {
    name: core::NAME,
    title: "SSDP (UPnP)",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (
            Rule::Manual,
            Quality::Exempt("what does not announce itself cannot be found by SSDP"),
        ),
        (Rule::Discovery, Quality::Done),
        (Rule::RealPeer, Quality::Done),
        (
            Rule::Secrets,
            Quality::Exempt("there are no secrets in its settings"),
        ),
    ],
};

/// Makes the driver.
#[must_use]
pub fn factory(settings: Settings) -> Factory {
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell {
            interfaces: settings.interfaces.clone(),
        })
    })
}
