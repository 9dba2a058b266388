//! What the server needs, how fast that grows, and how quick it is.

use crate::wire::At;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the house still fits on its machine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Capacity {
    /// How many days are known.
    pub days: usize,
    /// The first of them (UTC); `null` where none is known.
    pub from: Option<String>,
    /// How what it needs grows: `database`, `devices`, `requests`, `memory`, `disk` (what is used of it).
    pub figures: Vec<CapacityFigure>,
    /// What is free on the disk of the database; `null` where it is not known.
    pub disk_free_bytes: Option<u64>,
    /// The size of that disk.
    pub disk_size_bytes: Option<u64>,
    /// In how many days it is full, as it goes now; `null` where it does not fill up, or that is unknown.
    pub days_to_full: Option<f64>,
    /// The signs that it has outgrown what it has.
    pub indicators: Vec<CapacityIndicator>,
}

/// How something grows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CapacityFigure {
    /// What.
    pub name: &'static str,
    /// In what.
    pub unit: &'static str,
    /// How much it was last; `null` where it is not known.
    pub now: Option<f64>,
    /// How much more it is after 30 days, as it goes: the median slope between any two days; `null` where
    /// there are too few.
    pub per_month: Option<f64>,
    /// `growing`, `steady` (less than 1 % in a month), `shrinking` or `unknown`.
    pub trend: &'static str,
    /// From how many days.
    pub days: usize,
    /// How many days are missing before a trend can be told; `null` where none is.
    pub needs_days: Option<usize>,
}

/// A sign that the house has outgrown what it has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CapacityIndicator {
    /// `response_time`, `memory`, `database_query` or `discovery`.
    pub name: &'static str,
    /// `ok`, `warning` or `unknown`.
    pub state: &'static str,
    /// What there is to say.
    pub message: String,
    /// The share that was slow or full, from 0 to 1; `null` where too little is known.
    pub share: Option<f64>,
    /// Above which share it is a warning.
    pub limit: f64,
    /// What to do; `null` where nothing is.
    pub action: Option<&'static str>,
}

/// How quick the server is, since it started.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Performance {
    /// When it started; `null` where it is not known.
    pub since: Option<At>,
    /// All requests together.
    pub requests: Pace,
    /// Each route that was asked for, the most asked for first.
    pub routes: Vec<RoutePace>,
    /// The database, by operation.
    pub database: Vec<NamedPace>,
    /// Answers in the conversation, by engine.
    pub conversation: Vec<NamedPace>,
    /// Searches for devices, by protocol.
    pub discovery: Vec<NamedPace>,
    /// From a wish to the report that it is so, by protocol.
    pub devices: Vec<NamedPace>,
}

/// How long something took, in milliseconds; `null` where it never happened. Quantiles are exact to the
/// bucket of the metric.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Pace {
    /// How often.
    pub count: u64,
    /// On average.
    pub mean_ms: Option<f64>,
    /// Half took no longer.
    pub p50_ms: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95_ms: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99_ms: Option<f64>,
}

/// How quick a route is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutePace {
    /// Its method.
    pub method: String,
    /// Its template; `none` is what no route took.
    pub route: String,
    /// Answers with a status of 500 or above.
    pub errors: u64,
    /// How long it took.
    pub pace: Pace,
}

/// How quick something else is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NamedPace {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub pace: Pace,
}

/// What the server uses now. What the system does not say is `null`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Resources {
    /// How long the server has been running.
    pub uptime_seconds: f64,
    /// Resident memory of the process.
    pub memory_bytes: Option<u64>,
    /// Memory that it may use.
    pub memory_limit_bytes: Option<u64>,
    /// Processor time that it used since it started.
    pub cpu_seconds: Option<f64>,
    /// Processors of the machine that it may use.
    pub processors: Option<usize>,
    /// How many programs wanted to run on the machine, on average of the last minute.
    pub load_1m: Option<f64>,
    /// Threads of the process.
    pub threads: Option<u64>,
    /// Files and connections that it has open.
    pub open_files: Option<u64>,
    /// The database with its write-ahead log.
    pub database_bytes: u64,
    /// What is free on its disk.
    pub disk_free_bytes: Option<u64>,
    /// The size of that disk.
    pub disk_size_bytes: Option<u64>,
}
