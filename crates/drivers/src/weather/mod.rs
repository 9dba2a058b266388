//! The weather outside, now and in the next two days, from a service that needs no key: whoever speaks
//! Open-Meteo's interface, be it that service, a copy of it in the house, or the simulator.
//!
//! It is off until the household agrees (`WEATHER_PROVIDER`): the service learns roughly where the house
//! is. Of the place only [`Place::coarse`] leaves the house, a tenth of a degree, which is about ten
//! kilometres; and nothing else than the place. It is asked every half hour at most, with what is known
//! already (`If-None-Match`), less often where the service says so or does not answer.
//!
//! The way of an answer: `shell` (all I/O) hands its bytes to `codec`, which knows the words of the
//! interface; `outlook` says what follows from the hours to come. Both are pure.
//!
//! **Native id:** `house`. There is one weather outside, whoever tells of it and wherever the house moves.

mod codec;
mod fuzz;
mod outlook;
mod settings;
mod shell;

pub use codec::{Hour, Reported, decode, question};
pub use fuzz::fuzz_answer;
pub use outlook::{announcement, now_readings, outlook_readings};
pub use settings::{Address, Place, Settings};

use crate::{Factory, Manifest, Quality, Rule};

/// The driver's name.
pub const NAME: &str = "weather";

/// What the driver claims.
pub static MANIFEST: Manifest = Manifest {
    name: NAME,
    title: "Weather",
    quality: &[
        (Rule::PureCodec, Quality::Done),
        (Rule::Fuzzed, Quality::Done),
        (Rule::StableIds, Quality::Done),
        (Rule::Connectivity, Quality::Done),
        (Rule::Reconnects, Quality::Done),
        (
            Rule::FloodGuard,
            Quality::Exempt("nothing is sent to it: it asks, at most every quarter of an hour"),
        ),
        (
            Rule::Manual,
            Quality::Exempt("there is one weather outside, and a setting switches it on"),
        ),
        (
            Rule::Discovery,
            Quality::Exempt("a service of the internet is not found in the house"),
        ),
        (
            Rule::RealPeer,
            Quality::Exempt("the service is of the internet; what it once answered is replayed"),
        ),
        (Rule::Secrets, Quality::Exempt("it has none")),
    ],
};

/// Makes the driver.
#[must_use]
pub fn factory(settings: Settings) -> Factory {
    Factory::new(&MANIFEST, move || {
        Box::new(shell::Shell {
            settings: settings.clone(),
        })
    })
}
