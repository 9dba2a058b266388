//! The vault on the wire: names, and never a secret but the one that comes in.

use super::At;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

/// The vault.
#[derive(Debug, Serialize, ToSchema)]
pub struct Vault {
    /// Whether it gives and takes anything.
    pub open: bool,
    /// Why not; null where it does.
    pub closed_because: Option<String>,
    /// What it holds, by name.
    pub entries: Vec<VaultEntry>,
    /// The settings that an entry of the same name gives.
    pub settings: Vec<VaultSetting>,
}

/// What may be known of a secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct VaultEntry {
    /// What it is called.
    pub name: String,
    /// Since when it is as it is.
    pub since: At,
    /// Who put it there.
    pub by: String,
    /// What uses it; null where nothing does.
    pub used_by: Option<String>,
    /// When a change holds: `now`, `restart` (when the server starts again) or `not_used`.
    #[schema(value_type = String)]
    pub effect: &'static str,
    /// The same for people.
    pub message: String,
}

/// A setting that an entry of the same name gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct VaultSetting {
    /// The setting.
    #[schema(value_type = String)]
    pub name: &'static str,
    /// What uses it.
    #[schema(value_type = String)]
    pub used_by: &'static str,
    /// Whether the environment or `.env` gives it, which wins.
    pub given_by_environment: bool,
    /// What has to be set besides before it is used; null where nothing is missing.
    pub waits_for: Option<String>,
    /// Whether a change holds at once, and not only when the server starts again.
    pub at_once: bool,
}

/// A secret that is removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct VaultRemoved {
    /// What it was called.
    pub name: String,
    /// When that holds: `now`, `restart` or `not_used`.
    #[schema(value_type = String)]
    pub effect: &'static str,
    /// The same for people.
    pub message: String,
}

/// A secret that comes in. Whatever is wrong with it, no error repeats it.
#[derive(ToSchema)]
pub struct NewSecret {
    /// The secret itself: 1 to 16384 bytes.
    pub secret: String,
}

impl<'de> Deserialize<'de> for NewSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong =
            || D::Error::custom("expected an object with the text `secret` and nothing else");
        let serde_json::Value::Object(mut given) = serde_json::Value::deserialize(deserializer)?
        else {
            return Err(wrong());
        };
        match (given.remove("secret"), given.is_empty()) {
            (Some(serde_json::Value::String(secret)), true) => Ok(Self { secret }),
            _ => Err(wrong()),
        }
    }
}
