//! The house as an interview sees it: its areas, what is ours, what was found.

use crate::text::folded;
use model::{AreaId, DeviceId, DeviceKind, DiscoveryId, DiscoveryState};
use twin::Snapshot;

/// The house at a moment.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// What it is called.
    pub name: String,
    /// Whether it knows its place on the map.
    pub located: bool,
    /// Its areas, by name.
    pub areas: Vec<Area>,
    /// Its floors: name and level.
    pub floors: Vec<(String, i32)>,
    /// What is ours.
    pub devices: Vec<Device>,
    /// What was found and waits.
    pub found: Vec<Found>,
    /// The drivers that run.
    pub drivers: Vec<String>,
}

/// A room or an outside area.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// What it is called.
    pub name: String,
    /// Its readable name.
    pub slug: String,
    /// The areas that a doorway leads to.
    pub neighbours: Vec<AreaId>,
    /// On which floor.
    pub floor: Option<String>,
}

/// A device that is ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Who made it, and which model, as it says itself.
    pub made: String,
    /// In which area it stands.
    pub area: Option<AreaId>,
}

/// A thing that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: DiscoveryId,
    /// What it calls itself.
    pub name: String,
    /// What it is, and how sure that is.
    pub kind: DeviceKind,
    /// How sure the kind is.
    pub kind_sure: f64,
    /// Who made it, and which model: as it says itself, or as its traces suggest.
    pub made: String,
    /// How sure that is.
    pub made_sure: f64,
    /// In which area it thinks it stands.
    pub hint: Option<String>,
    /// Whether taking it in gives something to control.
    pub controls: bool,
    /// Whether taking it in gives readings.
    pub reports: bool,
    /// Who found it: a driver's name.
    pub driver: String,
}

impl House {
    /// The house as the twins have it.
    #[must_use]
    pub fn of(snapshot: &Snapshot, name: &str, located: bool) -> Self {
        let floor = |id: Option<model::FloorId>| {
            id.and_then(|id| snapshot.floors.get(&id))
                .map(|floor| floor.name.clone())
        };
        let mut areas: Vec<Area> = snapshot
            .areas
            .values()
            .map(|area| Area {
                id: area.id,
                name: area.name.clone(),
                slug: area.slug.as_str().to_owned(),
                neighbours: area.neighbours.clone(),
                floor: floor(area.floor),
            })
            .collect();
        areas.sort_by_key(|area| area.id);
        let devices = snapshot
            .devices
            .values()
            .filter(|twin| twin.device.kind != DeviceKind::Person)
            .map(|twin| {
                let device = &twin.device;
                Device {
                    id: device.id,
                    name: device.name.clone(),
                    kind: device.kind,
                    made: made(device.manufacturer.as_deref(), device.model.as_deref()),
                    area: device.area,
                }
            });
        let found = snapshot
            .discoveries
            .values()
            .filter(|found| found.state == DiscoveryState::New)
            .map(|found| self::found(found));
        Self {
            name: name.to_owned(),
            located,
            areas,
            floors: snapshot
                .floors
                .values()
                .map(|floor| (floor.name.clone(), floor.level))
                .collect(),
            devices: devices.collect(),
            found: found.collect(),
            drivers: snapshot.drivers.keys().cloned().collect(),
        }
    }

    /// The area that is called so.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<&Area> {
        let name = plain(name);
        self.areas.iter().find(|area| plain(&area.name) == name)
    }

    /// The area of that id.
    #[must_use]
    pub fn area_of(&self, id: AreaId) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }

    /// Whether a doorway leads from one to the other.
    #[must_use]
    pub fn connected(&self, one: &str, other: &str) -> bool {
        match (self.area(one), self.area(other)) {
            (Some(one), Some(other)) => one.neighbours.contains(&other.id),
            _ => false,
        }
    }
}

/// A name as it is compared: without an article, in lower case.
pub(crate) fn plain(name: &str) -> String {
    let name = folded(name).replace(['\'', '’'], "");
    let name = name.trim();
    let name = name.strip_prefix("the ").unwrap_or(name);
    name.strip_suffix("s room")
        .map_or_else(|| name.to_owned(), |root| format!("{root} room"))
}

fn made(maker: Option<&str>, model: Option<&str>) -> String {
    [maker, model]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn found(thing: &model::Discovery) -> Found {
    let said = &thing.announcement;
    let kind_said = said.kind != DeviceKind::Other;
    let own = made(said.manufacturer.as_deref(), said.model.as_deref());
    let brand = thing.guess.brand.as_ref();
    let obeys = |instance: &model::Instance| {
        !instance.actions.is_empty() || instance.properties.iter().any(|it| it.writable)
    };
    Found {
        id: thing.id,
        name: said.name.clone(),
        kind: if kind_said {
            said.kind
        } else {
            thing.guess.device_kind()
        },
        kind_sure: if kind_said {
            0.95
        } else {
            thing.guess.kind.as_ref().map_or(0.0, |it| it.confidence)
        },
        made_sure: match (own.is_empty(), brand) {
            (false, _) => 0.95,
            (true, Some(brand)) => brand.confidence,
            (true, None) => 0.0,
        },
        made: match (own.is_empty(), brand) {
            (false, _) => own,
            (true, Some(brand)) => made(
                Some(&brand.value),
                thing.guess.model.as_ref().map(|model| model.value.as_str()),
            ),
            (true, None) => String::new(),
        },
        hint: said.area.clone(),
        controls: said.capabilities.iter().any(obeys),
        reports: !said.capabilities.is_empty(),
        driver: thing.key.driver.clone(),
    }
}
