//! Which triggers listen to what: an event that nobody listens to costs one look.

use super::judge::offered;
use super::target::meant;
use crate::document::{Document, ScenarioSlug, TriggerKind};
use model::{DeviceId, Path};
use std::collections::{BTreeSet, HashMap};
use twin::Snapshot;

/// A trigger: its scenario, and its place in the list of triggers.
pub(crate) type Ear = (ScenarioSlug, usize);

/// Who listens to what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) properties: HashMap<(DeviceId, Path), Vec<Ear>>,
    pub(crate) events: HashMap<DeviceId, Vec<Ear>>,
    pub(crate) connectivity: HashMap<DeviceId, Vec<Ear>>,
    pub(crate) notes: HashMap<String, Vec<Ear>>,
    pub(crate) webhooks: HashMap<String, Vec<Ear>>,
    pub(crate) scenarios: HashMap<String, Vec<Ear>>,
    pub(crate) presence: Vec<Ear>,
    pub(crate) modes: Vec<Ear>,
    pub(crate) starts: Vec<Ear>,
    /// Who names which device, in whatever part of it.
    names: HashMap<DeviceId, Vec<ScenarioSlug>>,
    /// What each scenario was entered under, so that forgetting it looks nowhere else.
    entered: HashMap<ScenarioSlug, Entered>,
}

#[derive(Debug, Clone, Default)]
struct Entered {
    names: Vec<DeviceId>,
    properties: Vec<(DeviceId, Path)>,
    devices: Vec<DeviceId>,
    words: Vec<String>,
    elsewhere: bool,
}

impl Index {
    /// Listens for a scenario; what of it leads nowhere, for people.
    pub(crate) fn add(&mut self, document: &Document, house: &Snapshot) -> Vec<String> {
        let slug = &document.slug;
        let mut problems = Vec::new();
        let mut entered = Entered::default();
        for (place, trigger) in document.when.iter().enumerate() {
            let ear = || (slug.clone(), place);
            match &trigger.kind {
                TriggerKind::Property { target, path, .. } => {
                    let found = meant(target, house);
                    problems.extend(found.unknown);
                    let paths: Vec<_> = found
                        .devices
                        .iter()
                        .filter_map(|twin| Some((twin.device.id, offered(twin, *path)?)))
                        .collect();
                    if paths.is_empty() && problems.is_empty() {
                        problems.push(format!("nothing that is meant has {path}"));
                    }
                    for key in paths {
                        self.properties.entry(key).or_default().push(ear());
                        entered.properties.push(key);
                    }
                }
                TriggerKind::Event { target, .. } | TriggerKind::Connectivity { target, .. } => {
                    let found = meant(target, house);
                    if found.devices.is_empty() && found.unknown.is_empty() {
                        problems.push("there is no device of those that are meant".into());
                    }
                    problems.extend(found.unknown);
                    let map = match trigger.kind {
                        TriggerKind::Event { .. } => &mut self.events,
                        _ => &mut self.connectivity,
                    };
                    for twin in found.devices {
                        map.entry(twin.device.id).or_default().push(ear());
                        entered.devices.push(twin.device.id);
                    }
                }
                TriggerKind::Note(kind) => {
                    self.notes.entry(kind.clone()).or_default().push(ear());
                    entered.words.push(kind.clone());
                }
                TriggerKind::Webhook(name) => {
                    self.webhooks.entry(name.clone()).or_default().push(ear());
                    entered.words.push(name.clone());
                }
                TriggerKind::Scenario { scenario, .. } => {
                    let known = ScenarioSlug::parse(scenario)
                        .map_or_else(|| scenario.clone(), |it| it.to_string());
                    self.scenarios.entry(known.clone()).or_default().push(ear());
                    entered.words.push(known);
                }
                TriggerKind::Presence { .. } => {
                    self.presence.push(ear());
                    entered.elsewhere = true;
                }
                TriggerKind::Mode(_) => {
                    self.modes.push(ear());
                    entered.elsewhere = true;
                }
                TriggerKind::Start => {
                    self.starts.push(ear());
                    entered.elsewhere = true;
                }
                TriggerKind::Time { .. } | TriggerKind::Cron(_) | TriggerKind::Sun { .. } => {}
            }
        }
        self.entered.insert(slug.clone(), entered);
        problems
    }

    /// Notes which devices a scenario names.
    pub(crate) fn named(&mut self, slug: &ScenarioSlug, devices: BTreeSet<DeviceId>) {
        let entered = self.entered.entry(slug.clone()).or_default();
        for device in devices {
            self.names.entry(device).or_default().push(slug.clone());
            entered.names.push(device);
        }
    }

    /// The scenarios that name a device.
    pub(crate) fn who_names(&self, device: DeviceId) -> Vec<ScenarioSlug> {
        self.names.get(&device).cloned().unwrap_or_default()
    }

    /// No longer listens for a scenario.
    pub(crate) fn forget(&mut self, slug: &ScenarioSlug) {
        let Some(entered) = self.entered.remove(slug) else {
            return;
        };
        for key in entered.properties {
            leave(&mut self.properties, &key, slug);
        }
        for device in entered.names {
            if let Some(slugs) = self.names.get_mut(&device) {
                slugs.retain(|one| one != slug);
                if slugs.is_empty() {
                    self.names.remove(&device);
                }
            }
        }
        for device in entered.devices {
            leave(&mut self.events, &device, slug);
            leave(&mut self.connectivity, &device, slug);
        }
        for word in entered.words {
            leave(&mut self.notes, &word, slug);
            leave(&mut self.webhooks, &word, slug);
            leave(&mut self.scenarios, &word, slug);
        }
        if entered.elsewhere {
            for list in [&mut self.presence, &mut self.modes, &mut self.starts] {
                list.retain(|(listener, _)| listener != slug);
            }
        }
    }
}

fn leave<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<Ear>>, key: &K, slug: &ScenarioSlug) {
    if let Some(ears) = map.get_mut(key) {
        ears.retain(|(listener, _)| listener != slug);
        if ears.is_empty() {
            map.remove(key);
        }
    }
}
