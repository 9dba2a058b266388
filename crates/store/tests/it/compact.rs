//! Compact history: whatever is asked, chunks and fresh samples are one.

use crate::fixture::{Folder, at, path, sample};
use model::{DeviceId, Timestamp, Value};
use proptest::prelude::*;
use sqlx::{Connection, SqliteConnection};
use std::{collections::BTreeMap, sync::Arc};
use store::{Forget, Group, Location, Point, Reader, RecordedProperty, Sample, Store};

const LEVEL: &str = "LevelControl.current_level";

async fn record(store: &Store, samples: Vec<Sample>) {
    let group = Group {
        samples,
        ..Group::default()
    };
    store.record(Arc::new(group)).await.unwrap();
}

async fn compact(store: &Store, before: Timestamp) -> u64 {
    store.compact(before).await.unwrap()
}

async fn forget(store: &Store, property: &RecordedProperty, before: Timestamp) -> u64 {
    let mut gone = 0;
    loop {
        match store
            .forget(Forget::Samples(property.id), before)
            .await
            .unwrap()
        {
            0 => return gone,
            step => gone += step,
        }
    }
}

async fn outside(folder: &Folder) -> SqliteConnection {
    let url = format!("sqlite://{}", folder.file().display());
    SqliteConnection::connect(&url).await.unwrap()
}

/// Number of rows in a table.
async fn rows(folder: &Folder, table: &'static str) -> i64 {
    let sql = match table {
        "chunks" => "SELECT count(*) FROM chunks",
        _ => "SELECT count(*) FROM samples",
    };
    let mut outside = outside(folder).await;
    sqlx::query_scalar(sql)
        .fetch_one(&mut outside)
        .await
        .unwrap()
}

/// A value of the property, wild or tame.
fn value(kind: u8, n: i32) -> Option<Value> {
    match kind {
        0 => None,
        1 => Some(Value::Number(f64::from(n % 1_000) / 10.0)),
        2 => Some(Value::Number(f64::from(n) * 1.234_567_89e-7)),
        // Zero has no sign here: SQLite itself keeps none.
        3 => Some(Value::Number(0.1 + 0.2)),
        _ => Some(Value::Number(f64::MAX / f64::from(n.max(1)))),
    }
}

/// What may happen to a history of three properties.
#[derive(Debug, Clone)]
enum Step {
    /// Property, moment, kind and seed of the value.
    Record(Vec<(usize, i64, u8, i32)>),
    Compact(i64),
    Forget(usize, i64),
}

/// Two properties of one device, and one of another.
const PATHS: [&str; 3] = [LEVEL, "2:LevelControl.current_level", LEVEL];

fn step() -> impl Strategy<Value = Step> {
    let at = 0_i64..3_000;
    let samples = prop_oneof![
        prop::collection::vec((0_usize..3, at.clone(), 0_u8..5, any::<i32>()), 1..60),
        // Many in a row, so that chunks fill up; the properties of a device share moments.
        (at.clone(), 500_i64..3_500, 1_i64..4).prop_map(|(from, count, every)| {
            let value = |at: i64| (1, i32::try_from(at * 7 % 400).unwrap());
            (from..from + count)
                .flat_map(|at| (0..3).map(move |property| (property, at)))
                .filter(|(property, at)| *property != 1 || at % every == 0)
                .map(|(property, at)| (property, at, value(at).0, value(at).1))
                .collect()
        }),
    ];
    prop_oneof![
        4 => samples.prop_map(Step::Record),
        3 => (0_i64..7_000).prop_map(Step::Compact),
        1 => (0_usize..3, at).prop_map(|(property, at)| Step::Forget(property, at)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn it_is_a_map_from_times_to_values(steps in prop::collection::vec(step(), 1..14)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(lives(steps));
    }
}

type Plain = BTreeMap<i64, Option<Value>>;

/// Goes through the steps beside a plain map, and compares every answer after each.
async fn lives(steps: Vec<Step>) {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let (one, other) = (DeviceId::new(), DeviceId::new());
    let device = |property: usize| if property < 2 { one } else { other };
    let mut properties = Vec::new();
    for (n, text) in PATHS.iter().enumerate() {
        record(&store, vec![sample(device(n), text, None, -1)]).await;
        let property = store
            .recorded_property(device(n), path(text))
            .await
            .unwrap();
        properties.push(property.unwrap());
    }
    let mut plain = vec![Plain::from([(-1, None)]); 3];
    for step in steps {
        match step {
            Step::Record(samples) => {
                let one = |(n, at, kind, seed): (usize, i64, u8, i32)| {
                    let value = value(kind, seed);
                    plain[n].insert(at, value.clone());
                    sample(device(n), PATHS[n], value, at)
                };
                let samples = samples.into_iter().map(one).collect();
                record(&store, samples).await;
            }
            Step::Compact(before) => {
                compact(&store, at(before)).await;
                assert_eq!(compact(&store, at(before)).await, 0);
            }
            Step::Forget(n, before) => {
                let plain = &mut plain[n];
                let kept = plain.range(..before).next_back().map_or(-1, |(at, _)| *at);
                let count = plain.len();
                plain.retain(|at, _| *at >= kept);
                let gone = forget(&store, &properties[n], at(before)).await;
                assert!(gone >= (count - plain.len()) as u64);
            }
        }
        for (property, plain) in properties.iter().zip(&plain) {
            is_the_same(&store, property, plain).await;
        }
        let oldest = plain.iter().filter_map(|plain| plain.keys().next()).min();
        let oldest = oldest.map(|when| at(*when));
        assert_eq!(store.oldest_sample().await.unwrap(), oldest);
        let count: usize = plain.iter().map(Plain::len).sum();
        assert_eq!(store.count_samples().await.unwrap(), count as u64);
    }
}

async fn is_the_same(store: &Store, property: &RecordedProperty, plain: &Plain) {
    let same = |points: &[Point], from: i64, to: i64, limit: usize| {
        let expected: Vec<_> = plain.range(from..to).take(limit).collect();
        assert_eq!(points.len(), expected.len(), "{from} to {to}");
        for (point, (when, value)) in points.iter().zip(expected) {
            assert_eq!((point.at, &point.value), (at(*when), value));
            if let (Some(Value::Number(one)), Some(Value::Number(two))) = (&point.value, value) {
                assert_eq!(one.to_bits(), two.to_bits());
            }
        }
    };
    for (from, to, limit) in [
        (-10, 10_000, 100_000),
        (-10, 10_000, 700),
        (500, 2_000, 100_000),
        (1_024, 1_025, 5),
        (2_000, 10_000, 1_500),
    ] {
        let points = store
            .samples(property, at(from), at(to), limit)
            .await
            .unwrap();
        same(&points, from, to, limit);
    }
    for when in [0, 1, 700, 1_500, 2_999, 9_999] {
        let found = store.sample_before(property, at(when)).await.unwrap();
        let expected = plain.range(..when).next_back();
        assert_eq!(
            found.as_ref().map(|point| point.at),
            expected.map(|(when, _)| at(*when))
        );
        assert_eq!(
            found.and_then(|point| point.value),
            expected.and_then(|(_, value)| value.clone())
        );
    }
}

#[tokio::test]
async fn slow_properties_share_a_chunk_over_time_and_late_ones_find_theirs() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    for hour in 0..300 {
        record(
            &store,
            vec![sample(
                device,
                LEVEL,
                value(1, hour),
                i64::from(hour) * 3_600,
            )],
        )
        .await;
        compact(&store, at(i64::from(hour) * 3_600 + 1)).await;
    }
    assert_eq!(
        (
            rows(&folder, "chunks").await,
            rows(&folder, "samples").await
        ),
        (1, 0)
    );
    // Backwards in time, one by one.
    for hour in 1..100 {
        record(
            &store,
            vec![sample(
                device,
                LEVEL,
                value(1, hour),
                i64::from(hour) * -3_600,
            )],
        )
        .await;
        compact(&store, at(0)).await;
    }
    assert_eq!(
        (
            rows(&folder, "chunks").await,
            rows(&folder, "samples").await
        ),
        (1, 0)
    );
    // More than a chunk takes: full ones, and what is left.
    let many = (0..5_000).map(|n| sample(device, LEVEL, value(1, 7), 3_600 * 300 + n));
    record(&store, many.collect()).await;
    compact(&store, at(3_600 * 400)).await;
    assert_eq!(
        (
            rows(&folder, "chunks").await,
            rows(&folder, "samples").await
        ),
        (3, 0)
    );
    assert_eq!(store.count_samples().await.unwrap(), 5_399);
}

#[tokio::test]
async fn fresh_samples_stay_readable_by_anybody() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let samples = (0..100).map(|n| sample(device, LEVEL, value(1, 5), n));
    record(&store, samples.collect()).await;
    assert_eq!(compact(&store, at(90)).await, 90);
    let mut outside = outside(&folder).await;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM recent_samples")
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(seen, 10);
}

#[tokio::test]
async fn a_damaged_chunk_is_told_as_unknown_and_everything_goes_on() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let samples = (0..8_000).map(|n| sample(device, LEVEL, value(1, 5), n));
    record(&store, samples.collect()).await;
    compact(&store, at(8_000)).await;
    let mut outside = outside(&folder).await;
    for sql in [
        "UPDATE chunks SET readings = zeroblob(length(readings)) WHERE chunk_id = 2",
        "UPDATE chunks SET codec = 99 WHERE chunk_id = 3",
    ] {
        sqlx::raw_sql(sql).execute(&mut outside).await.unwrap();
    }
    let property = store
        .recorded_property(device, path(LEVEL))
        .await
        .unwrap()
        .unwrap();
    let points = store
        .samples(&property, at(0), at(10_000), 100_000)
        .await
        .unwrap();
    let unknown = |points: &[Point]| -> Vec<Timestamp> {
        let unknown = points.iter().filter(|point| point.value.is_none());
        unknown.map(|point| point.at).collect()
    };
    assert_eq!(points.len(), 3_906);
    assert_eq!(unknown(&points), [at(2_048), at(4_096)]);
    let reader = Reader::open(&Location::file(folder.file())).await.unwrap();
    let recorded = reader.recorded().await.unwrap();
    let same = reader
        .samples(&recorded[0], at(0), at(10_000), 100_000)
        .await
        .unwrap();
    assert_eq!((same, reader.damaged()), (points, 2));

    // A late sample into it, and new ones after it: the damaged one is put aside, not written over.
    record(&store, vec![sample(device, LEVEL, value(1, 6), 3_000)]).await;
    record(&store, vec![sample(device, LEVEL, value(1, 6), 9_000)]).await;
    assert_eq!(compact(&store, at(10_000)).await, 2);
    let points = store
        .samples(&property, at(0), at(10_000), 100_000)
        .await
        .unwrap();
    assert_eq!(points.len(), 3_908);
    let aside: i64 = sqlx::query_scalar("SELECT count(*) FROM chunks WHERE device_no < 0")
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(aside, 1);
    // It goes when its time is over.
    forget(&store, &property, at(8_999)).await;
    let aside: i64 = sqlx::query_scalar("SELECT count(*) FROM chunks WHERE device_no < 0")
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(aside, 0);
}

#[tokio::test]
async fn a_reader_needs_no_server_and_makes_nothing() {
    let folder = Folder::new();
    let missing = Reader::open(&Location::file(folder.file())).await;
    assert!(missing.unwrap_err().to_string().contains("is not there"));
    assert!(!folder.file().exists());
    let (store, _) = folder.lead().await;
    record(&store, vec![sample(DeviceId::new(), LEVEL, value(1, 5), 1)]).await;
    compact(&store, at(2)).await;
    let beside = Reader::open(&Location::file(folder.file())).await.unwrap();
    assert_eq!(beside.recorded().await.unwrap().len(), 1);
    drop(beside);
    store.close_clean(None).await.unwrap();
    let alone = Reader::open(&Location::file(folder.file())).await.unwrap();
    let recorded = alone.recorded().await.unwrap();
    let points = alone.samples(&recorded[0], at(0), at(9), 10).await.unwrap();
    assert_eq!(points.len(), 1);
    let other = folder.dir.path().join("other.db");
    let url = format!("sqlite://{}?mode=rwc", other.display());
    let mut strange = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE t (x)")
        .execute(&mut strange)
        .await
        .unwrap();
    let refused = Reader::open(&Location::file(&other)).await.unwrap_err();
    assert!(refused.to_string().contains("another program"), "{refused}");
}
