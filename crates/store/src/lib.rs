//! What the house keeps: one SQLite database.
//!
//! **Entry types:** [`Store`] (the open database; cloning shares it), [`Location`] (what
//! `DATABASE_URL` says), [`Record`] (one thing to keep, acknowledged when durable), [`Group`] (what
//! history gathered, written in bulk), [`Kept`] (what the house gets back at the start),
//! [`Store::compact`] (samples become chunks), [`Reader`] (for who only looks), [`StoreError`].
//!
//! Two ways in. [`Store::keep`] and [`Store::submit`] return when the disk has it: a journal commits
//! what many wait for in one transaction with full sync. [`Store::record`] returns when the file
//! system has it: a crash of the process loses nothing of it, a power cut at most what came within
//! a second after the last sync. Readers have connections of their own and never wait for a writer.
//!
//! **Invariants**
//! - A list of records, and a group, is one transaction: all of it or nothing.
//! - Records are kept in the order in which they were submitted.
//! - Every commit checks the epoch: who lost the lead keeps nothing.
//! - A sample stands in `samples` or in a chunk, and every query sees both as one, in one look. What
//!   comes out is to the last bit what went in.
//! - Writing a group, an event or an ended wish a second time changes nothing.
//! - An error is for who asked; the store goes on. A full disk heals when there is space again.
//! - A damaged file is never deleted or overwritten: it is put aside under another name.
//! - Migrations that were released are never edited. `house_id` and `epoch` are in the first.
//!
//! **Deliberately not here:** what is worth recording, and how statistics are computed (`history`);
//! what a value may be (`model`, `twin`); files of backups (`consciousness`); PostgreSQL, which comes
//! later and shares the SQL: placeholders are `$1`, times are microseconds. [`portable`] is the form
//! in which a house travels from one engine, or one machine, to another.

mod error;
mod location;
mod settings;

mod record;

mod column;
mod keep;

mod bulk;
mod group;
mod journal;
mod writer;

mod load;
mod open;
mod store;

mod chunk;
mod codec;
mod compact;

mod accounts;
mod alerts;
mod capacity;
mod configuration;
mod conversations;
mod forget;
mod household;
mod memories;
mod messages;
mod mind;
mod programs;
mod reader;
mod samples;
mod scans;
mod scenarios;
mod scenes;
mod security;
mod statistics;
mod timeline;

pub mod portable;

mod health;
mod telemetry;

pub use accounts::{KeptAccount, KeptSession, KeptToken};
pub use alerts::{KeptAlert, KeptAlertRule};
pub use capacity::{CapacityCounts, CapacityDay};
pub use configuration::{Version, VersionChange};
pub use conversations::{ConversationSummary, KeptTurn};
pub use error::StoreError;
pub use forget::Forget;
pub use group::{Gap, GapReason, Group, Sample};
pub use health::StoreHealth;
pub use household::KeptInterview;
pub use journal::Receipt;
pub use location::{Location, LocationError};
pub use memories::{KeptMemory, KeptPrediction, MemoryCount, MemoryFilter};
pub use messages::KeptMessage;
pub use mind::{Accuracy, ForecastFilter, KeptConcern, KeptFeeling, KeptForecast};
pub use open::Opened;
pub use programs::KeptProgram;
pub use reader::{Reader, Recorded};
pub use record::{Kept, KeptValue, Record};
pub use samples::{Point, PropertyId, RecordedProperty};
pub use scans::SearchRate;
pub use scenarios::{KeptRun, RunFilter, ScenarioVersion};
pub use scenes::{KeptScene, KeptWebhook};
pub use security::{KeptSecurityEvent, SecurityFilter};
pub use settings::{SCHEMES, SETTINGS};
pub use statistics::{Bucket, Period};
pub use store::Store;
pub use telemetry::{SLOW, describe};
pub use timeline::{EventFilter, EventPage};
