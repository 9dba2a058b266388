//! The second factor of one's own account.

use super::auth::by_session;
use crate::access::{Access, Visitor};
use crate::error::ApiError;
use crate::extract::Json;
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;

/// Begins a second factor: a secret for an app (RFC 6238), and recovery codes. It holds once a first code
/// was sent.
#[utoipa::path(post, path = "/api/auth/totp", tag = "accounts", operation_id = "beginSecondFactor", request_body = wire::Proof,
    responses((status = 200, body = wire::SecondFactor), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn begin(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(proof): Json<wire::Proof>,
) -> Result<axum::Json<wire::SecondFactor>, ApiError> {
    let account = by_session(&me)?;
    let auth = &app.house.auth;
    auth.prove(account, &proof.password, &access.client())
        .await?;
    let (enrolment, ticket) = auth.begin_second(account)?;
    Ok(axum::Json(wire::SecondFactor {
        secret: enrolment.secret,
        otpauth: enrolment.address,
        recovery_codes: enrolment.recovery,
        ticket,
    }))
}

/// Switches the second factor on, with a first code that shows that the app has the secret.
#[utoipa::path(put, path = "/api/auth/totp", tag = "accounts", operation_id = "confirmSecondFactor", request_body = wire::SecondFactorCode,
    responses((status = 204, description = "It is on."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn confirm(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(first): Json<wire::SecondFactorCode>,
) -> Result<StatusCode, ApiError> {
    let account = by_session(&me)?;
    app.house
        .auth
        .confirm_second(account, &first.ticket, &first.code, &access.client(), &me)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches the second factor off.
#[utoipa::path(delete, path = "/api/auth/totp", tag = "accounts", operation_id = "removeSecondFactor", request_body = wire::Proof,
    responses((status = 204, description = "It is off."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(proof): Json<wire::Proof>,
) -> Result<StatusCode, ApiError> {
    let account = by_session(&me)?;
    let (auth, client) = (&app.house.auth, access.client());
    auth.prove(account, &proof.password, &client).await?;
    auth.drop_second(account, &me, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
