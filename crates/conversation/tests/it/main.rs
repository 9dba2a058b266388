//! What the conversation understands, in houses that differ.

mod corpus;
mod house;
