//! Accounts, sessions and tokens: who may sign in, and what they hold.

use crate::{
    Store, StoreError,
    column::{from_json, from_json_or_null, json, parsed, parsed_or_null, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{AccountId, AreaId, PersonId, ProgramId, SessionId, Timestamp, TokenId};
use serde_json::Value as Json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptAccount {
    /// Its id.
    pub id: AccountId,
    /// What one signs in with.
    pub name: String,
    /// Its role, as its maker calls it.
    pub role: String,
    /// The member of the household that it is.
    pub person: Option<PersonId>,
    /// The password's hash, as a PHC string.
    pub password: String,
    /// Until when it is good (wall clock).
    pub until: Option<Timestamp>,
    /// Only in these areas; `None` means in the whole house.
    pub areas: Option<Vec<AreaId>>,
    /// The second factor, as its maker encodes it.
    pub second: Option<Json>,
    /// When it was made (wall clock).
    pub made: Timestamp,
    /// When the password was set (wall clock).
    pub password_set: Timestamp,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// `browser` or `program`.
    pub kind: String,
    /// A keyed hash of the cookie, in hexadecimal; empty for a program's.
    pub hash: String,
    /// How often the tokens of a program were refreshed.
    pub generation: u32,
    /// A fingerprint of the key that signs it.
    pub key: String,
    /// From where it was last used.
    pub address: String,
    /// What the client calls itself.
    pub agent: String,
    /// When it began (wall clock).
    pub began: Timestamp,
    /// When it was last used (wall clock).
    pub last: Timestamp,
    /// When it ends (wall clock).
    pub until: Timestamp,
    /// The program that holds it; `None` for the person's own.
    pub program: Option<ProgramId>,
    /// What that may do.
    pub scopes: Option<Vec<String>>,
    /// The path below which that is.
    pub resource: Option<String>,
}

/// A long-lived token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptToken {
    /// Its id.
    pub id: TokenId,
    /// Whose it is; `None`: the operator's.
    pub account: Option<AccountId>,
    /// Its name, unique.
    pub name: String,
    /// SHA-256 of it, in hexadecimal.
    pub hash: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made (wall clock).
    pub made: Timestamp,
    /// Until when it is good (wall clock).
    pub until: Option<Timestamp>,
    /// When it was last used (wall clock), to the minute.
    pub last_used: Option<Timestamp>,
}

impl Store {
    /// Every account, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accounts(&self) -> Result<Vec<KeptAccount>, StoreError> {
        telemetry::timed("read", async {
            let rows =
                sqlx::query("SELECT * FROM accounts WHERE house_id = $1 ORDER BY account_id")
                    .bind(self.inner.house_row)
                    .fetch_all(&self.inner.reader)
                    .await?;
            rows.iter().map(account).collect()
        })
        .await
    }

    /// Every session, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(&self) -> Result<Vec<KeptSession>, StoreError> {
        telemetry::timed("read", async {
            let rows =
                sqlx::query("SELECT * FROM sessions WHERE house_id = $1 ORDER BY session_id")
                    .bind(self.inner.house_row)
                    .fetch_all(&self.inner.reader)
                    .await?;
            rows.iter().map(session).collect()
        })
        .await
    }

    /// Every long-lived token, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tokens(&self) -> Result<Vec<KeptToken>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query("SELECT * FROM tokens WHERE house_id = $1 ORDER BY token_id")
                .bind(self.inner.house_row)
                .fetch_all(&self.inner.reader)
                .await?;
            rows.iter().map(token).collect()
        })
        .await
    }
}

fn account(row: &SqliteRow) -> Result<KeptAccount, StoreError> {
    Ok(KeptAccount {
        id: parsed(row, "account_id")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        person: parsed_or_null(row, "person_id")?,
        password: row.try_get("password")?,
        until: time_or_null(row, "until_at")?,
        areas: from_json_or_null(row, "areas")?,
        second: from_json_or_null(row, "second")?,
        made: time(row, "made_at")?,
        password_set: time(row, "password_at")?,
    })
}

fn session(row: &SqliteRow) -> Result<KeptSession, StoreError> {
    let generation: i64 = row.try_get("generation")?;
    Ok(KeptSession {
        id: parsed(row, "session_id")?,
        account: parsed(row, "account_id")?,
        kind: row.try_get("kind")?,
        hash: row.try_get("hash")?,
        generation: u32::try_from(generation)
            .map_err(|error| StoreError::unreadable("generation", error))?,
        key: row.try_get("key")?,
        address: row.try_get("address")?,
        agent: row.try_get("agent")?,
        began: time(row, "began_at")?,
        last: time(row, "last_at")?,
        until: time(row, "until_at")?,
        program: parsed_or_null(row, "program_id")?,
        scopes: from_json_or_null(row, "scopes")?,
        resource: row.try_get("resource")?,
    })
}

fn token(row: &SqliteRow) -> Result<KeptToken, StoreError> {
    Ok(KeptToken {
        id: parsed(row, "token_id")?,
        account: parsed_or_null(row, "account_id")?,
        name: row.try_get("name")?,
        hash: row.try_get("hash")?,
        scopes: from_json(row, "scopes")?,
        made: time(row, "made_at")?,
        until: time_or_null(row, "until_at")?,
        last_used: time_or_null(row, "last_used_at")?,
    })
}

pub(crate) async fn keep_account(
    connection: &mut SqliteConnection,
    leader: Leader,
    account: &KeptAccount,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO accounts (account_id, house_id, name, role, person_id, password, until_at, areas, \
         second, made_at, password_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, role = excluded.role, \
         person_id = excluded.person_id, password = excluded.password, until_at = excluded.until_at, \
         areas = excluded.areas, second = excluded.second, password_at = excluded.password_at",
    )
    .bind(account.id.to_string())
    .bind(leader.house)
    .bind(&account.name)
    .bind(&account.role)
    .bind(account.person.map(|id| id.to_string()))
    .bind(&account.password)
    .bind(account.until.map(Timestamp::as_microsecond))
    .bind(account.areas.as_ref().map(json).transpose()?)
    .bind(account.second.as_ref().map(json).transpose()?)
    .bind(account.made.as_microsecond())
    .bind(account.password_set.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets an account, with its sessions and tokens.
pub(crate) async fn forget_account(
    connection: &mut SqliteConnection,
    id: AccountId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM accounts WHERE account_id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn keep_session(
    connection: &mut SqliteConnection,
    leader: Leader,
    session: &KeptSession,
) -> Result<(), StoreError> {
    // When somebody was removed a moment ago, their session is not brought back.
    sqlx::query(
        "INSERT INTO sessions (session_id, house_id, account_id, kind, hash, generation, key, address, \
         agent, began_at, last_at, until_at, program_id, scopes, resource) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 \
         WHERE EXISTS (SELECT 1 FROM accounts WHERE account_id = $3) \
         ON CONFLICT (session_id) DO UPDATE SET generation = excluded.generation, \
         address = excluded.address, agent = excluded.agent, last_at = excluded.last_at, \
         until_at = excluded.until_at",
    )
    .bind(session.id.to_string())
    .bind(leader.house)
    .bind(session.account.to_string())
    .bind(&session.kind)
    .bind(&session.hash)
    .bind(i64::from(session.generation))
    .bind(&session.key)
    .bind(&session.address)
    .bind(&session.agent)
    .bind(session.began.as_microsecond())
    .bind(session.last.as_microsecond())
    .bind(session.until.as_microsecond())
    .bind(session.program.map(|id| id.to_string()))
    .bind(session.scopes.as_ref().map(json).transpose()?)
    .bind(&session.resource)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a session was used; one that is gone meanwhile stays gone.
pub(crate) async fn touch_session(
    connection: &mut SqliteConnection,
    session: &KeptSession,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET last_at = $2, until_at = $3, address = $4 WHERE session_id = $1",
    )
    .bind(session.id.to_string())
    .bind(session.last.as_microsecond())
    .bind(session.until.as_microsecond())
    .bind(&session.address)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn forget_session(
    connection: &mut SqliteConnection,
    id: SessionId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE session_id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn keep_token(
    connection: &mut SqliteConnection,
    leader: Leader,
    token: &KeptToken,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tokens (token_id, house_id, account_id, name, hash, scopes, made_at, until_at, \
         last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(token.id.to_string())
    .bind(leader.house)
    .bind(token.account.map(|id| id.to_string()))
    .bind(&token.name)
    .bind(&token.hash)
    .bind(json(&token.scopes)?)
    .bind(token.made.as_microsecond())
    .bind(token.until.map(Timestamp::as_microsecond))
    .bind(token.last_used.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a token was used; one that is gone meanwhile stays gone.
pub(crate) async fn touch_token(
    connection: &mut SqliteConnection,
    id: TokenId,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE token_id = $1")
        .bind(id.to_string())
        .bind(at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn forget_token(
    connection: &mut SqliteConnection,
    id: TokenId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM tokens WHERE token_id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
