//! Searches for devices: kept with how each protocol went, and what share of them went well.

use crate::{
    Store, StoreError,
    column::{cause, from_json, json, parsed, signed, time, unsigned},
    telemetry,
    writer::Leader,
};
use model::{ProtocolScan, Scan, ScanId, ScanStatus, Timestamp};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// The longest page.
const PAGE: usize = 500;

/// How often a protocol could be searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRate {
    /// The protocol.
    pub protocol: String,
    /// How often it was tried.
    pub attempts: u64,
    /// How often it could be searched.
    pub successes: u64,
}

impl Store {
    /// The newest searches, newest first, of those that began before `before`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scans(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<Scan>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM scans WHERE house_id = $1 AND started_at < $2 \
                 ORDER BY started_at DESC, scan_id DESC LIMIT $3",
            )
            .bind(self.inner.house_row)
            .bind(before.map_or(i64::MAX, Timestamp::as_microsecond))
            .bind(signed(limit.clamp(1, PAGE) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            let mut scans = Vec::with_capacity(rows.len());
            for row in &rows {
                scans.push(self.with_protocols(row).await?);
            }
            Ok(scans)
        })
        .await
    }

    /// A search; `None` where there is none of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scan(&self, id: ScanId) -> Result<Option<Scan>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query("SELECT * FROM scans WHERE scan_id = $1")
                .bind(id.to_string())
                .fetch_optional(&self.inner.reader)
                .await?;
            match row {
                Some(row) => Ok(Some(self.with_protocols(&row).await?)),
                None => Ok(None),
            }
        })
        .await
    }

    /// How often each protocol could be searched, of all searches since `since`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn search_rates(&self, since: Timestamp) -> Result<Vec<SearchRate>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT protocol, status, count(*) AS times FROM scans \
                 JOIN scan_protocols USING (scan_id) \
                 WHERE house_id = $1 AND started_at >= $2 GROUP BY protocol, status ORDER BY protocol",
            )
            .bind(self.inner.house_row)
            .bind(since.as_microsecond())
            .fetch_all(&self.inner.reader)
            .await?;
            let mut rates: Vec<SearchRate> = Vec::new();
            for row in &rows {
                let protocol: String = row.try_get("protocol")?;
                let times = unsigned(row.try_get("times")?);
                let Some(success) = status(row)?.success() else {
                    continue;
                };
                if rates.last().is_none_or(|rate| rate.protocol != protocol) {
                    rates.push(SearchRate { protocol, attempts: 0, successes: 0 });
                }
                if let Some(rate) = rates.last_mut() {
                    rate.attempts += times;
                    rate.successes += if success { times } else { 0 };
                }
            }
            Ok(rates)
        })
        .await
    }

    async fn with_protocols(&self, row: &SqliteRow) -> Result<Scan, StoreError> {
        let id: ScanId = parsed(row, "scan_id")?;
        let protocols = sqlx::query(
            "SELECT protocol, status, found, duration_ms, error FROM scan_protocols \
             WHERE scan_id = $1 ORDER BY protocol",
        )
        .bind(id.to_string())
        .fetch_all(&self.inner.reader)
        .await?;
        Ok(Scan {
            id,
            cause: cause(row)?,
            started: time(row, "started_at")?,
            ended: Some(time(row, "ended_at")?),
            protocols: protocols.iter().map(protocol).collect::<Result<_, _>>()?,
            new: from_json(row, "new")?,
        })
    }
}

fn protocol(row: &SqliteRow) -> Result<ProtocolScan, StoreError> {
    Ok(ProtocolScan {
        protocol: row.try_get("protocol")?,
        status: status(row)?,
        found: row.try_get("found")?,
        duration_ms: unsigned(row.try_get("duration_ms")?),
        error: row.try_get("error")?,
    })
}

fn status(row: &SqliteRow) -> Result<ScanStatus, StoreError> {
    let text: &str = row.try_get("status")?;
    ScanStatus::parse(text).ok_or_else(|| StoreError::unreadable("status", text))
}

/// Keeps a search that has ended.
pub(crate) async fn keep_scan(
    connection: &mut SqliteConnection,
    leader: Leader,
    scan: &Scan,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO scans (scan_id, house_id, started_at, ended_at, cause_id, parent_id, who, new) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (scan_id) DO NOTHING",
    )
    .bind(scan.id.to_string())
    .bind(leader.house)
    .bind(scan.started.as_microsecond())
    .bind(scan.ended.unwrap_or(scan.started).as_microsecond())
    .bind(scan.cause.id.to_string())
    .bind(scan.cause.parent.map(|id| id.to_string()))
    .bind(json(&scan.cause.who)?)
    .bind(json(&scan.new)?)
    .execute(&mut *connection)
    .await?;
    for protocol in &scan.protocols {
        sqlx::query(
            "INSERT INTO scan_protocols (scan_id, protocol, status, found, duration_ms, error) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(scan.id.to_string())
        .bind(&protocol.protocol)
        .bind(protocol.status.as_str())
        .bind(protocol.found)
        .bind(signed(protocol.duration_ms))
        .bind(&protocol.error)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
