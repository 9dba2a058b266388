//! Names of DNS as labels, and their compressed form on the wire.

use std::fmt;

/// The longest name, and the most labels that fit into one.
const LONGEST: usize = 255;
/// The longest label.
const LABEL: usize = 63;

/// A name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    labels: Vec<Box<str>>,
}

impl Name {
    /// A name of plain labels with dots between, such as `_http._tcp.local`.
    pub(super) fn of(text: &str) -> Self {
        Self {
            labels: text.split('.').map(Into::into).collect(),
        }
    }

    /// Reads a name at a place; returns it and the place after it.
    pub(super) fn read(packet: &[u8], at: usize) -> Option<(Self, usize)> {
        let (mut labels, mut length) = (Vec::new(), 0);
        let (mut place, mut after, mut lowest) = (at, None, at);
        loop {
            let size = usize::from(*packet.get(place)?);
            match size {
                0 => {
                    let end = after.unwrap_or(place + 1);
                    return Some((Self { labels }, end));
                }
                1..=LABEL => {
                    let bytes = packet.get(place + 1..place + 1 + size)?;
                    let label = std::str::from_utf8(bytes).ok()?;
                    if label.chars().any(char::is_control) {
                        return None;
                    }
                    length += size + 1;
                    if length >= LONGEST {
                        return None;
                    }
                    labels.push(label.into());
                    place += size + 1;
                }
                192..=255 => {
                    let low = usize::from(*packet.get(place + 1)?);
                    let target = ((size & 0x3f) << 8) | low;
                    after = after.or(Some(place + 2));
                    // Each jump goes further back than all before, so that there is an end.
                    if target >= lowest {
                        return None;
                    }
                    (place, lowest) = (target, target);
                }
                _ => return None,
            }
        }
    }

    /// Writes the name without compression. Labels that no name can have are cut off.
    pub(super) fn write(&self, packet: &mut Vec<u8>) {
        for label in &self.labels {
            let bytes = &label.as_bytes()[..label.len().min(LABEL)];
            packet.push(u8::try_from(bytes.len()).unwrap_or(0));
            packet.extend_from_slice(bytes);
        }
        packet.push(0);
    }

    /// How long it is on the wire.
    pub(super) fn size(&self) -> usize {
        let labels = self.labels.iter();
        labels.map(|label| label.len() + 1).sum::<usize>() + 1
    }

    /// The name as it is compared: in lower case, dots within labels marked.
    pub(super) fn key(&self) -> Box<str> {
        let labels: Vec<_> = self
            .labels
            .iter()
            .map(|label| label.replace('\\', "\\\\").replace('.', "\\."))
            .collect();
        labels.join(".").to_lowercase().into()
    }

    /// The first label, and the name of the rest.
    pub(super) fn split(&self) -> Option<(&str, Self)> {
        let (first, rest) = self.labels.split_first()?;
        Some((
            first,
            Self {
                labels: rest.to_vec(),
            },
        ))
    }

    /// Whether it is a name of the link.
    pub(super) fn is_local(&self) -> bool {
        self.labels.len() >= 2
            && self
                .labels
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case("local"))
    }

    /// The service type without its domain, such as `_http._tcp`, where it is the name of one.
    pub(super) fn service(&self) -> Option<Box<str>> {
        let [service, protocol, domain] = self.labels.as_slice() else {
            return None;
        };
        let name = service.strip_prefix('_')?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_service = (1..=40).contains(&name.len())
            && name.bytes().all(is_word)
            && (protocol.eq_ignore_ascii_case("_tcp") || protocol.eq_ignore_ascii_case("_udp"))
            && domain.eq_ignore_ascii_case("local");
        is_service.then(|| format!("{service}.{protocol}").to_lowercase().into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.labels.join("."))
    }
}
