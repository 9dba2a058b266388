//! Commands: one, or several at once.

use super::devices::find_seen;
use crate::access::{Caller, is_limited};
use crate::envelope::Reference;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query};
use crate::settings::Limits;
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Grant, Wish, WishState};
use serde::Deserialize;
use std::sync::Arc;
use twin::Answer;
use utoipa::{IntoParams, ToSchema};

/// How many of a batch are under way at once. They are handed over in order, so that two commands
/// for one device keep theirs, and become durable together.
const AT_ONCE: usize = 25;

/// How long to wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandQuery {
    /// `accepted` (the default): until the wish is durable. `settled`: until it has ended.
    #[param(inline)]
    wait: Wait,
}

/// Until when a command waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// Until the wish is durable.
    #[default]
    Accepted,
    /// Until the wish has ended, a minute at most.
    Settled,
}

/// Tells a device something.
#[utoipa::path(post, path = "/api/devices/{device}/commands", tag = "devices", operation_id = "commandDevice",
    params(("device" = String, Path, description = "id, slug or alias"), CommandQuery),
    request_body = wire::Command,
    responses((status = 202, body = wire::WishAnswer, description = "The wish is durable and on its way."),
        (status = 200, body = wire::WishAnswer, description = "The wish has ended well."),
        (status = "4XX", body = wire::ErrorBody), (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn command(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
    Query(CommandQuery { wait }): Query<CommandQuery>,
    Json(command): Json<wire::Command>,
) -> Result<(StatusCode, axum::Json<wire::WishAnswer>), ApiError> {
    let limited = is_limited(&grant);
    let asked = async {
        let wish = wish(&app, device, command, grant).await?;
        match wait {
            Wait::Accepted => Ok((StatusCode::ACCEPTED, shown(&wish, limited))),
            Wait::Settled => settled(&app, wish)
                .await
                .map(|wish| (StatusCode::OK, shown(&wish, limited))),
        }
    };
    match asked.await {
        Ok((status, wish)) => Ok((status, axum::Json(wire::WishAnswer { wish }))),
        Err(error) => Err(told(error, limited)),
    }
}

/// Tells several devices something. Each command stands for itself: some may be refused while
/// others are accepted, and each result is the true one.
#[utoipa::path(post, path = "/api/devices/commands", tag = "devices", operation_id = "commandDevices",
    request_body = wire::Batch,
    responses((status = 200, body = wire::BatchAnswer), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn batch(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Reference(reference): Reference,
    Json(wire::Batch { commands }): Json<wire::Batch>,
) -> Result<axum::Json<wire::BatchAnswer>, ApiError> {
    if commands.is_empty() || commands.len() > Limits::BATCH {
        let message = format!("the batch has {} commands", commands.len());
        return Err(ApiError::new(ErrorCode::InvalidBody, message)
            .expected(format!("1 to {}", Limits::BATCH)));
    }
    let limited = is_limited(&grant);
    let mut results = Vec::with_capacity(commands.len());
    let mut commands = commands.into_iter().peekable();
    while commands.peek().is_some() {
        let some = commands.by_ref().take(AT_ONCE).map(|command| {
            let (device, command) = command.split();
            let (app, grant) = (&app, grant.clone());
            async move {
                let outcome = wish(app, device.clone(), command, grant).await;
                (device, outcome)
            }
        });
        for (device, outcome) in futures_util::future::join_all(some).await {
            results.push(match outcome {
                Ok(wish) => wire::BatchResult {
                    device,
                    wish: Some(shown(&wish, limited)),
                    error: None,
                },
                Err(error) => wire::BatchResult {
                    device,
                    wish: None,
                    error: Some(told(error, limited).wire(&reference)),
                },
            });
        }
    }
    Ok(axum::Json(wire::BatchAnswer { results }))
}

async fn wish(
    app: &Shared,
    device: String,
    command: wire::Command,
    grant: Grant,
) -> Result<Arc<Wish>, ApiError> {
    // Where it stands elsewhere, there is no such device for who is limited to some rooms.
    let only = if is_limited(&grant) {
        let snapshot = app.house.handle.snapshot();
        Some(find_seen(&device, &snapshot, &grant)?.device.id)
    } else {
        None
    };
    let device = only.map_or(device, |id| id.to_string());
    let request = command.request(device, grant)?;
    match app.house.handle.request(request).await? {
        // The outcome of somebody else's request under the same id may be one of another room.
        Answer::Wish(wish) if only.is_some_and(|only| only != wish.device) => {
            let message = "this id belongs to another request";
            Err(ApiError::new(ErrorCode::InvalidBody, message).expected("an id of your own"))
        }
        Answer::Wish(wish) => Ok(wish),
        other => Err(ApiError::new(
            ErrorCode::Internal,
            format!("a command was answered with {other:?}"),
        )),
    }
}

/// Waits until a wish has ended; anything but a good end is an error that holds the wish.
async fn settled(app: &Shared, wish: Arc<Wish>) -> Result<Arc<Wish>, ApiError> {
    let wish = if wish.state == WishState::Pending {
        app.house
            .handle
            .settled(wish.id, app.limits.settle)
            .await
            .unwrap_or(wish)
    } else {
        wish
    };
    let code = match wish.state {
        WishState::Reached | WishState::Superseded => return Ok(wish),
        WishState::Rejected => ErrorCode::WishRejected,
        WishState::TimedOut => ErrorCode::WishTimedOut,
        WishState::Pending => ErrorCode::WishNotSettled,
    };
    let message = wish
        .note
        .clone()
        .unwrap_or_else(|| code.meaning().to_owned());
    Err(ApiError::new(code, message).about((&*wish).into()))
}

/// A wish as who asks sees it.
fn shown(wish: &Wish, limited: bool) -> wire::Wish {
    let wish = wire::Wish::from(wish);
    if limited { wish.narrowed() } else { wish }
}

/// An error as who asks is told it.
fn told(error: ApiError, limited: bool) -> ApiError {
    if limited { error.narrowed() } else { error }
}
