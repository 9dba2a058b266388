//! The listener that lets the engine live: events and time in, requests out, runs kept.

mod take_in;

use crate::document::{Document, ScenarioSlug, to_json};
use crate::engine::{Effect, Engine, Question, Run, RunState, Scene};
use crate::run::{Ask, CannotPut, CannotReply, Listed, View, Wires};
use crate::webhook::{Called, Secrets};
use crate::{lookup, telemetry};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use model::{Cause, EventBody, Grant, Request, RequestBody, RunId, Who, Wish};
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{KeptRun, KeptScene, KeptWebhook, Record, ScenarioVersion, Store};
use tokio::sync::{mpsc, watch};
use twin::{Answer, Delivery, Subscription};

/// The longest that is slept without a look at the clock, which may have been set or sped up.
const NAP: Duration = Duration::from_secs(1);

/// Requests that are on their way at once.
const UNDER_WAY: usize = 4_096;

/// Runs that ended and are still shown.
const ENDED: usize = 100;

/// For so many times as long as showing took, nothing is shown again unless somebody asks: in a house
/// of many rules that begin and end all the time, most of the time is left for them.
const SHARE: u32 = 10;

/// Scenes, and webhooks, that a house may have.
const MANY: usize = 1_000;

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

/// Automation at work.
pub(crate) struct Listener {
    wires: Wires,
    engine: Engine,
    secrets: Secrets,
    view: watch::Sender<Arc<View>>,
    under_way: FuturesUnordered<UnderWay>,
    /// The runs that were told to have begun, and go on.
    begun: HashSet<RunId>,
    /// The runs that ended last, newest first.
    ended: VecDeque<Arc<Run>>,
    /// Whether there is something to show that is not in the view.
    dirty: bool,
    /// When it is shown at the earliest.
    next_show: Instant,
}

impl Listener {
    pub(crate) fn new(
        wires: Wires,
        engine: Engine,
        secrets: Secrets,
        view: watch::Sender<Arc<View>>,
    ) -> Self {
        Self {
            wires,
            engine,
            secrets,
            view,
            under_way: FuturesUnordered::new(),
            begun: HashSet::new(),
            ended: VecDeque::new(),
            dirty: false,
            next_show: Instant::now(),
        }
    }

    /// Takes up the runs that were on when the house went down.
    pub(crate) async fn resume(&mut self, runs: Vec<Run>) {
        let (snapshot, now) = (self.wires.house.snapshot(), self.wires.house.clock().now());
        let effects = self.engine.resume(runs, &snapshot, now);
        self.perform(effects).await;
        self.show();
    }

    /// Lives until the stream of events ends.
    pub(crate) async fn listen(mut self, mut events: Subscription, mut asks: mpsc::Receiver<Ask>) {
        loop {
            let nap = self.nap();
            tokio::select! {
                biased;
                delivery = events.recv() => match delivery {
                    Some(Delivery::Events(batch)) => {
                        self.mind_the_switch();
                        for event in batch.iter() {
                            self.dirty |= changes_names(&event.body);
                            let snapshot = self.wires.house.snapshot();
                            let now = self.wires.house.clock().now();
                            let effects = self.engine.on(event, &snapshot, now);
                            self.dirty |= self.engine.went_on();
                            self.perform(effects).await;
                        }
                    }
                    // What was missed is stale: a rule that acted on it now would act on the past.
                    Some(Delivery::Missed { from, to }) => telemetry::missed(from, to),
                    None => return,
                },
                Some(back) = self.under_way.next(), if !self.under_way.is_empty() => self.back(back).await,
                Some(ask) = asks.recv() => self.asked(ask).await,
                () = tokio::time::sleep(nap) => {
                    self.tick().await;
                    if Instant::now() >= self.next_show {
                        self.show_if_dirty();
                    }
                }
            }
        }
    }

    /// How long there is nothing to do. House time may run faster than the machine's.
    fn nap(&self) -> Duration {
        let now = self.wires.house.clock().now().house;
        // What changed is shown as soon as nothing else is to be done.
        let shows = self.next_show.saturating_duration_since(Instant::now());
        let most = if self.dirty { shows.min(NAP) } else { NAP };
        match self.engine.due() {
            Some(due) if due <= now => Duration::ZERO,
            Some(due) => {
                let pace = self.wires.house.clock().pace().max(1.0);
                let left = due.duration_since(now).unsigned_abs();
                left.div_f64(pace).min(most)
            }
            None => most,
        }
    }

    /// Rules may have been switched off or on since.
    fn mind_the_switch(&mut self) {
        let features = self.wires.house.features();
        self.engine.rest(!features.is_on(twin::Feature::Rules));
    }

    async fn tick(&mut self) {
        self.mind_the_switch();
        let snapshot = self.wires.house.snapshot();
        let now = self.wires.house.clock().now();
        let effects = self.engine.tick(&snapshot, now);
        self.perform(effects).await;
    }

    async fn back(&mut self, back: Back) {
        let effects = self.follows(back);
        self.dirty |= self.engine.went_on();
        self.perform(effects).await;
    }

    /// What follows from something that came back.
    fn follows(&mut self, back: Back) -> Vec<Effect> {
        let snapshot = self.wires.house.snapshot();
        let now = self.wires.house.clock().now();
        match back {
            Back::Answer(run, place, answer) => {
                let answer = answer.as_deref().map_err(Clone::clone);
                self.engine.answered(run, place, answer, &snapshot, now)
            }
            Back::Found(question, answer) => self.engine.found(question, answer, &snapshot, now),
            Back::Recalled(run, habits) => self.engine.recalled(run, &habits, &snapshot, now),
            Back::Done => Vec::new(),
        }
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
                    self.show_if_dirty();
                    drop(reply.send(Ok(run)));
                }
                Err(error) => drop(reply.send(Err(error))),
            },
            Ask::Stop { slug, who, reply } => {
                let (stopped, effects) = self.engine.stop(&slug, &who, &snapshot, now);
                self.perform(effects).await;
                self.show_if_dirty();
                let _ = reply.send(stopped);
            }
            Ask::Put {
                document,
                expected,
                cause,
                reply,
            } => drop(reply.send(self.put(*document, expected, cause).await)),
            Ask::Judge {
                bundle,
                cause,
                reply,
            } => {
                let judged = self.judge(*bundle, true, &cause).await;
                drop(reply.send(judged.map(|judged| judged.taken)));
            }
            Ask::TakeIn {
                bundle,
                replace,
                cause,
                reply,
            } => drop(reply.send(self.take_in(*bundle, replace, cause).await)),
            Ask::Remove { slug, cause, reply } => drop(reply.send(self.remove(&slug, cause).await)),
            Ask::CallWebhook {
                name,
                secret,
                reply,
            } => {
                let called = self.call_webhook(&name, &secret).await;
                let _ = reply.send(called);
            }
            Ask::MakeWebhook {
                name,
                renew,
                cause,
                reply,
            } => drop(reply.send(self.make_webhook(name, renew, cause).await)),
            Ask::RemoveWebhook { name, cause, reply } => {
                drop(reply.send(self.remove_webhook(name, cause).await));
            }
            Ask::PutScene {
                scene,
                is_new,
                cause,
                reply,
            } => drop(reply.send(self.put_scene(*scene, is_new, cause).await)),
            Ask::RemoveScene { slug, cause, reply } => {
                drop(reply.send(self.remove_scene(&slug, cause).await));
            }
            Ask::Reply {
                run,
                thread,
                answer,
                cause,
                reply,
            } => {
                let asked = self.engine.on_its_way(run);
                let Some(asked) = asked.and_then(|run| run.question(thread)) else {
                    drop(reply.send(Err(CannotReply::NotAsked)));
                    return;
                };
                let Some(answer) = asked.meant(&answer).map(str::to_owned) else {
                    drop(reply.send(Err(CannotReply::NoChoice(asked.choices.clone()))));
                    return;
                };
                let note = EventBody::Answered {
                    run,
                    thread: u32::try_from(thread).unwrap_or(0),
                    answer: answer.clone(),
                };
                self.tell(cause.clone(), note);
                let answer = (answer.as_str(), &cause.who);
                let effects = self.engine.replied(run, thread, answer, &snapshot, now);
                self.perform(effects).await;
                self.show_if_dirty();
                drop(reply.send(Ok(())));
            }
            Ask::Settle(location, reply) => {
                self.engine.stand_at(location, &snapshot, now);
                self.show();
                let _ = reply.send(());
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
        telemetry::known(&document);
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

    async fn call_webhook(&mut self, name: &str, secret: &str) -> Called {
        let (snapshot, now) = (self.wires.house.snapshot(), self.wires.house.clock().now());
        if !self.secrets.fits(name, secret) {
            telemetry::webhook_refused();
            // Told at most once a minute of a name that there is, and never of others: who tries
            // names and secrets must not fill the timeline.
            if self.secrets.tells_refusal(name, now.steady) {
                let note = EventBody::WebhookCalled {
                    webhook: name.to_owned(),
                    accepted: false,
                    note: "it was called with a wrong secret".to_owned(),
                };
                self.tell(Cause::first(Who::House), note);
            }
            return Called::WrongSecret;
        }
        self.secrets.called(name, now.house);
        let listens = self.engine.has_webhook(name);
        let who = Who::Service {
            name: format!("webhook {name}"),
        };
        let cause = Cause::first(who);
        let note = if listens {
            "it was called"
        } else {
            "it was called, and no rule listens to it"
        };
        let note = EventBody::WebhookCalled {
            webhook: name.to_owned(),
            accepted: true,
            note: note.to_owned(),
        };
        self.tell(cause.clone(), note);
        self.mind_the_switch();
        let effects = self.engine.webhook(name, &cause, &snapshot, now);
        self.perform(effects).await;
        self.show();
        Called::Accepted { listens }
    }

    async fn make_webhook(
        &mut self,
        name: String,
        renew: bool,
        cause: Cause,
    ) -> Result<String, CannotPut> {
        let known = self.secrets.has(&name);
        if known && !renew {
            return Err(CannotPut::Taken(name));
        }
        if !known && self.secrets.len() >= MANY {
            return Err(CannotPut::TooMany(MANY));
        }
        let (secret, hash) = Secrets::make();
        let kept = KeptWebhook {
            name: name.clone(),
            hash: Some(hash.clone()),
            at: self.wires.house.clock().now().house,
            who: cause.who.clone(),
        };
        keep(&self.wires.store, Record::Webhook(Box::new(kept))).await?;
        self.secrets.put(&name, hash);
        let what = if known {
            "it has another secret now"
        } else {
            "it was made"
        };
        let note = EventBody::WebhookChanged {
            webhook: name,
            what: what.to_owned(),
        };
        self.tell(cause, note);
        self.show();
        Ok(secret)
    }

    async fn remove_webhook(&mut self, name: String, cause: Cause) -> Result<(), CannotPut> {
        if !self.secrets.has(&name) {
            return Err(CannotPut::Unknown(name));
        }
        let kept = KeptWebhook {
            name: name.clone(),
            hash: None,
            at: self.wires.house.clock().now().house,
            who: cause.who.clone(),
        };
        keep(&self.wires.store, Record::Webhook(Box::new(kept))).await?;
        self.secrets.remove(&name);
        let note = EventBody::WebhookChanged {
            webhook: name,
            what: "it was removed".to_owned(),
        };
        self.tell(cause, note);
        self.show();
        Ok(())
    }

    async fn put_scene(
        &mut self,
        scene: Scene,
        is_new: bool,
        cause: Cause,
    ) -> Result<(), CannotPut> {
        let (count, known) = (
            self.engine.scenes().count(),
            self.engine.scenes().any(|one| one.slug == scene.slug),
        );
        match (is_new, known) {
            (true, true) => return Err(CannotPut::Taken(scene.slug.to_string())),
            (false, false) => return Err(CannotPut::Unknown(scene.slug.to_string())),
            (true, false) if count >= MANY => return Err(CannotPut::TooMany(MANY)),
            _ => {}
        }
        self.keep_scene(&scene.slug, Some(scene.to_json()), &cause)
            .await?;
        let what = if known {
            "it was edited"
        } else {
            "it was added"
        };
        let note = EventBody::SceneChanged {
            scene: scene.slug.to_string(),
            name: scene.name.clone(),
            what: what.to_owned(),
        };
        self.tell(cause, note);
        let (snapshot, now) = (self.wires.house.snapshot(), self.wires.house.clock().now());
        self.engine.put_scene(scene);
        // Who missed it need miss it no longer.
        self.engine.attend_anew(&snapshot, now);
        self.show();
        Ok(())
    }

    async fn remove_scene(&mut self, slug: &ScenarioSlug, cause: Cause) -> Result<(), CannotPut> {
        if !self.engine.scenes().any(|one| one.slug == *slug) {
            return Err(CannotPut::Unknown(slug.to_string()));
        }
        self.keep_scene(slug, None, &cause).await?;
        let (snapshot, now) = (self.wires.house.snapshot(), self.wires.house.clock().now());
        let removed = self.engine.remove_scene(slug);
        self.engine.attend_anew(&snapshot, now);
        if let Some(scene) = removed {
            let note = EventBody::SceneChanged {
                scene: slug.to_string(),
                name: scene.name,
                what: "it was removed".to_owned(),
            };
            self.tell(cause, note);
        }
        self.show();
        Ok(())
    }

    async fn keep_scene(
        &mut self,
        slug: &ScenarioSlug,
        body: Option<serde_json::Value>,
        cause: &Cause,
    ) -> Result<(), CannotPut> {
        let kept = KeptScene {
            slug: slug.to_string(),
            body,
            at: self.wires.house.clock().now().house,
            who: cause.who.clone(),
        };
        keep(&self.wires.store, Record::Scene(Box::new(kept))).await
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

    pub(crate) async fn perform(&mut self, effects: Vec<Effect>) {
        let mut stirred = false;
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            // Back-pressure: what cannot be sent yet waits here, and the stream with it.
            while self.under_way.len() >= UNDER_WAY {
                if let Some(back) = self.under_way.next().await {
                    effects.extend(self.follows(back));
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
                    choices,
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
                            choices,
                            until,
                        },
                    );
                }
                Effect::Ran(run) => {
                    stirred = true;
                    self.ran(*run);
                }
                Effect::Ails => stirred = true,
                Effect::Conflict {
                    device,
                    path,
                    what,
                    cause,
                } => {
                    telemetry::conflict(&what);
                    self.tell(cause, EventBody::RulesConflict { device, path, what });
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
        self.dirty |= stirred;
    }

    fn show_if_dirty(&mut self) {
        if self.dirty {
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
        let receipt = self
            .wires
            .store
            .submit_soon(vec![Record::Run(Box::new(kept))]);
        self.under_way.push(Box::pin(async move {
            if let Err(error) = receipt.await {
                telemetry::not_kept(&error);
            }
            Back::Done
        }));
        // What is over in a moment is told once, at its end.
        if run.takes_time() && self.begun.insert(run.id) {
            self.tell(
                run.cause.clone(),
                EventBody::RunStarted {
                    run: run.id,
                    scenario: run.scenario.clone(),
                    name: run.name.clone(),
                    trigger: run.trigger.clone(),
                },
            );
        }
        if run.state.is_over() {
            self.ended.push_front(Arc::new(run.clone()));
            self.ended.truncate(ENDED);
            self.begun.remove(&run.id);
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

    pub(crate) fn show(&mut self) {
        let began = Instant::now();
        self.dirty = false;
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
            ended: self.ended.clone(),
            scenes: self.engine.scenes().cloned().collect(),
            webhooks: self.secrets.listed(),
        };
        self.view.send_replace(Arc::new(view));
        self.next_show = Instant::now() + began.elapsed() * SHARE;
    }
}

/// Whether names may lead elsewhere after this.
const fn changes_names(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::DeviceAdded { .. }
            | EventBody::DeviceEdited { .. }
            | EventBody::DeviceRemoved { .. }
            | EventBody::AreaChanged { .. }
            | EventBody::FloorChanged { .. }
            | EventBody::PersonChanged { .. }
    )
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
