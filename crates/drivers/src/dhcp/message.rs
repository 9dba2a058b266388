//! A DHCP message, as a client broadcasts it (RFC 2131). Pure: bytes in, values out.

use crate::hardware::{Mac, plain};
use std::net::Ipv4Addr;

/// The longest message that is read.
pub(super) const LONGEST: usize = 1_500;

/// The longest text of an option.
const TEXT: usize = 128;

/// What a client says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// What it wants.
    pub(super) kind: Kind,
    /// Who speaks.
    pub(super) mac: Mac,
    /// The address that it has.
    pub(super) address: Option<Ipv4Addr>,
    /// The address that it asks for (option 50).
    pub(super) wanted: Option<Ipv4Addr>,
    /// Its name (option 12, or 81).
    pub(super) host: Option<String>,
    /// What it is, in its maker's words (option 60).
    pub(super) class: Option<String>,
    /// What it wants to be told, in its order (option 55): its fingerprint.
    pub(super) parameters: Vec<u8>,
    /// How it calls itself to the server (option 61), where that is not just its address.
    pub(super) client: Option<String>,
}

/// What a client can want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Discover,
    Request,
    Decline,
    Release,
    Inform,
}

/// Reads a client's message; the error says what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Message, &'static str> {
    const COOKIE: [u8; 4] = [99, 130, 83, 99];
    if bytes.len() > LONGEST {
        return Err("it is longer than a DHCP message may be");
    }
    let head: &[u8; 240] = bytes
        .first_chunk()
        .ok_or("it is shorter than any DHCP message")?;
    if head[236..] != COOKIE {
        return Err("it is no DHCP message");
    }
    if head[0] != 1 {
        return Err("it is no client's message");
    }
    if head[1] != 1 || head[2] != 6 {
        return Err("its sender has no hardware address of Ethernet");
    }
    let mac = Mac::of(&head[28..])
        .filter(|mac| mac.is_somebodys())
        .ok_or("its sender's hardware address is nobody's")?;
    let options = Options::read(bytes, head);
    let kind = match options.first(53) {
        Some([1]) => Kind::Discover,
        Some([3]) => Kind::Request,
        Some([4]) => Kind::Decline,
        Some([7]) => Kind::Release,
        Some([8]) => Kind::Inform,
        _ => return Err("it is of no kind that clients send"),
    };
    let four = |bytes: &[u8]| {
        let octets: [u8; 4] = bytes.try_into().ok()?;
        let address = Ipv4Addr::from(octets);
        let is_somebodys = !address.is_unspecified()
            && !address.is_multicast()
            && !address.is_broadcast()
            && !address.is_loopback();
        is_somebodys.then_some(address)
    };
    Ok(Message {
        kind,
        mac,
        address: four(&head[12..16]),
        wanted: options.first(50).and_then(four),
        host: options
            .joined(12)
            .and_then(|bytes| text(&bytes))
            .or_else(|| full_name(&options.joined(81)?)),
        class: options.joined(60).and_then(|bytes| text(&bytes)),
        parameters: options.joined(55).unwrap_or_default(),
        client: options.joined(61).and_then(|bytes| client(&bytes, mac)),
    })
}

/// The options, where they lie: after the head, and where that says so in its two other fields.
struct Options<'a> {
    all: Vec<(u8, &'a [u8])>,
}

impl<'a> Options<'a> {
    fn read(bytes: &'a [u8], head: &'a [u8; 240]) -> Self {
        let mut all = fields(bytes.get(240..).unwrap_or_default());
        let overload = all.iter().find(|(code, _)| *code == 52);
        let overload = overload.and_then(|(_, value)| value.first()).copied();
        if matches!(overload, Some(1 | 3)) {
            all.extend(fields(&head[108..236]));
        }
        if matches!(overload, Some(2 | 3)) {
            all.extend(fields(&head[44..108]));
        }
        Self { all }
    }

    fn first(&self, wanted: u8) -> Option<&'a [u8]> {
        self.all
            .iter()
            .find(|(code, _)| *code == wanted)
            .map(|(_, value)| *value)
    }

    /// A long option comes in several parts (RFC 3396).
    fn joined(&self, wanted: u8) -> Option<Vec<u8>> {
        let parts = self.all.iter().filter(|(code, _)| *code == wanted);
        let whole: Vec<u8> = parts.flat_map(|(_, value)| value.iter().copied()).collect();
        (!whole.is_empty()).then_some(whole)
    }
}

fn fields(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    const PAD: u8 = 0;
    const END: u8 = 255;
    let mut all = Vec::new();
    while let Some((&code, rest)) = bytes.split_first() {
        match code {
            PAD => bytes = rest,
            END => break,
            _ => {
                let Some((&length, rest)) = rest.split_first() else {
                    break;
                };
                let Some((value, rest)) = rest.split_at_checked(length.into()) else {
                    break;
                };
                all.push((code, value));
                bytes = rest;
            }
        }
    }
    all
}

fn text(bytes: &[u8]) -> Option<String> {
    plain(&String::from_utf8_lossy(bytes), TEXT)
}

/// The name of option 81 (RFC 4702): text, or labels as in DNS.
fn full_name(bytes: &[u8]) -> Option<String> {
    const LABELS: u8 = 0x04;
    let (flags, name) = (*bytes.first()?, bytes.get(3..)?);
    if flags & LABELS == 0 {
        return text(name);
    }
    let mut labels = Vec::new();
    let mut rest = name;
    while let Some((&length, tail)) = rest.split_first()
        && (1..64).contains(&length)
    {
        let (label, tail) = tail.split_at_checked(length.into())?;
        labels.push(text(label)?);
        rest = tail;
    }
    (!labels.is_empty()).then(|| labels.join("."))
}

/// How a client calls itself: as text where it is one, else in hexadecimal digits.
fn client(bytes: &[u8], mac: Mac) -> Option<String> {
    let (kind, rest) = bytes.split_first()?;
    if *kind == 1 && rest == mac.0 {
        return None;
    }
    let is_text = *kind == 0 && !rest.is_empty() && rest.iter().all(|c| (32..127).contains(c));
    if is_text {
        return text(rest);
    }
    Some(
        bytes
            .iter()
            .take(TEXT / 2)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Kind, read};
    use std::net::Ipv4Addr;

    /// A client's message with these options.
    pub(in crate::dhcp) fn message(mac: [u8; 6], options: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; 240];
        bytes[..3].copy_from_slice(&[1, 1, 6]);
        bytes[28..34].copy_from_slice(&mac);
        bytes[236..].copy_from_slice(&[99, 130, 83, 99]);
        for (code, value) in options {
            bytes.extend([*code, u8::try_from(value.len()).expect("short")]);
            bytes.extend(*value);
        }
        bytes.push(255);
        bytes
    }

    const MAC: [u8; 6] = [0xb8, 0x27, 0xeb, 1, 2, 3];

    #[test]
    fn a_request_is_read() {
        let mut client = vec![1];
        client.extend(MAC);
        let bytes = message(
            MAC,
            &[
                (53, &[3]),
                (50, &[10, 77, 0, 60]),
                (12, b"iphone-anna\0"),
                (60, b"android-"),
                (60, b"dhcp-14"),
                (55, &[1, 3, 6, 15]),
                (61, &client),
            ],
        );
        let message = read(&bytes).expect("a message");
        assert_eq!(message.kind, Kind::Request);
        assert_eq!(message.mac.to_string(), "b8:27:eb:01:02:03");
        assert_eq!(message.wanted, Some(Ipv4Addr::new(10, 77, 0, 60)));
        assert_eq!(message.address, None);
        assert_eq!(message.host.as_deref(), Some("iphone-anna"));
        assert_eq!(message.class.as_deref(), Some("android-dhcp-14"));
        assert_eq!(message.parameters, [1, 3, 6, 15]);
        assert_eq!(message.client, None);
    }

    #[test]
    fn names_come_in_several_dresses() {
        for (options, host) in [
            (
                vec![(81, b"\x00\x00\x00desk.home".as_slice())],
                Some("desk.home"),
            ),
            (
                vec![(81, b"\x04\x00\x00\x04desk\x04home\x00".as_slice())],
                Some("desk.home"),
            ),
            (vec![(81, b"\x04\x00\x00\x40desk".as_slice())], None),
            (vec![(12, b"\x00\x01\x02".as_slice())], None),
            (vec![], None),
        ] {
            let mut all = vec![(53, [1].as_slice())];
            all.extend(options);
            let message = read(&message(MAC, &all)).expect("a message");
            assert_eq!(message.host.as_deref(), host);
        }
        // Options may lie in the fields of the server's name and of the file.
        let mut bytes = message(MAC, &[(53, &[1]), (52, &[3])]);
        bytes[44..50].copy_from_slice(&[12, 3, b'b', b'o', b'x', 255]);
        bytes[108..114].copy_from_slice(&[60, 3, b'E', b'S', b'P', 255]);
        let message = read(&bytes).expect("a message");
        assert_eq!(message.host.as_deref(), Some("box"));
        assert_eq!(message.class.as_deref(), Some("ESP"));
    }

    #[test]
    fn what_is_no_clients_message_is_refused_with_a_reason() {
        let sound = message(MAC, &[(53, &[1])]);
        for cut in 0..sound.len() - 1 {
            assert!(read(&sound[..cut]).is_err(), "{cut}");
        }
        let broken = |at: usize, byte: u8| {
            let mut bytes = sound.clone();
            bytes[at] = byte;
            read(&bytes).expect_err("broken")
        };
        assert_eq!(broken(236, 0), "it is no DHCP message");
        assert_eq!(broken(0, 2), "it is no client's message");
        assert_eq!(
            broken(2, 16),
            "its sender has no hardware address of Ethernet"
        );
        assert_eq!(
            broken(28, 0xff),
            "its sender's hardware address is nobody's"
        );
        assert_eq!(broken(242, 2), "it is of no kind that clients send");
        assert!(read(&vec![1; 1_501]).is_err());
    }
}
