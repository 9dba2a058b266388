//! Rules that are there, as people speak of them: told, switched off and on, deleted, taken back.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn say(served: &Served, talk: &Json, language: &str, message: &str) -> Json {
    let body = json!({"message": message, "conversation_id": talk, "language": language});
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn rule(served: &Served, slug: &str) -> (u16, Json) {
    let path = format!("/api/scenarios/{slug}");
    let (status, scenario) = served.ask(Method::GET, &path, None).await;
    (status.as_u16(), scenario)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_told_switched_deleted_and_taken_back() {
    let served = served().await;
    let talk = json!(uuid::Uuid::now_v7());
    let english = async |message: &str| say(&served, &talk, "en", message).await;

    english("every weekday at 6:30 turn on the hall lamp").await;
    let kept = english("yes").await;
    let slug = kept["intent"]["slots"]["scenario"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = english("what does that rule do?").await;
    let text = told["response"].as_str().unwrap();
    assert!(
        text.contains("On weekdays at 06:30, turn on Hall lamp."),
        "{text}"
    );
    assert_eq!(told["evidence"][0]["reference"], slug.as_str(), "{told}");

    // Off at a word, and on again by undo.
    let off = english("turn off the hall rule").await;
    assert_eq!(off["actions"][0]["capability"], "Scenario", "{off}");
    assert_eq!(rule(&served, &slug).await.1["enabled"], false);
    english("undo").await;
    assert_eq!(rule(&served, &slug).await.1["enabled"], true);
    english("disable the rule about the hall").await;
    assert_eq!(rule(&served, &slug).await.1["enabled"], false);
    english("enable that rule").await;
    assert_eq!(rule(&served, &slug).await.1["enabled"], true);

    // What was edited since is not undone.
    english("disable that rule").await;
    let path = format!("/api/scenarios/{slug}/enable");
    served.ask(Method::POST, &path, None).await;
    let late = english("undo").await;
    let text = late["response"].as_str().unwrap();
    assert!(text.contains("I cannot take"), "{text}");

    // Gone only after a yes; and even then it can be taken back.
    let asked = english("delete the last rule").await;
    assert_eq!(asked["pending"]["kind"], "confirm", "{asked}");
    english("no").await;
    assert_eq!(rule(&served, &slug).await.0, 200);
    english("delete that rule").await;
    english("yes").await;
    assert_eq!(rule(&served, &slug).await.0, 404);
    english("undo").await;
    assert_eq!(rule(&served, &slug).await.0, 200);

    // What came with the house stays, and what nobody knows changes nothing.
    let shipped = english("delete the party rule").await;
    let text = shipped["response"].as_str().unwrap();
    assert!(text.contains("came with the house"), "{text}");
    let unknown = english("delete the submarine rule").await;
    assert_eq!(unknown["intent"]["name"], "unknown_name", "{unknown}");
    assert_eq!(unknown["actions"], json!([]));
}

/// “Lösch” switches lights off, too; a rule is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_no_device_in_german() {
    let served = served().await;
    let talk = json!(uuid::Uuid::now_v7());
    let german = async |message: &str| say(&served, &talk, "de", message).await;
    german("jeden Werktag um 6:30 schalte Hall lamp ein").await;
    let kept = german("ja").await;
    let slug = kept["intent"]["slots"]["scenario"]
        .as_str()
        .unwrap()
        .to_owned();
    german("schalte Hall lamp ein").await;
    let asked = german("Lösch die letzte Regel").await;
    assert_eq!(asked["actions"], json!([]), "{asked}");
    assert_eq!(asked["language"], "de", "{asked}");
    let text = asked["response"].as_str().unwrap();
    assert!(text.starts_with("Soll ich die Regel"), "{text}");
    german("ja").await;
    assert_eq!(rule(&served, &slug).await.0, 404);
}
