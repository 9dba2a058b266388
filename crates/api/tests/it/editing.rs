//! Two who edit the same rule: the second is told, and nothing of the first is lost.

use crate::support::served;
use reqwest::Method;
use serde_json::{Value, json};

fn rule(words: &str) -> Value {
    json!({"name": "Evening", "when": [{"time": "20:00"}], "then": [{"notify": words}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_who_edit_the_same_rule_is_told() {
    let served = served().await;
    let (status, added) = served
        .ask(Method::POST, "/api/automation/rules", Some(rule("first")))
        .await;
    assert_eq!(status, 201, "{added}");
    let seen = added["version"].as_u64().unwrap();
    let place = format!("/api/scenarios/evening?version={seen}");

    // Both saw the same version and write at once.
    let (one, other) = tokio::join!(
        served.ask(Method::PUT, &place, Some(rule("Anna's"))),
        served.ask(Method::PUT, &place, Some(rule("Ben's"))),
    );
    let (won, lost, words) = if one.0 == 200 {
        (one, other, "Anna's")
    } else {
        (other, one, "Ben's")
    };
    assert_eq!(won.0, 200, "{}", won.1);
    assert_eq!(lost.0, 409, "{}", lost.1);
    assert_eq!(won.1["version"], seen + 1);
    let told = lost.1["error"]["message"].as_str().unwrap();
    assert!(
        told.contains("edited meanwhile") && told.contains(&format!("version {}", seen + 1)),
        "{told}"
    );
    assert!(!lost.1["error"]["action"].as_str().unwrap().is_empty());
    let (_, kept) = served
        .ask(Method::GET, "/api/scenarios/evening", None)
        .await;
    assert!(kept["sentence"].as_str().unwrap().contains(words), "{kept}");

    // Who looks again may write.
    let place = format!("/api/scenarios/evening?version={}", seen + 1);
    let (status, answer) = served.ask(Method::PUT, &place, Some(rule("third"))).await;
    assert_eq!(status, 200, "{answer}");
    served.end().await;
}
