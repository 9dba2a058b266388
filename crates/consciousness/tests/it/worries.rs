//! Faults of a simulated house, each called up, noticed, explained, and mended; in simulated time.

use consciousness::trial::Trial;
use mind::concerns::{Change, How, Word};
use mind::{Attention, Concern, Label, Urgency, View};
use sim::weather::WeatherEvent;
use sim::world::{Break, Fault};

const TROUBLE: [Label; 3] = [Label::Worried, Label::Stressed, Label::Pain];

/// The family's house, some hours into a winter's day, content.
fn family() -> Trial {
    let path = crate::support::house("family");
    let file = sim::file::read(std::path::Path::new(&path)).unwrap();
    let mut trial = Trial::new(file, "2026-01-13T06:00:00Z".parse().unwrap(), Some(7));
    trial.live(180);
    let view = trial.view();
    assert_eq!(view.concerns, vec![], "a house that is well");
    assert!(!TROUBLE.contains(&view.feeling.label), "{view:#?}");
    trial
}

fn fault(trial: &mut Trial, device: &str, fault: Fault) {
    let index = trial.world.device(device).unwrap();
    trial.world.fault(index, fault).unwrap();
}

fn has(view: &View, kind: &str) -> bool {
    view.concerns.iter().any(|one| one.kind == kind)
}

/// Waits for a concern; it must have rows and something to do.
fn raised(trial: &mut Trial, kind: &str, minutes: u32) -> Concern {
    let took = trial.until(minutes, |view| has(view, kind));
    assert!(
        took.is_some(),
        "no {kind} within {minutes} min: {:#?}",
        trial.view().concerns
    );
    let concern = trial.concern(kind).unwrap().clone();
    assert!(!concern.evidence.is_empty(), "{concern:#?}");
    assert!(concern.suggestion.is_some(), "{concern:#?}");
    assert!(concern.expires > trial.view().at);
    concern
}

/// Waits for the end of a concern, which must be that it is mended.
fn mended(trial: &mut Trial, concern: &Concern, minutes: u32) -> String {
    let took = trial.until(minutes, |view| {
        view.glad.iter().any(|one| one.concern == concern.id)
    });
    assert!(
        took.is_some(),
        "{} is still on: {:#?}",
        concern.title,
        trial.view()
    );
    let end = trial.changes.iter().rev().find_map(|change| match change {
        Change::Ended {
            concern: ended,
            how,
            note,
            ..
        } if ended.id == concern.id => Some((*how, note.clone())),
        _ => None,
    });
    let (how, note) = end.unwrap();
    assert_eq!(how, How::Mended);
    note
}

/// The word says trouble, and the first reason is a bad one.
fn troubled(trial: &mut Trial, because: &str) {
    let so = |view: &View| {
        TROUBLE.contains(&view.feeling.label)
            && view.reasons[0].contribution < 0.0
            && view.reasons[0].text.contains(because)
    };
    if !so(trial.view()) {
        let took = trial.until(10, so);
        assert!(took.is_some(), "{:#?}", trial.view());
    }
}

fn recovers(trial: &mut Trial) {
    let took = trial.until(6 * 60, |view| !TROUBLE.contains(&view.feeling.label));
    assert!(took.is_some(), "{:#?}", trial.view());
}

#[test]
fn a_freezer_without_power() {
    let mut trial = family();
    fault(&mut trial, "freezer", Fault::Unplug);
    let concern = raised(&mut trial, "cold_without_power", 10);
    assert_eq!(concern.urgency, Urgency::High);
    troubled(&mut trial, "Freezer");
    fault(&mut trial, "freezer", Fault::Plug);
    let note = mended(&mut trial, &concern, 10);
    assert!(note.contains("has power again"), "{note}");
    recovers(&mut trial);
}

#[test]
fn water_on_the_floor() {
    let mut trial = family();
    fault(&mut trial, "kitchen_leak", Fault::Leak);
    let concern = raised(&mut trial, "leak", 2);
    assert_eq!(concern.urgency, Urgency::Critical);
    let request = concern.suggestion.as_ref().unwrap().request.clone();
    assert_eq!(request.unwrap().command, "close", "the main valve");
    troubled(&mut trial, "leak");
    fault(&mut trial, "kitchen_leak", Fault::Mend);
    mended(&mut trial, &concern, 10);
    recovers(&mut trial);
}

#[test]
fn a_window_left_open_in_the_cold() {
    let mut trial = family();
    let window = trial.world.device("bedroom_window_contact").unwrap();
    trial.world.touch(window, "open", &true.into()).unwrap();
    let concern = raised(&mut trial, "left_open", 60);
    assert!(concern.title.contains("indow"), "{}", concern.title);
    trial.world.touch(window, "open", &false.into()).unwrap();
    let note = mended(&mut trial, &concern, 10);
    assert!(note.contains("is closed"), "{note}");
}

#[test]
fn a_power_cut_is_one_matter_and_not_fifty() {
    let mut trial = family();
    trial.world.cut_power(true);
    let concern = raised(&mut trial, "power_cut", 10);
    troubled(&mut trial, "power");
    trial.live(30);
    assert!(!has(trial.view(), "silent"), "{:#?}", trial.view().concerns);
    trial.world.cut_power(false);
    mended(&mut trial, &concern, 30);
    recovers(&mut trial);
}

#[test]
fn a_device_that_no_longer_answers_and_one_that_people_know_of() {
    let mut trial = family();
    fault(&mut trial, "reading_lamp", Fault::Unplug);
    let concern = raised(&mut trial, "silent", 30);
    trial.say(concern.id, Word::Known).unwrap();
    let raised_then = trial.changes.len();
    trial.live(12 * 60);
    let again = trial.changes[raised_then..]
        .iter()
        .any(|change| matches!(change, Change::Raised(one) if one.kind == "silent"));
    assert!(!again, "what is known is not raised again");
    let known = trial.concern("silent").unwrap();
    assert_eq!(known.attention, Attention::Known);
    fault(&mut trial, "reading_lamp", Fault::Plug);
    let note = mended(&mut trial, &concern, 30);
    assert!(note.contains("is there again"), "{note}");
}

#[test]
fn a_storm() {
    let mut trial = family();
    trial.world.call_weather(WeatherEvent::Storm);
    let concern = raised(&mut trial, "storm", 120);
    assert!(concern.suggestion.unwrap().text.contains("wind"));
    let concern = trial.concern("storm").unwrap().clone();
    mended(&mut trial, &concern, 12 * 60);
}

#[test]
fn a_sensor_that_says_the_impossible_and_one_that_is_silent() {
    let mut trial = family();
    // A rhythm takes a day to be known.
    trial.live(26 * 60);
    fault(&mut trial, "bedroom_climate", Fault::Break(Break::Silent));
    let concern = raised(&mut trial, "silent", 8 * 60);
    fault(&mut trial, "bedroom_climate", Fault::Mend);
    mended(&mut trial, &concern, 60);
}

#[test]
fn a_week_without_a_fault_raise_nothing_against_the_people_who_live_there() {
    let mut trial = family();
    trial.live(7 * 24 * 60);
    let people: Vec<_> = trial
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Raised(one) if matches!(one.kind, "unusable" | "battery" | "stuck") => {
                Some(one.title.clone())
            }
            _ => None,
        })
        .collect();
    assert_eq!(people, Vec::<String>::new());
}
