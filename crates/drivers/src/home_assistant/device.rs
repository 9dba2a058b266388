//! One device of the mirror: its entities, on which endpoints they lie, what was said of it.

use super::{
    codec::Attributes,
    map::{self, Entity, Heard, View},
};
use crate::convention::{self, Laid};
use model::{Announcement, Connectivity, DriverCommand, Goal, Reading, ReportBody, Unit, Value};
use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

/// After how long a single entity that is away means that its values are not known. When a device
/// goes away its entities follow each other; its last values are not to be forgotten for that.
const AWAY: Duration = Duration::from_secs(2);

/// The state of an entity.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) state: String,
    pub(super) attributes: Attributes,
    /// Every attribute that it ever had, with the last value that was none: its shape. What a thing
    /// can do does not change because it is off or away.
    pub(super) shape: Attributes,
}

impl State {
    pub(super) fn is_away(&self) -> bool {
        self.state == "unavailable"
    }

    pub(super) fn view(&self, temperature: Unit) -> View<'_> {
        View {
            state: &self.state,
            attributes: &self.attributes,
            temperature,
        }
    }

    pub(super) fn shape(&self, temperature: Unit) -> View<'_> {
        View {
            state: &self.state,
            attributes: &self.shape,
            temperature,
        }
    }
}

/// What the registries know of a device.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Info {
    pub(super) name: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) area: Option<String>,
    pub(super) via: Option<String>,
}

/// What was last said of a property: nothing yet, or a value (`None` for unknown).
type Said = Option<Option<Value>>;

/// An entity of a device, and what was said of it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) entity: Arc<Entity>,
    endpoints: Vec<u16>,
    said: Vec<Said>,
    /// Since when it is away.
    away: Option<Duration>,
    /// The last event that was told of, by its moment.
    fired: Option<String>,
}

/// A device of the mirror.
#[derive(Debug, Default)]
pub(super) struct Device {
    pub(super) members: Vec<Member>,
    announced: Option<u64>,
    connectivity: Option<Connectivity>,
    /// Whether the registries ever knew it.
    pub(super) registered: bool,
    /// Since when nothing of it is there any more.
    pub(super) missing: Option<Duration>,
}

impl Device {
    /// Lays it out anew; its description, where that changed.
    pub(super) fn rebuild(
        &mut self,
        native_id: &str,
        info: Info,
        mut entities: Vec<Arc<Entity>>,
    ) -> Option<Announcement> {
        convention::sort(&mut entities);
        let laid = convention::lay_out(&entities);
        let mut old = std::mem::take(&mut self.members);
        self.members = entities
            .iter()
            .zip(laid.endpoints)
            .map(|(entity, endpoints)| {
                let before = old.iter().position(|old| old.entity.id == entity.id);
                let before = before.map(|at| old.swap_remove(at));
                let mut member = Member {
                    entity: Arc::clone(entity),
                    endpoints,
                    said: vec![None; entity.inputs.len()],
                    away: None,
                    fired: None,
                };
                if let Some(before) = before {
                    member.fired = before.fired;
                    if before.entity == *entity && before.endpoints == member.endpoints {
                        (member.said, member.away) = (before.said, before.away);
                    }
                }
                member
            })
            .collect();
        let announcement = announcement(native_id, info, &entities, laid.instances);
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&announcement)
            .unwrap_or_default()
            .hash(&mut hasher);
        let print = hasher.finish();
        let changed = self.announced.replace(print) != Some(print);
        changed.then_some(announcement)
    }

    /// Whether the house was told of it.
    pub(super) fn is_announced(&self) -> bool {
        self.announced.is_some()
    }

    /// Where an entity stands in it.
    pub(super) fn position(&self, entity: &str) -> Option<usize> {
        self.members
            .iter()
            .position(|member| member.entity.id == entity)
    }

    /// Whether it answers, where that is news. It does as long as one of its entities does.
    pub(super) fn connect(&mut self, native_id: &str, answers: bool) -> Option<ReportBody> {
        let (connectivity, reason) = if answers {
            (Connectivity::Online, "Home Assistant has its state")
        } else {
            (
                Connectivity::Offline,
                "Home Assistant says that it is not available",
            )
        };
        (self.connectivity.replace(connectivity) != Some(connectivity)).then(|| {
            ReportBody::Connectivity {
                native_id: native_id.to_owned(),
                connectivity,
                reason: Some(reason.to_owned()),
            }
        })
    }

    /// Nothing is known of it while Home Assistant is away.
    pub(super) fn forget(&mut self, native_id: &str, reason: &str) -> Option<ReportBody> {
        self.missing = None;
        for member in &mut self.members {
            member.away = None;
            member.said.fill(None);
        }
        self.connectivity.take().map(|_| ReportBody::Connectivity {
            native_id: native_id.to_owned(),
            connectivity: Connectivity::Unknown,
            reason: Some(reason.to_owned()),
        })
    }

    /// Everything shall be said of it again.
    pub(super) fn repeat(&mut self) {
        self.connectivity = None;
        for member in &mut self.members {
            member.said.fill(None);
        }
    }

    /// What an entity's state says, as far as it was not said yet; all of it where `again`.
    pub(super) fn readings(
        &mut self,
        at: usize,
        state: &State,
        temperature: Unit,
        again: bool,
        now: Duration,
    ) -> Vec<Reading> {
        let member = &mut self.members[at];
        if state.is_away() {
            member.away.get_or_insert(now);
            return Vec::new();
        }
        member.away = None;
        let view = state.view(temperature);
        let mut readings = Vec::new();
        for (input, said) in member.entity.inputs.iter().zip(&mut member.said) {
            let (value, unit) = match input.hear(&view) {
                Heard::Nothing => continue,
                Heard::Unknown => (None, None),
                Heard::Value(value, unit) => (Some(value), unit),
            };
            if !again && said.as_ref() == Some(&value) {
                continue;
            }
            *said = Some(value.clone());
            readings.extend(reading(
                &member.entity,
                &member.endpoints,
                input,
                value,
                unit,
            ));
        }
        readings
    }

    /// What time alone changes: of entities that stay away while their device answers, nothing is
    /// known. The second tells whether some may still become so.
    pub(super) fn on_time(&mut self, native_id: &str, now: Duration) -> (Option<ReportBody>, bool) {
        let mut readings = Vec::new();
        let mut waits = false;
        let answers = self.connectivity == Some(Connectivity::Online);
        for member in &mut self.members {
            let Some(since) = member.away.filter(|_| answers) else {
                continue;
            };
            if now.saturating_sub(since) < AWAY {
                waits = true;
                continue;
            }
            for (input, said) in member.entity.inputs.iter().zip(&mut member.said) {
                if *said != Some(None) {
                    *said = Some(None);
                    readings.extend(reading(
                        &member.entity,
                        &member.endpoints,
                        input,
                        None,
                        None,
                    ));
                }
            }
        }
        let report = (!readings.is_empty()).then(|| ReportBody::Values {
            native_id: native_id.to_owned(),
            readings,
        });
        (report, waits)
    }

    /// Whether one of its entities is away.
    pub(super) fn has_away(&self) -> bool {
        self.members.iter().any(|member| member.away.is_some())
    }

    /// What happened at an event entity, where it is news. What was there when we came, or happened
    /// while we were away, is past: it is not told of as if it happened now.
    pub(super) fn happened(
        &mut self,
        native_id: &str,
        at: usize,
        state: &State,
        temperature: Unit,
        is_live: bool,
    ) -> Option<ReportBody> {
        let member = &mut self.members[at];
        let part = member.entity.button?;
        if state.is_away() {
            return None;
        }
        let moment = Some(state.state.clone());
        let is_news = member.fired != moment && is_live && state.state != "unknown";
        member.fired = moment;
        if !is_news {
            return None;
        }
        Some(ReportBody::DeviceEvent {
            native_id: native_id.to_owned(),
            endpoint: member.endpoints[part],
            capability: member.entity.parts[part]
                .instance
                .capability
                .name
                .to_owned(),
            event: map::happened(&state.view(temperature))?,
        })
    }

    /// Which of its entities carry out which part of a command. The error's text is for people.
    pub(super) fn plan(
        &self,
        command: &DriverCommand,
    ) -> Result<Vec<(Arc<Entity>, usize, Goal)>, String> {
        // One capability may be several entities: each value goes to the one that takes it, and values
        // of one entity go together, as a colour's hue and saturation.
        let mut plan: Vec<(Arc<Entity>, usize, Goal)> = Vec::new();
        let owner = |name: &str| {
            self.members
                .iter()
                .find_map(|member| {
                    let parts = member.entity.parts.iter().zip(&member.endpoints);
                    let part = parts.enumerate().position(|(at, (part, endpoint))| {
                        *endpoint == command.endpoint
                            && part.instance.capability.name == command.capability
                            && member.entity.takes(at, name)
                    })?;
                    Some((Arc::clone(&member.entity), part))
                })
                .ok_or_else(|| {
                    format!(
                        "the device takes no `{name}` of {} on endpoint {}",
                        command.capability, command.endpoint
                    )
                })
        };
        match &command.goal {
            Goal::Action { command } => {
                let (entity, part) = owner(command)?;
                let command = command.clone();
                plan.push((entity, part, Goal::Action { command }));
            }
            Goal::Target { values } => {
                for (name, value) in values {
                    let (entity, part) = owner(name)?;
                    let value = (name.clone(), value.clone());
                    let known = plan
                        .iter_mut()
                        .find(|(other, at, _)| Arc::ptr_eq(other, &entity) && *at == part);
                    match known {
                        Some((_, _, Goal::Target { values })) => values.push(value),
                        _ => plan.push((
                            entity,
                            part,
                            Goal::Target {
                                values: vec![value],
                            },
                        )),
                    }
                }
            }
        }
        Ok(plan)
    }

    /// The ids of its entities.
    pub(super) fn entities(&self) -> BTreeSet<&str> {
        self.members
            .iter()
            .map(|member| member.entity.id.as_str())
            .collect()
    }
}

/// A value on the endpoint where it lies.
fn reading(
    entity: &Entity,
    endpoints: &[u16],
    input: &map::Input,
    value: Option<Value>,
    unit: Option<Unit>,
) -> Option<Reading> {
    let mut path = entity.parts[input.part]
        .instance
        .path(input.property.name)?;
    path.endpoint = endpoints[input.part];
    let value =
        value.filter(|value| !matches!(value, Value::Number(number) if !number.is_finite()));
    Some(Reading { path, value, unit })
}

/// What a device says of itself.
fn announcement(
    native_id: &str,
    info: Info,
    entities: &[Arc<Entity>],
    instances: Vec<model::Instance>,
) -> Announcement {
    let own = entities
        .iter()
        .find(|entity| entity.main && !entity.face().side);
    let slug = match (own, entities) {
        (Some(entity), _) | (None, [entity]) => Some(&entity.id),
        _ => None,
    };
    let name = info
        .name
        .or_else(|| entities.iter().find_map(|entity| entity.name.clone()))
        .unwrap_or_else(|| native_id.to_owned());
    Announcement {
        native_id: native_id.to_owned(),
        name,
        slug: slug
            .and_then(|id| id.split_once('.'))
            .map(|(_, object)| model::Slug::from_name(object, "device").to_string()),
        kind: convention::kind(info.model.as_deref(), entities, &instances),
        manufacturer: info.manufacturer,
        model: info.model,
        via: info.via,
        area: info.area,
        capabilities: instances,
        adopt: true,
        manual: None,
    }
}

impl Member {
    /// It came, or came back, with this state: whatever happened before is past.
    pub(super) fn came(&mut self, state: &str) {
        if self.fired.is_none() {
            self.fired = Some(state.to_owned());
        }
    }
}
