//! Health and metrics.

use crate::envelope::Answered;
use crate::health::{Status, drivers};
use crate::metrics::Kept;
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Timestamp;
use std::time::Duration;

/// How long a scrape waits for the database; without it the rest is told all the same.
const KEPT_WITHIN: Duration = Duration::from_secs(1);

/// Whether the service can work. Open to everybody; reads what is known already, so that it answers
/// in any case.
#[utoipa::path(get, path = "/health", tag = "service", operation_id = "getHealth",
    responses((status = 200, body = wire::Health, description = "It works, perhaps in part."),
        (status = 503, body = wire::Health, description = "It cannot work.")))]
pub(crate) async fn health(State(app): State<Shared>) -> Response {
    let status = app.house.health.status();
    answer(
        status,
        wire::Health {
            status,
            version: app.house.about.version.clone(),
            uptime_seconds: uptime(&app),
            time: Timestamp::now().into(),
        },
    )
}

/// Whether the service can work, part by part. Asks every part now, each within its time.
#[utoipa::path(get, path = "/health/detailed", tag = "service", operation_id = "getHealthDetailed",
    responses((status = 200, body = wire::HealthDetails, description = "It works, perhaps in part."),
        (status = 503, body = wire::HealthDetails, description = "It cannot work."),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn detailed(State(app): State<Shared>) -> Response {
    let board = &app.house.health;
    drivers(board, &app.house.handle.snapshot());
    board.check().await;
    let status = board.status();
    answer(
        status,
        wire::HealthDetails {
            status,
            version: app.house.about.version.clone(),
            uptime_seconds: uptime(&app),
            time: Timestamp::now().into(),
            components: board.components().into_iter().map(Into::into).collect(),
        },
    )
}

/// Metrics in Prometheus' text format 0.0.4.
#[utoipa::path(get, path = "/metrics", tag = "service", operation_id = "getMetrics",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn metrics(State(app): State<Shared>) -> Response {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge; databases stay below 2^53 bytes"
    )]
    let size = app.house.store.size_bytes() as f64;
    // Set at the scrape, so that it is what `stat` says at that time.
    metrics::gauge!("consciousness_database_size_bytes", "db" => "sqlite").set(size);
    let counted = app.house.metrics.render();
    let snapshot = app.house.handle.snapshot();
    let store = &app.house.store;
    let (rates, interviews) = tokio::join!(
        tokio::time::timeout(KEPT_WITHIN, store.search_rates(Timestamp::MIN)),
        tokio::time::timeout(KEPT_WITHIN, store.interview_counts()),
    );
    let kept = Kept {
        rates: rates.ok().and_then(Result::ok),
        interviews: interviews.ok().and_then(Result::ok),
    };
    let (board, about) = (&app.house.health, &app.house.about);
    let facts = app.scraper.facts(&snapshot, &kept, board, about);
    const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
    let tokens = tokens(&app.house.auth.tokens(None));
    ([(header::CONTENT_TYPE, TYPE)], counted + &facts + &tokens).into_response()
}

/// When each long-lived token was made: one that is old should be made anew.
fn tokens(tokens: &[auth::Token]) -> String {
    const NAME: &str = "consciousness_token_created_timestamp_seconds";
    let mut text = format!(
        "# HELP {NAME} When each long-lived token was made, by its name.\n# TYPE {NAME} gauge\n"
    );
    for token in tokens {
        // A token's name is of letters, digits and little else.
        let line = format!(
            "{NAME}{{name=\"{}\"}} {}\n",
            token.name,
            token.made.as_second()
        );
        text.push_str(&line);
    }
    text
}

fn answer(status: Status, body: impl serde::Serialize) -> Response {
    let code = match status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Failed => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = (code, axum::Json(body)).into_response();
    response.extensions_mut().insert(Answered);
    response
}

fn uptime(app: &App) -> f64 {
    app.started.elapsed().as_secs_f64()
}
