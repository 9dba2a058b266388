//! What everyone sees of the mind: made anew with every turn of its loop, immutable, cheap to share.

use crate::season::Year;
use crate::{Evidence, Label};
use model::{AreaId, ConcernId, DeviceId, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// How the house is, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The moment, in house time.
    pub at: Timestamp,
    /// What the house feels.
    pub feeling: Feeling,
    /// The slow average of that.
    pub mood: Mood,
    /// How much of the house it senses.
    pub awareness: Awareness,
    /// Why it feels so: those on the side of the feeling first, on each side the strongest first. Their
    /// contributions add up to the valence less the baseline.
    pub reasons: Vec<Reason>,
    /// What would make it feel better, the most helpful first.
    pub better: Vec<String>,
    /// What was mended in the last hours, the newest first.
    pub glad: Vec<Mended>,
    /// What deserves a person, the most pressing first. Those that are snoozed or known are there
    /// too, and say so.
    pub concerns: Vec<Concern>,
    /// What the year brings where the house stands; `None` where its place is not known.
    pub year: Option<Year>,
}

/// A feeling.
#[derive(Debug, Clone, PartialEq)]
pub struct Feeling {
    /// The word for it.
    pub label: Label,
    /// Since when that word holds, in house time; `None` before the first turn.
    pub since: Option<Timestamp>,
    /// From -1 (bad) to 1 (good).
    pub valence: f64,
    /// From 0 (calm) to 1 (stirred).
    pub arousal: f64,
    /// How strong it is, from 0 to 1: the distance from rest, of valence and arousal whichever is
    /// further.
    pub intensity: f64,
    /// How well it is founded, from 0 to 1.
    pub confidence: f64,
    /// The valence of a house of which nothing is known.
    pub baseline: f64,
}

/// The slow average of what was felt.
#[derive(Debug, Clone, PartialEq)]
pub struct Mood {
    /// The word for it.
    pub label: Label,
    /// From -1 to 1; `None` where nothing was felt yet.
    pub valence: Option<f64>,
    /// From 0 to 1; `None` where nothing was felt yet.
    pub arousal: Option<f64>,
}

/// How much of the house is freshly sensed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awareness {
    /// Properties that were heard of within their own rhythm.
    pub fresh: usize,
    /// Properties that ought to be.
    pub known: usize,
}

impl Awareness {
    /// The share of it, from 0 to 1; `None` in a house without anything to sense.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "no house has so many properties"
        )]
        (self.known > 0).then(|| self.fresh as f64 / self.known as f64)
    }
}

/// A reason of a feeling.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The factor, by its name in the table.
    pub factor: &'static str,
    /// How much it adds to the valence; negative where it takes away.
    pub contribution: f64,
    /// The same in one plain sentence.
    pub text: String,
    /// The rows behind it, the strongest first; at most [`Reason::SHOWN`].
    pub evidence: Vec<Evidence>,
    /// How many more rows there are.
    pub more: usize,
}

impl Reason {
    /// How many rows of evidence are carried along.
    pub const SHOWN: usize = 20;
}

/// Something that was mended.
#[derive(Debug, Clone, PartialEq)]
pub struct Mended {
    /// What it was.
    pub title: String,
    /// The concern that ended.
    pub concern: ConcernId,
    /// When it ended, in house time.
    pub at: Timestamp,
    /// What there is to say about that, for people.
    pub note: String,
    /// Whether people knew of it or looked after it, and so wait to hear that it is over.
    pub awaited: bool,
}

/// How much a concern presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// When there is time.
    Low,
    /// In the next days.
    Medium,
    /// Today.
    High,
    /// Now.
    Critical,
}

impl Urgency {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|urgency| urgency.as_str() == text)
    }
}

/// Whether a concern waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// It does.
    Open,
    /// Not until then, in house time.
    Snoozed {
        /// Until when.
        until: Timestamp,
    },
    /// People know; it is silent until it is mended, and then says so.
    Known,
}

/// Something that deserves a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Concern {
    /// Its id.
    pub id: ConcernId,
    /// The detector that found it.
    pub kind: &'static str,
    /// What makes it the same one when it is found again: its kind and what it is about.
    pub key: String,
    /// What it is, in one plain sentence.
    pub title: String,
    /// What else there is to say.
    pub detail: String,
    /// How much it presses.
    pub urgency: Urgency,
    /// The device that it is about.
    pub device: Option<DeviceId>,
    /// The room that it is about.
    pub area: Option<AreaId>,
    /// Since when the matter is so, in house time.
    pub since: Timestamp,
    /// When the house began to be concerned, in house time.
    pub raised: Timestamp,
    /// When it lapses unless it is found again, in house time.
    pub expires: Timestamp,
    /// Whether it waits for a person.
    pub attention: Attention,
    /// The rows behind it.
    pub evidence: Vec<Evidence>,
    /// What could be done.
    pub suggestion: Option<Suggestion>,
    /// What people noted about it, oldest first: whom they called, when somebody comes.
    pub notes: Vec<Note>,
}

impl Concern {
    /// What was noted last, where its time has come.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<&Note> {
        let last = self.notes.last()?;
        last.expected
            .is_some_and(|expected| expected <= now)
            .then_some(last)
    }
}

/// What somebody noted about a concern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When, in house time.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// When it should be mended or somebody should come, in house time.
    pub expected: Option<Timestamp>,
}

impl Note {
    /// How long the text may be, in bytes, and how many are kept of a concern.
    pub const LONGEST: usize = 500;
    /// How many are kept of a concern: the first, and the latest ones.
    pub const MOST: usize = 20;
}

/// What could be done about a concern.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// For people.
    pub text: String,
    /// The request that would do it, where the house can.
    pub request: Option<SuggestedRequest>,
}

/// A command that would help. Nobody has sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedRequest {
    /// Which device.
    pub device: DeviceId,
    /// Of which capability.
    pub capability: &'static str,
    /// Which command.
    pub command: &'static str,
    /// Its arguments by name.
    pub args: Vec<(String, Value)>,
}
