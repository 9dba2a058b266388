//! The house from outside: what goes in by the door, and what comes out.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod constraints;
mod door;
mod house;
mod rules;
mod running;
mod support;
mod things;
