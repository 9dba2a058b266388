//! The open database.

use crate::{
    Kept, Location, Opened, Record, StoreError,
    journal::{self, Job, Receipt},
    load, open, telemetry,
    writer::{Durability, Leader, Writer},
};
use model::{HouseId, Timestamp};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// How many may read at once.
const READERS: u32 = 4;

/// The open database; cloning shares it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) identity: Option<u64>,
    pub(crate) house: HouseId,
    pub(crate) house_row: i64,
    epoch: Arc<AtomicI64>,
    pub(crate) reader: SqlitePool,
    pub(crate) writer: Arc<Mutex<Writer>>,
    journal: mpsc::Sender<Job>,
    /// House time up to which telemetry was written since the database was opened.
    pub(crate) recorded_until: std::sync::Mutex<Option<Timestamp>>,
    /// Held while health tries to write, so that tries do not pile up behind a long lock.
    pub(crate) probing: Arc<Mutex<()>>,
    pub(crate) properties: std::sync::Mutex<crate::group::Properties>,
}

impl Store {
    /// Opens the database; makes it where it is missing, and keeps it aside and makes a new one
    /// where it is damaged. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the file cannot be opened or made, is a database of something else, or was used by a
    /// newer version.
    pub async fn open(location: &Location) -> Result<(Self, Opened), StoreError> {
        let open = open::open(location).await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(open::reading(&open.options))
            .await?;
        let epoch = Arc::new(AtomicI64::new(open.epoch));
        let writer = Arc::new(Mutex::new(Writer::new(open.options, open.connection)));
        let (journal, queue) = mpsc::channel(journal::QUEUE);
        let house = open.house_row;
        let leader = {
            let epoch = Arc::clone(&epoch);
            move || Leader {
                house,
                epoch: epoch.load(Ordering::Acquire),
            }
        };
        tokio::spawn(journal::run(queue, Arc::clone(&writer), leader));
        telemetry::up(true);
        let inner = Inner {
            path: location.path().to_owned(),
            identity: crate::health::identity(location.path()),
            house: open.house,
            house_row: house,
            epoch,
            reader,
            writer,
            journal,
            recorded_until: std::sync::Mutex::default(),
            probing: Arc::default(),
            properties: std::sync::Mutex::default(),
        };
        Ok((
            Self {
                inner: Arc::new(inner),
            },
            open.opened,
        ))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The house that is kept here.
    #[must_use]
    pub fn house(&self) -> HouseId {
        self.inner.house
    }

    /// Takes the lead and gives back the house. Before anything else the new epoch is durable:
    /// from then on whoever opened the database earlier keeps nothing any more.
    ///
    /// # Errors
    /// When the database cannot be written or read.
    pub async fn load(&self) -> Result<Kept, StoreError> {
        telemetry::timed("load", async {
            let mut writer = self.inner.writer.lock().await;
            let connection = writer.begin("load", Durability::Full).await?;
            let result = load::take_lead(connection, self.inner.house_row).await;
            let (epoch, clean) = writer.end(result).await?;
            self.inner.epoch.store(epoch, Ordering::Release);
            drop(writer);
            let kept = load::load(&self.inner, epoch, clean).await?;
            telemetry::opened(&self.inner.path, kept.epoch, kept.clean);
            Ok(kept)
        })
        .await
    }

    /// Keeps records in one transaction, and returns when the disk has them. Waits while too much
    /// waits already.
    ///
    /// # Errors
    /// When they cannot be kept; then none of them is.
    pub async fn keep(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let (done, receiver) = oneshot::channel();
        self.inner
            .journal
            .send(Job {
                records,
                soon: false,
                done,
            })
            .await
            .map_err(|_| StoreError::Closed)?;
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The same without waiting here: takes its place in the order at once, and the receipt says
    /// when it is durable.
    pub fn submit(&self, records: Vec<Record>) -> Receipt {
        self.hand_over(records, false)
    }

    /// The same for what nobody waits for: it may wait some milliseconds for others to be kept with,
    /// and goes with whatever is submitted after it.
    #[must_use]
    pub fn submit_soon(&self, records: Vec<Record>) -> Receipt {
        self.hand_over(records, true)
    }

    /// Waits until all that was submitted before is kept, or cannot be.
    pub async fn caught_up(&self) {
        drop(self.keep(Vec::new()).await);
    }

    fn hand_over(&self, records: Vec<Record>, soon: bool) -> Receipt {
        let (done, receiver) = oneshot::channel();
        let job = Job {
            records,
            soon,
            done,
        };
        let done = match self.inner.journal.try_send(job) {
            Ok(()) => Ok(receiver),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Some(StoreError::Overloaded)),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Some(StoreError::Closed)),
        };
        Receipt { done }
    }

    /// Notes that the house ends by a clean shutdown, at this house time, and closes the database.
    /// What was submitted before is kept; what comes later is refused.
    ///
    /// # Errors
    /// When it cannot be written. It is closed all the same.
    pub async fn close_clean(&self, at: Option<Timestamp>) -> Result<(), StoreError> {
        // An empty submission is answered after all those before it.
        let flushed = self.keep(Vec::new()).await;
        let mut writer = self.inner.writer.lock().await;
        let marked = async {
            flushed?;
            let leader = self.leader();
            let connection = writer.begin("keep", Durability::Full).await?;
            let result = async {
                leader.check(connection, at).await?;
                sqlx::query("UPDATE house SET clean = 1 WHERE house_id = $1")
                    .bind(leader.house)
                    .execute(connection)
                    .await?;
                Ok(())
            }
            .await;
            writer.end(result).await?;
            writer.run("PRAGMA optimize").await
        }
        .await;
        self.inner.reader.close().await;
        // The last connection to close moves the log into the file and removes it.
        let closed = writer.close().await;
        writer.shut();
        telemetry::up(false);
        marked.and(closed)
    }

    pub(crate) fn leader(&self) -> Leader {
        Leader {
            house: self.inner.house_row,
            epoch: self.inner.epoch.load(Ordering::Acquire),
        }
    }

    /// Pretends that the disk has room for so many pages of the database only. For tests of a full
    /// disk.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u64) -> Result<(), StoreError> {
        self.inner.writer.lock().await.limit(pages).await
    }
}
