//! How everyone else reaches automation, and how it starts.

use crate::document::{Arguments, Bundle, Document, ScenarioSlug, read_value};
use crate::engine::{CannotRun, Engine, Run, Scene, Setting};
use crate::listener::Listener;
use crate::sun::Location;
use crate::telemetry;
use crate::webhook::{Called, Secrets};
use model::{Cause, RunId, Timestamp, Who};
use std::collections::VecDeque;
use std::sync::Arc;
use store::{Store, StoreError};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use twin::{Handle, Snapshot, Subscription};

/// How many questions of people and programs wait.
const ASKS: usize = 256;

/// What people and programs see of automation; made anew when something of it changes.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The scenarios, by slug.
    pub scenarios: Vec<Listed>,
    /// The runs that are on.
    pub runs: Vec<Run>,
    /// The last runs that ended, newest first; some hundred at most.
    pub ended: VecDeque<Arc<Run>>,
    /// The scenes, by slug.
    pub scenes: Vec<Scene>,
    /// The webhooks: their names, and when each was last called.
    pub webhooks: Vec<(String, Option<Timestamp>)>,
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
pub(crate) enum Ask {
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
    Judge {
        bundle: Box<Bundle>,
        cause: Cause,
        reply: oneshot::Sender<Result<TakenIn, CannotPut>>,
    },
    TakeIn {
        bundle: Box<Bundle>,
        replace: bool,
        cause: Cause,
        reply: oneshot::Sender<Result<TakenIn, CannotPut>>,
    },
    Remove {
        slug: ScenarioSlug,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotPut>>,
    },
    Reply {
        run: RunId,
        thread: usize,
        answer: String,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotReply>>,
    },
    CallWebhook {
        name: String,
        secret: String,
        reply: oneshot::Sender<Called>,
    },
    MakeWebhook {
        name: String,
        renew: bool,
        cause: Cause,
        reply: oneshot::Sender<Result<String, CannotPut>>,
    },
    RemoveWebhook {
        name: String,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotPut>>,
    },
    PutScene {
        scene: Box<Scene>,
        is_new: bool,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotPut>>,
    },
    RemoveScene {
        slug: ScenarioSlug,
        cause: Cause,
        reply: oneshot::Sender<Result<(), CannotPut>>,
    },
    Copy(oneshot::Sender<Box<Engine>>),
    Settle(Option<Location>, oneshot::Sender<()>),
}

/// What became of what was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// What is new.
    pub added: Vec<String>,
    /// What took the place of another.
    pub replaced: Vec<String>,
    /// What was there already and stayed as it was.
    pub left: Vec<String>,
}

/// Why a scenario cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotPut {
    /// Somebody else edited it meanwhile.
    #[error("it was edited meanwhile: it is at version {0}")]
    Edited(u32),
    /// There is none.
    #[error("nothing is called `{0}`")]
    Unknown(String),
    /// Another is called so.
    #[error("one is called `{0}` already")]
    Taken(String),
    /// There are too many.
    #[error("there are {0} already")]
    TooMany(usize),
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

/// Why a question cannot be answered so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotReply {
    /// No thread of such a run waits for a person.
    #[error("nothing waits for this answer")]
    NotAsked,
    /// It can be answered otherwise.
    #[error("that is none of its answers")]
    NoChoice(Vec<String>),
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

    /// Takes in scenarios and scenes: all of them, or none. What is there already stays, or with
    /// `replace` is replaced.
    ///
    /// # Errors
    /// When there would be too many, or they cannot be kept.
    pub async fn take_in(
        &self,
        bundle: Bundle,
        replace: bool,
        cause: Cause,
    ) -> Result<TakenIn, CannotPut> {
        let bundle = Box::new(bundle);
        let make = |reply| Ask::TakeIn {
            bundle,
            replace,
            cause,
            reply,
        };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// What would become of scenarios and scenes that were taken in; nothing is changed.
    ///
    /// # Errors
    /// When there would be too many.
    pub async fn would_take_in(&self, bundle: Bundle, cause: Cause) -> Result<TakenIn, CannotPut> {
        let bundle = Box::new(bundle);
        let make = |reply| Ask::Judge {
            bundle,
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

    /// Calls a webhook with what the caller says its secret is.
    pub async fn call_webhook(&self, name: String, secret: String) -> Option<Called> {
        let make = |reply| Ask::CallWebhook {
            name,
            secret,
            reply,
        };
        self.ask(make).await
    }

    /// Makes a webhook, or with `renew` gives it another secret. The secret is told here and never
    /// again.
    ///
    /// # Errors
    /// When there is one already, there are too many, or it cannot be kept.
    pub async fn make_webhook(
        &self,
        name: String,
        renew: bool,
        cause: Cause,
    ) -> Result<String, CannotPut> {
        let make = |reply| Ask::MakeWebhook {
            name,
            renew,
            cause,
            reply,
        };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Removes a webhook.
    ///
    /// # Errors
    /// When there is none, or that cannot be kept.
    pub async fn remove_webhook(&self, name: String, cause: Cause) -> Result<(), CannotPut> {
        let make = |reply| Ask::RemoveWebhook { name, cause, reply };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Writes a scene; with `is_new` only where none is called so.
    ///
    /// # Errors
    /// When one is called so already, there are too many, or it cannot be kept.
    pub async fn put_scene(
        &self,
        scene: Scene,
        is_new: bool,
        cause: Cause,
    ) -> Result<(), CannotPut> {
        let scene = Box::new(scene);
        let make = |reply| Ask::PutScene {
            scene,
            is_new,
            cause,
            reply,
        };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Removes a scene.
    ///
    /// # Errors
    /// When there is none, or that cannot be kept.
    pub async fn remove_scene(&self, slug: ScenarioSlug, cause: Cause) -> Result<(), CannotPut> {
        let make = |reply| Ask::RemoveScene { slug, cause, reply };
        self.ask(make).await.unwrap_or(Err(CannotPut::Closed))
    }

    /// Answers a question of a run.
    ///
    /// # Errors
    /// When nothing waits for it, or it is none of the answers.
    pub async fn reply(
        &self,
        run: RunId,
        thread: usize,
        answer: String,
        cause: Cause,
    ) -> Result<(), CannotReply> {
        let make = |reply| Ask::Reply {
            run,
            thread,
            answer,
            cause,
            reply,
        };
        self.ask(make).await.unwrap_or(Err(CannotReply::Closed))
    }

    /// The house stands elsewhere than was known: the sun rises and sets for it there.
    pub async fn settle(&self, location: Option<Location>) {
        // One that has ended needs no sun any more.
        let _ = self.ask(|reply| Ask::Settle(location, reply)).await;
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
    for (slug, body) in wires.store.scenes().await? {
        match Scene::read(&body) {
            Ok(scene) => engine.put_scene(scene),
            Err(faults) => telemetry::unreadable(&slug, &faults),
        }
    }
    for document in &wires.shipped {
        telemetry::known(document);
        engine.put(document.clone(), 0, &snapshot, now);
    }
    for kept in wires.store.scenarios().await? {
        let Some(json) = &kept.document else { continue };
        match read_value(json) {
            Ok(document) => {
                telemetry::known(&document);
                engine.put(document, kept.version, &snapshot, now);
            }
            Err(faults) => telemetry::unreadable(&kept.slug, &faults),
        }
    }
    let secrets = Secrets::new(wires.store.webhooks().await?);
    let runs = wires.store.runs_on().await?;
    let runs: Vec<Run> = runs
        .into_iter()
        .filter_map(|kept| serde_json::from_value(kept.body).ok())
        .collect();
    let mut listener = Listener::new(wires, engine, secrets, view);
    listener.resume(runs).await;
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
