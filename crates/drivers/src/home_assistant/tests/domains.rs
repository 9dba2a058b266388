//! Domains that the recorded house has not, or not in every shape.

use super::{Story, action, target};
use expect_test::expect;
use model::Goal;
use serde_json::{Value as Json, json};

/// A house of one entity without a device.
fn one(id: &str, state: &str, mut attributes: Json) -> Story {
    attributes["friendly_name"] = "It".into();
    let states = json!({ id: { "s": state, "a": attributes } });
    Story::of(&json!([]), &json!([]), &states)
}

#[test]
fn each_domain_becomes_its_table() {
    let mut all = String::new();
    for (id, state, attributes) in [
        (
            "valve.a",
            "open",
            json!({ "supported_features": 15, "current_position": 40 }),
        ),
        ("valve.b", "closed", json!({ "supported_features": 3 })),
        ("lawn_mower.a", "mowing", json!({ "supported_features": 7 })),
        (
            "cover.a",
            "opening",
            json!({ "supported_features": 3, "device_class": "garage" }),
        ),
        (
            "cover.b",
            "unknown",
            json!({ "supported_features": 3, "assumed_state": true }),
        ),
        ("binary_sensor.a", "on", json!({ "device_class": "window" })),
        (
            "binary_sensor.b",
            "off",
            json!({ "device_class": "connectivity" }),
        ),
        ("sensor.a", "12.5", json!({})),
        (
            "sensor.b",
            "1013.2",
            json!({ "device_class": "atmospheric_pressure", "unit_of_measurement": "hPa" }),
        ),
        (
            "sensor.c",
            "71",
            json!({ "device_class": "distance", "unit_of_measurement": "ft" }),
        ),
        (
            "sensor.d",
            "3",
            json!({ "device_class": "energy", "unit_of_measurement": "MWh", "friendly_name": "x" }),
        ),
        (
            "climate.a",
            "heat_cool",
            json!({ "supported_features": 3, "hvac_modes": ["off", "heat", "cool", "heat_cool"],
            "target_temp_low": 19, "target_temp_high": 24, "temperature": null }),
        ),
        (
            "climate.b",
            "cool",
            json!({ "supported_features": 1, "hvac_modes": ["off", "cool"], "temperature": 24 }),
        ),
        (
            "water_heater.a",
            "eco",
            json!({ "supported_features": 15, "operation_list": ["eco", "off"], "operation_mode": "eco",
            "away_mode": "off", "temperature": 55, "min_temp": 40, "max_temp": 60 }),
        ),
        ("person.a", "Work", json!({})),
        ("device_tracker.a", "home", json!({ "battery_level": 40 })),
        (
            "fan.a",
            "off",
            json!({ "supported_features": 1, "percentage": null, "percentage_step": 25.0 }),
        ),
        (
            "media_player.a",
            "off",
            json!({ "supported_features": 16781 }),
        ),
        ("lock.a", "jammed", json!({ "supported_features": 1 })),
        (
            "vacuum.a",
            "cleaning",
            json!({ "supported_features": 12316 }),
        ),
        ("text.a", "hunter2", json!({ "mode": "password" })),
        (
            "select.a",
            "unknown",
            json!({ "options": ["unknown", "known"] }),
        ),
        (
            "weather.a",
            "snowy",
            json!({ "temperature": 30, "temperature_unit": "°F", "wind_speed": 10, "wind_speed_unit": "km/h", "uv_index": 1 }),
        ),
    ] {
        all += &one(id, state, attributes)
            .shown()
            .replace("It [", &format!("{id} ["));
    }
    expect![[r#"
        valve.a [valve a]
          1:Trigger "Stop": activate()
          1:ValveConfigurationAndControl: open*, position*
          => ValveConfigurationAndControl.open = on, ValveConfigurationAndControl.position = 40
        valve.b [valve b]
          1:ValveConfigurationAndControl: open*
          => ValveConfigurationAndControl.open = off
        lawn_mower.a [appliance a]
          1:ModeSelect "State": mode mowing|paused|docked|returning|error
          1:Trigger "Start mowing": activate()
          2:Trigger "Pause": activate()
          3:Trigger "Return to the dock": activate()
          => ModeSelect.mode = mowing
        cover.a [garage_door a]
          1:WindowCovering: position*, motion
          => WindowCovering.motion = opening
        cover.b [cover b]
          1:WindowCovering: position*?, motion
          => WindowCovering.motion = unknown
        binary_sensor.a [contact a]
          1:Contact: open
          => Contact.open = on
        binary_sensor.b [sensor b]
          1:ModeSelect "It": mode on|off
          => ModeSelect.mode = off
        sensor.a [sensor a]
          1:TextSetting "It": text
          => TextSetting.text = 12.5
        sensor.b [sensor b]
          1:PressureMeasurement: pressure
          => PressureMeasurement.pressure = 1013.2 hPa
        sensor.c [sensor c]
          1:NumberSetting "It": value ft
          => NumberSetting.value = 71
        sensor.d [meter d]
          1:ElectricalEnergyMeasurement: energy_imported
          => ElectricalEnergyMeasurement.energy_imported = 3 MWh
        climate.a [thermostat a]
          1:Thermostat: heating_setpoint*, cooling_setpoint*, system_mode* off|heat|cool|auto
          => Thermostat.cooling_setpoint = 24 °C, Thermostat.heating_setpoint = 19 °C, Thermostat.system_mode = auto
        climate.b [thermostat b]
          1:Thermostat: cooling_setpoint*, system_mode* off|cool
          => Thermostat.cooling_setpoint = 24 °C, Thermostat.system_mode = cool
        water_heater.a [appliance a]
          1:ModeSelect "Mode": mode* eco|off
          1:NumberSetting "Water temperature": value* 40..60 °C
          1:OnOff: on_off*
          2:ModeSelect "Away": mode* on|off
          => 2:ModeSelect.mode = off, ModeSelect.mode = eco, NumberSetting.value = 55, OnOff.on_off = on
        person.a [person a]
          1:Presence: home, location
          => Presence.home = off, Presence.location = Work
        device_tracker.a [person a]
          1:PowerSource: battery
          1:Presence: home, location
          => PowerSource.battery = 40, Presence.home = on, Presence.location = unknown
        fan.a [fan a]
          1:FanControl: percent*
          1:OnOff: on_off*
          => FanControl.percent = 0, OnOff.on_off = off
        media_player.a [media_player a]
          1:MediaPlayback: playback_state* playing|paused|off, volume*, muted*, title
          1:OnOff: on_off*
          => MediaPlayback.playback_state = off, MediaPlayback.title = unknown, OnOff.on_off = off
        lock.a [lock a]
          1:DoorLock: lock_state*
          => DoorLock.lock_state = jammed
        vacuum.a [appliance a]
          1:ModeSelect "State": mode cleaning|docked|paused|idle|returning|error
          1:Trigger "Start": activate()
          2:Trigger "Pause": activate()
          3:Trigger "Stop": activate()
          4:Trigger "Return to the dock": activate()
          => ModeSelect.mode = cleaning
        text.a [other a]
          1:TextSetting "It": text*?
          => 
        select.a [other a]
          1:ModeSelect "It": mode* unknown|known
          => ModeSelect.mode = unknown
        weather.a [weather a]
          1:TemperatureMeasurement: temperature
          1:WeatherStation: condition, wind_speed, uv_index
          => TemperatureMeasurement.temperature = 30 °F, WeatherStation.condition = snow, WeatherStation.uv_index = 1, WeatherStation.wind_speed = 10 km/h
    "#]].assert_eq(&all);
}

#[test]
fn wishes_become_services() {
    let pair = json!({ "supported_features": 3, "hvac_modes": ["off", "heat", "cool", "heat_cool"],
        "target_temp_low": 19, "target_temp_high": 24, "temperature": null });
    let mut all = String::new();
    let number = |name: &str, number: f64| target(&[(name, number.into())]);
    let word = |name: &str, word: &str| target(&[(name, word.into())]);
    let truth = |name: &str, truth: bool| target(&[(name, truth.into())]);
    let cases: Vec<(&str, &str, Json, u16, &str, Goal)> = vec![
        (
            "valve.a",
            "open",
            json!({ "supported_features": 15 }),
            1,
            "ValveConfigurationAndControl",
            truth("open", false),
        ),
        (
            "valve.a",
            "open",
            json!({ "supported_features": 4 }),
            1,
            "ValveConfigurationAndControl",
            truth("open", true),
        ),
        (
            "valve.a",
            "open",
            json!({ "supported_features": 15 }),
            1,
            "Trigger",
            action("activate"),
        ),
        (
            "cover.a",
            "open",
            json!({ "supported_features": 3 }),
            1,
            "WindowCovering",
            number("position", 0.0),
        ),
        (
            "cover.a",
            "open",
            json!({ "supported_features": 3 }),
            1,
            "WindowCovering",
            number("position", 50.0),
        ),
        (
            "cover.a",
            "open",
            json!({ "supported_features": 15 }),
            1,
            "WindowCovering",
            action("stop"),
        ),
        (
            "climate.a",
            "heat_cool",
            pair.clone(),
            1,
            "Thermostat",
            number("heating_setpoint", 20.0),
        ),
        (
            "climate.a",
            "heat_cool",
            pair.clone(),
            1,
            "Thermostat",
            target(&[
                ("heating_setpoint", 20.0.into()),
                ("cooling_setpoint", 25.0.into()),
            ]),
        ),
        (
            "climate.a",
            "heat_cool",
            pair,
            1,
            "Thermostat",
            word("system_mode", "auto"),
        ),
        (
            "climate.a",
            "heat",
            json!({ "supported_features": 3, "hvac_modes": ["heat", "cool"], "temperature": 20 }),
            1,
            "Thermostat",
            number("cooling_setpoint", 25.0),
        ),
        (
            "climate.b",
            "cool",
            json!({ "supported_features": 1, "hvac_modes": ["off", "cool"], "temperature": 24 }),
            1,
            "Thermostat",
            number("cooling_setpoint", 25.0),
        ),
        (
            "light.a",
            "on",
            json!({ "supported_color_modes": ["hs"], "color_mode": "hs", "hs_color": [200, 80] }),
            1,
            "ColorControl",
            number("hue", 10.0),
        ),
        (
            "light.a",
            "on",
            json!({ "supported_color_modes": ["brightness"] }),
            1,
            "LevelControl",
            number("current_level", 0.1),
        ),
        (
            "media_player.a",
            "playing",
            json!({ "supported_features": 4 }),
            1,
            "MediaPlayback",
            number("volume", 30.0),
        ),
        (
            "media_player.a",
            "playing",
            json!({ "supported_features": 32 }),
            1,
            "MediaPlayback",
            action("next"),
        ),
        (
            "lock.a",
            "locked",
            json!({ "supported_features": 1 }),
            1,
            "DoorLock",
            word("lock_state", "open"),
        ),
        (
            "lock.a",
            "locked",
            json!({}),
            1,
            "DoorLock",
            word("lock_state", "open"),
        ),
        (
            "fan.a",
            "off",
            json!({ "supported_features": 2 }),
            1,
            "FanControl",
            truth("oscillating", true),
        ),
        (
            "script.a",
            "off",
            json!({}),
            1,
            "Trigger",
            action("activate"),
        ),
        (
            "input_select.a",
            "x",
            json!({ "options": ["x", "y"] }),
            1,
            "ModeSelect",
            word("mode", "y"),
        ),
        (
            "water_heater.a",
            "eco",
            json!({ "supported_features": 4, "away_mode": "off" }),
            1,
            "ModeSelect",
            word("mode", "on"),
        ),
        (
            "humidifier.a",
            "on",
            json!({ "humidity": 40 }),
            1,
            "NumberSetting",
            number("value", 44.6),
        ),
        (
            "sensor.a",
            "1",
            json!({}),
            1,
            "TextSetting",
            word("text", "no"),
        ),
    ];
    for (id, state, attributes, endpoint, capability, goal) in cases {
        let mut story = one(id, state, attributes);
        let before = story.sent.len();
        story.answers = false;
        let outcome = story.wish(&format!("entity:{id}"), endpoint, capability, goal);
        let sent: Vec<String> = story.sent[before..]
            .iter()
            .map(|call| {
                format!(
                    "{}.{} {}",
                    call["domain"].as_str().unwrap_or_default(),
                    call["service"].as_str().unwrap_or_default(),
                    call["service_data"]
                )
            })
            .collect();
        let refused = outcome
            .map(|outcome| outcome.expect_err("a refusal"))
            .unwrap_or_default();
        all += &format!("{id} {capability}: {}{refused}\n", sent.join("; "));
    }
    expect![[r#"
        valve.a ValveConfigurationAndControl: valve.close_valve {}
        valve.a ValveConfigurationAndControl: valve.set_valve_position {"position":100}
        valve.a Trigger: valve.stop_valve {}
        cover.a WindowCovering: cover.close_cover {}
        cover.a WindowCovering: it does not take `50` here
        cover.a WindowCovering: cover.stop_cover {}
        climate.a Thermostat: climate.set_temperature {"target_temp_high":24,"target_temp_low":20}
        climate.a Thermostat: climate.set_temperature {"target_temp_high":25,"target_temp_low":20}
        climate.a Thermostat: climate.set_hvac_mode {"hvac_mode":"heat_cool"}
        climate.a Thermostat: it takes this temperature only while it cools; its mode is `heat` now
        climate.b Thermostat: climate.set_temperature {"temperature":25}
        light.a ColorControl: light.turn_on {"hs_color":[10,80]}
        light.a LevelControl: light.turn_on {"brightness":1}
        media_player.a MediaPlayback: media_player.volume_set {"volume_level":0.3}
        media_player.a MediaPlayback: media_player.media_next_track {}
        lock.a DoorLock: lock.open {}
        lock.a DoorLock: it does not take `open` here
        fan.a FanControl: fan.oscillate {"oscillating":true}
        script.a Trigger: script.turn_on {}
        input_select.a ModeSelect: input_select.select_option {"option":"y"}
        water_heater.a ModeSelect: water_heater.set_away_mode {"away_mode":true}
        humidifier.a NumberSetting: humidifier.set_humidity {"humidity":45}
        sensor.a TextSetting: the device takes no `text` of TextSetting on endpoint 1
    "#]]
    .assert_eq(&all);
}

#[test]
fn what_a_thing_can_do_does_not_change_because_it_is_off() {
    let on = json!({ "supported_features": 1, "hvac_modes": ["off", "heat"], "temperature": 20, "current_temperature": 19, "hvac_action": "heating" });
    let mut story = one("climate.a", "heat", on);
    let before = story.reports.len();
    story.change(&json!({ "c": { "climate.a": { "+": { "s": "unavailable" }, "-": { "a": ["current_temperature", "temperature", "hvac_action"] } } } }));
    story.pass(3.0);
    assert!(
        !story.reports[before..]
            .iter()
            .any(|body| matches!(body, model::ReportBody::Announced(_)))
    );
    // It learns something: that is news.
    story.change(&json!({ "c": { "climate.a": { "+": { "s": "heat", "a": { "max_temp": 25, "min_temp": 5 } } } } }));
    story.pass(3.0);
    assert!(
        story.reports[before..]
            .iter()
            .any(|body| matches!(body, model::ReportBody::Announced(_)))
    );
    assert!(
        story.shown().contains("heating_setpoint* 5..25"),
        "{}",
        story.shown()
    );
}
