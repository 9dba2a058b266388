//! A discovery message as it came: keys in their long form, topics spelled out, the device apart.

use super::{
    abbreviation,
    payload::text,
    template::{Engine, Template},
};
use serde_json::{Map, Value as Json};

/// The longest topic that MQTT can carry is longer; nobody sane needs more than this.
const MAX_TOPIC: usize = 512;

/// One entity's message.
#[derive(Debug, Clone)]
pub(super) struct Config {
    map: Map<String, Json>,
    base: String,
}

/// What a message says of the device that its entity belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DeviceInfo {
    /// Every id by which it is known; the first is the native id.
    pub(super) ids: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) via: Option<String>,
    pub(super) area: Option<String>,
}

impl Config {
    /// Reads a message. The text of the error is for people.
    pub(super) fn read(json: &Json) -> Result<Self, String> {
        let Json::Object(raw) = json else {
            return Err("the message is not a JSON object".to_owned());
        };
        Ok(Self::of(raw))
    }

    fn of(raw: &Map<String, Json>) -> Self {
        let base = raw.get("~").and_then(Json::as_str).unwrap_or("").to_owned();
        let map = raw
            .iter()
            .map(|(key, value)| (abbreviation::entity_key(key).to_owned(), value.clone()))
            .collect();
        Self { map, base }
    }

    /// The entities of a device-based message, each with what all share; in the order of their keys.
    pub(super) fn components(&self) -> Vec<(String, Self)> {
        let Some(Json::Object(components)) = self.map.get("components") else {
            return Vec::new();
        };
        components
            .iter()
            .filter_map(|(key, component)| {
                let Json::Object(raw) = component else {
                    return None;
                };
                // A component with nothing but its platform was taken away.
                if raw.len() <= 1 {
                    return None;
                }
                let mut own = Self::of(raw);
                if own.base.is_empty() {
                    own.base.clone_from(&self.base);
                }
                for (shared, value) in &self.map {
                    let is_shared =
                        matches!(shared.as_str(), "device" | "origin" | "qos" | "encoding")
                            || shared.starts_with("availability")
                            || matches!(
                                shared.as_str(),
                                "payload_available"
                                    | "payload_not_available"
                                    | "state_topic"
                                    | "command_topic"
                            );
                    if is_shared && !own.map.contains_key(shared) {
                        own.map.insert(shared.clone(), value.clone());
                    }
                }
                Some((key.clone(), own))
            })
            .collect()
    }

    /// Adds what a message's own fields lack.
    pub(super) fn or_insert(&mut self, key: &str, value: &str) {
        self.map
            .entry(key.to_owned())
            .or_insert_with(|| value.into());
    }

    /// The value as it came.
    pub(super) fn json(&self, key: &str) -> Option<&Json> {
        self.map.get(key).filter(|json| !json.is_null())
    }

    /// Whether the key is there at all, even with null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// A text; numbers and truths as Python would print them.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.json(key)? {
            Json::Array(_) | Json::Object(_) => None,
            json => Some(text(json)),
        }
    }

    /// A text of that key, or what stands for it by convention.
    pub(super) fn word(&self, key: &str, default: &str) -> String {
        self.text(key).unwrap_or_else(|| default.to_owned())
    }

    /// A short text for people, without control characters.
    pub(super) fn label(&self, key: &str) -> Option<String> {
        self.text(key).as_deref().and_then(crate::convention::label)
    }

    /// A finite number, written as one or as a text.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let json = self.json(key)?;
        json.as_f64()
            .or_else(|| json.as_str().and_then(|text| text.trim().parse().ok()))
            .filter(|number| number.is_finite())
    }

    /// A truth.
    pub(super) fn flag(&self, key: &str) -> bool {
        match self.json(key) {
            Some(Json::Bool(truth)) => *truth,
            Some(Json::String(text)) => {
                matches!(
                    text.to_ascii_lowercase().as_str(),
                    "true" | "yes" | "on" | "1"
                )
            }
            Some(Json::Number(number)) => number.as_f64() != Some(0.0),
            _ => false,
        }
    }

    /// A list of texts; at most 256 of them.
    pub(super) fn words(&self, key: &str) -> Vec<String> {
        match self.json(key) {
            Some(Json::Array(list)) => list
                .iter()
                .filter(|json| !json.is_array() && !json.is_object())
                .map(text)
                .filter(|word| word.len() <= MAX_TOPIC)
                .take(256)
                .collect(),
            Some(Json::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        }
    }

    /// A topic with its base spelled out. The error's text is for people.
    pub(super) fn topic(&self, key: &str) -> Result<Option<String>, String> {
        match self.json(key) {
            None => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => self.spelled(text).map(Some),
            Some(_) => Err(format!("`{key}` is not a text")),
        }
    }

    fn spelled(&self, text: &str) -> Result<String, String> {
        let topic = if self.base.is_empty() {
            text.to_owned()
        } else if let Some(rest) = text.strip_prefix('~') {
            format!("{}{rest}", self.base)
        } else if let Some(rest) = text.strip_suffix('~') {
            format!("{rest}{}", self.base)
        } else {
            text.to_owned()
        };
        check_topic(&topic)?;
        Ok(topic)
    }

    /// A template. The error's text is for people.
    pub(super) fn template(
        &self,
        key: &str,
        engine: &mut Engine,
    ) -> Result<Option<Template>, String> {
        match self.text(key) {
            None => Ok(None),
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => engine
                .read(&text)
                .map(Some)
                .map_err(|error| format!("`{key}`: {error}")),
        }
    }

    /// The entries of the availability list, or the one of the short form; each as a message of
    /// its own.
    pub(super) fn availability(&self) -> Vec<Self> {
        match self.json("availability") {
            Some(Json::Array(list)) => list
                .iter()
                .filter_map(Json::as_object)
                .take(16)
                .map(|raw| Self {
                    base: self.base.clone(),
                    ..Self::of(raw)
                })
                .collect(),
            _ if self.has("availability_topic") => {
                let mut map = Map::new();
                for (own, listed) in [
                    ("availability_topic", "topic"),
                    ("availability_template", "value_template"),
                    ("payload_available", "payload_available"),
                    ("payload_not_available", "payload_not_available"),
                ] {
                    if let Some(json) = self.json(own) {
                        map.insert(listed.to_owned(), json.clone());
                    }
                }
                vec![Self {
                    map,
                    base: self.base.clone(),
                }]
            }
            _ => Vec::new(),
        }
    }

    /// The device that the entity belongs to.
    pub(super) fn device(&self) -> DeviceInfo {
        let Some(Json::Object(raw)) = self.json("device") else {
            return DeviceInfo::default();
        };
        let map: Map<String, Json> = raw
            .iter()
            .map(|(key, value)| (abbreviation::device_key(key).to_owned(), value.clone()))
            .collect();
        let device = Self {
            map,
            base: String::new(),
        };
        let mut ids = device.words("identifiers");
        if let Some(Json::Array(connections)) = device.json("connections") {
            ids.extend(connections.iter().take(16).filter_map(|connection| {
                let kind = connection.get(0)?.as_str()?;
                let id = connection.get(1)?.as_str()?;
                Some(format!("{kind}:{id}").to_lowercase())
            }));
        }
        ids.retain(|id| !id.is_empty() && id.len() <= MAX_TOPIC);
        ids.truncate(16);
        DeviceInfo {
            ids,
            name: device.label("name"),
            manufacturer: device.label("manufacturer"),
            model: device.label("model").or_else(|| device.label("model_id")),
            via: device.label("via_device"),
            area: device.label("suggested_area"),
        }
    }
}

/// Whether messages can be sent to and expected of exactly this topic.
pub(super) fn check_topic(topic: &str) -> Result<(), String> {
    let shown: String = topic.chars().take(60).collect();
    if topic.len() > MAX_TOPIC {
        Err(format!(
            "the topic `{shown}…` is longer than {MAX_TOPIC} bytes"
        ))
    } else if topic.is_empty() || topic.contains(['+', '#', '\0']) || topic.starts_with('$') {
        Err(format!("`{shown}` is not a plain topic"))
    } else {
        Ok(())
    }
}
