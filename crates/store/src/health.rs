//! How the database is.

use crate::{Store, StoreError, open::with_suffix, telemetry, writer::Durability};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// The longest that a look at the database may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// Whether it can be read.
    pub readable: bool,
    /// Whether it can be written, and what is wrong otherwise.
    pub writable: Result<(), StoreError>,
    /// How long both together took.
    pub latency: Duration,
    /// Size of the database and its log.
    pub size_bytes: u64,
    /// Whether the file was removed or replaced while it is open: what is kept from then on is lost
    /// with the next restart.
    pub file_gone: bool,
}

impl Store {
    /// Reads and writes for real, and says how that went. Never takes longer than three seconds.
    pub async fn health(&self) -> StoreHealth {
        let started = Instant::now();
        let look = async {
            let readable = sqlx::query_scalar::<_, i64>("SELECT epoch FROM house")
                .fetch_one(&self.inner.reader)
                .await
                .is_ok();
            (readable, self.probe().await)
        };
        let (readable, writable) =
            tokio::time::timeout(PATIENCE, look)
                .await
                .unwrap_or_else(|_| {
                    (
                        false,
                        Err(StoreError::Busy(format!(
                            "no answer within {} s",
                            PATIENCE.as_secs()
                        ))),
                    )
                });
        let latency = started.elapsed();
        let size_bytes = self.size_bytes();
        telemetry::took("probe", latency);
        telemetry::up(readable);
        telemetry::size(size_bytes);
        let file_gone = identity(&self.inner.path) != self.inner.identity;
        StoreHealth {
            readable,
            writable,
            latency,
            size_bytes,
            file_gone,
        }
    }

    /// Writes a page and takes it back. The transaction runs in a task of its own: who stops
    /// waiting must not leave it open.
    async fn probe(&self) -> Result<(), StoreError> {
        let store = self.clone();
        let Ok(probing) = Arc::clone(&self.inner.probing).try_lock_owned() else {
            return Err(StoreError::Busy(
                "the look before this one still waits".to_owned(),
            ));
        };
        let probe = async move {
            let _probing = probing;
            let mut writer = store.inner.writer.lock().await;
            let leader = store.leader();
            let connection = writer.begin("probe", Durability::Normal).await?;
            let result = leader.check(connection, None).await;
            writer.end(result).await
        };
        tokio::spawn(probe).await.unwrap_or(Err(StoreError::Closed))
    }

    /// Size of the database and its log, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        ["", "-wal"]
            .iter()
            .filter_map(|tail| std::fs::metadata(with_suffix(&self.inner.path, tail)).ok())
            .map(|file| file.len())
            .sum()
    }
}

/// What tells a file from another one of the same name.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| file.ino())
}

/// Elsewhere only whether it is there.
#[cfg(not(unix))]
pub(crate) fn identity(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|_| 0)
}
