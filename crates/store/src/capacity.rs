//! What the server needed, day by day.

use crate::{Store, StoreError, column::unsigned, telemetry, writer::Leader};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// What the server needed on one day, or what comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapacityDay {
    /// Days since 1970-01-01 UTC, by the wall clock.
    pub day: i64,
    /// Size of the database, at the last look.
    pub database_bytes: u64,
    /// Devices of the house, at the last look.
    pub devices: u64,
    /// The most memory that the process had.
    pub memory_bytes: Option<u64>,
    /// Memory that it may use, at the last look.
    pub memory_limit_bytes: Option<u64>,
    /// What is free on the disk of the database, at the last look.
    pub disk_free_bytes: Option<u64>,
    /// The size of that disk, at the last look.
    pub disk_size_bytes: Option<u64>,
    /// What was counted.
    pub counts: CapacityCounts,
}

/// What is counted over a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapacityCounts {
    /// How often the memory was looked at.
    pub looks: u64,
    /// How often more than 80 % of it was used.
    pub looks_full: u64,
    /// Requests served.
    pub requests: u64,
    /// Those that took longer than 2 s.
    pub requests_slow: u64,
    /// Queries of the database.
    pub queries: u64,
    /// Those that took longer than 100 ms.
    pub queries_slow: u64,
    /// Searches for devices, counted once a protocol.
    pub scans: u64,
    /// Those that took longer than 30 s.
    pub scans_slow: u64,
}

impl Store {
    /// The days since one (days since 1970, UTC), the oldest first; days on which no server ran are not
    /// there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn capacity_days(&self, since: i64) -> Result<Vec<CapacityDay>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM capacity_days WHERE house_id = $1 AND day >= $2 ORDER BY day",
            )
            .bind(self.inner.house_row)
            .bind(since)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(day).collect()
        })
        .await
    }
}

fn day(row: &SqliteRow) -> Result<CapacityDay, StoreError> {
    let number = |name: &str| Ok::<u64, StoreError>(unsigned(row.try_get(name)?));
    let known = |name: &str| {
        let number: Option<i64> = row.try_get(name)?;
        Ok::<Option<u64>, StoreError>(number.map(unsigned))
    };
    Ok(CapacityDay {
        day: row.try_get("day")?,
        database_bytes: number("database_bytes")?,
        devices: number("devices")?,
        memory_bytes: known("memory_bytes")?,
        memory_limit_bytes: known("memory_limit_bytes")?,
        disk_free_bytes: known("disk_free_bytes")?,
        disk_size_bytes: known("disk_size_bytes")?,
        counts: CapacityCounts {
            looks: number("looks")?,
            looks_full: number("looks_full")?,
            requests: number("requests")?,
            requests_slow: number("requests_slow")?,
            queries: number("queries")?,
            queries_slow: number("queries_slow")?,
            scans: number("scans")?,
            scans_slow: number("scans_slow")?,
        },
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Adds a look to its day: what is counted is added, the most memory stays, the rest is as it is now.
pub(crate) async fn keep_capacity(
    connection: &mut SqliteConnection,
    leader: Leader,
    look: &CapacityDay,
) -> Result<(), StoreError> {
    let counts = &look.counts;
    sqlx::query(
        "INSERT INTO capacity_days (house_id, day, database_bytes, devices, memory_bytes, memory_limit_bytes, \
         disk_free_bytes, disk_size_bytes, looks, looks_full, requests, requests_slow, queries, queries_slow, \
         scans, scans_slow) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (house_id, day) DO UPDATE SET database_bytes = excluded.database_bytes, \
         devices = excluded.devices, \
         memory_bytes = max(coalesce(memory_bytes, excluded.memory_bytes), coalesce(excluded.memory_bytes, memory_bytes)), \
         memory_limit_bytes = excluded.memory_limit_bytes, disk_free_bytes = excluded.disk_free_bytes, \
         disk_size_bytes = excluded.disk_size_bytes, looks = looks + excluded.looks, \
         looks_full = looks_full + excluded.looks_full, requests = requests + excluded.requests, \
         requests_slow = requests_slow + excluded.requests_slow, queries = queries + excluded.queries, \
         queries_slow = queries_slow + excluded.queries_slow, scans = scans + excluded.scans, \
         scans_slow = scans_slow + excluded.scans_slow",
    )
    .bind(leader.house)
    .bind(look.day)
    .bind(signed(look.database_bytes))
    .bind(signed(look.devices))
    .bind(look.memory_bytes.map(signed))
    .bind(look.memory_limit_bytes.map(signed))
    .bind(look.disk_free_bytes.map(signed))
    .bind(look.disk_size_bytes.map(signed))
    .bind(signed(counts.looks))
    .bind(signed(counts.looks_full))
    .bind(signed(counts.requests))
    .bind(signed(counts.requests_slow))
    .bind(signed(counts.queries))
    .bind(signed(counts.queries_slow))
    .bind(signed(counts.scans))
    .bind(signed(counts.scans_slow))
    .execute(connection)
    .await?;
    Ok(())
}
