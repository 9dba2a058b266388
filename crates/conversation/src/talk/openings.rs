//! What the house begins to say by itself: looked for, kept, said to all, and answered.

use super::answer::CannotSay;
use super::{Conversation, Inner, visits, words};
use crate::opening::{About, Book, Candidate, Opening, Row, State, decide, is_morning, limits};
use automation::notify::Quiet;
use jiff::SignedDuration;
use jiff::civil::Time;
use mind::{Attention, Concern, Urgency};
use model::{
    Cause, ConversationId, DeviceKind, Event, EventBody, Grant, Presence, Request, RequestBody,
    Timestamp, Value, Who, capability as c,
};
use std::sync::Arc;
use std::time::Duration;
use store::{Record, Store};
use tokio::sync::Mutex;
use twin::{Delivery, Snapshot, Subscription};

/// The name under which it is kept.
const BOOK: &str = "openings";

/// How often it is looked whether there is something to say. House time may run faster.
const LOOK: Duration = Duration::from_secs(1);

/// How long a good morning waits for an answer, and a word without its conversation counts for one.
pub(super) const FRESH: SignedDuration = SignedDuration::from_hours(6);

/// The most matters of a good morning.
const MATTERS: usize = 3;

/// When the house speaks by itself, besides its personality.
#[derive(Debug, Clone, Default)]
pub struct Initiative {
    /// When only what presses now is said.
    pub quiet: Option<Quiet>,
    /// When the good morning is.
    pub morning: Morning,
}

/// When the good morning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Morning {
    /// When the first person is up.
    #[default]
    Up,
    /// At a time of the day.
    At(Time),
    /// Never.
    Off,
}

impl Morning {
    /// Reads the setting: `up`, `off` or a time such as `07:00`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" | "up" => Ok(Self::Up),
            "off" => Ok(Self::Off),
            time => Time::strptime("%H:%M", time).map(Self::At).map_err(|_| {
                let shown: String = time.chars().take(20).collect();
                format!("PROACTIVE_MORNING={shown} is no time; expected up, off, or a time such as 07:00")
            }),
        }
    }
}

/// What was said by the house itself.
#[derive(Debug, Default)]
pub(super) struct Openings {
    /// Nothing until it was read.
    pub(super) book: Mutex<Option<Book>>,
}

async fn read(store: &Store) -> Result<Book, CannotSay> {
    let Some(body) = store.household(BOOK).await? else {
        return Ok(Book::default());
    };
    Ok(serde_json::from_value(body).unwrap_or_else(|error| {
        crate::telemetry::unreadable(BOOK, &error.to_string());
        Book::default()
    }))
}

/// Keeps the book, and puts it in the place of the one before.
pub(super) async fn keep_book(
    store: &Store,
    held: &mut Option<Book>,
    book: Book,
    at: Timestamp,
) -> Result<(), CannotSay> {
    let body = serde_json::to_value(&book).unwrap_or_default();
    store
        .keep(vec![Record::Household {
            name: BOOK,
            body,
            at,
        }])
        .await?;
    *held = Some(book);
    Ok(())
}

/// Tells everybody how an opening stands.
pub(super) async fn tell(inner: &Inner, opening: &Opening, cause: Cause) {
    let note = Box::new(EventBody::OpeningChanged {
        conversation: opening.conversation,
        about: opening.about.kind().to_owned(),
        text: opening.text.clone(),
        urgent: opening.urgent,
        state: opening.state.as_str().to_owned(),
    });
    let mut request = Request::new(Grant::house(), RequestBody::Tell { note });
    request.cause = cause;
    drop(inner.wires.house.request(request).await);
}

/// Looks for what there is to say, until the stream of events ends.
pub(super) async fn attend(inner: Arc<Inner>, mut events: Subscription) {
    let mut up: Option<Timestamp> = None;
    let mut visits = Vec::new();
    // It goes on ticking while events come, however many: a busy house speaks, too.
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            delivery = events.recv() => match delivery {
                Some(Delivery::Events(batch)) => {
                    for event in batch.iter().filter(|event| is_up(event)) {
                        up = Some(event.at);
                    }
                    let snapshot = inner.wires.house.snapshot();
                    for event in &batch[..] {
                        visits::notice(&mut visits, event, &snapshot);
                    }
                    // Many events make one look, a second later at the latest.
                    continue;
                }
                Some(_) => continue,
                None => return,
            },
            _ = looks.tick() => {}
        }
        if let Err(error) = look(&inner, up, &mut visits).await {
            crate::telemetry::not_said(&error);
        }
    }
}

/// Whether something says that a person is up: somebody moves, a light is switched by hand, the night ends.
fn is_up(event: &Event) -> bool {
    match &event.body {
        EventBody::PropertyChanged { path, new, .. } => {
            let name = (path.capability.name, path.property.name);
            let is_true = *new == Some(Value::Bool(true));
            let by_hand = matches!(
                event.cause.who,
                Who::Person { .. } | Who::Operator | Who::Device { .. }
            );
            is_true
                && (name == ("OccupancySensing", "occupied")
                    || name == ("OnOff", "on_off") && by_hand)
        }
        EventBody::ModeChanged { old, new } => old == "night" && new == "home",
        _ => false,
    }
}

async fn look(
    inner: &Inner,
    up: Option<Timestamp>,
    visits: &mut Vec<visits::Visit>,
) -> Result<(), CannotSay> {
    let wires = &inner.wires;
    if !wires.house.features().is_on(twin::Feature::Initiative) {
        return Ok(());
    }
    let now = wires.house.clock().now().house;
    let mut held = inner.openings.book.lock().await;
    if held.is_none() {
        *held = Some(read(&wires.store).await?);
    }
    let Some(before) = held.as_ref() else {
        return Ok(());
    };
    let mut book = before.clone();
    let mut changed: Vec<Opening> = Vec::new();
    for opening in &mut book.openings {
        if opening.state == State::Open
            && let Some(why) = is_over(inner, opening, now)
        {
            if proposes(inner, opening) {
                crate::telemetry::taken("lapsed");
            }
            opening.state = State::Lapsed;
            opening.answer = Some(why.to_owned());
            changed.push(opening.clone());
        }
    }
    let proactivity = wires.household.personality().proactivity;
    let mut candidates = matters(inner);
    candidates.extend(visits::questioned(inner, visits, now).await);
    let at = match wires.initiative.morning {
        Morning::At(at) => Some(Some(at)),
        Morning::Up => Some(None),
        Morning::Off => None,
    };
    let morning = at
        .filter(|_| limits(proactivity).morning)
        .and_then(|at| is_morning(&book, at, up, now, &wires.zone));
    if morning.is_some() {
        candidates.push(good_morning(inner, now).await);
    }
    let is_quiet = wires
        .initiative
        .quiet
        .is_some_and(|quiet| quiet.until(now, &wires.zone).is_some());
    if let Some(said) = decide(&book, &candidates, proactivity, is_quiet, now) {
        if said.about == About::Morning {
            book.morning = morning;
        }
        let opening = Opening {
            conversation: ConversationId::new(),
            key: said.key.clone(),
            about: said.about.clone(),
            text: said.text.clone(),
            choices: said.choices.clone(),
            rows: said.rows.clone(),
            urgent: said.is_urgent(),
            at: now,
            state: State::Open,
            answer: None,
        };
        // The same, said before and put off, is this one now.
        book.openings
            .retain(|earlier| earlier.key != opening.key || earlier.state != State::PutOff);
        for earlier in &mut book.openings {
            if earlier.key == opening.key && earlier.state == State::Open {
                earlier.state = State::Lapsed;
            }
        }
        book.speak(opening.clone(), said.presses);
        changed.push(opening);
    }
    if changed.is_empty() {
        return Ok(());
    }
    keep_book(&wires.store, &mut held, book, now).await?;
    drop(held);
    for opening in changed {
        crate::telemetry::opening(opening.about.kind(), opening.state.as_str());
        tell(inner, &opening, Cause::first(Who::House)).await;
    }
    Ok(())
}

/// Whether an opening proposes something that the house would do on a yes: a run's question, or a concern
/// with a request that would help. One that is over is known no more, and then it counts as none.
pub(super) fn proposes(inner: &Inner, opening: &Opening) -> bool {
    match &opening.about {
        About::Question { .. } => true,
        About::Concern { concern } => inner.wires.mind.as_ref().is_some_and(|mind| {
            let view = mind.view();
            let it = view.concerns.iter().find(|one| one.id == *concern);
            it.and_then(|it| it.suggestion.as_ref())
                .is_some_and(|suggestion| suggestion.request.is_some())
        }),
        About::Mended { .. } | About::Visit { .. } | About::Morning => false,
    }
}

/// Why an opening needs no answer any more.
fn is_over(inner: &Inner, opening: &Opening, now: Timestamp) -> Option<&'static str> {
    match &opening.about {
        About::Concern { concern } => {
            let view = inner.wires.mind.as_ref()?.view();
            if view.at < opening.at {
                return None;
            }
            match view.concerns.iter().find(|one| one.id == *concern) {
                None => Some("it is over"),
                Some(one) if one.attention != Attention::Open => Some("it was answered elsewhere"),
                Some(_) => None,
            }
        }
        About::Question { run, thread, .. } => {
            let view = inner.wires.automation.view();
            let waits = view
                .runs
                .iter()
                .filter(|one| one.id == *run)
                .flat_map(automation::engine::Run::questions)
                .any(|(at, _)| u32::try_from(at) == Ok(*thread));
            (!waits).then_some("it was answered elsewhere, or nobody answered in time")
        }
        About::Morning => (now.duration_since(opening.at) > FRESH).then_some("the morning is over"),
        About::Mended { .. } | About::Visit { .. } => {
            (now.duration_since(opening.at) > FRESH).then_some("that was a while ago")
        }
    }
}

/// What there is to say: concerns that wait for a person, questions of runs.
fn matters(inner: &Inner) -> Vec<Candidate> {
    let mut all = Vec::new();
    if let Some(mind) = &inner.wires.mind {
        let view = mind.view();
        for concern in &view.concerns {
            if concern.attention == Attention::Open {
                all.push(of_concern(concern));
            }
        }
        all.extend(view.glad.iter().filter(|it| it.awaited).map(of_mended));
    }
    let view = inner.wires.automation.view();
    for run in &view.runs {
        for (thread, asked) in run.questions() {
            let thread = u32::try_from(thread).unwrap_or(u32::MAX);
            all.push(Candidate {
                key: format!("question:{}:{thread}", run.id),
                about: About::Question {
                    run: run.id,
                    thread,
                    until: asked.until,
                },
                text: asked.question.clone(),
                choices: asked
                    .choices
                    .iter()
                    .map(|choice| capital(choice))
                    .chain(["Not now".to_owned()])
                    .collect(),
                rows: vec![Row {
                    text: format!("“{}” asks", run.name),
                    reference: Some(run.id.to_string()),
                    ..Row::default()
                }],
                presses: 2,
            });
        }
    }
    all
}

fn of_mended(mended: &mind::Mended) -> Candidate {
    let reference = Some(mended.concern.to_string());
    Candidate {
        key: format!("mended:{}", mended.concern),
        about: About::Mended {
            concern: mended.concern,
        },
        text: format!("Good news: {}.", mended.note.trim_end_matches('.')),
        choices: vec!["Thanks".to_owned()],
        rows: vec![Row {
            text: words::sentence(&mended.title),
            reference,
            ..Row::default()
        }],
        presses: 1,
    }
}

fn of_concern(concern: &Concern) -> Candidate {
    let mut text = words::sentence(&concern.title);
    let mut choices = Vec::new();
    match &concern.suggestion {
        Some(suggestion) if suggestion.request.is_some() => {
            text.push_str(&format!(" Shall I {}?", decapital(&suggestion.text)));
            choices.push("Yes".to_owned());
        }
        Some(suggestion) => {
            text.push(' ');
            text.push_str(&words::sentence(&suggestion.text));
        }
        None => {}
    }
    choices.extend(["Not now", "Remind me in an hour", "Leave it"].map(str::to_owned));
    Candidate {
        key: format!("concern:{}", concern.id),
        about: About::Concern {
            concern: concern.id,
        },
        text,
        choices,
        rows: vec![Row {
            text: words::sentence(&concern.title),
            device: concern.device,
            path: None,
            reference: Some(concern.id.to_string()),
        }],
        presses: match concern.urgency {
            Urgency::Low => 0,
            Urgency::Medium => 1,
            Urgency::High => 2,
            Urgency::Critical => 3,
        },
    }
}

/// The day's matters.
async fn good_morning(inner: &Inner, now: Timestamp) -> Candidate {
    let wires = &inner.wires;
    let snapshot = wires.house.snapshot();
    let mut parts: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    if let Some((text, row)) = outside(&snapshot) {
        parts.push(text);
        rows.push(row);
    }
    if let Some(memory) = &wires.memory
        && let Ok(today) = memory
            .contexts_between(now, now + SignedDuration::from_hours(16))
            .await
    {
        for entry in today.iter().take(MATTERS) {
            parts.push(words::sentence(&entry.text));
            rows.push(Row {
                text: entry.text.clone(),
                reference: Some(entry.id.to_string()),
                ..Row::default()
            });
        }
    }
    let mut waiting = 0;
    if let Some(mind) = &wires.mind {
        let view = mind.view();
        let open: Vec<&Concern> = view
            .concerns
            .iter()
            .filter(|concern| concern.attention == Attention::Open)
            .collect();
        waiting = open.len();
        if waiting > 0 {
            let titles: Vec<String> = open
                .iter()
                .take(MATTERS)
                .map(|concern| concern.title.trim_end_matches('.').to_owned())
                .collect();
            let more = waiting.saturating_sub(MATTERS);
            let more = if more > 0 {
                format!(", and {more} more")
            } else {
                String::new()
            };
            parts.push(format!("Worth a look: {}{more}.", titles.join("; ")));
        }
        rows.extend(open.iter().take(MATTERS).map(|concern| Row {
            text: words::sentence(&concern.title),
            device: concern.device,
            path: None,
            reference: Some(concern.id.to_string()),
        }));
    }
    let away = snapshot
        .people
        .values()
        .filter(|person| person.presence == Presence::Away)
        .count();
    if waiting == 0 && wires.mind.is_some() {
        parts.push("Nothing needs you.".to_owned());
    }
    if away > 0 && away < snapshot.people.len() {
        parts.push(format!(
            "{} of {} people are out.",
            away,
            snapshot.people.len()
        ));
    }
    Candidate {
        key: format!("morning:{}", wires.zone.to_datetime(now).date()),
        about: About::Morning,
        text: format!("Good morning. {}", parts.join(" "))
            .trim()
            .to_owned(),
        choices: vec!["Thanks".into(), "Anything I should know?".into()],
        rows,
        presses: 1,
    }
}

/// How it is outside: what a weather station says.
fn outside(snapshot: &Snapshot) -> Option<(String, Row)> {
    let twin = snapshot
        .devices
        .values()
        .find(|twin| twin.device.kind == DeviceKind::Weather)?;
    let instance = twin
        .device
        .capabilities
        .iter()
        .find(|it| it.capability.name == c::TEMPERATURE_MEASUREMENT.name)?;
    let path = instance.path("temperature")?;
    let reported = twin.reported(path).filter(|reported| !reported.stale)?;
    let value = reported.value.as_ref()?;
    let text = format!("It is {} outside.", words::with_unit(path, value, None));
    let row = Row {
        text: text.clone(),
        device: Some(twin.device.id),
        path: Some(path.to_string()),
        reference: None,
    };
    Some((text, row))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

pub(super) fn decapital(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

impl Conversation {
    /// What the house said by itself, the newest first; only what waits for an answer, or all that is kept.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn openings(&self, all: bool) -> Result<Vec<Opening>, CannotSay> {
        let mut held = self.inner.openings.book.lock().await;
        if held.is_none() {
            *held = Some(read(&self.inner.wires.store).await?);
        }
        let book = held.clone().unwrap_or_default();
        let mut openings: Vec<Opening> = if all {
            book.openings
        } else {
            book.open().cloned().collect()
        };
        openings.reverse();
        Ok(openings)
    }
}
