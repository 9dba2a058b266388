//! How devices want to be treated by what runs by itself.

use crate::home::Home;
use automation::engine::Outcome;
use model::{Preferences, Priority};

const MOTION: &str = r#"
name = "Light"
when = [{ property = "OccupancySensing.occupied", device = "hall_motion", to = true }]
then = [{ do = "turn_on", device = "hall_lamp" }]
"#;

const QUIET: &str = r#"
name = "Dark"
when = [{ property = "OccupancySensing.occupied", device = "hall_motion", to = false }]
then = [{ do = "turn_off", device = "hall_lamp" }]
"#;

/// How the last request of the last run ended, and what was said about it.
fn last(home: &Home) -> (Outcome, String) {
    let run = home.runs().last().unwrap();
    let sent = run.trace.last().unwrap().requests.last().unwrap();
    (sent.outcome, sent.note.clone().unwrap_or_default())
}

#[test]
fn rules_leave_alone_what_does_not_want_to_be_adjusted_and_persons_do_not() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(MOTION);
    let preferences = Preferences {
        auto_adjust: false,
        ..Preferences::default()
    };
    home.prefers("hall_lamp", preferences);
    home.reports("hall_motion", "OccupancySensing.occupied", true);
    assert!(!home.is_on("hall_lamp"));
    let (outcome, note) = last(&home);
    assert_eq!(outcome, Outcome::LeftAlone);
    assert_eq!(
        note,
        "its preferences say that nothing changes it by itself"
    );
    home.run("light", &[]).unwrap();
    assert!(home.is_on("hall_lamp"), "a person asked for it");
}

#[test]
fn what_a_person_set_is_left_alone_for_two_hours() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(QUIET);
    let preferences = Preferences {
        override_protection: true,
        ..Preferences::default()
    };
    home.prefers("hall_lamp", preferences);
    home.switches("hall_lamp", true);
    let motion = |home: &mut Home| {
        home.reports("hall_motion", "OccupancySensing.occupied", true);
        home.reports("hall_motion", "OccupancySensing.occupied", false);
    };
    home.minutes(119);
    motion(&mut home);
    assert!(home.is_on("hall_lamp"));
    let (outcome, note) = last(&home);
    assert_eq!(outcome, Outcome::LeftAlone);
    assert_eq!(
        note,
        "somebody set it by hand, and that holds for two hours"
    );
    home.minutes(2);
    motion(&mut home);
    assert!(!home.is_on("hall_lamp"), "two hours are over");
    // What a rule set is not protected from rules.
    home.rule(MOTION);
    motion(&mut home);
    assert!(!home.is_on("hall_lamp"));
    assert_eq!(last(&home).0, Outcome::Reached);
}

#[test]
fn saving_energy_never_switches_off_what_matters() {
    let mut home = Home::at("2026-11-23 20:00");
    let energy = automation::shipped()
        .into_iter()
        .find(|document| document.slug.as_str() == "energy-optimization")
        .unwrap();
    home.world.with_engine(|engine, house, now| {
        engine.put(energy, 1, house, now);
        ((), vec![])
    });
    let preferences = Preferences {
        priority: Priority::High,
        ..Preferences::default()
    };
    home.prefers("hall_lamp", preferences);
    for lamp in ["hall_lamp", "living_lamp"] {
        home.reports(lamp, "OnOff.on_off", true);
    }
    home.minutes(31);
    // The hall is empty, the living room has no sensor that could say so.
    home.run("energy-optimization", &[]).unwrap();
    assert!(home.is_on("hall_lamp") && home.is_on("living_lamp"));
    home.goes("Anna");
    home.goes("Ben");
    home.run("energy-optimization", &[]).unwrap();
    assert!(home.is_on("hall_lamp"), "it matters");
    assert!(!home.is_on("living_lamp"), "nobody is home");
    let spared: Vec<_> = home
        .runs()
        .last()
        .unwrap()
        .trace
        .iter()
        .flat_map(|entry| &entry.requests)
        .filter(|sent| sent.outcome == Outcome::LeftAlone)
        .map(|sent| format!("{}: {}", sent.device, sent.note.as_deref().unwrap()))
        .collect();
    let said = "hall lamp: its priority is high: what saves energy does not switch it off";
    assert_eq!(spared, [said, said]);
}

#[test]
fn what_a_person_does_elsewhere_makes_a_rule_no_persons_wish() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Party\"\nwhen = [{ mode = \"party\" }]\nthen = [{ do = \"turn_on\", device = \"hall_lamp\" }]\n");
    let preferences = Preferences {
        auto_adjust: false,
        ..Preferences::default()
    };
    home.prefers("hall_lamp", preferences);
    home.asks(model::RequestBody::SetMode {
        mode: "party".into(),
    });
    assert!(!home.is_on("hall_lamp"));
    assert_eq!(last(&home).0, Outcome::LeftAlone);
}
