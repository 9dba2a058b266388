//! From events to changes: what was touched, and how it is now.

use crate::wire::{self, Change};
use model::{
    AreaId, DeviceId, DiscoveryId, DiscoveryState, Event, EventBody, FloorId, Path, PersonId,
    Position, ScanId, Wish,
};
use std::collections::HashSet;
use twin::Snapshot;

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
    pub(crate) fn changes(&self, snapshot: &Snapshot) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.list.len());
        for touch in &self.list {
            match touch {
                Touch::Once(seen) => seen.change(snapshot, &mut changes),
                Touch::Wish(wish) => {
                    changes.push(Change::Wish {
                        wish: Box::new(wire::Wish::from(&**wish)),
                    });
                }
                Touch::Event(event) => {
                    let text = history::sentence(event, snapshot);
                    let event = Box::new(wire::Event::of(event, text, snapshot));
                    changes.push(Change::Event { event });
                }
            }
        }
        changes
    }
}

impl Seen {
    /// Adds what there is to tell; nothing where the thing is gone meanwhile.
    fn change(&self, snapshot: &Snapshot, changes: &mut Vec<Change>) {
        match *self {
            Self::Property(device, path) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                let (reported, desired) = wire::halves(twin.properties.get(path));
                changes.push(Change::Property {
                    device: device.uuid(),
                    endpoint: path.endpoint,
                    capability: path.capability.name,
                    property: path.property.name,
                    reported: reported.map(Box::new),
                    desired: desired.map(Box::new),
                });
            }
            Self::Connectivity(device) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                changes.push(Change::Connectivity {
                    device: device.uuid(),
                    connectivity: twin.connectivity.as_str(),
                    connectivity_since: twin.connectivity_since.into(),
                    connectivity_reason: twin.connectivity_reason.clone(),
                    last_seen: twin.last_seen.map(wire::At),
                });
            }
            Self::Device(device) => {
                let Some(twin) = snapshot.devices.get(&device) else {
                    return;
                };
                push_device(twin, snapshot, changes);
                // Others may be reached through it; they could not name it before.
                for other in snapshot.devices.values() {
                    let through = other.device.via.as_deref() == Some(&twin.device.key.native_id)
                        && other.device.key.driver == twin.device.key.driver;
                    if through {
                        push_device(other, snapshot, changes);
                    }
                }
            }
            Self::DeviceRemoved(device) => {
                changes.push(Change::DeviceRemoved {
                    device: device.uuid(),
                });
            }
            Self::Area(area, true) => changes.push(Change::AreaRemoved { area: area.uuid() }),
            Self::Area(area, false) => {
                let Some(area) = snapshot.areas.get(&area) else {
                    return;
                };
                changes.push(Change::Area {
                    area: (&**area).into(),
                });
                // Devices carry their area's name.
                for twin in snapshot
                    .devices
                    .values()
                    .filter(|twin| twin.device.area == Some(area.id))
                {
                    push_device(twin, snapshot, changes);
                }
            }
            Self::Floor(floor, true) => changes.push(Change::FloorRemoved {
                floor: floor.uuid(),
            }),
            Self::Floor(floor, false) => {
                let Some(floor) = snapshot.floors.get(&floor) else {
                    return;
                };
                changes.push(Change::Floor {
                    floor: (&**floor).into(),
                });
            }
            Self::Person(person, true) => {
                changes.push(Change::PersonRemoved {
                    person: person.uuid(),
                });
            }
            Self::Person(person, false) => {
                let Some(person) = snapshot.people.get(&person) else {
                    return;
                };
                changes.push(Change::Person {
                    person: (&**person).into(),
                });
            }
            Self::Discovery(discovery) => {
                changes.push(match snapshot.discoveries.get(&discovery) {
                    Some(thing) => Change::Discovery {
                        discovery: Box::new(wire::Discovery::of(thing, snapshot)),
                    },
                    None => Change::DiscoveryRemoved {
                        discovery: discovery.uuid(),
                    },
                })
            }
            Self::Scan(scan) => {
                let Some(scan) = snapshot.scans.iter().find(|it| it.id == scan) else {
                    return;
                };
                changes.push(Change::Scan {
                    scan: (&**scan).into(),
                });
            }
            Self::Constraint(ref slug) => changes.push(match snapshot.constraints.get(slug) {
                Some(constraint) => Change::Constraint {
                    constraint: Box::new(wire::Constraint::of(constraint, snapshot)),
                },
                None => Change::ConstraintRemoved {
                    constraint: slug.clone(),
                },
            }),
            Self::Discovered => changes.push(Change::Discovered {
                count: waiting(snapshot),
            }),
        }
    }
}

fn push_device(twin: &twin::DeviceTwin, snapshot: &Snapshot, changes: &mut Vec<Change>) {
    changes.push(Change::Device {
        device: Box::new(wire::Device::of(twin, snapshot)),
    });
}

/// How many found things wait for a yes.
pub(crate) fn waiting(snapshot: &Snapshot) -> usize {
    snapshot
        .discoveries
        .values()
        .filter(|found| found.state == DiscoveryState::New)
        .count()
}
