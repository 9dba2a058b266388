//! The records that hold now, as hosts with their services.
//!
//! Bounds: so many hosts altogether, from one sender, and new ones a second; so many instances; so
//! many services and addresses of a host. What is past them is counted and not kept.

use super::{
    host::{Host, sighting},
    identify::Service,
    life::{Cut, Life, Missing},
    message::{Data, Kind, Record},
    name::Name,
};
use crate::multicast::{Refusals, Refused};
use model::ReportBody;
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    time::Duration,
};

/// Hosts altogether, and those that one sender may speak for.
pub(super) const HOSTS: usize = 1_000;
pub(super) const HOSTS_OF_SENDER: usize = 250;
/// New hosts a second, all the time and at once.
const NEW: f64 = 20.0;
const NEW_AT_ONCE: f64 = 300.0;
/// Instances altogether, of one sender, and of one host.
const INSTANCES: usize = 4_096;
const INSTANCES_OF_SENDER: usize = 1_024;
const SERVICES: usize = 64;

/// A service that somebody offers.
#[derive(Debug)]
struct Instance {
    name: Name,
    service: Box<str>,
    label: String,
    /// Who spoke of it first, and where it was heard last.
    sender: IpAddr,
    nic: u32,
    pointer: Life,
    /// The host it is on, and its port.
    place: Option<(Box<str>, u16, Life)>,
    text: Option<(Vec<(String, String)>, Life)>,
    missing: Missing,
}

/// All records.
#[derive(Debug, Default)]
pub(super) struct Book {
    instances: HashMap<Box<str>, Instance>,
    hosts: HashMap<Box<str>, Host>,
    instances_of: HashMap<IpAddr, usize>,
    hosts_of: HashMap<IpAddr, usize>,
    /// Room for new hosts, and when it was reckoned.
    room: Option<(f64, Duration)>,
    refusals: Refusals,
}

impl Book {
    /// Takes the records of a message in; returns the types that others are said to offer.
    pub(super) fn take(
        &mut self,
        records: Vec<Record>,
        nic: u32,
        sender: IpAddr,
        now: Duration,
    ) -> Vec<Box<str>> {
        let mut types = Vec::new();
        // In an order in which each finds what it belongs to, whatever the order in the message.
        let (mut services, mut texts, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            if !record.name.is_local() {
                continue;
            }
            match record.data {
                Data::Pointer(target) => {
                    let of = record.name;
                    if of.key().as_ref() == "_services._dns-sd._udp.local" {
                        types.extend(target.service());
                    } else if let Some(service) = of.service() {
                        self.on_pointer(service, target, record.ttl, nic, sender, now);
                    }
                }
                Data::Service { port, host } => {
                    services.push((record.name, record.ttl, port, host));
                }
                Data::Text(text) => texts.push((record.name, record.ttl, text)),
                Data::Address(address) => {
                    addresses.push((record.name, record.ttl, record.is_only, address));
                }
            }
        }
        for (name, ttl, port, host) in services {
            self.on_service(&name, ttl, port, host, nic, sender, now);
        }
        for (name, ttl, text) in texts {
            self.on_text(&name, ttl, text, now);
        }
        let mut replaced = HashSet::new();
        for (name, ttl, is_only, address) in addresses {
            let key = name.key();
            let Some(host) = self.hosts.get_mut(&key) else {
                continue;
            };
            if is_only && ttl > 0 && replaced.insert((key, address.is_ipv4())) {
                host.flush(address.is_ipv4(), nic, now);
            }
            host.on_address(address, ttl, nic, now);
        }
        types
    }

    fn on_pointer(
        &mut self,
        service: Box<str>,
        name: Name,
        ttl: u32,
        nic: u32,
        sender: IpAddr,
        now: Duration,
    ) {
        let Some((label, rest)) = name.split() else {
            return;
        };
        if rest.service().as_deref() != Some(service.as_ref()) {
            return;
        }
        let key = name.key();
        if let Some(instance) = self.instances.get_mut(&key) {
            if ttl == 0 {
                instance.pointer.shorten(Cut::Goodbye, now);
                return;
            }
            instance.pointer = Life::new(ttl, now);
            instance.nic = nic;
            if let Some((host, ..)) = &instance.place
                && let Some(host) = self.hosts.get_mut(host)
            {
                host.heard = now;
            }
            return;
        }
        if ttl == 0 {
            return;
        }
        let of_sender = self.instances_of.get(&sender).copied().unwrap_or(0);
        if self.instances.len() >= INSTANCES || of_sender >= INSTANCES_OF_SENDER {
            return self.refusals.count(sender);
        }
        *self.instances_of.entry(sender).or_default() += 1;
        let instance = Instance {
            label: label.to_owned(),
            name,
            service,
            sender,
            nic,
            pointer: Life::new(ttl, now),
            place: None,
            text: None,
            missing: Missing::default(),
        };
        self.instances.insert(key, instance);
    }

    #[expect(clippy::too_many_arguments, reason = "a record has that many fields")]
    fn on_service(
        &mut self,
        name: &Name,
        ttl: u32,
        port: u16,
        host: Name,
        nic: u32,
        sender: IpAddr,
        now: Duration,
    ) {
        let key = name.key();
        let Some(instance) = self.instances.get_mut(&key) else {
            return;
        };
        if ttl == 0 {
            if let Some((.., life)) = &mut instance.place {
                life.shorten(Cut::Goodbye, now);
            }
            return;
        }
        let to = host.key();
        if !host.is_local() || to.len() > 255 {
            return;
        }
        let moved = match &instance.place {
            Some((from, at, _)) if *from == to => {
                if *at != port
                    && let Some(host) = self.hosts.get_mut(&to)
                {
                    host.touch(now);
                }
                None
            }
            Some((from, ..)) => Some(Some(from.clone())),
            None => Some(None),
        };
        if let Some(from) = moved {
            if !self.hosts.contains_key(&to) && !self.may_be_new(sender, now) {
                return;
            }
            let host = self
                .hosts
                .entry(to.clone())
                .or_insert_with(|| Host::new(host, sender, nic, now));
            if host.services.len() >= SERVICES {
                return self.refusals.count(sender);
            }
            host.services.insert(key.clone());
            host.touch(now);
            if let Some(host) = from.and_then(|from| self.hosts.get_mut(&from)) {
                host.services.remove(&key);
                host.touch(now);
            }
        }
        if let Some(host) = self.hosts.get_mut(&to) {
            host.heard = now;
            host.nic = nic;
        }
        if let Some(instance) = self.instances.get_mut(&key) {
            instance.place = Some((to, port, Life::new(ttl, now)));
            instance.nic = nic;
        }
    }

    fn on_text(&mut self, name: &Name, ttl: u32, text: Vec<(String, String)>, now: Duration) {
        let Some(instance) = self.instances.get_mut(&name.key()) else {
            return;
        };
        if ttl == 0 {
            return;
        }
        let is_new = instance
            .text
            .as_ref()
            .is_none_or(|(known, _)| *known != text);
        instance.text = Some((text, Life::new(ttl, now)));
        if let Some((host, ..)) = &instance.place
            && let Some(host) = self.hosts.get_mut(host)
        {
            host.heard = now;
            if is_new {
                host.touch(now);
            }
        }
    }

    /// Whether a sender may bring one more host; it counts as brought then.
    fn may_be_new(&mut self, sender: IpAddr, now: Duration) -> bool {
        let (tokens, filled) = self.room.unwrap_or((NEW_AT_ONCE, now));
        let passed = now.saturating_sub(filled).as_secs_f64();
        let tokens = (tokens + passed * NEW).min(NEW_AT_ONCE);
        let of_sender = self.hosts_of.get(&sender).copied().unwrap_or(0);
        let may = self.hosts.len() < HOSTS && of_sender < HOSTS_OF_SENDER && tokens >= 1.0;
        self.room = Some((if may { tokens - 1.0 } else { tokens }, now));
        if may {
            *self.hosts_of.entry(sender).or_default() += 1;
        } else {
            self.refusals.count(sender);
        }
        may
    }

    /// What was refused, each sender at most once a second.
    pub(super) fn refused(&mut self, now: Duration) -> Vec<Refused> {
        self.refusals.due(now)
    }

    /// Ends what has ended and says what there is to say.
    pub(super) fn settle(&mut self, now: Duration) -> Vec<ReportBody> {
        self.end_instances(now);
        let mut reports = Vec::new();
        let mut gone = Vec::new();
        for (key, host) in &mut self.hosts {
            host.end_addresses(now);
            if host.services.is_empty() || host.is_lost(now) {
                gone.push(key.clone());
            } else if host.has_settled(now) {
                let services = services(&self.instances, host);
                let sighting = sighting(key, host, &services);
                host.dirty = None;
                if host.told.as_ref() != Some(&sighting) {
                    host.told = Some(sighting.clone());
                    reports.push(ReportBody::Sighted(Box::new(sighting)));
                }
            }
        }
        for key in gone {
            let Some(host) = self.hosts.remove(&key) else {
                continue;
            };
            decrease(&mut self.hosts_of, host.sender);
            for service in &host.services {
                if let Some(instance) = self.instances.get_mut(service) {
                    instance.place = None;
                }
            }
            if host.told.is_some() {
                reports.push(ReportBody::Unsighted {
                    native_id: key.into(),
                    reason: host.farewell().to_owned(),
                });
            }
        }
        reports
    }

    /// Lets go of the instances that have ended, and takes them off their hosts.
    fn end_instances(&mut self, now: Duration) {
        let (hosts, counts) = (&mut self.hosts, &mut self.instances_of);
        self.instances.retain(|key, instance| {
            let is_over = instance.pointer.is_over(now);
            let place = instance.place.as_ref();
            let has_left = place.is_some_and(|(.., life)| is_over || life.is_over(now));
            if has_left
                && let Some((host, _, life)) = instance.place.take()
                && let Some(host) = hosts.get_mut(&host)
            {
                host.services.remove(key);
                host.touch(now);
                host.cut = instance.pointer.cut().or(life.cut());
            }
            if instance
                .text
                .as_ref()
                .is_some_and(|(_, life)| life.is_over(now))
            {
                instance.text = None;
            }
            if is_over {
                decrease(counts, instance.sender);
            }
            !is_over
        });
    }

    /// What to ask for now, and on which interface.
    pub(super) fn due(&mut self, now: Duration) -> Vec<(u32, Name, Kind)> {
        let mut all = Vec::new();
        for instance in self.instances.values_mut() {
            let (nic, name) = (instance.nic, &instance.name);
            if instance.pointer.is_due(now)
                && let Some((_, service)) = name.split()
            {
                all.push((nic, service, Kind::Ptr));
            }
            let is_complete = instance.place.is_some() && instance.text.is_some();
            if !is_complete && instance.missing.is_due(now) {
                all.push((nic, name.clone(), Kind::Srv));
                all.push((nic, name.clone(), Kind::Txt));
            }
            if let Some((.., life)) = &mut instance.place
                && life.is_due(now)
            {
                all.push((nic, name.clone(), Kind::Srv));
            }
            if let Some((_, life)) = &mut instance.text
                && life.is_due(now)
            {
                all.push((nic, name.clone(), Kind::Txt));
            }
        }
        for host in self.hosts.values_mut() {
            if host.is_address_due(now) {
                all.push((host.nic, host.name.clone(), Kind::A));
                all.push((host.nic, host.name.clone(), Kind::Aaaa));
            }
        }
        all
    }

    /// What to ask those hosts that have not been heard since.
    pub(super) fn silent(&self, since: Duration) -> Vec<(u32, Name, Kind)> {
        let silent = self.hosts.values().filter(|host| host.heard < since);
        silent
            .flat_map(|host| {
                let address = (host.nic, host.name.clone(), Kind::A);
                let service = host.services.iter().next();
                let service = service.and_then(|key| self.instances.get(key));
                let service =
                    service.map(|instance| (instance.nic, instance.name.clone(), Kind::Srv));
                [Some(address), service].into_iter().flatten()
            })
            .collect()
    }

    /// Gives those that were asked and not heard since a last moment.
    pub(super) fn doubt(&mut self, since: Duration, now: Duration) {
        for host in self.hosts.values_mut().filter(|host| host.heard < since) {
            host.shorten(None, Cut::Doubt, now);
            for key in &host.services {
                if let Some(Instance {
                    place: Some((.., life)),
                    ..
                }) = self.instances.get_mut(key)
                {
                    life.shorten(Cut::Doubt, now);
                }
            }
        }
    }

    /// What was heard on an interface that is gone holds for a moment.
    pub(super) fn forget_interface(&mut self, nic: u32, now: Duration) {
        for instance in self.instances.values_mut().filter(|one| one.nic == nic) {
            instance.pointer.shorten(Cut::Interface, now);
            if let Some((.., life)) = &mut instance.place {
                life.shorten(Cut::Interface, now);
            }
        }
        for host in self.hosts.values_mut() {
            host.shorten(Some(nic), Cut::Interface, now);
        }
    }

    /// The hosts that were heard since, once more.
    pub(super) fn heard_since(&self, since: Duration) -> Vec<ReportBody> {
        let heard = self.hosts.values().filter(|host| host.heard >= since);
        heard
            .filter_map(|host| host.told.clone())
            .map(|sighting| ReportBody::Sighted(Box::new(sighting)))
            .collect()
    }

    /// A host, once more.
    pub(super) fn again(&self, native_id: &str) -> Option<ReportBody> {
        let sighting = self.hosts.get(native_id)?.told.clone()?;
        Some(ReportBody::Sighted(Box::new(sighting)))
    }

    /// How many hosts the house knows of.
    pub(super) fn shown(&self) -> u32 {
        let shown = self.hosts.values().filter(|host| host.told.is_some());
        u32::try_from(shown.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.hosts.len(), self.instances.len()]
    }
}

/// The services of a host, in a fixed order.
fn services(instances: &HashMap<Box<str>, Instance>, host: &Host) -> Vec<Service> {
    let all = host.services.iter().filter_map(|key| instances.get(key));
    all.filter_map(|instance| {
        let (_, port, _) = instance.place.as_ref()?;
        let text = instance.text.as_ref().map(|(text, _)| text.clone());
        Some(Service {
            service: instance.service.clone(),
            instance: instance.label.clone(),
            port: *port,
            text: text.unwrap_or_default(),
        })
    })
    .collect()
}

fn decrease(counts: &mut HashMap<IpAddr, usize>, sender: IpAddr) {
    if let Some(count) = counts.get_mut(&sender) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&sender);
        }
    }
}
