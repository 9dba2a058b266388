//! `kill -9` while wishes are kept: every acknowledged one is there, and the file is sound.
//!
//! The test runs itself as the process that is killed. Ten times, or `TORTURE` times.

use crate::fixture::{Folder, sample, wish};
use model::{DeviceId, WishId};
use sqlx::{Connection, SqliteConnection};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};
use store::{Group, Location, Record, Store};

const VICTIM: &str = "STORE_TEST_VICTIM";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below, as a process of its own"]
async fn victim() {
    let Ok(file) = std::env::var(VICTIM) else {
        return;
    };
    let (store, _) = Store::open(&Location::file(file)).await.unwrap();
    let kept = store.load().await.unwrap();
    let device = DeviceId::new();
    // Telemetry goes on beside it.
    let telemetry = store.clone();
    let base = i64::try_from(kept.epoch).unwrap() * 10_000_000;
    tokio::spawn(async move {
        for n in 0_i64.. {
            let samples = (0..500)
                .map(|m| {
                    sample(
                        device,
                        "OnOff.on_off",
                        Some(true.into()),
                        base + n * 500 + m,
                    )
                })
                .collect();
            telemetry
                .record(Arc::new(Group {
                    samples,
                    ..Group::default()
                }))
                .await
                .unwrap();
        }
    });
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        clients.spawn(async move {
            loop {
                let wish = wish(device, 1);
                store
                    .keep(vec![Record::Wish(Box::new(wish.clone()))])
                    .await
                    .unwrap();
                // One write of a whole line: a killed process leaves no half of it behind a whole.
                std::io::stdout()
                    .write_all(format!("kept {}\n", wish.id).as_bytes())
                    .unwrap();
            }
        });
    }
    // None of them ever ends by itself.
    while clients.join_next().await.is_some() {}
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let kills: u32 = std::env::var("TORTURE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let folder = Folder::new();
    let mut acknowledged: Vec<WishId> = Vec::new();
    for kill in 1..=kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::victim", "--ignored", "--nocapture"])
            .env(VICTIM, folder.file())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after another number of acknowledgements each time, and in the midst of more.
        let enough = 20 + kill * 7 % 60;
        let mut count = 0;
        let ids = |line: String| {
            line.split("kept ")
                .nth(1)
                .and_then(|id| id.get(..36)?.parse().ok())
        };
        while count < enough {
            let Some(Ok(line)) = lines.next() else {
                panic!("the victim ended by itself")
            };
            if let Some(id) = ids(line) {
                acknowledged.push(id);
                count += 1;
            }
        }
        child.kill().unwrap();
        // What it had written before it died was acknowledged too.
        acknowledged.extend(lines.map_while(Result::ok).filter_map(ids));
        child.wait().unwrap();

        let url = format!("sqlite://{}", folder.file().display());
        let mut outside = SqliteConnection::connect(&url).await.unwrap();
        let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut outside)
            .await
            .unwrap();
        assert_eq!(sound, "ok", "after kill {kill}");
        outside.close().await.unwrap();
        let (store, kept) = folder.lead().await;
        assert!(!kept.clean);
        assert_eq!(kept.epoch, u64::from(kill) * 2);
        let there: std::collections::HashSet<_> = kept.pending.iter().map(|wish| wish.id).collect();
        let lost = acknowledged.iter().filter(|id| !there.contains(id)).count();
        assert_eq!(
            lost,
            0,
            "of {} acknowledged wishes, after kill {kill}",
            acknowledged.len()
        );
        assert_eq!(
            store.count_samples().await.unwrap() % 500,
            0,
            "a group is whole or not there"
        );
        drop(store);
    }
    assert!(acknowledged.len() >= 20 * kills as usize);
}
