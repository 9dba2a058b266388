//! What the protocols of the network see becomes things: one for each physical thing, however many
//! protocols see it, wherever it moves.
//!
//! Two sightings are of one thing when they share something that only one thing has (a hardware
//! address, a UUID, a serial number), or else the address or the name at which the network reaches
//! them now. A different hardware address always means a different thing.

mod conclude;
mod same;
mod tame;

use crate::{Effects, House, telemetry};
use conclude::{announcement, conclude, news};
use model::{
    Connectivity, DeviceId, Discovery, DiscoveryId, DiscoveryState, EventBody, Guess, Key, Now,
    Scan, Seen, Sighting,
};
use same::{contradicts, is_replaced, shares_identity, shares_place};
use std::{sync::Arc, time::Duration};
use store::Record;
use tame::{tamed, tamed_text};

/// The driver of things that the network sees and that nobody speaks to: it can be told where they
/// are and whether they are there.
pub(crate) const NETWORK: &str = "network";

/// Sightings of one thing. A thing that seems to be more is not one.
const SIGHTINGS: usize = 16;

/// How long a thing that has vanished waits in the inbox.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 3_600);

impl House {
    /// A protocol sees a thing.
    pub(crate) fn sighted(
        &mut self,
        driver: &str,
        sighting: Sighting,
        now: Now,
        effects: &mut Effects,
    ) {
        let sighting = tamed(sighting);
        let key = Key {
            driver: driver.to_owned(),
            native_id: sighting.native_id.clone(),
        };
        let mut known = self.state.found.get(&key).copied();
        if let Some(thing) = known
            .and_then(|id| self.state.discoveries.get(&id))
            .cloned()
            && is_replaced(&thing, driver, &sighting)
        {
            let reason = "another thing stands in its place".to_owned();
            self.unsighted(driver, &sighting.native_id, &reason, now, effects);
            self.detach(&thing, driver, &sighting.native_id, effects);
            known = None;
        }
        let id = known.or_else(|| self.thing_like(&sighting, None));
        let seen = Seen {
            protocol: driver.to_owned(),
            sighting,
            present: true,
            first_seen: now.house,
            last_seen: now.house,
        };
        match id.and_then(|id| self.state.discoveries.get(&id)).cloned() {
            Some(thing) => {
                self.seen_again(&thing, seen, now, effects);
                self.unite(thing.id, now, effects);
            }
            None => self.seen_first(seen, now, effects),
        }
    }

    /// A protocol no longer sees a thing.
    pub(crate) fn unsighted(
        &mut self,
        driver: &str,
        native_id: &str,
        reason: &str,
        now: Now,
        effects: &mut Effects,
    ) {
        let key = Key {
            driver: driver.to_owned(),
            native_id: native_id.to_owned(),
        };
        let found = self.state.found.get(&key);
        let Some(before) = found.and_then(|id| self.state.discoveries.get(id)).cloned() else {
            return;
        };
        let mut thing = Discovery::clone(&before);
        for seen in &mut thing.sightings {
            if seen.protocol == driver && seen.sighting.native_id == native_id {
                seen.present = false;
            }
        }
        self.changed(&before, thing, &tamed_text(reason), now, effects);
    }

    /// Keeps when things were last seen, with the search that saw them; forgets what has been gone
    /// for long and nobody wanted.
    pub(crate) fn keep_what_was_seen(&mut self, scan: &Scan, effects: &mut Effects) {
        let mut forgotten = Vec::new();
        for thing in self.state.discoveries.values() {
            let gone = scan.started.duration_since(thing.last_seen).unsigned_abs();
            if thing.sightings.is_empty() {
                continue;
            } else if thing.last_seen >= scan.started {
                let kept = Discovery::clone(thing);
                effects.keep.push(Record::Discovery(Box::new(kept)));
            } else if thing.state == DiscoveryState::New
                && thing.presence != Connectivity::Online
                && gone > FORGOTTEN
            {
                forgotten.push(thing.id);
            }
        }
        for id in forgotten {
            self.drop_discovery(id);
            effects.keep.push(Record::DiscoveryGone(id));
        }
    }

    fn seen_first(&mut self, seen: Seen, now: Now, effects: &mut Effects) {
        if !self.has_room_in_inbox(effects) {
            return;
        }
        self.warn_of_twins(&seen.sighting, now, effects);
        let id = DiscoveryId::new();
        let protocol = seen.protocol.clone();
        let mut thing = Discovery {
            id,
            key: Key {
                driver: NETWORK.to_owned(),
                native_id: id.to_string(),
            },
            announcement: announcement(id),
            state: DiscoveryState::New,
            device: None,
            sightings: vec![seen],
            guess: Guess::default(),
            presence: Connectivity::Online,
            first_seen: now.house,
            last_seen: now.house,
        };
        conclude(&mut thing);
        let name = thing.announcement.name.clone();
        telemetry::device_found(&protocol, &name, false);
        effects
            .keep
            .push(Record::Discovery(Box::new(thing.clone())));
        self.put_discovery(thing);
        self.found_by_search(id);
        let body = EventBody::DiscoveryFound {
            discovery: id,
            name,
            driver: protocol,
        };
        self.emit(&Self::own_cause(), body, now.house, effects);
    }

    fn seen_again(
        &mut self,
        before: &Arc<Discovery>,
        mut seen: Seen,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut thing = Discovery::clone(before);
        thing.last_seen = now.house;
        let place = thing.sightings.iter().position(|old| {
            old.protocol == seen.protocol && old.sighting.native_id == seen.sighting.native_id
        });
        match place {
            Some(place) => {
                seen.first_seen = thing.sightings[place].first_seen;
                thing.sightings[place] = seen;
            }
            None if thing.sightings.len() < SIGHTINGS => thing.sightings.push(seen),
            None => return telemetry::too_many_sightings(&thing.announcement.name),
        }
        self.changed(before, thing, "", now, effects);
    }

    /// Writes what has become of a thing, and tells what there is to tell.
    fn changed(
        &mut self,
        before: &Discovery,
        mut thing: Discovery,
        reason: &str,
        now: Now,
        effects: &mut Effects,
    ) {
        conclude(&mut thing);
        let (id, name) = (thing.id, thing.announcement.name.clone());
        let news = news(before, &thing);
        let presence = (before.presence != thing.presence).then_some(thing.presence);
        if !news.is_empty() || presence.is_some() {
            effects
                .keep
                .push(Record::Discovery(Box::new(thing.clone())));
        }
        let follower = thing.device.filter(|_| thing.key.driver == NETWORK);
        let was_known = before.presence != Connectivity::Unknown;
        self.put_discovery(thing);
        let cause = Self::own_cause();
        if !news.is_empty() {
            let body = EventBody::DiscoveryChanged {
                discovery: id,
                name: name.clone(),
                what: news.join("; "),
            };
            self.emit(&cause, body, now.house, effects);
        }
        let Some(presence) = presence else { return };
        let online = presence == Connectivity::Online;
        let reason = if online {
            "the network sees it"
        } else {
            reason
        };
        if let Some(device) = follower {
            let reason = Some(reason.to_owned());
            self.connect(device, presence, reason, now, effects);
        }
        let body = if !online {
            EventBody::DiscoveryVanished {
                discovery: id,
                name,
                reason: reason.to_owned(),
            }
        } else if was_known {
            EventBody::DiscoveryReturned {
                discovery: id,
                name,
            }
        } else {
            // It was there before the restart, and is.
            return;
        };
        self.emit(&cause, body, now.house, effects);
    }

    /// The thing of which this is another sighting.
    fn thing_like(&self, sighting: &Sighting, but: Option<DiscoveryId>) -> Option<DiscoveryId> {
        let others = || {
            self.state.discoveries.values().filter(move |thing| {
                but != Some(thing.id)
                    && !thing.sightings.is_empty()
                    && thing.sightings.len() < SIGHTINGS
                    && !contradicts(thing, sighting)
            })
        };
        others()
            .find(|thing| shares_identity(thing, sighting))
            .or_else(|| others().find(|thing| shares_place(thing, sighting)))
            .map(|thing| thing.id)
    }

    /// What was two may turn out to be one, as soon as something connects them.
    fn unite(&mut self, id: DiscoveryId, now: Now, effects: &mut Effects) {
        let Some(thing) = self.state.discoveries.get(&id).cloned() else {
            return;
        };
        let other = thing
            .sightings
            .iter()
            .filter(|seen| seen.present)
            .find_map(|seen| self.thing_like(&seen.sighting, Some(id)))
            .and_then(|other| self.state.discoveries.get(&other))
            .cloned();
        let Some(other) = other else { return };
        // What two drivers speak to stays two, and so do two that contradict each other.
        let spoken_to = |thing: &Discovery| thing.key.driver != NETWORK;
        let rank = |thing: &Discovery| {
            let state = match thing.state {
                DiscoveryState::Adopted => 0,
                DiscoveryState::Ignored => 1,
                DiscoveryState::New => 2,
            };
            (state, !spoken_to(thing), thing.first_seen, thing.id)
        };
        let both = |is: &dyn Fn(&Discovery) -> bool| is(&thing) && is(&other);
        let differ = thing
            .sightings
            .iter()
            .any(|seen| contradicts(&other, &seen.sighting));
        if both(&spoken_to)
            || both(&|thing| thing.device.is_some())
            || differ
            || thing.sightings.len() + other.sightings.len() > SIGHTINGS
        {
            return;
        }
        let (stays, goes) = if rank(&thing) <= rank(&other) {
            (thing, other)
        } else {
            (other, thing)
        };
        let mut united = Discovery::clone(&stays);
        united.sightings.extend(goes.sightings.iter().cloned());
        united.first_seen = united.first_seen.min(goes.first_seen);
        united.last_seen = united.last_seen.max(goes.last_seen);
        if !spoken_to(&stays) && spoken_to(&goes) && stays.device.is_none() {
            united.key = goes.key.clone();
            united.announcement = goes.announcement.clone();
        }
        self.drop_discovery(goes.id);
        effects.keep.push(Record::DiscoveryGone(goes.id));
        let body = EventBody::DiscoveryClosed {
            discovery: goes.id,
            reason: format!("it is the same thing as {}", stays.announcement.name),
        };
        self.emit(&Self::own_cause(), body, now.house, effects);
        self.changed(&stays, united, "", now, effects);
    }

    /// Takes a sighting away from a thing that it no longer belongs to.
    fn detach(&mut self, thing: &Discovery, driver: &str, native_id: &str, effects: &mut Effects) {
        let Some(thing) = self.state.discoveries.get(&thing.id).cloned() else {
            return;
        };
        let mut rest = Discovery::clone(&thing);
        // Gone from the list, its key must not lead here either.
        self.drop_discovery(thing.id);
        rest.sightings
            .retain(|seen| !(seen.protocol == driver && seen.sighting.native_id == native_id));
        if rest.sightings.is_empty() && rest.device.is_none() && rest.key.driver == NETWORK {
            effects.keep.push(Record::DiscoveryGone(rest.id));
        } else {
            effects.keep.push(Record::Discovery(Box::new(rest.clone())));
            self.put_discovery(rest);
        }
    }

    /// Room for one more thing: what vanished longest ago and nobody wanted makes it.
    fn has_room_in_inbox(&mut self, effects: &mut Effects) -> bool {
        if self.state.discoveries.len() < self.limits.discoveries {
            return true;
        }
        let oldest = self
            .state
            .discoveries
            .values()
            .filter(|thing| {
                thing.state == DiscoveryState::New
                    && !thing.sightings.is_empty()
                    && thing.presence != Connectivity::Online
            })
            .min_by_key(|thing| thing.last_seen)
            .map(|thing| thing.id);
        match oldest {
            Some(id) => {
                self.drop_discovery(id);
                effects.keep.push(Record::DiscoveryGone(id));
                true
            }
            None => {
                telemetry::inbox_full();
                false
            }
        }
    }

    /// Two things that claim one identity: copied firmware, or somebody who pretends.
    fn warn_of_twins(&mut self, sighting: &Sighting, now: Now, effects: &mut Effects) {
        let claimed = |thing: &&Arc<Discovery>| shares_identity(thing, sighting);
        let Some(thing) = self.state.discoveries.values().find(claimed).cloned() else {
            return;
        };
        telemetry::twins(&thing.announcement.name, &sighting.native_id);
        let places: Vec<_> = sighting.addresses.iter().map(ToString::to_string).collect();
        let body = EventBody::DiscoveryChanged {
            discovery: thing.id,
            name: thing.announcement.name.clone(),
            what: format!(
                "another thing with another hardware address claims its identity ({})",
                places.join(", ")
            ),
        };
        self.emit(&Self::own_cause(), body, now.house, effects);
    }

    /// A found thing became a device: it stays, where the network sees it, so that it is not found
    /// again.
    pub(crate) fn became(&mut self, found: &Discovery, device: DeviceId, effects: &mut Effects) {
        if found.sightings.is_empty() {
            return;
        }
        let mut thing = found.clone();
        thing.state = DiscoveryState::Adopted;
        thing.device = Some(device);
        effects
            .keep
            .push(Record::Discovery(Box::new(thing.clone())));
        self.put_discovery(thing);
    }
}
