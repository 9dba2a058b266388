//! From what happens to runs that begin.

use super::index::Ear;
use super::judge::compares;
use super::{Effect, Engine};
use crate::document::{Arguments, Comparison, Quantity, ScenarioSlug, Trigger, TriggerKind, Whose};
use jiff::SignedDuration;
use model::{Cause, Connectivity, DeviceId, Event, EventBody, Now, Path, Presence, RunId, Value};
use std::time::Duration;
use twin::Snapshot;

/// A time that came this long ago counts as missed: the house slept or its clock was set.
const MISSED: SignedDuration = SignedDuration::from_mins(10);

/// More runs of one rule within a minute than this are a storm.
const STORM: usize = 60;

/// A rule that sets itself off through others may come round this often.
const ROUNDS: usize = 2;

/// The longest chain of rules that set each other off.
const CHAIN: usize = 12;

/// What set a rule off.
#[derive(Debug, Clone)]
pub(crate) struct Spark {
    pub(crate) ear: Ear,
    /// For people: `Front door: open became true`.
    pub(crate) words: String,
    pub(crate) cause: Cause,
}

impl Engine {
    /// What follows from something that happened.
    pub fn on(&mut self, event: &Event, house: &Snapshot, now: Now) -> Vec<Effect> {
        self.mind_the_clock(now);
        let mut effects = Vec::new();
        let mut sparks = Vec::new();
        match &event.body {
            EventBody::PropertyChanged {
                device,
                path,
                old,
                new,
                ..
            } => self.changed(
                (*device, *path),
                old.as_ref(),
                new.as_ref(),
                event,
                house,
                now,
                &mut sparks,
            ),
            EventBody::WishMade { wish } => {
                if let Some((path, what)) = self.fights.made(wish) {
                    effects.push(Effect::Conflict {
                        device: wish.device,
                        path,
                        what,
                        cause: wish.cause.clone(),
                    });
                }
            }
            EventBody::WishEnded { wish } => self.wish_ended(wish),
            EventBody::DeviceEvent {
                device,
                event: name,
                ..
            } => {
                let ears = self.index.events.get(device).cloned().unwrap_or_default();
                for ear in ears {
                    if let Some(TriggerKind::Event { event: wanted, .. }) = self.kind(&ear)
                        && wanted.as_ref().is_none_or(|wanted| wanted == name)
                    {
                        let words = format!("{}: {name}", called(house, *device));
                        sparks.push(spark(ear, words, event));
                    }
                }
            }
            EventBody::ConnectivityChanged { device, new, .. } => {
                let ears = self
                    .index
                    .connectivity
                    .get(device)
                    .cloned()
                    .unwrap_or_default();
                for ear in ears {
                    let Some(TriggerKind::Connectivity { to, .. }) = self.kind(&ear) else {
                        continue;
                    };
                    let words = format!("{} is {}", called(house, *device), new.as_str());
                    let holds = *new == *to && *new != Connectivity::Unknown;
                    self.spark_or_hold(ear, Some(*device), holds, words, event, now, &mut sparks);
                }
                for slug in self.index.who_names(*device) {
                    self.listen(&slug, house);
                }
            }
            EventBody::PresenceChanged { person, .. } => {
                self.presence(*person, event, house, now, &mut sparks)
            }
            EventBody::ModeChanged { new, .. } => {
                for ear in self.index.modes.clone() {
                    let Some(TriggerKind::Mode(wanted)) = self.kind(&ear) else {
                        continue;
                    };
                    let holds = *wanted == **new;
                    let words = format!("the house's mode became {new}");
                    self.spark_or_hold(ear, None, holds, words, event, now, &mut sparks);
                }
            }
            EventBody::HouseStarted { .. } => {
                for ear in self.index.starts.clone() {
                    sparks.push(spark(ear, "the house started".into(), event));
                }
            }
            EventBody::DeviceRemoved { device, .. } => {
                self.schedule.release_device(*device);
                self.attend_anew(house, now);
            }
            EventBody::DeviceAdded { .. }
            | EventBody::DeviceEdited { .. }
            | EventBody::AreaChanged { .. }
            | EventBody::FloorChanged { .. }
            | EventBody::PersonChanged { .. } => self.attend_anew(house, now),
            _ => {}
        }
        if let Some(ears) = self.index.notes.get(event.body.kind()).cloned() {
            for ear in ears {
                let words = format!("“{}” happened", event.body.kind());
                sparks.push(spark(ear, words, event));
            }
        }
        for spark in sparks {
            self.fire(spark, house, now, &mut effects);
        }
        // Values, presence, modes, devices: conditions look at nothing else that is on the stream.
        self.idle = matches!(
            &event.body,
            EventBody::PropertyConfirmed { .. }
                | EventBody::DeviceEvent { .. }
                | EventBody::WishMade { .. }
                | EventBody::WishEnded { .. }
                | EventBody::RequestRefused { .. }
                | EventBody::ConnectivityChanged { .. }
        ) || event.body.is_note();
        if std::mem::take(&mut self.ailing) {
            effects.push(Effect::Ails);
        }
        self.go_on(house, now, &mut effects);
        effects
    }

    /// What follows from time that has passed.
    pub fn tick(&mut self, house: &Snapshot, now: Now) -> Vec<Effect> {
        self.mind_the_clock(now);
        let mut effects = Vec::new();
        for (at, ear) in self.schedule.come(now.house) {
            let Some(kind) = self.kind(&ear).cloned() else {
                continue;
            };
            let setting = self.setting.clone();
            self.schedule.again(ear.clone(), &kind, &setting, now.house);
            if now.house.duration_since(at) > MISSED {
                continue;
            }
            let words = match kind {
                TriggerKind::Time { at, .. } => format!("it is {at}"),
                TriggerKind::Sun { event, .. } => match event {
                    crate::document::SunEvent::Sunrise => "the sun rises".into(),
                    crate::document::SunEvent::Sunset => "the sun sets".into(),
                },
                _ => "its time has come".into(),
            };
            let spark = Spark {
                ear,
                words,
                cause: Cause::first(model::Who::House),
            };
            self.fire(spark, house, now, &mut effects);
        }
        for (ear, device) in self.schedule.held(now.house) {
            let Some(trigger) = self.trigger(&ear) else {
                continue;
            };
            let hold = trigger.hold;
            let words = match device {
                Some(device) => format!("{} was so for {hold}", called(house, device)),
                None => format!("it was so for {hold}"),
            };
            let cause = match device.and_then(|id| house.devices.get(&id)) {
                Some(twin) => Cause::first(model::Who::Device {
                    id: twin.device.id,
                    name: twin.device.name.as_str().into(),
                }),
                None => Cause::first(model::Who::House),
            };
            self.fire(Spark { ear, words, cause }, house, now, &mut effects);
        }
        self.go_on(house, now, &mut effects);
        effects
    }

    /// Somebody called a webhook.
    pub fn webhook(
        &mut self,
        name: &str,
        cause: &Cause,
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for ear in self.index.webhooks.get(name).cloned().unwrap_or_default() {
            let words = format!("the webhook {name} was called");
            let cause = cause.clone();
            self.fire(Spark { ear, words, cause }, house, now, &mut effects);
        }
        self.go_on(house, now, &mut effects);
        effects
    }

    /// Whether anything listens to a webhook.
    #[must_use]
    pub fn has_webhook(&self, name: &str) -> bool {
        self.index.webhooks.contains_key(name)
    }

    /// A run ended: other scenarios may wait for that.
    pub(super) fn tell_of_end(
        &mut self,
        run: &super::Run,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        for ear in self
            .index
            .scenarios
            .get(&run.scenario)
            .cloned()
            .unwrap_or_default()
        {
            let Some(TriggerKind::Scenario { ended, .. }) = self.kind(&ear) else {
                continue;
            };
            let fits = match ended.as_deref() {
                None => true,
                Some("completed") => {
                    matches!(
                        run.state,
                        super::RunState::Completed | super::RunState::Incomplete
                    )
                }
                Some(word) => word == run.state.as_str(),
            };
            if fits {
                let words = format!("{} ended ({})", run.name, run.state.as_str());
                let cause = run.cause.clone();
                self.fire(Spark { ear, words, cause }, house, now, effects);
            }
        }
    }

    fn trigger(&self, ear: &Ear) -> Option<&Trigger> {
        self.rules.get(&ear.0)?.document.when.get(ear.1)
    }

    fn kind(&self, ear: &Ear) -> Option<&TriggerKind> {
        self.trigger(ear).map(|trigger| &trigger.kind)
    }

    /// A device, an area or a floor changed: names may lead elsewhere now.
    pub fn attend_anew(&mut self, house: &Snapshot, now: Now) {
        let all: Vec<ScenarioSlug> = self.rules.keys().cloned().collect();
        for slug in all {
            self.listen(&slug, house);
        }
        let _ = now;
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one event")]
    fn changed(
        &mut self,
        (device, path): (DeviceId, Path),
        old: Option<&Value>,
        new: Option<&Value>,
        event: &Event,
        house: &Snapshot,
        now: Now,
        sparks: &mut Vec<Spark>,
    ) {
        let Some(ears) = self.index.properties.get(&(device, path)).cloned() else {
            return;
        };
        for ear in ears {
            let Some(TriggerKind::Property { to, from, .. }) = self.kind(&ear) else {
                continue;
            };
            let fits = |value: Option<&Value>, comparison: &Comparison| {
                let none = Arguments::new();
                value.and_then(|value| compares(value, comparison, path, Quantity::Now, &none))
            };
            let is = match to {
                Some(to) => fits(new, to) == Some(true),
                None => new.is_some(),
            };
            // From unknown to a value nothing has happened: it only became known.
            let was = match to {
                Some(to) => fits(old, to),
                None => old.map(|_| false),
            };
            let came_from = from
                .as_ref()
                .is_none_or(|from| fits(old, from) == Some(true));
            let holds = self.trigger(&ear).is_some_and(|trigger| trigger.hold.0 > 0);
            let became = is && was == Some(false) && came_from;
            let words = || {
                let value = match new {
                    None => "unknown".to_owned(),
                    Some(Value::Bool(truth)) => truth.to_string(),
                    Some(value) => value.to_string(),
                };
                format!(
                    "{}: {} became {value}",
                    called(house, device),
                    path.property.title
                )
            };
            if holds {
                // Without a value to come to, every change begins anew: it shall rest for so long.
                if to.is_none() {
                    self.schedule.release(&(ear.clone(), Some(device)));
                }
                let counts = became || (is && was == Some(true));
                self.spark_or_hold(ear, Some(device), counts, words(), event, now, sparks);
            } else if became {
                sparks.push(spark(ear, words(), event));
            }
        }
    }

    fn presence(
        &mut self,
        person: model::PersonId,
        event: &Event,
        house: &Snapshot,
        now: Now,
        sparks: &mut Vec<Spark>,
    ) {
        let EventBody::PresenceChanged { old, new, .. } = &event.body else {
            return;
        };
        let who = house.people.get(&person);
        let name = who.map_or("somebody", |who| &who.name);
        for ear in self.index.presence.clone() {
            let Some(TriggerKind::Presence { whose, to }) = self.kind(&ear) else {
                continue;
            };
            let holds = match whose {
                Whose::Person(wanted) => {
                    let meant = house
                        .person(wanted)
                        .is_some_and(|wanted| wanted.id == person);
                    if !meant {
                        continue;
                    }
                    new == to
                }
                // Somebody comes while nobody was there; the last one goes.
                Whose::Anyone => {
                    let others = house.people.values().filter(|one| one.id != person);
                    let mut others = others.map(|one| one.presence);
                    let someone_else = others.any(|presence| presence == Presence::Home);
                    match to {
                        Presence::Home => *new == Presence::Home && !someone_else,
                        _ => {
                            *new == Presence::Away
                                && *old == Presence::Home
                                && house.anyone_home() == Some(false)
                        }
                    }
                }
            };
            let place = match new {
                Presence::Home => "came home",
                Presence::Away => "left",
                Presence::Unknown => "is out of sight",
            };
            let words = format!("{name} {place}");
            self.spark_or_hold(ear, None, holds, words, event, now, sparks);
        }
    }

    /// What counts at once is a spark; what must hold for a while begins to, or stops.
    #[expect(clippy::too_many_arguments, reason = "the parts of one event")]
    fn spark_or_hold(
        &mut self,
        ear: Ear,
        device: Option<DeviceId>,
        holds: bool,
        words: String,
        event: &Event,
        now: Now,
        sparks: &mut Vec<Spark>,
    ) {
        let hold = self.trigger(&ear).map_or(0, |trigger| trigger.hold.0);
        if hold == 0 {
            if holds {
                sparks.push(spark(ear, words, event));
            }
            return;
        }
        let holding = (ear, device);
        if holds {
            let until = now.house.checked_add(SignedDuration::from_secs(hold));
            self.schedule.hold(holding, until.unwrap_or(now.house));
        } else {
            self.schedule.release(&holding);
        }
    }

    /// A rule is set off: it runs, unless it goes in circles or storms.
    pub(super) fn fire(
        &mut self,
        spark: Spark,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let slug = spark.ear.0.clone();
        if self.rests {
            let reason = "rules are switched off for now".to_owned();
            return self.hold_back(&slug, reason, effects);
        }
        let chain = self.chain_of(&spark.cause, house);
        let rounds = chain.iter().filter(|one| **one == slug.as_str()).count();
        if rounds >= ROUNDS || chain.len() >= CHAIN {
            let mut names = chain;
            names.push(slug.to_string());
            let reason = format!(
                "rules set each other off in a circle: {}",
                names.join(" → ")
            );
            return self.hold_back(&slug, reason, effects);
        }
        let Some(rule) = self.rules.get_mut(&slug) else {
            return;
        };
        let minute_ago = now.steady.saturating_sub(Duration::from_secs(60));
        while rule.recent.front().is_some_and(|at| *at < minute_ago) {
            rule.recent.pop_front();
        }
        if rule.recent.len() >= STORM {
            let reason = format!("it was set off more than {STORM} times within a minute");
            return self.hold_back(&slug, reason, effects);
        }
        if rule.recent.is_empty() {
            rule.held_back = false;
        }
        rule.recent.push_back(now.steady);
        let place = format!("when[{}]", spark.ear.1);
        let begun = super::begin::Begin {
            trigger: spark.words,
            place,
            cause: spark.cause,
            chain,
            arguments: Arguments::new(),
            parent: None,
            asks_condition: true,
        };
        // A rule that cannot begin must not be silently dead.
        if let Err(error) = self.begin(&slug, begun, house, now, effects) {
            self.hold_back(&slug, format!("it cannot begin: {error}"), effects);
        }
    }

    fn hold_back(&mut self, slug: &ScenarioSlug, reason: String, effects: &mut Vec<Effect>) {
        let Some(rule) = self.rules.get_mut(slug) else {
            return;
        };
        // Told once, not as often as it happens.
        if !std::mem::replace(&mut rule.held_back, true) {
            effects.push(Effect::HeldBack {
                scenario: slug.clone(),
                reason,
            });
        }
    }

    /// The scenarios that led to a cause.
    fn chain_of(&self, cause: &Cause, house: &Snapshot) -> Vec<String> {
        let _ = house;
        let run: Option<RunId> = self
            .made
            .get(&cause.id)
            .or_else(|| cause.parent.and_then(|parent| self.made.get(&parent)))
            .copied();
        let Some(run) = run else {
            return Vec::new();
        };
        match self.runs.get(&run) {
            Some(run) => {
                let mut chain = run.chain.clone();
                chain.push(run.scenario.clone());
                chain
            }
            None => {
                let ended = self.chains.get(&run);
                ended.map(|(chain, _)| chain.clone()).unwrap_or_default()
            }
        }
    }
}

fn spark(ear: Ear, words: String, event: &Event) -> Spark {
    Spark {
        ear,
        words,
        cause: event.cause.clone(),
    }
}

fn called(house: &Snapshot, device: DeviceId) -> String {
    house.devices.get(&device).map_or_else(
        || "a device that is gone".to_owned(),
        |twin| twin.device.name.clone(),
    )
}
