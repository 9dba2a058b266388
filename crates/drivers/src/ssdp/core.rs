//! What is known of the UPnP devices on the link.
//!
//! Pure: messages, fetched descriptions and the time come in; reports and what to fetch come out.
//!
//! A host announces a device and each of its parts apart, all with one description. The description
//! says which is the device; where it cannot be had, that which calls itself `upnp:rootdevice` is.

use super::{
    claim::{Claim, Document, Fetch, Fetched, State},
    description,
    fetches::Fetches,
    message::{self, What},
    thing::{Thing, sighting},
};
use crate::{
    multicast::{Refusals, Refused},
    refusal::refusal,
    telemetry,
};
use model::{Order, Report, ReportBody, RequestId, Searched};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    net::IpAddr,
    time::Duration,
};

/// The driver's name.
pub const NAME: &str = "ssdp";
/// What is answered to those who want more of it than to look.
const REFUSED: &str =
    "SSDP finds what announces itself; nothing can be controlled or added by hand through it";

/// Devices and parts altogether, and of one host.
pub(super) const CLAIMS: usize = 4_096;
pub(super) const CLAIMS_OF_HOST: usize = 256;
/// Devices that the house is told of, altogether and of one host.
const THINGS: usize = 1_000;
const THINGS_OF_HOST: usize = 128;
/// Descriptions of one host.
const DOCUMENTS_OF_HOST: usize = 128;
/// How long a device waits for its description, and for its root to be announced.
const PATIENCE: Duration = Duration::from_secs(6);
const ROOTLESS: Duration = Duration::from_secs(3);
/// When a search asks again, when it may be done, and when it is.
const AGAIN: Duration = Duration::from_secs(1);
const ENOUGH: Duration = Duration::from_secs(4);
const LATEST: Duration = Duration::from_secs(10);
/// Searches that wait for the same end.
const REQUESTS: usize = 64;
/// A description that cannot be had is asked for again after this long, by a search.
const RETRY: Duration = Duration::from_secs(30);
/// How long it is believed that the other host of the same name is still there.
const BELIEVED: Duration = Duration::from_secs(60);

/// A host, and a name that it gives to a device.
type Key = (IpAddr, String);

/// The driver's mind.
#[derive(Debug, Default)]
pub(super) struct Ssdp {
    claims: HashMap<Key, Claim>,
    documents: HashMap<Key, Document>,
    things: BTreeMap<Key, Thing>,
    fetches: Fetches,
    /// Names that a second host claims, and what is known of the first.
    contests: HashMap<String, Contest>,
    refusals: Refusals,
    search: Option<Search>,
    deaf: Option<String>,
    bad: u64,
}

/// Two hosts give the same name.
#[derive(Debug)]
enum Contest {
    /// It is being asked whether the first is still there.
    Asked { newcomer: IpAddr },
    /// It is, and that is believed until then.
    Stands { until: Duration },
}

#[derive(Debug)]
struct Search {
    requests: Vec<RequestId>,
    began: Duration,
    asked_again: bool,
}

pub(super) fn report(body: ReportBody) -> Report {
    Report {
        driver: NAME.to_owned(),
        body,
    }
}

impl Ssdp {
    /// A datagram.
    pub(super) fn on_packet(&mut self, nic: u32, sender: IpAddr, bytes: &[u8], now: Duration) {
        let message = match message::read(bytes) {
            Ok(Some(message)) => message,
            Ok(None) => return,
            Err(fault) => {
                self.bad += 1;
                let from = sender.to_string();
                telemetry::bad_message(NAME, &from, "SSDP", fault, self.bad == 1);
                return;
            }
        };
        let key = (sender, message.uuid.clone());
        match message.what {
            What::Goodbye => {
                if let Some(claim) = self.claims.get_mut(&key) {
                    claim.shorten("it said goodbye by SSDP", now);
                }
            }
            What::Alive => {
                if !self.claims.contains_key(&key) && !self.has_room(sender) {
                    return self.refusals.count(sender);
                }
                self.claims
                    .entry(key)
                    .or_insert_with(|| Claim::new(nic, now))
                    .renew(message, nic, now);
            }
        }
    }

    fn has_room(&self, host: IpAddr) -> bool {
        let of_host = self.claims.keys().filter(|(one, _)| *one == host).count();
        self.claims.len() < CLAIMS && of_host < CLAIMS_OF_HOST
    }

    /// What was fetched, or not.
    pub(super) fn on_fetched(&mut self, fetch: Fetch, fetched: Fetched, now: Duration) {
        self.fetches.ended(fetch.host);
        if let Some(uuid) = fetch.check {
            let is_there = !matches!(fetched, Fetched::Dead(_));
            return self.on_checked((fetch.host, uuid), is_there, now);
        }
        let Some(document) = self.documents.get_mut(&(fetch.host, fetch.location)) else {
            return;
        };
        document.asked = now;
        document.state = match fetched {
            Fetched::Body(bytes) => match description::read(&bytes) {
                Ok(description) => State::Had(Box::new(description)),
                Err(fault) => State::Failed(format!("it cannot be read: {fault}")),
            },
            Fetched::Refused(fault) | Fetched::Dead(fault) => State::Failed(fault),
        };
    }

    /// It is known whether a device is still there.
    fn on_checked(&mut self, (host, uuid): Key, is_there: bool, now: Duration) {
        let belongs = |(one, _): &Key, claim: &Claim| {
            *one == host && claim.root.as_deref() == Some(uuid.as_str())
        };
        let contest = self.contests.remove(&uuid);
        if is_there {
            for (key, claim) in &mut self.claims {
                if belongs(key, claim) {
                    claim.heard = now;
                }
            }
            if contest.is_some() {
                let until = now + BELIEVED;
                self.contests.insert(uuid, Contest::Stands { until });
            }
            return;
        }
        if let Some(Contest::Asked { newcomer }) = contest {
            // It has moved: what was told of it goes on at its new address.
            self.claims.retain(|key, claim| !belongs(key, claim));
            if let Some(thing) = self.things.remove(&(host, uuid.clone())) {
                self.things.insert((newcomer, uuid), thing);
            }
            return;
        }
        for (key, claim) in &mut self.claims {
            if belongs(key, claim) {
                (claim.until, claim.cut) = (now, Some("it does not answer any more"));
            }
        }
    }

    /// Time passes: what has settled, ended or is due.
    pub(super) fn on_time(&mut self, now: Duration) -> Vec<Report> {
        let mut why: HashMap<Key, &'static str> = HashMap::new();
        self.claims.retain(|(host, uuid), claim| {
            let is_over = now >= claim.until;
            if is_over {
                let root = claim.root.clone().unwrap_or_else(|| uuid.clone());
                why.insert(
                    (*host, root),
                    claim.cut.unwrap_or("its SSDP announcement has expired"),
                );
            }
            !is_over
        });
        self.want_documents(now);
        let mut reports = self.tell(&why, now);
        for Refused {
            sender,
            count,
            is_news,
        } in self.refusals.due(now)
        {
            telemetry::too_many_things(NAME, sender, count, is_news);
        }
        reports.extend(self.go_on_searching(now));
        reports
    }

    /// Asks for the descriptions that claims point to, and forgets those that none does.
    fn want_documents(&mut self, now: Duration) {
        let wanted: BTreeSet<Key> = self
            .claims
            .iter()
            .filter_map(|((host, _), claim)| Some((*host, claim.location.clone()?)))
            .collect();
        self.documents.retain(|key, _| wanted.contains(key));
        let mut of_host: HashMap<IpAddr, usize> = HashMap::new();
        for (host, _) in self.documents.keys() {
            *of_host.entry(*host).or_default() += 1;
        }
        for (host, location) in wanted {
            let key = (host, location);
            if self.documents.contains_key(&key) {
                continue;
            }
            let count = of_host.entry(host).or_default();
            let fetch = Fetch {
                host,
                location: key.1.clone(),
                check: None,
            };
            let state = if *count < DOCUMENTS_OF_HOST && self.fetches.want(fetch, now) {
                State::Wanted
            } else {
                State::Failed("its host announces more descriptions than are fetched".to_owned())
            };
            *count += 1;
            self.documents.insert(key, Document { state, asked: now });
        }
    }

    /// Finds out to which device each claim belongs, and tells the house what is new.
    fn tell(&mut self, why: &HashMap<Key, &'static str>, now: Duration) -> Vec<Report> {
        let mut groups: BTreeMap<Key, Vec<String>> = BTreeMap::new();
        let roots = self.roots(now);
        for (key, root) in roots {
            if let Some(claim) = self.claims.get_mut(&key) {
                claim.root.clone_from(&root);
            }
            let (host, uuid) = key;
            if let Some(root) = root {
                groups.entry((host, root)).or_default().push(uuid);
            }
        }
        let mut reports = Vec::new();
        for key in groups.keys() {
            if !self.things.contains_key(key) && !self.may_be_told(key, now) {
                continue;
            }
            let members = groups[key].iter();
            let claims: Vec<_> = members
                .filter_map(|uuid| Some((uuid, self.claims.get(&(key.0, uuid.clone()))?)))
                .collect();
            let Some(thing) = self.things.get_mut(key) else {
                continue;
            };
            let is_wanted = claims.iter().any(|(_, claim)| {
                let location = claim.location.clone();
                let document = location.and_then(|it| self.documents.get(&(key.0, it)));
                document.is_some_and(|it| matches!(it.state, State::Wanted))
            });
            // What is known of it is not taken back while it is read anew.
            if is_wanted && thing.told.is_some() {
                continue;
            }
            let sighting = sighting(key.0, &key.1, &thing.native_id, &claims, &self.documents);
            if thing.told.as_ref() != Some(&sighting) {
                thing.told = Some(sighting.clone());
                reports.push(report(ReportBody::Sighted(Box::new(sighting))));
            }
        }
        // What still waits for its description is not gone.
        let waiting: HashSet<&Key> = self.claims.keys().collect();
        let contests = &mut self.contests;
        self.things.retain(|key, thing| {
            if groups.contains_key(key) || waiting.contains(key) {
                return true;
            }
            contests.remove(&key.1);
            if thing.told.is_some() {
                let reason = why.get(key).copied();
                reports.push(report(ReportBody::Unsighted {
                    native_id: thing.native_id.clone(),
                    reason: reason
                        .unwrap_or("it is a part of another device")
                        .to_owned(),
                }));
            }
            false
        });
        reports
    }

    /// The device of each claim; `None` where it is not known yet.
    fn roots(&self, now: Duration) -> Vec<(Key, Option<String>)> {
        // Those that call themselves root devices, by host and description.
        let mut named: HashMap<(IpAddr, Option<&str>), &String> = HashMap::new();
        for ((host, uuid), claim) in &self.claims {
            if claim.is_root {
                let root = named
                    .entry((*host, claim.location.as_deref()))
                    .or_insert(uuid);
                *root = (*root).min(uuid);
            }
        }
        self.claims
            .iter()
            .map(|(key, claim)| {
                let (host, uuid) = key;
                let waited = now.saturating_sub(claim.first);
                let document = claim
                    .location
                    .as_ref()
                    .and_then(|location| self.documents.get(&(*host, location.clone())));
                let named = named.get(&(*host, claim.location.as_deref()));
                let root = match document.map(|document| &document.state) {
                    Some(State::Had(description)) => Some(description.uuid.clone()),
                    Some(State::Wanted) if waited < PATIENCE => claim.root.clone(),
                    _ if claim.is_root => Some(uuid.clone()),
                    _ => match named {
                        Some(root) => Some((*root).clone()),
                        None if waited < ROOTLESS => None,
                        None => Some(uuid.clone()),
                    },
                };
                (key.clone(), root)
            })
            .collect()
    }

    /// Whether a new device may be told of; it has its native id then.
    fn may_be_told(&mut self, key: &Key, now: Duration) -> bool {
        let (host, uuid) = key;
        let of_host = self.things.keys().filter(|(one, _)| one == host).count();
        if self.things.len() >= THINGS || of_host >= THINGS_OF_HOST {
            self.refusals.count(*host);
            return false;
        }
        let owner = self
            .things
            .iter()
            .find(|(_, thing)| thing.native_id == *uuid)
            .map(|(key, _)| key.clone());
        let native_id = match owner {
            None => uuid.clone(),
            Some(owner) => match self.contests.get(uuid) {
                Some(Contest::Stands { until }) if now < *until => format!("{uuid}@{host}"),
                Some(Contest::Asked { .. }) => return false,
                _ => {
                    self.contest(&owner, *host, now);
                    return false;
                }
            },
        };
        let thing = Thing {
            native_id,
            told: None,
        };
        self.things.insert(key.clone(), thing);
        true
    }

    /// A second host gives a name: is the first still there?
    fn contest(&mut self, owner: &Key, newcomer: IpAddr, now: Duration) {
        let (host, uuid) = owner;
        if self.check(*host, uuid, now) {
            self.contests
                .insert(uuid.clone(), Contest::Asked { newcomer });
        } else {
            // It cannot be asked: what it said last stands for a moment.
            let until = now + BELIEVED;
            self.contests
                .insert(uuid.clone(), Contest::Stands { until });
        }
    }

    /// Asks a device whether it is still there; `false` where it cannot be asked.
    fn check(&mut self, host: IpAddr, uuid: &str, now: Duration) -> bool {
        let mut of_device = self
            .claims
            .iter()
            .filter(|((one, _), claim)| *one == host && claim.root.as_deref() == Some(uuid));
        let location = of_device.find_map(|(_, claim)| claim.location.clone());
        location.is_some_and(|location| {
            let fetch = Fetch {
                host,
                location,
                check: Some(uuid.to_owned()),
            };
            self.fetches.want(fetch, now)
        })
    }

    /// The next to be fetched.
    pub(super) fn next_fetch(&mut self) -> Option<Fetch> {
        self.fetches.next()
    }

    /// An interface is gone, and what was heard on it holds for a moment only.
    pub(super) fn on_gone(&mut self, nic: u32, now: Duration) {
        for claim in self.claims.values_mut().filter(|claim| claim.nic == nic) {
            claim.shorten("the network interface on which it was seen is gone", now);
        }
    }

    /// Whether anything can be searched; if not, why.
    pub(super) fn set_deaf(&mut self, why: Option<String>) {
        self.deaf = why;
    }

    /// An order of the house; and whether to ask who is there.
    pub(super) fn on_order(&mut self, order: Order, now: Duration) -> (Vec<Report>, bool) {
        if let Some(refused) = refusal(NAME, &order, REFUSED) {
            return (vec![refused], false);
        }
        match order {
            Order::Watch { native_id } => {
                let mut all = self.things.values();
                let thing = all.find(|thing| thing.native_id == native_id);
                let again = thing.and_then(Thing::again).map(report);
                (again.into_iter().collect(), false)
            }
            Order::Scan { request } => self.search(request, now),
            Order::Command(_) | Order::AddManual { .. } | Order::Forget { .. } => {
                (Vec::new(), false)
            }
        }
    }

    fn search(&mut self, request: RequestId, now: Duration) -> (Vec<Report>, bool) {
        let refusal = match (&self.deaf, &self.search) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Some(search)) if search.requests.len() >= REQUESTS => {
                Some("too many searches are under way; try again in a moment".to_owned())
            }
            _ => None,
        };
        if let Some(reason) = refusal {
            return (vec![done(request, Searched::Failed { reason })], false);
        }
        if let Some(search) = &mut self.search {
            search.requests.push(request);
            return (Vec::new(), false);
        }
        self.search = Some(Search {
            requests: vec![request],
            began: now,
            asked_again: false,
        });
        // What could not be read may be readable by now.
        let failed: Vec<_> = self
            .documents
            .iter()
            .filter(|(_, it)| {
                matches!(it.state, State::Failed(_)) && now.saturating_sub(it.asked) >= RETRY
            })
            .map(|((host, location), _)| Fetch {
                host: *host,
                location: location.clone(),
                check: None,
            })
            .collect();
        for fetch in failed {
            self.fetches.want(fetch, now);
        }
        (Vec::new(), true)
    }

    /// Whether a search asks once more now.
    pub(super) fn asks_again(&mut self, now: Duration) -> bool {
        self.search.as_mut().is_some_and(|search| {
            let is_due = !search.asked_again && now.saturating_sub(search.began) >= AGAIN;
            search.asked_again |= is_due;
            is_due
        })
    }

    /// Ends a search in time: tells of all that answered, and checks what did not.
    fn go_on_searching(&mut self, now: Duration) -> Vec<Report> {
        let Some(search) = &self.search else {
            return Vec::new();
        };
        let (began, passed) = (search.began, now.saturating_sub(search.began));
        if passed < ENOUGH || (passed < LATEST && !self.fetches.are_done()) {
            return Vec::new();
        }
        let requests = self
            .search
            .take()
            .map_or(Vec::new(), |search| search.requests);
        if let Some(reason) = self.deaf.clone() {
            let failed = requests.into_iter().map(|request| {
                let reason = reason.clone();
                done(request, Searched::Failed { reason })
            });
            return failed.collect();
        }
        let mut heard: HashMap<Key, Duration> = HashMap::new();
        for ((host, _), claim) in &self.claims {
            if let Some(root) = &claim.root {
                let last = heard.entry((*host, root.clone())).or_default();
                *last = (*last).max(claim.heard);
            }
        }
        let is_silent = |key: &Key| heard.get(key).is_none_or(|heard| *heard < began);
        let mut reports = Vec::new();
        let mut silent = Vec::new();
        for (key, thing) in &self.things {
            if is_silent(key) {
                silent.push(key.clone());
            } else {
                reports.extend(thing.again().map(report));
            }
        }
        for (host, uuid) in silent {
            self.check(host, &uuid, now);
        }
        let told = self.things.values().filter(|thing| thing.told.is_some());
        let found = u32::try_from(told.count()).unwrap_or(u32::MAX);
        let all = requests.into_iter();
        reports.extend(all.map(|request| done(request, Searched::Completed { found })));
        reports
    }

    /// How much is kept: claims, descriptions, things, what waits to be fetched.
    pub(super) fn sizes(&self) -> [usize; 4] {
        [
            self.claims.len(),
            self.documents.len(),
            self.things.len(),
            self.fetches.waiting(),
        ]
    }
}

fn done(request: RequestId, searched: Searched) -> Report {
    report(ReportBody::ScanDone { request, searched })
}
