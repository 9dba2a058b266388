//! How the house fits on its machine: growth, pace, and what is used now.

use crate::capacity;
use crate::error::ApiError;
use crate::metrics::{self, reading};
use crate::state::Shared;
use crate::wire::{self, NamedPace, Pace, RoutePace};
use axum::extract::State;
use std::cmp::Reverse;

/// How fast what the house needs grows, when its disk is full, and the signs that it has outgrown its
/// machine. From daily samples; a trend needs seven days.
#[utoipa::path(get, path = "/api/capacity", tag = "service", operation_id = "getCapacity",
    responses((status = 200, body = wire::Capacity), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn capacity(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::Capacity>, ApiError> {
    let today = capacity::today();
    let days = app
        .house
        .store
        .capacity_days(today - capacity::DAYS)
        .await?;
    Ok(axum::Json(capacity::report(&days, today)))
}

/// How quick the server is, since it started: requests by route, the database, the conversation, searches,
/// devices.
#[utoipa::path(get, path = "/api/performance", tag = "service", operation_id = "getPerformance",
    responses((status = 200, body = wire::Performance), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn performance(State(app): State<Shared>) -> axum::Json<wire::Performance> {
    let text = app.house.metrics.render();
    const REQUESTS: &str = "consciousness_request_duration_seconds";
    let all = reading::histograms(&text, REQUESTS, &[]);
    let requests = all.values().next().map(pace).unwrap_or_default();
    let by_route = reading::histograms(&text, REQUESTS, &["method", "route"]);
    let by_status = reading::histograms(&text, REQUESTS, &["method", "route", "status"]);
    let mut routes: Vec<RoutePace> = by_route
        .iter()
        .filter(|(_, histogram)| histogram.count > 0.0)
        .map(|(key, histogram)| RoutePace {
            method: key[0].clone(),
            route: key[1].clone(),
            errors: by_status
                .iter()
                .filter(|(whose, _)| whose[..2] == key[..] && whose[2].starts_with('5'))
                .map(|(_, histogram)| whole(histogram.count))
                .sum(),
            pace: pace(histogram),
        })
        .collect();
    routes.sort_by_key(|route| Reverse(route.pace.count));
    let named = |family: &str, label: &str| -> Vec<NamedPace> {
        reading::histograms(&text, family, &[label])
            .iter()
            .map(|(key, histogram)| NamedPace {
                name: key[0].clone(),
                pace: pace(histogram),
            })
            .collect()
    };
    axum::Json(wire::Performance {
        since: metrics::start_time_seconds().and_then(started),
        requests,
        routes,
        database: named("consciousness_database_query_duration_seconds", "op"),
        conversation: named("consciousness_ai_response_time", "engine"),
        discovery: named("consciousness_discovery_duration_seconds", "protocol"),
        devices: named("consciousness_twin_sync_seconds", "protocol"),
    })
}

/// What the server uses now: memory, processor, disk, files.
#[utoipa::path(get, path = "/api/resources", tag = "service", operation_id = "getResources",
    responses((status = 200, body = wire::Resources), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn resources(State(app): State<Shared>) -> axum::Json<wire::Resources> {
    let disk = metrics::disk(&app.scraper.folder);
    axum::Json(wire::Resources {
        uptime_seconds: app.started.elapsed().as_secs_f64(),
        memory_bytes: metrics::resident_bytes(),
        memory_limit_bytes: metrics::memory_limit_bytes(),
        cpu_seconds: metrics::cpu_seconds(),
        processors: std::thread::available_parallelism().ok().map(usize::from),
        load_1m: metrics::load(),
        threads: metrics::threads(),
        open_files: metrics::open_files(),
        database_bytes: app.house.store.size_bytes(),
        disk_free_bytes: disk.map(|(free, _)| free),
        disk_size_bytes: disk.map(|(_, size)| size),
    })
}

fn pace(histogram: &reading::Histogram) -> Pace {
    let milliseconds = |seconds: Option<f64>| seconds.map(|it| (it * 1e6).round() / 1e3);
    Pace {
        count: whole(histogram.count),
        mean_ms: milliseconds(histogram.mean()),
        p50_ms: milliseconds(histogram.quantile(0.5)),
        p95_ms: milliseconds(histogram.quantile(0.95)),
        p99_ms: milliseconds(histogram.quantile(0.99)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count"
)]
fn whole(count: f64) -> u64 {
    count.max(0.0).round() as u64
}

#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn started(seconds: f64) -> Option<wire::At> {
    let at = model::Timestamp::from_second(seconds as i64).ok()?;
    Some(at.into())
}
