//! A database to test with.

use model::{DeviceId, Path, Timestamp, Value};
use std::sync::Arc;
use store::{Group, Kept, Location, Sample, Store};
use tempfile::TempDir;

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn lead(&self) -> (Store, Kept) {
        let location = Location::file(self.0.path().join("consciousness.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        let kept = store.load().await.unwrap();
        (store, kept)
    }
}

pub(crate) fn path(text: &str) -> Path {
    text.parse().unwrap()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `at` and so many minutes.
pub(crate) fn after(at: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond() + minutes * 60_000_000).unwrap()
}

pub(crate) async fn record(
    store: &Store,
    device: DeviceId,
    text: &str,
    samples: impl IntoIterator<Item = (Timestamp, Option<Value>)>,
) {
    let path = path(text);
    let samples = samples
        .into_iter()
        .map(|(at, value)| Sample {
            device,
            path,
            at,
            value,
        })
        .collect();
    store
        .record(Arc::new(Group {
            samples,
            ..Group::default()
        }))
        .await
        .unwrap();
}
