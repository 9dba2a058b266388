//! Runs that ask a person, and runs that explain what they did.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn send(served: &Served, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = served.ask(Method::POST, path, Some(body)).await;
    (status.as_u16(), answer)
}

/// Asks until the answer is so.
async fn until(served: &Served, path: &str, so: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let answer = served.get(path).await;
            if so(&answer) {
                return answer;
            }
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), asking);
    asked.await.expect("it never became so")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_asks_and_goes_on_with_the_answer() {
    let served = served().await;
    let scenario = json!({"name": "Ask first", "then": [{"ask": "Shall I?", "person": "Anna",
        "yes": [{"do": "turn_on", "device": "hall_lamp"}], "no": [{"do": "turn_on", "device": "broken_lamp"}]}]});
    let (status, added) = send(&served, "/api/scenarios", scenario).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["problems"], json!(["nobody is called `Anna`"]));
    let (status, begun) = send(&served, "/api/scenarios/ask-first/run", json!({})).await;
    assert_eq!(status, 202, "{begun}");
    let questions = served.get("/api/automation/questions").await;
    let question = &questions["questions"][0];
    assert_eq!(
        (&question["run"], &question["question"], &question["person"]),
        (&begun["run"], &json!("Shall I?"), &json!("Anna"))
    );
    let path = format!(
        "/api/automation/runs/{}/reply",
        begun["run"].as_str().unwrap()
    );
    for (body, status) in [
        (json!({"answer": "perhaps"}), 422),
        (json!({"answer": true}), 422),
        (json!({}), 422),
        (json!({"answer": "yes", "thread": 7}), 404),
    ] {
        let (found, answer) = send(&served, &path, body).await;
        assert_eq!(found, status, "{answer}");
    }
    let (status, _) = send(&served, &path, json!({"answer": "yes"})).await;
    assert_eq!(status, 204);
    let (status, _) = send(&served, &path, json!({"answer": "yes"})).await;
    assert_eq!(status, 404, "it was answered");
    assert_eq!(
        served.get("/api/automation/questions").await,
        json!({"questions": []})
    );
    let runs = "/api/automation/runs?scenario=ask-first&state=completed";
    let runs = until(&served, runs, |runs| runs["runs"][0].is_object()).await;
    let trace = runs["runs"][0]["trace"].to_string();
    assert!(
        trace.contains("the answer was yes (the operator)"),
        "{trace}"
    );
    let events = until(&served, "/api/events?kind=answered,run_started", |events| {
        events["events"]
            .as_array()
            .is_some_and(|all| all.len() == 2)
    });
    let kinds: Vec<_> = events.await["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert_eq!(kinds, ["answered", "run_started"]);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_answers_is_chosen() {
    let served = served().await;
    let scenario = json!({"name": "Which", "then": [{"ask": "Which light?", "choices": [
        {"name": "Bright", "then": [{"notify": "Bright it is."}]},
        {"name": "A little", "then": [{"notify": "A little it is."}]}], "else": [{"notify": "Nobody said."}]}]});
    let (status, added) = send(&served, "/api/scenarios", scenario.clone()).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(
        added["sentence"],
        "Ask somebody “Which light?”; after “Bright” say “Bright it is.”; after “A little” say “A little it is.”, \
         otherwise say “Nobody said.”."
    );
    assert_eq!(
        added["document"]["then"][0]["choices"],
        scenario["then"][0]["choices"]
    );
    let (status, begun) = send(&served, "/api/scenarios/which/run", json!({})).await;
    assert_eq!(status, 202, "{begun}");
    let questions = served.get("/api/automation/questions").await;
    assert_eq!(
        questions["questions"][0]["choices"],
        json!(["Bright", "A little"])
    );
    let path = format!(
        "/api/automation/runs/{}/reply",
        begun["run"].as_str().unwrap()
    );
    let (status, refused) = send(&served, &path, json!({"answer": "yes"})).await;
    assert_eq!(status, 422);
    assert_eq!(
        refused["error"]["expected"], "one of Bright, A little",
        "{refused}"
    );
    let (status, _) = send(&served, &path, json!({"answer": "a LITTLE "})).await;
    assert_eq!(status, 204);
    let told = until(&served, "/api/events?kind=answered,notified", |events| {
        events["events"]
            .as_array()
            .is_some_and(|all| all.len() == 2)
    });
    let told = told.await;
    assert_eq!(told["events"][0]["data"]["message"], "A little it is.");
    assert_eq!(told["events"][1]["data"]["answer"], "A little");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_answers_through_the_run() {
    let served = served().await;
    served
        .reports("thermometer", "TemperatureMeasurement.temperature", 20.0)
        .await;
    let rule = json!({"name": "Warm light", "when": [{"property": "TemperatureMeasurement.temperature", "device": "porch_thermometer", "above": 25}],
        "if": [{"mode": "home"}], "then": [{"do": "turn_on", "device": "hall_lamp"}]});
    let (status, added) = send(&served, "/api/automation/rules", rule).await;
    assert_eq!(status, 201, "{added}");
    served
        .reports("thermometer", "TemperatureMeasurement.temperature", 26.0)
        .await;
    let on = "OnOff.on_off".parse().unwrap();
    served
        .until(|house| house.device("hall_lamp").unwrap().value(on) == Some(&true.into()))
        .await;
    let path = "/api/why?device=hall_lamp&property=OnOff.on_off";
    let why = until(&served, path, |why| !why["run"].is_null()).await;
    assert_eq!(why["run"]["scenario"], "warm-light", "{why}");
    assert_eq!(why["run"]["set_off_by"], "property");
    let sentence = why["sentence"].as_str().unwrap();
    assert!(
        sentence
            .contains("“Warm light” ran because of this: Porch thermometer: Temperature became 26"),
        "{sentence}"
    );
    assert!(sentence.contains("its conditions held"), "{sentence}");
    let text = served
        .client
        .get(served.url("/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    // Each of its series is there from the start; the one that it ran by has counted.
    let ran = "consciousness_automation_executions{scenario=\"warm-light\",trigger=\"property\",result=\"completed\"} 1";
    assert!(text.lines().any(|line| line == ran), "{text}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_fight_are_told() {
    let served = served().await;
    served
        .reports("thermometer", "TemperatureMeasurement.temperature", 20.0)
        .await;
    for (name, value) in [("Warm", 22), ("Save", 17)] {
        let rule = json!({"name": name, "when": [{"property": "TemperatureMeasurement.temperature", "device": "porch_thermometer", "above": 25}],
            "then": [{"do": "set_temperature", "device": "main_thermostat", "value": value}]});
        let (status, added) = send(&served, "/api/automation/rules", rule).await;
        assert_eq!(status, 201, "{added}");
    }
    served
        .reports("thermometer", "TemperatureMeasurement.temperature", 26.0)
        .await;
    let events = until(&served, "/api/events?kind=rules_conflict", |events| {
        events["events"][0].is_object()
    })
    .await;
    let event = &events["events"][0];
    assert_eq!(event["device"]["slug"], "main_thermostat");
    assert_eq!(
        event["data"]["property"],
        "1:Thermostat.heating_setpoint".trim_start_matches("1:")
    );
    assert!(event["text"].as_str().unwrap().contains("Warm"), "{event}");
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    served.end().await;
}
