//! A missing, damaged, foreign or newer file.

use crate::fixture::{Folder, lamp, record};
use sqlx::{Connection, SqliteConnection};
use store::{Location, Opened, Store, StoreError};

#[tokio::test]
async fn a_missing_database_is_made_with_its_folder() {
    let folder = Folder::new();
    let file = folder.dir.path().join("new/data/consciousness.db");
    let (store, opened) = Store::open(&Location::file(&file)).await.unwrap();
    assert_eq!(
        opened,
        Opened {
            created: true,
            recovered_from: None
        }
    );
    assert!(store.size_bytes() > 0);
    store.load().await.unwrap();
    store.close_clean(None).await.unwrap();
    let (_, opened) = Store::open(&Location::file(&file)).await.unwrap();
    assert_eq!(
        opened,
        Opened {
            created: false,
            recovered_from: None
        }
    );
}

#[tokio::test]
async fn a_deleted_database_is_made_anew_even_if_its_log_stayed() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    store.keep(vec![record(&lamp("old", None))]).await.unwrap();
    std::fs::remove_file(folder.file()).unwrap();
    assert!(store.health().await.file_gone);
    drop(store);
    let (store, kept) = folder.lead().await;
    assert!(kept.devices.is_empty());
    let health = store.health().await;
    assert!(
        health.readable && health.writable.is_ok() && !health.file_gone,
        "{health:?}"
    );
}

#[tokio::test]
async fn what_is_not_a_database_is_put_aside() {
    let folder = Folder::new();
    let text = "This is a letter and not a database.\n".repeat(500);
    std::fs::write(folder.file(), &text).unwrap();
    let (store, opened) = Store::open(&Location::file(folder.file())).await.unwrap();
    let aside = opened.recovered_from.unwrap();
    assert!(
        aside
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("consciousness.db.corrupt-2")
    );
    assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
    store.load().await.unwrap();
    store.keep(vec![record(&lamp("new", None))]).await.unwrap();
}

#[tokio::test]
async fn a_database_with_a_hole_is_put_aside_with_its_log() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let lamps = (0..300)
        .map(|n| record(&lamp(&format!("lamp_{n}"), None)))
        .collect();
    store.keep(lamps).await.unwrap();
    store.close_clean(None).await.unwrap();
    let mut bytes = std::fs::read(folder.file()).unwrap();
    let length = bytes.len();
    bytes[length / 2..length / 2 + 40_000].fill(0xAA);
    std::fs::write(folder.file(), &bytes).unwrap();
    let (store, opened) = Store::open(&Location::file(folder.file())).await.unwrap();
    let kept = std::fs::read(opened.recovered_from.unwrap()).unwrap();
    assert!(kept == bytes, "the damaged file was changed");
    assert!(store.load().await.unwrap().devices.is_empty());
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let folder = Folder::new();
    let url = format!("sqlite://{}?mode=rwc", folder.file().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE recipes (name TEXT)")
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
    let refused = Store::open(&Location::file(folder.file()))
        .await
        .unwrap_err();
    assert_eq!(refused, StoreError::Foreign(folder.file()));
}

#[tokio::test]
async fn the_database_of_a_newer_version_is_left_alone() {
    let folder = Folder::new();
    folder.open().await.close_clean(None).await.unwrap();
    let url = format!("sqlite://{}", folder.file().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
    let refused = Store::open(&Location::file(folder.file()))
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        StoreError::Newer {
            path: folder.file(),
            version: 9_999
        }
    );
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let folder = Folder::new();
    let refused = Store::open(&Location::file(folder.dir.path()))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("expected a file"), "{refused}");
}
