//! The names in a scenario that lead nowhere in this house: a rule is never silently dead.

use super::index::Index;
use super::target::{device, meant};
use super::{Engine, Scene};
use crate::document::{Act, Condition, Document, ScenarioSlug, Step, Target, Whose};
use twin::Snapshot;

/// The scene of a slug.
type Scenes<'a> = &'a dyn Fn(&ScenarioSlug) -> Option<&'a Scene>;

/// What of a scenario leads nowhere in this house, for people; each once. A name that leads nowhere is
/// no fault of the document: the device may come tomorrow.
#[must_use]
pub fn unknown(document: &Document, scenes: &[Scene], house: &Snapshot) -> Vec<String> {
    let mut lost = Index::default().add(document, house);
    let find = |slug: &ScenarioSlug| scenes.iter().find(|scene| scene.slug == *slug);
    leads_nowhere(document, &find, house, &mut lost);
    lost.sort();
    lost.dedup();
    lost
}

impl Engine {
    /// What of a scenario's conditions and steps leads nowhere, for people.
    pub(super) fn leads_nowhere(&self, document: &Document, house: &Snapshot) -> Vec<String> {
        let mut lost = Vec::new();
        leads_nowhere(document, &|slug| self.scenes.get(slug), house, &mut lost);
        lost
    }
}

fn leads_nowhere<'a>(
    document: &Document,
    scenes: Scenes<'a>,
    house: &Snapshot,
    lost: &mut Vec<String>,
) {
    condition(&document.condition, house, lost);
    lost_in(&document.then, scenes, house, lost);
}

fn lost_in<'a>(steps: &[Step], scenes: Scenes<'a>, house: &Snapshot, lost: &mut Vec<String>) {
    for step in steps {
        match &step.act {
            Act::Command { target, .. } => names(target, house, lost),
            Act::Scene(name) => {
                let scene = ScenarioSlug::parse(name).and_then(|slug| scenes(&slug));
                match scene {
                    None => lost.push(format!("no scene is called `{name}`")),
                    Some(scene) => lost.extend(
                        scene
                            .settings
                            .iter()
                            .filter(|setting| device(house, &setting.device).is_none())
                            .map(|setting| format!("no device is called `{}`", setting.device)),
                    ),
                }
            }
            Act::WaitUntil { condition: of, .. } => condition(of, house, lost),
            Act::If {
                condition: of,
                then,
                otherwise,
            } => {
                condition(of, house, lost);
                lost_in(then, scenes, house, lost);
                lost_in(otherwise, scenes, house, lost);
            }
            Act::Repeat {
                condition: of,
                steps,
                ..
            } => {
                condition(of, house, lost);
                lost_in(steps, scenes, house, lost);
            }
            Act::Parallel(branches) => {
                for branch in branches {
                    lost_in(branch, scenes, house, lost);
                }
            }
            Act::Ask {
                person, yes, no, ..
            } => {
                if let Some(name) = person {
                    known_person(name, house, lost);
                }
                lost_in(yes, scenes, house, lost);
                lost_in(no, scenes, house, lost);
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

fn condition(of: &Condition, house: &Snapshot, lost: &mut Vec<String>) {
    match of {
        Condition::All(all) | Condition::Any(all) => {
            all.iter().for_each(|one| condition(one, house, lost));
        }
        Condition::Not(one) => condition(one, house, lost),
        Condition::Property { target, .. } => names(target, house, lost),
        Condition::Presence {
            whose: Whose::Person(name),
            ..
        } => known_person(name, house, lost),
        _ => {}
    }
}

/// Only names are looked at: that no light stands in a room today is no fault.
fn names(target: &Target, house: &Snapshot, lost: &mut Vec<String>) {
    let is_named = !target.devices.is_empty()
        || !target.areas.is_empty()
        || !target.except.is_empty()
        || target.floor.is_some();
    if is_named {
        lost.extend(meant(target, house).unknown);
    }
}

fn known_person(name: &str, house: &Snapshot, lost: &mut Vec<String>) {
    if house.person(name).is_none() {
        lost.push(format!("nobody is called `{name}`"));
    }
}
