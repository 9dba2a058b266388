//! What is to be done so that the house is as a document says. Pure.

use super::document::{Document, Fields, Section};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The house as it is: each thing by its readable name, and the readable names of ids.
#[derive(Debug, Default)]
pub(super) struct Standing {
    things: BTreeMap<(&'static str, String), Json>,
    slugs: BTreeMap<String, String>,
}

impl Standing {
    /// Takes in what a list of the API says.
    pub(super) fn add(&mut self, section: Section, list: &Json) {
        for thing in list.as_array().into_iter().flatten() {
            if let (Some(id), Some(slug)) = (thing["id"].as_str(), thing["slug"].as_str()) {
                self.slugs.insert(id.to_owned(), slug.to_owned());
                self.things
                    .insert((section.name(), slug.to_owned()), thing.clone());
            }
        }
    }

    /// Whether a field is as it is wished: names stand for ids, and lists have no order.
    fn is_so(&self, now: &Json, wished: &Json) -> bool {
        let plain = |json: &Json| match (json.as_str(), json.get("slug")) {
            (Some(text), _) => json!(self.slugs.get(text).map_or(text, String::as_str)),
            (None, Some(slug)) => slug.clone(),
            (None, None) => json.clone(),
        };
        match (now.as_array(), wished.as_array()) {
            (Some(now), Some(wished)) => {
                let sorted = |list: &[Json]| {
                    let mut all: Vec<String> =
                        list.iter().map(|one| plain(one).to_string()).collect();
                    all.sort();
                    all
                };
                sorted(now) == sorted(wished)
            }
            _ => plain(now) == plain(wished),
        }
    }
}

/// Something to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// It is as it should be.
    Leave,
    /// It is not there.
    Make(Json),
    /// These fields of it differ.
    Change(Fields),
    /// It is not there, and cannot be made from here.
    Missing,
}

/// What is to be done, in order: the section, the name, and the step.
pub(super) fn plan(document: &Document, standing: &Standing) -> Vec<(Section, String, Step)> {
    let mut steps = Vec::new();
    for section in Section::ALL {
        for (slug, wished) in section.of(document) {
            let now = standing.things.get(&(section.name(), slug.clone()));
            let step = match now {
                Some(now) => {
                    let differs = |(field, wish): &(&String, &Json)| {
                        !standing.is_so(now.get(*field).unwrap_or(&Json::Null), wish)
                    };
                    let differing: Fields = wished
                        .iter()
                        .filter(differs)
                        .map(|(field, wish)| (field.clone(), wish.clone()))
                        .collect();
                    if differing.is_empty() {
                        Step::Leave
                    } else {
                        Step::Change(differing)
                    }
                }
                None if section == Section::Devices => Step::Missing,
                None => {
                    let mut made = wished.clone();
                    made.insert("slug".to_owned(), json!(slug));
                    Step::Make(Json::Object(made))
                }
            };
            steps.push((section, slug.clone(), step));
        }
    }
    doorways_last(steps)
}

/// A doorway leads to an area that may be made later: areas are made without, and then get theirs.
fn doorways_last(steps: Vec<(Section, String, Step)>) -> Vec<(Section, String, Step)> {
    let mut ordered = Vec::new();
    let mut doorways = Vec::new();
    for (section, slug, step) in steps {
        if section > Section::Areas {
            ordered.append(&mut doorways);
        }
        let step = match step {
            Step::Make(Json::Object(mut made)) if section == Section::Areas => {
                if let Some(neighbours) = made.remove("neighbours") {
                    let fields = Fields::from_iter([("neighbours".to_owned(), neighbours)]);
                    doorways.push((section, slug.clone(), Step::Change(fields)));
                }
                Step::Make(Json::Object(made))
            }
            step => step,
        };
        ordered.push((section, slug, step));
    }
    ordered.append(&mut doorways);
    ordered
}

#[cfg(test)]
mod tests {
    use super::{Standing, Step, plan};
    use crate::apply::document::{Document, Section};
    use serde_json::json;

    #[test]
    fn only_what_differs_is_done() {
        let mut standing = Standing::default();
        standing.add(
            Section::Floors,
            &json!([{"id": "f1", "slug": "ground", "name": "Ground floor", "level": 0}]),
        );
        standing.add(
            Section::Areas,
            &json!([{"id": "a1", "slug": "kitchen", "name": "Kitchen", "floor": "f1", "neighbours": ["a2"]},
                {"id": "a2", "slug": "hall", "name": "Hall", "floor": null, "neighbours": ["a1"]}]),
        );
        let document: Document = serde_json::from_value(json!({
            "floors": {"ground": {"name": "Ground floor", "level": 0}},
            "areas": {"kitchen": {"floor": "ground", "neighbours": ["hall"]}, "hall": {"floor": "ground"},
                "attic": {"name": "Attic", "neighbours": ["hall"]}},
            "devices": {"lamp": {"area": "hall"}},
        }))
        .unwrap();
        let steps = plan(&document, &standing);
        let step = |slug: &str| -> Vec<&Step> {
            let of = steps.iter().filter(|(_, known, _)| known == slug);
            of.map(|(_, _, step)| step).collect()
        };
        assert_eq!(step("ground"), [&Step::Leave]);
        assert_eq!(step("kitchen"), [&Step::Leave]);
        let floor = json!({"floor": "ground"}).as_object().unwrap().clone();
        assert_eq!(step("hall"), [&Step::Change(floor)]);
        let doorway = json!({"neighbours": ["hall"]}).as_object().unwrap().clone();
        assert_eq!(
            step("attic"),
            [
                &Step::Make(json!({"name": "Attic", "slug": "attic"})),
                &Step::Change(doorway)
            ]
        );
        assert_eq!(step("lamp"), [&Step::Missing]);
        // Doorways come before who may stand behind them.
        assert_eq!(steps.last().unwrap().0, Section::Devices);
    }
}
