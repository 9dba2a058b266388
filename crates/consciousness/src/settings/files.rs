//! Settings in files: `.env`, and `config/<ENVIRONMENT>.yaml`.

use super::{Fault, chapters};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// The rows of a `.env` file, and what is wrong with it. A line that cannot be read must not vanish:
/// the default would apply without a word.
pub(super) fn env_file(path: &Path) -> (BTreeMap<String, String>, Vec<Fault>) {
    let fault = |wrong: String| {
        vec![Fault {
            name: ".env",
            value: String::new(),
            wrong,
            example: "\"Hazel House\"; a value with blanks or # stands in quotes",
        }]
    };
    let rows = match dotenvy::from_path_iter(path) {
        Ok(rows) => rows,
        Err(_) if !path.exists() => return (BTreeMap::new(), Vec::new()),
        Err(error) => {
            return (
                BTreeMap::new(),
                fault(format!("it cannot be read: {error}")),
            );
        }
    };
    let mut read = BTreeMap::new();
    let mut broken = Vec::new();
    for (row, number) in rows.zip(1..) {
        match row {
            Ok((name, value)) => {
                read.insert(name, value);
            }
            // The line itself may hold a secret and is not repeated.
            Err(_) if broken.is_empty() => {
                broken = fault(format!("its setting number {number} cannot be read"));
            }
            Err(_) => {}
        }
    }
    (read, broken)
}

/// The rows of `config/<environment>.yaml`, and what is wrong with them.
pub(super) fn yaml_file(
    folder: &Path,
    environment: Option<&str>,
) -> (BTreeMap<String, String>, Vec<Fault>) {
    let name = match environment.map(str::trim) {
        Some(word) if word.eq_ignore_ascii_case("production") => "config/production.yaml",
        _ => "config/development.yaml",
    };
    let text = match std::fs::read_to_string(folder.join(name)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            let wrong = format!("it cannot be read: {error}");
            return (BTreeMap::new(), vec![fault(name, wrong)]);
        }
    };
    match serde_saphyr::from_str::<Option<BTreeMap<String, Json>>>(&text) {
        Ok(rows) => plain(name, rows.unwrap_or_default()),
        Err(error) => {
            // The message shows the lines around, which may hold a secret.
            let place = error.location();
            let place = place.map_or_else(String::new, |at| format!(" (line {})", at.line()));
            let wrong = format!("it is no YAML of settings and their values{place}");
            (BTreeMap::new(), vec![fault(name, wrong)])
        }
    }
}

/// The values as `.env` would have them.
fn plain(
    file: &'static str,
    rows: BTreeMap<String, Json>,
) -> (BTreeMap<String, String>, Vec<Fault>) {
    let known: Vec<&str> = chapters()
        .into_iter()
        .flat_map(|(_, rows)| rows)
        .map(|setting| setting.name)
        .collect();
    let (mut read, mut wrong) = (BTreeMap::new(), Vec::new());
    for (name, value) in rows {
        if !known.contains(&name.as_str()) {
            wrong.push(fault(file, format!("there is no setting `{name}`")));
            continue;
        }
        match text_of(&value) {
            Some(text) => {
                read.insert(name, text);
            }
            None => wrong.push(fault(
                file,
                format!("{name} is neither a value nor a list of values"),
            )),
        }
    }
    (read, wrong)
}

fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some(String::new()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::String(text) => Some(text.clone()),
        Json::Array(all) => {
            let all: Option<Vec<String>> = all.iter().map(text_of).collect();
            Some(all?.join(","))
        }
        Json::Object(_) => None,
    }
}

fn fault(name: &'static str, wrong: String) -> Fault {
    Fault {
        name,
        value: String::new(),
        wrong,
        example: "a line `HOUSE_NAME: Hazel House` in it",
    }
}
