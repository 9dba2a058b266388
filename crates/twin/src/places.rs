//! Floors, areas and people.

use crate::registry::{checked_name, invalid, slug_taken};
use crate::{Effects, House, Refusal, RefusalCode};
use model::{
    Area, AreaEdit, AreaId, Cause, Change, Device, DeviceId, EventBody, Floor, FloorEdit, FloorId,
    Now, Person, PersonEdit, PersonId, Presence, Reference, Slug,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Record;

/// How many floors, areas or people a house has at most, each.
const MOST: usize = 500;

impl House {
    /// Adds or edits a floor.
    pub(crate) fn put_floor(
        &mut self,
        reference: Option<Reference>,
        edit: FloorEdit,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<FloorId, Refusal> {
        let before = reference
            .map(|floor| self.find_floor(&floor).cloned())
            .transpose()?;
        room_for_one_more(before.is_none(), self.state.floors.len())?;
        let (name, slug) = self.naming(
            before.as_ref().map(|floor| (&floor.name, &floor.slug)),
            edit.name,
            edit.slug,
            "floor",
            |house, slug| house.state.floors.values().any(|floor| floor.slug == *slug),
        )?;
        let floor = Floor {
            id: before.as_ref().map_or_else(FloorId::new, |floor| floor.id),
            slug,
            name,
            level: match edit.level {
                Change::Set(level) => level.clamp(-20, 200),
                Change::Keep => before.as_ref().map_or(0, |floor| floor.level),
            },
        };
        let id = floor.id;
        effects
            .undo
            .push(before.map_or(Record::FloorGone(id), |floor| {
                Record::Floor(Floor::clone(&floor))
            }));
        effects.keep.push(Record::Floor(floor.clone()));
        self.state.floors.insert(id, Arc::new(floor));
        self.emit(
            cause,
            EventBody::FloorChanged {
                floor: id,
                removed: false,
            },
            now.house,
            effects,
        );
        Ok(id)
    }

    /// Removes a floor; its areas stay.
    pub(crate) fn remove_floor(
        &mut self,
        floor: &Reference,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let floor = Arc::clone(self.find_floor(floor)?);
        self.state.floors.remove(&floor.id);
        effects.undo.push(Record::Floor(Floor::clone(&floor)));
        effects.keep.push(Record::FloorGone(floor.id));
        let on_it: Vec<Area> = self
            .state
            .areas
            .values()
            .filter(|area| area.floor == Some(floor.id))
            .map(|area| Area {
                floor: None,
                ..Area::clone(area)
            })
            .collect();
        for area in on_it {
            self.replace_area(area, cause, now, effects);
        }
        self.emit(
            cause,
            EventBody::FloorChanged {
                floor: floor.id,
                removed: true,
            },
            now.house,
            effects,
        );
        Ok(())
    }

    /// Adds or edits an area.
    pub(crate) fn put_area(
        &mut self,
        reference: Option<Reference>,
        edit: AreaEdit,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<AreaId, Refusal> {
        let before = reference
            .map(|area| self.find_area(&area).cloned())
            .transpose()?;
        room_for_one_more(before.is_none(), self.state.areas.len())?;
        let (name, slug) = self.naming(
            before.as_ref().map(|area| (&area.name, &area.slug)),
            edit.name,
            edit.slug,
            "area",
            |house, slug| house.state.areas.values().any(|area| area.slug == *slug),
        )?;
        let floor = match edit.floor {
            Change::Keep => before.as_ref().and_then(|area| area.floor),
            Change::Set(None) => None,
            Change::Set(Some(floor)) => Some(self.find_floor(&floor)?.id),
        };
        let id = before.as_ref().map_or_else(AreaId::new, |area| area.id);
        let old: Vec<AreaId> = before
            .as_ref()
            .map(|area| area.neighbours.clone())
            .unwrap_or_default();
        let neighbours = match edit.neighbours {
            Change::Keep => old.clone(),
            Change::Set(wanted) => {
                let mut ids = BTreeSet::new();
                for neighbour in wanted {
                    ids.insert(self.find_area(&neighbour)?.id);
                }
                if ids.contains(&id) {
                    return Err(invalid(
                        "an area cannot be its own neighbour",
                        "other areas",
                    ));
                }
                ids.into_iter().collect()
            }
        };
        self.replace_area(
            Area {
                id,
                slug,
                name,
                floor,
                neighbours: neighbours.clone(),
            },
            cause,
            now,
            effects,
        );
        self.meet(id, &old, &neighbours, cause, now, effects);
        Ok(id)
    }

    /// Doorways lead both ways: the areas on the other side follow.
    fn meet(
        &mut self,
        id: AreaId,
        old: &[AreaId],
        new: &[AreaId],
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        for other in old.iter().chain(new) {
            let Some(area) = self.state.areas.get(other) else {
                continue;
            };
            let mut area = Area::clone(area);
            area.neighbours.retain(|neighbour| *neighbour != id);
            if new.contains(other) {
                area.neighbours.push(id);
            }
            self.replace_area(area, cause, now, effects);
        }
    }

    /// Puts one version of an area in the place of another, if it differs.
    fn replace_area(&mut self, area: Area, cause: &Cause, now: Now, effects: &mut Effects) {
        let before = self.state.areas.get(&area.id).cloned();
        if before.as_deref() == Some(&area) {
            return;
        }
        let id = area.id;
        effects
            .undo
            .push(before.map_or(Record::AreaGone(id), |area| {
                Record::Area(Area::clone(&area))
            }));
        effects.keep.push(Record::Area(area.clone()));
        self.state.areas.insert(id, Arc::new(area));
        self.emit(
            cause,
            EventBody::AreaChanged {
                area: id,
                removed: false,
            },
            now.house,
            effects,
        );
    }

    /// Removes an area; its devices stay, without an area.
    pub(crate) fn remove_area(
        &mut self,
        area: &Reference,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let area = Arc::clone(self.find_area(area)?);
        self.meet(area.id, &area.neighbours, &[], cause, now, effects);
        let here: Vec<Device> = self
            .state
            .devices
            .values()
            .filter(|twin| {
                twin.device.area == Some(area.id) || twin.device.serves.contains(&area.id)
            })
            .map(|twin| Device::clone(&twin.device))
            .collect();
        for before in here {
            let mut device = before.clone();
            let stood = device.area.take_if(|own| *own == area.id).is_some();
            device.serves.retain(|served| *served != area.id);
            let id = device.id;
            effects.undo.push(Record::Device(Box::new(before)));
            effects.keep.push(Record::Device(Box::new(device.clone())));
            self.put_device(device, now);
            let body = EventBody::DeviceEdited {
                device: id,
                what: if stood {
                    "it stands in no room now".to_owned()
                } else {
                    format!("it serves {} no longer", area.name)
                },
            };
            self.emit(cause, body, now.house, effects);
        }
        self.state.areas.remove(&area.id);
        effects.undo.push(Record::Area(Area::clone(&area)));
        effects.keep.push(Record::AreaGone(area.id));
        self.emit(
            cause,
            EventBody::AreaChanged {
                area: area.id,
                removed: true,
            },
            now.house,
            effects,
        );
        Ok(())
    }

    /// The area that a device thinks it stands in; a new one where there is none of that name.
    pub(crate) fn area_of_hint(
        &mut self,
        hint: &str,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> AreaId {
        if let Some(area) = self.state.area(hint) {
            return area.id;
        }
        let slug = Slug::from_name(hint, "area")
            .unused(|slug| self.state.areas.values().any(|area| area.slug == *slug));
        let area = Area {
            id: AreaId::new(),
            slug,
            name: hint.to_owned(),
            floor: None,
            neighbours: Vec::new(),
        };
        let id = area.id;
        self.replace_area(area, cause, now, effects);
        id
    }

    /// Adds or edits a person.
    pub(crate) fn put_person(
        &mut self,
        reference: Option<Reference>,
        edit: PersonEdit,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<PersonId, Refusal> {
        let before = reference
            .map(|person| self.find_person(&person).cloned())
            .transpose()?;
        room_for_one_more(before.is_none(), self.state.people.len())?;
        let (name, slug) = self.naming(
            before.as_ref().map(|person| (&person.name, &person.slug)),
            edit.name,
            edit.slug,
            "person",
            |house, slug| {
                house
                    .state
                    .people
                    .values()
                    .any(|person| person.slug == *slug)
            },
        )?;
        let person = Person {
            id: before
                .as_ref()
                .map_or_else(PersonId::new, |person| person.id),
            slug,
            name,
            presence: before
                .as_ref()
                .map_or(Presence::Unknown, |person| person.presence),
            presence_since: before.as_ref().and_then(|person| person.presence_since),
        };
        let id = person.id;
        self.replace_person(person, cause, now, effects);
        if let Change::Set(presence) = edit.presence {
            self.set_presence(id, presence, cause, now, effects);
        }
        Ok(id)
    }

    fn replace_person(&mut self, person: Person, cause: &Cause, now: Now, effects: &mut Effects) {
        let id = person.id;
        let before = self
            .state
            .people
            .get(&id)
            .map(|person| Person::clone(person));
        effects
            .undo
            .push(before.map_or(Record::PersonGone(id), Record::Person));
        effects.keep.push(Record::Person(person.clone()));
        self.state.people.insert(id, Arc::new(person));
        self.emit(
            cause,
            EventBody::PersonChanged {
                person: id,
                removed: false,
            },
            now.house,
            effects,
        );
    }

    /// A person came or went.
    pub(crate) fn set_presence(
        &mut self,
        id: PersonId,
        new: Presence,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(before) = self.state.people.get(&id) else {
            return;
        };
        let old = before.presence;
        if old == new {
            return;
        }
        let person = Person {
            presence: new,
            presence_since: Some(now.house),
            ..Person::clone(before)
        };
        effects.undo.push(Record::Person(Person::clone(before)));
        effects.keep.push(Record::Person(person.clone()));
        self.state.people.insert(id, Arc::new(person));
        self.emit(
            cause,
            EventBody::PresenceChanged {
                person: id,
                old,
                new,
            },
            now.house,
            effects,
        );
    }

    /// The person whom a tracker stands for; a new one where nobody is called so.
    pub(crate) fn person_of_tracker(
        &mut self,
        tracker: &Device,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        if self.state.person(tracker.slug.as_str()).is_none() && self.state.people.len() < MOST {
            let person = Person {
                id: PersonId::new(),
                slug: tracker.slug.clone(),
                name: tracker.name.clone(),
                presence: Presence::Unknown,
                presence_since: None,
            };
            self.replace_person(person, cause, now, effects);
        }
    }

    /// Removes a person.
    pub(crate) fn remove_person(
        &mut self,
        person: &Reference,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let person = Arc::clone(self.find_person(person)?);
        self.state.people.remove(&person.id);
        effects.undo.push(Record::Person(Person::clone(&person)));
        effects.keep.push(Record::PersonGone(person.id));
        self.emit(
            cause,
            EventBody::PersonChanged {
                person: person.id,
                removed: true,
            },
            now.house,
            effects,
        );
        Ok(())
    }

    /// The name and slug that something gets: what was asked, or what it had, or what follows.
    fn naming(
        &self,
        before: Option<(&String, &Slug)>,
        name: Change<String>,
        slug: Change<Slug>,
        kind: &str,
        taken: impl Fn(&Self, &Slug) -> bool,
    ) -> Result<(String, Slug), Refusal> {
        let name = match (name, before) {
            (Change::Set(name), _) => checked_name(&name)?,
            (Change::Keep, Some((name, _))) => name.clone(),
            (Change::Keep, None) => {
                return Err(invalid(format!("the {kind} has no name"), "a name"));
            }
        };
        let slug = match (slug, before) {
            (Change::Set(slug), Some((_, own))) if slug == *own => slug,
            (Change::Set(slug), _) if taken(self, &slug) => return Err(slug_taken(&slug)),
            (Change::Set(slug), _) => slug,
            (Change::Keep, Some((_, slug))) => slug.clone(),
            (Change::Keep, None) => Slug::from_name(&name, kind).unused(|slug| taken(self, slug)),
        };
        Ok((name, slug))
    }

    pub(crate) fn find_area(&self, area: &Reference) -> Result<&Arc<Area>, Refusal> {
        self.state
            .area(&area.0)
            .ok_or_else(|| nobody(RefusalCode::UnknownArea, "area", &area.0))
    }

    fn find_floor(&self, floor: &Reference) -> Result<&Arc<Floor>, Refusal> {
        self.state
            .floor(&floor.0)
            .ok_or_else(|| nobody(RefusalCode::UnknownFloor, "floor", &floor.0))
    }

    fn find_person(&self, person: &Reference) -> Result<&Arc<Person>, Refusal> {
        self.state
            .person(&person.0)
            .ok_or_else(|| nobody(RefusalCode::UnknownPerson, "person", &person.0))
    }

    /// Brings back a version from before (everything but wishes).
    pub(crate) fn put_back(&mut self, record: Record, now: Now, effects: &mut Effects) {
        let cause = Self::own_cause();
        let body = match record {
            Record::Floor(floor) => {
                let id = floor.id;
                self.state.floors.insert(id, Arc::new(floor));
                EventBody::FloorChanged {
                    floor: id,
                    removed: false,
                }
            }
            Record::FloorGone(floor) => {
                self.state.floors.remove(&floor);
                EventBody::FloorChanged {
                    floor,
                    removed: true,
                }
            }
            Record::Area(area) => {
                let id = area.id;
                self.state.areas.insert(id, Arc::new(area));
                EventBody::AreaChanged {
                    area: id,
                    removed: false,
                }
            }
            Record::AreaGone(area) => {
                self.state.areas.remove(&area);
                EventBody::AreaChanged {
                    area,
                    removed: true,
                }
            }
            Record::Person(person) => {
                let id = person.id;
                self.state.people.insert(id, Arc::new(person));
                EventBody::PersonChanged {
                    person: id,
                    removed: false,
                }
            }
            Record::PersonGone(person) => {
                self.state.people.remove(&person);
                EventBody::PersonChanged {
                    person,
                    removed: true,
                }
            }
            Record::Device(device) => self.device_back(*device, now),
            Record::DeviceGone(device) => {
                let name = self
                    .drop_device(device)
                    .map(|twin| twin.device.name.clone())
                    .unwrap_or_default();
                EventBody::DeviceRemoved { device, name }
            }
            Record::Discovery(discovery) => {
                let (id, name) = (discovery.id, discovery.announcement.name.clone());
                let driver = discovery.key.driver.clone();
                self.put_discovery(*discovery);
                EventBody::DiscoveryFound {
                    discovery: id,
                    name,
                    driver,
                }
            }
            Record::DiscoveryGone(discovery) => {
                self.drop_discovery(discovery);
                EventBody::DiscoveryClosed {
                    discovery,
                    reason: "it could not be kept".into(),
                }
            }
            Record::Mode(mode) => {
                let old = std::mem::replace(&mut self.state.mode, mode.as_str().into());
                EventBody::ModeChanged {
                    old: old.to_string(),
                    new: mode,
                }
            }
            Record::Constraint(constraint) => {
                let slug = constraint.slug.clone();
                self.constraint_back(&slug, Some(*constraint))
            }
            Record::ConstraintGone(slug) => self.constraint_back(&slug, None),
            Record::Scenario(_)
            | Record::Run(_)
            | Record::Scene(_)
            | Record::Memory(_)
            | Record::MemoryGone(_)
            | Record::Prediction(_)
            | Record::AlertRule(_)
            | Record::Alert(_)
            | Record::Webhook(_)
            | Record::Message(_)
            | Record::Turn(_)
            | Record::ConversationGone(_)
            | Record::Feeling(_)
            | Record::Concern(_)
            | Record::Learned { .. }
            | Record::Forecast(_)
            | Record::Wish(_)
            | Record::Scan(_)
            | Record::Event(_)
            | Record::Household { .. }
            | Record::Interview(_)
            | Record::Version(_)
            | Record::PersonErased(_)
            | Record::Account(_)
            | Record::AccountGone(_)
            | Record::Session(_)
            | Record::SessionUsed(_)
            | Record::SessionGone(_)
            | Record::Token(_)
            | Record::TokenUsed { .. }
            | Record::TokenGone(_)
            | Record::Program(_)
            | Record::ProgramGone(_)
            | Record::SecurityEvent(_)
            | Record::Capacity(_)
            | Record::Outcome { .. } => return,
        };
        self.emit(&cause, body, now.house, effects);
    }

    fn device_back(&mut self, device: Device, now: Now) -> EventBody {
        let (id, name): (DeviceId, String) = (device.id, device.name.clone());
        let known = self.state.devices.contains_key(&id);
        self.put_device(device, now);
        if known {
            EventBody::DeviceEdited {
                device: id,
                what: "the edit could not be kept".into(),
            }
        } else {
            EventBody::DeviceAdded { device: id, name }
        }
    }
}

impl House {
    /// Puts the house into a mode.
    pub(crate) fn set_mode(
        &mut self,
        mode: &str,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let mode = crate::registry::checked_name(mode)?.to_lowercase();
        if *mode == *self.state.mode {
            return Ok(());
        }
        let old = std::mem::replace(&mut self.state.mode, mode.as_str().into());
        effects.undo.push(Record::Mode(old.to_string()));
        effects.keep.push(Record::Mode(mode.clone()));
        let body = EventBody::ModeChanged {
            old: old.to_string(),
            new: mode,
        };
        self.emit(cause, body, now.house, effects);
        Ok(())
    }
}

pub(crate) fn room_for_one_more(new: bool, there: usize) -> Result<(), Refusal> {
    if new && there >= MOST {
        return Err(Refusal::new(
            RefusalCode::HouseFull,
            format!("there are {there} already"),
            format!("at most {MOST}"),
            "remove one that is no longer needed",
        ));
    }
    Ok(())
}

fn nobody(code: RefusalCode, kind: &str, reference: &str) -> Refusal {
    let shown: String = reference.chars().take(80).collect();
    Refusal::new(
        code,
        format!("no {kind} is called `{shown}`"),
        format!("the id, slug or name of a {kind} of this house"),
        "look it up in the list of them",
    )
}
