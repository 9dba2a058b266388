//! What the protocols of the network see becomes things: one for each physical thing, however many
//! protocols see it, wherever it moves.
//!
//! Two sightings are of one thing when they share something that only one thing has (a hardware
//! address, a UUID, a serial number), or else the address or the name at which the network reaches
//! them now. A different hardware address always means a different thing.

use crate::registry::tamed_name;
use crate::{Effects, House, telemetry};
use model::{
    Announcement, Clue, Connectivity, DeviceId, Discovery, DiscoveryId, DiscoveryState, EventBody,
    Fact, Guess, Identity, Key, Now, Scan, Seen, Sighting,
};
use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};
use store::Record;

/// The driver of things that the network sees and that nobody speaks to: it can be told where they
/// are and whether they are there.
pub(crate) const NETWORK: &str = "network";

/// Sightings of one thing. A thing that seems to be more is not one.
const SIGHTINGS: usize = 16;

/// How much of a sighting is kept.
const FACTS: usize = 48;
const IDENTITIES: usize = 16;
const ADDRESSES: usize = 16;
const CLUES: usize = 48;
const TEXT: usize = 256;

/// How long a thing that has vanished waits in the inbox.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Whose name of a thing is best, if several give one.
const NAMERS: [&str; 4] = ["mdns", "ssdp", "bluetooth", "dhcp"];

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

/// Draws all conclusions from a thing's sightings.
fn conclude(thing: &mut Discovery) {
    thing.presence = if thing.sightings.iter().any(|seen| seen.present) {
        Connectivity::Online
    } else {
        Connectivity::Offline
    };
    let clues = thing.sightings.iter().flat_map(|seen| &seen.sighting.clues);
    thing.guess = Guess::from_clues(clues);
    if thing.key.driver != NETWORK {
        return;
    }
    // Nobody speaks to it: what it seems to be is all that can be said of it.
    let value = |opinion: &Option<model::Opinion>| opinion.as_ref().map(|it| it.value.clone());
    let (what, brand) = (value(&thing.guess.what), value(&thing.guess.brand));
    thing.announcement.kind = thing.guess.device_kind();
    thing.announcement.model = value(&thing.guess.model);
    thing.announcement.name = given_name(thing).unwrap_or_else(|| {
        let kind = what.unwrap_or_else(|| "thing".to_owned());
        let address = thing
            .sightings
            .iter()
            .find_map(|seen| seen.sighting.addresses.first());
        match (&brand, address) {
            (Some(brand), _) => format!("{brand} {kind}"),
            (None, Some(address)) => format!("unknown {kind} at {address}"),
            (None, None) => format!("unknown {kind}"),
        }
    });
    thing.announcement.manufacturer = brand;
}

/// The best of the names that the thing gives itself.
fn given_name(thing: &Discovery) -> Option<String> {
    let place = |protocol: &str| {
        NAMERS
            .iter()
            .position(|namer| *namer == protocol)
            .unwrap_or(NAMERS.len())
    };
    thing
        .sightings
        .iter()
        .filter_map(|seen| Some((place(&seen.protocol), seen.sighting.name.as_ref()?)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, name)| name.clone())
}

/// What there is to tell about a thing that was known.
fn news(before: &Discovery, thing: &Discovery) -> Vec<String> {
    let mut news = Vec::new();
    let protocols = |thing: &Discovery| -> BTreeSet<String> {
        let all = thing.sightings.iter();
        all.map(|seen| seen.protocol.clone()).collect()
    };
    for protocol in protocols(thing).difference(&protocols(before)) {
        news.push(format!("{protocol} sees it as well"));
    }
    if let (Some(was), Some(is)) = (given_name(before), given_name(thing))
        && was != is
    {
        news.push(format!("it called itself {was} before"));
    }
    // Where it was when it vanished is no news when it is back.
    let known: BTreeSet<IpAddr> = before
        .sightings
        .iter()
        .flat_map(|seen| seen.sighting.addresses.iter().copied())
        .collect();
    let came: Vec<_> = addresses(thing)
        .difference(&known)
        .map(ToString::to_string)
        .collect();
    if !came.is_empty() {
        news.push(format!("it answers at {}", came.join(", ")));
    }
    let seems = |thing: &Discovery| {
        let opinion = thing.guess.what.as_ref().or(thing.guess.kind.as_ref());
        opinion.map(|opinion| opinion.value.clone())
    };
    if let Some(what) = seems(thing)
        && seems(before).as_ref() != Some(&what)
    {
        news.push(format!("it seems to be: {what}"));
    }
    news
}

/// Where it answers now.
fn addresses(thing: &Discovery) -> BTreeSet<IpAddr> {
    let present = thing.sightings.iter().filter(|seen| seen.present);
    present
        .flat_map(|seen| seen.sighting.addresses.iter().copied())
        .collect()
}

fn macs(identities: &[Identity]) -> impl Iterator<Item = &String> {
    identities.iter().filter_map(|identity| match identity {
        Identity::Mac(mac) => Some(mac),
        _ => None,
    })
}

fn identities(thing: &Discovery) -> impl Iterator<Item = &Identity> {
    thing
        .sightings
        .iter()
        .flat_map(|seen| &seen.sighting.identities)
}

/// Whether both have hardware addresses and none in common.
fn contradicts(thing: &Discovery, sighting: &Sighting) -> bool {
    let all = thing
        .sightings
        .iter()
        .flat_map(|seen| macs(&seen.sighting.identities));
    differ(all.collect(), macs(&sighting.identities).collect())
}

fn differ(one: BTreeSet<&String>, other: BTreeSet<&String>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(&other)
}

/// Whether what a protocol calls the same is another thing now.
fn is_replaced(thing: &Discovery, driver: &str, sighting: &Sighting) -> bool {
    let others = thing
        .sightings
        .iter()
        .filter(|seen| !(seen.protocol == driver && seen.sighting.native_id == sighting.native_id));
    let old = thing
        .sightings
        .iter()
        .find(|seen| seen.protocol == driver && seen.sighting.native_id == sighting.native_id);
    let old = old.map(|seen| seen.sighting.identities.as_slice());
    let all: BTreeSet<_> = others
        .flat_map(|seen| macs(&seen.sighting.identities))
        .chain(macs(old.unwrap_or_default()))
        .collect();
    differ(all, macs(&sighting.identities).collect())
}

/// Whether they share what only one thing has.
fn shares_identity(thing: &Discovery, sighting: &Sighting) -> bool {
    let mut strong = sighting.identities.iter().filter(|one| one.is_strong());
    strong.any(|one| identities(thing).any(|other| other == one))
}

/// Whether the network reaches both at one place now.
fn shares_place(thing: &Discovery, sighting: &Sighting) -> bool {
    let here = addresses(thing);
    let usable = |address: &&IpAddr| !address.is_loopback() && !address.is_unspecified();
    if sighting
        .addresses
        .iter()
        .filter(usable)
        .any(|address| here.contains(address))
    {
        return true;
    }
    // One name at two places is two things: factory names repeat.
    let elsewhere = !here.is_empty() && !sighting.addresses.is_empty();
    let mut names = sighting.identities.iter().filter(|one| !one.is_strong());
    !elsewhere && names.any(|one| identities(thing).any(|other| other == one))
}

fn announcement(id: DiscoveryId) -> Announcement {
    Announcement {
        native_id: id.to_string(),
        name: String::new(),
        slug: None,
        kind: model::DeviceKind::Other,
        manufacturer: None,
        model: None,
        via: None,
        area: None,
        capabilities: Vec::new(),
        adopt: false,
        manual: None,
    }
}

/// A stranger's words, made fit to be kept and shown.
fn tamed(mut sighting: Sighting) -> Sighting {
    sighting.native_id = tamed_text(&sighting.native_id);
    sighting.name = sighting
        .name
        .map(|name| tamed_name(&name, ""))
        .filter(|name| !name.is_empty());
    sighting.identities.truncate(IDENTITIES);
    sighting.addresses.truncate(ADDRESSES);
    sighting.facts.truncate(FACTS);
    sighting.clues.truncate(CLUES);
    for Fact { name, value } in &mut sighting.facts {
        *name = tamed_text(name);
        *value = tamed_text(value);
    }
    for Clue {
        value, evidence, ..
    } in &mut sighting.clues
    {
        *value = tamed_text(value);
        *evidence = tamed_text(evidence);
    }
    sighting
}

fn tamed_text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT)
        .collect()
}
