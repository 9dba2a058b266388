//! What is heard, and what follows from it. Pure: adverts in, reports out; time is a parameter.

use super::{
    NAME,
    advert::Props,
    bthome::{self, Packet},
    device::Device,
};
use crate::{Admit, Guard, Limits, telemetry};
use model::{Announcement, Connectivity, ReportBody, Sighting};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// Without an advert for this long, a thing is not said to be there.
const SILENT: Duration = Duration::from_secs(30 * 60);
/// An advert that is missed now and then says nothing; so many in a row do.
const MISSED: u32 = 5;
/// No silence shorter than this means anything: radios miss adverts.
const SHORTEST: Duration = Duration::from_secs(120);
/// Gaps between adverts that have to be known before they tell an interval.
const GAPS: u32 = 8;
/// The same packet again within this time is a repetition, where it has no number.
const REPEATED: Duration = Duration::from_secs(4);
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

/// One thing.
#[derive(Debug, Default)]
struct Thing {
    told: Option<Sighting>,
    heard: Duration,
    /// The usual gap between adverts, and from how many that is known.
    gap: Duration,
    gaps: u32,
    bthome: Option<BtHome>,
}

/// What is known of a BTHome device.
#[derive(Debug, Default)]
struct BtHome {
    device: Device,
    announced: Option<Announcement>,
    /// The last packet and when it was heard.
    last: Option<(Vec<u8>, Duration)>,
    on_trigger: bool,
    connectivity: Option<(Connectivity, String)>,
    warned: bool,
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
            let absent = self
                .things
                .iter()
                .filter(|(_, thing)| thing.told.is_none() && !thing.is_announced());
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

impl Thing {
    fn is_announced(&self) -> bool {
        self.bthome
            .as_ref()
            .is_some_and(|own| own.announced.is_some())
    }

    fn count_gap(&mut self, now: Duration) {
        let gap = now.saturating_sub(self.heard);
        // Adverts of one event come in a volley, and a long silence is no interval.
        if self.heard > Duration::ZERO && gap >= Duration::from_millis(500) && gap < SILENT {
            self.gap = if self.gaps == 0 {
                gap
            } else {
                (self.gap * 7 + gap) / 8
            };
            self.gaps = self.gaps.saturating_add(1);
        }
        self.heard = now;
    }

    /// How long it may be silent.
    fn patience(&self) -> Duration {
        if self.gaps < GAPS {
            return SILENT;
        }
        (self.gap * MISSED).clamp(SHORTEST, SILENT)
    }

    fn on_packet(
        &mut self,
        native_id: &str,
        name: Option<String>,
        packet: &Packet,
        data: &[u8],
        now: Duration,
        reports: &mut Vec<ReportBody>,
    ) {
        let brand = self.told.as_ref().and_then(|told| {
            let guess = model::Guess::from_clues(&told.clues);
            guess.brand.map(|brand| brand.value)
        });
        if let Some(fault) = &packet.fault {
            self.bad(native_id, fault);
        }
        let own = self.bthome.get_or_insert_default();
        own.on_trigger = packet.on_trigger;
        let is_repeated = own.last.as_ref().is_some_and(|(last, at)| {
            last == data && (packet.number.is_some() || now.saturating_sub(*at) < REPEATED)
        });
        own.last = Some((data.to_vec(), now));
        if is_repeated {
            own.connect(native_id, Connectivity::Online, "it advertises", reports);
            return;
        }
        let taken = own.device.take(&packet.said);
        let announcement = Announcement {
            native_id: native_id.to_owned(),
            name: name.unwrap_or_else(|| {
                let tail: String = native_id.chars().skip(9).filter(|c| *c != ':').collect();
                format!("BTHome sensor {}", tail.to_uppercase())
            }),
            slug: None,
            kind: own.device.kind(),
            manufacturer: brand,
            // Not every packet says it.
            model: packet
                .model
                .map(|model| format!("BTHome model {model:#06x}"))
                .or_else(|| own.announced.as_ref()?.model.clone()),
            via: None,
            area: None,
            capabilities: own.device.capabilities(),
            adopt: false,
            manual: None,
        };
        let is_described = !announcement.capabilities.is_empty();
        if is_described && (taken.is_news || own.announced.as_ref() != Some(&announcement)) {
            own.announced = Some(announcement.clone());
            reports.push(ReportBody::Announced(Box::new(announcement)));
        }
        if own.announced.is_none() {
            return;
        }
        own.connect(native_id, Connectivity::Online, "it advertises", reports);
        if !taken.readings.is_empty() {
            reports.push(ReportBody::Values {
                native_id: native_id.to_owned(),
                readings: taken.readings,
            });
        }
        for (endpoint, capability, event) in taken.events {
            reports.push(ReportBody::DeviceEvent {
                native_id: native_id.to_owned(),
                endpoint,
                capability: capability.to_owned(),
                event: event.to_owned(),
            });
        }
        if let Some(fault) = taken.fault {
            self.bad(native_id, &fault);
        }
    }

    fn on_silence(&mut self, native_id: &str, now: Duration, reports: &mut Vec<ReportBody>) {
        let silent = now.saturating_sub(self.heard);
        let patience = self.patience();
        if let Some(own) = &mut self.bthome
            && own
                .connectivity
                .as_ref()
                .is_some_and(|(known, _)| *known == Connectivity::Online)
        {
            if own.on_trigger && silent >= SILENT {
                let reason = "it only speaks when something happens, and was silent for 30 minutes";
                own.connect(native_id, Connectivity::Unknown, reason, reports);
            } else if !own.on_trigger && silent >= patience {
                let reason = format!(
                    "no advert of it was heard for {} minutes",
                    patience.as_secs() / 60
                );
                own.connect(native_id, Connectivity::Offline, &reason, reports);
            }
        }
        if silent >= SILENT && self.told.take().is_some() {
            let minutes = SILENT.as_secs() / 60;
            reports.push(ReportBody::Unsighted {
                native_id: native_id.to_owned(),
                reason: format!("no advert of it was heard for {minutes} minutes"),
            });
        }
    }

    fn bad(&mut self, native_id: &str, fault: &str) {
        let own = self.bthome.get_or_insert_default();
        let is_first = !std::mem::replace(&mut own.warned, true);
        telemetry::bad_message(NAME, native_id, "BTHome", fault, is_first);
    }
}

impl BtHome {
    /// Says how it stands with the device, where that is news.
    fn connect(
        &mut self,
        native_id: &str,
        connectivity: Connectivity,
        reason: &str,
        reports: &mut Vec<ReportBody>,
    ) {
        let is_news = self
            .connectivity
            .as_ref()
            .is_none_or(|(known, _)| *known != connectivity);
        if self.announced.is_none() || !is_news {
            return;
        }
        self.connectivity = Some((connectivity, reason.to_owned()));
        reports.push(ReportBody::Connectivity {
            native_id: native_id.to_owned(),
            connectivity,
            reason: Some(reason.to_owned()),
        });
    }
}
