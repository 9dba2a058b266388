//! How far a device's twin and the device are apart.

use super::{At, Device, Scalar, shape::halves};
use model::{Connectivity, Value};
use serde::Serialize;
use twin::{DeviceTwin, PropertyTwin, Snapshot};
use utoipa::ToSchema;

/// A device with all that is known of it, and how far that and the device itself are apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceTwinState {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// How far both halves of its twin are apart.
    pub sync: Sync,
}

/// How far both halves of a twin are apart, as numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sync {
    /// `in_step`; `pending`: something is wanted and under way; `offline`: it is away; `stale`: it has
    /// not said everything again since the last start; `unknown`: it never said anything.
    pub state: &'static str,
    /// The share of its properties that are not as they are wanted, 0 (none) to 1 (all).
    pub divergence: f64,
    /// The properties that are not as they are wanted.
    pub out_of_step: Vec<OutOfStep>,
    /// How many properties were not said again since the last start.
    pub stale: usize,
}

/// A property that is not as it is wanted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutOfStep {
    /// Its address on the device.
    #[schema(example = "LevelControl.current_level")]
    pub path: String,
    /// What the device said last; null where that is not known.
    pub reported: Option<Scalar>,
    /// What is wanted.
    pub desired: Scalar,
    /// Since when, in house time.
    pub since: At,
    /// How far a number is from what is wanted, in the property's unit; null for anything else.
    pub distance: Option<f64>,
}

impl DeviceTwinState {
    /// A device as `snapshot` has it.
    #[must_use]
    pub fn of(twin: &DeviceTwin, snapshot: &Snapshot) -> Self {
        Self {
            device: Device::of(twin, snapshot),
            sync: Sync::of(twin),
        }
    }
}

impl Sync {
    fn of(twin: &DeviceTwin) -> Self {
        let known = twin
            .properties
            .values()
            .filter(|both| both.reported.is_some() || both.desired.is_some())
            .count();
        let out_of_step: Vec<OutOfStep> = twin
            .properties
            .iter()
            .filter_map(|(path, both)| OutOfStep::of(&path.to_string(), both))
            .collect();
        let stale = twin
            .properties
            .values()
            .filter(|both| both.reported.as_ref().is_some_and(|said| said.stale))
            .count();
        let state = if twin.connectivity == Connectivity::Offline {
            "offline"
        } else if !out_of_step.is_empty() {
            "pending"
        } else if known == 0 {
            "unknown"
        } else if stale > 0 {
            "stale"
        } else {
            "in_step"
        };
        let share = |part: usize| {
            let [part, all] = [part, known.max(1)].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            f64::from(part) / f64::from(all)
        };
        Self {
            state,
            divergence: share(out_of_step.len()),
            out_of_step,
            stale,
        }
    }
}

impl OutOfStep {
    fn of(path: &str, both: &PropertyTwin) -> Option<Self> {
        let desired = both.desired.as_ref()?;
        let (reported, wanted) = halves(Some(both));
        let said = both.reported.as_ref().and_then(|said| said.value.as_ref());
        let distance = match (said, &desired.value) {
            (Some(Value::Number(is)), Value::Number(wanted)) => Some((wanted - is).abs()),
            _ => None,
        };
        Some(Self {
            path: path.to_owned(),
            reported: reported.map(|said| said.value),
            desired: wanted?.value,
            since: desired.at.into(),
            distance,
        })
    }
}
