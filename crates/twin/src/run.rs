//! The one loop that performs effects: the single writer of the house.

use crate::handle::Ask;
use crate::keeper::{self, Held, Job, Promise};
use crate::{Answer, Bus, Clock, Effects, Handle, House, Input, Refusal};
use model::{Event, Order, Report, RequestId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use store::Store;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How many inputs one turn of the loop takes at most, before it publishes.
const BATCH: usize = 256;

/// How many requests and reports wait at most.
const QUEUE: usize = 4_096;

/// How often the loop looks for wishes that have timed out.
const TICK: Duration = Duration::from_millis(100);

/// What the loop is wired to.
#[derive(Debug)]
pub struct Wires {
    /// Where orders to drivers go.
    pub orders: mpsc::Sender<(String, Order)>,
    /// The clocks.
    pub clock: Clock,
    /// Where things are kept.
    pub store: Store,
    /// The stream of events.
    pub bus: Bus,
}

/// A house that runs.
#[derive(Debug)]
pub struct Running {
    /// How to reach it.
    pub handle: Handle,
    /// Ends when the house has shut down and all is kept.
    pub task: JoinHandle<()>,
    beat: Arc<AtomicU64>,
    clock: Clock,
}

impl Running {
    /// A function that tells how long ago the loop last turned.
    pub fn pulse(&self) -> impl Fn() -> Duration + Send + Sync + 'static {
        let (beat, clock) = (Arc::clone(&self.beat), self.clock.clone());
        move || {
            clock
                .now()
                .steady
                .saturating_sub(Duration::from_millis(beat.load(Ordering::Relaxed)))
        }
    }
}

/// Starts the loop. `start` is what followed from restoring the house.
#[must_use]
pub fn run(house: House, start: Effects, wires: Wires, stop: CancellationToken) -> Running {
    let (ask_sender, asks) = mpsc::channel(QUEUE);
    let (report_sender, reports) = mpsc::channel(QUEUE);
    let (snapshot_sender, snapshots) = watch::channel(Arc::new(house.snapshot().clone()));
    let beat = Arc::new(AtomicU64::new(0));
    let handle = Handle {
        asks: ask_sender,
        reports: report_sender,
        snapshots,
        bus: wires.bus.clone(),
        clock: wires.clock.clone(),
        features: crate::Features::default(),
    };
    let clock = wires.clock.clone();
    let turn = Turn {
        house,
        bus: wires.bus,
        clock: wires.clock,
        snapshots: snapshot_sender,
        answers: HashMap::new(),
        beat: Arc::clone(&beat),
        orders: wires.orders.clone(),
        held: Arc::new(AtomicUsize::new(0)),
    };
    let task = tokio::spawn(turn.go(start, asks, reports, (wires.store, wires.orders), stop));
    Running {
        handle,
        task,
        beat,
        clock,
    }
}

/// The loop's own state.
struct Turn {
    house: House,
    bus: Bus,
    clock: Clock,
    snapshots: watch::Sender<Arc<crate::Snapshot>>,
    answers: HashMap<RequestId, oneshot::Sender<Result<Answer, Refusal>>>,
    beat: Arc<AtomicU64>,
    orders: mpsc::Sender<(String, Order)>,
    /// How many jobs with orders are at the keeper's.
    held: Arc<AtomicUsize>,
}

impl Turn {
    async fn go(
        mut self,
        start: Effects,
        mut asks: mpsc::Receiver<Ask>,
        mut reports: mpsc::Receiver<Report>,
        (store, orders): (Store, mpsc::Sender<(String, Order)>),
        stop: CancellationToken,
    ) {
        let (jobs, job_queue) = mpsc::channel(QUEUE);
        // Undoing must never wait for the loop that waits for the keeper: it cannot pile up beyond
        // the jobs that are under way.
        let (undo_sender, mut undos) = mpsc::unbounded_channel();
        let keeper = tokio::spawn(keeper::keep(store, job_queue, orders, undo_sender));
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut events = Vec::new();
        let mut work = vec![self.job(start, &mut events)];
        let mut batch: Vec<Input> = Vec::with_capacity(BATCH);
        loop {
            self.publish(&mut events);
            for job in work.drain(..) {
                let idle = job.keep.is_empty() && job.orders.is_empty() && job.answer.is_none();
                if !idle && jobs.send(job).await.is_err() {
                    tracing::error!("the keeper ended before the house");
                    return;
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = ticks.tick() => batch.push(Input::Tick),
                Some(undo) = undos.recv() => batch.push(undo),
                Some(ask) = asks.recv() => batch.push(self.expect(ask)),
                Some(report) = reports.recv() => batch.push(Input::Report(report)),
            }
            // A flood of reports must not keep people waiting, nor the other way round: each turn
            // takes some of both.
            while batch.len() < BATCH / 2 {
                let Ok(ask) = asks.try_recv() else { break };
                batch.push(self.expect(ask));
            }
            while batch.len() < BATCH {
                let Ok(report) = reports.try_recv() else {
                    break;
                };
                batch.push(Input::Report(report));
            }
            for input in batch.drain(..) {
                let effects = self.house.apply(input, self.clock.now());
                work.push(self.job(effects, &mut events));
            }
        }
        self.publish(&mut events);
        self.bus.close();
        drop(jobs);
        if keeper.await.is_err() {
            tracing::error!("the keeper broke while the house shut down");
        }
    }

    /// Remembers who waits for a request.
    fn expect(&mut self, (request, to): Ask) -> Input {
        self.answers.insert(request.id, to);
        Input::Request(request)
    }

    /// What follows from an input, as a job for the keeper; its events join the batch.
    fn job(&mut self, effects: Effects, events: &mut Vec<Event>) -> Job {
        let Effects {
            events: told,
            keep,
            undo,
            mut orders,
            at_once,
            soon,
            answer,
        } = effects;
        events.extend(told);
        let mut done = false;
        if at_once && self.held.load(Ordering::Acquire) == 0 {
            orders = self.send_at_once(orders);
            done = orders.is_empty();
        }
        let held = (!orders.is_empty()).then(|| Held::new(&self.held));
        let mut answer = answer.and_then(|(request, answer)| {
            self.answers
                .remove(&request)
                .map(|to| Promise { to, answer })
        });
        // It is done already, whether or not it can be kept.
        if done && let Some(promise) = answer.take() {
            drop(promise.to.send(promise.answer));
        }
        Job {
            keep,
            undo,
            orders,
            answer,
            soon,
            done,
            held,
        }
    }

    /// Sends orders, in their order; those from the first that finds no room wait their turn.
    fn send_at_once(&self, orders: Vec<(String, Order)>) -> Vec<(String, Order)> {
        let mut left = Vec::new();
        for order in orders {
            if !left.is_empty() {
                left.push(order);
            } else if let Err(error) = self.orders.try_send(order) {
                left.push(error.into_inner());
            }
        }
        left
    }

    /// Whether a search has come further since readers last heard of it. That is no event: who looks
    /// sees it, and nobody else needs to.
    fn has_searched_on(&self) -> bool {
        let shown = self.snapshots.borrow();
        match (shown.scans.front(), self.house.snapshot().scans.front()) {
            (Some(shown), Some(now)) => !Arc::ptr_eq(shown, now),
            (None, now) => now.is_some(),
            (Some(_), None) => false,
        }
    }

    fn publish(&mut self, events: &mut Vec<Event>) {
        let steady = self.clock.now().steady;
        self.beat.store(
            u64::try_from(steady.as_millis()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        if !events.is_empty() || self.has_searched_on() {
            self.snapshots
                .send_replace(Arc::new(self.house.snapshot().clone()));
        }
        if !events.is_empty() {
            self.bus.publish(std::mem::take(events));
        }
        self.bus.tell_what_was_missed();
    }
}
