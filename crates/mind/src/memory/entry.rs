//! What a memory is, and what may be one.

use model::{AreaId, DeviceId, MemoryId, PersonId, Timestamp, Who};
use serde_json::Value as Json;
use store::{KeptMemory, StoreError};

/// The longest sentence, in bytes.
const TEXT: usize = 2_000;
/// The longest key, in bytes.
const KEY: usize = 120;
/// The largest value, in bytes of JSON.
const VALUE: usize = 16 * 1_024;

/// The kinds of memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// How somebody likes something.
    Preference,
    /// Something that is so.
    Fact,
    /// Something about a thing that no driver reaches.
    Note,
    /// A good or a bad day or hour, with its weight.
    Episode,
    /// Something regular, found in the past.
    Pattern,
    /// What holds for a while: guests, a journey, somebody who comes.
    Context,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Preference,
        Self::Fact,
        Self::Note,
        Self::Episode,
        Self::Pattern,
        Self::Context,
    ];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preference => "preference",
            Self::Fact => "fact",
            Self::Note => "note",
            Self::Episode => "episode",
            Self::Pattern => "pattern",
            Self::Context => "context",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a context is about. It stands in its value as `{"situation": "guests"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Situation {
    /// Guests stay in the house.
    Guests,
    /// The household is away.
    Away,
    /// Somebody is expected who does not live here.
    Visitor,
    /// Something else.
    Other,
}

impl Situation {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Guests, Self::Away, Self::Visitor, Self::Other];

    /// The word in a context's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Away => "away",
            Self::Visitor => "visitor",
            Self::Other => "other",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: MemoryId,
    /// Its kind.
    pub kind: Kind,
    /// Its readable unique name, where it has one.
    pub key: Option<String>,
    /// One sentence.
    pub text: String,
    /// What programs need of it; null where there is nothing.
    pub value: Json,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// Which device it is about.
    pub device: Option<DeviceId>,
    /// Which room it is about.
    pub area: Option<AreaId>,
    /// Who said it.
    pub who: Who,
    /// How sure it is, 0 to 1: 1 where a person said so.
    pub confidence: f64,
    /// Of an episode: -1 (bad) to 1 (good).
    pub weight: Option<f64>,
    /// From when it holds, in house time; `None`: it always did.
    pub from: Option<Timestamp>,
    /// Until when it holds; `None`: for good.
    pub until: Option<Timestamp>,
    /// When it was first said, in house time.
    pub made: Timestamp,
    /// When it was last said, corrected or found again.
    pub changed: Timestamp,
}

impl Entry {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// What a context is about.
    #[must_use]
    pub fn situation(&self) -> Option<Situation> {
        if self.kind != Kind::Context {
            return None;
        }
        let word = self.value.get("situation").and_then(Json::as_str);
        Some(word.and_then(Situation::parse).unwrap_or(Situation::Other))
    }

    /// The device that the thing of a note became, and since when.
    #[must_use]
    pub fn became(&self) -> Option<(DeviceId, Timestamp)> {
        let became = self.value.get("became")?;
        let text = |name| became.get(name).and_then(Json::as_str);
        let device = text("device")?.parse().ok()?;
        // A device that it is no longer about is not what it became.
        (self.device == Some(device)).then_some((device, text("at")?.parse().ok()?))
    }

    /// Whether it is only there so that a pattern that was forgotten is not found again.
    pub(super) fn is_forgotten(&self) -> bool {
        self.kind == Kind::Pattern && self.value.get("forgotten") == Some(&Json::Bool(true))
    }

    pub(super) fn from_kept(kept: KeptMemory) -> Option<Self> {
        Some(Self {
            id: kept.id,
            kind: Kind::parse(&kept.kind)?,
            key: kept.key,
            text: kept.text,
            value: kept.value,
            person: kept.person,
            device: kept.device,
            area: kept.area,
            who: kept.who,
            confidence: kept.confidence,
            weight: kept.weight,
            from: kept.from,
            until: kept.until,
            made: kept.made,
            changed: kept.changed,
        })
    }

    pub(super) fn kept(&self) -> KeptMemory {
        KeptMemory {
            id: self.id,
            kind: self.kind.as_str().to_owned(),
            key: self.key.clone(),
            text: self.text.clone(),
            value: self.value.clone(),
            person: self.person,
            device: self.device,
            area: self.area,
            who: self.who.clone(),
            confidence: self.confidence,
            weight: self.weight,
            from: self.from,
            until: self.until,
            made: self.made,
            changed: self.changed,
        }
    }
}

/// Something to remember.
#[derive(Debug, Clone, PartialEq)]
pub struct Remember {
    /// Its kind.
    pub kind: Kind,
    /// A readable name; what had it before is corrected.
    pub key: Option<String>,
    /// One sentence.
    pub text: String,
    /// What programs need of it.
    pub value: Json,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// Which device it is about.
    pub device: Option<DeviceId>,
    /// Which room it is about.
    pub area: Option<AreaId>,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// Of an episode: -1 to 1.
    pub weight: Option<f64>,
    /// From when it holds.
    pub from: Option<Timestamp>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
}

impl Remember {
    /// A sentence of a kind, about nothing in particular, that holds for good.
    #[must_use]
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            key: None,
            text: text.into(),
            value: Json::Null,
            person: None,
            device: None,
            area: None,
            confidence: 1.0,
            weight: None,
            from: None,
            until: None,
        }
    }

    /// A situation that holds for a while.
    #[must_use]
    pub fn context(
        situation: Situation,
        text: impl Into<String>,
        from: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self {
            value: serde_json::json!({ "situation": situation.as_str() }),
            from: Some(from),
            until: Some(until),
            ..Self::new(Kind::Context, text)
        }
    }

    /// Whether it can be remembered.
    ///
    /// # Errors
    /// What cannot be right.
    pub fn check(&self) -> Result<(), Fault> {
        let invalid = |field, wrong: String, expected| {
            Err(Fault::Invalid {
                field,
                wrong,
                expected,
            })
        };
        if self.text.trim().is_empty() || self.text.len() > TEXT {
            let wrong = format!("it has {} bytes", self.text.trim().len());
            return invalid("text", wrong, "a sentence of 1 to 2000 bytes");
        }
        if let Some(key) = &self.key {
            let plain = |c: char| c.is_alphanumeric() || "_-.:".contains(c);
            if key.is_empty() || key.len() > KEY || !key.chars().all(plain) {
                let shown: String = key.chars().filter(|c| !c.is_control()).take(60).collect();
                return invalid(
                    "key",
                    format!("`{shown}` cannot be one"),
                    "1 to 120 bytes of letters, digits, `_`, `-`, `.` and `:`",
                );
            }
            if self.kind != Kind::Pattern && key.starts_with("pattern:") {
                let wrong = "keys that begin with `pattern:` are the house's own".to_owned();
                return invalid("key", wrong, "another key");
            }
        }
        let size = self.value.to_string().len();
        if size > VALUE {
            let wrong = format!("it has {size} bytes");
            return invalid("value", wrong, "at most 16384 bytes of JSON");
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            let wrong = format!("it is {}", self.confidence);
            return invalid("confidence", wrong, "0 to 1");
        }
        match (self.kind, self.weight) {
            (Kind::Episode, None) => {
                let wrong = "an episode has one".to_owned();
                return invalid("weight", wrong, "-1 (bad) to 1 (good)");
            }
            (Kind::Episode, Some(weight)) if !(-1.0..=1.0).contains(&weight) => {
                return invalid("weight", format!("it is {weight}"), "-1 (bad) to 1 (good)");
            }
            (Kind::Episode, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                let wrong = "only an episode has one".to_owned();
                return invalid("weight", wrong, "no weight");
            }
        }
        match (self.kind, self.from, self.until) {
            (_, Some(from), Some(until)) if from >= until => invalid(
                "until",
                format!("{until} is not after {from}"),
                "a time after `from`",
            ),
            (Kind::Context, _, None) => {
                let wrong = "a context ends some time".to_owned();
                invalid("until", wrong, "the time at which it is over")
            }
            _ => Ok(()),
        }
    }
}

/// What shall be otherwise about a memory; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Correction {
    /// Another sentence.
    pub text: Option<String>,
    /// Another value.
    pub value: Option<Json>,
    /// Another confidence.
    pub confidence: Option<f64>,
    /// Another beginning; `Some(None)`: it always held.
    pub from: Option<Option<Timestamp>>,
    /// Another end; `Some(None)`: it holds for good.
    pub until: Option<Option<Timestamp>>,
    /// Another device that it is about, such as the one that a note's thing has become.
    pub device: Option<Option<DeviceId>>,
    /// Another room that it is about.
    pub area: Option<Option<AreaId>>,
}

/// Why something cannot be remembered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// It cannot be right.
    #[error("{field}: {wrong}; expected {expected}")]
    Invalid {
        /// Which part of it.
        field: &'static str,
        /// What is wrong with it.
        wrong: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The key belongs to a memory of another kind.
    #[error("`{key}` is the key of a memory of the kind {kind}; forget that one first")]
    OtherKind {
        /// The key.
        key: String,
        /// The other's kind.
        kind: &'static str,
    },
    /// There is no such memory.
    #[error("nothing is remembered under `{0}`")]
    Unknown(String),
    /// The house remembers as much as it can.
    #[error("the house remembers {0} things, and takes no more; forget some first")]
    Full(u64),
    /// It cannot be kept, or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
