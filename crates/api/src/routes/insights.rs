//! What the past says of energy, security and comfort.

use super::devices::short;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Path, Query};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use mind::insights::{DAYS, MOST_DAYS, Topic};
use serde::Deserialize;
use utoipa::IntoParams;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Back {
    /// Local days, today as one of them: 1 to 90, 7 where it is left out.
    days: Option<u32>,
}

/// What the past says of a topic: figures, each with the rows behind it; null where nothing is known.
#[utoipa::path(get, path = "/api/insights/{topic}", tag = "insights", operation_id = "getInsight",
    params(("topic" = String, Path, description = "energy, security or comfort"), Back),
    responses((status = 200, body = wire::Insight), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn ask(
    State(app): State<Shared>,
    Path(topic): Path<String>,
    Query(back): Query<Back>,
) -> Result<axum::Json<wire::Insight>, ApiError> {
    let topic = Topic::parse(&topic).ok_or_else(|| {
        let wrong = format!("nothing is said of `{}`", short(&topic));
        ApiError::new(ErrorCode::InvalidPath, wrong).expected("energy, security or comfort")
    })?;
    let days = back.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        let wrong = format!("days is {days}");
        return Err(
            ApiError::new(ErrorCode::InvalidQuery, wrong).expected(format!("1 to {MOST_DAYS}"))
        );
    }
    let insight = app.house.insights.ask(topic, days).await?;
    Ok(axum::Json(wire::Insight::of(
        insight,
        &app.house.handle.snapshot(),
    )))
}
