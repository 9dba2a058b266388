//! What a real Home Assistant 2024.3.3 with its demo house said.

use super::{Story, target};
use expect_test::expect_file;
use model::{Order, ReportBody, RequestId, Searched, Value};

#[test]
fn its_house_comes_over() {
    let story = Story::recorded();
    expect_file!["expected/house.txt"].assert_eq(&story.shown());
    let first = story.reports.first();
    assert!(
        matches!(first, Some(ReportBody::State(model::DriverState::Running))),
        "{first:?}"
    );
}

#[test]
fn its_services_are_called() {
    let mut story = Story::recorded();
    let heatpump = story.id("HeatPump");
    let word = |word: &str| Value::from(word);
    for (device, capability, goal, path, value) in [
        (
            "Bed Light",
            "OnOff",
            target(&[("on_off", true.into())]),
            "OnOff.on_off",
            "on",
        ),
        (
            "Bed Light",
            "LevelControl",
            target(&[("current_level", 50.196.into())]),
            "LevelControl.current_level",
            "128",
        ),
        (
            "Bed Light",
            "ColorControl",
            target(&[("hue", 120.0.into()), ("saturation", 50.0.into())]),
            "ColorControl.hue",
            "120",
        ),
        (
            "Bed Light",
            "ColorControl",
            target(&[("color_temperature", 4_000.0.into())]),
            "ColorControl.color_mode",
            "ct",
        ),
        (
            "Front Door",
            "DoorLock",
            target(&[("lock_state", word("unlocked"))]),
            "DoorLock.lock_state",
            "unlocked",
        ),
        (
            "Front Door",
            "DoorLock",
            target(&[("lock_state", word("locked"))]),
            "DoorLock.lock_state",
            "locked",
        ),
        (
            "Hall Window",
            "WindowCovering",
            target(&[("position", 30.0.into())]),
            "WindowCovering.position",
            "30",
        ),
        (
            "HeatPump",
            "Thermostat",
            target(&[("heating_setpoint", 22.5.into())]),
            "Thermostat.heating_setpoint",
            "22.5",
        ),
        (
            "HeatPump",
            "Thermostat",
            target(&[("system_mode", word("off"))]),
            "Thermostat.system_mode",
            "off",
        ),
        (
            "Dim target",
            "NumberSetting",
            target(&[("value", 25.0.into())]),
            "NumberSetting.value",
            "25",
        ),
    ] {
        let id = story.id(device);
        let outcome = story.wish(&id, 1, capability, goal);
        assert_eq!(outcome, Some(Ok(())), "{device} {capability}");
        assert_eq!(
            story.value(&id, path).as_deref(),
            Some(value),
            "{device} {path}"
        );
    }
    // Its refusals are told in its own words.
    let alarm = story.id("Security");
    let outcome = story.wish(
        &alarm,
        1,
        "SecurityAlarm",
        target(&[("alarm_state", word("disarmed"))]),
    );
    let reason = outcome.expect("an end").expect_err("a refusal");
    assert!(
        reason.starts_with("Home Assistant refuses it: Invalid alarm code"),
        "{reason}"
    );
    // What a device does not take is refused here already.
    let outcome = story.wish(
        &heatpump,
        1,
        "Thermostat",
        target(&[("cooling_setpoint", 20.0.into())]),
    );
    assert_eq!(
        outcome,
        Some(Err(
            "the device takes no `cooling_setpoint` of Thermostat on endpoint 1".to_owned()
        ))
    );
    let outcome = story.wish("nobody", 1, "OnOff", target(&[("on_off", true.into())]));
    assert_eq!(
        outcome,
        Some(Err("Home Assistant has no such device".to_owned()))
    );
}

#[test]
fn what_others_do_there_is_seen_here() {
    let mut story = Story::recorded();
    let (plug, walkman) = (story.id("AC"), story.id("Walkman"));
    story.doing("switch.ac");
    assert_eq!(story.value(&plug, "OnOff.on_off").as_deref(), Some("on"));
    story.doing("media_player.walkman");
    assert_eq!(
        story.value(&walkman, "MediaPlayback.volume").as_deref(),
        Some("25")
    );
    let before = story.reports.len();
    story.doing("button.push");
    let pressed = story.reports[before..].iter().find_map(|body| match body {
        ReportBody::DeviceEvent {
            event, capability, ..
        } => Some((event.as_str(), capability.as_str())),
        _ => None,
    });
    assert_eq!(
        pressed,
        Some(("press", "Button")),
        "the demo's event entity follows its button"
    );
}

#[test]
fn renamed_moved_and_removed_there_is_so_here() {
    let mut story = Story::recorded();
    let light = story.id("Ceiling Lights");
    let before = story.reports.len();
    story.doing("new_entity_id");
    story.pass(3.0);
    let strangers: Vec<_> = story.reports[before..]
        .iter()
        .filter(|body| matches!(body, ReportBody::Announced(device) if device.native_id != light))
        .collect();
    assert!(
        strangers.is_empty(),
        "a renamed entity is no new device: {strangers:?}"
    );
    let gone = |story: &Story| -> Vec<String> {
        let bodies = story.reports.iter();
        bodies
            .filter_map(|body| match body {
                ReportBody::Withdrawn { native_id } => Some(native_id.clone()),
                _ => None,
            })
            .collect()
    };
    assert!(gone(&story).is_empty());
    // It is still spoken to, by its new name.
    story.wish(&light, 1, "OnOff", target(&[("on_off", false.into())]));
    let call = story.sent.last().expect("a call");
    assert_eq!(call["target"]["entity_id"], "light.above");

    story.doing("config/device_registry/update");
    story.pass(3.0);
    let plug = story.id("AC");
    let area = story.reports.iter().rev().find_map(|body| match body {
        ReportBody::Announced(device) if device.native_id == plug => device.area.clone(),
        _ => None,
    });
    assert_eq!(area.as_deref(), Some("Kitchen"));

    let garage = story.id("Garage Door");
    story.doing("config/entity_registry/remove");
    story.pass(3.0);
    assert_eq!(gone(&story), [garage]);
}

#[test]
fn a_search_reads_everything_again() {
    let mut story = Story::recorded();
    let devices = story
        .reports
        .iter()
        .filter(|body| matches!(body, ReportBody::Announced(_)))
        .count();
    let request = RequestId::new();
    let asked = story.sent.len();
    story.order(&Order::Scan { request });
    assert_eq!(story.sent.len() - asked, 4, "four lists are read");
    let found = story.reports.iter().find_map(|body| match body {
        ReportBody::ScanDone {
            request: of,
            searched: Searched::Completed { found },
        } if *of == request => Some(*found as usize),
        _ => None,
    });
    assert_eq!(found, Some(devices));
}

#[test]
fn a_second_look_leads_to_the_same_devices() {
    let shown = Story::recorded().shown();
    assert_eq!(Story::recorded().shown(), shown);
    // A restart there: everything comes once more, and nothing is another.
    let mut story = Story::recorded();
    let step = story.core.on_lost(model::DriverState::Starting, "gone");
    story.take(step);
    let before = story.reports.len();
    story.connect();
    let news = &story.reports[before..];
    assert!(!news.iter().any(|body| matches!(
        body,
        ReportBody::Announced(_) | ReportBody::Withdrawn { .. } | ReportBody::DeviceEvent { .. }
    )));
    assert!(
        news.iter()
            .any(|body| matches!(body, ReportBody::Values { .. })),
        "values are said again"
    );
    assert_eq!(story.shown(), shown);
}
