//! Scenarios and rules: what the house does when something happens, in a way that people can read,
//! trust and undo.
//!
//! **Entry types:** [`Document`](document::Document) (what a household writes down).

pub mod document;
pub mod engine;
pub mod rehearse;
pub mod run;
pub mod sentence;
pub mod sun;

mod cron;
mod expression;
mod lookup;
mod telemetry;
mod verb;

pub use telemetry::describe;
