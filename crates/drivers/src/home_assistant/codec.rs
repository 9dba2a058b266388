//! The WebSocket API's messages: what we need of them, and not a byte more.
//!
//! A message is read twice: first who it is for, then its content as what was asked for. So nothing is
//! ever kept of it that nobody wants, however much a hostile peer sends. An element of a list that
//! cannot be read is left out and counted; the rest of the list counts.

use crate::convention::cut_to;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// The longest text that is kept, a little under what a property takes.
pub(super) const MAX_TEXT: usize = 1_000;
/// The longest id of an entity or a device.
pub(super) const MAX_ID: usize = 255;
/// The longest list of words or numbers.
const MAX_LIST: usize = 256;

/// The attributes of states that mean something here; all others are never kept.
const ATTRIBUTES: &[&str] = &[
    "assumed_state",
    "available_modes",
    "away_mode",
    "battery_level",
    "brightness",
    "cloud_coverage",
    "color_mode",
    "color_temp",
    "color_temp_kelvin",
    "current_humidity",
    "current_position",
    "current_temperature",
    "current_tilt_position",
    "device_class",
    "direction",
    "effect",
    "effect_list",
    "event_type",
    "event_types",
    "fan_mode",
    "fan_modes",
    "fan_speed",
    "fan_speed_list",
    "friendly_name",
    "hs_color",
    "humidity",
    "hvac_action",
    "hvac_modes",
    "is_volume_muted",
    "max",
    "max_color_temp_kelvin",
    "max_humidity",
    "max_mireds",
    "max_temp",
    "media_title",
    "min",
    "min_color_temp_kelvin",
    "min_humidity",
    "min_mireds",
    "min_temp",
    "mode",
    "operation_list",
    "operation_mode",
    "options",
    "oscillating",
    "percentage",
    "percentage_step",
    "preset_mode",
    "preset_modes",
    "pressure",
    "pressure_unit",
    "sound_mode",
    "sound_mode_list",
    "source",
    "source_list",
    "state_class",
    "step",
    "supported_color_modes",
    "supported_features",
    "swing_horizontal_mode",
    "swing_horizontal_modes",
    "swing_mode",
    "swing_modes",
    "target_temp_high",
    "target_temp_low",
    "target_temp_step",
    "temperature",
    "temperature_unit",
    "unit_of_measurement",
    "uv_index",
    "volume_level",
    "wind_bearing",
    "wind_gust_speed",
    "wind_speed",
    "wind_speed_unit",
];

/// Those of them that say how a thing is and not what it can do.
const VALUES: &[&str] = &[
    "away_mode",
    "battery_level",
    "brightness",
    "cloud_coverage",
    "color_mode",
    "color_temp",
    "color_temp_kelvin",
    "current_humidity",
    "current_position",
    "current_temperature",
    "current_tilt_position",
    "direction",
    "effect",
    "event_type",
    "fan_mode",
    "fan_speed",
    "hs_color",
    "humidity",
    "hvac_action",
    "is_volume_muted",
    "media_title",
    "operation_mode",
    "oscillating",
    "percentage",
    "preset_mode",
    "pressure",
    "sound_mode",
    "source",
    "swing_horizontal_mode",
    "swing_mode",
    "target_temp_high",
    "target_temp_low",
    "temperature",
    "uv_index",
    "volume_level",
    "wind_bearing",
    "wind_gust_speed",
    "wind_speed",
];

/// What a message is, before its content is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// It wants to know who we are.
    AuthRequired,
    /// It took us.
    AuthOk,
    /// It refuses us.
    AuthInvalid(String),
    /// The answer to a request: whether it succeeded, else why not.
    Result(u64, Result<(), Refusal>),
    /// Something happened that a request subscribed to.
    Event(u64),
    /// A sign of life.
    Pong(u64),
    /// Nothing that we know.
    Other,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Its word for that, such as `unknown_command`.
    pub(super) code: String,
    /// For people.
    pub(super) message: String,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: u64,
    #[serde(default)]
    success: bool,
    #[serde(default, deserialize_with = "text")]
    message: Option<String>,
    #[serde(default)]
    error: Option<Maybe<Fault>>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default, deserialize_with = "text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "text")]
    message: Option<String>,
}

/// Reads what a message is. The error's text is for people.
pub(super) fn head(message: &str) -> Result<Head, String> {
    let envelope: Envelope = serde_json::from_str(message).map_err(shown)?;
    Ok(match envelope.kind.as_str() {
        "auth_required" => Head::AuthRequired,
        "auth_ok" => Head::AuthOk,
        "auth_invalid" => Head::AuthInvalid(envelope.message.unwrap_or_default()),
        "result" if envelope.success => Head::Result(envelope.id, Ok(())),
        "result" => {
            let (code, message) = match envelope.error {
                Some(Maybe::Good(fault)) => (fault.code, fault.message),
                _ => (None, None),
            };
            let refusal = Refusal {
                code: cut_to(&code.unwrap_or_default(), 64),
                message: message
                    .as_deref()
                    .and_then(crate::convention::label)
                    .unwrap_or_else(|| "it gave no reason".to_owned()),
            };
            Head::Result(envelope.id, Err(refusal))
        }
        "event" => Head::Event(envelope.id),
        "pong" => Head::Pong(envelope.id),
        _ => Head::Other,
    })
}

/// Reads the content of an answer. The error's text is for people.
pub(super) fn result<T: DeserializeOwned>(message: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Answer<T> {
        result: T,
    }
    serde_json::from_str::<Answer<T>>(message)
        .map(|answer| answer.result)
        .map_err(shown)
}

/// Reads the content of an event. The error's text is for people.
pub(super) fn event<T: DeserializeOwned>(message: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Happening<T> {
        event: T,
    }
    serde_json::from_str::<Happening<T>>(message)
        .map(|happening| happening.event)
        .map_err(shown)
}

fn shown(error: serde_json::Error) -> String {
    cut_to(&error.to_string(), 200)
}

/// An element that may be anything; what it should be, where it is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Maybe<T> {
    /// As it should be.
    Good(T),
    /// Anything else.
    Bad(IgnoredAny),
}

/// A list of which the elements that cannot be read are only counted.
#[derive(Debug)]
pub(super) struct List<T> {
    pub(super) good: Vec<T>,
    pub(super) bad: u64,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut list = List {
                    good: Vec::new(),
                    bad: 0,
                };
                while let Some(element) = seq.next_element()? {
                    match element {
                        Maybe::Good(element) => list.good.push(element),
                        Maybe::Bad(_) => list.bad += 1,
                    }
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// The installation's own settings.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) unit_system: Option<Maybe<UnitSystem>>,
    /// `RUNNING` when every integration had its turn to start.
    #[serde(default, deserialize_with = "text")]
    pub(super) state: Option<String>,
}

/// The units of values that do not name theirs.
#[derive(Debug, Deserialize)]
pub(super) struct UnitSystem {
    #[serde(default, deserialize_with = "text")]
    pub(super) temperature: Option<String>,
}

/// A room.
#[derive(Debug, Deserialize)]
pub(super) struct Area {
    pub(super) area_id: String,
    pub(super) name: String,
}

/// A device of the registry.
#[derive(Debug, Deserialize)]
pub(super) struct DeviceEntry {
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name_by_user: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) manufacturer: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) model: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) area_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) via_device_id: Option<String>,
}

/// An entity of the registry.
#[derive(Debug, Deserialize)]
pub(super) struct EntityEntry {
    pub(super) entity_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) unique_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) platform: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) device_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) area_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) original_name: Option<String>,
    #[serde(default)]
    pub(super) has_entity_name: bool,
    #[serde(default, deserialize_with = "text")]
    pub(super) entity_category: Option<String>,
}

/// What changed about states: those that came, those that changed, those that are gone.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Changes {
    #[serde(default, rename = "a")]
    pub(super) added: BTreeMap<String, Maybe<Compressed>>,
    #[serde(default, rename = "c")]
    pub(super) changed: BTreeMap<String, Maybe<Difference>>,
    #[serde(default, rename = "r")]
    pub(super) removed: Vec<String>,
}

/// A state, or what is new in it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Compressed {
    #[serde(default, rename = "s", deserialize_with = "text")]
    pub(super) state: Option<String>,
    #[serde(default, rename = "a")]
    pub(super) attributes: Attributes,
}

/// How a state changed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Difference {
    #[serde(default, rename = "+")]
    pub(super) plus: Compressed,
    #[serde(default, rename = "-")]
    pub(super) minus: Lost,
}

/// What a state no longer has.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Lost {
    #[serde(default, rename = "a")]
    pub(super) attributes: Vec<String>,
}

/// A state in full, as installations without compressed ones send it.
#[derive(Debug, Deserialize)]
pub(super) struct Full {
    pub(super) entity_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) attributes: Attributes,
}

/// A change of a state in full.
#[derive(Debug, Deserialize)]
pub(super) struct Changed {
    pub(super) data: ChangedData,
}

/// Which state, and what it is now; `None` where it is gone.
#[derive(Debug, Deserialize)]
pub(super) struct ChangedData {
    pub(super) entity_id: String,
    #[serde(default)]
    pub(super) new_state: Option<Full>,
}

/// The attributes of a state that mean something here.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Attributes(BTreeMap<&'static str, Json>);

impl Attributes {
    /// One of them; `None` also where it is null.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether it is there, be it null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes what is new.
    pub(super) fn merge(&mut self, news: &Self) {
        for (name, value) in &news.0 {
            self.0.insert(name, value.clone());
        }
    }

    /// Takes what says what a thing can do: lists, limits, features, and that a value is there at all.
    /// Whether anything of it was new.
    pub(super) fn remember(&mut self, news: &Self) -> bool {
        let mut grew = false;
        for (name, value) in &news.0 {
            let is_new = match self.0.get(name) {
                None => true,
                Some(known) => known != value && !value.is_null() && !VALUES.contains(name),
            };
            if is_new {
                self.0.insert(name, value.clone());
                grew = true;
            }
        }
        grew
    }

    /// Lets go of one.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl<'de> Visitor<'de> for Wanted {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    match ATTRIBUTES.binary_search(&name.as_str()) {
                        Ok(at) => {
                            attributes.insert(ATTRIBUTES[at], bounded(map.next_value()?));
                        }
                        Err(_) => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Attributes(attributes))
            }
        }
        deserializer.deserialize_map(Wanted)
    }
}

/// A scalar, or a list of scalars, of bounded size; null for anything else.
fn bounded(value: Json) -> Json {
    let scalar = |value: Json| match value {
        Json::String(text) => Json::String(cut_to(&text, MAX_TEXT)),
        Json::Array(_) | Json::Object(_) => Json::Null,
        other => other,
    };
    match value {
        Json::Array(list) => list.into_iter().take(MAX_LIST).map(scalar).collect(),
        other => scalar(other),
    }
}

/// A text, or the number that stands for one; nothing for anything else.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Number(serde_json::Number),
        Other(IgnoredAny),
    }
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) => Some(cut_to(&text, MAX_TEXT)),
        Scalar::Number(number) => Some(number.to_string()),
        Scalar::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        ATTRIBUTES, Changes, Config, EntityEntry, Head, List, Maybe, Refusal, VALUES, head,
    };

    #[test]
    fn attributes_are_in_their_order() {
        assert!(ATTRIBUTES.is_sorted());
        assert!(VALUES.iter().all(|name| ATTRIBUTES.contains(name)));
    }

    #[test]
    fn messages_are_told_apart() {
        let refused = Refusal {
            code: "home_assistant_error".to_owned(),
            message: "no such light".to_owned(),
        };
        let nameless = Refusal {
            code: String::new(),
            message: "it gave no reason".to_owned(),
        };
        for (message, expected) in [
            (
                r#"{"type":"auth_required","ha_version":"2024.3.3"}"#,
                Head::AuthRequired,
            ),
            (r#"{"type":"auth_ok"}"#, Head::AuthOk),
            (
                r#"{"type":"auth_invalid","message":"Invalid access token"}"#,
                Head::AuthInvalid("Invalid access token".to_owned()),
            ),
            (
                r#"{"id":3,"type":"result","success":true,"result":null}"#,
                Head::Result(3, Ok(())),
            ),
            (
                r#"{"id":3,"type":"result","success":false,"error":{"code":"home_assistant_error","message":"no such light"}}"#,
                Head::Result(3, Err(refused)),
            ),
            (
                r#"{"id":3,"type":"result","success":false,"error":7}"#,
                Head::Result(3, Err(nameless)),
            ),
            (
                r#"{"id":4,"type":"event","event":{"a":{}}}"#,
                Head::Event(4),
            ),
            (r#"{"id":5,"type":"pong"}"#, Head::Pong(5)),
            (r#"{"type":"something new","x":[{}]}"#, Head::Other),
        ] {
            assert_eq!(head(message), Ok(expected), "{message}");
        }
        for message in [
            "",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"pong","id":-1}"#,
            "{\"type\":",
        ] {
            assert!(head(message).is_err(), "{message}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_the_rest_counts() {
        let list: List<EntityEntry> = serde_json::from_str(
            r#"[{"entity_id":"light.a","unique_id":17,"platform":null,"new":{}},{"entity_id":4},null,"x",
                {"entity_id":"light.b","has_entity_name":"perhaps"}]"#,
        )
        .expect("a list");
        assert_eq!((list.good.len(), list.bad), (1, 4));
        assert_eq!(list.good[0].unique_id.as_deref(), Some("17"));

        let changes: Changes = serde_json::from_str(
            r#"{"a":{"light.a":{"s":"on","a":{"brightness":12,"secret":"x","hs_color":[1,[2],{}]},"lc":1.5},
                "light.b":7},"c":{"light.c":{"+":{"s":null}}},"r":["light.d"],"z":1}"#,
        )
        .expect("changes");
        let Some(Maybe::Good(state)) = changes.added.get("light.a") else {
            panic!("light.a is missing");
        };
        assert_eq!(
            format!("{:?}", state.attributes),
            r#"Attributes({"brightness": Number(12), "hs_color": Array [Number(1), Null, Null]})"#
        );
        assert!(matches!(changes.added.get("light.b"), Some(Maybe::Bad(_))));
        assert_eq!(changes.removed, ["light.d"]);

        let config: Config =
            serde_json::from_str(r#"{"unit_system":3,"state":"RUNNING"}"#).expect("a config");
        assert!(matches!(config.unit_system, Some(Maybe::Bad(_))));
    }
}
