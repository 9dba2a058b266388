//! An entry for fuzzing: any bytes as adverts.

use super::{advert::Props, core::Air};
use model::{Instance, ReportBody};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

/// Runs any bytes through the codec and the core as a series of adverts, and checks what must hold
/// whatever comes: no panic, only announced properties are reported and only with values that they
/// can have, only what was sighted is unsighted.
///
/// The bytes are pieces divided by `\xff\n`; the first byte of each says whose advert it is and what
/// else is in it, the rest is its BTHome data.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_adverts(data: &[u8]) {
    let mut air = Air::with_room(4);
    let mut announced: HashMap<String, Vec<Instance>> = HashMap::new();
    let mut sighted = HashSet::new();
    let mut now = Duration::from_secs(1);
    let mut rest = data;
    for _ in 0..256 {
        let end = rest.windows(2).position(|two| two == b"\xff\n");
        let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let Some((kind, bytes)) = piece.split_first() else {
            break;
        };
        let whose = kind % 8;
        let props = Props {
            address: Some(format!("a4:c1:38:00:00:{whose:02x}")),
            is_random: Some(kind & 0x10 != 0),
            name: (kind & 0x20 != 0).then(|| String::from_utf8_lossy(bytes).into_owned()),
            rssi: Some(-60),
            services: None,
            service_data: Some(BTreeMap::from([(
                super::bthome::SERVICE.to_owned(),
                bytes.to_vec(),
            )])),
            maker_data: (kind & 0x40 != 0).then(|| BTreeMap::from([(0x0499, bytes.to_vec())])),
        };
        now += Duration::from_secs(if kind & 0x80 == 0 { 1 } else { 700 });
        let mut reports = air.on_props(&format!("/{whose}"), props, now);
        reports.extend(air.on_time(now));
        reports.extend(
            announced
                .keys()
                .flat_map(|native_id| air.watch(native_id))
                .collect::<Vec<_>>(),
        );
        for report in reports {
            match report {
                ReportBody::Announced(device) => {
                    assert!(!device.name.is_empty() && !device.capabilities.is_empty());
                    announced.insert(device.native_id, device.capabilities);
                }
                ReportBody::Values {
                    native_id,
                    readings,
                } => {
                    for reading in readings {
                        let instances = announced.get(&native_id).into_iter().flatten();
                        let shape = instances
                            .filter(|one| one.endpoint == reading.path.endpoint)
                            .filter(|one| one.capability == reading.path.capability)
                            .find_map(|one| one.property(reading.path.property.name));
                        assert!(shape.is_some(), "{} was not announced", reading.path);
                        let value = reading.value.as_ref().unwrap_or_else(|| panic!("no value"));
                        let accepted = reading.path.property.accept_report(value, reading.unit);
                        assert!(accepted.is_ok(), "{accepted:?}");
                    }
                }
                ReportBody::DeviceEvent {
                    native_id,
                    endpoint,
                    event,
                    ..
                } => {
                    let mut instances = announced.get(&native_id).into_iter().flatten();
                    assert!(
                        instances
                            .any(|one| one.endpoint == endpoint && one.events.contains(&event))
                    );
                }
                ReportBody::Sighted(sighting) => drop(sighted.insert(sighting.native_id)),
                ReportBody::Unsighted { native_id, .. } => assert!(sighted.remove(&native_id)),
                _ => {}
            }
        }
        rest = tail.get(2..).unwrap_or_default();
    }
}
