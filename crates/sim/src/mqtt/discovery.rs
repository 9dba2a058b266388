//! Discovery messages: which entities a device is made of.

use super::{
    STATUS,
    entity::{action_path, contact, single},
};
use crate::{
    file::Kind,
    world::{Device, Slot},
};
use model::capability;
use serde_json::{Map, Value, json};

/// The name of the node in the topics of a device.
fn node(device: &Device) -> String {
    format!("sim_{}", device.slug)
}

/// The slug in the topic of a config that some run of the simulator left behind.
#[must_use]
pub fn is_config_of_ours(topic: &str) -> bool {
    let parts: Vec<&str> = topic.split('/').collect();
    matches!(parts[..], ["homeassistant", _, node, _, "config"] if node.starts_with("sim_"))
}

/// The retained discovery messages of a device: topic and payload.
#[must_use]
pub fn configs(device: &Device, area: Option<&str>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut taken: &[&str] = &[];
    if let Some((component, names, config)) = composite(device) {
        taken = names;
        found.push((component, "main".to_owned(), None, config));
    }
    // The first value of a device without a bigger entity is what the device is about.
    let mut main = found.is_empty();
    for slot in &device.slots {
        if taken.contains(&slot.name) {
            continue;
        }
        let (component, mut config) = single(device, slot);
        if device.kind == Kind::Contact && slot.name == "open" {
            config.insert("device_class".into(), contact(device).into());
        }
        let lone = main && !matches!(slot.name, "battery" | "linkquality");
        let nameless = lone
            && matches!(
                device.kind,
                Kind::Switch
                    | Kind::Outlet
                    | Kind::Appliance
                    | Kind::Contact
                    | Kind::Motion
                    | Kind::Leak
                    | Kind::Barrier
                    | Kind::Tracker
                    | Kind::Generator
            );
        main &= !nameless;
        found.push((
            component,
            slot.name.to_owned(),
            (!nameless).then_some(slot.title),
            config,
        ));
    }
    for (action, title) in &device.actions {
        if device.kind != Kind::Cover {
            let mut config = Map::new();
            config.insert(
                "command_topic".into(),
                format!("sim/{}/set/{action}", device.slug).into(),
            );
            config.insert("payload_press".into(), "PRESS".into());
            if let Some(path) = action_path(device, action) {
                config.insert("capability".into(), path.into());
            }
            found.push(("button", (*action).to_owned(), Some(title), config));
        }
    }
    found
        .into_iter()
        .map(|(component, object, name, config)| {
            let topic = format!("homeassistant/{component}/{}/{object}/config", node(device));
            (topic, dress(device, area, component, &object, name, config))
        })
        .collect()
}

/// Adds what every message has.
fn dress(
    device: &Device,
    area: Option<&str>,
    component: &str,
    object: &str,
    name: Option<&str>,
    mut config: Map<String, Value>,
) -> Value {
    let words = device.file.kind.words();
    let tail = if name.is_some() {
        format!("_{object}")
    } else {
        String::new()
    };
    let mut about = json!({
        "identifiers": [node(device)],
        "name": device.name,
        "manufacturer": device.file.manufacturer.as_deref().unwrap_or(words.make.0),
        "model": device.file.model.as_deref().unwrap_or(words.make.1),
    });
    if let Some(area) = area {
        about["suggested_area"] = area.into();
    }
    let fixed = json!({
        "name": name,
        "unique_id": format!("{}_{object}", node(device)),
        "default_entity_id": format!("{component}.{}{tail}", device.slug),
        "availability": [
            {"topic": STATUS},
            {"topic": format!("sim/{}/availability", device.slug)},
        ],
        "availability_mode": "all",
        "device": about,
        "origin": {"name": "House simulator", "sw_version": env!("CARGO_PKG_VERSION")},
    });
    if let Value::Object(fixed) = fixed {
        config.extend(fixed);
    }
    Value::Object(config)
}

type Composite = (&'static str, &'static [&'static str], Map<String, Value>);

/// The one entity that takes several values of a device, and which.
fn composite(device: &Device) -> Option<Composite> {
    let state = format!("sim/{}", device.slug);
    let set = |name: &str| format!("sim/{}/set/{name}", device.slug);
    let of = |name: &str| format!("{{{{ value_json.{name} }}}}");
    let (component, names, config): (&str, &'static [&'static str], Value) = match device.kind {
        Kind::Light => (
            "light",
            &[
                "on_off",
                "current_level",
                "hue",
                "saturation",
                "color_temperature",
                "color_mode",
            ],
            light(device),
        ),
        Kind::Thermostat => (
            "climate",
            &[
                "local_temperature",
                "heating_setpoint",
                "cooling_setpoint",
                "system_mode",
                "running_state",
            ],
            climate(device),
        ),
        Kind::Cover => {
            let mut config = json!({
                "device_class": device.file.options.class.as_deref().unwrap_or("blind"),
                "command_topic": set("command"), "state_topic": state,
                "value_template": "{% if value_json.motion != 'stopped' %}{{ value_json.motion }}{% elif value_json.position | float(0) > 0 %}open{% else %}closed{% endif %}",
                "position_topic": state, "position_template": of("position"),
                "set_position_topic": set("position"), "position_open": 100, "position_closed": 0,
            });
            if device.slot("tilt").is_some() {
                config["tilt_status_topic"] = state.clone().into();
                config["tilt_status_template"] = of("tilt").into();
                config["tilt_command_topic"] = set("tilt").into();
            }
            ("cover", &["position", "tilt", "motion"], config)
        }
        Kind::Lock => (
            "lock",
            &["lock_state"],
            json!({
                "state_topic": state, "value_template": of("lock_state"), "command_topic": set("command"),
                "payload_lock": "LOCK", "payload_unlock": "UNLOCK", "state_locked": "locked",
                "state_unlocked": "unlocked", "state_locking": "locking",
                "state_unlocking": "unlocking", "state_jammed": "jammed",
            }),
        ),
        Kind::Fan => (
            "fan",
            &["on_off", "percent", "fan_mode", "oscillating", "direction"],
            json!({
                "state_topic": state, "state_value_template": of("state"), "command_topic": set("on_off"),
                "percentage_state_topic": state, "percentage_value_template": of("percent"),
                "percentage_command_topic": set("percent"),
                "preset_modes": device.slot("fan_mode").map(|slot| slot.words.clone()),
                "preset_mode_state_topic": state, "preset_mode_value_template": of("fan_mode"),
                "preset_mode_command_topic": set("fan_mode"),
                "oscillation_state_topic": state, "oscillation_value_template": "{{ 'on' if value_json.oscillating else 'off' }}",
                "oscillation_command_topic": set("oscillating"),
                "payload_oscillation_on": "on", "payload_oscillation_off": "off",
                "direction_state_topic": state, "direction_value_template": of("direction"),
                "direction_command_topic": set("direction"),
            }),
        ),
        Kind::Valve if device.slot("position").is_some() => (
            "valve",
            &["open", "position"],
            json!({
                "device_class": "water", "reports_position": true, "state_topic": state,
                "value_template": of("position"), "command_topic": set("position"),
                "position_open": 100, "position_closed": 0,
            }),
        ),
        Kind::Valve => (
            "valve",
            &["open"],
            json!({
                "device_class": "water", "state_topic": state,
                "value_template": "{{ 'open' if value_json.open else 'closed' }}",
                "command_topic": set("command"), "payload_open": "OPEN", "payload_close": "CLOSE",
                "state_open": "open", "state_closed": "closed",
            }),
        ),
        Kind::Alarm => (
            "alarm_control_panel",
            &["alarm_state"],
            json!({
                "state_topic": state, "value_template": of("alarm_state"), "command_topic": set("command"),
                "supported_features": ["arm_home", "arm_away", "arm_night"],
                "code_arm_required": false, "code_disarm_required": false,
                "payload_arm_home": "ARM_HOME", "payload_arm_away": "ARM_AWAY",
                "payload_arm_night": "ARM_NIGHT", "payload_disarm": "DISARM",
            }),
        ),
        Kind::Tracker => (
            "device_tracker",
            &["home", "location"],
            json!({
                "state_topic": state, "value_template": of("presence"),
                "payload_home": "home", "payload_not_home": "not_home", "source_type": "router",
            }),
        ),
        Kind::Button => (
            "event",
            &[],
            json!({
                "state_topic": format!("{state}/action"), "device_class": "button",
                "event_types": capability::BUTTON.events.iter().map(|event| event.name).filter(|name| *name != "other").collect::<Vec<_>>(),
            }),
        ),
        _ => return None,
    };
    match config {
        Value::Object(config) => Some((component, names, config)),
        _ => None,
    }
}

fn light(device: &Device) -> Value {
    let topic = format!("sim/{}", device.slug);
    let mut modes = Vec::new();
    let mut config = json!({
        "schema": "json", "state_topic": topic, "command_topic": format!("{topic}/set"),
    });
    if device.slot("hue").is_some() {
        modes.push("hs");
    }
    if let Some(slot) = device.slot("color_temperature") {
        modes.push("color_temp");
        config["min_mireds"] = ((1e6 / slot.max).round() as i64).into();
        config["max_mireds"] = ((1e6 / slot.min).round() as i64).into();
    }
    if device.slot("current_level").is_some() {
        config["brightness"] = true.into();
        config["brightness_scale"] = 254.into();
        if modes.is_empty() {
            modes.push("brightness");
        }
    } else if modes.is_empty() {
        modes.push("onoff");
    }
    config["supported_color_modes"] = json!(modes);
    config
}

fn climate(device: &Device) -> Value {
    let topic = format!("sim/{}", device.slug);
    let set = |name: &str| format!("{topic}/set/{name}");
    let of = |name: &str| format!("{{{{ value_json.{name} }}}}");
    let bounds = |pick: fn(&Slot) -> f64, better: fn(f64, f64) -> f64| {
        ["heating_setpoint", "cooling_setpoint"]
            .iter()
            .filter_map(|name| device.slot(name))
            .map(pick)
            .reduce(better)
    };
    let mut config = json!({
        "current_temperature_topic": topic, "current_temperature_template": of("local_temperature"),
        "mode_state_topic": topic, "mode_state_template": of("system_mode"),
        "mode_command_topic": set("system_mode"),
        "modes": device.slot("system_mode").map(|slot| slot.words.clone()),
        "action_topic": topic, "action_template": of("running_state"),
        "temperature_unit": "C", "temp_step": 0.5, "precision": 0.1,
        "min_temp": bounds(|slot| slot.min, f64::min), "max_temp": bounds(|slot| slot.max, f64::max),
    });
    let setpoints: &[(&str, &str)] = if device.slot("cooling_setpoint").is_some() {
        &[
            ("temperature_low", "heating_setpoint"),
            ("temperature_high", "cooling_setpoint"),
        ]
    } else {
        &[("temperature", "heating_setpoint")]
    };
    for (prefix, name) in setpoints {
        config[format!("{prefix}_state_topic")] = topic.clone().into();
        config[format!("{prefix}_state_template")] = of(name).into();
        config[format!("{prefix}_command_topic")] = set(name).into();
    }
    config
}
