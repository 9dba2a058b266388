//! What a message of a hub wants of a device.

use crate::{
    file::Kind,
    world::{Device, Refusal, Slot, Wanted, World},
};
use model::Value;
use serde_json::Value as Json;

/// Hands a message to the device that it is for; it will answer after a moment.
///
/// # Errors
/// When no device has that topic, or the device cannot do that.
pub fn command(world: &mut World, topic: &str, payload: &[u8]) -> Result<(), Refusal> {
    let refuse = |message: String, expected: &str| Refusal {
        code: "bad_command",
        message,
        expected: expected.to_owned(),
    };
    let mut parts = topic.split('/');
    let (Some("sim"), Some(slug), Some("set"), name, None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return Err(refuse(
            format!("`{topic}` is no command topic"),
            "sim/<slug>/set or sim/<slug>/set/<name>",
        ));
    };
    let Some(index) = world.device(slug) else {
        return Err(refuse(
            format!("there is no device `{slug}`"),
            "the slug of a device",
        ));
    };
    let text = std::str::from_utf8(payload)
        .ok()
        .filter(|text| text.len() <= 4_096)
        .ok_or_else(|| {
            refuse(
                "an unreadable payload".into(),
                "UTF-8 of at most 4096 bytes",
            )
        })?
        .trim();
    let device = &world.devices[index];
    let wanted = match name {
        Some(name) => word(device, name, text)?,
        None => {
            let json: Json = serde_json::from_str(text)
                .map_err(|_| refuse(format!("{topic} got no JSON"), "a JSON object"))?;
            object(device, &json)?
        }
    };
    world.command(index, wanted);
    Ok(())
}

/// One value, or an order, as plain text.
fn word(device: &Device, name: &str, text: &str) -> Result<Vec<Wanted>, Refusal> {
    let set = |name: &'static str, value: Value| Ok(vec![Wanted::Set(name, value)]);
    if let Some((action, _)) = device.actions.iter().find(|(action, _)| *action == name) {
        return Ok(vec![Wanted::Do(action)]);
    }
    if name == "command" {
        let order = text.to_ascii_uppercase();
        return match (device.kind, order.as_str()) {
            (Kind::Cover, "OPEN") => set("position", 100.0.into()),
            (Kind::Cover, "CLOSE") => set("position", 0.0.into()),
            (Kind::Cover, "STOP") => Ok(vec![Wanted::Do("stop")]),
            (Kind::Valve, "OPEN") => set("open", true.into()),
            (Kind::Valve, "CLOSE") => set("open", false.into()),
            (Kind::Lock, "LOCK") => set("lock_state", "locked".into()),
            (Kind::Lock, "UNLOCK") => set("lock_state", "unlocked".into()),
            (Kind::Alarm, "ARM_HOME") => set("alarm_state", "armed_home".into()),
            (Kind::Alarm, "ARM_AWAY") => set("alarm_state", "armed_away".into()),
            (Kind::Alarm, "ARM_NIGHT") => set("alarm_state", "armed_night".into()),
            (Kind::Alarm, "DISARM") => set("alarm_state", "disarmed".into()),
            _ => Err(device.unknown(text)),
        };
    }
    let slot = settable(device, name)?;
    if slot.name == "on_off" && text.eq_ignore_ascii_case("toggle") {
        return Ok(vec![Wanted::Toggle(slot.name)]);
    }
    let value = match slot.kind {
        model::Kind::Bool => truth(text).map_or_else(|| text.into(), Value::Bool),
        model::Kind::Number => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map_or_else(|| text.into(), Value::Number),
        _ => text.into(),
    };
    set(slot.name, slot.accept(&value)?)
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "open" | "1" => Some(true),
        "off" | "false" | "closed" | "0" => Some(false),
        _ => None,
    }
}

fn settable<'d>(device: &'d Device, name: &str) -> Result<&'d Slot, Refusal> {
    let slot = device.slot(name).ok_or_else(|| device.unknown(name))?;
    if slot.settable {
        Ok(slot)
    } else {
        Err(Refusal {
            code: "read_only",
            message: format!("`{name}` of `{}` is only read", device.slug),
            expected: "a settable value".into(),
        })
    }
}

/// Several values at once, with the names of the state's JSON or of the slots.
fn object(device: &Device, json: &Json) -> Result<Vec<Wanted>, Refusal> {
    let fields = json.as_object().ok_or_else(|| Refusal {
        code: "bad_command",
        message: "the payload is no JSON object".into(),
        expected: "an object such as {\"state\": \"ON\"}".into(),
    })?;
    let mut wanted = Vec::new();
    for (name, value) in fields {
        let number = value.as_f64();
        let scaled = match (device.kind, name.as_str(), number) {
            // How long a change shall take: these lamps change at once.
            (_, "transition", _) => continue,
            (Kind::Light, "brightness", Some(level)) => {
                if level <= 0.0 {
                    wanted.push(Wanted::Set("on_off", false.into()));
                    continue;
                }
                Some((
                    "current_level",
                    (level * 100.0 / 254.0).round().clamp(1.0, 100.0),
                ))
            }
            (Kind::Light, "color_temp", Some(mired)) if mired > 0.0 => {
                Some(("color_temperature", (1e6 / mired).round()))
            }
            _ => None,
        };
        if let Some((name, number)) = scaled {
            let slot = settable(device, name)?;
            // The edges of a scale in mireds lie a few kelvins beside those in kelvins.
            let number = if name == "color_temperature" {
                number.clamp(slot.min, slot.max)
            } else {
                number
            };
            wanted.push(Wanted::Set(slot.name, slot.accept(&number.into())?));
        } else if name == "color" && device.kind == Kind::Light {
            for (short, long) in [("h", "hue"), ("s", "saturation")] {
                if let Some(number) = value[short].as_f64().or_else(|| value[long].as_f64()) {
                    let slot = settable(device, long)?;
                    wanted.push(Wanted::Set(slot.name, slot.accept(&number.into())?));
                }
            }
        } else {
            let name = if name == "state" {
                "on_off"
            } else {
                name.as_str()
            };
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            wanted.extend(word(device, name, &text)?);
        }
    }
    // Whatever stands beside it, `state` has the last word: {"state":"OFF","brightness":10} is off.
    wanted.sort_by_key(|wanted| matches!(wanted, Wanted::Set("on_off", _) | Wanted::Toggle(_)));
    Ok(wanted)
}
