//! What the house was set up as, at any time since that is kept.

use crate::error::{ApiError, ErrorCode};
use crate::extract::{Query, page_limit};
use crate::state::Shared;
use crate::wire::{self, At};
use axum::extract::State;
use model::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

/// A moment.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Moment {
    /// The moment, in house time; now where it is left out.
    at: Option<At>,
}

/// A stretch of time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Not before this.
    from: Option<At>,
    /// Not after this; now where it is left out.
    to: Option<At>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<i64>,
}

/// What the house was set up as at a moment: its floors, areas, people, devices, constraints and settings.
/// Before `began` it is not known, and `known` is false.
#[utoipa::path(get, path = "/api/configuration", tag = "house", operation_id = "getConfiguration", params(Moment),
    responses((status = 200, body = wire::Configuration), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn at(
    State(app): State<Shared>,
    Query(query): Query<Moment>,
) -> Result<axum::Json<wire::Configuration>, ApiError> {
    let now = app.house.handle.clock().now().house;
    let at = query.at.map_or(now, |at| at.0);
    if at > now {
        let wrong = format!("at is {at}, and that is yet to come");
        return Err(ApiError::new(ErrorCode::InvalidQuery, wrong).expected("a time that is over"));
    }
    let found = history::configuration(&app.house.store, at).await?;
    Ok(axum::Json(wire::Configuration::of(at, found)))
}

/// What changed of it, the newest first, each with who did it.
#[utoipa::path(get, path = "/api/configuration/changes", tag = "house", operation_id = "listConfigurationChanges",
    params(ChangeQuery),
    responses((status = 200, body = wire::ConfigurationChanges), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn changes(
    State(app): State<Shared>,
    Query(query): Query<ChangeQuery>,
) -> Result<axum::Json<wire::ConfigurationChanges>, ApiError> {
    let limit = page_limit(query.limit)?;
    let now = app.house.handle.clock().now().house;
    let from = query.from.map_or(Timestamp::MIN, |at| at.0);
    let to = query.to.map_or(now, |at| at.0);
    if from > to {
        let wrong = format!("from is {from}, and to is {to}");
        return Err(ApiError::new(ErrorCode::InvalidQuery, wrong).expected("from before to"));
    }
    let store = &app.house.store;
    let began = store.configuration_began().await?;
    let (found, next) =
        history::configuration_changes(store, (from, to), query.cursor, limit).await?;
    Ok(axum::Json(wire::ConfigurationChanges {
        began: At(began),
        next,
        changes: found.into_iter().map(Into::into).collect(),
    }))
}
