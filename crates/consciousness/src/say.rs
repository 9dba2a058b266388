//! `consciousness say`: the conversation in the terminal, with the server that runs on this machine.

use crate::settings::Settings;
use anyhow::Context as _;
use clap::Args;
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is said.
#[derive(Debug, Args)]
pub struct Say {
    /// The words. Without any, lines of standard input are said one after the other.
    message: Vec<String>,
    /// Only understand, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Go on with this conversation.
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Says it, and prints the answer.
///
/// # Errors
/// When no server answers, or it refuses.
pub async fn say(settings: &Settings, say: Say) -> anyhow::Result<()> {
    let url = format!("http://localhost:{}/api/chat", settings.port("API_PORT"));
    // The client wants a provider even where nothing is encrypted; a second call finds the first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    if let Some(socket) = crate::ask::open_socket(settings) {
        client = client.unix_socket(socket);
    }
    let client = client.build()?;
    let mut conversation = say.conversation.clone();
    if !say.message.is_empty() {
        let message = say.message.join(" ");
        return once(&client, &url, &message, &say, &mut conversation).await;
    }
    let prompts = std::io::stdin().is_terminal();
    loop {
        if prompts {
            print!("> ");
            std::io::stdout().flush()?;
        }
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            continue;
        }
        once(&client, &url, &line, &say, &mut conversation).await?;
    }
}

async fn once(
    client: &reqwest::Client,
    url: &str,
    message: &str,
    say: &Say,
    conversation: &mut Option<String>,
) -> anyhow::Result<()> {
    let mut body = json!({ "message": message, "dry_run": say.dry_run });
    if let Some(id) = conversation {
        body["conversation_id"] = json!(id);
    }
    let answer = client.post(url).json(&body).send().await.with_context(|| {
        format!("no server answers at {url}; expected one on this machine (start it with `consciousness serve`, or set API_PORT to its port)")
    })?;
    let failed = !answer.status().is_success();
    let answer: Json = answer
        .json()
        .await
        .context("the server's answer is no JSON")?;
    if failed {
        let message = answer["error"]["message"]
            .as_str()
            .unwrap_or("the server refused");
        anyhow::bail!("{message}");
    }
    if let Some(id) = answer["conversation_id"].as_str() {
        *conversation = Some(id.to_owned());
    }
    if say.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        println!("{}", answer["response"].as_str().unwrap_or_default());
    }
    Ok(())
}
