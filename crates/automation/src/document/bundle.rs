//! Several scenarios and scenes in one document: what is exported and imported.

use super::{Document, Fault, read_value, to_json};
use crate::engine::Scene;
use serde_json::{Map, Value as Json, json};

/// The most scenarios, and the most scenes, of a bundle.
const MOST: usize = 1_000;

/// Scenarios and scenes that travel together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// The scenarios.
    pub scenarios: Vec<Document>,
    /// The scenes.
    pub scenes: Vec<Scene>,
}

impl Bundle {
    /// Reads a bundle that is parsed already: an object with `scenarios` and `scenes`.
    ///
    /// # Errors
    /// Every fault of it, with its place.
    pub fn read(json: &Json) -> Result<Self, Vec<Fault>> {
        let form =
            "an object with `scenarios` and `scenes`, as GET /api/automation/export gives it";
        let Some(map) = json.as_object() else {
            return Err(vec![Fault::at("", "it is not an object", form)]);
        };
        let mut faults = Vec::new();
        for key in map.keys() {
            if !matches!(key.as_str(), "scenarios" | "scenes") {
                faults.push(Fault::at(key.as_str(), "it is not known here", form));
            }
        }
        let scenarios = items(map, "scenarios", &mut faults, read_value);
        let scenes = items(map, "scenes", &mut faults, Scene::read);
        twice(
            "scenarios",
            scenarios.iter().map(|one| one.slug.as_str()),
            &mut faults,
        );
        twice(
            "scenes",
            scenes.iter().map(|one| one.slug.as_str()),
            &mut faults,
        );
        if faults.is_empty() {
            Ok(Self { scenarios, scenes })
        } else {
            faults.truncate(20);
            Err(faults)
        }
    }

    /// The bundle in the form in which it is read.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let scenarios: Vec<_> = self.scenarios.iter().map(to_json).collect();
        let scenes: Vec<_> = self.scenes.iter().map(Scene::to_json).collect();
        json!({"scenarios": scenarios, "scenes": scenes})
    }

    /// The same as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(&self.to_json()).unwrap_or_default()
    }
}

fn items<T>(
    map: &Map<String, Json>,
    key: &str,
    faults: &mut Vec<Fault>,
    read: impl Fn(&Json) -> Result<T, Vec<Fault>>,
) -> Vec<T> {
    let list = match map.get(key) {
        None => return Vec::new(),
        Some(Json::Array(list)) if list.len() <= MOST => list,
        Some(_) => {
            faults.push(Fault::at(
                key,
                "it is no list, or too long",
                format!("a list of at most {MOST}"),
            ));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (place, json) in list.iter().enumerate() {
        match read(json) {
            Ok(one) => found.push(one),
            Err(wrong) => faults.extend(wrong.into_iter().map(|fault| {
                let dot = if fault.path.is_empty() { "" } else { "." };
                Fault {
                    path: format!("{key}[{place}]{dot}{}", fault.path),
                    ..fault
                }
            })),
        }
    }
    found
}

fn twice<'a>(key: &str, slugs: impl Iterator<Item = &'a str>, faults: &mut Vec<Fault>) {
    let mut seen = std::collections::HashSet::new();
    for slug in slugs {
        if !seen.insert(slug) {
            faults.push(Fault::at(
                key,
                format!("`{slug}` stands twice"),
                "each once",
            ));
        }
    }
}
