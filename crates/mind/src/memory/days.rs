//! How a day was, in the eyes of the house: what went wrong on it, counted, and the weight of that.
//!
//! `weight = 0.3 - 0.8 × alarms - 0.1 × failed requests - 0.1 × failed runs - 0.05 × devices lost`, kept
//! within -1 and 1: a day on which nothing went wrong is a good one, an alarm makes it a bad one.

use model::{
    Connectivity, DeviceId, Event, EventBody, Path, Position, Timestamp, Value, WishState,
};

/// An alarm of a day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alarm {
    pub(super) device: DeviceId,
    pub(super) path: Path,
    pub(super) at: Timestamp,
    pub(super) position: Position,
}

/// What went wrong on a day, and what went right.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Day {
    /// The first of them; at most [`Day::SHOWN`].
    pub(super) alarms: Vec<Alarm>,
    pub(super) alarm_count: u32,
    pub(super) failed_requests: u32,
    pub(super) reached_requests: u32,
    pub(super) failed_runs: u32,
    pub(super) lost_devices: u32,
    /// Everything that was recorded of it.
    pub(super) events: u32,
}

impl Day {
    /// So many alarms are told one by one.
    pub(super) const SHOWN: usize = 10;

    /// Counts something that happened.
    pub(super) fn add(&mut self, event: &Event) {
        self.events += 1;
        match &event.body {
            EventBody::PropertyChanged {
                device,
                path,
                new: Some(new),
                ..
            } if is_alarm(*path, new) => {
                self.alarm_count += 1;
                if self.alarms.len() < Self::SHOWN {
                    self.alarms.push(Alarm {
                        device: *device,
                        path: *path,
                        at: event.at,
                        position: event.position,
                    });
                }
            }
            EventBody::WishEnded { wish } => match wish.state {
                WishState::Rejected | WishState::TimedOut => self.failed_requests += 1,
                WishState::Reached => self.reached_requests += 1,
                _ => {}
            },
            EventBody::RunEnded { state, .. } if state == "failed" || state == "incomplete" => {
                self.failed_runs += 1;
            }
            EventBody::ConnectivityChanged {
                new: Connectivity::Offline,
                ..
            } => self.lost_devices += 1,
            _ => {}
        }
    }

    /// How it weighs; `None` where nothing was recorded.
    pub(super) fn weight(&self) -> Option<f64> {
        let of = |count: u32, each: f64| f64::from(count) * each;
        let bad = of(self.alarm_count, 0.8)
            + of(self.failed_requests, 0.1)
            + of(self.failed_runs, 0.1)
            + of(self.lost_devices, 0.05);
        (self.events > 0).then(|| ((0.3 - bad) * 100.0).round().max(-100.0) / 100.0)
    }
}

/// Whether a property that became this raises an alarm.
pub(crate) fn is_alarm(path: Path, value: &Value) -> bool {
    match path.capability.name {
        "SmokeCoAlarm" | "WaterLeak" => *value == Value::Bool(true),
        "SecurityAlarm" => *value == "triggered".into(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn a_day_weighs_what_its_counts_say() {
        let day = |alarm_count, failed_requests| Day {
            alarm_count,
            failed_requests,
            events: 9,
            ..Day::default()
        };
        assert_eq!(day(0, 0).weight(), Some(0.3));
        assert_eq!(day(0, 5).weight(), Some(-0.2));
        assert_eq!(day(1, 0).weight(), Some(-0.5));
        assert_eq!(day(9, 9).weight(), Some(-1.0));
        assert_eq!(Day::default().weight(), None, "nothing is known of it");
    }
}
