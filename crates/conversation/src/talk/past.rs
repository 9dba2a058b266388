//! What is asked of the past: when, how long, who and why, and how it was then.

use super::answer::{Answer, Evidence};
use super::telling::asked_word;
use super::{Turn, words};
use crate::lang::{Attr, State};
use crate::reading::{self, Test};
use crate::time::Past;
use crate::understand::{Asked, Question};
use history::{Range, Resolution, Series};
use jiff::{SignedDuration, ToSpan as _, civil};
use model::{DeviceId, EventBody, Path, Timestamp, Value};
use store::{EventFilter, KeptValue};

/// How far back “last” looks, in days, one after the other.
const BACK: [i64; 3] = [1, 7, 90];

/// How many samples one look reads.
const SAMPLES: usize = 20_000;

/// How many devices one question is answered for.
const DEVICES: usize = 5;

/// Of how many rooms it is told what their air is like.
const ROOMS: usize = 3;

impl Turn<'_> {
    pub(super) async fn past(&self, question: &Question) -> Answer {
        let mut texts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        for id in &self.asked_of(question) {
            let Some((thing, _)) = self.thing(*id) else {
                continue;
            };
            let (path, test) = match (question.state, question.attr) {
                (Some(state), _) => match reading::test(state, thing) {
                    Some((path, test)) => (path, Some(test)),
                    None => continue,
                },
                (None, Some(attr)) => match reading::source(attr, thing) {
                    Some(path) => (path, None),
                    None => continue,
                },
                (None, None) => continue,
            };
            evidence.push(self.row(*id, path));
            let text = match question.asked {
                Asked::Why => self.why(*id, path, &mut evidence).await,
                Asked::Who => {
                    self.who(*id, path, test, question.state, &mut evidence)
                        .await
                }
                Asked::HowLong => self.how_long(*id, path, test, question.state).await,
                _ => {
                    self.last_time(*id, path, test, question.state, &mut evidence)
                        .await
                }
            };
            texts.push(text);
        }
        if !question.people.is_empty() && texts.is_empty() {
            for person in question
                .people
                .iter()
                .filter_map(|id| self.snapshot.people.get(id))
            {
                texts.push(match person.presence_since {
                    Some(at) => format!(
                        "{} has been {} since {}.",
                        person.name,
                        if person.presence == model::Presence::Home {
                            "at home"
                        } else {
                            "away"
                        },
                        words::moment(at, self.now, &self.wires.zone).trim_start_matches("at ")
                    ),
                    None => format!("I don't know since when {} is where they are.", person.name),
                });
            }
        }
        let text = if texts.is_empty() {
            "I don't know: nothing that I record tells that.".to_owned()
        } else {
            texts.join(" ")
        };
        let mut answer = Answer::of(format!("question.{}", asked_word(question.asked)), text);
        answer.evidence = evidence;
        answer
    }

    /// Which devices are asked. Of a room's air one tells as much as all of them, and where no room was
    /// named a few rooms tell enough.
    fn asked_of(&self, question: &Question) -> Vec<DeviceId> {
        let things = question.things.iter().copied();
        let ambient = question.attr.is_some_and(reading::is_ambient) && question.state.is_none();
        if !ambient {
            return things.take(DEVICES).collect();
        }
        let area = |id: DeviceId| self.snapshot.devices.get(&id)?.device.area;
        let mut rooms: Vec<_> = Vec::new();
        let mut one_each: Vec<DeviceId> = Vec::new();
        for id in things {
            if area(id).is_none() || !rooms.contains(&area(id)) {
                rooms.push(area(id));
                one_each.push(id);
            }
        }
        // What stands in no room measures none.
        if one_each.iter().any(|id| area(*id).is_some()) {
            one_each.retain(|id| area(*id).is_some());
        }
        one_each.truncate(ROOMS);
        one_each
    }

    fn twin_value(&self, id: DeviceId, path: Path) -> Option<KeptValue> {
        let reported = self.snapshot.devices.get(&id)?.reported(path)?;
        Some(KeptValue {
            device: id,
            path,
            value: reported.value.clone(),
            at: reported.at,
            since: reported.since,
            cause: reported.cause.clone(),
        })
    }

    async fn why(&self, id: DeviceId, path: Path, evidence: &mut Vec<Evidence>) -> String {
        let question = history::Question {
            device: id,
            path,
            area: self
                .snapshot
                .devices
                .get(&id)
                .and_then(|twin| twin.device.area),
            current: self.twin_value(id, path),
            now: self.now,
        };
        match history::why(
            &self.wires.store,
            &self.wires.zone,
            &question,
            &*self.snapshot,
        )
        .await
        {
            Ok(why) => {
                for link in &why.chain {
                    evidence.push(event_row(&link.event, &link.text));
                }
                for guess in &why.inferred {
                    let mut row = event_row(&guess.event, &guess.text);
                    row.kind = "candidate";
                    row.text = Some(format!(
                        "{} ({}; confidence {})",
                        guess.text, guess.effect, guess.confidence
                    ));
                    evidence.push(row);
                }
                why.sentence
            }
            Err(error) => format!("I cannot read what was recorded: {error}."),
        }
    }

    async fn who(
        &self,
        id: DeviceId,
        path: Path,
        test: Option<Test>,
        state: Option<State>,
        evidence: &mut Vec<Evidence>,
    ) -> String {
        let name = self.name(id);
        let filter = EventFilter {
            device: Some(id),
            path: Some(path),
            kinds: vec!["property_changed".to_owned()],
            ..EventFilter::default()
        };
        let page = match self.wires.store.events(&filter, 200).await {
            Ok(page) => page,
            Err(error) => return format!("I cannot read what was recorded: {error}."),
        };
        let found = page.events.iter().find(|event| match &event.body {
            EventBody::PropertyChanged { new: Some(new), .. } => {
                test.is_none_or(|test| test.passes(new))
            }
            _ => false,
        });
        let word = state.map_or("changed", words::state);
        match found {
            Some(event) => {
                let text = history::sentence(event, &*self.snapshot);
                evidence.push(event_row(event, &text));
                let own = matches!(&event.cause.who, model::Who::Device { id: device, .. } if *device == id);
                let when = words::moment(event.at, self.now, &self.wires.zone);
                if own {
                    format!(
                        "I don't know who: {name} reported by itself {when} that it is {word} (a hand, a key or its own schedule)."
                    )
                } else {
                    format!(
                        "{}: {name} became {word} {when}.",
                        words::sentence(&event.cause.who.to_string()).trim_end_matches('.')
                    )
                }
            }
            None => format!("I don't know: it is not recorded that {name} became {word}."),
        }
    }

    async fn how_long(
        &self,
        id: DeviceId,
        path: Path,
        test: Option<Test>,
        state: Option<State>,
    ) -> String {
        let name = self.name(id);
        let Some(current) = self.twin_value(id, path) else {
            return format!("I don't know: {name} has never said so.");
        };
        let since = self.holding_since(id, path, test, &current).await;
        let lasts = words::span(self.now.duration_since(since).as_secs());
        let when = words::moment(since, self.now, &self.wires.zone);
        let word = state.map_or_else(|| "so".to_owned(), |state| words::state(state).to_owned());
        match (&current.value, test) {
            (Some(value), Some(test)) if test.passes(value) => format!(
                "{name} has been {word} for {lasts}, since {}.",
                when.trim_start_matches("at ")
            ),
            (Some(_), Some(_)) => format!(
                "{name} is not {word}; it has been otherwise for {lasts}, since {}.",
                when.trim_start_matches("at ")
            ),
            (Some(value), None) => format!(
                "{name} has been at {} for {lasts}.",
                words::with_unit(path, value, None)
            ),
            (None, _) => format!("I don't know how {name} is now."),
        }
    }

    /// Since when a test has held (or not): values may change and still pass.
    async fn holding_since(
        &self,
        id: DeviceId,
        path: Path,
        test: Option<Test>,
        current: &KeptValue,
    ) -> Timestamp {
        let (Some(test), Some(value)) = (test, &current.value) else {
            return current.since;
        };
        if matches!(value, Value::Bool(_)) {
            return current.since;
        }
        let passes = test.passes(value);
        let Some(series) = self
            .series(
                id,
                path,
                self.now - SignedDuration::from_hours(24 * 7),
                self.now,
            )
            .await
        else {
            return current.since;
        };
        let mut since = current.since;
        for point in series.points.iter().rev() {
            match &point.value {
                Some(value) if test.passes(value) == passes => since = since.min(point.at),
                _ => break,
            }
        }
        since
    }

    async fn series(
        &self,
        id: DeviceId,
        path: Path,
        from: Timestamp,
        to: Timestamp,
    ) -> Option<Series> {
        let range = Range {
            device: id,
            path,
            from,
            to,
            resolution: Resolution::Raw,
            limit: SAMPLES,
        };
        history::series(&self.wires.store, &self.wires.zone, &range, self.now)
            .await
            .ok()
            .flatten()
    }

    async fn last_time(
        &self,
        id: DeviceId,
        path: Path,
        test: Option<Test>,
        state: Option<State>,
        evidence: &mut Vec<Evidence>,
    ) -> String {
        let name = self.name(id);
        let Some(current) = self.twin_value(id, path) else {
            return format!("I don't know: {name} has never said so.");
        };
        let when = |at: Timestamp| words::moment(at, self.now, &self.wires.zone);
        let Some(test) = test else {
            return match &current.value {
                Some(value) => format!(
                    "{name} last changed {}: it is {} now.",
                    when(current.since),
                    words::with_unit(path, value, None)
                ),
                None => format!("I don't know when {name} last changed."),
            };
        };
        let word = state.map_or("so", words::state);
        if current
            .value
            .as_ref()
            .is_some_and(|value| test.passes(value))
        {
            let since = self.holding_since(id, path, Some(test), &current).await;
            return format!("{name} is {word} now; it became so {}.", when(since));
        }
        for days in BACK {
            let Some(series) = self
                .series(
                    id,
                    path,
                    self.now - SignedDuration::from_hours(24 * days),
                    self.now,
                )
                .await
            else {
                continue;
            };
            let points: Vec<_> = series.before.iter().chain(&series.points).collect();
            let last = points
                .iter()
                .rposition(|point| point.value.as_ref().is_some_and(|value| test.passes(value)));
            let Some(last) = last else { continue };
            // The first of the stretch in which it was so.
            let first = points[..=last]
                .iter()
                .rposition(|point| !point.value.as_ref().is_some_and(|value| test.passes(value)))
                .map_or(0, |before| before + 1);
            let began = points[first].at;
            let ended = points.get(last + 1).map(|point| point.at);
            evidence.push(Evidence {
                kind: "sample",
                device: Some(id),
                name: name.clone(),
                path: Some(path.to_string()),
                value: points[first].value.clone(),
                at: Some(began),
                ..Evidence::default()
            });
            let lasted = ended
                .map(|ended| {
                    format!(
                        ", for {}",
                        words::span(ended.duration_since(began).as_secs())
                    )
                })
                .unwrap_or_default();
            return format!("{name} was last {word} {}{lasted}.", when(began));
        }
        format!("In what is recorded, {name} was never {word}.")
    }

    /// The stretch of time that is meant.
    pub(super) fn stretch(&self, past: Past) -> Option<(Timestamp, Timestamp, String)> {
        let zone = &self.wires.zone;
        let now = self.now.to_zoned_datetime(zone.clone());
        let today = now.date();
        let at = |date: civil::Date, hour: i8| -> Option<Timestamp> {
            let (date, hour) = if hour >= 24 {
                (date.tomorrow().ok()?, 0)
            } else {
                (date, hour)
            };
            date.at(hour, 0, 0, 0)
                .to_zoned_datetime(zone.clone())
                .ok()
                .map(|moment| moment.timestamp())
        };
        let yesterday = today.yesterday().ok()?;
        let (from, to, name) = match past {
            Past::Today => (at(today, 0)?, self.now, "today".to_owned()),
            Past::Yesterday(from, to) if from < to => (
                at(yesterday, from)?,
                at(yesterday, to)?,
                "yesterday".to_owned(),
            ),
            Past::Yesterday(from, to) => (
                at(yesterday, from)?,
                at(today, to)?,
                "yesterday night".to_owned(),
            ),
            Past::LastNight => (
                at(yesterday, 22)?,
                at(today, 6)?.min(self.now),
                "last night, between 22:00 and 06:00,".to_owned(),
            ),
            Past::Part(from, to) => (
                at(today, from)?,
                at(today, to)?.min(self.now),
                "today".to_owned(),
            ),
            Past::Over(seconds) => (
                self.now - SignedDuration::from_secs(seconds),
                self.now,
                format!("in the last {}", words::span(seconds)),
            ),
            Past::Ago(seconds) => {
                let then = self.now - SignedDuration::from_secs(seconds);
                (
                    then,
                    then + SignedDuration::from_secs(60),
                    format!("{} ago", words::span(seconds)),
                )
            }
            Past::Weekday(day) => {
                let mut date = yesterday;
                for _ in 0..7 {
                    if date.weekday() == day {
                        break;
                    }
                    date = date.checked_sub(1.day()).ok()?;
                }
                (
                    at(date, 0)?,
                    at(date, 24)?,
                    format!("on {}", date.strftime("%A, %-d %B")),
                )
            }
            Past::At(clock, days) => {
                let date = today.checked_sub(i64::from(days).days()).ok()?;
                let then = at(date, 0)? + SignedDuration::from_secs(i64::from(clock));
                (
                    then,
                    then + SignedDuration::from_secs(60),
                    words::moment(then, self.now, zone),
                )
            }
        };
        Some((from, to, name))
    }

    /// How something was then.
    pub(super) async fn back_then(&self, question: &Question) -> Answer {
        let Some((from, to, when)) = question.past.and_then(|past| self.stretch(past)) else {
            return Answer::of("question.history", "I don't know which time you mean.");
        };
        let mut texts = Vec::new();
        let mut evidence = Vec::new();
        for id in question.things.iter().take(DEVICES) {
            let Some((thing, _)) = self.thing(*id) else {
                continue;
            };
            let name = &thing.device.name;
            if let Some(state) = question.state {
                let Some((path, test)) = reading::test(state, thing) else {
                    continue;
                };
                let Some(series) = self.series(*id, path, from, to).await else {
                    texts.push(format!("Nothing is recorded of {name} for that time."));
                    continue;
                };
                let points: Vec<_> = series.before.iter().chain(&series.points).collect();
                let so: Vec<_> = points
                    .iter()
                    .filter(|point| point.value.as_ref().is_some_and(|value| test.passes(value)))
                    .collect();
                evidence.extend(so.iter().take(5).map(|point| Evidence {
                    kind: "sample",
                    device: Some(*id),
                    name: name.clone(),
                    path: Some(path.to_string()),
                    value: point.value.clone(),
                    at: Some(point.at),
                    ..Evidence::default()
                }));
                let word = words::state(state);
                texts.push(match (points.is_empty(), so.first()) {
                    (true, _) => format!("Nothing is recorded of {name} for that time."),
                    (false, None) => {
                        format!("No, {name} was not {word} {}.", when.trim_end_matches(','))
                    }
                    (false, Some(first)) if first.at < from => {
                        format!("Yes, {name} was {word} {}.", when.trim_end_matches(','))
                    }
                    (false, Some(first)) => format!(
                        "Yes, {name} was {word} {} from {}.",
                        when.trim_end_matches(','),
                        first
                            .at
                            .to_zoned_datetime(self.wires.zone.clone())
                            .strftime("%H:%M")
                    ),
                });
                continue;
            }
            let Some(path) = question.attr.and_then(|attr| reading::source(attr, thing)) else {
                continue;
            };
            let Some(series) = self.series(*id, path, from, to).await else {
                texts.push(format!("Nothing is recorded of {name} for that time."));
                continue;
            };
            let numbers: Vec<(Timestamp, f64)> = series
                .before
                .iter()
                .map(|point| (from, point.value.as_ref()))
                .chain(
                    series
                        .points
                        .iter()
                        .map(|point| (point.at, point.value.as_ref())),
                )
                .filter_map(|(at, value)| Some((at, value?.as_number()?)))
                .collect();
            let what = words::attr(question.attr.unwrap_or(Attr::Status));
            let show = |number: f64| words::with_unit(path, &Value::Number(number), None);
            texts.push(match &numbers[..] {
                [] => match series
                    .before
                    .iter()
                    .chain(&series.points)
                    .next_back()
                    .and_then(|point| point.value.clone())
                {
                    Some(value) => format!(
                        "{name} was {} {when}.",
                        words::with_unit(path, &value, None)
                    ),
                    None => format!("Nothing is recorded of {name} for that time."),
                },
                [one] => format!(
                    "The {what} of {name} was {} {}.",
                    show(one.1),
                    when.trim_end_matches(',')
                ),
                many => {
                    let mut sum = 0.0;
                    let mut weight = 0.0;
                    for (index, (at, number)) in many.iter().enumerate() {
                        let end = many.get(index + 1).map_or(to, |next| next.0);
                        let lasts = end.duration_since(*at).as_secs_f64().max(0.0);
                        sum += number * lasts;
                        weight += lasts;
                    }
                    let mean = if weight > 0.0 {
                        sum / weight
                    } else {
                        many[0].1
                    };
                    let low = many.iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
                    let high = many.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
                    evidence.push(Evidence {
                        kind: "statistic",
                        device: Some(*id),
                        name: name.clone(),
                        path: Some(path.to_string()),
                        value: Some(mean.into()),
                        unit: path.property.unit.map(model::Unit::symbol),
                        at: Some(from),
                        since: Some(to),
                        text: Some(format!("{} samples", many.len())),
                        ..Evidence::default()
                    });
                    if path.property.statistics == model::Statistics::Total {
                        format!(
                            "{name} counted {} {}.",
                            show(high - low),
                            when.trim_end_matches(',')
                        )
                    } else {
                        let figures = format!(
                            "{} on average, from {} to {}",
                            show(mean),
                            show(low),
                            show(high)
                        );
                        if texts.is_empty() {
                            format!("The {what} of {name} {when} was {figures}.")
                        } else {
                            // What and when was said with the first.
                            format!("{name}: {figures}.")
                        }
                    }
                }
            });
        }
        let text = if texts.is_empty() {
            "I don't know: nothing that I record tells that.".to_owned()
        } else {
            texts.join(" ")
        };
        let mut answer = Answer::of("question.history", text);
        answer.evidence = evidence;
        answer
    }
}

fn event_row(event: &model::Event, text: &str) -> Evidence {
    Evidence {
        kind: "event",
        device: event.body.device(),
        at: Some(event.at),
        text: Some(text.to_owned()),
        reference: Some(event.position.to_string()),
        name: event.cause.who.to_string(),
        ..Evidence::default()
    }
}
