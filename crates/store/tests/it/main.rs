//! Tests through the public API, on real files.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod compact;
mod configuration;
mod disk;
mod fixture;
mod foreseen;
mod journal;
mod kill;
mod opening;
mod outside;
mod portable;
mod retention;
mod schema;
mod security;
mod story;
