//! People: list, add, get, edit, remove.

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

/// All people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonList {
    /// The people, oldest first.
    people: Vec<wire::Person>,
}

/// The people; there are never more than one page of them.
#[utoipa::path(get, path = "/api/people", tag = "people", operation_id = "listPeople",
    responses((status = 200, body = PersonList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<PersonList> {
    let snapshot = app.house.handle.snapshot();
    let people = snapshot
        .people
        .values()
        .map(|person| (&**person).into())
        .collect();
    axum::Json(PersonList { people })
}

/// Adds a person. It needs a name.
#[utoipa::path(post, path = "/api/people", tag = "people", operation_id = "addPerson", request_body = wire::PersonEdit,
    responses((status = 201, body = wire::Person), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(edit): Json<wire::PersonEdit>,
) -> Result<(StatusCode, axum::Json<wire::Person>), ApiError> {
    if !matches!(edit.name, wire::Patch::Value(_)) {
        return Err(ApiError::new(ErrorCode::InvalidBody, "name is missing").expected("a name"));
    }
    let body = RequestBody::PutPerson {
        person: None,
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer).map(|person| (StatusCode::CREATED, person))
}

/// One person.
#[utoipa::path(get, path = "/api/people/{person}", tag = "people", operation_id = "getPerson",
    params(("person" = String, Path, description = "id or slug")),
    responses((status = 200, body = wire::Person), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(person): Path<String>,
) -> Result<axum::Json<wire::Person>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(find(&person, &snapshot)?.into()))
}

/// Edits a person: what is left out stays, null clears.
#[utoipa::path(patch, path = "/api/people/{person}", tag = "people", operation_id = "editPerson",
    params(("person" = String, Path, description = "id or slug")), request_body = wire::PersonEdit,
    responses((status = 200, body = wire::Person), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(person): Path<String>,
    Json(edit): Json<wire::PersonEdit>,
) -> Result<axum::Json<wire::Person>, ApiError> {
    let body = RequestBody::PutPerson {
        person: Some(person.into()),
        edit: edit.try_into()?,
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    shown(&app, &answer)
}

/// Removes a person.
#[utoipa::path(delete, path = "/api/people/{person}", tag = "people", operation_id = "removePerson",
    params(("person" = String, Path, description = "id or slug")),
    responses((status = 204, description = "They are gone."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(person): Path<String>,
) -> Result<StatusCode, ApiError> {
    let body = RequestBody::RemovePerson {
        person: person.into(),
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The person that an answer is about, as it is now.
fn shown(app: &Shared, answer: &Answer) -> Result<axum::Json<wire::Person>, ApiError> {
    let Answer::Person(id) = answer else {
        return Err(ApiError::new(
            ErrorCode::Internal,
            format!("a person was answered with {answer:?}"),
        ));
    };
    let snapshot = app.house.handle.snapshot();
    Ok(axum::Json(find(&id.to_string(), &snapshot)?.into()))
}

pub(super) fn find<'a>(
    person: &str,
    snapshot: &'a Snapshot,
) -> Result<&'a model::Person, ApiError> {
    snapshot
        .person(person)
        .map(|found| &**found)
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::UnknownPerson,
                format!("no person is called `{}`", short(person)),
            )
            .expected("an id or slug of a person")
        })
}
