//! Memory, insights and alerts over the API.

use crate::support::{DRIVER, Served, served};
use model::{Event, EventBody};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::EventFilter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PATIENCE: Duration = Duration::from_secs(30);

async fn post(served: &Served, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = served.ask(Method::POST, path, Some(body)).await;
    (status.as_u16(), answer)
}

async fn until(served: &Served, path: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = served.get(path).await;
        if is_it(&answer) {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn texts(list: &Value) -> Vec<&str> {
    let all = list["memories"].as_array().unwrap();
    all.iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_comes_back_is_corrected_and_forgotten() {
    let served = served().await;
    let (status, note) = post(
        &served,
        "/api/memory",
        json!({"kind": "note", "text": "The stopcock is under the sink"}),
    )
    .await;
    assert_eq!(status, 201, "{note}");
    assert_eq!(note["source"], "the operator");
    for text in [
        "Bin day is Thursday",
        "Anna likes the bedroom at 18 degrees",
    ] {
        let (status, _) = post(&served, "/api/memory", json!({ "text": text })).await;
        assert_eq!(status, 201);
    }
    let found = served
        .get("/api/memory?q=where%20is%20the%20stopcocks")
        .await;
    assert_eq!(
        texts(&found)[0],
        "The stopcock is under the sink",
        "{found}"
    );
    assert_eq!(
        texts(&served.get("/api/memory?q=thurs").await),
        ["Bin day is Thursday"]
    );
    assert_eq!(texts(&served.get("/api/memory?kind=note").await).len(), 1);
    assert!(texts(&served.get("/api/memory?q=%22%20OR%20*%20(").await).is_empty());

    let (status, stored) = post(
        &served,
        "/api/memory/store",
        json!({"key": "wifi.guest", "value": {"name": "Guests"}}),
    )
    .await;
    assert_eq!(status, 201, "{stored}");
    let (_, again) = post(
        &served,
        "/api/memory/store",
        json!({"key": "wifi.guest", "value": {"name": "Friends"}}),
    )
    .await;
    assert_eq!(again["id"], stored["id"], "what had the key is corrected");
    let got = served.get("/api/memory/get/wifi.guest").await;
    assert_eq!(got["value"]["name"], "Friends");

    let id = note["id"].as_str().unwrap();
    let path = format!("/api/memory/{id}");
    let edit = json!({"text": "The stopcock is in the cellar", "device": "broken_lamp"});
    let (status, edited) = served.ask(Method::PATCH, &path, Some(edit)).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(
        (&edited["id"], &edited["device"]),
        (&note["id"], &json!("broken_lamp"))
    );
    assert_eq!(edited["made_at"], note["made_at"]);
    assert!(
        texts(&served.get("/api/memory?q=sink").await).is_empty(),
        "old words are gone"
    );
    assert_eq!(texts(&served.get("/api/memory?q=cellar").await).len(), 1);

    let (status, _) = served.ask(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    let (status, gone) = served
        .ask(Method::GET, &format!("/api/memory/get/{id}"), None)
        .await;
    assert_eq!(
        (status.as_u16(), &gone["error"]["code"]),
        (404, &json!("unknown_memory"))
    );
    assert!(texts(&served.get("/api/memory?q=cellar").await).is_empty());
    let stats = served.get("/api/memory/stats").await;
    assert_eq!(
        (&stats["count"], &stats["retention_days"]),
        (&json!(3), &json!(365)),
        "{stats}"
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_holds_for_its_span_and_each_person_takes_theirs_along() {
    let served = served().await;
    let (status, anna) = post(&served, "/api/people", json!({"name": "Anna"})).await;
    assert_eq!(status, 201, "{anna}");
    let guests = json!({"kind": "context", "situation": "guests", "text": "We have guests until Sunday",
        "from": "2026-03-05T12:00:00Z", "until": "2026-03-08T18:00:00Z"});
    let (status, guests) = post(&served, "/api/memory", guests).await;
    assert_eq!(status, 201, "{guests}");
    assert_eq!(guests["value"]["situation"], "guests");
    for (at, count) in [
        ("2026-03-05T11:59:59Z", 0),
        ("2026-03-05T12:00:00Z", 1),
        ("2026-03-08T17:59:59Z", 1),
        ("2026-03-08T18:00:00Z", 0),
    ] {
        let holds = served.get(&format!("/api/memory/context?at={at}")).await;
        assert_eq!(texts(&holds).len(), count, "{at}: {holds}");
    }
    let (_, hers) = post(
        &served,
        "/api/memory",
        json!({"kind": "preference", "text": "Anna likes it dark", "person": "anna"}),
    )
    .await;
    assert_eq!(hers["person"], "anna");
    let export = served.get("/api/memory/export?person=anna").await;
    assert_eq!(texts(&export), ["Anna likes it dark"]);
    assert_eq!(texts(&served.get("/api/memory/export").await).len(), 2);

    // Twice the same is once.
    for _ in 0..3 {
        post(
            &served,
            "/api/memory",
            json!({"kind": "note", "text": "The key hangs left."}),
        )
        .await;
    }
    let (status, tidied) = post(&served, "/api/memory/optimize", json!({})).await;
    assert_eq!((status, &tidied["merged"]), (200, &json!(2)), "{tidied}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_explained() {
    let served = served().await;
    for (path, body, code) in [
        ("/api/memory", json!({}), "invalid_body"),
        ("/api/memory", json!({"text": " "}), "invalid_body"),
        (
            "/api/memory",
            json!({"text": "x".repeat(2_001)}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "kind": "pattern"}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "kind": "dream"}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "kind": "context"}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "kind": "episode"}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "weight": 0.5}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "confidence": 2}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "key": "two words"}),
            "invalid_body",
        ),
        (
            "/api/memory",
            json!({"text": "x", "person": "nobody"}),
            "unknown_person",
        ),
        (
            "/api/memory",
            json!({"text": "x", "device": "nothing"}),
            "unknown_device",
        ),
        (
            "/api/memory",
            json!({"text": "x", "from": "2026-03-05T12:00:00Z", "until": "2026-03-05T11:00:00Z"}),
            "invalid_body",
        ),
        ("/api/memory/store", json!({"value": 1}), "invalid_body"),
        (
            "/api/alerts/rules",
            json!({"name": "x", "condition": "moon > 1"}),
            "invalid_body",
        ),
        (
            "/api/alerts/rules",
            json!({"name": "x", "condition": "doors_open > 1", "webhook": "file:///etc/passwd"}),
            "invalid_body",
        ),
        (
            "/api/alerts/rules",
            json!({"name": "x", "condition": "doors_open > 1", "severity": "loud"}),
            "invalid_body",
        ),
        (
            "/api/alerts/rules",
            json!({"name": "", "condition": "doors_open > 1"}),
            "invalid_body",
        ),
        (
            "/api/alerts/alertmanager",
            json!({"alerts": [{}]}),
            "invalid_body",
        ),
        ("/api/alerts/alertmanager", json!({}), "invalid_body"),
    ] {
        let (status, answer) = post(&served, path, body.clone()).await;
        assert!((400..500).contains(&status), "{path} {body}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{path} {body}: {answer}");
    }
    for (path, status) in [
        ("/api/memory?kind=dream", 400),
        ("/api/memory?limit=0", 400),
        ("/api/memory/get/nothing", 404),
        ("/api/insights/love", 400),
        ("/api/insights/energy?days=0", 400),
        ("/api/alerts/rules/nothing", 404),
        ("/api/alerts?limit=0", 400),
    ] {
        let (found, answer) = served.ask(Method::GET, path, None).await;
        assert_eq!(found, status, "{path}: {answer}");
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn insights_say_what_is_known_and_what_is_not() {
    let served = served().await;
    for topic in ["energy", "security", "comfort"] {
        let insight = served.get(&format!("/api/insights/{topic}?days=1")).await;
        assert_eq!(insight["topic"], topic);
        assert!(
            !insight["summary"].as_array().unwrap().is_empty(),
            "{insight}"
        );
        for figure in insight["figures"].as_array().unwrap() {
            assert!(!figure["rows"].as_str().unwrap().is_empty(), "{figure}");
            if figure["value"].is_null() {
                assert!(!figure["note"].as_str().unwrap().is_empty(), "{figure}");
            }
        }
    }
    served.end().await;
}

/// A webhook on loopback that answers as it is told; it keeps what it was told.
async fn webhook(answers: &'static [u16]) -> (String, tokio::sync::mpsc::UnboundedReceiver<Value>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let mut part = [0; 4_096];
            let body = loop {
                let read = stream.read(&mut part).await.unwrap();
                bytes.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&bytes);
                if let Some((_, body)) = text.split_once("\r\n\r\n")
                    && let Ok(body) = serde_json::from_str::<Value>(body)
                {
                    break body;
                }
            };
            let status = answers.get(number).copied().unwrap_or(200);
            number += 1;
            let answer =
                format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            sender.send(body).unwrap();
        }
    });
    (url, receiver)
}

async fn told(receiver: &mut tokio::sync::mpsc::UnboundedReceiver<Value>) -> Value {
    tokio::time::timeout(PATIENCE, receiver.recv())
        .await
        .expect("the webhook is called")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_once_is_told_once_and_is_over() {
    let served = served().await;
    // The first call goes wrong; it is tried again.
    let (url, mut calls) = webhook(&[503]).await;
    let rule = json!({"name": "Somebody is away", "condition": "devices_offline > 0 && devices_offline < 99",
        "severity": "critical", "webhook": url, "keep_seconds": 0});
    let (status, rule) = post(&served, "/api/alerts/rules", rule).await;
    assert_eq!(status, 201, "{rule}");
    assert_eq!(rule["slug"], "somebody_is_away");
    let connectivity = |online: bool| model::Report {
        driver: DRIVER.to_owned(),
        body: model::ReportBody::Connectivity {
            native_id: "lamp".to_owned(),
            connectivity: if online {
                model::Connectivity::Online
            } else {
                model::Connectivity::Offline
            },
            reason: None,
        },
    };
    served
        .handle
        .reports()
        .send(connectivity(false))
        .await
        .unwrap();
    let (failed, again) = (told(&mut calls).await, told(&mut calls).await);
    assert_eq!(failed, again, "the same is said again");
    assert_eq!(
        (&again["state"], &again["severity"]),
        (&json!("firing"), &json!("critical"))
    );
    assert_eq!(again["values"]["devices_offline"], 1.0, "{again}");
    let active = served.get("/api/alerts/active").await;
    let alert = &active["alerts"][0];
    assert_eq!(
        (&alert["name"], &alert["state"]),
        (&json!("somebody_is_away"), &json!("firing"))
    );
    assert!(
        alert["summary"]
            .as_str()
            .unwrap()
            .contains("devices_offline is 1"),
        "{alert}"
    );

    served
        .handle
        .reports()
        .send(connectivity(true))
        .await
        .unwrap();
    let over = told(&mut calls).await;
    assert_eq!(
        (&over["state"], &over["id"]),
        (&json!("resolved"), &alert["id"])
    );
    assert!(over["ended_at"].is_string());
    until(&served, "/api/alerts", |all| {
        let one = &all["alerts"][0];
        one["state"] == "resolved" && one["is_being_told"] == false
    })
    .await;
    assert!(calls.try_recv().is_err(), "each is told once");
    assert_eq!(served.get("/api/alerts/active").await["alerts"], json!([]));
    let filter = EventFilter {
        kinds: vec!["alert_changed".to_owned()],
        ..EventFilter::default()
    };
    let began = Instant::now();
    let states: Vec<String> = loop {
        let page = served.store.events(&filter, 10).await.unwrap();
        let state = |event: &Event| match &event.body {
            EventBody::AlertChanged { state, .. } => state.clone(),
            other => panic!("{other:?}"),
        };
        if page.events.len() >= 2 {
            break page.events.iter().map(state).collect();
        }
        assert!(began.elapsed() < PATIENCE, "it is on the timeline");
    };
    assert_eq!(states, ["resolved", "firing"]);

    let path = "/api/alerts/rules/somebody_is_away";
    let (status, again) = post(
        &served,
        "/api/alerts/rules",
        json!({"name": "Somebody is away", "condition": "alarms > 0"}),
    )
    .await;
    assert_eq!(
        (status, &again["error"]["code"]),
        (409, &json!("slug_taken"))
    );
    let edit = json!({"name": "Somebody is away", "condition": "alarms > 0", "enabled": false});
    let (status, edited) = served.ask(Method::PUT, path, Some(edit)).await;
    assert_eq!(
        (status.as_u16(), &edited["enabled"]),
        (200, &json!(false)),
        "{edited}"
    );
    let (status, _) = served.ask(Method::DELETE, path, None).await;
    assert_eq!(status, 204);
    assert_eq!(served.get("/api/alerts/rules").await["rules"], json!([]));
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alertmanager_is_heard() {
    let served = served().await;
    let message = |status: &str| {
        json!({"version": "4", "status": status, "receiver": "house", "alerts": [{"status": status,
            "labels": {"alertname": "HighMemoryUsage", "severity": "warning"},
            "annotations": {"summary": "High memory usage detected"},
            "startsAt": "2026-03-02T06:00:00Z", "fingerprint": "c8f5"}]})
    };
    let path = "/api/alerts/alertmanager";
    for changed in [1, 0] {
        let (status, answer) = post(&served, path, message("firing")).await;
        assert_eq!(
            (status, &answer["changed"]),
            (200, &json!(changed)),
            "{answer}"
        );
    }
    let active = served.get("/api/alerts/active").await;
    assert_eq!(active["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(active["alerts"][0]["source"], "alertmanager");
    assert_eq!(active["alerts"][0]["summary"], "High memory usage detected");
    for changed in [1, 0] {
        let (_, answer) = post(&served, path, message("resolved")).await;
        assert_eq!(answer["changed"], changed);
    }
    assert_eq!(served.get("/api/alerts/active").await["alerts"], json!([]));
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_becomes_a_device_and_keeps_its_history() {
    let served = served().await;
    let note = json!({"kind": "note", "text": "The pool pump needs a new seal every spring."});
    let (status, noted) = served.ask(Method::POST, "/api/memory", Some(note)).await;
    assert_eq!(status, 201, "{noted}");
    assert_eq!(noted["became_at"], serde_json::Value::Null);
    let path = format!("/api/memory/{}/promote", noted["id"].as_str().unwrap());
    for (body, status, code) in [
        (json!({"device": "nowhere"}), 404, "unknown_device"),
        (
            json!({"device": "hall_lamp", "room": "hall"}),
            422,
            "invalid_body",
        ),
        (json!({}), 422, "invalid_body"),
    ] {
        let (told, answer) = served.ask(Method::POST, &path, Some(body)).await;
        assert_eq!(
            (told.as_u16(), &answer["error"]["code"]),
            (status, &json!(code)),
            "{answer}"
        );
    }
    // What cannot be promoted gives no device a name.
    let liking = json!({"kind": "preference", "text": "Anna likes it dark"});
    let (status, liking) = served.ask(Method::POST, "/api/memory", Some(liking)).await;
    assert_eq!(status, 201, "{liking}");
    let of_liking = format!("/api/memory/{}/promote", liking["id"].as_str().unwrap());
    let before = served.get("/api/devices/hall_lamp").await["aliases"].clone();
    let body = json!({"device": "hall_lamp", "alias": "night light"});
    let (status, answer) = served.ask(Method::POST, &of_liking, Some(body)).await;
    assert_eq!(status, 422, "{answer}");
    let after = served.get("/api/devices/hall_lamp").await["aliases"].clone();
    assert_eq!(before, after);
    let body = json!({"device": "hall_lamp", "alias": "pool pump"});
    let (status, became) = served.ask(Method::POST, &path, Some(body)).await;
    assert_eq!(status, 200, "{became}");
    // The words, who said them and when stay as they were.
    for same in ["id", "text", "source", "made_at", "changed_at", "kind"] {
        assert_eq!(became[same], noted[same], "{same}");
    }
    assert_eq!(became["device"], "hall_lamp");
    assert!(became["became_at"].is_string(), "{became}");
    let of_device = served.get("/api/devices/hall_lamp/notes").await;
    assert_eq!(of_device["memories"][0]["id"], noted["id"]);
    // The device is called so, and the timeline says by whom.
    assert_eq!(
        served.get("/api/devices/pool%20pump").await["slug"],
        "hall_lamp"
    );
    let (status, unknown) = served
        .ask(
            Method::POST,
            "/api/memory/nothing/promote",
            Some(json!({"device": "hall_lamp"})),
        )
        .await;
    assert_eq!(
        (status.as_u16(), &unknown["error"]["code"]),
        (404, &json!("unknown_memory"))
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_says_which_device_a_note_became() {
    let served = served().await;
    let say = async |message: &str| {
        let body = json!({"message": message});
        let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer["response"].as_str().unwrap().to_owned()
    };
    say("remember that the pool pump needs a new seal every spring").await;
    let lost = say("the pool pump note is the flux capacitor").await;
    assert!(
        lost.contains("No device is called “the flux capacitor”"),
        "{lost}"
    );
    let none = say("the submarine note is the hall lamp").await;
    assert!(none.contains("no note about “submarine”"), "{none}");
    let became = say("the pool pump note is the hall lamp").await;
    assert!(became.contains("part of the history of"), "{became}");
    assert!(became.contains("I call it “pool pump”, too"), "{became}");
    let asked = say("what do you know about the pool pump?").await;
    assert!(
        asked.contains("new seal") && asked.contains("since"),
        "{asked}"
    );
    let done = say("turn on the pool pump").await;
    assert!(done.to_lowercase().contains("hall lamp"), "{done}");
    served.end().await;
}
