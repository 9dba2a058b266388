//! Scenarios and rules: what the house does when something happens, in a way that people can read,
//! trust and undo.
//!
//! **Entry types:** [`Document`](document::Document) (what a household writes down).

pub mod document;
pub mod engine;
pub mod rehearse;
pub mod sentence;
pub mod sun;

mod cron;
mod expression;
mod verb;
