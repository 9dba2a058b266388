//! What a house file says: floors, areas, people and devices by their readable names, scenarios and scenes as
//! documents. Pure.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, btree_map::Entry};
use std::path::{Path, PathBuf};

/// What is wished of something, by field.
pub(super) type Fields = Map<String, Json>;

/// A house file, or several as one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    pub(super) floors: BTreeMap<String, Fields>,
    pub(super) areas: BTreeMap<String, Fields>,
    pub(super) people: BTreeMap<String, Fields>,
    pub(super) devices: BTreeMap<String, Fields>,
    pub(super) scenarios: Vec<Json>,
    pub(super) scenes: Vec<Json>,
}

/// Files that cannot be applied: all that is wrong with them.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Wrong(Vec<String>);

/// A kind of thing that is told by fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Floors,
    Areas,
    People,
    Devices,
}

impl Section {
    /// In the order in which they are brought about: each may name those before.
    pub(super) const ALL: [Self; 4] = [Self::Floors, Self::Areas, Self::People, Self::Devices];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Floors => "floors",
            Self::Areas => "areas",
            Self::People => "people",
            Self::Devices => "devices",
        }
    }

    /// The fields that may be told.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Floors => &["name", "level"],
            Self::Areas => &["name", "floor", "neighbours"],
            Self::People => &["name"],
            Self::Devices => &["name", "area", "serves", "aliases", "kind"],
        }
    }

    pub(super) fn of(self, document: &Document) -> &BTreeMap<String, Fields> {
        match self {
            Self::Floors => &document.floors,
            Self::Areas => &document.areas,
            Self::People => &document.people,
            Self::Devices => &document.devices,
        }
    }

    fn of_mut(self, document: &mut Document) -> &mut BTreeMap<String, Fields> {
        match self {
            Self::Floors => &mut document.floors,
            Self::Areas => &mut document.areas,
            Self::People => &mut document.people,
            Self::Devices => &mut document.devices,
        }
    }
}

/// Reads files as one document; nothing may be said twice.
pub(super) fn read(files: &[PathBuf]) -> Result<Document, Wrong> {
    let mut whole = Document::default();
    let mut wrong = Vec::new();
    for path in files {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                wrong.push(format!("{}: it cannot be read: {error}", path.display()));
                continue;
            }
        };
        match parse(&text) {
            Ok(document) => take_in(&mut whole, document, path, &mut wrong),
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    for section in Section::ALL {
        for (key, fields) in section.of(&whole) {
            let known = section.fields();
            for field in fields.keys().filter(|it| !known.contains(&it.as_str())) {
                wrong.push(format!(
                    "{}.{key}: `{field}` is not known here; expected some of {}",
                    section.name(),
                    known.join(", ")
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(whole)
    } else {
        Err(Wrong(wrong))
    }
}

fn parse(text: &str) -> Result<Document, String> {
    // An empty file says nothing, which is no fault.
    let read: Option<Document> = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    Ok(read.unwrap_or_default())
}

fn take_in(whole: &mut Document, document: Document, path: &Path, wrong: &mut Vec<String>) {
    let mut document = document;
    for section in Section::ALL {
        for (key, fields) in std::mem::take(section.of_mut(&mut document)) {
            match section.of_mut(whole).entry(key) {
                Entry::Vacant(place) => {
                    place.insert(fields);
                }
                Entry::Occupied(known) => wrong.push(format!(
                    "{}: {}.{} stands in another file as well; expected it once",
                    path.display(),
                    section.name(),
                    known.key()
                )),
            }
        }
    }
    whole.scenarios.append(&mut document.scenarios);
    whole.scenes.append(&mut document.scenes);
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn a_house_file_is_read() {
        let text = "floors:\n  ground: {name: Ground floor, level: 0}\nareas:\n  kitchen:\n    name: Kitchen\n    \
                    floor: ground\n    neighbours: [hall, garden]\nscenarios:\n  - name: Evening\n    when: [{sun: sunset}]\n";
        let read = parse(text).unwrap();
        assert_eq!(read.floors["ground"]["level"], json!(0));
        assert_eq!(
            read.areas["kitchen"]["neighbours"],
            json!(["hall", "garden"])
        );
        assert_eq!(read.scenarios[0]["when"][0]["sun"], "sunset");
        assert!(parse("").unwrap().floors.is_empty());
    }

    #[test]
    fn what_is_none_is_told_with_its_line() {
        for text in [
            "rooms:\n  kitchen: {}\n",
            "areas:\n  kitchen: [1\n",
            "areas: 5\n",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("line") || error.contains(":1:"), "{error}");
        }
    }
}
