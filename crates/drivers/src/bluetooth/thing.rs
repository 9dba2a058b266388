//! One thing that advertises, and what is known of it where it is a BTHome device.

use super::{NAME, bthome::Packet, device::Device};
use crate::telemetry;
use model::{Announcement, Connectivity, ReportBody, Sighting};
use std::time::Duration;

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
/// One thing.
#[derive(Debug, Default)]
pub(super) struct Thing {
    pub(super) told: Option<Sighting>,
    pub(super) heard: Duration,
    /// The usual gap between adverts, and from how many that is known.
    gap: Duration,
    gaps: u32,
    pub(super) bthome: Option<BtHome>,
}

/// What is known of a BTHome device.
#[derive(Debug, Default)]
pub(super) struct BtHome {
    pub(super) device: Device,
    pub(super) announced: Option<Announcement>,
    /// The last packet and when it was heard.
    last: Option<(Vec<u8>, Duration)>,
    on_trigger: bool,
    pub(super) connectivity: Option<(Connectivity, String)>,
    warned: bool,
}

impl Thing {
    pub(super) fn count_gap(&mut self, now: Duration) {
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

    pub(super) fn on_packet(
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
            // Who made the radio is not who made the device.
            let brand = guess.brand.filter(|brand| brand.confidence >= 0.5);
            brand.map(|brand| brand.value)
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

    pub(super) fn on_silence(
        &mut self,
        native_id: &str,
        now: Duration,
        reports: &mut Vec<ReportBody>,
    ) {
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

    pub(super) fn bad(&mut self, native_id: &str, fault: &str) {
        let own = self.bthome.get_or_insert_default();
        let is_first = !std::mem::replace(&mut own.warned, true);
        telemetry::bad_message(NAME, native_id, "BTHome", fault, is_first);
    }
}

impl BtHome {
    /// Says how it stands with the device, where that is news.
    pub(super) fn connect(
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
