//! A property's past on the wire.

use super::{At, Scalar};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A property over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Series {
    /// Whose.
    pub device: Uuid,
    /// Which property.
    pub property: String,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// From when.
    pub from: At,
    /// Until when.
    pub to: At,
    /// `raw`, `hour` or `day`.
    pub resolution: &'static str,
    /// With `raw`: the last value before `from`, which is what it was then; null where none is
    /// known.
    pub before: Option<Point>,
    /// The points, oldest first.
    pub points: Vec<Point>,
    /// Where nothing is known, and why.
    pub gaps: Vec<Gap>,
    /// Whether there are more points than the limit let through.
    pub truncated: bool,
}

/// A point: a reported value (`value`), or the summary of an hour or a day (the rest).
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// When, or the start of the hour or day.
    pub at: At,
    /// The value; null where the device said that it does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Scalar>)]
    pub value: Option<Option<Scalar>>,
    /// The mean, weighted by time; for truths the share of time that it was true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// The lowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The increase of a meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// How many reports are behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// A time of which nothing is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    /// From when.
    pub from: At,
    /// Until when.
    pub to: At,
    /// Why.
    pub reason: Option<String>,
}
