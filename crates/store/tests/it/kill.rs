//! `kill -9` while wishes are kept, samples are recorded and compacted: everything acknowledged is
//! there, no sample is lost or doubled, and the file is sound.
//!
//! The test runs itself as the process that is killed. Ten times, or `TORTURE` times.

use crate::fixture::{Folder, at, path, sample, wish};
use model::{DeviceId, Value, WishId};
use sqlx::{Connection, SqliteConnection};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};
use store::{Group, Location, Record, Sample, Store};

const VICTIM: &str = "STORE_TEST_VICTIM";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below, as a process of its own"]
async fn victim() {
    let Ok(file) = std::env::var(VICTIM) else {
        return;
    };
    let (store, _) = Store::open(&Location::file(file)).await.unwrap();
    let kept = store.load().await.unwrap();
    let device = victim_device();
    // Telemetry goes on beside it, and compaction, which is never far behind.
    let (telemetry, compaction) = (store.clone(), store.clone());
    let base = i64::try_from(kept.epoch).unwrap() * BASE;
    let (written, mut progress) = tokio::sync::watch::channel(0);
    tokio::spawn(async move {
        for n in 0_i64.. {
            let group = Group {
                samples: samples(base, n),
                ..Group::default()
            };
            telemetry.record(Arc::new(group)).await.unwrap();
            say(&format!("wrote {base} {n}\n"));
            written.send_replace(n);
        }
    });
    tokio::spawn(async move {
        loop {
            progress.changed().await.unwrap();
            let before = at(base + *progress.borrow_and_update() * GROUP - GROUP / 2);
            let folded = compaction.compact(before).await.unwrap();
            if folded > 0 {
                say("folded\n");
            }
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
                say(&format!("kept {}\n", wish.id));
            }
        });
    }
    // None of them ever ends by itself.
    while clients.join_next().await.is_some() {}
}

/// One write of a whole line: a killed process leaves no half of it behind a whole.
fn say(line: &str) {
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Samples of one group. Each start of the victim has a stretch of time of its own.
const GROUP: i64 = 500;
const BASE: i64 = 10_000_000;

/// The group `n` of a start: five properties of one device in turn, the last sample of the group
/// before it once more and otherwise, and a late one from long ago.
fn samples(base: i64, n: i64) -> Vec<Sample> {
    let device = victim_device();
    let one = |m: i64| sample(device, PROPERTIES[place(m)], Some(level(m)), base + m);
    let mut group: Vec<_> = (n * GROUP..(n + 1) * GROUP).map(one).collect();
    if n > 0 {
        group.push(one(n * GROUP - 1));
        group.push(sample(device, LATE, Some(level(n)), base - n));
    }
    group
}

fn place(m: i64) -> usize {
    usize::try_from(m % 5).unwrap()
}

fn level(m: i64) -> Value {
    Value::Number(f64::from(i32::try_from(m % 977).unwrap()) / 10.0)
}

const PROPERTIES: [&str; 5] = [
    "LevelControl.current_level",
    "2:LevelControl.current_level",
    "3:LevelControl.current_level",
    "4:LevelControl.current_level",
    "5:LevelControl.current_level",
];
const LATE: &str = "6:LevelControl.current_level";

/// The same at every start.
fn victim_device() -> DeviceId {
    "018f4e3a-0000-7000-8000-000000000001".parse().unwrap()
}

/// Whether every group that was recorded by a start is there, each sample once, and nothing else but
/// whole groups.
async fn is_whole(store: &Store, base: i64, acknowledged: i64) {
    let mut found = std::collections::BTreeSet::new();
    let mut count = 0;
    for (index, text) in PROPERTIES.iter().enumerate() {
        let property = store.recorded_property(victim_device(), path(text));
        let Some(property) = property.await.unwrap() else {
            continue;
        };
        let end = base + BASE / 2;
        let points = store.samples(&property, at(base), at(end), 10_000_000);
        for point in points.await.unwrap() {
            let m = point.at.as_second() - at(base).as_second();
            assert_eq!((place(m), point.value), (index, Some(level(m))));
            assert!(found.insert(m), "sample {m} is there twice");
            count += 1;
        }
    }
    assert!(
        count >= (acknowledged + 1) * GROUP,
        "{count} samples, but group {acknowledged} was recorded"
    );
    assert_eq!(count % GROUP, 0, "a group is whole or not there");
    assert_eq!(found.last().copied(), (count > 0).then(|| count - 1));
    let Some(late) = store
        .recorded_property(victim_device(), path(LATE))
        .await
        .unwrap()
    else {
        return;
    };
    let late = store.samples(&late, at(base - BASE / 2), at(base), 10_000_000);
    let expected = (count / GROUP - 1).max(0);
    assert_eq!(i64::try_from(late.await.unwrap().len()).unwrap(), expected);
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let kills: u32 = std::env::var("TORTURE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let folder = Folder::new();
    let mut acknowledged: Vec<WishId> = Vec::new();
    // By start of the victim: the last group that was recorded.
    let mut starts: BTreeMap<i64, i64> = BTreeMap::new();
    let mut compacted = 0;
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
        let (mut count, mut folded) = (0, 0);
        let ids = |line: &str| {
            line.split("kept ")
                .nth(1)
                .and_then(|id| id.get(..36)?.parse().ok())
        };
        let groups = |line: &str| {
            let mut words = line.split("wrote ").nth(1)?.split(' ');
            let base: i64 = words.next()?.parse().ok()?;
            Some((base, words.next()?.parse::<i64>().ok()?))
        };
        while count < enough {
            let Some(Ok(line)) = lines.next() else {
                panic!("the victim ended by itself")
            };
            if let Some(id) = ids(&line) {
                acknowledged.push(id);
                count += 1;
            }
            starts.extend(groups(&line));
            folded += u32::from(line.contains("folded"));
        }
        child.kill().unwrap();
        // What it had written before it died was acknowledged too.
        for line in lines.map_while(Result::ok) {
            acknowledged.extend(ids(&line));
            starts.extend(groups(&line));
        }
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
        for (base, acknowledged) in &starts {
            is_whole(&store, *base, *acknowledged).await;
        }
        compacted += u32::from(folded > 0);
        drop(store);
    }
    assert!(acknowledged.len() >= 20 * kills as usize);
    assert!(
        compacted > kills / 2,
        "compaction was under way: {compacted}"
    );
}
