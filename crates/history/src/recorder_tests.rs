//! What is recorded of which events.

use super::{Current, Recorder};
use crate::calendar::plus;
use model::{
    Cause, Connectivity, DeviceId, Event, EventBody, Path, Position, Timestamp, Value, Who,
};
use store::{GapReason, Group, KeptValue};

const MINUTE: i64 = 60_000_000;

fn at(minutes: i64) -> Timestamp {
    plus(
        Timestamp::from_second(1_767_225_600).unwrap(),
        minutes * MINUTE,
    )
}

fn on_off() -> Path {
    "OnOff.on_off".parse().unwrap()
}

fn temperature() -> Path {
    "TemperatureMeasurement.temperature".parse().unwrap()
}

fn event(minutes: i64, body: EventBody) -> Event {
    Event {
        position: Position {
            epoch: 1,
            seq: u64::try_from(minutes + 1_000).unwrap(),
        },
        at: at(minutes),
        cause: Cause::first(Who::House),
        body,
    }
}

fn changed(device: DeviceId, path: Path, new: Option<Value>) -> EventBody {
    EventBody::PropertyChanged {
        device,
        path,
        old: None,
        new,
        matched: false,
    }
}

fn connectivity(device: DeviceId, new: Connectivity) -> EventBody {
    EventBody::ConnectivityChanged {
        device,
        old: Connectivity::Unknown,
        new,
        reason: None,
    }
}

fn current(device: DeviceId, path: Path, value: Value, minutes: i64, stale: bool) -> Current {
    let cause = Cause::first(Who::House);
    let value = KeptValue {
        device,
        path,
        value: Some(value),
        at: at(minutes),
        since: at(minutes),
        cause,
    };
    Current { value, stale }
}

fn samples(group: &Group) -> Vec<(i64, Option<Value>)> {
    let minute = |time: Timestamp| (time.as_microsecond() - at(0).as_microsecond()) / MINUTE;
    group
        .samples
        .iter()
        .map(|sample| (minute(sample.at), sample.value.clone()))
        .collect()
}

#[test]
fn a_change_is_a_sample_a_twin_and_where_it_belongs_an_event() {
    let device = DeviceId::new();
    let mut recorder = Recorder::default();
    recorder.on(&event(1, changed(device, temperature(), Some(20.0.into()))));
    recorder.on(&event(2, changed(device, temperature(), Some(20.5.into()))));
    recorder.on(&event(3, changed(device, on_off(), Some(true.into()))));
    let group = recorder.take(at(4));
    assert_eq!(
        samples(&group),
        [
            (1, Some(20.0.into())),
            (2, Some(20.5.into())),
            (3, Some(true.into()))
        ]
    );
    assert_eq!(group.events.len(), 1, "a temperature is no happening");
    assert_eq!(group.values.len(), 2);
    assert_eq!(
        (group.seen, group.until),
        (vec![(device, at(3))], Some(at(4)))
    );
    assert_eq!(recorder.rows(), 0);
}

#[test]
fn a_confirmation_is_a_sample_only_now_and_then() {
    let device = DeviceId::new();
    let mut recorder = Recorder::default();
    recorder.on(&event(0, changed(device, on_off(), Some(true.into()))));
    recorder.take(at(0));
    for minute in 1..=31 {
        recorder.on(&event(
            minute,
            EventBody::PropertyConfirmed {
                device,
                path: on_off(),
            },
        ));
    }
    let group = recorder.take(at(32));
    assert_eq!(
        samples(&group),
        [(15, Some(true.into())), (30, Some(true.into()))]
    );
    assert_eq!(group.confirmed, [(device, on_off(), at(31))]);
    assert!(group.values.is_empty() && group.events.is_empty());
}

#[test]
fn what_a_lost_device_was_is_not_known_until_it_says_so_again() {
    let device = DeviceId::new();
    let mut recorder = Recorder::default();
    recorder.on(&event(0, changed(device, on_off(), Some(true.into()))));
    recorder.on(&event(5, connectivity(device, Connectivity::Offline)));
    recorder.on(&event(6, connectivity(device, Connectivity::Offline)));
    recorder.on(&event(7, connectivity(device, Connectivity::Online)));
    recorder.on(&event(
        9,
        EventBody::PropertyConfirmed {
            device,
            path: on_off(),
        },
    ));
    let group = recorder.take(at(10));
    assert_eq!(
        samples(&group),
        [(0, Some(true.into())), (5, None), (9, Some(true.into()))]
    );
}

#[test]
fn a_restart_is_a_gap_up_to_the_first_report() {
    let device = DeviceId::new();
    let mut recorder = Recorder::new(
        Some(at(-60)),
        [current(device, on_off(), true.into(), -90, true)],
    );
    recorder.on(&event(0, EventBody::HouseStarted { clean: false }));
    recorder.on(&event(
        2,
        EventBody::PropertyConfirmed {
            device,
            path: on_off(),
        },
    ));
    recorder.on(&event(
        3,
        EventBody::PropertyConfirmed {
            device,
            path: on_off(),
        },
    ));
    let group = recorder.take(at(4));
    let gap = &group.gaps[0];
    assert_eq!(
        (gap.from, gap.to, gap.reason),
        (at(-60), at(2), GapReason::NotRunning)
    );
    assert_eq!(group.gaps.len(), 1);
    assert_eq!(
        samples(&group),
        [(2, Some(true.into()))],
        "known again from the first report on"
    );
}

#[test]
fn after_a_gap_it_goes_on_from_what_the_twin_has() {
    let (lamp, sensor, old) = (DeviceId::new(), DeviceId::new(), DeviceId::new());
    let mut recorder = Recorder::default();
    recorder.on(&event(0, changed(lamp, on_off(), Some(false.into()))));
    recorder.resync(
        None,
        at(10),
        GapReason::FellBehind,
        "7 events".to_owned(),
        [
            current(lamp, on_off(), true.into(), 4, false),
            current(sensor, temperature(), 20.0.into(), -5, false),
            current(old, on_off(), true.into(), -500, true),
        ],
    );
    let group = recorder.take(at(11));
    assert_eq!((group.gaps[0].from, group.gaps[0].to), (at(0), at(10)));
    assert_eq!(
        samples(&group),
        [
            (0, Some(false.into())),
            (4, Some(true.into())),
            (10, Some(20.0.into()))
        ]
    );
    assert_eq!(group.values.len(), 3);
    // What is stale becomes known with its next report.
    recorder.on(&event(
        12,
        EventBody::PropertyConfirmed {
            device: old,
            path: on_off(),
        },
    ));
    assert_eq!(samples(&recorder.take(at(13))), [(12, Some(true.into()))]);
}

#[test]
fn a_removed_device_leaves_no_twin() {
    let device = DeviceId::new();
    let mut recorder = Recorder::default();
    recorder.on(&event(0, changed(device, on_off(), Some(true.into()))));
    recorder.on(&event(
        1,
        EventBody::DeviceRemoved {
            device,
            name: "Lamp".to_owned(),
        },
    ));
    let group = recorder.take(at(2));
    assert!(group.values.is_empty());
    assert_eq!(samples(&group), [(0, Some(true.into())), (1, None)]);
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    let device = DeviceId::new();
    let mut recorder = Recorder::new(Some(at(1_000_000)), []);
    // The clock was a year ahead when the last run ended: the gap ends what was known, and is not
    // longer than nothing.
    recorder.on(&event(0, changed(device, on_off(), Some(true.into()))));
    recorder.on(&event(
        500_000,
        changed(device, on_off(), Some(false.into())),
    ));
    recorder.on(&event(
        1,
        EventBody::PropertyConfirmed {
            device,
            path: on_off(),
        },
    ));
    recorder.on(&event(2, changed(device, on_off(), Some(true.into()))));
    let group = recorder.take(at(3));
    assert_eq!(
        (group.gaps[0].from, group.gaps[0].to),
        (at(1_000_000), at(1_000_000))
    );
    assert_eq!(
        samples(&group),
        [
            (0, Some(true.into())),
            (500_000, Some(false.into())),
            (1, Some(false.into())),
            (2, Some(true.into()))
        ]
    );
}
