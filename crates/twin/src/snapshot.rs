//! What is known at one moment, immutable and cheap to share.
//!
//! The maps are persistent ones: a clone shares everything, and a change copies one path of a tree.

use crate::Properties;
use crate::constraints::{Constraints, Refused};
use crate::keys::Keys;
use crate::search::Scans;
use imbl::{HashMap, OrdMap};
use model::{
    Area, AreaId, Cause, Connectivity, Device, DeviceId, Discovery, DiscoveryId, DriverState,
    Floor, FloorId, Key, Path, Person, PersonId, Position, Presence, Searcher, Timestamp, Value,
    Who, Wish, WishId,
};
use std::sync::Arc;

/// The mode of a house that was never put into another.
const MODE: &str = "home";

/// The house at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The last event that it contains.
    pub position: Position,
    /// When that was, in house time.
    pub at: Timestamp,
    /// The devices, oldest first.
    pub devices: OrdMap<DeviceId, Arc<DeviceTwin>>,
    /// Things that were found and are not ours.
    pub discoveries: OrdMap<DiscoveryId, Arc<Discovery>>,
    /// The floors.
    pub floors: OrdMap<FloorId, Arc<Floor>>,
    /// The areas.
    pub areas: OrdMap<AreaId, Arc<Area>>,
    /// The people.
    pub people: OrdMap<PersonId, Arc<Person>>,
    /// The wishes that have not ended, and the last that did.
    pub wishes: HashMap<WishId, Arc<Wish>>,
    /// The search for devices that is under way, and the last that ended; newest first.
    pub scans: Scans,
    /// The protocols that take part in searches, and those that are switched off.
    pub searchers: Arc<[Searcher]>,
    /// The house's mode: `home`, `night`, `away`, or the household's own word.
    pub mode: Arc<str>,
    /// The safety constraints.
    pub constraints: Arc<Constraints>,
    /// The last requests that each of them refused, by slug, newest first.
    pub refused: HashMap<String, Arc<[Refused]>>,
    /// How the drivers are.
    pub drivers: OrdMap<String, DriverState>,
    /// Slugs and aliases of devices, in lower case.
    pub(crate) names: HashMap<String, DeviceId>,
    /// Who speaks to which device.
    pub(crate) keys: Keys,
    /// Who found which thing.
    pub(crate) found: HashMap<Key, DiscoveryId>,
    /// When devices were started within the last hour, where a constraint counts that.
    pub(crate) starts: HashMap<DeviceId, Arc<Vec<Timestamp>>>,
    /// How many wishes have not ended.
    pub(crate) pending: usize,
}

/// A device and all that is known of it.
#[derive(Debug, Clone)]
pub struct DeviceTwin {
    /// What it is.
    pub device: Arc<Device>,
    /// Whether it answers.
    pub connectivity: Connectivity,
    /// Since when.
    pub connectivity_since: Timestamp,
    /// How that is known.
    pub connectivity_reason: Option<String>,
    /// When it was last heard of.
    pub last_seen: Option<Timestamp>,
    /// Its properties. One that is not here was never reported nor wished.
    pub properties: Properties,
    /// Messages dropped because it floods, since the start.
    pub dropped: u64,
    /// The device as who did something.
    pub(crate) own: Who,
}

/// A property's two halves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PropertyTwin {
    /// What the device said; nobody else writes it.
    pub reported: Option<Reported>,
    /// What somebody wants and has not got yet; the device never writes it.
    pub desired: Option<Box<Desired>>,
}

/// What a device said.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// The value; `None` where it said that it does not know.
    pub value: Option<Value>,
    /// When it last said so, in house time.
    pub at: Timestamp,
    /// When the value became this one, in house time.
    pub since: Timestamp,
    /// Whether it is from before the last restart and was not said again.
    pub stale: bool,
    /// Who caused it to become this.
    pub cause: Cause,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// The wanted value.
    pub value: Value,
    /// Since when, in house time.
    pub at: Timestamp,
    /// The wish behind it.
    pub wish: WishId,
    /// Who wants it.
    pub who: Who,
}

impl Snapshot {
    /// A house in which nothing is known yet.
    #[must_use]
    pub(crate) fn empty(epoch: u64, at: Timestamp) -> Self {
        Self {
            position: Position { epoch, seq: 0 },
            at,
            devices: OrdMap::new(),
            discoveries: OrdMap::new(),
            floors: OrdMap::new(),
            areas: OrdMap::new(),
            people: OrdMap::new(),
            wishes: HashMap::new(),
            scans: Scans::new(),
            searchers: Arc::default(),
            mode: MODE.into(),
            constraints: Arc::default(),
            refused: HashMap::new(),
            drivers: OrdMap::new(),
            names: HashMap::new(),
            keys: Keys::default(),
            found: HashMap::new(),
            starts: HashMap::new(),
            pending: 0,
        }
    }

    /// The device of that id, slug or alias.
    #[must_use]
    pub fn device(&self, reference: &str) -> Option<&Arc<DeviceTwin>> {
        let id = match reference.parse::<DeviceId>() {
            Ok(id) => id,
            Err(_) => *self.names.get(&reference.trim().to_lowercase())?,
        };
        self.devices.get(&id)
    }

    /// The device that a driver calls so.
    #[must_use]
    pub fn device_by_key(&self, key: &Key) -> Option<&Arc<DeviceTwin>> {
        self.devices
            .get(&self.keys.get(&key.driver, &key.native_id)?)
    }

    /// The area of that id or slug (or name, as a person would type it).
    #[must_use]
    pub fn area(&self, reference: &str) -> Option<&Arc<Area>> {
        match reference.parse::<AreaId>() {
            Ok(id) => self.areas.get(&id),
            Err(_) => named(self.areas.values(), reference, |area| {
                (area.slug.as_str(), &area.name)
            }),
        }
    }

    /// The floor of that id, slug or name.
    #[must_use]
    pub fn floor(&self, reference: &str) -> Option<&Arc<Floor>> {
        match reference.parse::<FloorId>() {
            Ok(id) => self.floors.get(&id),
            Err(_) => named(self.floors.values(), reference, |floor| {
                (floor.slug.as_str(), &floor.name)
            }),
        }
    }

    /// The person of that id, slug or name.
    #[must_use]
    pub fn person(&self, reference: &str) -> Option<&Arc<Person>> {
        match reference.parse::<PersonId>() {
            Ok(id) => self.people.get(&id),
            Err(_) => named(self.people.values(), reference, |who| {
                (who.slug.as_str(), &who.name)
            }),
        }
    }

    /// How many wishes have not ended yet.
    #[must_use]
    pub const fn pending_wishes(&self) -> usize {
        self.pending
    }

    /// Whether anyone is at home; `None` where nobody's presence is known.
    #[must_use]
    pub fn anyone_home(&self) -> Option<bool> {
        let mut known = self
            .people
            .values()
            .map(|person| person.presence)
            .filter(|p| *p != Presence::Unknown);
        let first = known.next()?;
        Some(first == Presence::Home || known.any(|presence| presence == Presence::Home))
    }
}

/// The one whose slug or name is `wanted`.
fn named<'a, T: 'a>(
    mut all: impl Iterator<Item = &'a Arc<T>>,
    wanted: &str,
    names: impl Fn(&T) -> (&str, &str),
) -> Option<&'a Arc<T>> {
    let wanted = wanted.trim();
    all.find(|thing| {
        let (slug, name) = names(thing);
        slug == wanted || name.eq_ignore_ascii_case(wanted)
    })
}

impl DeviceTwin {
    /// What is known of a property; `None` where nothing ever was.
    #[must_use]
    pub fn reported(&self, path: Path) -> Option<&Reported> {
        self.properties.get(path)?.reported.as_ref()
    }

    /// The last reported value of a property, stale or not.
    #[must_use]
    pub fn value(&self, path: Path) -> Option<&Value> {
        self.reported(path)?.value.as_ref()
    }
}
