//! A device's state as JSON, with the names, units and digits that such devices really use.

use super::Message;
use crate::{
    file::Kind,
    world::{Break, Device, Slot},
};
use jiff::Timestamp;
use model::Value;
use serde_json::{Map, json};

/// A state is sent again after so many seconds although nothing changed.
const HEARTBEAT: i64 = 1_800;
/// Sleepy devices on a cell wait longer.
const SLEEPY: i64 = 3_600;
/// Measured numbers are sent no more often than that.
const GAP: i64 = 10;

/// The device's state, when it has something to say.
#[must_use]
pub fn report(device: &mut Device, now: Timestamp) -> Option<Message> {
    if !device.online || device.broken == Some(Break::Silent) || device.slots.is_empty() {
        return None;
    }
    let since = device
        .sent_at
        .map_or(i64::MAX, |sent| now.as_second() - sent.as_second());
    let beat = if device.portable { SLEEPY } else { HEARTBEAT };
    let stuck = device.broken == Some(Break::Stuck);
    let news = !stuck
        && device.slots.iter().any(|slot| {
            // The link quality rides along and is no reason to speak.
            let patient = matches!(slot.shown(), Value::Number(_)) && !slot.settable;
            slot.name != "linkquality" && slot.moved() && (!patient || since >= GAP)
        });
    let asked = device.due && !stuck;
    if !(news || asked || since >= beat) {
        return None;
    }
    device.due = false;
    device.sent_at = Some(now);
    if !stuck {
        for slot in &mut device.slots {
            slot.sent = Some(slot.shown().clone());
        }
    }
    Some(Message {
        at: now,
        topic: format!("sim/{}", device.slug),
        payload: state(device)?,
        retain: true,
    })
}

/// What the device would send now; `None` where it says nothing at all.
pub(super) fn state(device: &Device) -> Option<String> {
    if device.broken == Some(Break::Silent) || device.slots.is_empty() {
        return None;
    }
    let mut json = Map::new();
    for slot in &device.slots {
        let value = match (&slot.sent, device.broken) {
            (Some(sent), Some(Break::Stuck)) => sent.clone(),
            (_, Some(Break::Impossible)) => impossible(slot),
            _ => slot.shown().clone(),
        };
        encode(device.kind, slot, &slot.rounded(&value), &mut json);
    }
    Some(serde_json::Value::Object(json).to_string())
}

/// What a broken sensor says: the numbers that broken sensors are known for.
fn impossible(slot: &Slot) -> Value {
    match (slot.shown(), slot.name) {
        (Value::Number(_), "linkquality") => slot.shown().clone(),
        (Value::Number(_), "temperature" | "local_temperature") if !slot.settable => {
            (-327.68).into()
        }
        (Value::Number(_), _) if !slot.settable => 999_999_999.0.into(),
        (value, _) => value.clone(),
    }
}

/// The name of a slot in the state's JSON.
pub(super) fn key(kind: Kind, name: &'static str) -> &'static str {
    match (kind, name) {
        (_, "on_off") => "state",
        (Kind::Light, "current_level") => "brightness",
        (_, "color_temperature") => "color_temp",
        (Kind::Contact, "open") => "contact",
        (_, "occupied") => "occupancy",
        (_, "leak") => "water_leak",
        (_, "home") => "presence",
        (_, other) => other,
    }
}

fn encode(kind: Kind, slot: &Slot, value: &Value, json: &mut Map<String, serde_json::Value>) {
    let wire = match (kind, slot.name, value) {
        (_, "on_off", Value::Bool(on)) => json!(if *on { "ON" } else { "OFF" }),
        (Kind::Light, "current_level", Value::Number(level)) => whole(level * 254.0 / 100.0),
        (_, "color_temperature", Value::Number(kelvin)) => whole(1e6 / kelvin.max(1.0)),
        (_, "hue" | "saturation", value) => {
            let color = json.entry("color").or_insert_with(|| json!({}));
            color[&slot.name[..1]] = value.to_json();
            return;
        }
        (_, "color_mode", Value::Text(word)) => {
            json!(if word == "ct" { "color_temp" } else { "hs" })
        }
        // As on Zigbee, a contact is true while it touches.
        (Kind::Contact, "open", Value::Bool(open)) => json!(!open),
        (_, "home", Value::Bool(home)) => json!(if *home { "home" } else { "not_home" }),
        // Weather people, and so their sensors, speak of hectopascals.
        (_, "pressure", Value::Number(pascal)) if pascal.abs() < 1e8 => {
            json!((pascal / 10.0).round() / 10.0)
        }
        (_, _, value) => value.to_json(),
    };
    json.insert(key(kind, slot.name).to_owned(), wire);
}

fn whole(number: f64) -> serde_json::Value {
    json!(number.round() as i64)
}
