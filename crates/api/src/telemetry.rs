//! This room's log lines and counters.

use crate::health::{State, Status};
use crate::sweep::Kind;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What can go wrong in this room, as `consciousness_errors_total{component="api"}` has it.
pub(crate) const ERROR_KINDS: [&str; 4] = ["internal", "panic", "unavailable", "upstream"];

pub(crate) fn health_changed(name: &str, state: &State) {
    let (message, action) = (
        state.message.as_deref().unwrap_or_default(),
        state.action.as_deref().unwrap_or_default(),
    );
    match state.status {
        Status::Ok => tracing::info!(component = name, message, "health: well again"),
        Status::Degraded => {
            tracing::warn!(
                component = name,
                message,
                action,
                "health: works only in part"
            );
        }
        Status::Failed => tracing::error!(component = name, message, action, "health: failed"),
    }
}

/// Counts a served request under its route's template; the raw path is never a label.
pub(crate) fn served(method: &'static str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("consciousness_total_requests", &labels).increment(1);
    metrics::histogram!("consciousness_request_duration_seconds", &labels)
        .record(took.as_secs_f64());
}

/// One line a request for the access log: who, what, how it went. The path has no query: what stands
/// there may be private.
pub(crate) fn access(client: &str, request: &Served<'_>) {
    tracing::info!(
        target: "access",
        client,
        user = request.user,
        method = request.method,
        path = request.path,
        status = request.status,
        bytes = request.bytes,
        milliseconds = request.took.as_secs_f64() * 1_000.0,
        reference = request.reference,
    );
}

/// A request that was answered.
pub(crate) struct Served<'a> {
    /// The account; empty where there was none.
    pub(crate) user: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    /// The size of the answer before compression, where it was known beforehand.
    pub(crate) bytes: Option<u64>,
    pub(crate) took: Duration,
    pub(crate) reference: &'a str,
}

pub(crate) fn failed(kind: &'static str) {
    metrics::counter!("consciousness_errors_total", "component" => "api", "kind" => kind)
        .increment(1);
}

pub(crate) fn server_error(code: &str, message: &str, reference: &str) {
    tracing::error!(
        code,
        message,
        reference,
        "a request failed on the server's side"
    );
}

pub(crate) fn denied(code: &str, message: &str, peer: &str, reference: &str) {
    tracing::warn!(target: "security", code, message, peer, reference, "a request was denied");
}

/// A request was refused because more was asked than is allowed.
pub(crate) fn rate_limited(route: &str) {
    metrics::counter!("consciousness_rate_limited_total", "route" => route.to_owned()).increment(1);
}

pub(crate) fn panicked(what: &str) {
    failed("panic");
    tracing::error!(
        panic = what,
        "a handler panicked; only its own request failed"
    );
}

/// Somebody felt around on this server.
pub(crate) fn swept(kind: Kind) {
    metrics::counter!("consciousness_network_scan_attempts_total", "kind" => kind.as_str())
        .increment(1);
}

/// A look at what the server needs could not be kept.
pub(crate) fn capacity_not_kept(error: &store::StoreError) {
    tracing::warn!(%error, "what the server needs could not be kept; it is tried again");
}

/// A WebSocket opened (+1) or closed (-1).
pub(crate) fn sockets(change: f64) {
    metrics::gauge!("consciousness_active_sessions", "transport" => "websocket").increment(change);
}

pub(crate) fn live_dropped(count: u64) {
    metrics::counter!("consciousness_live_messages_dropped_total", "listener" => "socket")
        .increment(count);
}

pub(crate) fn accept_failed(error: &std::io::Error) {
    failed("unavailable");
    tracing::error!(%error, "a connection could not be accepted; trying again shortly");
}

/// A connection gave up its place to another; said at most once a minute.
pub(crate) fn crowded(most: usize) {
    static SAID: Mutex<Option<Instant>> = Mutex::new(None);
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.is_none_or(|at| at.elapsed() >= Duration::from_secs(60)) {
        *said = Some(Instant::now());
        tracing::warn!(
            most,
            "all connections are taken: those that ask nothing give up their places to others"
        );
    }
}

pub(crate) fn drained(clean: bool) {
    if clean {
        tracing::info!("the API has shut down");
    } else {
        tracing::warn!("requests in flight did not finish in time and were cut off");
    }
}

/// A program asked something over MCP.
pub(crate) fn mcp(method: &'static str, went_well: bool) {
    let result = if went_well { "ok" } else { "failed" };
    metrics::counter!("consciousness_mcp_requests_total", "method" => method, "result" => result)
        .increment(1);
}
