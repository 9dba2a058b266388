//! What a rehearsal would take from the wall.

use jiff::SignedDuration;
use model::{DeviceId, Path, Timestamp, Value, capability};
use std::collections::{BTreeMap, HashMap};
use twin::Snapshot;

/// What devices would take while they are on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Energy {
    /// In kilowatt-hours, of those of which it is known.
    pub kilowatt_hours: f64,
    /// If each drew no more than in its quietest hour, and no less than in its busiest.
    pub between: (f64, f64),
    /// The devices of which it is known, and for how long each was on.
    pub known: Vec<(String, SignedDuration)>,
    /// The devices that were on and of which it is not known.
    pub unknown: Vec<String>,
}

/// What a device draws while it is on, in watts, as history has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// The mean of its hours.
    pub mean: f64,
    /// Its quietest hour.
    pub least: f64,
    /// Its busiest.
    pub most: f64,
}

/// Notes what is on for how long.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(BTreeMap<DeviceId, (Option<Timestamp>, SignedDuration)>);

impl Meter {
    pub(super) fn note(
        &mut self,
        device: DeviceId,
        path: Path,
        new: Option<&Value>,
        at: Timestamp,
    ) {
        if path.capability != &capability::ON_OFF || path.property.name != "on_off" {
            return;
        }
        let (since, total) = self.0.entry(device).or_default();
        if let Some(since) = since.take() {
            *total += at.duration_since(since);
        }
        if new == Some(&Value::Bool(true)) {
            *since = Some(at);
        }
    }

    /// What it all took until now; `None` where nothing was switched.
    pub(super) fn finish(
        &self,
        draws: &HashMap<DeviceId, Draw>,
        house: &Snapshot,
        now: Timestamp,
    ) -> Option<Energy> {
        let mut energy = Energy::default();
        for (device, (since, total)) in &self.0 {
            let on = since.map_or(*total, |since| *total + now.duration_since(since));
            let Some(twin) = house.devices.get(device).filter(|_| on.is_positive()) else {
                continue;
            };
            let name = twin.device.name.clone();
            match draws.get(device) {
                Some(draw) => {
                    let taken = |watts: f64| watts * on.as_secs_f64() / 3_600_000.0;
                    energy.kilowatt_hours += taken(draw.mean);
                    energy.between.0 += taken(draw.least);
                    energy.between.1 += taken(draw.most);
                    energy.known.push((name, on));
                }
                None => energy.unknown.push(name),
            }
        }
        let some = !energy.known.is_empty() || !energy.unknown.is_empty();
        some.then_some(energy)
    }
}
