//! `consciousness mcp`: MCP over standard input and output, passed on to the house that runs on this
//! machine. A line is a message.

use crate::settings::Settings;
use clap::Args;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

/// How long an answer is waited for: a rehearsal is work.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many messages are under way at once; further ones wait.
const AT_ONCE: usize = 8;

/// Which house, and what of it.
#[derive(Debug, Args)]
pub struct Mcp {
    /// Only how the house is built, and nothing of how it is.
    #[arg(long)]
    configuration: bool,
    /// The house's address, where it is not what API_PORT says.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Passes messages on until standard input ends.
///
/// # Errors
/// When standard input or output breaks.
pub async fn speak(settings: &Settings, wanted: &Mcp) -> anyhow::Result<()> {
    let base = wanted
        .url
        .as_deref()
        .map(|url| url.trim_end_matches('/').to_owned());
    let base = base.unwrap_or_else(|| format!("http://localhost:{}", settings.port("API_PORT")));
    let path = if wanted.configuration {
        "/mcp/configuration"
    } else {
        "/mcp"
    };
    let url = format!("{base}{path}");
    // The client wants a provider even where nothing is encrypted; a second call finds the first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    // A house at an address of its own is asked there.
    if let Some(socket) = crate::ask::open_socket(settings).filter(|_| wanted.url.is_none()) {
        client = client.unix_socket(socket);
    }
    let client = client.build()?;
    let output = Arc::new(Mutex::new(tokio::io::stdout()));
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut under_way = JoinSet::new();
    while let Some(line) = lines.next_line().await? {
        if line.trim().is_empty() {
            continue;
        }
        let Ok(turn) = Arc::clone(&room).acquire_owned().await else {
            break;
        };
        let (client, url, output) = (client.clone(), url.clone(), Arc::clone(&output));
        under_way.spawn(async move {
            let _turn = turn;
            let Some(answer) = pass_on(&client, &url, line).await else {
                return Ok(());
            };
            let mut output = output.lock().await;
            output.write_all(answer.as_bytes()).await?;
            output.write_all(b"\n").await?;
            output.flush().await
        });
        while let Some(done) = under_way.try_join_next() {
            done??;
        }
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    Ok(())
}

/// The answer to a message, as one line; none to what needs none.
async fn pass_on(client: &reqwest::Client, url: &str, line: String) -> Option<String> {
    let message: Json = serde_json::from_str(&line).unwrap_or_default();
    let id = message["id"].clone();
    let mut request = client.post(url);
    // What newer versions of the protocol want to see in the head as well.
    let params = &message["params"];
    let version = &params["_meta"]["io.modelcontextprotocol/protocolVersion"];
    let name = if params["name"].is_string() {
        &params["name"]
    } else {
        &params["uri"]
    };
    let heads = [
        ("mcp-protocol-version", version),
        ("mcp-method", &message["method"]),
        ("mcp-name", name),
    ];
    for (head, value) in heads {
        let is_plain =
            |text: &&str| version.is_string() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(text) = value.as_str().filter(is_plain) {
            request = request.header(head, text);
        }
    }
    let sent = request
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(line)
        .send()
        .await;
    let wrong = match sent {
        Ok(answer) => {
            let body: Option<Json> = match answer.text().await {
                Ok(text) if text.is_empty() => return None,
                Ok(text) => serde_json::from_str(&text).ok(),
                Err(_) => None,
            };
            match body {
                Some(message) if message["jsonrpc"] == "2.0" => return Some(message.to_string()),
                Some(refusal) => refusal["error"]["message"]
                    .as_str()
                    .unwrap_or("the house refused")
                    .to_owned(),
                None => "what answers is no house".to_owned(),
            }
        }
        Err(_) => format!(
            "no house answers at {url}; start it with `consciousness serve`, or set API_PORT to its port"
        ),
    };
    // Only what has an id waits for an answer.
    (!id.is_null()).then(|| {
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32000, "message": wrong } })
            .to_string()
    })
}
