//! Statistics and retention on a real database.

use crate::support::{Folder, after, path, record, time};
use history::{Range, Resolution, Retention, catch_up, forget, series};
use jiff::tz::TimeZone;
use model::{DeviceId, Timestamp};
use store::{Bucket, Period, Store};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

const METER: &str = "ElectricalEnergyMeasurement.energy_imported";
const WARMTH: &str = "TemperatureMeasurement.temperature";
const SWITCH: &str = "OnOff.on_off";

/// A meter that counts 0.1 every ten minutes, a temperature that swings, a lamp that is on every
/// other hour.
async fn fill(store: &Store, device: DeviceId, from: Timestamp, to: Timestamp) {
    let all = || {
        (0..)
            .map(|n| (n, after(from, n * 10)))
            .take_while(move |(_, at)| *at < to)
    };
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let number = |n: i64| n as f64;
    record(
        store,
        device,
        METER,
        all().map(|(n, at)| (at, Some((number(n) * 0.1).into()))),
    )
    .await;
    let warmth = |n: i64| 20.0 + f64::from(i32::try_from(n % 6).unwrap());
    record(
        store,
        device,
        WARMTH,
        all().map(|(n, at)| (at, Some(warmth(n).into()))),
    )
    .await;
    record(
        store,
        device,
        SWITCH,
        all().map(|(n, at)| (at, Some(((n / 6) % 2 == 0).into()))),
    )
    .await;
}

async fn all(store: &Store, period: Period) -> Vec<Vec<Bucket>> {
    let mut found = Vec::new();
    for property in store.recorded().await.unwrap() {
        let rows = store
            .statistics(property.id, period, Timestamp::MIN, Timestamp::MAX, 10_000)
            .await
            .unwrap();
        found.push(rows);
    }
    found
}

#[tokio::test]
async fn days_of_the_changed_clock_come_out_right() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    // Three local days around the end of summer time: 24, 25 and 24 hours.
    let (from, to) = (time("2026-10-23T22:00:00Z"), time("2026-10-26T23:00:00Z"));
    fill(&store, device, from, to).await;
    catch_up(&store, &berlin(), Timestamp::MIN, to)
        .await
        .unwrap();
    assert_eq!(store.statistics_until().await.unwrap(), Some(to));
    let hourly = all(&store, Period::Hour).await;
    let daily = all(&store, Period::Day).await;
    for (hours, days) in hourly.iter().zip(&daily) {
        assert_eq!((hours.len(), days.len()), (73, 3));
        let lengths: Vec<_> = days.iter().map(|day| day.length / 3_600_000_000).collect();
        assert_eq!(lengths, [24, 25, 24]);
        assert!(days.iter().all(|day| day.known == day.length));
    }
    let total: f64 = daily[0].iter().filter_map(|day| day.total).sum();
    assert!((total - 43.7).abs() < 1e-6, "{total}");
    assert!((daily[0][1].total.unwrap() - 15.0).abs() < 1e-6);
    assert_eq!(
        (daily[1][1].min, daily[1][1].mean, daily[1][1].max),
        (Some(20.0), Some(22.5), Some(25.0))
    );
    assert_eq!((daily[2][0].mean, daily[2][0].min), (Some(0.5), None));
}

#[tokio::test]
async fn in_steps_again_and_after_late_samples_it_is_the_same() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let (from, to) = (time("2026-05-01T00:00:00Z"), time("2026-05-03T12:00:00Z"));
    let zone = berlin();
    fill(&store, device, from, to).await;
    catch_up(&store, &zone, Timestamp::MIN, to).await.unwrap();
    let once = (
        all(&store, Period::Hour).await,
        all(&store, Period::Day).await,
    );

    // The same in another database, as it comes in, with stops at odd moments.
    let other = Folder::new();
    let (store, _) = other.lead().await;
    let mut at = from;
    while at < to {
        let next = after(at, 437).min(to);
        // Written twice, as after a failure that was none.
        fill_part(&store, device, from, at, next).await;
        fill_part(&store, device, from, at, next).await;
        catch_up(&store, &zone, Timestamp::MIN, next).await.unwrap();
        at = next;
    }
    // And late ones, which are there already.
    fill_part(&store, device, from, after(from, 600), after(from, 1_200)).await;
    assert_eq!(
        store.statistics_until().await.unwrap(),
        Some(after(from, 600))
    );
    catch_up(&store, &zone, Timestamp::MIN, to).await.unwrap();
    let again = (
        all(&store, Period::Hour).await,
        all(&store, Period::Day).await,
    );
    assert_eq!(once, again);
}

/// What `fill` writes, but only from `first` on and before `last`.
async fn fill_part(
    store: &Store,
    device: DeviceId,
    from: Timestamp,
    first: Timestamp,
    last: Timestamp,
) {
    let folder = Folder::new();
    let (whole, _) = folder.lead().await;
    fill(&whole, device, from, last).await;
    for property in whole.recorded().await.unwrap() {
        let points = whole
            .samples(&property, first, last, 100_000)
            .await
            .unwrap();
        let text = property.path.to_string();
        record(
            store,
            device,
            &text,
            points.into_iter().map(|point| (point.at, point.value)),
        )
        .await;
    }
}

#[tokio::test]
async fn what_is_old_goes_and_what_it_came_to_stays() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let zone = berlin();
    let (from, to) = (time("2026-05-01T00:00:00Z"), time("2026-05-11T00:00:00Z"));
    fill(&store, device, from, to).await;
    let retention = Retention {
        samples: 2,
        hourly: 5,
        events: 5,
        ..Retention::default()
    };
    forget(&store, retention, to).await.unwrap();
    assert_eq!(
        store.oldest_sample().await.unwrap(),
        Some(from),
        "not before it is summed up"
    );
    catch_up(&store, &zone, Timestamp::MIN, to).await.unwrap();
    let days = all(&store, Period::Day).await;
    forget(&store, retention, to).await.unwrap();
    assert_eq!(
        store.oldest_sample().await.unwrap(),
        Some(after(to, -2 * 1_440 - 10))
    );
    assert_eq!(all(&store, Period::Hour).await[0].len(), 5 * 24);
    assert_eq!(all(&store, Period::Day).await, days);
    let range = |resolution, from, limit| Range {
        device,
        path: path(WARMTH),
        from,
        to,
        resolution,
        limit,
    };
    for (from, limit, expected) in [
        (after(to, -1_000), 500, Resolution::Raw),
        (after(to, -2 * 1_440), 100, Resolution::Hour),
        (after(to, -4 * 1_440), 500, Resolution::Hour),
        (time("2026-04-20T00:00:00Z"), 500, Resolution::Day),
    ] {
        let found = series(&store, &zone, &range(Resolution::Auto, from, limit), to)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.resolution, expected, "from {from}");
        assert!(found.next.is_none() && found.points.len() + found.buckets.len() > 0);
    }

    // A sample from long ago does not sum up anew what retention has taken.
    record(
        &store,
        device,
        WARMTH,
        [(after(from, 1), Some(99.0.into()))],
    )
    .await;
    catch_up(&store, &zone, after(to, -2 * 1_440), to)
        .await
        .unwrap();
    assert_eq!(all(&store, Period::Day).await[1][0], days[1][0]);
}

#[tokio::test]
async fn what_is_not_over_yet_is_computed_when_asked() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let zone = berlin();
    let from = time("2026-05-01T00:00:00Z");
    let now = time("2026-05-02T10:25:00Z");
    fill(&store, device, from, now).await;
    let ask = |resolution, limit| Range {
        device,
        path: path(METER),
        from,
        to: after(now, 600),
        resolution,
        limit,
    };
    let before = series(&store, &zone, &ask(Resolution::Hour, 100), now)
        .await
        .unwrap()
        .unwrap();
    catch_up(&store, &zone, Timestamp::MIN, after(now, -300))
        .await
        .unwrap();
    let after_part = series(&store, &zone, &ask(Resolution::Hour, 100), now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(before, after_part, "whether it is written or not");
    assert_eq!(before.buckets.len(), 35);
    assert_eq!(before.buckets[34].length, 25 * 60 * 1_000_000);
    let days = series(&store, &zone, &ask(Resolution::Day, 100), now)
        .await
        .unwrap()
        .unwrap();
    let total: f64 = days.buckets.iter().filter_map(|day| day.total).sum();
    assert_eq!(days.buckets.len(), 2);
    assert!((total - 20.6).abs() < 1e-6, "{total}");
    let page = series(&store, &zone, &ask(Resolution::Hour, 10), now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (page.buckets.len(), page.next),
        (10, Some(after(from, 600)))
    );
    let page = series(&store, &zone, &ask(Resolution::Raw, 10), now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((page.points.len(), page.next), (10, Some(after(from, 100))));
    let nothing = Range {
        device: DeviceId::new(),
        ..ask(Resolution::Auto, 9)
    };
    assert_eq!(series(&store, &zone, &nothing, now).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_came_back_leaves_no_trace_in_the_present() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let zone = berlin();
    let (from, to) = (time("2026-05-01T00:00:00Z"), time("2026-05-02T00:00:00Z"));
    fill(&store, device, from, to).await;
    // Three weeks ahead for one sample, summed up, and back.
    record(
        &store,
        device,
        WARMTH,
        [(after(to, 30_000), Some(99.0.into()))],
    )
    .await;
    catch_up(&store, &zone, Timestamp::MIN, after(to, 30_100))
        .await
        .unwrap();
    fill_part(&store, device, from, after(to, -60), after(to, 600)).await;
    let now = after(to, 600);
    catch_up(&store, &zone, Timestamp::MIN, now).await.unwrap();
    assert_eq!(store.statistics_until().await.unwrap(), Some(now));
    let resolution = Resolution::Hour;
    let path = path(WARMTH);
    let range = Range {
        device,
        path,
        from,
        to: after(to, 40_000),
        resolution,
        limit: 10_000,
    };
    let found = series(&store, &zone, &range, now).await.unwrap().unwrap();
    assert_eq!(found.buckets.len(), 34, "nothing from after now is told");
    assert!(found.buckets.iter().all(|bucket| bucket.max == Some(25.0)));
}
