//! Which rooms a device works for, wherever it stands.

use super::super::answer::Answer;
use super::super::{Turn, words};
use crate::act::Op;
use crate::lang::Attr;
use crate::text;
use crate::understand::{Context, Deed, Dialogue, Pending, served_rooms, serving_device};
use model::{AreaId, Change, DeviceEdit, DeviceId, Request, RequestBody};

impl Turn<'_> {
    fn room_names(&self, areas: &[AreaId]) -> String {
        let names = areas
            .iter()
            .filter_map(|id| self.snapshot.areas.get(id).map(|area| area.name.clone()));
        words::listed(&names.collect::<Vec<_>>(), 8)
    }

    /// “Which rooms does the furnace heat?”
    pub(super) fn serves(&self, said: &str, next: &mut Dialogue) -> Answer {
        let (things, _) = self.serve_parts(said, next);
        let [id] = things[..] else {
            return self.which_serves(&things);
        };
        next.last = vec![id];
        let Some(twin) = self.snapshot.devices.get(&id) else {
            return self.which_serves(&[]);
        };
        let (name, served) = (&twin.device.name, self.room_names(&twin.device.serves));
        let text = match (twin.device.serves.is_empty(), twin.device.area) {
            (false, _) => format!("{name} serves {served}."),
            (true, Some(own)) => format!(
                "Nobody has told me of rooms that {name} serves; it stands in {}.",
                self.room_names(&[own])
            ),
            (true, None) => format!("Nobody has told me of rooms that {name} serves."),
        };
        Answer::of("serves", text).slot("device", twin.device.slug.to_string())
    }

    /// “What heats the bedroom?”
    pub(super) fn served_by(&self, said: &str, next: &mut Dialogue) -> Answer {
        let (_, areas) = self.serve_parts(&format!(" / {said}"), next);
        let Some(area) = areas.first() else {
            return self.which_serves(&[]);
        };
        let room = self.room_names(&[*area]);
        let heats = |id: &DeviceId| {
            let thing = self.thing(*id).map(|(thing, _)| thing);
            thing.is_some_and(|thing| {
                thing.device.serves.contains(area)
                    || thing.device.area == Some(*area) && thing.has("Thermostat")
            })
        };
        let all: Vec<DeviceId> = self
            .snapshot
            .devices
            .keys()
            .copied()
            .filter(heats)
            .collect();
        if all.is_empty() {
            let text = format!("I know of nothing that serves {room}.");
            return Answer::of("served_by", text);
        }
        let told: Vec<String> = all
            .iter()
            .filter_map(|id| self.snapshot.devices.get(id))
            .map(|twin| {
                let serves = twin.device.serves.iter().copied();
                let others: Vec<AreaId> = serves.filter(|it| it != area).collect();
                let also = match others[..] {
                    [] => String::new(),
                    _ => format!(" It serves {} too.", self.room_names(&others)),
                };
                format!("{} serves {room}.{also}", twin.device.name)
            })
            .collect();
        next.last.clone_from(&all);
        Answer::of("served_by", told.join(" "))
    }

    /// “The furnace heats the bedroom and the office.”
    pub(super) async fn serves_told(&self, said: &str, next: &mut Dialogue) -> Answer {
        let (things, areas) = self.serve_parts(said, next);
        let [id] = things[..] else {
            return self.which_serves(&things);
        };
        next.last = vec![id];
        // A furnace heats rooms; of a kettle it is asked again.
        let usual = self.thing(id).is_some_and(|(thing, _)| {
            ["Thermostat", "FanControl", "ValveConfigurationAndControl"]
                .iter()
                .any(|capability| thing.has(capability))
        });
        if usual {
            return self.serve(id, &areas).await;
        }
        let text = format!(
            "Shall I keep that {} serves {}?",
            self.name(id),
            self.room_names(&areas)
        );
        next.pending = Some(Pending::Serves(id, areas));
        Answer::of("serves_told", text).asking("confirm", vec!["Yes".into(), "No".into()])
    }

    /// Keeps that a device serves some areas, besides those that were told before.
    pub(in super::super) async fn serve(&self, id: DeviceId, areas: &[AreaId]) -> Answer {
        let Some(twin) = self.snapshot.devices.get(&id) else {
            return self.which_serves(&[]);
        };
        let mut serves = twin.device.serves.clone();
        serves.extend(
            areas
                .iter()
                .filter(|area| !twin.device.serves.contains(area)),
        );
        let (name, served) = (&twin.device.name, self.room_names(&serves));
        if self.dry_run {
            return Answer::of(
                "serves_told",
                format!("I would keep that {name} serves {served}."),
            );
        }
        let edit = DeviceEdit {
            serves: Change::Set(serves.iter().map(|id| id.to_string().into()).collect()),
            ..DeviceEdit::default()
        };
        let device = id.to_string().into();
        let request = Request::new(self.grant.clone(), RequestBody::EditDevice { device, edit });
        match self.wires.house.request(request).await {
            Ok(_) => Answer::of(
                "serves_told",
                format!("I keep that: {name} serves {served}."),
            ),
            Err(refusal) => Answer::of("serves_told", format!("I could not keep that: {refusal}.")),
        }
    }

    /// What else becomes warmer or colder by what was done for a room.
    pub(in super::super) fn also_changed(&self, deeds: &[Deed]) -> Option<String> {
        let said = text::folded(self.message);
        let mut others: Vec<AreaId> = Vec::new();
        for deed in deeds {
            let Deed::Devices {
                op: Op::Set(attr, _) | Op::Step(attr, ..),
                things,
                ..
            } = deed
            else {
                continue;
            };
            if !matches!(attr, None | Some(Attr::Temperature | Attr::Setpoint)) {
                continue;
            }
            for (thing, _) in things.iter().filter_map(|id| self.thing(*id)) {
                if thing.has("Thermostat") {
                    others.extend(&thing.device.serves);
                }
            }
        }
        others.sort();
        others.dedup();
        others.retain(|id| {
            let area = self.snapshot.areas.get(id);
            area.is_some_and(|area| !said.contains(&text::folded(&area.name)))
        });
        (!others.is_empty()).then(|| format!("That changes {} too.", self.room_names(&others)))
    }

    /// The devices and the areas of a sentence about serving, in two parts.
    fn serve_parts(&self, said: &str, dialogue: &Dialogue) -> (Vec<DeviceId>, Vec<AreaId>) {
        let snapshot = Some(&*self.snapshot);
        let context = Context::new(self.house, snapshot, self.language, dialogue, None);
        let (device, rooms) = said.split_once(" / ").unwrap_or((said, ""));
        let tokens = |said: &str| text::read(said, self.language).tokens;
        let things = serving_device(&tokens(device), &context);
        let rooms = served_rooms(&tokens(rooms), &context).unwrap_or_default();
        (
            things
                .iter()
                .map(|index| self.house.thing(*index).id())
                .collect(),
            rooms
                .iter()
                .map(|room| self.house.rooms[*room as usize].id)
                .collect(),
        )
    }

    fn which_serves(&self, things: &[DeviceId]) -> Answer {
        let text = match things {
            [] => "I know nothing that is called so.".to_owned(),
            _ => format!("Which one do you mean: {}?", self.names(things)),
        };
        Answer::of("serves", text)
    }
}
