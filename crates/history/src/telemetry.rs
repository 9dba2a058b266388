//! This room's log lines and metrics.

use store::{Gap, GapReason, StoreError};

/// Publishes every series at zero.
pub fn describe() {
    metrics::describe_counter!(
        "consciousness_history_rows_total",
        "Rows that history has written"
    );
    metrics::describe_counter!(
        "consciousness_history_gaps_total",
        "Gaps in what was recorded, by reason"
    );
    metrics::describe_gauge!(
        "consciousness_history_backlog_rows",
        "Rows that wait to be written"
    );
    metrics::counter!("consciousness_history_rows_total").absolute(0);
    metrics::gauge!("consciousness_history_backlog_rows").set(0.0);
    for reason in GapReason::ALL {
        metrics::counter!("consciousness_history_gaps_total", "reason" => reason.as_str())
            .absolute(0);
    }
}

pub(crate) fn written(rows: usize, gaps: &[Gap]) {
    metrics::counter!("consciousness_history_rows_total").increment(rows as u64);
    for gap in gaps {
        metrics::counter!("consciousness_history_gaps_total", "reason" => gap.reason.as_str())
            .increment(1);
        if gap.reason != GapReason::NotRunning {
            tracing::warn!(
                from = %gap.from, to = %gap.to, reason = gap.reason.as_str(), detail = gap.detail,
                "history has a gap"
            );
        }
    }
}

pub(crate) fn not_written(error: &StoreError, rows: usize, wait: std::time::Duration) {
    metrics::counter!("consciousness_errors_total", "component" => "history", "kind" => error.kind())
        .increment(1);
    tracing::warn!(
        %error, rows, seconds = wait.as_secs(),
        "history could not be written; it is kept in memory and tried again"
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge; the backlog is bounded"
)]
pub(crate) fn backlog(rows: usize) {
    metrics::gauge!("consciousness_history_backlog_rows").set(rows as f64);
}

pub(crate) fn housekeeping_failed(what: &'static str, error: &StoreError) {
    metrics::counter!("consciousness_errors_total", "component" => "history", "kind" => error.kind())
        .increment(1);
    tracing::warn!(what, %error, "history's housekeeping failed; it is tried again");
}

pub(crate) fn ended(error: &StoreError) {
    tracing::error!(%error, "history stops recording");
}
