//! What can be switched off while the house runs, and the mode in which it is looked after.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};

const RUNS: &str = "/api/automation/runs?scenario=as-the-night-falls";

async fn mode(served: &Served, mode: &str) {
    let (status, answer) = served
        .ask(
            Method::PUT,
            "/api/house/mode",
            Some(json!({ "mode": mode })),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
}

/// Whether the rule is told to be held back.
async fn is_held_back(served: &Served) -> bool {
    let events = served.get("/api/events?limit=50").await;
    events.to_string().contains("it is held back")
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_rest_in_maintenance_and_begin_again_after_it() {
    let served = served().await;
    let rule = json!({"name": "As the night falls", "when": [{"mode": "night"}],
        "then": [{"do": "turn_on", "device": "hall_lamp"}]});
    let (status, added) = served.ask(Method::POST, "/api/scenarios", Some(rule)).await;
    assert_eq!(status, 201, "{added}");
    let (status, on) = served
        .ask(
            Method::PUT,
            "/api/maintenance",
            Some(json!({"minutes": 30, "reason": "a new boiler"})),
        )
        .await;
    assert_eq!(status, 200, "{on}");
    assert_eq!(on["maintenance"]["reason"], "a new boiler");
    assert!(
        on["features"]
            .as_array()
            .unwrap()
            .iter()
            .any(|feature| feature["name"] == "rules" && feature["on"] == false),
        "{on}"
    );
    mode(&served, "night").await;
    while !is_held_back(&served).await {
        tokio::task::yield_now().await;
    }
    assert_eq!(served.get(RUNS).await["runs"], json!([]));
    // Who asks for something gets it all the same.
    let command = json!({"capability": "OnOff", "command": "on"});
    let (status, answer) = served
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands",
            Some(command),
        )
        .await;
    assert!(status.is_success(), "{answer}");

    let (status, off) = served.ask(Method::DELETE, "/api/maintenance", None).await;
    assert_eq!(status, 200);
    assert_eq!(off["maintenance"], Value::Null);
    mode(&served, "home").await;
    mode(&served, "night").await;
    while served.get(RUNS).await["runs"] == json!([]) {
        tokio::task::yield_now().await;
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_switched_and_what_is_wrong_is_said() {
    let served = served().await;
    let put = |path: &'static str, body: Value| served.ask(Method::PUT, path, Some(body));
    let is_on = |answer: &Value| {
        answer["features"]
            .as_array()
            .unwrap()
            .iter()
            .find(|feature| feature["name"] == "learning")
            .unwrap()["on"]
            .clone()
    };
    let (_, answer) = put("/api/features/learning", json!({"on": false})).await;
    assert_eq!(is_on(&answer), false);
    assert_eq!(is_on(&served.get("/api/features").await), false);
    let (_, answer) = put("/api/features/learning", json!({"on": null})).await;
    assert_eq!(is_on(&answer), true);
    for (path, body, status) in [
        ("/api/features/everything", json!({"on": false}), 404),
        ("/api/features/learning", json!({"on": "no"}), 422),
        ("/api/maintenance", json!({"minutes": 0}), 422),
        ("/api/maintenance", json!({"minutes": 100_000}), 422),
        (
            "/api/maintenance",
            json!({"minutes": 5, "reason": "x".repeat(201)}),
            422,
        ),
    ] {
        let (found, answer) = put(path, body).await;
        assert_eq!(found, status, "{path}: {answer}");
    }
    served.end().await;
}
