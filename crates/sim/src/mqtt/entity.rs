//! Which discovery message a single value becomes when no bigger entity takes it.

use super::wire::key;
use crate::{
    file::Kind,
    world::{Device, Slot},
};
use model::capability::{self, Effect};
use serde_json::{Map, Value, json};

/// The component and the message of a slot, without what all messages have.
pub(super) fn single(device: &Device, slot: &Slot) -> (&'static str, Map<String, Value>) {
    let mut config = Map::new();
    let mut put = |name: &str, value: Value| config.insert(name.to_owned(), value);
    let wire = key(device.kind, slot.name);
    put("state_topic", format!("sim/{}", device.slug).into());
    put(
        "value_template",
        format!("{{{{ value_json.{wire} }}}}").into(),
    );
    if slot.settable {
        put(
            "command_topic",
            format!("sim/{}/set/{}", device.slug, slot.name).into(),
        );
    }
    let class = class(device.kind, slot.name);
    if let Some(class) = class {
        put("device_class", class.into());
    }
    let component = match (slot.kind, slot.settable) {
        (model::Kind::Bool, true) => {
            if slot.name != "on_off" {
                put("state_on", true.into());
                put("state_off", false.into());
            }
            put("payload_on", "ON".into());
            put("payload_off", "OFF".into());
            "switch"
        }
        (model::Kind::Bool, false) => {
            // A contact touches, and so is true, while its door is closed.
            let open = device.kind != Kind::Contact;
            put("payload_on", open.into());
            put("payload_off", (!open).into());
            "binary_sensor"
        }
        (model::Kind::Number, true) => {
            put("min", slot.min.into());
            put("max", slot.max.into());
            put("step", slot.step.into());
            put("mode", "slider".into());
            "number"
        }
        (model::Kind::Number, false) => {
            let total = matches!(
                slot.name,
                "energy_imported" | "energy_exported" | "rain_total"
            );
            put(
                "state_class",
                if total {
                    "total_increasing"
                } else {
                    "measurement"
                }
                .into(),
            );
            "sensor"
        }
        (model::Kind::Enum(_), true) => {
            put("options", json!(slot.words));
            "select"
        }
        (model::Kind::Enum(_), false) => {
            put("device_class", "enum".into());
            put("options", json!(slot.words));
            "sensor"
        }
        (model::Kind::Text, true) => {
            put("max", 255.into());
            "text"
        }
        (model::Kind::Text, false) => "sensor",
    };
    if let Some(path) = path(slot) {
        put("capability", path.into());
    }
    if slot.name == "linkquality" {
        put("entity_category", "diagnostic".into());
        put("unit_of_measurement", "lqi".into());
    } else if matches!(slot.kind, model::Kind::Number) {
        let unit = if slot.name == "pressure" {
            Some("hPa")
        } else {
            slot.unit.map(model::Unit::symbol)
        };
        if let Some(unit) = unit {
            put("unit_of_measurement", unit.into());
        }
    }
    (component, config)
}

/// What the value is in the tables' words, where the convention has neither a component nor a class
/// that says it. Hubs that do not know the key ignore it.
fn path(slot: &Slot) -> Option<String> {
    let table = slot.capability?;
    let is_unsaid = [
        &capability::MEDIA_PLAYBACK,
        &capability::ENERGY_EVSE,
        &capability::WEATHER_STATION,
    ]
    .contains(&table)
        // Contacts have a tamper switch too: the class does not say whose it is.
        || *table == capability::SMOKE_CO_ALARM && slot.name == "tamper";
    is_unsaid.then(|| table.at(1, slot.name).to_string())
}

/// The same for something that the device can be told to do once.
pub(super) fn action_path(device: &Device, action: &str) -> Option<String> {
    device.slots.iter().find_map(|slot| {
        let table = slot.capability?;
        let command = table.command(action)?;
        matches!(command.effect, Effect::Action).then(|| format!("{}.{action}", table.name))
    })
}

/// Home Assistant's class of a value.
fn class(kind: Kind, name: &str) -> Option<&'static str> {
    Some(match name {
        "temperature" => "temperature",
        "humidity" if kind == Kind::Soil => "moisture",
        "humidity" => "humidity",
        "pressure" => "atmospheric_pressure",
        "illuminance" => "illuminance",
        "occupied" => "occupancy",
        "leak" => "moisture",
        "smoke" => "smoke",
        "carbon_monoxide" => "carbon_monoxide",
        "tamper" => "tamper",
        "co2" => "carbon_dioxide",
        "pm25" => "pm25",
        "voc" => "volatile_organic_compounds_parts",
        "power" | "charge_power" => "power",
        "voltage" => "voltage",
        "current" | "max_charge_current" => "current",
        "energy_imported" | "energy_exported" => "energy",
        "session_energy" => "energy_storage",
        "battery" => "battery",
        "charging" => "battery_charging",
        "wind_speed" | "wind_gust" => "wind_speed",
        "wind_direction" => "wind_direction",
        "rain_rate" => "precipitation_intensity",
        "rain_total" => "precipitation",
        "on_off" if kind == Kind::Outlet => "outlet",
        _ => return None,
    })
}

/// The class of a contact.
pub(super) fn contact(device: &Device) -> &'static str {
    match device.file.options.class.as_deref() {
        Some("door") => "door",
        _ => "window",
    }
}
