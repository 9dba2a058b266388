//! The names in a scenario that lead nowhere in this house: a rule is never silently dead.

use super::index::Index;
use super::target::{device, meant};
use super::{Engine, Scene};
use crate::document::{Act, Condition, Document, ScenarioSlug, Step, Target, TriggerKind, Whose};
use model::{Connectivity, DeviceId};
use std::collections::BTreeSet;
use twin::Snapshot;

/// Where names lead.
#[derive(Debug, Default)]
pub(super) struct Led {
    /// The names that lead nowhere, for people.
    pub(super) lost: Vec<String>,
    /// The devices that are named one by one.
    pub(super) devices: BTreeSet<DeviceId>,
}

impl Led {
    /// Those that do not answer now, for people.
    pub(super) fn away(&self, house: &Snapshot) -> Vec<String> {
        let named = self.devices.iter().filter_map(|id| house.devices.get(id));
        let away = named.filter(|twin| twin.connectivity == Connectivity::Offline);
        away.map(|twin| format!("{} is offline", twin.device.name))
            .collect()
    }
}

/// The scene of a slug.
type Scenes<'a> = &'a dyn Fn(&ScenarioSlug) -> Option<&'a Scene>;

/// What of a scenario leads nowhere in this house, for people; each once. A name that leads nowhere is
/// no fault of the document: the device may come tomorrow.
#[must_use]
pub fn unknown(document: &Document, scenes: &[Scene], house: &Snapshot) -> Vec<String> {
    let mut led = Led {
        lost: Index::default().add(document, house),
        devices: BTreeSet::new(),
    };
    let find = |slug: &ScenarioSlug| scenes.iter().find(|scene| scene.slug == *slug);
    leads_nowhere(document, &find, house, &mut led);
    let mut lost = led.lost;
    lost.sort();
    lost.dedup();
    lost
}

impl Engine {
    /// Where the names of a scenario's triggers, conditions and steps lead.
    pub(super) fn leads(&self, document: &Document, house: &Snapshot) -> Led {
        let mut led = Led::default();
        for trigger in &document.when {
            if let TriggerKind::Property { target, .. }
            | TriggerKind::Event { target, .. }
            | TriggerKind::Connectivity { target, .. } = &trigger.kind
            {
                let named = target.devices.iter().filter_map(|name| device(house, name));
                // Who waits for a device to go away is not harmed by its being away.
                if !matches!(trigger.kind, TriggerKind::Connectivity { .. }) {
                    led.devices.extend(named.map(|twin| twin.device.id));
                }
            }
        }
        leads_nowhere(document, &|slug| self.scenes.get(slug), house, &mut led);
        led
    }
}

fn leads_nowhere<'a>(document: &Document, scenes: Scenes<'a>, house: &Snapshot, led: &mut Led) {
    condition(&document.condition, house, led);
    lost_in(&document.then, scenes, house, led);
}

fn lost_in<'a>(steps: &[Step], scenes: Scenes<'a>, house: &Snapshot, led: &mut Led) {
    for step in steps {
        match &step.act {
            Act::Command { target, .. } => names(target, house, led),
            Act::Scene(name) => {
                let scene = ScenarioSlug::parse(name).and_then(|slug| scenes(&slug));
                match scene {
                    None => led.lost.push(format!("no scene is called `{name}`")),
                    Some(scene) => led.lost.extend(
                        scene
                            .settings
                            .iter()
                            .filter(|setting| device(house, &setting.device).is_none())
                            .map(|setting| format!("no device is called `{}`", setting.device)),
                    ),
                }
            }
            Act::WaitUntil { condition: of, .. } => condition(of, house, led),
            Act::If {
                condition: of,
                then,
                otherwise,
            } => {
                condition(of, house, led);
                lost_in(then, scenes, house, led);
                lost_in(otherwise, scenes, house, led);
            }
            Act::Repeat {
                condition: of,
                steps,
                ..
            } => {
                condition(of, house, led);
                lost_in(steps, scenes, house, led);
            }
            Act::Parallel(branches) => {
                for branch in branches {
                    lost_in(branch, scenes, house, led);
                }
            }
            Act::Ask {
                person, answers, ..
            } => {
                if let Some(name) = person {
                    known_person(name, house, led);
                }
                for branch in answers.branches() {
                    lost_in(branch, scenes, house, led);
                }
            }
            Act::Notify(_)
            | Act::Wait(_)
            | Act::Scenario { .. }
            | Act::Mode(_)
            | Act::Stop
            | Act::Builtin(_) => {}
        }
    }
}

fn condition(of: &Condition, house: &Snapshot, led: &mut Led) {
    match of {
        Condition::All(all) | Condition::Any(all) => {
            all.iter().for_each(|one| condition(one, house, led));
        }
        Condition::Not(one) => condition(one, house, led),
        Condition::Property { target, .. } => names(target, house, led),
        Condition::Presence {
            whose: Whose::Person(name),
            ..
        } => known_person(name, house, led),
        _ => {}
    }
}

/// Only names are looked at: that no light stands in a room today is no fault.
fn names(target: &Target, house: &Snapshot, led: &mut Led) {
    let is_named = !target.devices.is_empty()
        || !target.areas.is_empty()
        || !target.except.is_empty()
        || target.floor.is_some();
    if is_named {
        led.lost.extend(meant(target, house).unknown);
    }
    let named = target.devices.iter().filter_map(|name| device(house, name));
    led.devices.extend(named.map(|twin| twin.device.id));
}

fn known_person(name: &str, house: &Snapshot, led: &mut Led) {
    if house.person(name).is_none() {
        led.lost.push(format!("nobody is called `{name}`"));
    }
}
