//! The database for who only looks: beside a running server, or when none runs.
//!
//! Nothing is made, migrated or written, and no lead is taken.

use crate::{Location, Point, PropertyId, StoreError, column::path, open, samples};
use model::{Path, Timestamp, Unit};
use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// An open database that is only read.
#[derive(Debug)]
pub struct Reader {
    pool: SqlitePool,
    damaged: AtomicUsize,
}

/// A property that was recorded, whoever's it is by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    id: PropertyId,
    /// The id of the device.
    pub device: String,
    /// Its slug; its id again where it is forgotten.
    pub slug: String,
    /// The property's path as it was recorded.
    pub path: String,
    /// The same, where the tables of this version have it.
    known: Option<Path>,
}

impl Recorded {
    /// The unit of its numbers, where it has one.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        self.known.and_then(|path| path.property.unit)
    }
}

impl Reader {
    /// Opens a database that is there, for reading alone. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is none, it is of something else, or of another version.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        let file = location.path();
        if !file.is_file() {
            return Err(StoreError::Other(format!(
                "{} is not there; expected the database of a house",
                file.display()
            )));
        }
        let options = open::reading(&SqliteConnectOptions::new().filename(file)).read_only(true);
        let pool = match connect(options.clone()).await {
            // A log that is not there cannot be made in a folder that takes no files. Then nobody
            // writes to the database either.
            Err(_) if !open::with_suffix(file, "-wal").exists() => {
                connect(options.immutable(true)).await?
            }
            result => result?,
        };
        open::same_version(file, &pool).await?;
        Ok(Self {
            pool,
            damaged: AtomicUsize::new(0),
        })
    }

    /// Everything that was ever recorded, by device and property.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recorded(&self) -> Result<Vec<Recorded>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.property_id, p.device_id, p.path, coalesce(d.slug, p.device_id) AS slug \
             FROM properties p LEFT JOIN devices d ON d.device_id = p.device_id \
             ORDER BY slug, p.device_id, p.path",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }

    /// Samples from `from` on and before `to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn samples(
        &self,
        property: &Recorded,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        let (from, to) = (from.as_microsecond(), to.as_microsecond());
        let (rows, damaged) = samples::between(&self.pool, property.id, from, to, limit).await?;
        self.damaged.fetch_add(damaged, Ordering::Relaxed);
        let table = property.known.map(|path| path.property);
        rows.into_iter()
            .map(|row| samples::point(table, row))
            .collect()
    }

    /// How often a chunk did not read back, and was told as “not known from here”.
    #[must_use]
    pub fn damaged(&self) -> usize {
        self.damaged.load(Ordering::Relaxed)
    }
}

async fn connect(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    // Opening alone does not look into the file.
    sqlx::query("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&pool)
        .await?;
    Ok(pool)
}

fn recorded(row: &SqliteRow) -> Result<Recorded, StoreError> {
    let text: String = row.try_get("path")?;
    Ok(Recorded {
        id: PropertyId(row.try_get("property_id")?),
        device: row.try_get("device_id")?,
        slug: row.try_get("slug")?,
        known: path(&text),
        path: text,
    })
}
