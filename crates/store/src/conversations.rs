//! Conversations and their turns.

use crate::{
    Store, StoreError,
    column::{from_json, json},
    telemetry,
    writer::Leader,
};
use model::{ConversationId, Timestamp, Who};
use serde_json::Value as Json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// The most rows of one answer.
const PAGE: usize = 500;

/// A turn as it is kept: what was said, and the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptTurn {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whose conversation it is.
    pub owner: String,
    /// Who said it.
    pub who: Who,
    /// When, in house time.
    pub at: Timestamp,
    /// What was said.
    pub message: String,
    /// What was answered.
    pub response: String,
    /// What was understood.
    pub intent: String,
    /// Who understood it.
    pub engine: String,
    /// What else belongs to the answer, as its maker encodes it.
    pub body: Json,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationSummary {
    /// Its id.
    pub id: ConversationId,
    /// The first thing that was said in it.
    pub title: String,
    /// When it began, in house time.
    pub began: Timestamp,
    /// When it was last gone on with, in house time.
    pub last: Timestamp,
    /// How many turns it has.
    pub turns: u64,
}

impl Store {
    /// Whose a conversation is; `None` where there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_owner(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<String>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query(
                "SELECT owner FROM conversations WHERE conversation_id = $1 AND house_id = $2",
            )
            .bind(conversation.to_string())
            .bind(self.inner.house_row)
            .fetch_optional(&self.inner.reader)
            .await?;
            row.map(|row| Ok(row.try_get("owner")?)).transpose()
        })
        .await
    }

    /// The conversations of somebody, the last gone on with first; with words only those in which they
    /// occur. At most 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversations(
        &self,
        owner: &str,
        words: Option<&str>,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        telemetry::timed("read", async {
            let pattern = words.map(|words| {
                let plain = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                format!("%{plain}%")
            });
            let rows = sqlx::query(
                "SELECT conversation_id, title, began_at, last_at, turns FROM conversations \
                 WHERE house_id = $1 AND owner = $2 AND last_at < $3 \
                 AND ($4 IS NULL OR EXISTS (SELECT 1 FROM turns WHERE turns.conversation_id = conversations.conversation_id \
                      AND (message LIKE $4 ESCAPE '\\' OR response LIKE $4 ESCAPE '\\'))) \
                 ORDER BY last_at DESC, conversation_id DESC LIMIT $5",
            )
            .bind(self.inner.house_row)
            .bind(owner)
            .bind(before.map_or(i64::MAX, Timestamp::as_microsecond))
            .bind(pattern)
            .bind(limit.min(PAGE) as i64)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(summary).collect()
        })
        .await
    }

    /// The last turns of a conversation, oldest first. At most 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turns(
        &self,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Vec<KeptTurn>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT turns.*, owner FROM turns JOIN conversations USING (conversation_id) \
                 WHERE turns.conversation_id = $1 AND house_id = $2 ORDER BY place DESC LIMIT $3",
            )
            .bind(conversation.to_string())
            .bind(self.inner.house_row)
            .bind(limit.min(PAGE) as i64)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter()
                .rev()
                .map(|row| turn(row, conversation))
                .collect()
        })
        .await
    }
}

fn at(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    let micros: i64 = row.try_get(column)?;
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Other(error.to_string()))
}

fn summary(row: &SqliteRow) -> Result<ConversationSummary, StoreError> {
    let id: String = row.try_get("conversation_id")?;
    let turns: i64 = row.try_get("turns")?;
    Ok(ConversationSummary {
        id: id
            .parse()
            .map_err(|error: model::IdError| StoreError::Other(error.to_string()))?,
        title: row.try_get("title")?,
        began: at(row, "began_at")?,
        last: at(row, "last_at")?,
        turns: turns.unsigned_abs(),
    })
}

fn turn(row: &SqliteRow, conversation: ConversationId) -> Result<KeptTurn, StoreError> {
    Ok(KeptTurn {
        conversation,
        owner: row.try_get("owner")?,
        who: from_json(row, "who")?,
        at: at(row, "at")?,
        message: row.try_get("message")?,
        response: row.try_get("response")?,
        intent: row.try_get("intent")?,
        engine: row.try_get("engine")?,
        body: from_json(row, "body")?,
    })
}

/// Keeps a turn; the first makes the conversation.
pub(crate) async fn keep_turn(
    connection: &mut SqliteConnection,
    leader: Leader,
    turn: &KeptTurn,
) -> Result<(), StoreError> {
    let id = turn.conversation.to_string();
    // Where the house began, its own words are the title.
    let first = if turn.message.is_empty() {
        &turn.response
    } else {
        &turn.message
    };
    let title: String = first.chars().take(120).collect();
    sqlx::query(
        "INSERT INTO conversations (conversation_id, house_id, owner, title, began_at, last_at, turns) \
         VALUES ($1, $2, $3, $4, $5, $5, 1) \
         ON CONFLICT (conversation_id) DO UPDATE SET last_at = excluded.last_at, turns = turns + 1",
    )
    .bind(&id)
    .bind(leader.house)
    .bind(&turn.owner)
    .bind(title)
    .bind(turn.at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO turns (conversation_id, place, at, who, message, response, intent, engine, body) \
         VALUES ($1, (SELECT turns FROM conversations WHERE conversation_id = $1), $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&id)
    .bind(turn.at.as_microsecond())
    .bind(json(&turn.who)?)
    .bind(&turn.message)
    .bind(&turn.response)
    .bind(&turn.intent)
    .bind(&turn.engine)
    .bind(json(&turn.body)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a conversation with all that was said in it.
pub(crate) async fn forget_conversation(
    connection: &mut SqliteConnection,
    leader: Leader,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    let id = conversation.to_string();
    sqlx::query("DELETE FROM turns WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE conversation_id = $1 AND house_id = $2)")
        .bind(&id)
        .bind(leader.house)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM conversations WHERE conversation_id = $1 AND house_id = $2")
        .bind(&id)
        .bind(leader.house)
        .execute(connection)
        .await?;
    Ok(())
}
