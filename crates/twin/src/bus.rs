//! The stream of events: one bounded queue a listener, and nobody waits for the slowest.
//!
//! When a listener's queue is full, what it misses is counted, and the next thing it gets is a
//! [`Delivery::Missed`] with the range. What that means is the listener's own affair: history
//! records a visible gap, API clients are told to resync, automation and mind skip what is stale.

use crate::telemetry;
use model::{Event, EventBody, Position};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Where listeners subscribe and the loop publishes; cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Bus {
    listeners: Arc<Mutex<Vec<Listener>>>,
}

#[derive(Debug)]
struct Listener {
    name: &'static str,
    queue: mpsc::Sender<Delivery>,
    /// What it wants to hear; what else happens does not even wake it.
    wants: fn(&EventBody) -> bool,
    missed: Option<(Position, Position)>,
}

/// What a listener gets.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// Events in order.
    Events(Arc<[Event]>),
    /// Events that did not fit into the queue, by their first and last place.
    Missed {
        /// The first that is missing.
        from: Position,
        /// The last that is missing.
        to: Position,
    },
}

/// A listener's end.
#[derive(Debug)]
pub struct Subscription {
    queue: mpsc::Receiver<Delivery>,
}

impl Subscription {
    /// The next delivery; `None` when the house has shut down and all was delivered.
    pub async fn recv(&mut self) -> Option<Delivery> {
        self.queue.recv().await
    }

    /// The next delivery, where one is there already.
    pub fn try_recv(&mut self) -> Option<Delivery> {
        self.queue.try_recv().ok()
    }
}

impl Bus {
    /// A bus without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Subscribes; at most `capacity` deliveries (of one batch each) wait for this listener.
    #[must_use]
    pub fn subscribe(&self, name: &'static str, capacity: usize) -> Subscription {
        self.subscribe_to(name, capacity, |_| true)
    }

    /// The same for a listener that does not want to hear everything: batches in which nothing is for
    /// it pass it by.
    #[must_use]
    pub fn subscribe_to(
        &self,
        name: &'static str,
        capacity: usize,
        wants: fn(&EventBody) -> bool,
    ) -> Subscription {
        let (sender, queue) = mpsc::channel(capacity.max(1));
        self.lock().push(Listener {
            name,
            queue: sender,
            wants,
            missed: None,
        });
        Subscription { queue }
    }

    /// How many listeners there are.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.lock().len()
    }

    /// Publishes a batch to all.
    pub(crate) fn publish(&self, events: Vec<Event>) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        let (first, last) = (first.position, last.position);
        let events: Arc<[Event]> = events.into();
        self.lock()
            .retain_mut(|listener| listener.offer(&events, first, last));
    }

    /// Tells listeners that have room again what they missed, also when nothing new happens.
    pub(crate) fn tell_what_was_missed(&self) {
        self.lock().retain_mut(Listener::catch_up);
    }

    /// Ends the stream: listeners get what is queued and then `None`.
    pub(crate) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Listener>> {
        // Nothing that runs under this lock can panic half-way through a change.
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Tells what was missed, if there is room; false when the listener is gone.
    fn catch_up(&mut self) -> bool {
        let Some((from, to)) = self.missed else {
            return true;
        };
        match self.queue.try_send(Delivery::Missed { from, to }) {
            Ok(()) => self.missed = None,
            Err(mpsc::error::TrySendError::Closed(_)) => return false,
            Err(mpsc::error::TrySendError::Full(_)) => {}
        }
        true
    }

    /// Offers a batch; false when the listener is gone.
    fn offer(&mut self, events: &Arc<[Event]>, first: Position, last: Position) -> bool {
        if !self.catch_up() {
            return false;
        }
        if !events.iter().any(|event| (self.wants)(&event.body)) {
            return !self.queue.is_closed();
        }
        if self.missed.is_none() {
            match self.queue.try_send(Delivery::Events(Arc::clone(events))) {
                Ok(()) => return true,
                Err(mpsc::error::TrySendError::Closed(_)) => return false,
                Err(mpsc::error::TrySendError::Full(_)) => {
                    telemetry::listener_fell_behind(self.name)
                }
            }
        }
        telemetry::events_missed(self.name, events.len());
        self.missed = Some((self.missed.map_or(first, |(from, _)| from), last));
        true
    }
}
