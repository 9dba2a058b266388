//! A payload that came, parsed at most once however many entities read it.

use super::template::{Rendered, Step};
use serde_json::Value as Json;
use std::cell::OnceCell;

/// The text of a message, with its JSON when somebody asks for it.
pub(super) struct Payload<'a> {
    text: &'a str,
    json: OnceCell<Option<Json>>,
    jinja: OnceCell<minijinja::Value>,
}

impl<'a> Payload<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            json: OnceCell::new(),
            jinja: OnceCell::new(),
        }
    }

    /// The text as it came.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// The text as JSON; `None` where it is none (serde_json refuses what is nested too deeply).
    pub(super) fn json(&self) -> Option<&Json> {
        self.json
            .get_or_init(|| serde_json::from_str(self.text).ok())
            .as_ref()
    }

    /// The JSON as the template engine has it.
    pub(super) fn jinja(&self) -> minijinja::Value {
        self.jinja
            .get_or_init(|| {
                self.json().map_or(minijinja::Value::UNDEFINED, |json| {
                    minijinja::value::Serde(json).into()
                })
            })
            .clone()
    }

    /// What lies at the end of a walk into the JSON.
    pub(super) fn walk(&self, steps: &[Step]) -> Rendered {
        let mut here = self.json();
        for step in steps {
            here = match step {
                Step::Key(key) => here.and_then(|json| json.get(key.as_ref())),
                Step::Index(index) => here.and_then(|json| json.get(*index)),
            };
        }
        here.map_or(Rendered::Missing, rendered)
    }
}

/// A piece of JSON as Python would print it, which is what payloads are compared with.
pub(super) fn rendered(json: &Json) -> Rendered {
    match json {
        Json::Null => Rendered::Null,
        json => Rendered::Text(text(json)),
    }
}

/// The same, with `None` for null.
pub(super) fn text(json: &Json) -> String {
    match json {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
