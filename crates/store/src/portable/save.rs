//! From a database into a document.
//!
//! One connection that only reads, and one transaction: in write-ahead mode it sees one moment of the
//! house and holds nobody up. While it lasts the log cannot be taken over into the file: it grows by
//! what is written meanwhile, and is cut back afterwards.

use super::{
    document::{Cell, FORMAT, Head, Kind, Summary, VERSION},
    fault::BackupFault,
    schema::{Table, knows, newest_schema, tables_of, version_of},
    write::Writer,
};
use crate::{Location, StoreError, codec, open};
use futures_util::TryStreamExt as _;
use model::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row as _, SqliteConnection, TypeInfo as _,
    ValueRef as _,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use std::io::Write;

/// Rows that may wait between the database and the document.
const WAITING: usize = 16;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows that are done.
    pub done: u64,
    /// Rows that there are.
    pub of: u64,
}

/// Every how many rows that is told.
const TOLD_EVERY: u64 = 1_000;

/// Writes a house as it is at this moment. Works beside a running server.
///
/// # Errors
/// When there is no house, it cannot be read, or the document cannot be written.
pub async fn back_up<W: Write>(
    location: &Location,
    product_version: &str,
    out: W,
    told: &mut dyn FnMut(Progress),
) -> Result<(W, Head, Summary), BackupFault> {
    let file = location.path();
    if !file.is_file() {
        return Err(StoreError::Other(format!(
            "{} is not there; expected the database of a house",
            file.display()
        ))
        .into());
    }
    let options = open::reading(&SqliteConnectOptions::new().filename(file))
        .read_only(true)
        .row_buffer_size(WAITING);
    let mut connection = options.connect().await?;
    let saved = save(location, &mut connection, product_version, out, told).await;
    // Nothing was changed: a failure to close is no failure of the backup.
    drop(connection.close().await);
    saved
}

async fn save<W: Write>(
    location: &Location,
    connection: &mut SqliteConnection,
    product_version: &str,
    out: W,
    told: &mut dyn FnMut(Progress),
) -> Result<(W, Head, Summary), BackupFault> {
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    let ours: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('_sqlx_migrations', 'house')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if ours != 2 {
        return Err(StoreError::Foreign(location.path().to_owned()).into());
    }
    let version = version_of(connection).await?;
    if version > newest_schema() || !knows(version) {
        return Err(StoreError::Newer {
            path: location.path().to_owned(),
            version,
        }
        .into());
    }
    let house: String = sqlx::query_scalar("SELECT uuid FROM house ORDER BY house_id LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(|| BackupFault::Unfit("the database has no house yet".to_owned()))?;
    let (tables, left_out) = tables_of(version).await?;
    let head = Head {
        format: FORMAT.to_owned(),
        format_version: VERSION,
        product_version: product_version.to_owned(),
        schema_version: version,
        house,
        created_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        chunk_codec: codec::VERSION,
        left_out,
    };
    let mut writer = Writer::new(out, &head)?;
    write_tables(connection, &tables, &mut writer, told).await?;
    let (out, summary) = writer.finish()?;
    sqlx::raw_sql("ROLLBACK").execute(connection).await?;
    Ok((out, head, summary))
}

/// Writes tables of an open database.
pub(super) async fn write_tables<W: Write>(
    connection: &mut SqliteConnection,
    tables: &[Table],
    writer: &mut Writer<W>,
    told: &mut dyn FnMut(Progress),
) -> Result<(), BackupFault> {
    let mut progress = Progress { done: 0, of: 0 };
    for table in tables {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
            .fetch_one(&mut *connection)
            .await?;
        progress.of += u64::try_from(rows).unwrap_or(0);
    }
    for table in tables {
        writer.table(&table.name, &table.columns)?;
        let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            writer.row(&cells(&row, table)?)?;
            progress.done += 1;
            if progress.done.is_multiple_of(TOLD_EVERY) {
                told(progress);
            }
        }
        drop(rows);
        writer.end_table()?;
    }
    told(progress);
    Ok(())
}

fn cells<'r>(row: &'r SqliteRow, table: &Table) -> Result<Vec<Cell<'r>>, BackupFault> {
    let mut cells = Vec::with_capacity(table.columns.len());
    for (place, column) in table.columns.iter().enumerate() {
        let value = row.try_get_raw(place)?;
        if value.is_null() {
            cells.push(Cell::Null);
            continue;
        }
        let found = value.type_info().name().to_owned();
        let cell = match (column.kind, found.as_str()) {
            (Kind::Integer, "INTEGER") => Cell::Integer(row.try_get_unchecked(place)?),
            (Kind::Real, "REAL") => Cell::Real(row.try_get_unchecked(place)?),
            (Kind::Text, "TEXT") => Cell::Text(row.try_get_unchecked::<&str, _>(place)?.into()),
            (Kind::Blob, "BLOB") => Cell::Blob(row.try_get_unchecked::<&[u8], _>(place)?.into()),
            (kind, found) => {
                return Err(BackupFault::Unfit(format!(
                    "a value of {}.{} is {found}; expected {kind:?}",
                    table.name, column.name
                )));
            }
        };
        cells.push(cell);
    }
    Ok(cells)
}
