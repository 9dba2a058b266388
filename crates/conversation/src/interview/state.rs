//! How far an interview is: what is kept of it, what it asks, what it wants done.

use super::candidates::What;
use model::{ConversationId, DeviceId, DeviceKind, DiscoveryId, InterviewId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most mentions of one interview.
pub(crate) const MENTIONS: usize = 500;

/// How many steps can be taken back.
pub(crate) const UNDO: usize = 20;

/// An interview.
#[derive(Debug, Clone, PartialEq)]
pub struct Interview {
    /// Its id.
    pub id: InterviewId,
    /// The conversation in which it is held.
    pub conversation: ConversationId,
    /// Whose it is.
    pub owner: String,
    /// Whether it goes on.
    pub stage: Stage,
    /// When it began, in house time.
    pub began: Timestamp,
    /// When it was last gone on with, in house time.
    pub last: Timestamp,
    /// How far it is.
    pub progress: Progress,
}

/// Whether an interview goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for an answer.
    Open,
    /// It was left, and can be taken up again.
    Paused,
    /// It is finished.
    Done,
}

impl Stage {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Done => "done",
        }
    }

    /// Reads such a word; what is unknown is finished.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "paused" => Self::Paused,
            _ => Self::Done,
        }
    }
}

/// How far an interview is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What the house was called in it.
    pub named: Option<String>,
    /// Where it stands, in words.
    pub place: Option<String>,
    /// What was asked last.
    pub asked: Option<Ask>,
    /// What is not asked again.
    pub passed: BTreeSet<String>,
    /// In which area one stands.
    pub current: Option<String>,
    /// What was mentioned.
    pub mentions: Vec<Mention>,
    /// What takes the last steps back, the newest last.
    pub undo: Vec<Vec<Effect>>,
    /// How many messages were taken.
    pub turns: u32,
    /// How many questions were answered.
    pub answered: u32,
    /// How many notes were kept.
    pub notes: u32,
}

/// What an interview asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// What is the house called?
    Name,
    /// Where does it stand?
    Place,
    /// Which rooms are there?
    Rooms,
    /// Where do the doorways of this one lead?
    Doors {
        /// Which.
        room: String,
    },
    /// What is in it?
    Things {
        /// In which.
        room: String,
    },
    /// Where is what was mentioned?
    Where {
        /// Which mention.
        mention: u32,
    },
    /// Are these what was mentioned, and shall they be taken in?
    Connect {
        /// Which mention.
        mention: u32,
        /// These.
        these: Vec<What>,
    },
    /// Is there anything else?
    More,
}

impl Ask {
    /// The phase that it belongs to.
    #[must_use]
    pub const fn phase(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Place => "place",
            Self::Rooms => "rooms",
            Self::Doors { .. } => "doorways",
            Self::Things { .. } | Self::Where { .. } => "things",
            Self::Connect { .. } => "connect",
            Self::More => "review",
        }
    }
}

/// A thing that was mentioned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mention {
    /// Its number, from 1.
    pub id: u32,
    /// The words.
    pub text: String,
    /// How many.
    pub count: Option<u32>,
    /// Of which maker or family.
    pub maker: Option<String>,
    /// What it is.
    pub kind: DeviceKind,
    /// In which area.
    pub room: Option<String>,
    /// Whether the area was said, and does not only follow.
    pub room_said: bool,
    /// How sure the reading is, 0 to 1.
    pub confidence: f64,
    /// How it stands.
    pub state: MentionState,
    /// The key of the note that was kept of it.
    pub note: Option<String>,
    /// What a person said it is not.
    pub not: Vec<What>,
    /// What it became.
    pub devices: Vec<DeviceId>,
}

impl Default for Mention {
    fn default() -> Self {
        Self {
            id: 0,
            text: String::new(),
            count: None,
            maker: None,
            kind: DeviceKind::Other,
            room: None,
            room_said: false,
            confidence: 0.0,
            state: MentionState::Open,
            note: None,
            not: Vec::new(),
            devices: Vec::new(),
        }
    }
}

/// How a mention stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionState {
    /// It waits for something to be found, or for an answer.
    Open,
    /// It is ours, where it belongs.
    Connected,
    /// Nothing reaches it yet; a note says that it is there.
    Noted,
}

impl MentionState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Connected => "connected",
            Self::Noted => "noted",
        }
    }
}

/// Something that an interview wants done; it goes through the same door as every request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Call the house so.
    Name {
        /// So.
        name: String,
    },
    /// Remember where it stands.
    Place {
        /// In words.
        text: String,
    },
    /// Make an area.
    Area {
        /// What it is called.
        name: String,
        /// On which floor, by name and level.
        floor: Option<(String, i32)>,
    },
    /// Remove an area.
    Unmake {
        /// Which.
        name: String,
    },
    /// Call an area otherwise.
    Rename {
        /// Which.
        from: String,
        /// So.
        to: String,
    },
    /// A doorway leads from one to the other.
    Connect {
        /// From here.
        one: String,
        /// To there, and back.
        other: String,
    },
    /// No doorway leads from one to the other.
    Disconnect {
        /// From here.
        one: String,
        /// To there.
        other: String,
    },
    /// Put a device into an area.
    Move {
        /// Which.
        device: DeviceId,
        /// Where; `None`: nowhere.
        area: Option<String>,
    },
    /// Take a found thing in.
    Adopt {
        /// Which.
        discovery: DiscoveryId,
        /// Where.
        area: Option<String>,
        /// For which mention.
        mention: u32,
    },
    /// Remember something.
    Note {
        /// Under which key.
        key: String,
        /// What.
        text: String,
        /// About which area.
        area: Option<String>,
    },
    /// The thing of a note is what a mention was connected with.
    Promote {
        /// The note's key.
        key: String,
        /// The mention.
        mention: u32,
    },
    /// Forget a note.
    Forget {
        /// Under which key.
        key: String,
    },
}
