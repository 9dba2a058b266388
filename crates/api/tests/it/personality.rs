//! How the house talks.

use crate::support::served;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_personality_is_kept_and_heard() {
    let served = served().await;
    let path = "/api/settings/personality";
    let plain =
        json!({"style": "plain", "verbosity": "normal", "proactivity": "normal", "humor": "none"});
    assert_eq!(served.get(path).await, plain);
    let chat = || json!({"message": "turn on the hall lamp"});
    let (_, before) = served.ask(Method::POST, "/api/chat", Some(chat())).await;
    let edit = json!({"style": "friendly", "humor": "none"});
    let (status, changed) = served.ask(Method::PUT, path, Some(edit)).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        changed,
        json!({"style": "warm", "verbosity": "normal", "proactivity": "normal", "humor": "none"})
    );
    assert_eq!(served.get(path).await, changed);
    let (_, after) = served.ask(Method::POST, "/api/chat", Some(chat())).await;
    assert_ne!(before["response"], after["response"]);
    assert!(
        after["response"]
            .as_str()
            .unwrap()
            .ends_with(before["response"].as_str().unwrap()),
        "{after}"
    );
    assert_eq!(before["evidence"], after["evidence"]);
    let kept = served.store.household("personality").await.unwrap();
    assert_eq!(kept.unwrap()["style"], "warm");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_say_nothing_are_refused() {
    let served = served().await;
    let path = "/api/settings/personality";
    for (edit, told) in [
        (json!({"style": "sarcastic"}), "plain, warm, formal"),
        (json!({"verbosity": ""}), "brief, normal, detailed"),
        (
            json!({"proactivity": "x".repeat(1_000)}),
            "off, low, normal, high",
        ),
        (json!({"humor": 3}), "string"),
        (json!({"mood": "good"}), "mood"),
    ] {
        let (status, answer) = served.ask(Method::PUT, path, Some(edit.clone())).await;
        assert_eq!(status, 422, "{edit}: {answer}");
        let text = answer["error"].to_string();
        assert!(text.contains(told) && text.len() < 900, "{text}");
    }
    assert_eq!(served.get(path).await["style"], "plain");
    served.end().await;
}
