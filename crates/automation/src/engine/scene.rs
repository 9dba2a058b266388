//! Scenes: a named set of values to bring back.

use super::run::{Outcome, Sent};
use super::target::device;
use super::{Effect, Engine};
use crate::document::{Fault, Given, ScenarioSlug};
use model::{Capability, Kind, Now, RunId, Value, capability};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use twin::Snapshot;

/// A scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// What people call it.
    pub name: String,
    /// Its unique, stable, readable name.
    pub slug: ScenarioSlug,
    /// What it sets.
    pub settings: Vec<SceneSetting>,
}

/// What a scene sets at one device.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneSetting {
    /// The device's slug, alias or name.
    pub device: String,
    /// On which endpoint of it; 1 is the main one.
    pub endpoint: u16,
    /// The capability.
    pub capability: &'static Capability,
    /// Properties and their values.
    pub values: Vec<(String, Value)>,
}

impl Scene {
    /// What the devices of an area (or of the whole house) are set to now: everything that can be
    /// written freely and is known.
    #[must_use]
    pub fn capture(name: &str, devices: &[String], house: &Snapshot) -> Self {
        let mut settings = Vec::new();
        for reference in devices {
            let Some(twin) = device(house, reference) else {
                continue;
            };
            let mut found: BTreeMap<(u16, &str), SceneSetting> = BTreeMap::new();
            for (path, property) in twin.properties.iter() {
                let free =
                    path.property.is_writable() && path.property.safety == model::Safety::Free;
                let reported = property.reported.as_ref().filter(|it| !it.stale);
                let value = reported.and_then(|reported| reported.value.clone());
                let (true, Some(value)) = (free, value) else {
                    continue;
                };
                // What is off shall come back off: its brightness would switch it on.
                let on = capability::ON_OFF.at(path.endpoint, "on_off");
                let is_off = twin.value(on) == Some(&Value::Bool(false));
                if is_off && path.capability != &capability::ON_OFF {
                    continue;
                }
                found
                    .entry((path.endpoint, path.capability.name))
                    .or_insert_with(|| SceneSetting {
                        device: twin.device.slug.to_string(),
                        endpoint: path.endpoint,
                        capability: path.capability,
                        values: Vec::new(),
                    })
                    .values
                    .push((path.property.name.to_owned(), value));
            }
            settings.extend(found.into_values());
        }
        Self {
            name: name.to_owned(),
            slug: ScenarioSlug::from_name(name),
            settings,
        }
    }
}

/// The fields of a scene as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    slug: Option<String>,
    settings: Vec<WrittenSetting>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSetting {
    device: String,
    #[serde(default = "main_endpoint")]
    endpoint: u16,
    /// Values by `Capability.property`.
    set: BTreeMap<String, Value>,
}

const fn main_endpoint() -> u16 {
    1
}

/// The most settings of a scene.
const SETTINGS: usize = 1_000;

impl Scene {
    /// Reads a scene.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(json: &Json) -> Result<Self, Vec<Fault>> {
        let form = "`name`, and `settings` with `device` and `set`, such as \
                    {\"device\": \"hall_lamp\", \"set\": {\"OnOff.on_off\": true}}";
        let written: Written = serde_json::from_value(json.clone())
            .map_err(|error| vec![Fault::at("", error.to_string(), form)])?;
        let mut faults = Vec::new();
        if written.name.trim().is_empty() || written.name.len() > 200 {
            faults.push(Fault::at(
                "name",
                "it is empty or too long",
                "1 to 200 bytes",
            ));
        }
        if !(1..=SETTINGS).contains(&written.settings.len()) {
            let message = format!("there are {}", written.settings.len());
            faults.push(Fault::at("settings", message, format!("1 to {SETTINGS}")));
        }
        let slug = match &written.slug {
            None => ScenarioSlug::from_name(&written.name),
            Some(text) => ScenarioSlug::parse(text).unwrap_or_else(|| {
                let expected = "1 to 64 of a-z, 0-9 and -, such as `reading-light`";
                faults.push(Fault::at("slug", "it is none", expected));
                ScenarioSlug::from_name(&written.name)
            }),
        };
        let mut settings = Vec::new();
        for (place, setting) in written.settings.into_iter().enumerate() {
            let mut found: BTreeMap<&str, SceneSetting> = BTreeMap::new();
            for (name, value) in setting.set {
                let at = format!("settings[{place}].set");
                match property(&name, &value) {
                    Ok((capability, property)) => found
                        .entry(capability.name)
                        .or_insert_with(|| SceneSetting {
                            device: setting.device.clone(),
                            endpoint: setting.endpoint,
                            capability,
                            values: Vec::new(),
                        })
                        .values
                        .push((property.name.to_owned(), value)),
                    Err((message, expected)) => faults.push(Fault::at(at, message, expected)),
                }
            }
            settings.extend(found.into_values());
        }
        if faults.is_empty() {
            Ok(Self {
                name: written.name,
                slug,
                settings,
            })
        } else {
            faults.truncate(20);
            Err(faults)
        }
    }

    /// The scene in the form in which it is read.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let setting = |setting: &SceneSetting| {
            let set: serde_json::Map<_, _> = setting
                .values
                .iter()
                .map(|(name, value)| {
                    let name = format!("{}.{name}", setting.capability.name);
                    (name, serde_json::to_value(value).unwrap_or_default())
                })
                .collect();
            let mut json = json!({"device": setting.device, "set": set});
            if setting.endpoint != 1 {
                json["endpoint"] = json!(setting.endpoint);
            }
            json
        };
        let settings: Vec<_> = self.settings.iter().map(setting).collect();
        json!({"name": self.name, "slug": self.slug.as_str(), "settings": settings})
    }
}

/// The property that a name means, where it can have this value.
fn property(
    name: &str,
    value: &Value,
) -> Result<(&'static Capability, &'static model::Property), (String, String)> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let (table, property) = name.split_once('.').unwrap_or((name, ""));
    let found = Capability::find(table).and_then(|it| Some((it, it.property(property)?)));
    let Some((capability, property)) = found else {
        return Err((
            format!("`{shown}` is no property"),
            "a property such as `LevelControl.current_level`".into(),
        ));
    };
    if !property.is_writable() || property.safety != model::Safety::Free {
        return Err((
            format!("`{shown}` is nothing that a scene may set"),
            "a property that can be written freely".into(),
        ));
    }
    let fits = match (property.kind, value) {
        (Kind::Bool, Value::Bool(_)) | (Kind::Text, Value::Text(_)) => true,
        (Kind::Number, Value::Number(number)) => number.is_finite(),
        (Kind::Enum(words), Value::Text(word)) => words.is_empty() || words.contains(&&**word),
        _ => false,
    };
    if fits {
        Ok((capability, property))
    } else {
        let expected = match property.kind {
            Kind::Bool => "true or false".to_owned(),
            Kind::Number => "a number".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::Enum(words) => format!("one of {}", words.join(", ")),
        };
        Err((format!("`{shown}` cannot be {value}"), expected))
    }
}

impl Engine {
    /// Adds a scene, or replaces it.
    pub fn put_scene(&mut self, scene: Scene) {
        self.scenes.insert(scene.slug.clone(), scene);
    }

    /// Forgets a scene.
    pub fn remove_scene(&mut self, slug: &ScenarioSlug) -> Option<Scene> {
        self.scenes.remove(slug)
    }

    /// The scenes.
    pub fn scenes(&self) -> impl Iterator<Item = &Scene> {
        self.scenes.values()
    }

    /// Brings a scene back, for a run.
    pub(super) fn scene(
        &mut self,
        id: RunId,
        line: usize,
        name: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let scene = ScenarioSlug::parse(name)
            .and_then(|slug| self.scenes.get(&slug))
            .cloned();
        let Some(scene) = scene else {
            return self.missing(id, line, name, "no scene is called so");
        };
        for setting in scene.settings {
            let Some(twin) = device(house, &setting.device) else {
                self.missing(id, line, &setting.device, "it is not in this house");
                continue;
            };
            let args: Vec<_> = setting
                .values
                .into_iter()
                .map(|(name, value)| (name, Given::Value(value)))
                .collect();
            self.command(
                id,
                line,
                &twin,
                (setting.capability, "set", Some(setting.endpoint)),
                &args,
                now,
                effects,
            );
        }
    }

    /// Notes in a run's trace that something is not there.
    fn missing(&mut self, id: RunId, line: usize, what: &str, note: &str) {
        if let Some(run) = self.runs.get_mut(&id) {
            run.trace[line].requests.push(Sent {
                device: what.to_owned(),
                wish: None,
                outcome: Outcome::Rejected,
                note: Some(note.to_owned()),
            });
        }
    }
}
