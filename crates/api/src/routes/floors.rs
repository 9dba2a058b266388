//! Floors: list, add, get, edit, remove.

use super::devices::short;
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Request, RequestBody};
use serde::Serialize;
use twin::{Answer, Snapshot};
use utoipa::ToSchema;

/// All floors.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FloorList {
    /// The floors, oldest first.
    floors: Vec<wire::Floor>,
}

/// The floors; there are never more than one page of them.
#[utoipa::path(get, path = "/api/floors", tag = "floors", operation_id = "listFloors",
    responses((status = 200, body = FloorList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<FloorList> {
    let snapshot = app.house.handle.snapshot();
    let floors = snapshot
        .floors
        .values()
        .map(|floor| (&**floor).into())
        .collect();
    axum::Json(FloorList { floors })
}

/// Adds a floor. It needs a name.
#[utoipa::path(post, path = "/api/floors", tag = "floors", operation_id = "addFloor", request_body = wire::FloorEdit,
    responses((status = 201, body = wire::Floor), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(edit): Json<wire::FloorEdit>,
) -> Result<(StatusCode, axum::Json<wire::Floor>), ApiError> {
    if !matches!(edit.name, wire::Patch::Value(_)) {
        return Err(ApiError::new(ErrorCode::InvalidBody, "name is missing").expected("a name"));
    }
    let body = RequestBody::PutFloor {
        floor: None,
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer).map(|floor| (StatusCode::CREATED, floor))
}

/// One floor.
#[utoipa::path(get, path = "/api/floors/{floor}", tag = "floors", operation_id = "getFloor",
    params(("floor" = String, Path, description = "id or slug")),
    responses((status = 200, body = wire::Floor), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(floor): Path<String>,
) -> Result<axum::Json<wire::Floor>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(find(&floor, &snapshot)?.into()))
}

/// Edits a floor: what is left out stays, null clears.
#[utoipa::path(patch, path = "/api/floors/{floor}", tag = "floors", operation_id = "editFloor",
    params(("floor" = String, Path, description = "id or slug")), request_body = wire::FloorEdit,
    responses((status = 200, body = wire::Floor), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(floor): Path<String>,
    Json(edit): Json<wire::FloorEdit>,
) -> Result<axum::Json<wire::Floor>, ApiError> {
    let body = RequestBody::PutFloor {
        floor: Some(floor.into()),
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer)
}

/// Removes a floor; its areas stay, without a floor.
#[utoipa::path(delete, path = "/api/floors/{floor}", tag = "floors", operation_id = "removeFloor",
    params(("floor" = String, Path, description = "id or slug")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(floor): Path<String>,
) -> Result<StatusCode, ApiError> {
    let body = RequestBody::RemoveFloor {
        floor: floor.into(),
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The floor that an answer is about, as it is now.
fn shown(app: &Shared, answer: &Answer) -> Result<axum::Json<wire::Floor>, ApiError> {
    let Answer::Floor(id) = answer else {
        return Err(ApiError::new(
            ErrorCode::Internal,
            format!("a floor was answered with {answer:?}"),
        ));
    };
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(find(&id.to_string(), &snapshot)?.into()))
}

fn find<'a>(floor: &str, snapshot: &'a Snapshot) -> Result<&'a model::Floor, ApiError> {
    snapshot.floor(floor).map(|found| &**found).ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnknownFloor,
            format!("no floor is called `{}`", short(floor)),
        )
        .expected("an id or slug of a floor")
    })
}
