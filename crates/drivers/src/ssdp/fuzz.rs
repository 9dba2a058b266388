//! An entry for fuzzing: any bytes as a link's traffic and as descriptions.

use super::{
    claim::Fetched,
    core::{CLAIMS, CLAIMS_OF_HOST, Ssdp},
    description,
};
use model::{ReportBody, Sighting};
use std::{collections::HashMap, net::IpAddr, time::Duration};

/// Runs any bytes through the core as datagrams and descriptions, and checks what must hold whatever
/// comes: no panic, bounds, and nothing is unsighted that was not sighted.
///
/// A byte of 0 parts datagrams; one that begins with `<` is a description, handed to whatever is to be
/// fetched; one that begins with `!` lets as many seconds pass as it has bytes.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_traffic(data: &[u8]) -> Vec<Sighting> {
    let mut core = Ssdp::default();
    let mut seen: HashMap<String, Sighting> = HashMap::new();
    let mut now = Duration::ZERO;
    for piece in data.split(|byte| *byte == 0).take(256) {
        match piece.first() {
            Some(b'<') => {
                // Read by itself as well, since few are fetched.
                let _ = description::read(piece);
                for _ in 0..4 {
                    let Some(fetch) = core.next_fetch() else {
                        break;
                    };
                    core.on_fetched(fetch, Fetched::Body(piece.to_vec()), now);
                }
            }
            Some(b'!') => now += Duration::from_secs(piece.len() as u64),
            _ => {
                let host = u8::try_from(piece.len() % 5).unwrap_or(0);
                core.on_packet(1, IpAddr::from([10, 0, 0, host]), piece, now);
            }
        }
        watch(&mut core, now, &mut seen);
    }
    for _ in 0..8 {
        now += Duration::from_secs(1);
        while let Some(fetch) = core.next_fetch() {
            core.on_fetched(fetch, Fetched::Dead("nobody is there".to_owned()), now);
        }
        watch(&mut core, now, &mut seen);
    }
    seen.into_values().collect()
}

fn watch(core: &mut Ssdp, now: Duration, seen: &mut HashMap<String, Sighting>) {
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
    let [claims, documents, things, waiting] = core.sizes();
    assert!(claims <= CLAIMS.min(5 * CLAIMS_OF_HOST) && documents <= claims);
    assert!(things <= claims && waiting <= 512);
}
