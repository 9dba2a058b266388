//! What the household chose about the house itself, and its interviews.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, time},
    telemetry,
    writer::Leader,
};
use model::{ConversationId, InterviewId, Timestamp};
use serde_json::Value as Json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::BTreeMap;

/// The most interviews of one answer.
const PAGE: i64 = 100;

/// An interview as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptInterview {
    /// Its id.
    pub id: InterviewId,
    /// The conversation in which it is held.
    pub conversation: ConversationId,
    /// Whose it is.
    pub owner: String,
    /// Whether it is `open`, `paused` or `done`.
    pub state: String,
    /// When it began, in house time.
    pub began: Timestamp,
    /// When it was last gone on with, in house time.
    pub last: Timestamp,
    /// How far it is, as its maker encodes it.
    pub body: Json,
}

impl Store {
    /// Something that the household chose, by its name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn household(&self, name: &str) -> Result<Option<Json>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query("SELECT body FROM household WHERE house_id = $1 AND name = $2")
                .bind(self.inner.house_row)
                .bind(name)
                .fetch_optional(&self.inner.reader)
                .await?;
            row.as_ref().map(|row| from_json(row, "body")).transpose()
        })
        .await
    }

    /// An interview, by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn interview(&self, id: InterviewId) -> Result<Option<KeptInterview>, StoreError> {
        telemetry::timed("read", async {
            let row =
                sqlx::query("SELECT * FROM interviews WHERE house_id = $1 AND interview_id = $2")
                    .bind(self.inner.house_row)
                    .bind(id.to_string())
                    .fetch_optional(&self.inner.reader)
                    .await?;
            row.as_ref().map(interview).transpose()
        })
        .await
    }

    /// How many interviews there are, by their state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn interview_counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT state, count(*) AS times FROM interviews WHERE house_id = $1 GROUP BY state",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            let count = |row: &SqliteRow| {
                let times: i64 = row.try_get("times")?;
                Ok((row.try_get("state")?, u64::try_from(times).unwrap_or(0)))
            };
            rows.iter().map(count).collect()
        })
        .await
    }

    /// The interviews that have not been finished, the last gone on with first. At most 100.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn interviews_unfinished(&self) -> Result<Vec<KeptInterview>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM interviews WHERE house_id = $1 AND state <> 'done' \
                 ORDER BY last_at DESC, interview_id DESC LIMIT $2",
            )
            .bind(self.inner.house_row)
            .bind(PAGE)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(interview).collect()
        })
        .await
    }
}

fn interview(row: &SqliteRow) -> Result<KeptInterview, StoreError> {
    Ok(KeptInterview {
        id: parsed(row, "interview_id")?,
        conversation: parsed(row, "conversation_id")?,
        owner: row.try_get("owner")?,
        state: row.try_get("state")?,
        began: time(row, "began_at")?,
        last: time(row, "last_at")?,
        body: from_json(row, "body")?,
    })
}

pub(crate) async fn keep_household(
    connection: &mut SqliteConnection,
    leader: Leader,
    name: &str,
    body: &Json,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO household (house_id, name, body, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (house_id, name) DO UPDATE SET body = excluded.body, at = excluded.at",
    )
    .bind(leader.house)
    .bind(name)
    .bind(json(body)?)
    .bind(at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn keep_interview(
    connection: &mut SqliteConnection,
    leader: Leader,
    kept: &KeptInterview,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO interviews (interview_id, house_id, conversation_id, owner, state, began_at, \
         last_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (interview_id) DO UPDATE SET conversation_id = excluded.conversation_id, \
         state = excluded.state, last_at = excluded.last_at, body = excluded.body",
    )
    .bind(kept.id.to_string())
    .bind(leader.house)
    .bind(kept.conversation.to_string())
    .bind(&kept.owner)
    .bind(&kept.state)
    .bind(kept.began.as_microsecond())
    .bind(kept.last.as_microsecond())
    .bind(json(&kept.body)?)
    .execute(connection)
    .await?;
    Ok(())
}
