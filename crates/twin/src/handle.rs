//! How everyone else reaches the running house.

use crate::{Answer, Bus, Clock, Refusal, Snapshot, Subscription};
use model::{EventBody, Report, Request, RequestId, Scan, ScanId, Wish, WishId, WishState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// A request on its way to the loop, with where its answer goes.
pub(crate) type Ask = (Box<Request>, oneshot::Sender<Result<Answer, Refusal>>);

/// The running house, for readers and for who asks; cloning shares it.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) bus: Bus,
    pub(crate) clock: Clock,
    pub(crate) features: crate::Features,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much is being asked at once.
    #[error("the house is busy: too many requests wait already")]
    Busy,
    /// The house is shutting down.
    #[error("the house is shutting down")]
    Closed,
}

impl Handle {
    /// What of the house is switched on.
    #[must_use]
    pub const fn features(&self) -> &crate::Features {
        &self.features
    }

    /// What is known now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Every new snapshot, the latest at a time.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The stream of events from now on, with the snapshot from which it goes on: every event after
    /// the snapshot's position is delivered, and perhaps some before it.
    #[must_use]
    pub fn subscribe(&self, name: &'static str, capacity: usize) -> (Arc<Snapshot>, Subscription) {
        // The order matters: subscribed first, nothing can fall between the two.
        let subscription = self.bus.subscribe(name, capacity);
        (self.snapshot(), subscription)
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
        self.bus.subscribe_to(name, capacity, wants)
    }

    /// The house's clocks.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Asks for something and waits until it is durable, or refused.
    ///
    /// # Errors
    /// When it is refused, or the house has no room for it, or shuts down.
    pub async fn request(&self, request: Request) -> Result<Answer, RequestError> {
        let (sender, answer) = oneshot::channel();
        self.asks
            .try_send((Box::new(request), sender))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => RequestError::Busy,
                mpsc::error::TrySendError::Closed(_) => RequestError::Closed,
            })?;
        Ok(answer.await.map_err(|_| RequestError::Closed)??)
    }

    /// Waits at most `patience` until a wish has ended; the wish as it stands then.
    pub async fn settled(&self, wish: WishId, patience: Duration) -> Option<Arc<Wish>> {
        let mut snapshots = self.snapshots.clone();
        let ended = snapshots.wait_for(|snapshot| {
            snapshot
                .wishes
                .get(&wish)
                .is_none_or(|wish| wish.state != WishState::Pending)
        });
        let waited = tokio::time::timeout(patience, ended).await;
        drop(waited);
        self.snapshot().wishes.get(&wish).cloned()
    }

    /// Waits at most `patience` until a search has ended; the search as it stands then.
    pub async fn searched(&self, scan: ScanId, patience: Duration) -> Option<Arc<Scan>> {
        let find = |snapshot: &Snapshot| {
            let mut scans = snapshot.scans.iter();
            scans.find(|one| one.id == scan).cloned()
        };
        let mut snapshots = self.snapshots.clone();
        let ended =
            snapshots.wait_for(|snapshot| find(snapshot).is_none_or(|scan| scan.ended.is_some()));
        drop(tokio::time::timeout(patience, ended).await);
        find(&self.snapshot())
    }

    /// Where drivers' reports go: bounded, so that who sends too fast waits.
    #[must_use]
    pub fn reports(&self) -> mpsc::Sender<Report> {
        self.reports.clone()
    }

    /// A new id for a request, for who must know it before asking.
    #[must_use]
    pub fn request_id() -> RequestId {
        RequestId::new()
    }
}
