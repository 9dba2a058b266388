//! Compaction: samples that are not fresh any more go into chunks.
//!
//! A step is one transaction of a few milliseconds, in which a chunk is written and the samples that
//! it now has are deleted. Killed at any point, all of a step is done or nothing; what is left is
//! seen by the next. Late samples wait in `samples` like all others and are folded into the chunk in
//! whose stretch they lie.

use crate::{
    Store, StoreError,
    chunk::{self, FULL, Since},
    codec::{Datum, Row, Series},
    telemetry,
    writer::Durability,
};
use model::Timestamp;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Samples of a device that are taken at once, about.
const STEP: usize = 1_024;

/// Of a property no fewer are taken at once than this.
const LEAST: usize = 32;

/// How long the lock for writing is held, as far as steps can be made that short.
const HELD: Duration = Duration::from_millis(4);

impl Store {
    /// Puts all samples from before `before` into chunks, in small steps. Returns how many.
    ///
    /// # Errors
    /// When the database cannot be written. What was done stays done.
    pub async fn compact(&self, before: Timestamp) -> Result<u64, StoreError> {
        let before = before.as_microsecond();
        let devices: Vec<i64> = sqlx::query_scalar(
            "SELECT DISTINCT (SELECT min(d.property_id) FROM properties d \
                              WHERE d.device_id = p.device_id) AS device_no \
             FROM properties p WHERE EXISTS \
             (SELECT 1 FROM samples s WHERE s.property_id = p.property_id AND s.ts < $1) \
             ORDER BY device_no",
        )
        .bind(before)
        .fetch_all(&self.inner.reader)
        .await?;
        let mut devices = VecDeque::from(devices);
        let mut samples = 0;
        while !devices.is_empty() {
            let done;
            (done, devices) = self.compact_step(before, devices).await?;
            samples += done;
            // Whoever waits for the database comes in between.
            tokio::task::yield_now().await;
        }
        Ok(samples)
    }

    /// One transaction; which devices are left.
    async fn compact_step(
        &self,
        before: i64,
        mut devices: VecDeque<i64>,
    ) -> Result<(u64, VecDeque<i64>), StoreError> {
        let store = self.clone();
        // A task of its own: a transaction must not stay open because its caller went away.
        let working = tokio::spawn(async move {
            let working = async {
                let mut writer = store.inner.writer.lock().await;
                let leader = store.leader();
                let connection = writer.begin("compact", Durability::Normal).await?;
                let result = async {
                    leader.check(connection, None).await?;
                    let started = Instant::now();
                    let mut samples = 0;
                    while let Some(device) = devices.front()
                        && started.elapsed() < HELD
                    {
                        match fold(connection, *device, before).await? {
                            0 => drop(devices.pop_front()),
                            done => samples += done,
                        }
                    }
                    Ok(samples)
                }
                .await;
                Ok((writer.end(result).await?, devices))
            };
            telemetry::timed("compact", working).await
        });
        working
            .await
            .unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }
}

/// Puts the oldest samples of a device into the chunk where they belong, as far as they belong into
/// the same. Returns how many.
async fn fold(
    connection: &mut SqliteConnection,
    device: i64,
    before: i64,
) -> Result<u64, StoreError> {
    let mut waiting = waiting(connection, device, before).await?;
    let Some(first) = start(&waiting) else {
        return Ok(0);
    };
    let earlier = chunk::before(connection, device, first.saturating_add(1)).await?;
    let later = chunk::after(connection, device, first).await?;
    if let Some(later) = &later {
        cut(&mut waiting, later.first);
    }
    // The chunk in whose stretch they lie, or one beside them that is not full.
    let has_room = |chunk: &chunk::Chunk| chunk.count < FULL && chunk.series.is_some();
    let home = earlier
        .filter(|chunk| chunk.last >= first || has_room(chunk))
        .or_else(|| later.filter(has_room));
    let mut old: Option<(i64, Vec<Since>)> = None;
    let mut series = match home {
        None => Vec::new(),
        Some(home) => match home.series {
            Some(series) => {
                old = Some((home.id, chunk::since(&series)));
                series
            }
            None => chunk::set_aside(connection, home.id).await?,
        },
    };
    let moved: Vec<(i64, i64, i64, u64)> = waiting
        .iter()
        .map(|Series { property, rows }| {
            (
                *property,
                rows[0].at,
                rows[rows.len() - 1].at,
                rows.len() as u64,
            )
        })
        .collect();
    for Series { property, rows } in waiting {
        match series.iter_mut().find(|other| other.property == property) {
            Some(known) => known.rows = chunk::merged(std::mem::take(&mut known.rows), rows),
            None => series.push(Series { property, rows }),
        }
    }
    series.sort_by_key(|series| series.property);
    // The first part takes the place of the old chunk, and what is in another now leaves its entries.
    for part in parts(series) {
        let old = old.take();
        let old = old.as_ref().map(|(id, entries)| (*id, entries.as_slice()));
        chunk::write(connection, device, old, &part).await?;
    }
    let mut samples = 0;
    for (property, first, last, count) in moved {
        let gone =
            sqlx::query("DELETE FROM samples WHERE property_id = $1 AND ts >= $2 AND ts <= $3")
                .bind(property)
                .bind(first)
                .bind(last)
                .execute(&mut *connection)
                .await?
                .rows_affected();
        if gone != count {
            return Err(StoreError::Other(format!(
                "{count} samples were to move into a chunk, and {gone} were there"
            )));
        }
        samples += gone;
    }
    Ok(samples)
}

/// The oldest samples of a device from before `before`: all of them up to some moment.
async fn waiting(
    connection: &mut SqliteConnection,
    device: i64,
    before: i64,
) -> Result<Vec<Series>, StoreError> {
    let properties: Vec<i64> = sqlx::query_scalar(
        "SELECT p.property_id FROM properties d JOIN properties p ON p.device_id = d.device_id \
         WHERE d.property_id = $1 AND EXISTS \
         (SELECT 1 FROM samples s WHERE s.property_id = p.property_id AND s.ts < $2) \
         ORDER BY p.property_id",
    )
    .bind(device)
    .bind(before)
    .fetch_all(&mut *connection)
    .await?;
    let each = (STEP / properties.len().max(1)).max(LEAST);
    let mut complete = before;
    let mut all = Vec::with_capacity(properties.len());
    for property in properties {
        let rows: Vec<Row> = sqlx::query(
            "SELECT ts, number, text FROM samples WHERE property_id = $1 AND ts < $2 \
             ORDER BY ts LIMIT $3",
        )
        .bind(property)
        .bind(before)
        .bind(i64::try_from(each).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?
        .iter()
        .map(sample)
        .collect::<Result<_, _>>()?;
        // Of this one there may be more; up to here everything of all is there.
        if let Some(last) = rows.last()
            && rows.len() == each
        {
            complete = complete.min(last.at.saturating_add(1));
        }
        all.push(Series { property, rows });
    }
    cut(&mut all, complete);
    Ok(all)
}

/// The first moment.
fn start(series: &[Series]) -> Option<i64> {
    let rows = series.iter().filter_map(|series| series.rows.first());
    rows.map(|row| row.at).min()
}

/// Takes away what is not before `end`.
fn cut(series: &mut Vec<Series>, end: i64) {
    for series in series.iter_mut() {
        let stays = series.rows.partition_point(|row| row.at < end);
        series.rows.truncate(stays);
    }
    series.retain(|series| !series.rows.is_empty());
}

/// Full chunks, and what is left, which is no less than a full one where there are several. No
/// moment is in two of them.
fn parts(mut series: Vec<Series>) -> Vec<Vec<Series>> {
    let mut parts = Vec::new();
    loop {
        let mut moments: Vec<i64> = series
            .iter()
            .flat_map(|series| series.rows.iter().map(|row| row.at))
            .collect();
        if moments.len() < 2 * FULL {
            break;
        }
        moments.sort_unstable();
        let end = moments[FULL];
        if end == moments[0] {
            break;
        }
        let mut part = series.clone();
        cut(&mut part, end);
        for series in &mut series {
            let gone = series.rows.partition_point(|row| row.at < end);
            series.rows.drain(..gone);
        }
        series.retain(|series| !series.rows.is_empty());
        parts.push(part);
    }
    parts.push(series);
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
