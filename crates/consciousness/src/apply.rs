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

/// Brings the house to what the files say, and prints what was done. All of it is judged before anything is
/// changed: it is brought about as a whole, or not at all.
///
/// # Errors
/// When the files are wrong, nobody answers, or something was refused.
pub fn apply(settings: &Settings, wanted: &Apply) -> anyhow::Result<()> {
    let document = document::read(&wanted.files)?;
    let standing = standing(settings, &document)?;
    let steps = plan(&document, &standing);
    let wishes = json!({
        "edits": steps.iter().filter_map(edit).collect::<Vec<Json>>(),
        "scenarios": document.scenarios,
        "scenes": document.scenes,
    });
    let judged = ask(settings, "POST", "/api/configuration/check", Some(&wishes))?;
    let is_right = judged["right"] == true && steps.iter().all(|(.., step)| *step != Step::Missing);
    let would = wanted.check || !is_right;
    let mut outcomes = judge(&steps, &judged, would);
    if !would {
        let answer = ask(settings, "PATCH", "/api/configuration", Some(&wishes));
        outcomes.extend(automated(&answer?, &Json::Null, false));
    } else {
        outcomes.extend(automated(&judged["would"], &judged["scenarios"], true));
    }
    print(&outcomes, wanted.json);
    let refused = outcomes.iter().filter(|outcome| outcome.refused).count();
    anyhow::ensure!(
        is_right,
        "{refused} of {} cannot be brought about: none of them taken",
        outcomes.len()
    );
    Ok(())
}

/// A step as the house takes it; `None` where nothing is to be done, or nothing can be.
fn edit((section, slug, step): &(Section, String, Step)) -> Option<Json> {
    match step {
        Step::Make(fields) => Some(json!({"section": section.name(), "fields": fields})),
        Step::Change(fields) => {
            Some(json!({"section": section.name(), "name": slug, "fields": fields}))
        }
        Step::Leave | Step::Missing => None,
    }
}

/// What becomes of each step, and what is wrong with scenarios and scenes.
fn judge(steps: &[(Section, String, Step)], judged: &Json, would: bool) -> Vec<Outcome> {
    let mut edits = judged["edits"].as_array().into_iter().flatten();
    let mut outcomes = Vec::new();
    for step in steps {
        let what = format!("{}.{}", step.0.name(), step.1);
        let refusal = match &step.2 {
            Step::Missing => Some(format!(
                "not found: there is no such device; search for it, or adopt it (`{}` is its readable name)",
                step.1
            )),
            Step::Leave => None,
            Step::Make(_) | Step::Change(_) => {
                let wrong = edits.next().and_then(Json::as_str);
                wrong.map(|wrong| format!("refused: {wrong}"))
            }
        };
        outcomes.push(Outcome {
            what,
            refused: refusal.is_some(),
            became: refusal.unwrap_or_else(|| told(&step.2, would)),
        });
    }
    let faults = judged["faults"].as_array().into_iter().flatten();
    outcomes.extend(faults.map(|fault| {
        let text = |field: &str| fault[field].as_str().unwrap_or_default();
        let path = match text("path") {
            "" => "scenarios and scenes",
            path => path,
        };
        Outcome {
            what: path.to_owned(),
            became: format!("{}; expected {}", text("message"), text("expected")),
            refused: true,
        }
    }));
    outcomes
}

/// What is said of a step that goes well.
fn told(step: &Step, would: bool) -> String {
    let said = match step {
        Step::Leave => return "as it is".to_owned(),
        Step::Missing => return String::new(),
        Step::Make(_) => "made".to_owned(),
        Step::Change(fields) => {
            let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
            format!("changed ({})", fields.join(", "))
        }
    };
    if would {
        format!("would be {said}")
    } else {
        said
    }
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

/// What becomes of scenarios and scenes; of a scenario that is only judged, what it would do as well.
fn automated(lists: &Json, scenarios: &Json, would: bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (list, became) in [
        ("added", "made"),
        ("replaced", "changed"),
        ("left", "as it is"),
    ] {
        for name in lists[list].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            let mut became = match (would, list) {
                (true, "added" | "replaced") => format!("would be {became}"),
                _ => became.to_owned(),
            };
            let mut known = scenarios.as_array().into_iter().flatten();
            if let Some(scenario) = known.find(|it| it["slug"] == name) {
                let sentence = scenario["sentence"].as_str().unwrap_or_default();
                became = format!("{became}: {sentence}");
                let problems = scenario["problems"].as_array().into_iter().flatten();
                for problem in problems.filter_map(Json::as_str) {
                    became = format!("{became} ({problem})");
                }
            }
            outcomes.push(Outcome {
                what: name.to_owned(),
                became,
                refused: false,
            });
        }
    }
    outcomes
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
