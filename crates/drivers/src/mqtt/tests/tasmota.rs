//! Tasmota's own discovery.

use super::Story;
use expect_test::expect;

const CONFIG: &str = r#"{"ip":"10.0.0.7","dn":"Strip","fn":["Left","Right",null],"hn":"strip-7","mac":"AABBCC","md":"Sonoff Dual",
    "ofln":"Offline","onln":"Online","state":["OFF","ON","TOGGLE","HOLD"],"t":"strip","ft":"%prefix%/%topic%/",
    "tp":["cmnd","stat","tele"],"rl":[1,1,0,0],"lt_st":0,"ver":1}"#;
const SENSORS: &str = r#"{"sn":{"Time":"x","ENERGY":{"Total":1.5,"Power":[3,4]},"AM2301":{"Temperature":70,"Humidity":40},"TempUnit":"F"},"ver":1}"#;

#[test]
fn relays_and_sensors() {
    let mut story = Story::new();
    let mut text = story.message("tasmota/discovery/AABBCC/config", CONFIG);
    text.push_str(&story.message("tasmota/discovery/AABBCC/sensors", SENSORS));
    text.push_str(&story.settle());
    for (topic, payload) in [
        ("tele/strip/LWT", "Online"),
        ("tele/strip/STATE", r#"{"POWER1":"ON","POWER2":"OFF"}"#),
        ("stat/strip/RESULT", r#"{"POWER2":"ON"}"#),
        (
            "tele/strip/SENSOR",
            r#"{"ENERGY":{"Total":1.6,"Power":[5,6]},"AM2301":{"Temperature":68,"Humidity":null}}"#,
        ),
        ("tele/strip/LWT", "Offline"),
    ] {
        text.push_str(&story.message(topic, payload));
    }
    text.push_str(&story.wish("AABBCC", "OnOff.on_off = true"));
    text.push_str(&story.wish("AABBCC", "2:OnOff.on_off = false"));
    text.push_str(&story.message("tasmota/discovery/AABBCC/sensors", ""));
    text.push_str(&story.message("tasmota/discovery/AABBCC/config", ""));
    text.push_str(&story.settle());
    expect![[r#"
        AABBCC "Strip" outlet by=Tasmota model=Sonoff Dual
          1:ElectricalEnergyMeasurement energy_imported:r
          1:ElectricalPowerMeasurement "ENERGY Power 0" power:r
          1:OnOff "Left" on_off:rw
          1:RelativeHumidityMeasurement humidity:r
          1:TemperatureMeasurement temperature:r
          2:ElectricalPowerMeasurement "ENERGY Power 1" power:r
          2:OnOff "Right" on_off:rw
        AABBCC online
        AABBCC OnOff.on_off = on
        AABBCC 2:OnOff.on_off = off
        AABBCC 2:OnOff.on_off = on
        AABBCC RelativeHumidityMeasurement.humidity = unknown%
        AABBCC TemperatureMeasurement.temperature = 68°F
        AABBCC ElectricalPowerMeasurement.power = 5W
        AABBCC 2:ElectricalPowerMeasurement.power = 6W
        AABBCC ElectricalEnergyMeasurement.energy_imported = 1.6kWh
        AABBCC offline
        > cmnd/strip/POWER1 ON
        > cmnd/strip/POWER2 OFF
        AABBCC is gone
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_bulb_of_every_colour() {
    let config = CONFIG
        .replace("[1,1,0,0]", "[2,0]")
        .replace("\"lt_st\":0", "\"lt_st\":5")
        .replace("\"t\":\"strip\"", "\"t\":\"bulb\"");
    let mut story = Story::new();
    let mut text = story.message("tasmota/discovery/AABBCC/config", &config);
    text.push_str(&story.settle());
    for (topic, payload) in [
        (
            "tele/bulb/STATE",
            r#"{"POWER":"ON","Dimmer":40,"HSBColor":"120,50,40","CT":250}"#,
        ),
        ("stat/bulb/RESULT", r#"{"POWER":"OFF"}"#),
    ] {
        text.push_str(&story.message(topic, payload));
    }
    for wish in [
        "OnOff.on_off = true",
        "LevelControl.current_level = 30",
        "ColorControl.hue = 240, saturation = 80",
        "ColorControl.color_temperature = 3000",
    ] {
        text.push_str(&story.wish("AABBCC", wish));
    }
    expect![[r#"
        AABBCC "Strip" light by=Tasmota model=Sonoff Dual
          1:ColorControl hue:rw saturation:rw color_temperature:rw[2000..6535]
          1:LevelControl current_level:rw[1..NaN]
          1:OnOff on_off:rw
        AABBCC OnOff.on_off = on
        AABBCC LevelControl.current_level = 40
        AABBCC ColorControl.color_temperature = 250mired
        AABBCC ColorControl.hue = 120
        AABBCC ColorControl.saturation = 50
        AABBCC OnOff.on_off = off
        > cmnd/bulb/POWER ON
        > cmnd/bulb/Dimmer 30
        > cmnd/bulb/POWER ON
        > cmnd/bulb/Backlog HSBColor1 240; HSBColor2 80
        > cmnd/bulb/POWER ON
        > cmnd/bulb/CT 333
        > cmnd/bulb/POWER ON
    "#]]
    .assert_eq(&text);
}

#[test]
fn sensors_may_come_before_their_device() {
    let mut story = Story::new();
    story.message("tasmota/discovery/AABBCC/sensors", SENSORS);
    assert_eq!(story.settle(), "");
    story.message("tasmota/discovery/AABBCC/config", CONFIG);
    assert!(story.settle().contains("TemperatureMeasurement"));
}
