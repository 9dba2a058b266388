//! Rehearsing in the running house: what has to be read for it, and then the pure part.

use crate::document::{Arguments, Document, ScenarioSlug};
use crate::engine::{CannotRun, Depends, Engine, Question};
use crate::rehearse::{Draw, Happened, Past, Rehearsal, Rehearsed};
use crate::run::Automation;
use crate::{Habit, habit, lookup};
use jiff::SignedDuration;
use model::{Cause, DeviceId, EventBody, Now, Timestamp, Value, Who, capability};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{EventFilter, Period, Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;
use twin::{House, Limits, Snapshot};

/// The longest past that is replayed, in days.
pub const DAYS: u32 = 366;

/// A moment to rehearse at is at most so far away, in days.
pub const AWAY: u32 = 3_660;

/// Rehearsals that are under way at once; further ones wait.
pub(crate) const AT_ONCE: usize = 2;

/// How far a run is followed into the future.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 92);

/// The most values of one property that are replayed; what is beyond is said.
const VALUES: usize = 200_000;

/// The most events of one kind that are replayed.
const EVENTS: usize = 20_000;

/// How often a rehearsal begins anew because it asked history something that it had not been told.
const ROUNDS: usize = 4;

/// What shall be rehearsed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// A scenario of the house.
    pub scenario: ScenarioSlug,
    /// As it would be: one that is not kept yet, or an edit.
    pub document: Option<Document>,
    /// What it is run with.
    pub arguments: Arguments,
    /// Run it at this moment; now where nothing is said.
    pub at: Option<Timestamp>,
    /// Instead of running it: see when it would have run by itself within the last days.
    pub days: Option<u32>,
}

/// What a rehearsal came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// From when, in house time.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// What would happen.
    pub rehearsed: Rehearsed,
    /// What was replayed, where it was over the last days.
    pub replayed: Option<Replayed>,
}

/// What of history was replayed.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// How many properties.
    pub properties: usize,
    /// How many values and events.
    pub happened: usize,
    /// What it also depends on and could not be replayed, for people.
    pub besides: Vec<String>,
}

/// Why something cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum CannotRehearse {
    /// It cannot be run.
    #[error(transparent)]
    Run(#[from] CannotRun),
    /// It does not run by itself.
    #[error("it never runs by itself, so that the last days say nothing about it")]
    NoRule,
    /// Too many days.
    #[error("at most {DAYS} days can be replayed")]
    TooLong,
    /// A moment out of reach.
    #[error("{0} is too far away")]
    TooFar(Timestamp),
    /// History cannot be read.
    #[error("history cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The house shuts down.
    #[error("the house is shutting down")]
    Closed,
}

impl Automation {
    /// Rehearses a scenario or rule in a house of twins; the real one is not touched.
    ///
    /// # Errors
    /// When it cannot be run, or history cannot be read.
    pub async fn rehearse(&self, wanted: Wanted) -> Result<Report, CannotRehearse> {
        let turn = Arc::clone(&self.rehearsals).acquire_owned().await;
        let turn = turn.map_err(|_| CannotRehearse::Closed)?;
        let mut engine = self.copy().await.ok_or(CannotRehearse::Closed)?;
        let now = self.house.clock().now().house;
        let snapshot = self.house.snapshot();
        let moment = |at| Now::new(at, Duration::ZERO);
        let kept = engine.rule(&wanted.scenario).map(|rule| &rule.document);
        let Some(mut document) = wanted
            .document
            .or_else(|| kept.map(|kept| Document::clone(kept)))
        else {
            return Err(CannotRun::Unknown(wanted.scenario.to_string()).into());
        };
        let is_rule = !document.when.is_empty();
        // What it would do once it is switched on.
        document.enabled = true;
        engine.put(document, 0, &snapshot, moment(now));
        let stage = Stage {
            store: self.store.clone(),
            zone: engine.setting().zone.clone(),
            snapshot,
            engine,
            scenario: wanted.scenario,
            _turn: turn,
        };
        match wanted.days {
            Some(_) if !is_rule => Err(CannotRehearse::NoRule),
            Some(days) if days > DAYS => Err(CannotRehearse::TooLong),
            Some(days) => stage.over_the_last(days, now).await,
            None => {
                let at = wanted.at.unwrap_or(now);
                let away = SignedDuration::from_hours(24 * i64::from(AWAY));
                if at.duration_since(now).abs() > away {
                    return Err(CannotRehearse::TooFar(at));
                }
                stage.once(at, wanted.arguments, now).await
            }
        }
    }
}

/// All that a rehearsal begins with.
struct Stage {
    store: Store,
    zone: jiff::tz::TimeZone,
    snapshot: Arc<Snapshot>,
    engine: Box<Engine>,
    scenario: ScenarioSlug,
    /// Given back when it is over, also where nobody waits for it any more.
    _turn: OwnedSemaphorePermit,
}

/// What history says to a rehearsal.
#[derive(Debug, Clone, Default)]
struct Told {
    answers: HashMap<Question, f64>,
    habits: Vec<Habit>,
    draws: HashMap<DeviceId, Draw>,
}

impl Stage {
    /// Runs it once, at a moment.
    async fn once(
        self,
        at: Timestamp,
        arguments: Arguments,
        now: Timestamp,
    ) -> Result<Report, CannotRehearse> {
        let depends = self
            .engine
            .depends_with_rivals(&self.scenario, &self.snapshot);
        let mut told = Told {
            habits: habits(&self.store, &self.snapshot, at.min(now)).await?,
            draws: self.draws(&depends, now).await?,
            ..Told::default()
        };
        let act = move |stage: &Self, told: Told| {
            let mut world = stage.world(at, told);
            let begun = world.with_engine(|engine, house, moment| {
                engine.keep_only(&depends.scenarios, house, moment);
                let cause = Cause::first(Who::Operator);
                match engine.run(&stage.scenario, arguments.clone(), cause, house, moment) {
                    Ok((_, effects)) => (Ok(()), effects),
                    Err(error) => (Err(error), Vec::new()),
                }
            });
            begun?;
            world.until_quiet(at + AHEAD);
            Ok(world)
        };
        let world = self.in_rounds(&mut told, now, act).await?;
        Ok(Report {
            from: at,
            until: world.now(),
            rehearsed: world.finish(),
            replayed: None,
        })
    }

    /// Lets it live through the last days.
    async fn over_the_last(self, days: u32, now: Timestamp) -> Result<Report, CannotRehearse> {
        let from = now - SignedDuration::from_hours(24 * i64::from(days));
        let depends = self
            .engine
            .depends_with_rivals(&self.scenario, &self.snapshot);
        let (past, cut) = self.past(&depends, from, now).await?;
        let mut besides: Vec<_> = depends.besides.iter().cloned().collect();
        if cut {
            besides
                .push("more values than can be replayed at once: the newest are left out".into());
        }
        let replayed = Replayed {
            properties: depends.properties.len(),
            happened: past.then.len(),
            besides,
        };
        let mut told = Told {
            habits: habits(&self.store, &self.snapshot, from).await?,
            draws: self.draws(&depends, now).await?,
            ..Told::default()
        };
        let past = Arc::new(past);
        let act = move |stage: &Self, told: Told| {
            let mut world = stage.world(from, told);
            world.with_engine(|engine, house, moment| {
                engine.keep_only(&depends.scenarios, house, moment);
                ((), Vec::new())
            });
            world.set_back(&past);
            world.replay(&past, now);
            Ok(world)
        };
        let world = self.in_rounds(&mut told, now, act).await?;
        Ok(Report {
            from,
            until: now,
            rehearsed: world.finish(),
            replayed: Some(replayed),
        })
    }

    fn world(&self, at: Timestamp, told: Told) -> Rehearsal {
        let house = House::imagined(&self.snapshot, Limits::default());
        let mut world = Rehearsal::new(house, Engine::clone(&self.engine), at);
        world.answers = told.answers;
        world.habits = told.habits;
        world.draws = told.draws;
        world
    }

    /// Plays until it asks history nothing more that it was not told.
    async fn in_rounds(
        self,
        told: &mut Told,
        now: Timestamp,
        act: impl Fn(&Self, Told) -> Result<Rehearsal, CannotRun> + Send + Sync + 'static,
    ) -> Result<Rehearsal, CannotRehearse> {
        let (stage, act) = (Arc::new(self), Arc::new(act));
        for round in 0.. {
            let (stage_, act_, told_) = (Arc::clone(&stage), Arc::clone(&act), told.clone());
            let play = tokio::task::spawn_blocking(move || act_(&stage_, told_));
            let world = play.await.map_err(|_| CannotRehearse::Closed)??;
            let open: Vec<_> = world
                .unanswered()
                .filter(|question| !told.answers.contains_key(question))
                .cloned()
                .collect();
            let mut learned = false;
            for question in open {
                let answer = lookup::answer(&stage.store, &stage.zone, &question, now).await?;
                if let Some(answer) = answer {
                    told.answers.insert(question, answer);
                    learned = true;
                }
            }
            if !learned || round >= ROUNDS {
                return Ok(world);
            }
        }
        Err(CannotRehearse::Closed)
    }

    /// What happened to all that it depends on; and whether there was more than is replayed.
    async fn past(
        &self,
        depends: &Depends,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Past, bool), StoreError> {
        let mut past = Past::default();
        let mut cut = false;
        for &(device, path) in &depends.properties {
            let Some(recorded) = self.store.recorded_property(device, path).await? else {
                continue;
            };
            let value = |value| Happened::Value {
                device,
                path,
                value,
            };
            let before = self.store.sample_before(&recorded, from).await?;
            past.before
                .push(value(before.and_then(|point| point.value)));
            let points = self.store.samples(&recorded, from, to, VALUES).await?;
            cut |= points.len() >= VALUES;
            let points = points.into_iter();
            past.then
                .extend(points.map(|point| (point.at, value(point.value))));
        }
        let mut kinds = Vec::new();
        if !depends.events.is_empty() {
            kinds.push("device_event");
        }
        if depends.presence {
            kinds.push("presence_changed");
        }
        if depends.mode {
            kinds.push("mode_changed");
        }
        for kind in kinds {
            let (before, happened) = self.events(kind, from, to).await?;
            cut |= happened.len() >= EVENTS;
            past.before.extend(before);
            past.then
                .extend(happened.into_iter().filter(|(_, it)| match it {
                    Happened::Event { device, .. } => depends.events.contains(device),
                    _ => true,
                }));
        }
        past.then.sort_by_key(|(at, _)| *at);
        Ok((past, cut))
    }

    /// What the timeline says of a kind: how things were before, and what happened.
    async fn events(
        &self,
        kind: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<Happened>, Vec<(Timestamp, Happened)>), StoreError> {
        let mut filter = EventFilter {
            kinds: vec![kind.to_owned()],
            from: Some(from),
            to: Some(to),
            ..EventFilter::default()
        };
        let mut events = Vec::new();
        loop {
            let page = self.store.events(&filter, 1_000).await?;
            events.extend(page.events);
            filter.before = page.next;
            if page.next.is_none() || events.len() >= EVENTS {
                break;
            }
        }
        events.reverse();
        // What the first change of each changed from is how it was before.
        let mut before: Vec<Happened> = Vec::new();
        let mut happened = Vec::new();
        for event in events {
            let (was, is) = match event.body {
                EventBody::PresenceChanged {
                    person, old, new, ..
                } => (
                    Some(Happened::Presence {
                        person,
                        presence: old,
                    }),
                    Happened::Presence {
                        person,
                        presence: new,
                    },
                ),
                EventBody::ModeChanged { old, new } => {
                    (Some(Happened::Mode(old)), Happened::Mode(new))
                }
                EventBody::DeviceEvent {
                    device,
                    endpoint,
                    capability,
                    event,
                } => (
                    None,
                    Happened::Event {
                        device,
                        endpoint,
                        capability,
                        event,
                    },
                ),
                _ => continue,
            };
            let same = |known: &Happened| match (known, &was) {
                (
                    Happened::Presence { person, .. },
                    Some(Happened::Presence { person: of, .. }),
                ) => person == of,
                (Happened::Mode(_), Some(Happened::Mode(_))) => true,
                _ => false,
            };
            if !before.iter().any(same) {
                before.extend(was);
            }
            happened.push((event.at, is));
        }
        Ok((before, happened))
    }

    /// What the devices that it sets draw while they are on: the mean of the hours' peaks of the last
    /// week, of those in which they drew anything.
    async fn draws(
        &self,
        depends: &Depends,
        now: Timestamp,
    ) -> Result<HashMap<DeviceId, Draw>, StoreError> {
        let mut draws = HashMap::new();
        let week = now - SignedDuration::from_hours(24 * 7);
        for &(device, capability) in &depends.writes {
            let power = capability::ELECTRICAL_POWER.at(1, "power");
            if capability != capability::ON_OFF.name {
                continue;
            }
            let Some(recorded) = self.store.recorded_property(device, power).await? else {
                continue;
            };
            let hours = self
                .store
                .statistics(recorded.id, Period::Hour, week, now, 200)
                .await?;
            let peaks: Vec<f64> = hours
                .iter()
                .filter_map(|hour| hour.max)
                .filter(|watts| *watts > 1.0)
                .collect();
            if !peaks.is_empty() {
                #[expect(clippy::cast_precision_loss, reason = "at most 200 hours")]
                let mean = peaks.iter().sum::<f64>() / peaks.len() as f64;
                let draw = Draw {
                    mean,
                    least: peaks.iter().copied().fold(f64::INFINITY, f64::min),
                    most: peaks.iter().copied().fold(0.0, f64::max),
                };
                draws.insert(device, draw);
            }
        }
        Ok(draws)
    }
}

/// How the household switched its lights in the weeks before a moment.
pub(crate) async fn habits(
    store: &Store,
    house: &Snapshot,
    until: Timestamp,
) -> Result<Vec<Habit>, StoreError> {
    let from = until - SignedDuration::from_hours(24 * 7 * habit::WEEKS);
    let on = capability::ON_OFF.at(1, "on_off");
    let mut habits = Vec::new();
    let lights = house
        .devices
        .values()
        .filter(|twin| twin.device.kind == model::DeviceKind::Light)
        .filter(|twin| twin.device.preferences.learning_enabled);
    for twin in lights {
        let device = twin.device.id;
        let Some(recorded) = store.recorded_property(device, on).await? else {
            continue;
        };
        let points = store.samples(&recorded, from, until, EVENTS).await?;
        // Samples also say again what was so already.
        let mut last = None;
        for point in points {
            if let Some(Value::Bool(on)) = point.value {
                if last.is_some_and(|last| last != on) {
                    habits.push(Habit {
                        device,
                        at: point.at,
                        on,
                    });
                }
                last = Some(on);
            }
        }
    }
    habits.sort_by_key(|habit| habit.at);
    Ok(habits)
}
