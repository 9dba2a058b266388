//! Scenes: written, captured, brought back.

use super::automation::{faulty, slug as scenario_slug};
use super::devices::{find as find_device, find_area, short};
use crate::access::Caller;
use crate::envelope::Reference;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Written};
use crate::state::{App, Shared};
use crate::wire;
use automation::document::{ScenarioSlug, read_scene_toml};
use automation::engine::Scene;
use automation::run::CannotPut;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Cause, CommandRequest, Request, RequestBody};
use twin::Answer;

/// The scenes.
#[utoipa::path(get, path = "/api/scenes", tag = "automation", operation_id = "listScenes",
    responses((status = 200, body = wire::SceneList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::SceneList> {
    let view = app.house.automation.view();
    axum::Json(wire::SceneList {
        scenes: view.scenes.iter().map(Into::into).collect(),
    })
}

/// One scene.
#[utoipa::path(get, path = "/api/scenes/{scene}", tag = "automation", operation_id = "getScene",
    params(("scene" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::Scene), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(scene): Path<String>,
) -> Result<axum::Json<wire::Scene>, ApiError> {
    Ok(axum::Json((&find(&app, &scene)?).into()))
}

/// Adds a scene.
#[utoipa::path(post, path = "/api/scenes", tag = "automation", operation_id = "addScene",
    request_body(content((wire::SceneDocument = "application/json"), (String = "application/toml"))),
    responses((status = 201, body = wire::Scene), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    body: Written,
) -> Result<(StatusCode, axum::Json<wire::Scene>), ApiError> {
    let scene = written(body)?;
    put(&app, scene.clone(), true, Cause::first(grant.who)).await?;
    Ok((StatusCode::CREATED, axum::Json((&scene).into())))
}

/// Replaces a scene.
#[utoipa::path(put, path = "/api/scenes/{scene}", tag = "automation", operation_id = "putScene",
    params(("scene" = String, Path, description = "its slug")),
    request_body(content((wire::SceneDocument = "application/json"), (String = "application/toml"))),
    responses((status = 200, body = wire::Scene), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn replace(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scene): Path<String>,
    body: Written,
) -> Result<axum::Json<wire::Scene>, ApiError> {
    let slug = find(&app, &scene)?.slug;
    let mut scene = written(body)?;
    scene.slug = slug;
    put(&app, scene.clone(), false, Cause::first(grant.who)).await?;
    Ok(axum::Json((&scene).into()))
}

/// Removes a scene. Scenarios that use it say that it is gone.
#[utoipa::path(delete, path = "/api/scenes/{scene}", tag = "automation", operation_id = "removeScene",
    params(("scene" = String, Path, description = "its slug")),
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(scene): Path<String>,
) -> Result<StatusCode, ApiError> {
    let slug = find(&app, &scene)?.slug;
    let cause = Cause::first(grant.who);
    let removed = app.house.automation.remove_scene(slug, cause).await;
    removed.map_err(of_scene)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a scene of how a room, or some devices, are now: of all that is known and can be set freely.
#[utoipa::path(post, path = "/api/scenes/capture", tag = "automation", operation_id = "captureScene",
    request_body = wire::CaptureScene,
    responses((status = 201, body = wire::Scene), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn capture(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(body): Json<wire::CaptureScene>,
) -> Result<(StatusCode, axum::Json<wire::Scene>), ApiError> {
    let snapshot = app.house.handle.snapshot();
    let mut devices = Vec::new();
    if let Some(area) = &body.area {
        let area = find_area(area, &snapshot)?;
        let inside = snapshot.devices.values();
        devices.extend(
            inside
                .filter(|twin| twin.device.area == Some(area))
                .map(|twin| twin.device.slug.to_string()),
        );
    }
    for device in &body.devices {
        devices.push(find_device(device, &snapshot)?.device.slug.to_string());
    }
    devices.dedup();
    let scene = Scene::capture(&body.name, &devices, &snapshot);
    if scene.settings.is_empty() {
        return Err(ApiError::new(
            ErrorCode::InvalidScenario,
            "nothing is known there that a scene could set",
        )
        .expected(
            "an `area` or `devices` with something that can be set and has reported how it is",
        ));
    }
    // As strict as what is written.
    let scene = Scene::read(&scene.to_json()).map_err(faulty)?;
    let known = find(&app, scene.slug.as_str()).is_ok();
    let is_new = !(known && body.replace);
    put(&app, scene.clone(), is_new, Cause::first(grant.who)).await?;
    Ok((StatusCode::CREATED, axum::Json((&scene).into())))
}

/// Brings a scene back: every setting becomes a wish of who asks, or says why it cannot.
#[utoipa::path(post, path = "/api/scenes/{scene}/apply", tag = "automation", operation_id = "applyScene",
    params(("scene" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::SceneApplied), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn apply(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Reference(reference): Reference,
    Path(scene): Path<String>,
) -> Result<axum::Json<wire::SceneApplied>, ApiError> {
    let scene = find(&app, &scene)?;
    let cause = Cause::first(grant.who.clone());
    let mut results = Vec::new();
    for setting in scene.settings {
        let snapshot = app.house.handle.snapshot();
        let device = setting.device;
        let outcome = match find_device(&device, &snapshot) {
            Ok(twin) => {
                let body = RequestBody::Command(CommandRequest {
                    device: twin.device.id.to_string().into(),
                    endpoint: Some(setting.endpoint),
                    capability: setting.capability.name.to_owned(),
                    command: "set".to_owned(),
                    args: setting.values,
                    confirmed: false,
                });
                let mut request = Request::new(grant.clone(), body);
                request.cause = cause.clone();
                let answer = app.house.handle.request(request).await;
                answer.map_err(ApiError::from)
            }
            Err(error) => Err(error),
        };
        let (wish, error) = match outcome {
            Ok(Answer::Wish(wish)) => (Some((&*wish).into()), None),
            Ok(_) => (None, None),
            Err(error) => (None, Some(error.wire(&reference))),
        };
        results.push(wire::BatchResult {
            device,
            wish,
            error,
        });
    }
    Ok(axum::Json(wire::SceneApplied { results }))
}

async fn put(app: &App, scene: Scene, is_new: bool, cause: Cause) -> Result<(), ApiError> {
    let put = app.house.automation.put_scene(scene, is_new, cause).await;
    put.map_err(of_scene)
}

fn written(body: Written) -> Result<Scene, ApiError> {
    let scene = match body {
        Written::Toml(text) => read_scene_toml(&text),
        Written::Json(text) => Scene::read(&serde_json::from_str(&text).unwrap_or_default()),
    };
    scene.map_err(faulty)
}

fn find(app: &App, scene: &str) -> Result<Scene, ApiError> {
    let slug: Option<ScenarioSlug> = scenario_slug(scene).ok();
    let view = app.house.automation.view();
    let found = view
        .scenes
        .iter()
        .find(|one| Some(&one.slug) == slug.as_ref());
    found.cloned().ok_or_else(|| unknown(scene))
}

fn unknown(scene: &str) -> ApiError {
    let message = format!("no scene is called `{}`", short(scene));
    ApiError::new(ErrorCode::UnknownScene, message)
}

fn of_scene(error: CannotPut) -> ApiError {
    match error {
        CannotPut::Unknown(scene) => unknown(&scene),
        other => other.into(),
    }
}
