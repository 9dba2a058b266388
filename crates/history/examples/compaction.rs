//! What compact history costs and brings, measured. Three figures, one line of JSON each:
//!
//! - `bytes_per_change` of the recorded samples in a database, before and after compaction. The
//!   samples of DATABASE (made by `sim --days 7 --into DATABASE`, or a copy of a house's) are recorded
//!   anew into a database of their own in order of time: once without compaction, once with a round
//!   every five minutes of house time as a house does it, and once more with times that differ by
//!   random microseconds, as those of a living house do. Counted is every page of the tables and
//!   indexes that samples cause.
//! - `compaction`: how many samples a second of CPU go into chunks.
//! - `query`: 24 hours of one property with 10,000 samples in them, among 1.25 million.
//!
//! `cargo run --release -p history --example compaction -- DATABASE`

#![expect(
    clippy::unwrap_used,
    reason = "a program for measuring may end at once"
)]
#![expect(clippy::cast_precision_loss, reason = "figures to be read")]

use history::{Range, Resolution, compact, series};
use jiff::tz::TimeZone;
use model::{DeviceId, Path, Timestamp};
use sqlx::{Connection as _, SqliteConnection};
use std::{path::PathBuf, sync::Arc, time::Instant};
use store::{Group, Location, Sample, Store};

const MINUTE: i64 = 60_000_000;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    match std::env::args().nth(1) {
        Some(file) => sizes(&PathBuf::from(file), folder.path()).await,
        None => {
            println!("{{\"bytes_per_change\": null, \"note\": \"name a database to measure\"}}")
        }
    }
    query(folder.path()).await;
}

/// Bytes a change, before and after.
async fn sizes(file: &std::path::Path, folder: &std::path::Path) {
    let copy = folder.join("source.db");
    std::fs::copy(file, &copy).unwrap();
    let samples = all(&copy).await;
    for (name, rounds, jitter) in [
        ("before", false, false),
        ("after", true, false),
        ("before, times to the microsecond", false, true),
        ("after, times to the microsecond", true, true),
    ] {
        let into = folder.join(format!("{name}.db"));
        let (store, _) = Store::open(&Location::file(&into)).await.unwrap();
        store.load().await.unwrap();
        let mut moved = (0, 0.0, 0.0);
        let mut round = samples[0].at.as_microsecond();
        let mut group = Group::default();
        for sample in &samples {
            let mut sample = sample.clone();
            if jitter {
                sample.at = jittered(&sample);
            }
            group.samples.push(sample);
            let at = group.samples[group.samples.len() - 1].at.as_microsecond();
            if rounds && at >= round + 5 * MINUTE {
                round = at;
                store
                    .record(Arc::new(std::mem::take(&mut group)))
                    .await
                    .unwrap();
                let (began, bytes) = (cpu(), written());
                moved.0 += compact(&store, time(at)).await.unwrap();
                moved.1 += cpu() - began;
                moved.2 += written() - bytes;
            }
        }
        store.record(Arc::new(group)).await.unwrap();
        if rounds {
            let end = time(round + 60 * MINUTE);
            moved.0 += compact(&store, end).await.unwrap();
            while store.give_back().await.unwrap() {}
            assert_eq!(moved.0, samples.len() as u64);
        }
        store.close_clean(None).await.unwrap();
        let bytes = of_samples(&into).await;
        let per_change = bytes as f64 / samples.len() as f64;
        println!(
            "{{\"bytes_per_change\": {per_change:.2}, \"case\": \"{name}\", \"changes\": {}, \"bytes\": {bytes}, \
             \"rounds_cpu_seconds\": {:.1}, \"rounds_megabytes_written\": {:.0}}}",
            samples.len(),
            moved.1,
            moved.2 / 1e6,
        );
    }
}

/// Everything that was recorded, in order of time.
async fn all(file: &std::path::Path) -> Vec<Sample> {
    let (store, _) = Store::open(&Location::file(file)).await.unwrap();
    let mut samples = Vec::new();
    for property in store.recorded().await.unwrap() {
        let points = store
            .samples(&property, Timestamp::MIN, Timestamp::MAX, 100_000_000)
            .await
            .unwrap();
        samples.extend(points.into_iter().map(|point| Sample {
            device: property.device,
            path: property.path,
            at: point.at,
            value: point.value,
        }));
    }
    samples.sort_by_key(|sample| sample.at);
    samples
}

/// Up to 16 seconds later, the same for all properties of a device at a moment: what one message
/// brings has one time.
fn jittered(sample: &Sample) -> Timestamp {
    let id = sample.device.to_string();
    let device = id
        .bytes()
        .fold(7, |seed, byte| mixed(seed ^ u64::from(byte)));
    let late = mixed(device ^ sample.at.as_microsecond() as u64) >> 40;
    time(sample.at.as_microsecond() + late as i64)
}

/// Bits without any order (the end of SplitMix64).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Bytes that this process has written.
fn written() -> f64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.unwrap().parse().unwrap()
}

/// Pages that samples cause, in bytes.
async fn of_samples(file: &std::path::Path) -> i64 {
    let url = format!("sqlite://{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let empty: i64 = sqlx::query_scalar("PRAGMA freelist_count")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(empty < 3, "{empty} pages were not given back");
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    // The same schema with nothing in it, but the numbers of the properties.
    let without: i64 = {
        for sql in ["DELETE FROM samples", "DELETE FROM chunks", "VACUUM"] {
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
        sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&mut connection)
            .await
            .unwrap()
    };
    (pages - without) * 4_096
}

/// 24 hours of a property with 10,000 samples in them, among 1.25 million.
async fn query(folder: &std::path::Path) {
    let path: Path = "ElectricalPowerMeasurement.power".parse().unwrap();
    let devices: Vec<DeviceId> = (0..25).map(|_| DeviceId::new()).collect();
    let start: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    let apart = 8_640_000;
    for (name, compacted) in [("not compacted", false), ("compacted", true)] {
        let file = folder.join(format!("query {name}.db"));
        let (store, _) = Store::open(&Location::file(file)).await.unwrap();
        store.load().await.unwrap();
        // 25 devices, 50,000 samples each over five days.
        for part in 0..50_i64 {
            let samples = devices.iter().flat_map(|device| {
                (0..1_000_i64).map(move |n| {
                    let n = part * 1_000 + n;
                    let wave = (n as f64 / 300.0).sin() * 900.0 + 1_000.0;
                    Sample {
                        device: *device,
                        path,
                        at: time(start.as_microsecond() + n * apart + n * 7_919 % 100_000),
                        value: Some(((wave * 10.0).round() / 10.0).into()),
                    }
                })
            });
            let group = Group {
                samples: samples.collect(),
                ..Group::default()
            };
            store.record(Arc::new(group)).await.unwrap();
        }
        let end = time(start.as_microsecond() + 50_000 * apart);
        if compacted {
            let (began, clock) = (cpu(), Instant::now());
            let moved = compact(&store, time(end.as_microsecond() + 60 * MINUTE))
                .await
                .unwrap();
            let used = cpu() - began;
            println!(
                "{{\"compaction\": {:.0}, \"unit\": \"samples per CPU second\", \"samples\": {moved}, \
                 \"cpu_seconds\": {used:.2}, \"wall_seconds\": {:.2}}}",
                moved as f64 / used,
                clock.elapsed().as_secs_f64()
            );
        }
        let mut times = Vec::new();
        for round in 0..200 {
            let device = devices[round % devices.len()];
            let from = time(start.as_microsecond() + (round as i64 % 4) * 86_400_000_000);
            let range = Range {
                device,
                path,
                from,
                to: time(from.as_microsecond() + 86_400_000_000),
                resolution: Resolution::Raw,
                limit: 20_000,
            };
            let began = Instant::now();
            let found = series(&store, &TimeZone::UTC, &range, end)
                .await
                .unwrap()
                .unwrap();
            times.push(began.elapsed());
            assert_eq!(found.points.len(), 10_000);
        }
        times.sort();
        println!(
            "{{\"query\": \"{name}\", \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"samples\": {}}}",
            times[100].as_secs_f64() * 1e3,
            times[197].as_secs_f64() * 1e3,
            store.count_samples().await.unwrap()
        );
        store.close_clean(None).await.unwrap();
    }
}

fn time(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap()
}

/// Seconds of CPU that this process has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}
