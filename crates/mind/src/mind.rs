//! How everyone else reaches the mind.

use crate::View;
use crate::concerns::{NoSuchConcern, Word};
use crate::run::Ask;
use crate::safla::recall::Said;
use crate::safla::status::Status;
use crate::view::Concern;
use model::{Cause, ConcernId, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{Accuracy, ForecastFilter, KeptConcern, KeptFeeling, KeptForecast, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

/// How long who asks waits for a new view.
const LOOK: Duration = Duration::from_millis(500);

/// The mind of the running house; cloning shares it.
#[derive(Debug, Clone)]
pub struct Mind {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) view: watch::Receiver<Arc<View>>,
    pub(crate) status: watch::Receiver<Arc<Status>>,
    pub(crate) store: Store,
}

/// Why nothing could be said of a concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSay {
    /// There is none.
    #[error(transparent)]
    Unknown(#[from] NoSuchConcern),
    /// The mind has ended.
    #[error("the house is shutting down")]
    Closed,
}

impl Mind {
    /// How the house is.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// How the house is as of now: who asks wants no answer of minutes ago. Where the loop does not turn
    /// within a moment, as it last was.
    pub async fn look(&self) -> Arc<View> {
        drop(tokio::time::timeout(LOOK, self.ask(Ask::Look)).await);
        self.view()
    }

    /// Every new view, the latest at a time.
    #[must_use]
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }

    /// How the loop is, and what each of its stages got and made of it last.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status.borrow())
    }

    /// Turns the loop once, now; how it is then. `None` when the house shuts down.
    pub async fn trigger(&self) -> Option<Arc<Status>> {
        self.ask(Ask::Turn).await
    }

    /// Whether the loop answers. Who asks says how long they wait.
    pub async fn answers(&self) -> bool {
        self.ask(Ask::Ping).await.is_some()
    }

    /// Restarts the loop: what is remembered is taken up again from what was kept. How it is after its
    /// first turn; `None` when the house shuts down.
    pub async fn restart(&self) -> Option<Arc<Status>> {
        self.ask(Ask::Restart).await
    }

    /// Somebody says something of a concern; the concern as it is then (as it last was, where that
    /// ended it).
    ///
    /// # Errors
    /// When there is none of that id, or the house shuts down.
    pub async fn say(
        &self,
        concern: ConcernId,
        word: Word,
        cause: Cause,
    ) -> Result<Concern, CannotSay> {
        let make = |reply| Ask::Say {
            concern,
            word,
            cause,
            reply,
        };
        Ok(self.ask(make).await.ok_or(CannotSay::Closed)??)
    }

    /// Somebody was pleased with what the house did, or was not.
    pub async fn feedback(&self, said: Said) {
        let _ = self.asks.send(Ask::Feedback(said)).await;
    }

    /// What was felt from `from` on and before `to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn feelings(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeptFeeling>, StoreError> {
        self.store.feelings(from, to, limit).await
    }

    /// Concerns that were raised then and have ended, the latest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn concerns_over(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeptConcern>, StoreError> {
        self.store.concerns_over(from, to, limit).await
    }

    /// What was expected, and what came; the latest due first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn predictions(
        &self,
        filter: &ForecastFilter,
        limit: usize,
    ) -> Result<Vec<KeptForecast>, StoreError> {
        self.store.forecasts(filter, limit).await
    }

    /// How right each model was by the day, since a moment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accuracy(&self, since: Timestamp) -> Result<Vec<(String, Accuracy)>, StoreError> {
        self.store.accuracy(since).await
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(make(reply)).await.ok()?;
        answer.await.ok()
    }
}
