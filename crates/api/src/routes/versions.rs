//! Scenarios as documents: JSON or TOML, their versions, export and import, and the schema.

use super::automation::{faulty, find, put, shown, slug};
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Path, Query, Written};
use crate::state::{App, Shared};
use crate::wire;
use automation::document::{
    Bundle, Document, ScenarioSlug, read_bundle_toml, read_value, schema as schema_of, to_toml,
};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use model::Cause;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// In which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatQuery {
    /// `json` or `toml`; where it is left out, the Accept header decides.
    #[param(inline)]
    format: Option<Format>,
}

/// A form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// TOML.
    Toml,
}

impl FormatQuery {
    fn wants_toml(&self, headers: &HeaderMap) -> bool {
        let accept = headers.get(header::ACCEPT);
        let accepts = accept
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("application/toml"));
        self.format.map_or(accepts, |format| format == Format::Toml)
    }
}

fn toml(text: String) -> Response {
    (
        [(header::CONTENT_TYPE, "application/toml; charset=utf-8")],
        text,
    )
        .into_response()
}

/// One scenario. As TOML it is the document alone, as a person writes it.
#[utoipa::path(get, path = "/api/scenarios/{scenario}", tag = "automation", operation_id = "getScenario",
    params(("scenario" = String, Path, description = "its slug"), FormatQuery),
    responses((status = 200, content((wire::Scenario = "application/json"), (String = "application/toml"))),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(scenario): Path<String>,
    Query(query): Query<FormatQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let slug = slug(&scenario)?;
    if query.wants_toml(&headers) {
        return Ok(toml(to_toml(&find(&app, &slug)?.document)));
    }
    Ok(axum::Json(shown(&app, &slug)?).into_response())
}

/// All versions of a scenario, newest first, with who wrote each and what of it changed. Version 0 is
/// how it came with the house.
#[utoipa::path(get, path = "/api/scenarios/{scenario}/versions", tag = "automation", operation_id = "listScenarioVersions",
    params(("scenario" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::VersionList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn versions(
    State(app): State<Shared>,
    Path(scenario): Path<String>,
) -> Result<axum::Json<wire::VersionList>, ApiError> {
    let versions = known_versions(&app, &slug(&scenario)?).await?;
    Ok(axum::Json(wire::VersionList { versions }))
}

/// One version of a scenario.
#[utoipa::path(get, path = "/api/scenarios/{scenario}/versions/{version}", tag = "automation", operation_id = "getScenarioVersion",
    params(("scenario" = String, Path, description = "its slug"), ("version" = u32, Path, description = "its number")),
    responses((status = 200, body = wire::ScenarioVersion), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn version(
    State(app): State<Shared>,
    Path((scenario, version)): Path<(String, u32)>,
) -> Result<axum::Json<wire::ScenarioVersion>, ApiError> {
    let slug = slug(&scenario)?;
    one_version(&app, &slug, version).await.map(axum::Json)
}

/// Brings an older version of a scenario back, as a new version. A removed one comes back too.
#[utoipa::path(post, path = "/api/scenarios/{scenario}/versions/{version}/restore", tag = "automation", operation_id = "restoreScenarioVersion",
    params(("scenario" = String, Path, description = "its slug"), ("version" = u32, Path, description = "its number")),
    responses((status = 200, body = wire::Scenario), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn restore(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path((scenario, version)): Path<(String, u32)>,
) -> Result<axum::Json<wire::Scenario>, ApiError> {
    let slug = slug(&scenario)?;
    let found = one_version(&app, &slug, version).await?;
    let Some(json) = found.document else {
        return Err(ApiError::new(
            ErrorCode::UnknownVersion,
            format!("version {version} says that the scenario was removed"),
        )
        .expected("a version with a document"));
    };
    let mut document = read_value(&json).map_err(faulty)?;
    document.slug = slug.clone();
    let expected = find(&app, &slug).ok().map(|listed| listed.version);
    put(&app, document, expected, Cause::first(grant.who)).await?;
    Ok(axum::Json(shown(&app, &slug)?))
}

async fn one_version(
    app: &App,
    slug: &ScenarioSlug,
    version: u32,
) -> Result<wire::ScenarioVersion, ApiError> {
    let versions = known_versions(app, slug).await?;
    let newest = versions.first().map_or(0, |newest| newest.version);
    let mut versions = versions.into_iter();
    versions.find(|one| one.version == version).ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnknownVersion,
            format!("{slug} has no version {version}"),
        )
        .expected(format!("a version up to {newest}"))
    })
}

/// Every version, newest first, with what of it differs from the one before.
async fn known_versions(
    app: &App,
    slug: &ScenarioSlug,
) -> Result<Vec<wire::ScenarioVersion>, ApiError> {
    let kept = app.house.store.scenario_versions(slug.as_str()).await?;
    let mut versions: Vec<wire::ScenarioVersion> = kept.into_iter().map(Into::into).collect();
    let mut shipped = automation::shipped().into_iter();
    if let Some(original) = shipped.find(|document| document.slug == *slug) {
        versions.push(wire::ScenarioVersion::original(&original));
    }
    if versions.is_empty() {
        find(app, slug)?;
    }
    wire::ScenarioVersion::compare(&mut versions);
    Ok(versions)
}

/// Every scenario and scene in one document, to keep it elsewhere or to take it into another house.
#[utoipa::path(get, path = "/api/automation/export", tag = "automation", operation_id = "exportAutomation", params(FormatQuery),
    responses((status = 200, content((wire::Bundle = "application/json"), (String = "application/toml"))),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Shared>,
    Query(query): Query<FormatQuery>,
    headers: HeaderMap,
) -> Response {
    let view = app.house.automation.view();
    let scenarios = view.scenarios.iter();
    let bundle = Bundle {
        scenarios: scenarios
            .map(|listed| Document::clone(&listed.document))
            .collect(),
        scenes: view.scenes.to_vec(),
    };
    if query.format == Some(Format::Json) || (query.format.is_none() && !query.wants_toml(&headers))
    {
        return axum::Json(bundle.to_json()).into_response();
    }
    toml(bundle.to_toml())
}

/// What becomes of what is there already.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// Whether scenarios and scenes that are there already are replaced; otherwise they stay.
    replace: bool,
}

/// Takes in scenarios and scenes of an export. When anything of it is not right, nothing is taken.
#[utoipa::path(post, path = "/api/automation/import", tag = "automation", operation_id = "importAutomation", params(ImportQuery),
    request_body(content((wire::Bundle = "application/json"), (String = "application/toml"))),
    responses((status = 200, body = wire::Imported), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn import(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Query(query): Query<ImportQuery>,
    body: Written,
) -> Result<axum::Json<wire::Imported>, ApiError> {
    let bundle = match body {
        Written::Toml(text) => read_bundle_toml(&text),
        Written::Json(text) => Bundle::read(&serde_json::from_str(&text).unwrap_or_default()),
    };
    let bundle = bundle.map_err(faulty)?;
    let cause = Cause::first(grant.who);
    let automation = &app.house.automation;
    let taken = automation.take_in(bundle, query.replace, cause).await?;
    Ok(axum::Json(taken.into()))
}

/// The JSON Schema of a scenario.
#[utoipa::path(get, path = "/api/automation/schema", tag = "automation", operation_id = "getScenarioSchema",
    responses((status = 200, body = Object), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn schema() -> axum::Json<serde_json::Value> {
    axum::Json(schema_of())
}
