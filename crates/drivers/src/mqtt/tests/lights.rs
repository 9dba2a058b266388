//! Lights in their three schemas.

use super::Story;
use expect_test::{Expect, expect};

fn check(config: &str, states: &[(&str, &str)], wishes: &[&str], expected: &Expect) {
    let config = config.replacen(
        '{',
        r#"{"name":null,"unique_id":"x","device":{"ids":["d"],"name":"Lamp"},"#,
        1,
    );
    let mut story = Story::new();
    let mut text = story.config("light/x", &config);
    for (topic, payload) in states {
        text.push_str(&story.message(topic, payload).replace("d online\n", ""));
    }
    for wish in wishes {
        text.push_str(&story.wish("d", wish));
    }
    expected.assert_eq(&text);
}

#[test]
fn json_schema() {
    check(
        r#"{"schema":"json","cmd_t":"l/set","stat_t":"l","brightness":true,"bri_scl":254,"sup_clrm":["color_temp","hs"],
            "min_mirs":153,"max_mirs":500,"effect":true,"fx_list":["blink","candle"]}"#,
        &[
            (
                "l",
                r#"{"state":"ON","brightness":127,"color_mode":"color_temp","color_temp":250}"#,
            ),
            (
                "l",
                r#"{"state":"ON","color_mode":"hs","color":{"h":120,"s":80},"effect":"blink"}"#,
            ),
            ("l", r#"{"state":null,"brightness":null}"#),
            ("l", "ON"),
        ],
        &[
            "OnOff.on_off = false",
            "LevelControl.current_level = 1",
            "ColorControl.color_temperature = 4000",
            "ColorControl.hue = 10",
            "ModeSelect.mode = candle",
        ],
        &expect![[r#"
            d "Lamp" light
              1:ColorControl hue:rw saturation:rw color_temperature:rw[2000..6535] color_mode:r(hs|ct)
              1:LevelControl current_level:rw[1..NaN]
              1:ModeSelect "Effect" mode:rw(blink|candle)
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d LevelControl.current_level = 50
            d ColorControl.color_temperature = 250mired
            d ColorControl.color_mode = ct
            d OnOff.on_off = on
            d ColorControl.hue = 120
            d ColorControl.saturation = 80
            d ColorControl.color_mode = hs
            d ModeSelect.mode = blink
            d OnOff.on_off = unknown
            > l/set {state: "OFF"}
            > l/set {brightness: 3, state: "ON"}
            > l/set {color_temp: 250, state: "ON"}
            > l/set {color: {h: 10.0, s: 80.0}, state: "ON"}
            > l/set {effect: "candle", state: "ON"}
        "#]],
    );
    // Kelvin instead of mireds, and rgb for its colours.
    check(
        r#"{"schema":"json","cmd_t":"l/set","stat_t":"l","sup_clrm":["rgb","color_temp"],"clr_temp_k":true,"min_k":2200,"max_k":6500}"#,
        &[(
            "l",
            r#"{"state":"ON","color":{"r":255,"g":0,"b":0},"color_temp":3000}"#,
        )],
        &[
            "ColorControl.hue = 240, saturation = 100",
            "ColorControl.color_temperature = 2700",
        ],
        &expect![[r#"
            d "Lamp" light
              1:ColorControl hue:rw saturation:rw color_temperature:rw[2200..6500] color_mode:r(hs|ct)
              1:LevelControl current_level:rw[1..NaN]
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d ColorControl.color_temperature = 3000K
            d ColorControl.hue = 0
            d ColorControl.saturation = 100
            > l/set {color: {b: 255, g: 0, r: 0}, state: "ON"}
            > l/set {color_temp: 2700, state: "ON"}
        "#]],
    );
}

#[test]
fn plain_schema() {
    check(
        r#"{"cmd_t":"l/set","stat_t":"l","bri_cmd_t":"l/bri/set","bri_stat_t":"l/bri","clr_temp_cmd_t":"l/ct/set","clr_temp_stat_t":"l/ct",
            "rgb_cmd_t":"l/rgb/set","rgb_stat_t":"l/rgb","fx_cmd_t":"l/fx/set","fx_list":["rainbow"]}"#,
        &[
            ("l", "ON"),
            ("l/bri", "51"),
            ("l/ct", "200"),
            ("l/rgb", "0,255,0"),
        ],
        &[
            "OnOff.on_off = true",
            "LevelControl.current_level = 100",
            "ColorControl.hue = 240, saturation = 50",
            "ModeSelect.mode = rainbow",
        ],
        &expect![[r#"
            d "Lamp" light
              1:ColorControl hue:rw saturation:rw color_temperature:rw[2000..6535]
              1:LevelControl current_level:rw[1..NaN]
              1:ModeSelect "Effect" mode:w(rainbow)
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d LevelControl.current_level = 20
            d ColorControl.color_temperature = 200mired
            d ColorControl.hue = 120
            d ColorControl.saturation = 100
            > l/set ON
            > l/bri/set 255
            > l/set ON
            > l/rgb/set 128,128,255
            > l/set ON
            > l/fx/set rainbow
        "#]],
    );
    check(
        r#"{"cmd_t":"l/set","bri_cmd_t":"l/bri/set","on_cmd_type":"brightness"}"#,
        &[],
        &["LevelControl.current_level = 50", "OnOff.on_off = false"],
        &expect![[r#"
            d "Lamp" light
              1:LevelControl current_level:w[1..NaN]
              1:OnOff on_off:w
            d online
            > l/bri/set 128
            > l/set OFF
        "#]],
    );
}

#[test]
fn template_schema() {
    check(
        r##"{"schema":"template","cmd_t":"l/set","stat_t":"l","cmd_on_tpl":"on,{{ brightness|d }},{{ red|d }}-{{ green|d }}-{{ blue|d }}",
            "cmd_off_tpl":"off","stat_tpl":"{{ value.split(',')[0] if false else (value|split(','))[0] }}",
            "bri_tpl":"{{ (value|split(','))[1] }}","r_tpl":"{{ (value|split(','))[2] }}","g_tpl":"{{ (value|split(','))[3] }}","b_tpl":"{{ (value|split(','))[4] }}"}"##,
        &[("l", "on,255,255,0,0")],
        &[
            "OnOff.on_off = true",
            "OnOff.on_off = false",
            "LevelControl.current_level = 50",
            "ColorControl.hue = 120, saturation = 100",
        ],
        &expect![[r#"
            d "Lamp" light
              1:ColorControl hue:rw saturation:rw
              1:LevelControl current_level:rw[1..NaN]
              1:OnOff on_off:rw
            d OnOff.on_off = on
            d LevelControl.current_level = 100
            d ColorControl.hue = 0
            d ColorControl.saturation = 100
            > l/set on,,--
            > l/set off
            > l/set on,127,--
            > l/set on,,0-255-0
        "#]],
    );
}
