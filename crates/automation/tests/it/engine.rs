//! Triggers, conditions, steps, modes, and the ways in which rules go wrong.

use crate::home::Home;
use automation::engine::{Outcome, RunState};
use model::{Connectivity, ReportBody, Value};

const ARRIVAL: &str = r#"
name = "Evening arrival"
when = [{ property = "OccupancySensing.occupied", area = "Hall", to = true }]
if = [{ sun = "down" }]
then = [{ do = "turn_on", area = "Hall", kind = "light" }]
"#;

#[test]
fn a_rule_does_what_it_says_and_its_trace_explains_it() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(ARRIVAL);
    home.reports("hall_motion", "OccupancySensing.occupied", true);
    assert!(home.is_on("hall_lamp"));
    assert!(!home.is_on("living_lamp"));
    let run = &home.runs()[0];
    assert_eq!(run.state, RunState::Completed);
    assert_eq!(run.trigger, "hall motion: Occupied became true");
    let trace: Vec<_> = run
        .trace
        .iter()
        .map(|entry| (entry.place.as_str(), entry.what.as_str()))
        .collect();
    assert_eq!(
        trace,
        [
            ("when[0]", "hall motion: Occupied became true"),
            ("if", "its conditions hold"),
            ("then[0]", "On/off on"),
        ]
    );
    assert_eq!(run.trace[1].looked[0].saw, "down");
    let sent = &run.trace[2].requests[0];
    assert_eq!(
        (sent.device.as_str(), sent.outcome),
        ("hall lamp", Outcome::Reached)
    );
}

#[test]
fn a_condition_that_does_not_hold_keeps_it_from_running() {
    let mut home = Home::at("2026-11-23 12:00");
    home.rule(ARRIVAL);
    home.reports("hall_motion", "OccupancySensing.occupied", true);
    assert!(!home.is_on("hall_lamp"));
    assert_eq!(
        home.ends(),
        ["Evening arrival: skipped (its conditions do not hold)"]
    );
    assert_eq!(home.runs()[0].trace[1].looked[0].saw, "up");
}

#[test]
fn what_stays_true_sets_nothing_off_again() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(ARRIVAL);
    for _ in 0..3 {
        home.reports("hall_motion", "OccupancySensing.occupied", true);
    }
    assert_eq!(home.runs().len(), 1);
    home.reports("hall_motion", "OccupancySensing.occupied", false);
    home.reports("hall_motion", "OccupancySensing.occupied", true);
    assert_eq!(home.runs().len(), 2);
}

#[test]
fn something_must_hold_for_a_while() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(
        r#"
name = "Door left open"
when = [{ property = "Contact.open", device = "front_door", to = true, for = "5min" }]
then = [{ notify = "The front door stands open." }]
"#,
    );
    home.reports("front_door", "Contact.open", true);
    home.minutes(4);
    home.reports("front_door", "Contact.open", false);
    home.minutes(10);
    assert_eq!(
        home.world.report().messages.len(),
        0,
        "it was closed in time"
    );
    home.reports("front_door", "Contact.open", true);
    home.minutes(6);
    assert_eq!(home.world.report().messages.len(), 1);
    home.minutes(60);
    assert_eq!(home.world.report().messages.len(), 1, "told once");
}

#[test]
fn times_cron_and_the_sun_come_when_they_should() {
    let mut home = Home::at("2026-11-23 12:00");
    for (name, when) in [
        ("time", r#"{ time = "18:00" }"#),
        ("cron", r#"{ cron = "30 18 * * *" }"#),
        ("sun", r#"{ sun = "sunset", offset = "-20min" }"#),
        ("weekend", r#"{ time = "18:00", days = "weekend" }"#),
    ] {
        home.rule(&format!(
            "name = \"{name}\"\nwhen = [{when}]\nthen = [{{ notify = \"{name}\" }}]\n"
        ));
    }
    home.minutes(24 * 60);
    let local = |at: model::Timestamp| {
        crate::home::setting()
            .zone
            .to_datetime(at)
            .strftime("%H:%M")
            .to_string()
    };
    let told: Vec<_> = home
        .world
        .report()
        .messages
        .iter()
        .map(|(at, message)| format!("{} {message}", local(*at)))
        .collect();
    // Sunset in Amsterdam on that day: 16:38 (NOAA).
    assert_eq!(told, ["16:18 sun", "18:00 time", "18:30 cron"]);
}

#[test]
fn the_last_one_who_leaves() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Off\"\nwhen = [{ presence = \"nobody\" }]\nthen = [{ do = \"turn_off\", kind = \"light\" }]\n");
    home.rule("name = \"On\"\nwhen = [{ presence = \"anyone\" }]\nthen = [{ do = \"turn_on\", device = \"hall_lamp\" }]\n");
    home.reports("living_lamp", "OnOff.on_off", true);
    home.goes("Anna");
    assert!(home.is_on("living_lamp"), "Ben is there");
    home.goes("Ben");
    assert!(!home.is_on("living_lamp"));
    home.comes("Anna");
    assert!(home.is_on("hall_lamp"));
    home.comes("Ben");
    assert_eq!(
        home.runs().len(),
        2,
        "the second one who comes is not the first"
    );
}

#[test]
fn waits_loops_branches_and_parameters() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(
        r#"
name = "Blink"
parameters = [{ name = "warm", kind = "number", from = 10, to = 25, default = 21 }]
then = [
  { repeat = 3, steps = [
    { do = "turn_on", device = "hall_lamp" },
    { do = "turn_off", device = "hall_lamp", delay = "1min" },
    { wait = "1min" },
  ] },
  { parallel = [
    [{ do = "set_temperature", device = "main_thermostat", value = "$warm" }],
    [{ wait = "2min" }, { do = "turn_on", device = "living_lamp" }],
  ] },
  { if = [{ property = "OnOff.on_off", device = "living_lamp" }], then = [{ notify = "warm at $warm" }], else = [{ notify = "dark" }] },
]
"#,
    );
    home.run("blink", &[("warm", Value::Number(23.0))]).unwrap();
    assert!(home.is_on("hall_lamp"));
    home.minutes(1);
    assert!(!home.is_on("hall_lamp"));
    home.minutes(10);
    assert_eq!(
        home.value("main_thermostat", "Thermostat.heating_setpoint"),
        Some(Value::Number(23.0))
    );
    assert_eq!(home.world.report().messages.last().unwrap().1, "warm at 23");
    assert_eq!(home.runs().last().unwrap().state, RunState::Completed);
    assert_eq!(
        home.run("blink", &[("warm", Value::Number(99.0))])
            .unwrap_err(),
        "`warm`: it cannot be 99"
    );
    assert_eq!(
        home.run("blink", &[("cold", Value::Number(9.0))])
            .unwrap_err(),
        "`cold`: it is not known"
    );
    assert_eq!(
        home.run("blank", &[]).unwrap_err(),
        "no scenario is called `blank`"
    );
}

#[test]
fn stopping_stops() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Slow\"\nthen = [{ wait = \"1h\" }, { do = \"turn_on\", device = \"hall_lamp\" }]\n");
    home.run("slow", &[]).unwrap();
    home.minutes(10);
    assert_eq!(home.stop("slow"), 1);
    home.minutes(120);
    assert!(!home.is_on("hall_lamp"));
    assert_eq!(home.ends(), ["Slow: stopped (the operator stopped it)"]);
}

#[test]
fn a_second_run_does_as_the_mode_says() {
    for (mode, ends, lamps) in [
        ("skip", vec!["skipped", "completed"], 1),
        ("restart", vec!["stopped", "completed"], 1),
        ("queue", vec!["completed", "completed"], 2),
        ("parallel", vec!["completed", "completed"], 2),
    ] {
        let mut home = Home::at("2026-11-23 20:00");
        home.rule(&format!(
            "name = \"Slow\"\nmode = \"{mode}\"\nthen = [{{ wait = \"10min\" }}, {{ notify = \"done\" }}]\n"
        ));
        home.run("slow", &[]).unwrap();
        home.minutes(5);
        home.run("slow", &[]).unwrap();
        home.minutes(60);
        let states: Vec<_> = home.runs().iter().map(|run| run.state.as_str()).collect();
        assert_eq!(states, ends, "{mode}");
        assert_eq!(home.world.report().messages.len(), lamps, "{mode}");
    }
}

#[test]
fn rules_that_set_each_other_off_are_cut_and_named() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"A\"\nmode = \"parallel\"\nwhen = [{ property = \"OnOff.on_off\", device = \"hall_lamp\", to = true }]\nthen = [{ do = \"turn_off\", device = \"hall_lamp\" }]\n");
    home.rule("name = \"B\"\nmode = \"parallel\"\nwhen = [{ property = \"OnOff.on_off\", device = \"hall_lamp\", to = false }]\nthen = [{ do = \"turn_on\", device = \"hall_lamp\" }]\n");
    home.reports("hall_lamp", "OnOff.on_off", true);
    let loops = home.world.report().loops.clone();
    assert_eq!(loops.len(), 1, "{loops:?}");
    assert_eq!(
        loops[0],
        "a is held back: rules set each other off in a circle: a → b → a → b → a"
    );
    assert!(home.runs().len() <= 6, "{:?}", home.ends());
}

#[test]
fn a_storm_does_not_run_a_rule_without_bound() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Press\"\nmode = \"parallel\"\nwhen = [{ event = \"any\", device = \"hall_button\" }]\nthen = [{ notify = \"pressed\" }]\n");
    for _ in 0..10_000 {
        home.says(ReportBody::DeviceEvent {
            native_id: "hall_button".into(),
            endpoint: 1,
            capability: "Button".into(),
            event: "pressed".into(),
        });
    }
    assert_eq!(home.world.report().messages.len(), 60);
    assert_eq!(home.world.report().loops.len(), 1, "told once");
    home.minutes(2);
    home.says(ReportBody::DeviceEvent {
        native_id: "hall_button".into(),
        endpoint: 1,
        capability: "Button".into(),
        event: "pressed".into(),
    });
    assert_eq!(
        home.world.report().messages.len(),
        61,
        "it works again when the storm is over"
    );
}

#[test]
fn what_leads_nowhere_is_said() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Lost\"\nwhen = [{ connectivity = \"offline\", device = \"attic_lamp\" }]\nthen = [{ do = \"turn_on\", device = \"attic_lamp\" }]\n");
    let problems = home
        .world
        .with_engine(|engine, _, _| (engine.rules().next().unwrap().problems.clone(), vec![]));
    assert_eq!(problems, ["no device is called `attic_lamp`"]);
    home.run("lost", &[]).unwrap();
    assert_eq!(
        home.ends(),
        [
            "Lost: incomplete (nothing was changed, 1 could not (no device is called `attic_lamp`: it is not in this house))"
        ]
    );
}

#[test]
fn a_device_that_is_away_makes_the_run_say_so() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Close up\"\nthen = [{ do = \"lock\", device = \"front_lock\" }]\n");
    home.says(ReportBody::Connectivity {
        native_id: "front_lock".into(),
        connectivity: Connectivity::Offline,
        reason: None,
    });
    home.run("close-up", &[]).unwrap();
    let run = &home.runs()[0];
    assert_eq!(run.state, RunState::Incomplete);
    assert!(
        run.note.as_ref().unwrap().contains("front lock"),
        "{:?}",
        run.note
    );
}

#[test]
fn unlocking_by_itself_is_refused_in_the_doors_own_words() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Open up\"\nwhen = [{ presence = \"anyone\" }]\nthen = [{ do = \"unlock\", device = \"front_lock\" }]\n");
    home.goes("Anna");
    home.goes("Ben");
    home.comes("Anna");
    assert_eq!(
        home.value("front_lock", "DoorLock.lock_state"),
        Some("locked".into())
    );
    assert_eq!(home.world.report().refusals.len(), 1);
    assert_eq!(home.runs()[0].state, RunState::Incomplete);
}

#[test]
fn a_scenario_runs_another_and_waits_for_it_but_never_itself() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Inner\"\nthen = [{ wait = \"10min\" }, { do = \"turn_on\", device = \"hall_lamp\" }]\n");
    home.rule("name = \"Outer\"\nthen = [{ scenario = \"inner\" }, { notify = \"after\" }]\n");
    home.rule("name = \"Snake\"\nthen = [{ scenario = \"snake\" }]\n");
    home.rule("name = \"Then\"\nwhen = [{ scenario = \"outer\", ended = \"completed\" }]\nthen = [{ notify = \"and then\" }]\n");
    home.run("outer", &[]).unwrap();
    assert_eq!(home.world.report().messages.len(), 0);
    home.minutes(11);
    let told: Vec<_> = home
        .world
        .report()
        .messages
        .iter()
        .map(|(_, message)| message.as_str())
        .collect();
    assert_eq!(told, ["after", "and then"]);
    home.run("snake", &[]).unwrap();
    let last = home.ends().pop().unwrap();
    assert_eq!(
        last,
        "Snake: incomplete (nothing was changed, 1 could not (snake: it would run itself))"
    );
}

#[test]
fn two_rules_that_fight_are_named() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Warm\"\nwhen = [{ time = \"21:00\" }]\nthen = [{ do = \"set_temperature\", device = \"main_thermostat\", value = 22 }]\n");
    home.rule("name = \"Save\"\nwhen = [{ time = \"21:05\" }]\nthen = [{ do = \"set_temperature\", device = \"main_thermostat\", value = 17 }]\n");
    home.minutes(120);
    let report = home.world.finish();
    assert_eq!(
        report.conflicts,
        ["the rule “Warm” sets Heat to of main thermostat to 22, the rule “Save” to 17"]
    );
}

#[test]
fn expressions_see_the_house() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule(
        r#"
name = "Cool and dark"
when = [{ event = "any", device = "hall_button" }]
if = [{ expression = 'hour >= 18 && reported("main_thermostat", "Thermostat.local_temperature") < 20.5 && anyone_home' }]
then = [{ notify = "yes" }]
"#,
    );
    let press = || ReportBody::DeviceEvent {
        native_id: "hall_button".into(),
        endpoint: 1,
        capability: "Button".into(),
        event: "pressed".into(),
    };
    home.says(press());
    assert_eq!(home.world.report().messages.len(), 1, "{:?}", home.runs());
    home.reports(
        "main_thermostat",
        "Thermostat.local_temperature",
        Value::Number(22.0),
    );
    home.says(press());
    assert_eq!(home.world.report().messages.len(), 1);
}

#[test]
fn asking_a_person_goes_on_without_an_answer() {
    let mut home = Home::at("2026-11-23 20:00");
    home.rule("name = \"Ask\"\nthen = [{ ask = \"Shall I?\", timeout = \"10min\", yes = [{ notify = \"yes\" }], no = [{ notify = \"no\" }] }]\n");
    home.run("ask", &[]).unwrap();
    home.minutes(11);
    let told: Vec<_> = home
        .world
        .report()
        .messages
        .iter()
        .map(|(_, message)| message.as_str())
        .collect();
    assert_eq!(told, ["Shall I?", "no"]);
}
