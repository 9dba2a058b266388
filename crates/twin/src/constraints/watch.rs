//! Model: what constraints would otherwise have to look for in every twin.

use super::observe::{HOUR, fresh};
use crate::{DeviceTwin, House, Snapshot};
use model::{
    AreaId, Device, DeviceId, DeviceKind, Form, Now, Path, Signal, Timestamp, Value, capability,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The most starts of a device that are remembered.
const STARTS: usize = 3_600;

/// Which devices tell of leaks and obstructions, and what the house draws.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    leaks: BTreeSet<DeviceId>,
    sensors: HashMap<AreaId, BTreeSet<DeviceId>>,
    pub(crate) load: Load,
}

impl Watch {
    /// Of all devices of a house.
    pub(crate) fn of(state: &Snapshot) -> Self {
        let mut watch = Self::default();
        for twin in state.devices.values() {
            watch.add(&twin.device);
            watch.load.note(twin);
        }
        watch
    }

    pub(crate) fn add(&mut self, device: &Device) {
        let has = |name: &str| {
            let mut instances = device.capabilities.iter();
            instances.any(|instance| instance.capability.name == name)
        };
        if has(capability::WATER_LEAK.name) {
            self.leaks.insert(device.id);
        }
        let senses = Signal::ALL.iter().any(|signal| has(signal.property().0));
        if let Some(area) = device.area.filter(|_| senses) {
            self.sensors.entry(area).or_default().insert(device.id);
        }
    }

    pub(crate) fn remove(&mut self, device: &Device) {
        self.leaks.remove(&device.id);
        if let Some(area) = device.area
            && let Some(sensors) = self.sensors.get_mut(&area)
        {
            sensors.remove(&device.id);
            if sensors.is_empty() {
                self.sensors.remove(&area);
            }
        }
    }

    pub(crate) fn leaks(&self) -> impl Iterator<Item = &DeviceId> {
        self.leaks.iter()
    }

    pub(crate) fn sensors_in(&self, area: AreaId) -> impl Iterator<Item = &DeviceId> {
        self.sensors.get(&area).into_iter().flatten()
    }
}

/// What the house draws, in whole milliwatts: a sum of fractions would drift over the years.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    draws: HashMap<DeviceId, Draw>,
    /// What all but the meters draw.
    consumed: i64,
    /// How many of them say so.
    consumers: usize,
    /// What meters read, the largest last.
    meters: BTreeSet<(i64, DeviceId)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Draw {
    /// What it draws now; `None` where it does not say.
    now: Option<i64>,
    /// The most that it was seen to draw since the start.
    most: i64,
    /// Whether it measures what others draw.
    is_meter: bool,
}

impl Load {
    /// Takes in what a device says that it draws.
    pub(crate) fn note(&mut self, twin: &DeviceTwin) {
        let (id, now) = (twin.device.id, power(twin));
        if now.is_none() && !self.draws.contains_key(&id) {
            return;
        }
        let before = self.draws.get(&id).copied().unwrap_or_default();
        self.leave(id, before);
        let draw = Draw {
            now,
            most: before.most.max(now.unwrap_or(0)),
            is_meter: twin.device.kind == DeviceKind::Meter,
        };
        self.draws.insert(id, draw);
        match draw.now {
            Some(now) if draw.is_meter => {
                self.meters.insert((now, id));
            }
            // What a device delivers is no load, and takes none away from the others' wires.
            Some(now) => {
                self.consumed += now.max(0);
                self.consumers += 1;
            }
            None => {}
        }
    }

    /// A device is gone.
    pub(crate) fn forget(&mut self, id: DeviceId) {
        if let Some(before) = self.draws.remove(&id) {
            self.leave(id, before);
        }
    }

    fn leave(&mut self, id: DeviceId, before: Draw) {
        match before.now {
            Some(now) if before.is_meter => {
                self.meters.remove(&(now, id));
            }
            Some(now) => {
                self.consumed -= now.max(0);
                self.consumers -= 1;
            }
            None => {}
        }
    }

    /// What the house draws, in watts: what its meter reads where one is named, else the larger of
    /// what the largest meter reads and what all others say together.
    pub(crate) fn now(&self, meter: Option<DeviceId>) -> Option<f64> {
        if let Some(meter) = meter {
            return self.of(meter);
        }
        let largest = self.meters.last().map(|(reading, _)| *reading);
        let together = (self.consumers > 0).then_some(self.consumed);
        largest.max(together).map(watts)
    }

    /// What a device draws, in watts.
    pub(crate) fn of(&self, id: DeviceId) -> Option<f64> {
        self.draws.get(&id)?.now.map(watts)
    }

    /// What a device would add that begins to draw the most that it was seen to draw.
    pub(crate) fn would_add(&self, id: DeviceId) -> Option<f64> {
        let draw = self.draws.get(&id).filter(|draw| draw.most > 0)?;
        Some(watts((draw.most - draw.now.unwrap_or(0).max(0)).max(0)))
    }
}

/// What a device freshly says that it draws, in milliwatts.
fn power(twin: &DeviceTwin) -> Option<i64> {
    let mut sum = None;
    let mut charges = None;
    for (path, _) in twin.properties.iter() {
        let total = match (path.capability.name, path.property.name) {
            ("ElectricalPowerMeasurement", "power") => &mut sum,
            ("EnergyEvse", "charge_power") => &mut charges,
            _ => continue,
        };
        // Whether it answers right now does not matter: what it drew, it draws until it says else.
        let reported = twin.reported(path).filter(|reported| !reported.stale);
        let value = reported.and_then(|reported| reported.value.as_ref());
        if let Some(value) = value.and_then(Value::as_number) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the table bounds power to a megawatt"
            )]
            let value = (value * 1_000.0).round() as i64;
            *total = Some(total.unwrap_or(0) + value);
        }
    }
    sum.or(charges)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a house stays far below 2^53 milliwatts"
)]
fn watts(milliwatts: i64) -> f64 {
    milliwatts as f64 / 1_000.0
}

/// Whether a property tells how much is drawn.
pub(crate) fn is_power(path: Path) -> bool {
    matches!(
        (path.capability.name, path.property.name),
        ("ElectricalPowerMeasurement", "power") | ("EnergyEvse", "charge_power")
    )
}

/// Whether a reported change is a start that nobody wished for here: a hand at the device.
pub(crate) fn is_start(path: Path, old: Option<&Value>, new: Option<&Value>) -> bool {
    match (path.capability.name, path.property.name, old, new) {
        ("OnOff", "on_off", Some(Value::Bool(false)), Some(Value::Bool(true))) => true,
        ("Thermostat", "system_mode", Some(Value::Text(old)), Some(Value::Text(new))) => {
            old == "off" && new != "off"
        }
        _ => false,
    }
}

impl Snapshot {
    /// How often a device was started within `span` of house time. House time may be set back; what
    /// is further away than that in either direction does not count.
    pub(crate) fn starts_within(&self, device: DeviceId, span: Duration, now: Timestamp) -> usize {
        self.starts.get(&device).map_or(0, |starts| {
            let near = |at: &&Timestamp| now.duration_since(**at).unsigned_abs() < span;
            starts.iter().filter(near).count()
        })
    }
}

impl House {
    /// Counts a start, where a constraint wants to know.
    pub(crate) fn count_start(&mut self, device: DeviceId, capability: &str, now: Now) {
        let Some(twin) = self.state.devices.get(&device) else {
            return;
        };
        let constraints = self.state.constraints.of(capability);
        let counts = constraints.iter().any(|constraint| {
            matches!(constraint.form, Form::StartsPerHour { .. })
                && constraint.scope.holds(&twin.device)
        });
        if !counts {
            return;
        }
        let before = self.state.starts.get(&device);
        let mut starts: Vec<Timestamp> = before
            .into_iter()
            .flat_map(|starts| starts.iter().copied())
            .filter(|at| now.house.duration_since(*at).unsigned_abs() < HOUR)
            .collect();
        if starts.len() >= STARTS {
            starts.remove(0);
        }
        starts.push(now.house);
        self.state.starts.insert(device, Arc::new(starts));
    }

    /// Forgets how often devices were started: a rehearsal over the past counts for itself.
    pub fn forget_starts(&mut self) {
        self.state.starts.clear();
    }

    /// What is kept of starts over a restart: that a device that is on was started when it came on.
    pub(crate) fn recall_starts(&mut self, now: Now) {
        let on: Vec<_> = self
            .state
            .devices
            .values()
            .flat_map(|twin| {
                let properties = twin.properties.iter();
                properties.filter_map(|(path, property)| {
                    let reported = property.reported.as_ref()?;
                    let off = match path.capability.name {
                        "OnOff" => Value::Bool(false),
                        _ => "off".into(),
                    };
                    let started = is_start(path, Some(&off), reported.value.as_ref());
                    started.then_some((twin.device.id, path.capability.name, reported.since))
                })
            })
            .filter(|(_, _, since)| now.house.duration_since(*since).unsigned_abs() < HOUR)
            .collect();
        for (device, capability, since) in on {
            self.count_start(device, capability, Now::new(since, now.steady));
        }
    }

    /// Keeps what constraints watch in step with a device's value.
    pub(crate) fn watched(&mut self, device: DeviceId, path: Path) {
        if is_power(path)
            && let Some(twin) = self.state.devices.get(&device)
        {
            self.watch.load.note(twin);
        }
    }
}

/// What is freshly known of the wished properties of a command.
pub(crate) fn known(twin: &DeviceTwin, paths: impl Iterator<Item = Path>) -> Vec<Option<Value>> {
    paths.map(|path| fresh(twin, path).cloned()).collect()
}
