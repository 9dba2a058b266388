//! The engine in a house of twins, in simulated time.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod engine;
mod fuzz;
mod home;
mod hostile;
mod malformed;
mod outbox;
mod preferences;
mod restarts;
mod stories;
