//! Devices: how entities become one, in which order, under which name, and when they are away.

use super::Story;
use crate::mqtt::{Listen, Options};
use expect_test::expect;
use model::{Order, ReportBody, RequestId};
use std::time::Duration;

#[test]
fn the_entities_of_a_device_become_one_whatever_their_order() {
    let configs: Vec<(String, String)> = [2, 10, 1]
        .iter()
        .map(|at| {
            (
                format!("switch/d/relay{at}"),
                format!(r#"{{"name":"Relay {at}","uniq_id":"d_l{at}","cmd_t":"d/{at}","dev":{{"ids":["d"],"name":"Board","via_device":"hub","sa":"Attic","mf":"Acme","mdl":"B3"}}}}"#),
            )
        })
        .collect();
    let mut expected = String::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut story = Story::new();
        for at in order {
            story.message(
                &format!("homeassistant/{}/config", configs[at].0),
                &configs[at].1,
            );
        }
        let text = story.settle();
        if expected.is_empty() {
            expect![[r#"
                d "Board" switch by=Acme model=B3 via=hub in=Attic
                  1:OnOff "Relay 1" on_off:w
                  2:OnOff "Relay 2" on_off:w
                  3:OnOff "Relay 10" on_off:w
                d online
            "#]]
            .assert_eq(&text);
            expected = text;
        } else {
            assert_eq!(text, expected);
        }
    }
}

#[test]
fn readable_names_come_from_where_the_entities_agree() {
    for (configs, slug) in [
        (
            &[(
                "climate",
                r#""name":null,"def_ent_id":"climate.main_thermostat","mode_cmd_t":"m""#,
            )][..],
            Some("main_thermostat"),
        ),
        (
            &[
                (
                    "climate",
                    r#""name":"Thermostat","def_ent_id":"climate.main_thermostat","mode_cmd_t":"m""#,
                ),
                (
                    "sensor",
                    r#""name":"Humidity","def_ent_id":"sensor.main_thermostat_humidity","stat_t":"h""#,
                ),
            ],
            Some("main_thermostat"),
        ),
        (
            &[
                (
                    "sensor",
                    r#""name":"A","obj_id":"bath_temperature","stat_t":"a""#,
                ),
                (
                    "sensor",
                    r#""name":"B","obj_id":"bath_humidity","stat_t":"b""#,
                ),
            ],
            Some("bath"),
        ),
        (
            &[
                (
                    "sensor",
                    r#""name":"A","obj_id":"temperature","stat_t":"a""#,
                ),
                ("sensor", r#""name":"B","obj_id":"humidity","stat_t":"b""#),
            ],
            None,
        ),
        (
            &[
                (
                    "switch",
                    r#""name":"Brew","obj_id":"coffee_maker","cmd_t":"a""#,
                ),
                (
                    "sensor",
                    r#""name":"Power","obj_id":"coffee_maker_power","stat_t":"b""#,
                ),
            ],
            Some("coffee_maker"),
        ),
    ] {
        let mut story = Story::new();
        for (at, (component, body)) in configs.iter().enumerate() {
            let config =
                format!(r#"{{{body},"uniq_id":"u{at}","dev":{{"ids":"d","name":"Thing"}}}}"#);
            story.message(&format!("homeassistant/{component}/u{at}/config"), &config);
        }
        let mut found = None;
        for report in story.core.take_announcements() {
            if let ReportBody::Announced(device) = report.body {
                found = device.slug;
            }
        }
        assert_eq!(found.as_deref(), slug, "{configs:?}");
    }
}

#[test]
fn a_device_may_come_in_one_message_and_move_to_it() {
    let mut story = Story::new();
    let mut text = story.config("sensor/old", r#"{"uniq_id":"t","stat_t":"x/t","dev_cla":"temperature","unit_of_meas":"°C","dev":{"ids":["x"],"name":"X"}}"#);
    let whole = r#"{"dev":{"ids":["x"],"name":"X"},"o":{"name":"fw"},"stat_t":"x/state","avty_t":"x/here",
        "cmps":{"t":{"p":"sensor","uniq_id":"t","dev_cla":"temperature","unit_of_meas":"°C","val_tpl":"{{ value_json.t }}"},
                "h":{"p":"sensor","uniq_id":"h","dev_cla":"humidity","unit_of_meas":"%","val_tpl":"{{ value_json.h }}"}}}"#;
    story.message(
        "homeassistant/sensor/old/config",
        r#"{"migrate_discovery":true}"#,
    );
    text.push_str(&story.config("device/x", whole));
    text.push_str(&story.message("x/here", "online"));
    text.push_str(&story.message("x/state", r#"{"t":20,"h":50}"#));
    // One component is taken away, then the device.
    text.push_str(&story.config("device/x", &whole.replace(r#""h":{"p":"sensor","uniq_id":"h","dev_cla":"humidity","unit_of_meas":"%","val_tpl":"{{ value_json.h }}"}"#, r#""h":{"p":"sensor"}"#)));
    text.push_str(&story.config("device/x", ""));
    expect![[r#"
        x "X" sensor
          1:TemperatureMeasurement temperature:r
        x "X" sensor
          1:RelativeHumidityMeasurement humidity:r
          1:TemperatureMeasurement temperature:r
        x online
        x RelativeHumidityMeasurement.humidity = 50%
        x TemperatureMeasurement.temperature = 20°C
        x "X" sensor
          1:TemperatureMeasurement temperature:r
        x is gone
    "#]]
    .assert_eq(&text);
    assert_eq!(story.core.device_count(), 0);
    assert_eq!(story.core.subscriptions().len(), 4);
}

#[test]
fn an_entity_without_a_device_is_one_itself() {
    let mut story = Story::new();
    let mut text = story.config(
        "switch/pump",
        r#"{"name":"Garden pump","cmd_t":"pump/set"}"#,
    );
    text.push_str(&story.config(
        "switch/node/fountain",
        r#"{"cmd_t":"fountain/set","uniq_id":"f1"}"#,
    ));
    expect![[r#"
        switch_pump "Garden pump" switch
          1:OnOff "Garden pump" on_off:w
        switch_pump online
        f1 "f1" switch
          1:OnOff on_off:w
        f1 online
    "#]]
    .assert_eq(&text);
}

#[test]
fn availability_and_silence() {
    let mut story = Story::new();
    let device = r#""dev":{"ids":["d"],"name":"D"}"#;
    let mut text = story.config("sensor/a", &format!(
        r#"{{"uniq_id":"a","stat_t":"d/a","unit_of_meas":"x","avty":[{{"t":"bridge","val_tpl":"{{{{ value_json.state }}}}"}},{{"t":"d/here","pl_avail":"yes","pl_not_avail":"no"}}],"avty_mode":"all",{device}}}"#
    ));
    for (topic, payload) in [
        ("bridge", r#"{"state":"online"}"#),
        ("d/here", "yes"),
        ("d/a", "5"),
        ("bridge", r#"{"state":"offline"}"#),
        ("d/here", "yes"),
        ("bridge", r#"{"state":"online"}"#),
    ] {
        text.push_str(&super::shown(&story.core.on_message(
            topic,
            payload.as_bytes(),
            true,
            story.now,
        )));
    }
    let lost = story.core.on_disconnected("the broker cannot be reached");
    text.push_str(&super::shown(&lost));
    expect![[r#"
        d "D" sensor
          1:NumberSetting value:rx
        d online
        d NumberSetting.value = 5
        d offline
        d online
        d unknown
    "#]]
    .assert_eq(&text);

    // Values that are not repeated in time mean nothing any more.
    let mut story = Story::new();
    let mut text = story.config(
        "sensor/e",
        r#"{"uniq_id":"e","stat_t":"e","unit_of_meas":"x","exp_aft":60,"dev":{"ids":["e"]}}"#,
    );
    for (at, payload) in [
        (0, Some("1")),
        (50, Some("2")),
        (100, None),
        (111, None),
        (112, None),
        (120, Some("3")),
    ] {
        story.now = Duration::from_secs(at);
        let reports = match payload {
            Some(payload) => story
                .core
                .on_message("e", payload.as_bytes(), false, story.now),
            None => story.core.on_time(story.now),
        };
        text.push_str(&super::shown(&reports));
    }
    expect![[r#"
        e "e" sensor
          1:NumberSetting value:rx
        e online
        e NumberSetting.value = 1
        e NumberSetting.value = 2
        e NumberSetting.value = unknown
        e offline
        e online
        e NumberSetting.value = 3
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_is_listened_to_follows_the_devices() {
    let mut story = Story::new();
    let config =
        |topic: &str| format!(r#"{{"uniq_id":"a","stat_t":"{topic}","dev":{{"ids":["d"]}}}}"#);
    let mut changes = Vec::new();
    for topic in ["one", "one", "two"] {
        story.config("sensor/a", &config(topic));
        changes.extend(story.core.take_listening());
    }
    story.config("sensor/a", "");
    changes.extend(story.core.take_listening());
    assert_eq!(
        changes,
        [
            Listen::Subscribe("one".into()),
            Listen::Subscribe("two".into()),
            Listen::Unsubscribe("one".into()),
            Listen::Unsubscribe("two".into()),
        ]
    );
}

#[test]
fn a_device_that_is_forgotten_is_cleared_from_our_own_broker_only() {
    for (adopt, expected) in [(true, 1), (false, 0)] {
        let mut story = Story::with(Options {
            adopt,
            ..Options::default()
        });
        story.config(
            "switch/a",
            r#"{"uniq_id":"a","cmd_t":"a/set","dev":{"ids":["d"]}}"#,
        );
        let answer = story.core.on_order(&Order::Forget {
            native_id: "d".to_owned(),
        });
        assert_eq!(answer.publishes.len(), expected);
        assert!(
            answer
                .publishes
                .iter()
                .all(|publish| publish.retain && publish.payload.is_empty())
        );
        assert_eq!(story.core.device_count(), 0);
        // The broker's echo of the clearing changes nothing.
        assert_eq!(story.config("switch/a", ""), "");
    }
}

#[test]
fn devices_added_by_hand_are_checked_with_words_that_help() {
    let mut story = Story::new();
    for (description, expected) in [
        (
            r#"{}"#,
            "`component` is missing; expected {\"component\": \"switch\"",
        ),
        (
            r#"{"component":"switch"}"#,
            "`config` is missing or not an object",
        ),
        (
            r#"{"component":"switch","config":{}}"#,
            "a switch needs a `state_topic` or a `command_topic`",
        ),
        (
            r#"{"component":"switch","config":{"command_topic":"a/#"}}"#,
            "`a/#` is not a plain topic",
        ),
        (
            r#"{"component":"sensor","config":{"state_topic":"a","value_template":"{{ x"}}"#,
            "`value_template`: the template is wrong",
        ),
    ] {
        let answer = story.core.on_order(&Order::AddManual {
            request: RequestId::new(),
            description: serde_json::from_str(description).expect("JSON"),
        });
        let text = super::shown(&answer.reports).replace("\\\"", "\"");
        assert!(text.contains(expected), "{description}: {text}");
        assert_eq!(story.core.device_count(), 0, "{description}");
    }
}

#[test]
fn a_motion_without_an_end_ends_by_itself() {
    let mut story = Story::new();
    story.config(
        "binary_sensor/m",
        r#"{"uniq_id":"m","stat_t":"m","dev_cla":"motion","off_dly":30,"dev":{"ids":["m"]}}"#,
    );
    let mut text = story.message("m", "ON");
    for at in [20, 29, 30, 31] {
        text.push_str(&super::shown(&story.core.on_time(Duration::from_secs(at))));
    }
    expect![[r#"
        m online
        m OccupancySensing.occupied = on
        m OccupancySensing.occupied = off
    "#]]
    .assert_eq(&text);
}
