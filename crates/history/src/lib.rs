//! What happened: recorded, summed up, forgotten in time, and told.
//!
//! **Entry types:** [`run()`] (the listener that records), [`Recorder`] (what is worth recording;
//! pure), [`series()`] (the course of a property), [`events()`] (the timeline with a sentence for
//! each), [`why()`] (the chain of causes behind a value), [`sentence()`] (an event in plain English;
//! pure), [`SETTINGS`].
//!
//! Events are gathered for a second, or until there are ten thousand rows, and written in one
//! transaction. A crash loses at most the last two seconds or so of telemetry; a power cut what the
//! disk had not got yet (see `docs/reference/database.md`). What was acknowledged to somebody does
//! not go this way. Every five minutes of house time what is older than ten goes into chunks
//! ([`compact()`]), for which no answer differs.
//!
//! **Invariants**
//! - Nothing is invented: what is not known is not filled in. A restart, a lost device and missed
//!   events end what was known, and a new report begins it again.
//! - What is missing has a gap with a reason, whatever went wrong.
//! - Statistics are a function of the samples, gaps and the zone: computing them again gives the
//!   same rows.
//! - What is not summed up is not forgotten.
//! - Time is house time, and always a parameter.
//! - What was recorded and what is only inferred are told apart.
//!
//! **Deliberately not here:** SQL (`store`), the present (`twin`), patterns and predictions (`mind`).

mod settings;

mod calendar;
mod configuration;
mod sum;

mod recorder;
mod sentence;
mod why;

mod backlog;
mod compact;
mod fold;
mod patience;
mod retention;
mod run;

mod series;
mod telemetry;
mod timeline;

pub use calendar::{Stretch, day, hour, hours};
pub use compact::catch_up;
pub use configuration::{
    Configuration, ConfigurationChange, configuration, configuration_changes, part_name,
};
pub use fold::compact;
pub use recorder::{Current, HEARTBEAT, Recorder};
pub use retention::forget;
pub use run::{Options, Retention, run};
pub use sentence::{Names, sentence};
pub use series::{Range, Resolution, Series, series};
pub use settings::SETTINGS;
pub use sum::{merged, summed};
pub use telemetry::describe;
pub use timeline::{Entry, Page, events};
pub use why::{Inference, Knowledge, Link, Question, Why, explain, why, why_with};
