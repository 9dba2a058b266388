//! Memories, found by key, kind, person and words; and what was foreseen.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, parsed_or_null, signed, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{AreaId, DeviceId, MemoryId, PersonId, Timestamp, Who};
use serde_json::Value as Json;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

/// The longest list.
const LIST: usize = 10_000;

/// A memory as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptMemory {
    /// Its id.
    pub id: MemoryId,
    /// Its kind, as its maker calls it.
    pub kind: String,
    /// Its readable unique name, where it has one.
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
    /// Who said it.
    pub who: Who,
    /// 0 to 1.
    pub confidence: f64,
    /// Of an episode: -1 (bad) to 1 (good).
    pub weight: Option<f64>,
    /// From when it holds, in house time.
    pub from: Option<Timestamp>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
    /// When it was first said.
    pub made: Timestamp,
    /// When it was last said, corrected or found again.
    pub changed: Timestamp,
}

/// Which memories are wanted. The default is all, the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemoryFilter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only about this person.
    pub person: Option<PersonId>,
    /// Only about this device.
    pub device: Option<DeviceId>,
    /// Only those that hold at some moment of this span: from, to.
    pub holding: Option<(Timestamp, Timestamp)>,
    /// Only those in whose key or text one of these words stands; a word may be the beginning of one.
    pub words: Vec<String>,
}

/// How much is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryCount {
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: u64,
    /// Bytes of their keys, texts and values.
    pub bytes: u64,
    /// The oldest by when it was last said.
    pub oldest: Option<Timestamp>,
    /// The newest.
    pub newest: Option<Timestamp>,
}

/// Something that was foreseen.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptPrediction {
    /// What foresaw it.
    pub model: String,
    /// What it is about.
    pub subject: String,
    /// What was foreseen, as its maker encodes it.
    pub claim: Json,
    /// How likely it was said to be, 0 to 1.
    pub chance: f64,
    /// When that was said, in house time.
    pub made: Timestamp,
    /// When it should begin to happen at the earliest.
    pub from: Timestamp,
    /// And at the latest.
    pub until: Timestamp,
    /// `hit`, `miss` or `unknown`; `None` while its time has not come.
    pub outcome: Option<String>,
    /// When that was found out.
    pub scored: Option<Timestamp>,
}

impl Store {
    /// Memories, newest first. Where words are looked for, each comes with how well they fit (greater is
    /// better), best first; else with 0.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn memories(
        &self,
        filter: &MemoryFilter,
        limit: usize,
    ) -> Result<Vec<(KeptMemory, f64)>, StoreError> {
        let words = matching(&filter.words);
        let mut query = QueryBuilder::<Sqlite>::new(if words.is_some() {
            "SELECT m.*, -bm25(memory_search) AS fit FROM memory_search s \
             JOIN memories m ON m.row = s.rowid WHERE m.house_id = "
        } else {
            "SELECT m.*, 0.0 AS fit FROM memories m WHERE m.house_id = "
        });
        query.push_bind(self.inner.house_row);
        let is_search = words.is_some();
        if let Some(words) = words {
            query.push(" AND memory_search MATCH ").push_bind(words);
        } else if !filter.words.is_empty() {
            // Words without a letter or a digit are in nothing.
            return Ok(Vec::new());
        }
        if let Some(kind) = &filter.kind {
            query.push(" AND m.kind = ").push_bind(kind.clone());
        }
        if let Some(device) = filter.device {
            query
                .push(" AND m.device_id = ")
                .push_bind(device.to_string());
        }
        if let Some(person) = filter.person {
            query
                .push(" AND m.person_id = ")
                .push_bind(person.to_string());
        }
        if let Some((from, to)) = filter.holding {
            query
                .push(" AND (m.from_at IS NULL OR m.from_at < ")
                .push_bind(to.as_microsecond())
                .push(") AND (m.until_at IS NULL OR m.until_at > ")
                .push_bind(from.as_microsecond())
                .push(")");
        }
        query
            .push(if is_search {
                " ORDER BY fit DESC, m.changed_at DESC, m.row DESC LIMIT "
            } else {
                " ORDER BY m.changed_at DESC, m.row DESC LIMIT "
            })
            .push_bind(signed(limit.clamp(1, LIST) as u64));
        telemetry::timed("read", async {
            let rows = query.build().fetch_all(&self.inner.reader).await?;
            rows.iter()
                .map(|row| Ok((memory(row)?, row.try_get("fit")?)))
                .collect()
        })
        .await
    }

    /// The memory of this id or key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn memory(&self, id_or_key: &str) -> Result<Option<KeptMemory>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query(
                "SELECT * FROM memories WHERE house_id = $1 AND (memory_id = $2 OR key = $2)",
            )
            .bind(self.inner.house_row)
            .bind(id_or_key)
            .fetch_optional(&self.inner.reader)
            .await?;
            row.as_ref().map(memory).transpose()
        })
        .await
    }

    /// How much is remembered, by kind.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_memories(&self) -> Result<Vec<MemoryCount>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT kind, count(*) AS count, \
                 sum(length(CAST(text AS BLOB)) + length(CAST(value AS BLOB)) + \
                     coalesce(length(CAST(key AS BLOB)), 0)) AS bytes, \
                 min(changed_at) AS oldest, max(changed_at) AS newest \
                 FROM memories WHERE house_id = $1 GROUP BY kind ORDER BY kind",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            let number = |row: &SqliteRow, column: &str| -> Result<u64, StoreError> {
                let number: i64 = row.try_get(column)?;
                Ok(number.unsigned_abs())
            };
            rows.iter()
                .map(|row| {
                    Ok(MemoryCount {
                        kind: row.try_get("kind")?,
                        count: number(row, "count")?,
                        bytes: number(row, "bytes")?,
                        oldest: time_or_null(row, "oldest")?,
                        newest: time_or_null(row, "newest")?,
                    })
                })
                .collect()
        })
        .await
    }

    /// The size of the database with everything in it, in bytes; what is free in it counts too, until it
    /// is given back.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        telemetry::timed("read", async {
            let bytes: i64 = sqlx::query_scalar(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            )
            .fetch_one(&self.inner.reader)
            .await?;
            Ok(bytes.unsigned_abs())
        })
        .await
    }

    /// What was foreseen to happen from `from` on and before `to`, oldest first, at most 10,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn predictions(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<KeptPrediction>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM predictions WHERE house_id = $1 AND from_at >= $2 AND from_at < $3 \
                 AND claim IS NOT NULL ORDER BY from_at, subject LIMIT $4",
            )
            .bind(self.inner.house_row)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(signed(LIST as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(happening).collect()
        })
        .await
    }

    /// What was foreseen to happen and is due before a moment (of all, where there is none), the latest due
    /// first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn foreseen(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<KeptPrediction>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM predictions WHERE house_id = $1 AND claim IS NOT NULL AND until_at < $2 \
                 ORDER BY until_at DESC, prediction_id DESC LIMIT $3",
            )
            .bind(self.inner.house_row)
            .bind(before.map_or(i64::MAX, Timestamp::as_microsecond))
            .bind(signed(limit.clamp(1, LIST) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(happening).collect()
        })
        .await
    }
}

/// Words as the search wants them: each in quotes, so that none of them is an order to it; any of them,
/// as a whole or as the beginning of a longer one.
fn matching(words: &[String]) -> Option<String> {
    let terms: Vec<String> = words
        .iter()
        .flat_map(|words| words.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .take(32)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!terms.is_empty()).then(|| terms.join(" OR "))
}

fn memory(row: &SqliteRow) -> Result<KeptMemory, StoreError> {
    Ok(KeptMemory {
        id: parsed(row, "memory_id")?,
        kind: row.try_get("kind")?,
        key: row.try_get("key")?,
        text: row.try_get("text")?,
        value: from_json(row, "value")?,
        person: parsed_or_null(row, "person_id")?,
        device: parsed_or_null(row, "device_id")?,
        area: parsed_or_null(row, "area_id")?,
        who: from_json(row, "who")?,
        confidence: row.try_get("confidence")?,
        weight: row.try_get("weight")?,
        from: time_or_null(row, "from_at")?,
        until: time_or_null(row, "until_at")?,
        made: time(row, "made_at")?,
        changed: time(row, "changed_at")?,
    })
}

fn happening(row: &SqliteRow) -> Result<KeptPrediction, StoreError> {
    Ok(KeptPrediction {
        model: row.try_get("model")?,
        subject: row.try_get("subject")?,
        claim: from_json(row, "claim")?,
        chance: row.try_get("chance")?,
        made: time(row, "made_at")?,
        from: time(row, "from_at")?,
        until: time(row, "until_at")?,
        outcome: row.try_get("outcome")?,
        scored: time_or_null(row, "scored_at")?,
    })
}

/// Keeps a memory, new or corrected, and its words.
pub(crate) async fn keep_memory(
    connection: &mut SqliteConnection,
    leader: Leader,
    memory: &KeptMemory,
) -> Result<(), StoreError> {
    let value = json(&memory.value)?;
    let row: i64 = sqlx::query_scalar(
        "INSERT INTO memories (memory_id, house_id, kind, key, text, value, person_id, device_id, \
         area_id, who, confidence, weight, from_at, until_at, made_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (memory_id) DO UPDATE SET kind = excluded.kind, key = excluded.key, \
         text = excluded.text, value = excluded.value, person_id = excluded.person_id, \
         device_id = excluded.device_id, area_id = excluded.area_id, who = excluded.who, \
         confidence = excluded.confidence, weight = excluded.weight, from_at = excluded.from_at, \
         until_at = excluded.until_at, changed_at = excluded.changed_at RETURNING row",
    )
    .bind(memory.id.to_string())
    .bind(leader.house)
    .bind(&memory.kind)
    .bind(&memory.key)
    .bind(&memory.text)
    .bind(&value)
    .bind(memory.person.map(|id| id.to_string()))
    .bind(memory.device.map(|id| id.to_string()))
    .bind(memory.area.map(|id| id.to_string()))
    .bind(json(&memory.who)?)
    .bind(memory.confidence)
    .bind(memory.weight)
    .bind(memory.from.map(Timestamp::as_microsecond))
    .bind(memory.until.map(Timestamp::as_microsecond))
    .bind(memory.made.as_microsecond())
    .bind(memory.changed.as_microsecond())
    .fetch_one(&mut *connection)
    .await?;
    forget_words(&mut *connection, row).await?;
    let key = memory.key.as_deref().unwrap_or_default();
    sqlx::query("INSERT INTO memory_search (rowid, text) VALUES ($1, $2)")
        .bind(row)
        .bind(format!(
            "{} {}",
            key.replace(['_', '-', '.', ':'], " "),
            memory.text
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets a memory and its words.
pub(crate) async fn forget_memory(
    connection: &mut SqliteConnection,
    id: MemoryId,
) -> Result<(), StoreError> {
    let row: Option<i64> =
        sqlx::query_scalar("DELETE FROM memories WHERE memory_id = $1 RETURNING row")
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await?;
    match row {
        Some(row) => forget_words(connection, row).await,
        None => Ok(()),
    }
}

async fn forget_words(connection: &mut SqliteConnection, row: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM memory_search WHERE rowid = $1")
        .bind(row)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps what was foreseen, or what came of it.
pub(crate) async fn keep_prediction(
    connection: &mut SqliteConnection,
    leader: Leader,
    prediction: &KeptPrediction,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO predictions (house_id, model, subject, claim, chance, made_at, \
         from_at, until_at, outcome, scored_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (house_id, model, subject, from_at) DO UPDATE SET \
         outcome = coalesce(predictions.outcome, excluded.outcome), \
         scored_at = coalesce(predictions.scored_at, excluded.scored_at)",
    )
    .bind(leader.house)
    .bind(&prediction.model)
    .bind(&prediction.subject)
    .bind(json(&prediction.claim)?)
    .bind(prediction.chance)
    .bind(prediction.made.as_microsecond())
    .bind(prediction.from.as_microsecond())
    .bind(prediction.until.as_microsecond())
    .bind(&prediction.outcome)
    .bind(prediction.scored.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}
