//! One thing of the network: what speaks for its being there, and what there is to be said of it.

use super::{clues, netlink::Standing};
use crate::hardware::Mac;
use model::{Fact, Identity, Sighting};
use std::{collections::BTreeMap, net::IpAddr, time::Duration};

/// Without a word for this long, a thing is not said to be there.
pub(super) const WITHIN: Duration = Duration::from_secs(30 * 60);

/// Where an address holds: on one interface where it is link-local, else everywhere.
pub(super) type Place = (u32, IpAddr);

/// What is known of a thing.
#[derive(Debug, Clone, Default)]
pub(super) struct Thing {
    pub(super) addresses: BTreeMap<Place, Evidence>,
    pub(super) host: Option<String>,
    pub(super) class: Option<String>,
    pub(super) parameters: Vec<u8>,
    pub(super) client: Option<String>,
    pub(super) interface: Option<String>,
    /// When it spoke DHCP last.
    pub(super) heard: Option<Duration>,
    /// When anything was known of it last.
    pub(super) known: Duration,
    /// Why it is thought to be gone, if it is.
    pub(super) gone: Option<String>,
    pub(super) told: Option<Sighting>,
}

/// What speaks for a thing being at an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// What the kernel says, and when the neighbour answered last.
    pub(super) neighbour: Option<(u32, Standing, Duration)>,
    pub(super) lease: Option<Leased>,
    /// When it did not answer.
    pub(super) failed: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leased {
    pub(super) file: usize,
    pub(super) until: Option<i64>,
    /// Since when it is known.
    pub(super) since: Duration,
}

/// The moment, on both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Since any fixed moment.
    pub(super) steady: Duration,
    /// In seconds since 1970.
    pub(super) wall: i64,
}

impl Evidence {
    pub(super) fn is_there(&self, now: Moment) -> bool {
        let answers = self
            .neighbour
            .is_some_and(|(_, standing, at)| match standing {
                Standing::Reachable | Standing::Permanent => true,
                Standing::Unsure => now.steady.saturating_sub(at) < WITHIN,
                Standing::Failed | Standing::Unknown => false,
            });
        answers
            || self.lease.is_some_and(|lease| {
                lease.until.is_none_or(|until| until > now.wall)
                    && self.failed.is_none_or(|failed| failed <= lease.since)
            })
    }

    /// Whether nothing speaks for it any more, and it says nothing about what comes.
    fn is_over(&self, now: Moment) -> bool {
        let runs = |lease: Leased| lease.until.is_none_or(|until| until > now.wall);
        let failed = |at| now.steady.saturating_sub(at) < WITHIN;
        !self.is_there(now) && !self.lease.is_some_and(runs) && !self.failed.is_some_and(failed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.neighbour.is_none() && self.lease.is_none()
    }
}

impl Thing {
    pub(super) fn is_there(&self, now: Moment) -> bool {
        let spoke = self.heard;
        spoke.is_some_and(|heard| now.steady.saturating_sub(heard) < WITHIN)
            || self.addresses.values().any(|one| one.is_there(now))
    }

    /// Lets go of the addresses that are over, and names them.
    pub(super) fn tidy(&mut self, now: Moment) -> Vec<Place> {
        let over: Vec<_> = self
            .addresses
            .extract_if(.., |_, one| one.is_over(now))
            .map(|(place, _)| place)
            .collect();
        over
    }

    /// What there is to be said of it now.
    pub(super) fn sighting(&self, mac: Mac, now: Moment) -> Sighting {
        let there = self.addresses.iter().filter(|(_, one)| one.is_there(now));
        let mut addresses: Vec<_> = there.map(|((_, address), _)| *address).collect();
        addresses.sort();
        addresses.dedup();
        let mut identities = vec![Identity::Mac(mac.to_string())];
        let host = self.host.as_deref().and_then(|host| host.split('.').next());
        if let Some(host) = host.filter(|host| !host.is_empty() && *host != "localhost") {
            identities.push(Identity::Hostname(host.to_lowercase()));
        }
        let vendor = match mac.vendor() {
            None if mac.is_private() => Some("none: a private address that it made up".to_owned()),
            vendor => vendor,
        };
        let parameters =
            (!self.parameters.is_empty()).then(|| clues::fingerprint(&self.parameters));
        let facts = [
            ("vendor", vendor),
            ("interface", self.interface.clone()),
            ("dhcp.hostname", self.host.clone()),
            ("dhcp.vendor_class", self.class.clone()),
            ("dhcp.parameters", parameters),
            ("dhcp.client_id", self.client.clone()),
        ];
        let facts = facts.into_iter();
        Sighting {
            native_id: mac.to_string(),
            name: self.host.clone(),
            identities,
            addresses,
            facts: facts
                .filter_map(|(name, value)| Some(Fact::new(name, value?)))
                .collect(),
            clues: clues::clues(mac, self),
        }
    }
}

/// Where an address of an interface holds.
pub(super) fn place(index: u32, address: IpAddr) -> Place {
    match address {
        IpAddr::V6(six) if six.is_unicast_link_local() => (index, address),
        _ => (0, address),
    }
}

/// Whether an address is of a house's own network, beyond doubt.
pub(super) fn is_of_the_house(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_private() || four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local() || six.is_unique_local(),
    }
}
