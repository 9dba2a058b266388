//! When something is due: times of the day, cron, the sun, and what must hold for a while.

use super::index::Ear;
use super::judge::Setting;
use crate::cron::{self, resolve};
use crate::document::{Document, ScenarioSlug, TriggerKind};
use jiff::{SignedDuration, ToSpan as _, ZonedDateTime};
use model::{DeviceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many days ahead the sun is looked for: at the very poles it sets once a year.
const SUN_DAYS: i64 = 400;

/// What has to come for a trigger that must hold for a while: a device, or none in particular.
pub(crate) type Holding = (Ear, Option<DeviceId>);

/// All that is due at some time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    times: BTreeSet<(Timestamp, Ear)>,
    due_of: HashMap<ScenarioSlug, Vec<(Timestamp, usize)>>,
    holds: BTreeMap<Holding, Hold>,
}

/// Something holds.
#[derive(Debug, Clone, Copy)]
struct Hold {
    /// When it has held for long enough.
    until: Timestamp,
    /// Whether that has come: it counts once, until it has stopped holding.
    counted: bool,
}

impl Schedule {
    /// Looks for the next times of a scenario; what of it never comes, for people.
    pub(crate) fn add(
        &mut self,
        document: &Document,
        setting: &Setting,
        now: Timestamp,
    ) -> Vec<String> {
        let mut never = Vec::new();
        for (place, trigger) in document.when.iter().enumerate() {
            if !matches!(
                trigger.kind,
                TriggerKind::Time { .. } | TriggerKind::Cron(_) | TriggerKind::Sun { .. }
            ) {
                continue;
            }
            match next(&trigger.kind, setting, now) {
                Ok(at) => self.enter(at, (document.slug.clone(), place)),
                Err(reason) => never.push(reason),
            }
        }
        never
    }

    fn enter(&mut self, at: Timestamp, ear: Ear) {
        self.due_of
            .entry(ear.0.clone())
            .or_default()
            .push((at, ear.1));
        self.times.insert((at, ear));
    }

    /// No longer waits for a scenario.
    pub(crate) fn forget(&mut self, slug: &ScenarioSlug) {
        for (at, place) in self.due_of.remove(slug).unwrap_or_default() {
            self.times.remove(&(at, (slug.clone(), place)));
        }
        self.holds.retain(|((listener, _), _), _| listener != slug);
    }

    /// Something begins to hold; it counts at this time.
    pub(crate) fn hold(&mut self, holding: Holding, until: Timestamp) {
        self.holds.entry(holding).or_insert(Hold {
            until,
            counted: false,
        });
    }

    /// The clock was set back: what holds must hold no longer than before.
    pub(crate) fn set_back(&mut self, by: SignedDuration) {
        for hold in self.holds.values_mut() {
            hold.until = hold.until.checked_sub(by).unwrap_or(hold.until);
        }
    }

    /// Looks for the next times of a scenario once more; what never comes.
    pub(crate) fn look_anew(
        &mut self,
        document: &Document,
        setting: &Setting,
        now: Timestamp,
    ) -> Vec<String> {
        for (at, place) in self.due_of.remove(&document.slug).unwrap_or_default() {
            self.times.remove(&(at, (document.slug.clone(), place)));
        }
        self.add(document, setting, now)
    }

    /// Something no longer holds.
    pub(crate) fn release(&mut self, holding: &Holding) {
        self.holds.remove(holding);
    }

    /// A device is gone: nothing of it holds any more.
    pub(crate) fn release_device(&mut self, device: DeviceId) {
        self.holds.retain(|(_, of), _| *of != Some(device));
    }

    /// When the next is due.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let time = self.times.first().map(|(at, _)| *at);
        let holds = self.holds.values().filter(|hold| !hold.counted);
        time.into_iter().chain(holds.map(|hold| hold.until)).min()
    }

    /// The times that have come, with when that was.
    pub(crate) fn come(&mut self, now: Timestamp) -> Vec<(Timestamp, Ear)> {
        let mut come = Vec::new();
        while self.times.first().is_some_and(|(at, _)| *at <= now) {
            let Some((at, ear)) = self.times.pop_first() else {
                break;
            };
            if let Some(due) = self.due_of.get_mut(&ear.0) {
                due.retain(|one| *one != (at, ear.1));
            }
            come.push((at, ear));
        }
        come
    }

    /// Looks for the next time of a trigger that has just come.
    pub(crate) fn again(
        &mut self,
        ear: Ear,
        kind: &TriggerKind,
        setting: &Setting,
        now: Timestamp,
    ) {
        if let Ok(at) = next(kind, setting, now) {
            self.enter(at, ear);
        }
    }

    /// What has held for long enough.
    pub(crate) fn held(&mut self, now: Timestamp) -> Vec<Holding> {
        let mut held = Vec::new();
        for (holding, hold) in &mut self.holds {
            if !hold.counted && hold.until <= now {
                hold.counted = true;
                held.push(holding.clone());
            }
        }
        held
    }
}

/// The next time of a trigger after `now`.
pub(crate) fn next(
    kind: &TriggerKind,
    setting: &Setting,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let local: ZonedDateTime = now.to_zoned_datetime(setting.zone.clone());
    match kind {
        TriggerKind::Time { at, days } => {
            let mut date = local.date();
            // Eight days see every day of the week, and today once more.
            for _ in 0..9 {
                if days.has(date.weekday()) {
                    let time = jiff::civil::Time::midnight() + i64::from(at.0).seconds();
                    let found = resolve(date.to_datetime(time), &setting.zone);
                    if let Some(found) = found
                        .map(|found| found.timestamp())
                        .filter(|found| *found > now)
                    {
                        return Ok(found);
                    }
                }
                date = date
                    .checked_add(1.day())
                    .map_err(|error| error.to_string())?;
            }
            Err(format!("{at} never comes"))
        }
        TriggerKind::Cron(text) => {
            let cron = cron::parse(text)?;
            let found = cron.next(&local).map(|found| found.timestamp());
            found.ok_or_else(|| format!("`{text}` never comes"))
        }
        TriggerKind::Sun {
            event,
            offset,
            days,
        } => {
            let Some(place) = setting.location else {
                return Err(
                    "the house's place is not set, so nobody knows when the sun sets".into(),
                );
            };
            let mut date = local
                .date()
                .checked_sub(1.day())
                .map_err(|error| error.to_string())?;
            for _ in 0..SUN_DAYS {
                if days.has(date.weekday())
                    && let Some(at) = place.sun(*event, date)
                    && let Ok(at) = at.checked_add(SignedDuration::from_secs(offset.0))
                    && at > now
                {
                    return Ok(at);
                }
                date = date
                    .checked_add(1.day())
                    .map_err(|error| error.to_string())?;
            }
            Err("the sun does not do that here within a year".into())
        }
        _ => Err("it has no time".into()),
    }
}
