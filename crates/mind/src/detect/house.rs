//! A house for tests of detectors: plain things that say what they are told to.

use super::{Finding, detect};
use crate::safla::learn::learn_from;
use crate::safla::recall::{Ran, Recall, Refused};
use crate::safla::sense::{Component, Health, PATIENCE, Reading, SILENCE, Sensed, Thing, seconds};
use crate::usual::Usual;
use crate::view::Awareness;
use model::{
    Cause, Connectivity, Device, DeviceId, DeviceKind, Event, EventBody, Instance, Key, PersonId,
    Position, Preferences, Presence, RunId, Slug, Timestamp, Value, Who,
};
use std::sync::Arc;

pub(crate) struct Home {
    sensed: Sensed,
    recall: Recall,
    heard: Vec<EventBody>,
}

/// A thing that is told what to say.
pub(crate) struct Voice<'a> {
    at: Timestamp,
    pub(crate) thing: &'a mut Thing,
    heard: &'a mut Vec<EventBody>,
}

impl std::ops::Deref for Voice<'_> {
    type Target = Thing;

    fn deref(&self) -> &Thing {
        self.thing
    }
}

impl std::ops::DerefMut for Voice<'_> {
    fn deref_mut(&mut self) -> &mut Thing {
        self.thing
    }
}

pub(crate) fn kinds(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|one| one.kind).collect()
}

impl Voice<'_> {
    pub(crate) fn says(self, path: &str, value: impl Into<Value>) -> Self {
        let (path, value, at) = (path.parse::<model::Path>().unwrap(), value.into(), self.at);
        self.thing.last_seen = Some(at);
        self.thing.fresh = true;
        if !self
            .thing
            .device
            .capabilities
            .iter()
            .any(|all| all.capability == path.capability)
        {
            Arc::make_mut(&mut self.thing.device)
                .capabilities
                .push(Instance::full(path.capability));
        }
        let device = self.thing.id();
        let known = self
            .thing
            .readings
            .iter_mut()
            .find(|reading| reading.path == path);
        match known {
            Some(reading) if reading.value.as_ref() == Some(&value) => {
                reading.at = at;
                self.heard
                    .push(EventBody::PropertyConfirmed { device, path });
            }
            known => {
                let old = known.as_ref().and_then(|reading| reading.value.clone());
                let reading = Reading {
                    path,
                    value: Some(value.clone()),
                    at,
                    since: at,
                    stale: false,
                };
                match known {
                    Some(place) => *place = reading,
                    None => self.thing.readings.push(reading),
                }
                self.heard.push(EventBody::PropertyChanged {
                    device,
                    path,
                    old,
                    new: Some(value),
                    matched: false,
                });
            }
        }
        self
    }

    /// It says that it does not know.
    pub(crate) fn knows_not(self, path: &str) -> Self {
        let (path, at) = (path.parse::<model::Path>().unwrap(), self.at);
        let device = self.thing.id();
        self.thing.last_seen = Some(at);
        self.thing.fresh = true;
        let known = self.thing.readings.iter_mut();
        for reading in known.filter(|reading| reading.path == path) {
            let old = reading.value.take();
            reading.at = at;
            if old.is_some() {
                reading.since = at;
            }
            self.heard.push(EventBody::PropertyChanged {
                device,
                path,
                old,
                new: None,
                matched: false,
            });
        }
        self
    }

    /// It is there, whatever it says.
    pub(crate) fn heard(self) {
        self.thing.last_seen = Some(self.at);
        self.thing.fresh = true;
    }

    pub(crate) fn link(self, connectivity: Connectivity) {
        self.thing.connectivity = connectivity;
        self.thing.since = self.at;
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        Self {
            sensed: Sensed {
                at,
                position: Position { epoch: 1, seq: 1 },
                mode: "home".into(),
                anyone_home: None,
                people: Vec::new(),
                things: Vec::new(),
                areas: Vec::new(),
                components: Vec::new(),
                awareness: Awareness { fresh: 0, known: 0 },
                year: None,
            },
            recall: Recall::default(),
            heard: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.sensed.at
    }

    pub(crate) fn device(&mut self, name: &str, kind: DeviceKind) -> Voice<'_> {
        let device = Device {
            id: DeviceId::new(),
            slug: Slug::from_name(name, "thing"),
            aliases: Vec::new(),
            key: Key {
                driver: "test".into(),
                native_id: name.into(),
            },
            via: None,
            area: None,
            serves: Vec::new(),
            name: name.into(),
            named_by_person: false,
            kind,
            manufacturer: None,
            model: None,
            capabilities: Vec::new(),
            manual: None,
            preferences: Preferences::default(),
            first_seen: self.sensed.at,
        };
        self.sensed.things.push(Thing {
            device: Arc::new(device),
            outside: kind == DeviceKind::Weather,
            connectivity: Connectivity::Online,
            since: self.sensed.at,
            last_seen: Some(self.sensed.at),
            fresh: true,
            readings: Vec::new(),
        });
        self.thing(name)
    }

    pub(crate) fn thing(&mut self, name: &str) -> Voice<'_> {
        self.hear();
        let at = self.sensed.at;
        let thing = self
            .sensed
            .things
            .iter_mut()
            .find(|thing| thing.device.name == name)
            .unwrap();
        Voice {
            at,
            thing,
            heard: &mut self.heard,
        }
    }

    pub(crate) fn id(&mut self, name: &str) -> DeviceId {
        self.thing(name).id()
    }

    fn hear(&mut self) {
        for body in self.heard.drain(..) {
            self.recall.hear(&Event {
                position: self.sensed.position,
                at: self.sensed.at,
                cause: Cause::first(Who::House),
                body,
            });
        }
    }

    pub(crate) fn later(&mut self, seconds: i64) {
        self.hear();
        self.sensed.at += jiff::SignedDuration::from_secs(seconds);
    }

    pub(crate) fn people(&mut self, home: bool) {
        let presence = if home { Presence::Home } else { Presence::Away };
        self.sensed.anyone_home = Some(home);
        self.sensed.people = vec![(PersonId::new(), presence, Some(self.sensed.at))];
    }

    pub(crate) fn mode(&mut self, mode: &str) {
        self.sensed.mode = mode.into();
    }

    pub(crate) fn component(&mut self, name: &str, health: Health) {
        self.sensed
            .components
            .retain(|component| component.name != name);
        self.sensed.components.push(Component {
            name: name.into(),
            health,
            message: None,
            action: None,
            since: self.sensed.at,
        });
    }

    pub(crate) fn usual(&mut self) -> &mut Usual {
        Arc::make_mut(&mut self.recall.usual)
    }

    pub(crate) fn ran(&mut self, scenario: &str, done: bool) {
        self.recall.runs.push_back(Ran {
            at: self.sensed.at,
            run: RunId::new(),
            scenario: scenario.into(),
            name: scenario.into(),
            done,
            note: String::new(),
        });
    }

    pub(crate) fn refused(&mut self, reason: &str) {
        self.recall.refusals.push_back(Refused {
            at: self.sensed.at,
            position: self.sensed.position,
            device: None,
            reason: reason.into(),
        });
    }

    pub(crate) fn learn(&mut self) {
        self.hear();
        learn_from(&self.sensed, &mut self.recall);
    }

    pub(crate) fn found(&mut self) -> Vec<Finding> {
        self.hear();
        let now = self.sensed.at;
        for thing in &mut self.sensed.things {
            let allowed = self.recall.rhythms.get(&thing.device.id);
            let allowed = allowed.and_then(|all| all.device.allows(PATIENCE, SILENCE));
            let heard = thing
                .last_seen
                .is_some_and(|last| allowed.is_none_or(|allowed| seconds(last, now) <= allowed));
            thing.fresh = heard && thing.connectivity != Connectivity::Offline;
        }
        detect(&self.sensed, &self.recall)
    }
}
