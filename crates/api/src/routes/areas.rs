//! Areas: list, add, get, edit, remove.

use super::devices::short;
use crate::access::{Caller, Place, is_limited, sees};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Grant, Request, RequestBody};
use serde::Serialize;
use twin::{Answer, Snapshot};
use utoipa::ToSchema;

/// All areas.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaList {
    /// The areas, oldest first.
    areas: Vec<wire::Area>,
}

/// The areas; there are never more than one page of them.
#[utoipa::path(get, path = "/api/areas", tag = "areas", operation_id = "listAreas",
    responses((status = 200, body = AreaList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>, Caller(grant): Caller) -> axum::Json<AreaList> {
    let snapshot = app.house.handle.snapshot();
    let areas = snapshot
        .areas
        .values()
        .filter(|area| sees(&grant, Place::In(Some(area.id))))
        .map(|area| seen(area, &grant))
        .collect();
    axum::Json(AreaList { areas })
}

/// Adds an area. It needs a name.
#[utoipa::path(post, path = "/api/areas", tag = "areas", operation_id = "addArea", request_body = wire::AreaEdit,
    responses((status = 201, body = wire::Area), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(edit): Json<wire::AreaEdit>,
) -> Result<(StatusCode, axum::Json<wire::Area>), ApiError> {
    if !matches!(edit.name, wire::Patch::Value(_)) {
        return Err(ApiError::new(ErrorCode::InvalidBody, "name is missing").expected("a name"));
    }
    let body = RequestBody::PutArea {
        area: None,
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer).map(|area| (StatusCode::CREATED, area))
}

/// One area.
#[utoipa::path(get, path = "/api/areas/{area}", tag = "areas", operation_id = "getArea",
    params(("area" = String, Path, description = "id or slug")),
    responses((status = 200, body = wire::Area), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(area): Path<String>,
) -> Result<axum::Json<wire::Area>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let found = find(&area, &snapshot)?;
    if !sees(&grant, Place::In(Some(found.id))) {
        return Err(unknown(&area));
    }
    Ok(axum::Json(seen(found, &grant)))
}

/// Edits an area: what is left out stays, null clears.
#[utoipa::path(patch, path = "/api/areas/{area}", tag = "areas", operation_id = "editArea",
    params(("area" = String, Path, description = "id or slug")), request_body = wire::AreaEdit,
    responses((status = 200, body = wire::Area), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(area): Path<String>,
    Json(edit): Json<wire::AreaEdit>,
) -> Result<axum::Json<wire::Area>, ApiError> {
    let body = RequestBody::PutArea {
        area: Some(area.into()),
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer)
}

/// Removes an area; its devices stay, without an area.
#[utoipa::path(delete, path = "/api/areas/{area}", tag = "areas", operation_id = "removeArea",
    params(("area" = String, Path, description = "id or slug")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(area): Path<String>,
) -> Result<StatusCode, ApiError> {
    let body = RequestBody::RemoveArea { area: area.into() };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The area that an answer is about, as it is now.
fn shown(app: &Shared, answer: &Answer) -> Result<axum::Json<wire::Area>, ApiError> {
    let Answer::Area(id) = answer else {
        return Err(ApiError::new(
            ErrorCode::Internal,
            format!("an area was answered with {answer:?}"),
        ));
    };
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(find(&id.to_string(), &snapshot)?.into()))
}

/// An area as who asks sees it.
fn seen(area: &model::Area, grant: &Grant) -> wire::Area {
    let area = wire::Area::from(area);
    if is_limited(grant) {
        area.narrowed()
    } else {
        area
    }
}

fn find<'a>(area: &str, snapshot: &'a Snapshot) -> Result<&'a model::Area, ApiError> {
    snapshot
        .area(area)
        .map(|found| &**found)
        .ok_or_else(|| unknown(area))
}

fn unknown(area: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownArea,
        format!("no area is called `{}`", short(area)),
    )
    .expected("an id or slug of an area")
}
