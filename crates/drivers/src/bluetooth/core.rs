//! What is heard, and what follows from it. Pure: adverts in, reports out; time is a parameter.

use super::{NAME, advert::Props, bthome, thing::Thing};
use crate::{Admit, Guard, Limits, telemetry};
use model::{Connectivity, ReportBody};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// Things that are known at once, and objects of BlueZ.
const THINGS: usize = 512;
const OBJECTS: usize = 2_048;
/// What one thing may advertise.
const LOUD: Limits = Limits {
    rate: 20.0,
    burst: 60.0,
    topics: 4,
};

/// All that is heard.
#[derive(Debug)]
pub(super) struct Air {
    most: usize,
    /// What BlueZ knows, by its path, and when it was last said.
    objects: HashMap<String, (Props, Duration)>,
    things: BTreeMap<Arc<str>, Thing>,
    guard: Guard,
    /// Things that found no room since that was last told.
    pub(super) refused: u64,
}

impl Air {
    pub(super) fn new() -> Self {
        Self::with_room(THINGS)
    }

    pub(super) fn with_room(most: usize) -> Self {
        Self {
            most,
            objects: HashMap::new(),
            things: BTreeMap::new(),
            guard: Guard::new(LOUD),
            refused: 0,
        }
    }

    /// Whether an object of BlueZ's is known, so that a change of it can be understood.
    pub(super) fn knows(&self, path: &str) -> bool {
        self.objects.contains_key(path)
    }

    /// BlueZ forgets an object. That says nothing about the thing: BlueZ forgets soon.
    pub(super) fn on_gone(&mut self, path: &str) {
        self.objects.remove(path);
    }

    /// BlueZ says something new of an object, or all of it.
    pub(super) fn on_props(&mut self, path: &str, news: Props, now: Duration) -> Vec<ReportBody> {
        let (is_advert, has_data) = (news.is_advert(), news.service_data.is_some());
        if !self.objects.contains_key(path) && self.objects.len() >= OBJECTS {
            let oldest = self.objects.iter().min_by_key(|(_, (_, at))| *at);
            if let Some(oldest) = oldest.map(|(path, _)| path.clone()) {
                self.objects.remove(&oldest);
            }
        }
        let (props, at) = self.objects.entry(path.to_owned()).or_default();
        props.merge(news);
        *at = now;
        // What BlueZ remembers from another day was not heard now.
        if !is_advert || props.rssi.is_none() {
            return Vec::new();
        }
        let Some(native_id) = props.native_id() else {
            return Vec::new();
        };
        let native_id: Arc<str> = native_id.into();
        let data = props
            .bthome()
            .filter(|_| has_data)
            .unwrap_or_default()
            .to_vec();
        if self.guard.admit(&native_id, path, &data, now) == Admit::Held {
            return Vec::new();
        }
        self.heard(path, &native_id, &data, now)
    }

    /// An advert that may pass.
    fn heard(
        &mut self,
        path: &str,
        native_id: &Arc<str>,
        data: &[u8],
        now: Duration,
    ) -> Vec<ReportBody> {
        let mut reports = Vec::new();
        let Some((props, _)) = self.objects.get(path) else {
            return reports;
        };
        if !self.things.contains_key(native_id) && self.things.len() >= self.most {
            let absent = self.things.iter().filter(|(_, thing)| thing.told.is_none());
            match absent
                .min_by_key(|(_, thing)| thing.heard)
                .map(|(id, _)| Arc::clone(id))
            {
                Some(oldest) => drop(self.things.remove(&oldest)),
                None => {
                    self.refused += 1;
                    return reports;
                }
            }
        }
        let thing = self.things.entry(Arc::clone(native_id)).or_default();
        thing.count_gap(now);
        let packet = match props.bthome().map(bthome::read) {
            Some(Ok(packet)) => Some(packet),
            Some(Err(fault)) => {
                thing.bad(native_id, &fault);
                None
            }
            None => None,
        };
        let sighting = props.sighting(native_id, packet.as_ref());
        if sighting.is_some() && thing.told != sighting {
            thing.told.clone_from(&sighting);
            reports.extend(sighting.map(|sighting| ReportBody::Sighted(Box::new(sighting))));
        }
        if let Some(packet) = packet.filter(|packet| !packet.encrypted)
            && !data.is_empty()
        {
            let name = props.own_name();
            thing.on_packet(native_id, name, &packet, data, now, &mut reports);
        } else if let Some(own) = thing.bthome.as_mut() {
            own.connect(
                native_id,
                Connectivity::Online,
                "it advertises",
                &mut reports,
            );
        }
        reports
    }

    /// Lets time pass: what waited is handed on, what is silent for long is gone.
    pub(super) fn on_time(&mut self, now: Duration) -> Vec<ReportBody> {
        let mut reports = Vec::new();
        for (path, data) in self.guard.release(now) {
            let id = self
                .objects
                .get(&path)
                .and_then(|(props, _)| props.native_id());
            if let Some(native_id) = id {
                reports.extend(self.heard(&path, &native_id.into(), &data, now));
            }
        }
        for (native_id, dropped, is_news) in self.guard.floods(now) {
            telemetry::flooding(NAME, &native_id, dropped, is_news);
            let native_id = native_id.to_string();
            reports.push(ReportBody::Flooding { native_id, dropped });
        }
        self.guard.tidy(now);
        for (native_id, thing) in &mut self.things {
            thing.on_silence(native_id, now, &mut reports);
        }
        if self.refused > 0 {
            let text = format!(
                "more than {THINGS} things at once; {} left out",
                self.refused
            );
            telemetry::bad_message(NAME, "", "adverts", &text, true);
            self.refused = 0;
        }
        reports
    }

    /// Nothing can be heard any more, for this reason.
    pub(super) fn on_deaf(&mut self, reason: &str) -> Vec<ReportBody> {
        let mut reports = Vec::new();
        for (native_id, thing) in &mut self.things {
            if let Some(own) = thing
                .bthome
                .as_mut()
                .filter(|own| own.connectivity.is_some())
            {
                own.connect(native_id, Connectivity::Unknown, reason, &mut reports);
            }
        }
        reports
    }

    /// All that is there, once more.
    pub(super) fn all(&self) -> Vec<ReportBody> {
        let there = self.things.values().filter_map(|thing| thing.told.clone());
        there
            .map(|sighting| ReportBody::Sighted(Box::new(sighting)))
            .collect()
    }

    /// Says again all that is known of a device that became ours.
    pub(super) fn watch(&self, native_id: &str) -> Vec<ReportBody> {
        let Some(own) = self
            .things
            .get(native_id)
            .and_then(|thing| thing.bthome.as_ref())
        else {
            return Vec::new();
        };
        let Some(announcement) = own.announced.clone() else {
            return Vec::new();
        };
        let native_id = native_id.to_owned();
        let mut reports = vec![ReportBody::Announced(Box::new(announcement))];
        if let Some((connectivity, reason)) = &own.connectivity {
            reports.push(ReportBody::Connectivity {
                native_id: native_id.clone(),
                connectivity: *connectivity,
                reason: Some(reason.clone()),
            });
        }
        let readings = own.device.values();
        if !readings.is_empty() {
            reports.push(ReportBody::Values {
                native_id,
                readings,
            });
        }
        reports
    }
}
