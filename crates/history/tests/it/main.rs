//! Tests through the public API, on a real database and a real twin.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod asking;
mod compaction;
mod large;
mod living;
mod statistics;
mod support;
