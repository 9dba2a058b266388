//! How long things take in a house of some size. Run by hand:
//! `cargo nextest run -p history large --run-ignored all --no-capture`.

use crate::support::{Folder, after, path, time};
use history::{Range, Resolution, Retention, catch_up, forget, series};
use jiff::tz::TimeZone;
use model::{Cause, DeviceId, Event, EventBody, Position, Timestamp, Who};
use std::sync::Arc;
use std::time::Instant;
use store::{EventFilter, Group, Sample};

#[tokio::test]
#[ignore = "takes a minute; prints figures"]
async fn figures() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let devices: Vec<_> = (0..100).map(|_| DeviceId::new()).collect();
    let (start, days) = (time("2026-05-01T00:00:00Z"), 30);
    let warmth = path("TemperatureMeasurement.temperature");
    let cause = Cause::first(Who::House);
    let mut seq = 0;
    let began = Instant::now();
    for hour in 0..days * 24 {
        let mut group = Group::default();
        for minute in (0..60).step_by(2) {
            let at = after(start, hour * 60 + minute);
            for device in &devices {
                let value = Some(f64::from(i32::try_from(minute).unwrap()).into());
                group.samples.push(Sample {
                    device: *device,
                    path: warmth,
                    at,
                    value,
                });
            }
            for device in devices.iter().take(8) {
                seq += 1;
                let (old, new) = (None, Some((seq % 2 == 0).into()));
                let path = path("OnOff.on_off");
                let body = EventBody::PropertyChanged {
                    device: *device,
                    path,
                    old,
                    new,
                    matched: false,
                };
                let position = Position { epoch: 1, seq };
                group.events.push(Event {
                    position,
                    at,
                    cause: cause.clone(),
                    body,
                });
            }
        }
        store.record(Arc::new(group)).await.unwrap();
    }
    let end = after(start, days * 1_440);
    println!(
        "recorded {} samples and {seq} events in {:?}",
        store.count_samples().await.unwrap(),
        began.elapsed()
    );
    println!("{} bytes", store.size_bytes());
    let began = Instant::now();
    catch_up(&store, &zone, Timestamp::MIN, end).await.unwrap();
    println!("summed up in {:?}", began.elapsed());
    for (name, from, resolution) in [
        ("a day, raw", after(end, -1_440), Resolution::Raw),
        ("a month, auto", start, Resolution::Auto),
        ("a month, daily", start, Resolution::Day),
    ] {
        let began = Instant::now();
        let range = Range {
            device: devices[5],
            path: warmth,
            from,
            to: end,
            resolution,
            limit: 1_000,
        };
        series(&store, &zone, &range, end).await.unwrap().unwrap();
        println!("{name}: {:?}", began.elapsed());
    }
    let filter = EventFilter::default();
    for (name, filter) in [
        ("newest events", filter.clone()),
        (
            "of a device",
            EventFilter {
                device: Some(devices[3]),
                ..filter.clone()
            },
        ),
        (
            "of a day long ago",
            EventFilter {
                from: Some(start),
                to: Some(after(start, 1_440)),
                ..filter.clone()
            },
        ),
        (
            "of a kind that is rare",
            EventFilter {
                kinds: vec!["device_added".to_owned()],
                ..filter
            },
        ),
    ] {
        let began = Instant::now();
        store.events(&filter, 100).await.unwrap();
        println!("{name}: {:?}", began.elapsed());
    }
    let began = Instant::now();
    let retention = Retention {
        samples: 10,
        hourly: 20,
        events: 10,
        ..Retention::default()
    };
    forget(&store, retention, end).await.unwrap();
    println!(
        "forgot two thirds in {:?}; {} bytes",
        began.elapsed(),
        store.size_bytes()
    );
}
