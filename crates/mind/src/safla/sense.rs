//! Sense: what is known of the house right now, laid out for who thinks about it. Pure.

use super::recall::Recall;
use crate::season::Year;
use crate::view::Awareness;
use model::{
    Area, AreaId, Connectivity, Device, DeviceId, DeviceKind, Path, PersonId, Position, Presence,
    Timestamp, Value,
};
use std::sync::Arc;
use twin::{DeviceTwin, Snapshot};

/// How much longer than its longest usual pause something may be silent.
pub const PATIENCE: f64 = 4.0;

/// No silence shorter than this means anything, in seconds.
pub const SILENCE: f64 = 1_800.0;

/// What counts as fresh while a rhythm is not known yet, in seconds.
const UNKNOWN_RHYTHM: f64 = 86_400.0;

/// How a part of the server is.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What there is to say about that.
    pub message: Option<String>,
    /// What to do.
    pub action: Option<String>,
    /// Since when, on the machine's wall clock.
    pub since: Timestamp,
}

/// How well a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Ok,
    /// It works in part.
    Degraded,
    /// It does not work.
    Failed,
}

/// What is sensed.
#[derive(Debug, Clone)]
pub struct Sensed {
    /// When, in house time.
    pub at: Timestamp,
    /// The last event that is in it.
    pub position: Position,
    /// The house's mode.
    pub mode: Arc<str>,
    /// Whether anyone is at home; `None` where that is not known.
    pub anyone_home: Option<bool>,
    /// Who is where, and since when.
    pub people: Vec<(PersonId, Presence, Option<Timestamp>)>,
    /// The devices.
    pub things: Vec<Thing>,
    /// The areas.
    pub areas: Vec<Arc<Area>>,
    /// The parts of the server.
    pub components: Vec<Component>,
    /// How much of it is fresh.
    pub awareness: Awareness,
    /// What the year brings where the house stands; `None` where its place is not known.
    pub year: Option<Year>,
}

/// A device, as it is sensed.
#[derive(Debug, Clone)]
pub struct Thing {
    /// What it is.
    pub device: Arc<Device>,
    /// Whether it stands outside, or measures what is outside.
    pub outside: bool,
    /// Whether it answers.
    pub connectivity: Connectivity,
    /// Since when, in house time.
    pub since: Timestamp,
    /// When it was last heard of.
    pub last_seen: Option<Timestamp>,
    /// Whether it was heard of within its own rhythm.
    pub fresh: bool,
    /// What it said.
    pub readings: Vec<Reading>,
}

/// What a device said of a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Which property.
    pub path: Path,
    /// The value; `None` where it said that it does not know.
    pub value: Option<Value>,
    /// When it last said so.
    pub at: Timestamp,
    /// When it became so.
    pub since: Timestamp,
    /// Whether that was before the last restart.
    pub stale: bool,
}

/// Seconds from `earlier` to `later`; negative where it is the other way round.
#[must_use]
pub fn seconds(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

impl Thing {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.device.id
    }

    /// What it said of a property, on whichever endpoint; never what is from before the last restart.
    #[must_use]
    pub fn reading(&self, capability: &str, property: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| {
            reading.path.property.name == property
                && reading.path.capability.name == capability
                && !reading.stale
        })
    }

    /// The number that it said, and what it was said with.
    #[must_use]
    pub fn number(&self, capability: &str, property: &str) -> Option<(f64, &Reading)> {
        let reading = self.reading(capability, property)?;
        Some((reading.value.as_ref()?.as_number()?, reading))
    }

    /// The truth that it said.
    #[must_use]
    pub fn truth(&self, capability: &str, property: &str) -> Option<(bool, &Reading)> {
        let reading = self.reading(capability, property)?;
        Some((reading.value.as_ref()?.as_bool()?, reading))
    }

    /// The word that it said.
    #[must_use]
    pub fn word(&self, capability: &str, property: &str) -> Option<(&str, &Reading)> {
        let reading = self.reading(capability, property)?;
        Some((reading.value.as_ref()?.as_text()?, reading))
    }

    /// Whether one of `words` is in its name.
    #[must_use]
    pub fn is_called(&self, words: &[&str]) -> bool {
        let named = |text: &str| {
            let text = text.to_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        named(&self.device.name) || named(self.device.slug.as_str())
    }

    /// Whether it lives off a battery of its own.
    #[must_use]
    pub fn on_battery(&self) -> bool {
        // What stores the house's or a car's energy empties and fills by design.
        let stores = matches!(
            self.device.kind,
            DeviceKind::Battery | DeviceKind::Meter | DeviceKind::Charger
        );
        !stores
            && self
                .device
                .capabilities
                .iter()
                .any(|instance| instance.capability.name == "PowerSource")
    }

    /// How warm the room is that it measures, in °C, where it measures a room.
    #[must_use]
    pub fn room_temperature(&self) -> Option<(f64, &Reading)> {
        let of_room = matches!(
            self.device.kind,
            DeviceKind::Thermostat | DeviceKind::Sensor | DeviceKind::Motion | DeviceKind::Contact
        );
        if self.outside || !of_room || self.is_called(NOT_A_ROOM) {
            return None;
        }
        self.number("Thermostat", "local_temperature")
            .or_else(|| self.number("TemperatureMeasurement", "temperature"))
    }
}

/// What is warm or cold on purpose.
const NOT_A_ROOM: &[&str] = &[
    "freez",
    "fridge",
    "refrigerat",
    "oven",
    "boiler",
    "water heater",
    "water_heater",
    "pool",
    "sauna",
    "soil",
    "gefrier",
    "kühl",
    "kuehl",
];

/// What areas that are outside are called.
const OUTSIDE: &[&str] = &[
    "garden", "outside", "outdoor", "terrace", "balcony", "yard", "patio", "driveway", "porch",
    "garten", "terrasse", "balkon", "hof", "draußen", "draussen",
];

fn is_outside(area: &Area) -> bool {
    let (slug, name) = (area.slug.as_str(), area.name.to_lowercase());
    OUTSIDE
        .iter()
        .any(|word| slug.contains(word) || name.contains(word))
}

/// What is sensed at a moment.
#[must_use]
pub fn sense(
    snapshot: &Snapshot,
    components: Vec<Component>,
    recall: &Recall,
    now: Timestamp,
) -> Sensed {
    let outside: Vec<AreaId> = snapshot
        .areas
        .values()
        .filter(|area| is_outside(area))
        .map(|area| area.id)
        .collect();
    let mut awareness = Awareness { fresh: 0, known: 0 };
    let things = snapshot.devices.values().map(|twin| {
        let thing = thing(twin, &outside, recall, now);
        for reading in &thing.readings {
            awareness.known += 1;
            if thing.fresh && !reading.stale && reading.value.is_some() {
                awareness.fresh += 1;
            }
        }
        thing
    });
    let things = things.collect();
    Sensed {
        at: now,
        position: snapshot.position,
        mode: Arc::clone(&snapshot.mode),
        anyone_home: snapshot.anyone_home(),
        people: snapshot
            .people
            .values()
            .map(|person| (person.id, person.presence, person.presence_since))
            .collect(),
        things,
        areas: snapshot.areas.values().cloned().collect(),
        components,
        awareness,
        year: None,
    }
}

fn thing(twin: &DeviceTwin, outside: &[AreaId], recall: &Recall, now: Timestamp) -> Thing {
    let device = &twin.device;
    let allowed = recall
        .rhythms
        .get(&device.id)
        .and_then(|rhythms| rhythms.device.allows(PATIENCE, SILENCE))
        .unwrap_or(UNKNOWN_RHYTHM);
    let heard = twin
        .last_seen
        .is_some_and(|last| seconds(last, now) <= allowed);
    let readings = twin.properties.iter().filter_map(|(path, property)| {
        let reported = property.reported.as_ref()?;
        Some(Reading {
            path,
            value: reported.value.clone(),
            at: reported.at,
            since: reported.since,
            stale: reported.stale,
        })
    });
    Thing {
        outside: device.kind == DeviceKind::Weather
            || device.area.is_some_and(|area| outside.contains(&area)),
        connectivity: twin.connectivity,
        since: twin.connectivity_since,
        last_seen: twin.last_seen,
        fresh: heard && twin.connectivity != Connectivity::Offline,
        readings: readings.collect(),
        device: Arc::clone(device),
    }
}
