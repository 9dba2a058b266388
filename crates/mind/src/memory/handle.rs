//! How everyone reaches the house's memory.

use super::telemetry;
use super::{
    daily,
    entry::{Correction, Entry, Fault, Kind, Remember, Situation},
    relevance::{Recall, Recalled, relevance},
};
use jiff::{SignedDuration, tz::TimeZone};
use model::{DeviceId, MemoryId, PersonId, Timestamp, Who};
use serde_json::{Value as Json, json};
use std::{collections::HashMap, sync::Arc};
use store::{Forget, MemoryCount, MemoryFilter, Record, Store};
use tokio::{sync::Mutex, task::JoinHandle};
use twin::Handle;

/// The most memories that a house has.
const MOST: u64 = 20_000;
/// How many memories are weighed against each other.
const WEIGHED: usize = 1_000;
/// How many are recalled where nobody says, and at most.
const USUAL: usize = 10;
const LONGEST: usize = 500;

/// What memory is made of.
#[derive(Debug, Clone)]
pub struct Wires {
    /// The running house: its clock, its devices, its people.
    pub house: Handle,
    /// Where memories are kept.
    pub store: Store,
    /// The zone of the house: days begin at its midnight.
    pub zone: TimeZone,
    /// For how many days what the house learned by itself is kept without being found again; 0: for good.
    pub retention_days: u32,
}

/// The house's memory; cloning shares it.
#[derive(Debug, Clone)]
pub struct Memory {
    pub(super) wires: Wires,
    /// Held while something is looked up to be written anew.
    pub(super) writing: Arc<Mutex<()>>,
}

/// How much is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// By kind.
    pub kinds: Vec<MemoryCount>,
    /// For how many days what was learned is kept; 0: for good.
    pub retention_days: u32,
    /// The size of the database with everything in it, in bytes.
    pub database_bytes: u64,
}

/// What became of tidying up.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimized {
    /// What was too old.
    pub forgotten: u64,
    /// Sentences that stood there twice.
    pub merged: u64,
    /// The size of the database before, in bytes.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
}

impl Memory {
    /// Begins to remember. Once a day of house time it looks for what is regular, weighs the day that
    /// ended, and forgets what is too old.
    #[must_use]
    pub fn start(wires: Wires) -> (Self, JoinHandle<()>) {
        let memory = Self {
            wires,
            writing: Arc::default(),
        };
        let daily = tokio::spawn(daily::run(memory.clone()));
        (memory, daily)
    }

    /// House time.
    pub(super) fn now(&self) -> Timestamp {
        self.wires.house.clock().now().house
    }

    /// Remembers something. Where it has the key of another memory of its kind, that one is corrected.
    ///
    /// # Errors
    /// When it cannot be right, there is no room, or it cannot be kept.
    pub async fn remember(&self, what: Remember, who: Who) -> Result<Entry, Fault> {
        what.check()?;
        let _writing = self.writing.lock().await;
        let now = self.now();
        let old = match &what.key {
            Some(key) => self.find(key).await?,
            None => None,
        };
        if let Some(old) = &old
            && old.kind != what.kind
        {
            return Err(Fault::OtherKind {
                key: what.key.unwrap_or_default(),
                kind: old.kind.as_str(),
            });
        }
        if old.is_none() {
            let kinds = self.wires.store.count_memories().await?;
            if kinds.iter().map(|kind| kind.count).sum::<u64>() >= MOST {
                return Err(Fault::Full(MOST));
            }
        }
        let entry = Entry {
            id: old.as_ref().map_or_else(MemoryId::new, |old| old.id),
            kind: what.kind,
            key: what.key,
            text: what.text.trim().to_owned(),
            value: what.value,
            person: what.person,
            device: what.device,
            area: what.area,
            who,
            confidence: what.confidence,
            weight: what.weight,
            from: what.from,
            until: what.until,
            made: old.map_or(now, |old| old.made),
            changed: now,
        };
        self.keep(&entry).await?;
        Ok(entry)
    }

    pub(super) async fn keep(&self, entry: &Entry) -> Result<(), Fault> {
        let record = Record::Memory(Box::new(entry.kept()));
        self.wires.store.keep(vec![record]).await?;
        telemetry::remembered(entry.kind.as_str());
        Ok(())
    }

    pub(super) async fn find(&self, id_or_key: &str) -> Result<Option<Entry>, Fault> {
        let kept = self.wires.store.memory(id_or_key).await?;
        Ok(kept.and_then(Entry::from_kept))
    }

    /// What is remembered under an id or a key.
    ///
    /// # Errors
    /// When there is nothing, or the database cannot be read.
    pub async fn get(&self, id_or_key: &str) -> Result<Entry, Fault> {
        let found = self.find(id_or_key).await?;
        found
            .filter(|entry| !entry.is_forgotten())
            .ok_or_else(|| Fault::Unknown(shown(id_or_key)))
    }

    /// What matters here and now, the most first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recall(&self, recall: &Recall) -> Result<Vec<Recalled>, Fault> {
        let now = recall.at.unwrap_or_else(|| self.now());
        let words: Vec<String> = recall.words.split_whitespace().map(str::to_owned).collect();
        let filter = MemoryFilter {
            kind: recall.kind.map(|kind| kind.as_str().to_owned()),
            person: recall.only_person,
            holding: None,
            words,
            device: None,
        };
        let found = self.wires.store.memories(&filter, WEIGHED).await?;
        let best = found.first().map_or(0.0, |(_, fit)| *fit);
        let mut recalled: Vec<Recalled> = found
            .into_iter()
            .filter_map(|(kept, fit)| {
                let entry = Entry::from_kept(kept).filter(|entry| !entry.is_forgotten())?;
                let fit = if best > 0.0 { fit / best } else { 1.0 };
                let relevance = relevance(&entry, fit, recall, now);
                Some(Recalled { entry, relevance })
            })
            .collect();
        // The sort keeps the newer of two that matter alike first.
        recalled.sort_by(|left, right| right.relevance.total_cmp(&left.relevance));
        let limit = if recall.limit == 0 {
            USUAL
        } else {
            recall.limit
        };
        recalled.truncate(limit.min(LONGEST));
        Ok(recalled)
    }

    /// The contexts that hold at a moment: guests, journeys, who is expected. Those that begin last come
    /// first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn context(&self, at: Timestamp) -> Result<Vec<Entry>, Fault> {
        let next = at.checked_add(SignedDuration::from_micros(1)).unwrap_or(at);
        self.contexts_between(at, next).await
    }

    /// The contexts that hold at some moment of a span.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn contexts_between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Entry>, Fault> {
        let filter = MemoryFilter {
            kind: Some(Kind::Context.as_str().to_owned()),
            holding: Some((from, to)),
            ..MemoryFilter::default()
        };
        let found = self.wires.store.memories(&filter, WEIGHED).await?;
        let mut contexts: Vec<Entry> = found
            .into_iter()
            .filter_map(|(kept, _)| Entry::from_kept(kept))
            .collect();
        contexts.sort_by_key(|entry| std::cmp::Reverse(entry.from));
        Ok(contexts)
    }

    /// Whether a situation holds at a moment, and the context that says so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn situation(
        &self,
        situation: Situation,
        at: Timestamp,
    ) -> Result<Option<Entry>, Fault> {
        let contexts = self.context(at).await?;
        Ok(contexts
            .into_iter()
            .find(|entry| entry.situation() == Some(situation)))
    }

    /// Corrects a memory. Its source becomes who corrected it.
    ///
    /// # Errors
    /// When there is none, or the correction cannot be right.
    pub async fn correct(
        &self,
        id_or_key: &str,
        correction: Correction,
        who: Who,
    ) -> Result<Entry, Fault> {
        let _writing = self.writing.lock().await;
        let mut entry = self.get(id_or_key).await?;
        let Correction {
            text,
            value,
            confidence,
            from,
            until,
            device,
            area,
        } = correction;
        if let Some(text) = text {
            entry.text = text.trim().to_owned();
            // What was found is no longer what stands there.
            entry.confidence = 1.0;
        }
        entry.value = value.unwrap_or(entry.value);
        entry.confidence = confidence.unwrap_or(entry.confidence);
        entry.from = from.unwrap_or(entry.from);
        entry.until = until.unwrap_or(entry.until);
        entry.device = device.unwrap_or(entry.device);
        entry.area = area.unwrap_or(entry.area);
        let check = Remember {
            kind: entry.kind,
            key: entry.key.clone(),
            text: entry.text.clone(),
            value: entry.value.clone(),
            person: entry.person,
            device: entry.device,
            area: entry.area,
            confidence: entry.confidence,
            weight: entry.weight,
            from: entry.from,
            until: entry.until,
        };
        check.check()?;
        entry.who = who;
        entry.changed = self.now();
        self.keep(&entry).await?;
        Ok(entry)
    }

    /// What would be promoted.
    ///
    /// # Errors
    /// When there is no such memory, or it is not about a thing.
    pub async fn promotable(&self, id_or_key: &str) -> Result<Entry, Fault> {
        let entry = self.get(id_or_key).await?;
        match entry.kind {
            Kind::Note | Kind::Fact => Ok(entry),
            other => Err(Fault::Invalid {
                field: "kind",
                wrong: format!("it is a {}", other.as_str()),
                expected: "a note or a fact about a thing",
            }),
        }
    }

    /// The thing that a note is about is a device of the house now: the note is part of that one's history
    /// from here on. What it says, who said it and when stay as they are.
    ///
    /// # Errors
    /// When there is none, it is no note, there is no such device, or it cannot be kept.
    pub async fn promote(&self, id_or_key: &str, device: DeviceId) -> Result<Entry, Fault> {
        let _writing = self.writing.lock().await;
        let mut entry = self.promotable(id_or_key).await?;
        let snapshot = self.wires.house.snapshot();
        let Some(twin) = snapshot.devices.get(&device) else {
            return Err(Fault::Invalid {
                field: "device",
                wrong: "it is not in this house".to_owned(),
                expected: "a device of the house",
            });
        };
        let became =
            json!({"device": device.to_string(), "name": twin.device.name, "at": self.now()});
        match &mut entry.value {
            Json::Object(value) => {
                value.insert("became".to_owned(), became);
            }
            Json::Null => entry.value = json!({ "became": became }),
            other => entry.value = json!({"value": other.take(), "became": became}),
        }
        entry.device = Some(device);
        entry.area = twin.device.area.or(entry.area);
        self.keep(&entry).await?;
        Ok(entry)
    }

    /// What was told and noted of a device, the oldest first: notes that became it among them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of_device(&self, device: DeviceId) -> Result<Vec<Entry>, Fault> {
        let filter = MemoryFilter {
            device: Some(device),
            ..MemoryFilter::default()
        };
        let found = self.wires.store.memories(&filter, LONGEST).await?;
        let told = [Kind::Note, Kind::Fact, Kind::Preference];
        let mut entries: Vec<Entry> = found
            .into_iter()
            .filter_map(|(kept, _)| Entry::from_kept(kept))
            .filter(|entry| told.contains(&entry.kind))
            .collect();
        entries.sort_by_key(|entry| (entry.made, entry.id));
        Ok(entries)
    }

    /// Forgets a memory: it is gone from the database. Of a pattern only that it was forgotten stays, so
    /// that it is not found again.
    ///
    /// # Errors
    /// When there is none, or the database cannot be written.
    pub async fn forget(&self, id_or_key: &str, who: Who) -> Result<Entry, Fault> {
        let _writing = self.writing.lock().await;
        let entry = self.get(id_or_key).await?;
        let record = match daily::tombstone(&entry, who, self.now()) {
            Some(stone) => Record::Memory(Box::new(stone.kept())),
            None => Record::MemoryGone(entry.id),
        };
        self.wires.store.keep(vec![record]).await?;
        telemetry::forgotten(1);
        Ok(entry)
    }

    /// All that is remembered of a person: what is about them and what they said.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn export(&self, person: Option<PersonId>) -> Result<Vec<Entry>, Fault> {
        let all = self
            .wires
            .store
            .memories(
                &MemoryFilter::default(),
                usize::try_from(MOST).unwrap_or(usize::MAX),
            )
            .await?;
        let theirs = |entry: &Entry| match person {
            None => true,
            Some(person) => {
                entry.person == Some(person)
                    || matches!(&entry.who, Who::Person { id, .. } if *id == person)
            }
        };
        let mut entries: Vec<Entry> = all
            .into_iter()
            .filter_map(|(kept, _)| Entry::from_kept(kept))
            .filter(|entry| !entry.is_forgotten() && theirs(entry))
            .collect();
        entries.sort_by_key(|entry| (entry.made, entry.id));
        Ok(entries)
    }

    /// The patterns that were found, the surest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn patterns(&self) -> Result<Vec<Entry>, Fault> {
        let filter = MemoryFilter {
            kind: Some(Kind::Pattern.as_str().to_owned()),
            ..MemoryFilter::default()
        };
        let found = self.wires.store.memories(&filter, WEIGHED).await?;
        let mut patterns: Vec<Entry> = found
            .into_iter()
            .filter_map(|(kept, _)| Entry::from_kept(kept))
            .filter(|entry| !entry.is_forgotten())
            .collect();
        patterns.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
        Ok(patterns)
    }

    /// How much is remembered.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stats(&self) -> Result<Stats, Fault> {
        Ok(Stats {
            kinds: self.wires.store.count_memories().await?,
            retention_days: self.wires.retention_days,
            database_bytes: self.wires.store.bytes().await?,
        })
    }

    /// Tidies up: forgets what is too old, makes one of sentences that stand there twice, and gives the
    /// room back to the disk.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn optimize(&self) -> Result<Optimized, Fault> {
        let bytes_before = self.wires.store.bytes().await?;
        let forgotten = self.forget_old().await?;
        let merged = self.merge().await?;
        self.wires.store.optimize().await?;
        while self.wires.store.give_back().await? {}
        Ok(Optimized {
            forgotten,
            merged,
            bytes_before,
            bytes_after: self.wires.store.bytes().await?,
        })
    }

    /// Forgets what is older than the retention; how many memories went.
    pub(super) async fn forget_old(&self) -> Result<u64, Fault> {
        if self.wires.retention_days == 0 {
            return Ok(0);
        }
        let age = SignedDuration::from_hours(24 * i64::from(self.wires.retention_days));
        let Ok(before) = self.now().checked_sub(age) else {
            return Ok(0);
        };
        let mut memories = 0;
        for what in [Forget::Memories, Forget::Predictions, Forget::Alerts] {
            loop {
                let gone = self.wires.store.forget(what, before).await?;
                if gone == 0 {
                    break;
                }
                if what == Forget::Memories {
                    memories += gone;
                }
            }
        }
        telemetry::forgotten(memories);
        Ok(memories)
    }

    /// Of the same sentence about the same, without a key, only the newest stays.
    async fn merge(&self) -> Result<u64, Fault> {
        let _writing = self.writing.lock().await;
        let all = self
            .wires
            .store
            .memories(
                &MemoryFilter::default(),
                usize::try_from(MOST).unwrap_or(usize::MAX),
            )
            .await?;
        let mut seen = HashMap::new();
        let mut gone = Vec::new();
        // The newest come first.
        for (kept, _) in all {
            if kept.key.is_some() || kept.kind == Kind::Episode.as_str() {
                continue;
            }
            let words: Vec<String> = kept
                .text
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect();
            let about = (kept.person, kept.device, kept.area, kept.from, kept.until);
            let same = (kept.kind, words, about, kept.value.to_string());
            if seen.insert(same, ()).is_some() {
                gone.push(Record::MemoryGone(kept.id));
            }
        }
        let merged = gone.len() as u64;
        if merged > 0 {
            self.wires.store.keep(gone).await?;
        }
        Ok(merged)
    }
}

/// Words from outside, fit to be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
