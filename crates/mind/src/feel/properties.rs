//! What must hold of feelings on any stream of recorded events.

use super::Label;
use super::recorded::{Felt, Kind, Past, Recorded};
use super::replay::replay;
use super::table::BASELINE;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// A moment in 2026.
const START: i64 = 1_790_000_000 * SECOND;

fn event(id: usize, at: i64, kind: Kind, entity: &str, value: f64) -> Recorded {
    Recorded {
        id: format!("e{id}").into(),
        at,
        kind,
        entity: entity.into(),
        value,
    }
}

fn past(events: &[Recorded]) -> Past {
    let mut past = Past::default();
    events.iter().for_each(|event| past.record(event.clone()));
    past
}

fn felt(events: &[Recorded], now: i64) -> Felt {
    past(events).feel(now)
}

fn same(a: &Felt, b: &Felt) -> bool {
    a.sum == b.sum && a.label == b.label && a.confidence == b.confidence
}

/// One thing that happens, with its minute within two days.
fn happening() -> impl Strategy<Value = (i64, Kind, usize, f64)> {
    let truth = || prop_oneof![Just(0.0), Just(1.0)];
    let what = prop_oneof![
        (Just(Kind::Temperature), -50.0..90.0_f64),
        (Just(Kind::Temperature), 15.0..28.0_f64),
        (Just(Kind::Co2), 0.0..4_000.0_f64),
        (Just(Kind::Power), -4_000.0..20_000.0_f64),
        (Just(Kind::Online), truth()),
        (Just(Kind::Fault), truth()),
        (Just(Kind::Anomaly), prop_oneof![truth(), 0.0..1.0_f64]),
        (Just(Kind::Action), prop_oneof![Just(-1.0), Just(1.0)]),
        (
            Just(Kind::Feedback),
            prop_oneof![Just(-1.0), Just(1.0), -1.0..1.0_f64]
        ),
    ];
    (0..2 * 24 * 60_i64, what, 0..3_usize)
        .prop_map(|(minute, (kind, value), entity)| (minute, kind, entity, value))
}

fn stream() -> impl Strategy<Value = Vec<Recorded>> {
    proptest::collection::vec(happening(), 0..60).prop_map(|all| {
        let each = all.into_iter().enumerate();
        each.map(|(id, (minute, kind, entity, value))| {
            event(
                id,
                START + minute * MINUTE,
                kind,
                ["hall", "kitchen", "attic"][entity],
                value,
            )
        })
        .collect()
    })
}

/// A moment of those two days or the one after.
fn moment() -> impl Strategy<Value = i64> {
    (-60..3 * 24 * 60_i64).prop_map(|minute| START + minute * MINUTE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_stays_within_bounds_and_adds_up(events in stream(), now in moment()) {
        let felt = felt(&events, now);
        prop_assert!((-1.0..=1.0).contains(&felt.sum.valence));
        prop_assert!((0.0..=1.0).contains(&felt.sum.arousal));
        prop_assert!((0.0..=1.0).contains(&felt.confidence));
        let added: f64 = felt.sum.parts.iter().map(|part| part.contribution).sum();
        prop_assert!((added - (felt.sum.valence - BASELINE)).abs() < 1e-9);
    }

    #[test]
    fn every_reason_names_evidence_from_before(events in stream(), now in moment()) {
        let before: BTreeSet<_> =
            events.iter().filter(|event| event.at <= now).map(|event| event.id.clone()).collect();
        for part in felt(&events, now).sum.parts {
            prop_assert!(!part.evidence.is_empty(), "{}", part.name);
            for id in part.evidence {
                prop_assert!(before.contains(&id), "{} names {id}", part.name);
            }
        }
    }

    #[test]
    fn without_a_cause_its_contribution_is_gone(events in stream(), now in moment()) {
        let with = felt(&events, now);
        for part in &with.sum.parts {
            let named: BTreeSet<_> = part.evidence.iter().collect();
            let rest: Vec<_> =
                events.iter().filter(|event| !named.contains(&event.id)).cloned().collect();
            let without = felt(&rest, now);
            let change = with.sum.valence - without.sum.valence;
            prop_assert!(
                (change - part.contribution).abs() < 1e-9,
                "{} said {} and was {change}", part.name, part.contribution
            );
        }
    }

    #[test]
    fn a_fault_never_pleases(events in stream(), at in moment(), now in moment(), mended in any::<bool>()) {
        let mut more = events.clone();
        more.push(event(900, at, Kind::Fault, "boiler", 1.0));
        if mended {
            more.push(event(901, at + HOUR, Kind::Fault, "boiler", 0.0));
        }
        prop_assert!(felt(&more, now).sum.valence <= felt(&events, now).sum.valence + 1e-12);
        let faults = events.iter().filter(|event| event.kind == Kind::Fault);
        let faults: BTreeSet<_> = faults.map(|event| event.id.clone()).collect();
        for part in felt(&more, now).sum.parts {
            if part.evidence.iter().any(|id| faults.contains(id)) {
                prop_assert!(part.contribution < 0.0);
            }
        }
    }

    #[test]
    fn one_more_fault_of_the_same_never_pleases(events in stream(), at in moment(), now in moment()) {
        let mut more = events.clone();
        more.push(event(900, at, Kind::Fault, "hall", 1.0));
        prop_assert!(felt(&more, now).sum.valence <= felt(&events, now).sum.valence + 1e-12);
    }

    #[test]
    fn comfort_never_worries(events in stream(), at in moment(), now in moment(), celsius in 19.0..25.0_f64) {
        let mut more = events.clone();
        more.push(event(900, at, Kind::Temperature, "hall", celsius));
        prop_assert!(felt(&more, now).sum.valence >= felt(&events, now).sum.valence - 1e-12);
    }

    #[test]
    fn a_mended_fault_is_recovered_from(events in stream(), at in moment()) {
        let mut more = events.clone();
        more.push(event(900, at, Kind::Fault, "boiler", 1.0));
        more.push(event(901, at + 90 * MINUTE, Kind::Fault, "boiler", 0.0));
        let later = at + 90 * MINUTE + 2 * HOUR;
        prop_assert!((felt(&more, later).sum.valence - felt(&events, later).sum.valence).abs() < 1e-9);
    }

    #[test]
    fn stale_data_lowers_confidence(events in stream(), minutes in 1..5_000_i64) {
        let last = events.iter().map(|event| event.at).max().unwrap_or(START);
        let (fresh, stale) = (felt(&events, last), felt(&events, last + minutes * MINUTE));
        if events.is_empty() {
            prop_assert!(stale.confidence == 0.0);
        } else {
            prop_assert!(stale.confidence < fresh.confidence);
        }
    }

    #[test]
    fn neither_order_nor_questions_matter(
        (events, shuffled) in stream().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        now in moment(),
        others in proptest::collection::vec(moment(), 0..5),
    ) {
        let plain = felt(&events, now);
        let mut asked = Past::default();
        for (at, event) in shuffled.into_iter().enumerate() {
            asked.record(event);
            if let Some(other) = others.get(at) {
                asked.feel(*other);
            }
        }
        prop_assert!(same(&plain, &asked.feel(now)));
        prop_assert!(same(&plain, &asked.feel(now)), "asked twice");
    }

    #[test]
    fn what_comes_later_changes_nothing(events in stream(), now in moment()) {
        let before: Vec<_> = events.iter().filter(|event| event.at <= now).cloned().collect();
        prop_assert!(same(&felt(&events, now), &felt(&before, now)));
    }

    #[test]
    fn units_do_not_matter(celsius in proptest::collection::vec(-30..50_i32, 1..20)) {
        let lines = |unit: &str, of: &dyn Fn(i32) -> f64| -> String {
            let each = celsius.iter().enumerate().map(|(id, celsius)| {
                let (ts, value) = (1_790_000_000 + 60 * id, of(*celsius));
                format!("{{\"id\":\"e{id}\",\"ts\":{ts},\"kind\":\"temperature\",\"entity\":\"r{}\",\"value\":{value},\"unit\":\"{unit}\"}}\n", id % 4)
            });
            each.collect::<String>() + "{\"ask\":1790001800}\n"
        };
        let metric = answers(&lines("C", &f64::from));
        let imperial = answers(&lines("F", &|celsius| f64::from(celsius) * 9.0 / 5.0 + 32.0));
        prop_assert_eq!(metric, imperial);
    }
}

fn answers(input: &str) -> Vec<serde_json::Value> {
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    replay(&mut input.as_bytes(), &mut output, &mut notes).unwrap();
    let lines = String::from_utf8(output).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn without_data_it_is_unsure() {
    for events in [
        vec![],
        vec![event(1, START + HOUR, Kind::Temperature, "hall", 21.0)],
    ] {
        let felt = felt(&events, START);
        assert_eq!(felt.label, Label::Unsure);
        assert_eq!((felt.confidence, felt.sum.valence), (0.0, BASELINE));
        assert!(felt.sum.parts.is_empty());
    }
}

/// Readings of three rooms every ten minutes.
fn calm(hours: i64, celsius: impl Fn(i64, usize) -> f64) -> Vec<Recorded> {
    let mut events = Vec::new();
    for step in 0..hours * 6 {
        for (room, name) in ["hall", "kitchen", "attic"].iter().enumerate() {
            let at = START + step * 10 * MINUTE;
            events.push(event(
                events.len(),
                at,
                Kind::Temperature,
                name,
                celsius(step, room),
            ));
        }
    }
    events
}

#[test]
fn a_fault_hurts_and_is_got_over_when_it_is_mended() {
    let mut events = calm(30, |_, _| 21.0);
    assert_eq!(felt(&events, START + 10 * HOUR).label, Label::Content);
    let (broke, mended) = (START + 11 * HOUR, START + 20 * HOUR);
    events.push(event(9_000, broke, Kind::Fault, "boiler", 1.0));
    events.push(event(9_001, mended, Kind::Fault, "boiler", 0.0));
    assert_eq!(felt(&events, broke - SECOND).label, Label::Content);
    for hurts in [broke + SECOND, broke + 4 * HOUR, mended + 10 * MINUTE] {
        assert_eq!(felt(&events, hurts).label, Label::Pain);
    }
    assert_eq!(felt(&events, mended + 3 * HOUR).label, Label::Content);
}

#[test]
fn what_is_not_mended_goes_on_hurting() {
    let mut events = calm(72, |_, _| 21.0);
    events.push(event(9_000, START + HOUR, Kind::Fault, "boiler", 1.0));
    for hours in [2, 10, 30, 71] {
        assert_eq!(
            felt(&events, START + hours * HOUR).label,
            Label::Pain,
            "{hours} h"
        );
    }
}

#[test]
fn more_of_the_same_does_not_count_without_bound() {
    for kind in [
        Kind::Fault,
        Kind::Feedback,
        Kind::Action,
        Kind::Anomaly,
        Kind::Online,
    ] {
        let bad = match kind {
            Kind::Feedback | Kind::Action => -1.0,
            Kind::Online => 0.0,
            _ => 1.0,
        };
        let valence = |count: usize| {
            let events: Vec<_> = (0..count)
                .map(|id| event(id, START, kind, &format!("thing {id}"), bad))
                .collect();
            felt(&events, START + SECOND).sum.valence
        };
        let (one, two, ten, many) = (valence(1), valence(2), valence(10), valence(1_000));
        assert!(
            one < 0.0 && two < one && many <= ten && many >= -1.0,
            "{kind:?}"
        );
        assert!(
            (one - two).abs() < one.abs(),
            "{kind:?}: the second counts less than the first"
        );
        assert!((ten - many).abs() < 0.01, "{kind:?}");
    }
}

/// A number from -1 to 1 that looks like chance and is none.
fn noise(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    for shift in [30, 27, 31] {
        x = (x ^ (x >> shift)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// How often the word changes when it is asked for every other minute from the second hour on.
fn changes(events: &[Recorded], hours: i64) -> usize {
    let mut past = past(events);
    let labels: Vec<Label> = (60..hours * 60)
        .map(|minute| past.feel(START + minute * MINUTE).label)
        .collect();
    labels.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[test]
fn noise_does_not_make_it_flap() {
    for tenths in (100..330_i64).step_by(7) {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let mean = tenths as f64 / 10.0;
        let seed = |step: i64, room: usize| (tenths * 1_000_000 + step * 10) as u64 + room as u64;
        let events = calm(12, |step, room| mean + 0.7 * noise(seed(step, room)));
        let changes = changes(&events, 12);
        assert!(changes <= 1, "around {mean} °C it changed {changes} times");
    }
}

#[test]
fn a_shaky_device_does_not_make_it_flap() {
    for kind in [Kind::Online, Kind::Fault, Kind::Anomaly] {
        for minutes in [1, 3, 7, 20, 45] {
            let mut events = calm(24, |_, _| 21.0);
            for step in 0..24 * 60 / minutes {
                let at = START + step * minutes * MINUTE + 7 * SECOND;
                #[expect(clippy::cast_precision_loss, reason = "0 or 1")]
                let value = (step % 2) as f64;
                events.push(event(10_000 + events.len(), at, kind, "radio", value));
            }
            let changes = changes(&events, 24);
            assert!(
                changes <= 2,
                "{kind:?} every {minutes} min: {changes} changes"
            );
        }
    }
}

#[test]
fn wild_readings_do_not_make_it_flap() {
    for (kind, (low, high)) in [
        (Kind::Temperature, (21.0, 10.0)),
        (Kind::Temperature, (21.0, 85.0)),
        (Kind::Co2, (500.0, 3_000.0)),
        (Kind::Power, (100.0, 20_000.0)),
    ] {
        let mut events = calm(24, |_, _| 21.0);
        for step in 0..24 * 12_i64 {
            let value = if noise(step as u64) > 0.0 { low } else { high };
            events.push(event(
                10_000 + events.len(),
                START + step * 5 * MINUTE,
                kind,
                "wild",
                value,
            ));
        }
        let changes = changes(&events, 24);
        assert!(
            changes <= 2,
            "{kind:?} between {low} and {high}: {changes} changes"
        );
    }
}

#[test]
fn a_long_silence_is_forgotten_and_costs_nothing() {
    let mut events = calm(2, |_, _| 21.0);
    let later = START + 20 * 365 * 24 * HOUR;
    assert_eq!(felt(&events, later).label, Label::Unsure);
    for (id, room) in ["hall", "kitchen", "attic"].iter().enumerate() {
        events.push(event(9_000 + id, later, Kind::Temperature, room, 21.0));
    }
    assert_eq!(felt(&events, later + SECOND).label, Label::Content);
}

#[test]
fn lines_that_cannot_be_used_are_told_of_and_left_out() {
    let input = concat!(
        "{\"id\":\"e1\",\"ts\":1790000000,\"kind\":\"temperature\",\"entity\":\"hall\",\"value\":21,\"unit\":\"C\"}\n",
        "not json\n",
        "\n",
        "{\"id\":\"e2\",\"ts\":1790000000,\"kind\":\"smell\",\"entity\":\"hall\",\"value\":1,\"unit\":\"bool\"}\n",
        "{\"id\":\"e3\",\"ts\":1790000000,\"kind\":\"temperature\",\"entity\":\"hall\",\"value\":21,\"unit\":\"W\"}\n",
        "{\"id\":\"e4\",\"ts\":1e300,\"kind\":\"fault\",\"entity\":\"hall\",\"value\":true}\n",
        "{\"id\":\"e5\",\"ts\":1790000000,\"kind\":\"fault\",\"entity\":\"hall\",\"value\":\"perhaps\"}\n",
        "{\"ask\":1790000060}",
    );
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    let left_out = replay(&mut input.as_bytes(), &mut output, &mut notes).unwrap();
    assert_eq!(left_out, 5);
    assert_eq!(String::from_utf8(notes).unwrap().lines().count(), 5);
    let answer: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(answer["because"][0]["factor"], "comfort");
    assert_eq!(answer["because"][0]["evidence"], serde_json::json!(["e1"]));
    assert_eq!(answer["label"], "content");
}
