//! How the household switched its lights, and a plan that is like it and never quite the same.

use jiff::{SignedDuration, ToSpan as _, civil::Date, tz::TimeZone};
use model::{DeviceId, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hasher as _};

/// How far back history is asked.
pub(crate) const WEEKS: i64 = 4;

/// A planned switching comes at most this much earlier or later than its model, in seconds.
const STRAY: u64 = 15 * 60;

/// The most switchings of a plan.
const MOST: usize = 5_000;

/// A light was switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    /// Which.
    pub device: DeviceId,
    /// When, in house time.
    pub at: Timestamp,
    /// On or off.
    pub on: bool,
}

/// What will be switched when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// When the stay is over.
    pub until: Timestamp,
    switches: VecDeque<Switch>,
}

/// A light will be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Switch {
    pub(crate) at: Timestamp,
    pub(crate) device: DeviceId,
    pub(crate) on: bool,
    /// The day after which it is modelled.
    pub(crate) like: Date,
}

impl Plan {
    /// A stay during which nothing is switched yet.
    pub(crate) const fn new(until: Timestamp) -> Self {
        Self {
            until,
            switches: VecDeque::new(),
        }
    }

    /// Plans every day of the stay after one of the last weeks that was the same day of the week, or
    /// failing that after any day. How many switchings there are, and of how many days they are known.
    pub(crate) fn fill(
        &mut self,
        run: RunId,
        habits: &[Habit],
        zone: &TimeZone,
        now: Timestamp,
    ) -> (usize, usize) {
        let mut days: BTreeMap<Date, Vec<&Habit>> = BTreeMap::new();
        for habit in habits {
            days.entry(zone.to_datetime(habit.at).date())
                .or_default()
                .push(habit);
        }
        days.retain(|_, habits| habits.iter().any(|habit| habit.on));
        let mut date = zone.to_datetime(now).date();
        let last = zone.to_datetime(self.until).date();
        let mut switches = Vec::new();
        while date <= last && switches.len() < MOST && !days.is_empty() {
            let same: Vec<_> = days
                .keys()
                .filter(|day| day.weekday() == date.weekday())
                .collect();
            let models = if same.is_empty() {
                days.keys().collect()
            } else {
                same
            };
            let model = *models[pick(&(run, date), models.len())];
            for habit in &days[&model] {
                let clock = zone.to_datetime(habit.at).time();
                let Ok(at) = zone.to_timestamp(date.to_datetime(clock)) else {
                    continue;
                };
                // All of a device's day alike: it must not go off before it goes on.
                let stray = pick(&(run, date, habit.device), 2 * STRAY as usize + 1);
                let stray = i64::try_from(stray).unwrap_or(0) - STRAY as i64;
                let at = at + SignedDuration::from_secs(stray);
                if at > now && at < self.until {
                    switches.push(Switch {
                        at,
                        device: habit.device,
                        on: habit.on,
                        like: model,
                    });
                }
            }
            let Ok(next) = date.checked_add(1.day()) else {
                break;
            };
            date = next;
        }
        switches.sort_by_key(|switch| switch.at);
        switches.truncate(MOST);
        self.switches = switches.into();
        (self.switches.len(), days.len())
    }

    /// The switchings whose time has come.
    pub(crate) fn come(&mut self, now: Timestamp) -> Vec<Switch> {
        let come = self
            .switches
            .iter()
            .take_while(|switch| switch.at <= now)
            .count();
        self.switches.drain(..come).collect()
    }

    /// When there is something to do.
    pub(crate) fn next(&self) -> Timestamp {
        let next = self.switches.front().map(|switch| switch.at);
        next.map_or(self.until, |next| next.min(self.until))
    }
}

/// One of so many, always the same for the same seed.
fn pick(seed: &impl std::hash::Hash, of: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    usize::try_from(hasher.finish() % (of.max(1) as u64)).unwrap_or(0)
}
