//! The key `capability`: entities that say themselves which property or action they are.

use super::Story;
use crate::mqtt::{component, config::Config, template::Engine};
use expect_test::{Expect, expect};

/// An entity of the device `d`.
fn entity(unique: &str, body: &str) -> String {
    format!(
        r#"{{"name":"{unique}","uniq_id":"{unique}",{body},"dev":{{"ids":["d"],"name":"Thing"}}}}"#
    )
}

/// Several entities of one device, states, and wishes.
fn check(
    entities: &[(&str, &str, &str)],
    states: &[(&str, &str)],
    wishes: &[&str],
    expected: &Expect,
) {
    let story = |entities: &mut dyn Iterator<Item = &(&str, &str, &str)>| {
        let mut story = Story::new();
        for (component, unique, body) in entities {
            let topic = format!("homeassistant/{component}/{unique}/config");
            let text = story.message(&topic, &entity(unique, body));
            assert_eq!(text, "");
        }
        let text = story.settle();
        (story, text)
    };
    let (mut told, mut text) = story(&mut entities.iter());
    let (_, backwards) = story(&mut entities.iter().rev());
    assert_eq!(text, backwards, "the order of arrival matters");
    for (topic, payload) in states {
        text.push_str(&told.message(topic, payload).replace("d online\n", ""));
    }
    for wish in wishes {
        text.push_str(&told.wish("d", wish));
    }
    expected.assert_eq(&text);
}

/// What is wrong with an entity's key, for people; nothing where all is well.
fn fault(component: &str, body: &str) -> String {
    let json = serde_json::from_str(&format!("{{{body}}}")).expect("json");
    let config = Config::read(&json).expect("a config");
    let entity = component::read(component, &config, "x".to_owned(), &mut Engine::new());
    entity.expect("never dropped").fault.unwrap_or_default()
}

#[test]
fn a_media_player_is_one() {
    check(
        &[
            (
                "select",
                "State",
                r#""capability":"MediaPlayback.playback_state","stat_t":"d","val_tpl":"{{ value_json.s }}","cmd_t":"d/state","ops":["Playing","Paused","off"]"#,
            ),
            (
                "number",
                "Volume",
                r#""capability":"MediaPlayback.volume","stat_t":"d","val_tpl":"{{ value_json.v }}","cmd_t":"d/volume","cmd_tpl":"{\"v\":{{ value }}}","min":0,"max":60,"step":2"#,
            ),
            (
                "switch",
                "Muted",
                r#""capability":"MediaPlayback.muted","stat_t":"d","val_tpl":"{{ value_json.m }}","cmd_t":"d/muted","stat_on":true,"stat_off":false"#,
            ),
            (
                "select",
                "Source",
                r#""capability":"MediaPlayback.source","cmd_t":"d/source","ops":["radio","tv"]"#,
            ),
            (
                "sensor",
                "Title",
                r#""capability":"MediaPlayback.title","stat_t":"d","val_tpl":"{{ value_json.t }}""#,
            ),
            (
                "button",
                "Next",
                r#""capability":"MediaPlayback.next","cmd_t":"d/next","pl_prs":"GO""#,
            ),
            (
                "button",
                "Previous",
                r#""capability":"MediaPlayback.previous","cmd_t":"d/previous""#,
            ),
            ("button", "Restart", r#""cmd_t":"d/restart""#),
        ],
        &[
            ("d", r#"{"s":"Playing","v":30,"m":true,"t":"A song"}"#),
            ("d", r#"{"s":null,"v":null,"m":null,"t":null}"#),
        ],
        &[
            "MediaPlayback.volume = 42",
            "MediaPlayback.playback_state = paused, muted = false",
            "MediaPlayback.playback_state = stopped",
            "MediaPlayback.source = tv",
            "MediaPlayback.title = nothing",
            "MediaPlayback.next()",
            "MediaPlayback.previous()",
            "Trigger.activate()",
        ],
        &expect![[r#"
            d "Thing" media_player
              1:MediaPlayback muted:rw source:w(radio|tv) playback_state:rw(playing|paused|off) title:r volume:rw[0..60] next() previous()
              1:Trigger "Restart" activate()
            d MediaPlayback.muted = on
            d MediaPlayback.playback_state = playing
            d MediaPlayback.title = A song
            d MediaPlayback.volume = 30%
            d MediaPlayback.muted = unknown
            d MediaPlayback.playback_state = unknown
            d MediaPlayback.title = unknown
            d MediaPlayback.volume = unknown%
            > d/volume {v: 42}
            > d/state Paused
            > d/muted OFF
            failed: the device does not take `stopped` here
            > d/source tv
            failed: the device takes no `title` of MediaPlayback on endpoint 1
            > d/next GO
            > d/previous PRESS
            > d/restart PRESS
        "#]],
    );
}

#[test]
fn measurements_of_one_station_meet_whoever_says_what_they_are() {
    check(
        &[
            (
                "sensor",
                "Wind",
                r#""stat_t":"w","dev_cla":"wind_speed","unit_of_meas":"m/s""#,
            ),
            (
                "sensor",
                "Gusts",
                r#""capability":"WeatherStation.wind_gust","stat_t":"g","unit_of_meas":"km/h""#,
            ),
            (
                "sensor",
                "Clouds",
                r#""capability":"WeatherStation.cloud_cover","stat_t":"c","unit_of_meas":"%""#,
            ),
            (
                "sensor",
                "UV",
                r#""capability":"WeatherStation.uv_index","stat_t":"u","unit_of_meas":"UV index""#,
            ),
            (
                "sensor",
                "Sky",
                r#""capability":"WeatherStation.condition","stat_t":"s""#,
            ),
            (
                "sensor",
                "Warmth",
                r#""stat_t":"t","dev_cla":"temperature","unit_of_meas":"°C""#,
            ),
        ],
        &[
            ("w", "3"),
            ("g", "36"),
            ("c", "unavailable"),
            ("u", "4.5"),
            ("s", "partlycloudy"),
            ("s", "never heard of"),
        ],
        &["WeatherStation.cloud_cover = 5"],
        &expect![[r#"
            d "Thing" weather
              1:TemperatureMeasurement temperature:r
              1:WeatherStation cloud_cover:r wind_gust:r condition:r uv_index:r wind_speed:r
            d WeatherStation.wind_speed = 3m/s
            d WeatherStation.wind_gust = 36km/h
            d WeatherStation.cloud_cover = unknown%
            d WeatherStation.uv_index = 4.5
            d WeatherStation.condition = partly_cloudy
            failed: the device takes no `cloud_cover` of WeatherStation on endpoint 1
        "#]],
    );
}

#[test]
fn a_charger_speaks_its_own_units() {
    check(
        &[
            (
                "number",
                "Limit",
                r#""capability":"EnergyEvse.max_charge_current","stat_t":"l","cmd_t":"l/set","unit_of_meas":"mA","min":6000,"max":16000,"step":500"#,
            ),
            (
                "sensor",
                "Power",
                r#""capability":"EnergyEvse.charge_power","stat_t":"p","unit_of_meas":"kW""#,
            ),
            (
                "switch",
                "Charge",
                r#""capability":"EnergyEvse.charging_enabled","stat_t":"c","cmd_t":"c/set""#,
            ),
            ("switch", "Light", r#""cmd_t":"light""#),
        ],
        &[("l", "8000"), ("p", "3.7"), ("c", "ON")],
        &[
            "EnergyEvse.max_charge_current = 10.5",
            "EnergyEvse.charging_enabled = false",
            "EnergyEvse.charge_power = 5",
            "OnOff.on_off = true",
        ],
        &expect![[r#"
            d "Thing" charger
              1:EnergyEvse charging_enabled:rw max_charge_current:rw[6..16] charge_power:r
              1:OnOff "Light" on_off:w
            d EnergyEvse.max_charge_current = 8000mA
            d EnergyEvse.charge_power = 3.7kW
            d EnergyEvse.charging_enabled = on
            > l/set 10500
            > c/set OFF
            failed: the device takes no `charge_power` of EnergyEvse on endpoint 1
            > light ON
        "#]],
    );
    // Mireds go down where kelvins go up.
    check(
        &[(
            "number",
            "White",
            r#""capability":"ColorControl.color_temperature","stat_t":"m","cmd_t":"m/set","unit_of_meas":"mired","min":200,"max":500,"step":1"#,
        )],
        &[("m", "250")],
        &["ColorControl.color_temperature = 3000"],
        &expect![[r#"
            d "Thing" other
              1:ColorControl color_temperature:rw[2000..5000]
            d ColorControl.color_temperature = 250mired
            > m/set 333
        "#]],
    );
}

#[test]
fn endpoints_are_those_that_are_named_or_the_first_free_ones() {
    // One zone takes any endpoint, and so the one that the other leaves.
    check(
        &[
            (
                "number",
                "Kitchen volume",
                r#""capability":"MediaPlayback.volume","cmd_t":"k/v""#,
            ),
            (
                "switch",
                "Kitchen mute",
                r#""capability":"MediaPlayback.muted","cmd_t":"k/m""#,
            ),
            (
                "number",
                "Terrace volume",
                r#""capability":"1:MediaPlayback.volume","cmd_t":"t/v""#,
            ),
            (
                "switch",
                "Terrace mute",
                r#""capability":"1:MediaPlayback.muted","cmd_t":"t/m""#,
            ),
            (
                "button",
                "Terrace next",
                r#""capability":"7:MediaPlayback.next","cmd_t":"t/n""#,
            ),
        ],
        &[],
        &[
            "1:MediaPlayback.volume = 5",
            "2:MediaPlayback.volume = 6",
            "2:MediaPlayback.muted = true",
            "7:MediaPlayback.next()",
        ],
        &expect![[r#"
            d "Thing" media_player
              1:MediaPlayback "Terrace" muted:w volume:w
              2:MediaPlayback "Kitchen" muted:w volume:w
              7:MediaPlayback "Terrace next" next()
            d online
            > t/v 5
            > k/v 6
            > k/m ON
            > t/n PRESS
        "#]],
    );
    // Two that want the same: the second is kept elsewhere, and said.
    let mut story = Story::new();
    for unique in ["a", "b"] {
        let body = format!(r#""capability":"3:MediaPlayback.volume","cmd_t":"{unique}""#);
        let topic = format!("homeassistant/number/{unique}/config");
        story.message(&topic, &entity(unique, &body));
    }
    expect![[r#"
        d "Thing" media_player
          1:MediaPlayback "b" volume:w
          3:MediaPlayback "a" volume:w
        d online
    "#]]
    .assert_eq(&story.settle());
    assert!(story.core.devices["d"].warned);
}

#[test]
fn a_key_completes_what_another_entity_has() {
    check(
        &[
            (
                "fan",
                "Fan",
                r#""cmd_t":"f/on","pct_stat_t":"f/p","pct_cmd_t":"f/p/set""#,
            ),
            (
                "select",
                "Direction",
                r#""capability":"FanControl.direction","stat_t":"f/d","cmd_t":"f/d/set","ops":["forward","reverse"]"#,
            ),
        ],
        &[("f/p", "40"), ("f/d", "reverse")],
        &["FanControl.direction = forward", "FanControl.percent = 50"],
        &expect![[r#"
            d "Thing" fan
              1:FanControl direction:rw percent:rw
              1:OnOff "Fan" on_off:w
            d FanControl.percent = 40
            d FanControl.direction = reverse
            > f/d/set forward
            > f/p/set 50
        "#]],
    );
}

#[test]
fn a_device_in_one_message_has_it_too() {
    let mut story = Story::new();
    let mut text = story.config(
        "device/d",
        r#"{"dev":{"ids":["d"],"name":"Thing"},"stat_t":"d","cmd_t":"d/set","cmps":{
            "v":{"p":"number","uniq_id":"v","name":"Volume","capability":"2:MediaPlayback.volume","val_tpl":"{{ value_json.v }}"},
            "t":{"p":"sensor","uniq_id":"t","name":"Title","capability":"2:MediaPlayback.title","val_tpl":"{{ value_json.t }}"}}}"#,
    );
    text.push_str(&story.message("d", r#"{"v":30,"t":"A song"}"#));
    text.push_str(&story.wish("d", "2:MediaPlayback.volume = 7"));
    expect![[r#"
        d "Thing" media_player
          2:MediaPlayback title:r volume:rw
        d online
        d 2:MediaPlayback.title = A song
        d 2:MediaPlayback.volume = 30%
        > d/set 7
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_key_that_does_not_fit_is_explained_and_nothing_is_dropped() {
    let mut text = String::new();
    for (component, body) in [
        (
            "number",
            r#""capability":"MediaPlayback.volume","cmd_t":"x""#,
        ),
        ("number", r#""capability":null,"cmd_t":"x""#),
        ("number", r#""capability":{"of":1},"cmd_t":"x""#),
        ("number", r#""capability":"volume","cmd_t":"x""#),
        ("number", r#""capability":"Loudness.volume","cmd_t":"x""#),
        (
            "number",
            r#""capability":"0:MediaPlayback.volume","cmd_t":"x""#,
        ),
        (
            "number",
            r#""capability":"70000:MediaPlayback.volume","cmd_t":"x""#,
        ),
        (
            "number",
            r#""capability":"MediaPlayback.loudness","cmd_t":"x""#,
        ),
        (
            "number",
            r#""capability":"MediaPlayback.muted","cmd_t":"x""#,
        ),
        (
            "switch",
            r#""capability":"MediaPlayback.volume","cmd_t":"x""#,
        ),
        (
            "light",
            r#""capability":"LevelControl.current_level","cmd_t":"x""#,
        ),
        ("switch", r#""capability":"MediaPlayback.next","cmd_t":"x""#),
        ("button", r#""capability":"MediaPlayback.play","cmd_t":"x""#),
        ("button", r#""capability":"Contact.open","cmd_t":"x""#),
        (
            "number",
            r#""capability":"EnergyEvse.charge_power","cmd_t":"x""#,
        ),
        (
            "number",
            r#""capability":"MediaPlayback.volume","cmd_t":"x","unit_of_meas":"dB""#,
        ),
        (
            "number",
            r#""capability":"MediaPlayback.volume","cmd_t":"x","min":200,"max":300"#,
        ),
        (
            "select",
            r#""capability":"MediaPlayback.playback_state","cmd_t":"x","ops":["go","halt"]"#,
        ),
        (
            "select",
            r#""capability":"MediaPlayback.playback_state","cmd_t":"x","ops":["playing","recording"]"#,
        ),
    ] {
        text.push_str(&format!("{component}: {}\n", fault(component, body)));
    }
    expect![[r#"
        number: 
        number: 
        number: `capability`: it is not a text
        number: `capability`: `volume` names nothing; expected Capability.property such as MediaPlayback.volume, or 2:MediaPlayback.volume for endpoint 2
        number: `capability`: `Loudness.volume` names nothing; expected Capability.property such as MediaPlayback.volume, or 2:MediaPlayback.volume for endpoint 2
        number: `capability`: `0:MediaPlayback.volume` names nothing; expected Capability.property such as MediaPlayback.volume, or 2:MediaPlayback.volume for endpoint 2
        number: `capability`: `70000:MediaPlayback.volume` names nothing; expected Capability.property such as MediaPlayback.volume, or 2:MediaPlayback.volume for endpoint 2
        number: `capability`: MediaPlayback has no property `loudness`; expected one of playback_state, volume, muted, source, title
        number: `capability`: MediaPlayback.muted is true or false, which a number cannot carry; expected one of switch, binary_sensor
        switch: `capability`: MediaPlayback.volume is a number, which a switch cannot carry; expected one of number, sensor
        light: `capability`: LevelControl.current_level is a number, which a light cannot carry; expected one of number, sensor
        switch: `capability`: MediaPlayback.next is an action; expected a button instead of a switch
        button: `capability`: MediaPlayback has no action `play` that can be pressed; expected one of next, previous
        button: `capability`: Contact has no action `open` that can be pressed; it has none
        number: `capability`: EnergyEvse.charge_power is only read here; expected a `state_topic`
        number: `capability`: MediaPlayback.volume is measured in %, which `dB` cannot be converted to
        number: `capability`: its limits lie outside those of MediaPlayback.volume; expected 0 to 100 %
        select: `capability`: none of its options is a word of MediaPlayback.playback_state; expected some of playing, paused, stopped, buffering, off
        select: `capability`: MediaPlayback.playback_state does not know recording, left out; expected some of playing, paused, stopped, buffering, off
    "#]].assert_eq(&text);

    // It is what it would be without, and its device is warned about once.
    let mut story = Story::new();
    let body = r#""capability":"MediaPlayback.loudness","stat_t":"v","cmd_t":"v/set","max":60"#;
    let mut text = story.config("number/v", &entity("Volume", body));
    assert!(story.core.devices["d"].warned);
    text.push_str(&story.wish("d", "NumberSetting.value = 30"));
    expect![[r#"
        d "Thing" other
          1:NumberSetting "Volume" value:rw[1..60]
        > v/set 30
    "#]]
    .assert_eq(&text);
}
