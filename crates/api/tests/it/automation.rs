//! Scenarios over the API: written, run, explained, edited, removed.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};

async fn run_of(served: &Served, slug: &str) -> Value {
    // A run is kept when it is over; until then it is among those that are on.
    loop {
        let runs = served
            .get(&format!("/api/automation/runs?scenario={slug}"))
            .await;
        if let Some(run) = runs["runs"].as_array().and_then(|runs| runs.first())
            && !run["ended_at"].is_null()
        {
            return run.clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_written_by_hand_runs_and_explains_itself() {
    let served = served().await;
    let scenario = json!({"name": "Warm evening", "description": "Cosy", "steps": [
        {"action": "turn_on", "device": "broken_lamp", "delay": 0},
        {"action": "turn_on", "device": "nowhere_lamp"}]});
    let (status, added) = served
        .ask(
            Method::POST,
            "/api/scenarios/custom",
            Some(scenario.clone()),
        )
        .await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["slug"], "warm-evening");
    assert_eq!(
        added["sentence"],
        "Turn on the broken lamp, then turn on the nowhere lamp."
    );
    let (status, _) = served
        .ask(Method::POST, "/api/scenarios", Some(scenario.clone()))
        .await;
    assert_eq!(status, 409);
    let (status, begun) = served
        .ask(
            Method::POST,
            "/api/scenarios/warm-evening/run",
            Some(json!({})),
        )
        .await;
    assert_eq!(status, 202, "{begun}");
    let run = run_of(&served, "warm-evening").await;
    assert_eq!(run["id"], begun["run"]);
    assert_eq!(run["state"], "incomplete", "{run}");
    assert_eq!(
        run["trace"][2]["requests"][0]["outcome"], "rejected",
        "{run}"
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    let served = served().await;
    for (path, body, status, code) in [
        (
            "/api/scenarios/nothing/run",
            json!({}),
            404,
            "unknown_scenario",
        ),
        (
            "/api/scenarios/party-mode/run",
            json!({"parameters": {"gests": 3}}),
            422,
            "invalid_parameter",
        ),
        (
            "/api/scenarios/party-mode/run",
            json!({"parameters": {"guest_count": "many"}}),
            422,
            "invalid_parameter",
        ),
        (
            "/api/scenarios",
            json!({"name": "x"}),
            422,
            "invalid_scenario",
        ),
        (
            "/api/automation/rules",
            json!({"name": "x", "trigger": {"type": "moon"}, "action": {"type": "scene", "value": "y"}}),
            422,
            "invalid_scenario",
        ),
    ] {
        let (found, answer) = served.ask(Method::POST, path, Some(body.clone())).await;
        assert_eq!(found, status, "{path}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{path}: {answer}");
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_checked_without_being_kept() {
    let served = served().await;
    let check = "/api/automation/check";
    let document = json!({"name": "Dusk", "when": [{"sun": "sunset"}],
        "then": [{"do": "turn_on", "device": "lamp_of_nobody"}]});
    let (status, answer) = served.ask(Method::POST, check, Some(document)).await;
    assert_eq!(status, 200, "{answer}");
    let sentence = "When the sun sets, turn on the lamp of nobody.";
    assert_eq!(answer["sentence"], sentence);
    assert_eq!(answer["faults"], json!([]));
    let problems = json!(["no device is called `lamp_of_nobody`"]);
    assert_eq!(answer["problems"], problems);

    let broken = json!({"name": "Dusk", "when": [{"sun": "noon"}], "then": [{"wait": "long"}]});
    let (status, answer) = served.ask(Method::POST, check, Some(broken)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["sentence"], json!(null));
    let paths: Vec<_> = answer["faults"].as_array().unwrap().iter().collect();
    assert_eq!(paths[0]["path"], "when[0].sun", "{answer}");
    assert_eq!(paths[1]["path"], "then[0].wait", "{answer}");

    let (status, _) = served.ask(Method::GET, "/api/scenarios/dusk", None).await;
    assert_eq!(status, 404);
    served.end().await;
}
