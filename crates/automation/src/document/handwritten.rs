//! The short forms that people and older programs write by hand, rewritten into the full one:
//! `{"trigger": {"type": "time", "value": "sunset"}, ...}` and `{"steps": [{"action": ...}]}`.

use super::{Fault, Span};
use serde_json::{Map, Value as Json, json};

/// The document in its full form. What is in its full form already comes back as it is.
pub(super) fn rewritten(json: &Json) -> Result<Json, Vec<Fault>> {
    let Some(map) = json.as_object() else {
        return Ok(json.clone());
    };
    let short = [
        "trigger",
        "triggers",
        "condition",
        "conditions",
        "action",
        "actions",
        "steps",
    ];
    if !short.iter().any(|key| map.contains_key(*key)) {
        return Ok(json.clone());
    }
    let mut faults = Vec::new();
    let mut full = map.clone();
    for (one, many, into, rewrite) in [
        ("trigger", "triggers", "when", trigger as Rewrite),
        ("condition", "conditions", "if", condition),
        ("action", "actions", "then", action),
        ("steps", "step", "then", action),
    ] {
        for key in [one, many] {
            let Some(old) = full.remove(key) else {
                continue;
            };
            if full.contains_key(into) {
                faults.push(Fault::at(
                    key,
                    format!("`{into}` is there as well"),
                    "one of the two",
                ));
                continue;
            }
            let items = match old {
                Json::Array(items) => items,
                Json::Null => Vec::new(),
                one => vec![one],
            };
            let mut rewritten = Vec::new();
            for (place, item) in items.iter().enumerate() {
                match rewrite(item) {
                    Ok(new) => rewritten.push(new),
                    Err((message, expected)) => {
                        let path = if items.len() == 1 {
                            key.to_owned()
                        } else {
                            format!("{key}[{place}]")
                        };
                        faults.push(Fault::at(path, message, expected));
                    }
                }
            }
            full.insert(into.to_owned(), Json::Array(rewritten));
        }
    }
    if faults.is_empty() {
        Ok(Json::Object(full))
    } else {
        Err(faults)
    }
}

/// The type of a short form, its entries, and its `value`.
type Typed<'a> = (&'a str, &'a Map<String, Json>, &'a Json);

type Rewrite = fn(&Json) -> Result<Json, (String, String)>;

fn typed<'a>(json: &'a Json, types: &str) -> Result<Typed<'a>, (String, String)> {
    let map = json.as_object().ok_or_else(|| {
        (
            format!("it is {}", super::decode::shown(json)),
            "an object".to_owned(),
        )
    })?;
    let kind = map.get("type").and_then(Json::as_str).ok_or_else(|| {
        (
            "it has no `type`".to_owned(),
            format!("`type`: one of {types}"),
        )
    })?;
    Ok((kind, map, map.get("value").unwrap_or(&Json::Null)))
}

const TRIGGERS: &str =
    "time, sun, cron, device, property, presence, occupancy, webhook, scenario, mode, start";

fn trigger(json: &Json) -> Result<Json, (String, String)> {
    if json.get("type").is_none() && json.is_object() {
        return Ok(json.clone());
    }
    let (kind, map, value) = typed(json, TRIGGERS)?;
    let text = value.as_str().unwrap_or_default();
    Ok(match kind {
        "time" | "sun" if matches!(text, "sunset" | "sunrise") => {
            with(json!({ "sun": text }), map, &["offset", "days"])
        }
        "time" => with(json!({ "time": value }), map, &["days"]),
        "cron" => json!({ "cron": value }),
        "presence" | "occupancy" => json!({ "presence": who(text)? }),
        "webhook" => json!({ "webhook": value }),
        "scenario" => with(json!({ "scenario": value }), map, &["ended"]),
        "mode" => with(json!({ "mode": value }), map, &["for"]),
        "start" => json!({ "start": true }),
        "device" | "property" => {
            let keys = [
                "device", "property", "area", "to", "from", "above", "below", "for",
            ];
            let mut full = with(json!({}), map, &keys);
            if !value.is_null() {
                full["to"] = value.clone();
            }
            full
        }
        other => return Err(unknown(other, TRIGGERS)),
    })
}

const CONDITIONS: &str = "occupancy, presence, time, mode, device, property, sun, expression";

fn condition(json: &Json) -> Result<Json, (String, String)> {
    if json.get("type").is_none() && json.is_object() {
        return Ok(json.clone());
    }
    let (kind, map, value) = typed(json, CONDITIONS)?;
    let text = value.as_str().unwrap_or_default();
    Ok(match kind {
        "occupancy" | "presence" => json!({ "presence": who(text)? }),
        "time" => with(json!({}), map, &["after", "before", "days"]),
        "mode" => json!({ "mode": value }),
        "sun" => json!({ "sun": value }),
        "expression" => json!({ "expression": value }),
        "device" | "property" => {
            let keys = [
                "device", "property", "area", "is", "is_not", "above", "below",
            ];
            let mut full = with(json!({}), map, &keys);
            if !value.is_null() {
                full["is"] = value.clone();
            }
            full
        }
        other => return Err(unknown(other, CONDITIONS)),
    })
}

const ACTIONS: &str = "scenario, scene, mode, notify, wait, device";

fn action(json: &Json) -> Result<Json, (String, String)> {
    if let Some(verb) = json.get("action") {
        return step(json, verb);
    }
    if json.get("type").is_none() && json.is_object() {
        return Ok(json.clone());
    }
    let (kind, map, value) = typed(json, ACTIONS)?;
    Ok(match kind {
        "scenario" => {
            let mut full = json!({ "scenario": value });
            if let Some(parameters) = map.get("parameters") {
                full["with"] = parameters.clone();
            }
            full
        }
        "scene" | "mode" | "notify" | "wait" => {
            with(json!({ kind: value }), map, &["title", "urgent"])
        }
        "device" => {
            let verb = map.get("command").unwrap_or(&Json::Null);
            step(json, verb)?
        }
        other => return Err(unknown(other, ACTIONS)),
    })
}

/// `{"action": "set_temperature", "device": "main_thermostat", "value": 23, "delay": 0}`
fn step(json: &Json, verb: &Json) -> Result<Json, (String, String)> {
    let Some(map) = json.as_object() else {
        return Err(("it is no object".into(), "an object with `action`".into()));
    };
    let known = [
        "action",
        "type",
        "command",
        "device",
        "area",
        "kind",
        "value",
        "delay",
        "parameters",
    ];
    if let Some(strange) = map.keys().find(|key| !known.contains(&key.as_str())) {
        return Err((
            format!("`{strange}` is not known here"),
            format!("some of {}", known.join(", ")),
        ));
    }
    let mut full = with(
        json!({ "do": verb }),
        map,
        &["device", "area", "kind", "value", "delay"],
    );
    match verb.as_str() {
        Some("wait") => {
            full = json!({ "wait": map.get("value").or_else(|| map.get("delay")) });
        }
        Some("notify") => full = json!({ "notify": map.get("value") }),
        Some("scenario") => full = json!({ "scenario": map.get("value") }),
        Some(_) => {
            // A hand-written target of no device means that all of the kind are meant.
            if let Some(arguments) = map.get("parameters") {
                full["args"] = arguments.clone();
            }
        }
        None => return Err(("it has no `action`".into(), "a text such as turn_on".into())),
    }
    // A delay of nothing is nothing to write down.
    let delay = full.get("delay").and_then(Json::as_f64);
    if delay == Some(0.0)
        && let Some(map) = full.as_object_mut()
    {
        map.remove("delay");
    } else if let Some(seconds) = delay {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "seconds; the decoder bounds them"
        )]
        let span = Span(seconds.round() as i64);
        full["delay"] = json!(span.to_string());
    }
    Ok(full)
}

/// Whose presence the older words mean.
fn who(text: &str) -> Result<&str, (String, String)> {
    Ok(match text {
        "present" | "occupied" | "home" | "somebody" => "anyone",
        "absent" | "empty" | "away" | "unoccupied" => "nobody",
        "" => {
            return Err((
                "it does not say who".into(),
                "present, absent or the name of a person".into(),
            ));
        }
        name => name,
    })
}

fn with(mut full: Json, map: &Map<String, Json>, keys: &[&str]) -> Json {
    for key in keys {
        if let Some(value) = map.get(*key) {
            full[*key] = value.clone();
        }
    }
    full
}

fn unknown(word: &str, known: &str) -> (String, String) {
    let shown: String = word.chars().take(40).collect();
    (
        format!("the type `{shown}` is not known"),
        format!("one of {known}"),
    )
}
