//! Finds things by multicast DNS service discovery (Bonjour, Zeroconf: RFC 6762 and 6763).
//!
//! A host that offers services is one sighting, its services are facts of it. Its native id is its
//! name in lower case, such as `tv.local`: the protocol makes sure that no other host on the link
//! bears it, and a changed address does not change it.
//!
//! What is sent: questions, on start, for each search, when an interface comes up, and when something
//! that is known is about to expire. Nothing is announced. What was asked for in a search and does not
//! answer has ten seconds left.
//!
//! The wire is our own, because a list of all that a link's devices claim has to be bounded before it
//! is kept: by sender, by host and altogether. `core` is pure; `shell` has the sockets.
//!

mod book;
mod core;
mod fuzz;
mod host;
mod identify;
mod life;
mod message;
mod name;
mod shell;
mod types;

#[cfg(test)]
mod tests;

pub use self::core::NAME;
pub use fuzz::fuzz_packets;

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
    title: "mDNS",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (
            Rule::Manual,
            Quality::Exempt("what does not announce itself cannot be found by mDNS"),
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
