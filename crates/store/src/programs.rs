//! Programs to which people give access.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{ProgramId, Timestamp};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// A program as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptProgram {
    /// Its id.
    pub id: ProgramId,
    /// What it calls itself, unique.
    pub name: String,
    /// Where people may be sent back to.
    pub redirects: Vec<String>,
    /// When it registered itself (wall clock).
    pub made: Timestamp,
    /// When somebody last gave it access (wall clock).
    pub granted: Option<Timestamp>,
}

impl Store {
    /// Every program, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn programs(&self) -> Result<Vec<KeptProgram>, StoreError> {
        telemetry::timed("read", async {
            let rows =
                sqlx::query("SELECT * FROM programs WHERE house_id = $1 ORDER BY program_id")
                    .bind(self.inner.house_row)
                    .fetch_all(&self.inner.reader)
                    .await?;
            rows.iter().map(program).collect()
        })
        .await
    }
}

fn program(row: &SqliteRow) -> Result<KeptProgram, StoreError> {
    Ok(KeptProgram {
        id: parsed(row, "program_id")?,
        name: row.try_get("name")?,
        redirects: from_json(row, "redirects")?,
        made: time(row, "made_at")?,
        granted: time_or_null(row, "granted_at")?,
    })
}

pub(crate) async fn keep_program(
    connection: &mut SqliteConnection,
    leader: Leader,
    program: &KeptProgram,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO programs (program_id, house_id, name, redirects, made_at, granted_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (program_id) DO UPDATE SET granted_at = excluded.granted_at",
    )
    .bind(program.id.to_string())
    .bind(leader.house)
    .bind(&program.name)
    .bind(json(&program.redirects)?)
    .bind(program.made.as_microsecond())
    .bind(program.granted.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a program, with its sessions.
pub(crate) async fn forget_program(
    connection: &mut SqliteConnection,
    id: ProgramId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM programs WHERE program_id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
