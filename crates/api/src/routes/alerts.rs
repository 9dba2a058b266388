//! Alert rules, alerts, and what an Alertmanager sends.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query, page_limit};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use mind::alerts::read_alertmanager;
use serde::Deserialize;
use utoipa::IntoParams;

/// The alert rules, by slug.
#[utoipa::path(get, path = "/api/alerts/rules", tag = "alerts", operation_id = "listAlertRules",
    responses((status = 200, body = wire::AlertRuleList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn rules(State(app): State<Shared>) -> axum::Json<wire::AlertRuleList> {
    let rules = app.house.alerts.rules().await;
    axum::Json(wire::AlertRuleList {
        rules: rules
            .into_iter()
            .map(|(rule, problem)| wire::AlertRule::of(rule, problem))
            .collect(),
    })
}

/// Adds an alert rule: a condition over metrics, devices and what is usual; see docs/reference/alerts.md.
#[utoipa::path(post, path = "/api/alerts/rules", tag = "alerts", operation_id = "addAlertRule",
    request_body = wire::NewAlertRule,
    responses((status = 201, body = wire::AlertRule), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(new): Json<wire::NewAlertRule>,
) -> Result<(StatusCode, axum::Json<wire::AlertRule>), ApiError> {
    let rule = new.rule(None)?;
    let rule = app.house.alerts.put_rule(rule, false, grant.who).await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(wire::AlertRule::of(rule, None)),
    ))
}

/// One alert rule.
#[utoipa::path(get, path = "/api/alerts/rules/{rule}", tag = "alerts", operation_id = "getAlertRule",
    params(("rule" = String, Path, description = "its slug")),
    responses((status = 200, body = wire::AlertRule), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(rule): Path<String>,
) -> Result<axum::Json<wire::AlertRule>, ApiError> {
    let rule = app.house.alerts.rule(&rule).await?;
    let problem = rule.check().err().map(|fault| fault.to_string());
    Ok(axum::Json(wire::AlertRule::of(rule, problem)))
}

/// Writes an alert rule anew; its slug stays. Another condition ends what the old one raised.
#[utoipa::path(put, path = "/api/alerts/rules/{rule}", tag = "alerts", operation_id = "replaceAlertRule",
    params(("rule" = String, Path, description = "its slug")), request_body = wire::NewAlertRule,
    responses((status = 200, body = wire::AlertRule), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn replace(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(rule): Path<String>,
    Json(new): Json<wire::NewAlertRule>,
) -> Result<axum::Json<wire::AlertRule>, ApiError> {
    let rule = new.rule(Some(rule))?;
    let rule = app.house.alerts.put_rule(rule, true, grant.who).await?;
    Ok(axum::Json(wire::AlertRule::of(rule, None)))
}

/// Removes an alert rule; what it raised is over.
#[utoipa::path(delete, path = "/api/alerts/rules/{rule}", tag = "alerts", operation_id = "removeAlertRule",
    params(("rule" = String, Path, description = "its slug")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(rule): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.house.alerts.remove_rule(&rule, grant.who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The alerts that are on, the gravest first: those of rules, and those that an Alertmanager sent.
#[utoipa::path(get, path = "/api/alerts/active", tag = "alerts", operation_id = "listActiveAlerts",
    responses((status = 200, body = wire::AlertList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn active(State(app): State<Shared>) -> axum::Json<wire::AlertList> {
    let alerts = app.house.alerts.active().await;
    axum::Json(wire::AlertList {
        alerts: alerts.into_iter().map(Into::into).collect(),
    })
}

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Last {
    /// How many at most.
    limit: Option<usize>,
}

/// The last alerts, newest first, those that are over among them.
#[utoipa::path(get, path = "/api/alerts", tag = "alerts", operation_id = "listAlerts", params(Last),
    responses((status = 200, body = wire::AlertList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Query(last): Query<Last>,
) -> Result<axum::Json<wire::AlertList>, ApiError> {
    let limit = page_limit(last.limit)?;
    let alerts = app.house.alerts.last(limit).await?;
    Ok(axum::Json(wire::AlertList {
        alerts: alerts.into_iter().map(Into::into).collect(),
    }))
}

/// Takes in what an Alertmanager sends to a webhook (version 4 of its form). What is said again changes
/// nothing.
#[utoipa::path(post, path = "/api/alerts/alertmanager", tag = "alerts", operation_id = "takeInAlerts",
    request_body = wire::AlertmanagerMessage,
    responses((status = 200, body = wire::TakenIn), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn alertmanager(
    State(app): State<Shared>,
    Json(message): Json<wire::AlertmanagerMessage>,
) -> Result<axum::Json<wire::TakenIn>, ApiError> {
    let notifications = read_alertmanager(&message.0)
        .map_err(|wrong| ApiError::new(ErrorCode::InvalidBody, wrong))?;
    let changed = app.house.alerts.take_in(notifications).await?;
    Ok(axum::Json(wire::TakenIn { changed }))
}
