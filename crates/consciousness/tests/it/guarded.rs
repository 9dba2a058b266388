//! What concerns the security of the house is noted, by whatever way it comes: in the list of events, in
//! security.log and in the metrics.

use crate::support::{Server, house};
use reqwest::Method;
use serde_json::{Value, json};

/// The newest event of a kind, once there are so many.
async fn newest(server: &Server, kind: &str, many: usize) -> Value {
    let path = format!("/api/security/events?kind={kind}");
    let found = server
        .until(&path, |found| {
            found["events"]
                .as_array()
                .is_some_and(|it| it.len() >= many)
        })
        .await;
    let events = found["events"].as_array().unwrap();
    assert_eq!(events.len(), many, "{found}");
    events[0].clone()
}

#[tokio::test]
async fn doors_and_alarms_that_are_opened_are_noted_with_who_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let family = house("family");
    let server = Server::start(folder.path(), &["serve", "--simulate", &family], &[]);
    server
        .until("/api/devices/front_lock", |lock| {
            lock.to_string().contains("\"locked\"") && lock["connectivity"] == "online"
        })
        .await;
    // Over the API.
    let path = "/api/devices/front_lock/commands?wait=settled";
    let unlock = json!({ "capability": "DoorLock", "command": "unlock", "confirm": true });
    let (status, answer) = server.send(Method::POST, path, &unlock).await;
    assert_eq!(status, 200, "{answer}");
    let event = newest(&server, "unlocked", 1).await;
    assert_eq!(event["who"], "the operator");
    assert!(
        event["detail"]
            .as_str()
            .unwrap()
            .starts_with("Front door lock: "),
        "{event}"
    );
    // Its cause is the one of the timeline.
    let cause = event["cause"].as_str().unwrap();
    let (_, timeline) = server.get("/api/events?limit=200").await;
    assert!(timeline.to_string().contains(cause), "{event}");
    // In a conversation.
    server
        .command("front_lock", "DoorLock", "lock", json!({}))
        .await;
    let asked = server.say("unlock the front door lock").await;
    if asked["pending"]["kind"] == "confirm" {
        let yes = json!({ "message": "yes", "conversation_id": asked["conversation_id"] });
        let (status, answer) = server.send(Method::POST, "/api/chat", &yes).await;
        assert_eq!(status, 200, "{answer}");
    }
    let event = newest(&server, "unlocked", 2).await;
    assert_eq!(event["who"], "the operator");
    // By a hand on the lock itself.
    server
        .command("front_lock", "DoorLock", "lock", json!({}))
        .await;
    let by_hand = json!({ "lock_state": "unlocked" });
    let (status, answer) = server
        .simulator(Method::PUT, "/api/devices/front_lock", &by_hand)
        .await;
    assert_eq!(status, 200, "{answer}");
    let event = newest(&server, "unlocked", 3).await;
    assert_eq!(event["who"], "Front door lock");
    // The alarm, armed and disarmed at its panel and over the API.
    let at_panel = |word: &str| json!({ "alarm_state": word });
    for word in ["armed_away", "disarmed"] {
        let (status, answer) = server
            .simulator(Method::PUT, "/api/devices/alarm_panel", &at_panel(word))
            .await;
        assert_eq!(status, 200, "{answer}");
        server
            .until("/api/devices/alarm_panel", |alarm| {
                alarm.to_string().contains(&format!("\"{word}\""))
            })
            .await;
    }
    let event = newest(&server, "disarmed", 1).await;
    assert_eq!(event["who"], "Alarm");
    // A device that goes away, and settings that change.
    let (status, _) = server
        .simulator(Method::POST, "/api/devices/coffee_maker/unplug", &json!({}))
        .await;
    assert_eq!(status, 200);
    let lost = server
        .until("/api/security/events?kind=device_lost", |found| {
            found.to_string().contains("Coffee maker")
        })
        .await;
    assert_eq!(lost["events"][0]["severity"], "info");
    // What answers for the first time is not lost.
    assert_eq!(lost["events"].as_array().unwrap().len(), 1, "{lost}");
    let (status, _) = server
        .send(Method::DELETE, "/api/devices/coffee_maker", &Value::Null)
        .await;
    assert!((200..300).contains(&status), "{status}");
    let gone = newest(&server, "device_gone", 1).await;
    assert_eq!(
        (&gone["who"], &gone["detail"]),
        (&json!("the operator"), &json!("Coffee maker"))
    );
    // What a house finds that had nothing is one event, with the number of it.
    let new = server
        .until("/api/security/events?kind=device_new&limit=500", |found| {
            found["events"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        })
        .await;
    assert_eq!(new["events"].as_array().unwrap().len(), 1, "{new}");
    let detail = new["events"][0]["detail"].as_str().unwrap();
    let many = detail.strip_prefix("the first search found ").unwrap();
    let many: usize = many.split(' ').next().unwrap().parse().unwrap();
    assert!(many > 5, "{detail}");
    let off = json!({ "on": false });
    let (status, _) = server
        .send(Method::PUT, "/api/features/learning", &off)
        .await;
    assert_eq!(status, 200);
    let changed = newest(&server, "setting_changed", 1).await;
    assert_eq!(changed["detail"], "learning: off");
    let metrics = server.text("/metrics").await;
    for line in [
        "consciousness_security_events_total{kind=\"unlocked\",severity=\"info\"} 3",
        "consciousness_security_events_total{kind=\"disarmed\",severity=\"info\"} 1",
        "consciousness_security_events_total{kind=\"device_gone\",severity=\"info\"} 1",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}");
    }
    assert_eq!(server.end(), Some(0));
    let log = std::fs::read_to_string(folder.path().join("logs/security.log")).unwrap();
    for line in [
        "unlocked",
        "disarmed",
        "device vanished",
        "device removed",
        "new device",
        "setting changed",
    ] {
        assert!(log.lines().any(|it| it.contains(line)), "{line}");
    }
}
