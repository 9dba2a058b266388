//! `consciousness why`: why something is as it is, from what was recorded, with the house that runs.

use crate::ask::{ask, escaped};
use crate::settings::Settings;
use clap::Args;
use serde_json::{Value as Json, json};

/// What is asked.
#[derive(Debug, Args)]
pub struct Why {
    /// A device and one of its properties (`hall-light OnOff.on_off`), or words (`is the hall light on`).
    #[arg(required = true)]
    what: Vec<String>,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks, and prints the reason with the events behind it.
///
/// # Errors
/// When no server answers, or it refuses.
pub fn why(settings: &Settings, wanted: &Why) -> anyhow::Result<()> {
    let (answer, sentence, events) = match wanted.what.as_slice() {
        [device, property] if property.contains('.') => {
            let path = format!(
                "/api/why?device={}&property={}",
                escaped(device),
                escaped(property)
            );
            (ask(settings, "GET", &path, None)?, "sentence", "chain")
        }
        words => {
            let message = format!(
                "why {}",
                words
                    .join(" ")
                    .trim_start_matches("why ")
                    .trim_end_matches('?')
            );
            let question = json!({ "message": message, "dry_run": false });
            (
                ask(settings, "POST", "/api/chat", Some(&question))?,
                "response",
                "evidence",
            )
        }
    };
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    println!(
        "{}",
        answer[sentence]
            .as_str()
            .unwrap_or("The house gives no reason.")
    );
    for event in answer[events].as_array().into_iter().flatten() {
        if let Some(line) = line(event) {
            println!("  {line}");
        }
    }
    Ok(())
}

/// When, and what; `None` for what has no time of its own.
fn line(event: &Json) -> Option<String> {
    let at = event["at"].as_str()?;
    let text = event["text"].as_str().or_else(|| event["label"].as_str())?;
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    Some(format!("{at}  {text}"))
}
