//! Compact history: what is told is the same, and ten years come from statistics.

use crate::support::{Folder, after, path, record, time};
use history::{Range, Resolution, Series, catch_up, compact, series};
use jiff::{ToSpan, tz::TimeZone};
use model::{DeviceId, Timestamp, Value};
use std::time::{Duration, Instant};
use store::{Bucket, Period, Store};

const WARMTH: &str = "TemperatureMeasurement.temperature";

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// A temperature that swings and is now and then not known, every ten minutes.
fn swing(from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, Option<Value>)> {
    let value = |n: i64| match n % 97 {
        0 => None,
        n => Some(Value::Number(
            f64::from(i32::try_from(n).unwrap()) / 10.0 + 15.0,
        )),
    };
    (0..)
        .map(move |n| (after(from, n * 10), value(n)))
        .take_while(move |(at, _)| *at < to)
}

fn range(device: DeviceId, resolution: Resolution, from: Timestamp, to: Timestamp) -> Range {
    Range {
        device,
        path: path(WARMTH),
        from,
        to,
        resolution,
        limit: 100_000,
    }
}

/// Everything that can be told of the property, and its statistics.
async fn told(store: &Store, device: DeviceId, now: Timestamp) -> (Vec<Series>, Vec<Vec<Bucket>>) {
    let mut all = Vec::new();
    for resolution in [
        Resolution::Raw,
        Resolution::Hour,
        Resolution::Day,
        Resolution::Auto,
    ] {
        let from = after(now, -3 * 1_440 - 7);
        let range = range(device, resolution, from, now);
        all.push(
            series(store, &berlin(), &range, now)
                .await
                .unwrap()
                .unwrap(),
        );
    }
    let mut statistics = Vec::new();
    for property in store.recorded().await.unwrap() {
        for period in [Period::Hour, Period::Day] {
            let rows =
                store.statistics(property.id, period, Timestamp::MIN, Timestamp::MAX, 10_000);
            statistics.push(rows.await.unwrap());
        }
    }
    (all, statistics)
}

#[tokio::test]
async fn what_is_told_is_the_same_before_and_after() {
    let device = DeviceId::new();
    let (from, to) = (time("2026-10-20T00:00:00Z"), time("2026-10-28T10:25:00Z"));
    let plain = Folder::new();
    let (plain, _) = plain.lead().await;
    record(&plain, device, WARMTH, swing(from, to)).await;
    catch_up(&plain, &berlin(), Timestamp::MIN, to)
        .await
        .unwrap();
    let expected = told(&plain, device, to).await;
    assert_eq!(expected.1.len(), 2);

    // Summed up first or compacted first, in one go or as it came, with a late part.
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let late = |at: Timestamp| at.as_second() / 600 % 5 == 0;
    let mut at = from;
    while at < to {
        let next = after(at, 437).min(to);
        let part = swing(from, next).filter(|(when, _)| *when >= at && !late(*when));
        record(&store, device, WARMTH, part).await;
        compact(&store, next).await.unwrap();
        catch_up(&store, &berlin(), Timestamp::MIN, next)
            .await
            .unwrap();
        at = next;
    }
    let part = swing(from, to).filter(|(when, _)| late(*when));
    record(&store, device, WARMTH, part).await;
    catch_up(&store, &berlin(), Timestamp::MIN, to)
        .await
        .unwrap();
    assert_eq!(told(&store, device, to).await, expected, "late ones wait");
    assert!(compact(&store, to).await.unwrap() > 100);
    assert_eq!(
        told(&store, device, to).await,
        expected,
        "late ones are folded in"
    );
    // And everything computed anew from chunks alone.
    record(&store, device, WARMTH, swing(from, after(from, 1))).await;
    compact(&store, after(to, 60)).await.unwrap();
    assert_eq!(compact(&store, after(to, 60)).await.unwrap(), 0);
    assert!(store.statistics_until().await.unwrap() < Some(to));
    catch_up(&store, &berlin(), Timestamp::MIN, to)
        .await
        .unwrap();
    assert_eq!(told(&store, device, to).await, expected);
}

#[tokio::test]
async fn ten_years_come_from_daily_statistics_a_page_at_a_time() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let zone = berlin();
    // 30 days of samples, and statistics of ten years of which the samples are long gone.
    let now = time("2026-11-20T12:00:00Z");
    record(&store, device, WARMTH, swing(after(now, -30 * 1_440), now)).await;
    catch_up(&store, &zone, Timestamp::MIN, now).await.unwrap();
    compact(&store, now).await.unwrap();
    let property = store.recorded().await.unwrap()[0];
    let mut day = now
        .to_zoned_datetime(zone.clone())
        .checked_sub(10.years())
        .unwrap()
        .start_of_day()
        .unwrap();
    let first = day.timestamp();
    let mut rows = Vec::new();
    while day.timestamp() < after(now, -31 * 1_440) {
        let next = day.tomorrow().unwrap();
        let length = next.timestamp().as_microsecond() - day.timestamp().as_microsecond();
        let bucket = Bucket {
            start: day.timestamp(),
            length,
            known: length,
            samples: 144,
            mean: Some(20.0),
            min: Some(18.0),
            max: Some(22.0),
            total: None,
            meter: None,
        };
        rows.push((property.id, Period::Day, bucket));
        day = next;
    }
    let until = store.statistics_until().await.unwrap();
    store
        .write_statistics(rows, Some(first), until.unwrap())
        .await
        .unwrap();

    for (limit, pages) in [(1_000, 4), (5_000, 1)] {
        let (mut from, mut found, mut count) = (first, Vec::new(), 0);
        let began = Instant::now();
        loop {
            let range = Range {
                limit,
                ..range(device, Resolution::Auto, from, now)
            };
            let page = series(&store, &zone, &range, now).await.unwrap().unwrap();
            assert!(page.points.len() + page.buckets.len() <= limit);
            count += 1;
            found.extend(page.buckets.iter().map(|bucket| bucket.start));
            match page.next {
                Some(next) if page.resolution == Resolution::Day => from = next,
                _ => break,
            }
        }
        let took = began.elapsed();
        println!("ten years in {count} pages: {took:?}");
        assert_eq!(count, pages);
        assert!(found.len() > 3_600 && found.is_sorted() && found[0] == first);
        // Tens of milliseconds; the machine may be busy.
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
