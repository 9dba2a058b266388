//! The database as a file: copied as it is, and made ready to be replaced.

use super::schema::{newest_schema, version_of};
use crate::{
    Location, StoreError,
    open::{options, reading},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use std::{path::Path, time::Duration};

/// How long others may hold a database that is to be replaced.
const PATIENCE: Duration = Duration::from_secs(2);

/// The schema that a file has; `None` where it is not there, or not ours.
///
/// # Errors
/// When it cannot be read.
pub async fn schema_in(file: &Path) -> Result<Option<i64>, StoreError> {
    if !std::fs::metadata(file).is_ok_and(|file| file.len() > 0) {
        return Ok(None);
    }
    let mut connection = reading(&SqliteConnectOptions::new().filename(file))
        .connect()
        .await?;
    let found = async {
        let ours: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('_sqlx_migrations', 'house')",
        )
        .fetch_one(&mut connection)
        .await?;
        if ours != 2 {
            return Ok(None);
        }
        version_of(&mut connection).await.map(Some)
    }
    .await;
    let closed = connection.close().await;
    let found = found?;
    closed?;
    Ok(found)
}

/// From which schema to which a database would be migrated when it is opened; `None` where it would
/// not be: it is new, of this version, or not ours.
///
/// # Errors
/// When it cannot be read.
pub async fn pending_migration(location: &Location) -> Result<Option<(i64, i64)>, StoreError> {
    let newest = newest_schema();
    let version = schema_in(location.path()).await?;
    Ok(version
        .filter(|version| *version < newest)
        .map(|version| (version, newest)))
}

/// Copies a database as it is at this moment into a file that is not there yet, or empty.
///
/// # Errors
/// When it cannot be read or the copy cannot be written.
pub async fn plain_copy(location: &Location, into: &Path) -> Result<(), StoreError> {
    let Some(text) = into.to_str() else {
        return Err(StoreError::Other(format!(
            "{} cannot be named to the database; expected a path in UTF-8",
            into.display()
        )));
    };
    let mut connection = reading(&SqliteConnectOptions::new().filename(location.path()))
        // The copy is written by this connection too.
        .pragma("query_only", "OFF")
        .connect()
        .await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(text)
        .execute(&mut connection)
        .await;
    let closed = connection.close().await;
    copied?;
    closed?;
    Ok(())
}

/// Takes a database's log over into its file, so that the file is all there is of it.
///
/// # Errors
/// [`StoreError::Busy`] when another program reads or writes it; another where it cannot be opened.
pub async fn settle(file: &Path) -> Result<(), StoreError> {
    let mut connection = options(file)
        .create_if_missing(false)
        .busy_timeout(PATIENCE)
        .optimize_on_close(false, None)
        .connect()
        .await?;
    let taken: Result<i64, sqlx::Error> = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut connection)
        .await;
    let closed = connection.close().await;
    if taken? != 0 {
        return Err(StoreError::Busy(
            "its log cannot be taken over into the file".to_owned(),
        ));
    }
    closed?;
    Ok(())
}
