//! Queries: recorded properties, samples, gaps.
//!
//! Samples stand in two places, fresh ones in `samples` and the others in chunks. Every query sees
//! both as one, in one look.

use crate::{
    Gap, GapReason, Store, StoreError, chunk,
    codec::{Datum, Row},
    column::{path, signed, time, timestamp, unsigned},
    compact::sample,
    telemetry,
};
use futures_util::TryStreamExt as _;
use model::{DeviceId, Path, Property, Timestamp, Value, capability::Kind};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

/// The short number of a recorded property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyId(pub(crate) i64);

/// A recorded property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedProperty {
    /// Its short number.
    pub id: PropertyId,
    /// Whose.
    pub device: DeviceId,
    /// Which.
    pub path: Path,
}

/// A value from a moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When, in house time.
    pub at: Timestamp,
    /// The value; `None`: not known from here on.
    pub value: Option<Value>,
}

impl Store {
    /// All properties that were ever recorded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recorded(&self) -> Result<Vec<RecordedProperty>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT property_id, device_id, path FROM properties WHERE house_id = $1 ORDER BY property_id",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            // A property that no table has any more is not summed up any more.
            Ok(rows.iter().filter_map(|row| recorded(row).ok()).collect())
        })
        .await
    }

    /// One of them; `None` where it was never recorded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recorded_property(
        &self,
        device: DeviceId,
        path: Path,
    ) -> Result<Option<RecordedProperty>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query(
                "SELECT property_id, device_id, path FROM properties WHERE device_id = $1 AND path = $2",
            )
            .bind(device.to_string())
            .bind(path.to_string())
            .fetch_optional(&self.inner.reader)
            .await?;
            row.as_ref().map(recorded).transpose()
        })
        .await
    }

    /// Samples from `from` on and before `to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn samples(
        &self,
        property: &RecordedProperty,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        telemetry::timed("read", async {
            let (from, to) = (from.as_microsecond(), to.as_microsecond());
            let (rows, _) = between(&self.inner.reader, property.id, from, to, limit).await?;
            rows.into_iter()
                .map(|row| point(Some(property.path.property), row))
                .collect()
        })
        .await
    }

    /// The last sample before `at`: what the property was then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sample_before(
        &self,
        property: &RecordedProperty,
        at: Timestamp,
    ) -> Result<Option<Point>, StoreError> {
        telemetry::timed("read", async {
            let mut snapshot = self.inner.reader.begin().await?;
            let row = last_before(&mut snapshot, property.id.0, at.as_microsecond()).await?;
            snapshot.rollback().await?;
            row.map(|row| point(Some(property.path.property), row))
                .transpose()
        })
        .await
    }

    /// The moment of the oldest sample of the house.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn oldest_sample(&self) -> Result<Option<Timestamp>, StoreError> {
        telemetry::timed("read", async {
            // Two looks into an index for each property, instead of one at every sample.
            let at: Option<i64> = sqlx::query_scalar(
                "SELECT min(ts) FROM (\
                 SELECT (SELECT min(s.ts) FROM samples s WHERE s.property_id = p.property_id) AS ts \
                 FROM properties p WHERE p.house_id = $1 UNION ALL \
                 SELECT (SELECT min(c.first_ts) FROM chunk_properties c WHERE c.property_id = p.property_id) \
                 FROM properties p WHERE p.house_id = $1)",
            )
            .bind(self.inner.house_row)
            .fetch_one(&self.inner.reader)
            .await?;
            at.map(timestamp).transpose()
        })
        .await
    }

    /// Gaps that overlap with the time from `from` to `to`, oldest first; the newest 10,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn gaps(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Gap>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT from_at, to_at, reason, detail FROM gaps \
                 WHERE house_id = $1 AND to_at >= $2 AND from_at < $3 ORDER BY from_at DESC, to_at DESC LIMIT 10000",
            )
            .bind(self.inner.house_row)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().rev().map(gap).collect()
        })
        .await
    }
}

fn recorded(row: &SqliteRow) -> Result<RecordedProperty, StoreError> {
    let text: &str = row.try_get("path")?;
    Ok(RecordedProperty {
        id: PropertyId(row.try_get("property_id")?),
        device: crate::column::parsed(row, "device_id")?,
        path: path(text).ok_or_else(|| StoreError::unreadable("path", text))?,
    })
}

/// Samples of a property from `from` on and before `to`, oldest first, at most `limit`; and how many
/// chunks among them did not read back.
pub(crate) async fn between(
    pool: &SqlitePool,
    property: PropertyId,
    from: i64,
    to: i64,
    limit: usize,
) -> Result<(Vec<Row>, usize), StoreError> {
    // One look at both: what compaction moves meanwhile is neither missed nor seen twice.
    let mut snapshot = pool.begin().await?;
    let later: Vec<Row> = sqlx::query(
        "SELECT ts, number, text FROM samples \
         WHERE property_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts LIMIT $4",
    )
    .bind(property.0)
    .bind(from)
    .bind(to)
    .bind(signed(limit as u64))
    .fetch_all(&mut *snapshot)
    .await?
    .iter()
    .map(sample)
    .collect::<Result<_, _>>()?;
    let mut earlier = Vec::new();
    let mut damaged = 0;
    {
        let mut chunks = sqlx::query(chunk::BETWEEN)
            .bind(property.0)
            .bind(from)
            .bind(to)
            .fetch(&mut *snapshot);
        // No more chunks are read than are needed.
        while earlier.len() < limit
            && let Some(row) = chunks.try_next().await?
        {
            let (rows, is_sound) = chunk::rows_of(&row, property.0)?;
            damaged += usize::from(!is_sound);
            let within = |row: &Row| row.at >= from && row.at < to;
            earlier.extend(rows.into_iter().filter(within));
        }
    }
    snapshot.rollback().await?;
    let mut rows = chunk::merged(earlier, later);
    rows.truncate(limit);
    Ok((rows, damaged))
}

/// The last sample of a property before `at`.
pub(crate) async fn last_before(
    connection: &mut SqliteConnection,
    property: i64,
    at: i64,
) -> Result<Option<Row>, StoreError> {
    let later = sqlx::query(
        "SELECT ts, number, text FROM samples WHERE property_id = $1 AND ts < $2 \
         ORDER BY ts DESC LIMIT 1",
    )
    .bind(property)
    .bind(at)
    .fetch_optional(&mut *connection)
    .await?;
    let later = later.as_ref().map(sample).transpose()?;
    let rows = chunk::property_before(connection, property, at).await?;
    let earlier = rows.and_then(|rows| rows.into_iter().rfind(|row| row.at < at));
    Ok(match (earlier, later) {
        (Some(earlier), Some(later)) if earlier.at > later.at => Some(earlier),
        (earlier, None) => earlier,
        (_, later) => later,
    })
}

/// A sample as a value: the property's table says whether a number is a truth.
pub(crate) fn point(table: Option<&Property>, row: Row) -> Result<Point, StoreError> {
    let value = match row.datum {
        Datum::Unknown => None,
        Datum::Text(text) => Some(Value::Text(text)),
        Datum::Number(number) if table.is_some_and(|table| table.kind == Kind::Bool) => {
            Some(Value::Bool(number != 0.0))
        }
        Datum::Number(number) => Some(Value::Number(number)),
    };
    Ok(Point {
        at: timestamp(row.at)?,
        value,
    })
}

fn gap(row: &SqliteRow) -> Result<Gap, StoreError> {
    let reason: &str = row.try_get("reason")?;
    Ok(Gap {
        from: time(row, "from_at")?,
        to: time(row, "to_at")?,
        reason: GapReason::ALL
            .into_iter()
            .find(|known| known.as_str() == reason)
            .ok_or_else(|| StoreError::unreadable("reason", reason))?,
        detail: row.try_get("detail")?,
    })
}

/// How many rows some tables have, for the operator and for tests.
impl Store {
    /// The number of samples.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_samples(&self) -> Result<u64, StoreError> {
        let mut snapshot = self.inner.reader.begin().await?;
        let count: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM samples) \
             + (SELECT coalesce(sum(count), 0) FROM chunks WHERE device_no > 0)",
        )
        .fetch_one(&mut *snapshot)
        .await?;
        // What was written again stands in both until it is compacted.
        let again: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT s.property_id, s.ts FROM samples s WHERE EXISTS \
             (SELECT 1 FROM chunk_properties p JOIN chunks c ON c.chunk_id = p.chunk_id \
              WHERE p.property_id = s.property_id AND p.first_ts <= s.ts AND c.last_ts >= s.ts)",
        )
        .fetch_all(&mut *snapshot)
        .await?;
        let mut twice = 0;
        let mut known: Option<(i64, Vec<Row>)> = None;
        for (property, at) in again {
            let rows = match known.take() {
                Some((other, rows)) if other == property && covers(&rows, at) => rows,
                _ => chunk::property_before(&mut snapshot, property, at.saturating_add(1))
                    .await?
                    .unwrap_or_default(),
            };
            twice += u64::from(rows.binary_search_by_key(&at, |row| row.at).is_ok());
            known = Some((property, rows));
        }
        snapshot.rollback().await?;
        Ok(unsigned(count).saturating_sub(twice))
    }

    /// The number of events on the timeline.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_events(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
            .fetch_one(&self.inner.reader)
            .await?;
        Ok(unsigned(count))
    }
}

/// Whether a moment lies within a property's samples of a chunk.
fn covers(rows: &[Row], at: i64) -> bool {
    matches!((rows.first(), rows.last()), (Some(first), Some(last)) if (first.at..=last.at).contains(&at))
}
