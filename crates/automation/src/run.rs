//! The listener that lets the engine live: events and time in, requests out, runs kept.

use crate::document::{Arguments, Document, ScenarioSlug, read_value, to_json};
use crate::engine::{CannotRun, Effect, Engine, Question, Run, RunState, Setting};
use crate::{lookup, telemetry};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use model::{Cause, EventBody, Grant, Request, RequestBody, RunId, Timestamp, Who, Wish};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::{KeptRun, Record, ScenarioVersion, Store, StoreError};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use twin::{Answer, Delivery, Handle, Snapshot, Subscription};

/// How many questions of people and programs wait.
const ASKS: usize = 256;

/// The longest that is slept without a look at the clock, which may have been set or sped up.
const NAP: Duration = Duration::from_secs(1);

/// Requests that are on their way at once.
const UNDER_WAY: usize = 4_096;

/// What people and programs see of automation; made anew when something of it changes.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The scenarios, by slug.
    pub scenarios: Vec<Listed>,
    /// The runs that are on.
    pub runs: Vec<Run>,
}

/// A scenario as it is listed.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As it was written.
    pub document: Arc<Document>,
    /// Rises with every edit; 0 for one that came with the house and was never edited.
    pub version: u32,
    /// When it last ran, in house time.
    pub last_run: Option<Timestamp>,
    /// Whether it came with the house.
    pub shipped: bool,
    /// What keeps it from working, for people.
    pub problems: Vec<String>,
}

/// How everyone else reaches automation; cloning shares it.
#[derive(Debug, Clone)]
pub struct Automation {
    asks: mpsc::Sender<Ask>,
    pub(crate) house: Handle,
    pub(crate) store: Store,
    pub(crate) rehearsals: Arc<Semaphore>,
    view: watch::Receiver<Arc<View>>,
}

/// What can be asked of automation.
enum Ask {
    Run {
        slug: ScenarioSlug,
        arguments: Arguments,
        cause: Cause,
        reply: oneshot::Sender<Result<RunId, CannotRun>>,
    },
    Stop {
        slug: ScenarioSlug,
        who: Who,
        reply: oneshot::Sender<usize>,
    },
    Put {
        document: Box<Document>,
        expected: Option<u32>,
        cause: Cause,
        reply: oneshot::Sender<Result<u32, CannotPut>>,
    },
    Remove {
        slug: ScenarioSlug,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotPut>>,
    },
    Reply {
        run: RunId,
        thread: usize,
        yes: bool,
        reply: oneshot::Sender<bool>,
    },
    Webhook {
        name: String,
        cause: Cause,
        reply: oneshot::Sender<bool>,
    },
    Copy(oneshot::Sender<Box<Engine>>),
}

/// Why a scenario cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotPut {
    /// Somebody else edited it meanwhile.
    #[error("it was edited meanwhile: it is at version {0}")]
    Edited(u32),
    /// There is none.
    #[error("no scenario is called `{0}`")]
    Unknown(String),
    /// It came with the house.
    #[error("it comes with the house and cannot be removed; it can be switched off")]
    Shipped,
    /// It cannot be kept.
    #[error("it could not be kept: {0}")]
    NotKept(String),
    /// Automation has ended.
    #[error("the house is shutting down")]
    Closed,
}

impl Automation {
    /// What there is to see.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// Every new view.
    #[must_use]
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }

    /// Runs a scenario; `None` when the house shuts down.
    pub async fn run(
        &self,
        slug: ScenarioSlug,
        arguments: Arguments,
        cause: Cause,
    ) -> Option<Result<RunId, CannotRun>> {
        let make = |reply| Ask::Run {
            slug,
            arguments,
            cause,
            reply,
        };
        self.ask(make).await
    }

    /// Stops every run of a scenario; how many there were.
    pub async fn stop(&self, slug: ScenarioSlug, who: Who) -> Option<usize> {
        self.ask(|reply| Ask::Stop { slug, who, reply }).await
    }

    /// Writes a scenario; its new version. With `expected` only where it is still at that version.
    ///
    /// # Errors
    /// When it was edited meanwhile, or cannot be kept.
    pub async fn put(
        &self,
        document: Document,
        expected: Option<u32>,
        cause: Cause,
    ) -> Result<u32, CannotPut> {
        let document = Box::new(document);
        let make = |reply| Ask::Put {
            document,
            expected,
            cause,
            reply,
        };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Removes a scenario.
    ///
    /// # Errors
    /// When there is none, or that cannot be kept.
    pub async fn remove(&self, slug: ScenarioSlug, cause: Cause) -> Result<(), CannotPut> {
        let make = |reply| Ask::Remove { slug, cause, reply };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Calls a webhook; whether anything listens to it.
    pub async fn webhook(&self, name: String, cause: Cause) -> Option<bool> {
        self.ask(|reply| Ask::Webhook { name, cause, reply }).await
    }

    /// Answers a question of a run; whether it still waited for that.
    pub async fn reply(&self, run: RunId, thread: usize, yes: bool) -> Option<bool> {
        let make = |reply| Ask::Reply {
            run,
            thread,
            yes,
            reply,
        };
        self.ask(make).await
    }

    /// A copy of the engine, for a rehearsal.
    pub async fn copy(&self) -> Option<Box<Engine>> {
        self.ask(Ask::Copy).await
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(make(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// What automation is wired to.
pub struct Wires {
    /// The house.
    pub house: Handle,
    /// Where scenarios and runs are kept.
    pub store: Store,
    /// Where the house stands.
    pub setting: Setting,
    /// The scenarios that come with the house.
    pub shipped: Vec<Document>,
}

/// Automation, and the task that ends with the stream of events.
///
/// # Errors
/// When what was kept cannot be read.
pub async fn start(
    wires: Wires,
    snapshot: Arc<Snapshot>,
    events: Subscription,
) -> Result<(Automation, tokio::task::JoinHandle<()>), StoreError> {
    let (asks, ask_queue) = mpsc::channel(ASKS);
    let (house, store) = (wires.house.clone(), wires.store.clone());
    let (view, views) = watch::channel(Arc::new(View::default()));
    let now = wires.house.clock().now();
    let mut engine = Engine::new(wires.setting.clone());
    for document in &wires.shipped {
        engine.put(document.clone(), 0, &snapshot, now);
    }
    for kept in wires.store.scenarios().await? {
        let Some(json) = &kept.document else { continue };
        match read_value(json) {
            Ok(document) => engine.put(document, kept.version, &snapshot, now),
            Err(faults) => telemetry::unreadable(&kept.slug, &faults),
        }
    }
    let runs = wires.store.runs_on().await?;
    let runs: Vec<Run> = runs
        .into_iter()
        .filter_map(|kept| serde_json::from_value(kept.body).ok())
        .collect();
    let mut listener = Listener {
        wires,
        engine,
        view,
        under_way: FuturesUnordered::new(),
    };
    let effects = listener.engine.resume(runs, &snapshot, now);
    listener.perform(effects).await;
    listener.show();
    let task = tokio::spawn(listener.listen(events, ask_queue));
    let automation = Automation {
        asks,
        house,
        store,
        rehearsals: Arc::new(Semaphore::new(crate::rehearsal::AT_ONCE)),
        view: views,
    };
    Ok((automation, task))
}

/// Something that came back.
enum Back {
    /// What the house said to a request.
    Answer(RunId, (usize, usize), Result<Arc<Wish>, String>),
    /// What history said.
    Found(Question, Option<f64>),
    /// How the household switched its lights.
    Recalled(RunId, Vec<crate::Habit>),
    /// Nothing to tell.
    Done,
}

type UnderWay = Pin<Box<dyn Future<Output = Back> + Send>>;

struct Listener {
    wires: Wires,
    engine: Engine,
    view: watch::Sender<Arc<View>>,
    under_way: FuturesUnordered<UnderWay>,
}

impl Listener {
    async fn listen(mut self, mut events: Subscription, mut asks: mpsc::Receiver<Ask>) {
        loop {
            let nap = self.nap();
            tokio::select! {
                biased;
                delivery = events.recv() => match delivery {
                    Some(Delivery::Events(batch)) => {
                        for event in batch.iter() {
                            let snapshot = self.wires.house.snapshot();
                            let now = self.wires.house.clock().now();
                            let effects = self.engine.on(event, &snapshot, now);
                            self.perform(effects).await;
                        }
                    }
                    // What was missed is stale: a rule that acted on it now would act on the past.
                    Some(Delivery::Missed { from, to }) => telemetry::missed(from, to),
                    None => return,
                },
                Some(back) = self.under_way.next(), if !self.under_way.is_empty() => self.back(back).await,
                Some(ask) = asks.recv() => self.asked(ask).await,
                () = tokio::time::sleep(nap) => self.tick().await,
            }
        }
    }

    /// How long there is nothing to do. House time may run faster than the machine's.
    fn nap(&self) -> Duration {
        let now = self.wires.house.clock().now().house;
        match self.engine.due() {
            Some(due) if due <= now => Duration::ZERO,
            Some(due) => {
                let pace = self.wires.house.clock().pace().max(1.0);
                let left = due.duration_since(now).unsigned_abs();
                left.div_f64(pace).min(NAP)
            }
            None => NAP,
        }
    }

    async fn tick(&mut self) {
        let snapshot = self.wires.house.snapshot();
        let now = self.wires.house.clock().now();
        let effects = self.engine.tick(&snapshot, now);
        self.perform(effects).await;
    }

    async fn back(&mut self, back: Back) {
        let snapshot = self.wires.house.snapshot();
        let now = self.wires.house.clock().now();
        let effects = match back {
            Back::Answer(run, place, answer) => {
                let answer = answer.as_deref().map_err(Clone::clone);
                self.engine.answered(run, place, answer, &snapshot, now)
            }
            Back::Found(question, answer) => self.engine.found(question, answer, &snapshot, now),
            Back::Recalled(run, habits) => self.engine.recalled(run, &habits, &snapshot, now),
            Back::Done => return,
        };
        self.perform(effects).await;
    }

    async fn asked(&mut self, ask: Ask) {
        let snapshot = self.wires.house.snapshot();
        let now = self.wires.house.clock().now();
        match ask {
            Ask::Run {
                slug,
                arguments,
                cause,
                reply,
            } => match self.engine.run(&slug, arguments, cause, &snapshot, now) {
                Ok((run, effects)) => {
                    self.perform(effects).await;
                    drop(reply.send(Ok(run)));
                }
                Err(error) => drop(reply.send(Err(error))),
            },
            Ask::Stop { slug, who, reply } => {
                let (stopped, effects) = self.engine.stop(&slug, &who, &snapshot, now);
                self.perform(effects).await;
                let _ = reply.send(stopped);
            }
            Ask::Put {
                document,
                expected,
                cause,
                reply,
            } => drop(reply.send(self.put(*document, expected, cause).await)),
            Ask::Remove { slug, cause, reply } => drop(reply.send(self.remove(&slug, cause).await)),
            Ask::Webhook { name, cause, reply } => {
                let listens = self.engine.has_webhook(&name);
                let effects = self.engine.webhook(&name, &cause, &snapshot, now);
                self.perform(effects).await;
                let _ = reply.send(listens);
            }
            Ask::Reply {
                run,
                thread,
                yes,
                reply,
            } => {
                let waits = self
                    .engine
                    .runs()
                    .any(|one| one.id == run && one.asks(thread));
                let effects = self.engine.replied(run, thread, yes, &snapshot, now);
                self.perform(effects).await;
                let _ = reply.send(waits);
            }
            Ask::Copy(reply) => drop(reply.send(Box::new(self.engine.clone()))),
        }
    }

    async fn put(
        &mut self,
        document: Document,
        expected: Option<u32>,
        cause: Cause,
    ) -> Result<u32, CannotPut> {
        let before = self.engine.rule(&document.slug).map(|rule| rule.version);
        if expected.is_some() && expected != before {
            return Err(match before {
                Some(version) => CannotPut::Edited(version),
                None => CannotPut::Unknown(document.slug.to_string()),
            });
        }
        let version = next_version(&self.wires.store, &document.slug).await?;
        let kept = self.version(&document.slug, version, Some(to_json(&document)), &cause);
        keep(&self.wires.store, kept).await?;
        let what = if before.is_some() {
            "it was edited"
        } else {
            "it was added"
        };
        let (slug, name) = (document.slug.to_string(), document.name.clone());
        let now = self.wires.house.clock().now();
        self.engine
            .put(document, version, &self.wires.house.snapshot(), now);
        self.tell(
            cause,
            EventBody::ScenarioChanged {
                scenario: slug,
                name,
                what: what.to_owned(),
            },
        );
        self.show();
        Ok(version)
    }

    async fn remove(&mut self, slug: &ScenarioSlug, cause: Cause) -> Result<(), CannotPut> {
        if self
            .wires
            .shipped
            .iter()
            .any(|document| document.slug == *slug)
        {
            return Err(CannotPut::Shipped);
        }
        if self.engine.rule(slug).is_none() {
            return Err(CannotPut::Unknown(slug.to_string()));
        }
        let version = next_version(&self.wires.store, slug).await?;
        let kept = self.version(slug, version, None, &cause);
        keep(&self.wires.store, kept).await?;
        if let Some(document) = self.engine.remove(slug) {
            self.tell(
                cause,
                EventBody::ScenarioChanged {
                    scenario: slug.to_string(),
                    name: document.name.clone(),
                    what: "it was removed".to_owned(),
                },
            );
        }
        self.show();
        Ok(())
    }

    fn version(
        &self,
        slug: &ScenarioSlug,
        version: u32,
        document: Option<serde_json::Value>,
        cause: &Cause,
    ) -> Record {
        Record::Scenario(Box::new(ScenarioVersion {
            slug: slug.to_string(),
            version,
            document,
            at: self.wires.house.clock().now().house,
            cause: cause.clone(),
        }))
    }

    /// Says something to everyone, by the door.
    fn tell(&mut self, cause: Cause, note: EventBody) {
        let mut request = Request::new(
            Grant::house(),
            RequestBody::Tell {
                note: Box::new(note),
            },
        );
        request.cause = cause;
        let house = self.wires.house.clone();
        self.under_way.push(Box::pin(async move {
            drop(house.request(request).await);
            Back::Done
        }));
    }

    async fn perform(&mut self, effects: Vec<Effect>) {
        let mut stirred = false;
        for effect in effects {
            // Back-pressure: what cannot be sent yet waits here, and the stream with it.
            while self.under_way.len() >= UNDER_WAY {
                if let Some(Back::Answer(run, place, answer)) = self.under_way.next().await {
                    let snapshot = self.wires.house.snapshot();
                    let now = self.wires.house.clock().now();
                    let answer = answer.as_deref().map_err(Clone::clone);
                    drop(self.engine.answered(run, place, answer, &snapshot, now));
                }
            }
            match effect {
                Effect::Request {
                    run,
                    place,
                    request,
                } => {
                    let house = self.wires.house.clone();
                    self.under_way.push(Box::pin(async move {
                        match house.request(*request).await {
                            Ok(Answer::Wish(wish)) => Back::Answer(run, place, Ok(wish)),
                            Ok(_) => Back::Done,
                            Err(error) => Back::Answer(run, place, Err(error.to_string())),
                        }
                    }));
                }
                Effect::Look(question) => {
                    let (store, zone) = (self.wires.store.clone(), self.wires.setting.zone.clone());
                    let now = self.wires.house.clock().now().house;
                    self.under_way.push(Box::pin(async move {
                        let answer = lookup::answer(&store, &zone, &question, now).await;
                        Back::Found(question, answer.unwrap_or_default())
                    }));
                }
                Effect::Recall { run, until } => {
                    let (store, snapshot) = (self.wires.store.clone(), self.wires.house.snapshot());
                    self.under_way.push(Box::pin(async move {
                        let habits = crate::rehearsal::habits(&store, &snapshot, until).await;
                        Back::Recalled(run, habits.unwrap_or_default())
                    }));
                }
                Effect::Notify { run, notice } => {
                    let cause = self.cause_of(run);
                    self.tell(
                        cause,
                        EventBody::Notified {
                            run,
                            title: notice.title,
                            message: notice.message,
                            urgent: notice.urgent,
                        },
                    );
                }
                Effect::Ask {
                    run,
                    thread,
                    person,
                    question,
                    until,
                } => {
                    let cause = self.cause_of(run);
                    let thread = u32::try_from(thread).unwrap_or(0);
                    self.tell(
                        cause,
                        EventBody::Asked {
                            run,
                            thread,
                            person,
                            question,
                            until,
                        },
                    );
                }
                Effect::Ran(run) => {
                    stirred = true;
                    self.ran(*run);
                }
                Effect::HeldBack { scenario, reason } => {
                    stirred = true;
                    telemetry::held_back(&scenario, &reason);
                    let name = self
                        .engine
                        .rule(&scenario)
                        .map(|rule| rule.document.name.clone());
                    let cause = Cause::first(Who::House);
                    self.tell(
                        cause,
                        EventBody::ScenarioChanged {
                            scenario: scenario.to_string(),
                            name: name.unwrap_or_default(),
                            what: format!("it is held back: {reason}"),
                        },
                    );
                }
            }
        }
        if stirred {
            self.show();
        }
    }

    /// A run began, went on or ended: it is kept, and told.
    fn ran(&mut self, run: Run) {
        let body = serde_json::to_value(&run).unwrap_or_default();
        let kept = KeptRun {
            id: run.id,
            scenario: run.scenario.clone(),
            state: run.state.as_str().to_owned(),
            started: run.started,
            ended: run.ended,
            cause: run.cause.id,
            body,
        };
        let receipt = self.wires.store.submit(vec![Record::Run(Box::new(kept))]);
        self.under_way.push(Box::pin(async move {
            if let Err(error) = receipt.await {
                telemetry::not_kept(&error);
            }
            Back::Done
        }));
        if run.state.is_over() {
            telemetry::ran(&run);
            // What was skipped is kept with its trace, and is no news.
            if run.state != RunState::Skipped {
                self.tell(
                    run.cause.clone(),
                    EventBody::RunEnded {
                        run: run.id,
                        scenario: run.scenario,
                        name: run.name,
                        state: run.state.as_str().to_owned(),
                        note: run.note.unwrap_or_default(),
                    },
                );
            }
        }
    }

    /// The cause of what a run says.
    fn cause_of(&self, run: RunId) -> Cause {
        let cause = self.engine.cause_of(run);
        cause.unwrap_or_else(|| Cause::first(Who::House))
    }

    fn show(&mut self) {
        let scenarios = self.engine.rules().map(|rule| Listed {
            document: Arc::clone(&rule.document),
            version: rule.version,
            last_run: rule.last_run,
            shipped: self
                .wires
                .shipped
                .iter()
                .any(|document| document.slug == rule.document.slug),
            problems: rule.problems.clone(),
        });
        let view = View {
            scenarios: scenarios.collect(),
            runs: self.engine.runs().cloned().collect(),
        };
        self.view.send_replace(Arc::new(view));
    }
}

async fn next_version(store: &Store, slug: &ScenarioSlug) -> Result<u32, CannotPut> {
    let versions = store.scenario_versions(slug.as_str()).await;
    let versions = versions.map_err(|error| CannotPut::NotKept(error.to_string()))?;
    Ok(versions.first().map_or(1, |newest| newest.version + 1))
}

async fn keep(store: &Store, record: Record) -> Result<(), CannotPut> {
    let kept = store.keep(vec![record]).await;
    kept.map_err(|error| CannotPut::NotKept(error.to_string()))
}
