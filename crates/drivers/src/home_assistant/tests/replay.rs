//! A recorded Home Assistant: it answers a request as the real one did, and tells what that one told.

use serde_json::Value as Json;
use std::collections::HashMap;

/// The recording, and how far it has come.
pub(crate) struct Replay {
    lines: Vec<Json>,
    at: usize,
    /// Under which id each subscription was asked for.
    subscribed: HashMap<String, u64>,
}

impl Replay {
    pub(crate) fn new(recording: &str) -> Self {
        let lines = recording
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect();
        Self {
            lines,
            at: 0,
            subscribed: HashMap::new(),
        }
    }

    /// What it sends for a request: its answer as of now, and what it told right after.
    pub(crate) fn answer(&mut self, request: &Json) -> Vec<Json> {
        let id = request["id"].clone();
        let mut plain = request.clone();
        plain.as_object_mut().expect("a request").remove("id");
        let places = || {
            let lines = self.lines.iter().enumerate();
            lines
                .filter(|(_, line)| line["ask"] == plain)
                .map(|(at, _)| at)
        };
        let place = places()
            .rfind(|at| *at <= self.at)
            .or_else(|| places().next());
        let Some(place) = place else {
            let error = serde_json::json!({ "code": "not_recorded", "message": plain.to_string() });
            return vec![
                serde_json::json!({ "id": id, "type": "result", "success": false, "error": error }),
            ];
        };
        if plain["type"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("subscribe"))
        {
            self.subscribed
                .insert(plain.to_string(), id.as_u64().expect("an id"));
        }
        let line = self.lines[place].clone();
        let mut answer = line["answer"].clone();
        answer["id"] = id;
        let mut all = vec![answer];
        all.extend(self.told(&line));
        all
    }

    /// What it tells when somebody else does what the recording has of them; `what` stands in it.
    pub(crate) fn doing(&mut self, what: &str) -> Vec<Json> {
        let place = self
            .lines
            .iter()
            .position(|line| line["do"].to_string().contains(what))
            .unwrap_or_else(|| panic!("nobody does {what}"));
        self.at = place + 1;
        let line = self.lines[place].clone();
        self.told(&line)
    }

    /// A message as it comes to who subscribed to states.
    pub(crate) fn states(&self, event: &Json) -> Json {
        let id = self.subscribed.get(r#"{"type":"subscribe_entities"}"#);
        serde_json::json!({ "id": id, "type": "event", "event": event })
    }

    fn told(&self, line: &Json) -> Vec<Json> {
        let told = line["told"].as_array().cloned().unwrap_or_default();
        told.into_iter()
            .filter_map(|told| {
                let mut message = told["message"].clone();
                message["id"] = (*self.subscribed.get(&told["of"].to_string())?).into();
                Some(message)
            })
            .collect()
    }
}
