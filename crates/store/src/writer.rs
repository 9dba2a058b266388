//! The one connection that writes, and what a transaction of it looks like.
//!
//! Both kinds of writing go through it, one at a time: what was acknowledged is committed with
//! `synchronous=FULL` (the commit returns when the disk has it), telemetry with `NORMAL` (the file
//! system has it), but once a second with `FULL`, which takes along what came before: a flood does
//! not wait for the disk each time, and a power cut costs about two seconds. One connection and not
//! two: a commit by one would empty the page cache of the other.

use crate::{StoreError, telemetry};
use model::Timestamp;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::time::{Duration, Instant};

/// How often a transaction is tried while another program holds the database. Each try waits for
/// `busy_timeout` itself.
const TRIES: u32 = 12;

/// How old what the disk has may become while telemetry comes in.
const SYNC: Duration = Duration::from_secs(1);

/// How long SQLite itself waits for a lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// When a commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// When the disk has it.
    Full,
    /// When the file system has it: a crash of the process loses nothing, a power cut may.
    Normal,
}

/// The writing connection.
#[derive(Debug)]
pub(crate) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    durability: Durability,
    /// A test's stand-in for a full disk.
    page_limit: Option<u64>,
    /// When the disk had everything.
    synced: Instant,
    /// Closed for good.
    shut: bool,
}

/// Which house writes, as which start of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leader {
    pub(crate) house: i64,
    pub(crate) epoch: i64,
}

impl Writer {
    /// A writer over an open connection whose `synchronous` is `FULL`.
    pub(crate) fn new(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self {
            options,
            connection: Some(connection),
            durability: Durability::Full,
            page_limit: None,
            synced: Instant::now(),
            shut: false,
        }
    }

    /// How telemetry is committed now.
    pub(crate) fn telemetry(&self) -> Durability {
        if self.synced.elapsed() >= SYNC {
            Durability::Full
        } else {
            Durability::Normal
        }
    }

    /// Begins a transaction; the lock for writing is taken at once, so that nothing in it can fail
    /// for being late.
    pub(crate) async fn begin(
        &mut self,
        op: &'static str,
        durability: Durability,
    ) -> Result<&mut SqliteConnection, StoreError> {
        for attempt in 1.. {
            match self.try_begin(durability).await {
                Ok(()) => break,
                Err(StoreError::Busy(_)) if attempt < TRIES => telemetry::busy(op, attempt),
                Err(error) => {
                    self.connection = None;
                    return Err(error);
                }
            }
        }
        self.connection.as_mut().ok_or(StoreError::Closed)
    }

    async fn try_begin(&mut self, durability: Durability) -> Result<(), StoreError> {
        self.open()?;
        let limit = self.page_limit;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            slot => {
                self.durability = Durability::Full;
                let mut fresh = self.options.connect().await?;
                if let Some(pages) = limit {
                    limit_pages(&mut fresh, pages).await?;
                }
                slot.insert(fresh)
            }
        };
        if self.durability != durability {
            let pragma = match durability {
                Durability::Full => "PRAGMA synchronous = FULL",
                Durability::Normal => "PRAGMA synchronous = NORMAL",
            };
            sqlx::raw_sql(pragma).execute(&mut *connection).await?;
            self.durability = durability;
        }
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(connection).await?;
        Ok(())
    }

    /// Ends the transaction: commits where `result` is good, rolls back where it is not.
    ///
    /// Transactions are plain statements and not sqlx's own: SQLite ends one by itself when the
    /// disk is full, and sqlx would go on counting it as open.
    pub(crate) async fn end<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Closed)?;
        let result = match result {
            Ok(value) => match sqlx::raw_sql("COMMIT").execute(&mut *connection).await {
                Ok(_) => {
                    if self.durability == Durability::Full {
                        self.synced = Instant::now();
                    }
                    return Ok(value);
                }
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        // A failed rollback means that SQLite has rolled back already, or that the connection is
        // beyond use. A fresh connection is right in both cases and costs a millisecond.
        if sqlx::raw_sql("ROLLBACK")
            .execute(&mut *connection)
            .await
            .is_err()
        {
            self.connection = None;
        }
        result
    }

    /// Runs a statement outside any transaction.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Closed)?;
        sqlx::raw_sql(sql).execute(connection).await?;
        Ok(())
    }

    /// Pretends that the disk has room for so many pages only.
    pub(crate) async fn limit(&mut self, pages: u64) -> Result<(), StoreError> {
        self.page_limit = Some(pages);
        match &mut self.connection {
            Some(connection) => limit_pages(connection, pages).await,
            None => Ok(()),
        }
    }

    /// Refuses whatever comes from now on.
    pub(crate) const fn shut(&mut self) {
        self.shut = true;
    }

    /// An error once it is closed for good.
    pub(crate) const fn open(&self) -> Result<(), StoreError> {
        if self.shut {
            return Err(StoreError::Closed);
        }
        Ok(())
    }

    /// Closes the connection.
    pub(crate) async fn close(&mut self) -> Result<(), StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection.close().await?),
            None => Ok(()),
        }
    }
}

async fn limit_pages(connection: &mut SqliteConnection, pages: u64) -> Result<(), StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}

impl Leader {
    /// First statement of every transaction: fails where another process leads by now. With `at`,
    /// notes that something of that house time is kept.
    pub(crate) async fn check(
        self,
        connection: &mut SqliteConnection,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let found = sqlx::query(
            "UPDATE house SET last_kept_at = coalesce($3, last_kept_at) \
             WHERE house_id = $1 AND epoch = $2",
        )
        .bind(self.house)
        .bind(self.epoch)
        .bind(at.map(Timestamp::as_microsecond))
        .execute(connection)
        .await?;
        if found.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::Superseded)
        }
    }
}
