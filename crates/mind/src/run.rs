//! The listener that lets the mind live: events and time in, notes out, what is felt and learned kept.

use crate::concerns::{Change, NoSuchConcern, Word};
use crate::feel::Label;
use crate::feel::table::{BASELINE, REST};
use crate::feel::word;
use crate::keep::{self, MOOD, RECALL};
use crate::mind::Mind;
use crate::predict;
use crate::safla::recall::{KeptRecall, Recall, Said, said};
use crate::safla::sense::{Component, Thing};
use crate::safla::status::Status;
use crate::safla::{Brain, learn};
use crate::season::Place;
use crate::telemetry;
use crate::usual::{self, Usual};
use crate::view::{Awareness, Concern, Feeling, Mood, View};
use futures_util::FutureExt as _;
use jiff::tz::TimeZone;
use model::{Cause, ConcernId, EventBody, Grant, Request, RequestBody, Timestamp, Who};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use store::{Record, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use twin::{Delivery, Handle, Subscription};

/// How many batches of events may wait for the mind. What does not fit is stale and left out.
const QUEUE: usize = 4_096;

/// How many questions of people and programs wait.
const ASKS: usize = 64;

/// Turns are never closer than this, on the machine's clock: a house that lives fast, or in which much
/// matters at once, must not take the machine.
const CLOSEST: Duration = Duration::from_millis(250);

/// How long listening pauses after it took what was there: a house that says little often does not wake
/// it each time, and it would not turn sooner.
const BREATH: Duration = Duration::from_millis(20);
/// What was looked at within so long, on the machine's clock, is not looked at anew for who asks.
const SEEN: Duration = Duration::from_secs(1);

/// How often the clock is looked at, which may have been set or sped up.
const NAP: Duration = Duration::from_secs(1);

/// How often history is looked up, in seconds of house time; and never more often than that on the
/// machine's clock.
const LOOK_UP: f64 = 3_600.0;
const LOOK_UP_CLOSEST: Duration = Duration::from_secs(20);

/// How long it rests after it broke, at first and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How many requests are on their way at once.
const UNDER_WAY: usize = 1_024;

/// What the mind is wired to.
pub struct Wires {
    /// The house.
    pub house: Handle,
    /// Where what is felt and learned is kept, and where history is.
    pub store: Store,
    /// Where the house is.
    pub zone: TimeZone,
    /// And where on the earth, as far as that is known now.
    pub place: Arc<dyn Fn() -> Option<Place> + Send + Sync>,
    /// How often it turns by itself, in house time.
    pub interval: Duration,
    /// How the parts of the server are.
    pub components: Arc<dyn Fn() -> Vec<Component> + Send + Sync>,
}

/// What can be asked of the mind.
#[derive(Debug)]
pub(crate) enum Ask {
    Ping(oneshot::Sender<()>),
    Look(oneshot::Sender<()>),
    Turn(oneshot::Sender<Arc<Status>>),
    Restart(oneshot::Sender<Arc<Status>>),
    Say {
        concern: ConcernId,
        word: Word,
        cause: Cause,
        reply: oneshot::Sender<Result<Concern, NoSuchConcern>>,
    },
    Feedback(Said),
}

/// The mind, and the task that ends with the stream of events. It is supervised: when it breaks it is
/// started again from what was kept, and nothing else notices.
#[must_use]
pub fn start(wires: Wires) -> (Mind, JoinHandle<()>) {
    let (asks, mut ask_queue) = mpsc::channel(ASKS);
    let (view, views) = watch::channel(Arc::new(blank(wires.house.clock().now().house)));
    let (status, statuses) = watch::channel(Arc::new(Status {
        turns: 0,
        restarts: 0,
        at: None,
        trigger: "interval",
        took: Duration::ZERO,
        interval: wires.interval,
        stages: Vec::new(),
    }));
    let mind = Mind {
        asks,
        view: views,
        status: statuses,
        store: wires.store.clone(),
    };
    let task = tokio::spawn(async move {
        let mut pause = PAUSE;
        let mut restarted = None;
        loop {
            let living = Living::begin(&wires, &view, &status).await;
            let lived =
                AssertUnwindSafe(living.live(&mut ask_queue, restarted.take())).catch_unwind();
            match lived.await {
                Ok(End::Closed) => return,
                Ok(End::Restart(reply)) => {
                    restarted = Some(reply);
                    pause = PAUSE;
                }
                Err(panic) => {
                    let reason = panic
                        .downcast_ref::<String>()
                        .map(String::as_str)
                        .or_else(|| panic.downcast_ref::<&str>().copied())
                        .unwrap_or("no reason was given");
                    telemetry::broke(reason, pause);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            status.send_modify(|status| Arc::make_mut(status).restarts += 1);
        }
    });
    (mind, task)
}

/// What there is to see before the first turn.
fn blank(at: Timestamp) -> View {
    View {
        at,
        feeling: Feeling {
            label: Label::Unsure,
            since: None,
            valence: BASELINE,
            arousal: REST,
            intensity: 0.0,
            confidence: 0.0,
            baseline: BASELINE,
        },
        mood: Mood {
            label: Label::Unsure,
            valence: None,
            arousal: None,
        },
        awareness: Awareness { fresh: 0, known: 0 },
        reasons: Vec::new(),
        better: Vec::new(),
        glad: Vec::new(),
        concerns: Vec::new(),
        year: None,
    }
}

/// Why it no longer lives.
enum End {
    Closed,
    Restart(oneshot::Sender<Arc<Status>>),
}

/// Something that came back.
enum Back {
    Looked(Box<Result<(Usual, Vec<Record>), StoreError>>),
    Done,
}

struct Living<'a> {
    wires: &'a Wires,
    view: &'a watch::Sender<Arc<View>>,
    status: &'a watch::Sender<Arc<Status>>,
    brain: Brain,
    things: Arc<Vec<Thing>>,
    under_way: JoinSet<Back>,
    /// When the last turn was: in house time, and on the machine's clock.
    turned: Option<(Timestamp, Instant)>,
    /// Whether something happened that matters.
    stirred: bool,
    /// When history was last looked up, likewise; and whether it is being looked up.
    looked: Option<(Timestamp, Instant)>,
    looking: bool,
}

impl<'a> Living<'a> {
    /// Takes up what was kept.
    async fn begin(
        wires: &'a Wires,
        view: &'a watch::Sender<Arc<View>>,
        status: &'a watch::Sender<Arc<Status>>,
    ) -> Self {
        let brain = remembered(&wires.store, wires.house.clock().now().house).await;
        Self {
            wires,
            view,
            status,
            brain,
            things: Arc::default(),
            under_way: JoinSet::new(),
            turned: None,
            stirred: true,
            looked: None,
            looking: false,
        }
    }

    async fn live(
        mut self,
        asks: &mut mpsc::Receiver<Ask>,
        restarted: Option<oneshot::Sender<Arc<Status>>>,
    ) -> End {
        let (_, mut events) = self.wires.house.subscribe("mind", QUEUE);
        if let Some(reply) = restarted {
            self.turn("request");
            let _ = reply.send(Arc::clone(&self.status.borrow()));
        }
        let mut rested = Instant::now();
        loop {
            let nap = self.nap();
            let heard = async {
                tokio::time::sleep_until(rested).await;
                events.recv().await
            };
            tokio::select! {
                biased;
                delivery = heard => match delivery {
                    Some(delivery) => {
                        self.hear(delivery);
                        self.hear_all(&mut events);
                        rested = Instant::now() + BREATH;
                    }
                    None => {
                        self.close().await;
                        return End::Closed;
                    }
                },
                Some(back) = self.under_way.join_next(), if !self.under_way.is_empty() => {
                    if let Ok(Back::Looked(looked)) = back {
                        self.looked_up(*looked);
                    }
                }
                Some(ask) = asks.recv() => match ask {
                    Ask::Ping(reply) => {
                        let _ = reply.send(());
                    }
                    Ask::Look(reply) => {
                        // Many may ask at once; what was seen just now is shown to all of them.
                        let seen = self.turned.is_some_and(|(_, last)| last.elapsed() < SEEN);
                        if !seen {
                            self.hear_all(&mut events);
                            self.turn("request");
                        }
                        let _ = reply.send(());
                    }
                    Ask::Turn(reply) => {
                        self.hear_all(&mut events);
                        self.turn("request");
                        let _ = reply.send(Arc::clone(&self.status.borrow()));
                    }
                    Ask::Restart(reply) => {
                        self.close().await;
                        return End::Restart(reply);
                    }
                    Ask::Say { concern, word, cause, reply } => {
                        let _ = reply.send(self.say(concern, word, &cause));
                    }
                    Ask::Feedback(what) => {
                        said(&mut self.brain.recall, what);
                        self.stirred = true;
                    }
                },
                () = tokio::time::sleep(nap) => {}
            }
            self.turn_if_due();
        }
    }

    fn hear(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Events(batch) => {
                for event in batch.iter() {
                    self.stirred |= self.brain.recall.hear(event);
                }
            }
            Delivery::Missed { from, to } => {
                telemetry::missed(from, to);
                self.stirred = true;
            }
        }
    }

    /// Hears what is there already.
    fn hear_all(&mut self, events: &mut Subscription) {
        while let Some(delivery) = events.try_recv() {
            self.hear(delivery);
        }
    }

    /// How long there is nothing to do.
    fn nap(&self) -> Duration {
        match self.turned {
            Some((_, last)) if self.stirred => {
                (last + CLOSEST).saturating_duration_since(Instant::now())
            }
            // House time may run faster than the machine's.
            _ => NAP.min(self.wires.interval).max(CLOSEST),
        }
    }

    fn turn_if_due(&mut self) {
        let now = self.wires.house.clock().now().house;
        let due = match self.turned {
            None => true,
            Some((_, last)) if last.elapsed() < CLOSEST => false,
            // A clock that was set back must not stop the loop.
            Some((then, _)) => {
                self.stirred
                    || now < then
                    || now.duration_since(then).unsigned_abs() >= self.wires.interval
            }
        };
        if due {
            self.turn(if self.stirred { "event" } else { "interval" });
        }
    }

    fn turn(&mut self, trigger: &'static str) {
        let began = Instant::now();
        let now = self.wires.house.clock().now().house;
        let snapshot = self.wires.house.snapshot();
        let place = (self.wires.place)();
        self.brain.place = place.map(|place| (place, self.wires.zone.clone()));
        let turn = self.brain.turn(&snapshot, (self.wires.components)(), now);
        self.stirred = false;
        self.turned = Some((now, began));
        self.things = Arc::new(turn.things);
        let took = began.elapsed();
        let deeds = turn.deeds;
        telemetry::turned(trigger, &deeds.view, &deeds.changes, took);
        for note in deeds.notes.clone() {
            self.tell(note);
        }
        self.keep(keep::records(&deeds, &self.brain));
        self.view.send_replace(Arc::new(deeds.view));
        self.status.send_modify(|status| {
            let status = Arc::make_mut(status);
            status.turns += 1;
            status.at = Some(now);
            status.trigger = trigger;
            status.took = took;
            status.stages = turn.stages.into();
        });
        self.look_up(now);
    }

    fn say(&mut self, id: ConcernId, word: Word, cause: &Cause) -> Result<Concern, NoSuchConcern> {
        let now = self.wires.house.clock().now().house;
        let change = self.brain.concerns.say(id, word, now)?;
        self.keep(keep::changes(
            std::slice::from_ref(&change),
            &self.brain.concerns,
        ));
        let concern = match change {
            Change::Raised(concern) | Change::Changed(concern) => concern,
            Change::Ended {
                concern, how, note, ..
            } => {
                let body = EventBody::ConcernEnded {
                    concern: concern.id,
                    device: concern.device,
                    title: concern.title.clone(),
                    how: how.as_str().to_owned(),
                    note,
                };
                self.tell_because(body, cause.clone());
                concern
            }
        };
        // Who asks next sees it.
        self.view
            .send_modify(|view| Arc::make_mut(view).concerns = self.brain.concerns.list());
        self.stirred = true;
        Ok(concern)
    }

    /// Looks up what is usual, makes predictions and scores those whose time has come.
    fn look_up(&mut self, now: Timestamp) {
        let due = self.looked.is_none_or(|(then, last)| {
            let passed = crate::safla::sense::seconds(then, now);
            last.elapsed() >= LOOK_UP_CLOSEST && !(0.0..LOOK_UP).contains(&passed)
        });
        if !due || self.looking || self.things.is_empty() {
            return;
        }
        self.looking = true;
        self.looked = Some((now, Instant::now()));
        let (store, zone) = (self.wires.store.clone(), self.wires.zone.clone());
        let things = Arc::clone(&self.things);
        self.under_way.spawn(async move {
            let looked = async {
                let usual = usual::look_up(&store, &things, &zone, now).await?;
                let made = predict::expect_all(&store, &things, &zone, now).await?;
                let scored = predict::score_due(&store, now).await?;
                scored.iter().for_each(telemetry::scored);
                let records = made
                    .into_iter()
                    .chain(scored)
                    .map(Box::new)
                    .map(Record::Forecast);
                Ok((usual, records.collect()))
            };
            Back::Looked(Box::new(looked.await))
        });
    }

    fn looked_up(&mut self, looked: Result<(Usual, Vec<Record>), StoreError>) {
        self.looking = false;
        match looked {
            Ok((usual, mut records)) => {
                self.brain.recall.usual = Arc::new(usual);
                records.extend(self.learned());
                self.keep(records);
            }
            Err(error) => telemetry::not_read(&error),
        }
    }

    /// What took long to learn.
    fn learned(&self) -> Vec<Record> {
        keep::learned(&self.brain, self.wires.house.clock().now().house)
    }

    fn tell(&mut self, note: EventBody) {
        self.tell_because(note, Cause::first(Who::House));
    }

    /// Says something to everyone, by the door.
    fn tell_because(&mut self, note: EventBody, cause: Cause) {
        if self.under_way.len() >= UNDER_WAY {
            return;
        }
        let note = Box::new(note);
        let mut request = Request::new(Grant::house(), RequestBody::Tell { note });
        request.cause = cause;
        let house = self.wires.house.clone();
        self.under_way.spawn(async move {
            drop(house.request(request).await);
            Back::Done
        });
    }

    fn keep(&mut self, records: Vec<Record>) {
        if records.is_empty() {
            return;
        }
        let receipt = self.wires.store.submit(records);
        self.under_way.spawn(async move {
            if let Err(error) = receipt.await {
                telemetry::not_kept(&error);
            }
            Back::Done
        });
    }

    /// Keeps what was learned, and lets what is under way end.
    async fn close(&mut self) {
        let learned = self.learned();
        self.keep(learned);
        let ended = async { while self.under_way.join_next().await.is_some() {} };
        drop(tokio::time::timeout(Duration::from_secs(5), ended).await);
    }
}

/// What was kept, as a brain; what cannot be read is learned anew.
async fn remembered(store: &Store, now: Timestamp) -> Brain {
    let mut brain = Brain::default();
    match store.learned(RECALL).await {
        Ok(Some(body)) => match serde_json::from_str::<KeptRecall>(&body) {
            Ok(kept) => brain.recall = Recall::resumed(kept),
            Err(error) => telemetry::unreadable(RECALL, &error.to_string()),
        },
        Ok(None) => {}
        Err(error) => telemetry::not_read(&error),
    }
    match store.learned(MOOD).await {
        Ok(Some(body)) => match serde_json::from_str::<learn::Mood>(&body) {
            Ok(mood) => brain.heart.mood = mood,
            Err(error) => telemetry::unreadable(MOOD, &error.to_string()),
        },
        Ok(None) => {}
        Err(error) => telemetry::not_read(&error),
    }
    match store.last_feeling().await {
        Ok(Some(feeling)) => {
            if let Some(label) = Label::parse(&feeling.label) {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "microseconds of some thousand years"
                )]
                let since = feeling.at.as_microsecond() as f64 / 1e6;
                brain.heart.word = word::Word::resumed(label, since);
            }
        }
        Ok(None) => {}
        Err(error) => telemetry::not_read(&error),
    }
    match store.concerns_on().await {
        Ok(kept) => {
            let kept = kept.into_iter().filter_map(keep::concern);
            brain.concerns.resume(kept, now);
        }
        Err(error) => telemetry::not_read(&error),
    }
    brain
}
