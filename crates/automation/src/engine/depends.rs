//! What a scenario depends on, with all that it sets off: what a rehearsal has to replay.

use super::judge::offered;
use super::target::{device, meant};
use super::{Engine, Rule};
use crate::document::{Act, Condition, ScenarioSlug, Step, Target, TriggerKind};
use model::{Capability, DeviceId, Now, Path};
use std::collections::BTreeSet;
use twin::Snapshot;

/// What a scenario depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depends {
    /// It, and those that it sets off.
    pub scenarios: BTreeSet<ScenarioSlug>,
    /// The properties that any of them looks at.
    pub properties: BTreeSet<(DeviceId, Path)>,
    /// The devices whose events set any of them off.
    pub events: BTreeSet<DeviceId>,
    /// Whether who is home matters.
    pub presence: bool,
    /// Whether the house's mode matters.
    pub mode: bool,
    /// What it also depends on and history cannot give back, for people.
    pub besides: BTreeSet<String>,
    /// What they set: devices and capabilities.
    pub writes: BTreeSet<(DeviceId, &'static str)>,
}

impl Engine {
    /// What a scenario depends on.
    #[must_use]
    pub fn depends(&self, slug: &ScenarioSlug, house: &Snapshot) -> Depends {
        let mut depends = Depends::default();
        let mut next = vec![slug.clone()];
        while let Some(slug) = next.pop() {
            if !depends.scenarios.insert(slug.clone()) {
                continue;
            }
            if let Some(rule) = self.rules.get(&slug) {
                self.look_at(rule, house, &mut depends, &mut next);
            }
            let ended = self.index.scenarios.get(slug.as_str());
            next.extend(ended.into_iter().flatten().map(|(slug, _)| slug.clone()));
        }
        depends
    }

    /// The same, with the rules that set something of what it sets: those that it may fight with.
    #[must_use]
    pub fn depends_with_rivals(&self, slug: &ScenarioSlug, house: &Snapshot) -> Depends {
        let mut depends = self.depends(slug, house);
        let own = depends.writes.clone();
        let others: Vec<_> = self
            .rules
            .values()
            .filter(|rule| rule.document.enabled && !rule.document.when.is_empty())
            .map(|rule| &rule.document.slug)
            .filter(|slug| !depends.scenarios.contains(*slug))
            .cloned()
            .collect();
        for other in others {
            let rival = self.depends(&other, house);
            if rival.writes.is_disjoint(&own) {
                continue;
            }
            depends.scenarios.extend(rival.scenarios);
            depends.properties.extend(rival.properties);
            depends.events.extend(rival.events);
            depends.presence |= rival.presence;
            depends.mode |= rival.mode;
            depends.besides.extend(rival.besides);
            depends.writes.extend(rival.writes);
        }
        depends
    }

    fn look_at(
        &self,
        rule: &Rule,
        house: &Snapshot,
        depends: &mut Depends,
        next: &mut Vec<ScenarioSlug>,
    ) {
        for trigger in &rule.document.when {
            match &trigger.kind {
                TriggerKind::Property { target, path, .. } => {
                    looks(target, *path, house, depends);
                }
                TriggerKind::Event { target, .. } => {
                    let found = meant(target, house).devices;
                    depends
                        .events
                        .extend(found.iter().map(|twin| twin.device.id));
                }
                TriggerKind::Presence { .. } => depends.presence = true,
                TriggerKind::Mode(_) => depends.mode = true,
                TriggerKind::Connectivity { .. } => {
                    depends.besides.insert("whether devices answered".into());
                }
                TriggerKind::Note(kind) => {
                    depends.besides.insert(format!("notes of the kind {kind}"));
                }
                TriggerKind::Webhook(name) => {
                    depends
                        .besides
                        .insert(format!("calls of the webhook {name}"));
                }
                TriggerKind::Start => {
                    depends.besides.insert("starts of the house".into());
                }
                TriggerKind::Scenario { .. }
                | TriggerKind::Time { .. }
                | TriggerKind::Cron(_)
                | TriggerKind::Sun { .. } => {}
            }
        }
        condition(&rule.document.condition, house, depends);
        self.steps(&rule.document.then, house, depends, next);
    }

    fn steps(
        &self,
        steps: &[Step],
        house: &Snapshot,
        depends: &mut Depends,
        next: &mut Vec<ScenarioSlug>,
    ) {
        for step in steps {
            match &step.act {
                Act::Command {
                    target, capability, ..
                } => {
                    for twin in meant(target, house).devices {
                        self.writes(twin.device.id, capability, depends, next);
                    }
                }
                Act::Scene(name) => {
                    let scene = ScenarioSlug::parse(name).and_then(|slug| self.scenes.get(&slug));
                    for setting in scene.iter().flat_map(|scene| &scene.settings) {
                        if let Some(twin) = device(house, &setting.device) {
                            self.writes(twin.device.id, setting.capability, depends, next);
                        }
                    }
                }
                Act::WaitUntil { condition: of, .. } => condition(of, house, depends),
                Act::If {
                    condition: of,
                    then,
                    otherwise,
                } => {
                    condition(of, house, depends);
                    self.steps(then, house, depends, next);
                    self.steps(otherwise, house, depends, next);
                }
                Act::Repeat {
                    condition: of,
                    steps,
                    ..
                } => {
                    condition(of, house, depends);
                    self.steps(steps, house, depends, next);
                }
                Act::Parallel(branches) => {
                    for branch in branches {
                        self.steps(branch, house, depends, next);
                    }
                }
                Act::Ask { answers, .. } => {
                    depends.besides.insert("what a person answers".into());
                    for branch in answers.branches() {
                        self.steps(branch, house, depends, next);
                    }
                }
                Act::Scenario { scenario, .. } => next.extend(ScenarioSlug::parse(scenario)),
                Act::Mode(_) => {
                    next.extend(self.index.modes.iter().map(|(slug, _)| slug.clone()));
                }
                Act::Builtin(builtin) => {
                    for (device, capability) in builtin.writes(house) {
                        self.writes(device, capability, depends, next);
                    }
                }
                Act::Notify(_) | Act::Wait(_) | Act::Stop => {}
            }
        }
    }

    /// Something is set: whoever listens to that may be set off.
    fn writes(
        &self,
        device: DeviceId,
        capability: &'static Capability,
        depends: &mut Depends,
        next: &mut Vec<ScenarioSlug>,
    ) {
        if !depends.writes.insert((device, capability.name)) {
            return;
        }
        for ((of, path), ears) in &self.index.properties {
            if *of == device && path.capability == capability {
                next.extend(ears.iter().map(|(slug, _)| slug.clone()));
            }
        }
    }

    /// Keeps nothing but these scenarios awake, and nothing under way: what a rehearsal begins with.
    pub fn keep_only(&mut self, scenarios: &BTreeSet<ScenarioSlug>, house: &Snapshot, now: Now) {
        self.settle_down();
        let others: Vec<_> = self
            .rules
            .keys()
            .filter(|slug| !scenarios.contains(*slug))
            .cloned()
            .collect();
        for slug in others {
            self.remove(&slug);
        }
        for slug in scenarios {
            self.attend(slug, house, now);
        }
    }

    /// Drops all that runs, as if nothing had been going on, and looks anew when what is due.
    pub fn begin_anew(&mut self, house: &Snapshot, now: Now) {
        self.settle_down();
        let all: Vec<_> = self.rules.keys().cloned().collect();
        for slug in all {
            self.attend(&slug, house, now);
        }
    }

    fn settle_down(&mut self) {
        // A rehearsal begins when it likes: that its clock differs from the house's is no fault.
        self.looked = None;
        self.runs.clear();
        self.made.clear();
        self.made_order.clear();
        self.chains.clear();
        self.chain_order.clear();
        self.answers.clear();
        self.outstanding.clear();
        self.fights.forget();
        self.answers_at = None;
        for rule in self.rules.values_mut() {
            rule.recent.clear();
            rule.held_back = false;
        }
    }
}

fn looks(target: &Target, path: Path, house: &Snapshot, depends: &mut Depends) {
    for twin in meant(target, house).devices {
        if let Some(path) = offered(&twin, path) {
            depends.properties.insert((twin.device.id, path));
        }
    }
}

fn condition(of: &Condition, house: &Snapshot, depends: &mut Depends) {
    match of {
        Condition::All(all) | Condition::Any(all) => {
            all.iter().for_each(|one| condition(one, house, depends));
        }
        Condition::Not(one) => condition(one, house, depends),
        Condition::Property {
            target,
            path,
            quantity,
            ..
        } => {
            if *quantity != crate::document::Quantity::Now {
                depends
                    .besides
                    .insert("statistics, which are those of now".into());
            }
            looks(target, *path, house, depends);
        }
        Condition::Presence { .. } => depends.presence = true,
        Condition::Mode(_) => depends.mode = true,
        Condition::Expression(expression) => {
            let text = expression.text();
            depends.presence |= text.contains("home");
            depends.mode |= text.contains("mode");
            for (name, path) in reported(text) {
                let found = device(house, &name);
                let path = path.parse::<Path>().ok();
                if let (Some(twin), Some(path)) = (found, path)
                    && let Some(path) = offered(&twin, path)
                {
                    depends.properties.insert((twin.device.id, path));
                }
            }
        }
        Condition::Always | Condition::Time { .. } | Condition::Sun { .. } => {}
    }
}

/// The `reported("device", "property")` of an expression, where both are written out.
fn reported(text: &str) -> Vec<(String, String)> {
    let calls = text.split("reported(").skip(1);
    let quoted = |call: &str| -> Option<(String, String)> {
        let inside = call.split_once(')')?.0;
        let (device, property) = inside.split_once(',')?;
        let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        Some((plain(device), plain(property)))
    };
    calls.filter_map(quoted).collect()
}
