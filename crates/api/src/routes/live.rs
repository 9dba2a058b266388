//! The live stream's door.

use crate::access::Access;
use crate::error::{ApiError, ErrorCode};
use crate::extract::Query;
use crate::live;
use crate::state::Shared;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use model::Position;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// The largest message that a client may send: something said to the house, with room for escapes.
const MESSAGE: usize = 16 * 1024;

/// Where a client goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// The epoch that the client is at.
    epoch: Option<u64>,
    /// The sequence number that the client is at.
    seq: Option<u64>,
    /// The `view` of the snapshot that it began with; left out: of the whole house.
    view: Option<String>,
}

/// Everything as it happens, over a WebSocket. The messages are `Message` (from the server) and
/// `ClientMessage` (from the client); docs/reference/live.md tells how they follow each other.
#[utoipa::path(get, path = "/api/live", tag = "live", operation_id = "live", params(LiveQuery),
    responses((status = 101, description = "The WebSocket is open."),
        (status = "4XX", body = crate::wire::ErrorBody), (status = "5XX", body = crate::wire::ErrorBody)))]
pub(crate) async fn live(
    State(app): State<Shared>,
    access: Access,
    Query(query): Query<LiveQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade =
        upgrade.map_err(|error| ApiError::new(ErrorCode::UpgradeRequired, error.body_text()))?;
    let resume = match (query.epoch, query.seq) {
        (Some(epoch), Some(seq)) => Some(Position { epoch, seq }),
        (None, None) => None,
        _ => {
            return Err(ApiError::new(
                ErrorCode::InvalidQuery,
                "only one of epoch and seq is given",
            )
            .expected("both, or neither"));
        }
    };
    let known = access.known()?;
    // Who sees otherwise than then has other things than the deltas build on.
    let view = query.view.as_deref().unwrap_or("house");
    let resume = resume.filter(|_| view == live::view(&known.grant));
    let Ok(room) = Arc::clone(&app.sockets).try_acquire_owned() else {
        let message = format!("{} live connections are open", app.limits.sockets);
        return Err(ApiError::new(ErrorCode::TooManySockets, message));
    };
    let (hub, limits) = (Arc::clone(&app.hub), app.limits.clone());
    let talk = live::Talker {
        grant: known.grant.clone(),
        way: known.principal.way,
        app: Arc::clone(&app),
    };
    let (stop, tasks) = (app.stop.clone(), app.sockets_at_work.clone());
    Ok(upgrade
        .max_message_size(MESSAGE)
        .max_frame_size(MESSAGE)
        .on_upgrade(move |socket| {
            tasks.track_future(async move {
                let _room = room;
                live::serve(socket, hub, talk, resume, limits, stop).await;
            })
        }))
}
