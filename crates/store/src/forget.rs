//! Retention: what is old goes, in small steps, and its space goes back to the disk.

use crate::{
    Store, StoreError,
    chunk::{self, Chunk, Since},
    samples::{PropertyId, last_before},
    telemetry,
    writer::Durability,
};
use model::Timestamp;
use sqlx::SqliteConnection;

/// Rows of one step. The lock for writing is held for a few milliseconds only, so that nobody who
/// waits for an acknowledgement notices.
const STEP: i64 = 2_000;

/// Pages given back in one step (8 MB).
const PAGES: &str = "PRAGMA incremental_vacuum(2000)";

/// Something that can be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// Samples of a property. The last one before the limit stays: it says what the property was
    /// from there on.
    Samples(PropertyId),
    /// Hourly statistics of a property. Daily ones stay for good.
    Hourly(PropertyId),
    /// Events of the timeline.
    Events,
    /// Wishes that have ended.
    Wishes,
    /// Runs of scenarios that have ended.
    Runs,
    /// Messages that no longer wait.
    Messages,
    /// Gaps.
    Gaps,
    /// What the house felt.
    Feelings,
    /// Concerns that have ended.
    Concerns,
    /// Outcomes of requests with a client's id; by the wall clock.
    Outcomes,
    /// What the house learned by itself (episodes and patterns) and did not find again, and contexts
    /// that are over. What people told stays.
    Memories,
    /// Predictions whose time has come.
    Predictions,
    /// Alerts that have ended.
    Alerts,
    /// What the house was set up as: versions that others had followed by then.
    Configuration,
    /// Removed devices of which nothing is left.
    RemovedDevices,
}

impl Store {
    /// Forgets what is older than `before`, one small step of it. Returns how many rows went: call
    /// again until it is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget(&self, what: Forget, before: Timestamp) -> Result<u64, StoreError> {
        self.small(move |connection, house| {
            Box::pin(async move { forget(connection, house, what, before.as_microsecond()).await })
        })
        .await
    }

    /// Gives free pages back to the disk, one small step. Returns whether there was something to
    /// give back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_back(&self) -> Result<bool, StoreError> {
        let free: i64 = sqlx::query_scalar("PRAGMA freelist_count")
            .fetch_one(&self.inner.reader)
            .await?;
        if free == 0 {
            return Ok(false);
        }
        let mut writer = self.inner.writer.lock().await;
        let started = std::time::Instant::now();
        let result = writer.run(PAGES).await;
        telemetry::took("retention", started.elapsed());
        result.map(|()| true)
    }

    /// What SQLite proposes to do now and then, so that it finds good plans.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn optimize(&self) -> Result<(), StoreError> {
        self.inner.writer.lock().await.run("PRAGMA optimize").await
    }

    /// A short transaction in a task of its own.
    async fn small<F>(&self, work: F) -> Result<u64, StoreError>
    where
        F: for<'c> FnOnce(
                &'c mut SqliteConnection,
                i64,
            ) -> std::pin::Pin<
                Box<dyn Future<Output = Result<u64, StoreError>> + Send + 'c>,
            > + Send
            + 'static,
    {
        let store = self.clone();
        let working = tokio::spawn(async move {
            let working = async {
                let mut writer = store.inner.writer.lock().await;
                let leader = store.leader();
                let connection = writer.begin("retention", Durability::Normal).await?;
                let result = match leader.check(connection, None).await {
                    Ok(()) => work(connection, leader.house).await,
                    Err(error) => Err(error),
                };
                writer.end(result).await
            };
            telemetry::timed("retention", working).await
        });
        working
            .await
            .unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }
}

async fn forget(
    connection: &mut SqliteConnection,
    house: i64,
    what: Forget,
    before: i64,
) -> Result<u64, StoreError> {
    if let Forget::Samples(property) = what {
        return forget_samples(connection, property.0, before).await;
    }
    if what == Forget::Configuration {
        return crate::configuration::forget(connection, house, before, STEP).await;
    }
    // Each statement: $1 is the house or the property, $2 the limit in time, $3 the step.
    let (sql, key) = match what {
        Forget::Hourly(property) => (
            "DELETE FROM statistics_hourly WHERE property_id = $1 AND start < $2 \
             AND start <= coalesce((SELECT start FROM statistics_hourly WHERE property_id = $1 \
                                    ORDER BY start LIMIT 1 OFFSET $3 - 1), $2)",
            property.0,
        ),
        Forget::Samples(_) | Forget::Configuration => return Ok(0),
        Forget::Events => (
            "DELETE FROM events WHERE house_id = $1 AND (epoch, seq) IN \
             (SELECT epoch, seq FROM events WHERE house_id = $1 AND at < $2 ORDER BY at LIMIT $3)",
            house,
        ),
        Forget::Wishes => (
            "DELETE FROM wishes WHERE house_id = $1 AND wish_id IN \
             (SELECT wish_id FROM wishes WHERE state <> 'pending' AND ended_at < $2 \
              ORDER BY ended_at LIMIT $3)",
            house,
        ),
        Forget::Runs => (
            "DELETE FROM runs WHERE run_id IN \
             (SELECT run_id FROM runs WHERE house_id = $1 AND started_at < $2 \
              AND ended_at IS NOT NULL ORDER BY started_at LIMIT $3)",
            house,
        ),
        Forget::Messages => (
            "DELETE FROM messages WHERE house_id = $1 AND (message_id, channel) IN \
             (SELECT message_id, channel FROM messages WHERE house_id = $1 AND at < $2 \
              AND state <> 'waiting' LIMIT $3)",
            house,
        ),
        Forget::Feelings => (
            "DELETE FROM feelings WHERE house_id = $1 AND at IN \
             (SELECT at FROM feelings WHERE house_id = $1 AND at < $2 ORDER BY at LIMIT $3)",
            house,
        ),
        Forget::Concerns => (
            "DELETE FROM concerns WHERE house_id = $1 AND concern_id IN \
             (SELECT concern_id FROM concerns WHERE house_id = $1 AND ended_at < $2 LIMIT $3)",
            house,
        ),
        Forget::Gaps => (
            "DELETE FROM gaps WHERE house_id = $1 AND gap_id IN \
             (SELECT gap_id FROM gaps WHERE to_at < $2 ORDER BY to_at LIMIT $3)",
            house,
        ),
        Forget::Outcomes => (
            "DELETE FROM outcomes WHERE house_id = $1 AND client_id IN \
             (SELECT client_id FROM outcomes WHERE house_id = $1 AND kept_at < $2 LIMIT $3)",
            house,
        ),
        Forget::Memories => (
            "DELETE FROM memories WHERE house_id = $1 AND row IN \
             (SELECT row FROM memories WHERE changed_at < $2 AND (kind IN ('episode', 'pattern') \
              OR (kind = 'context' AND until_at < $2)) LIMIT $3)",
            house,
        ),
        Forget::Predictions => (
            "DELETE FROM predictions WHERE house_id = $1 AND prediction_id IN \
             (SELECT prediction_id FROM predictions WHERE house_id = $1 AND until_at < $2 LIMIT $3)",
            house,
        ),
        Forget::Alerts => (
            "DELETE FROM alerts WHERE house_id = $1 AND alert_id IN \
             (SELECT alert_id FROM alerts WHERE ended_at < $2 LIMIT $3)",
            house,
        ),
        Forget::RemovedDevices => (
            "DELETE FROM devices WHERE house_id = $1 AND device_id IN \
             (SELECT d.device_id FROM devices d WHERE d.removed_at < $2 \
              AND NOT EXISTS (SELECT 1 FROM events e WHERE e.device_id = d.device_id) \
              AND NOT EXISTS (SELECT 1 FROM statistics_daily s JOIN properties p \
                              ON p.property_id = s.property_id WHERE p.device_id = d.device_id) \
              LIMIT $3)",
            house,
        ),
    };
    let gone = sqlx::query(sql)
        .bind(key)
        .bind(before)
        .bind(STEP)
        .execute(&mut *connection)
        .await?;
    if what == Forget::Memories {
        sqlx::query("DELETE FROM memory_search WHERE rowid NOT IN (SELECT row FROM memories)")
            .execute(&mut *connection)
            .await?;
        if gone.rows_affected() == 0 {
            sqlx::query("INSERT INTO memory_search (memory_search) VALUES ('optimize')")
                .execute(connection)
                .await?;
        }
    }
    Ok(gone.rows_affected())
}

/// Chunks that are looked at in one step.
const CHUNKS: i64 = 2;

/// Single samples first, then what chunks have of the property. A chunk goes when nothing is left
/// in it.
async fn forget_samples(
    connection: &mut SqliteConnection,
    property: i64,
    before: i64,
) -> Result<u64, StoreError> {
    let Some(kept) = last_before(connection, property, before).await? else {
        return Ok(0);
    };
    let gone = sqlx::query(
        "DELETE FROM samples WHERE property_id = $1 AND ts < $2 \
         AND ts <= coalesce((SELECT ts FROM samples WHERE property_id = $1 ORDER BY ts \
                             LIMIT 1 OFFSET $3 - 1), $2)",
    )
    .bind(property)
    .bind(kept.at)
    .bind(STEP)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if gone > 0 {
        return Ok(gone);
    }
    let device: i64 = sqlx::query_scalar(
        "SELECT min(d.property_id) FROM properties p JOIN properties d ON d.device_id = p.device_id \
         WHERE p.property_id = $1",
    )
    .bind(property)
    .fetch_one(&mut *connection)
    .await?;
    let aside = sqlx::query("DELETE FROM chunks WHERE device_no = $1 AND last_ts < $2")
        .bind(-device)
        .bind(kept.at)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let mut gone = aside;
    for (since, chunk) in chunk::oldest(connection, property, kept.at, CHUNKS).await? {
        gone += forget_of_chunk(connection, device, (property, since), chunk, kept.at).await?;
    }
    Ok(gone)
}

/// What one chunk has of a property from before a moment.
async fn forget_of_chunk(
    connection: &mut SqliteConnection,
    device: i64,
    (property, since): Since,
    chunk: Chunk,
    before: i64,
) -> Result<u64, StoreError> {
    let Some(mut series) = chunk.series else {
        // It does not read back: it is put aside, and what it says of others stays.
        if chunk.last >= before {
            return Ok(0);
        }
        let mut series = chunk::set_aside(connection, chunk.id).await?;
        series.retain(|series| series.property != property);
        if !series.is_empty() {
            chunk::write(connection, device, None, &series).await?;
        }
        return Ok(1);
    };
    let entries = chunk::since(&series);
    let Some(own) = series.iter_mut().find(|series| series.property == property) else {
        return Err(StoreError::Other(format!(
            "chunk {} has nothing of property {property}, from {since} on",
            chunk.id
        )));
    };
    let gone = own.rows.partition_point(|row| row.at < before);
    own.rows.drain(..gone);
    series.retain(|series| !series.rows.is_empty());
    if series.is_empty() {
        chunk::delete(connection, chunk.id, &entries).await?;
    } else if gone > 0 {
        chunk::write(connection, device, Some((chunk.id, &entries)), &series).await?;
    }
    Ok(gone as u64)
}
