//! Log lines and metrics of alerts.

use super::alert::Alert;
use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Describes this room's metrics.
pub fn describe() {
    describe_gauge!(
        "consciousness_alerts_active",
        "Alerts that are on, by severity."
    );
    describe_counter!(
        "consciousness_alerts_total",
        "Alerts that fired or were over, by source and state."
    );
    describe_counter!(
        "consciousness_alert_deliveries_total",
        "Calls of the webhooks of alert rules, by result."
    );
}

pub(super) fn turned(alert: &Alert) {
    let (source, state) = (alert.source.as_str(), alert.state());
    counter!("consciousness_alerts_total", "source" => source, "state" => state).increment(1);
    tracing::info!(
        alert = alert.name,
        severity = alert.body.severity.as_str(),
        state,
        "an alert changed"
    );
}

pub(super) fn active(counts: [(&'static str, f64); 3]) {
    for (severity, count) in counts {
        gauge!("consciousness_alerts_active", "severity" => severity).set(count);
    }
}

pub(super) fn delivered(alert: &str) {
    counter!("consciousness_alert_deliveries_total", "result" => "delivered").increment(1);
    tracing::debug!(alert, "a webhook was told of an alert");
}

pub(super) fn not_delivered(alert: &str, reason: &str, is_given_up: bool) {
    let result = if is_given_up { "given_up" } else { "failed" };
    counter!("consciousness_alert_deliveries_total", "result" => result).increment(1);
    tracing::warn!(
        alert,
        reason,
        is_given_up,
        "a webhook could not be told of an alert"
    );
}

pub(super) fn failed(reason: &str) {
    counter!("consciousness_errors_total", "component" => "alerts", "kind" => "not_judged")
        .increment(1);
    tracing::error!(
        reason,
        "alert rules could not be judged, they are tried again"
    );
}
