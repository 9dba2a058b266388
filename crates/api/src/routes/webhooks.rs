//! Webhooks: made, listed, removed, called.

use super::automation::closing;
use super::devices::short;
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::Shared;
use crate::wire;
use automation::document::TriggerKind;
use automation::run::CannotPut;
use automation::webhook::Called;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use model::Cause;

/// The header that a webhook's secret is in: never the address, which ends in logs.
const HEADER: &str = "X-Webhook-Secret";

/// The webhooks. Their secrets are not told.
#[utoipa::path(get, path = "/api/automation/webhooks", tag = "automation", operation_id = "listWebhooks",
    responses((status = 200, body = wire::WebhookList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::WebhookList> {
    let view = app.house.automation.view();
    let listening = |name: &str| {
        let rules = view.scenarios.iter().filter(|listed| {
            let mut triggers = listed.document.when.iter();
            triggers.any(|it| matches!(&it.kind, TriggerKind::Webhook(of) if of == name))
        });
        rules.map(|rule| rule.document.slug.to_string()).collect()
    };
    let webhooks = view.webhooks.iter().map(|(name, called)| wire::Webhook {
        name: name.clone(),
        path: path(name),
        last_called: called.map(Into::into),
        rules: listening(name),
    });
    axum::Json(wire::WebhookList {
        webhooks: webhooks.collect(),
    })
}

/// Makes a webhook. Its secret is in the answer, and nowhere else.
#[utoipa::path(post, path = "/api/automation/webhooks", tag = "automation", operation_id = "makeWebhook",
    request_body = wire::NewWebhook,
    responses((status = 201, body = wire::WebhookMade), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn make(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(body): Json<wire::NewWebhook>,
) -> Result<(StatusCode, axum::Json<wire::WebhookMade>), ApiError> {
    let name = body.name;
    if !is_name(&name) {
        let message = format!("the name is `{}`", short(&name));
        return Err(ApiError::new(ErrorCode::InvalidBody, message)
            .expected("1 to 64 of a-z, 0-9, _ and -, such as doorbell"));
    }
    let cause = Cause::first(grant.who);
    let automation = &app.house.automation;
    let secret = automation
        .make_webhook(name.clone(), body.renew, cause)
        .await?;
    let made = wire::WebhookMade {
        path: path(&name),
        name,
        header: HEADER,
        secret,
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Removes a webhook: its secret no longer opens anything.
#[utoipa::path(delete, path = "/api/automation/webhooks/{webhook}", tag = "automation", operation_id = "removeWebhook",
    params(("webhook" = String, Path, description = "its name")),
    responses((status = 204), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(webhook): Path<String>,
) -> Result<StatusCode, ApiError> {
    let cause = Cause::first(grant.who);
    let removed = app.house.automation.remove_webhook(webhook, cause).await;
    removed.map_err(|error| match error {
        CannotPut::Unknown(name) => ApiError::new(
            ErrorCode::UnknownWebhook,
            format!("no webhook is called `{}`", short(&name)),
        ),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Calls a webhook: the rules that listen to it are set off. Its secret, in the header
/// `X-Webhook-Secret`, is all that it takes; the body is not looked at.
#[utoipa::path(post, path = "/api/automation/webhooks/{webhook}", tag = "automation", operation_id = "callWebhook",
    params(("webhook" = String, Path, description = "its name"),
        ("X-Webhook-Secret" = String, Header, description = "its secret")),
    responses((status = 202, body = wire::WebhookCalled), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn call(
    State(app): State<Shared>,
    Path(webhook): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, axum::Json<wire::WebhookCalled>), ApiError> {
    let secret = headers.get(HEADER).and_then(|secret| secret.to_str().ok());
    let secret = secret.unwrap_or_default();
    if !is_name(&webhook) || secret.len() > 256 {
        return Err(wrong());
    }
    let automation = &app.house.automation;
    let called = automation.call_webhook(webhook, secret.to_owned()).await;
    match called.ok_or_else(closing)? {
        Called::Accepted { listens } => Ok((
            StatusCode::ACCEPTED,
            axum::Json(wire::WebhookCalled { listens }),
        )),
        Called::WrongSecret => Err(wrong()),
    }
}

/// It is not told whether there is a webhook of that name.
fn wrong() -> ApiError {
    ApiError::new(
        ErrorCode::WrongSecret,
        "there is no such webhook, or its secret is another",
    )
    .expected(format!("the webhook's secret in the header {HEADER}"))
}

fn path(name: &str) -> String {
    format!("/api/automation/webhooks/{name}")
}

fn is_name(name: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}
