//! The board: every part with its state, and the probes that ask.

use super::{State, Status};
use model::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A part as it is shown.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Whether nothing works without it.
    pub critical: bool,
    /// How it is.
    pub state: State,
    /// Since when its status is this one, on the machine's wall clock.
    pub since: Timestamp,
    /// How long it took to answer; `None` where it reports itself.
    pub latency: Option<Duration>,
}

/// The board; cloning shares it.
#[derive(Clone, Default)]
pub struct HealthBoard {
    parts: Arc<RwLock<BTreeMap<String, Part>>>,
    probes: Arc<RwLock<Vec<Probe>>>,
}

struct Part {
    critical: bool,
    state: State,
    since: Timestamp,
    latency: Option<Duration>,
    heard: Instant,
    /// Silence for longer than this counts as failed.
    silence: Option<Duration>,
}

type Asking = Pin<Box<dyn Future<Output = State> + Send>>;

#[derive(Clone)]
struct Probe {
    name: &'static str,
    every: Duration,
    within: Duration,
    /// Held while it is asked, with when the last answer came: who comes meanwhile takes that one.
    asked: Arc<tokio::sync::Mutex<Option<Instant>>>,
    ask: Arc<dyn Fn() -> Asking + Send + Sync>,
}

/// A part's own pen for the board.
#[derive(Clone)]
pub struct Reporter {
    board: HealthBoard,
    name: String,
}

impl Reporter {
    /// How the part is now; also says that it is still there.
    pub fn set(&self, state: State) {
        self.board.set(&self.name, state, None);
    }
}

impl HealthBoard {
    /// A board with nothing on it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A part that reports itself. With `silence`, it must do so at least that often.
    #[must_use]
    pub fn component(
        &self,
        name: impl Into<String>,
        critical: bool,
        silence: Option<Duration>,
        first: State,
    ) -> Reporter {
        let name = name.into();
        self.enter(&name, critical, silence, first);
        Reporter {
            board: self.clone(),
            name,
        }
    }

    /// A part that is asked every so often, and must answer within a time.
    pub fn probe<F, Fut>(
        &self,
        name: &'static str,
        critical: bool,
        every: Duration,
        within: Duration,
        ask: F,
    ) where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = State> + Send + 'static,
    {
        // The background loop itself may be starved; then old news must not pass for new.
        let silence = (every + within) * 3;
        let first = State::degraded("not checked yet", "wait a moment");
        self.enter(name, critical, Some(silence), first);
        let probe = Probe {
            name,
            every,
            within,
            asked: Arc::default(),
            ask: Arc::new(move || Box::pin(ask())),
        };
        self.probes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(probe);
    }

    /// How a part is that comes and goes with what the house has, such as a driver.
    pub fn put(&self, name: &str, state: State) {
        let known = self
            .parts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(name);
        if known {
            self.set(name, state, None);
        } else {
            self.enter(name, false, None, state);
        }
    }

    /// A part is no longer there, for example a driver that was switched off.
    pub fn remove(&self, name: &str) {
        self.parts
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }

    /// How the service is as a whole: failed when something is without which nothing works,
    /// degraded when anything else is not well.
    #[must_use]
    pub fn status(&self) -> Status {
        self.components()
            .iter()
            .map(|part| match part.state.status {
                Status::Failed if !part.critical => Status::Degraded,
                status => status,
            })
            .max()
            .unwrap_or(Status::Ok)
    }

    /// Every part, by name.
    #[must_use]
    pub fn components(&self) -> Vec<Component> {
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        parts.iter().map(|(name, part)| part.shown(name)).collect()
    }

    /// Asks every probe now, all at once, each within its time.
    pub async fn check(&self) {
        let probes = self
            .probes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        futures_util::future::join_all(probes.iter().map(|probe| self.ask(probe))).await;
    }

    /// Asks the probes in the background until `stop`.
    pub fn run(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        let probes = self
            .probes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for probe in probes {
            let (board, stop) = (self.clone(), stop.clone());
            tasks.spawn(stop.run_until_cancelled_owned(async move {
                let mut ticks = tokio::time::interval(probe.every);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    board.ask(&probe).await;
                }
            }));
        }
    }

    async fn ask(&self, probe: &Probe) {
        let came = Instant::now();
        // Never waits long: whoever holds it is bounded by the same time.
        let mut asked = probe.asked.lock().await;
        if asked.is_some_and(|answered| answered > came) {
            return;
        }
        let started = Instant::now();
        let state = tokio::time::timeout(probe.within, (probe.ask)())
            .await
            .unwrap_or_else(|_| {
                State::failed(
                    format!("no answer within {} ms", probe.within.as_millis()),
                    "see the log; if it stays so, restart the server",
                )
            });
        self.set(probe.name, state, Some(started.elapsed()));
        *asked = Some(Instant::now());
    }

    fn enter(&self, name: &str, critical: bool, silence: Option<Duration>, state: State) {
        let part = Part {
            critical,
            state,
            since: Timestamp::now(),
            latency: None,
            heard: Instant::now(),
            silence,
        };
        self.parts
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), part);
    }

    fn set(&self, name: &str, state: State, latency: Option<Duration>) {
        let mut parts = self.parts.write().unwrap_or_else(PoisonError::into_inner);
        let Some(part) = parts.get_mut(name) else {
            return;
        };
        part.heard = Instant::now();
        part.latency = latency;
        if part.state.status != state.status {
            part.since = Timestamp::now();
            crate::telemetry::health_changed(name, &state);
        }
        part.state = state;
    }
}

impl Part {
    fn shown(&self, name: &str) -> Component {
        let silent = self.heard.elapsed();
        let state = match self.silence {
            Some(limit) if silent > limit => State::failed(
                format!("not heard of for {} s", silent.as_secs()),
                "see the log; if it stays so, restart the server",
            ),
            _ => self.state.clone(),
        };
        Component {
            name: name.to_owned(),
            critical: self.critical,
            state,
            since: self.since,
            latency: self.latency,
        }
    }
}

impl std::fmt::Debug for HealthBoard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.components()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{HealthBoard, State, Status};
    use std::time::Duration;

    #[test]
    fn only_what_is_critical_fails_the_whole() {
        let board = HealthBoard::new();
        assert_eq!(board.status(), Status::Ok);
        let weather = board.component("weather", false, None, State::ok());
        let database = board.component("database", true, None, State::ok());
        weather.set(State::failed("no answer", "wait"));
        assert_eq!(board.status(), Status::Degraded);
        database.set(State::failed("gone", "restore it"));
        assert_eq!(board.status(), Status::Failed);
        database.set(State::ok());
        weather.set(State::ok());
        assert_eq!(board.status(), Status::Ok);
    }

    #[test]
    fn silence_counts_as_failed() {
        let board = HealthBoard::new();
        let _loop = board.component("loop", true, Some(Duration::ZERO), State::ok());
        assert_eq!(board.status(), Status::Failed);
    }

    #[tokio::test]
    async fn a_probe_that_hangs_is_cut_off() {
        let board = HealthBoard::new();
        let (every, within) = (Duration::from_secs(60), Duration::from_millis(5));
        board.probe("database", true, every, within, std::future::pending);
        board.check().await;
        assert_eq!(board.status(), Status::Failed);
        let component = &board.components()[0];
        assert_eq!(
            component.state.message.as_deref(),
            Some("no answer within 5 ms")
        );
    }
}
