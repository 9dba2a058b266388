//! Devices obey, tell, and break as their real kin do.

use crate::{last, number, sample, value, world};
use model::Value;
use sim::{
    World,
    mqtt::{announce, command},
    world::{Break, Fault},
};

const NIGHT: &str = "2026-03-04T02:00:00Z";

fn tell(world: &mut World, topic: &str, payload: &str) {
    command(world, topic, payload.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// Commands on a house at night, when nobody else touches anything.
fn check(
    topic: &str,
    payload: &str,
    seconds: f64,
    slug: &str,
    name: &str,
    expected: impl Into<Value>,
) {
    let mut world = world("family.toml", NIGHT);
    tell(&mut world, topic, payload);
    let messages = world.step(seconds);
    assert_eq!(
        value(&world, slug, name),
        expected.into(),
        "{topic} {payload}"
    );
    assert!(
        last(&messages, &format!("sim/{slug}")).is_some(),
        "{slug} said nothing"
    );
}

#[test]
fn commands_are_obeyed_and_told() {
    check(
        "sim/hall_light/set",
        r#"{"state":"ON","brightness":127}"#,
        2.0,
        "hall_light",
        "current_level",
        50.0,
    );
    check(
        "sim/hall_light/set",
        r#"{"state":"ON"}"#,
        2.0,
        "hall_light",
        "on_off",
        true,
    );
    check(
        "sim/hall_light/set/on_off",
        "TOGGLE",
        2.0,
        "hall_light",
        "on_off",
        true,
    );
    check(
        "sim/reading_lamp/set",
        r#"{"color":{"h":120,"s":90}}"#,
        2.0,
        "reading_lamp",
        "hue",
        120.0,
    );
    check(
        "sim/bedroom_light/set",
        r#"{"color_temp":250}"#,
        2.0,
        "bedroom_light",
        "color_temperature",
        4_000.0,
    );
    check(
        "sim/main_thermostat/set/heating_setpoint",
        "22.5",
        2.0,
        "main_thermostat",
        "heating_setpoint",
        22.5,
    );
    check(
        "sim/main_thermostat/set/system_mode",
        "auto",
        2.0,
        "main_thermostat",
        "system_mode",
        "auto",
    );
    check(
        "sim/living_blinds/set/command",
        "CLOSE",
        40.0,
        "living_blinds",
        "position",
        0.0,
    );
    check(
        "sim/living_blinds/set/position",
        "40",
        40.0,
        "living_blinds",
        "position",
        40.0,
    );
    check(
        "sim/living_blinds/set/tilt",
        "80",
        40.0,
        "living_blinds",
        "tilt",
        80.0,
    );
    check(
        "sim/front_lock/set/command",
        "UNLOCK",
        6.0,
        "front_lock",
        "lock_state",
        "unlocked",
    );
    check(
        "sim/alarm_panel/set/command",
        "ARM_NIGHT",
        3.0,
        "alarm_panel",
        "alarm_state",
        "armed_night",
    );
    check(
        "sim/alarm_panel/set/command",
        "ARM_AWAY",
        60.0,
        "alarm_panel",
        "alarm_state",
        "armed_away",
    );
    check(
        "sim/main_valve/set/command",
        "CLOSE",
        9.0,
        "main_valve",
        "open",
        false,
    );
    check(
        "sim/bathroom_fan/set/percent",
        "90",
        2.0,
        "bathroom_fan",
        "fan_mode",
        "high",
    );
    check(
        "sim/bathroom_fan/set/fan_mode",
        "low",
        2.0,
        "bathroom_fan",
        "percent",
        25.0,
    );
    check(
        "sim/living_speaker/set/playback_state",
        "playing",
        2.0,
        "living_speaker",
        "title",
        "Morning Light",
    );
    check(
        "sim/home_battery/set/mode",
        "charge",
        30.0,
        "home_battery",
        "charging",
        true,
    );
    check(
        "sim/car_charger/set/max_charge_current",
        "10",
        2.0,
        "car_charger",
        "max_charge_current",
        10.0,
    );
    check(
        "sim/kitchen_display/set/text",
        "Hello",
        4.0,
        "kitchen_display",
        "text",
        "Hello",
    );
    check(
        "sim/coffee_maker/set/on_off",
        "ON",
        2.0,
        "coffee_maker",
        "on_off",
        true,
    );
}

#[test]
fn a_lock_and_a_covering_take_their_time() {
    let mut world = world("family.toml", NIGHT);
    tell(&mut world, "sim/front_lock/set/command", "UNLOCK");
    let mut seen = Vec::new();
    for _ in 0..40 {
        world.step(0.25);
        let now = value(&world, "front_lock", "lock_state");
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    let words: Vec<&str> = seen.iter().filter_map(Value::as_text).collect();
    assert_eq!(words, ["locked", "unlocking", "unlocked"]);

    tell(&mut world, "sim/living_blinds/set/command", "CLOSE");
    world.step(12.0);
    assert_eq!(value(&world, "living_blinds", "motion"), "closing".into());
    tell(&mut world, "sim/living_blinds/set/command", "STOP");
    world.step(3.0);
    let stopped = number(&world, "living_blinds", "position");
    world.step(60.0);
    assert_eq!(number(&world, "living_blinds", "position"), stopped);
    assert!((20.0..80.0).contains(&stopped), "{stopped}");
}

#[test]
fn nonsense_is_refused_with_what_would_be_right() {
    let mut world = world("family.toml", NIGHT);
    for (topic, payload, expected) in [
        ("sim/nobody/set/on_off", "ON", "the slug of a device"),
        ("sim/hall_light/set", "ON", "a JSON object"),
        ("sim/hall_light/set/on_off", "maybe", "true or false"),
        (
            "sim/main_thermostat/set/heating_setpoint",
            "99",
            "7 to 28 °C",
        ),
        (
            "sim/main_thermostat/set/heating_setpoint",
            "NaN",
            "a number",
        ),
        (
            "sim/main_thermostat/set/local_temperature",
            "20",
            "a settable value",
        ),
        ("sim/front_lock/set/command", "EXPLODE", "lock_state"),
        ("other/hall_light/set", "{}", "sim/<slug>/set"),
    ] {
        let refusal = command(&mut world, topic, payload.as_bytes()).unwrap_err();
        assert!(refusal.expected.contains(expected), "{topic}: {refusal}");
    }
    assert!(command(&mut world, "sim/hall_light/set", &[0xff, 0xfe]).is_err());
}

#[test]
fn a_paused_house_still_obeys() {
    let mut world = world("family.toml", NIGHT);
    let before = world.now;
    tell(&mut world, "sim/hall_light/set", r#"{"state":"ON"}"#);
    world.answer_on(5.0);
    let said = world.said();
    assert_eq!(value(&world, "hall_light", "on_off"), true.into());
    assert!(
        last(&said, "sim/hall_light")
            .unwrap()
            .contains(r#""state":"ON""#)
    );
    assert_eq!(world.now, before);
}

#[test]
fn an_unplugged_device_is_offline_and_silent() {
    let mut world = world("family.toml", NIGHT);
    let lamp = world.device("hall_light").unwrap();
    world.fault(lamp, Fault::Unplug).unwrap();
    let said = world.said();
    assert_eq!(last(&said, "sim/hall_light/availability"), Some("offline"));
    tell(&mut world, "sim/hall_light/set", r#"{"state":"ON"}"#);
    let said = world.step(7_200.0);
    assert_eq!(last(&said, "sim/hall_light"), None);
    world.fault(lamp, Fault::Plug).unwrap();
    let said = world.said();
    assert_eq!(last(&said, "sim/hall_light/availability"), Some("online"));
    assert!(last(&said, "sim/hall_light").is_some());
}

#[test]
fn batteries_run_out_and_are_changed() {
    let mut world = world("family.toml", NIGHT);
    let sensor = world.device("bedroom_climate").unwrap();
    world.fault(sensor, Fault::Drain).unwrap();
    let said = world.said();
    assert!(
        last(&said, "sim/bedroom_climate").is_some_and(|state| state.contains(r#""battery":0"#))
    );
    assert_eq!(
        last(&said, "sim/bedroom_climate/availability"),
        Some("offline")
    );
    world.step(3_600.0);
    world.fault(sensor, Fault::Mend).unwrap();
    assert_eq!(
        last(&world.said(), "sim/bedroom_climate/availability"),
        Some("online")
    );
    let lamp = world.device("hall_light").unwrap();
    assert_eq!(
        world.fault(lamp, Fault::Drain).unwrap_err().code,
        "no_battery"
    );
}

#[test]
fn broken_sensors_lie_in_three_ways() {
    let broken = |how| {
        let mut world = world("family.toml", "2026-03-04T12:00:00Z");
        world.step(3_600.0);
        let sensor = world.device("living_climate").unwrap();
        world.fault(sensor, Fault::Break(how)).unwrap();
        let mut said = world.said();
        said.extend(world.step(6.0 * 3_600.0));
        let topic = "sim/living_climate";
        said.retain(|message| message.topic == topic);
        said.into_iter()
            .map(|message| message.payload)
            .collect::<Vec<_>>()
    };
    assert!(broken(Break::Silent).is_empty());
    let stuck = broken(Break::Stuck);
    assert!(stuck.len() > 2 && stuck.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(broken(Break::Impossible)[0].contains("-327.68"));
}

#[test]
fn a_leak_is_found_and_the_valve_ends_it() {
    let mut world = world("family.toml", NIGHT);
    let sensor = world.device("kitchen_leak").unwrap();
    world.fault(sensor, Fault::Leak).unwrap();
    assert!(
        last(&world.said(), "sim/kitchen_leak")
            .unwrap()
            .contains(r#""water_leak":true"#)
    );
    tell(&mut world, "sim/main_valve/set/command", "CLOSE");
    world.step(30.0);
    assert_eq!(value(&world, "kitchen_leak", "leak"), false.into());
    world
        .fault(world.device("kitchen_smoke").unwrap(), Fault::Smoke)
        .unwrap();
    assert_eq!(value(&world, "kitchen_smoke", "smoke"), true.into());
}

#[test]
fn a_power_cut_leaves_the_batteries() {
    let mut world = world("family.toml", NIGHT);
    world.cut_power(true);
    world.step(5.0);
    let online = |world: &World, slug: &str| world.devices[world.device(slug).unwrap()].online;
    assert!(!online(&world, "hall_light") && online(&world, "bedroom_climate"));
    assert_eq!(world.grid_power(), 0.0);
    world.cut_power(false);
    world.step(5.0);
    assert!(online(&world, "hall_light"));
}

#[test]
fn hands_set_what_can_be_set_and_pin_what_is_measured() {
    let mut world = world("family.toml", NIGHT);
    let index = |world: &World, slug: &str| world.device(slug).unwrap();
    let sensor = index(&world, "living_climate");
    world.touch(sensor, "temperature", &31.5.into()).unwrap();
    assert!(
        last(&world.said(), "sim/living_climate")
            .unwrap()
            .contains(r#""temperature":31.5"#)
    );
    world.step(3_600.0);
    assert_eq!(number(&world, "living_climate", "temperature"), 31.5);
    world.fault(sensor, Fault::Mend).unwrap();
    assert!(number(&world, "living_climate", "temperature") < 28.0);

    let contact = index(&world, "bedroom_window_contact");
    world.touch(contact, "open", &true.into()).unwrap();
    assert!(
        last(&world.said(), "sim/bedroom_window_contact")
            .unwrap()
            .contains(r#""contact":false"#)
    );

    let phone = index(&world, "anna");
    world.touch(phone, "home", &false.into()).unwrap();
    assert_eq!(value(&world, "anna", "home"), false.into());
    let button = index(&world, "bedside_button");
    world
        .touch(button, "press", &"double_press".into())
        .unwrap();
    assert_eq!(
        last(&world.said(), "sim/bedside_button/action"),
        Some(r#"{"event_type":"double_press"}"#)
    );
}

#[test]
fn people_leave_a_trace() {
    let mut world = world("family.toml", "2026-03-04T04:00:00Z");
    let said = world.step(16.0 * 3_600.0);
    let told = |slug: &str, what: &str| {
        let topic = format!("sim/{slug}");
        said.iter()
            .any(|message| message.topic == topic && message.payload.contains(what))
    };
    for (slug, what) in [
        ("front_door", r#""contact":false"#),
        ("front_lock", r#""lock_state":"unlocked""#),
        ("hall_motion", r#""occupancy":true"#),
        ("anna", r#""presence":"not_home""#),
        ("coffee_maker", r#""state":"ON""#),
        ("kitchen_light", r#""state":"ON""#),
        ("car_charger", r#""state":"not_plugged_in""#),
        ("alarm_panel", r#""alarm_state":"armed_away""#),
    ] {
        assert!(told(slug, what), "{slug} never said {what}");
    }
    assert!(
        world
            .log
            .iter()
            .any(|entry| entry.what.contains("came home"))
    );
}

#[test]
fn sending_somebody_away_lasts_until_their_routine() {
    let mut world = world("family.toml", "2026-03-04T12:00:00Z");
    assert!(world.send("tom", false));
    assert!(
        !world
            .people
            .iter()
            .any(|person| person.slug == "tom" && person.home)
    );
    assert_eq!(value(&world, "tom", "home"), false.into());
    assert!(!world.send("nobody", false));
}

#[test]
fn every_entity_can_be_told_apart_and_reached() {
    for name in ["studio.toml", "family.toml", "off-grid.toml"] {
        let world = World::new(sample(name), NIGHT.parse().unwrap(), None);
        let messages = announce(&world);
        let mut ids = std::collections::HashSet::new();
        for message in messages
            .iter()
            .filter(|message| message.topic.ends_with("/config"))
        {
            assert!(message.retain);
            let config: serde_json::Value = serde_json::from_str(&message.payload).unwrap();
            assert!(
                ids.insert(config["unique_id"].to_string()),
                "{} stands twice",
                config["unique_id"]
            );
            assert_eq!(config["availability_mode"], "all");
            assert!(
                config["device"]["identifiers"][0]
                    .as_str()
                    .unwrap()
                    .starts_with("sim_")
            );
            // What a template reads is in the state.
            let Some(template) = config["value_template"].as_str() else {
                continue;
            };
            let Some(key) = template
                .strip_prefix("{{ value_json.")
                .and_then(|rest| rest.strip_suffix(" }}"))
            else {
                continue;
            };
            let state = last(&messages, config["state_topic"].as_str().unwrap()).unwrap();
            let state: serde_json::Value = serde_json::from_str(state).unwrap();
            assert!(
                state.get(key).is_some(),
                "{}: {state} has no {key}",
                message.topic
            );
        }
        assert!(ids.len() > world.devices.len());
    }
}

#[test]
fn the_config_of_a_lamp_is_the_one_of_the_convention() {
    let world = world("family.toml", NIGHT);
    let messages = announce(&world);
    let config = last(
        &messages,
        "homeassistant/light/sim_bedroom_light/main/config",
    )
    .unwrap();
    let config: serde_json::Value = serde_json::from_str(config).unwrap();
    expect_test::expect![[r#"
        {
          "availability": [
            {
              "topic": "sim/status"
            },
            {
              "topic": "sim/bedroom_light/availability"
            }
          ],
          "availability_mode": "all",
          "brightness": true,
          "brightness_scale": 254,
          "command_topic": "sim/bedroom_light/set",
          "default_entity_id": "light.bedroom_light",
          "device": {
            "identifiers": [
              "sim_bedroom_light"
            ],
            "manufacturer": "Lumen",
            "model": "L1",
            "name": "Bedroom light",
            "suggested_area": "Bedroom"
          },
          "max_mireds": 500,
          "min_mireds": 154,
          "name": null,
          "origin": {
            "name": "House simulator",
            "sw_version": "0.1.0"
          },
          "schema": "json",
          "state_topic": "sim/bedroom_light",
          "supported_color_modes": [
            "color_temp"
          ],
          "unique_id": "sim_bedroom_light_main"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&config).unwrap());
}

#[test]
fn a_past_goes_forward_and_ends_when_it_should() {
    let end: jiff::Timestamp = "2026-03-04T00:00:00Z".parse().unwrap();
    let mut past = sim::past(sample("family.toml"), 2, end, None);
    let (mut before, mut count) = (jiff::Timestamp::MIN, 0);
    for message in past.by_ref() {
        assert!(message.at >= before && message.at <= end);
        before = message.at;
        count += 1;
    }
    assert!(count > 3_000, "only {count} messages");
    assert_eq!(past.into_world().now, end);
}
