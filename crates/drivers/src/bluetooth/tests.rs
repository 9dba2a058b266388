//! The core: what follows from adverts.

use super::{advert::Props, bthome::SERVICE, core::Air};
use model::ReportBody;
use std::{collections::BTreeMap, time::Duration};

const PATH: &str = "/org/bluez/hci0/dev_A4_C1_38_11_22_33";

fn whole(data: &[u8]) -> Props {
    Props {
        address: Some("A4:C1:38:11:22:33".to_owned()),
        is_random: Some(false),
        name: Some("ATC_112233".to_owned()),
        ..advert(data)
    }
}

fn advert(data: &[u8]) -> Props {
    Props {
        rssi: Some(-60),
        service_data: Some(BTreeMap::from([(SERVICE.to_owned(), data.to_vec())])),
        ..Props::default()
    }
}

fn shown(reports: Vec<ReportBody>) -> Vec<String> {
    let shown = |report| match report {
        ReportBody::Sighted(thing) => format!("sighted {}", thing.name.unwrap_or_default()),
        ReportBody::Unsighted { reason, .. } => format!("unsighted: {reason}"),
        ReportBody::Announced(device) => {
            assert!(!device.adopt);
            let all: Vec<_> = device
                .capabilities
                .iter()
                .map(|one| one.capability.name)
                .collect();
            format!("announced {}", all.join(" "))
        }
        ReportBody::Connectivity { connectivity, .. } => connectivity.as_str().to_owned(),
        ReportBody::Values { readings, .. } => {
            let all = readings
                .iter()
                .map(|one| format!("{:?}", one.value.clone().expect("a value")));
            all.collect::<Vec<_>>().join(" ")
        }
        ReportBody::DeviceEvent {
            endpoint, event, ..
        } => format!("{endpoint} {event}"),
        ReportBody::Flooding { .. } => "flooding".to_owned(),
        other => format!("{other:?}"),
    };
    reports.into_iter().map(shown).collect()
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(1_000 + seconds)
}

/// 21.5 degrees and 45 %, with a number.
fn climate(number: u8) -> [u8; 9] {
    [0x40, 0x00, number, 0x02, 0x66, 0x08, 0x03, 0x94, 0x11]
}

#[test]
fn a_sensor_is_seen_announced_and_heard() {
    let mut air = Air::new();
    assert_eq!(
        shown(air.on_props(PATH, whole(&climate(1)), at(0))),
        [
            "sighted ATC_112233",
            "announced RelativeHumidityMeasurement TemperatureMeasurement",
            "online",
            "Number(21.5) Number(45.0)",
        ]
    );
    // The same packet again, and a new one.
    assert_eq!(
        shown(air.on_props(PATH, advert(&climate(1)), at(60))),
        [""; 0]
    );
    assert_eq!(
        shown(air.on_props(PATH, advert(&climate(2)), at(61))),
        ["Number(21.5) Number(45.0)"]
    );
    // It can do more than it has said.
    assert_eq!(
        shown(air.on_props(PATH, advert(&[0x40, 0x01, 97]), at(62))),
        [
            "announced PowerSource RelativeHumidityMeasurement TemperatureMeasurement",
            "Number(97.0)"
        ]
    );
    assert_eq!(shown(air.watch("a4:c1:38:11:22:33")).len(), 3);
    assert_eq!(shown(air.all()), ["sighted ATC_112233"]);
}

#[test]
fn silence_means_something_after_five_missed_adverts() {
    let mut air = Air::new();
    for minute in 0..12 {
        air.on_props(PATH, whole(&climate(minute)), at(60 * u64::from(minute)));
    }
    let last = 60 * 11;
    assert_eq!(shown(air.on_time(at(last + 299))), [""; 0]);
    assert_eq!(shown(air.on_time(at(last + 300))), ["offline"]);
    assert_eq!(
        shown(air.on_time(at(last + 1_800))),
        ["unsighted: no advert of it was heard for 30 minutes"]
    );
    let back = shown(air.on_props(PATH, advert(&climate(20)), at(4_000)));
    assert_eq!(
        back,
        ["sighted ATC_112233", "online", "Number(21.5) Number(45.0)"]
    );
    assert_eq!(shown(air.on_deaf("there is no adapter")), ["unknown"]);
}

#[test]
fn a_button_that_speaks_only_when_pressed_is_not_called_dead() {
    let mut air = Air::new();
    let press = [0x44, 0x3a, 0x01];
    let first = shown(air.on_props(PATH, whole(&press), at(0)));
    assert_eq!(
        first,
        [
            "sighted ATC_112233",
            "announced Button",
            "online",
            "1 press"
        ]
    );
    // Its radio says it several times.
    for second in 1..4 {
        assert_eq!(
            shown(air.on_props(PATH, advert(&press), at(second))),
            [""; 0]
        );
    }
    assert_eq!(
        shown(air.on_props(PATH, advert(&press), at(60))),
        ["1 press"]
    );
    let silent = shown(air.on_time(at(60 + 1_800)));
    assert_eq!(
        silent,
        [
            "unknown",
            "unsighted: no advert of it was heard for 30 minutes"
        ]
    );
}

#[test]
fn what_is_encrypted_is_seen_and_not_announced() {
    let mut air = Air::new();
    let reports = air.on_props(PATH, whole(&[0x41, 1, 2, 3, 4, 5, 6, 7, 8, 9]), at(0));
    let [ReportBody::Sighted(thing)] = reports.as_slice() else {
        panic!("{reports:?}")
    };
    assert!(
        thing
            .facts
            .iter()
            .any(|fact| fact.name == "bthome.encrypted")
    );
}

#[test]
fn what_bluez_only_remembers_was_not_heard() {
    let mut air = Air::new();
    let mut remembered = whole(&climate(1));
    remembered.rssi = None;
    assert_eq!(shown(air.on_props(PATH, remembered, at(0))), [""; 0]);
    assert!(air.knows(PATH));
    assert_eq!(
        shown(air.on_props(PATH, advert(&climate(2)), at(1))).len(),
        4
    );
}

#[test]
fn a_loud_device_is_held_and_its_last_word_arrives() {
    let mut air = Air::new();
    air.on_props(PATH, whole(&climate(0)), at(0));
    for number in 0..200_u8 {
        air.on_props(PATH, advert(&[0x40, 0x00, number, 0x01, number / 2]), at(0));
    }
    assert_eq!(shown(air.on_time(at(0))), ["flooding"]);
    assert_eq!(shown(air.on_time(at(1))), ["Number(99.0)"]);
}

#[test]
fn there_is_room_for_so_many() {
    let mut air = Air::with_room(2);
    for last in 0..4_u8 {
        let mut props = whole(&climate(1));
        props.address = Some(format!("A4:C1:38:11:22:{last:02X}"));
        air.on_props(&format!("/{last}"), props, at(0));
    }
    assert_eq!((air.all().len(), air.refused), (2, 2));
}
