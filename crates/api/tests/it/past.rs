//! History, timeline and causes, and what happens when they cannot be kept.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Asks until the answer is so: history is written in groups.
async fn eventually(house: &Served, path: &str, so: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let answer = house.get(path).await;
            if so(&answer) {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .expect("it never became so")
}

fn length(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[tokio::test]
async fn a_property_has_a_past() {
    let house = served().await;
    let path = "/api/devices/porch_thermometer/history?property=TemperatureMeasurement.temperature";
    let empty = house.get(path).await;
    assert_eq!(
        (length(&empty["points"]), &empty["unit"]),
        (0, &json!("°C"))
    );
    for value in [18.0, 19.5, 21.0] {
        house
            .reports("thermometer", "TemperatureMeasurement.temperature", value)
            .await;
        let path = "TemperatureMeasurement.temperature".parse().unwrap();
        house
            .until(|s| s.device("porch_thermometer").unwrap().value(path) == Some(&value.into()))
            .await;
    }
    let raw = eventually(&house, path, |answer| length(&answer["points"]) == 3).await;
    assert_eq!(raw["resolution"], "raw");
    let values: Vec<&Value> = raw["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| &point["value"])
        .collect();
    assert_eq!(values, [&json!(18), &json!(19.5), &json!(21)]);
    assert_eq!(raw["truncated"], false);
    let first = raw["points"][0]["at"].as_str().unwrap();
    assert!(raw["from"].as_str().unwrap() < first && first < raw["to"].as_str().unwrap());

    let cut = house.get(&format!("{path}&limit=2&resolution=raw")).await;
    assert_eq!(
        (length(&cut["points"]), &cut["truncated"]),
        (2, &json!(true))
    );
    let hourly = house.get(&format!("{path}&resolution=hour")).await;
    assert_eq!(hourly["resolution"], "hour");
    let hour = &hourly["points"][0];
    assert!(hour.get("value").is_none(), "{hour}");
    assert!(
        hour["min"].as_f64().unwrap() >= 18.0 && hour["max"].as_f64().unwrap() <= 21.0,
        "{hour}"
    );
    house.end().await;
}

#[tokio::test]
async fn the_timeline_is_filtered_and_paged() {
    let house = served().await;
    for command in ["on", "off", "on"] {
        let it = json!({"capability": "OnOff", "command": command});
        house
            .ask(
                Method::POST,
                "/api/devices/hall_lamp/commands?wait=settled",
                Some(it),
            )
            .await;
    }
    let made = "/api/events?device=hall_lamp&kind=wish_made";
    let all = eventually(&house, made, |answer| length(&answer["events"]) == 3).await;
    let event = &all["events"][0];
    assert_eq!(event["kind"], "wish_made");
    assert_eq!(event["device"]["slug"], "hall_lamp");
    assert_eq!(event["cause"]["who"]["kind"], "operator");
    assert_eq!(event["data"]["wish"]["command"], "on");
    assert!(event["text"].as_str().unwrap().ends_with('.'), "{event}");

    // What was acknowledged is kept at once, the rest within a second or two.
    let ends = "/api/events?kind=wish_ended";
    eventually(&house, ends, |answer| length(&answer["events"]) == 3).await;
    let mut seqs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/api/events?limit=4{cursor}")).await;
        seqs.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["seq"].as_u64().unwrap()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(
        seqs.len() > 10 && seqs.windows(2).all(|pair| pair[0] > pair[1]),
        "{seqs:?}"
    );
    assert_eq!(
        length(&house.get("/api/events?from=2100-01-01T00:00:00Z").await["events"]),
        0
    );
    assert_eq!(
        length(&house.get("/api/events?to=2000-01-01T00:00:00Z").await["events"]),
        0
    );
    house.end().await;
}

#[tokio::test]
async fn why_tells_the_recorded_chain_at_once_and_says_when_it_does_not_know() {
    let house = served().await;
    let on = json!({"capability": "OnOff", "command": "on"});
    house
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands?wait=settled",
            Some(on),
        )
        .await;
    let why = house
        .get("/api/why?device=hall_lamp&property=OnOff.on_off")
        .await;
    assert_eq!(why["known"], true, "{why}");
    assert!(
        why["sentence"].as_str().unwrap().contains("operator"),
        "{why}"
    );
    // The hub hears of it a moment later; the chain is complete before it is written.
    let path = "/api/why?device=hall_lamp&property=OnOff.on_off";
    let has = |kind: &'static str| {
        move |why: &Value| {
            why["chain"]
                .as_array()
                .unwrap()
                .iter()
                .any(|event| event["kind"] == kind)
        }
    };
    let why = eventually(&house, path, |why| {
        has("wish_made")(why) && has("property_changed")(why)
    })
    .await;
    let places: Vec<u64> = why["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(
        places.windows(2).all(|pair| pair[0] < pair[1]),
        "{places:?}"
    );

    let why = house
        .get("/api/why?device=porch_thermometer&property=TemperatureMeasurement.temperature")
        .await;
    assert_eq!(why["known"], false);
    assert!(
        why["sentence"]
            .as_str()
            .unwrap()
            .starts_with("I don't know"),
        "{why}"
    );
    assert_eq!((length(&why["chain"]), length(&why["inferred"])), (0, 0));
    house.end().await;
}

#[tokio::test]
async fn a_broken_database_turns_health_critical_and_a_repaired_one_well() {
    let house = served().await;
    let status = async |path: &str| house.ask(Method::GET, path, None).await.0.as_u16();
    assert_eq!(status("/health/detailed").await, 200);
    let aside = house.store.path().with_extension("aside");
    std::fs::rename(house.store.path(), &aside).unwrap();
    let (detailed, body) = house.ask(Method::GET, "/health/detailed", None).await;
    let database = body["components"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "database")
        .unwrap();
    assert_eq!(
        (detailed.as_u16(), &database["status"]),
        (503, &json!("failed")),
        "{database}"
    );
    assert!(
        database["action"]
            .as_str()
            .unwrap()
            .contains("put the file back")
    );
    assert_eq!(status("/health").await, 503);
    // What is known can still be read.
    assert_eq!(status("/api/devices").await, 200);
    std::fs::rename(&aside, house.store.path()).unwrap();
    assert_eq!(status("/health/detailed").await, 200);
    assert_eq!(status("/health").await, 200);
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_until_there_is_room() {
    let house = served().await;
    house.store.limit_pages(1).await.unwrap();
    let refused = async || {
        for index in 0..400 {
            let name = json!({"name": format!("{index} {}", "x".repeat(60))});
            let (status, body) = house.ask(Method::POST, "/api/areas", Some(name)).await;
            if !status.is_success() {
                return (status.as_u16(), body["error"]["code"].clone());
            }
        }
        panic!("the disk was never full");
    };
    assert_eq!(refused().await, (507, json!("not_kept")));
    house.store.limit_pages(1_000_000).await.unwrap();
    let (status, _) = house
        .ask(Method::POST, "/api/areas", Some(json!({"name": "Cellar"})))
        .await;
    assert_eq!(status, 201);
    house.end().await;
}
