//! The journal: what was acknowledged is durable first.
//!
//! Everything that waits when a transaction begins goes into it, so that one sync of the disk
//! serves many who wait. The order is that of submission.

use crate::{
    Record, StoreError,
    keep::keep,
    telemetry,
    writer::{Durability, Leader, Writer},
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// How many submissions may wait.
pub(crate) const QUEUE: usize = 1_024;

/// How many submissions one transaction takes at most.
const GROUP: usize = 256;

/// How long what nobody waits for waits for company: one sync of the disk then serves many.
const COMPANY: Duration = Duration::from_millis(25);

/// A submission.
pub(crate) struct Job {
    pub(crate) records: Vec<Record>,
    /// Nobody waits for it: it may wait for company.
    pub(crate) soon: bool,
    pub(crate) done: oneshot::Sender<Result<(), StoreError>>,
}

/// Resolves when what was submitted is durable, or cannot be. Dropping it changes nothing: the
/// submission is kept all the same.
#[derive(Debug)]
pub struct Receipt {
    pub(crate) done: Result<oneshot::Receiver<Result<(), StoreError>>, Option<StoreError>>,
}

impl Future for Receipt {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.done {
            Ok(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.unwrap_or(Err(StoreError::Closed))),
            Err(error) => Poll::Ready(Err(error.take().unwrap_or(StoreError::Closed))),
        }
    }
}

/// Runs until every sender is gone.
pub(crate) async fn run(
    mut queue: mpsc::Receiver<Job>,
    writer: Arc<Mutex<Writer>>,
    leader: impl Fn() -> Leader + Send + 'static,
) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        if group.iter().all(|job| job.soon) {
            gather(&mut queue, &mut group).await;
        }
        let started = Instant::now();
        let mut writer = writer.lock().await;
        // While the lock was waited for, more may have come.
        while group.len() < GROUP
            && let Ok(job) = queue.try_recv()
        {
            group.push(job);
        }
        write_group(&mut writer, leader(), &mut group).await;
        telemetry::took("keep", started.elapsed());
    }
}

/// Waits for more to keep, until somebody waits for some of it.
async fn gather(queue: &mut mpsc::Receiver<Job>, group: &mut Vec<Job>) {
    let enough = tokio::time::sleep(COMPANY);
    let mut enough = std::pin::pin!(enough);
    while group.len() < GROUP {
        tokio::select! {
            biased;
            job = queue.recv() => match job {
                Some(job) => {
                    let waits = !job.soon;
                    group.push(job);
                    if waits {
                        return;
                    }
                }
                None => return,
            },
            () = &mut enough => return,
        }
    }
}

async fn write_group(writer: &mut Writer, leader: Leader, group: &mut Vec<Job>) {
    let all = group.iter().flat_map(|job| &job.records);
    // Somebody only wanted to know that all before is kept.
    if all.clone().next().is_none() {
        return answer(group.drain(..), &writer.open());
    }
    match write(writer, leader, all).await {
        Ok(()) => answer(group.drain(..), &Ok(())),
        // One submission that contradicts what is there must not take the others down with it.
        Err(StoreError::Conflict(_) | StoreError::Other(_)) if group.len() > 1 => {
            for job in group.drain(..) {
                let result = write(writer, leader, job.records.iter()).await;
                answer([job].into_iter(), &result);
            }
        }
        Err(error) => answer(group.drain(..), &Err(error)),
    }
}

async fn write<'a>(
    writer: &mut Writer,
    leader: Leader,
    records: impl Iterator<Item = &'a Record> + Clone,
) -> Result<(), StoreError> {
    let at = records.clone().filter_map(Record::at).last();
    let connection = writer.begin("keep", Durability::Full).await?;
    let result = async {
        leader.check(connection, at).await?;
        for record in records {
            keep(connection, leader, record).await?;
        }
        Ok(())
    }
    .await;
    writer.end(result).await
}

fn answer(jobs: impl Iterator<Item = Job>, result: &Result<(), StoreError>) {
    for job in jobs {
        if let Err(error) = result {
            telemetry::failed(error);
        }
        // Who no longer waits does not want to know.
        let _ = job.done.send(result.clone());
    }
}
