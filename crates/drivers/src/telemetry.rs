//! Log lines and metrics of drivers. Messages are stable: the operator's guide indexes them.

use metrics::counter;
use std::net::IpAddr;

/// Counts an error of a driver; the family is shared by the whole product.
fn error(kind: &'static str) {
    counter!("consciousness_errors_total", "component" => "driver", "kind" => kind).increment(1);
}

/// A driver panicked and will be started again.
pub(crate) fn panicked(driver: &str, reason: &str, again_ms: u128) {
    error("panic");
    tracing::error!(
        driver,
        reason,
        again_ms,
        "driver panicked, starting it again"
    );
}

/// A driver failed and will be started again.
pub(crate) fn failed(driver: &str, reason: &str, again_ms: u128) {
    error("error");
    tracing::error!(driver, reason, again_ms, "driver failed, starting it again");
}

/// A driver started.
pub(crate) fn started(driver: &str) {
    tracing::info!(driver, "driver started");
}

/// A driver ends and starts with what it is made from now.
pub(crate) fn anew(driver: &str) {
    tracing::info!(driver, "driver begins anew: its credentials changed");
}

/// A driver stopped on purpose.
pub(crate) fn stopped(driver: &str) {
    tracing::info!(driver, "driver stopped");
}

/// A driver did not end when told to.
pub(crate) fn stuck(driver: &str) {
    error("stuck");
    tracing::error!(driver, "driver did not stop in time and was cut off");
}

/// An order could not be given to its driver.
pub(crate) fn refused(driver: &str, reason: &str) {
    error("refused");
    tracing::warn!(driver, reason, "driver cannot take an order");
}

/// Answers of a driver that is down were lost because the house did not take them.
pub(crate) fn answers_lost(count: usize) {
    error("answers_lost");
    tracing::error!(
        count,
        "driver answers were lost because the house did not take them"
    );
}

/// A message from outside could not be used.
pub(crate) fn bad_message(driver: &str, device: &str, topic: &str, fault: &str, is_first: bool) {
    error("bad_message");
    if is_first {
        tracing::warn!(
            driver,
            device,
            topic,
            fault,
            "device sent what cannot be used"
        );
    } else {
        tracing::debug!(
            driver,
            device,
            topic,
            fault,
            "device sent what cannot be used, again"
        );
    }
}

/// A device sends more than its share.
pub(crate) fn flooding(driver: &'static str, device: &str, dropped: u64, is_first: bool) {
    counter!("consciousness_driver_dropped_total", "driver" => driver).increment(dropped);
    if is_first {
        tracing::warn!(
            driver,
            device,
            dropped,
            "device floods, only its latest values are kept"
        );
    } else {
        tracing::debug!(driver, device, dropped, "device floods");
    }
}

/// Messages from outside, by driver.
pub(crate) fn received(driver: &'static str, messages: u64) {
    counter!("consciousness_driver_messages_total", "driver" => driver).increment(messages);
}

/// A driver's peer was reached.
pub(crate) fn connected(driver: &str, peer: &str) {
    tracing::info!(driver, peer, "driver connected");
}

/// A driver's peer was lost, or cannot be reached.
pub(crate) fn disconnected(driver: &str, peer: &str, reason: &str, is_first: bool) {
    error("disconnected");
    if is_first {
        tracing::warn!(driver, peer, reason, "driver lost its peer, trying again");
    } else {
        tracing::debug!(driver, peer, reason, "driver cannot reach its peer yet");
    }
}

/// A sender on the network sends more than its share.
pub(crate) fn loud(driver: &'static str, sender: IpAddr, dropped: u64, is_first: bool) {
    counter!("consciousness_driver_dropped_total", "driver" => driver).increment(dropped);
    if is_first {
        tracing::warn!(
            driver,
            %sender,
            dropped,
            "sender floods, only a part of what it says is looked at"
        );
    } else {
        tracing::debug!(driver, %sender, dropped, "sender floods");
    }
}

/// A sender on the network claims more things than it may.
pub(crate) fn too_many_things(driver: &'static str, sender: IpAddr, refused: u64, is_first: bool) {
    counter!("consciousness_driver_dropped_total", "driver" => driver).increment(refused);
    if is_first {
        tracing::warn!(
            driver,
            %sender,
            refused,
            "sender announces more things than are taken from one"
        );
    } else {
        tracing::debug!(driver, %sender, refused, "sender announces too many things");
    }
}

/// The network interfaces that are searched have changed.
pub(crate) fn searches_on(driver: &str, interfaces: &str) {
    tracing::info!(driver, interfaces, "network interfaces that are searched");
}

/// What a hub has and is not mirrored, with how much of it.
pub(crate) fn left_out(driver: &str, what: &str) {
    tracing::info!(driver, what, "entities of the hub are not mirrored");
}
