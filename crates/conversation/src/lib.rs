//! The house talks: one conversation for set-up, running and questions, understood with no language
//! model.
//!
//! A message is normalised ([`text`]), its times are taken out ([`time`]), and what is left is cut
//! into phrases of the language ([`lang`]: data) and names of the house ([`house`]: indexed). What
//! comes out is a [`Meaning`](understand::Meaning): every content word is explained, or it is not
//! understood and nothing is done. From a meaning follow commands ([`act`]) and readings
//! ([`reading`]).
//!
//! **Entry types:** [`Conversation`] (what is said goes in, an [`Answer`] comes out),
//! [`understand()`](understand::understand) (pure).
//!
//! **Invariants**
//! - Understanding is pure: message, house, language and what was said before go in.
//! - A word that nothing explains is never dropped to make a sentence fit.
//! - What was mistyped and opens something is asked first; so is what was only described.
//! - Negations, conditions, reported speech and quotations are never acted on.
//! - What is answered follows from what became of the wish; a figure has the row that it came from.
//! - A sentence costs the same in a house of ten or ten thousand devices.

pub mod act;
pub mod house;
pub mod household;
pub mod interview;
pub mod lang;
pub mod llm;
pub mod opening;
pub mod personality;
pub mod reading;
pub mod site;
pub mod stay;
pub mod text;
pub mod time;
pub mod topic;
pub mod understand;
pub mod voice;

mod spelling;
mod wording;

mod settings;
mod talk;
mod telemetry;

pub use household::{Given, Household};
pub use settings::SETTINGS;
pub use talk::{
    Action, Answer, CannotSay, Channel, Conversation, Evidence, Initiative, Intent, Keeper,
    Morning, Outcome, PendingQuestion, Piece, Preview, Said, StartInterview, Undo, Wires, begin,
};
/// The tools that language models and programs have.
pub mod tools {
    pub use crate::talk::assist::Output;
    pub use crate::talk::assist::tools::{TOOLS, Tool, find};
}
pub use telemetry::describe;
