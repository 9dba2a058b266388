//! How the house fits on its machine, over the API.

use crate::support::served;
use reqwest::Method;
use serde_json::Value as Json;
use std::time::{Duration, Instant};
use store::{CapacityCounts, CapacityDay, Record};

fn named<'a>(list: &'a Json, name: &str) -> &'a Json {
    let mut all = list.as_array().unwrap().iter();
    all.find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[tokio::test]
async fn growth_is_told_from_the_days_that_are_kept() {
    let house = served().await;
    // The server has looked once at its start.
    let deadline = Instant::now() + Duration::from_secs(20);
    let fresh = loop {
        let report = house.get("/api/capacity").await;
        if report["days"] == 1 {
            break report;
        }
        assert!(Instant::now() < deadline, "nothing was sampled: {report}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let database = named(&fresh["figures"], "database");
    assert!(database["now"].as_f64().unwrap() > 1_000.0, "{database}");
    assert_eq!(database["trend"], "unknown");
    assert_eq!(database["needs_days"], 6);
    assert!(database["per_month"].is_null() && fresh["days_to_full"].is_null());
    let listed = house.get("/api/devices").await["devices"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(
        named(&fresh["figures"], "devices")["now"],
        serde_json::json!(listed as f64)
    );
    assert_eq!(named(&fresh["indicators"], "memory")["state"], "unknown");

    // Weeks before in which the disk filled up and requests were slow.
    let today = model::Timestamp::now().as_second() / 86_400;
    let days = (1..20_u64).map(|ago| CapacityDay {
        day: today - i64::try_from(ago).unwrap(),
        database_bytes: 1_000_000_000 - ago * 1_000_000,
        devices: 4,
        disk_free_bytes: Some(1_000_000_000 + ago * 100_000_000_000),
        disk_size_bytes: Some(4_000_000_000_000),
        counts: CapacityCounts {
            requests: 1_000,
            requests_slow: 100,
            looks: 1_440,
            ..CapacityCounts::default()
        },
        ..CapacityDay::default()
    });
    let days = days.map(|day| Record::Capacity(Box::new(day))).collect();
    house.store.keep(days).await.unwrap();
    let report = house.get("/api/capacity").await;
    assert_eq!(report["days"], 20);
    assert_eq!(named(&report["figures"], "requests")["per_month"], 0.0);
    assert_eq!(named(&report["figures"], "requests")["trend"], "steady");
    assert_eq!(named(&report["figures"], "disk")["trend"], "growing");
    assert!(report["days_to_full"].as_f64().is_some(), "{report}");
    let sign = named(&report["indicators"], "response_time");
    assert_eq!(sign["state"], "warning", "{sign}");
    assert!(sign["action"].is_string());
    house.end().await;
}

#[tokio::test]
async fn looks_of_a_day_are_added_to_it() {
    let house = served().await;
    let look = |memory, requests| CapacityDay {
        day: 7,
        database_bytes: requests * 10,
        memory_bytes: Some(memory),
        counts: CapacityCounts {
            requests,
            looks: 1,
            ..CapacityCounts::default()
        },
        ..CapacityDay::default()
    };
    for (memory, requests) in [(50, 3), (90, 4), (70, 5)] {
        let record = Record::Capacity(Box::new(look(memory, requests)));
        house.store.keep(vec![record]).await.unwrap();
    }
    let days = house.store.capacity_days(0).await.unwrap();
    let day = days.iter().find(|day| day.day == 7).unwrap();
    assert_eq!((day.counts.requests, day.counts.looks), (12, 3));
    assert_eq!((day.memory_bytes, day.database_bytes), (Some(90), 50));
    house.end().await;
}

#[tokio::test]
async fn pace_and_use_are_those_of_this_process() {
    let house = served().await;
    let route = |pace: &Json| -> Option<Json> {
        let all = pace["routes"].as_array()?.iter();
        let mut all = all.filter(|one| one["route"] == "/api/devices/{device}");
        all.find(|one| one["method"] == "GET").cloned()
    };
    let count = |pace: &Json| route(pace).map_or(0, |it| it["pace"]["count"].as_u64().unwrap());
    let before = house.get("/api/performance").await;
    for _ in 0..5 {
        house.ask(Method::GET, "/api/devices/hall_lamp", None).await;
    }
    let after = house.get("/api/performance").await;
    assert!(count(&after) >= count(&before) + 5, "{after}");
    let pace = route(&after).unwrap()["pace"].clone();
    let (p50, p99) = (
        pace["p50_ms"].as_f64().unwrap(),
        pace["p99_ms"].as_f64().unwrap(),
    );
    assert!(0.0 < p50 && p50 <= p99, "{pace}");
    assert!(named(&after["database"], "read")["pace"]["count"].as_u64() > Some(0));
    assert!(after["since"].is_string());

    let uses = house.get("/api/resources").await;
    let memory = uses["memory_bytes"].as_u64().unwrap();
    assert!(memory > 1_000_000 && memory < uses["memory_limit_bytes"].as_u64().unwrap());
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count() as u64;
    assert!(
        uses["threads"].as_u64().unwrap().abs_diff(threads) < 50,
        "{uses}"
    );
    assert!(uses["disk_free_bytes"].as_u64() <= uses["disk_size_bytes"].as_u64());
    assert!(uses["open_files"].as_u64() > Some(3));
    house.end().await;
}
