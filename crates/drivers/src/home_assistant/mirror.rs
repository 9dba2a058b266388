//! What Home Assistant has, and the devices that follow from it.
//!
//! A device of its registry is one device here, and so is an entity without a device. Which native id
//! an entity leads to depends on what never changes about it: its device's id, else the unique id by
//! which its integration knows it; an `entity_id` can be renamed, and is taken only where there is
//! nothing else.

use super::{
    codec::{Area, Changes, Compressed, DeviceEntry, Difference, EntityEntry, Full, MAX_ID, Maybe},
    core::{NAME, Options, report},
    device::{Device, Info, State},
    map::{self, About},
};
use crate::{
    Admit, Guard, Limits,
    convention::{cut_to, label},
    telemetry,
};
use model::{Report, ReportBody, Unit};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// For how long a device without a state counts as being on its way back, as after a reload.
const GRACE: Duration = Duration::from_secs(120);

/// The mirror.
pub(super) struct Mirror {
    skip: HashSet<String>,
    max_entities: usize,
    max_of_device: usize,
    pub(super) temperature: Unit,
    /// Whether every integration had its turn to start.
    pub(super) is_settled: bool,
    areas: HashMap<String, String>,
    registry: HashMap<String, DeviceEntry>,
    entries: HashMap<String, EntityEntry>,
    states: BTreeMap<Arc<str>, State>,
    /// Entities that came after the registries were read: what they belong to is not known yet.
    fresh: HashSet<Arc<str>>,
    /// Those of them of which the reading that is under way will tell.
    covered: HashSet<Arc<str>>,
    pub(super) devices: BTreeMap<Arc<str>, Device>,
    /// Which device an entity belongs to.
    owners: HashMap<Arc<str>, Arc<str>>,
    /// Devices that are to be laid out anew.
    dirty: BTreeSet<Arc<str>>,
    /// Whether it is to be found out anew which entity belongs where,
    is_stale: bool,
    /// also because the registries say something else.
    is_other: bool,
    /// Whether what happens happens now, and did not happen while nobody looked.
    is_live: bool,
    /// Devices of which an entity went away a moment ago.
    waiting: BTreeSet<Arc<str>>,
    guard: Guard,
    /// Entities beyond what is taken, and the first of them.
    excess: (usize, Option<String>),
    /// The same, of those that were not even kept.
    overflow: (usize, Option<String>),
    /// What is left out, and how much of it.
    left_out: BTreeMap<String, usize>,
    told_left_out: BTreeMap<String, usize>,
}

impl Mirror {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            skip: options.skip_platforms.iter().cloned().collect(),
            max_entities: options.max_entities,
            max_of_device: options.max_of_device,
            temperature: Unit::Celsius,
            is_settled: false,
            areas: HashMap::new(),
            registry: HashMap::new(),
            entries: HashMap::new(),
            states: BTreeMap::new(),
            fresh: HashSet::new(),
            covered: HashSet::new(),
            devices: BTreeMap::new(),
            owners: HashMap::new(),
            dirty: BTreeSet::new(),
            is_stale: false,
            is_other: false,
            is_live: false,
            waiting: BTreeSet::new(),
            guard: Guard::new(Limits::default()),
            excess: (0, None),
            overflow: (0, None),
            left_out: BTreeMap::new(),
            told_left_out: BTreeMap::new(),
        }
    }

    /// Whether the registries are to be read for what came.
    pub(super) fn wants_reading(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The registries are asked for.
    pub(super) fn begin_reading(&mut self) {
        self.covered.extend(self.fresh.drain());
    }

    /// They were told.
    pub(super) fn end_reading(&mut self) {
        self.is_stale |= !self.covered.is_empty();
        self.covered.clear();
    }

    pub(super) fn set_areas(&mut self, areas: Vec<Area>) {
        self.areas = areas
            .into_iter()
            .take(self.max_entities)
            .filter_map(|area| Some((area.area_id, label(&area.name)?)))
            .collect();
        self.is_other = true;
    }

    pub(super) fn set_registry(&mut self, devices: Vec<DeviceEntry>) {
        self.registry = devices
            .into_iter()
            .filter(|device| !device.id.is_empty() && device.id.len() <= MAX_ID)
            .take(self.max_entities)
            .map(|device| (device.id.clone(), device))
            .collect();
        self.is_other = true;
    }

    pub(super) fn set_entries(&mut self, entries: Vec<EntityEntry>) {
        // Also those that are disabled stand in it, so there may be more than are mirrored.
        self.entries = entries
            .into_iter()
            .filter(|entry| is_id(&entry.entity_id))
            .take(self.max_entities * 4)
            .map(|entry| (entry.entity_id.clone(), entry))
            .collect();
        self.is_other = true;
    }

    pub(super) fn set_temperature(&mut self, unit: Unit) {
        if self.temperature != unit {
            self.temperature = unit;
            self.devices.values_mut().for_each(Device::repeat);
            self.dirty.extend(self.devices.keys().cloned());
        }
    }

    /// All states, as they are now; what is not among them is gone.
    pub(super) fn set_states(&mut self, states: Vec<Full>, now: Duration) -> Vec<Report> {
        let here: HashSet<&str> = states
            .iter()
            .map(|state| state.entity_id.as_str())
            .collect();
        self.states.retain(|id, _| here.contains(id.as_ref()));
        self.is_stale = true;
        let mut reports = Vec::new();
        for state in states {
            reports.extend(self.set_state(state, now));
        }
        reports
    }

    /// Forgets all states: all of them are about to come anew.
    pub(super) fn forget_states(&mut self) {
        self.states.clear();
        self.fresh.clear();
        self.covered.clear();
        self.overflow = (0, None);
        self.is_stale = true;
    }

    /// One state in full.
    pub(super) fn set_state(&mut self, full: Full, now: Duration) -> Vec<Report> {
        let news = Compressed {
            state: full.state,
            attributes: full.attributes,
        };
        if is_id(&full.entity_id) {
            self.replace(&full.entity_id, news, now)
        } else {
            Vec::new()
        }
    }

    /// What changed; the reports that follow, and how much of it could not be read.
    pub(super) fn on_changes(&mut self, changes: Changes, now: Duration) -> (Vec<Report>, u64) {
        let mut reports = Vec::new();
        let mut bad = 0;
        for (id, state) in changes.added {
            match state {
                Maybe::Good(state) if is_id(&id) => reports.extend(self.replace(&id, state, now)),
                _ => bad += 1,
            }
        }
        for (id, difference) in changes.changed {
            match difference {
                Maybe::Good(difference) => reports.extend(self.differ(&id, difference, now)),
                Maybe::Bad(_) => bad += 1,
            }
        }
        for id in changes.removed {
            self.remove_state(&id);
        }
        (reports, bad)
    }

    pub(super) fn remove_state(&mut self, id: &str) {
        self.is_stale |= self.states.remove(id).is_some();
        self.fresh.remove(id);
    }

    fn replace(&mut self, id: &str, news: Compressed, now: Duration) -> Vec<Report> {
        if !self.states.contains_key(id) {
            if self.states.len() >= self.max_entities * 2 {
                self.overflow.0 += 1;
                self.overflow.1.get_or_insert_with(|| id.to_owned());
                return Vec::new();
            }
            let new: Arc<str> = id.into();
            self.states.insert(Arc::clone(&new), State::default());
            self.is_stale = true;
            if self.is_live {
                self.fresh.insert(new);
            }
        }
        // Of what is not mirrored nothing is kept but that it is there.
        let Some(state) = self
            .states
            .get_mut(id)
            .filter(|_| map::is_mirrored(map::domain(id)))
        else {
            return Vec::new();
        };
        state.state = news.state.unwrap_or_else(|| "unknown".to_owned());
        state.attributes = news.attributes;
        self.changed(id, now)
    }

    fn differ(&mut self, id: &str, difference: Difference, now: Duration) -> Vec<Report> {
        let Some(state) = self.states.get_mut(id) else {
            return Vec::new();
        };
        if !map::is_mirrored(map::domain(id)) {
            return Vec::new();
        }
        if let Some(word) = difference.plus.state {
            state.state = word;
        }
        state.attributes.merge(&difference.plus.attributes);
        for name in &difference.minus.attributes {
            state.attributes.remove(name);
        }
        self.changed(id, now)
    }

    /// A state is another: its device may look otherwise, and has something to say.
    fn changed(&mut self, id: &str, now: Duration) -> Vec<Report> {
        let Some((id, _)) = self.states.get_key_value(id) else {
            return Vec::new();
        };
        let id = Arc::clone(id);
        let grew = self.states.get_mut(&id).is_some_and(|state| {
            let State {
                attributes, shape, ..
            } = state;
            shape.remember(attributes)
        });
        let Some(owner) = self.owners.get(&id).cloned() else {
            return Vec::new();
        };
        if grew && self.looks_otherwise(&owner, &id) {
            self.dirty.insert(Arc::clone(&owner));
        }
        // While everything comes anew, it is told when it is complete.
        if !self.is_live || self.guard.admit(&owner, &id, b"", now) == Admit::Held {
            return Vec::new();
        }
        self.tell(&owner, &id, false, now)
    }

    /// Whether an entity's new attributes change what its device can do.
    fn looks_otherwise(&self, owner: &str, id: &str) -> bool {
        let known = self.devices.get(owner).and_then(|device| {
            let at = device.position(id)?;
            Some(&device.members[at].entity)
        });
        let now = self.understood(id);
        now.as_ref() != known.map(AsRef::as_ref)
    }

    fn understood(&self, id: &str) -> Option<map::Entity> {
        let state = self.states.get(id)?;
        map::understand(&self.about(id), &state.shape(self.temperature))
    }

    /// What is known of an entity besides its state.
    fn about(&self, id: &str) -> About {
        let shape = self.states.get(id).map(|state| &state.shape);
        let friendly = || {
            let name = shape.and_then(|shape| shape.get("friendly_name")?.as_str());
            name.and_then(label)
        };
        match self.entries.get(id) {
            Some(entry) => {
                let named = entry.name.as_deref().and_then(label);
                let original = entry.original_name.as_deref().and_then(label);
                let device = entry.device_id.as_ref().map(|id| self.registry.get(id));
                About {
                    id: id.to_owned(),
                    main: match device {
                        // Without a device it is what its own one is for.
                        None => true,
                        Some(device) => {
                            let bears = entry.has_entity_name && original.is_none();
                            let theirs = device.and_then(|device| device.name.as_deref());
                            named.is_none()
                                && (bears || original.is_some() && theirs == original.as_deref())
                        }
                    },
                    name: named.or(original).or_else(friendly),
                    unique: unique(entry),
                    side: entry.entity_category.is_some(),
                }
            }
            None => About {
                id: id.to_owned(),
                name: friendly(),
                main: true,
                unique: id.to_owned(),
                side: false,
            },
        }
    }

    /// What an entity has to say now.
    fn tell(&mut self, owner: &Arc<str>, id: &str, again: bool, now: Duration) -> Vec<Report> {
        let Some(device) = self
            .devices
            .get_mut(owner)
            .filter(|device| device.is_announced())
        else {
            return Vec::new();
        };
        let (Some(at), Some(state)) = (device.position(id), self.states.get(id)) else {
            return Vec::new();
        };
        let mut reports = Vec::new();
        let answers = {
            let states = &self.states;
            let mut members = device.members.iter();
            members.any(|member| {
                let state = states.get(member.entity.id.as_str());
                state.is_some_and(|state| !state.is_away())
            })
        };
        reports.extend(device.connect(owner, answers));
        let readings = device.readings(at, state, self.temperature, again, now);
        if !readings.is_empty() {
            reports.push(ReportBody::Values {
                native_id: owner.to_string(),
                readings,
            });
        }
        reports.extend(device.happened(owner, at, state, self.temperature, self.is_live));
        if device.has_away() {
            self.waiting.insert(Arc::clone(owner));
        }
        reports.into_iter().map(report).collect()
    }

    /// What an entity says, said once more: a wish for what it is already must be seen to come true.
    pub(super) fn tell_again(&mut self, id: &str, now: Duration) -> Vec<Report> {
        match self.owners.get(id).cloned() {
            Some(owner) => self.tell(&owner, id, true, now),
            None => Vec::new(),
        }
    }

    /// Everything about a device, said again.
    pub(super) fn tell_all(&mut self, native_id: &Arc<str>, now: Duration) -> Vec<Report> {
        let Some(device) = self.devices.get_mut(native_id) else {
            return Vec::new();
        };
        device.repeat();
        let ids: Vec<String> = device.entities().into_iter().map(str::to_owned).collect();
        let mut reports = Vec::new();
        for id in ids {
            reports.extend(self.tell(native_id, &id, true, now));
        }
        reports
    }

    /// The state of an entity as a command needs it.
    pub(super) fn state(&self, id: &str) -> Option<&State> {
        self.states.get(id)
    }

    /// Whether something is to be settled.
    pub(super) fn has_news(&self) -> bool {
        self.is_stale || self.is_other || !self.dirty.is_empty()
    }

    /// Lays out what changed, and says what follows. To be called when a burst has settled.
    pub(super) fn settle(&mut self, now: Duration) -> Vec<Report> {
        let is_other = std::mem::take(&mut self.is_other);
        if std::mem::take(&mut self.is_stale) || is_other {
            self.find_owners(is_other, now);
        }
        let dirty = std::mem::take(&mut self.dirty);
        let mut members: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
        for (id, owner) in &self.owners {
            if dirty.contains(owner) {
                members
                    .entry(Arc::clone(owner))
                    .or_default()
                    .push(Arc::clone(id));
            }
        }
        let mut reports = Vec::new();
        for native_id in dirty {
            let mut ids = members.remove(&native_id).unwrap_or_default();
            ids.sort_unstable();
            reports.extend(self.rebuild(&native_id, &ids, now));
        }
        self.is_live = true;
        reports
    }

    /// Which entity belongs to which device.
    fn find_owners(&mut self, is_other: bool, now: Duration) {
        let mut owners: HashMap<Arc<str>, Arc<str>> = HashMap::new();
        let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
        let mut excess = (0, None);
        // Each device, and how many entities it has so far.
        let mut natives: BTreeMap<Arc<str>, (Arc<str>, usize)> = BTreeMap::new();
        for id in self.states.keys() {
            if self.fresh.contains(id) || self.covered.contains(id) {
                continue;
            }
            let entry = self.entries.get(id.as_ref());
            let domain = map::domain(id);
            let platform = entry.and_then(|entry| entry.platform.as_deref());
            let why = if !map::is_mirrored(domain) {
                Some(cut_to(domain, 40))
            } else {
                let skipped = platform.filter(|platform| self.skip.contains(*platform));
                skipped.map(|platform| format!("{platform} (HA_SKIP_PLATFORMS)"))
            };
            if let Some(why) = why {
                // A hostile peer may name domains without end.
                let why = if left_out.len() < 64 || left_out.contains_key(&why) {
                    why
                } else {
                    "others".to_owned()
                };
                *left_out.entry(why).or_default() += 1;
                continue;
            }
            let native = native_id(id, entry);
            let (native, count) = match natives.get(native.as_str()) {
                Some((known, count)) => (Arc::clone(known), *count),
                None => (native.into(), 0),
            };
            if owners.len() >= self.max_entities || count >= self.max_of_device {
                excess.0 += 1;
                excess.1.get_or_insert_with(|| id.to_string());
                continue;
            }
            natives.insert(Arc::clone(&native), (Arc::clone(&native), count + 1));
            owners.insert(Arc::clone(id), native);
        }
        self.excess = excess;
        self.left_out = left_out;
        for (id, owner) in owners
            .iter()
            .filter(|(id, owner)| self.owners.get(*id) != Some(*owner))
        {
            self.dirty.insert(Arc::clone(owner));
            self.dirty.extend(self.owners.get(id).cloned());
        }
        let gone = self
            .owners
            .iter()
            .filter(|(id, _)| !owners.contains_key(*id));
        self.dirty.extend(gone.map(|(_, owner)| Arc::clone(owner)));
        self.owners = owners;
        for native in natives.keys() {
            self.devices.entry(Arc::clone(native)).or_default();
        }
        let registered: HashSet<String> = self
            .entries
            .values()
            .map(|entry| native_id(&entry.entity_id, Some(entry)))
            .collect();
        for (native, device) in &mut self.devices {
            let is_here = natives.contains_key(native);
            let is_registered = registered.contains(native.as_ref());
            if is_here {
                device.missing = None;
                device.registered |= is_registered;
            } else if device.registered && !is_registered {
                // Somebody removed it there.
                device.missing = Some(Duration::ZERO);
            } else {
                device.missing.get_or_insert(now);
            }
            if is_other || !is_here {
                self.dirty.insert(Arc::clone(native));
            }
        }
    }

    fn rebuild(&mut self, native_id: &Arc<str>, ids: &[Arc<str>], now: Duration) -> Vec<Report> {
        let entities: Vec<_> = ids
            .iter()
            .filter_map(|id| self.understood(id))
            .map(Arc::new)
            .collect();
        let info = self.info(native_id, &entities);
        let Some(device) = self.devices.get_mut(native_id) else {
            return Vec::new();
        };
        if entities.is_empty() {
            return self.withdraw(native_id, now);
        }
        let announcement = device.rebuild(native_id, info, entities);
        let mut reports: Vec<Report> = announcement
            .map(|news| report(ReportBody::Announced(Box::new(news))))
            .into_iter()
            .collect();
        for member in &mut device.members {
            // What happened before we came, or while we were away, is past.
            if let Some(state) = self.states.get(member.entity.id.as_str()) {
                member.came(&state.state);
            }
        }
        for id in ids {
            reports.extend(self.tell(native_id, id, false, now));
        }
        reports
    }

    /// A device of which nothing is there any more: gone, or on its way back.
    fn withdraw(&mut self, native_id: &Arc<str>, now: Duration) -> Vec<Report> {
        let Some(device) = self.devices.get_mut(native_id) else {
            return Vec::new();
        };
        let missing = *device.missing.get_or_insert(now);
        let is_over =
            missing == Duration::ZERO || self.is_settled && now.saturating_sub(missing) >= GRACE;
        if !device.is_announced() {
            self.devices.remove(native_id);
            return Vec::new();
        }
        if is_over {
            self.devices.remove(native_id);
            return vec![report(ReportBody::Withdrawn {
                native_id: native_id.to_string(),
            })];
        }
        device
            .connect(native_id, false)
            .map(report)
            .into_iter()
            .collect()
    }

    /// What the registries say of a device.
    fn info(&self, native_id: &str, entities: &[Arc<map::Entity>]) -> Info {
        let area = |id: Option<&String>| id.and_then(|id| self.areas.get(id)).cloned();
        // Entities may stand elsewhere than their device; it stands where the first of them does.
        let of_entity = || {
            let mut ids: Vec<&str> = entities.iter().map(|entity| entity.id.as_str()).collect();
            ids.sort_unstable();
            ids.iter().find_map(|id| {
                let entry = self.entries.get(*id)?;
                area(entry.area_id.as_ref())
            })
        };
        let plain = |text: &Option<String>| text.as_deref().and_then(label);
        match self.registry.get(native_id) {
            Some(entry) => Info {
                name: plain(&entry.name_by_user).or_else(|| plain(&entry.name)),
                manufacturer: plain(&entry.manufacturer),
                model: plain(&entry.model),
                area: area(entry.area_id.as_ref()).or_else(of_entity),
                via: entry
                    .via_device_id
                    .clone()
                    .filter(|id| self.registry.contains_key(id)),
            },
            None => Info {
                area: of_entity(),
                ..Info::default()
            },
        }
    }

    /// What time alone changes. To be called about once a second.
    pub(super) fn on_time(&mut self, now: Duration) -> Vec<Report> {
        let mut reports = Vec::new();
        let missing: Vec<_> = self
            .devices
            .iter()
            .filter(|(_, device)| device.missing.is_some())
            .map(|(native_id, _)| Arc::clone(native_id))
            .collect();
        for native_id in missing {
            reports.extend(self.withdraw(&native_id, now));
        }
        for native_id in std::mem::take(&mut self.waiting) {
            if let Some(device) = self.devices.get_mut(&native_id) {
                let (news, waits) = device.on_time(&native_id, now);
                reports.extend(news.map(report));
                if waits {
                    self.waiting.insert(native_id);
                }
            }
        }
        self.guard.tidy(now);
        reports
    }

    /// What a flood held back and may be told now.
    pub(super) fn release(&mut self, now: Duration) -> Vec<Report> {
        let mut reports = Vec::new();
        if !self.guard.is_busy() {
            return reports;
        }
        for (id, _) in self.guard.release(now) {
            if let Some(owner) = self.owners.get(id.as_str()).cloned() {
                reports.extend(self.tell(&owner, &id, false, now));
            }
        }
        for (device, dropped, is_news) in self.guard.floods(now) {
            telemetry::flooding(NAME, &device, dropped, is_news);
            reports.push(report(ReportBody::Flooding {
                native_id: device.to_string(),
                dropped,
            }));
        }
        reports
    }

    /// Home Assistant is away: of no device it is known whether it answers.
    pub(super) fn on_lost(&mut self, reason: &str) -> Vec<Report> {
        self.is_settled = false;
        self.is_live = false;
        self.waiting.clear();
        let devices = self.devices.iter_mut();
        devices
            .filter_map(|(native_id, device)| device.forget(native_id, reason))
            .map(report)
            .collect()
    }

    /// How many devices are mirrored.
    pub(super) fn count(&self) -> u32 {
        let announced = self.devices.values().filter(|device| device.is_announced());
        u32::try_from(announced.count()).unwrap_or(u32::MAX)
    }

    /// What is left out, where that changed: `camera 3, update 5`.
    pub(super) fn news_of_left_out(&mut self) -> Option<String> {
        if self.left_out == self.told_left_out {
            return None;
        }
        self.told_left_out = self.left_out.clone();
        let all: Vec<String> = self
            .left_out
            .iter()
            .map(|(what, count)| format!("{what} {count}"))
            .collect();
        Some(if all.is_empty() {
            "nothing".to_owned()
        } else {
            all.join(", ")
        })
    }

    /// What is wrong with the whole, for people; `None` where nothing is.
    pub(super) fn trouble(&self) -> Option<String> {
        let count = self.excess.0 + self.overflow.0;
        let first = self.excess.1.as_ref().or(self.overflow.1.as_ref());
        (count > 0).then(|| {
            format!(
                "{count} entities beyond {} in all or {} of a device were left out, the first was {}; disable in Home Assistant what nobody needs",
                self.max_entities,
                self.max_of_device,
                first.map_or("unnamed", String::as_str)
            )
        })
    }
}

/// Whether a text can be an entity's id.
fn is_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    id.len() <= MAX_ID
        && id.split_once('.').is_some_and(|(domain, object)| {
            !domain.is_empty()
                && !object.is_empty()
                && domain.bytes().all(is_plain)
                && object.bytes().all(is_plain)
        })
}

/// What never changes about an entity of the registry.
fn unique(entry: &EntityEntry) -> String {
    match &entry.unique_id {
        Some(unique) => {
            let platform = entry.platform.as_deref().unwrap_or_default();
            let domain = map::domain(&entry.entity_id);
            cut_to(&format!("{domain}.{platform}.{unique}"), MAX_ID)
        }
        None => entry.entity_id.clone(),
    }
}

/// The native id of the device to which an entity leads.
fn native_id(id: &str, entry: Option<&EntityEntry>) -> String {
    match entry {
        Some(EntityEntry {
            device_id: Some(device),
            ..
        }) if !device.is_empty() => cut_to(device, MAX_ID),
        Some(entry) => format!("entity:{}", unique(entry)),
        None => format!("entity:{id}"),
    }
}
