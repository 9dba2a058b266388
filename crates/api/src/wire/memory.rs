//! What is remembered, on the wire.

use super::At;
use crate::error::{ApiError, ErrorCode};
use mind::memory::{self, Entry, Fault, Recalled};
use model::Who;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// A memory.
#[derive(Debug, Serialize, ToSchema)]
pub struct Memory {
    /// Its id.
    pub id: Uuid,
    /// preference, fact, note, episode, pattern or context.
    pub kind: &'static str,
    /// Its readable unique name, where it has one.
    pub key: Option<String>,
    /// One sentence.
    pub text: String,
    /// What programs need of it.
    #[schema(value_type = Value, required = false)]
    pub value: Json,
    /// Whom it is about: a person's slug.
    pub person: Option<String>,
    /// Which device it is about: its slug.
    pub device: Option<String>,
    /// Which room it is about: its slug.
    pub area: Option<String>,
    /// Since when it is about a device that its thing became; null where it never was about a thing that
    /// is a device now.
    pub became_at: Option<At>,
    /// Who said it, for people.
    pub source: String,
    /// How sure it is, 0 to 1; 1 where a person said so.
    pub confidence: f64,
    /// Of an episode: -1 (bad) to 1 (good).
    pub weight: Option<f64>,
    /// From when it holds; null: it always did.
    pub from: Option<At>,
    /// Until when it holds; null: for good.
    pub until: Option<At>,
    /// Whether it holds now.
    pub holds: bool,
    /// When it was first said.
    pub made_at: At,
    /// When it was last said, corrected or found again.
    pub changed_at: At,
    /// How much it matters to what was looked for, 0 to 1; null where nothing was.
    pub relevance: Option<f64>,
}

impl Memory {
    /// An entry as it is shown.
    pub(crate) fn of(entry: &Entry, snapshot: &Snapshot, now: model::Timestamp) -> Self {
        let person = entry.person.and_then(|id| snapshot.people.get(&id));
        let device = entry.device.and_then(|id| snapshot.devices.get(&id));
        let area = entry.area.and_then(|id| snapshot.areas.get(&id));
        Self {
            id: entry.id.uuid(),
            kind: entry.kind.as_str(),
            key: entry.key.clone(),
            text: entry.text.clone(),
            value: entry.value.clone(),
            person: person.map(|person| person.slug.to_string()),
            device: device.map(|twin| twin.device.slug.to_string()),
            area: area.map(|area| area.slug.to_string()),
            became_at: entry.became().map(|(_, at)| at.into()),
            source: source(&entry.who),
            confidence: entry.confidence,
            weight: entry.weight,
            from: entry.from.map(Into::into),
            until: entry.until.map(Into::into),
            holds: entry.holds(now),
            made_at: entry.made.into(),
            changed_at: entry.changed.into(),
            relevance: None,
        }
    }

    /// The same, with how much it matters.
    pub(crate) fn recalled(one: &Recalled, snapshot: &Snapshot, now: model::Timestamp) -> Self {
        Self {
            relevance: Some((one.relevance * 1_000.0).round() / 1_000.0),
            ..Self::of(&one.entry, snapshot, now)
        }
    }
}

fn source(who: &Who) -> String {
    match who {
        Who::House => "the house".to_owned(),
        other => other.to_string(),
    }
}

/// Memories.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemoryList {
    /// The memories, those that matter most first.
    pub memories: Vec<Memory>,
}

/// Something to remember. A sentence, or a key with a value, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMemory {
    /// preference, fact (where it is left out), note, episode or context.
    pub kind: Option<String>,
    /// A readable name; what had it before is corrected.
    pub key: Option<String>,
    /// One sentence.
    pub text: Option<String>,
    /// What programs need of it.
    #[schema(value_type = Value, required = false)]
    pub value: Option<Json>,
    /// Whom it is about: a person's id or slug.
    pub person: Option<String>,
    /// Which device it is about: its id or slug.
    pub device: Option<String>,
    /// Which room it is about: its id or slug.
    pub area: Option<String>,
    /// How sure it is, 0 to 1; 1 where it is left out.
    pub confidence: Option<f64>,
    /// Of an episode: -1 (bad) to 1 (good).
    pub weight: Option<f64>,
    /// Of a context: guests, away, visitor or other.
    pub situation: Option<String>,
    /// From when it holds.
    pub from: Option<At>,
    /// Until when it holds; a context needs it.
    pub until: Option<At>,
}

/// What shall be otherwise about a memory: what is left out stays, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryEdit {
    /// Another sentence.
    pub text: Option<String>,
    /// Another value.
    #[schema(value_type = Value, required = false)]
    pub value: Option<Json>,
    /// Another confidence, 0 to 1.
    pub confidence: Option<f64>,
    /// Another beginning.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub from: super::Patch<At>,
    /// Another end.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub until: super::Patch<At>,
    /// Another device that it is about: its id or slug. So a note becomes one of the device that its
    /// thing has become.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub device: super::Patch<String>,
    /// Another room that it is about: its id or slug.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area: super::Patch<String>,
}

/// What the thing of a note became.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// The device that it is now: its id, slug or alias.
    pub device: String,
    /// What the note calls it: the device is called so, too.
    pub alias: Option<String>,
}

/// How much is remembered.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemoryStats {
    /// How many memories there are.
    pub count: u64,
    /// By kind.
    pub kinds: Vec<MemoryCount>,
    /// For how many days what was learned is kept; 0: for good.
    pub retention_days: u32,
    /// The size of the database with everything in it, in bytes.
    pub database_bytes: u64,
}

/// How much of a kind is remembered.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemoryCount {
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: u64,
    /// Bytes of their keys, texts and values.
    pub bytes: u64,
    /// When the oldest was last said.
    pub oldest: Option<At>,
    /// When the newest was.
    pub newest: Option<At>,
}

impl From<memory::Stats> for MemoryStats {
    fn from(stats: memory::Stats) -> Self {
        Self {
            count: stats.kinds.iter().map(|kind| kind.count).sum(),
            kinds: stats
                .kinds
                .into_iter()
                .map(|kind| MemoryCount {
                    kind: kind.kind,
                    count: kind.count,
                    bytes: kind.bytes,
                    oldest: kind.oldest.map(Into::into),
                    newest: kind.newest.map(Into::into),
                })
                .collect(),
            retention_days: stats.retention_days,
            database_bytes: stats.database_bytes,
        }
    }
}

/// What became of tidying up.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemoryOptimized {
    /// Memories that were too old and went.
    pub forgotten: u64,
    /// Sentences that stood there twice and stand there once now.
    pub merged: u64,
    /// The size of the database before, in bytes.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid {
                field,
                wrong,
                expected,
            } => Self::new(ErrorCode::InvalidBody, format!("{field}: {wrong}")).expected(expected),
            Fault::OtherKind { .. } => Self::new(ErrorCode::SlugTaken, fault.to_string()),
            Fault::Unknown(_) => Self::new(ErrorCode::UnknownMemory, fault.to_string()),
            Fault::Full(_) => Self::new(ErrorCode::HouseFull, fault.to_string()),
            Fault::Store(error) => error.into(),
        }
    }
}
