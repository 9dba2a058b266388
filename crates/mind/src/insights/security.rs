//! Doors, windows, locks, alarms, and who is there: now, and what happened to them in the span.
//!
//! - **open**, **locked**, **alarm_state**, **alarm**, **occupied**, **home** are of now; what was not
//!   reported since the last start, or by a device that is away, is unknown.
//! - **opened** (times): changes to open in the timeline. **open_share**: the share of known time for which
//!   it was open. **unlocked** (times). **alarms** (times).

use super::{Datum, Figure, Insight, Insights, MOST, Span, rounded, share};
use crate::memory::is_alarm;
use history::Resolution;
use model::{Connectivity, EventBody, Path, Presence, Timestamp, Value};
use std::collections::BTreeMap;
use store::{EventFilter, StoreError};
use twin::{DeviceTwin, Snapshot};

/// Pages of the timeline that are read at most, and their length.
const PAGES: usize = 50;
const PAGE: usize = 1_000;

impl Insights {
    pub(super) async fn security(
        &self,
        span: Span,
        insight: &mut Insight,
    ) -> Result<(), StoreError> {
        let snapshot = self.house.snapshot();
        let (counts, whole) = self.happenings(span).await?;
        let mut open = Vec::new();
        let mut unknown = 0;
        let watched: Vec<(&DeviceTwin, Path)> = snapshot
            .devices
            .values()
            .flat_map(|twin| watched(twin).map(move |path| (&**twin, path)))
            .take(MOST)
            .collect();
        for (twin, path) in &watched {
            let value = fresh(twin, *path);
            unknown += usize::from(value.is_none());
            insight.figures.push(now(twin, *path, value.as_ref()));
            match (path.capability.name, &value) {
                ("Contact", Some(Value::Bool(true))) => {
                    open.push(format!("{} is open", twin.device.name))
                }
                ("DoorLock", Some(word)) if *word != "locked".into() => {
                    open.push(format!("{} is not locked", twin.device.name));
                }
                (_, Some(value)) if is_alarm(*path, value) => {
                    insight
                        .summary
                        .insert(0, format!("{} raises an alarm.", twin.device.name));
                }
                _ => {}
            }
            let slug = &twin.device.slug;
            let name = match path.capability.name {
                "Contact" => "opened",
                "DoorLock" => "unlocked",
                "OccupancySensing" => continue,
                _ => "alarms",
            };
            let rows = format!(
                "/api/events?device={slug}&kind=property_changed&from={}&to={}",
                span.from, span.now
            );
            let count = counts.get(&(twin.device.id, *path)).copied().unwrap_or(0);
            let figure = Figure::new(name, "times", rows)
                .device(twin.device.id)
                .area(twin.device.area)
                .number(whole.then_some(f64::from(count)))
                .note(if whole {
                    "changes in the timeline"
                } else {
                    "too much happened to count it all"
                });
            insight.figures.push(figure);
            if path.capability.name == "Contact" {
                let days = self
                    .buckets(twin.device.id, *path, span, Resolution::Day)
                    .await?;
                let known: i64 = days.iter().map(|day| day.known).sum();
                let length: i64 = days.iter().map(|day| day.length).sum();
                let time: f64 = days
                    .iter()
                    .filter_map(|day| Some(day.mean? * super::hours(day.known)))
                    .sum();
                let rows = format!(
                    "/api/devices/{slug}/history?property={path}&resolution=day&from={}&to={}",
                    span.from, span.now
                );
                let value = (known > 0).then(|| rounded(time / super::hours(known), 4));
                let mut figure = Figure::new("open_share", "", rows)
                    .device(twin.device.id)
                    .area(twin.device.area)
                    .number(value)
                    .note("of the time for which it was known");
                figure.known = Some(share(known, length));
                insight.figures.push(figure);
            }
        }
        people(&snapshot, insight);
        if open.is_empty() && watched.is_empty() {
            insight
                .summary
                .push("No door, lock or alarm is known.".to_owned());
        } else if open.is_empty() {
            insight
                .summary
                .push("Nothing that is known is open or unlocked.".to_owned());
        } else {
            insight
                .summary
                .extend(open.into_iter().map(|what| format!("{what}.")));
        }
        if unknown > 0 {
            insight
                .summary
                .push(format!("Of {unknown} it is not known how they are now."));
        }
        Ok(())
    }

    /// How often each thing was opened, unlocked, or raised an alarm; and whether that is all of it.
    async fn happenings(
        &self,
        span: Span,
    ) -> Result<(BTreeMap<(model::DeviceId, Path), u32>, bool), StoreError> {
        let mut counts = BTreeMap::new();
        let mut filter = EventFilter {
            kinds: vec!["property_changed".to_owned()],
            from: Some(span.from),
            to: Some(span.now),
            ..EventFilter::default()
        };
        for _ in 0..PAGES {
            let page = self.store.events(&filter, PAGE).await?;
            for event in &page.events {
                if let EventBody::PropertyChanged {
                    device,
                    path,
                    old: Some(_),
                    new: Some(new),
                    ..
                } = &event.body
                    && counts_as(*path, new)
                {
                    *counts.entry((*device, *path)).or_insert(0) += 1;
                }
            }
            match page.next {
                Some(next) => filter.before = Some(next),
                None => return Ok((counts, true)),
            }
        }
        Ok((counts, false))
    }
}

fn counts_as(path: Path, new: &Value) -> bool {
    match path.capability.name {
        "Contact" => *new == Value::Bool(true),
        "DoorLock" => *new == "unlocked".into(),
        _ => is_alarm(path, new),
    }
}

/// The properties of a device that say something about safety.
fn watched(twin: &DeviceTwin) -> impl Iterator<Item = Path> + '_ {
    twin.device.capabilities.iter().flat_map(|instance| {
        let names: &[&str] = match instance.capability.name {
            "Contact" => &["open"],
            "DoorLock" => &["lock_state"],
            "SecurityAlarm" => &["alarm_state"],
            "WaterLeak" => &["leak"],
            "SmokeCoAlarm" => &["smoke", "carbon_monoxide", "gas", "heat"],
            "OccupancySensing" => &["occupied"],
            _ => &[],
        };
        names
            .iter()
            .filter(|name| instance.property(name).is_some())
            .filter_map(|name| instance.path(name))
    })
}

/// What it is now; `None` where that is not known.
fn fresh(twin: &DeviceTwin, path: Path) -> Option<Value> {
    let reported = twin.reported(path)?;
    let known = !reported.stale && twin.connectivity != Connectivity::Offline;
    reported.value.clone().filter(|_| known)
}

fn now(twin: &DeviceTwin, path: Path, value: Option<&Value>) -> Figure {
    let name = match path.capability.name {
        "Contact" => "open",
        "DoorLock" => "locked",
        "SecurityAlarm" => "alarm_state",
        "OccupancySensing" => "occupied",
        _ => "alarm",
    };
    let mut figure = Figure::new(name, "", format!("/api/devices/{}", twin.device.slug))
        .device(twin.device.id)
        .area(twin.device.area)
        .note(if value.is_some() {
            ""
        } else {
            "not reported since the last start, or the device is away"
        });
    figure.value = value.map(|value| match (path.capability.name, value) {
        ("DoorLock", Value::Text(word)) if &**word == "locked" => Datum::Truth(true),
        ("DoorLock", Value::Text(word)) if &**word == "unlocked" || &**word == "open" => {
            Datum::Truth(false)
        }
        (_, Value::Bool(truth)) => Datum::Truth(*truth),
        (_, Value::Number(number)) => Datum::Number(*number),
        (_, Value::Text(word)) => Datum::Word(word.to_string()),
    });
    figure
}

fn people(snapshot: &Snapshot, insight: &mut Insight) {
    for person in snapshot.people.values() {
        let mut figure = Figure::new("home", "", format!("/api/people/{}", person.slug));
        figure.person = Some(person.id);
        figure.value = match person.presence {
            Presence::Home => Some(Datum::Truth(true)),
            Presence::Away => Some(Datum::Truth(false)),
            Presence::Unknown => None,
        };
        if figure.value.is_none() {
            figure.note = "no tracker says where";
        }
        insight.figures.push(figure);
        let mut since = Figure::new("home_since", "", format!("/api/people/{}", person.slug));
        since.person = Some(person.id);
        since.value = person.presence_since.map(|at: Timestamp| Datum::Time(at));
        insight.figures.push(since);
    }
}
