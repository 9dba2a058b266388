//! Searches for devices, what discovery said, and how it is.

use super::{At, Cause, Discovery, Who};
use model::{DriverState, ScanStatus};
use serde::Serialize;
use store::SearchRate;
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which protocols to search by.
#[derive(Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Only by these; by all where it is left out or empty.
    #[schema(example = json!(["mdns"]))]
    #[serde(default)]
    pub protocols: Vec<String>,
}

/// A search for devices.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scan {
    /// Its id.
    pub scan_id: Uuid,
    /// `running` or `completed`.
    #[schema(example = "completed")]
    pub status: &'static str,
    /// When it began.
    pub started_at: At,
    /// When it ended; null while it runs.
    pub ended_at: Option<At>,
    /// Who wanted it.
    pub who: Who,
    /// How it went, by protocol.
    pub protocols: Vec<ProtocolScan>,
    /// How many things were found for the first time.
    pub new_count: usize,
}

/// A search for devices, with what it found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScanResult {
    /// Its id.
    pub scan_id: Uuid,
    /// `running` or `completed`.
    #[schema(example = "completed")]
    pub status: &'static str,
    /// When it began.
    pub started_at: At,
    /// When it ended; null while it runs.
    pub ended_at: Option<At>,
    /// Who wanted it.
    pub who: Who,
    /// How it went, by protocol.
    pub protocols: Vec<ProtocolScan>,
    /// How many things were found for the first time.
    pub new_count: usize,
    /// Those of them that are still known, as they are now.
    pub new: Vec<Discovery>,
}

/// How a search went over one protocol.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProtocolScan {
    /// Which.
    #[schema(example = "mdns")]
    pub protocol: String,
    /// `running`, `completed`, `failed`, `timed_out`, `unavailable` (nothing here to search with) or
    /// `disabled` (switched off in the settings).
    #[schema(example = "completed")]
    pub status: &'static str,
    /// How many things this protocol sees.
    pub found: u32,
    /// How long it took, in milliseconds; 0 while it runs.
    pub duration_ms: u64,
    /// What went wrong, or why it was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A page of searches.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScanList {
    /// The searches, newest first.
    pub scans: Vec<Scan>,
    /// The cursor of the next (older) page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that discovery did or said.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscoveryLog {
    /// The start of the house in which it happened.
    pub epoch: u64,
    /// Its number within that.
    pub seq: u64,
    /// When, in house time.
    pub at: At,
    /// `discovery_found`, `discovery_changed`, `discovery_vanished`, `discovery_returned`,
    /// `discovery_closed` or `scan_ended`.
    #[schema(example = "discovery_found")]
    pub kind: &'static str,
    /// The same in one plain sentence.
    pub text: String,
    /// Who caused it.
    pub cause: Cause,
    /// The found thing that it is about.
    pub discovery: Option<Uuid>,
    /// The search that it is about.
    pub scan: Option<Uuid>,
    /// The protocols that had to do with it, as far as that is still known.
    pub protocols: Vec<String>,
    /// What went wrong, by protocol.
    pub errors: Vec<ProtocolError>,
}

/// What went wrong over one protocol.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProtocolError {
    /// Which.
    pub protocol: String,
    /// `failed` or `timed_out`.
    #[schema(example = "failed")]
    pub status: &'static str,
    /// Why, and what to do.
    pub error: String,
}

/// A page of what discovery did and said.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscoveryLogList {
    /// What it did and said, newest first.
    pub logs: Vec<DiscoveryLog>,
    /// The cursor of the next (older) page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How discovery is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscoveryStatus {
    /// The search that is under way, or the last one; null where none ever ran.
    pub scan: Option<Scan>,
    /// How many found things wait for a yes.
    pub waiting: usize,
    /// Every protocol, by name.
    pub protocols: Vec<ProtocolStatus>,
}

/// How discovery over one protocol is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProtocolStatus {
    /// Which.
    #[schema(example = "mdns")]
    pub protocol: String,
    /// Whether it takes part in searches.
    pub enabled: bool,
    /// Why it does not.
    pub reason: Option<String>,
    /// How its driver is; null where it has not said so.
    pub driver: Option<DriverHealth>,
    /// Its part of the last search that it took part in.
    pub last_scan: Option<LastScan>,
    /// How often it could be searched.
    pub success: SuccessRate,
    /// How many things it sees now: found things, and devices that it speaks to and that answer.
    pub seen: usize,
}

/// How a driver is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriverHealth {
    /// `starting`, `running`, `degraded`, `failed` or `stopped`.
    #[schema(example = "running")]
    pub state: &'static str,
    /// Why, where it does not run well.
    pub reason: Option<String>,
}

/// A protocol's part of a search.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastScan {
    /// Which search.
    pub scan_id: Uuid,
    /// When that began.
    pub started_at: At,
    /// How it went.
    pub result: ProtocolScan,
}

/// How often a protocol could be searched, of all searches that are kept.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SuccessRate {
    /// The share in percent; null where it was never tried.
    pub percent: Option<f64>,
    /// How often it was tried.
    pub attempts: u64,
    /// How often it worked.
    pub successes: u64,
}

impl From<&model::Scan> for Scan {
    fn from(scan: &model::Scan) -> Self {
        Self {
            scan_id: scan.id.uuid(),
            status: if scan.ended.is_some() {
                ScanStatus::Completed.as_str()
            } else {
                ScanStatus::Running.as_str()
            },
            started_at: scan.started.into(),
            ended_at: scan.ended.map(At),
            who: (&scan.cause.who).into(),
            protocols: scan.protocols.iter().map(Into::into).collect(),
            new_count: scan.new.len(),
        }
    }
}

impl ScanResult {
    /// A search with what it found, as that is in the snapshot.
    #[must_use]
    pub fn of(scan: &model::Scan, snapshot: &Snapshot) -> Self {
        let known = scan
            .new
            .iter()
            .filter_map(|id| snapshot.discoveries.get(id));
        let new = known.map(|thing| Discovery::of(thing, snapshot)).collect();
        let Scan {
            scan_id,
            status,
            started_at,
            ended_at,
            who,
            protocols,
            new_count,
        } = scan.into();
        Self {
            scan_id,
            status,
            started_at,
            ended_at,
            who,
            protocols,
            new_count,
            new,
        }
    }
}

impl From<&model::ProtocolScan> for ProtocolScan {
    fn from(part: &model::ProtocolScan) -> Self {
        Self {
            protocol: part.protocol.clone(),
            status: part.status.as_str(),
            found: part.found,
            duration_ms: part.duration_ms,
            error: part.error.clone(),
        }
    }
}

impl From<&DriverState> for DriverHealth {
    fn from(state: &DriverState) -> Self {
        let (state, reason) = match state {
            DriverState::Starting => ("starting", None),
            DriverState::Running => ("running", None),
            DriverState::Degraded { reason } => ("degraded", Some(reason)),
            DriverState::Failed { reason } => ("failed", Some(reason)),
            DriverState::Stopped => ("stopped", None),
        };
        Self {
            state,
            reason: reason.cloned(),
        }
    }
}

impl From<&SearchRate> for SuccessRate {
    fn from(rate: &SearchRate) -> Self {
        Self {
            percent: percent(rate),
            attempts: rate.attempts,
            successes: rate.successes,
        }
    }
}

/// The share of attempts that worked, in percent; `None` where there was none.
#[expect(clippy::cast_precision_loss, reason = "numbers of searches")]
pub(crate) fn percent(rate: &SearchRate) -> Option<f64> {
    (rate.attempts > 0).then(|| 100.0 * rate.successes as f64 / rate.attempts as f64)
}
