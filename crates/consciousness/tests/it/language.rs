//! What the health says of the language model that the settings name: whether it answers, and whether it
//! takes the key.

use crate::support::Server;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const KEY: &str = "sk-the-right-one";

/// A provider that lists its models to who has the key; it ends with the test.
async fn provider() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut bytes = [0; 1024];
                while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                    match stream.read(&mut bytes).await {
                        Ok(read) if read > 0 => head.extend_from_slice(&bytes[..read]),
                        _ => return,
                    }
                }
                let head = String::from_utf8_lossy(&head).to_lowercase();
                let lists = head.starts_with("get /v1/models ");
                let (status, body) = match head.contains(&format!("bearer {KEY}\r\n")) {
                    true if lists => ("200 OK", r#"{"data": []}"#),
                    true => ("404 Not Found", "{}"),
                    false => ("401 Unauthorized", r#"{"error": {"type": "key"}}"#),
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(answer.as_bytes()).await);
            });
        }
    });
    address
}

fn part(health: &Value) -> &Value {
    let parts = health["components"].as_array().into_iter().flatten();
    let mut named = parts.filter(|part| part["name"] == "language_model");
    named.next().unwrap_or(&Value::Null)
}

#[tokio::test]
async fn the_health_says_whether_the_provider_answers_and_takes_the_key() {
    let there = provider().await;
    // Nobody listens on the port of a server that has gone.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = gone.local_addr().unwrap();
    drop(gone);
    for (address, key, status, says) in [
        (there, KEY, "ok", "answers"),
        (there, "sk-another", "degraded", "does not take the key"),
        (away, KEY, "degraded", "cannot be reached"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let base = format!("http://{address}/v1");
        let settings = [
            ("LLM_BASE_URL", base.as_str()),
            ("LLM_MODEL", "stub-1"),
            ("OPENAI_API_KEY", key),
        ];
        let server = Server::start(folder.path(), &["serve"], &settings);
        let path = "/health/detailed";
        let health = server
            .until(path, |health| part(health)["status"] == status)
            .await;
        let part = part(&health).to_string();
        assert!(part.contains(says), "{part}");
        assert!(!health.to_string().contains(key), "{part}");
        // A model that cannot be asked makes no house ill: it answers by itself.
        assert_ne!(health["status"], "unhealthy", "{health}");
    }
}
