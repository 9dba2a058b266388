//! The house as JSON.

use crate::{Clock, World, world::Slot};
use model::Kind;
use serde_json::{Value, json};

fn round(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}

/// The clock.
pub(super) fn clock(world: &World, clock: &Clock) -> Value {
    json!({
        "now": world.now, "local": world.local_time(), "pace": clock.chosen(),
        "effective_pace": clock.pace(), "held": clock.held(),
    })
}

/// Floors, areas, people, weather, electricity.
pub(super) fn house(world: &World) -> Value {
    let areas: Vec<Value> = world
        .rooms
        .iter()
        .enumerate()
        .map(|(index, room)| {
            let people: Vec<&str> = world
                .people
                .iter()
                .filter(|person| person.place == Some(index))
                .map(|person| person.name.as_str())
                .collect();
            json!({
                "slug": room.slug, "name": room.name, "outside": room.outside,
                "floor": world.file.areas[index].floor,
                "neighbours": room.neighbours.iter().map(|other| &world.rooms[*other].slug).collect::<Vec<_>>(),
                "temperature": round(room.temperature, 1), "humidity": round(room.humidity(), 0),
                "co2": round(room.co2, 0), "lux": round(room.lux, 0),
                "open": room.door > 0.0 || room.windows.iter().any(|window| window.open > 0.0),
                "leak": room.leak, "smoke": room.smoke, "people": people,
            })
        })
        .collect();
    let weather = &world.weather;
    json!({
        "name": world.file.name,
        "location": world.file.location,
        "floors": world.file.floors,
        "areas": areas,
        "people": world.people.iter().map(|person| json!({
            "slug": person.slug, "name": person.name, "home": person.home, "asleep": person.asleep,
            "area": person.place.map(|place| &world.rooms[place].slug),
        })).collect::<Vec<_>>(),
        "weather": {
            "condition": weather.condition(), "temperature": round(weather.temperature, 1),
            "humidity": round(weather.humidity, 0), "wind": round(weather.wind, 1),
            "rain": round(weather.rain, 1), "clouds": round(weather.clouds * 100.0, 0),
            "sun_elevation": round(weather.sun.elevation, 1), "event": world.weather_event(),
        },
        "electricity": {
            "grid": world.file.electricity.grid, "cut": world.power_cut,
            "supplied": world.supplied, "grid_power": round(world.grid_power(), 0),
        },
    })
}

/// Every device.
pub(super) fn devices(world: &World) -> Value {
    (0..world.devices.len())
        .map(|index| device(world, index))
        .collect()
}

/// One device.
pub(super) fn device(world: &World, index: usize) -> Value {
    let device = &world.devices[index];
    let held: Vec<&str> = device
        .slots
        .iter()
        .filter(|slot| slot.pinned.is_some())
        .map(|slot| slot.name)
        .collect();
    json!({
        "slug": device.slug, "name": device.name, "aliases": device.file.aliases,
        "area": device.area.map(|area| &world.rooms[area].slug),
        "kind": device.kind, "online": device.online, "plugged": device.plugged,
        "battery": device.portable.then(|| device.slot("battery").map(|slot| slot.rounded(slot.shown()).to_json())).flatten(),
        "broken": device.broken, "held": held, "watts": round(device.watts, 1),
        "state": device.state(),
        "settable": device.slots.iter().map(settable).collect::<Vec<_>>(),
        "actions": actions(device),
    })
}

fn settable(slot: &Slot) -> Value {
    let kind = match slot.kind {
        Kind::Bool => "bool",
        Kind::Number => "number",
        Kind::Enum(_) => "enum",
        Kind::Text => "text",
    };
    let mut json = json!({
        "name": slot.name, "title": slot.title, "type": kind, "measured": !slot.settable,
    });
    match slot.kind {
        Kind::Number => {
            json["min"] = finite(slot.min);
            json["max"] = finite(slot.max);
            json["step"] = slot.step.into();
        }
        Kind::Enum(_) => json["values"] = json!(slot.words),
        _ => {}
    }
    if let Some(unit) = slot.unit {
        json["unit"] = unit.symbol().into();
    }
    json
}

fn finite(number: f64) -> Value {
    if number.is_finite() {
        number.into()
    } else {
        Value::Null
    }
}

fn actions(device: &crate::world::Device) -> Vec<Value> {
    let mut actions: Vec<Value> = device
        .actions
        .iter()
        .map(|(name, title)| json!({"name": name, "title": title}))
        .collect();
    if device.kind == crate::file::Kind::Button {
        actions.extend(
            model::capability::BUTTON
                .events
                .iter()
                .filter(|event| event.name != "other")
                .map(|event| json!({"name": "press", "value": event.name, "title": event.title})),
        );
    }
    actions
}
