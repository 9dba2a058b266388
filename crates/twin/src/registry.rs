//! Devices and the inbox as rows: putting, editing, removing, and the names that lead to them.

use crate::snapshot::DeviceTwin;
use crate::{Effects, House, Properties, Refusal, RefusalCode};
use model::{
    AreaId, Cause, Change, Connectivity, Device, DeviceEdit, DeviceId, Discovery, DiscoveryId,
    DiscoveryState, EventBody, Guess, Key, Now, Order, Reference, Slug, Who, WishState,
};
use std::sync::Arc;
use store::Record;

/// The longest name of anything.
const NAME_MAX: usize = 120;

impl House {
    /// Puts a device into its place: a new one, or a new version of a known one.
    pub(crate) fn put_device(&mut self, mut device: Device, now: Now) {
        let id = device.id;
        device.capabilities.shrink_to_fit();
        for instance in &mut device.capabilities {
            instance.shrink_to_fit();
        }
        let device = Arc::new(device);
        let own = Who::Device {
            id,
            name: device.name.as_str().into(),
        };
        if let Some(old) = self
            .state
            .devices
            .get(&id)
            .map(|twin| Arc::clone(&twin.device))
        {
            self.forget_names(&old);
            self.watch.remove(&old);
        }
        self.watch.add(&device);
        for name in names(&device) {
            self.state.names.insert(name, id);
        }
        self.state.keys.insert(&device.key, id);
        match self.state.devices.get_mut(&id) {
            Some(twin) => {
                let twin = Arc::make_mut(twin);
                // What the device no longer has, is no longer known of it.
                twin.properties.retain(|path| {
                    device
                        .instance(path.endpoint, path.capability.name)
                        .is_some_and(|instance| instance.property(path.property.name).is_some())
                });
                twin.device = device;
                twin.own = own;
            }
            None => {
                let twin = DeviceTwin {
                    device,
                    connectivity: Connectivity::Unknown,
                    connectivity_since: now.house,
                    connectivity_reason: None,
                    last_seen: None,
                    properties: Properties::default(),
                    dropped: 0,
                    own,
                };
                self.state.devices.insert(id, Arc::new(twin));
            }
        }
        if let Some(twin) = self.state.devices.get(&id) {
            self.watch.load.note(twin);
        }
    }

    /// Takes a device out of the house.
    pub(crate) fn drop_device(&mut self, id: DeviceId) -> Option<Arc<DeviceTwin>> {
        let twin = self.state.devices.remove(&id)?;
        self.forget_names(&twin.device);
        self.state.keys.remove(&twin.device.key);
        self.watch.remove(&twin.device);
        self.watch.load.forget(id);
        self.state.starts.remove(&id);
        Some(twin)
    }

    fn forget_names(&mut self, device: &Device) {
        for name in names(device) {
            if self.state.names.get(&name) == Some(&device.id) {
                self.state.names.remove(&name);
            }
        }
    }

    /// Whether a slug already leads to another device than `own`.
    pub(crate) fn slug_taken(&self, slug: &Slug, own: Option<DeviceId>) -> bool {
        self.state
            .names
            .get(slug.as_str())
            .is_some_and(|id| Some(*id) != own)
    }

    /// Edits a device.
    pub(crate) fn edit_device(
        &mut self,
        reference: &Reference,
        edit: DeviceEdit,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<DeviceId, Refusal> {
        let before = Arc::clone(&self.find_device(reference)?.device);
        let mut device = Device::clone(&before);
        let mut what = Vec::new();
        if let Change::Set(name) = edit.name {
            device.name = checked_name(&name)?;
            device.named_by_person = true;
            what.push(format!("it is called {} now", device.name));
        }
        if let Change::Set(slug) = edit.slug {
            if self.slug_taken(&slug, Some(device.id)) {
                return Err(slug_taken(&slug));
            }
            what.push(format!("its slug is {slug} now"));
            // The old slug keeps leading here, so that scripts and links go on working.
            device.aliases.push(device.slug.to_string());
            device.slug = slug;
        }
        if let Change::Set(area) = edit.area {
            device.area = area
                .map(|area| self.find_area(&area).map(|area| area.id))
                .transpose()?;
            let place = device.area.and_then(|id| self.state.areas.get(&id));
            what.push(place.map_or_else(
                || "it stands in no room now".to_owned(),
                |area| format!("it stands in {} now", area.name),
            ));
        }
        if let Change::Set(serves) = edit.serves {
            device.serves = self.checked_serves(serves)?;
            what.push(self.told_serves(&device.serves));
        }
        if let Change::Set(aliases) = edit.aliases {
            device.aliases = self.checked_aliases(device.id, aliases)?;
            what.push("it has other aliases now".to_owned());
        }
        if let Change::Set(kind) = edit.kind {
            device.kind = kind;
            what.push(format!("it is a {kind} now"));
        }
        if let Change::Set(preferences) = edit.preferences {
            device.preferences = preferences;
            what.push("it has other preferences now".to_owned());
        }
        device.aliases.retain(|alias| alias != device.slug.as_str());
        if device == *before {
            return Ok(device.id);
        }
        let id = device.id;
        effects
            .undo
            .push(Record::Device(Box::new(Device::clone(&before))));
        effects.keep.push(Record::Device(Box::new(device.clone())));
        self.put_device(device, now);
        let body = EventBody::DeviceEdited {
            device: id,
            what: what.join(", "),
        };
        self.emit(cause, body, now.house, effects);
        Ok(id)
    }

    /// The areas that a device serves: each is one of the house, and at most 100.
    fn checked_serves(&self, serves: Vec<Reference>) -> Result<Vec<AreaId>, Refusal> {
        if serves.len() > 100 {
            return Err(invalid(
                format!("{} areas were given", serves.len()),
                "at most 100 areas",
            ));
        }
        let mut areas = Vec::with_capacity(serves.len());
        for area in serves {
            let id = self.find_area(&area)?.id;
            if !areas.contains(&id) {
                areas.push(id);
            }
        }
        Ok(areas)
    }

    fn told_serves(&self, serves: &[AreaId]) -> String {
        let names: Vec<&str> = serves
            .iter()
            .filter_map(|id| self.state.areas.get(id).map(|area| area.name.as_str()))
            .collect();
        match names[..] {
            [] => "it serves no room but its own now".to_owned(),
            _ => format!("it serves {} now", names.join(", ")),
        }
    }

    /// At most 20 aliases, each a name that leads to no other device.
    fn checked_aliases(&self, own: DeviceId, aliases: Vec<String>) -> Result<Vec<String>, Refusal> {
        if aliases.len() > 20 {
            return Err(invalid(
                format!("{} aliases were given", aliases.len()),
                "at most 20 aliases",
            ));
        }
        let mut checked: Vec<String> = Vec::with_capacity(aliases.len());
        for alias in aliases {
            let alias = checked_name(&alias)?;
            let taken = self
                .state
                .names
                .get(&alias.to_lowercase())
                .is_some_and(|id| *id != own);
            if taken {
                return Err(Refusal::new(
                    RefusalCode::SlugTaken,
                    format!("`{alias}` already means another device"),
                    "a name that no other device has",
                    "choose another alias",
                ));
            }
            if !checked.contains(&alias) {
                checked.push(alias);
            }
        }
        Ok(checked)
    }

    /// Removes a device; its driver may find it again, and then it waits in the inbox.
    pub(crate) fn remove_device(
        &mut self,
        reference: &Reference,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let twin = Arc::clone(self.find_device(reference)?);
        let device = Device::clone(&twin.device);
        let wishes: Vec<_> = self.wishes_of(device.id).map(|wish| wish.id).collect();
        for wish in wishes {
            let note = "the device was removed".to_owned();
            self.end(wish, WishState::Rejected, Some(note), now, effects);
        }
        self.drop_device(device.id);
        effects.undo.push(Record::Device(Box::new(device.clone())));
        effects.keep.push(Record::DeviceGone(device.id));
        let order = Order::Forget {
            native_id: device.key.native_id.clone(),
        };
        effects.orders.push((device.key.driver.clone(), order));
        let body = EventBody::DeviceRemoved {
            device: device.id,
            name: device.name.clone(),
        };
        self.emit(cause, body, now.house, effects);
        self.remember_removed(device, now, effects);
        Ok(())
    }

    /// A removed device that is still there is an ignored thing: it does not come back by itself.
    fn remember_removed(&mut self, device: Device, now: Now, effects: &mut Effects) {
        let mut found = self.state.discoveries.values();
        if let Some(before) = found.find(|found| found.device == Some(device.id)).cloned() {
            let mut thing = Discovery::clone(&before);
            thing.state = DiscoveryState::Ignored;
            thing.device = None;
            effects
                .undo
                .push(Record::Discovery(Box::new(Discovery::clone(&before))));
            effects
                .keep
                .push(Record::Discovery(Box::new(thing.clone())));
            return self.put_discovery(thing);
        }
        let discovery = Discovery {
            id: DiscoveryId::new(),
            announcement: model::Announcement {
                native_id: device.key.native_id.clone(),
                name: device.name,
                slug: Some(device.slug.to_string()),
                kind: device.kind,
                manufacturer: device.manufacturer,
                model: device.model,
                via: device.via,
                area: device
                    .area
                    .and_then(|area| self.state.areas.get(&area))
                    .map(|area| area.name.clone()),
                capabilities: device.capabilities,
                adopt: false,
                manual: device.manual,
            },
            key: device.key,
            state: DiscoveryState::Ignored,
            device: None,
            sightings: Vec::new(),
            guess: Guess::default(),
            presence: Connectivity::Unknown,
            first_seen: device.first_seen,
            last_seen: now.house,
        };
        effects.undo.push(Record::DiscoveryGone(discovery.id));
        effects
            .keep
            .push(Record::Discovery(Box::new(discovery.clone())));
        self.put_discovery(discovery);
    }

    /// Puts a found thing into the inbox.
    pub(crate) fn put_discovery(&mut self, discovery: Discovery) {
        for key in keys(&discovery) {
            self.state.found.insert(key, discovery.id);
        }
        self.state
            .discoveries
            .insert(discovery.id, Arc::new(discovery));
    }

    /// Takes a found thing out of the inbox.
    pub(crate) fn drop_discovery(&mut self, id: DiscoveryId) -> Option<Arc<Discovery>> {
        let discovery = self.state.discoveries.remove(&id)?;
        for key in keys(&discovery) {
            self.state.found.remove(&key);
        }
        Some(discovery)
    }
}

/// All keys that lead to a found thing.
fn keys(discovery: &Discovery) -> impl Iterator<Item = Key> + '_ {
    let seen = discovery.sightings.iter().map(|seen| Key {
        driver: seen.protocol.clone(),
        native_id: seen.sighting.native_id.clone(),
    });
    std::iter::once(discovery.key.clone()).chain(seen)
}

/// All names that lead to a device, in lower case.
fn names(device: &Device) -> impl Iterator<Item = String> + '_ {
    std::iter::once(device.slug.to_string())
        .chain(device.aliases.iter().map(|alias| alias.to_lowercase()))
}

/// A name that people can read: trimmed, not empty, not too long, without control characters.
pub(crate) fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(invalid(
            format!("`{shown}` cannot be a name"),
            format!("1 to {NAME_MAX} characters without line breaks"),
        ));
    }
    Ok(name.to_owned())
}

/// What a stranger calls itself, made fit to be shown.
pub(crate) fn tamed_name(name: &str, fallback: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_MAX)
        .collect();
    let clean = clean.trim();
    if clean.is_empty() {
        fallback.chars().take(NAME_MAX).collect()
    } else {
        clean.to_owned()
    }
}

pub(crate) fn slug_taken(slug: &Slug) -> Refusal {
    Refusal::new(
        RefusalCode::SlugTaken,
        format!("`{slug}` is taken"),
        "a slug that nothing else of its kind has",
        "choose another slug",
    )
}

pub(crate) fn invalid(message: impl Into<String>, expected: impl Into<String>) -> Refusal {
    Refusal::new(
        RefusalCode::InvalidValue,
        message,
        expected,
        "correct the value and ask again",
    )
}
