//! A property's past.

use super::devices::{find_seen, short};
use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Path, Query};
use crate::state::Shared;
use crate::wire::{self, At, Scalar};
use axum::extract::State;
use history::{Range, Resolution};
use model::Timestamp;
use serde::Deserialize;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// How many points at most, and where the client does not say. A chart has about as many pixels.
const MOST: usize = 10_000;
const USUAL: usize = 2_000;
/// From when, where the client does not say: a day before the end.
const SPAN: Duration = Duration::from_secs(24 * 60 * 60);

/// Which part of the past.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesQuery {
    /// Which property, such as `TemperatureMeasurement.temperature`.
    property: String,
    /// From when; a day before `to` where it is left out.
    from: Option<At>,
    /// Until when; now (in house time) where it is left out.
    to: Option<At>,
    /// `auto` (the default), `raw`, `hour` or `day`.
    #[serde(default)]
    #[param(inline)]
    resolution: Fineness,
    /// How many points at most: 1 to 10,000, 2,000 where it is left out.
    limit: Option<usize>,
}

/// How finely.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Fineness {
    /// As finely as fits.
    #[default]
    Auto,
    /// Every report.
    Raw,
    /// By the hour.
    Hour,
    /// By the local day.
    Day,
}

/// A property over time: every report, or summed up by the hour or the day.
#[utoipa::path(get, path = "/api/devices/{device}/history", tag = "devices", operation_id = "getHistory",
    params(("device" = String, Path, description = "id, slug or alias"), SeriesQuery),
    responses((status = 200, body = wire::Series), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn series(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Path(device): Path<String>,
    Query(query): Query<SeriesQuery>,
) -> Result<axum::Json<wire::Series>, ApiError> {
    let snapshot = app.house.handle.snapshot();
    let twin = find_seen(&device, &snapshot, &grant)?;
    let path = property(&query.property, &twin.device)?;
    let now = app.house.handle.clock().now().house;
    let range = range(&query, twin.device.id, path, now)?;
    let series = history::series(&app.house.store, &app.house.zone, &range, now).await?;
    let unit = twin.device.instance(path.endpoint, path.capability.name);
    let unit = unit.and_then(|instance| instance.property(path.property.name)?.unit.clone());
    let unit = path
        .property
        .unit
        .map(|unit| unit.symbol().to_owned())
        .or(unit);
    let mut answer = wire::Series {
        device: twin.device.id.uuid(),
        property: path.to_string(),
        unit,
        from: range.from.into(),
        to: range.to.into(),
        resolution: "raw",
        before: None,
        points: Vec::new(),
        gaps: Vec::new(),
        truncated: false,
    };
    // Never recorded is an empty past, not an error: the device may only just have come.
    if let Some(series) = series {
        fill(&mut answer, series);
    }
    Ok(axum::Json(answer))
}

fn fill(answer: &mut wire::Series, series: history::Series) {
    answer.resolution = match series.resolution {
        Resolution::Auto | Resolution::Raw => "raw",
        Resolution::Hour => "hour",
        Resolution::Day => "day",
    };
    answer.before = series.before.as_ref().map(sample);
    let samples = series.points.iter().map(sample);
    let sums = series.buckets.iter().map(|bucket| wire::Point {
        at: bucket.start.into(),
        value: None,
        mean: bucket.mean,
        min: bucket.min,
        max: bucket.max,
        sum: bucket.total,
        count: u64::try_from(bucket.samples).ok(),
    });
    answer.points = samples.chain(sums).collect();
    answer.gaps = series
        .gaps
        .into_iter()
        .map(|gap| wire::Gap {
            from: gap.from.into(),
            to: gap.to.into(),
            reason: Some(gap.detail),
        })
        .collect();
    answer.truncated = series.next.is_some();
}

fn sample(point: &store::Point) -> wire::Point {
    wire::Point {
        at: point.at.into(),
        value: Some(point.value.as_ref().map(Scalar::from)),
        mean: None,
        min: None,
        max: None,
        sum: None,
        count: None,
    }
}

fn range(
    query: &SeriesQuery,
    device: model::DeviceId,
    path: model::Path,
    now: Timestamp,
) -> Result<Range, ApiError> {
    let to = query.to.map_or(now, |to| to.0);
    let from = query.from.map_or_else(
        || to.checked_sub(SPAN).unwrap_or(Timestamp::MIN),
        |from| from.0,
    );
    if from >= to {
        return Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("from ({from}) is not before to ({to})"),
        )
        .expected("a time before `to`"));
    }
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(
            ApiError::new(ErrorCode::InvalidQuery, format!("limit is {limit}"))
                .expected(format!("1 to {MOST}")),
        );
    }
    let resolution = match query.resolution {
        Fineness::Auto => Resolution::Auto,
        Fineness::Raw => Resolution::Raw,
        Fineness::Hour => Resolution::Hour,
        Fineness::Day => Resolution::Day,
    };
    Ok(Range {
        device,
        path,
        from,
        to,
        resolution,
        limit,
    })
}

/// The property that a client means, if the device has it.
pub(super) fn property(text: &str, device: &model::Device) -> Result<model::Path, ApiError> {
    let has = |path: &model::Path| {
        let instance = device.instance(path.endpoint, path.capability.name);
        instance.is_some_and(|instance| instance.property(path.property.name).is_some())
    };
    text.parse().ok().filter(has).ok_or_else(|| {
        let paths: Vec<String> = device
            .capabilities
            .iter()
            .flat_map(|instance| {
                instance
                    .properties
                    .iter()
                    .filter_map(|shape| instance.path(&shape.name))
            })
            .map(|path| path.to_string())
            .take(40)
            .collect();
        let message = format!("{} has no property `{}`", device.slug, short(text));
        ApiError::new(ErrorCode::UnknownProperty, message)
            .expected(format!("one of {}", paths.join(", ")))
    })
}
