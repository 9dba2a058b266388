//! The house feels: a freezer without power worries it, and it says why, and when it is over.

use crate::support::{PATIENCE, Server, house, program};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;

async fn at_the_freezer(server: &Server, what: &str) {
    let path = format!("/api/devices/freezer/{what}");
    let (status, answer) = server.simulator(Method::POST, &path, &json!({})).await;
    assert!(status < 300, "{answer}");
}

fn seconds(text: &Value) -> i64 {
    let at: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
    at.as_second()
}

#[tokio::test]
async fn an_unplugged_freezer_worries_the_house_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    server
        .until("/api/devices/freezer", |device| {
            device["connectivity"] == "online"
        })
        .await;
    // Sixty times as fast: a minute of the house is a second of the test.
    let (status, _) = server
        .simulator(Method::PUT, "/api/clock", &json!({ "pace": 60.0 }))
        .await;
    assert!(status < 300);
    server
        .until("/api/consciousness/status", |status| {
            status["feeling"] != "unsure"
        })
        .await;
    let (_, before) = server.get("/api/house").await;
    at_the_freezer(&server, "unplug").await;
    let worried = server
        .until("/api/consciousness/status", |status| {
            ["worried", "stressed", "pain"]
                .contains(&status["feeling"].as_str().unwrap_or_default())
                && status["reasons"].to_string().contains("Freezer")
        })
        .await;
    let took = seconds(&worried["at"]) - seconds(&before["time"]);
    assert!(took < 15 * 60, "it took the house {took} s to worry");
    let concern = worried["concerns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|concern| concern["kind"] == "cold_without_power")
        .unwrap_or_else(|| panic!("{worried}"));
    assert_eq!(
        (&concern["urgency"], &concern["device"]),
        (&json!("high"), &json!("freezer"))
    );
    assert!(
        worried["better"].to_string().contains("Freezer"),
        "{worried}"
    );
    let events = server
        .until("/api/events?kind=feeling_changed,concern_raised", |all| {
            all.to_string().contains("Freezer")
        })
        .await;
    assert!(
        events["events"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );

    // Asked in words it says the same, with the concern behind it.
    let said = server.say("are you worried?").await;
    assert!(
        said["response"].as_str().unwrap().contains("Freezer"),
        "{said}"
    );
    assert!(
        said["evidence"].to_string().contains("cold_without_power"),
        "{said}"
    );
    let said = server.say("what is wrong with the freezer?").await;
    assert!(
        said["evidence"].to_string().contains("cold_without_power"),
        "{said}"
    );
    let said = server.say("how are you?").await;
    assert!(
        said["response"].as_str().unwrap().contains("Freezer"),
        "{said}"
    );

    // Somebody is called, and the house asks no more; whether it is mended it sees for itself.
    let said = server
        .say("I called the technician about the freezer, they come tomorrow")
        .await;
    assert_eq!(said["intent"]["name"], "fault.in_hand", "{said}");
    let said = server.say("is the freezer fixed?").await;
    assert!(
        said["response"].as_str().unwrap().starts_with("Not yet")
            && said["response"]
                .as_str()
                .unwrap()
                .contains("I called the technician"),
        "{said}"
    );

    at_the_freezer(&server, "plug").await;
    let glad = server
        .until("/api/consciousness/status", |status| {
            status["glad"]
                .to_string()
                .contains("Freezer has power again")
        })
        .await;
    assert!(
        !glad["concerns"].to_string().contains("cold_without_power"),
        "{glad}"
    );
    let said = server.say("how are you?").await;
    assert!(
        said["response"]
            .as_str()
            .unwrap()
            .contains("Freezer has power again"),
        "{said}"
    );
    // Who waited for it is told.
    let told = server
        .until("/api/chat/openings", |list| {
            list["openings"].to_string().contains("Good news: ")
        })
        .await;
    assert!(
        told.to_string().contains("Freezer has power again"),
        "{told}"
    );
    let said = server.say("is the freezer fixed now?").await;
    assert!(
        said["response"].as_str().unwrap().starts_with("Yes, since"),
        "{said}"
    );
    // Ten minutes of the house to the second now; it recovers within hours.
    server
        .simulator(Method::PUT, "/api/clock", &json!({ "pace": 600.0 }))
        .await;
    server
        .until("/api/consciousness/status", |status| {
            ["content", "happy", "excited", "bored"]
                .contains(&status["feeling"].as_str().unwrap_or_default())
        })
        .await;
    let (_, emotions) = server.get("/api/consciousness/emotions?limit=10000").await;
    assert!(
        emotions["emotions"]
            .as_array()
            .is_some_and(|all| all.len() > 2)
    );
    assert_eq!(server.end(), Some(0));
}

#[test]
fn weeks_of_a_house_are_felt_steadily_and_explained() {
    let file = sim::file::read(std::path::Path::new(&house("studio"))).unwrap();
    let end = "2026-03-01T00:00:00Z".parse().unwrap();
    let felt = consciousness::year::feel_through(file, 10, end, Some(7));
    assert!(felt.turns > 1_300, "{felt:?}");
    assert_eq!((felt.flutters, felt.unexplained), (0, 0), "{felt:#?}");
    assert!(felt.changes <= 20, "{felt:#?}");
}

#[test]
fn feelings_are_replayed_without_a_house() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), &["mind", "replay"], &[])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let events = [
        json!({"id": "e1", "ts": 1_790_000_000, "kind": "temperature", "entity": "hall", "value": 68, "unit": "F"}),
        json!({"ask": 1_790_000_060}),
        json!({"id": "e2", "ts": 1_790_000_100, "kind": "fault", "entity": "boiler", "value": true, "unit": "bool"}),
        json!({"ask": 1_790_000_160}),
    ];
    let mut input = child.stdin.take().unwrap();
    for event in &events {
        writeln!(input, "{event}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "within {PATIENCE:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["because"][0]["evidence"], json!(["e1"]));
    assert_eq!(
        (&answers[0]["label"], &answers[1]["label"]),
        (&json!("content"), &json!("pain"))
    );
    assert!(answers[1]["valence"].as_f64() < answers[0]["valence"].as_f64());
}
