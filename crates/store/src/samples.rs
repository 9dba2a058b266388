//! Queries: samples, gaps and statistics; and writing the latter.

use crate::{
    Gap, GapReason, Store, StoreError,
    column::{from_sample, path, placeholders, signed, time, timestamp, unsigned},
    telemetry,
    writer::Durability,
};
use model::{DeviceId, Path, Timestamp, Value};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::sync::LazyLock;

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

/// How long the stretches are that samples are summed up over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// By the hour.
    Hour,
    /// By the local day.
    Day,
}

/// Samples of a property, summed up over an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Its first moment, in house time.
    pub start: Timestamp,
    /// Its length in microseconds; a day has 23 to 25 hours.
    pub length: i64,
    /// Of these, how many had a known value.
    pub known: i64,
    /// How many samples fell into it.
    pub samples: i64,
    /// Weighted by time; of a truth the share of time that it held.
    pub mean: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The increase of a meter.
    pub total: Option<f64>,
    /// The meter's reading at the end.
    pub meter: Option<f64>,
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

    /// Statistics that start from `from` on and before `to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn statistics(
        &self,
        property: PropertyId,
        period: Period,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Bucket>, StoreError> {
        let sql = match period {
            Period::Hour => {
                "SELECT * FROM statistics_hourly \
                 WHERE property_id = $1 AND start >= $2 AND start < $3 ORDER BY start LIMIT $4"
            }
            Period::Day => {
                "SELECT * FROM statistics_daily \
                 WHERE property_id = $1 AND start >= $2 AND start < $3 ORDER BY start LIMIT $4"
            }
        };
        telemetry::timed("read", async {
            let rows = sqlx::query(sql)
                .bind(property.0)
                .bind(from.as_microsecond())
                .bind(to.as_microsecond())
                .bind(signed(limit as u64))
                .fetch_all(&self.inner.reader)
                .await?;
            rows.iter().map(bucket).collect()
        })
        .await
    }

    /// What a meter showed at the end of the last hour that was summed up before `at`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn meter_before(
        &self,
        property: PropertyId,
        at: Timestamp,
    ) -> Result<Option<f64>, StoreError> {
        telemetry::timed("read", async {
            Ok(sqlx::query_scalar(
                "SELECT meter FROM statistics_hourly \
                 WHERE property_id = $1 AND start < $2 AND meter IS NOT NULL ORDER BY start DESC LIMIT 1",
            )
            .bind(property.0)
            .bind(at.as_microsecond())
            .fetch_optional(&self.inner.reader)
            .await?)
        })
        .await
    }

    /// The house time before which all is summed up; `None` where nothing is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn statistics_until(&self) -> Result<Option<Timestamp>, StoreError> {
        telemetry::timed("read", async {
            let until: Option<i64> =
                sqlx::query_scalar("SELECT statistics_until FROM house WHERE house_id = $1")
                    .bind(self.inner.house_row)
                    .fetch_one(&self.inner.reader)
                    .await?;
            until.map(timestamp).transpose()
        })
        .await
    }

    /// Writes statistics of the time from `from` to `until` in one transaction, in place of those
    /// that are there, and notes that all before `until` is summed up, unless samples from before
    /// `expected` came in the meantime.
    ///
    /// # Errors
    /// When they cannot be written; then none of them is.
    pub async fn write_statistics(
        &self,
        rows: Vec<(PropertyId, Period, Bucket)>,
        expected: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let store = self.clone();
        // A task of its own: a transaction must not stay open because its caller went away.
        let writing = tokio::spawn(async move {
            let writing = async {
                let mut writer = store.inner.writer.lock().await;
                let leader = store.leader();
                let connection = writer.begin("statistics", Durability::Normal).await?;
                let result = async {
                    leader.check(connection, None).await?;
                    for period in [Period::Hour, Period::Day] {
                        let of_period = rows.iter().filter(|(_, other, _)| *other == period);
                        let rows: Vec<_> = of_period
                            .map(|(property, _, bucket)| (*property, *bucket))
                            .collect();
                        write_buckets(connection, period, &rows).await?;
                    }
                    sqlx::query(
                        "UPDATE house SET statistics_until = $2 WHERE house_id = $1 \
                         AND statistics_until IS NOT DISTINCT FROM $3",
                    )
                    .bind(leader.house)
                    .bind(until.as_microsecond())
                    .bind(expected.map(Timestamp::as_microsecond))
                    .execute(connection)
                    .await?;
                    Ok(())
                }
                .await;
                writer.end(result).await
            };
            telemetry::timed("statistics", writing).await
        });
        writing
            .await
            .unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }
}

/// Rows of one INSERT.
const ROWS: usize = 50;

async fn write_buckets(
    connection: &mut SqliteConnection,
    period: Period,
    rows: &[(PropertyId, Bucket)],
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS) {
        // Two statements serve all sizes, so that both stay prepared.
        let is_full = chunk.len() == ROWS;
        let (sql, size) = match period {
            Period::Hour if is_full => (HOURS.as_str(), ROWS),
            Period::Hour => (HOUR.as_str(), 1),
            Period::Day if is_full => (DAYS.as_str(), ROWS),
            Period::Day => (DAY.as_str(), 1),
        };
        for part in chunk.chunks(size) {
            let mut query = sqlx::query(sql);
            for (property, bucket) in part {
                query = query
                    .bind(property.0)
                    .bind(bucket.start.as_microsecond())
                    .bind(bucket.length)
                    .bind(bucket.known)
                    .bind(bucket.samples)
                    .bind(bucket.mean)
                    .bind(bucket.min)
                    .bind(bucket.max)
                    .bind(bucket.total)
                    .bind(bucket.meter);
            }
            query.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

static HOURS: LazyLock<String> = LazyLock::new(|| upsert("statistics_hourly", ROWS));
static HOUR: LazyLock<String> = LazyLock::new(|| upsert("statistics_hourly", 1));
static DAYS: LazyLock<String> = LazyLock::new(|| upsert("statistics_daily", ROWS));
static DAY: LazyLock<String> = LazyLock::new(|| upsert("statistics_daily", 1));

fn upsert(table: &str, rows: usize) -> String {
    format!(
        "INSERT INTO {table} (property_id, start, length, known, samples, mean, min, max, total, meter) \
         VALUES {} ON CONFLICT (property_id, start) DO UPDATE SET \
         length = excluded.length, known = excluded.known, samples = excluded.samples, \
         mean = excluded.mean, min = excluded.min, max = excluded.max, total = excluded.total, \
         meter = excluded.meter",
        placeholders(rows, 10)
    )
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

fn bucket(row: &SqliteRow) -> Result<Bucket, StoreError> {
    Ok(Bucket {
        start: time(row, "start")?,
        length: row.try_get("length")?,
        known: row.try_get("known")?,
        samples: row.try_get("samples")?,
        mean: row.try_get("mean")?,
        min: row.try_get("min")?,
        max: row.try_get("max")?,
        total: row.try_get("total")?,
        meter: row.try_get("meter")?,
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
