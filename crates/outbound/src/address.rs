//! Where an address is: out in the world, or somewhere that nobody outside should lead us to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Out in the world.
    Outside,
    /// This machine.
    Loopback,
    /// A private network, such as the household's.
    Private,
    /// Valid on one link only.
    LinkLocal,
    /// Many hosts at once.
    Multicast,
    /// Nobody's, or kept for special uses.
    Reserved,
}

impl Place {
    /// The words for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outside => "an address of the internet",
            Self::Loopback => "an address of this machine",
            Self::Private => "an address of a private network",
            Self::LinkLocal => "a link-local address",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
        }
    }
}

/// Where an address is.
///
/// An IPv6 address that only wraps an IPv4 one (mapped, NAT64, 6to4) is where that one is.
#[must_use]
pub fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) => place_v6(address),
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        [127, ..] => Place::Loopback,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => Place::Private,
        [169, 254, ..] => Place::LinkLocal,
        [224..=239, ..] => Place::Multicast,
        [0 | 240..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Place::Reserved,
        _ => Place::Outside,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        place_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Place::Loopback,
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => match v4(high, low) {
            Place::Outside => Place::Outside,
            _ => Place::Reserved,
        },
        [0xfe80..=0xfebf, ..] => Place::LinkLocal,
        // Unique local, and the site-local ones of old.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Place::Private,
        [0xff00..=0xffff, ..] => Place::Multicast,
        // Teredo, benchmarking, ORCHID and documentation are within the global range, and nobody's.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Place::Reserved,
        // All that was ever given out is 2000::/3.
        [0x2000..=0x3fff, ..] => Place::Outside,
        _ => Place::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, place};

    #[test]
    fn addresses_are_where_they_are() {
        let cases = [
            ("8.8.8.8", Place::Outside),
            ("172.15.0.1", Place::Outside),
            ("172.16.0.1", Place::Private),
            ("172.31.255.255", Place::Private),
            ("172.32.0.1", Place::Outside),
            ("10.0.0.1", Place::Private),
            ("192.168.1.1", Place::Private),
            ("100.64.0.1", Place::Private),
            ("100.128.0.1", Place::Outside),
            ("127.8.8.8", Place::Loopback),
            ("169.254.169.254", Place::LinkLocal),
            ("0.0.0.0", Place::Reserved),
            ("192.0.2.1", Place::Reserved),
            ("198.18.0.1", Place::Reserved),
            ("224.0.0.251", Place::Multicast),
            ("255.255.255.255", Place::Reserved),
            ("::1", Place::Loopback),
            ("::", Place::Reserved),
            ("::ffff:127.0.0.1", Place::Loopback),
            ("::ffff:192.168.1.1", Place::Private),
            ("::127.0.0.1", Place::Reserved),
            ("64:ff9b::7f00:1", Place::Loopback),
            ("64:ff9b::808:808", Place::Outside),
            ("64:ff9b:1::808:808", Place::Reserved),
            ("2002:7f00:1::", Place::Reserved),
            ("2001::1", Place::Reserved),
            ("fe80::1", Place::LinkLocal),
            ("fd12::1", Place::Private),
            ("fec0::1", Place::Private),
            ("ff02::fb", Place::Multicast),
            ("2001:db8::1", Place::Reserved),
            ("2606:4700::1111", Place::Outside),
        ];
        for (address, expected) in cases {
            assert_eq!(place(address.parse().unwrap()), expected, "{address}");
        }
    }
}
