//! Which entity of a device becomes which endpoint, and what the device says of itself.
//!
//! The scheme is a function of the set of entities alone, so that neither the order in which their
//! messages arrive nor a restart changes it: entities are sorted (the one that bears the device's
//! name first, then those with a name, then those about the device itself; within each by their
//! `unique_id`, numbers in it counting as numbers), and each takes the first endpoint on which
//! none of its capabilities stands yet. Measurements of different quantities share an endpoint.

use super::{
    config::{DeviceInfo, label},
    entity::{Entity, Part},
};
use model::{Announcement, Capability, DeviceKind, Instance, capability};
use std::sync::Arc;

/// Where the entities' parts came to lie.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The device's capabilities.
    pub(super) instances: Vec<Instance>,
    /// For each entity and part its endpoint; 0 where the part is empty.
    pub(super) endpoints: Vec<Vec<u16>>,
}

/// Puts entities in their order.
pub(super) fn sort(entities: &mut [Arc<Entity>]) {
    entities.sort_by_cached_key(|entity| {
        (
            entity.side,
            !entity.main,
            natural(&entity.unique),
            entity.component.clone(),
        )
    });
}

/// The text with its numbers padded, so that `l10` comes after `l2`.
fn natural(text: &str) -> String {
    let mut key = String::with_capacity(text.len() + 16);
    let mut digits = String::new();
    for character in text.chars().chain(std::iter::once('\0')) {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            if !digits.is_empty() {
                key.push_str(&format!("{digits:0>12}"));
                digits.clear();
            }
            key.push(character);
        }
    }
    key
}

/// Whether its name says what it is for; a device with one of them needs no label.
fn is_generic(capability: &Capability) -> bool {
    matches!(
        capability.name,
        "ModeSelect" | "NumberSetting" | "TextSetting" | "Trigger"
    )
}

/// Gives endpoints to entities that are in their order already.
pub(super) fn lay_out(entities: &[Arc<Entity>]) -> Layout {
    let mut layout = Layout::default();
    let mut merges: Vec<Option<String>> = Vec::new();
    let has_main = entities.iter().any(|entity| entity.main && !entity.side);
    for entity in entities {
        let mut endpoints = vec![0; entity.parts.len()];
        let is_full = |part: &&Part| {
            let instance = &part.instance;
            !(instance.properties.is_empty()
                && instance.actions.is_empty()
                && instance.events.is_empty())
        };
        let fits = |layout: &Layout, merges: &[Option<String>], part: &Part, endpoint: u16| {
            // A child lock must not pass for what a thermostat itself is: on or off.
            let is_other = entity.side || !entity.main && has_main;
            if is_other && part.instance.capability.name == "OnOff" && endpoint == 1 {
                return false;
            }
            layout
                .instances
                .iter()
                .zip(merges)
                .filter(|(there, _)| {
                    there.endpoint == endpoint && there.capability == part.instance.capability
                })
                .all(|(there, merge)| {
                    part.merge.is_some()
                        && *merge == part.merge
                        && part
                            .instance
                            .properties
                            .iter()
                            .all(|shape| there.property(&shape.name).is_none())
                })
        };
        let together: Vec<&Part> = entity
            .parts
            .iter()
            .filter(|part| part.label.is_none() || part.merge.is_some())
            .filter(is_full)
            .collect();
        let shared = (1..u16::MAX)
            .find(|endpoint| {
                together
                    .iter()
                    .all(|part| fits(&layout, &merges, part, *endpoint))
            })
            .unwrap_or(1);
        for (at, part) in entity.parts.iter().enumerate() {
            if !is_full(&part) {
                continue;
            }
            let endpoint = if part.label.is_none() || part.merge.is_some() {
                shared
            } else {
                (1..u16::MAX)
                    .find(|endpoint| fits(&layout, &merges, part, *endpoint))
                    .unwrap_or(1)
            };
            endpoints[at] = endpoint;
            place(&mut layout, &mut merges, entity, part, endpoint);
        }
        layout.endpoints.push(endpoints);
    }
    let names: Vec<&str> = layout
        .instances
        .iter()
        .map(|instance| instance.capability.name)
        .collect();
    let alone: Vec<bool> = names
        .iter()
        .map(|name| names.iter().filter(|other| *other == name).count() == 1)
        .collect();
    for (instance, alone) in layout.instances.iter_mut().zip(alone) {
        let is_plain =
            !is_generic(instance.capability) && (instance.capability.name != "OnOff" || has_main);
        if alone && is_plain && instance.endpoint == 1 {
            instance.label = None;
        }
    }
    layout
        .instances
        .sort_by_key(|instance| (instance.endpoint, instance.capability.name));
    layout
}

fn place(
    layout: &mut Layout,
    merges: &mut Vec<Option<String>>,
    entity: &Entity,
    part: &Part,
    endpoint: u16,
) {
    let there = layout
        .instances
        .iter_mut()
        .find(|there| there.endpoint == endpoint && there.capability == part.instance.capability);
    if let Some(there) = there {
        there.properties.extend(part.instance.properties.clone());
        for event in &part.instance.events {
            if !there.events.contains(event) {
                there.events.push(event.clone());
            }
        }
        return;
    }
    let mut instance = part.instance.clone().on(endpoint);
    instance.label = part.label.clone().or_else(|| entity.name.clone());
    layout.instances.push(instance);
    merges.push(part.merge.clone());
}

/// What a device says of itself.
pub(super) fn announcement(
    native_id: &str,
    info: &DeviceInfo,
    entities: &[Arc<Entity>],
    instances: Vec<Instance>,
) -> Announcement {
    let name = info
        .name
        .clone()
        .or_else(|| entities.iter().find_map(|entity| entity.name.clone()))
        .or_else(|| label(native_id))
        .unwrap_or_else(|| "Device".to_owned());
    Announcement {
        native_id: native_id.to_owned(),
        name,
        slug: slug(info, entities),
        kind: kind(info, entities, &instances),
        manufacturer: info.manufacturer.clone(),
        model: info.model.clone(),
        via: info.via.clone(),
        area: info.area.clone(),
        capabilities: instances,
        adopt: false,
        manual: None,
    }
}

/// The readable name that the entities suggest for their device: that of the entity that bears the
/// device's own name, or of the only one, or the words with which all of theirs begin
/// (`hall_climate` of `hall_climate_temperature` and `hall_climate_battery`).
fn slug(info: &DeviceInfo, entities: &[Arc<Entity>]) -> Option<String> {
    let unnamed = entities
        .iter()
        .filter(|entity| entity.main)
        .find_map(|entity| entity.slug.as_deref());
    if let Some(slug) = unnamed {
        return Some(slug.to_owned());
    }
    let slugs: Vec<&str> = entities
        .iter()
        .filter_map(|entity| entity.slug.as_deref())
        .collect();
    match slugs.as_slice() {
        [] => None,
        [one] => (entities.len() == 1 || info.ids.is_empty()).then(|| (*one).to_owned()),
        [first, others @ ..] => {
            let words: Vec<&str> = first.split('_').collect();
            let common = (1..=words.len())
                .rev()
                .map(|count| words[..count].join("_"))
                .find(|head| {
                    others.iter().all(|other| {
                        other
                            .strip_prefix(head.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                    })
                });
            common.filter(|head| !head.is_empty())
        }
    }
}

/// What people would call the device.
fn kind(info: &DeviceInfo, entities: &[Arc<Entity>], instances: &[Instance]) -> DeviceKind {
    let main = |component: &str| {
        entities
            .iter()
            .any(|entity| !entity.side && entity.component == component)
    };
    let has = |capability: &Capability| {
        instances
            .iter()
            .any(|instance| instance.capability == capability)
    };
    let main_has = |capability: &Capability| {
        entities.iter().filter(|entity| !entity.side).any(|entity| {
            entity.parts.iter().any(|part| {
                part.instance.capability == capability && !part.instance.properties.is_empty()
            })
        })
    };
    let is_bridge = info
        .model
        .as_deref()
        .is_some_and(|model| model == "Bridge" || model.ends_with(" Bridge"));
    if is_bridge {
        return DeviceKind::Bridge;
    }
    for (component, kind) in [
        ("climate", DeviceKind::Thermostat),
        ("lock", DeviceKind::Lock),
        ("alarm_control_panel", DeviceKind::Alarm),
        ("cover", DeviceKind::Cover),
        ("valve", DeviceKind::Valve),
        ("fan", DeviceKind::Fan),
        ("light", DeviceKind::Light),
        ("vacuum", DeviceKind::Appliance),
        ("lawn_mower", DeviceKind::Appliance),
        ("water_heater", DeviceKind::Appliance),
        ("humidifier", DeviceKind::Appliance),
        ("siren", DeviceKind::Alarm),
        ("device_tracker", DeviceKind::Person),
    ] {
        if main(component) {
            return kind;
        }
    }
    if main("switch") && main_has(&capability::ON_OFF) {
        let is_outlet = has(&capability::ELECTRICAL_POWER)
            || entities
                .iter()
                .any(|entity| entity.class.as_deref() == Some("outlet"));
        return if is_outlet {
            DeviceKind::Outlet
        } else {
            DeviceKind::Switch
        };
    }
    for (capability, kind) in [
        (&capability::SMOKE_CO_ALARM, DeviceKind::Smoke),
        (&capability::WATER_LEAK, DeviceKind::Leak),
        (&capability::CONTACT, DeviceKind::Contact),
        (&capability::OCCUPANCY_SENSING, DeviceKind::Motion),
        (&capability::WEATHER_STATION, DeviceKind::Weather),
        (&capability::BUTTON, DeviceKind::Button),
        (&capability::ELECTRICAL_ENERGY, DeviceKind::Meter),
        (&capability::AIR_QUALITY, DeviceKind::Sensor),
        (&capability::TEMPERATURE_MEASUREMENT, DeviceKind::Sensor),
        (
            &capability::RELATIVE_HUMIDITY_MEASUREMENT,
            DeviceKind::Sensor,
        ),
        (&capability::ILLUMINANCE_MEASUREMENT, DeviceKind::Sensor),
        (&capability::PRESSURE_MEASUREMENT, DeviceKind::Sensor),
        (&capability::ELECTRICAL_POWER, DeviceKind::Meter),
    ] {
        if main_has(capability) || capability.name == "Button" && has(capability) {
            return kind;
        }
    }
    if has(&capability::POWER_SOURCE) && instances.len() == 1 {
        return DeviceKind::Battery;
    }
    if main("sensor") || main("binary_sensor") {
        return DeviceKind::Sensor;
    }
    DeviceKind::Other
}
