//! Durable before acknowledged: what must be kept is, and only then do orders and answers go out.
//!
//! Jobs are submitted to the journal in order and finished in order. The journal commits all that
//! wait together, so that a slow disk makes its groups larger instead of the queue longer; a job that
//! cannot be kept takes no other down with it. What a rule wants and is not dangerous has been sent
//! by the loop already, unless orders wait here that it must not overtake.

use crate::{Answer, Input, Refusal, RefusalCode, telemetry};
use model::{Order, WishState};
use std::collections::VecDeque;
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
    /// The answer can wait for others to be kept with: it only says that something was told.
    pub(crate) soon: bool,
    /// What cannot be kept has been done all the same: it is not taken back.
    pub(crate) done: bool,
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

/// Keeps until no more jobs come. Who comes later does not wait for those before to be kept: all are
/// submitted as they come, and finished in order.
pub(crate) async fn keep(
    store: Store,
    mut jobs: mpsc::Receiver<Job>,
    orders: mpsc::Sender<(String, Order)>,
    inputs: mpsc::UnboundedSender<Input>,
) {
    let mut backlog: Vec<Record> = Vec::new();
    let mut group = Vec::with_capacity(GROUP);
    let mut under_way: VecDeque<(Job, Option<Receipt>)> = VecDeque::with_capacity(GROUP + 1);
    let mut more = true;
    while more || !under_way.is_empty() {
        tokio::select! {
            biased;
            result = kept(under_way.front_mut()), if !under_way.is_empty() => {
                let Some((job, _)) = under_way.pop_front() else {
                    continue;
                };
                match result {
                    Ok(()) => send(job, &orders).await,
                    Err(error) => {
                        let again = job.keep.iter().filter(|record| is_repeatable(record));
                        backlog.extend(again.cloned());
                        refuse(job, &error.to_string(), &inputs);
                    }
                }
                let excess = backlog.len().saturating_sub(BACKLOG);
                backlog.drain(..excess);
            }
            count = jobs.recv_many(&mut group, GROUP), if more && under_way.len() < GROUP => {
                more = count > 0;
                if !backlog.is_empty() {
                    group.insert(0, Job {
                        keep: std::mem::take(&mut backlog),
                        ..Job::default()
                    });
                }
                for job in group.drain(..) {
                    let receipt = (!job.keep.is_empty()).then(|| submit(&store, &job));
                    under_way.push_back((job, receipt));
                }
            }
        }
    }
    if !backlog.is_empty() && store.keep(backlog).await.is_err() {
        tracing::error!("how some wishes ended could not be kept before the end");
    }
}

/// What somebody waits for is kept at once, the rest in the same breath. A device is waited for by
/// what history has to say of it: when it was last seen is a column of its row.
fn submit(store: &Store, job: &Job) -> Receipt {
    let waits = !job.orders.is_empty() || (job.answer.is_some() && !job.soon);
    let is_device = |record: &Record| matches!(record, Record::Device(_));
    if waits || job.keep.iter().any(is_device) {
        store.submit(job.keep.clone())
    } else {
        store.submit_soon(job.keep.clone())
    }
}

/// Waits until something is durable; nothing is at once.
async fn kept(job: Option<&mut (Job, Option<Receipt>)>) -> Result<(), StoreError> {
    match job {
        Some((_, Some(receipt))) => receipt.await,
        _ => Ok(()),
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
    // Its order has gone out, and who wanted it was told so. How it ends is kept when that can be.
    if job.done {
        return;
    }
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
