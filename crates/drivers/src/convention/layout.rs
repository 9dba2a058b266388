//! Which entity of a device becomes which endpoint, and what the device says of itself.
//!
//! The scheme is a function of the set of entities alone, so that neither the order in which their
//! messages arrive nor a restart changes it: entities are sorted (the one that bears the device's
//! name first, then those with a name, then those about the device itself; within each by their
//! `unique_id`, numbers in it counting as numbers), and each takes the first endpoint on which
//! none of its capabilities stands yet. Measurements of different quantities share an endpoint, and
//! so do properties of which their messages say themselves what they are; where one names its
//! endpoint, it comes before all others.

use model::{Capability, Instance};
use std::sync::Arc;

/// On which endpoint a message wants its entity; `None` where any will do.
pub(crate) type Pin = Option<u16>;

/// A capability of an entity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) instance: Instance,
    /// Parts of other entities with the same word become one capability with this one, as long as
    /// no property stands twice.
    pub(crate) merge: Option<String>,
    /// Set where the message itself names the property: it may complete what other entities have.
    pub(crate) keyed: Option<Pin>,
    /// What this one is called on its entity, where the entity has several.
    pub(crate) label: Option<String>,
}

impl Part {
    /// The endpoint that its message names.
    pub(crate) fn pin(&self) -> Pin {
        self.keyed.flatten()
    }
}

/// What of an entity decides where its parts lie and what its device is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face<'a> {
    /// The component's name in the convention, such as `light`.
    pub(crate) component: &'a str,
    /// What the entity is called; `None` where nothing is said.
    pub(crate) name: Option<&'a str>,
    /// Whether it bears its device's name: it is what the device is for.
    pub(crate) main: bool,
    /// Its own stable id, by which the entities of a device are put in order.
    pub(crate) unique: &'a str,
    /// Whether it is about the device itself (signal, restart) and not what the device is for.
    pub(crate) side: bool,
    /// The class that it names for itself, such as `outlet`.
    pub(crate) class: Option<&'a str>,
    /// What it can do.
    pub(crate) parts: &'a [Part],
}

/// An entity, whatever it came from.
pub(crate) trait Laid {
    /// What of it decides where its parts lie.
    fn face(&self) -> Face<'_>;
}

/// Where the entities' parts came to lie.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The device's capabilities.
    pub(crate) instances: Vec<Instance>,
    /// For each entity and part its endpoint; 0 where the part is empty.
    pub(crate) endpoints: Vec<Vec<u16>>,
    /// What could not lie on the endpoint that its message names, for people.
    pub(crate) clashes: Vec<String>,
}

/// Puts entities in their order.
pub(crate) fn sort<T: Laid>(entities: &mut [Arc<T>]) {
    entities.sort_by_cached_key(|entity| {
        let face = entity.face();
        (
            face.side,
            !face.main,
            natural(face.unique),
            face.component.to_owned(),
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
pub(crate) fn lay_out<T: Laid>(entities: &[Arc<T>]) -> Layout {
    let faces: Vec<Face<'_>> = entities.iter().map(|entity| entity.face()).collect();
    let mut laying = Laying {
        has_main: faces.iter().any(|entity| entity.main && !entity.side),
        ..Laying::default()
    };
    laying.layout.endpoints = faces
        .iter()
        .map(|entity| vec![0; entity.parts.len()])
        .collect();
    // What wants a certain endpoint comes first: what takes any must not stand there already.
    let (pinned, free): (Vec<_>, Vec<_>) = faces
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
    fn fits(&self, entity: &Face<'_>, part: &Part, endpoint: u16) -> bool {
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
    fn first(&self, entity: &Face<'_>, parts: &[&Part]) -> u16 {
        (1..u16::MAX)
            .find(|endpoint| parts.iter().all(|part| self.fits(entity, part, *endpoint)))
            .unwrap_or(1)
    }

    /// Gives endpoints to an entity's parts.
    fn take(&mut self, at: usize, entity: &Face<'_>) {
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

    fn place(&mut self, entity: &Face<'_>, part: &Part, endpoint: u16) {
        let name = part
            .label
            .clone()
            .or_else(|| entity.name.map(str::to_owned));
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
