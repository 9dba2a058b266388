//! Who is in the network, as far as the kernel's neighbour table, lease files and DHCP messages
//! tell. Pure: news in, reports out; time is a parameter.
//!
//! A thing is its hardware address, for that is what all three sources name. It is there while one
//! of its addresses answers, or answered within half an hour; while a lease runs that nothing
//! speaks against; or half an hour after a message of its own. An entry that merely leaves the
//! neighbour table says nothing (the kernel throws idle ones out), one that failed does.

use super::{
    netlink::{Link, Neighbour, News, Standing},
    thing::{Evidence, Moment, Place, Thing, WITHIN, is_of_the_house, place},
};
use crate::{Interfaces, hardware::Mac};
use model::ReportBody;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    time::Duration,
};

/// What was not seen for this long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3_600);
/// An address that answered within this time needs no nudge.
const FRESH: Duration = Duration::from_secs(60);
/// Addresses nudged in one search.
pub(super) const NUDGES: usize = 256;
/// Addresses of one thing.
pub(super) const ADDRESSES: usize = 16;

/// All that is known.
#[derive(Debug)]
pub(super) struct Network {
    interfaces: Interfaces,
    most: usize,
    links: BTreeMap<u32, Link>,
    pub(super) things: BTreeMap<Mac, Thing>,
    pub(super) owners: HashMap<Place, Mac>,
    pub(super) dirty: BTreeSet<Mac>,
    /// Addresses that clients asked for, and when to look at them.
    pub(super) asked: BTreeMap<IpAddr, Duration>,
    /// Things that found no room since that was last told.
    pub(super) refused: u64,
}

impl Network {
    pub(super) fn new(interfaces: Interfaces, most: usize) -> Self {
        Self {
            interfaces,
            most,
            links: BTreeMap::new(),
            things: BTreeMap::new(),
            owners: HashMap::new(),
            dirty: BTreeSet::new(),
            asked: BTreeMap::new(),
            refused: 0,
        }
    }

    /// The interfaces that are searched and are up.
    pub(super) fn searched(&self) -> impl Iterator<Item = &Link> {
        self.links
            .values()
            .filter(|link| link.is_up && self.interfaces.wants(&link.name, link.is_loopback))
    }

    /// Everything that the kernel knows: what it does not name any more is gone from its table.
    pub(super) fn on_table(&mut self, table: Vec<News>, now: Moment) {
        let mut links = BTreeSet::new();
        let mut named = BTreeSet::new();
        for news in &table {
            match news {
                News::Link(link) => drop(links.insert(link.index)),
                News::Neighbour(one) => drop(named.insert((one.index, one.address))),
                _ => {}
            }
        }
        let gone: Vec<_> = self
            .links
            .keys()
            .filter(|index| !links.contains(index))
            .copied()
            .collect();
        for news in table {
            self.on_news(news, now);
        }
        for index in gone {
            self.on_news(News::LinkGone { index }, now);
        }
        let mut left = Vec::new();
        for thing in self.things.values() {
            for (place, one) in &thing.addresses {
                if let Some((index, ..)) = one.neighbour
                    && !named.contains(&(index, place.1))
                {
                    left.push((index, place.1));
                }
            }
        }
        for (index, address) in left {
            self.on_news(News::NeighbourGone { index, address }, now);
        }
    }

    /// Something that the kernel says.
    pub(super) fn on_news(&mut self, news: News, now: Moment) {
        match news {
            News::Link(link) if link.is_up => drop(self.links.insert(link.index, link)),
            News::Link(link) => {
                self.drop_link(link.index, &format!("the interface {} is down", link.name));
                self.links.insert(link.index, link);
            }
            News::LinkGone { index } => {
                if let Some(link) = self.links.get(&index) {
                    self.drop_link(index, &format!("the interface {} is gone", link.name));
                    self.links.remove(&index);
                }
            }
            News::Neighbour(one) => self.on_neighbour(one, now),
            News::NeighbourGone { index, address } => {
                let place = place(index, address);
                let Some(mac) = self.owners.get(&place).copied() else {
                    return;
                };
                if let Some(one) = self.evidence(mac, place) {
                    one.neighbour = match one.neighbour {
                        // Idle entries are thrown out by the kernel; what is known goes on ageing.
                        Some((index, Standing::Reachable, _)) => {
                            Some((index, Standing::Unsure, now.steady))
                        }
                        idle @ Some((_, Standing::Unsure, _)) => idle,
                        _ => None,
                    };
                }
                self.explain(mac, "it was taken out of the neighbour table");
                self.dirty.insert(mac);
            }
            News::Done | News::Refused(_) => {}
        }
    }

    fn on_neighbour(&mut self, one: Neighbour, now: Moment) {
        let place = place(one.index, one.address);
        let Some(link) = self.links.get(&one.index) else {
            return;
        };
        if !self.interfaces.wants(&link.name, link.is_loopback) || one.standing == Standing::Unknown
        {
            return;
        }
        let interface = link.name.clone();
        let owner = self.owners.get(&place).copied();
        if one.standing == Standing::Failed {
            let Some(mac) = owner else { return };
            if let Some(evidence) = self.evidence(mac, place) {
                evidence.neighbour = None;
                evidence.failed = Some(now.steady);
            }
            if let Some(thing) = self.things.get_mut(&mac) {
                thing.heard = None;
                thing.gone = Some(format!("it no longer answers at {}", one.address));
            }
            self.dirty.insert(mac);
            return;
        }
        let Some(mac) = one.mac.filter(|mac| !self.is_ours(*mac)) else {
            return;
        };
        if let Some(before) = owner.filter(|before| *before != mac) {
            self.take_away(
                before,
                place,
                &format!("another thing answers at {}", one.address),
            );
            if let Some(thing) = self.things.get_mut(&before)
                && thing.addresses.values().all(Evidence::is_empty)
            {
                // What it said, it said of that address.
                thing.heard = None;
            }
        }
        let is_old = one.standing == Standing::Unsure && one.confirmed >= WITHIN;
        if (is_old && owner.is_none()) || !self.make_room(mac, now) {
            return;
        }
        let at = now.steady.saturating_sub(one.confirmed);
        let thing = self.things.entry(mac).or_default();
        if thing.addresses.len() >= ADDRESSES && !thing.addresses.contains_key(&place) {
            return;
        }
        thing.interface = Some(interface);
        let evidence = thing.addresses.entry(place).or_default();
        let at = match evidence.neighbour {
            // The clocks differ by less than a tick.
            Some((_, _, before)) if one.standing == Standing::Unsure => at.max(before),
            _ => at,
        };
        evidence.neighbour = Some((one.index, one.standing, at));
        if one.standing == Standing::Reachable {
            evidence.failed = None;
        }
        self.owners.insert(place, mac);
        self.asked.remove(&one.address);
        self.dirty.insert(mac);
    }

    /// Lets time pass: what was not heard of for long is gone, what is long gone is forgotten.
    pub(super) fn on_time(&mut self, now: Moment) {
        let mut empty = Vec::new();
        let mut over = Vec::new();
        for (mac, thing) in &mut self.things {
            over.extend(thing.tidy(now).into_iter().map(|place| (*mac, place)));
            if thing.is_there(now) {
                thing.known = now.steady;
            } else if now.steady.saturating_sub(thing.known) > FORGOTTEN && thing.told.is_none() {
                empty.push(*mac);
            }
            if thing.is_there(now) != thing.told.is_some() {
                self.dirty.insert(*mac);
            }
        }
        for (mac, place) in over {
            // Its sighting named it: that changes.
            self.dirty.insert(mac);
            if self.owners.get(&place) == Some(&mac) {
                self.owners.remove(&place);
            }
        }
        for mac in empty {
            self.forget(mac);
        }
    }

    /// What there is to say since the last time; in a search also what did not change.
    pub(super) fn take_reports(&mut self, now: Moment, is_search: bool) -> Vec<ReportBody> {
        let mut dirty = std::mem::take(&mut self.dirty);
        if is_search {
            let told = self.things.iter().filter(|(_, thing)| thing.told.is_some());
            dirty.extend(told.map(|(mac, _)| *mac));
        }
        let mut reports = Vec::new();
        for mac in dirty {
            let Some(thing) = self.things.get_mut(&mac) else {
                continue;
            };
            if thing.is_there(now) {
                thing.known = now.steady;
                thing.gone = None;
                let sighting = thing.sighting(mac, now);
                if is_search || thing.told.as_ref() != Some(&sighting) {
                    thing.told = Some(sighting.clone());
                    reports.push(ReportBody::Sighted(Box::new(sighting)));
                }
            } else if thing.told.take().is_some() {
                let minutes = WITHIN.as_secs() / 60;
                let silent = || format!("it was not heard of for {minutes} minutes");
                reports.push(ReportBody::Unsighted {
                    native_id: mac.to_string(),
                    reason: thing.gone.take().unwrap_or_else(silent),
                });
            }
        }
        // Who is gone first: another one may stand in its place.
        reports.sort_by_key(|report| matches!(report, ReportBody::Sighted(_)));
        reports
    }

    /// How many things are there.
    pub(super) fn found(&self) -> u32 {
        let there = self.things.values().filter(|thing| thing.told.is_some());
        u32::try_from(there.count()).unwrap_or(u32::MAX)
    }

    /// Addresses that a datagram would make the kernel ask after: those that clients asked for a
    /// moment ago and, in a search, those that did not answer lately.
    pub(super) fn nudges(&mut self, now: Moment, is_search: bool) -> Vec<(u32, IpAddr)> {
        let due = |at: &Duration| *at <= now.steady;
        let mut all: Vec<(u32, IpAddr)> = self
            .asked
            .iter()
            .filter(|(_, at)| due(at))
            .map(|(address, _)| (0, *address))
            .collect();
        self.asked.retain(|_, at| !due(at));
        if is_search {
            for thing in self.things.values() {
                for ((_, address), one) in &thing.addresses {
                    let index = one.neighbour.map_or(0, |(index, ..)| index);
                    let is_fresh = one.neighbour.is_some_and(|(_, standing, at)| {
                        standing != Standing::Unsure || now.steady.saturating_sub(at) < FRESH
                    });
                    if !is_fresh && one.is_there(now) {
                        all.push((index, *address));
                    }
                }
            }
        }
        all.retain(|(_, address)| is_of_the_house(*address));
        all.truncate(NUDGES);
        all
    }

    pub(super) fn is_ours(&self, mac: Mac) -> bool {
        self.links.values().any(|link| link.mac == Some(mac))
    }

    pub(super) fn evidence(&mut self, mac: Mac, place: Place) -> Option<&mut Evidence> {
        self.things.get_mut(&mac)?.addresses.get_mut(&place)
    }

    pub(super) fn explain(&mut self, mac: Mac, reason: &str) {
        if let Some(thing) = self.things.get_mut(&mac) {
            thing
                .addresses
                .retain(|_, one| !one.is_empty() || one.failed.is_some());
            thing.gone = Some(reason.to_owned());
            self.dirty.insert(mac);
        }
    }

    /// An address is no longer this thing's.
    pub(super) fn take_away(&mut self, mac: Mac, place: Place, reason: &str) {
        if let Some(thing) = self.things.get_mut(&mac) {
            thing.addresses.remove(&place);
        }
        self.owners.remove(&place);
        self.explain(mac, reason);
    }

    fn drop_link(&mut self, index: u32, reason: &str) {
        let name = self.links.get(&index).map(|link| link.name.clone());
        let mut lost = Vec::new();
        for (mac, thing) in &mut self.things {
            let mut is_lost = thing.interface == name && thing.heard.take().is_some();
            for one in thing.addresses.values_mut() {
                if one.neighbour.take_if(|(on, ..)| *on == index).is_some() {
                    is_lost = true;
                }
            }
            if is_lost {
                lost.push(*mac);
            }
        }
        for mac in lost {
            self.explain(mac, reason);
        }
    }

    /// Room for one more thing: what has been gone for longest makes it.
    pub(super) fn make_room(&mut self, mac: Mac, now: Moment) -> bool {
        if self.things.contains_key(&mac) || self.things.len() < self.most {
            return true;
        }
        let absent = self
            .things
            .iter()
            .filter(|(_, thing)| !thing.is_there(now) && thing.told.is_none());
        match absent
            .min_by_key(|(_, thing)| thing.known)
            .map(|(mac, _)| *mac)
        {
            Some(oldest) => {
                self.forget(oldest);
                true
            }
            None => {
                self.refused += 1;
                false
            }
        }
    }

    fn forget(&mut self, mac: Mac) {
        self.things.remove(&mac);
        self.dirty.remove(&mac);
        self.owners.retain(|_, owner| *owner != mac);
    }
}
