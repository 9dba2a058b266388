//! An entry for fuzzing: any bytes as a link's traffic.

use super::{
    book::{HOSTS, HOSTS_OF_SENDER},
    core::Mdns,
};
use model::{ReportBody, Sighting};
use std::{collections::HashMap, net::IpAddr, time::Duration};

/// Runs any bytes through the core as a series of datagrams, and checks what must hold whatever comes:
/// no panic, bounds, and nothing is unsighted that was not sighted.
///
/// The bytes are datagrams, each behind its length in two bytes; a length above 9,216 lets as many
/// seconds pass.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_packets(data: &[u8]) -> Vec<Sighting> {
    const LARGEST: usize = 9_216;
    let mut core = Mdns::new();
    let mut seen: HashMap<String, Sighting> = HashMap::new();
    let mut now = Duration::ZERO;
    let mut rest = data;
    while let Some((length, bytes)) = rest.split_at_checked(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let size = if length > LARGEST { 0 } else { length };
        let (packet, later) = bytes.split_at(size.min(bytes.len()));
        rest = later;
        if length > LARGEST {
            now += Duration::from_secs((length - LARGEST) as u64);
        } else {
            let sender = IpAddr::from([10, 0, 0, u8::try_from(length % 7).unwrap_or(0)]);
            core.on_packet(1, sender, packet, now);
        }
        watch(&mut core, now, &mut seen);
    }
    for _ in 0..4 {
        now += Duration::from_secs(1);
        watch(&mut core, now, &mut seen);
    }
    seen.into_values().collect()
}

fn watch(core: &mut Mdns, now: Duration, seen: &mut HashMap<String, Sighting>) {
    for report in core.on_time(now) {
        match report.body {
            ReportBody::Sighted(sighting) => {
                crate::conformance::judge::sighting(&sighting).expect("a well-formed sighting");
                seen.insert(sighting.native_id.clone(), *sighting);
            }
            ReportBody::Unsighted { native_id, .. } => {
                assert!(seen.remove(&native_id).is_some(), "{native_id} was there");
            }
            other => panic!("an unexpected report: {other:?}"),
        }
    }
    for (_, packet) in core.questions(64) {
        assert!(packet.len() <= 1_500, "a question fits into a frame");
    }
    let [hosts, instances, types, questions] = core.sizes();
    assert!(hosts <= HOSTS.min(7 * HOSTS_OF_SENDER) && instances <= 4_096);
    assert!(types <= 128 && questions <= 1_024);
}
