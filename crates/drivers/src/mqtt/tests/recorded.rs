//! What a real zigbee2mqtt published, from announcing its devices to the last word.

use super::{Story, shown};
use crate::mqtt::Listen;
use expect_test::expect;
use model::ReportBody;
use std::collections::BTreeMap;

/// Every message of the recording.
fn recording() -> Vec<(String, String)> {
    include_str!("../../../tests/fixtures/zigbee2mqtt-2.14.1.jsonl")
        .lines()
        .map(|line| {
            let json: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |key: &str| json[key].as_str().expect("a text").to_owned();
            (text("topic"), text("payload"))
        })
        .collect()
}

fn announce(story: &mut Story, until: usize) -> BTreeMap<String, model::Announcement> {
    let messages = recording();
    for (topic, payload) in messages.iter().take(until) {
        if topic.starts_with("homeassistant/") {
            story.message(topic, payload);
        }
    }
    let mut devices = BTreeMap::new();
    for report in story.core.take_announcements() {
        if let ReportBody::Announced(device) = report.body {
            devices.insert(device.name.clone(), *device);
        }
    }
    devices
}

#[test]
fn its_devices_get_the_right_capabilities() {
    let mut story = Story::new();
    let devices = announce(&mut story, usize::MAX);
    let all: Vec<String> = devices.values().map(super::announced).collect();
    expect![[r#"
        zigbee2mqtt_0x000d6f000000000a "Büro wall switch" button slug=buero_wall_switch by=IKEA model=TRADFRI on/off switch via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:Button brightness_move_down! brightness_stop! on!
          1:NumberSetting "Linkquality" value:rlqi
          1:PowerSource battery:r
          1:TextSetting text:r
          1:Trigger "Install update" activate()
          2:Trigger "Identify" activate()
        zigbee2mqtt_bridge_0x00124b00120144ae "Zigbee2MQTT Bridge" bridge slug=zigbee2mqtt_bridge by=Zigbee2MQTT model=Bridge
          1:ModeSelect "Connection state" mode:r(on|off)
          1:OnOff "Permit join" on_off:rw
          1:TextSetting "Coordinator version" text:r
          1:Trigger "Restart" activate()
          2:ModeSelect "Log level" mode:rw(error|warning|info|debug)
          2:TextSetting "Network map" text:r
          3:ModeSelect "Restart required" mode:r(on|off)
          3:TextSetting "Version" text:r
        zigbee2mqtt_0x00158d0000000003 "bathroom_climate" sensor slug=bathroom_climate by=Aqara model=Temperature and humidity sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ElectricalPowerMeasurement voltage:r
          1:NumberSetting "Linkquality" value:rlqi
          1:PowerSource battery:r
          1:PressureMeasurement pressure:r
          1:RelativeHumidityMeasurement humidity:r
          1:TemperatureMeasurement temperature:r
        zigbee2mqtt_0x680ae20000000005 "bedroom_blind" cover slug=bedroom_blind by=IKEA model=FYRTUR roller blind, block-out via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:NumberSetting "Linkquality" value:rlqi
          1:PowerSource battery:r
          1:TextSetting text:r
          1:Trigger "Install update" activate()
          1:WindowCovering position:rw motion:r stop()
          2:Trigger "Identify" activate()
        zigbee2mqtt_0x847127fffe000006 "bedroom_radiator" thermostat slug=bedroom_radiator by=Danfoss model=Ally thermostat via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ModeSelect "Adaptation run control" mode:rw(idle|initiate_adaptation|cancel_adaptation)
          1:NumberSetting "Algorithm scale factor" value:rw[1..10]
          1:PowerSource battery:r
          1:TemperatureMeasurement temperature:r
          1:TextSetting "Adaptation run status" text:r
          1:Thermostat local_temperature:r heating_setpoint:rw[5..35] system_mode:rw(heat) running_state:r
          1:Trigger "Install update" activate()
          2:ModeSelect "Preheat status" mode:r(on|off)
          2:NumberSetting "External measured room sensor" value:rw[-8000..3500]
          2:OnOff "Adaptation run settings" on_off:rw
          2:TextSetting "Preheat time" text:r
          3:ModeSelect "Programming operation mode" mode:rw(setpoint|schedule|schedule_with_preheat|eco)
          3:NumberSetting "Load estimate" value:r
          3:OnOff "Load balancing enable" on_off:rw
          3:TextSetting text:r
          4:ModeSelect "Day of week" mode:rw(sunday|monday|tuesday|wednesday|thursday|friday|saturday|away_or_vacation)
          4:NumberSetting "Load room mean" value:rw[-8000..3600]
          4:OnOff "Radiator covered" on_off:rw
          4:TextSetting "Setpoint change source" text:r
          5:ModeSelect "Heat required" mode:r(on|off)
          5:NumberSetting "Max heat setpoint limit" value:rw[5..35]°C
          5:OnOff "Window open external" on_off:rw
          5:TextSetting "System status code" text:r
          6:ModeSelect "Keypad lockout" mode:rw(unlock|lock)
          6:NumberSetting "Occupied heating setpoint scheduled" value:rw[5..35]°C
          6:OnOff "Heat available" on_off:rw
          6:TextSetting "Trigger time" text:rw
          7:ModeSelect "Mounted mode active" mode:r(on|off)
          7:NumberSetting "Abs max heat setpoint limit" value:r°C
          7:OnOff "Mounted mode control" on_off:rw
          7:TextSetting "Window open internal" text:r
          8:NumberSetting "Linkquality" value:rlqi
          8:OnOff "Thermostat orientation" on_off:rw
          9:NumberSetting "PI heating demand" value:r%
          9:OnOff "Viewing direction" on_off:rw
          10:NumberSetting "Regulation setpoint offset" value:rw[-2.5..2.5]°C
          10:OnOff "Window open feature" on_off:rw
        zigbee2mqtt_0x00124b0000000004 "front_door_contact" contact slug=front_door_contact by=eWeLink model=Contact sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:Contact open:r
          1:ElectricalPowerMeasurement voltage:r
          1:NumberSetting "Linkquality" value:rlqi
          1:PowerSource battery_low:r battery:r
        zigbee2mqtt_0x000b57fffe000007 "front_door_lock" lock slug=front_door_lock by=Danalock model=BT/ZB smartlock via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:DoorLock lock_state:rw
          1:NumberSetting "Linkquality" value:rlqi
          1:PowerSource battery:r
          1:TextSetting "Action source name" text:r
          1:Trigger "Install update" activate()
          2:TextSetting "Action user" text:r
          3:TextSetting "Pin code" text:r
          4:TextSetting text:r
        zigbee2mqtt_0x00158d0000000009 "hall/motion" motion slug=hall_motion by=Aqara model=Motion sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ElectricalPowerMeasurement voltage:r
          1:IlluminanceMeasurement illuminance:r
          1:NumberSetting "Temperature" value:r°C
          1:OccupancySensing occupied:r
          1:PowerSource battery:r
          2:NumberSetting "Linkquality" value:rlqi
          3:NumberSetting "Power outage count" value:r
        zigbee2mqtt_0xa4c1380000000002 "kitchen_plug" outlet slug=kitchen_plug by=Tuya model=Smart plug (with power monitoring) via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ElectricalEnergyMeasurement energy_imported:r
          1:ElectricalPowerMeasurement current:r power:r voltage:r
          1:ModeSelect "Indicator mode" mode:rw(off|off/on|on/off|on)
          1:NumberSetting "Countdown" value:rw[0..43200]s
          1:OnOff on_off:rw
          1:TextSetting text:r
          1:Trigger "Install update" activate()
          2:ModeSelect "Power outage memory" mode:rw(on|off|restore)
          2:NumberSetting "Linkquality" value:rlqi
          2:OnOff "Child lock" on_off:rw
          2:Trigger "Identify" activate()
          3:ModeSelect "Switch type button" mode:rw(release|press)
        zigbee2mqtt_0x00158d0000000008 "laundry_leak" leak slug=laundry_leak by=Aqara model=Water leak sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ElectricalPowerMeasurement voltage:r
          1:NumberSetting "Temperature" value:r°C
          1:PowerSource battery_low:r battery:r
          1:WaterLeak leak:r
          2:NumberSetting "Linkquality" value:rlqi
          3:NumberSetting "Power outage count" value:r
          4:NumberSetting "Trigger count" value:r
        zigbee2mqtt_0x0017880100000001 "living_room_lamp" light slug=living_room_lamp by=Philips model=Hue white and color ambiance E26/E27 via=zigbee2mqtt_bridge_0x00124b00120144ae
          1:ColorControl hue:rw saturation:rw color_temperature:rw[2000..6535] color_mode:r(hs|ct)
          1:LevelControl current_level:rw[1..NaN]
          1:ModeSelect "Effect" mode:rw(blink|breathe|okay|channel_change|candle|fireplace|colorloop|sunset|sunrise|sparkle|opal|glisten|underwater|cosmos|sunbeam|enchant|none|finish_effect|stop_effect|stop_hue_effect)
          1:NumberSetting "Effect speed" value:rw[0..1]
          1:OnOff on_off:rw
          1:TextSetting text:r
          1:Trigger "Install update" activate()
          2:ModeSelect "Effect" mode:rw(blink|breathe|okay|channel_change|candle|fireplace|colorloop|sunset|sunrise|sparkle|opal|glisten|underwater|cosmos|sunbeam|enchant|none|finish_effect|stop_effect|stop_hue_effect)
          2:NumberSetting "Linkquality" value:rlqi
          2:TextSetting "Effect color" text:w
          2:Trigger "Identify" activate()
          3:ModeSelect "Power-on behavior" mode:rw(off|on|toggle|previous)"#]].assert_eq(&all.join("\n"));
}

#[test]
fn the_whole_story_is_understood() {
    let mut story = Story::new();
    let mut text = String::new();
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let mut note = |lines: &str| {
        for line in lines.lines().filter(|line| !line.starts_with("  ")) {
            // zigbee2mqtt repeats everything each time, and tells many side values.
            let is_side = ["NumberSetting", "TextSetting", "ModeSelect", ":OnOff"]
                .iter()
                .any(|side| line.contains(side));
            let (subject, value) = line.split_once(" = ").unwrap_or((line, line));
            let is_value = line.contains(" = ");
            let is_old = is_value && last.get(subject).is_some_and(|last| last == value);
            if !is_side && !is_old {
                text.push_str(line.strip_prefix("zigbee2mqtt_").unwrap_or(line));
                text.push('\n');
                last.insert(subject.to_owned(), value.to_owned());
            }
        }
    };
    for (topic, payload) in recording() {
        if !story.core.is_discovery(&topic) {
            note(&story.settle());
            // As a broker does: what it keeps of a topic comes with the subscription.
            for change in story.core.take_listening() {
                if let Listen::Subscribe(topic) = change
                    && let Some(payload) = kept.get(topic.as_ref())
                {
                    note(&story.message(&topic, payload));
                }
            }
        }
        if topic.contains("/availability") || topic.ends_with("/state") {
            kept.insert(topic.clone(), payload.clone());
        }
        let reports = story
            .core
            .on_message(&topic, payload.as_bytes(), false, story.now);
        note(&shown(&reports));
    }
    expect![[r#"
        0x000b57fffe000007 "front_door_lock" lock slug=front_door_lock by=Danalock model=BT/ZB smartlock via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x000d6f000000000a "Büro wall switch" other slug=buero_wall_switch by=IKEA model=TRADFRI on/off switch via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x00124b0000000004 "front_door_contact" contact slug=front_door_contact by=eWeLink model=Contact sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x00158d0000000003 "bathroom_climate" sensor slug=bathroom_climate by=Aqara model=Temperature and humidity sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x00158d0000000008 "laundry_leak" leak slug=laundry_leak by=Aqara model=Water leak sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x00158d0000000009 "hall/motion" motion slug=hall_motion by=Aqara model=Motion sensor via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x0017880100000001 "living_room_lamp" light slug=living_room_lamp by=Philips model=Hue white and color ambiance E26/E27 via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x680ae20000000005 "bedroom_blind" cover slug=bedroom_blind by=IKEA model=FYRTUR roller blind, block-out via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x847127fffe000006 "bedroom_radiator" thermostat slug=bedroom_radiator by=Danfoss model=Ally thermostat via=zigbee2mqtt_bridge_0x00124b00120144ae
        0xa4c1380000000002 "kitchen_plug" outlet slug=kitchen_plug by=Tuya model=Smart plug (with power monitoring) via=zigbee2mqtt_bridge_0x00124b00120144ae
        bridge_0x00124b00120144ae "Zigbee2MQTT Bridge" bridge slug=zigbee2mqtt_bridge by=Zigbee2MQTT model=Bridge
        0x000b57fffe000007 online
        0x000d6f000000000a online
        0x00124b0000000004 online
        0x00158d0000000003 online
        0x00158d0000000008 online
        0x00158d0000000009 online
        0x0017880100000001 online
        0x680ae20000000005 online
        0x847127fffe000006 online
        0xa4c1380000000002 online
        bridge_0x00124b00120144ae online
        0x00158d0000000009 IlluminanceMeasurement.illuminance = 120lx
        0x00158d0000000009 OccupancySensing.occupied = off
        0x00158d0000000009 PowerSource.battery = 80%
        0x00158d0000000009 ElectricalPowerMeasurement.voltage = 2970mV
        0x0017880100000001 OnOff.on_off = on
        0x0017880100000001 LevelControl.current_level = 78.74
        0x0017880100000001 ColorControl.color_temperature = 250mired
        0x0017880100000001 ColorControl.color_mode = ct
        0x0017880100000001 ColorControl.color_temperature = 169mired
        0x0017880100000001 ColorControl.hue = 359.84
        0x0017880100000001 ColorControl.saturation = 90.87
        0x0017880100000001 ColorControl.color_mode = hs
        0x0017880100000001 OnOff.on_off = off
        0xa4c1380000000002 OnOff.on_off = off
        0xa4c1380000000002 ElectricalPowerMeasurement.current = 0.18A
        0xa4c1380000000002 ElectricalEnergyMeasurement.energy_imported = 12.34kWh
        0xa4c1380000000002 ElectricalPowerMeasurement.power = 42W
        0xa4c1380000000002 ElectricalPowerMeasurement.voltage = 230V
        0xa4c1380000000002 ElectricalPowerMeasurement.power = 0W
        0xa4c1380000000002 OnOff.on_off = on
        0xa4c1380000000002 ElectricalPowerMeasurement.power = 42W
        0xa4c1380000000002 ElectricalPowerMeasurement.current = 6.52A
        0xa4c1380000000002 ElectricalPowerMeasurement.power = 1500W
        0xa4c1380000000002 ElectricalEnergyMeasurement.energy_imported = 12.6kWh
        0x680ae20000000005 WindowCovering.position = 40
        0x680ae20000000005 WindowCovering.motion = stopped
        0x680ae20000000005 PowerSource.battery = 84%
        0x680ae20000000005 WindowCovering.position = 0
        0x847127fffe000006 Thermostat.local_temperature = 19.8°C
        0x847127fffe000006 Thermostat.heating_setpoint = 21.5°C
        0x847127fffe000006 Thermostat.system_mode = heat
        0x847127fffe000006 Thermostat.running_state = heating
        0x847127fffe000006 TemperatureMeasurement.temperature = 19.8°C
        0x847127fffe000006 PowerSource.battery = 75%
        0x847127fffe000006 Thermostat.local_temperature = 20.4°C
        0x847127fffe000006 TemperatureMeasurement.temperature = 20.4°C
        0x000b57fffe000007 DoorLock.lock_state = unlocked
        0x000b57fffe000007 PowerSource.battery = 95%
        0x00158d0000000003 RelativeHumidityMeasurement.humidity = 45.1%
        0x00158d0000000003 PressureMeasurement.pressure = 1013.2hPa
        0x00158d0000000003 TemperatureMeasurement.temperature = 23.4°C
        0x00158d0000000003 PowerSource.battery = 90%
        0x00158d0000000003 ElectricalPowerMeasurement.voltage = 2985mV
        0x00158d0000000003 TemperatureMeasurement.temperature = -5.25°C
        0x00158d0000000003 PowerSource.battery = 10%
        0x00158d0000000003 ElectricalPowerMeasurement.voltage = 2865mV
        0x00124b0000000004 Contact.open = on
        0x00124b0000000004 PowerSource.battery_low = off
        0x00124b0000000004 PowerSource.battery = 100%
        0x00124b0000000004 ElectricalPowerMeasurement.voltage = unknownmV
        0x00124b0000000004 PowerSource.battery_low = on
        0x00124b0000000004 Contact.open = off
        0x00124b0000000004 PowerSource.battery_low = off
        0x00158d0000000008 WaterLeak.leak = on
        0x00158d0000000008 PowerSource.battery_low = off
        0x00158d0000000008 PowerSource.battery = 100%
        0x00158d0000000008 ElectricalPowerMeasurement.voltage = 3000mV
        0x00158d0000000008 WaterLeak.leak = off
        0x00158d0000000009 OccupancySensing.occupied = on
        0x00158d0000000009 OccupancySensing.occupied = off
        0x000d6f000000000a PowerSource.battery = 87%
        0x000d6f000000000a "Büro wall switch" button slug=buero_wall_switch by=IKEA model=TRADFRI on/off switch via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x000d6f000000000a 1:Button on!
        0x000d6f000000000a "Büro wall switch" button slug=buero_wall_switch by=IKEA model=TRADFRI on/off switch via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x000d6f000000000a 1:Button brightness_move_down!
        0x000d6f000000000a "Büro wall switch" button slug=buero_wall_switch by=IKEA model=TRADFRI on/off switch via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x000d6f000000000a 1:Button brightness_stop!
        0x0017880100000001 OnOff.on_off = on
        0x0017880100000001 offline
        0x0017880100000001 online
        0x680ae2000000000b "0x680ae2000000000b" light slug=0x680ae2000000000b by=IKEA model=TRADFRI bulb E26/E27, warm white, globe, opal, 806 lm via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x680ae2000000000b online
        0x680ae2000000000b "attic_bulb" light slug=attic_bulb by=IKEA model=TRADFRI bulb E26/E27, warm white, globe, opal, 806 lm via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x680ae2000000000b OnOff.on_off = unknown
        0x680ae2000000000b OnOff.on_off = on
        0x680ae2000000000b LevelControl.current_level = 35.43
        0x680ae2000000000b "attic_bulb" other slug=attic_bulb by=IKEA model=TRADFRI bulb E26/E27, warm white, globe, opal, 806 lm via=zigbee2mqtt_bridge_0x00124b00120144ae
        0x680ae2000000000b is gone
        0x000b57fffe000007 offline
        0x000d6f000000000a offline
        0x00124b0000000004 offline
        0x00158d0000000003 offline
        0x00158d0000000008 offline
        0x00158d0000000009 offline
        0x0017880100000001 offline
        0x680ae20000000005 offline
        0x847127fffe000006 offline
        0xa4c1380000000002 offline
        bridge_0x00124b00120144ae offline
    "#]].assert_eq(&text);
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let mut there = Story::new();
    let first = announce(&mut there, usize::MAX);
    let mut back = Story::new();
    let mut latest = BTreeMap::new();
    for (topic, payload) in recording() {
        if topic.starts_with("homeassistant/") {
            latest.insert(topic, payload);
        }
    }
    for (topic, payload) in latest.iter().rev() {
        back.message(topic, payload);
    }
    for report in back.core.take_announcements() {
        if let ReportBody::Announced(device) = report.body {
            let before = &first[&device.name];
            assert_eq!(super::announced(before), super::announced(&device));
        }
    }
}

#[test]
fn its_devices_are_told_in_its_own_words() {
    let mut story = Story::new();
    let devices = announce(&mut story, usize::MAX);
    let id = |name: &str| devices[name].native_id.clone();
    let mut text = String::new();
    for (name, wish) in [
        ("living_room_lamp", "OnOff.on_off = true"),
        ("living_room_lamp", "LevelControl.current_level = 50"),
        ("living_room_lamp", "ColorControl.color_temperature = 4000"),
        ("living_room_lamp", "ColorControl.hue = 0, saturation = 100"),
        ("kitchen_plug", "OnOff.on_off = false"),
        ("bedroom_blind", "WindowCovering.position = 40"),
        ("bedroom_blind", "WindowCovering.stop()"),
        ("bedroom_radiator", "Thermostat.heating_setpoint = 21.5"),
        ("bedroom_radiator", "Thermostat.system_mode = heat"),
        ("front_door_lock", "DoorLock.lock_state = unlocked"),
    ] {
        text.push_str(&story.wish(&id(name), wish));
    }
    expect![[r#"
        > zigbee2mqtt/living_room_lamp/set {state: "ON"}
        > zigbee2mqtt/living_room_lamp/set {brightness: 127, state: "ON"}
        > zigbee2mqtt/living_room_lamp/set {color_temp: 250, state: "ON"}
        > zigbee2mqtt/living_room_lamp/set {color: {x: 0.7006, y: 0.2993}, state: "ON"}
        > zigbee2mqtt/kitchen_plug/set OFF
        > zigbee2mqtt/bedroom_blind/set {position: 40}
        > zigbee2mqtt/bedroom_blind/set STOP
        > zigbee2mqtt/bedroom_radiator/set/occupied_heating_setpoint 21.5
        > zigbee2mqtt/bedroom_radiator/set/system_mode heat
        > zigbee2mqtt/front_door_lock/set UNLOCK
    "#]]
    .assert_eq(&text);
}
