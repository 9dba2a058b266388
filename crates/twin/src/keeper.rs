//! Durable before acknowledged: what must be kept is, and only then do orders and answers go out.
//!
//! Jobs are submitted to the journal in order and finished in order. The journal commits all that
//! wait together, so that a slow disk makes its groups larger instead of the queue longer; a job that
//! cannot be kept takes no other down with it. What a rule wants and is not dangerous has been sent
//! by the loop already, unless orders wait here that it must not overtake.

use crate::{Answer, Input, Refusal, RefusalCode, telemetry};
use model::{Order, WishState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Receipt, Record, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

/// How many jobs are under way at most.
const GROUP: usize = 256;

/// Records that nobody waits for and that could not be kept are tried again; past this many, the
/// oldest are given up (they are descriptions that devices repeat).
const BACKLOG: usize = 10_000;

/// Something to keep, and what waits for it.
#[derive(Debug, Default)]
pub(crate) struct Job {
    pub(crate) keep: Vec<Record>,
    pub(crate) undo: Vec<Record>,
    pub(crate) orders: Vec<(String, Order)>,
    pub(crate) answer: Option<Promise>,
    /// Says that orders wait here, until they are sent or refused.
    pub(crate) held: Option<Held>,
}

/// Orders that wait to be kept; others must not overtake them.
#[derive(Debug)]
pub(crate) struct Held(Arc<AtomicUsize>);

impl Held {
    pub(crate) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An answer that is given once all is kept.
#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) to: oneshot::Sender<Result<Answer, Refusal>>,
    pub(crate) answer: Result<Answer, Refusal>,
}

/// Keeps until no more jobs come.
pub(crate) async fn keep(
    store: Store,
    mut jobs: mpsc::Receiver<Job>,
    orders: mpsc::Sender<(String, Order)>,
    inputs: mpsc::UnboundedSender<Input>,
) {
    let mut backlog: Vec<Record> = Vec::new();
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let again = std::mem::take(&mut backlog);
        let receipt = (!again.is_empty()).then(|| store.submit(again.clone()));
        let submitted: Vec<(Job, Option<Receipt>)> = group
            .drain(..)
            .map(|job| {
                let receipt = (!job.keep.is_empty()).then(|| store.submit(job.keep.clone()));
                (job, receipt)
            })
            .collect();
        if kept(receipt).await.is_err() {
            backlog = again;
        }
        for (job, receipt) in submitted {
            match kept(receipt).await {
                Ok(()) => send(job, &orders).await,
                Err(error) => {
                    backlog.extend(
                        job.keep
                            .iter()
                            .filter(|record| is_repeatable(record))
                            .cloned(),
                    );
                    refuse(job, &error.to_string(), &inputs);
                }
            }
        }
        let excess = backlog.len().saturating_sub(BACKLOG);
        backlog.drain(..excess);
    }
    if !backlog.is_empty() && store.keep(backlog).await.is_err() {
        tracing::error!("how some wishes ended could not be kept before the end");
    }
}

/// Waits until something is durable; nothing is at once.
async fn kept(receipt: Option<Receipt>) -> Result<(), StoreError> {
    match receipt {
        Some(receipt) => receipt.await,
        None => Ok(()),
    }
}

/// What may be kept later, because nobody was told that it was: how wishes ended. A wish that was
/// refused because it could not be kept must not come back as a pending one.
fn is_repeatable(record: &Record) -> bool {
    matches!(record, Record::Wish(wish) if wish.state != WishState::Pending)
}

async fn send(job: Job, orders: &mpsc::Sender<(String, Order)>) {
    for order in job.orders {
        if orders.send(order).await.is_err() {
            break;
        }
    }
    drop(job.held);
    if let Some(promise) = job.answer {
        // Who asked may have gone; what was asked is done all the same.
        drop(promise.to.send(promise.answer));
    }
}

fn refuse(job: Job, reason: &str, inputs: &mpsc::UnboundedSender<Input>) {
    telemetry::not_kept(reason);
    if !job.undo.is_empty() {
        drop(inputs.send(Input::NotKept {
            undo: job.undo,
            reason: reason.to_owned(),
        }));
    }
    if let Some(promise) = job.answer {
        let refusal = Refusal::new(
            RefusalCode::NotKept,
            format!("it could not be kept: {reason}"),
            "a database that can be written",
            "make room on the disk or repair it; see GET /health/detailed",
        );
        drop(promise.to.send(promise.answer.and(Err(refusal))));
    }
}
