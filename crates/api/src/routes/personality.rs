//! How the house talks, and how much it begins to say by itself.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::Json;
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use model::Cause;

/// How the house talks. It changes words and initiative, never facts.
#[utoipa::path(get, path = "/api/settings/personality", tag = "conversation", operation_id = "getPersonality",
    responses((status = 200, body = wire::Personality), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(State(app): State<Shared>) -> axum::Json<wire::Personality> {
    axum::Json(app.house.conversation.household().personality().into())
}

/// Changes how the house talks. What is left out stays as it is.
#[utoipa::path(put, path = "/api/settings/personality", tag = "conversation", operation_id = "putPersonality",
    request_body = wire::PersonalityEdit,
    responses((status = 200, body = wire::Personality), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn put(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(edit): Json<wire::PersonalityEdit>,
) -> Result<axum::Json<wire::Personality>, ApiError> {
    let household = app.house.conversation.household();
    let changed = household
        .personality()
        .with(&edit.into())
        .map_err(|error| {
            ApiError::new(ErrorCode::InvalidBody, error.to_string()).expected(format!(
                "{}: one of {}",
                error.field,
                error.expected.join(", ")
            ))
        })?;
    let now = app.house.handle.clock().now().house;
    household
        .set_personality(changed, Cause::first(grant.who), now)
        .await?;
    Ok(axum::Json(changed.into()))
}
