//! Chains, guesses, and “I don't know”.

use super::{Knowledge, Question, Why, explain};
use crate::{calendar::plus, sentence::Names};
use jiff::tz::TimeZone;
use model::{
    AreaId, Cause, DeviceId, Event, EventBody, FloorId, Path, PersonId, Position, Presence,
    Timestamp, Value, Who,
};
use store::KeptValue;

struct House {
    lamp: DeviceId,
}

impl Names for House {
    fn device(&self, id: DeviceId) -> Option<String> {
        Some(
            if id == self.lamp {
                "Hall light"
            } else {
                "Other thing"
            }
            .to_owned(),
        )
    }
    fn area(&self, _: AreaId) -> Option<String> {
        None
    }
    fn floor(&self, _: FloorId) -> Option<String> {
        None
    }
    fn person(&self, _: PersonId) -> Option<String> {
        Some("Anna".to_owned())
    }
}

fn at(seconds: i64) -> Timestamp {
    plus("2026-05-12T18:02:00Z".parse().unwrap(), seconds * 1_000_000)
}

fn event(seconds: i64, cause: &Cause, body: EventBody) -> Event {
    let seq = u64::try_from(seconds + 100_000).unwrap();
    Event {
        position: Position { epoch: 1, seq },
        at: at(seconds),
        cause: cause.clone(),
        body,
    }
}

fn changed(device: DeviceId, path: &str, new: Value) -> EventBody {
    EventBody::PropertyChanged {
        device,
        path: path.parse().unwrap(),
        old: None,
        new: Some(new),
        matched: true,
    }
}

fn ask(
    house: &House,
    path: &str,
    value: Value,
    cause: &Cause,
    chain: &[Event],
    near: &[Event],
) -> Why {
    let path: Path = path.parse().unwrap();
    let question = Question {
        device: house.lamp,
        path,
        area: None,
        current: None,
        now: at(3_600),
    };
    let cause = cause.clone();
    let current = KeptValue {
        device: house.lamp,
        path,
        value: Some(value),
        at: at(60),
        since: at(0),
        cause,
    };
    explain(&question, Some(current), chain, near, house, &TimeZone::UTC)
}

#[test]
fn a_recorded_chain_is_told_link_by_link() {
    let house = House {
        lamp: DeviceId::new(),
    };
    let came = Cause::first(Who::House);
    let rule = came.then(Who::Rule {
        name: "Evening arrival".to_owned(),
    });
    let home = EventBody::PresenceChanged {
        person: PersonId::new(),
        old: Presence::Away,
        new: Presence::Home,
    };
    let chain = [
        event(0, &rule, changed(house.lamp, "OnOff.on_off", true.into())),
        event(-20, &came, home),
    ];
    let why = ask(&house, "OnOff.on_off", true.into(), &rule, &chain, &chain);
    assert_eq!(
        why.sentence,
        "Hall light is on since 18:02 because the rule “Evening arrival” asked for it, because Anna came home."
    );
    assert_eq!((why.knowledge, why.chain.len()), (Knowledge::Recorded, 2));
    assert_eq!(why.chain[0].text, "Anna came home.");
    assert!(
        why.inferred.is_empty(),
        "what is recorded is not inferred too"
    );
}

#[test]
fn a_chain_that_breaks_off_says_so() {
    let house = House {
        lamp: DeviceId::new(),
    };
    let lost = Cause::first(Who::House).then(Who::Operator);
    let why = ask(&house, "OnOff.on_off", false.into(), &lost, &[], &[]);
    assert_eq!(
        why.sentence,
        "Hall light is off since 18:02 because the operator asked for it; what led to that was not recorded."
    );
}

#[test]
fn a_loop_ends() {
    let house = House {
        lamp: DeviceId::new(),
    };
    let mut one = Cause::first(Who::Operator);
    let two = one.then(Who::Operator);
    one.parent = Some(two.id);
    let chain = [
        event(-1, &one, EventBody::HouseStarted { clean: true }),
        event(-2, &two, EventBody::HouseStarted { clean: true }),
    ];
    let why = ask(&house, "OnOff.on_off", true.into(), &one, &chain, &[]);
    assert_eq!(why.sentence.matches("because").count(), 2);
}

#[test]
fn what_happened_near_it_is_only_a_guess() {
    let house = House {
        lamp: DeviceId::new(),
    };
    let own = Cause::first(Who::Device {
        id: house.lamp,
        name: "Hall light".into(),
    });
    let other = Cause::first(Who::House);
    let motion = DeviceId::new();
    let near = [
        event(
            -30,
            &other,
            changed(motion, "OccupancySensing.occupied", true.into()),
        ),
        event(
            -60,
            &other,
            changed(DeviceId::new(), "DoorLock.lock_state", "locked".into()),
        ),
        event(
            -700,
            &other,
            changed(motion, "OccupancySensing.occupied", false.into()),
        ),
        event(
            5,
            &other,
            changed(motion, "OccupancySensing.occupied", false.into()),
        ),
    ];
    let why = ask(&house, "OnOff.on_off", true.into(), &own, &[], &near);
    assert_eq!(why.knowledge, Knowledge::Inferred);
    let guesses: Vec<_> = why
        .inferred
        .iter()
        .map(|i| (i.confidence, i.effect.as_str()))
        .collect();
    assert_eq!(
        guesses,
        [
            (0.48, "somebody was there"),
            (0.14, "it happened in the same room")
        ]
    );
    assert_eq!(
        why.sentence,
        "Hall light is on since 18:02; it reported that by itself. \
         Perhaps because Other thing noticed somebody (my guess: 48 %)."
    );
}

#[test]
fn where_neither_is_there_it_does_not_know() {
    let house = House {
        lamp: DeviceId::new(),
    };
    let own = Cause::first(Who::Device {
        id: house.lamp,
        name: "Hall light".into(),
    });
    let why = ask(
        &house,
        "TemperatureMeasurement.temperature",
        21.5.into(),
        &own,
        &[],
        &[],
    );
    assert_eq!(why.knowledge, Knowledge::Nothing);
    assert!(
        why.sentence
            .starts_with("I don't know why “Temperature” of Hall light is 21.5 °C since 18:02")
    );
    let path: Path = "OnOff.on_off".parse().unwrap();
    let question = Question {
        device: house.lamp,
        path,
        area: None,
        current: None,
        now: at(90_000),
    };
    let why = explain(&question, None, &[], &[], &house, &TimeZone::UTC);
    assert_eq!(
        why.sentence,
        "I don't know: Hall light has never reported “On”."
    );
}
