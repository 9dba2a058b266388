//! Who is in the network: the kernel's neighbour table, the lease files of DHCP servers, and what
//! clients broadcast when they ask for an address.
//!
//! The native id of a thing is its hardware address, in lower case with colons. A thing that makes
//! its address up anew is a new thing; nothing tells that it is the old one.
//!
//! `netlink`, `message` and `leases` are the codecs; `core` (with `thing` and `said`) keeps what
//! follows from them; `clues` says what a thing could be; `shell` has the sockets and files. Nothing is asked of
//! any device. In a search, the kernel is made to ask after addresses that were known and have been
//! idle, by an empty datagram to their discard port.
//!
//! We listen on 255.255.255.255 port 67, with the port shared, one socket for each interface: that
//! hears what clients broadcast and takes nothing from a server on this machine. Where this machine
//! keeps a lease file of its own we do not listen at all, so as to be in no server's way.

mod clues;
mod core;
mod fuzz;
mod leases;
mod listen;
mod message;
mod netlink;
mod said;
mod settings;
mod shell;
mod table;
mod thing;

#[cfg(test)]
mod tests;

pub use fuzz::fuzz_network;
pub use settings::Settings;

use crate::{Factory, Manifest, Quality, Rule};

/// The driver's name.
pub const NAME: &str = "dhcp";

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "DHCP and neighbours",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (Rule::FloodGuard, Quality::Done),
        (
            Rule::Manual,
            Quality::Exempt("it only sees; things are added by hand to the driver `network`"),
        ),
        (Rule::Discovery, Quality::Done),
        (Rule::RealPeer, Quality::Done),
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
