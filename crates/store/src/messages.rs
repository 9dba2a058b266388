//! What the house tells people beyond its page, and what became of it.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, signed, time},
    telemetry,
    writer::Leader,
};
use model::{RunId, Timestamp};
use serde_json::Value as Json;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

/// The most runs that are asked for at once.
const RUNS: usize = 500;

/// A message by one way out.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptMessage {
    /// The same by every way and at every try.
    pub id: String,
    /// By which way: webhook, push, email or mqtt.
    pub channel: String,
    /// The run that says it.
    pub run: RunId,
    /// How it stands: waiting, sent, gave_up or dropped.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What there is to say about that, for people.
    pub note: String,
    /// When it was said, in house time.
    pub at: Timestamp,
    /// Its heading, text and urgency, as its maker encodes them.
    pub body: Json,
}

impl Store {
    /// The messages that have not gone out, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn messages_waiting(&self) -> Result<Vec<KeptMessage>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM messages WHERE house_id = $1 AND state = 'waiting' ORDER BY at",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(message).collect()
        })
        .await
    }

    /// What some runs (at most 500) told people, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn messages_of(&self, runs: &[RunId]) -> Result<Vec<KeptMessage>, StoreError> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM messages WHERE run_id IN (");
        let mut list = query.separated(", ");
        for run in runs.iter().take(RUNS) {
            list.push_bind(run.to_string());
        }
        query.push(") ORDER BY at, channel");
        telemetry::timed("read", async {
            let rows = query.build().fetch_all(&self.inner.reader).await?;
            rows.iter().map(message).collect()
        })
        .await
    }
}

fn message(row: &SqliteRow) -> Result<KeptMessage, StoreError> {
    Ok(KeptMessage {
        id: row.try_get("message_id")?,
        channel: row.try_get("channel")?,
        run: parsed(row, "run_id")?,
        state: row.try_get("state")?,
        attempts: row.try_get("attempts")?,
        note: row.try_get("note")?,
        at: time(row, "at")?,
        body: from_json(row, "body")?,
    })
}

/// Keeps a message, new or further on.
pub(crate) async fn keep_message(
    connection: &mut SqliteConnection,
    leader: Leader,
    message: &KeptMessage,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO messages (house_id, message_id, channel, run_id, state, attempts, note, at, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (house_id, message_id, channel) DO UPDATE SET \
         state = excluded.state, attempts = excluded.attempts, note = excluded.note",
    )
    .bind(leader.house)
    .bind(&message.id)
    .bind(&message.channel)
    .bind(message.run.to_string())
    .bind(&message.state)
    .bind(signed(u64::from(message.attempts)))
    .bind(&message.note)
    .bind(message.at.as_microsecond())
    .bind(json(&message.body)?)
    .execute(connection)
    .await?;
    Ok(())
}
