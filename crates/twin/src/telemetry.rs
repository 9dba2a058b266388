//! This room's log lines and metrics.

use model::{Wish, WishState};

pub(crate) fn listener_fell_behind(name: &'static str) {
    tracing::warn!(
        listener = name,
        "a listener fell behind; what it misses will be named to it"
    );
}

pub(crate) fn events_missed(name: &'static str, count: usize) {
    metrics::counter!("consciousness_live_messages_dropped_total", "listener" => name)
        .increment(count as u64);
}

pub(crate) fn wish_ended(protocol: &str, wish: &Wish) {
    let result = match wish.state {
        WishState::Pending => return,
        ended => ended.as_str(),
    };
    metrics::counter!(
        "consciousness_device_commands_total",
        "protocol" => protocol.to_owned(),
        "result" => result,
    )
    .increment(1);
    if !matches!(wish.state, WishState::Reached | WishState::Superseded) {
        tracing::warn!(
            wish = %wish.id, device = %wish.device, capability = %wish.capability, result,
            note = wish.note.as_deref().unwrap_or_default(),
            "a device command failed"
        );
    }
}

pub(crate) fn settled(protocol: &str, seconds: f64) {
    metrics::histogram!("consciousness_twin_sync_seconds", "protocol" => protocol.to_owned())
        .record(seconds);
}

pub(crate) fn report_refused(driver: &str, native_id: &str, reason: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "device", "kind" => "bad_report")
        .increment(1);
    tracing::debug!(
        driver,
        native_id,
        reason,
        "a device reported what cannot be right"
    );
}

pub(crate) fn device_found(driver: &str, name: &str, adopted: bool) {
    metrics::counter!("consciousness_devices_discovered_total", "protocol" => driver.to_owned())
        .increment(1);
    tracing::info!(driver, name, adopted, "discovery: found a device");
}

pub(crate) fn searched(part: &model::ProtocolScan) {
    let result = part.status.as_str();
    let protocol = part.protocol.clone();
    metrics::counter!("consciousness_discovery_scans_total", "protocol" => protocol.clone(), "result" => result)
        .increment(1);
    if part.status.success().is_some() {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of half a minute")]
        let seconds = part.duration_ms as f64 / 1_000.0;
        metrics::histogram!("consciousness_discovery_duration_seconds", "protocol" => protocol.clone())
            .record(seconds);
    }
    let (found, error) = (part.found, part.error.as_deref().unwrap_or_default());
    if part.status.success() == Some(false) {
        tracing::warn!(protocol, result, error, "discovery: a search failed");
    } else {
        tracing::info!(protocol, result, found, "discovery: searched");
    }
}

pub(crate) fn inbox_full() {
    metrics::counter!("consciousness_errors_total", "component" => "discovery", "kind" => "inbox_full")
        .increment(1);
}

pub(crate) fn too_many_sightings(name: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "discovery", "kind" => "too_many_sightings")
        .increment(1);
    tracing::debug!(name, "a thing is seen in too many ways; one is left out");
}

pub(crate) fn twins(name: &str, other: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "discovery", "kind" => "same_identity")
        .increment(1);
    tracing::warn!(name, other, "two things claim one identity");
}

pub(crate) fn flooding(driver: &str, native_id: &str, dropped: u64) {
    metrics::counter!("consciousness_errors_total", "component" => "device", "kind" => "flood")
        .increment(1);
    tracing::warn!(
        driver,
        native_id,
        dropped,
        "a device sends more than the house can use"
    );
}

pub(crate) fn refused(refusal: &crate::Refusal, who: &str) {
    let (code, reason) = (refusal.code.as_str(), &refusal.message);
    let constraint = refusal.constraint.as_deref();
    if let Some(constraint) = constraint {
        metrics::counter!("consciousness_constraint_refusals_total", "constraint" => constraint.to_owned())
            .increment(1);
    }
    tracing::info!(
        code,
        reason,
        who,
        constraint,
        "a request was denied at the door"
    );
}

pub(crate) fn not_kept(error: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "database", "kind" => "not_kept")
        .increment(1);
    tracing::error!(error, "what was asked could not be kept; it was refused");
}

/// What people had switched off could not be read: what the settings say applies.
pub(crate) fn features_unreadable(error: &serde_json::Error) {
    tracing::warn!(
        %error,
        "what was switched off or on cannot be read; what the settings say applies"
    );
}
