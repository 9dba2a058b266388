//! The conversation over HTTP and the WebSocket.

use crate::live::Client;
use crate::support::{Served, served};
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

async fn say(served: &Served, body: Json) -> Json {
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn a_question_is_answered_from_the_twins() {
    let served = served().await;
    let answer = say(&served, json!({"message": "How many devices are there?"})).await;
    assert_eq!(answer["engine"], "embedded");
    assert_eq!(answer["intent"]["name"], "question.count");
    let (_, devices) = served.ask(Method::GET, "/api/devices", None).await;
    let count = devices["devices"].as_array().unwrap().len();
    assert_eq!(answer["intent"]["slots"]["count"], count);
    assert!(
        answer["response"]
            .as_str()
            .unwrap()
            .contains(&count.to_string()),
        "{answer}"
    );
}

#[tokio::test]
async fn dry_runs_do_and_keep_nothing() {
    let served = served().await;
    let answer = say(
        &served,
        json!({"message": "turn on all the lights", "dry_run": true}),
    )
    .await;
    let actions = answer["actions"].as_array().unwrap();
    assert!(!actions.is_empty(), "{answer}");
    assert!(
        actions.iter().all(|action| action["outcome"] == "planned"),
        "{answer}"
    );
    assert_eq!(served.handle.snapshot().wishes.len(), 0);
    let (_, list) = served.ask(Method::GET, "/api/conversations", None).await;
    assert_eq!(list["conversations"], json!([]));
}

#[tokio::test]
async fn what_is_not_understood_does_nothing() {
    let served = served().await;
    for message in [
        "flurble the wug",
        "don't turn on the lights",
        "I turned on the light",
        "what if the lights were on",
    ] {
        let answer = say(&served, json!({"message": message})).await;
        assert_eq!(answer["actions"], json!([]), "{message}: {answer}");
    }
    assert_eq!(served.handle.snapshot().wishes.len(), 0);
}

#[tokio::test]
async fn conversations_are_kept_searched_and_deleted() {
    let served = served().await;
    let first = say(&served, json!({"message": "hello"})).await;
    let id = first["conversation_id"].as_str().unwrap();
    say(
        &served,
        json!({"message": "which lights are on?", "conversation_id": id}),
    )
    .await;
    say(&served, json!({"message": "what can you do?"})).await;

    let (_, list) = served.ask(Method::GET, "/api/conversations", None).await;
    assert_eq!(list["conversations"].as_array().unwrap().len(), 2, "{list}");
    let (_, found) = served
        .ask(Method::GET, "/api/conversations?q=which%20lights", None)
        .await;
    assert_eq!(
        found["conversations"].as_array().unwrap().len(),
        1,
        "{found}"
    );
    assert_eq!(found["conversations"][0]["id"], *id);
    assert_eq!(found["conversations"][0]["turns"], 2);
    // A percent sign is a letter like any other.
    let (_, none) = served
        .ask(Method::GET, "/api/conversations?q=%25", None)
        .await;
    assert_eq!(none["conversations"], json!([]));

    let path = format!("/api/conversations/{id}");
    let (_, turns) = served.ask(Method::GET, &path, None).await;
    let said: Vec<_> = turns["turns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| turn["message"].clone())
        .collect();
    assert_eq!(said, ["hello", "which lights are on?"]);
    let (status, _) = served.ask(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, gone) = served.ask(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(gone["error"]["code"], "unknown_conversation");
}

#[tokio::test]
async fn bad_messages_are_refused() {
    let served = served().await;
    for (body, code) in [
        (json!({"message": ""}), "invalid_message"),
        (json!({"message": "   \n "}), "invalid_message"),
        (json!({"message": "x".repeat(4_001)}), "invalid_message"),
        (
            json!({"message": "turn on \u{0}\u{1} the light"}),
            "invalid_message",
        ),
        (
            json!({"message": "hello", "language": "tlh"}),
            "invalid_message",
        ),
        (
            json!({"message": "hello", "area": "the moon"}),
            "unknown_area",
        ),
        (json!({"message": 5}), "invalid_body"),
        (json!({"massage": "hello"}), "invalid_body"),
        (
            json!({"message": "hello", "conversation_id": "x"}),
            "invalid_body",
        ),
    ] {
        let (status, answer) = served
            .ask(Method::POST, "/api/chat", Some(body.clone()))
            .await;
        assert!(status.is_client_error(), "{body}: {status}");
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
    let (status, _) = served
        .ask(Method::GET, "/api/conversations/nonsense", None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_can_come_in_pieces() {
    let served = served().await;
    for (accept, prefix) in [
        ("text/event-stream", "data: "),
        ("application/x-ndjson", ""),
    ] {
        let request = served
            .client
            .post(served.url("/api/chat"))
            .header("accept", accept);
        let answer = request
            .json(&json!({"message": "what can you do?"}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], accept);
        let text = answer.text().await.unwrap();
        let pieces: Vec<Json> = text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line.strip_prefix(prefix).unwrap()).unwrap())
            .collect();
        let (last, words) = pieces.split_last().unwrap();
        let joined: String = words
            .iter()
            .map(|piece| piece["text"].as_str().unwrap())
            .collect();
        assert_eq!(last["type"], "answer");
        assert_eq!(joined, last["answer"]["response"].as_str().unwrap());
    }
}

#[tokio::test]
async fn messages_are_counted_and_timed() {
    let served = served().await;
    let count = |text: &str, family: &str| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with(family));
        lines
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    };
    let scrape = || async {
        let answer = served.client.get(served.url("/metrics")).send().await;
        answer.unwrap().text().await.unwrap()
    };
    let before = scrape().await;
    for message in ["which lights are on?", "flurble the wug", "hello"] {
        say(&served, json!({"message": message})).await;
    }
    let after = scrape().await;
    // Other tests of this process may talk meanwhile.
    for family in [
        "consciousness_chat_messages_total{",
        "consciousness_ai_response_time_count{",
    ] {
        let more = count(&after, family) - count(&before, family);
        assert!(more >= 3.0, "{family}: {more}");
    }
}

#[tokio::test]
async fn the_same_over_the_live_socket() {
    let served = served().await;
    let mut client = Client::connect(&served, "").await;
    client.next().await.unwrap();
    let said = json!({"type": "chat", "id": "7", "chat": {"message": "what can you do?"}});
    client.say(&said.to_string()).await;
    let empty = json!({"type": "chat", "id": "8", "chat": {"message": " "}});
    client.say(&empty.to_string()).await;
    let mut answers = std::collections::BTreeMap::new();
    while answers.len() < 2 {
        let message = client.next().await.expect("the stream ended");
        if message["type"] == "chat" {
            answers.insert(message["id"].as_str().unwrap().to_owned(), message);
        }
    }
    assert_eq!(answers["7"]["answer"]["intent"]["name"], "help");
    assert_eq!(answers["7"]["error"], Json::Null);
    assert_eq!(answers["8"]["answer"], Json::Null);
    assert_eq!(answers["8"]["error"]["code"], "invalid_message");
}
