//! Compaction: samples that are not fresh any more go into chunks.
//!
//! A step is one transaction of a few milliseconds, in which a chunk is written and the samples that
//! it now has are deleted. Killed at any point, all of a step is done or nothing; what is left is
//! seen by the next. Late samples wait in `samples` like all others and are folded into the chunk in
//! whose stretch they lie.

use crate::{
    PropertyId, Store, StoreError,
    chunk::{self, FULL},
    codec::{Datum, Row},
    telemetry,
    writer::Durability,
};
use model::Timestamp;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::time::{Duration, Instant};

/// Samples of a property that are taken at once.
const STEP: i64 = 1_024;

/// How long the lock for writing is held, as far as steps can be made that short.
const HELD: Duration = Duration::from_millis(4);

/// What a step of compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// So many samples went into chunks.
    pub samples: u64,
    /// Where to go on; `None` when there is nothing more to do.
    pub next: Option<PropertyId>,
}

impl Store {
    /// Puts samples from before `before` into chunks, one small step of it, of the properties from
    /// `from` on (`None`: all). Call again with what it gives back.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing has changed.
    pub async fn compact(
        &self,
        before: Timestamp,
        from: Option<PropertyId>,
    ) -> Result<Compacted, StoreError> {
        let store = self.clone();
        // A task of its own: a transaction must not stay open because its caller went away.
        let working = tokio::spawn(async move {
            let working = async {
                let before = before.as_microsecond();
                let from = from.map_or(i64::MIN, |property| property.0);
                // Most looks find little to do: they take no lock.
                let Some(from) = waiting(&store.inner.reader, from, before).await? else {
                    return Ok(Compacted {
                        samples: 0,
                        next: None,
                    });
                };
                let mut writer = store.inner.writer.lock().await;
                let leader = store.leader();
                let connection = writer.begin("compact", Durability::Normal).await?;
                let result = match leader.check(connection, None).await {
                    Ok(()) => step(connection, from, before).await,
                    Err(error) => Err(error),
                };
                writer.end(result).await
            };
            telemetry::timed("compact", working).await
        });
        working
            .await
            .unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }
}

/// The first property from `from` on that has samples from before `before`.
async fn waiting<'e>(
    executor: impl sqlx::SqliteExecutor<'e>,
    from: i64,
    before: i64,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT property_id FROM properties p WHERE property_id >= $1 AND EXISTS \
         (SELECT 1 FROM samples s WHERE s.property_id = p.property_id AND s.ts < $2) \
         ORDER BY property_id LIMIT 1",
    )
    .bind(from)
    .bind(before)
    .fetch_optional(executor)
    .await?)
}

/// Folds until the time is up.
async fn step(
    connection: &mut SqliteConnection,
    from: i64,
    before: i64,
) -> Result<Compacted, StoreError> {
    let started = Instant::now();
    let mut samples = 0;
    let mut next = Some(from);
    while let Some(property) = next {
        samples += fold(connection, property, before).await?;
        next = waiting(&mut *connection, property, before).await?;
        if started.elapsed() >= HELD {
            break;
        }
    }
    Ok(Compacted {
        samples,
        next: next.map(PropertyId),
    })
}

/// Puts the oldest samples of a property into the chunk where they belong, as far as they belong
/// into the same. Returns how many.
async fn fold(
    connection: &mut SqliteConnection,
    property: i64,
    before: i64,
) -> Result<u64, StoreError> {
    let mut waiting: Vec<Row> = sqlx::query(
        "SELECT ts, number, text FROM samples WHERE property_id = $1 AND ts < $2 \
         ORDER BY ts LIMIT $3",
    )
    .bind(property)
    .bind(before)
    .bind(STEP)
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(sample)
    .collect::<Result<_, _>>()?;
    let Some(first) = waiting.first().map(|row| row.at) else {
        return Ok(0);
    };
    let earlier = chunk::before(connection, property, first.saturating_add(1)).await?;
    let later = chunk::after(connection, property, first).await?;
    if let Some(later) = &later {
        waiting.truncate(waiting.partition_point(|row| row.at < later.rows[0].at));
    }
    let last = waiting[waiting.len() - 1].at;
    let count = waiting.len() as u64;
    // The chunk in whose stretch they lie, or one beside them that is not full.
    let home = earlier
        .filter(|chunk| chunk.last >= first || (chunk.rows.len() < FULL && chunk.is_sound))
        .or_else(|| later.filter(|chunk| chunk.rows.len() < FULL && chunk.is_sound));
    let mut id = None;
    let rows = match home {
        Some(home) => {
            if home.is_sound {
                id = Some(home.id);
            } else {
                chunk::set_aside(connection, home.id).await?;
            }
            chunk::merged(home.rows, waiting)
        }
        None => waiting,
    };
    for part in parts(&rows) {
        chunk::write(connection, property, id.take(), part).await?;
    }
    let gone = sqlx::query("DELETE FROM samples WHERE property_id = $1 AND ts >= $2 AND ts <= $3")
        .bind(property)
        .bind(first)
        .bind(last)
        .execute(connection)
        .await?
        .rows_affected();
    if gone == count {
        Ok(gone)
    } else {
        Err(StoreError::Other(format!(
            "{count} samples were to move into a chunk, and {gone} were there"
        )))
    }
}

/// Full chunks, and what is left, which is no less than a full one where there are several.
fn parts(mut rows: &[Row]) -> Vec<&[Row]> {
    let mut parts = Vec::new();
    while rows.len() >= 2 * FULL {
        let (part, rest) = rows.split_at(FULL);
        parts.push(part);
        rows = rest;
    }
    parts.push(rows);
    parts
}

/// A row of `samples`.
pub(crate) fn sample(row: &SqliteRow) -> Result<Row, StoreError> {
    let number: Option<f64> = row.try_get("number")?;
    let text: Option<String> = row.try_get("text")?;
    let datum = match (number, text) {
        (_, Some(text)) => Datum::Text(text),
        (Some(number), None) => Datum::Number(number),
        (None, None) => Datum::Unknown,
    };
    Ok(Row {
        at: row.try_get("ts")?,
        datum,
    })
}
