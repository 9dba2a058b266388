//! What the conversation understands, in houses that differ.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod corpus;
mod fuzz;
mod house;
mod speed;
mod walk;
