//! The shell around the rooms: it reads settings, wires what the other crates export, starts and ends
//! it all in order. Decisions live elsewhere.
//!
//! **Entry types:** [`settings::Settings`] (all rooms' settings as one table), [`serve::serve`] (the
//! server from start to end), [`past::live`] (a simulated house's past, replayed into a database),
//! [`trial::Trial`] (a simulated house with its mind, for trying faults), [`export::export`] (recorded
//! history for other programs), [`stories::test`] (behaviour tests of scenarios, as data),
//! [`living::live`] (scenarios of the house that runs), [`accounts::user`] (who may come in),
//! [`apply::apply`] (a house as files say it), [`keep`] (backups and the way back).
//!
//! **Invariants:** one process owns a database; what starts is ended in the opposite order, so that
//! nothing acknowledged is lost; secrets never reach a log line or an answer.

pub mod settings;

pub mod lock;
pub mod logs;

pub mod accounts;
pub mod apply;
pub mod capacity;
pub mod export;
mod judged;
pub mod keep;
pub mod living;
pub mod mcp;
pub mod operate;
pub mod past;
pub mod say;
pub mod serve;
pub mod simulate;
pub mod stories;

mod ask;
pub mod trial;
pub mod vault_command;
pub mod why;
pub mod year;

mod devices;
mod feelings;
mod house_thread;
mod language;
mod listeners;
mod messages;
mod minds;
mod place;
mod prompt;
mod scenarios;
mod searches;
mod secrets;
mod security;
mod service;

pub use security::WrongRules;
