//! An entry for fuzzing: any bytes as what the kernel, clients and lease files say.

use super::{core::Network, leases, message, netlink, thing::Moment};
use crate::Interfaces;
use model::{Identity, ReportBody};
use std::{collections::HashSet, time::Duration};

/// Runs any bytes through the codecs and the core, and checks what must hold whatever comes: no
/// panic, only things that were sighted are unsighted, and no more things than there is room for.
///
/// The first byte of each piece (pieces are divided by `\xff\n`) says what it is: a message of the
/// kernel, of a client, or a lease file.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_network(data: &[u8]) {
    const MOST: usize = 32;
    let mut network = Network::new(Interfaces::All, MOST);
    let mut sighted = HashSet::new();
    let link = netlink::Link {
        index: 7,
        name: "eth0".to_owned(),
        mac: None,
        is_loopback: false,
        is_up: true,
    };
    let mut now = Moment {
        steady: Duration::from_secs(1),
        wall: 1_795_485_600,
    };
    network.on_news(netlink::News::Link(link), now);
    let mut rest = data;
    for at in 0..256 {
        let end = rest.windows(2).position(|two| two == b"\xff\n");
        let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let Some((kind, bytes)) = piece.split_first() else {
            break;
        };
        match kind % 4 {
            0 => {
                let news = netlink::read(bytes);
                if at % 8 == 7 {
                    network.on_table(news, now);
                } else {
                    news.into_iter().for_each(|one| network.on_news(one, now));
                }
            }
            1 => {
                if let Ok(message) = message::read(bytes) {
                    network.on_message(message, "eth0", now);
                }
            }
            2 => network.on_leases(usize::from(*kind) / 128, leases::read(bytes), now),
            _ => {
                let minutes = u64::from(bytes.first().copied().unwrap_or_default());
                now.steady += Duration::from_secs(60 * minutes);
                now.wall += 60;
                network.on_time(now);
            }
        }
        for report in network.take_reports(now, at % 16 == 15) {
            match report {
                ReportBody::Sighted(thing) => {
                    assert!(
                        thing
                            .identities
                            .contains(&Identity::Mac(thing.native_id.clone()))
                    );
                    sighted.insert(thing.native_id);
                }
                ReportBody::Unsighted { native_id, reason } => {
                    assert!(sighted.remove(&native_id), "{native_id} was not there");
                    assert!(!reason.is_empty());
                }
                other => panic!("{other:?} is nothing that the network says"),
            }
        }
        assert_eq!(sighted.len(), network.found() as usize);
        assert!(sighted.len() <= MOST);
        rest = tail.get(2..).unwrap_or_default();
    }
}
