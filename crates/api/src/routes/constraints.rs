//! Safety constraints: list, add, get, edit, reset, remove.

use crate::access::Caller;
use crate::error::ApiError;
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Request, RequestBody};

/// The safety constraints; there are never more than one page of them.
#[utoipa::path(get, path = "/api/automation/constraints", tag = "automation", operation_id = "listConstraints",
    responses((status = 200, body = wire::ConstraintList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::ConstraintList> {
    let snapshot = app.house.handle.snapshot();
    let constraints = snapshot.constraints.iter();
    axum::Json(wire::ConstraintList {
        constraints: constraints
            .map(|constraint| wire::Constraint::of(constraint, &snapshot))
            .collect(),
    })
}

/// Adds a safety constraint. It needs a name, a statement, a hazard and a form.
#[utoipa::path(post, path = "/api/automation/constraints", tag = "automation", operation_id = "addConstraint",
    request_body = wire::ConstraintEdit,
    responses((status = 201, body = wire::Constraint), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(edit): Json<wire::ConstraintEdit>,
) -> Result<(StatusCode, axum::Json<wire::Constraint>), ApiError> {
    let constraint = edit.create(&app.house.handle.snapshot())?;
    let slug = constraint.slug.to_string();
    let body = RequestBody::PutConstraint {
        constraint: Box::new(constraint),
        before: None,
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok((StatusCode::CREATED, shown(&app, &slug)?))
}

/// One safety constraint.
#[utoipa::path(get, path = "/api/automation/constraints/{constraint}", tag = "automation", operation_id = "getConstraint",
    params(("constraint" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::Constraint), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(constraint): Path<String>,
) -> Result<axum::Json<wire::Constraint>, ApiError> {
    shown(&app, &constraint)
}

/// Edits, disables or resets a safety constraint: what is left out stays as it is.
#[utoipa::path(put, path = "/api/automation/constraints/{constraint}", tag = "automation", operation_id = "putConstraint",
    params(("constraint" = String, Path, description = "its slug")), request_body = wire::ConstraintEdit,
    responses((status = 200, body = wire::Constraint), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(constraint): Path<String>,
    Json(edit): Json<wire::ConstraintEdit>,
) -> Result<axum::Json<wire::Constraint>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let before = wire::find_constraint(&constraint, &snapshot)?;
    let body = RequestBody::PutConstraint {
        constraint: Box::new(edit.apply(before, &snapshot)?),
        before: Some(Box::new(before.clone())),
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &constraint)
}

/// Removes one of the household's own safety constraints. Those that come with the house can be
/// disabled or reset.
#[utoipa::path(delete, path = "/api/automation/constraints/{constraint}", tag = "automation", operation_id = "removeConstraint",
    params(("constraint" = String, Path, description = "its slug")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(constraint): Path<String>,
) -> Result<StatusCode, ApiError> {
    let body = RequestBody::RemoveConstraint { constraint };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(app: &App, slug: &str) -> Result<axum::Json<wire::Constraint>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let constraint = wire::find_constraint(slug, &snapshot)?;
    Ok(axum::Json(wire::Constraint::of(constraint, &snapshot)))
}
