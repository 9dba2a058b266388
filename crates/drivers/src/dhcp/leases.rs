//! The lease files of DHCP servers: dnsmasq, ISC dhcpd and busybox udhcpd. Pure: bytes in, leases
//! out; what is broken is left out.

use crate::hardware::{Mac, plain};
use std::net::{IpAddr, Ipv4Addr};

/// How much of a file is read: its end, where the newest leases are.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// Leases of one file.
const MOST: usize = 4_096;

/// An address that a server gave away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) mac: Mac,
    pub(super) address: IpAddr,
    pub(super) host: Option<String>,
    pub(super) class: Option<String>,
    /// Until when, in seconds since 1970; `None` is for ever.
    pub(super) until: Option<i64>,
}

/// Reads a lease file of any of the known kinds.
pub(super) fn read(bytes: &[u8]) -> Vec<Lease> {
    let mut all = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            if text
                .lines()
                .any(|line| line.trim_start().starts_with("lease "))
            {
                isc(text)
            } else {
                text.lines().filter_map(dnsmasq).collect()
            }
        }
        // The end of a long file may begin within a character.
        Err(fault) if fault.valid_up_to() == 0 && !bytes.contains(&0) => {
            isc(&String::from_utf8_lossy(bytes))
        }
        _ => udhcpd(bytes),
    };
    all.truncate(MOST);
    all
}

/// `1732406400 52:54:00:01:02:03 10.77.0.60 name client-id`; 0 is for ever, `*` is no name.
fn dnsmasq(line: &str) -> Option<Lease> {
    let mut words = line.split_ascii_whitespace();
    let until: i64 = words.next()?.parse().ok()?;
    let mac = Mac::parse(words.next()?).filter(|mac| mac.is_somebodys())?;
    let address: Ipv4Addr = words.next()?.parse().ok()?;
    let host = words.next().filter(|name| *name != "*");
    Some(Lease {
        mac,
        address: address.into(),
        host: host.and_then(|name| plain(name, 128)),
        class: None,
        until: (until != 0).then_some(until),
    })
}

/// Blocks of `lease 10.77.0.60 { ends 2 2026/11/24 02:00:00; hardware ethernet ...; }`; of several
/// for one address the last holds.
fn isc(text: &str) -> Vec<Lease> {
    let mut all: Vec<Option<Lease>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut block: Option<(Ipv4Addr, Vec<&str>)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("lease ") {
            let address = rest.split_ascii_whitespace().next().unwrap_or_default();
            block = address.parse().ok().map(|address| (address, Vec::new()));
        } else if line == "}" {
            let Some((address, lines)) = block.take() else {
                continue;
            };
            let lease = isc_lease(address, &lines);
            match places.get(&address) {
                Some(&place) => all[place] = lease,
                None if all.len() < MOST => {
                    places.insert(address, all.len());
                    all.push(lease);
                }
                None => {}
            }
        } else if let Some((_, lines)) = &mut block
            && lines.len() < 64
        {
            lines.push(line.trim_end_matches(';'));
        }
    }
    all.into_iter().flatten().collect()
}

fn isc_lease(address: Ipv4Addr, lines: &[&str]) -> Option<Lease> {
    let after = |word: &str| {
        let found = lines.iter().find_map(|line| line.strip_prefix(word));
        found.map(str::trim)
    };
    let quoted = |text: &str| plain(text.trim_matches('"'), 128);
    if after("binding state ").is_some_and(|state| state != "active") {
        return None;
    }
    let mac = Mac::parse(after("hardware ethernet ")?).filter(|mac| mac.is_somebodys())?;
    let until = match after("ends ") {
        None | Some("never") => None,
        Some(text) => Some(isc_time(text)?),
    };
    Some(Lease {
        mac,
        address: address.into(),
        host: after("client-hostname ").and_then(quoted),
        class: after("set vendor-class-identifier =").and_then(|text| quoted(text.trim())),
        until,
    })
}

/// `2 2026/11/24 02:00:00` in UTC, or `epoch 1795485600; # ...`.
fn isc_time(text: &str) -> Option<i64> {
    let mut words = text.split(['#', ';']).next()?.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    if first == "epoch" {
        return second.parse().ok();
    }
    let text = format!("{}T{}Z", second.replace('/', "-"), words.next()?);
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_second)
}

/// The binary file of busybox: when it was written, then leases of 36 bytes with what is left.
fn udhcpd(bytes: &[u8]) -> Vec<Lease> {
    let Some((written, leases)) = bytes.split_first_chunk::<8>() else {
        return Vec::new();
    };
    if leases.len() % 36 != 0 {
        return Vec::new();
    }
    let written = i64::from_be_bytes(*written);
    leases
        .chunks_exact(36)
        .filter_map(|lease| {
            let left = u32::from_be_bytes(lease[..4].try_into().ok()?);
            let octets: [u8; 4] = lease[4..8].try_into().ok()?;
            let mac = Mac::of(&lease[8..]).filter(|mac| mac.is_somebodys())?;
            let name = lease[14..34].split(|byte| *byte == 0).next()?;
            Some(Lease {
                mac,
                address: IpAddr::from(octets),
                host: plain(&String::from_utf8_lossy(name), 128),
                class: None,
                until: Some(written.saturating_add(left.into())),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    fn shown(bytes: &[u8]) -> Vec<String> {
        read(bytes)
            .into_iter()
            .map(|lease| {
                format!(
                    "{} {} {:?} {:?} {:?}",
                    lease.mac,
                    lease.address,
                    lease.host.as_deref().unwrap_or("-"),
                    lease.class.as_deref().unwrap_or("-"),
                    lease.until
                )
            })
            .collect()
    }

    #[test]
    fn dnsmasq_is_read() {
        let text = "1795485600 52:54:00:01:02:03 10.77.0.60 iphone-anna 01:52:54:00:01:02:03\n\
                    0 52:54:00:01:02:04 10.77.0.61 * *\n\
                    duid 00:01:00:01:2a\n1795485600 4660 fd00::5 box 00:01\nnonsense\n";
        assert_eq!(
            shown(text.as_bytes()),
            [
                "52:54:00:01:02:03 10.77.0.60 \"iphone-anna\" \"-\" Some(1795485600)",
                "52:54:00:01:02:04 10.77.0.61 \"-\" \"-\" None",
            ]
        );
    }

    #[test]
    fn dhcpd_is_read_and_the_last_word_holds() {
        let text = r#"
# The format of this file is documented in the dhcpd.leases(5) manual page.
lease 10.77.0.60 {
  starts 1 2026/11/23 02:00:00;
  ends 1 2026/11/23 03:00:00;
  binding state active;
  hardware ethernet 52:54:00:01:02:03;
}
lease 10.77.0.60 {
  starts 2 2026/11/24 02:00:00;
  ends 2 2026/11/24 03:00:00;
  binding state active;
  hardware ethernet 52:54:00:01:02:05;
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "desk";
}
lease 10.77.0.61 {
  ends never;
  binding state active;
  hardware ethernet 52:54:00:01:02:06;
}
lease 10.77.0.62 {
  ends epoch 1795485600; # Tue
  hardware ethernet 52:54:00:01:02:07;
}
lease 10.77.0.63 {
  binding state free;
  hardware ethernet 52:54:00:01:02:08;
}
lease not-an-address {
  hardware ethernet 52:54:00:01:02:09;
}
lease 10.77.0.64 {
  hardware ethernet 52:54:00:0"#;
        assert_eq!(
            shown(text.as_bytes()),
            [
                "52:54:00:01:02:05 10.77.0.60 \"desk\" \"MSFT 5.0\" Some(1795489200)",
                "52:54:00:01:02:06 10.77.0.61 \"-\" \"-\" None",
                "52:54:00:01:02:07 10.77.0.62 \"-\" \"-\" Some(1795485600)",
            ]
        );
    }

    #[test]
    fn udhcpd_is_read() {
        let mut bytes = 1_795_485_600_i64.to_be_bytes().to_vec();
        bytes.extend(3_600_u32.to_be_bytes());
        bytes.extend([10, 77, 0, 60, 0x52, 0x54, 0, 1, 2, 3]);
        let mut name = b"box".to_vec();
        name.resize(22, 0);
        bytes.extend(name);
        assert_eq!(
            shown(&bytes),
            ["52:54:00:01:02:03 10.77.0.60 \"box\" \"-\" Some(1795489200)"]
        );
        bytes.push(0);
        assert_eq!(shown(&bytes), [""; 0]);
    }

    #[test]
    fn no_file_is_too_long() {
        let mut text = String::new();
        for at in 0..5_000_u32 {
            let [_, _, a, b] = at.to_be_bytes();
            text.push_str(&format!("0 52:54:00:00:{a:02x}:{b:02x} 10.0.{a}.{b} * *\n"));
        }
        assert_eq!(read(text.as_bytes()).len(), 4_096);
    }
}
