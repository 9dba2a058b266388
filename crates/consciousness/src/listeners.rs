//! Listeners of the stream, supervised: one that breaks is logged, counted and started again, and
//! never reaches the twin.

use jiff::tz::TimeZone;
use model::Timestamp;
use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use twin::Handle;

/// How many batches may wait for history. What does not fit becomes a visible gap.
const QUEUE: usize = 4_096;

/// How history shall work.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(crate) zone: TimeZone,
    pub(crate) retention: history::Retention,
    pub(crate) last_kept: Option<Timestamp>,
}

/// Records until the house has shut down.
pub(crate) fn history(
    handle: Handle,
    store: Store,
    recording: Recording,
    health: api::Reporter,
) -> JoinHandle<()> {
    // Subscribed before anything else happens, so that the first event is recorded.
    let mut subscribed = Some(handle.subscribe("history", QUEUE));
    tokio::spawn(async move {
        let mut pause = Duration::from_secs(1);
        loop {
            let (snapshot, subscription) = subscribed
                .take()
                .unwrap_or_else(|| handle.subscribe("history", QUEUE));
            let options = history::Options {
                zone: recording.zone.clone(),
                last_kept: recording.last_kept,
                retention: recording.retention,
            };
            let (house, store) = (handle.clone(), store.clone());
            let task = tokio::spawn(async move {
                history::run(house, &snapshot, subscription, store, options).await
            });
            let reason = match task.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(broken) => broken.to_string(),
            };
            metrics::counter!("consciousness_errors_total", "component" => "history", "kind" => "ended")
                .increment(1);
            tracing::error!(reason, ?pause, "history broke; it is started again");
            health.set(api::State::failed(
                format!("recording stopped: {reason}"),
                "it is started again by itself; look at the disk and at the log",
            ));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(60));
            health.set(api::State::ok());
        }
    })
}
