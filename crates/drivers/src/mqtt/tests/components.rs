//! Every component kind: what its message becomes, how a state reads, what a wish publishes.

use super::Story;
use crate::mqtt::component::KINDS;
use expect_test::{Expect, expect};

/// One device with one entity, states on its topics, and wishes.
fn check(
    component: &str,
    config: &str,
    states: &[(&str, &str)],
    wishes: &[&str],
    expected: &Expect,
) {
    let config = config.replacen(
        '{',
        r#"{"name":null,"unique_id":"x","device":{"ids":["d"],"name":"Thing"},"#,
        1,
    );
    let mut story = Story::new();
    let mut text = story.config(&format!("{component}/x"), &config);
    for (topic, payload) in states {
        text.push_str(&story.message(topic, payload).replace("d online\n", ""));
    }
    for wish in wishes {
        text.push_str(&story.wish("d", wish));
    }
    expected.assert_eq(&text);
}

#[test]
fn switch_and_siren() {
    check(
        "switch",
        r#"{"~":"s","stat_t":"~/state","cmd_t":"~/set","pl_on":"1","pl_off":"0","ret":true}"#,
        &[("s/state", "1"), ("s/state", "0"), ("s/state", "perhaps")],
        &[
            "OnOff.on_off = true",
            "OnOff.toggle()",
            "LevelControl.current_level = 5",
            "2:OnOff.on_off = true",
        ],
        &expect![[r#"
            d "Thing" switch
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d OnOff.on_off = off
            > s/set 1 (kept)
            failed: the device takes no `toggle` of OnOff on endpoint 1
            failed: the device takes no `current_level` of LevelControl on endpoint 1
            failed: the device takes no `on_off` of OnOff on endpoint 2
        "#]],
    );
    check(
        "siren",
        r#"{"stat_t":"s","cmd_t":"s/set"}"#,
        &[("s", r#"{"state":"ON"}"#), ("s", "OFF")],
        &["OnOff.on_off = true"],
        &expect![[r#"
            d "Thing" alarm
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d OnOff.on_off = off
            > s/set {state: "ON"}
        "#]],
    );
    // Nobody reports: the wish ends when it was handed over.
    check(
        "switch",
        r#"{"cmd_t":"s/set"}"#,
        &[],
        &["OnOff.on_off = false"],
        &expect![[r#"
            d "Thing" switch
              1:OnOff on_off:w
            d online
            > s/set OFF
        "#]],
    );
}

#[test]
fn sensors() {
    for (config, states, expected) in [
        (
            r#"{"stat_t":"t","dev_cla":"temperature","unit_of_meas":"°F","val_tpl":"{{ value_json.t }}"}"#,
            &[
                ("t", r#"{"t":68}"#),
                ("t", r#"{"t":null}"#),
                ("t", r#"{"u":1}"#),
                ("t", r#"{"t":"unavailable"}"#),
            ][..],
            expect![[r#"
                d "Thing" sensor
                  1:TemperatureMeasurement temperature:r
                d TemperatureMeasurement.temperature = 68°F
                d TemperatureMeasurement.temperature = unknown°F
                d TemperatureMeasurement.temperature = unknown°F
            "#]],
        ),
        (
            r#"{"stat_t":"t","dev_cla":"energy","unit_of_meas":"Wh","name":"Grid export"}"#,
            &[("t", "1500")],
            expect![[r#"
                d "Thing" meter
                  1:ElectricalEnergyMeasurement energy_exported:r
                d ElectricalEnergyMeasurement.energy_exported = 1500Wh
            "#]],
        ),
        (
            r#"{"stat_t":"t","unit_of_meas":"lqi"}"#,
            &[("t", "142")],
            expect![[r#"
                d "Thing" sensor
                  1:NumberSetting value:rlqi
                d NumberSetting.value = 142
            "#]],
        ),
        (
            r#"{"stat_t":"t","dev_cla":"volatile_organic_compounds","unit_of_meas":"µg/m³"}"#,
            &[("t", "12")],
            expect![[r#"
                d "Thing" sensor
                  1:NumberSetting value:rµg/m³
                d NumberSetting.value = 12
            "#]],
        ),
        (
            r#"{"stat_t":"t","dev_cla":"enum","ops":["a","b"]}"#,
            &[("t", "a")],
            expect![[r#"
                d "Thing" sensor
                  1:TextSetting text:r
                d TextSetting.text = a
            "#]],
        ),
        (
            r#"{"stat_t":"t"}"#,
            &[("t", "hello")],
            expect![[r#"
            d "Thing" sensor
              1:TextSetting text:r
            d TextSetting.text = hello
        "#]],
        ),
        (
            r#"{"stat_t":"t","dev_cla":"wind_speed","unit_of_meas":"km/h"}"#,
            &[("t", "36")],
            expect![[r#"
                d "Thing" weather
                  1:WeatherStation wind_speed:r
                d WeatherStation.wind_speed = 36km/h
            "#]],
        ),
    ] {
        check("sensor", config, states, &[], &expected);
    }
}

#[test]
fn a_light_barrier_goes_by_its_name() {
    check(
        "binary_sensor",
        r#"{"stat_t":"s","name":"Obstruction","dev_cla":"problem"}"#,
        &[("s", "ON")],
        &[],
        &expect![[r#"
            d "Thing" sensor
              1:Obstruction obstructed:r
            d Obstruction.obstructed = on
        "#]],
    );
}

#[test]
fn binary_sensors() {
    for (class, expected) in [
        (
            "door",
            expect![[r#"
            d "Thing" contact
              1:Contact open:r
            d Contact.open = on
        "#]],
        ),
        (
            "motion",
            expect![[r#"
            d "Thing" motion
              1:OccupancySensing occupied:r
            d OccupancySensing.occupied = on
        "#]],
        ),
        (
            "moisture",
            expect![[r#"
            d "Thing" leak
              1:WaterLeak leak:r
            d WaterLeak.leak = on
        "#]],
        ),
        (
            "smoke",
            expect![[r#"
            d "Thing" smoke
              1:SmokeCoAlarm smoke:r
            d SmokeCoAlarm.smoke = on
        "#]],
        ),
        (
            "battery",
            expect![[r#"
            d "Thing" battery
              1:PowerSource battery_low:r
            d PowerSource.battery_low = on
        "#]],
        ),
        (
            "vibration",
            expect![[r#"
            d "Thing" sensor
              1:ModeSelect mode:r(on|off)
            d ModeSelect.mode = on
        "#]],
        ),
    ] {
        let config = format!(
            r#"{{"stat_t":"t","dev_cla":"{class}","pl_on":true,"pl_off":false,"val_tpl":"{{{{ value_json.x }}}}"}}"#
        );
        check(
            "binary_sensor",
            &config,
            &[("t", r#"{"x":true}"#)],
            &[],
            &expected,
        );
    }
}

#[test]
fn climate() {
    check(
        "climate",
        r#"{"temp_unit":"F","curr_temp_t":"c/t","temp_cmd_t":"c/set","temp_stat_t":"c/sp","min_temp":45,"max_temp":86,
            "modes":["off","heat","heat_cool"],"mode_cmd_t":"c/mode/set","mode_stat_t":"c/mode","act_t":"c/act",
            "pr_modes":["eco","away"],"pr_mode_cmd_t":"c/preset/set","pr_mode_stat_t":"c/preset",
            "curr_hum_t":"c/h","fan_mode_cmd_t":"c/fan/set"}"#,
        &[
            ("c/t", "68"),
            ("c/sp", "70"),
            ("c/mode", "heat_cool"),
            ("c/act", "heating"),
            ("c/preset", "eco"),
            ("c/h", "45"),
        ],
        &[
            "Thermostat.heating_setpoint = 21",
            "Thermostat.system_mode = auto",
            "ModeSelect.mode = away",
            "Thermostat.system_mode = cool",
        ],
        &expect![[r#"
            d "Thing" thermostat
              1:ModeSelect "Preset" mode:rw(none|eco|away)
              1:RelativeHumidityMeasurement humidity:r
              1:Thermostat local_temperature:r heating_setpoint:rw[7.22..30] system_mode:rw(off|heat|auto) running_state:r
              2:ModeSelect "Fan" mode:w(auto|low|medium|high)
            d Thermostat.local_temperature = 68°F
            d Thermostat.heating_setpoint = 70°F
            d Thermostat.system_mode = auto
            d Thermostat.running_state = heating
            d ModeSelect.mode = eco
            d RelativeHumidityMeasurement.humidity = 45%
            > c/set 69.8
            > c/mode/set heat_cool
            > c/preset/set away
            failed: the device does not take `cool` here
        "#]],
    );
    check(
        "climate",
        r#"{"modes":["off","cool"],"mode_cmd_t":"c/mode/set","temp_cmd_t":"c/set"}"#,
        &[],
        &["Thermostat.cooling_setpoint = 24.5"],
        &expect![[r#"
            d "Thing" thermostat
              1:Thermostat cooling_setpoint:w system_mode:w(off|cool)
            d online
            > c/set 24.5
        "#]],
    );
    check(
        "water_heater",
        r#"{"curr_temp_t":"w/t","temp_cmd_t":"w/set","temp_stat_t":"w/sp","modes":["off","eco"],"mode_cmd_t":"w/mode/set","mode_stat_t":"w/mode"}"#,
        &[("w/t", "55"), ("w/sp", "60")],
        &["NumberSetting.value = 50"],
        &expect![[r#"
            d "Thing" appliance
              1:ModeSelect "Mode" mode:rw(off|eco)
              1:NumberSetting "Water temperature" value:rw[40..60]°C
              1:TemperatureMeasurement temperature:r
            d TemperatureMeasurement.temperature = 55°C
            d NumberSetting.value = 60
            > w/set 50
        "#]],
    );
    check(
        "humidifier",
        r#"{"cmd_t":"h/set","stat_t":"h","hum_cmd_t":"h/target/set","hum_stat_t":"h/target","curr_hum_t":"h/now"}"#,
        &[("h", "ON"), ("h/target", "50"), ("h/now", "41")],
        &["OnOff.on_off = false", "NumberSetting.value = 45"],
        &expect![[r#"
            d "Thing" appliance
              1:NumberSetting "Target humidity" value:rw[0..100]%
              1:OnOff on_off:rw
              1:RelativeHumidityMeasurement humidity:r
            d OnOff.on_off = on
            d NumberSetting.value = 50
            d RelativeHumidityMeasurement.humidity = 41%
            > h/set OFF
            > h/target/set 45
        "#]],
    );
}

#[test]
fn covers_and_valves() {
    check(
        "cover",
        r#"{"cmd_t":"c/set","stat_t":"c","pos_t":"c/pos","set_pos_t":"c/pos/set","pos_open":0,"pos_clsd":255,
            "tilt_cmd_t":"c/tilt/set","tilt_status_t":"c/tilt"}"#,
        &[("c", "opening"), ("c/pos", "51"), ("c/tilt", "30")],
        &[
            "WindowCovering.position = 20",
            "WindowCovering.stop()",
            "WindowCovering.tilt = 70",
        ],
        &expect![[r#"
            d "Thing" cover
              1:WindowCovering position:rw motion:r tilt:rw stop()
            d WindowCovering.motion = opening
            d WindowCovering.position = 80
            d WindowCovering.tilt = 30
            > c/pos/set 204
            > c/set STOP
            > c/tilt/set 70
        "#]],
    );
    check(
        "cover",
        r#"{"cmd_t":"g/set","stat_t":"g","dev_cla":"garage","pl_stop":null}"#,
        &[("g", "open"), ("g", "closing"), ("g", "closed")],
        &[
            "WindowCovering.position = 100",
            "WindowCovering.position = 40",
        ],
        &expect![[r#"
            d "Thing" garage_door
              1:WindowCovering motion:r position:rw
            d WindowCovering.motion = stopped
            d WindowCovering.position = 100
            d WindowCovering.motion = closing
            d WindowCovering.motion = stopped
            d WindowCovering.position = 0
            > g/set OPEN
            failed: the device does not take `40` here
        "#]],
    );
    check(
        "valve",
        r#"{"cmd_t":"v/set","stat_t":"v","pos":true}"#,
        &[("v", "40"), ("v", "0")],
        &[
            "ValveConfigurationAndControl.position = 30",
            "ValveConfigurationAndControl.open = false",
        ],
        &expect![[r#"
            d "Thing" valve
              1:ValveConfigurationAndControl position:rw open:rw
            d ValveConfigurationAndControl.position = 40
            d ValveConfigurationAndControl.open = on
            d ValveConfigurationAndControl.position = 0
            d ValveConfigurationAndControl.open = off
            > v/set 30
            > v/set 0
        "#]],
    );
    check(
        "valve",
        r#"{"cmd_t":"v/set","stat_t":"v"}"#,
        &[("v", "open"), ("v", "opening")],
        &["ValveConfigurationAndControl.open = true"],
        &expect![[r#"
            d "Thing" valve
              1:ValveConfigurationAndControl open:rw
            d ValveConfigurationAndControl.open = on
            > v/set OPEN
        "#]],
    );
}

#[test]
fn fans_locks_and_alarms() {
    check(
        "fan",
        r#"{"cmd_t":"f/set","stat_t":"f","pct_cmd_t":"f/pct/set","pct_stat_t":"f/pct","spd_rng_min":1,"spd_rng_max":4,
            "osc_cmd_t":"f/osc/set","osc_stat_t":"f/osc","dir_cmd_t":"f/dir/set","pr_modes":["auto","sleep"],"pr_mode_cmd_t":"f/mode/set"}"#,
        &[("f", "ON"), ("f/pct", "3"), ("f/osc", "oscillate_on")],
        &[
            "FanControl.percent = 50",
            "FanControl.oscillating = false",
            "FanControl.direction = reverse",
            "FanControl.fan_mode = sleep",
        ],
        &expect![[r#"
            d "Thing" fan
              1:FanControl percent:rw oscillating:rw direction:w fan_mode:w(auto|sleep)
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d FanControl.percent = 75
            d FanControl.oscillating = on
            > f/pct/set 2
            > f/osc/set oscillate_off
            > f/dir/set reverse
            > f/mode/set sleep
        "#]],
    );
    check(
        "lock",
        r#"{"cmd_t":"l/set","stat_t":"l"}"#,
        &[("l", "LOCKED"), ("l", "JAMMED")],
        &["DoorLock.lock_state = locked", "DoorLock.lock_state = open"],
        &expect![[r#"
            d "Thing" lock
              1:DoorLock lock_state:rw
            d DoorLock.lock_state = locked
            d DoorLock.lock_state = jammed
            > l/set LOCK
            failed: the device does not take `open` here
        "#]],
    );
    check(
        "alarm_control_panel",
        r#"{"cmd_t":"a/set","stat_t":"a","sup_feat":["arm_home","arm_away"]}"#,
        &[("a", "armed_away"), ("a", "triggered")],
        &[
            "SecurityAlarm.alarm_state = armed_home",
            "SecurityAlarm.alarm_state = disarmed",
            "SecurityAlarm.alarm_state = armed_night",
        ],
        &expect![[r#"
            d "Thing" alarm
              1:SecurityAlarm alarm_state:rw
            d SecurityAlarm.alarm_state = armed_away
            d SecurityAlarm.alarm_state = triggered
            > a/set ARM_HOME
            > a/set DISARM
            failed: the device does not take `armed_night` here
        "#]],
    );
}

#[test]
fn events_and_trackers() {
    check(
        "event",
        r#"{"stat_t":"e","evt_typ":["single","double","spin"]}"#,
        &[
            ("e", r#"{"event_type":"double"}"#),
            ("e", r#"{"event_type":"spin"}"#),
            ("e", "nonsense"),
        ],
        &[],
        &expect![[r#"
            d "Thing" button
              1:Button press! double_press! spin!
            d 1:Button double_press!
            d 1:Button spin!
        "#]],
    );
    check(
        "device_automation",
        r#"{"atype":"trigger","t":"r/action","pl":"1_press","type":"button_short_press","stype":"button_1"}"#,
        &[("r/action", "1_press"), ("r/action", "2_press")],
        &[],
        &expect![[r#"
            d "Thing" button
              1:Button press!
            d 1:Button press!
        "#]],
    );
    check(
        "tag",
        r#"{"t":"tag","val_tpl":"{{ value_json.id }}"}"#,
        &[("tag", r#"{"id":"E9"}"#)],
        &[],
        &expect![[r#"
            d "Thing" button
              1:Button scanned!
            d 1:Button scanned!
        "#]],
    );
    check(
        "device_tracker",
        r#"{"stat_t":"p"}"#,
        &[("p", "home"), ("p", "Work"), ("p", "not_home")],
        &[],
        &expect![[r#"
            d "Thing" person
              1:Presence home:r location:r
            d Presence.home = on
            d Presence.location = unknown
            d Presence.home = off
            d Presence.location = Work
            d Presence.home = off
            d Presence.location = unknown
        "#]],
    );
}

#[test]
fn settings_and_actions() {
    check(
        "number",
        r#"{"cmd_t":"n/set","stat_t":"n","min":0,"max":10,"step":0.5,"unit_of_meas":"min","cmd_tpl":"{\"t\": {{ value }}}"}"#,
        &[("n", "4.5")],
        &["NumberSetting.value = 7", "NumberSetting.value = 7.5"],
        &expect![[r#"
            d "Thing" other
              1:NumberSetting value:rw[0..10]min
            d NumberSetting.value = 4.5
            > n/set {t: 7}
            > n/set {t: 7.5}
        "#]],
    );
    check(
        "select",
        r#"{"cmd_t":"n/set","stat_t":"n","ops":["a","b"]}"#,
        &[("n", "b")],
        &["ModeSelect.mode = a"],
        &expect![[r#"
            d "Thing" other
              1:ModeSelect mode:rw(a|b)
            d ModeSelect.mode = b
            > n/set a
        "#]],
    );
    check(
        "text",
        r#"{"cmd_t":"n/set","stat_t":"n"}"#,
        &[("n", "hi")],
        &["TextSetting.text = yo"],
        &expect![[r#"
            d "Thing" other
              1:TextSetting text:rw
            d TextSetting.text = hi
            > n/set yo
        "#]],
    );
    check(
        "notify",
        r#"{"cmd_t":"n/set"}"#,
        &[],
        &["TextSetting.text = dinner"],
        &expect![[r#"
            d "Thing" other
              1:TextSetting text:w
            d online
            > n/set dinner
        "#]],
    );
    check(
        "button",
        r#"{"cmd_t":"b/set","pl_prs":"restart"}"#,
        &[],
        &["Trigger.activate()"],
        &expect![[r#"
            d "Thing" other
              1:Trigger activate()
            d online
            > b/set restart
        "#]],
    );
    check(
        "scene",
        r#"{"cmd_t":"b/set"}"#,
        &[],
        &["Trigger.activate()"],
        &expect![[r#"
            d "Thing" other
              1:Trigger activate()
            d online
            > b/set ON
        "#]],
    );
    check(
        "update",
        r#"{"stat_t":"u","pl_inst":"go","cmd_t":"u/set"}"#,
        &[
            ("u", r#"{"installed_version":"1.0","latest_version":"1.1"}"#),
            ("u", "1.1"),
        ],
        &["Trigger.activate()"],
        &expect![[r#"
            d "Thing" other
              1:TextSetting text:r
              1:Trigger "Install update" activate()
            d TextSetting.text = 1.0 (1.1 is available)
            d TextSetting.text = 1.1
            > u/set go
        "#]],
    );
    check(
        "camera",
        r#"{"t":"cam"}"#,
        &[],
        &[],
        &expect![[r#"
        d "Thing" other
          1:TextSetting text:
        d online
    "#]],
    );
    check(
        "image",
        r#"{"url_t":"img"}"#,
        &[("img", "http://x/y.png")],
        &[],
        &expect![[r#"
            d "Thing" other
              1:TextSetting text:r
            d TextSetting.text = http://x/y.png
        "#]],
    );
}

#[test]
fn robots() {
    check(
        "vacuum",
        r#"{"stat_t":"v","cmd_t":"v/cmd","sup_feat":["start","pause","return_home","battery"],"fanspd_lst":["min","max"],"set_fan_spd_t":"v/fan"}"#,
        &[("v", r#"{"state":"cleaning","battery_level":61}"#)],
        &[
            "Trigger.activate()",
            "3:Trigger.activate()",
            "2:ModeSelect.mode = max",
        ],
        &expect![[r#"
            d "Thing" appliance
              1:ModeSelect "State" mode:r(cleaning|docked|paused|idle|returning|error)
              1:PowerSource battery:r
              1:Trigger "Start" activate()
              2:ModeSelect "Suction" mode:w(min|max)
              2:Trigger "Pause" activate()
              3:Trigger "Return to the dock" activate()
            d ModeSelect.mode = cleaning
            d PowerSource.battery = 61
            > v/cmd start
            > v/cmd return_to_base
            > v/fan max
        "#]],
    );
    check(
        "lawn_mower",
        r#"{"act_stat_t":"m","strt_mw_cmd_t":"m/start","dock_cmd_t":"m/dock"}"#,
        &[("m", "mowing")],
        &["Trigger.activate()", "2:Trigger.activate()"],
        &expect![[r#"
            d "Thing" appliance
              1:ModeSelect "State" mode:r(mowing|paused|docked|returning|error)
              1:Trigger "Start mowing" activate()
              2:Trigger "Return to the dock" activate()
            d ModeSelect.mode = mowing
            > m/start start_mowing
            > m/dock dock
        "#]],
    );
}

/// No kind may be forgotten here: each is understood with the topics that all could have.
#[test]
fn every_kind_becomes_something() {
    for kind in KINDS {
        let config = r#"{"unique_id":"x","state_topic":"s","command_topic":"c","topic":"t","schema":"basic",
            "mode_command_topic":"m","activity_state_topic":"a","position_topic":"p",
            "image_topic":"i","url_topic":"u","event_types":["press"],"device":{"identifiers":["d"]}}"#;
        let mut story = Story::new();
        let text = story.config(&format!("{kind}/x"), config);
        assert!(text.starts_with("d \"d\""), "{kind}: {text}");
        assert!(text.lines().count() > 1, "{kind}: {text}");
    }
}
