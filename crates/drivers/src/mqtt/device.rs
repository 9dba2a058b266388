//! One device: its entities, where their values go, and what is known of it.

use super::{
    availability::{Availability, Known},
    config::DeviceInfo,
    entity::{Entity, Memory, Said},
    layout,
    payload::Payload,
    template::Engine,
};
use model::{Announcement, Connectivity, Reading, ReportBody, Value};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

/// Which message an entity came from, and under which key in it.
pub(super) type EntityKey = (Arc<str>, String);

/// A device in the making or announced.
#[derive(Debug, Default)]
pub(super) struct Device {
    pub(super) info: DeviceInfo,
    pub(super) entities: BTreeMap<EntityKey, Arc<Entity>>,
    /// What a person typed in, where it was added by hand.
    pub(super) manual: Option<serde_json::Value>,
    /// What was announced last, as a fingerprint.
    announced: Option<u64>,
    /// Whether a fault of it was logged already.
    pub(super) warned: bool,
    connectivity: Option<Connectivity>,
    built: Built,
}

/// What follows from the entities of a device, as far as it was announced.
#[derive(Debug, Default)]
struct Built {
    entities: Vec<Arc<Entity>>,
    endpoints: Vec<Vec<u16>>,
    memories: Vec<Memory>,
    deadlines: BTreeMap<usize, Duration>,
    /// When the truths of entities that never report their end are over.
    offs: BTreeMap<usize, Duration>,
    availabilities: Vec<(Availability, Known)>,
    routes: HashMap<Arc<str>, Vec<Route>>,
}

/// Where a message of a topic goes.
#[derive(Debug, Clone, Copy)]
enum Route {
    Input { entity: usize, input: usize },
    Availability { at: usize, source: usize },
}

/// What rebuilding a device led to.
pub(super) struct Rebuilt {
    /// Its description, where it changed.
    pub(super) announcement: Option<Announcement>,
    /// Topics that are to be listened to (again, so that what is kept comes once more).
    pub(super) subscribe: Vec<Arc<str>>,
    /// Topics that it no longer needs.
    pub(super) drop: Vec<Arc<str>>,
    /// What could not lie where its messages wanted it, for people.
    pub(super) clashes: Vec<String>,
}

impl Device {
    /// Lays the device out anew after its entities changed.
    pub(super) fn rebuild(&mut self, native_id: &str, adopt: bool) -> Rebuilt {
        let mut entities: Vec<_> = self.entities.values().cloned().collect();
        crate::convention::sort(&mut entities);
        let laid = crate::convention::lay_out(&entities);

        let mut old = std::mem::take(&mut self.built);
        let mut built = Built {
            endpoints: laid.endpoints,
            memories: vec![Memory::new(); entities.len()],
            ..Built::default()
        };
        for (at, entity) in entities.iter().enumerate() {
            // An entity that stayed keeps what it remembers.
            if let Some(before) = old.entities.iter().position(|old| Arc::ptr_eq(old, entity)) {
                built.memories[at] = std::mem::take(&mut old.memories[before]);
                if let Some(deadline) = old.deadlines.get(&before) {
                    built.deadlines.insert(at, *deadline);
                }
            }
            for (input, from) in entity.inputs.iter().enumerate() {
                let route = Route::Input { entity: at, input };
                built
                    .routes
                    .entry(Arc::clone(&from.topic))
                    .or_default()
                    .push(route);
            }
            if let Some(availability) = &entity.availability
                && !built
                    .availabilities
                    .iter()
                    .any(|(known, _)| known == availability)
            {
                let known = old
                    .availabilities
                    .iter()
                    .find(|(old, _)| old == availability)
                    .map(|(_, known)| known.clone())
                    .unwrap_or_default();
                built.availabilities.push((availability.clone(), known));
            }
        }
        for (at, (availability, _)) in built.availabilities.iter().enumerate() {
            for (source, from) in availability.sources.iter().enumerate() {
                let topic: Arc<str> = from.topic.as_str().into();
                let route = Route::Availability { at, source };
                built.routes.entry(topic).or_default().push(route);
            }
        }
        built.entities = entities;
        let grew = |topic: &Arc<str>, routes: &Vec<Route>| {
            old.routes
                .get(topic)
                .is_none_or(|before| before.len() < routes.len())
        };
        // In their order, so that the same messages always lead to the same traffic.
        let mut subscribe: Vec<_> = built
            .routes
            .iter()
            .filter(|(topic, routes)| grew(topic, routes))
            .map(|(topic, _)| Arc::clone(topic))
            .collect();
        subscribe.sort_unstable();
        let mut drop: Vec<_> = old
            .routes
            .keys()
            .filter(|topic| !built.routes.contains_key(*topic))
            .cloned()
            .collect();
        drop.sort_unstable();

        let mut announcement =
            layout::announcement(native_id, &self.info, &built.entities, laid.instances);
        announcement.adopt = adopt || self.manual.is_some();
        announcement.manual.clone_from(&self.manual);
        self.built = built;
        let print = fingerprint(&announcement);
        let changed = self.announced.replace(print) != Some(print);
        Rebuilt {
            announcement: changed.then_some(announcement),
            subscribe,
            drop,
            clashes: laid.clashes,
        }
    }

    /// Every topic that it listens to.
    pub(super) fn topics(&self) -> impl Iterator<Item = &Arc<str>> {
        self.built.routes.keys()
    }

    /// Whether some of its values mean nothing after a while.
    pub(super) fn expires(&self) -> bool {
        self.built
            .entities
            .iter()
            .any(|entity| entity.expire_after.is_some() || entity.off_after.is_some())
    }

    /// Whether the house was told of it.
    pub(super) fn is_announced(&self) -> bool {
        self.announced.is_some()
    }

    /// What a message says about it: reports, and the first fault.
    pub(super) fn on_message(
        &mut self,
        native_id: &str,
        topic: &str,
        payload: &Payload<'_>,
        engine: &mut Engine,
        now: Duration,
    ) -> (Vec<ReportBody>, Option<String>) {
        let mut reports = Vec::new();
        let mut readings = Vec::new();
        let mut fault = None;
        let mut heard = false;
        let Some(routes) = self.built.routes.get(topic) else {
            return (reports, fault);
        };
        let built = &mut self.built.entities;
        for route in routes {
            match *route {
                Route::Availability { at, source } => {
                    let (availability, known) = &mut self.built.availabilities[at];
                    match availability.sources[source].read(payload, engine) {
                        Ok(Some(yes)) => known.say(source, yes),
                        Ok(None) => {}
                        Err(error) => fault = fault.or(Some(error)),
                    }
                }
                Route::Input { entity: at, input } => {
                    heard = true;
                    let entity = &built[at];
                    let input = &entity.inputs[input];
                    let memory = &mut self.built.memories[at];
                    match Entity::read(input, payload, engine, memory) {
                        Ok(said) => {
                            if let Some(after) = entity.expire_after {
                                self.built.deadlines.insert(at, now.saturating_add(after));
                            }
                            let truth = said.iter().find_map(|said| match said {
                                Said::Value { value, .. } => value.as_ref()?.as_bool(),
                                Said::Event { .. } => None,
                            });
                            match (entity.off_after, truth) {
                                (Some(after), Some(true)) => {
                                    self.built.offs.insert(at, now.saturating_add(after));
                                }
                                (_, Some(false)) => {
                                    self.built.offs.remove(&at);
                                }
                                _ => {}
                            }
                            for said in said {
                                let endpoints = &self.built.endpoints[at];
                                place(
                                    native_id,
                                    entity,
                                    endpoints,
                                    said,
                                    &mut readings,
                                    &mut reports,
                                );
                            }
                        }
                        Err(error) => fault = fault.or(Some(error)),
                    }
                }
            }
        }
        if !readings.is_empty() {
            reports.push(ReportBody::Values {
                native_id: native_id.to_owned(),
                readings,
            });
        }
        if let Some(report) = self.connectivity(native_id, heard) {
            reports.insert(0, report);
        }
        (reports, fault)
    }

    /// Whether it answers, where that changed. A device that never says is there once it was heard.
    pub(super) fn connectivity(&mut self, native_id: &str, heard: bool) -> Option<ReportBody> {
        let availabilities = &self.built.availabilities;
        let verdicts = availabilities
            .iter()
            .map(|(availability, known)| known.verdict(availability));
        let (connectivity, reason) = if availabilities.is_empty() {
            let silent = self
                .built
                .entities
                .iter()
                .all(|entity| entity.inputs.is_empty());
            if heard {
                (Connectivity::Online, "it was heard")
            } else if silent {
                (Connectivity::Online, "it never says whether it is there")
            } else {
                return None;
            }
        } else if verdicts.clone().any(|verdict| verdict == Some(true)) {
            (Connectivity::Online, "it says so")
        } else if verdicts.clone().all(|verdict| verdict == Some(false)) {
            (Connectivity::Offline, "it is said to be away")
        } else {
            return None;
        };
        self.connect(native_id, connectivity, reason)
    }

    fn connect(
        &mut self,
        native_id: &str,
        connectivity: Connectivity,
        reason: &str,
    ) -> Option<ReportBody> {
        (self.connectivity.replace(connectivity) != Some(connectivity)).then(|| {
            ReportBody::Connectivity {
                native_id: native_id.to_owned(),
                connectivity,
                reason: Some(reason.to_owned()),
            }
        })
    }

    /// Says whether it answers, also when that did not change.
    pub(super) fn say_connectivity(&mut self, native_id: &str) -> Option<ReportBody> {
        let known = self.connectivity.take();
        self.connectivity(native_id, known == Some(Connectivity::Online))
    }

    /// Nothing is known of it while the broker is away.
    pub(super) fn forget_connectivity(
        &mut self,
        native_id: &str,
        reason: &str,
    ) -> Option<ReportBody> {
        for (_, known) in &mut self.built.availabilities {
            *known = Known::default();
        }
        self.connectivity?;
        let report = self.connect(native_id, Connectivity::Unknown, reason);
        self.connectivity = None;
        report
    }

    /// What time alone changes: values that were not repeated mean nothing any more.
    pub(super) fn on_time(&mut self, native_id: &str, now: Duration) -> Vec<ReportBody> {
        let mut readings = Vec::new();
        for at in due(&mut self.built.offs, now) {
            self.every_value(at, Some(false.into()), &mut readings);
        }
        let ran_out = due(&mut self.built.deadlines, now);
        for at in &ran_out {
            self.every_value(*at, None, &mut readings);
        }
        let mut reports = Vec::new();
        if !readings.is_empty() {
            reports.push(ReportBody::Values {
                native_id: native_id.to_owned(),
                readings,
            });
        }
        if ran_out.is_empty() {
            return reports;
        }
        // Without any other word about it, a device whose every value ran out is away.
        let all_ran_out = self.built.deadlines.is_empty()
            && self.built.availabilities.is_empty()
            && self
                .built
                .entities
                .iter()
                .all(|entity| entity.expire_after.is_some());
        if all_ran_out {
            let reason = "nothing was heard for as long as it says that its values last";
            reports.extend(self.connect(native_id, Connectivity::Offline, reason));
        }
        reports
    }

    /// Every value that an entity reports, as this one.
    fn every_value(&self, at: usize, value: Option<Value>, readings: &mut Vec<Reading>) {
        let entity = &self.built.entities[at];
        for (part, endpoint) in entity.parts.iter().zip(&self.built.endpoints[at]) {
            let instance = &part.instance;
            for shape in instance.properties.iter().filter(|shape| shape.reports) {
                if let Some(mut path) = instance.path(&shape.name) {
                    path.endpoint = *endpoint;
                    readings.push(Reading {
                        path,
                        value: value.clone(),
                        unit: None,
                    });
                }
            }
        }
    }

    /// The entity and its part behind a capability on an endpoint, for some property or action.
    pub(super) fn owner(
        &self,
        endpoint: u16,
        capability: &str,
        has: impl Fn(&Entity, usize) -> bool,
    ) -> Option<(&Arc<Entity>, usize, &Memory)> {
        self.built
            .entities
            .iter()
            .zip(&self.built.endpoints)
            .zip(&self.built.memories)
            .find_map(|((entity, endpoints), memory)| {
                let part = entity.parts.iter().zip(endpoints).position(|(part, own)| {
                    *own == endpoint && part.instance.capability.name == capability
                })?;
                has(entity, part).then_some((entity, part, memory))
            })
    }
}

fn place(
    native_id: &str,
    entity: &Entity,
    endpoints: &[u16],
    said: Said,
    readings: &mut Vec<Reading>,
    reports: &mut Vec<ReportBody>,
) {
    match said {
        Said::Value {
            part,
            property,
            value,
            unit,
        } => {
            let instance = &entity.parts[part].instance;
            // Only what was announced may be reported.
            if instance
                .property(property)
                .is_none_or(|shape| !shape.reports)
            {
                return;
            }
            if let Some(mut path) = instance.path(property) {
                path.endpoint = endpoints[part];
                let value = value
                    .filter(|value| !matches!(value, Value::Number(number) if !number.is_finite()));
                readings.push(Reading { path, value, unit });
            }
        }
        Said::Event { part, event } => reports.push(ReportBody::DeviceEvent {
            native_id: native_id.to_owned(),
            endpoint: endpoints[part],
            capability: entity.parts[part].instance.capability.name.to_owned(),
            event,
        }),
    }
}

/// Takes what is due out of a list of deadlines.
fn due(deadlines: &mut BTreeMap<usize, Duration>, now: Duration) -> Vec<usize> {
    let due: Vec<usize> = deadlines
        .iter()
        .filter(|(_, deadline)| **deadline <= now)
        .map(|(at, _)| *at)
        .collect();
    for at in &due {
        deadlines.remove(at);
    }
    due
}

fn fingerprint(announcement: &Announcement) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(announcement)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}
