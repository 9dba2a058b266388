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
    let (mut from, mut samples) = (None, 0);
    loop {
        let step = store.compact(before, from).await.unwrap();
        samples += step.samples;
        from = step.next;
        if from.is_none() {
            return samples;
        }
    }
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

/// What may happen to a history.
#[derive(Debug, Clone)]
enum Step {
    Record(Vec<(i64, u8, i32)>),
    Compact(i64),
    Forget(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0_i64..3_000;
    let samples = prop_oneof![
        prop::collection::vec((at.clone(), 0_u8..5, any::<i32>()), 1..60),
        // Many in a row, so that chunks fill up.
        (at.clone(), 500_i64..2_500).prop_map(|(from, count)| (from..from + count)
            .map(|at| (at, 1, i32::try_from(at * 7 % 400).unwrap()))
            .collect()),
    ];
    prop_oneof![
        4 => samples.prop_map(Step::Record),
        3 => (0_i64..6_000).prop_map(Step::Compact),
        1 => at.prop_map(Step::Forget),
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

/// Goes through the steps beside a plain map, and compares every answer after each.
async fn lives(steps: Vec<Step>) {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    record(&store, vec![sample(device, LEVEL, None, -1)]).await;
    let property = store
        .recorded_property(device, path(LEVEL))
        .await
        .unwrap()
        .unwrap();
    let mut plain: BTreeMap<i64, Option<Value>> = BTreeMap::from([(-1, None)]);
    for step in steps {
        match step {
            Step::Record(samples) => {
                let all = samples.iter().map(|(at, kind, n)| (*at, value(*kind, *n)));
                plain.extend(all.clone());
                let samples = all.map(|(at, value)| sample(device, LEVEL, value, at));
                record(&store, samples.collect()).await;
            }
            Step::Compact(before) => {
                compact(&store, at(before)).await;
                assert_eq!(compact(&store, at(before)).await, 0);
            }
            Step::Forget(before) => {
                let kept = plain.range(..before).next_back().map_or(-1, |(at, _)| *at);
                let before_count = plain.len();
                plain.retain(|at, _| *at >= kept);
                let gone = forget(&store, &property, at(before)).await;
                assert!(gone >= (before_count - plain.len()) as u64);
            }
        }
        is_the_same(&store, &property, &plain).await;
    }
}

async fn is_the_same(
    store: &Store,
    property: &RecordedProperty,
    plain: &BTreeMap<i64, Option<Value>>,
) {
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
    let oldest = plain.keys().next().map(|when| at(*when));
    assert_eq!(store.oldest_sample().await.unwrap(), oldest);
    assert_eq!(store.count_samples().await.unwrap(), plain.len() as u64);
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
        (5, 0)
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
    let samples = (0..4_000).map(|n| sample(device, LEVEL, value(1, 5), n));
    record(&store, samples.collect()).await;
    compact(&store, at(4_000)).await;
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
    assert_eq!(points.len(), 1_954);
    assert_eq!(unknown(&points), [at(1_024), at(2_048)]);
    let reader = Reader::open(&Location::file(folder.file())).await.unwrap();
    let recorded = reader.recorded().await.unwrap();
    let same = reader
        .samples(&recorded[0], at(0), at(10_000), 100_000)
        .await
        .unwrap();
    assert_eq!((same, reader.damaged()), (points, 2));

    // A late sample into it, and new ones after it: the damaged one is put aside, not written over.
    record(&store, vec![sample(device, LEVEL, value(1, 6), 1_500)]).await;
    record(&store, vec![sample(device, LEVEL, value(1, 6), 5_000)]).await;
    assert_eq!(compact(&store, at(6_000)).await, 2);
    let points = store
        .samples(&property, at(0), at(10_000), 100_000)
        .await
        .unwrap();
    assert_eq!(points.len(), 1_956);
    let aside: i64 = sqlx::query_scalar("SELECT count(*) FROM chunks WHERE property_id < 0")
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(aside, 1);
    // It goes when its time is over.
    forget(&store, &property, at(4_999)).await;
    let aside: i64 = sqlx::query_scalar("SELECT count(*) FROM chunks WHERE property_id < 0")
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
