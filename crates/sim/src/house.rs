//! The house that clock, page and broker share: one lock, held only while something is looked up
//! or done, never over I/O.

use crate::{Clock, World, mqtt::Message};
use jiff::Timestamp;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// So many messages may wait for the broker; at the fastest pace that is some minutes.
const WAITING: usize = 20_000;

/// What the clock says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockNow {
    /// House time.
    pub now: Timestamp,
    /// The pace that the house lives at.
    pub pace: f64,
}

/// A world and its clock.
#[derive(Debug)]
struct Inner {
    world: World,
    clock: Clock,
}

/// A handle to the house; clones mean the same house.
#[derive(Debug, Clone)]
pub struct House {
    inner: Arc<Mutex<Inner>>,
    out: mpsc::Sender<Message>,
    clock: Arc<watch::Sender<ClockNow>>,
}

impl House {
    /// A house, and what its devices say.
    #[must_use]
    pub fn new(world: World, clock: Clock) -> (Self, mpsc::Receiver<Message>) {
        let (out, messages) = mpsc::channel(WAITING);
        let (sender, _) = watch::channel(ClockNow {
            now: world.now,
            pace: clock.pace(),
        });
        let house = Self {
            inner: Arc::new(Mutex::new(Inner { world, clock })),
            out,
            clock: Arc::new(sender),
        };
        (house, messages)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while it was held may have left a step half done; the next one goes on from there.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the house.
    pub fn look<T>(&self, look: impl FnOnce(&World, &Clock) -> T) -> T {
        let inner = self.lock();
        look(&inner.world, &inner.clock)
    }

    /// Does something to the house; what its devices say to it goes out.
    pub fn with<T>(&self, act: impl FnOnce(&mut World, &mut Clock) -> T) -> T {
        let mut inner = self.lock();
        let Inner { world, clock } = &mut *inner;
        let result = act(world, clock);
        let said = world.said();
        let (now, pace) = (world.now, clock.pace());
        drop(inner);
        self.send(said);
        self.clock.send_if_modified(|clock| {
            let changed = clock.pace != pace;
            *clock = ClockNow { now, pace };
            changed
        });
        result
    }

    /// Lets so much real time pass.
    pub fn tick(&self, real: Duration) {
        self.with(|world, clock| {
            let seconds = clock.house_seconds(real);
            if seconds > 0.0 {
                world.step_on(seconds);
            } else {
                world.answer_on(real.as_secs_f64());
            }
        });
    }

    /// What the clock says, and when that changes.
    #[must_use]
    pub fn clock(&self) -> watch::Receiver<ClockNow> {
        self.clock.subscribe()
    }

    fn send(&self, messages: Vec<Message>) {
        for message in messages {
            if let Err(mpsc::error::TrySendError::Full(message)) = self.out.try_send(message) {
                // The next state of that device says it again.
                tracing::warn!(
                    topic = message.topic,
                    "the broker is too slow, a message was dropped"
                );
            }
        }
    }
}
