//! What the house begins to say by itself: something that presses, a question of a rule, a good morning.
//!
//! `decide` says whether it may speak now, and of what; `reply` reads an answer in the context of what was
//! said: both pure. The conversation's `openings` looks, speaks and does what is answered.
//!
//! **Invariants**
//! - The same is not said twice, unless it presses more, or a person asked to be reminded.
//! - What does not press now waits for the end of the quiet hours, and for its turn.
//! - What was said is kept before anybody hears it; a restart says nothing again.

mod decide;
mod reply;

pub use decide::{Candidate, Limits, decide, is_morning, limits};
pub use reply::{Reply, Said, reply};

use model::{ConcernId, ConversationId, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many openings are kept.
pub(crate) const KEPT: usize = 60;

/// How many keys are remembered as said.
pub(crate) const SPOKEN: usize = 500;

/// Something that the house began to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The conversation that it begins; an answer names it.
    pub conversation: ConversationId,
    /// What makes it the same when it is found again.
    pub key: String,
    /// What it is about.
    pub about: About,
    /// The words.
    pub text: String,
    /// Answers to choose from.
    pub choices: Vec<String>,
    /// The rows behind it.
    pub rows: Vec<Row>,
    /// Whether it breaks quiet hours.
    pub urgent: bool,
    /// When it was said, in house time.
    pub at: Timestamp,
    /// How it stands.
    pub state: State,
    /// What was answered.
    pub answer: Option<String>,
}

/// What an opening is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum About {
    /// A concern.
    Concern {
        /// Which.
        concern: ConcernId,
    },
    /// A question of a run.
    Question {
        /// Of which.
        run: RunId,
        /// Of which of its threads.
        thread: u32,
        /// Until when an answer counts, in house time.
        until: Timestamp,
    },
    /// Something is mended that people waited for.
    Mended {
        /// The concern that ended.
        concern: ConcernId,
    },
    /// Somebody came while nobody was at home, and nobody was expected.
    Visit {
        /// At this doorbell or door.
        device: model::DeviceId,
        /// When, in house time.
        at: Timestamp,
    },
    /// The day's matters.
    Morning,
}

impl About {
    /// The word on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Concern { .. } => "concern",
            Self::Question { .. } => "question",
            Self::Mended { .. } => "mended",
            Self::Visit { .. } => "visit",
            Self::Morning => "morning",
        }
    }
}

/// How an opening stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for an answer.
    Open,
    /// It was answered.
    Answered,
    /// It was put off, and comes again.
    PutOff,
    /// It is over without an answer.
    Lapsed,
}

impl State {
    /// The word on the wire and in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::PutOff => "put_off",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A row behind what is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// In one plain sentence.
    pub text: String,
    /// The device.
    pub device: Option<model::DeviceId>,
    /// The property's path.
    pub path: Option<String>,
    /// The id of a concern, a memory.
    pub reference: Option<String>,
}

/// What was said of a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// When, in house time.
    pub at: Timestamp,
    /// How much it pressed then, from 0.
    pub presses: u8,
    /// When it shall be said again, in house time.
    pub again: Option<Timestamp>,
}

/// All that the house said by itself, as it is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Book {
    /// The openings, the oldest first.
    pub openings: Vec<Opening>,
    /// What was said of which matter.
    pub spoken: BTreeMap<String, Spoken>,
    /// The day of the last good morning: days since 1970 in the house's own time.
    pub morning: Option<i64>,
}

impl Book {
    /// Those that wait for an answer, the oldest first.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Opening> {
        self.openings
            .iter()
            .filter(|opening| opening.state == State::Open)
    }

    /// Writes down that something was said.
    pub fn speak(&mut self, opening: Opening, presses: u8) {
        self.spoken.insert(
            opening.key.clone(),
            Spoken {
                at: opening.at,
                presses,
                again: None,
            },
        );
        if self.spoken.len() > SPOKEN
            && let Some(oldest) = self
                .spoken
                .iter()
                .min_by_key(|(_, spoken)| spoken.at)
                .map(|(key, _)| key.clone())
        {
            self.spoken.remove(&oldest);
        }
        self.openings.push(opening);
        if self.openings.len() > KEPT {
            let over = self
                .openings
                .iter()
                .position(|opening| opening.state != State::Open)
                .unwrap_or(0);
            self.openings.remove(over);
        }
    }
}
