//! How a device wants to be treated by what runs by itself.

use super::devices::find;
use crate::access::Caller;
use crate::error::ApiError;
use crate::extract::{Json, Path};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use model::{Change, DeviceEdit, Request, RequestBody};

/// A device's preferences. Scenarios and rules obey them.
#[utoipa::path(get, path = "/api/devices/{device}/preferences", tag = "devices", operation_id = "getPreferences",
    params(("device" = String, Path, description = "id, slug or alias")),
    responses((status = 200, body = wire::Preferences), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(device): Path<String>,
) -> Result<axum::Json<wire::Preferences>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let twin = find(&device, &snapshot)?;
    Ok(axum::Json(twin.device.preferences.into()))
}

/// Sets a device's preferences. What is left out stays as it is.
#[utoipa::path(put, path = "/api/devices/{device}/preferences", tag = "devices", operation_id = "putPreferences",
    params(("device" = String, Path, description = "id, slug or alias")), request_body = wire::PreferencesEdit,
    responses((status = 200, body = wire::Preferences), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn put(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
    Json(edit): Json<wire::PreferencesEdit>,
) -> Result<axum::Json<wire::Preferences>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let twin = find(&device, &snapshot)?;
    let preferences = edit.over(twin.device.preferences);
    let body = RequestBody::EditDevice {
        device: twin.device.id.to_string().into(),
        edit: DeviceEdit {
            preferences: Change::Set(preferences),
            ..DeviceEdit::default()
        },
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(axum::Json(preferences.into()))
}
