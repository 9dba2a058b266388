//! A full disk: refused in so many words, and well again when there is space.

use crate::fixture::{Folder, lamp, record, sample};
use std::{path::Path, process::Command, sync::Arc};
use store::{Group, Location, Store, StoreError};

fn many(first: i64) -> Arc<Group> {
    let device = model::DeviceId::new();
    let samples = (first..first + 20_000)
        .map(|n| sample(device, "OnOff.on_off", Some((n % 2 == 0).into()), n))
        .collect();
    Arc::new(Group {
        samples,
        ..Group::default()
    })
}

#[tokio::test]
async fn no_more_pages() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let pages = std::fs::metadata(folder.file()).unwrap().len() / 4_096;
    store.limit_pages(pages.max(60)).await.unwrap();
    assert!(matches!(
        store.record(many(0)).await,
        Err(StoreError::Full(_))
    ));
    let lamps = (0..2_000)
        .map(|n| record(&lamp(&format!("lamp_{n}"), None)))
        .collect();
    assert!(matches!(store.keep(lamps).await, Err(StoreError::Full(_))));
    assert_eq!(
        store.count_samples().await.unwrap(),
        0,
        "nothing of a refused group is kept"
    );
    store.limit_pages(1_000_000).await.unwrap();
    store.record(many(0)).await.unwrap();
    store.keep(vec![record(&lamp("late", None))]).await.unwrap();
    assert_eq!(store.count_samples().await.unwrap(), 20_000);
}

/// A file system of two megabytes. `None` where this machine does not let us have one.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[tokio::test]
async fn a_real_small_disk() {
    let folder = Folder::new();
    let Some(_disk) = SmallDisk::mount(folder.dir.path()) else {
        println!("SKIPPED: mounting a tmpfs is not permitted here");
        return;
    };
    let (store, _) = Store::open(&Location::file(folder.file())).await.unwrap();
    store.load().await.unwrap();
    let ballast = folder.dir.path().join("ballast");
    let written = std::fs::write(&ballast, vec![1; 4 << 20]);
    assert!(written.is_err(), "the disk is full");
    let mut refused = None;
    for n in 0..200 {
        if let Err(error) = store
            .keep(vec![record(&lamp(&format!("lamp_{n}"), None))])
            .await
        {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(StoreError::Full(_))), "{refused:?}");
    assert!(matches!(
        store.record(many(0)).await,
        Err(StoreError::Full(_))
    ));
    let health = store.health().await;
    assert!(health.readable, "what is there can be read: {health:?}");
    std::fs::remove_file(&ballast).unwrap();
    store.keep(vec![record(&lamp("late", None))]).await.unwrap();
    assert!(store.health().await.writable.is_ok());
    drop(store);
    let (_, kept) = folder.lead().await;
    assert!(
        kept.devices
            .iter()
            .any(|device| device.slug.as_str() == "late")
    );
}
