//! Scenarios as documents over the API: TOML, hand-written JSON, versions, export and import.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};

async fn send(served: &Served, method: Method, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = served.ask(method, path, Some(body)).await;
    (status.as_u16(), answer)
}

async fn toml(served: &Served, method: Method, path: &str, body: &str) -> (u16, Value) {
    let request = served.client.request(method, served.url(path));
    let request = request.header("Content-Type", "application/toml");
    let response = request.body(body.to_owned()).send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

async fn as_toml(served: &Served, path: &str) -> String {
    let request = served.client.get(served.url(path));
    let response = request
        .header("Accept", "application/toml")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/toml"), "{kind}");
    response.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_by_hand_is_taken_as_it_is() {
    let served = served().await;
    let rule = json!({"name": "Evening Energy Saver", "trigger": {"type": "time", "value": "sunset"},
        "condition": {"type": "occupancy", "value": "present"},
        "action": {"type": "scenario", "value": "energy-optimization"}});
    let (status, added) = send(&served, Method::POST, "/api/automation/rules", rule).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["is_rule"], true);
    assert_eq!(
        added["sentence"],
        "When the sun sets and somebody is home, run energy-optimization."
    );
    let path = "/api/automation/rules/evening-energy-saver";
    assert_eq!(served.get(path).await["sentence"], added["sentence"]);
    let edited = json!({"name": "Evening Energy Saver", "when": [{"sun": "sunset"}], "then": [{"notify": "Dark."}]});
    let (status, edited) = send(&served, Method::PUT, path, edited).await;
    assert_eq!((status, &edited["version"]), (200, &json!(2)));
    let (status, _) = served.ask(Method::DELETE, path, None).await;
    assert_eq!(status, 204);
    for method in [Method::GET, Method::DELETE] {
        for path in [path, "/api/automation/rules/party-mode"] {
            let (status, answer) = served.ask(method.clone(), path, None).await;
            assert_eq!(status, 404, "{answer}");
        }
    }
    let scenario = json!({"name": "Movie night", "description": "Cosy", "steps": [
        {"action": "set_temperature", "device": "main_thermostat", "value": 23, "delay": 0},
        {"action": "turn_on", "device": "hall_lamp", "delay": 5}]});
    let (status, added) = send(&served, Method::POST, "/api/scenarios/custom", scenario).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["document"]["then"][1]["delay"], "5s");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn toml_goes_in_and_out_with_lines_for_what_is_wrong() {
    let served = served().await;
    let text = "name = \"Cosy\"\n\n[[then]]\ndo = \"turn_on\"\ndevice = \"hall_lamp\"\n";
    let (status, added) = toml(&served, Method::POST, "/api/scenarios", text).await;
    assert_eq!(status, 201, "{added}");
    for path in ["/api/scenarios/cosy?format=toml", "/api/scenarios/cosy"] {
        let out = as_toml(&served, path).await;
        let (status, put) = toml(&served, Method::PUT, "/api/scenarios/cosy", &out).await;
        assert_eq!(status, 200, "{put}");
        assert_eq!(put["document"], added["document"]);
    }
    let wrong = text.replace("turn_on", "turn_onn");
    let (status, answer) = toml(&served, Method::PUT, "/api/scenarios/cosy", &wrong).await;
    assert_eq!(status, 422);
    let message = answer["error"]["message"].as_str().unwrap();
    assert_eq!(message, "line 4: then[0].do: `turn_onn` is not known");
    assert_eq!(answer["error"]["expected"], "`turn_on`?");
    // JSON has lines too.
    let request = served.client.post(served.url("/api/scenarios"));
    let request = request.header("Content-Type", "application/json");
    let body = "{\"name\": \"x\",\n\"then\": [\n{\"do\": \"turn_onn\", \"area\": \"hall\"}]}";
    let response = request.body(body).send().await.unwrap();
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("line 3: then[0].do"), "{message}");
    let schema = served.get("/api/automation/schema").await;
    assert_eq!(schema["required"], json!(["name", "then"]));
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_say_who_changed_what_and_come_back() {
    let served = served().await;
    let scenario = |brightness: u32| json!({"name": "Cosy", "then": [{"do": "set_brightness", "device": "hall_lamp", "value": brightness}]});
    let path = "/api/scenarios/cosy";
    let (status, _) = send(&served, Method::POST, "/api/scenarios", scenario(30)).await;
    assert_eq!(status, 201);
    let (status, _) = send(&served, Method::PUT, path, scenario(60)).await;
    assert_eq!(status, 200);
    // Who edits what is no longer so is told.
    let (status, answer) = send(
        &served,
        Method::PUT,
        "/api/scenarios/cosy?version=1",
        scenario(90),
    )
    .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("edited_meanwhile"))
    );
    let versions = served.get("/api/scenarios/cosy/versions").await;
    let versions = versions["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["changed"], json!(["then"]));
    assert_eq!(versions[0]["cause"]["who"]["kind"], "operator");
    assert_eq!(versions[1]["changed"], json!(["name", "slug", "then"]));
    let first = served.get("/api/scenarios/cosy/versions/1").await;
    assert_eq!(first["document"]["then"][0]["value"], 30);
    let restore = "/api/scenarios/cosy/versions/1/restore";
    let (status, restored) = served.ask(Method::POST, restore, None).await;
    assert_eq!(status, 200, "{restored}");
    assert_eq!(
        (
            &restored["version"],
            &restored["document"]["then"][0]["value"]
        ),
        (&json!(3), &json!(30))
    );
    // What was removed comes back, and what came with the house in its first form.
    let (status, _) = served.ask(Method::DELETE, path, None).await;
    assert_eq!(status, 204);
    let (status, answer) = served
        .ask(Method::POST, "/api/scenarios/cosy/versions/4/restore", None)
        .await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (404, &json!("unknown_version"))
    );
    let (status, restored) = served
        .ask(Method::POST, "/api/scenarios/cosy/versions/2/restore", None)
        .await;
    assert_eq!((status.as_u16(), &restored["version"]), (200, &json!(5)));
    let party = "/api/scenarios/party-mode";
    let original = served.get(party).await["document"].clone();
    let (status, _) = send(
        &served,
        Method::POST,
        "/api/scenarios/party-mode/enable",
        json!({"enabled": false}),
    )
    .await;
    assert_eq!(status, 200);
    let (status, restored) = served
        .ask(
            Method::POST,
            "/api/scenarios/party-mode/versions/0/restore",
            None,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(restored["document"], original);
    for path in [
        "/api/scenarios/cosy/versions/99",
        "/api/scenarios/nothing/versions",
        "/api/scenarios/nothing/versions/1",
    ] {
        let (status, answer) = served.ask(Method::GET, path, None).await;
        assert_eq!(status, 404, "{path}: {answer}");
    }
    let (status, _) = served
        .ask(Method::GET, "/api/scenarios/cosy/versions/first", None)
        .await;
    assert_eq!(status, 400);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_travels_from_house_to_house() {
    let one = served().await;
    let scene = json!({"name": "Dim", "settings": [{"device": "hall_lamp", "set": {"LevelControl.current_level": 5}}]});
    let (status, _) = send(&one, Method::POST, "/api/scenes", scene).await;
    assert_eq!(status, 201);
    let cosy = json!({"name": "Cosy", "then": [{"scene": "dim"}]});
    let (status, _) = send(&one, Method::POST, "/api/scenarios", cosy.clone()).await;
    assert_eq!(status, 201);
    let out = as_toml(&one, "/api/automation/export").await;
    let json_out = one.get("/api/automation/export").await;
    one.end().await;

    let other = served().await;
    let (status, answer) = toml(&other, Method::POST, "/api/automation/import", &out).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["added"], json!(["scene dim", "cosy"]));
    assert_eq!(answer["left"].as_array().unwrap().len(), 5);
    assert_eq!(other.get("/api/automation/export").await, json_out);
    let mut edited = json_out.clone();
    for scenario in edited["scenarios"].as_array_mut().unwrap() {
        scenario["description"] = json!("Another.");
    }
    let (status, answer) = send(
        &other,
        Method::POST,
        "/api/automation/import",
        edited.clone(),
    )
    .await;
    assert_eq!(
        (status, answer["replaced"].as_array().unwrap().len()),
        (200, 0)
    );
    let (status, answer) = send(
        &other,
        Method::POST,
        "/api/automation/import?replace=true",
        edited,
    )
    .await;
    assert_eq!(
        (status, answer["replaced"].as_array().unwrap().len()),
        (200, 6)
    );
    let (status, answer) = send(
        &other,
        Method::POST,
        "/api/automation/import",
        json!({"scenarios": [cosy, {"name": "y"}], "scene": []}),
    )
    .await;
    assert_eq!(status, 422);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("scenarios[1].then: it does nothing"),
        "{message}"
    );
    other.end().await;
}
