//! What the house answers, for programs and for people.

use crate::interview::Standing;
use crate::lang::Language;
use model::{
    Cause, ConversationId, DeviceId, MemoryId, RequestId, RunId, Timestamp, Value, WishId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The words.
    pub response: String,
    /// In which language they are: two letters.
    pub language: String,
    /// What was understood.
    pub intent: Intent,
    /// What was done, each with what became of it.
    pub actions: Vec<Action>,
    /// The rows behind what is said.
    pub evidence: Vec<Evidence>,
    /// What could be said next.
    pub suggestions: Vec<String>,
    /// Who understood it: `embedded`, or a provider and its model.
    pub engine: String,
    /// What the house asks back.
    pub pending: Option<PendingQuestion>,
    /// How the interview stands that is held here.
    pub interview: Option<Box<Standing>>,
}

/// Something that can be told before the whole answer is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// It was understood, and this is being done: “turn on Hall lamp”.
    Doing(String),
    /// This was done, or failed.
    Done(Box<Action>),
    /// Words of a language model, as it says them; what holds is the answer.
    Words(String),
}

/// What was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Which kind of thing was said: `command`, `question.state`, `rule`, …
    pub name: String,
    /// Its parts.
    pub slots: Map<String, Json>,
}

/// Something that was done, or would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What it is called when it shall be taken back.
    pub id: RequestId,
    /// For which device; nothing for scenarios, scenes and modes.
    pub device: Option<DeviceId>,
    /// What that one is called, or the scenario, scene or mode.
    pub name: String,
    /// The readable name.
    pub slug: String,
    /// On which endpoint, where it is not the first.
    pub endpoint: Option<u16>,
    /// Of which capability; `Scenario`, `Scene` or `House` for what is no device.
    pub capability: String,
    /// Which command.
    pub command: String,
    /// With these.
    pub args: Vec<(String, Value)>,
    /// What became of it.
    pub outcome: Outcome,
    /// What there is to say about that.
    pub note: Option<String>,
    /// The wish.
    pub wish: Option<WishId>,
    /// The run of a scenario.
    pub run: Option<RunId>,
    /// What would take it back; `None` where nothing was done.
    pub undo: Option<Undo>,
}

impl Default for Action {
    fn default() -> Self {
        Self {
            id: RequestId::new(),
            device: None,
            name: String::new(),
            slug: String::new(),
            endpoint: None,
            capability: String::new(),
            command: String::new(),
            args: Vec::new(),
            outcome: Outcome::Planned,
            note: None,
            wish: None,
            run: None,
            undo: None,
        }
    }
}

/// What takes an action back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Undo {
    /// A device's properties get the values that they had.
    Values {
        /// On which endpoint.
        endpoint: u16,
        /// Capability, property, and the value that it had.
        values: Vec<(String, String, Value)>,
        /// What the action had for a cause.
        cause: Cause,
    },
    /// The house goes back into the mode that it was in.
    Mode {
        /// Which.
        mode: String,
    },
    /// A run of a scenario is ended, the house goes back into the mode that it was in, and what the
    /// scenario has changed gets the values that it had.
    Stop {
        /// Which mode.
        mode: String,
        /// When it began, in house time.
        #[serde(default)]
        since: Option<Timestamp>,
    },
    /// A scenario that was made is removed, and its run with it.
    Remove,
    /// A scenario is again as it was.
    Put {
        /// How, as it is written.
        document: Json,
        /// Only while it is at this version; where it was deleted, only while there is none.
        version: Option<u32>,
    },
    /// What was remembered is forgotten.
    Forget {
        /// Which.
        memory: MemoryId,
    },
    /// What was forgotten is remembered again; it is never written down.
    #[serde(skip)]
    Recall(Box<mind::memory::Entry>),
    /// It cannot be taken back.
    Never {
        /// Why.
        why: String,
    },
}

impl Action {
    /// Something that is no command for a device.
    pub(crate) fn of(
        capability: &str,
        command: &str,
        name: String,
        args: Vec<(String, Value)>,
        outcome: Outcome,
    ) -> Self {
        Self {
            name,
            capability: capability.to_owned(),
            command: command.to_owned(),
            args,
            outcome,
            ..Self::default()
        }
    }
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was only understood.
    Planned,
    /// It waits for a yes.
    Unconfirmed,
    /// It is under way.
    Pending,
    /// The device says that it is so.
    Reached,
    /// It was sent to a device that never answers.
    Delivered,
    /// Another wish came after it.
    Superseded,
    /// The house or the device refused it.
    Refused,
    /// The device did not say so in time.
    TimedOut,
    /// It will be done at its time.
    Scheduled,
}

impl Outcome {
    const ALL: [Self; 9] = [
        Self::Planned,
        Self::Unconfirmed,
        Self::Pending,
        Self::Reached,
        Self::Delivered,
        Self::Superseded,
        Self::Refused,
        Self::TimedOut,
        Self::Scheduled,
    ];

    /// Reads the word on the wire.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Unconfirmed => "unconfirmed",
            Self::Pending => "pending",
            Self::Reached => "reached",
            Self::Delivered => "delivered",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Scheduled => "scheduled",
        }
    }
}

/// A row behind what is said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What it is: `property`, `event`, `person`, `run`, `rule`, `concern`, `reason`, `memory`,
    /// `pattern`, `figure`, `alert`.
    pub kind: &'static str,
    /// The device.
    pub device: Option<DeviceId>,
    /// What it is called.
    pub name: String,
    /// The property's path.
    pub path: Option<String>,
    /// Its value.
    pub value: Option<Value>,
    /// Its unit.
    pub unit: Option<&'static str>,
    /// When, in house time.
    pub at: Option<Timestamp>,
    /// Since when it is so, in house time.
    pub since: Option<Timestamp>,
    /// Whether it is from before the last restart.
    pub stale: bool,
    /// The same in one plain sentence.
    pub text: Option<String>,
    /// The id of an event, a concern, a run.
    pub reference: Option<String>,
}

/// What the house asks back.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingQuestion {
    /// The question.
    pub question: String,
    /// `which`, `confirm` or `what`.
    pub kind: &'static str,
    /// Answers to choose from.
    pub choices: Vec<String>,
}

/// Why a message cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum CannotSay {
    /// There is nothing in it.
    #[error("the message is empty; expected a sentence such as “turn on the kitchen light”")]
    Empty,
    /// There is too much in it.
    #[error("the message has {0} bytes; expected at most {max}", max = crate::text::LONGEST)]
    TooLong(usize),
    /// It is no text.
    #[error("the message holds control characters; expected plain text")]
    Binary,
    /// The house does not speak that.
    #[error("the house does not speak `{0}` yet; expected {codes}, or no language at all", codes = Language::codes())]
    Language(String),
    /// No area is called so.
    #[error("no area is called `{0}`; GET /api/areas lists them")]
    Area(String),
    /// There is no such conversation, or it is somebody else's.
    #[error("there is no conversation {0}; GET /api/conversations lists yours")]
    Unknown(ConversationId),
    /// The database cannot be read.
    #[error("conversations cannot be read: {0}")]
    Store(#[from] store::StoreError),
}

impl Answer {
    /// An answer of words alone.
    pub(crate) fn of(intent: impl Into<String>, response: impl Into<String>) -> Self {
        Self {
            conversation: ConversationId::new(),
            response: response.into(),
            language: Language::english().code.clone(),
            intent: Intent {
                name: intent.into(),
                slots: Map::new(),
            },
            actions: Vec::new(),
            evidence: Vec::new(),
            suggestions: Vec::new(),
            engine: "embedded".to_owned(),
            pending: None,
            interview: None,
        }
    }

    pub(crate) fn slot(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.intent.slots.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn suggesting(mut self, suggestions: impl IntoIterator<Item = String>) -> Self {
        self.suggestions.extend(suggestions);
        self
    }

    pub(crate) fn asking(mut self, kind: &'static str, choices: Vec<String>) -> Self {
        self.suggestions.extend(choices.iter().cloned());
        self.pending = Some(PendingQuestion {
            question: self.response.clone(),
            kind,
            choices,
        });
        self
    }
}
