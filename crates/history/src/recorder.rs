//! What of the stream is worth recording, gathered into groups. Pure.

use model::{Connectivity, DeviceId, Event, EventBody, Path, Timestamp, Value};
use std::{collections::HashMap, time::Duration};
use store::{Gap, GapReason, Group, KeptValue, Sample};

/// A property that is only confirmed gets a sample this often, so that charts know it was alive.
pub const HEARTBEAT: Duration = Duration::from_secs(15 * 60);

/// What history knows of a property from what it recorded itself.
#[derive(Debug, Clone)]
struct Last {
    value: Option<Value>,
    /// Of the last sample.
    sampled: Timestamp,
    /// Whether the last sample has a value that still holds.
    known: bool,
}

/// A property as the twin has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// What was last reported.
    pub value: KeptValue,
    /// Whether that is from before the last restart.
    pub stale: bool,
}

/// Gathers what is worth recording.
#[derive(Debug, Default)]
pub struct Recorder {
    last: HashMap<DeviceId, HashMap<Path, Last>>,
    group: Group,
    /// Kept apart, so that a thousand reports of a property are one row.
    values: HashMap<(DeviceId, Path), KeptValue>,
    confirmed: HashMap<(DeviceId, Path), Timestamp>,
    seen: HashMap<DeviceId, Timestamp>,
    /// The house time of the last event.
    latest: Option<Timestamp>,
    /// The last that was kept before this start; taken when the gap since then is recorded.
    stopped: Option<Timestamp>,
}

impl Recorder {
    /// A recorder for a house that kept something last at `last_kept`, before it stopped, and of
    /// which this is known.
    #[must_use]
    pub fn new(last_kept: Option<Timestamp>, known: impl IntoIterator<Item = Current>) -> Self {
        let mut recorder = Self {
            stopped: last_kept,
            ..Self::default()
        };
        for Current { value, .. } in known {
            // Not known before it is reported again, but remembered: a confirmation brings no value.
            let last = Last {
                value: value.value,
                sampled: value.at,
                known: false,
            };
            recorder
                .last
                .entry(value.device)
                .or_default()
                .insert(value.path, last);
        }
        recorder
    }

    /// Takes an event.
    pub fn on(&mut self, event: &Event) {
        self.latest = Some(event.at);
        match &event.body {
            EventBody::PropertyChanged {
                device, path, new, ..
            } => {
                self.started(event.at);
                self.changed(event, *device, *path, new.as_ref());
            }
            EventBody::PropertyConfirmed { device, path } => {
                self.started(event.at);
                self.confirmed(*device, *path, event.at);
            }
            EventBody::ConnectivityChanged { device, new, .. } => {
                if *new == Connectivity::Online {
                    self.seen.insert(*device, event.at);
                } else {
                    self.lost(*device, event.at);
                }
            }
            EventBody::DeviceEvent { device, .. } => {
                self.seen.insert(*device, event.at);
            }
            EventBody::DeviceRemoved { device, .. } => {
                self.lost(*device, event.at);
                self.last.remove(device);
                self.values.retain(|(other, _), _| other != device);
            }
            _ => {}
        }
        if event.body.is_for_timeline() {
            self.group.events.push(event.clone());
        }
    }

    fn changed(&mut self, event: &Event, device: DeviceId, path: Path, new: Option<&Value>) {
        self.sample(device, path, event.at, new.cloned());
        self.seen.insert(device, event.at);
        self.confirmed.remove(&(device, path));
        let value = KeptValue {
            device,
            path,
            value: new.cloned(),
            at: event.at,
            since: event.at,
            cause: event.cause.clone(),
        };
        self.values.insert((device, path), value);
    }

    fn confirmed(&mut self, device: DeviceId, path: Path, at: Timestamp) {
        self.seen.insert(device, at);
        match self.values.get_mut(&(device, path)) {
            Some(value) => value.at = at,
            None => {
                self.confirmed.insert((device, path), at);
            }
        }
        let Some(last) = self.last.get(&device).and_then(|all| all.get(&path)) else {
            return;
        };
        let silent = at.duration_since(last.sampled).unsigned_abs() >= HEARTBEAT;
        if silent || (!last.known && last.value.is_some()) {
            let value = last.value.clone();
            self.sample(device, path, at, value);
        }
    }

    /// A device does not answer: what its properties are is not known from here on.
    fn lost(&mut self, device: DeviceId, at: Timestamp) {
        let Some(all) = self.last.get_mut(&device) else {
            return;
        };
        for (path, last) in all.iter_mut().filter(|(_, last)| last.known) {
            last.known = false;
            last.sampled = at;
            self.group.samples.push(Sample {
                device,
                path: *path,
                at,
                value: None,
            });
        }
    }

    fn sample(&mut self, device: DeviceId, path: Path, at: Timestamp, value: Option<Value>) {
        let last = Last {
            value: value.clone(),
            sampled: at,
            known: value.is_some(),
        };
        self.last.entry(device).or_default().insert(path, last);
        self.group.samples.push(Sample {
            device,
            path,
            at,
            value,
        });
    }

    /// The first report after the start, or some time without one: from the last that was kept to
    /// here, nobody looked. Not from the event of the start itself, because a simulated house may
    /// not know its time yet when it starts.
    pub fn started(&mut self, at: Timestamp) {
        if let Some(from) = self.stopped.take() {
            self.gap(
                from,
                at,
                GapReason::NotRunning,
                "the house did not run".to_owned(),
            );
        }
    }

    fn gap(&mut self, from: Timestamp, to: Timestamp, reason: GapReason, detail: String) {
        // After a clock that was put back, a gap still ends what was known before it.
        self.group.gaps.push(Gap {
            from,
            to: to.max(from),
            reason,
            detail,
        });
    }

    /// Something is missing: records the gap, from `from` or the last event that came to `at`, and
    /// goes on from what the twin has now.
    pub fn resync(
        &mut self,
        from: Option<Timestamp>,
        at: Timestamp,
        reason: GapReason,
        detail: String,
        current: impl IntoIterator<Item = Current>,
    ) {
        let from = from.or(self.latest).unwrap_or(at);
        self.gap(from, at, reason, detail);
        self.last.clear();
        for Current { value, stale } in current {
            // Reported within the gap: a sample where it belongs. Before it: it still holds.
            let when = if value.at > from { value.at } else { at };
            if stale {
                let last = Last {
                    value: value.value.clone(),
                    sampled: value.at,
                    known: false,
                };
                self.last
                    .entry(value.device)
                    .or_default()
                    .insert(value.path, last);
            } else {
                self.sample(value.device, value.path, when, value.value.clone());
                self.seen.insert(value.device, value.at);
            }
            self.values.insert((value.device, value.path), value);
        }
        self.latest = Some(at);
    }

    /// How many rows are gathered.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.group.rows() + self.values.len() + self.confirmed.len() + self.seen.len()
    }

    /// The house time of the last event.
    #[must_use]
    pub const fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Takes what is gathered, as everything up to `until`.
    pub fn take(&mut self, until: Timestamp) -> Group {
        let mut group = std::mem::take(&mut self.group);
        group.values = self.values.drain().map(|(_, value)| value).collect();
        group.confirmed = self
            .confirmed
            .drain()
            .map(|((device, path), at)| (device, path, at))
            .collect();
        group.seen = self.seen.drain().collect();
        group.until = Some(until);
        group
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
