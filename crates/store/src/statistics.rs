//! Statistics: samples summed up over hours and days. What they come to is computed elsewhere.

use crate::{
    PropertyId, Store, StoreError, bulk,
    column::{signed, time, timestamp},
    telemetry,
    writer::Durability,
};
use model::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::sync::LazyLock;

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
        bulk::rows(rows, 10)
    )
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
