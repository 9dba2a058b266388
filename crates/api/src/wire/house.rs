//! The house, its health and its errors on the wire.

use super::{At, Wish};
use crate::health::{self, Status};
use serde::Serialize;
use utoipa::ToSchema;

/// The house.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct House {
    /// What it is called.
    pub name: String,
    /// House time: the wall clock, or the simulator's.
    pub time: At,
    /// Its time zone, by IANA name.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// Whether a simulator stands in for the world.
    pub simulated: bool,
    /// How fast house time runs: 1 in a real house.
    pub pace: f64,
    /// The simulator's page, where there is one, for who may edit the house or operate its server.
    pub simulator_url: Option<String>,
    /// The server's version.
    pub version: String,
}

/// A backup is being taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BackupBegun {
    /// Where it stands how far it is, and how it ended.
    pub look: &'static str,
    /// In which component there.
    pub component: &'static str,
}

/// What runs here, for whoever reports a fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Version {
    /// The server's version.
    pub version: String,
    /// The commit that it was built from.
    pub commit: String,
    /// `debug` or `release`.
    pub profile: String,
    /// The operating system and processor.
    #[schema(example = "linux x86_64")]
    pub target: String,
}

/// Whether the service can work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` or `failed`.
    pub status: Status,
    /// The server's version.
    pub version: String,
    /// Seconds since the start.
    pub uptime_seconds: f64,
    /// The wall clock of the machine.
    pub time: At,
}

/// Whether the service can work, part by part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthDetails {
    /// `ok`, `degraded` or `failed`: failed when a part is that without which nothing works.
    pub status: Status,
    /// The server's version.
    pub version: String,
    /// Seconds since the start.
    pub uptime_seconds: f64,
    /// The wall clock of the machine.
    pub time: At,
    /// The parts.
    pub components: Vec<Component>,
}

/// A part of the service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// `ok`, `degraded` or `failed`.
    pub status: Status,
    /// Whether nothing works without it.
    pub critical: bool,
    /// How long it took to answer, in milliseconds; null where it is not asked but reports itself.
    pub latency_ms: Option<f64>,
    /// Since when it is so.
    pub since: At,
    /// What there is to say about that.
    pub message: Option<String>,
    /// What to do.
    pub action: Option<String>,
}

impl From<health::Component> for Component {
    fn from(component: health::Component) -> Self {
        Self {
            name: component.name,
            status: component.state.status,
            critical: component.critical,
            latency_ms: component
                .latency
                .map(|latency| latency.as_secs_f64() * 1_000.0),
            since: component.since.into(),
            message: component.state.message,
            action: component.state.action,
        }
    }
}

/// An error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong: what it was, what was expected, what to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// Which kind; stable, for programs.
    #[schema(example = "unknown_device")]
    pub code: String,
    /// What was wrong.
    pub message: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do.
    pub action: String,
    /// The request's id, also in the log and in the header `X-Request-Id`.
    pub reference: String,
    /// The wish that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The slug of the safety constraint that forbids it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "heating_bounds")]
    pub constraint: Option<String>,
}
