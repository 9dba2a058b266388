//! What clients and servers say of a thing: DHCP messages and leases.

use super::{
    core::{ADDRESSES, NUDGES, Network},
    leases::Lease,
    message::{Kind, Message},
    thing::{Evidence, Leased, Moment, Place},
};
use crate::hardware::Mac;
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// An address that a client asks for is looked at after this time: it needs a moment to get it.
const SETTLES: Duration = Duration::from_secs(3);

impl Network {
    /// A client broadcasts a DHCP message.
    pub(super) fn on_message(&mut self, message: Message, interface: &str, now: Moment) {
        let mac = message.mac;
        if self.is_ours(mac) || !self.make_room(mac, now) {
            return;
        }
        let thing = self.things.entry(mac).or_default();
        thing.interface = Some(interface.to_owned());
        if message.host.is_some() {
            thing.host = message.host;
        }
        if message.class.is_some() {
            thing.class = message.class;
        }
        if !message.parameters.is_empty() {
            thing.parameters = message.parameters;
        }
        if message.client.is_some() {
            thing.client = message.client;
        }
        self.dirty.insert(mac);
        let is_without = message.address.is_none();
        match message.kind {
            Kind::Release => {
                thing.heard = None;
                thing.gone = Some("it gave its address back".to_owned());
                if let Some(address) = message.address {
                    let reason = "it gave its address back";
                    self.take_away(mac, (0, address.into()), reason);
                }
            }
            Kind::Decline => thing.heard = Some(now.steady),
            Kind::Discover | Kind::Request | Kind::Inform => {
                thing.heard = Some(now.steady);
                let wanted = message.wanted.or(message.address).map(IpAddr::from);
                // It asks because it has none: what it had before is over.
                let is_over = |place: &Place| {
                    is_without
                        && place.1.is_ipv4()
                        && wanted.is_some_and(|wanted| wanted != place.1)
                };
                let over: Vec<_> = thing
                    .addresses
                    .keys()
                    .filter(|place| is_over(place))
                    .copied()
                    .collect();
                for place in over {
                    self.take_away(mac, place, "it asks for another address");
                }
                if let Some(wanted) = wanted.filter(|_| self.asked.len() < NUDGES) {
                    self.asked.entry(wanted).or_insert(now.steady + SETTLES);
                }
            }
        }
    }

    /// All leases of one file.
    pub(super) fn on_leases(&mut self, file: usize, leases: Vec<Lease>, now: Moment) {
        let mut kept = BTreeSet::new();
        for lease in leases {
            let place = (0, lease.address);
            let runs = lease.until.is_none_or(|until| until > now.wall);
            if !runs || self.is_ours(lease.mac) || !self.make_room(lease.mac, now) {
                continue;
            }
            if let Some(before) = self
                .owners
                .get(&place)
                .copied()
                .filter(|before| *before != lease.mac)
            {
                let reason = format!("its address {} was given to another thing", lease.address);
                self.take_away(before, place, &reason);
            }
            let thing = self.things.entry(lease.mac).or_default();
            if thing.addresses.len() >= ADDRESSES && !thing.addresses.contains_key(&place) {
                continue;
            }
            thing.host = lease.host.or(thing.host.take());
            thing.class = lease.class.or(thing.class.take());
            let evidence = thing.addresses.entry(place).or_default();
            let is_same = |old: &Leased| old.file == file && old.until == lease.until;
            if !evidence.lease.as_ref().is_some_and(is_same) {
                evidence.lease = Some(Leased {
                    file,
                    until: lease.until,
                    since: now.steady,
                });
            }
            self.owners.insert(place, lease.mac);
            self.dirty.insert(lease.mac);
            kept.insert((lease.mac, place));
        }
        let ended = |mac: Mac, place: &Place, one: &Evidence| {
            one.lease.is_some_and(|lease| lease.file == file) && !kept.contains(&(mac, *place))
        };
        let mut over = Vec::new();
        for (mac, thing) in &self.things {
            let has_new = thing
                .addresses
                .keys()
                .any(|place| kept.contains(&(*mac, *place)));
            for (place, one) in &thing.addresses {
                if ended(*mac, place, one) {
                    over.push((*mac, *place, has_new));
                }
            }
        }
        for (mac, place, has_new) in over {
            if has_new {
                self.take_away(mac, place, "it was given another address");
            } else if let Some(one) = self.evidence(mac, place) {
                one.lease = None;
                self.explain(mac, "its lease ended");
            }
        }
    }
}
