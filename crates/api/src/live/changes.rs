//! From events to changes: what was touched, and how it is now.

use crate::access::Place;
use crate::wire::{self, Change};
use model::{
    AreaId, DeviceId, DiscoveryId, DiscoveryState, Event, EventBody, FloorId, Path, PersonId,
    Position, ScanId, Wish,
};
use std::collections::{HashMap, HashSet};
use twin::Snapshot;
use uuid::Uuid;

/// A change, and to what it belongs.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(super) place: Place,
    pub(super) change: Change,
    /// The room that a device left with this: who sees no further is told that it is gone.
    pub(super) left: Option<(AreaId, Uuid)>,
}

impl Placed {
    pub(super) const fn new(place: Place, change: Change) -> Self {
        Self {
            place,
            change,
            left: None,
        }
    }
}

/// Where each device stood when it was last told of.
#[derive(Debug)]
pub(crate) struct Whereabouts(HashMap<DeviceId, Option<AreaId>>);

impl Whereabouts {
    /// As a snapshot has them.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let devices = snapshot.devices.values();
        Self(devices.map(|it| (it.device.id, it.device.area)).collect())
    }
}

/// What a run of events touched, in order and each once.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// The first and last event of the run.
    span: Option<(Position, Position)>,
    list: Vec<Touch>,
    seen: HashSet<Seen>,
    /// Whether anything but ages changed.
    urgent: bool,
}

#[derive(Debug)]
enum Touch {
    Once(Seen),
    Wish(Box<Wish>),
    Event(Box<Event>),
}

/// What need not be told twice: its state is told, not its history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Seen {
    Property(DeviceId, Path),
    Connectivity(DeviceId),
    Device(DeviceId),
    DeviceRemoved(DeviceId),
    Area(AreaId, bool),
    Floor(FloorId, bool),
    Person(PersonId, bool),
    Discovery(DiscoveryId),
    Discovered,
    Scan(ScanId),
    Constraint(String),
}

impl Touched {
    /// The first and last event of the run; `None` where there was none.
    pub(crate) const fn span(&self) -> Option<(Position, Position)> {
        self.span
    }

    /// Whether something happened that should not wait.
    pub(crate) const fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// How much there is to tell.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds the next event.
    pub(crate) fn add(&mut self, event: &Event) {
        let first = self.span.map_or(event.position, |(first, _)| first);
        self.span = Some((first, event.position));
        self.urgent |= !matches!(event.body, EventBody::PropertyConfirmed { .. });
        match &event.body {
            EventBody::PropertyChanged { device, path, .. }
            | EventBody::PropertyConfirmed { device, path } => {
                self.once(Seen::Property(*device, *path));
            }
            EventBody::WishMade { wish } | EventBody::WishEnded { wish } => {
                if let model::Goal::Target { values } = &wish.goal {
                    let capability = model::Capability::find(&wish.capability);
                    let paths = values.iter().filter_map(|(name, _)| {
                        let capability = capability?;
                        let property = capability.property(name)?;
                        Some(Path {
                            endpoint: wish.endpoint,
                            capability,
                            property,
                        })
                    });
                    for path in paths {
                        self.once(Seen::Property(wish.device, path));
                    }
                }
                self.list.push(Touch::Wish(wish.clone()));
            }
            EventBody::ConnectivityChanged { device, .. } => self.once(Seen::Connectivity(*device)),
            EventBody::DeviceAdded { device, .. } | EventBody::DeviceEdited { device, .. } => {
                // What was told of it before is not all of it any more.
                self.seen.remove(&Seen::Device(*device));
                self.once(Seen::Device(*device));
            }
            EventBody::DeviceRemoved { device, .. } => self.once(Seen::DeviceRemoved(*device)),
            EventBody::DiscoveryFound { discovery, .. }
            | EventBody::DiscoveryChanged { discovery, .. }
            | EventBody::DiscoveryVanished { discovery, .. }
            | EventBody::DiscoveryReturned { discovery, .. }
            | EventBody::DiscoveryClosed { discovery, .. } => {
                self.once(Seen::Discovery(*discovery));
                self.once(Seen::Discovered);
            }
            EventBody::ScanStarted { scan } => self.once(Seen::Scan(scan.id)),
            EventBody::ScanEnded { scan } => {
                self.once(Seen::Scan(scan.id));
                // What has been gone for long is forgotten with a search, and nobody says so.
                self.once(Seen::Discovered);
            }
            EventBody::FloorChanged { floor, removed } => self.once(Seen::Floor(*floor, *removed)),
            EventBody::AreaChanged { area, removed } => self.once(Seen::Area(*area, *removed)),
            EventBody::PersonChanged { person, removed } => {
                self.once(Seen::Person(*person, *removed));
            }
            EventBody::PresenceChanged { person, .. } => self.once(Seen::Person(*person, false)),
            EventBody::ConstraintChanged { constraint, .. }
            | EventBody::RequestRefused {
                constraint: Some(constraint),
                ..
            } => self.once(Seen::Constraint(constraint.clone())),
            EventBody::ModeChanged { .. }
            | EventBody::RunStarted { .. }
            | EventBody::RunEnded { .. }
            | EventBody::Notified { .. }
            | EventBody::Asked { .. }
            | EventBody::OpeningChanged { .. }
            | EventBody::ScenarioChanged { .. }
            | EventBody::SceneChanged { .. }
            | EventBody::WebhookChanged { .. }
            | EventBody::WebhookCalled { .. }
            | EventBody::MessageDelivered { .. }
            | EventBody::Answered { .. }
            | EventBody::RulesConflict { .. }
            | EventBody::FeelingChanged { .. }
            | EventBody::ConcernRaised { .. }
            | EventBody::ConcernEnded { .. }
            | EventBody::AlertChanged { .. }
            | EventBody::RequestRefused { .. }
            | EventBody::DeviceEvent { .. }
            | EventBody::DriverChanged { .. }
            | EventBody::HouseStarted { .. } => {}
        }
        if event.body.is_for_timeline() {
            self.list.push(Touch::Event(Box::new(event.clone())));
        }
    }

    fn once(&mut self, seen: Seen) {
        if self.seen.insert(seen.clone()) {
            self.list.push(Touch::Once(seen));
        }
    }

    /// How everything touched is now, as `snapshot` has it.
    pub(crate) fn changes(&self, snapshot: &Snapshot, stood: &mut Whereabouts) -> Vec<Placed> {
        let mut told = Telling {
            snapshot,
            stood,
            changes: Vec::with_capacity(self.list.len()),
        };
        for touch in &self.list {
            match touch {
                Touch::Once(seen) => told.once(seen),
                Touch::Wish(wish) => {
                    let change = Change::Wish {
                        wish: Box::new(wire::Wish::from(&**wish)),
                    };
                    told.at(wish.device, change);
                }
                // The timeline is the whole house's: a sentence of it may name anything.
                Touch::Event(event) => {
                    let text = history::sentence(event, snapshot);
                    let event = Box::new(wire::Event::of(event, text, snapshot));
                    told.house(Change::Event { event });
                }
            }
        }
        told.changes
    }
}

/// Turns what was touched into changes.
struct Telling<'a> {
    snapshot: &'a Snapshot,
    stood: &'a mut Whereabouts,
    changes: Vec<Placed>,
}

impl Telling<'_> {
    fn house(&mut self, change: Change) {
        self.changes.push(Placed::new(Place::House, change));
    }

    /// A change of a device, where that stands now.
    fn at(&mut self, device: DeviceId, change: Change) {
        let twin = self.snapshot.devices.get(&device);
        let area = twin.and_then(|twin| twin.device.area);
        self.changes.push(Placed::new(Place::In(area), change));
    }

    fn device(&mut self, twin: &twin::DeviceTwin) {
        let (id, area) = (twin.device.id, twin.device.area);
        let stood = self.stood.0.insert(id, area).flatten();
        let left = stood.filter(|stood| Some(*stood) != area);
        self.changes.push(Placed {
            place: Place::In(area),
            change: Change::Device {
                device: Box::new(wire::Device::of(twin, self.snapshot)),
            },
            left: left.map(|left| (left, id.uuid())),
        });
    }

    /// Adds what there is to tell; nothing where the thing is gone meanwhile.
    fn once(&mut self, seen: &Seen) {
        let snapshot = self.snapshot;
        match *seen {
            Seen::Property(device, path) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                let (reported, desired) = wire::halves(twin.properties.get(path));
                let change = Change::Property {
                    device: device.uuid(),
                    endpoint: path.endpoint,
                    capability: path.capability.name,
                    property: path.property.name,
                    reported: reported.map(Box::new),
                    desired: desired.map(Box::new),
                };
                self.at(device, change);
            }
            Seen::Connectivity(device) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                let change = Change::Connectivity {
                    device: device.uuid(),
                    connectivity: twin.connectivity.as_str(),
                    connectivity_since: twin.connectivity_since.into(),
                    connectivity_reason: twin.connectivity_reason.clone(),
                    last_seen: twin.last_seen.map(wire::At),
                };
                self.at(device, change);
            }
            Seen::Device(device) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                self.device(twin);
                // Others may be reached through it; they could not name it before.
                for other in snapshot.devices.values() {
                    let through = other.device.via.as_deref() == Some(&twin.device.key.native_id)
                        && other.device.key.driver == twin.device.key.driver;
                    if through {
                        self.device(other);
                    }
                }
            }
            Seen::DeviceRemoved(device) => {
                let stood = self.stood.0.remove(&device).flatten();
                let device = device.uuid();
                let change = Change::DeviceRemoved { device };
                self.changes.push(Placed::new(Place::In(stood), change));
            }
            Seen::Area(area, true) => {
                let change = Change::AreaRemoved { area: area.uuid() };
                self.changes
                    .push(Placed::new(Place::In(Some(area)), change));
            }
            Seen::Area(area, false) => {
                let Some(area) = snapshot.areas.get(&area) else {
                    return;
                };
                let change = Change::Area {
                    area: (&**area).into(),
                };
                self.changes
                    .push(Placed::new(Place::In(Some(area.id)), change));
                // Devices carry their area's name.
                let here = snapshot.devices.values();
                for twin in here.filter(|twin| twin.device.area == Some(area.id)) {
                    self.device(twin);
                }
            }
            Seen::Floor(floor, true) => self.house(Change::FloorRemoved {
                floor: floor.uuid(),
            }),
            Seen::Floor(floor, false) => {
                let Some(floor) = snapshot.floors.get(&floor) else {
                    return;
                };
                self.house(Change::Floor {
                    floor: (&**floor).into(),
                });
            }
            Seen::Person(person, true) => self.house(Change::PersonRemoved {
                person: person.uuid(),
            }),
            Seen::Person(person, false) => {
                let Some(person) = snapshot.people.get(&person) else {
                    return;
                };
                self.house(Change::Person {
                    person: (&**person).into(),
                });
            }
            Seen::Discovery(discovery) => {
                let change = match snapshot.discoveries.get(&discovery) {
                    Some(thing) => Change::Discovery {
                        discovery: Box::new(wire::Discovery::of(thing, snapshot)),
                    },
                    None => Change::DiscoveryRemoved {
                        discovery: discovery.uuid(),
                    },
                };
                self.house(change);
            }
            Seen::Scan(scan) => {
                let Some(scan) = snapshot.scans.iter().find(|it| it.id == scan) else {
                    return;
                };
                self.house(Change::Scan {
                    scan: (&**scan).into(),
                });
            }
            Seen::Constraint(ref slug) => {
                let change = match snapshot.constraints.get(slug) {
                    Some(constraint) => Change::Constraint {
                        constraint: Box::new(wire::Constraint::of(constraint, snapshot)),
                    },
                    None => Change::ConstraintRemoved {
                        constraint: slug.clone(),
                    },
                };
                self.house(change);
            }
            Seen::Discovered => self.house(Change::Discovered {
                count: waiting(snapshot),
            }),
        }
    }
}

/// How many found things wait for a yes.
pub(crate) fn waiting(snapshot: &Snapshot) -> usize {
    snapshot
        .discoveries
        .values()
        .filter(|found| found.state == DiscoveryState::New)
        .count()
}
