//! What the household told the house, and what it learned from living with them.
//!
//! A memory is one sentence with a kind, a source, a confidence, a time and, where it has one, a span in
//! which it holds. People's words (facts, notes, preferences, contexts) stay until somebody forgets them;
//! what the house learned by itself (episodes, patterns) lapses when it was not found again for
//! `MEMORY_RETENTION_DAYS`, and so do contexts that are over.
//!
//! `entry` says what a memory is and what may be one, `relevance` which of them matter here and now,
//! `patterns` what is regular in a past, `days` how a day was: all pure. `handle` remembers, recalls and
//! forgets; `daily` does once a day what nobody asks for.
//!
//! **Entry types:** [`Memory`] (how everyone reaches it), [`Remember`] (something to remember),
//! [`Recall`] (what is looked for, and in which situation), [`Entry`], [`Recalled`].
//!
//! **Invariants:** what a person forgets is gone from the database with its words, and a pattern that
//! was forgotten is not found again. A device whose `learning_enabled` is false is not learned from. A
//! pattern counts the days on which it was seen and those on which it could have been.

mod daily;
mod days;
mod entry;
mod handle;
mod patterns;
mod relevance;
mod telemetry;

pub(crate) use days::is_alarm;

pub use daily::{Accuracy, Learned, ROUTINES};
pub use entry::{Correction, Entry, Fault, Kind, Remember, Situation};
pub use handle::{Memory, Optimized, Stats, Wires};
pub use patterns::{DayClass, Occurrence, Pattern, Subject, mine};
pub use relevance::{Recall, Recalled, relevance};
pub use telemetry::describe;
