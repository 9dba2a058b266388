//! What the kernel says of interfaces and neighbours (rtnetlink), as far as it is needed here.
//! Pure: bytes in, values out.

use crate::hardware::Mac;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

/// Groups of notifications: changes of interfaces and of neighbours.
pub(super) const GROUPS: u32 = 0x1 | 0x4;

/// The largest message that is read; the kernel sends less.
pub(super) const LONGEST: usize = 64 * 1024;

const NOOP: u16 = 1;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const NEW_LINK: u16 = 16;
const DEL_LINK: u16 = 17;
const GET_LINK: u16 = 18;
const NEW_NEIGHBOUR: u16 = 28;
const DEL_NEIGHBOUR: u16 = 29;
const GET_NEIGHBOUR: u16 = 30;

/// A request for all there is.
const REQUEST_DUMP: u16 = 0x301;

/// What the kernel can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Links,
    Neighbours,
}

/// Something that the kernel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// An interface is there, or changed.
    Link(Link),
    /// An interface is gone.
    LinkGone { index: u32 },
    /// A neighbour is known, or known anew.
    Neighbour(Neighbour),
    /// A neighbour is no longer in the table.
    NeighbourGone { index: u32, address: IpAddr },
    /// All that was asked for has been said.
    Done,
    /// What was asked for is refused, with this error number.
    Refused(i32),
}

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) mac: Option<Mac>,
    pub(super) is_loopback: bool,
    pub(super) is_up: bool,
}

/// An entry of the neighbour table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) index: u32,
    pub(super) address: IpAddr,
    pub(super) mac: Option<Mac>,
    pub(super) standing: Standing,
    /// How long ago it answered last.
    pub(super) confirmed: Duration,
}

/// How the kernel stands to a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It answers.
    Reachable,
    /// It answered once; whether it still does is not known, or being asked.
    Unsure,
    /// Somebody wrote it down.
    Permanent,
    /// It does not answer.
    Failed,
    /// Nothing can be said: it is being asked for the first time, or needs no asking.
    Unknown,
}

/// The bytes of a question.
pub(super) fn ask(what: Ask, sequence: u32) -> Vec<u8> {
    let (kind, body) = match what {
        Ask::Links => (GET_LINK, 16),
        Ask::Neighbours => (GET_NEIGHBOUR, 12),
    };
    let length: u32 = 16 + body;
    let mut bytes = Vec::with_capacity(length as usize);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(REQUEST_DUMP.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.resize(length as usize, 0);
    bytes
}

/// Reads all messages of a datagram; what is cut off or unknown is left out.
pub(super) fn read(mut bytes: &[u8]) -> Vec<News> {
    let mut all = Vec::new();
    while let Some(length) = u32_at(bytes, 0) {
        let length = length as usize;
        let (Some(kind), Some(body)) = (u16_at(bytes, 4), bytes.get(16..length)) else {
            break;
        };
        let news = match kind {
            NOOP => None,
            ERROR => u32_at(body, 0)
                .map(u32::cast_signed)
                .filter(|code| *code != 0)
                .map(|code| News::Refused(code.saturating_abs())),
            DONE => Some(News::Done),
            NEW_LINK => link(body).map(News::Link),
            DEL_LINK => u32_at(body, 4).map(|index| News::LinkGone { index }),
            NEW_NEIGHBOUR => neighbour(body).map(News::Neighbour),
            DEL_NEIGHBOUR => neighbour(body).map(|gone| News::NeighbourGone {
                index: gone.index,
                address: gone.address,
            }),
            _ => None,
        };
        all.extend(news);
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    all
}

fn link(body: &[u8]) -> Option<Link> {
    const UP: u32 = 0x1;
    const LOOPBACK: u32 = 0x8;
    const RUNNING: u32 = 0x40;
    let (index, flags) = (u32_at(body, 4)?, u32_at(body, 8)?);
    let (mut name, mut mac) = (None, None);
    for (kind, value) in attributes(body.get(16..)?) {
        match kind {
            1 if value.len() == 6 => mac = Mac::of(value),
            3 => name = text(value),
            _ => {}
        }
    }
    Some(Link {
        index,
        name: name?,
        mac,
        is_loopback: flags & LOOPBACK != 0,
        is_up: flags & UP != 0 && flags & RUNNING != 0,
    })
}

fn neighbour(body: &[u8]) -> Option<Neighbour> {
    const PROXY: u8 = 0x8;
    /// What the kernel counts ages in.
    const TICKS_A_SECOND: u32 = 100;
    let family = *body.first()?;
    let (index, state) = (u32_at(body, 4)?, u16_at(body, 8)?);
    if body.get(10)? & PROXY != 0 {
        return None;
    }
    let (mut address, mut mac, mut ticks) = (None, None, 0);
    for (kind, value) in attributes(body.get(12..)?) {
        match (kind, family) {
            (1, 2) => {
                address = value
                    .try_into()
                    .ok()
                    .map(|octets: [u8; 4]| IpAddr::from(octets))
            }
            (1, 10) => {
                address = value
                    .try_into()
                    .ok()
                    .map(|octets: [u8; 16]| IpAddr::from(octets))
            }
            (2, _) if value.len() == 6 => mac = Mac::of(value),
            (3, _) => ticks = u32_at(value, 0).unwrap_or_default(),
            _ => {}
        }
    }
    let standing = match state {
        0x02 => Standing::Reachable,
        0x04 | 0x08 | 0x10 => Standing::Unsure,
        0x20 => Standing::Failed,
        0x80 => Standing::Permanent,
        _ => Standing::Unknown,
    };
    Some(Neighbour {
        index,
        address: address.filter(|address| is_somebodys(*address))?,
        mac: mac.filter(|mac| mac.is_somebodys()),
        standing,
        confirmed: Duration::from_millis(u64::from(ticks) * 1_000 / u64::from(TICKS_A_SECOND)),
    })
}

/// Whether an address can be one thing's.
fn is_somebodys(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address != Ipv4Addr::BROADCAST && !address.is_multicast(),
        IpAddr::V6(address) => !address.is_multicast() && address != Ipv6Addr::UNSPECIFIED,
    }
    .then_some(())
    .is_some_and(|()| !address.is_unspecified() && !address.is_loopback())
}

/// The attributes that follow a message's head.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    const FLAGS: u16 = 0xc000;
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let kind = u16_at(bytes, 2)? & !FLAGS;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    })
}

fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0);
    let bytes = bytes.get(..end.unwrap_or(bytes.len()))?;
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Ask, Link, Neighbour, News, Standing, ask, read};
    use crate::hardware::Mac;
    use std::{net::IpAddr, time::Duration};

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend((u16::try_from(value.len()).expect("short") + 4).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend((u32::try_from(body.len()).expect("short") + 16).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// A neighbour as the kernel would say it.
    pub(in crate::dhcp) fn neighbour(kind: u16, state: u16, last: u8, ticks: u32) -> Vec<u8> {
        let mut body = vec![2, 0, 0, 0];
        body.extend(7_u32.to_ne_bytes());
        body.extend(state.to_ne_bytes());
        body.extend([0, 1]);
        body.extend(attribute(1, &[10, 77, 0, last]));
        body.extend(attribute(2, &[0x02, 0, 0, 0, 0, last]));
        let mut ages = ticks.to_ne_bytes().to_vec();
        ages.extend([0; 12]);
        body.extend(attribute(3, &ages));
        message(kind, &body)
    }

    #[test]
    fn a_table_is_read() {
        let mut link = vec![0, 0, 1, 0];
        link.extend(7_u32.to_ne_bytes());
        link.extend(0x11043_u32.to_ne_bytes());
        link.extend([0xff; 4]);
        link.extend(attribute(3, b"eth0\0"));
        link.extend(attribute(1, &[0x52, 0x54, 0, 0, 0, 1]));
        let mut bytes = message(16, &link);
        bytes.extend(neighbour(28, 0x04, 50, 1_250));
        bytes.extend(neighbour(29, 0x20, 51, 0));
        bytes.extend(message(3, &[0; 4]));
        let address = |last| IpAddr::from([10, 77, 0, last]);
        assert_eq!(
            read(&bytes),
            [
                News::Link(Link {
                    index: 7,
                    name: "eth0".to_owned(),
                    mac: Mac::parse("52:54:00:00:00:01"),
                    is_loopback: false,
                    is_up: true,
                }),
                News::Neighbour(Neighbour {
                    index: 7,
                    address: address(50),
                    mac: Mac::parse("02:00:00:00:00:32"),
                    standing: Standing::Unsure,
                    confirmed: Duration::from_millis(12_500),
                }),
                News::NeighbourGone {
                    index: 7,
                    address: address(51)
                },
                News::Done,
            ]
        );
    }

    #[test]
    fn a_refusal_is_told_and_nonsense_is_not() {
        let refused = message(2, &(-1_i32).to_ne_bytes());
        assert_eq!(read(&refused), [News::Refused(1)]);
        let whole = neighbour(28, 0x02, 50, 0);
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]), [], "{cut}");
        }
        // A group's address and one of nobody are no neighbours.
        let mut group = neighbour(28, 0x02, 50, 0);
        let at = group
            .windows(4)
            .position(|four| four == [10, 77, 0, 50])
            .expect("address");
        group[at] = 224;
        assert_eq!(read(&group), []);
    }

    #[test]
    fn a_question_has_the_length_that_it_says() {
        for what in [Ask::Links, Ask::Neighbours] {
            let bytes = ask(what, 1);
            assert_eq!(
                bytes.len(),
                u32::from_ne_bytes(bytes[..4].try_into().expect("4")) as usize
            );
        }
    }
}
