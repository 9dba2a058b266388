//! What can be switched off, and maintenance, on the wire.

use super::At;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What can be switched off while the house runs, and whether it is being looked after.
#[derive(Debug, Serialize, ToSchema)]
pub struct Features {
    /// Every feature.
    pub features: Vec<Feature>,
    /// The maintenance that is on; null where none is.
    pub maintenance: Option<Maintenance>,
}

/// Something that can be switched off.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feature {
    /// Its name.
    #[schema(example = "learning")]
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Whether it is on now; maintenance counts.
    pub on: bool,
}

/// Switches a feature.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// On or off; null lets it follow the setting FEATURES_OFF again.
    pub on: Option<bool>,
}

/// The house is being looked after.
#[derive(Debug, Serialize, ToSchema)]
pub struct Maintenance {
    /// Since when, on the machine's clock.
    pub since: At,
    /// When it ends by itself.
    pub until: At,
    /// Why.
    pub reason: String,
}

impl From<twin::Maintenance> for Maintenance {
    fn from(maintenance: twin::Maintenance) -> Self {
        Self {
            since: maintenance.since.into(),
            until: maintenance.until.into(),
            reason: maintenance.reason,
        }
    }
}

/// Begins maintenance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Maintain {
    /// For how many minutes at most, up to a day.
    #[schema(example = 60, minimum = 1, maximum = 1440)]
    pub minutes: u32,
    /// Why, for who asks; up to 200 characters.
    #[schema(example = "a new boiler")]
    #[serde(default)]
    pub reason: String,
}
