//! What the conversation understands, in houses that differ.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod corpus;
mod house;
mod speed;
mod walk;
