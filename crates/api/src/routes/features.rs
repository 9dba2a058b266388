//! What of the house can be switched off while it runs, and the mode in which it is looked after.

use crate::access::{Access, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use axum::extract::State;
use jiff::SignedDuration;
use model::Timestamp;
use twin::{Feature, Maintenance};

/// The longest maintenance, in minutes.
const LONGEST: u32 = 24 * 60;
/// The longest reason, in characters.
const REASON: usize = 200;

/// What can be switched off, and how it stands.
#[utoipa::path(get, path = "/api/features", tag = "operating", operation_id = "getFeatures",
    responses((status = 200, body = wire::Features), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::Features> {
    axum::Json(shown(&app))
}

/// Switches a feature on or off. It holds over a restart.
#[utoipa::path(put, path = "/api/features/{feature}", tag = "operating", operation_id = "putFeature",
    params(("feature" = String, Path, description = "its name")),
    request_body = wire::Switch,
    responses((status = 200, body = wire::Features), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn switch(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(name): Path<String>,
    Json(switch): Json<wire::Switch>,
) -> Result<axum::Json<wire::Features>, ApiError> {
    let feature = Feature::named(&name).ok_or_else(|| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
        ApiError::new(
            ErrorCode::UnknownFeature,
            format!("no feature is called `{shown}`"),
        )
        .expected(Feature::ALL.map(Feature::name).join(", "))
    })?;
    app.house
        .handle
        .features()
        .switch(feature, switch.on)
        .await?;
    let state = match switch.on {
        Some(true) => "on",
        Some(false) => "off",
        None => "as the settings say",
    };
    app.setting_changed(&me, &access, &format!("{}: {state}", feature.name()));
    Ok(axum::Json(shown(&app)))
}

/// Begins maintenance: rules do not begin, the house does not speak by itself, does not search and does
/// not learn, until it is ended or its time is over. People and programs command devices as ever.
#[utoipa::path(put, path = "/api/maintenance", tag = "operating", operation_id = "beginMaintenance",
    request_body = wire::Maintain,
    responses((status = 200, body = wire::Features), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn begin(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(wanted): Json<wire::Maintain>,
) -> Result<axum::Json<wire::Features>, ApiError> {
    if !(1..=LONGEST).contains(&wanted.minutes) {
        return Err(ApiError::new(
            ErrorCode::InvalidBody,
            format!("minutes is {}", wanted.minutes),
        )
        .expected(format!("from 1 to {LONGEST}")));
    }
    let length = wanted.reason.chars().count();
    if length > REASON {
        return Err(ApiError::new(
            ErrorCode::InvalidBody,
            format!("the reason has {length} characters"),
        )
        .expected(format!("at most {REASON}")));
    }
    let since = Timestamp::now();
    let maintenance = Maintenance {
        since,
        until: since + SignedDuration::from_mins(wanted.minutes.into()),
        reason: wanted.reason,
    };
    app.house
        .handle
        .features()
        .maintain(Some(maintenance))
        .await?;
    app.setting_changed(&me, &access, "maintenance: on");
    Ok(axum::Json(shown(&app)))
}

/// Ends maintenance.
#[utoipa::path(delete, path = "/api/maintenance", tag = "operating", operation_id = "endMaintenance",
    responses((status = 200, body = wire::Features), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn end(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
) -> Result<axum::Json<wire::Features>, ApiError> {
    app.house.handle.features().maintain(None).await?;
    app.setting_changed(&me, &access, "maintenance: off");
    Ok(axum::Json(shown(&app)))
}

fn shown(app: &App) -> wire::Features {
    let features = app.house.handle.features();
    wire::Features {
        features: Feature::ALL
            .map(|feature| wire::Feature {
                name: feature.name(),
                description: feature.doc(),
                on: features.is_on(feature),
            })
            .into(),
        maintenance: features.maintenance().map(Into::into),
    }
}
