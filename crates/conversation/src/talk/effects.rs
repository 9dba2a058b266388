//! What an interview wants done: through the house's own door, with the cause of who said it.

use super::Conversation;
use super::answer::{Action, Outcome};
use crate::interview::{Effect, House, Mention, MentionState, Progress, What};
use mind::memory::{Kind, Remember};
use model::{
    AreaEdit, Cause, Change, DeviceEdit, DeviceId, DiscoveryId, FloorEdit, Grant, Request,
    RequestBody, Right,
};
use twin::Answer as Told;

impl Conversation {
    /// Does one thing that the interview wants; the device that became ours by it.
    pub(super) async fn perform_effect(
        &self,
        effect: &Effect,
        grant: &Grant,
        cause: &Cause,
    ) -> Result<Option<DeviceId>, String> {
        let wires = &self.inner.wires;
        let ask = async |body: RequestBody| {
            let mut request = Request::new(grant.clone(), body);
            request.cause = cause.clone();
            wires
                .house
                .request(request)
                .await
                .map_err(|error| error.to_string())
        };
        let neighbours = |name: &str| {
            let snapshot = wires.house.snapshot();
            let area = snapshot.area(name).cloned();
            area.ok_or_else(|| format!("no area is called {name}"))
        };
        match effect {
            Effect::Name { name } => {
                if !grant.covers(Right::ManageHouse, None) {
                    return Err(format!("{} may not name the house", grant.who));
                }
                let now = wires.house.clock().now().house;
                wires
                    .household
                    .rename(name, cause.clone(), now)
                    .await
                    .map_err(|error| error.to_string())?;
                Ok(None)
            }
            Effect::Place { text } => {
                self.note_down(
                    "house.place",
                    &format!("The house stands in {text}."),
                    Kind::Fact,
                    None,
                    grant,
                )
                .await
            }
            Effect::Area { name, floor } => {
                let floor = match floor {
                    None => Change::Keep,
                    Some((name, level)) => {
                        let snapshot = wires.house.snapshot();
                        let known = snapshot.floor(name).or_else(|| {
                            snapshot.floors.values().find(|floor| floor.level == *level)
                        });
                        let id = match known {
                            Some(floor) => floor.id,
                            None => {
                                let body = RequestBody::PutFloor {
                                    floor: None,
                                    edit: FloorEdit {
                                        name: Change::Set(name.clone()),
                                        level: Change::Set(*level),
                                        ..FloorEdit::default()
                                    },
                                };
                                match ask(body).await? {
                                    Told::Floor(id) => id,
                                    _ => return Err("the floor was not made".to_owned()),
                                }
                            }
                        };
                        Change::Set(Some(id.to_string().into()))
                    }
                };
                let edit = AreaEdit {
                    name: Change::Set(name.clone()),
                    floor,
                    ..AreaEdit::default()
                };
                ask(RequestBody::PutArea { area: None, edit }).await?;
                Ok(None)
            }
            Effect::Unmake { name } => {
                let area = neighbours(name)?.id.to_string().into();
                ask(RequestBody::RemoveArea { area }).await?;
                Ok(None)
            }
            Effect::Rename { from, to } => {
                let area = neighbours(from)?.id.to_string().into();
                let edit = AreaEdit {
                    name: Change::Set(to.clone()),
                    ..AreaEdit::default()
                };
                ask(RequestBody::PutArea {
                    area: Some(area),
                    edit,
                })
                .await?;
                Ok(None)
            }
            Effect::Connect { one, other } | Effect::Disconnect { one, other } => {
                let (one, other) = (neighbours(one)?, neighbours(other)?);
                let mut ids = one.neighbours.clone();
                ids.retain(|id| *id != other.id);
                if matches!(effect, Effect::Connect { .. }) {
                    ids.push(other.id);
                }
                let edit = AreaEdit {
                    neighbours: Change::Set(ids.iter().map(|id| id.to_string().into()).collect()),
                    ..AreaEdit::default()
                };
                ask(RequestBody::PutArea {
                    area: Some(one.id.to_string().into()),
                    edit,
                })
                .await?;
                Ok(None)
            }
            Effect::Move { device, area } => {
                let area = match area {
                    Some(name) => Some(neighbours(name)?.id.to_string().into()),
                    None => None,
                };
                let edit = DeviceEdit {
                    area: Change::Set(area),
                    ..DeviceEdit::default()
                };
                ask(RequestBody::EditDevice {
                    device: device.to_string().into(),
                    edit,
                })
                .await?;
                Ok(Some(*device))
            }
            Effect::Adopt {
                discovery, area, ..
            } => {
                let area = match area {
                    Some(name) => Some(neighbours(name)?.id.to_string().into()),
                    None => None,
                };
                match ask(RequestBody::Adopt {
                    discovery: *discovery,
                    name: None,
                    area,
                })
                .await?
                {
                    Told::Device(device) => Ok(Some(device)),
                    _ => Err("it was not taken in".to_owned()),
                }
            }
            Effect::Note { key, text, area } => {
                self.note_down(key, text, Kind::Note, area.as_deref(), grant)
                    .await
            }
            // Which device it became is known when it is connected.
            Effect::Promote { .. } => Ok(None),
            Effect::Forget { key } => {
                let Some(memory) = &wires.memory else {
                    return Ok(None);
                };
                match memory.forget(key, grant.who.clone()).await {
                    Ok(_) | Err(mind::memory::Fault::Unknown(_)) => Ok(None),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    async fn note_down(
        &self,
        key: &str,
        text: &str,
        kind: Kind,
        area: Option<&str>,
        grant: &Grant,
    ) -> Result<Option<DeviceId>, String> {
        let wires = &self.inner.wires;
        if !grant.covers(Right::Control, None) {
            return Err(format!("{} may not leave notes", grant.who));
        }
        let Some(memory) = &wires.memory else {
            return Err("I have no memory here that could keep it".to_owned());
        };
        let snapshot = wires.house.snapshot();
        let what = Remember {
            key: Some(key.to_owned()),
            area: area
                .and_then(|name| snapshot.area(name))
                .map(|area| area.id),
            ..Remember::new(kind, text)
        };
        memory
            .remember(what, grant.who.clone())
            .await
            .map(|_| None)
            .map_err(|error| error.to_string())
    }
}

/// What was not done is not claimed, and is asked again.
pub(super) fn failed(progress: &mut Progress, effect: &Effect) {
    match effect {
        Effect::Name { .. } => {
            progress.named = None;
            progress.passed.remove("name");
        }
        Effect::Place { .. } => progress.place = None,
        Effect::Adopt {
            mention, discovery, ..
        } => {
            if let Some(mention) = progress.mentions.iter_mut().find(|it| it.id == *mention) {
                mention.state = MentionState::Noted;
                mention.not.push(What::Found(*discovery));
            }
        }
        Effect::Note { key, .. } => {
            let about = |mention: &&mut Mention| mention.note.as_ref() == Some(key);
            if let Some(mention) = progress.mentions.iter_mut().find(about) {
                mention.note = None;
            }
        }
        _ => {}
    }
}

/// What is to be done, or was, in the answer.
pub(super) fn shown(effect: &Effect, house: &House, outcome: Outcome) -> Action {
    let device = |id: DeviceId| {
        house
            .devices
            .iter()
            .find(|device| device.id == id)
            .map_or_else(|| "a device".to_owned(), |device| device.name.clone())
    };
    let found = |id: DiscoveryId| {
        house
            .found
            .iter()
            .find(|found| found.id == id)
            .map_or_else(|| "a found thing".to_owned(), |found| found.name.clone())
    };
    let with = |key: &str, value: &str| vec![(key.to_owned(), value.into())];
    let (capability, command, name, args) = match effect {
        Effect::Name { name } => ("House", "name", name.clone(), Vec::new()),
        Effect::Place { text } => ("House", "place", text.clone(), Vec::new()),
        Effect::Area { name, floor } => (
            "Area",
            "make",
            name.clone(),
            floor
                .as_ref()
                .map(|(floor, _)| with("floor", floor))
                .unwrap_or_default(),
        ),
        Effect::Unmake { name } => ("Area", "remove", name.clone(), Vec::new()),
        Effect::Rename { from, to } => ("Area", "rename", from.clone(), with("name", to)),
        Effect::Connect { one, other } => ("Area", "connect", one.clone(), with("to", other)),
        Effect::Disconnect { one, other } => {
            ("Area", "disconnect", one.clone(), with("from", other))
        }
        Effect::Move { device: id, area } => (
            "Device",
            "move",
            device(*id),
            area.as_ref()
                .map(|area| with("area", area))
                .unwrap_or_default(),
        ),
        Effect::Adopt {
            discovery, area, ..
        } => (
            "Device",
            "adopt",
            found(*discovery),
            area.as_ref()
                .map(|area| with("area", area))
                .unwrap_or_default(),
        ),
        Effect::Note { text, .. } => ("Memory", "note", text.clone(), Vec::new()),
        Effect::Promote { key, .. } => ("Memory", "promote", key.clone(), Vec::new()),
        Effect::Forget { key } => ("Memory", "forget", key.clone(), Vec::new()),
    };
    Action::of(capability, command, name, args, outcome)
}
