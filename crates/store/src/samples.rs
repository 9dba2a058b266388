//! Queries: recorded properties, samples, gaps.

use crate::{
    Gap, GapReason, Store, StoreError,
    column::{from_sample, path, signed, time, timestamp, unsigned},
    telemetry,
};
use model::{DeviceId, Path, Timestamp, Value};
use sqlx::{Row, sqlite::SqliteRow};

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
            let rows = sqlx::query(
                "SELECT ts, number, text FROM samples \
                 WHERE property_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts LIMIT $4",
            )
            .bind(property.id.0)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(signed(limit as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(|row| point(property, row)).collect()
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
            let row = sqlx::query(
                "SELECT ts, number, text FROM samples WHERE property_id = $1 AND ts < $2 \
                 ORDER BY ts DESC LIMIT 1",
            )
            .bind(property.id.0)
            .bind(at.as_microsecond())
            .fetch_optional(&self.inner.reader)
            .await?;
            row.as_ref().map(|row| point(property, row)).transpose()
        })
        .await
    }

    /// The moment of the oldest sample of the house.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn oldest_sample(&self) -> Result<Option<Timestamp>, StoreError> {
        telemetry::timed("read", async {
            // One look into the index for each property, instead of one at every sample.
            let at: Option<i64> = sqlx::query_scalar(
                "SELECT min((SELECT min(s.ts) FROM samples s WHERE s.property_id = p.property_id)) \
                 FROM properties p WHERE p.house_id = $1",
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

fn point(property: &RecordedProperty, row: &SqliteRow) -> Result<Point, StoreError> {
    Ok(Point {
        at: time(row, "ts")?,
        value: from_sample(
            property.path.property,
            row.try_get("number")?,
            row.try_get("text")?,
        ),
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
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM samples")
            .fetch_one(&self.inner.reader)
            .await?;
        Ok(unsigned(count))
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
