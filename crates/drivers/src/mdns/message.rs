//! Messages of multicast DNS: answers that are read, questions that are written.

use super::name::Name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Records of a message that are looked at.
const RECORDS: usize = 512;
/// Keys of a TXT record, and the bytes of one.
const KEYS: usize = 48;
const VALUE: usize = 256;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    A = 1,
    Ptr = 12,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: Name,
    pub(super) kind: Kind,
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: Name,
    /// For how many seconds it is good; 0 takes it back.
    pub(super) ttl: u32,
    /// Whether it replaces all others of its name and kind.
    pub(super) is_only: bool,
    pub(super) data: Data,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    Pointer(Name),
    Service { port: u16, host: Name },
    Text(Vec<(String, String)>),
    Address(IpAddr),
}

/// Reads the records of an answer. What is broken ends the reading; what came before it counts.
/// A question gives none.
///
/// # Errors
/// When it is no message at all.
pub(super) fn read(packet: &[u8]) -> Result<Vec<Record>, &'static str> {
    let word = |at: usize| -> Option<u16> {
        let bytes = packet.get(at..at + 2)?;
        Some(u16::from_be_bytes(bytes.try_into().ok()?))
    };
    let header = || Some((word(2)?, word(4)?, word(6)?, word(8)?, word(10)?));
    let Some((flags, questions, answers, authorities, additionals)) = header() else {
        return Err("it is shorter than a header");
    };
    let (is_answer, operation, status) = (flags & 0x8000 != 0, flags & 0x7800, flags & 0x000f);
    if !is_answer || operation != 0 || status != 0 {
        return Ok(Vec::new());
    }
    let mut at = 12;
    for _ in 0..questions {
        let (_, after) = Name::read(packet, at).ok_or("a question is broken")?;
        at = after + 4;
    }
    let count = [answers, authorities, additionals].map(usize::from);
    let mut records = Vec::new();
    for _ in 0..count.iter().sum::<usize>().min(RECORDS) {
        let Some((record, after)) = read_record(packet, at) else {
            break;
        };
        records.extend(record);
        at = after;
    }
    if records.is_empty() && count != [0, 0, 0] && at == 12 {
        return Err("its first record is broken");
    }
    Ok(records)
}

/// Reads a record, where it is of a kind that matters, and the place after it.
fn read_record(packet: &[u8], at: usize) -> Option<(Option<Record>, usize)> {
    let (name, at) = skip_bad_name(packet, at)?;
    let fixed: [u8; 10] = packet.get(at..at + 10)?.try_into().ok()?;
    let [k1, k2, c1, c2, t1, t2, t3, t4, l1, l2] = fixed;
    let (kind, class) = (u16::from_be_bytes([k1, k2]), u16::from_be_bytes([c1, c2]));
    let ttl = u32::from_be_bytes([t1, t2, t3, t4]);
    let start = at + 10;
    let end = start + usize::from(u16::from_be_bytes([l1, l2]));
    let bytes = packet.get(start..end)?;
    // 1 is the internet's class; the highest bit says that the record is the only one.
    let data = if class & 0x7fff == 1 {
        read_data(packet, kind, start, bytes)
    } else {
        None
    };
    let record = name.zip(data).map(|(name, data)| Record {
        name,
        ttl,
        is_only: class & 0x8000 != 0,
        data,
    });
    Some((record, end))
}

/// Reads a name; one that cannot be used is passed over where its end is known.
fn skip_bad_name(packet: &[u8], at: usize) -> Option<(Option<Name>, usize)> {
    if let Some((name, after)) = Name::read(packet, at) {
        return Some((Some(name), after));
    }
    let mut place = at;
    loop {
        match usize::from(*packet.get(place)?) {
            0 => return Some((None, place + 1)),
            size @ 1..=63 => place += size + 1,
            192..=255 => return Some((None, place + 2)),
            _ => return None,
        }
    }
}

fn read_data(packet: &[u8], kind: u16, start: usize, bytes: &[u8]) -> Option<Data> {
    let end = start + bytes.len();
    let whole_name = |at: usize| {
        let (name, after) = Name::read(packet, at)?;
        (after == end).then_some(name)
    };
    match kind {
        1 => {
            let octets: [u8; 4] = bytes.try_into().ok()?;
            Some(Data::Address(Ipv4Addr::from(octets).into()))
        }
        12 => whole_name(start).map(Data::Pointer),
        16 => Some(Data::Text(read_text(bytes))),
        28 => {
            let octets: [u8; 16] = bytes.try_into().ok()?;
            Some(Data::Address(Ipv6Addr::from(octets).to_canonical()))
        }
        33 => {
            let port = u16::from_be_bytes(bytes.get(4..6)?.try_into().ok()?);
            let host = whole_name(start + 6)?;
            Some(Data::Service { port, host })
        }
        _ => None,
    }
}

/// Reads the keys of a TXT record; the first of a name counts. What is no text is shown as bytes.
fn read_text(mut bytes: &[u8]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    while let Some((size, rest)) = bytes.split_first() {
        let (entry, rest) = rest.split_at(usize::from(*size).min(rest.len()));
        bytes = rest;
        let cut = entry.iter().position(|byte| *byte == b'=');
        let (key, value) = match cut {
            Some(cut) => (&entry[..cut], &entry[cut + 1..]),
            None => (entry, &[][..]),
        };
        let is_key = !key.is_empty() && key.iter().all(|byte| (0x20..0x7f).contains(byte));
        let key = String::from_utf8_lossy(key).to_lowercase();
        if !is_key || all.iter().any(|(known, _)| *known == key) {
            continue;
        }
        let value = match std::str::from_utf8(value) {
            Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
            _ => value.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        all.push((key, value.chars().take(VALUE).collect()));
        if all.len() == KEYS {
            break;
        }
    }
    all
}

/// The largest message that we send: it fits into one frame.
const MESSAGE: usize = 1_300;

/// Writes questions as messages, each of which fits into a frame.
pub(super) fn ask(questions: &[Question]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut rest = questions;
    while !rest.is_empty() {
        let (mut count, mut size) = (0, 12);
        for question in rest {
            size += question.name.size() + 4;
            if size > MESSAGE && count > 0 {
                break;
            }
            count += 1;
        }
        let (some, later) = rest.split_at(count);
        rest = later;
        let mut packet = vec![0; 12];
        packet[4..6].copy_from_slice(&u16::try_from(count).unwrap_or(0).to_be_bytes());
        for question in some {
            question.name.write(&mut packet);
            packet.extend_from_slice(&(question.kind as u16).to_be_bytes());
            packet.extend_from_slice(&1_u16.to_be_bytes());
        }
        all.push(packet);
    }
    all
}
