//! What memory does by itself, once a day of house time: weighs the day that ended, looks for what is
//! regular, foresees today by that, and forgets what is too old. What was foreseen is scored when its time
//! is over.

use super::telemetry;
use super::{
    days::{Alarm, Day},
    entry::{Entry, Fault, Kind, Remember},
    handle::Memory,
    patterns::{DayClass, Occurrence, Pattern, Subject, mine},
};
use jiff::{SignedDuration, ToSpan as _, civil::Date, tz::TimeZone};
use model::{
    DeviceId, Event, EventBody, MemoryId, Path, PersonId, Presence, Timestamp, Value, Who,
};
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::{EventFilter, KeptPrediction, MemoryFilter, Record};
use twin::Snapshot;

/// How often the clock is looked at.
const NAP: Duration = Duration::from_secs(5);
/// Days of past in which patterns are looked for.
const DAYS: i64 = 28;
/// Pages of the timeline that are read at most, and their length.
const PAGES: usize = 100;
const PAGE: usize = 1_000;
/// Days that are weighed at once, after the house stood still.
const CATCH_UP: i64 = 7;
/// What a pattern foresees may come so much earlier or later than it ever did, in minutes.
const SLACK: i64 = 15;
/// The name of the model that foresees what is regular.
pub const ROUTINES: &str = "routines";
/// Fewer scored predictions than this say nothing.
const FEW: usize = 10;

/// What came of looking for patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learned {
    /// Patterns that hold.
    pub patterns: usize,
    /// Patterns that no longer do.
    pub lapsed: usize,
    /// What was foreseen for the day.
    pub foreseen: usize,
}

/// How often a model was right.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracy {
    /// Which.
    pub model: String,
    /// What it foresaw came.
    pub hits: usize,
    /// It did not.
    pub misses: usize,
    /// Nobody knows: the house did not run, or lost what happened.
    pub unknown: usize,
    /// Its time has not come.
    pub pending: usize,
    /// The share of hits among hits and misses; `None` with fewer than ten of them.
    pub accuracy: Option<f64>,
    /// The mean of what it said how likely it is, over hits and misses; to be compared with the accuracy.
    pub promised: Option<f64>,
    /// By the local day: the day, hits, misses.
    pub days: Vec<(Date, usize, usize)>,
}

/// Lives until it is aborted.
pub(super) async fn run(memory: Memory) {
    let mut done = None;
    let mut scored_at = None;
    loop {
        let now = memory.now();
        let today = memory.wires.zone.to_datetime(now).date();
        let learns = memory.wires.house.features().is_on(twin::Feature::Learning);
        if learns && done != Some(today) {
            match memory.day(now).await {
                Ok(learned) => {
                    telemetry::learned(learned.patterns, learned.lapsed, learned.foreseen);
                    done = Some(today);
                }
                Err(fault) => telemetry::not_learned(&fault.to_string()),
            }
        }
        let hour = now.as_second() / 3_600;
        if scored_at != Some(hour) {
            match memory.score(now).await {
                Ok(_) => scored_at = Some(hour),
                Err(fault) => telemetry::not_learned(&fault.to_string()),
            }
        }
        tokio::time::sleep(NAP).await;
    }
}

impl Memory {
    /// Does what is due once a day.
    pub(super) async fn day(&self, now: Timestamp) -> Result<Learned, Fault> {
        self.weigh_days(now).await?;
        let learned = self.learn(now).await?;
        self.forget_old().await?;
        Ok(learned)
    }

    /// Weighs the days that ended and were not weighed yet.
    async fn weigh_days(&self, now: Timestamp) -> Result<(), Fault> {
        let zone = &self.wires.zone;
        let today = zone.to_datetime(now).date();
        for back in (1..=CATCH_UP).rev() {
            let Ok(date) = today.checked_sub(back.days()) else {
                continue;
            };
            let key = format!("day:{date}");
            if self.find(&key).await?.is_some() {
                continue;
            }
            let (Some(from), Some(to)) = (midnight(date, zone), midnight(next(date), zone)) else {
                continue;
            };
            let mut day = Day::default();
            self.events(from, to, &[], |event| day.add(event)).await?;
            let Some(weight) = day.weight() else { continue };
            let snapshot = self.wires.house.snapshot();
            let episode = Remember {
                key: Some(key),
                weight: Some(weight),
                from: Some(from),
                until: Some(to),
                value: json!({
                    "day": date.to_string(),
                    "alarms": day.alarms.iter().map(alarm_value).collect::<Vec<_>>(),
                    "alarm_count": day.alarm_count,
                    "failed_requests": day.failed_requests,
                    "reached_requests": day.reached_requests,
                    "failed_runs": day.failed_runs,
                    "lost_devices": day.lost_devices,
                    "rows": format!("/api/events?from={from}&to={to}"),
                }),
                ..Remember::new(Kind::Episode, told(date, &day, weight, &snapshot, zone))
            };
            self.remember(episode, Who::House).await?;
        }
        Ok(())
    }

    /// Looks for what is regular in the last weeks, and foresees today by it.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn learn(&self, now: Timestamp) -> Result<Learned, Fault> {
        let zone = self.wires.zone.clone();
        let today = zone.to_datetime(now).date();
        let Some(to) = midnight(today, &zone) else {
            return Ok(Learned::default());
        };
        let from = to - SignedDuration::from_hours(24 * DAYS);
        let (occurrences, alive) = self.occurrences(from, to).await?;
        let found = mine(&occurrences, &alive, &zone);
        let _writing = self.writing.lock().await;
        let filter = MemoryFilter {
            kind: Some(Kind::Pattern.as_str().to_owned()),
            ..MemoryFilter::default()
        };
        let old = self.wires.store.memories(&filter, PAGE).await?;
        let mut old: Vec<(Entry, Option<Pattern>)> = old
            .into_iter()
            .filter_map(|(kept, _)| Entry::from_kept(kept))
            .map(|entry| {
                let pattern = read(&entry.value);
                (entry, pattern)
            })
            .collect();
        let snapshot = self.wires.house.snapshot();
        let mut records = Vec::new();
        let mut learned = Learned::default();
        for pattern in found {
            let known = old.iter().position(|(_, old)| {
                old.as_ref().is_some_and(|old| {
                    old.subject == pattern.subject
                        && old.days == pattern.days
                        && old.minute.abs_diff(pattern.minute) <= 60
                })
            });
            let known = known.map(|index| old.swap_remove(index).0);
            if known.as_ref().is_some_and(Entry::is_forgotten) {
                continue;
            }
            let Some(entry) = entry(&pattern, known, &snapshot, now, (from, to)) else {
                continue;
            };
            if pattern.days.has(today)
                && let Some(prediction) = foresee(&pattern, &entry, today, now, &zone)
            {
                records.push(Record::Prediction(Box::new(prediction)));
                learned.foreseen += 1;
            }
            records.push(Record::Memory(Box::new(entry.kept())));
            learned.patterns += 1;
        }
        for (entry, _) in old {
            if !entry.is_forgotten() {
                records.push(Record::MemoryGone(entry.id));
                learned.lapsed += 1;
            }
        }
        self.wires.store.keep(records).await?;
        Ok(learned)
    }

    /// Scores what was foreseen and whose time is over; how much.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn score(&self, now: Timestamp) -> Result<usize, Fault> {
        let from = now - SignedDuration::from_hours(24 * 3);
        let open: Vec<KeptPrediction> = self
            .wires
            .store
            .predictions(from, now)
            .await?
            .into_iter()
            .filter(|prediction| prediction.outcome.is_none() && prediction.until <= now)
            .collect();
        let mut records = Vec::new();
        for mut prediction in open {
            let Some(subject) = read_subject(&prediction.claim) else {
                continue;
            };
            let (begin, end) = (prediction.from, prediction.until);
            let mut came = false;
            let learnable = |_: DeviceId| true;
            self.events(begin, end, &KINDS, |event| {
                came |= occurrence(event, &learnable).is_some_and(|one| one.subject == subject);
            })
            .await?;
            let lost = !self.wires.store.gaps(begin, end).await?.is_empty();
            let outcome = match (came, lost) {
                (true, _) => "hit",
                (false, true) => "unknown",
                (false, false) => "miss",
            };
            prediction.outcome = Some(outcome.to_owned());
            prediction.scored = Some(now);
            telemetry::scored(ROUTINES, outcome);
            records.push(Record::Prediction(Box::new(prediction)));
        }
        let scored = records.len();
        if scored > 0 {
            self.wires.store.keep(records).await?;
        }
        Ok(scored)
    }

    /// What was foreseen to happen and is due before a moment (of all, where there is none), the latest due
    /// first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn foreseen(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<KeptPrediction>, Fault> {
        Ok(self.wires.store.foreseen(before, limit).await?)
    }

    /// How often what was foreseen came, over the last days, by model.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accuracy(&self, days: u32) -> Result<Vec<Accuracy>, Fault> {
        let now = self.now();
        let from = now - SignedDuration::from_hours(24 * i64::from(days));
        let to = now + SignedDuration::from_hours(48);
        let all = self.wires.store.predictions(from, to).await?;
        let mut models: BTreeMap<String, Vec<KeptPrediction>> = BTreeMap::new();
        for prediction in all {
            models
                .entry(prediction.model.clone())
                .or_default()
                .push(prediction);
        }
        let zone = &self.wires.zone;
        Ok(models
            .into_iter()
            .map(|(model, predictions)| accuracy(model, &predictions, zone))
            .collect())
    }

    /// What happened in a span that can be regular, and the days on which anything was recorded.
    async fn occurrences(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<Occurrence>, BTreeSet<Date>), Fault> {
        let snapshot = self.wires.house.snapshot();
        let learnable = |device: DeviceId| {
            snapshot
                .devices
                .get(&device)
                .is_some_and(|twin| twin.device.preferences.learning_enabled)
        };
        let (mut occurrences, mut alive) = (Vec::new(), BTreeSet::new());
        let zone = self.wires.zone.clone();
        self.events(from, to, &KINDS, |event| {
            alive.insert(zone.to_datetime(event.at).date());
            occurrences.extend(occurrence(event, &learnable));
        })
        .await?;
        Ok((occurrences, alive))
    }

    /// Goes through the timeline of a span, newest first, as far as its bounds let it.
    async fn events(
        &self,
        from: Timestamp,
        to: Timestamp,
        kinds: &[&str],
        mut each: impl FnMut(&Event),
    ) -> Result<(), Fault> {
        let mut filter = EventFilter {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            from: Some(from),
            to: Some(to),
            ..EventFilter::default()
        };
        for _ in 0..PAGES {
            let page = self.wires.store.events(&filter, PAGE).await?;
            page.events.iter().for_each(&mut each);
            match page.next {
                Some(next) => filter.before = Some(next),
                None => break,
            }
        }
        Ok(())
    }
}

/// The kinds of events in which something can be regular.
const KINDS: [&str; 2] = ["property_changed", "presence_changed"];

/// What happened, where it is of a kind that can be regular. What a rule or the house itself did is the
/// rule's regularity and not the household's.
fn occurrence(event: &Event, learnable: &dyn Fn(DeviceId) -> bool) -> Option<Occurrence> {
    if matches!(
        event.cause.who,
        Who::Rule { .. } | Who::Scenario { .. } | Who::House
    ) {
        return None;
    }
    let subject = match &event.body {
        EventBody::PropertyChanged {
            device,
            path,
            old: Some(_),
            new: Some(new),
            ..
        } => {
            let becomes = match (path.capability.name, path.property.name, new) {
                ("OnOff", "on_off", Value::Bool(on)) => *on,
                ("DoorLock", "lock_state", word) if *word == "locked".into() => true,
                ("DoorLock", "lock_state", word) if *word == "unlocked".into() => false,
                _ => return None,
            };
            if !learnable(*device) {
                return None;
            }
            Subject::Device(*device, *path, becomes)
        }
        EventBody::PresenceChanged { person, new, .. } => match new {
            Presence::Home => Subject::Person(*person, true),
            Presence::Away => Subject::Person(*person, false),
            Presence::Unknown => return None,
        },
        _ => return None,
    };
    Some(Occurrence {
        subject,
        at: event.at,
    })
}

/// A pattern as a memory: a new one, or the known one as it is now. `None` where whom it is about is gone.
fn entry(
    pattern: &Pattern,
    known: Option<Entry>,
    snapshot: &Snapshot,
    now: Timestamp,
    (from, to): (Timestamp, Timestamp),
) -> Option<Entry> {
    let (name, slug, verb, device, person, area) = match &pattern.subject {
        Subject::Device(id, path, becomes) => {
            let twin = snapshot.devices.get(id)?;
            let verb = match (path.capability.name, becomes) {
                ("DoorLock", true) => "is locked",
                ("DoorLock", false) => "is unlocked",
                (_, true) => "goes on",
                (_, false) => "goes off",
            };
            let device = &twin.device;
            let name = device.name.clone();
            (
                name,
                device.slug.to_string(),
                verb,
                Some(*id),
                None,
                device.area,
            )
        }
        Subject::Person(id, comes) => {
            let person = snapshot.people.get(id)?;
            let verb = if *comes { "comes home" } else { "leaves" };
            let name = person.name.clone();
            (name, person.slug.to_string(), verb, None, Some(*id), None)
        }
    };
    let days = match pattern.days {
        DayClass::Every => "every day",
        DayClass::Workdays => "on working days",
        DayClass::Weekends => "at weekends",
    };
    let text = format!(
        "{name} {verb} at about {} {days}: seen on {} of {} days, between {} and {}",
        clock(pattern.minute),
        pattern.seen,
        pattern.observed,
        clock(pattern.earliest),
        clock(pattern.latest),
    );
    let key = format!(
        "pattern:{slug}:{}:{}:{}",
        verb.replace(' ', "_"),
        pattern.days.as_str(),
        clock(pattern.minute).replace(':', ""),
    );
    let rows = match &pattern.subject {
        Subject::Device(..) => {
            format!("/api/events?device={slug}&kind=property_changed&from={from}&to={to}")
        }
        Subject::Person(..) => format!("/api/events?kind=presence_changed&from={from}&to={to}"),
    };
    let mut value = write(pattern);
    value["rows"] = rows.into();
    Some(Entry {
        id: known.as_ref().map_or_else(MemoryId::new, |known| known.id),
        kind: Kind::Pattern,
        key: known.as_ref().map_or(Some(key), |known| known.key.clone()),
        text,
        value,
        person,
        device,
        area,
        who: Who::House,
        confidence: (pattern.confidence * 1_000.0).round() / 1_000.0,
        weight: None,
        from: None,
        until: None,
        made: known.map_or(now, |known| known.made),
        changed: now,
    })
}

/// What stays of a pattern that was forgotten; `None` for any other memory.
pub(super) fn tombstone(entry: &Entry, who: Who, now: Timestamp) -> Option<Entry> {
    let pattern = (entry.kind == Kind::Pattern).then(|| read(&entry.value))??;
    let mut value = subject_value(&pattern.subject);
    value["days"] = pattern.days.as_str().into();
    value["minute"] = pattern.minute.into();
    value["forgotten"] = true.into();
    Some(Entry {
        text: "A pattern that was forgotten".to_owned(),
        value,
        person: None,
        area: None,
        who,
        confidence: 0.0,
        changed: now,
        ..entry.clone()
    })
}

/// What a pattern foresees of a day.
fn foresee(
    pattern: &Pattern,
    entry: &Entry,
    day: Date,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<KeptPrediction> {
    let at = |minute: i64| {
        let minute = minute.clamp(0, 24 * 60 - 1);
        let time = jiff::civil::Time::midnight() + minute.minutes();
        zone.to_timestamp(day.to_datetime(time)).ok()
    };
    let from = at(i64::from(pattern.earliest) - SLACK)?;
    let until = at(i64::from(pattern.latest) + SLACK)?;
    // What has begun already is not foreseen.
    (from > now && from < until).then(|| KeptPrediction {
        model: ROUTINES.to_owned(),
        subject: entry.key.clone().unwrap_or_default(),
        claim: subject_value(&pattern.subject),
        chance: pattern.support(),
        made: now,
        from,
        until,
        outcome: None,
        scored: None,
    })
}

fn accuracy(model: String, predictions: &[KeptPrediction], zone: &TimeZone) -> Accuracy {
    let mut days: BTreeMap<Date, (usize, usize)> = BTreeMap::new();
    let (mut unknown, mut pending, mut promised) = (0, 0, 0.0);
    for prediction in predictions {
        let day = zone.to_datetime(prediction.from).date();
        match prediction.outcome.as_deref() {
            Some("hit") => days.entry(day).or_default().0 += 1,
            Some("miss") => days.entry(day).or_default().1 += 1,
            Some(_) => {
                unknown += 1;
                continue;
            }
            None => {
                pending += 1;
                continue;
            }
        }
        promised += prediction.chance;
    }
    let hits: usize = days.values().map(|(hits, _)| hits).sum();
    let misses: usize = days.values().map(|(_, misses)| misses).sum();
    let scored = hits + misses;
    #[expect(clippy::cast_precision_loss, reason = "numbers of predictions")]
    let share = |of: f64| (scored >= FEW).then(|| of / scored as f64);
    #[expect(clippy::cast_precision_loss, reason = "a number of predictions")]
    let hit = hits as f64;
    Accuracy {
        model,
        hits,
        misses,
        unknown,
        pending,
        accuracy: share(hit),
        promised: share(promised),
        days: days
            .into_iter()
            .map(|(day, (hits, misses))| (day, hits, misses))
            .collect(),
    }
}

fn subject_value(subject: &Subject) -> Json {
    match subject {
        Subject::Device(id, path, becomes) => json!({
            "device": id.to_string(), "property": path.to_string(), "becomes": becomes,
        }),
        Subject::Person(id, comes) => json!({ "person": id.to_string(), "comes": comes }),
    }
}

fn read_subject(value: &Json) -> Option<Subject> {
    let text = |name: &str| value.get(name).and_then(Json::as_str);
    let truth = |name: &str| value.get(name).and_then(Json::as_bool);
    if let Some(id) = text("device") {
        let id: DeviceId = id.parse().ok()?;
        let path: Path = text("property")?.parse().ok()?;
        return Some(Subject::Device(id, path, truth("becomes")?));
    }
    let id: PersonId = text("person")?.parse().ok()?;
    Some(Subject::Person(id, truth("comes")?))
}

fn write(pattern: &Pattern) -> Json {
    let mut value = subject_value(&pattern.subject);
    value["days"] = pattern.days.as_str().into();
    value["minute"] = pattern.minute.into();
    value["time"] = clock(pattern.minute).into();
    value["earliest"] = clock(pattern.earliest).into();
    value["latest"] = clock(pattern.latest).into();
    value["seen"] = pattern.seen.into();
    value["observed"] = pattern.observed.into();
    value["support"] = ((pattern.support() * 1_000.0).round() / 1_000.0).into();
    value
}

/// What of a pattern tells it from others.
fn read(value: &Json) -> Option<Pattern> {
    let minute = value.get("minute").and_then(Json::as_u64)?;
    let minute = u16::try_from(minute).ok()?;
    Some(Pattern {
        subject: read_subject(value)?,
        days: DayClass::parse(value.get("days").and_then(Json::as_str)?)?,
        minute,
        earliest: minute,
        latest: minute,
        seen: 0,
        observed: 0,
        confidence: 0.0,
    })
}

/// A minute of the day as people write it.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A day in one sentence.
fn told(date: Date, day: &Day, weight: f64, snapshot: &Snapshot, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    if let Some(Alarm { device, at, .. }) = day.alarms.last() {
        let twin = snapshot.devices.get(device);
        let name = twin.map_or("a device that is gone", |twin| twin.device.name.as_str());
        let time = zone.to_datetime(*at).strftime("%H:%M");
        parts.push(match day.alarm_count {
            1 => format!("{name} raised an alarm at {time}"),
            count => format!("{count} alarms, the first of {name} at {time}"),
        });
    }
    for (count, one, many) in [
        (day.failed_requests, "request failed", "requests failed"),
        (
            day.failed_runs,
            "scenario did not finish",
            "scenarios did not finish",
        ),
        (
            day.lost_devices,
            "device went away",
            "times a device went away",
        ),
    ] {
        match count {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            count => parts.push(format!("{count} {many}")),
        }
    }
    if parts.is_empty() {
        parts.push("nothing went wrong".to_owned());
    }
    let kind = match weight {
        weight if weight > 0.0 => "a good day",
        weight if weight > -0.3 => "a day with trouble",
        _ => "a bad day",
    };
    format!("{date} was {kind}: {}", parts.join(", "))
}

fn alarm_value(alarm: &Alarm) -> Json {
    json!({
        "device": alarm.device.to_string(),
        "property": alarm.path.to_string(),
        "at": alarm.at.to_string(),
        "position": alarm.position.to_string(),
    })
}

fn midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
        .ok()
}

fn next(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}
