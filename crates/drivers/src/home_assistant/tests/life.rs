//! Connections, absences, floods and what no Home Assistant should say.

use super::{End, Story, target};
use crate::home_assistant::{HomeAssistant, Options, fuzz_messages};
use model::{Connectivity, DriverState, Order, ReportBody, RequestId, Searched};
use serde_json::{Value as Json, json};

/// A lamp with a sensor of its own, and a helper without a device.
fn small() -> Story {
    Story::of(&entries(), &devices(), &states("on"))
}

fn entries() -> Json {
    json!([
        { "entity_id": "light.lamp", "unique_id": "1-light", "platform": "zha", "device_id": "lamp", "has_entity_name": true },
        { "entity_id": "sensor.lamp_power", "unique_id": "1-power", "platform": "zha", "device_id": "lamp", "has_entity_name": true, "original_name": "Power" },
        { "entity_id": "switch.other", "unique_id": "x", "platform": "mqtt", "device_id": "other" },
    ])
}

fn devices() -> Json {
    json!([{ "id": "lamp", "name": "Lamp", "name_by_user": "Reading lamp", "area_id": "hall", "manufacturer": "IKEA", "via_device_id": "nobody" }])
}

fn states(lamp: &str) -> Json {
    json!({
        "light.lamp": { "s": lamp, "a": { "supported_color_modes": ["onoff"] } },
        "sensor.lamp_power": { "s": "4.5", "a": { "device_class": "power", "unit_of_measurement": "W" } },
        "input_boolean.guests": { "s": "off", "a": { "friendly_name": "Guests" } },
        "switch.other": { "s": "on", "a": {} },
        "camera.door": { "s": "idle", "a": {} },
        "event.bell": { "s": "2024-01-01T00:00:00+00:00", "a": { "event_types": ["single", "hold"], "event_type": "single", "friendly_name": "Bell" } },
    })
}

fn connectivity(story: &Story, native_id: &str) -> Option<Connectivity> {
    story.reports.iter().rev().find_map(|body| match body {
        ReportBody::Connectivity {
            native_id: of,
            connectivity,
            ..
        } if of == native_id => Some(*connectivity),
        _ => None,
    })
}

fn events(story: &Story) -> Vec<String> {
    let bodies = story.reports.iter();
    bodies
        .filter_map(|body| match body {
            ReportBody::DeviceEvent { event, .. } => Some(event.clone()),
            _ => None,
        })
        .collect()
}

fn last_state(story: &Story) -> Option<DriverState> {
    story.reports.iter().rev().find_map(|body| match body {
        ReportBody::State(state) => Some(state.clone()),
        _ => None,
    })
}

#[test]
fn devices_and_lone_entities_are_devices() {
    expect_test::expect![[r#"
        Bell [button bell]
          1:Button: press!, long_press!
          => 
        Guests [switch guests]
          1:OnOff: on_off*
          => OnOff.on_off = off
        Reading lamp [light lamp] in Hall
          1:ElectricalPowerMeasurement: power
          1:OnOff: on_off*
          => ElectricalPowerMeasurement.power = 4.5 W, OnOff.on_off = on
    "#]]
    .assert_eq(&small().shown());
    let story = small();
    assert_eq!(story.id("Guests"), "entity:input_boolean.guests");
    assert_eq!(story.id("Reading lamp"), "lamp");
}

#[test]
fn a_device_is_offline_when_all_of_it_is() {
    let mut story = small();
    assert_eq!(connectivity(&story, "lamp"), Some(Connectivity::Online));
    story.change(&json!({ "c": { "light.lamp": { "+": { "s": "unavailable" } } } }));
    story.change(&json!({ "c": { "sensor.lamp_power": { "+": { "s": "unavailable" } } } }));
    story.pass(5.0);
    assert_eq!(connectivity(&story, "lamp"), Some(Connectivity::Offline));
    assert_eq!(
        story.value("lamp", "OnOff.on_off").as_deref(),
        Some("on"),
        "the last values stay known"
    );
    let outcome = story.wish("lamp", 1, "OnOff", target(&[("on_off", true.into())]));
    assert_eq!(
        outcome,
        Some(Err(
            "Home Assistant says that it is not available".to_owned()
        ))
    );

    story.change(&json!({ "c": { "sensor.lamp_power": { "+": { "s": "unknown" } } } }));
    assert_eq!(connectivity(&story, "lamp"), Some(Connectivity::Online));
    assert_eq!(
        story
            .value("lamp", "ElectricalPowerMeasurement.power")
            .as_deref(),
        Some("unknown")
    );
    // Of the entity that stays away while its device answers nothing is known.
    story.pass(5.0);
    assert_eq!(
        story.value("lamp", "OnOff.on_off").as_deref(),
        Some("unknown")
    );
    story.change(&json!({ "c": { "light.lamp": { "+": { "s": "off" } } } }));
    assert_eq!(story.value("lamp", "OnOff.on_off").as_deref(), Some("off"));
}

#[test]
fn only_what_happens_now_is_an_event() {
    let mut story = small();
    assert!(
        events(&story).is_empty(),
        "what was there when we came is past"
    );
    let at = |moment: &str, what: &str| json!({ "c": { "event.bell": { "+": { "s": moment, "a": { "event_type": what } } } } });
    story.change(&at("2024-01-01T00:00:01+00:00", "hold"));
    story.change(&json!({ "c": { "event.bell": { "+": { "s": "unavailable" } } } }));
    story.change(&at("2024-01-01T00:00:01+00:00", "hold"));
    assert_eq!(events(&story), ["long_press"], "coming back is no press");
    let step = story.core.on_lost(DriverState::Starting, "gone");
    story.take(step);
    story.connect();
    assert_eq!(
        events(&story),
        ["long_press"],
        "what happened while we were away is past"
    );
    story.change(&at("2024-01-01T00:00:09+00:00", "single"));
    assert_eq!(events(&story), ["long_press", "press"]);
}

#[test]
fn while_it_is_away_nothing_is_known_and_nothing_is_sent() {
    let mut story = small();
    story.answers = false;
    let wish = story.wish("lamp", 1, "OnOff", target(&[("on_off", true.into())]));
    assert_eq!(wish, None, "it waits for the answer");
    let request = RequestId::new();
    story.order(&Order::Scan { request });
    let state = DriverState::Degraded {
        reason: "gone".to_owned(),
    };
    let step = story.core.on_lost(state.clone(), "gone");
    let failed = step
        .reports
        .iter()
        .filter(|report| matches!(report.body, ReportBody::Failed { .. }))
        .count();
    assert_eq!(failed, 1);
    story.take(step);
    assert_eq!(last_state(&story), Some(state));
    assert_eq!(connectivity(&story, "lamp"), Some(Connectivity::Unknown));
    let sent = story.sent.len();
    let outcome = story.wish("lamp", 1, "OnOff", target(&[("on_off", true.into())]));
    assert_eq!(
        outcome,
        Some(Err("Home Assistant cannot be reached".to_owned()))
    );
    let later = RequestId::new();
    story.order(&Order::Scan { request: later });
    for wanted in [request, later] {
        let failed = |body: &ReportBody| matches!(body, ReportBody::ScanDone { request, searched: Searched::Failed { .. } } if *request == wanted);
        assert!(story.reports.iter().any(failed));
    }
    assert_eq!(
        story.sent.len(),
        sent,
        "nothing is sent, and nothing waits to be"
    );
    story.answers = true;
    story.connect();
    assert_eq!(last_state(&story), Some(DriverState::Running));
    assert_eq!(connectivity(&story, "lamp"), Some(Connectivity::Online));
}

#[test]
fn what_is_not_answered_fails_in_time() {
    let mut story = small();
    story.answers = false;
    story.wish("lamp", 1, "OnOff", target(&[("on_off", true.into())]));
    let request = RequestId::new();
    story.order(&Order::Scan { request });
    story.pass(9.5);
    let failed = |story: &Story| {
        story
            .reports
            .iter()
            .any(|body| matches!(body, ReportBody::Failed { .. }))
    };
    assert!(!failed(&story));
    story.pass(1.0);
    assert!(failed(&story));
    story.pass(2.0);
    assert!(story.reports.iter().any(|body| matches!(
        body,
        ReportBody::ScanDone {
            searched: Searched::Failed { .. },
            ..
        }
    )));
}

#[test]
fn silence_and_doors_that_stay_shut_end_a_connection() {
    let mut story = small();
    story.pass(65.0);
    let pings = story
        .sent
        .iter()
        .filter(|request| request["type"] == "ping")
        .count();
    assert_eq!(
        (pings, story.end.clone()),
        (2, None),
        "it answers, so all is well"
    );
    story.answers = false;
    story.pass(45.0);
    assert_eq!(
        story.end,
        Some(End::Lost("it has fallen silent".to_owned()))
    );

    let mut story = Story::unconnected(&json!([]), &json!([]), &json!({}));
    story.core.on_open(story.now);
    story.pass(16.0);
    assert_eq!(
        story.end,
        Some(End::Lost("it does not let us in".to_owned()))
    );

    let mut story = Story::unconnected(&json!([]), &json!([]), &json!({}));
    story.core.on_open(story.now);
    story.hear(&json!({ "type": "auth_required" }));
    story.hear(&json!({ "type": "auth_invalid", "message": "Invalid access token or password" }));
    assert_eq!(
        story.end,
        Some(End::Refused("Invalid access token or password".to_owned()))
    );
}

#[test]
fn a_device_that_floods_is_held_and_the_last_value_counts() {
    let mut story = small();
    for at in 0..3_000 {
        story.change(&json!({ "c": { "sensor.lamp_power": { "+": { "s": at.to_string() } } } }));
    }
    story.change(&json!({ "c": { "input_boolean.guests": { "+": { "s": "on" } } } }));
    assert_eq!(
        story
            .value("entity:input_boolean.guests", "OnOff.on_off")
            .as_deref(),
        Some("on")
    );
    story.pass(1.0);
    let dropped: u64 = story
        .reports
        .iter()
        .filter_map(|body| match body {
            ReportBody::Flooding { native_id, dropped } if native_id == "lamp" => Some(*dropped),
            _ => None,
        })
        .sum();
    assert!(dropped > 1_500, "{dropped}");
    assert_eq!(
        story
            .value("lamp", "ElectricalPowerMeasurement.power")
            .as_deref(),
        Some("2999")
    );
}

#[test]
fn what_is_gone_is_withdrawn_when_it_stays_so() {
    let mut story = small();
    let gone = |story: &Story| {
        story
            .reports
            .iter()
            .any(|body| matches!(body, ReportBody::Withdrawn { .. }))
    };
    story.change(&json!({ "r": ["input_boolean.guests"] }));
    story.pass(30.0);
    assert_eq!(
        connectivity(&story, "entity:input_boolean.guests"),
        Some(Connectivity::Offline)
    );
    story.change(&json!({ "a": { "input_boolean.guests": { "s": "on", "a": { "friendly_name": "Guests" } } } }));
    story.pass(200.0);
    assert!(!gone(&story), "it was reloaded");
    assert_eq!(
        connectivity(&story, "entity:input_boolean.guests"),
        Some(Connectivity::Online)
    );
    story.change(&json!({ "r": ["input_boolean.guests"] }));
    story.pass(125.0);
    assert!(gone(&story));
}

#[test]
fn older_installations_tell_their_states_in_full() {
    let lines = [
        json!({ "ask": { "type": "get_config" }, "answer": { "type": "result", "success": true, "result": { "unit_system": { "temperature": "°F" } } } }),
        json!({ "ask": { "type": "config/device_registry/list" }, "answer": { "type": "result", "success": true, "result": [] } }),
        json!({ "ask": { "type": "config/entity_registry/list" }, "answer": { "type": "result", "success": true, "result": [] } }),
        json!({ "ask": { "type": "config/area_registry/list" }, "answer": { "type": "result", "success": false, "error": { "code": "unknown_command", "message": "Unknown command." } } }),
        json!({ "ask": { "type": "subscribe_entities" }, "answer": { "type": "result", "success": false, "error": { "code": "unknown_command", "message": "Unknown command." } } }),
        json!({ "ask": { "type": "subscribe_events", "event_type": "state_changed" }, "answer": { "type": "result", "success": true, "result": null } }),
        json!({ "ask": { "type": "get_states" }, "answer": { "type": "result", "success": true, "result": [
            { "entity_id": "climate.hall", "state": "heat", "attributes": { "friendly_name": "Hall", "supported_features": 1,
              "hvac_modes": ["off", "heat"], "min_temp": 50, "max_temp": 86, "temperature": 68, "current_temperature": 59 } },
            { "entity_id": "Nonsense", "state": "on" }, 7,
        ] } }),
    ];
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let mut story = Story::with(&lines.join("\n"));
    story.connect();
    expect_test::expect![[r#"
        Hall [thermostat hall]
          1:Thermostat: local_temperature, heating_setpoint* 10..30, system_mode* off|heat
          => Thermostat.heating_setpoint = 68 °F, Thermostat.local_temperature = 59 °F, Thermostat.system_mode = heat
    "#]]
    .assert_eq(&story.shown());
    story.hear(&json!({ "id": 10, "type": "event", "event": { "data": { "entity_id": "climate.hall", "new_state":
        { "entity_id": "climate.hall", "state": "off", "attributes": { "supported_features": 1, "hvac_modes": ["off", "heat"] } } } } }));
    assert_eq!(
        story
            .value("entity:climate.hall", "Thermostat.system_mode")
            .as_deref(),
        Some("off")
    );
    story.answers = false;
    story.wish(
        "entity:climate.hall",
        1,
        "Thermostat",
        target(&[("heating_setpoint", 20.0.into())]),
    );
    assert_eq!(
        story.sent.last().expect("a call")["service_data"],
        json!({ "temperature": 68 })
    );
}

#[test]
fn more_than_is_taken_is_counted_and_named() {
    let states: serde_json::Map<String, Json> = (0..40)
        .map(|at| {
            (
                format!("switch.s{at:02}"),
                json!({ "s": "on", "a": { "friendly_name": format!("S{at}") } }),
            )
        })
        .collect();
    let mut story = Story::unconnected(&json!([]), &json!([]), &Json::Object(states));
    let options = Options {
        max_entities: 30,
        ..Options::default()
    };
    story.core = HomeAssistant::new(&options, crate::Secret::new("TOKEN"));
    story.connect();
    let announced = story
        .reports
        .iter()
        .filter(|body| matches!(body, ReportBody::Announced(_)))
        .count();
    assert_eq!(announced, 30);
    let Some(DriverState::Degraded { reason }) = last_state(&story) else {
        panic!("{:?}", last_state(&story));
    };
    assert!(
        reason.starts_with("10 entities beyond 30 in all or 256 of a device were left out, the first was switch.s30"),
        "{reason}"
    );
}

#[test]
fn as_much_as_is_taken_is_taken_quickly() {
    let many = 6_000;
    let states = (0..many).map(|at| {
        let state = json!({ "s": "on", "a": { "friendly_name": format!("S{at}") } });
        (format!("switch.s{at:04}"), state)
    });
    let entries: Vec<Json> = (0..1_000)
        .map(|at| json!({ "entity_id": format!("switch.s{at:04}"), "unique_id": at, "device_id": "one" }))
        .collect();
    let states = Json::Object(states.collect());
    let began = std::time::Instant::now();
    let mut story = Story::of(&json!(entries), &json!([]), &states);
    story.pass(2.0);
    let announced = story
        .reports
        .iter()
        .filter(|body| matches!(body, ReportBody::Announced(_)));
    // One device of a thousand entities, of which it has 256, and those without a device.
    assert_eq!(announced.count(), 5_000 - 256 + 1);
    assert!(
        began.elapsed().as_secs() < 20,
        "it took {:?}",
        began.elapsed()
    );
}

#[test]
fn hostile_words_are_bounded_and_break_nothing() {
    let long = "x".repeat(100_000);
    let entries = json!([
        { "entity_id": "switch.a", "unique_id": long, "platform": long, "original_name": "a\u{0}\n\u{7}b" },
        { "entity_id": "switch.b", "unique_id": 7, "device_id": long },
        { "entity_id": format!("switch.{long}"), "unique_id": "c" },
        { "entity_id": {}, "unique_id": [] }, 3, null,
    ]);
    let states = json!({
        "switch.a": { "s": long, "a": { "friendly_name": long, "supported_features": -1, "device_class": [[]] } },
        "switch.b": { "s": "on", "a": [] },
        "Switch.Upper": { "s": "on", "a": {} },
        "nodot": { "s": "on" },
        "select.c": { "s": long, "a": { "options": vec!["y".repeat(1_000); 1_000], "friendly_name": "<script>" } },
        "light.d": { "s": "on", "a": { "supported_color_modes": ["hs", 4, null], "color_mode": "hs", "hs_color": ["NaN", 1e308], "brightness": "1e999" } },
    });
    let mut story = Story::of(&entries, &json!([{ "id": "" }, { "id": 9 }]), &states);
    for body in &story.reports {
        if let ReportBody::Announced(device) = body {
            assert!(
                device.native_id.len() < 300 && device.name.chars().count() <= 300,
                "{device:?}"
            );
            assert!(!device.name.chars().any(char::is_control), "{device:?}");
        }
    }
    for message in [
        "",
        "[]",
        "{",
        "nonsense",
        "{\"type\":\"event\",\"id\":9,\"event\":{\"a\":7}}",
        "[[[[[[[[",
    ] {
        let step = story.core.on_message(message, story.now);
        story.take(step);
    }
    let deep = format!(
        "{{\"type\":\"event\",\"id\":9,\"event\":{}1{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let step = story.core.on_message(&deep, story.now);
    story.take(step);
    assert_eq!(story.end, None);
    fuzz_messages(b"?\n!\n{\"type\":\"auth_required\"}\n{\"type\":\"auth_ok\"}\n\xff\xfe\n");
}
