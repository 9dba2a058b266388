//! The inbox: what was found and is not ours, and devices added by hand.

use super::devices::{find, short};
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, OptionalJson, Path};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{DiscoveryId, Request, RequestBody};
use std::time::Duration;
use twin::Answer;

/// How long a driver may take to say what became of a device that was added by hand.
const DRIVER_WITHIN: Duration = Duration::from_secs(30);

/// What was found and is not ours: a bare list, in the order in which it was found.
#[utoipa::path(get, path = "/api/devices/discovered", tag = "inbox", operation_id = "listDiscovered",
    responses((status = 200, body = Vec<wire::Discovery>), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<Vec<wire::Discovery>> {
    let snapshot = app.house.handle.snapshot();
    // The inbox itself is bounded, so the list is.
    axum::Json(
        snapshot
            .discoveries
            .values()
            .map(|found| (&**found).into())
            .collect(),
    )
}

/// Makes a found thing ours.
#[utoipa::path(post, path = "/api/devices/discovered/{discovery}/adopt", tag = "inbox",
    operation_id = "adoptDiscovered", params(("discovery" = String, Path, description = "its id")),
    request_body = wire::Adopt,
    responses((status = 201, body = wire::Device), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn adopt(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(discovery): Path<String>,
    OptionalJson(adopt): OptionalJson<wire::Adopt>,
) -> Result<(StatusCode, axum::Json<wire::Device>), ApiError> {
    let body = RequestBody::Adopt {
        discovery: id(&discovery)?,
        name: adopt.name,
        area: adopt.area.map(Into::into),
    };
    let answer = app.house.handle.request(Request::new(grant, body)).await?;
    created(&app, &answer)
}

/// Keeps a found thing out of sight.
#[utoipa::path(post, path = "/api/devices/discovered/{discovery}/ignore", tag = "inbox",
    operation_id = "ignoreDiscovered", params(("discovery" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Discovery), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn ignore(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(discovery): Path<String>,
) -> Result<axum::Json<wire::Discovery>, ApiError> {
    let id = id(&discovery)?;
    app.house
        .handle
        .request(Request::new(grant, RequestBody::Ignore { discovery: id }))
        .await?;
    let snapshot = app.house.handle.snapshot();
    let found = snapshot
        .discoveries
        .get(&id)
        .ok_or_else(|| unknown(&discovery))?;
    Ok(axum::Json((&**found).into()))
}

/// Adds a device by hand: its driver tries to reach it, and says what it is.
#[utoipa::path(post, path = "/api/devices/manual", tag = "inbox", operation_id = "addManually",
    request_body = wire::Manual,
    responses((status = 201, body = wire::Device), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn manual(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(mut description): Json<serde_json::Map<String, serde_json::Value>>,
) -> Result<(StatusCode, axum::Json<wire::Device>), ApiError> {
    let missing = |field: &str, expected: &str| {
        ApiError::new(
            ErrorCode::InvalidBody,
            format!("{field} is missing or no text"),
        )
        .expected(expected)
    };
    let driver = match description.remove("protocol") {
        Some(serde_json::Value::String(driver)) => driver,
        _ => {
            return Err(missing(
                "protocol",
                "the driver that shall speak to it, such as \"mqtt\"",
            ));
        }
    };
    if !description
        .get("name")
        .is_some_and(serde_json::Value::is_string)
    {
        return Err(missing("name", "what people shall call it"));
    }
    let body = RequestBody::AddManual {
        driver: driver.clone(),
        description: description.into(),
    };
    let asked = app.house.handle.request(Request::new(grant, body));
    let answer = tokio::time::timeout(DRIVER_WITHIN, asked)
        .await
        .map_err(|_| {
            ApiError::new(
                ErrorCode::DriverSilent,
                format!("the driver {} has not answered", short(&driver)),
            )
        })??;
    created(&app, &answer)
}

/// The device that an answer is about, as a new one.
fn created(
    app: &Shared,
    answer: &Answer,
) -> Result<(StatusCode, axum::Json<wire::Device>), ApiError> {
    let Answer::Device(id) = answer else {
        return Err(ApiError::new(
            ErrorCode::Internal,
            format!("a new device was answered with {answer:?}"),
        ));
    };
    let snapshot = app.house.handle.snapshot();
    let twin = find(&id.to_string(), &snapshot)?;
    Ok((
        StatusCode::CREATED,
        axum::Json(wire::Device::of(twin, &snapshot)),
    ))
}

fn id(discovery: &str) -> Result<DiscoveryId, ApiError> {
    discovery.parse().map_err(|_| unknown(discovery))
}

fn unknown(discovery: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownDiscovery,
        format!("nothing in the inbox has the id `{}`", short(discovery)),
    )
    .expected("an id of GET /api/devices/discovered")
}
