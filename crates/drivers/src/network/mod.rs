//! Things of the network that nobody speaks to: those that the network sees by itself, and those
//! that a person names by address and kind.
//!
//! What was found is told of by who found it; this driver only bears its name, and has nothing to
//! do for it. What a person names is probed: its port is connected to, and where that is HTTP its
//! first page is asked for its name. From then on it is looked at once a minute. Only addresses of
//! the house's own network are connected to.
//!
//! The native id of a named thing is what the person typed in: `host:port`.
//!
//! `description` reads what was typed in, `page` what a web server answers; `probe` connects, and
//! `shell` has the loop.

mod description;
mod page;
mod probe;
mod shell;

pub use description::{TYPES, Type};
pub use page::fuzz_page;

use crate::{Factory, Manifest, Quality, Rule};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The driver's name.
pub const NAME: &str = "network";

/// How the driver is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How often things are looked at.
    pub every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
        }
    }
}

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "By hand",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (
            Rule::FloodGuard,
            Quality::Exempt("nothing is sent to it: it asks, once a minute and thing"),
        ),
        (Rule::Manual, Quality::Done),
        (
            Rule::Discovery,
            Quality::Exempt("others find; it is for what nobody finds"),
        ),
        (Rule::RealPeer, Quality::Done),
        (Rule::Secrets, Quality::Exempt("it has none")),
    ],
};

/// Makes the driver. `manual` are the descriptions of the devices that were added by hand before;
/// those that are added from now on are remembered over restarts of the driver, not of the house.
#[must_use]
pub fn factory(settings: Settings, manual: Vec<serde_json::Value>) -> Factory {
    let manual = Arc::new(Mutex::new(manual));
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell::new(settings.clone(), Arc::clone(&manual)))
    })
}
