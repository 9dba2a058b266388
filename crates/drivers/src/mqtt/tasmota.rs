//! Tasmota's own discovery: one message for a device's relays and lights, one for its sensors.
//!
//! Both are turned into messages of the common convention, with the extra topics on which Tasmota
//! reports the same thing, so that nothing behind this file knows of Tasmota.

use super::config::check_topic;
use serde_json::{Map, Value as Json, json};

/// Where Tasmota announces itself: `tasmota/discovery/<mac>/config` and `/sensors`.
pub(super) const TOPICS: [&str; 2] = ["tasmota/discovery/+/config", "tasmota/discovery/+/sensors"];

/// A message of the common convention that says the same.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) key: String,
    pub(super) component: &'static str,
    pub(super) config: Json,
    /// `stat/…/RESULT`, where commands are answered, tells the same as this topic.
    pub(super) also: Option<(String, String)>,
}

/// The MAC address and whether it is about sensors, of a discovery topic.
pub(super) fn parse(topic: &str) -> Option<(&str, bool)> {
    let (mac, kind) = topic.strip_prefix("tasmota/discovery/")?.split_once('/')?;
    match kind {
        "config" => Some((mac, false)),
        "sensors" => Some((mac, true)),
        _ => None,
    }
}

/// The topics of a device, by its `config` message.
#[derive(Debug, Clone)]
pub(super) struct Topics {
    command: String,
    result: String,
    state: String,
    sensor: String,
    will: String,
    online: String,
    offline: String,
    device: Json,
}

fn word<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key)?.as_str().filter(|text| !text.is_empty())
}

impl Topics {
    /// Reads them. The error's text is for people.
    pub(super) fn read(mac: &str, json: &Json) -> Result<Self, String> {
        let topic = word(json, "t").ok_or("Tasmota's message has no topic `t`")?;
        let full = word(json, "ft").unwrap_or("%prefix%/%topic%/");
        let prefix = |at: usize, default: &str| {
            json.get("tp")
                .and_then(|list| list.get(at)?.as_str())
                .unwrap_or(default)
                .to_owned()
        };
        let with = |prefix: &str, tail: &str| {
            let hostname = word(json, "hn").unwrap_or_default();
            let base = full
                .replace("%prefix%", prefix)
                .replace("%topic%", topic)
                .replace("%hostname%", hostname)
                .replace("%id%", mac);
            format!("{}/{tail}", base.trim_end_matches('/'))
        };
        let (command, stat, tele) = (prefix(0, "cmnd"), prefix(1, "stat"), prefix(2, "tele"));
        let will = with(&tele, "LWT");
        check_topic(&will)?;
        Ok(Self {
            command: with(&command, ""),
            result: with(&stat, "RESULT"),
            state: with(&tele, "STATE"),
            sensor: with(&tele, "SENSOR"),
            will,
            online: word(json, "onln").unwrap_or("Online").to_owned(),
            offline: word(json, "ofln").unwrap_or("Offline").to_owned(),
            device: json!({
                "identifiers": [mac],
                "name": word(json, "dn").unwrap_or(topic),
                "manufacturer": "Tasmota",
                "model": word(json, "md"),
            }),
        })
    }

    fn common(&self, unique: &str, name: Option<&str>) -> Map<String, Json> {
        let mut map = Map::new();
        let mut add = |key: &str, value: Json| map.insert(key.to_owned(), value);
        add("unique_id", unique.into());
        add("name", name.map_or(Json::Null, Into::into));
        add("device", self.device.clone());
        add("availability_topic", self.will.as_str().into());
        add("payload_available", self.online.as_str().into());
        add("payload_not_available", self.offline.as_str().into());
        map
    }

    fn command(&self, name: &str) -> String {
        format!("{}{name}", self.command)
    }
}

/// The relays, lights and shutters of a device.
pub(super) fn outputs(mac: &str, json: &Json, topics: &Topics) -> Vec<Entity> {
    let empty = Vec::new();
    let relays = json.get("rl").and_then(Json::as_array).unwrap_or(&empty);
    let kinds: Vec<u64> = relays
        .iter()
        .map(|kind| kind.as_u64().unwrap_or(0))
        .collect();
    let count = kinds.iter().filter(|kind| matches!(**kind, 1 | 2)).count();
    let words = json.get("state").and_then(Json::as_array);
    let state = |at: usize, default: &str| {
        words
            .and_then(|list| list.get(at)?.as_str())
            .unwrap_or(default)
            .to_owned()
    };
    let (off, on) = (state(0, "OFF"), state(1, "ON"));
    let light = json.get("lt_st").and_then(Json::as_u64).unwrap_or(0);
    let mut all = Vec::new();
    for (at, kind) in kinds.iter().enumerate().take(32) {
        let number = at + 1;
        // A device with one relay calls it POWER, one with several POWER1, POWER2, ...
        let power = if count == 1 {
            "POWER".to_owned()
        } else {
            format!("POWER{number}")
        };
        let given = json.get("fn").and_then(|names| names.get(at)?.as_str());
        let name = if count == 1 { None } else { given };
        let unique = format!("{mac}_{number}");
        let mut config = topics.common(&unique, name);
        let mut add = |key: &str, value: Json| config.insert(key.to_owned(), value);
        add("command_topic", topics.command(&power).into());
        add("payload_on", on.as_str().into());
        add("payload_off", off.as_str().into());
        add("state_topic", topics.state.as_str().into());
        add(
            "value_template",
            format!("{{{{ value_json.{power} }}}}").into(),
        );
        let component = match kind {
            1 => "switch",
            2 => {
                let state = &topics.state;
                add(
                    "state_value_template",
                    format!("{{{{ value_json.{power} }}}}").into(),
                );
                add("brightness_command_topic", topics.command("Dimmer").into());
                add("brightness_state_topic", state.as_str().into());
                add(
                    "brightness_value_template",
                    "{{ value_json.Dimmer }}".into(),
                );
                add("brightness_scale", 100.into());
                if matches!(light, 2 | 5) {
                    add("color_temp_command_topic", topics.command("CT").into());
                    add("color_temp_state_topic", state.as_str().into());
                    add("color_temp_value_template", "{{ value_json.CT }}".into());
                    add("min_mireds", 153.into());
                    add("max_mireds", 500.into());
                }
                if light >= 3 {
                    add("hs_command_topic", topics.command("Backlog").into());
                    let template = "HSBColor1 {{ hue | round }}; HSBColor2 {{ sat | round }}";
                    add("hs_command_template", template.into());
                    add("hs_state_topic", state.as_str().into());
                    let template = "{% if value_json.HSBColor %}{{ (value_json.HSBColor | split(','))[:2] | join(',') }}{% endif %}";
                    add("hs_value_template", template.into());
                }
                "light"
            }
            3 => {
                // A shutter takes two relays; the first of the pair stands for it.
                if at % 2 == 1 {
                    continue;
                }
                let shutter = at / 2 + 1;
                for key in ["command_topic", "state_topic", "value_template"] {
                    config.remove(key);
                }
                let mut add =
                    |key: &str, value: String| config.insert(key.to_owned(), value.into());
                add(
                    "set_position_topic",
                    topics.command(&format!("ShutterPosition{shutter}")),
                );
                add("position_topic", topics.state.clone());
                add(
                    "position_template",
                    format!("{{{{ value_json.Shutter{shutter}.Position }}}}"),
                );
                "cover"
            }
            _ => continue,
        };
        all.push(Entity {
            key: format!("relay{number}"),
            component,
            config: Json::Object(config),
            also: Some((topics.state.clone(), topics.result.clone())),
        });
    }
    all
}

/// The class and unit of a Tasmota sensor's key.
fn class(key: &str) -> Option<(&'static str, &'static str)> {
    Some(match key {
        "Temperature" => ("temperature", "TempUnit"),
        "Humidity" => ("humidity", "%"),
        "Pressure" | "SeaPressure" => ("pressure", "PressureUnit"),
        "Illuminance" => ("illuminance", "lx"),
        "CarbonDioxide" => ("carbon_dioxide", "ppm"),
        "Power" => ("power", "W"),
        "Voltage" => ("voltage", "V"),
        "Current" => ("current", "A"),
        "Total" => ("energy", "kWh"),
        "PM2.5" => ("pm25", "µg/m³"),
        "PM10" => ("pm10", "µg/m³"),
        _ => return None,
    })
}

/// The sensors of a device.
pub(super) fn sensors(mac: &str, json: &Json, topics: &Topics) -> Vec<Entity> {
    let Some(Json::Object(groups)) = json.get("sn") else {
        return Vec::new();
    };
    let unit_of = |key: &str| groups.get(key).and_then(Json::as_str);
    let mut all = Vec::new();
    for (group, values) in groups {
        let Json::Object(values) = values else {
            continue;
        };
        for (key, value) in values {
            let places: Vec<Option<usize>> = match value {
                Json::Number(_) => vec![None],
                Json::Array(list) => (0..list.len().min(3)).map(Some).collect(),
                _ => continue,
            };
            if [group, key]
                .iter()
                .any(|text| text.contains(['\'', '\\', ']']))
            {
                continue;
            }
            for place in places {
                let tail = place.map(|place| format!("_{place}")).unwrap_or_default();
                let unique = format!("{mac}_{group}_{key}{tail}");
                let name = format!("{group} {key}{}", tail.replace('_', " "));
                let mut config = topics.common(&unique, Some(&name));
                let mut add = |key: &str, value: Json| config.insert(key.to_owned(), value);
                add("state_topic", topics.sensor.as_str().into());
                let index = place.map(|place| format!("[{place}]")).unwrap_or_default();
                let template = format!("{{{{ value_json['{group}']['{key}']{index} }}}}");
                add("value_template", template.into());
                add("state_class", "measurement".into());
                if let Some((class, unit)) = class(key) {
                    add("device_class", class.into());
                    let unit = match unit {
                        "TempUnit" => unit_of("TempUnit").map_or("°C", |unit| match unit {
                            "F" => "°F",
                            _ => "°C",
                        }),
                        "PressureUnit" => unit_of("PressureUnit").unwrap_or("hPa"),
                        unit => unit,
                    };
                    add("unit_of_measurement", unit.into());
                }
                all.push(Entity {
                    key: unique,
                    component: "sensor",
                    config: Json::Object(config),
                    also: None,
                });
            }
        }
    }
    all
}
