//! Which entity of a device becomes which endpoint, and what the device says of itself.
//!
//! The scheme is a function of the set of entities alone, so that neither the order in which their
//! messages arrive nor a restart changes it: entities are sorted (the one that bears the device's
//! name first, then those with a name, then those about the device itself; within each by their
//! `unique_id`, numbers in it counting as numbers), and each takes the first endpoint on which
//! none of its capabilities stands yet. Measurements of different quantities share an endpoint, and
//! so do properties of which their messages say themselves what they are; where one names its
//! endpoint, it comes before all others.

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
    /// What could not lie on the endpoint that its message names, for people.
    pub(super) clashes: Vec<String>,
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

/// What is known of an instance while it is laid out.
#[derive(Debug)]
struct Standing {
    merge: Option<String>,
    /// Whether only parts stand here of which their messages say themselves what they are.
    keyed: bool,
    /// What the entities of its parts are called.
    names: Vec<Option<String>>,
}

/// A layout in the making.
#[derive(Debug, Default)]
struct Laying {
    layout: Layout,
    standings: Vec<Standing>,
    has_main: bool,
}

/// Gives endpoints to entities that are in their order already.
pub(super) fn lay_out(entities: &[Arc<Entity>]) -> Layout {
    let mut laying = Laying {
        has_main: entities.iter().any(|entity| entity.main && !entity.side),
        ..Laying::default()
    };
    laying.layout.endpoints = entities
        .iter()
        .map(|entity| vec![0; entity.parts.len()])
        .collect();
    // What wants a certain endpoint comes first: what takes any must not stand there already.
    let (pinned, free): (Vec<_>, Vec<_>) = entities
        .iter()
        .enumerate()
        .partition(|(_, entity)| entity.parts.iter().any(|part| part.pin().is_some()));
    for (at, entity) in pinned.into_iter().chain(free) {
        laying.take(at, entity);
    }
    laying.finish()
}

fn is_full(part: &Part) -> bool {
    let instance = &part.instance;
    !(instance.properties.is_empty() && instance.actions.is_empty() && instance.events.is_empty())
}

impl Laying {
    /// Whether a part may lie there.
    fn fits(&self, entity: &Entity, part: &Part, endpoint: u16) -> bool {
        // A child lock must not pass for what a thermostat itself is: on or off.
        let is_other = entity.side || !entity.main && self.has_main;
        let is_first_switch = part.instance.capability.name == "OnOff" && endpoint == 1;
        if is_other && is_first_switch && part.pin().is_none() {
            return false;
        }
        self.layout
            .instances
            .iter()
            .zip(&self.standings)
            .filter(|(there, _)| {
                there.endpoint == endpoint && there.capability == part.instance.capability
            })
            .all(|(there, standing)| {
                let is_same = part.merge.is_some() && standing.merge == part.merge;
                let own = &part.instance;
                (is_same || standing.keyed || part.keyed.is_some())
                    && own
                        .properties
                        .iter()
                        .all(|shape| there.property(&shape.name).is_none())
                    && own
                        .actions
                        .iter()
                        .all(|action| !there.actions.contains(action))
            })
    }

    /// The first endpoint on which all of these parts may lie.
    fn first(&self, entity: &Entity, parts: &[&Part]) -> u16 {
        (1..u16::MAX)
            .find(|endpoint| parts.iter().all(|part| self.fits(entity, part, *endpoint)))
            .unwrap_or(1)
    }

    /// Gives endpoints to an entity's parts.
    fn take(&mut self, at: usize, entity: &Entity) {
        let together: Vec<&Part> = entity
            .parts
            .iter()
            .filter(|part| part.label.is_none() || part.merge.is_some())
            .filter(|part| is_full(part))
            .collect();
        let shared = self.first(entity, &together);
        for (of, part) in entity.parts.iter().enumerate() {
            if !is_full(part) {
                continue;
            }
            let any = if part.label.is_none() || part.merge.is_some() {
                shared
            } else {
                self.first(entity, &[part])
            };
            let endpoint = match part.pin() {
                Some(wanted) if self.fits(entity, part, wanted) => wanted,
                Some(wanted) => {
                    self.layout.clashes.push(format!(
                        "`{}` wants {} on endpoint {wanted} as another entity does; it came to \
                         lie on {any}, expected an endpoint of its own",
                        entity.unique, part.instance.capability.name
                    ));
                    any
                }
                None => any,
            };
            self.layout.endpoints[at][of] = endpoint;
            self.place(entity, part, endpoint);
        }
    }

    fn place(&mut self, entity: &Entity, part: &Part, endpoint: u16) {
        let name = part.label.clone().or_else(|| entity.name.clone());
        let capability = part.instance.capability;
        let at = self
            .layout
            .instances
            .iter()
            .position(|there| there.endpoint == endpoint && there.capability == capability);
        let Some(at) = at else {
            let mut instance = part.instance.clone().on(endpoint);
            instance.label.clone_from(&name);
            self.layout.instances.push(instance);
            self.standings.push(Standing {
                merge: part.merge.clone(),
                keyed: part.keyed.is_some(),
                names: vec![name],
            });
            return;
        };
        let (there, standing) = (&mut self.layout.instances[at], &mut self.standings[at]);
        there.properties.extend(part.instance.properties.clone());
        there.actions.extend(part.instance.actions.clone());
        for event in &part.instance.events {
            if !there.events.contains(event) {
                there.events.push(event.clone());
            }
        }
        if standing.keyed && part.keyed.is_none() {
            // Now it is that entity's, completed by what stood here.
            standing.keyed = false;
            standing.merge.clone_from(&part.merge);
            there.label = name;
        } else {
            standing.names.push(name);
        }
    }

    fn finish(self) -> Layout {
        let Self {
            mut layout,
            standings,
            has_main,
        } = self;
        for (instance, standing) in layout.instances.iter_mut().zip(&standings) {
            // The volume of a player is not what the player is called.
            if standing.keyed && standing.names.len() > 1 {
                instance.label = common_words(&standing.names);
            }
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
            let is_plain = !is_generic(instance.capability)
                && (instance.capability.name != "OnOff" || has_main);
            if alone && is_plain && instance.endpoint == 1 {
                instance.label = None;
            }
        }
        layout
            .instances
            .sort_by_key(|instance| (instance.endpoint, instance.capability.name));
        layout
    }
}

/// The words with which all names begin: `Terrace` of `Terrace volume` and `Terrace source`.
fn common_words(names: &[Option<String>]) -> Option<String> {
    let mut common: Vec<&str> = names.first()?.as_deref()?.split_whitespace().collect();
    for name in names {
        let own = name.as_deref()?.split_whitespace();
        let same = own.zip(&common).take_while(|(own, word)| own == *word);
        let same = same.count();
        common.truncate(same);
    }
    (!common.is_empty()).then(|| common.join(" "))
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
                let instance = &part.instance;
                instance.capability == capability
                    && !(instance.properties.is_empty() && instance.actions.is_empty())
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
    // They have a switch of their own often enough.
    for (capability, kind) in [
        (&capability::MEDIA_PLAYBACK, DeviceKind::MediaPlayer),
        (&capability::ENERGY_EVSE, DeviceKind::Charger),
    ] {
        if main_has(capability) {
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
