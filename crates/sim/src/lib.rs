//! A house that behaves: physics, people, weather and faults. It speaks MQTT and has a page of its
//! own, so that the product can be tried, shown and tested without a real home.
//!
//! **Entry types:** [`file::HouseFile`] (what a person writes down), [`World`] (the house as it
//! lives: one pure step after the other), [`past`] (what its devices said over some days, without a
//! broker), [`run`] (the process: clock, MQTT, page).
//!
//! **Invariants:** the world has no clock, no I/O and no chance but its seed: whoever steps it the
//! same way gets the same messages. What is true in the house and what a sensor says of it are kept
//! apart, so that a sensor can lie. Limits and units come from the capability tables of `model`.
//!
//! **Deliberately not here:** anything that knows the server. To it this is somebody's MQTT house;
//! it must work the same with any other hub. No forecast, no building certificate: the physics is
//! plausible, not exact.

mod noise;

pub mod file;

pub mod sun;
pub mod weather;

pub mod world;

pub mod mqtt;

pub mod clock;
mod past;

mod house;
pub mod page;
mod run;
mod stdio;

pub use clock::Clock;
pub use house::House;
pub use past::{Past, PastMessage, past};
pub use run::{RunError, Settings, run};
pub use world::World;
