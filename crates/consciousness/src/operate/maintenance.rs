//! `consciousness maintenance on|off|show`: the house that runs is kept still while it is looked after.

use crate::ask::ask;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

/// What is wanted.
#[derive(Debug, Args)]
pub struct Maintenance {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Begin it. It ends by itself.
    On {
        /// For how many minutes at most, up to a day.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// Why, for who asks the house.
        #[arg(long, default_value = "")]
        reason: String,
        /// Print the whole answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// End it.
    Off,
    /// Show how it stands, and what is switched off.
    Show {
        /// Print the whole answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Asks the house for it, and prints how it stands then.
///
/// # Errors
/// When no house answers, or it refuses.
pub fn maintain(settings: &Settings, wanted: &Maintenance) -> anyhow::Result<()> {
    let (answer, as_json) = match &wanted.what {
        What::On {
            minutes,
            reason,
            json,
        } => {
            let body = json!({ "minutes": minutes, "reason": reason });
            (
                ask(settings, "PUT", "/api/maintenance", Some(&body))?,
                *json,
            )
        }
        What::Off => (ask(settings, "DELETE", "/api/maintenance", None)?, false),
        What::Show { json } => (ask(settings, "GET", "/api/features", None)?, *json),
    };
    if as_json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print!("{}", told(&answer));
    }
    Ok(())
}

fn told(answer: &Json) -> String {
    let mut text = match answer["maintenance"]["until"].as_str() {
        Some(until) => format!("The house is being looked after until {until}.\n"),
        None => "The house lives as ever.\n".to_owned(),
    };
    for feature in answer["features"].as_array().into_iter().flatten() {
        let state = if feature["on"] == true { "on" } else { "off" };
        let name = feature["name"].as_str().unwrap_or_default();
        text.push_str(&format!("  {state:3}  {name}\n"));
    }
    text
}
