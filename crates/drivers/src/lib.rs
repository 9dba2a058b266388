//! What speaks to devices.
//!
//! A driver turns one protocol's bytes into [`model::Report`]s and [`model::Order`]s into bytes.
//! It runs in a task of its own under a [`Supervisor`], which starts it again when it breaks and
//! answers what was asked of it meanwhile: a broken driver is never the house's trouble.
//!
//! **Entry types:** [`Driver`] and [`Link`] (what a driver is and what it has to speak with),
//! [`Factory`] and [`Manifest`] (how it is made, what it claims), [`Credentials`] (where it keeps secrets), [`Supervisor`] (what runs them),
//! [`mqtt::factory`] (the first driver), [`mdns::factory`] and [`ssdp::factory`] (what finds things),
//! [`home_assistant::factory`] (a mirror of one that is there), [`weather::factory`] (the weather outside),
//! [`broker::Broker`] (a broker of our
//! own, so that a household needs no other service), [`conformance::check`] and
//! [`conformance::check_finder`] (what every driver must pass), [`SETTINGS`] (what can be set here).
//!
//! **Invariants:** a driver writes only what devices report, never what is wished of them. Every
//! order is answered: a command by Delivered or Failed, anything else by OrderDone; Forget has no
//! answer. Nothing that was asked for is sent late: what cannot be sent now fails now. One device,
//! however loud, takes no more than its share; what it may not send is counted and named. Input
//! from outside is bounded before it is read, and no byte of it panics.
//!
//! **Deliberately not here:** what a value means for the house (`twin`), whether somebody may do
//! something (`model`), what is kept (`history`), and how a wish is retried: a driver hands over
//! once and says how that went.

mod credentials;
mod driver;
mod keeper;
mod supervisor;

mod convention;
mod flood;
mod hardware;
mod interfaces;
mod multicast;
mod refusal;
mod settings;
mod telemetry;

pub mod bluetooth;
pub mod dhcp;
pub mod home_assistant;
pub mod mdns;
pub mod mqtt;
pub mod network;
pub mod ssdp;
pub mod weather;

#[cfg(feature = "broker")]
pub mod broker;

pub mod conformance;

pub use credentials::{Credentials, Keep};
pub use driver::{Driver, Factory, Failure, Link, Manifest, Quality, Rule, Running};
pub use flood::{Admit, Guard, Limits};
pub use interfaces::Interfaces;
pub use settings::{Fault, SETTINGS, Secret};
pub use supervisor::{Backoff, Supervisor};
