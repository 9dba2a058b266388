//! The house from outside: what goes in by the door, and what comes out.

mod door;
mod house;
mod rules;
mod support;
