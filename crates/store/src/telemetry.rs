//! This room's log lines and metrics.

use crate::StoreError;
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A query that takes longer is counted and named.
pub const SLOW: Duration = Duration::from_millis(100);

/// The operations that are measured, as the label `op` has them.
const OPS: &[&str] = &[
    "keep",
    "record",
    "load",
    "read",
    "statistics",
    "retention",
    "compact",
    "probe",
];

/// Publishes every series at zero, so that rates and “nothing happened” look right from the start.
pub fn describe() {
    metrics::describe_gauge!("consciousness_database_up", "1 while the database answers");
    metrics::describe_gauge!(
        "consciousness_database_size_bytes",
        metrics::Unit::Bytes,
        "Size of the database and its write-ahead log"
    );
    metrics::describe_histogram!(
        "consciousness_database_query_duration_seconds",
        metrics::Unit::Seconds,
        "How long the database took, by operation"
    );
    metrics::describe_counter!(
        "consciousness_database_slow_queries_total",
        "Queries that took longer than 100 ms"
    );
    for op in OPS {
        metrics::counter!("consciousness_database_slow_queries_total", "op" => *op).absolute(0);
    }
    for kind in StoreError::KINDS {
        metrics::counter!("consciousness_errors_total", "component" => "database", "kind" => *kind)
            .absolute(0);
    }
}

/// Runs a query and measures it.
pub(crate) async fn timed<T>(
    op: &'static str,
    query: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let result = query.await;
    took(op, started.elapsed());
    if let Err(error) = &result {
        failed(error);
    }
    result
}

/// Counts how long an operation took.
pub(crate) fn took(op: &'static str, duration: Duration) {
    metrics::histogram!("consciousness_database_query_duration_seconds", "op" => op)
        .record(duration.as_secs_f64());
    if duration > SLOW {
        metrics::counter!("consciousness_database_slow_queries_total", "op" => op).increment(1);
        tracing::warn!(
            op,
            milliseconds = duration.as_millis(),
            "a database query was slow"
        );
    }
}

/// Counts an error.
pub(crate) fn failed(error: &StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "database", "kind" => error.kind())
        .increment(1);
}

pub(crate) fn up(is_up: bool) {
    metrics::gauge!("consciousness_database_up").set(f64::from(u8::from(is_up)));
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge; databases stay below 2^53 bytes"
)]
pub(crate) fn size(bytes: u64) {
    metrics::gauge!("consciousness_database_size_bytes", "db" => "sqlite").set(bytes as f64);
}

pub(crate) fn created(path: &Path) {
    tracing::warn!(path = %path.display(), "the database was missing: a new one was created");
}

pub(crate) fn set_aside(path: &Path, aside: &Path, error: &StoreError) {
    tracing::error!(
        path = %path.display(), kept_as = %aside.display(), %error,
        "the database was damaged: it was kept aside and a new one was created; restore a backup \
         if there is one"
    );
}

pub(crate) fn busy(op: &'static str, attempt: u32) {
    tracing::warn!(
        op,
        attempt,
        "another program holds the database; trying again"
    );
}

pub(crate) fn unreadable(what: &str, id: &str, error: &dyn std::fmt::Display) {
    tracing::warn!(what, id, %error, "something that was kept does not read back and is left out");
}

/// Chunks that were told of already, so that one that is asked for each second fills no log.
static TOLD: Mutex<BTreeSet<i64>> = Mutex::new(BTreeSet::new());

/// How many of them are remembered.
const REMEMBERED: usize = 1_000;

pub(crate) fn damaged_chunk(id: i64, error: &dyn std::fmt::Display) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < REMEMBERED && told.insert(id) {
        tracing::error!(
            chunk = id, %error,
            "a chunk of the history does not read back; it is told as not known. Check the disk"
        );
    }
    failed(&StoreError::Damaged(String::new()));
}

pub(crate) fn opened(path: &Path, epoch: u64, clean: bool) {
    tracing::info!(path = %path.display(), epoch, clean, "the house was loaded");
}
