//! A restart in the middle of the first walk.

use crate::support::Server;
use reqwest::Method;
use serde_json::{Value, json};

async fn say(server: &Server, id: &str, message: &str) -> Value {
    let path = format!("/api/interview/{id}/message");
    let (status, answer) = server
        .send(Method::POST, &path, &json!({"message": message}))
        .await;
    assert_eq!(status, 200, "{message}: {answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_goes_on_at_the_same_question() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let (status, begun) = server
        .send(Method::POST, "/api/interview/start", &json!({}))
        .await;
    assert_eq!(status, 200, "{begun}");
    let id = begun["interview_id"].as_str().unwrap().to_owned();
    say(&server, &id, "Casa Verde").await;
    say(&server, &id, "skip").await;
    say(&server, &id, "a hall, a kitchen and a garden").await;
    let before = say(&server, &id, "the hall leads to the kitchen").await;
    let personality = json!({"style": "formal", "proactivity": "off"});
    let (status, _) = server
        .send(Method::PUT, "/api/settings/personality", &personality)
        .await;
    assert_eq!(status, 200);
    server.kill();

    let server = Server::start(folder.path(), &["serve"], &[]);
    let (_, status) = server.get(&format!("/api/interview/{id}/status")).await;
    assert_eq!(
        status["question"], before["interview"]["question"],
        "{status}"
    );
    assert_eq!(status["rooms"], before["interview"]["rooms"]);
    assert_eq!(status["state"], "open");
    let (_, house) = server.get("/api/house").await;
    assert_eq!(house["name"], "Casa Verde");
    let (_, kept) = server.get("/api/settings/personality").await;
    assert_eq!(
        (&kept["style"], &kept["proactivity"]),
        (&json!("formal"), &json!("off"))
    );
    // It goes on in the same conversation, and by the same id.
    let chat = json!({"message": "the kitchen has a door to the garden",
        "conversation_id": begun["conversation_id"]});
    let (_, answer) = server.send(Method::POST, "/api/chat", &chat).await;
    assert_eq!(answer["intent"]["name"], "interview", "{answer}");
    let rooms = answer["interview"]["rooms"].as_array().unwrap();
    let garden = rooms.iter().find(|room| room["slug"] == "garden").unwrap();
    assert_eq!(garden["doorways"], json!(["kitchen"]), "{answer}");
    let (_, again) = server
        .send(Method::POST, "/api/interview/start", &json!({}))
        .await;
    assert_eq!(
        (&again["interview_id"], &again["resumed"]),
        (&json!(id), &json!(true))
    );
    server.kill();
}
