//! What the house was set up as, and what changed of it, in words. Pure, but for the reading.

use model::{Cause, Timestamp};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use store::{Store, StoreError, Version, VersionChange};

/// What the house was set up as at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Since when that is kept; a moment before that is not known.
    pub began: Timestamp,
    /// Every part as it was; `None` where the moment lies before.
    pub parts: Option<Vec<Version>>,
}

/// A change of the set-up, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigurationChange {
    /// Its number, which rises.
    pub row: i64,
    /// `floor`, `area`, `person`, `device`, `constraint` or `setting`.
    pub part: String,
    /// Its id; the slug of a constraint, the name of a setting.
    pub id: String,
    /// What it was called after it, or before it was gone.
    pub name: String,
    /// When, in house time.
    pub at: Timestamp,
    /// Who did it, and why.
    pub cause: Cause,
    /// What became of it, for people.
    pub what: Vec<String>,
    /// As it was before; `None`: it is new.
    pub before: Option<Json>,
    /// As it was from then on; `None`: it is gone.
    pub after: Option<Json>,
}

/// What the house was set up as at a moment.
///
/// # Errors
/// When the database cannot be read.
pub async fn configuration(store: &Store, at: Timestamp) -> Result<Configuration, StoreError> {
    let began = store.configuration_began().await?;
    let parts = match at < began {
        true => None,
        false => Some(store.configuration_at(at).await?),
    };
    Ok(Configuration { began, parts })
}

/// What changed in a stretch of time, the newest first; with `before` only what has a lower number. With
/// the number before which the next page begins, where there is one: of a page of `limit` that was read
/// fewer may be worth telling.
///
/// # Errors
/// When the database cannot be read.
pub async fn configuration_changes(
    store: &Store,
    (from, to): (Timestamp, Timestamp),
    before: Option<i64>,
    limit: usize,
) -> Result<(Vec<ConfigurationChange>, Option<i64>), StoreError> {
    let found = store.configuration_changes(from, to, before, limit).await?;
    let next = found.last().filter(|_| found.len() == limit);
    let next = next.map(|change| change.row);
    let places = place_names(&store.configuration_at(to).await?, &found);
    let told = found.into_iter().filter_map(|change| told(change, &places));
    Ok((told.collect(), next))
}

/// What areas and floors are called, by their ids: as they are, or as they were before they were gone.
fn place_names(now: &[Version], changes: &[VersionChange]) -> HashMap<String, String> {
    let bodies = |change: &'_ VersionChange| {
        [change.before.clone(), change.after.body.clone()].map(|body| (change.after.clone(), body))
    };
    let old = changes.iter().flat_map(bodies);
    let new = now
        .iter()
        .map(|version| (version.clone(), version.body.clone()));
    old.chain(new)
        .filter(|(version, _)| version.part == "area" || version.part == "floor")
        .filter_map(|(version, body)| Some((version.id, text(body.as_ref()?, "name")?)))
        .collect()
}

fn text(body: &Json, field: &str) -> Option<String> {
    body.get(field)?.as_str().map(str::to_owned)
}

/// The name of a part; a setting has its own.
#[must_use]
pub fn part_name(part: &str, id: &str, body: Option<&Json>) -> String {
    match (part, id) {
        ("setting", "house_name") => "The house's name".to_owned(),
        ("setting", "personality") => "How the house talks".to_owned(),
        ("setting", "site") => "Where the house stands".to_owned(),
        _ => body
            .and_then(|body| text(body, "name"))
            .unwrap_or_else(|| id.to_owned()),
    }
}

fn told(change: VersionChange, places: &HashMap<String, String>) -> Option<ConfigurationChange> {
    let VersionChange { row, after, before } = change;
    let what = match (&before, &after.body) {
        (None, Some(_)) if after.part == "setting" => vec!["it was chosen".to_owned()],
        (None, Some(_)) => vec!["it was added".to_owned()],
        (_, None) if after.part == "setting" => vec!["it is no longer chosen".to_owned()],
        (_, None) => vec!["it was removed".to_owned()],
        (Some(old), Some(new)) => differences(old, new, places),
    };
    if what.is_empty() {
        return None;
    }
    let name = part_name(
        &after.part,
        &after.id,
        after.body.as_ref().or(before.as_ref()),
    );
    Some(ConfigurationChange {
        row,
        part: after.part,
        id: after.id,
        name,
        at: after.at,
        cause: after.cause,
        what,
        before,
        after: after.body,
    })
}

/// What is otherwise, for people.
fn differences(old: &Json, new: &Json, places: &HashMap<String, String>) -> Vec<String> {
    let (Json::Object(old), Json::Object(new)) = (old, new) else {
        return if old == new {
            Vec::new()
        } else {
            vec![format!("it is {} now, before {}", plain(new), plain(old))]
        };
    };
    let mut fields: Vec<&String> = old.keys().chain(new.keys()).collect();
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .filter_map(|field| difference(field, old, new, places))
        .collect()
}

fn difference(
    field: &str,
    old: &Map<String, Json>,
    new: &Map<String, Json>,
    places: &HashMap<String, String>,
) -> Option<String> {
    let (before, after) = (
        old.get(field).unwrap_or(&Json::Null),
        new.get(field).unwrap_or(&Json::Null),
    );
    if before == after {
        return None;
    }
    let place = |id: &Json| match id.as_str() {
        Some(id) => places
            .get(id)
            .cloned()
            .unwrap_or_else(|| "a room that is gone".to_owned()),
        None => "no room".to_owned(),
    };
    Some(match field {
        "name" => format!(
            "it is called “{}” now, before “{}”",
            plain(after),
            plain(before)
        ),
        "area" => format!(
            "it stands in {} now, before in {}",
            place(after),
            place(before)
        ),
        "floor" => format!("it is on {} now, before on {}", place(after), place(before))
            .replace("no room", "no floor"),
        "neighbours" => {
            let names = |list: &Json| -> String {
                let names: Vec<String> = list.as_array().into_iter().flatten().map(place).collect();
                if names.is_empty() {
                    "nowhere".to_owned()
                } else {
                    names.join(", ")
                }
            };
            format!(
                "its doorways lead to {} now, before to {}",
                names(after),
                names(before)
            )
        }
        "serves" => {
            let names = |list: &Json| -> String {
                let names: Vec<String> = list.as_array().into_iter().flatten().map(place).collect();
                if names.is_empty() {
                    "no other room".to_owned()
                } else {
                    names.join(", ")
                }
            };
            format!("it serves {} now, before {}", names(after), names(before))
        }
        // What an older house did not write down is no change.
        "preferences" if before.is_null() => return None,
        "enabled" => if after == &Json::Bool(true) {
            "it was switched on"
        } else {
            "it was switched off"
        }
        .to_owned(),
        _ if is_plain(before) && is_plain(after) => format!(
            "its {} is {} now, before {}",
            field.replace('_', " "),
            plain(after),
            plain(before)
        ),
        _ => format!("its {} changed", field.replace('_', " ")),
    })
}

fn is_plain(value: &Json) -> bool {
    !value.is_object() && !value.is_array()
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;
    use std::collections::HashMap;

    #[test]
    fn differences_are_told() {
        let places = HashMap::from([
            ("1".to_owned(), "Hall".to_owned()),
            ("2".to_owned(), "Den".to_owned()),
        ]);
        let old = json!({"name": "Lamp", "area": "1", "aliases": [], "kind": "light", "preferences": null});
        let new = json!({"name": "Reading lamp", "area": "2", "aliases": ["x"], "kind": "switch", "preferences": {}});
        assert_eq!(
            differences(&old, &new, &places),
            [
                "its aliases changed",
                "it stands in Den now, before in Hall",
                "its kind is switch now, before light",
                "it is called “Reading lamp” now, before “Lamp”",
            ]
        );
        assert_eq!(differences(&old, &old, &places), Vec::<String>::new());
        let gone = json!({"name": "Lamp", "area": "9", "aliases": [], "kind": "light", "preferences": null});
        assert_eq!(
            differences(&gone, &old, &places),
            ["it stands in Hall now, before in a room that is gone"]
        );
        assert_eq!(
            differences(&json!("Home"), &json!("Hazel House"), &places),
            ["it is Hazel House now, before Home"]
        );
    }
}
