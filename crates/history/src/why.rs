//! Why a property is what it is: what was recorded, what is only inferred, or “I don't know”.
//!
//! *Recorded* is the chain of causes that every event carries: the change, the wish behind it, and
//! what led to that. *Inferred* is what happened shortly before and could have had this effect. The
//! two are never mixed. How sure an inference is: how strongly the one kind of thing makes the
//! other happen (a table below, set by judgement and not learned), times how near it was (1 at the
//! same moment, falling evenly to 0 at the end of the window). Below 0.1 it is left out.

use crate::calendar::plus;
use crate::sentence::{Names, called, clause, finished, is_own, sentence, with_unit};
use jiff::tz::TimeZone;
use model::{
    AreaId, CauseId, DeviceId, Event, EventBody, Path, Statistics, Timestamp, Unit, Value,
};
use std::time::Duration;
use store::{EventFilter, KeptValue, Store, StoreError};

/// How long before a change something may lie that could have led to it.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// The same for what is slow to change: temperature and humidity.
const SLOW: Duration = Duration::from_secs(30 * 60);

/// What is less sure is not said.
const LEAST: f64 = 0.1;

/// How many inferences are told at most.
const MOST: usize = 5;

/// How many refused requests are told at most.
const REFUSED: usize = 3;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Whose property.
    pub device: DeviceId,
    /// Which.
    pub path: Path,
    /// Where the device stands: what happens there may be the reason.
    pub area: Option<AreaId>,
    /// What the twin has now; `None` asks the database.
    pub current: Option<KeptValue>,
    /// House time.
    pub now: Timestamp,
}

/// How an answer is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// The chain of causes was recorded.
    Recorded,
    /// Nothing was recorded but the change itself; something near it may have led to it.
    Inferred,
    /// Neither is there.
    Nothing,
}

/// A recorded event of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The event.
    pub event: Event,
    /// The same in one plain sentence.
    pub text: String,
}

/// Something that may have led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// The event.
    pub event: Event,
    /// The same in one plain sentence.
    pub text: String,
    /// How it could have had this effect.
    pub effect: String,
    /// How sure that is, from 0.1 to 1, to two places.
    pub confidence: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// In one plain sentence (two, where nothing was recorded).
    pub sentence: String,
    /// How it is known.
    pub knowledge: Knowledge,
    /// What it is, and since when; `None` where nothing was ever reported.
    pub current: Option<KeptValue>,
    /// What was recorded: first what led to it, last the change itself.
    pub chain: Vec<Link>,
    /// What is only inferred, the surest first.
    pub inferred: Vec<Inference>,
    /// Requests for the device that were refused since, newest first: why it is not otherwise.
    pub refused: Vec<Link>,
}

/// Why a property is what it is.
///
/// # Errors
/// When the database cannot be read.
pub async fn why(
    store: &Store,
    zone: &TimeZone,
    question: &Question,
    names: &(dyn Names + Sync),
) -> Result<Why, StoreError> {
    why_with(store, zone, question, &[], names).await
}

/// The same, with events of the last seconds that may not be written yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn why_with(
    store: &Store,
    zone: &TimeZone,
    question: &Question,
    recent: &[Event],
    names: &(dyn Names + Sync),
) -> Result<Why, StoreError> {
    let current = match &question.current {
        Some(current) => Some(current.clone()),
        None => store.value(question.device, question.path).await?,
    };
    let refused = refused(store, question, current.as_ref(), recent, names).await?;
    let Some(current) = current else {
        let why = explain(question, None, &[], &[], names, zone);
        return Ok(why.with_refused(refused));
    };
    let mut chain = store.chain(&current.cause).await?;
    add_recent(&mut chain, &current, recent);
    let from = plus(current.since, -micros(window(question.path)));
    let to = plus(current.since, 1);
    let span = EventFilter {
        from: Some(from),
        to: Some(to),
        ..EventFilter::default()
    };
    let mut near = Vec::new();
    let device = EventFilter {
        device: Some(question.device),
        ..span.clone()
    };
    near.extend(store.events(&device, 200).await?.events);
    if let Some(area) = question.area {
        let area = EventFilter {
            area: Some(area),
            ..span.clone()
        };
        near.extend(store.events(&area, 500).await?.events);
    }
    let people = EventFilter {
        kinds: vec!["presence_changed".to_owned()],
        ..span
    };
    near.extend(store.events(&people, 50).await?.events);
    let why = explain(question, Some(current), &chain, &near, names, zone);
    Ok(why.with_refused(refused))
}

/// The last requests for the device that were refused since it is as it is.
async fn refused(
    store: &Store,
    question: &Question,
    current: Option<&KeptValue>,
    recent: &[Event],
    names: &(dyn Names + Sync),
) -> Result<Vec<Link>, StoreError> {
    let since = current.map(|current| current.since);
    let filter = EventFilter {
        device: Some(question.device),
        kinds: vec!["request_refused".to_owned()],
        from: since,
        ..EventFilter::default()
    };
    let mut events = store.events(&filter, REFUSED).await?.events;
    for event in recent {
        let is_one = matches!(event.body, EventBody::RequestRefused { .. })
            && event.body.device() == Some(question.device)
            && since.is_none_or(|since| event.at >= since);
        if is_one && !events.iter().any(|other| other.position == event.position) {
            events.push(event.clone());
        }
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.position));
    events.truncate(REFUSED);
    let link = |event| Link {
        text: sentence(&event, names),
        event,
    };
    Ok(events.into_iter().map(link).collect())
}

impl Why {
    /// With what was refused since, the last of it in the sentence too.
    fn with_refused(mut self, refused: Vec<Link>) -> Self {
        if let Some(last) = refused.first() {
            self.sentence = format!("{} {}", self.sentence, last.text);
        }
        self.refused = refused;
        self
    }
}

/// Adds those of the recent events that belong to the chain and are not in it yet, from the value's
/// cause upwards.
fn add_recent(chain: &mut Vec<Event>, current: &KeptValue, recent: &[Event]) {
    let mut wanted = vec![current.cause.id];
    wanted.extend(current.cause.parent);
    let mut looked = 0;
    while let Some(&id) = wanted.get(looked) {
        looked += 1;
        for event in recent.iter().filter(|event| event.cause.id == id) {
            if !chain.iter().any(|other| other.position == event.position) {
                chain.push(event.clone());
            }
            match event.cause.parent {
                Some(parent) if !wanted.contains(&parent) => wanted.push(parent),
                _ => {}
            }
        }
    }
}

/// The answer, from what was recorded. `chain` are the events of the current value's cause and of
/// those before it, `near` those of the time before the change. Pure.
#[must_use]
pub fn explain(
    question: &Question,
    current: Option<KeptValue>,
    chain: &[Event],
    near: &[Event],
    names: &dyn Names,
    zone: &TimeZone,
) -> Why {
    let device = called(question.device, names);
    let title = question.path.property.title;
    let Some(current) = current else {
        let sentence = format!("I don't know: {device} has never reported “{title}”.");
        let (chain, inferred) = (Vec::new(), Vec::new());
        return Why {
            sentence,
            knowledge: Knowledge::Nothing,
            current: None,
            chain,
            inferred,
            refused: Vec::new(),
        };
    };
    let inferred = infer(question, &current, chain, near, names);
    let moment = moment(current.since, question.now, zone);
    let subject = format!(
        "{} {moment}",
        is(&device, question.path, current.value.as_ref())
    );
    let by_itself = is_own(&current.cause.who, question.device) && current.cause.parent.is_none();
    let (knowledge, answer) = match inferred.first() {
        _ if !by_itself => (
            Knowledge::Recorded,
            format!("{subject}{}", reasons(&current, chain, names)),
        ),
        Some(best) => (
            Knowledge::Inferred,
            format!(
                "{subject}; it reported that by itself. Perhaps because {} (my guess: {} %)",
                clause(&best.event.body, names),
                percent(best.confidence),
            ),
        ),
        None => (
            Knowledge::Nothing,
            format!(
                "I don't know why {subject}: it reported that by itself, and nothing was recorded \
                 around that time that could have led to it"
            ),
        ),
    };
    let mut links: Vec<&Event> = chain.iter().collect();
    links.sort_by_key(|event| (event.at, event.position));
    let chain = links
        .into_iter()
        .map(|event| Link {
            text: sentence(event, names),
            event: event.clone(),
        })
        .collect();
    Why {
        sentence: finished(&answer),
        knowledge,
        current: Some(current),
        chain,
        inferred,
        refused: Vec::new(),
    }
}

/// “Hall lamp is on”, “Temperature of Bath is 21 °C”.
fn is(device: &str, path: Path, value: Option<&Value>) -> String {
    let title = path.property.title;
    match (path.capability.name, value) {
        (_, None) => format!("“{title}” of {device} is not known"),
        ("OnOff", Some(Value::Bool(_))) | ("DoorLock", Some(Value::Text(_))) => {
            format!(
                "{device} is {}",
                value.map(ToString::to_string).unwrap_or_default()
            )
        }
        ("Contact" | "Valve", Some(Value::Bool(open))) => {
            format!("{device} is {}", if *open { "open" } else { "closed" })
        }
        (_, Some(value)) => format!("“{title}” of {device} is {}", with_unit(path, value)),
    }
}

/// “because Anna asked for it, because …”: one clause for each link of the chain, nearest first.
fn reasons(current: &KeptValue, chain: &[Event], names: &dyn Names) -> String {
    let mut text = format!(" because {} asked for it", current.cause.who);
    let mut parent = current.cause.parent;
    let mut told: Vec<CauseId> = vec![current.cause.id];
    while let Some(id) = parent {
        if told.contains(&id) {
            break;
        }
        told.push(id);
        // Of all that carries a cause, what came first says best what it was.
        let first = chain
            .iter()
            .filter(|event| event.cause.id == id)
            .min_by_key(|event| (event.at, event.position));
        let Some(event) = first else {
            text.push_str("; what led to that was not recorded");
            break;
        };
        text.push_str(", because ");
        text.push_str(&clause(&event.body, names));
        parent = event.cause.parent;
    }
    text
}

/// “since 18:02”, with the date where it is not today.
fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (
        at.to_zoned_datetime(zone.clone()),
        now.to_zoned_datetime(zone.clone()),
    );
    if at.date() == now.date() {
        at.strftime("since %H:%M").to_string()
    } else {
        at.strftime("since %-d %B %Y, %H:%M").to_string()
    }
}

fn infer(
    question: &Question,
    current: &KeptValue,
    chain: &[Event],
    near: &[Event],
    names: &dyn Names,
) -> Vec<Inference> {
    let window = window(question.path).as_secs_f64();
    let mut inferred: Vec<Inference> = Vec::new();
    for event in near {
        let age = current.since.duration_since(event.at).as_secs_f64();
        let is_told = chain
            .iter()
            .chain(inferred.iter().map(|other| &other.event))
            .any(|other| other.position == event.position);
        if is_told || event.cause.id == current.cause.id || !(0.0..window).contains(&age) {
            continue;
        }
        let Some((strength, effect)) = effect(question, &event.body) else {
            continue;
        };
        let confidence = (strength * (1.0 - age / window) * 100.0).round() / 100.0;
        if confidence >= LEAST {
            let text = sentence(event, names);
            let effect = effect.to_owned();
            inferred.push(Inference {
                event: event.clone(),
                text,
                effect,
                confidence,
            });
        }
    }
    inferred.sort_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then(b.event.position.cmp(&a.event.position))
    });
    inferred.truncate(MOST);
    inferred
}

/// How strongly an event makes the asked property change, and how.
fn effect(question: &Question, body: &EventBody) -> Option<(f64, &'static str)> {
    let (source, property) = match body {
        EventBody::PropertyChanged { device, path, .. } => {
            if *device == question.device && *path == question.path {
                return None;
            }
            (path.capability.name, path.property.name)
        }
        EventBody::DeviceEvent { capability, .. } => (capability.as_str(), ""),
        EventBody::PresenceChanged { .. } => ("Presence", ""),
        EventBody::DriverChanged { .. } | EventBody::HouseStarted { .. } => return None,
        EventBody::ConnectivityChanged { device, .. } if *device == question.device => {
            return Some((
                0.6,
                "a device that comes back may have changed while it was away",
            ));
        }
        _ => return None,
    };
    let target = question.path;
    let target_name = (target.capability.name, target.property.name);
    let is_temperature =
        target.property.unit == Some(Unit::Celsius) && !target.property.is_writable();
    let is_humidity = target_name.0 == "RelativeHumidityMeasurement";
    let is_light = target_name.0 == "IlluminanceMeasurement";
    let is_power = matches!(
        target_name.0,
        "ElectricalPowerMeasurement" | "ElectricalEnergyMeasurement"
    );
    let is_control = target.property.is_writable();
    let found = match (source, property) {
        (
            "Thermostat",
            "running_state" | "system_mode" | "heating_setpoint" | "cooling_setpoint",
        ) if is_temperature => (0.7, "heating or cooling changes the temperature of a room"),
        ("Contact", "open") if is_temperature || is_humidity => {
            (0.5, "air comes in by an open window or door")
        }
        ("WindowCovering", "position" | "tilt") if is_light => {
            (0.6, "a covering lets light in or keeps it out")
        }
        ("WindowCovering", "position") if is_temperature => {
            (0.3, "a covering lets the sun in or keeps it out")
        }
        ("OnOff" | "LevelControl", _) if is_light => (0.7, "a lamp makes a room brighter"),
        ("OnOff" | "LevelControl" | "EnergyEvse", _) if is_power => {
            (0.7, "what is turned on draws power")
        }
        ("Button", _) if is_control => (0.7, "somebody pressed a button there"),
        ("OccupancySensing", "occupied") if is_control => (0.5, "somebody was there"),
        ("Contact", "open") if is_control => (0.3, "somebody went through, or aired the room"),
        ("Presence", _) if is_control => (0.4, "somebody came or left"),
        _ if body.device() == Some(question.device) => (0.5, "it happened at the same device"),
        _ => (0.15, "it happened in the same room"),
    };
    Some(found)
}

/// How far back to look.
fn window(path: Path) -> Duration {
    let is_slow = path.property.statistics == Statistics::Mean
        && !path.property.is_writable()
        && (path.property.unit == Some(Unit::Celsius)
            || path.capability.name == "RelativeHumidityMeasurement");
    if is_slow { SLOW } else { WINDOW }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "between 10 and 100")]
fn percent(confidence: f64) -> i64 {
    (confidence * 100.0).round() as i64
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
