//! Hostile text in every field that takes text, and in every part of a path: it is data or it is refused.
//!
//! The fields are those of the API's own description, so that a new one is tried from its first day.

use crate::support::{PATIENCE, Server, has, house, shell};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::Path;

/// What stands in a body where the sample comes in; the sample is put in as text, so that it need not be JSON
/// that this test's own library would write.
const HERE: &str = "@here@";

/// How deep a body is built.
const DEEP: usize = 6;

/// What is tried: a name, and the sample as it stands between the quotes of JSON.
fn samples() -> Vec<(&'static str, String)> {
    let plain = [
        ("sql", "'; DROP TABLE devices; --"),
        ("sql of two quotes", "\" OR \"\"=\""),
        ("full-text search", "NEAR(\"a* OR AND NOT ^ : ( )"),
        ("like", "%_%\\%"),
        (
            "html",
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
        ),
        ("log", "name\r\n2026-01-01T00:00:00Z ERROR made up\r\n"),
        ("header", "x\r\nSet-Cookie: owned=1\r\n\r\n<html>"),
        (
            "template",
            "{{7*7}}${7*7}<%= 7*7 %>{% for x in range(99999999) %}x{% endfor %}",
        ),
        ("format", "%s%n%x{0}{}"),
        ("path", "../../../../etc/passwd"),
        ("path of Windows", "..\\..\\windows\\win.ini"),
        (
            "shell",
            "$(touch owned)`touch owned`;touch owned|touch owned",
        ),
        (
            "entity",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
        ),
        ("right to left", "\u{202e}gnp.exe\u{2066}\u{200f}"),
        (
            "control",
            "a\u{0}b\u{1}\u{7}\u{8}\u{1b}[2J\u{7f}\u{85}\u{2028}",
        ),
        ("four bytes", "👨‍👩‍👧‍👦𝕏\u{10ffff}"),
        ("combining", "Z\u{310}\u{310}\u{310}\u{310}\u{489}"),
        ("no character", "\u{fffe}\u{feff}\u{fffd}"),
        ("empty", ""),
        ("blank", " \t\u{a0}\u{3000}"),
        ("number", "-1e999"),
        ("null", "null"),
        ("prototype", "__proto__"),
        ("address", "http://169.254.169.254/latest/meta-data/"),
    ];
    let mut all: Vec<_> = plain
        .into_iter()
        .map(|(name, text)| {
            let quoted = Value::from(text).to_string();
            (name, quoted[1..quoted.len() - 1].to_owned())
        })
        .collect();
    all.push(("half a pair", r"\ud800".to_owned()));
    all.push(("a pair the wrong way", r"\udc00\ud800".to_owned()));
    all.push(("huge", "A".repeat(100_000)));
    all
}

/// The description, and what is known of this house for its paths.
struct Described {
    document: Value,
    known: BTreeMap<String, String>,
}

impl Described {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        while let Some(place) = schema["$ref"].as_str() {
            schema = self.document.pointer(&place[1..]).unwrap();
        }
        schema
    }

    /// The ways in which a schema may be met, but for `null`.
    fn ways<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        for key in ["oneOf", "anyOf"] {
            if let Some(ways) = schema[key].as_array() {
                return ways.iter().flat_map(|way| self.ways(way)).collect();
            }
        }
        if schema["type"] == "null" {
            Vec::new()
        } else {
            vec![schema]
        }
    }

    fn is(schema: &Value, kind: &str) -> bool {
        let of = &schema["type"];
        of == kind
            || of
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it == kind))
    }

    /// A small value of a schema, with what it must have.
    fn plain(&self, schema: &Value, deep: usize) -> Value {
        let Some(schema) = self.ways(schema).into_iter().next() else {
            return Value::Null;
        };
        for key in ["const", "example", "default"] {
            if let Some(value) = schema.get(key) {
                return value.clone();
            }
        }
        if let Some(first) = schema["enum"].get(0).or(schema["examples"].get(0)) {
            return first.clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = Map::new();
            for part in parts {
                if let Value::Object(part) = self.plain(part, deep) {
                    whole.extend(part);
                }
            }
            return whole.into();
        }
        if Self::is(schema, "object") || schema.get("properties").is_some() {
            let mut object = Map::new();
            let must = schema["required"].as_array().cloned().unwrap_or_default();
            for name in must.iter().filter_map(Value::as_str) {
                if deep > 0 {
                    let value = self.plain(&schema["properties"][name], deep - 1);
                    object.insert(name.to_owned(), value);
                }
            }
            return object.into();
        }
        if Self::is(schema, "array") {
            return json!([]);
        }
        if Self::is(schema, "string") {
            return "text".into();
        }
        if Self::is(schema, "integer") || Self::is(schema, "number") {
            return schema.get("minimum").cloned().unwrap_or(json!(1));
        }
        json!(true)
    }

    /// Every body in which one text is [`HERE`] and all else is plain.
    fn bodies(&self, schema: &Value, deep: usize) -> Vec<Value> {
        if deep == 0 {
            return Vec::new();
        }
        let mut bodies = Vec::new();
        for way in self.ways(schema) {
            // What takes anything takes a text.
            let anything = way.as_object().is_some_and(|it| {
                it.get("type").is_none()
                    && it.get("properties").is_none()
                    && it.get("allOf").is_none()
                    && it.get("enum").is_none()
                    && it.get("const").is_none()
            });
            if anything || Self::is(way, "string") {
                bodies.push(json!(HERE));
            }
            for part in way["allOf"].as_array().into_iter().flatten() {
                let whole = self.plain(way, deep);
                for body in self.bodies(part, deep) {
                    bodies.push(join(&whole, body));
                }
            }
            if let Some(properties) = way["properties"].as_object() {
                let whole = self.plain(way, deep);
                for (name, property) in properties {
                    for body in self.bodies(property, deep - 1) {
                        bodies.push(join(&whole, json!({ name: body })));
                    }
                }
            }
            if Self::is(way, "array") {
                let items = self.bodies(&way["items"], deep - 1);
                bodies.extend(items.into_iter().map(|item| json!([item])));
            }
            let more = &way["additionalProperties"];
            if more.is_object() || *more == true {
                bodies.push(json!({HERE: self.plain(more, deep - 1)}));
                let values = self.bodies(more, deep - 1);
                bodies.extend(values.into_iter().map(|value| json!({"on": value})));
            }
        }
        bodies
    }

    /// A path with something known in each place, or with the sample in the place of this index.
    fn path(&self, path: &str, sample: Option<(usize, &str)>) -> String {
        let mut index = 0;
        let parts = path.split('/').map(|part| {
            let Some(name) = part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
                return part.to_owned();
            };
            index += 1;
            match sample {
                Some((place, text)) if place == index - 1 => text.to_owned(),
                _ => self
                    .known
                    .get(name)
                    .map_or("nobody", String::as_str)
                    .to_owned(),
            }
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

fn join(whole: &Value, part: Value) -> Value {
    let (Value::Object(whole), Value::Object(part)) = (whole, &part) else {
        return part;
    };
    let mut whole = whole.clone();
    whole.extend(part.clone());
    whole.into()
}

/// Each byte as an escape of a path.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The tables; the database's own statistics come and go with its upkeep.
const SCHEMA: &str =
    "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name";

/// What is asked of one answer.
async fn answered(answer: reqwest::Response, what: &str) -> (u16, Value) {
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let kind = headers
        .get("content-type")
        .map(|kind| kind.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let text = answer.text().await.unwrap();
    assert!(status < 500, "{what}: {status} {text}");
    // Who signs in gets the house's own cookie; no text makes another.
    for cookie in headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(
            cookie.starts_with("consciousness_session=") && !cookie.contains("evil"),
            "{what}: {cookie}"
        );
    }
    assert!(
        !kind.contains("html") || !text.contains("alert(1)"),
        "{what}: {kind} {text}"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
    if kind.starts_with("application/json") && !text.is_empty() {
        let value = serde_json::from_str(&text);
        return (
            status,
            value.unwrap_or_else(|_| panic!("{what}: no JSON: {text}")),
        );
    }
    (status, Value::String(text))
}

/// Where the sample stood: names from the outside inwards.
fn place(body: &Value) -> Vec<String> {
    match body {
        Value::Object(object) => object
            .iter()
            .find(|(_, value)| value.to_string().contains(HERE))
            .map(|(name, value)| {
                let mut names = vec![name.clone()];
                names.extend(place(value));
                names
            })
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

async fn first(server: &Server, path: &str, list: &str, name: &str) -> Option<String> {
    let (_, answer) = server.get(path).await;
    Some(answer[list].get(0)?[name].as_str()?.to_owned())
}

#[tokio::test]
async fn hostile_text_in_every_field_is_data_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("studio")],
        &[],
    );
    let many = |answer: &Value| {
        answer["devices"]
            .as_array()
            .is_some_and(|all| all.len() > 5)
    };
    server.until("/api/devices", many).await;
    let (_, document) = server.get("/openapi.json").await;
    let mut known = BTreeMap::new();
    for (parameter, path, list, name) in [
        ("device", "/api/devices", "devices", "id"),
        ("area", "/api/areas", "areas", "id"),
        ("floor", "/api/floors", "floors", "id"),
        ("person", "/api/people", "people", "id"),
        ("scenario", "/api/scenarios", "scenarios", "slug"),
        ("rule", "/api/automation/rules", "rules", "slug"),
        ("scene", "/api/scenes", "scenes", "slug"),
        (
            "constraint",
            "/api/automation/constraints",
            "constraints",
            "slug",
        ),
    ] {
        if let Some(slug) = first(&server, path, list, name).await {
            known.insert(parameter.to_owned(), slug);
        }
    }
    assert!(
        known.contains_key("device") && known.contains_key("area"),
        "{known:?}"
    );
    let (_, said) = server
        .send(
            Method::POST,
            "/api/memory",
            &json!({"text": "The key hangs in the hall"}),
        )
        .await;
    if let Some(id) = said["id"].as_str() {
        known.insert("memory".to_owned(), id.to_owned());
    }
    let described = Described { document, known };
    let tables =
        has("sqlite3").then(|| shell(folder.path(), "sqlite3", &["consciousness.db", SCHEMA]));
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let samples = samples();

    let (mut fields, mut places, mut kept) = (0, 0, 0);
    for (path, operations) in described.document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            // A socket is asked for in another way; a search of the house takes its half minute.
            if matches!(path.as_str(), "/api/live" | "/docs/{rest}") {
                continue;
            }
            for index in 0..path.matches('{').count() {
                places += 1;
                for (name, sample) in &samples {
                    let text = serde_json::from_str::<String>(&format!("\"{sample}\""));
                    let Some(text) = text.ok().filter(|text| text.len() < 2_000) else {
                        continue;
                    };
                    // Nothing names another resource, and a dot or nothing would be another path.
                    let target = described.path(path, Some((index, &escaped(&text))));
                    let request = http
                        .request(method.clone(), format!("{}{target}", server.url))
                        .json(&json!({}));
                    let what = format!("{method} {path}, place {index}, {name}");
                    // What a sample was kept as may be found by it, and removed.
                    answered(request.send().await.unwrap(), &what).await;
                }
            }
            let Some(content) = operation["requestBody"]["content"].as_object() else {
                continue;
            };
            let target = format!("{}{}", server.url, described.path(path, None));
            for (kind, content) in content {
                for body in described.bodies(&content["schema"], DEEP) {
                    fields += 1;
                    let place = place(&body);
                    for (name, sample) in &samples {
                        let text = if kind == "application/json" {
                            body.to_string().replace(HERE, sample)
                        } else {
                            sample.clone()
                        };
                        let request = http
                            .request(method.clone(), &target)
                            .header("content-type", kind)
                            .body(text);
                        let what = format!("{method} {path}, {place:?}, {name}");
                        let (status, answer) = answered(request.send().await.unwrap(), &what).await;
                        let [field] = place.as_slice() else {
                            continue;
                        };
                        let wanted = serde_json::from_str::<String>(&format!("\"{sample}\""));
                        let (Ok(wanted), Some(got)) = (wanted, answer[field].as_str()) else {
                            continue;
                        };
                        // What is a name for something known is answered with what is known.
                        if (200..300).contains(&status)
                            && method != Method::GET
                            && matches!(field.as_str(), "name" | "text" | "note")
                        {
                            kept += 1;
                            assert_eq!(got.trim(), wanted.trim(), "{what}: kept as something else");
                        }
                    }
                }
            }
            // A maintenance that one of these began would have the others refused.
            server
                .send(Method::DELETE, "/api/maintenance", &Value::Null)
                .await;
        }
    }
    println!(
        "{fields} fields and {places} places in paths, {} samples each; {kept} texts read back",
        samples.len()
    );
    assert!(
        fields > 100 && places > 50 && kept > 20,
        "{fields} {places} {kept}"
    );
    // All that was kept is read again by what lists it.
    for path in described.document["paths"].as_object().unwrap().keys() {
        if !path.contains('{') && path.starts_with("/api/") && path != "/api/live" {
            let request = http.get(format!("{}{path}", server.url));
            answered(request.send().await.unwrap(), path).await;
        }
    }
    // A part that had no time to answer meanwhile is well again.
    server
        .until("/health", |health| health["status"] == "ok")
        .await;
    let (_, devices) = server.get("/api/devices?limit=500").await;
    assert_eq!(server.end(), Some(0));
    check_logs(folder.path());
    assert!(!folder.path().join("owned").exists());
    if let Some(tables) = tables {
        let now = shell(folder.path(), "sqlite3", &["consciousness.db", SCHEMA]);
        assert_eq!(tables, now);
        let sound = shell(
            folder.path(),
            "sqlite3",
            &["consciousness.db", "PRAGMA integrity_check"],
        );
        assert_eq!(sound.trim(), "ok");
    }
    // It all loads again.
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("studio")],
        &[],
    );
    let (_, again) = server.get("/api/devices?limit=500").await;
    let names = |list: &Value| {
        let all = list["devices"].as_array().unwrap().iter();
        all.map(|it| (it["slug"].clone(), it["name"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&again), names(&devices));
    assert_eq!(server.end(), Some(0));
}

/// Every line of a log is one that the house began.
fn check_logs(folder: &Path) {
    let mut lines = 0;
    for (name, is_begun) in [
        ("consciousness.log", begins_with_time as fn(&str) -> bool),
        ("security.log", begins_with_time),
        ("access.log", |line| line.starts_with("127.0.0.1 ")),
    ] {
        let log = read_to_string(folder.join("logs").join(name)).unwrap_or_default();
        for line in log.lines() {
            lines += 1;
            assert!(is_begun(line), "{name}: {line:?}");
            assert!(
                !line.contains('\u{1b}') && !line.contains('\r'),
                "{name}: {line:?}"
            );
        }
    }
    assert!(lines > 1_000, "{lines}");
}

fn begins_with_time(line: &str) -> bool {
    let mut marks = line.bytes();
    let shape: String = (&mut marks)
        .take(20)
        .map(|it| {
            if it.is_ascii_digit() {
                '0'
            } else {
                char::from(it)
            }
        })
        .collect();
    shape == "0000-00-00T00:00:00."
}
