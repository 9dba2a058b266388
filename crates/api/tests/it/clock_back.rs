//! A clock that is set back while the house runs: it goes on, in the order in which things happened.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const HISTORY: &str = "/api/devices/porch_thermometer/history?property=TemperatureMeasurement.temperature&resolution=raw";

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
        .unwrap_or_else(|_| panic!("{path} never became so"))
}

async fn switch(house: &Served, command: &str) {
    let it = json!({"capability": "OnOff", "command": command});
    let path = "/api/devices/hall_lamp/commands?wait=settled";
    let (status, answer) = house.ask(Method::POST, path, Some(it)).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_a_day_holds_nothing_up() {
    let house = served().await;
    let temperature = "TemperatureMeasurement.temperature";
    let path = temperature.parse().unwrap();
    switch(&house, "on").await;
    house.reports("thermometer", temperature, 18.0).await;
    house
        .until(|s| s.device("porch_thermometer").unwrap().value(path) == Some(&18.0.into()))
        .await;
    let rule = json!({"name": "As the night falls", "when": [{"mode": "night"}],
        "then": [{"do": "turn_on", "device": "hall_lamp"}, {"wait": "2s"}, {"do": "turn_off", "device": "hall_lamp"}]});
    let (status, added) = house.ask(Method::POST, "/api/scenarios", Some(rule)).await;
    assert_eq!(status, 201, "{added}");

    let clock = house.handle.clock().clone();
    let before = clock.now().house;
    clock.simulate(
        before
            .checked_sub(jiff::SignedDuration::from_hours(24))
            .unwrap(),
        1.0,
    );

    // Wishes are kept and end, values come in and are recorded at the time that it is now said to be.
    switch(&house, "off").await;
    house.reports("thermometer", temperature, 21.0).await;
    house
        .until(|s| s.device("porch_thermometer").unwrap().value(path) == Some(&21.0.into()))
        .await;
    let yesterday = before
        .checked_sub(jiff::SignedDuration::from_hours(25))
        .unwrap();
    let kept = eventually(
        &house,
        &format!("{HISTORY}&from={yesterday}&to={before}"),
        |answer| {
            answer["points"]
                .as_array()
                .unwrap()
                .iter()
                .any(|point| point["value"] == 21)
        },
    )
    .await;
    let times: Vec<_> = kept["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["at"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{kept}");

    // A rule runs, and its wait is as long as it says.
    let (status, answer) = house
        .ask(
            Method::PUT,
            "/api/house/mode",
            Some(json!({"mode": "night"})),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    let runs = "/api/automation/runs?scenario=as-the-night-falls";
    let ended = eventually(&house, runs, |answer| {
        answer["runs"][0]["state"] == "completed"
    })
    .await;
    assert_eq!(ended["runs"].as_array().unwrap().len(), 1, "{ended}");

    // A day back once more, in the midst of a wait.
    for mode in ["home", "night"] {
        house
            .ask(
                Method::PUT,
                "/api/house/mode",
                Some(json!({ "mode": mode })),
            )
            .await;
    }
    eventually(&house, runs, |answer| {
        answer["runs"].as_array().unwrap().len() == 2
    })
    .await;
    let now = clock.now().house;
    clock.simulate(
        now.checked_sub(jiff::SignedDuration::from_hours(24))
            .unwrap(),
        1.0,
    );
    eventually(&house, runs, |answer| {
        answer["runs"][0]["state"] == "completed"
    })
    .await;

    // The timeline is told in the order in which things happened, each thing once.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/api/events?limit=3{cursor}")).await;
        for event in page["events"].as_array().unwrap() {
            seen.push(event["seq"].as_u64().unwrap());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert!(
        seen.len() > 6 && seen.is_sorted_by(|a, b| a > b),
        "{seen:?}"
    );
    assert_eq!(house.get("/health").await["status"], "ok");
    house.end().await;
}
