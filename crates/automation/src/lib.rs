//! Scenarios and rules: what the house does when something happens, in a way that people can read,
//! trust and undo.
//!
//! **Entry types:** [`Document`](document::Document) (what a household writes down).

pub mod document;
pub mod engine;
pub mod notify;
pub mod rehearsal;
pub mod rehearse;
pub mod run;
pub mod sentence;
pub mod story;
pub mod sun;
pub mod webhook;

mod builtin;
mod cron;
mod expression;
mod habit;
mod listener;
mod lookup;
mod telemetry;
mod verb;

pub use habit::Habit;
pub use telemetry::describe;

/// The scenarios that come with the house.
#[must_use]
pub fn shipped() -> Vec<document::Document> {
    [
        include_str!("shipped/smart-morning-routine.toml"),
        include_str!("shipped/security-alert.toml"),
        include_str!("shipped/energy-optimization.toml"),
        include_str!("shipped/party-mode.toml"),
        include_str!("shipped/vacation-mode.toml"),
    ]
    .into_iter()
    // A test reads them all; what could not be read would be missing from the list, and be seen.
    .filter_map(|text| document::read_toml(text).ok())
    .collect()
}
