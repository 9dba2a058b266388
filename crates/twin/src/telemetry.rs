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

pub(crate) fn refused(code: &'static str, reason: &str, who: &str) {
    tracing::info!(code, reason, who, "a request was denied at the door");
}

pub(crate) fn not_kept(error: &str) {
    metrics::counter!("consciousness_errors_total", "component" => "database", "kind" => "not_kept")
        .increment(1);
    tracing::error!(error, "what was asked could not be kept; it was refused");
}
