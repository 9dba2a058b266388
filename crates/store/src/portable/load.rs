//! From a document into a new database.

use super::{
    document::{Cell, Head, Summary, TableSum},
    fault::BackupFault,
    read::Reader,
    save::{Progress, write_tables},
    schema::{DERIVED, Table, knows, newest_schema, tables_of},
    write::Writer,
};
use crate::{
    StoreError, codec,
    open::{self, MIGRATIONS, migrate_error},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row as _, Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteJournalMode, SqliteSynchronous},
};
use std::{io::BufRead, path::Path};

/// Rows, values and bytes of one statement.
const ROWS: usize = 200;
const VALUES: usize = 8_000;
const BYTES: usize = 1024 * 1024;

/// Every how many rows it is told how far it is.
const TOLD_EVERY: u64 = 1_000;

/// The schema that the new database gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// This version's.
    Newest,
    /// The document's own.
    AsItWas,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the document says of itself.
    pub head: Head,
    /// What came out of it, which is what was written.
    pub summary: Summary,
    /// The schema of the database now.
    pub schema: i64,
}

/// Fills a new database, which must not be there yet, and checks that what it has is what was
/// written. It is durable when this returns; when it fails, what there is of it must be removed.
///
/// # Errors
/// When the document is not right in all its parts, or the database cannot be written.
pub async fn restore<R: BufRead>(
    input: R,
    into: &Path,
    target: Target,
    told: &mut dyn FnMut(Progress),
) -> Result<Restored, BackupFault> {
    let reader = Reader::new(input)?;
    let head = reader.head().clone();
    understood(&head)?;
    let (tables, left_out) = tables_of(head.schema_version).await?;
    if head.left_out != left_out {
        return Err(BackupFault::damaged(
            "it leaves out other tables than a version that knows its schema does",
        ));
    }
    open::private(into);
    // Nobody else has this file, and it is thrown away when anything fails: until the end the disk
    // need not follow each step.
    let options = open::options(into)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .optimize_on_close(false, None);
    let mut connection = options.connect().await?;
    let filled = fill(&mut connection, into, reader, &tables, told).await;
    let closed = connection.close().await;
    let summary = filled?;
    closed?;
    finish(into, &head, target).await?;
    std::fs::File::open(into)?.sync_all()?;
    let schema = match target {
        Target::Newest => newest_schema(),
        Target::AsItWas => head.schema_version,
    };
    Ok(Restored {
        head,
        summary,
        schema,
    })
}

/// Whether this version can make sense of it.
fn understood(head: &Head) -> Result<(), BackupFault> {
    let version = head.schema_version;
    if version > newest_schema() {
        return Err(BackupFault::Newer(format!(
            "its schema is {version}, and this one knows {}; it was written by version {}",
            newest_schema(),
            head.product_version
        )));
    }
    if !knows(version) {
        return Err(BackupFault::Damaged(format!(
            "no version ever had its schema {version}"
        )));
    }
    if head.chunk_codec > codec::VERSION {
        return Err(BackupFault::Newer(format!(
            "its samples are packed by version {} of their form, and this one knows {}",
            head.chunk_codec,
            codec::VERSION
        )));
    }
    Ok(())
}

/// A document that contradicts what its schema holds to is damaged; a disk that is full is not.
fn contradicts(table: &str, error: StoreError) -> BackupFault {
    match error {
        StoreError::Conflict(wrong) | StoreError::Other(wrong) => {
            BackupFault::Damaged(format!("the rows of {table} cannot be taken: {wrong}"))
        }
        other => BackupFault::Store(other),
    }
}

async fn fill<R: BufRead>(
    connection: &mut SqliteConnection,
    file: &Path,
    mut reader: Reader<R>,
    tables: &[Table],
    told: &mut dyn FnMut(Progress),
) -> Result<Summary, BackupFault> {
    MIGRATIONS
        .run_to(reader.head().schema_version, &mut *connection)
        .await
        .map_err(|error| migrate_error(file, error))?;
    let mut progress = Progress { done: 0, of: 0 };
    let mut expected = tables.iter();
    loop {
        let (found, expected) = (reader.table()?, expected.next());
        let table = match (found, expected) {
            (None, None) => break,
            (Some((name, columns)), Some(table)) if name == table.name => {
                if columns != table.columns {
                    return Err(BackupFault::Damaged(format!(
                        "the table {name} has other columns than its schema"
                    )));
                }
                table
            }
            (_, Some(table)) => {
                return Err(BackupFault::Damaged(format!(
                    "the table {} is not where it should be",
                    table.name
                )));
            }
            (Some(_), None) => {
                return Err(BackupFault::damaged(
                    "it has a table that its schema does not have",
                ));
            }
        };
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
        // A migration may have put rows there that the document has too.
        execute(connection, table.clear()).await?;
        table_rows(connection, &mut reader, table, &mut progress, told).await?;
        sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    }
    let head = reader.head().clone();
    let summary = reader.finish()?;
    derive(connection).await?;
    sound(connection, &head, tables, &summary, told).await?;
    Ok(summary)
}

async fn execute(connection: &mut SqliteConnection, sql: String) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(())
}

async fn table_rows<R: BufRead>(
    connection: &mut SqliteConnection,
    reader: &mut Reader<R>,
    table: &Table,
    progress: &mut Progress,
    told: &mut dyn FnMut(Progress),
) -> Result<(), BackupFault> {
    let most = (VALUES / table.columns.len().max(1)).clamp(1, ROWS);
    let full = table.insert(most);
    let mut waiting: Vec<Vec<Cell<'static>>> = Vec::with_capacity(most);
    let mut bytes = 0;
    loop {
        let row = reader.row()?;
        let is_end = row.is_none();
        if let Some(row) = row {
            bytes += row.iter().map(Cell::size).sum::<usize>();
            waiting.push(row);
        }
        if waiting.len() == most || bytes > BYTES || is_end {
            let count = waiting.len();
            if count > 0 {
                let sql = if count == most {
                    full.clone()
                } else {
                    table.insert(count)
                };
                insert(connection, sql, count == most, std::mem::take(&mut waiting))
                    .await
                    .map_err(|error| contradicts(&table.name, error))?;
            }
            bytes = 0;
            let before = progress.done / TOLD_EVERY;
            progress.done += u64::try_from(count).unwrap_or(0);
            if progress.done / TOLD_EVERY > before {
                told(*progress);
            }
        }
        if is_end {
            return Ok(());
        }
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    sql: String,
    is_usual: bool,
    rows: Vec<Vec<Cell<'static>>>,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(is_usual);
    for cell in rows.into_iter().flatten() {
        query = bind(query, cell);
    }
    query.execute(connection).await?;
    Ok(())
}

fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    cell: Cell<'static>,
) -> Query<'q, Sqlite, SqliteArguments> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Integer(number) => query.bind(number),
        Cell::Real(number) => query.bind(number),
        Cell::Text(text) => query.bind(text.into_owned()),
        Cell::Blob(bytes) => query.bind(bytes.into_owned()),
    }
}

/// Makes what is made from other tables.
async fn derive(connection: &mut SqliteConnection) -> Result<(), BackupFault> {
    for (table, sql) in DERIVED {
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = $1")
            .bind(table)
            .fetch_one(&mut *connection)
            .await?;
        if there == 1 {
            sqlx::raw_sql(*sql).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Whether the database is sound, and has exactly what was written.
async fn sound(
    connection: &mut SqliteConnection,
    head: &Head,
    tables: &[Table],
    summary: &Summary,
    told: &mut dyn FnMut(Progress),
) -> Result<(), BackupFault> {
    let houses: Vec<String> = sqlx::query_scalar("SELECT uuid FROM house")
        .fetch_all(&mut *connection)
        .await?;
    if houses != [head.house.clone()] {
        return Err(BackupFault::damaged(
            "it does not hold exactly the house that it names",
        ));
    }
    let loose = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = loose {
        let (table, refers): (String, String) = (row.try_get("table")?, row.try_get("parent")?);
        return Err(BackupFault::Damaged(format!(
            "a row of {table} refers to one of {refers} that is not there"
        )));
    }
    integrity(connection).await?;
    // What came out is read once more and compared, table by table.
    let mut writer = Writer::new(std::io::sink(), head)?;
    write_tables(connection, tables, &mut writer, told).await?;
    let (_, found) = writer.finish()?;
    let pairs = found.tables.iter().zip(&summary.tables);
    match pairs
        .into_iter()
        .find(|(found, expected)| found != expected)
    {
        None => Ok(()),
        Some((found, expected)) => Err(differs(found, expected)),
    }
}

fn differs(found: &TableSum, expected: &TableSum) -> BackupFault {
    BackupFault::Damaged(format!(
        "the table {} came out otherwise than it was written: {} rows of {}",
        expected.name, found.rows, expected.rows
    ))
}

async fn integrity(connection: &mut SqliteConnection) -> Result<(), BackupFault> {
    let findings: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)")
        .fetch_all(connection)
        .await?;
    if findings == ["ok"] {
        Ok(())
    } else {
        Err(StoreError::Damaged(findings.join("; ")).into())
    }
}

/// Makes of the loaded file a database as a house has it.
async fn finish(file: &Path, head: &Head, target: Target) -> Result<(), BackupFault> {
    let mut connection = open::options(file).connect().await?;
    let finished: Result<(), BackupFault> = async {
        if target == Target::Newest {
            open::migrate(file, &mut connection).await?;
            if head.schema_version < newest_schema() {
                integrity(&mut connection).await?;
            }
        }
        Ok(())
    }
    .await;
    // The last connection to close takes the log over into the file and removes it.
    let closed = connection.close().await;
    finished?;
    closed?;
    Ok(())
}
