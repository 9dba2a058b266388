//! Devices: list, get, edit, remove.

use crate::access::{Caller, Place, is_limited, sees};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query, page_limit};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::StatusCode;
use model::{AreaId, Capability, Connectivity, DeviceId, DeviceKind, Grant, Request, RequestBody};
use serde::Deserialize;
use std::ops::Bound;
use twin::{DeviceTwin, Snapshot};
use utoipa::IntoParams;

/// Which devices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only in this area, by id or slug.
    area: Option<String>,
    /// Only with this capability, such as `OnOff`.
    capability: Option<String>,
    /// Only of this kind, such as `light`.
    kind: Option<String>,
    /// Only `online`, `offline` or `unknown`.
    connectivity: Option<String>,
    /// Only of this driver, such as `mqtt`.
    protocol: Option<String>,
    /// Only with this text in name, slug, alias, manufacturer, model or native id.
    q: Option<String>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The same, understood.
struct Filter {
    area: Option<AreaId>,
    capability: Option<&'static Capability>,
    kind: Option<DeviceKind>,
    connectivity: Option<Connectivity>,
    protocol: Option<String>,
    text: Option<String>,
    limit: usize,
    after: Option<DeviceId>,
}

impl Filter {
    fn read(query: ListQuery, snapshot: &Snapshot) -> Result<Self, ApiError> {
        let wrong = |name: &str, given: &str, expected: String| {
            let given: String = given.chars().take(80).collect();
            ApiError::new(ErrorCode::InvalidQuery, format!("{name} is `{given}`"))
                .expected(expected)
        };
        let area = query
            .area
            .map(|area| find_area(&area, snapshot))
            .transpose()?;
        let capability = query.capability.map(|name| {
            Capability::find(&name)
                .ok_or_else(|| wrong("capability", &name, "a capability such as OnOff".to_owned()))
        });
        let kind = query.kind.map(|kind| {
            let words = || {
                DeviceKind::ALL
                    .iter()
                    .map(|kind| kind.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            DeviceKind::parse(&kind)
                .ok_or_else(|| wrong("kind", &kind, format!("one of {}", words())))
        });
        let connectivity = query.connectivity.map(|word| {
            let expected = || "online, offline or unknown".to_owned();
            Connectivity::parse(&word).ok_or_else(|| wrong("connectivity", &word, expected()))
        });
        let after = query.cursor.map(|cursor| {
            let expected = || "the `next` of the page before".to_owned();
            cursor
                .parse()
                .map_err(|_| wrong("cursor", &cursor, expected()))
        });
        Ok(Self {
            area,
            capability: capability.transpose()?,
            kind: kind.transpose()?,
            connectivity: connectivity.transpose()?,
            protocol: query.protocol,
            text: query
                .q
                .map(|text| text.trim().to_lowercase())
                .filter(|text| !text.is_empty()),
            limit: page_limit(query.limit)?,
            after: after.transpose()?,
        })
    }

    fn takes(&self, twin: &DeviceTwin) -> bool {
        let device = &twin.device;
        let has = |capability: &Capability| {
            device
                .capabilities
                .iter()
                .any(|instance| instance.capability == capability)
        };
        self.area.is_none_or(|area| device.area == Some(area))
            && self.capability.is_none_or(has)
            && self.kind.is_none_or(|kind| device.kind == kind)
            && self
                .connectivity
                .is_none_or(|connectivity| twin.connectivity == connectivity)
            && self
                .protocol
                .as_deref()
                .is_none_or(|protocol| device.key.driver == protocol)
            && self
                .text
                .as_deref()
                .is_none_or(|text| mentions(device, text))
    }
}

/// Whether a person who types `text` (in lower case) could mean this device.
fn mentions(device: &model::Device, text: &str) -> bool {
    let names = [
        device.name.as_str(),
        device.slug.as_str(),
        &device.key.native_id,
    ];
    let made = [device.manufacturer.as_deref(), device.model.as_deref()];
    names
        .into_iter()
        .chain(device.aliases.iter().map(String::as_str))
        .chain(made.into_iter().flatten())
        .any(|name| name.to_lowercase().contains(text))
}

/// The devices, oldest first.
#[utoipa::path(get, path = "/api/devices", tag = "devices", operation_id = "listDevices", params(ListQuery),
    responses((status = 200, body = wire::DeviceList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<wire::DeviceList>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let filter = Filter::read(query, &snapshot)?;
    let start = filter.after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut found = snapshot
        .devices
        .range((start, Bound::Unbounded))
        .map(|(_, twin)| twin)
        .filter(|twin| sees(&grant, Place::In(twin.device.area)) && filter.takes(twin));
    let page: Vec<_> = found.by_ref().take(filter.limit).collect();
    let next = match (page.last(), found.next()) {
        (Some(last), Some(_)) => Some(last.device.id.to_string()),
        _ => None,
    };
    let devices = page
        .into_iter()
        .map(|twin| seen(wire::Device::of(twin, &snapshot), &grant))
        .collect();
    Ok(axum::Json(wire::DeviceList { devices, next }))
}

/// One device.
#[utoipa::path(get, path = "/api/devices/{device}", tag = "devices", operation_id = "getDevice",
    params(("device" = String, Path, description = "id, slug or alias")),
    responses((status = 200, body = wire::DeviceTwinState), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
) -> Result<axum::Json<wire::DeviceTwinState>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let twin = find_seen(&device, &snapshot, &grant)?;
    let mut state = wire::DeviceTwinState::of(twin, &snapshot);
    state.device = seen(state.device, &grant);
    Ok(axum::Json(state))
}

/// Edits a device: what is left out stays, null clears.
#[utoipa::path(patch, path = "/api/devices/{device}", tag = "devices", operation_id = "editDevice",
    params(("device" = String, Path, description = "id, slug or alias")), request_body = wire::DeviceEdit,
    responses((status = 200, body = wire::Device), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
    Json(edit): Json<wire::DeviceEdit>,
) -> Result<axum::Json<wire::Device>, ApiError> {
    // Its slug may change by this, its id does not.
    let id = find(&device, &app.house.handle.snapshot())?.device.id;
    let body = RequestBody::EditDevice {
        device: id.to_string().into(),
        edit: edit.try_into()?,
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    let snapshot = app.house.handle.snapshot();
    let twin = find(&id.to_string(), &snapshot)?;
    Ok(axum::Json(wire::Device::of(twin, &snapshot)))
}

/// Removes a device. Its history stays until retention takes it.
#[utoipa::path(delete, path = "/api/devices/{device}", tag = "devices", operation_id = "removeDevice",
    params(("device" = String, Path, description = "id, slug or alias")),
    responses((status = 204, description = "It is gone."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
) -> Result<StatusCode, ApiError> {
    let body = RequestBody::RemoveDevice {
        device: device.into(),
    };
    app.house.handle.request(Request::new(grant, body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The device that a client means.
pub(crate) fn find<'a>(device: &str, snapshot: &'a Snapshot) -> Result<&'a DeviceTwin, ApiError> {
    snapshot
        .device(device)
        .map(|twin| &**twin)
        .ok_or_else(|| unknown(device))
}

/// The device that a client means, where who asks sees it; else there is none for them.
pub(crate) fn find_seen<'a>(
    device: &str,
    snapshot: &'a Snapshot,
    grant: &Grant,
) -> Result<&'a DeviceTwin, ApiError> {
    let twin = find(device, snapshot)?;
    if sees(grant, Place::In(twin.device.area)) {
        Ok(twin)
    } else {
        Err(unknown(device))
    }
}

/// A device as who asks sees it.
fn seen(device: wire::Device, grant: &Grant) -> wire::Device {
    if is_limited(grant) {
        device.narrowed()
    } else {
        device
    }
}

fn unknown(device: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownDevice,
        format!("no device is called `{}`", short(device)),
    )
    .expected("an id, slug or alias of a device")
}

/// The area that a client means.
pub(crate) fn find_area(area: &str, snapshot: &Snapshot) -> Result<AreaId, ApiError> {
    snapshot.area(area).map(|area| area.id).ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnknownArea,
            format!("no area is called `{}`", short(area)),
        )
        .expected("an id or slug of an area")
    })
}

/// What a client sent, in a length that one can read.
pub(crate) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
