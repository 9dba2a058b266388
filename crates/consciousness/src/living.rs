//! `consciousness scenario list`, `run`, `stop` and `rehearse`: in the house that runs.

use crate::ask::ask;
use crate::settings::Settings;
use serde_json::{Map, Value as Json, json};

/// What is asked of the house that runs.
#[derive(Debug, clap::Subcommand)]
pub enum Living {
    /// List the scenarios and rules of the house that runs, each in one sentence.
    List(List),
    /// Run a scenario in the house that runs.
    Run(Run),
    /// Stop every run of a scenario.
    Stop(Stop),
    /// Say what a scenario would do, without touching the house.
    Rehearse(Rehearse),
}

/// Which scenarios are listed.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Answer with the JSON of the API.
    #[arg(long)]
    json: bool,
}

/// What is run.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// The scenario's slug, such as party-mode.
    scenario: String,
    /// Its parameters, such as guest_count=12.
    #[arg(value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Json)>,
}

/// What is stopped.
#[derive(Debug, clap::Args)]
pub struct Stop {
    /// The scenario's slug.
    scenario: String,
}

/// What is rehearsed.
#[derive(Debug, clap::Args)]
pub struct Rehearse {
    /// The scenario's slug.
    scenario: String,
    /// Its parameters, such as guest_count=12.
    #[arg(value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Json)>,
    /// Run it at this moment, such as 2026-11-23T20:00:00Z; now where nothing is said.
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
    /// Instead, let a rule live through so many days of the house's own history.
    #[arg(long, conflicts_with = "at")]
    days: Option<u32>,
    /// Answer with the JSON of the API.
    #[arg(long)]
    json: bool,
}

/// A parameter: true, false, a number, or else a text.
fn parameter(text: &str) -> Result<(String, Json), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("expected NAME=VALUE, such as guest_count=12")?;
    let value = match value {
        "true" => json!(true),
        "false" => json!(false),
        text => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map_or_else(|| json!(text), |number| json!(number)),
    };
    Ok((name.to_owned(), value))
}

/// Asks the house that runs, and prints what it says.
///
/// # Errors
/// When nobody answers, or the house says no.
pub fn live(settings: &Settings, wanted: &Living) -> anyhow::Result<()> {
    match wanted {
        Living::List(list) => {
            let answer = ask(settings, "GET", "/api/scenarios", None)?;
            if list.json {
                println!("{answer}");
            } else {
                print!("{}", listed(&answer));
            }
        }
        Living::Run(run) => {
            let body = json!({ "parameters": object(&run.parameters) });
            let path = path(&run.scenario, "run");
            let answer = ask(settings, "POST", &path, Some(&body))?;
            println!("{} runs ({})", run.scenario, plain(&answer["run"]));
        }
        Living::Stop(stop) => {
            let answer = ask(settings, "POST", &path(&stop.scenario, "stop"), None)?;
            println!("{} runs were stopped", plain(&answer["stopped"]));
        }
        Living::Rehearse(rehearse) => {
            let body = json!({
                "parameters": object(&rehearse.parameters),
                "at": rehearse.at,
                "days": rehearse.days,
            });
            let path = path(&rehearse.scenario, "rehearse");
            let answer = ask(settings, "POST", &path, Some(&body))?;
            if rehearse.json {
                println!("{answer}");
            } else {
                print!("{}", rehearsed(&answer));
            }
        }
    }
    Ok(())
}

fn object(parameters: &[(String, Json)]) -> Map<String, Json> {
    parameters.iter().cloned().collect()
}

/// The path of a scenario; what is no slug leads nowhere, and the house says so.
fn path(scenario: &str, what: &str) -> String {
    let mut slug = String::new();
    for byte in scenario.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => slug.push(byte.into()),
            other => slug.push_str(&format!("%{other:02X}")),
        }
    }
    format!("/api/scenarios/{slug}/{what}")
}

fn plain(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

fn listed(answer: &Json) -> String {
    let mut text = String::new();
    for scenario in answer["scenarios"].as_array().into_iter().flatten() {
        let off = if scenario["enabled"] == json!(false) {
            " (off)"
        } else {
            ""
        };
        let running = match scenario["running"].as_u64() {
            None | Some(0) => String::new(),
            Some(count) => format!(" ({count} running)"),
        };
        text.push_str(&format!("{}{off}{running}\n", plain(&scenario["slug"])));
        text.push_str(&format!("    {}\n", plain(&scenario["sentence"])));
        for problem in scenario["problems"].as_array().into_iter().flatten() {
            text.push_str(&format!("    problem: {}\n", plain(problem)));
        }
    }
    text
}

fn rehearsed(answer: &Json) -> String {
    let mut text = format!("{}\n", plain(&answer["sentence"]));
    let list = |name: &str| answer[name].as_array().into_iter().flatten();
    for line in list("lines") {
        text.push_str(&format!(
            "{}  {}\n",
            plain(&line["at"]),
            plain(&line["text"])
        ));
    }
    for refusal in list("refusals") {
        text.push_str(&format!("refused: {}\n", plain(&refusal["text"])));
    }
    for (title, name) in [
        ("it would set off", "sets_off"),
        ("a loop", "loops"),
        ("a conflict", "conflicts"),
    ] {
        for one in list(name) {
            text.push_str(&format!("{title}: {}\n", plain(one)));
        }
    }
    match answer["energy"]["kilowatt_hours"].as_f64() {
        Some(energy) => text.push_str(&format!("it would take {energy:.2} kWh\n")),
        None if answer["energy"].is_object() => {
            text.push_str("what it would take was not measured\n")
        }
        None => {}
    }
    if answer["cut"] == json!(true) {
        text.push_str("more would happen than is told here\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{parameter, path};
    use serde_json::json;

    #[test]
    fn parameters_and_paths() {
        assert_eq!(
            parameter("guest_count=12"),
            Ok(("guest_count".into(), json!(12.0)))
        );
        assert_eq!(parameter("music=a=b"), Ok(("music".into(), json!("a=b"))));
        assert_eq!(parameter("on=true"), Ok(("on".into(), json!(true))));
        assert!(parameter("nothing").is_err());
        assert_eq!(
            path("a b/../c", "run"),
            "/api/scenarios/a%20b%2F%2E%2E%2Fc/run"
        );
    }
}
