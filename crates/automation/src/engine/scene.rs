//! Scenes: a named set of values to bring back.

use super::run::{Outcome, Sent};
use super::target::device;
use super::{Effect, Engine};
use crate::document::{Given, ScenarioSlug};
use model::{Capability, Now, RunId, Value};
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
            let mut by_capability: BTreeMap<&str, SceneSetting> = BTreeMap::new();
            for (path, property) in twin.properties.iter() {
                let free =
                    path.property.is_writable() && path.property.safety == model::Safety::Free;
                let value = property
                    .reported
                    .as_ref()
                    .and_then(|reported| reported.value.clone());
                if let (true, Some(value)) = (free, value) {
                    by_capability
                        .entry(path.capability.name)
                        .or_insert_with(|| SceneSetting {
                            device: twin.device.slug.to_string(),
                            capability: path.capability,
                            values: Vec::new(),
                        })
                        .values
                        .push((path.property.name.to_owned(), value));
                }
            }
            settings.extend(by_capability.into_values());
        }
        Self {
            name: name.to_owned(),
            slug: ScenarioSlug::from_name(name),
            settings,
        }
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
                setting.capability,
                "set",
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
