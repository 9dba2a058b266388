//! What the mind remembers from one turn to the next: what it heard on the stream, and what it learned.
//!
//! All of it is bounded. What took days to learn is kept over a restart.

use super::rhythm::Rhythm;
use crate::usual::Usual;
use model::{
    Connectivity, DeviceId, Event, EventBody, Path, Position, RunId, Timestamp, Value, WishId,
    WishState,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How many happenings of a kind are remembered.
const HAPPENINGS: usize = 256;

/// What is remembered.
#[derive(Debug, Clone, Default)]
pub struct Recall {
    /// How often each device speaks, and each of its properties speaks and changes.
    pub rhythms: HashMap<DeviceId, Rhythms>,
    /// When each thing that keeps food cold last drew power.
    pub cold: HashMap<DeviceId, Draw>,
    /// Since when each thermostat asks for heat or cold in vain.
    pub demands: HashMap<DeviceId, Demand>,
    /// Devices that were away and came back lately.
    pub returned: HashMap<DeviceId, Timestamp>,
    /// Runs that ended, the newest last.
    pub runs: VecDeque<Ran>,
    /// Wishes that ended, the newest last.
    pub wishes: VecDeque<Wished>,
    /// Requests that a constraint refused, the newest last.
    pub refusals: VecDeque<Refused>,
    /// What people said, the newest last.
    pub feedback: VecDeque<Said>,
    /// What is usual, from history.
    pub usual: Arc<Usual>,
    /// When the mind began to listen.
    pub listening_since: Option<Timestamp>,
}

/// The rhythms of a device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rhythms {
    /// Of the device.
    pub device: Rhythm,
    /// Of its properties: how often they are said, and how often they change.
    pub properties: Vec<(Path, Rhythm, Rhythm)>,
}

/// When something that keeps food cold drew power.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// The last time, in house time.
    pub last: Timestamp,
    /// How its pauses are.
    pub pauses: Rhythm,
}

impl Draw {
    /// It draws power.
    pub(crate) fn drew(&mut self, at: Timestamp) {
        self.last = self.last.max(at);
        self.pauses.beat(at);
    }
}

fn runs(value: &Value) -> bool {
    value
        .as_number()
        .is_some_and(|watts| watts >= crate::detect::RUNS)
}

/// A thermostat that asks for heat or cold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Since when, in house time; taken anew whenever the room follows.
    pub since: Timestamp,
    /// How warm it was then, in °C.
    pub from: f64,
    /// Whether it asks for heat.
    pub heat: bool,
}

/// A run that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub run: RunId,
    /// The scenario's slug.
    pub scenario: String,
    /// What it is called.
    pub name: String,
    /// Whether it did all that it should.
    pub done: bool,
    /// What there is to say about that.
    pub note: String,
}

/// A wish that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Wished {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub wish: WishId,
    /// Of which device.
    pub device: DeviceId,
    /// Whether it was reached.
    pub done: bool,
}

/// A request that a constraint refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Where it stands in the stream.
    pub position: Position,
    /// Of which device, where it was one.
    pub device: Option<DeviceId>,
    /// Why.
    pub reason: String,
}

/// What somebody said of what the house did.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// From -1 (bad) to 1 (good).
    pub good: f64,
    /// The event that it was said of, where there was one.
    pub position: Option<Position>,
}

/// What took days to learn, as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptRecall {
    rhythms: Vec<(DeviceId, Rhythms)>,
    cold: Vec<(DeviceId, Draw)>,
}

impl Recall {
    /// Takes up what was kept. The pause while nobody listened is no rhythm of the house.
    #[must_use]
    pub fn resumed(kept: KeptRecall) -> Self {
        let mut recall = Self {
            rhythms: kept.rhythms.into_iter().collect(),
            cold: kept.cold.into_iter().collect(),
            ..Self::default()
        };
        for draw in recall.cold.values_mut() {
            draw.pauses.interrupted();
        }
        for rhythms in recall.rhythms.values_mut() {
            rhythms.device.interrupted();
            for (_, said, changed) in &mut rhythms.properties {
                said.interrupted();
                changed.interrupted();
            }
        }
        recall
    }

    /// What is to be kept. Who has not spoken twice has no rhythm yet.
    #[must_use]
    pub fn kept(&self) -> KeptRecall {
        let mut rhythms: Vec<_> = self
            .rhythms
            .iter()
            .filter(|(_, all)| all.device.count > 0)
            .map(|(id, all)| (*id, all.clone()))
            .collect();
        let mut cold: Vec<_> = self.cold.iter().map(|(id, draw)| (*id, *draw)).collect();
        rhythms.sort_by_key(|(id, _)| *id);
        cold.sort_by_key(|(id, _)| *id);
        KeptRecall { rhythms, cold }
    }

    /// Hears an event. Whether it matters enough to feel at once.
    pub fn hear(&mut self, event: &Event) -> bool {
        match &event.body {
            EventBody::PropertyConfirmed { device, path } => {
                self.beat(*device, *path, event.at, false);
                false
            }
            EventBody::PropertyChanged {
                device,
                path,
                old,
                new,
                ..
            } => {
                self.beat(*device, *path, event.at, true);
                if path.property.name == "power"
                    && [old, new].into_iter().flatten().any(runs)
                    && let Some(draw) = self.cold.get_mut(device)
                {
                    draw.drew(event.at);
                }
                matters(*path, new.as_ref())
            }
            EventBody::ConnectivityChanged {
                device, new, old, ..
            } => {
                let rhythms = self.rhythms.entry(*device).or_default();
                if *new == Connectivity::Online {
                    rhythms.device.interrupted();
                    for (_, said, changed) in &mut rhythms.properties {
                        said.interrupted();
                        changed.interrupted();
                    }
                    if *old == Connectivity::Offline {
                        self.returned.insert(*device, event.at);
                    }
                }
                // Even one that was not known yet: how the house is must be known soon after the start.
                *old != *new
            }
            EventBody::DeviceRemoved { device, .. } => {
                self.forget(*device);
                true
            }
            EventBody::RunEnded {
                run,
                scenario,
                name,
                state,
                note,
            } => {
                let done = state == "completed";
                let over = done || matches!(state.as_str(), "incomplete" | "failed");
                if over {
                    remember(
                        &mut self.runs,
                        Ran {
                            at: event.at,
                            run: *run,
                            scenario: scenario.clone(),
                            name: name.clone(),
                            done,
                            note: note.clone(),
                        },
                    );
                }
                over && !done
            }
            EventBody::WishEnded { wish } => {
                let done = match wish.state {
                    WishState::Reached => true,
                    WishState::TimedOut | WishState::Rejected => false,
                    WishState::Pending | WishState::Superseded => return false,
                };
                remember(
                    &mut self.wishes,
                    Wished {
                        at: event.at,
                        wish: wish.id,
                        device: wish.device,
                        done,
                    },
                );
                !done
            }
            EventBody::RequestRefused {
                device,
                code,
                reason,
                ..
            } if code == "constrained" => {
                remember(
                    &mut self.refusals,
                    Refused {
                        at: event.at,
                        position: event.position,
                        device: *device,
                        reason: reason.clone(),
                    },
                );
                true
            }
            EventBody::PresenceChanged { .. }
            | EventBody::ModeChanged { .. }
            | EventBody::DriverChanged { .. } => true,
            _ => false,
        }
    }

    fn beat(&mut self, device: DeviceId, path: Path, at: Timestamp, changed: bool) {
        let rhythms = self.rhythms.entry(device).or_default();
        rhythms.device.beat(at);
        let place = rhythms
            .properties
            .iter()
            .position(|(known, ..)| *known == path);
        let place = place.unwrap_or_else(|| {
            rhythms
                .properties
                .push((path, Rhythm::default(), Rhythm::default()));
            rhythms.properties.len() - 1
        });
        let (_, said, changes) = &mut rhythms.properties[place];
        said.beat(at);
        if changed {
            changes.beat(at);
        }
    }

    fn forget(&mut self, device: DeviceId) {
        self.rhythms.remove(&device);
        self.cold.remove(&device);
        self.demands.remove(&device);
        self.returned.remove(&device);
    }

    /// The rhythms of a property: how often it is said, and how often it changes.
    #[must_use]
    pub fn property(&self, device: DeviceId, path: Path) -> Option<(&Rhythm, &Rhythm)> {
        let rhythms = self.rhythms.get(&device)?;
        let found = rhythms
            .properties
            .iter()
            .find(|(known, ..)| *known == path)?;
        Some((&found.1, &found.2))
    }
}

/// Whether a changed value may change at once how the house feels.
fn matters(path: Path, new: Option<&Value>) -> bool {
    match path.capability.name {
        "WaterLeak" | "SmokeCoAlarm" | "SecurityAlarm" => true,
        "DoorLock" | "Contact" => new.is_some(),
        _ => false,
    }
}

fn remember<T>(list: &mut VecDeque<T>, one: T) {
    if list.len() == HAPPENINGS {
        list.pop_front();
    }
    list.push_back(one);
}

/// Remembers what somebody said.
pub(crate) fn said(recall: &mut Recall, said: Said) {
    remember(&mut recall.feedback, said);
}
