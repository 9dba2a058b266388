//! `consciousness apply`: the house that runs is brought to what files say. The same files again change nothing.

mod document;
mod plan;

use crate::ask::{CannotAsk, ask};
use crate::settings::Settings;
pub use document::Wrong;
use document::{Document, Section};
use plan::{Standing, Step, plan};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// What is applied.
#[derive(Debug, clap::Args)]
pub struct Apply {
    /// The files, in YAML: see docs/guide/house-as-files.md.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only say what would be done.
    #[arg(long)]
    check: bool,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// What became of one thing.
#[derive(Debug)]
struct Outcome {
    what: String,
    became: String,
    refused: bool,
}

/// Brings the house to what the files say, and prints what was done.
///
/// # Errors
/// When the files are wrong, nobody answers, or something was refused.
pub fn apply(settings: &Settings, wanted: &Apply) -> anyhow::Result<()> {
    let document = document::read(&wanted.files)?;
    let standing = standing(settings, &document)?;
    let mut outcomes = Vec::new();
    for (section, slug, step) in plan(&document, &standing) {
        let what = format!("{}.{slug}", section.name());
        let (became, done) = told(&step, wanted.check);
        let refusal = match step {
            Step::Leave => None,
            Step::Missing => Some(format!(
                "there is no such device; search for it, or adopt it (`{slug}` is its readable name)"
            )),
            Step::Make(_) | Step::Change(_) if wanted.check => None,
            step => perform(settings, section, &slug, step)
                .err()
                .map(|error| error.to_string()),
        };
        outcomes.push(Outcome {
            what,
            refused: refusal.is_some(),
            became: refusal.map_or(became, |why| format!("{done}: {why}")),
        });
    }
    let automated = automate(settings, &document, wanted.check, &mut outcomes);
    // What was done is told, also where the rest could not be asked for.
    print(&outcomes, wanted.json);
    automated?;
    let refused = outcomes.iter().filter(|outcome| outcome.refused).count();
    anyhow::ensure!(
        refused == 0,
        "{refused} of {} could not be brought about",
        outcomes.len()
    );
    Ok(())
}

/// What is said of a step that goes well, and of one that does not.
fn told(step: &Step, check: bool) -> (String, &'static str) {
    match step {
        Step::Leave => ("as it is".to_owned(), ""),
        Step::Missing => (String::new(), "not found"),
        Step::Make(_) if check => ("would be made".to_owned(), ""),
        Step::Make(_) => ("made".to_owned(), "not made"),
        Step::Change(fields) => {
            let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
            let would = if check { "would be changed" } else { "changed" };
            (format!("{would} ({})", fields.join(", ")), "not changed")
        }
    }
}

fn perform(settings: &Settings, section: Section, slug: &str, step: Step) -> Result<(), CannotAsk> {
    let list = format!("/api/{}", section.name());
    match step {
        Step::Make(body) => ask(settings, "POST", &list, Some(&body))?,
        Step::Change(fields) => {
            let body = Json::Object(fields);
            ask(settings, "PATCH", &format!("{list}/{slug}"), Some(&body))?
        }
        Step::Leave | Step::Missing => Json::Null,
    };
    Ok(())
}

/// The house as it is, as far as the document speaks of it.
fn standing(settings: &Settings, document: &Document) -> Result<Standing, CannotAsk> {
    let mut standing = Standing::default();
    for section in Section::ALL {
        if section != Section::Devices {
            let name = section.name();
            let answer = ask(settings, "GET", &format!("/api/{name}"), None)?;
            standing.add(section, &answer[name]);
        }
    }
    let mut cursor = String::new();
    while !document.devices.is_empty() {
        let path = format!("/api/devices?limit=500{cursor}");
        let answer = ask(settings, "GET", &path, None)?;
        standing.add(Section::Devices, &answer["devices"]);
        match answer["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(standing)
}

/// Scenarios and scenes: all of them, or none.
fn automate(
    settings: &Settings,
    document: &Document,
    check: bool,
    outcomes: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    if document.scenarios.is_empty() && document.scenes.is_empty() {
        return Ok(());
    }
    if check {
        for (index, scenario) in document.scenarios.iter().enumerate() {
            let answer = ask(settings, "POST", "/api/automation/check", Some(scenario))?;
            outcomes.push(judged(index, scenario, &answer));
        }
        return Ok(());
    }
    let bundle = json!({"scenarios": document.scenarios, "scenes": document.scenes});
    match ask(
        settings,
        "POST",
        "/api/automation/import?replace=true",
        Some(&bundle),
    ) {
        Ok(answer) => {
            for (list, became) in [
                ("added", "made"),
                ("replaced", "changed"),
                ("left", "as it is"),
            ] {
                let named = answer[list].as_array().into_iter().flatten();
                outcomes.extend(named.filter_map(Json::as_str).map(|name| Outcome {
                    what: name.to_owned(),
                    became: became.to_owned(),
                    refused: false,
                }));
            }
        }
        Err(error @ CannotAsk::Refused { .. }) => outcomes.push(Outcome {
            what: "scenarios and scenes".to_owned(),
            became: format!("none of them taken: {error}"),
            refused: true,
        }),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// What the house says of a scenario that it does not keep.
fn judged(index: usize, scenario: &Json, answer: &Json) -> Outcome {
    let name = scenario["name"]
        .as_str()
        .map_or_else(|| format!("scenarios[{index}]"), str::to_owned);
    let faults = answer["faults"].as_array().into_iter().flatten();
    let faults: Vec<String> = faults
        .map(|fault| {
            let text = |field: &str| fault[field].as_str().unwrap_or_default();
            format!(
                "{}: {}; expected {}",
                text("path"),
                text("message"),
                text("expected")
            )
        })
        .collect();
    Outcome {
        what: name,
        refused: !faults.is_empty(),
        became: if faults.is_empty() {
            answer["sentence"].as_str().unwrap_or("right").to_owned()
        } else {
            faults.join("; ")
        },
    }
}

fn print(outcomes: &[Outcome], json: bool) {
    if json {
        let all: Vec<Json> = outcomes
            .iter()
            .map(|it| json!({"what": it.what, "became": it.became, "refused": it.refused}))
            .collect();
        println!("{}", json!({ "outcomes": all }));
        return;
    }
    for Outcome { what, became, .. } in outcomes {
        println!("{what}: {became}");
    }
}
