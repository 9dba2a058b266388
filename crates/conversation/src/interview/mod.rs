//! The first walk through the house, as a conversation: what it is called and where it stands, its rooms
//! one by one with their doorways, what is in them, and which found things that means.
//!
//! `lexicon` is what people call rooms, things and makers (data), `read` hears what a message says,
//! `candidates` weighs which found thing a mention means and what it would take to connect it, `step` is
//! the machine: all pure. The conversation's `walk` does what follows, through the house's own door.
//!
//! **Invariants**
//! - A word that nothing explains makes no room and no thing: then it is asked, or it is no answer.
//! - Nothing is taken in without a yes to it by name; what is not found is noted, never claimed.
//! - It can be left at any message and taken up at the same question, also after a restart.

mod ask;
mod candidates;
mod control;
mod lexicon;
mod read;
mod standing;
mod state;
mod step;
mod view;
mod words;

pub use ask::{Question, ask, summary};
pub use candidates::{Candidate, WORTH, What, candidates, integration, needed};
pub use read::{Heard, Room, Thing, read};
pub use standing::{Mentioned, Place, Recommendation, Standing, recommendations, standing};
pub use state::{Ask, Effect, Interview, Mention, MentionState, Progress, Stage};
pub use step::{Step, Verdict, step};
pub use view::{Area, Device, Found, House};
pub(crate) use words::listed;

/// Whether an area lies outside, as far as its name says.
#[must_use]
pub fn is_outside(name: &str) -> bool {
    lexicon::Lexicon::get().is_outside(name)
}
