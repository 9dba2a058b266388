//! The machine's network interfaces, as far as they are to be searched.

use crate::Interfaces;
use if_addrs::IfAddr;
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr},
};

/// Interfaces that are searched at most; a machine with more runs containers.
const NICS: usize = 32;

/// A network interface that is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nic {
    pub(crate) name: String,
    pub(crate) index: u32,
    pub(crate) is_loopback: bool,
    /// Its addresses, each with the length of its network's prefix.
    pub(crate) addresses: Vec<(IpAddr, u8)>,
}

impl Nic {
    /// Its first IPv4 address.
    pub(crate) fn v4(&self) -> Option<Ipv4Addr> {
        self.addresses
            .iter()
            .find_map(|(address, _)| match address {
                IpAddr::V4(address) => Some(*address),
                IpAddr::V6(_) => None,
            })
    }

    /// Whether it speaks IPv6.
    pub(crate) fn has_v6(&self) -> bool {
        self.addresses.iter().any(|(address, _)| address.is_ipv6())
    }

    /// Whether an address is of a network on this interface's link. Nobody else is to be heard there.
    pub(crate) fn reaches(&self, other: IpAddr) -> bool {
        let link_local = match other {
            IpAddr::V4(other) => other.is_link_local(),
            IpAddr::V6(other) => other.is_unicast_link_local(),
        };
        link_local
            || self
                .addresses
                .iter()
                .any(|(address, prefix)| match (address, other) {
                    (IpAddr::V4(one), IpAddr::V4(other)) => {
                        let mask = u32::MAX.checked_shl(32 - u32::from(*prefix).min(32));
                        let mask = mask.unwrap_or(0);
                        one.to_bits() & mask == other.to_bits() & mask
                    }
                    (IpAddr::V6(one), IpAddr::V6(other)) => {
                        let mask = u128::MAX.checked_shl(128 - u32::from(*prefix).min(128));
                        let mask = mask.unwrap_or(0);
                        one.to_bits() & mask == other.to_bits() & mask
                    }
                    _ => false,
                })
    }
}

/// The interfaces that are to be searched and are up now, by index.
pub(crate) fn nics(wanted: &Interfaces) -> io::Result<BTreeMap<u32, Nic>> {
    let mut all: BTreeMap<u32, Nic> = BTreeMap::new();
    for one in if_addrs::get_if_addrs()? {
        let Some(index) = one.index.filter(|_| one.is_oper_up()) else {
            continue;
        };
        // A second address of an interface may bear a label of its own: `eth0:1`.
        let name = one.name.split(':').next().unwrap_or_default();
        let is_loopback = name == "lo" || one.is_loopback();
        if !wanted.wants(name, is_loopback) || (all.len() >= NICS && !all.contains_key(&index)) {
            continue;
        }
        let address = match &one.addr {
            IfAddr::V4(address) => (IpAddr::V4(address.ip), address.prefixlen),
            IfAddr::V6(address) => (IpAddr::V6(address.ip), address.prefixlen),
        };
        let nic = all.entry(index).or_insert_with(|| Nic {
            name: name.to_owned(),
            index,
            is_loopback,
            addresses: Vec::new(),
        });
        nic.addresses.push(address);
    }
    for nic in all.values_mut() {
        nic.addresses.sort();
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::{Nic, nics};
    use crate::Interfaces;

    #[test]
    fn only_neighbours_are_within_reach() {
        let nic = Nic {
            name: "eth0".to_owned(),
            index: 2,
            is_loopback: false,
            addresses: vec![
                ("192.168.4.20".parse().unwrap(), 22),
                ("fd00:1::7".parse().unwrap(), 64),
            ],
        };
        for (other, expected) in [
            ("192.168.7.255", true),
            ("192.168.8.1", false),
            ("8.8.8.8", false),
            ("169.254.3.4", true),
            ("fd00:1::99", true),
            ("fd00:2::99", false),
            ("fe80::1", true),
        ] {
            assert_eq!(nic.reaches(other.parse().unwrap()), expected, "{other}");
        }
    }

    #[test]
    fn loopback_is_searched_only_where_it_is_named() {
        let lo = nics(&Interfaces::Named(vec!["lo".to_owned()])).unwrap();
        assert!(lo.values().all(|nic| nic.is_loopback && nic.name == "lo"));
        assert_eq!(lo.len(), 1);
        let all = nics(&Interfaces::All).unwrap();
        assert!(all.values().all(|nic| !nic.is_loopback));
    }
}
