//! Other programs at the same file while the house runs.

use crate::fixture::{Folder, at, lamp, record, sample};
use model::DeviceId;
use sqlx::{Connection, SqliteConnection};
use std::{process::Command, sync::Arc};
use store::Group;

fn group(device: DeviceId, first: i64) -> Arc<Group> {
    let samples = (first..first + 5_000)
        .map(|n| sample(device, "LevelControl.current_level", Some(50.0.into()), n))
        .collect();
    Arc::new(Group {
        samples,
        until: Some(at(first)),
        ..Group::default()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vacuum_and_optimize_while_the_house_writes() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    store.record(group(device, 0)).await.unwrap();
    let url = format!("sqlite://{}", folder.file().display());
    let outside = tokio::spawn(async move {
        let mut outside = SqliteConnection::connect(&url).await.unwrap();
        for _ in 0..10 {
            // The other program may have to wait for its turn, as any SQLite program does.
            for sql in ["VACUUM", "PRAGMA optimize", "SELECT * FROM sqlite_schema"] {
                sqlx::raw_sql(sql).execute(&mut outside).await.unwrap();
            }
        }
        outside.close().await.unwrap();
    });
    for n in 1..=20 {
        store.record(group(device, n * 5_000)).await.unwrap();
        store
            .keep(vec![record(&lamp(&format!("lamp_{n}"), None))])
            .await
            .unwrap();
        store.recorded().await.unwrap();
    }
    outside.await.unwrap();
    assert_eq!(store.count_samples().await.unwrap(), 21 * 5_000);
    assert!(store.health().await.writable.is_ok());
}

#[tokio::test]
async fn a_long_lock_from_outside_is_waited_for() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let url = format!("sqlite://{}", folder.file().display());
    let mut outside = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE")
        .execute(&mut outside)
        .await
        .unwrap();
    let receipt = store.submit(vec![record(&lamp("patient", None))]);
    // Readers are not held up, and health says so within its time.
    assert!(store.recorded().await.unwrap().is_empty());
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut outside)
        .await
        .unwrap();
    receipt.await.unwrap();
    outside.close().await.unwrap();
}

#[tokio::test]
async fn the_command_line_tool_works_beside_it() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = lamp("hall_lamp", None);
    store.keep(vec![record(&device)]).await.unwrap();
    store.record(group(device.id, 0)).await.unwrap();
    let sqlite = |sql: &str| {
        let output = Command::new("sqlite3")
            .arg(folder.file())
            .arg(sql)
            .output()
            .ok()?;
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(tables) = sqlite(".tables") else {
        println!("SKIPPED: sqlite3 is not installed");
        return;
    };
    assert!(
        tables.contains("devices") && tables.contains("recent_samples"),
        "{tables}"
    );
    assert!(
        sqlite(".schema samples")
            .unwrap()
            .contains("-- Every reported change")
    );
    let newest =
        sqlite("SELECT device, property, value FROM recent_samples ORDER BY ts DESC LIMIT 1");
    assert_eq!(
        newest.unwrap().trim(),
        "hall_lamp|LevelControl.current_level|50.0"
    );
    sqlite("VACUUM;").unwrap();
    sqlite("PRAGMA optimize;").unwrap();
    assert_eq!(sqlite("PRAGMA integrity_check;").unwrap().trim(), "ok");
    store
        .keep(vec![record(&lamp("desk_lamp", None))])
        .await
        .unwrap();
    let stat = std::fs::metadata(folder.file()).unwrap().len()
        + std::fs::metadata(folder.dir.path().join("consciousness.db-wal")).map_or(0, |f| f.len());
    assert_eq!(store.size_bytes(), stat);
}
