//! A backup that somebody asks for.

use crate::access::{Access, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

/// Where it stands how far a backup is.
const LOOK: &str = "/health/detailed";

/// Takes a backup in the background, as the daily one is taken: into BACKUP_FOLDER, one at a time. How it is
/// with it, and how it ended, stands in the component `backups` of /health/detailed.
#[utoipa::path(post, path = "/api/backups", tag = "operating", operation_id = "takeBackup",
    responses((status = 202, body = wire::BackupBegun), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn take(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
) -> Result<impl IntoResponse, ApiError> {
    if !(app.house.backup)() {
        return Err(ApiError::new(
            ErrorCode::BackupUnderWay,
            "a backup is being taken already",
        ));
    }
    let place = access.client().place();
    let kind = auth::EventKind::BackupAsked;
    let event = auth::SecurityEvent::new(kind, &me.name, &place, "into BACKUP_FOLDER");
    app.house.auth.note(event);
    let begun = wire::BackupBegun {
        look: LOOK,
        component: "backups",
    };
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, LOOK)],
        axum::Json(begun),
    ))
}
