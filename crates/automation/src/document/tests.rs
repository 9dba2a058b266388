//! Documents as people write them, and what they are told when something is wrong.

use super::{Bundle, read_bundle_toml, read_json, read_toml, to_json, to_toml};
use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

fn wrong(text: &str, told: Expect) {
    let faults = if text.trim_start().starts_with('{') {
        read_json(text)
    } else {
        read_toml(text)
    };
    let lines: Vec<_> = match faults {
        Ok(document) => vec![format!("it was read: {document:?}")],
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    };
    told.assert_eq(&lines.join("\n"));
}

const EVENING: &str = r#"
name = "Evening arrival"
description = "Somebody comes home in the dark."
area = "hall"
mode = "restart"
when = [
  { presence = "anyone" },
  { property = "Contact.open", device = "front_door", to = true, for = "2s" },
  { sun = "sunset", offset = "-20min", days = "weekdays" },
]
if = [
  { sun = "down" },
  { any = [{ property = "OccupancySensing.occupied", area = "hall", is = false }, { mode = "night" }] },
  { property = "TemperatureMeasurement.temperature", device = "porch", below = "50 °F" },
]
then = [
  { do = "turn_on", area = "hall", kind = "light" },
  { do = "set_brightness", device = "hall_lamp", value = 40, delay = "2s" },
  { wait_until = [{ presence = "nobody" }], timeout = "2h" },
  { if = [{ sun = "down" }], then = [{ do = "turn_off", area = "hall" }], else = [{ notify = "The sun is up." }] },
]
"#;

#[test]
fn what_is_read_is_written_and_read_again() {
    let document = read_toml(EVENING).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(document.slug.as_str(), "evening-arrival");
    let again = read_toml(&to_toml(&document)).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(again, document);
    let json = to_json(&document).to_string();
    assert_eq!(read_json(&json).as_ref(), Ok(&document));
}

#[test]
fn the_short_forms_are_read() {
    let rule = r#"{"name": "Evening Energy Saver", "trigger": {"type": "time", "value": "sunset"},
        "condition": {"type": "occupancy", "value": "present"},
        "action": {"type": "scenario", "value": "energy-optimization"}}"#;
    let document = read_json(rule).unwrap_or_else(|faults| panic!("{faults:?}"));
    expect![[r#"{"if":[{"presence":"anyone"}],"name":"Evening Energy Saver","slug":"evening-energy-saver","then":[{"scenario":"energy-optimization"}],"when":[{"sun":"sunset"}]}"#]]
        .assert_eq(&to_json(&document).to_string());
    let scenario = r#"{"name": "Warm evening", "description": "Cosy", "steps": [
        {"action": "set_temperature", "device": "main_thermostat", "value": 23, "delay": 0},
        {"action": "turn_on", "device": "living_lamp", "delay": 60}]}"#;
    let document = read_json(scenario).unwrap_or_else(|faults| panic!("{faults:?}"));
    expect![[r#"{"description":"Cosy","name":"Warm evening","slug":"warm-evening","then":[{"device":"main_thermostat","do":"set_temperature","value":23},{"delay":"1min","device":"living_lamp","do":"turn_on"}]}"#]]
        .assert_eq(&to_json(&document).to_string());
}

#[test]
fn every_fault_has_a_line_and_a_remedy() {
    wrong(
        "name = \"x\"\nwhen = [\n",
        expect![
            "line 2: it is no TOML: unclosed array, expected `]`; expected a TOML document, see docs/guide/automation.md"
        ],
    );
    wrong(
        "name = \"x\"\n",
        expect!["line 1: then: it does nothing; expected at least one step"],
    );
    wrong(
        "name = \"x\"\nthem = []\n\n[[then]]\ndo = \"turn_onn\"\narea = \"hall\"\n\n[[then]]\nwait = \"soon\"\n",
        expect![[r#"
            line 5: then[0].do: `turn_onn` is not known; expected `turn_on`?
            line 9: then[1].wait: it is `soon`; expected a span of time such as 30s, 5min or 1h 30min, or seconds; at most 366 days
            line 2: them: it is not known here; expected `then`?"#]],
    );
    wrong(
        "name = \"x\"\n[[when]]\nproperty = \"Contcat.open\"\ndevice = \"door\"\n[[then]]\nnotify = 3\n",
        expect![[r#"
            line 3: when[0].property: `Contcat.open` is no property; expected `Contact.…`?
            line 6: then[0].notify: it is 3; expected a text"#]],
    );
    wrong(
        "name = \"x\"\n[[when]]\ncron = \"61 * * * *\"\n[[if]]\nproperty = \"OnOff.on_off\"\nis = 3\n[[then]]\nstop = true\n",
        expect![[r#"
            line 3: when[0].cron: `61 * * * *` is no cron expression; expected a minute from 0 to 59, a list, a range or a step such as `*/5`
            line 6: if[0].is: it cannot be a value of OnOff.on_off; expected true or false
            line 4: if[0]: it does not say which devices; expected `device`, `area`, `kind` or `floor`; or `everything = true`"#]],
    );
    wrong(
        "{\"name\": \"x\",\n \"then\": [\n  {\"do\": \"turn_on\"},\n  {\"set\": {\"Contact.open\": true}, \"device\": \"door\"},\n  7]}",
        expect![[r#"
            line 3: then[0]: it does not say which devices; expected `device`, `area`, `kind` or `floor`; or `everything = true`
            line 4: then[1].set: `Contact.open` cannot be set; expected another capability: nothing of Contact can be set
            line 4: then[1].set: it sets nothing; expected an object such as { "OnOff.on_off" = true }
            line 5: then[2]: it is 7; expected an object"#]],
    );
    wrong(
        "{\"name\": \"x\",\n \"trigger\": {\"type\": \"moon\"},\n \"action\": {\"type\": \"scenario\", \"value\": \"y\"}}",
        expect![
            "line 2: trigger: the type `moon` is not known; expected one of time, sun, cron, device, property, presence, occupancy, webhook, scenario, mode, start"
        ],
    );
    wrong(
        "[1, 2]",
        expect![
            "line 1: it is no TOML: unclosed table, expected `]`; expected a TOML document, see docs/guide/automation.md"
        ],
    );
    wrong(
        "{\"name\": \"<b>x</b>\", \"then\": [{\"stop\": true}], \"mode\": \"que\"}",
        expect!["line 1: mode: `que` is not known; expected one of skip, restart, queue, parallel"],
    );
}

#[test]
fn what_comes_with_the_house_can_be_read() {
    let slugs: Vec<_> = crate::shipped()
        .iter()
        .map(|document| document.slug.to_string())
        .collect();
    assert_eq!(
        slugs,
        [
            "smart-morning-routine",
            "security-alert",
            "energy-optimization",
            "party-mode",
            "vacation-mode"
        ]
    );
    let sentences: Vec<_> = crate::shipped()
        .iter()
        .map(crate::sentence::sentence)
        .collect();
    expect![[r#"
        Set the temperature of every thermostat to the given temperature, open every cover, if the sun is down, turn on every light, then set the brightness of every light to the given brightness, put the house into the mode home, then say “Good morning.”.
        Say “Security alert: $trigger, $location.”, put the house into the mode alert, lock every lock, turn on every light, then set the brightness of every light to 100 %.
        Switch off what only draws standby power, switch off the lights of empty rooms, then if nobody is home, turn off every light, then set the temperature of every thermostat to the given temperature.
        Put the house into the mode party, turn on every light, set the brightness of every light to 70 %, if the given guest count is at least 10, set the temperature of every thermostat to 19 °C, otherwise set the temperature of every thermostat to 20.5 °C, if the given music preference is not empty, set the source of every media player to the given music preference, then play every media player.
        Put the house into the mode vacation, set the temperature of every thermostat to the given temperature, turn off every light, lock every lock, let the lights live on as the household used to, put the house into the mode home, then say “Vacation mode has ended after $duration_days days: the house is at home again.”."#]].assert_eq(&sentences.join("\n"));
}

/// Whether a value is as a schema says; only what our schema uses is understood.
fn valid(json: &Json, schema: &Json, root: &Json) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(&reference[1..]).unwrap();
        return valid(json, target, root);
    }
    let all = |key: &str| schema[key].as_array().cloned().unwrap_or_default();
    let count = |key: &str| all(key).iter().filter(|one| valid(json, one, root)).count();
    let kind = match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let of_kind = |wanted: &Json| wanted == kind || (wanted == "integer" && kind == "number");
    let fits_kind = match &schema["type"] {
        Json::Null => true,
        Json::Array(kinds) => kinds.iter().any(of_kind),
        wanted => of_kind(wanted),
    };
    let items = json.as_array().into_iter().flatten();
    let fits_items = schema["items"].is_null()
        || items
            .into_iter()
            .all(|it| valid(it, &schema["items"], root));
    let empty = serde_json::Map::new();
    let map = json.as_object().unwrap_or(&empty);
    let fits_fields = map
        .iter()
        .all(|(key, value)| match &schema["properties"][key] {
            Json::Null if schema["additionalProperties"] == false => false,
            Json::Null if schema["additionalProperties"].is_object() => {
                valid(value, &schema["additionalProperties"], root)
            }
            Json::Null => true,
            known => valid(value, known, root),
        });
    // The one pattern that ours has: a capability and its command.
    let fits_pattern =
        schema["pattern"].is_null() || json.as_str().is_some_and(|it| it.contains('.'));
    fits_kind
        && fits_pattern
        && fits_items
        && fits_fields
        && all("required")
            .iter()
            .all(|key| map.contains_key(key.as_str().unwrap()))
        && (schema["enum"].is_null() || all("enum").contains(json))
        && (schema["const"].is_null() || schema["const"] == *json)
        && (schema["oneOf"].is_null() || count("oneOf") == 1)
        && (schema["anyOf"].is_null() || count("anyOf") > 0)
}

#[test]
fn the_schema_takes_what_the_decoder_takes() {
    let schema = super::schema();
    let mut all = crate::shipped();
    all.push(read_toml(EVENING).unwrap_or_else(|faults| panic!("{faults:?}")));
    for document in &all {
        assert!(
            valid(&to_json(document), &schema, &schema),
            "{}",
            document.slug
        );
    }
    for wrong in [
        json!({"name": "x"}),
        json!({"name": "x", "then": [{"do": "turn_onn", "area": "hall"}]}),
        json!({"name": "x", "then": [{"do": "turn_on", "aria": "hall"}]}),
        json!({"name": "x", "then": [{"stop": true}], "when": [{"moon": "full"}]}),
        json!({"name": "x", "then": [{"stop": true}], "mode": "que"}),
    ] {
        assert!(!valid(&wrong, &schema, &schema), "{wrong}");
        assert!(super::read_value(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn bundles_travel_and_say_what_is_wrong_with_them() {
    let scene = json!({"name": "Reading", "settings": [{"device": "lamp", "set": {"OnOff.on_off": true, "LevelControl.current_level": 40}}]});
    let bundle = Bundle {
        scenarios: crate::shipped(),
        scenes: vec![
            crate::engine::Scene::read(&scene).unwrap_or_else(|faults| panic!("{faults:?}")),
        ],
    };
    let again = read_bundle_toml(&bundle.to_toml()).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(again, bundle);
    let wrong = "[[scenarios]]\nname = \"x\"\n[[scenarios.then]]\nwait = \"soon\"\n\n[[scenes]]\nname = \"y\"\nsettings = [{ device = \"lock\", set = { \"DoorLock.lock_state\" = \"unlocked\" } }]\n";
    let faults = read_bundle_toml(wrong).unwrap_err();
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    expect![[r#"
        line 4: scenarios[0].then[0].wait: it is `soon`; expected a span of time such as 30s, 5min or 1h 30min, or seconds; at most 366 days
        line 8: scenes[0].settings[0].set: `DoorLock.lock_state` is nothing that a scene may set; expected a property that can be written freely"#]].assert_eq(&lines.join("\n"));
}
