//! This room's log lines and metrics.

use crate::event::{EventKind, SecurityEvent, Severity};

/// What can become of a sign-in.
const RESULTS: [&str; 3] = ["succeeded", "failed", "denied"];

/// Why one fails.
const REASONS: [&str; 8] = [
    "wrong_password",
    "wrong_code",
    "locked_out",
    "busy",
    "bad_token",
    "refresh_reused",
    "bad_code",
    "code_reused",
];

/// What programs do to get access.
const STEPS: [&str; 5] = ["register", "authorize", "exchange", "refresh", "revoke"];

/// Puts the families there from the start, with what they mean.
pub fn describe() {
    metrics::describe_counter!(
        "consciousness_security_events_total",
        "Events that concern the security of the house, by kind and severity."
    );
    metrics::describe_counter!(
        "consciousness_auth_attempts_total",
        "Sign-ins that were tried, by result."
    );
    metrics::describe_counter!(
        "consciousness_auth_failures_total",
        "Sign-ins and credentials that failed, by reason."
    );
    metrics::describe_counter!(
        "consciousness_oauth_total",
        "Steps of programs towards access (OAuth), by step and result."
    );
    for kind in EventKind::ALL {
        count(*kind, 0);
    }
    for step in STEPS {
        for result in ["done", "refused"] {
            metrics::counter!("consciousness_oauth_total", "step" => step, "result" => result)
                .absolute(0);
        }
    }
    for result in RESULTS {
        metrics::counter!("consciousness_auth_attempts_total", "result" => result).absolute(0);
    }
    for reason in REASONS {
        metrics::counter!("consciousness_auth_failures_total", "reason" => reason).absolute(0);
    }
}

fn count(kind: EventKind, by: u64) {
    metrics::counter!(
        "consciousness_security_events_total",
        "kind" => kind.name(), "severity" => kind.severity().name()
    )
    .increment(by);
}

/// One line an event, which `grep -i "failed\|denied"` finds where it is one.
pub(crate) fn event(event: &SecurityEvent) {
    count(event.kind, 1);
    let (kind, user, address, reason) =
        (event.kind.name(), &event.who, &event.address, &event.detail);
    let says = event.kind.says();
    match event.kind.severity() {
        Severity::Info => {
            tracing::info!(target: "security", kind, user, address, reason, "{says}");
        }
        Severity::Warning => {
            tracing::warn!(target: "security", kind, user, address, reason, "{says}");
        }
        Severity::Critical => {
            tracing::error!(target: "security", kind, user, address, reason, "{says}");
        }
    }
}

pub(crate) fn attempt(result: &'static str) {
    metrics::counter!("consciousness_auth_attempts_total", "result" => result).increment(1);
}

pub(crate) fn failure(reason: &'static str) {
    metrics::counter!("consciousness_auth_failures_total", "reason" => reason).increment(1);
}

/// A program took a step towards access, or was refused one.
pub(crate) fn oauth(step: &'static str, is_done: bool) {
    let result = if is_done { "done" } else { "refused" };
    metrics::counter!("consciousness_oauth_total", "step" => step, "result" => result).increment(1);
}

/// How many are signed in.
pub(crate) fn sessions(browsers: usize, programs: usize) {
    for (transport, count) in [("browser", browsers), ("program", programs)] {
        metrics::gauge!("consciousness_active_sessions", "transport" => transport)
            .set(count as f64);
    }
}

pub(crate) fn not_kept(error: &store::StoreError) {
    tracing::error!(target: "security", %error, "a security event could not be kept");
}
