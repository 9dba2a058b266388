//! Preferences of devices, and rehearsals, over the API.

use crate::support::{Served, served};
use jiff::{SignedDuration, Timestamp};
use model::Value as Known;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Group, Sample};

const LAMP: &str = "/api/devices/hall_lamp/preferences";

async fn post(served: &Served, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = served.ask(Method::POST, path, Some(body)).await;
    (status.as_u16(), answer)
}

/// Puts switchings of a lamp into history: on for two hours every evening of the last weeks.
async fn evenings(served: &Served, device: &str) {
    let twin = served.handle.snapshot().device(device).unwrap().clone();
    let midnight = Timestamp::now().as_second() / 86_400 * 86_400;
    let midnight = Timestamp::from_second(midnight).unwrap();
    let mut samples = Vec::new();
    for day in 1..=21 {
        for (hour, on) in [(0, false), (19, true), (21, false)] {
            samples.push(Sample {
                device: twin.device.id,
                path: "OnOff.on_off".parse().unwrap(),
                at: midnight - SignedDuration::from_hours(24 * day - hour),
                value: Some(Known::Bool(on)),
            });
        }
    }
    samples.sort_by_key(|sample| sample.at);
    let group = Group {
        samples,
        ..Group::default()
    };
    served.store.record(Arc::new(group)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_kept_and_checked() {
    let served = served().await;
    let fresh = json!({"auto_adjust": true, "learning_enabled": true, "priority": "normal", "override_protection": false});
    assert_eq!(served.get(LAMP).await, fresh);
    let edit = json!({"priority": "high", "auto_adjust": false});
    let (status, set) = served.ask(Method::PUT, LAMP, Some(edit)).await;
    assert_eq!(status, 200, "{set}");
    let now = json!({"auto_adjust": false, "learning_enabled": true, "priority": "high", "override_protection": false});
    assert_eq!(set, now);
    assert_eq!(served.get(LAMP).await, now);
    assert_eq!(
        served.get("/api/devices/hall_lamp").await["preferences"],
        now
    );
    for body in [
        json!({"priority": "huge"}),
        json!({"auto_adjust": "yes"}),
        json!({"autoadjust": true}),
    ] {
        let (status, answer) = served.ask(Method::PUT, LAMP, Some(body)).await;
        assert_eq!(status, 422, "{answer}");
    }
    let nobody = "/api/devices/nobody/preferences";
    let (status, _) = served.ask(Method::PUT, nobody, Some(json!({}))).await;
    assert_eq!(status, 404);
    // They survive a restart: the database has them.
    let kept = served.store.load().await.unwrap();
    let lamp = kept
        .devices
        .iter()
        .find(|device| device.slug.as_str() == "hall_lamp")
        .unwrap();
    assert!(!lamp.preferences.auto_adjust);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_what_would_happen_and_touches_nothing() {
    let served = served().await;
    let body = json!({"document": {"name": "Bright", "then": [
        {"do": "turn_on", "device": "hall_lamp"},
        {"wait": "1h"},
        {"do": "unlock", "device": "front_door"},
        {"notify": "Done."}]}});
    let (status, told) = post(&served, "/api/scenarios/rehearse", body).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["runs"][0]["state"], "incomplete", "{told}");
    assert_eq!(told["messages"][0]["text"], "Done.");
    assert_eq!(told["refusals"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["energy"]["kilowatt_hours"], Value::Null);
    assert_eq!(told["energy"]["unknown"][0], "Hall lamp");
    let lines: Vec<_> = told["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["text"].as_str().unwrap())
        .collect();
    assert_eq!(lines[0], "Bright runs: the operator asked for it");
    assert_eq!(
        lines[1],
        "Hall lamp: On shall be on (the scenario “Bright”)"
    );
    // Nothing of it is real.
    let runs = served.get("/api/automation/runs").await;
    assert_eq!(runs["runs"], json!([]));
    let lamp = served
        .handle
        .snapshot()
        .device("hall_lamp")
        .unwrap()
        .clone();
    assert!(lamp.value("OnOff.on_off".parse().unwrap()).is_none());
    let (status, _) = post(&served, "/api/scenarios/bright/rehearse", json!({})).await;
    assert_eq!(status, 404, "it was not kept");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_days_are_replayed_and_fights_are_named() {
    let served = served().await;
    evenings(&served, "hall_lamp").await;
    for (name, value) in [("Warm", 22), ("Save", 17)] {
        let rule = json!({"name": name, "when": [{"property": "OnOff.on_off", "device": "hall_lamp", "to": true}],
            "then": [{"do": "set_temperature", "device": "main_thermostat", "value": value}]});
        let (status, added) = post(&served, "/api/automation/rules", rule).await;
        assert_eq!(status, 201, "{added}");
    }
    let path = "/api/scenarios/warm/rehearse";
    let (status, told) = post(&served, path, json!({"days": 5})).await;
    assert_eq!(status, 200, "{told}");
    let of_it = told["runs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["scenario"] == "warm")
        .count();
    assert!((4..=5).contains(&of_it), "{told}");
    // What is due by the clock is due each day, from the first on.
    let noon = json!({"name": "Noon", "when": [{"time": "12:00"}], "then": [{"notify": "Noon."}]});
    let (status, added) = post(&served, "/api/scenarios", noon).await;
    assert_eq!(status, 201, "{added}");
    let (status, noons) = post(&served, "/api/scenarios/noon/rehearse", json!({"days": 7})).await;
    assert_eq!(status, 200, "{noons}");
    assert_eq!(noons["runs"].as_array().map(Vec::len), Some(7), "{noons}");
    assert_eq!(told["replayed"]["properties"], 1);
    assert_eq!(told["conflicts"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["sets_off"], json!([]));
    for (body, status) in [
        (json!({"days": 0}), 422),
        (json!({"days": 367}), 422),
        (json!({"days": 1, "at": "2026-01-01T00:00:00Z"}), 422),
        (json!({"at": "9999-01-01T00:00:00Z"}), 422),
        (json!({"at": "soon"}), 422),
        (json!({"parameters": {"nothing": 1}}), 422),
        (json!({"document": {"name": "x"}}), 422),
    ] {
        let (found, answer) = post(&served, path, body.clone()).await;
        assert_eq!(found, status, "{body}: {answer}");
    }
    let party = "/api/scenarios/party-mode/rehearse";
    let (status, answer) = post(&served, party, json!({"days": 3})).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("invalid_body"))
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn habits_that_may_not_be_learned_are_not_replayed() {
    let served = served().await;
    for lamp in ["hall_lamp", "silent_lamp"] {
        evenings(&served, lamp).await;
    }
    let learning = json!({"learning_enabled": false});
    let path = "/api/devices/silent_lamp/preferences";
    let (status, _) = served.ask(Method::PUT, path, Some(learning)).await;
    assert_eq!(status, 200);
    let away = json!({"parameters": {"duration_days": 3}});
    let (status, told) = post(&served, "/api/scenarios/vacation-mode/rehearse", away).await;
    assert_eq!(status, 200, "{told}");
    let on = |name: &str| {
        let wanted = format!("{name}: On shall be on (the scenario “Vacation mode”)");
        let lines = told["lines"].as_array().unwrap();
        lines
            .iter()
            .filter(|line| line["text"] == wanted.as_str())
            .count()
    };
    assert!((2..=4).contains(&on("Hall lamp")), "{told}");
    assert_eq!(on("Silent lamp"), 0);
    served.end().await;
}
