//! How the house is, and why: feelings computed from named factors, concerns with evidence, memory.
//!
//! **Entry types:** [`Mind`] (how everyone else reaches it), [`View`] (how the house is, at one
//! moment), [`Label`] (the words for feelings), [`Concern`] (what deserves a person), [`Evidence`]
//! (the rows behind what it says), [`memory::Memory`] (what the house was told and learned),
//! [`insights::Insights`] (what its past says, in figures), [`alerts::Alerts`] (of what people want to be
//! alarmed).
//!
//! **Invariants:** the explanation is the computation: the contributions of the reasons add up to
//! the valence. What is not known, or too old, counts as unknown and lowers the confidence.

mod settings;
mod telemetry;

mod evidence;
mod view;

pub mod feel;

pub mod detect;

pub mod concerns;

pub mod safla;

pub mod alerts;
pub mod insights;
pub mod memory;
pub mod predict;
pub mod season;
pub mod usual;

mod keep;
mod mind;
mod run;

pub use evidence::Evidence;
pub use feel::Label;
pub use keep::{Body as KeptBody, KeptSuggestion, Resumed, learned, records};
pub use mind::{CannotSay, Mind};
pub use run::{Wires, start};
pub use settings::SETTINGS;
pub use telemetry::describe;
pub use view::{
    Attention, Awareness, Concern, Feeling, Mended, Mood, Note, Reason, SuggestedRequest,
    Suggestion, Urgency, View,
};
