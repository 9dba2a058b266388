//! The inbox: what was found and is not ours, and devices added by hand.

use super::devices::{find, short};
use super::manual::{Description, described};
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, OptionalJson, Path, Query};
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{DiscoveryId, Grant, Request, RequestBody};
use serde::Deserialize;
use std::time::Duration;
use twin::Answer;
use utoipa::IntoParams;

/// How long a driver may take to say what became of a device that was added by hand.
const DRIVER_WITHIN: Duration = Duration::from_secs(30);

/// Which found things.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FoundQuery {
    /// `new`, `ignored`, `adopted` or `all`; `new` and `ignored` where it is left out.
    #[param(inline)]
    state: Option<wire::Wanted>,
}

/// What was found and is not ours: a bare list, in the order in which it was found. What became
/// ours is only in it when `state` asks for it.
#[utoipa::path(get, path = "/api/devices/discovered", tag = "inbox", operation_id = "listDiscovered",
    params(FoundQuery),
    responses((status = 200, body = Vec<wire::Discovery>), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Query(query): Query<FoundQuery>,
) -> axum::Json<Vec<wire::Discovery>> {
    let snapshot = app.house.handle.snapshot();
    // The inbox itself is bounded, so the list is.
    let all = snapshot.discoveries.values();
    axum::Json(
        all.filter(|thing| wire::Wanted::takes(query.state, thing.state))
            .map(|thing| wire::Discovery::of(thing, &snapshot))
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
    let discovery = id(&discovery)?;
    ask(&app, grant, discovery, RequestBody::Ignore { discovery }).await
}

/// Takes an ignored thing back: it waits for a yes once more. Of others nothing changes.
#[utoipa::path(post, path = "/api/devices/discovered/{discovery}/reconsider", tag = "inbox",
    operation_id = "reconsiderDiscovered", params(("discovery" = String, Path, description = "its id")),
    responses((status = 200, body = wire::Discovery), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn reconsider(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(discovery): Path<String>,
) -> Result<axum::Json<wire::Discovery>, ApiError> {
    let discovery = id(&discovery)?;
    ask(
        &app,
        grant,
        discovery,
        RequestBody::Reconsider { discovery },
    )
    .await
}

/// Asks something about a found thing, and gives it as it is then.
async fn ask(
    app: &App,
    grant: Grant,
    discovery: DiscoveryId,
    body: RequestBody,
) -> Result<axum::Json<wire::Discovery>, ApiError> {
    let handle = &app.house.handle;
    handle.request(Request::new(grant, body)).await?;
    let snapshot = handle.snapshot();
    let found = snapshot.discoveries.get(&discovery);
    let found = found.ok_or_else(|| unknown(&discovery.to_string()))?;
    Ok(axum::Json(wire::Discovery::of(found, &snapshot)))
}

/// Adds a device by hand: its driver tries to reach it, and says what it is. With `protocol` that
/// driver is asked; without, `ip` or `host` and `type` are enough, and the driver `network` is.
#[utoipa::path(post, path = "/api/devices/manual", tag = "inbox", operation_id = "addManually",
    request_body = wire::Manual,
    responses((status = 201, body = wire::Device), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn manual(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(description): Json<Description>,
) -> Result<(StatusCode, axum::Json<wire::Device>), ApiError> {
    let (driver, description) = described(description)?;
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
