//! A host on the link, and what the house is told of it.

use super::{
    identify::{self, Service},
    life::{Cut, Life, Missing},
    name::Name,
    types::known,
};
use model::{Fact, Identity, Sighting};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

/// Addresses of a host.
const ADDRESSES: usize = 16;
/// Facts, identities and clues that the house keeps of a sighting.
const FACTS: usize = 48;
const IDENTITIES: usize = 16;
const CLUES: usize = 48;
/// A host is told of when nothing new was heard of it for this long,
const SETTLED: Duration = Duration::from_millis(400);
/// or when it has gone on for this long.
const LONG_ENOUGH: Duration = Duration::from_secs(2);
/// How long a host may be without an address.
const NOWHERE: Duration = Duration::from_secs(3);

/// A host.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: Name,
    /// Who spoke of it first.
    pub(super) sender: IpAddr,
    /// Where it was heard last.
    pub(super) nic: u32,
    /// Its services, by the keys of their instances.
    pub(super) services: BTreeSet<Box<str>>,
    addresses: BTreeMap<IpAddr, (Life, u32)>,
    pub(super) heard: Duration,
    /// Since when there is something new, and when it was last so.
    pub(super) dirty: Option<(Duration, Duration)>,
    /// What the house was told.
    pub(super) told: Option<Sighting>,
    /// Why what it lost last has ended.
    pub(super) cut: Option<Cut>,
    began: Duration,
    /// Since when it has no address, having had one.
    nowhere: Option<Duration>,
    missing: Missing,
}

impl Host {
    pub(super) fn new(name: Name, sender: IpAddr, nic: u32, now: Duration) -> Self {
        Self {
            name,
            sender,
            nic,
            services: BTreeSet::new(),
            addresses: BTreeMap::new(),
            heard: now,
            dirty: Some((now, now)),
            told: None,
            cut: None,
            began: now,
            nowhere: None,
            missing: Missing::default(),
        }
    }

    /// There is something new.
    pub(super) fn touch(&mut self, now: Duration) {
        let since = self.dirty.map_or(now, |(since, _)| since);
        self.dirty = Some((since, now));
    }

    /// Whether it is time to tell of it.
    pub(super) fn has_settled(&self, now: Duration) -> bool {
        let waits_for_address = self.addresses.is_empty()
            && self.told.is_none()
            && now.saturating_sub(self.began) < NOWHERE;
        !waits_for_address
            && self.dirty.is_some_and(|(since, last)| {
                now.saturating_sub(last) >= SETTLED || now.saturating_sub(since) >= LONG_ENOUGH
            })
    }

    /// Its addresses of a family, as heard on an interface, are given anew: the others end soon.
    pub(super) fn flush(&mut self, is_v4: bool, nic: u32, now: Duration) {
        for (address, (life, heard_on)) in &mut self.addresses {
            if address.is_ipv4() == is_v4 && *heard_on == nic {
                life.shorten(Cut::Goodbye, now);
            }
        }
    }

    pub(super) fn on_address(&mut self, address: IpAddr, ttl: u32, nic: u32, now: Duration) {
        let is_somebody = match address {
            IpAddr::V4(address) => !address.is_broadcast(),
            IpAddr::V6(_) => true,
        } && !address.is_unspecified()
            && !address.is_multicast();
        if ttl == 0 {
            if let Some((life, _)) = self.addresses.get_mut(&address) {
                life.shorten(Cut::Goodbye, now);
            }
            // It may have moved: then it knows its new address by now.
            self.missing = Missing::default();
        } else if is_somebody
            && (self.addresses.len() < ADDRESSES || self.addresses.contains_key(&address))
        {
            self.heard = now;
            let life = (Life::new(ttl, now), nic);
            if self.addresses.insert(address, life).is_none() {
                self.touch(now);
            }
            self.nowhere = None;
        }
    }

    /// Lets go of the addresses that have ended.
    pub(super) fn end_addresses(&mut self, now: Duration) {
        let before = self.addresses.len();
        let cut = &mut self.cut;
        self.addresses.retain(|_, (life, _)| {
            let is_over = life.is_over(now);
            if is_over {
                *cut = life.cut();
            }
            !is_over
        });
        if self.addresses.len() != before {
            self.touch(now);
            if self.addresses.is_empty() {
                self.nowhere = Some(now);
                self.missing = Missing::default();
            }
        }
    }

    /// Whether it had an address and has had none for too long.
    pub(super) fn is_lost(&self, now: Duration) -> bool {
        self.nowhere
            .is_some_and(|since| now.saturating_sub(since) >= NOWHERE)
    }

    /// Whether its addresses are to be asked for.
    pub(super) fn is_address_due(&mut self, now: Duration) -> bool {
        if self.addresses.is_empty() {
            return self.missing.is_due(now);
        }
        let mut is_due = false;
        for (life, _) in self.addresses.values_mut() {
            is_due |= life.is_due(now);
        }
        is_due
    }

    /// Ends its addresses soon: those of an interface, or all.
    pub(super) fn shorten(&mut self, nic: Option<u32>, cut: Cut, now: Duration) {
        for (life, heard_on) in self.addresses.values_mut() {
            if nic.is_none_or(|nic| nic == *heard_on) {
                life.shorten(cut, now);
            }
        }
    }

    /// How it is known that it is gone, for people.
    pub(super) fn farewell(&self) -> &'static str {
        match self.cut {
            Some(Cut::Goodbye) => "it said goodbye by mDNS",
            Some(Cut::Doubt) => "it does not answer by mDNS any more",
            Some(Cut::Interface) => "the network interface on which it was seen is gone",
            None => "its mDNS announcement has expired",
        }
    }
}

/// What the house is told of a host.
pub(super) fn sighting(key: &str, host: &Host, services: &[Service]) -> Sighting {
    let mut sorted: Vec<_> = services.iter().collect();
    // What says most comes first, so that bounds cut off what says least.
    let weight = |service: &Service| known(&service.service).map_or(0, |known| known.clues.len());
    sorted.sort_by_key(|service| std::cmp::Reverse(weight(service)));
    let name = sorted
        .iter()
        .filter_map(|service| identify::name(service))
        .max_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.cmp(a)))
        .map(|(_, name)| name);
    let mut identities = BTreeSet::new();
    let (mut facts, mut clues) = (Vec::new(), Vec::new());
    let mut add = |fact: Fact| {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    };
    for service in &sorted {
        add(Fact::new("service", service.service.as_ref()));
    }
    for service in &sorted {
        add(Fact::new("instance", service.instance.as_str()));
        add(Fact::new("port", service.port.to_string()));
        for (key, value) in &service.text {
            add(Fact::new(format!("txt.{key}"), value.as_str()));
        }
        identities.extend(identify::identities(service));
        clues.extend(identify::clues(service));
    }
    facts.truncate(FACTS);
    clues.truncate(CLUES);
    // The strong ones come first.
    let mut identities: Vec<_> = identities.into_iter().take(IDENTITIES - 1).collect();
    identities.extend(host.name.split().and_then(|(label, _)| hostname(label)));
    Sighting {
        native_id: key.to_owned(),
        name,
        identities,
        addresses: host.addresses.keys().copied().collect(),
        facts,
        clues,
    }
}

fn hostname(label: &str) -> Option<Identity> {
    let label = label.trim().to_lowercase();
    let is_plain = !label.is_empty() && !label.contains('.');
    is_plain.then_some(Identity::Hostname(label))
}
