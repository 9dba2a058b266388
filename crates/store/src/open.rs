//! Opening the file: created where it is missing, checked, kept aside where it is damaged, and
//! brought to this version's schema.

use crate::{Location, StoreError, column::parsed, telemetry, writer::BUSY_TIMEOUT};
use model::{HouseId, Timestamp};
use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    cmp::Ordering,
    path::{Path, PathBuf},
};

/// The schema, step by step. A step that was released is never edited.
static MIGRATIONS: Migrator = sqlx::migrate!();

/// `CONS`: marks the file as ours (`PRAGMA application_id`, and `file(1)` shows it).
const APPLICATION_ID: i64 = 0x434f_4e53;

/// A file up to this size is checked at every start; a larger one only after a crash.
const ALWAYS_CHECKED: u64 = 256 * 1024 * 1024;

/// What a connection keeps of the file, in KiB. The one that writes: enough for the tables that each
/// change touches. Those that read: what the kernel keeps it keeps once for all of them.
const CACHE: &str = "-4000";
const READING_CACHE: &str = "-1000";

/// How opening went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whether there was no database, and a new one was made.
    pub created: bool,
    /// Where the damaged database was put that stood in the place of this one.
    pub recovered_from: Option<PathBuf>,
}

/// What opening leads to.
pub(crate) struct Open {
    pub(crate) opened: Opened,
    pub(crate) options: SqliteConnectOptions,
    pub(crate) connection: SqliteConnection,
    pub(crate) house_row: i64,
    pub(crate) house: HouseId,
    pub(crate) epoch: i64,
}

/// How every connection is set up.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // After a large write the log file is cut back to this.
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", CACHE)
        .pragma("temp_store", "MEMORY")
        .optimize_on_close(true, 400)
        .disable_statement_logging()
}

/// How connections are set up that only read. The journal mode is the file's own by then; to set it
/// anew would take a lock that others may hold.
pub(crate) fn reading(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(options.get_filename())
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", READING_CACHE)
        .pragma("temp_store", "MEMORY")
        .pragma("query_only", "ON")
        .disable_statement_logging()
}

/// Opens the database.
pub(crate) async fn open(location: &Location) -> Result<Open, StoreError> {
    let path = location.path();
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| {
            StoreError::Other(format!(
                "the folder {} cannot be made: {error}",
                folder.display()
            ))
        })?;
    }
    if path.is_dir() {
        return Err(StoreError::Other(format!(
            "{} is a folder; expected a file",
            path.display()
        )));
    }
    let created = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    match open_file(path, created).await {
        Err(error @ StoreError::Damaged(_)) if !created => {
            let aside = set_aside(path)?;
            telemetry::set_aside(path, &aside, &error);
            let mut open = open_file(path, true).await?;
            open.opened.recovered_from = Some(aside);
            Ok(open)
        }
        Ok(open) => {
            if created {
                telemetry::created(path);
            }
            Ok(open)
        }
        Err(error) => Err(error),
    }
}

/// Makes an empty file that only its owner may read; SQLite gives the files beside it the same mode. Where
/// that fails, opening says why.
fn private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    drop(
        std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path),
    );
}

async fn open_file(path: &Path, created: bool) -> Result<Open, StoreError> {
    let options = options(path);
    if !created {
        // Setting up a connection that writes changes the file, and the last one to close writes the
        // log into it. A damaged file stays as it was found, so it is checked by one that only reads,
        // and that is gone before the file gets another name.
        let mut connection = reading(&options).connect().await?;
        let checked = check(path, &mut connection).await;
        let closed = connection.close().await;
        checked?;
        closed?;
    }
    if created {
        private(path);
    }
    let mut connection = options.connect().await?;
    migrate(path, &mut connection).await?;
    let (house_row, house, epoch) = house(&mut connection).await?;
    let opened = Opened {
        created,
        recovered_from: None,
    };
    Ok(Open {
        opened,
        options,
        connection,
        house_row,
        house,
        epoch,
    })
}

/// Whether it is ours, and sound.
async fn check(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut *connection)
    .await?;
    if !tables.is_empty() && !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let clean: Option<bool> = if tables.iter().any(|table| table == "house") {
        sqlx::query_scalar("SELECT clean FROM house")
            .fetch_optional(&mut *connection)
            .await?
    } else {
        None
    };
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    if clean == Some(true) && size > ALWAYS_CHECKED {
        return Ok(());
    }
    let findings: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(3)")
        .fetch_all(&mut *connection)
        .await?;
    if findings == ["ok"] {
        Ok(())
    } else {
        Err(StoreError::Damaged(findings.join("; ")))
    }
}

/// Whether a database that is only read has this version's schema.
pub(crate) async fn same_version(path: &Path, pool: &SqlitePool) -> Result<(), StoreError> {
    let ours: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('_sqlx_migrations', 'house')",
    )
    .fetch_one(pool)
    .await?;
    if ours != 2 {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let version: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(pool)
        .await?;
    let known = MIGRATIONS
        .iter()
        .map(|step| step.version)
        .max()
        .unwrap_or(0);
    match version.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(StoreError::Newer {
            path: path.to_owned(),
            version,
        }),
        Ordering::Less => Err(StoreError::Other(format!(
            "{} was last used by an older version (schema {version}, expected {known}); start the \
             server of this version on it once",
            path.display()
        ))),
    }
}

async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    match MIGRATIONS.run(&mut *connection).await {
        Ok(()) => {}
        Err(MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version)) => {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                version,
            });
        }
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
            return Err(error.into());
        }
        Err(error) => return Err(StoreError::Other(error.to_string())),
    }
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    if id != APPLICATION_ID {
        let sql = sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
        sqlx::raw_sql(sql).execute(connection).await?;
    }
    Ok(())
}

/// The house of this database, made where there is none yet.
async fn house(connection: &mut SqliteConnection) -> Result<(i64, HouseId, i64), StoreError> {
    const FIND: &str = "SELECT house_id, uuid, epoch FROM house ORDER BY house_id LIMIT 1";
    let row = match sqlx::query(FIND).fetch_optional(&mut *connection).await? {
        Some(row) => row,
        None => {
            sqlx::query("INSERT INTO house (uuid, epoch, clean, created_at) VALUES ($1, 0, 1, $2)")
                .bind(HouseId::new().to_string())
                .bind(Timestamp::now().as_microsecond())
                .execute(&mut *connection)
                .await?;
            sqlx::query(FIND).fetch_one(&mut *connection).await?
        }
    };
    Ok((
        row.try_get("house_id")?,
        parsed(&row, "uuid")?,
        row.try_get("epoch")?,
    ))
}

/// Renames a damaged database, with its log, so that nothing of it is lost.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let when = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let free = |aside: &PathBuf| !aside.exists();
    let named = |tail: String| with_suffix(path, &format!(".corrupt-{when}{tail}"));
    let aside = std::iter::once(named(String::new()))
        .chain((2..100).map(|number| named(format!("-{number}"))))
        .find(free)
        .ok_or_else(|| StoreError::Other("too many damaged databases stand aside".to_owned()))?;
    for tail in ["", "-wal", "-shm"] {
        let from = with_suffix(path, tail);
        if from.exists() {
            std::fs::rename(&from, with_suffix(&aside, tail)).map_err(|error| {
                StoreError::Other(format!(
                    "{} is damaged and cannot be put aside: {error}",
                    from.display()
                ))
            })?;
        }
    }
    Ok(aside)
}

/// `path` with something added to its file name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
