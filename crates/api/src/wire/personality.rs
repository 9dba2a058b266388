//! How the house talks, on the wire.

use conversation::personality as own;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the house talks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Personality {
    /// In which tone: `plain`, `warm` or `formal`.
    #[schema(example = "warm")]
    pub style: &'static str,
    /// How much: `brief`, `normal` or `detailed`.
    #[schema(example = "normal")]
    pub verbosity: &'static str,
    /// How much it begins to say by itself: `off` (only what presses now), `low`, `normal` or `high`.
    #[schema(example = "normal")]
    pub proactivity: &'static str,
    /// With how much humour: `none`, `subtle` or `playful`.
    #[schema(example = "subtle")]
    pub humor: &'static str,
}

/// A change of it; what is left out stays. Words that mean the same are taken, too (`friendly`,
/// `concise`, `medium`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonalityEdit {
    /// In which tone.
    #[schema(example = "warm")]
    pub style: Option<String>,
    /// How much.
    #[schema(example = "brief")]
    pub verbosity: Option<String>,
    /// How much by itself.
    #[schema(example = "low")]
    pub proactivity: Option<String>,
    /// With how much humour.
    #[serde(alias = "humour")]
    #[schema(example = "none")]
    pub humor: Option<String>,
}

impl From<own::Personality> for Personality {
    fn from(personality: own::Personality) -> Self {
        Self {
            style: personality.style.as_str(),
            verbosity: personality.verbosity.as_str(),
            proactivity: personality.proactivity.as_str(),
            humor: personality.humor.as_str(),
        }
    }
}

impl From<PersonalityEdit> for own::Change {
    fn from(edit: PersonalityEdit) -> Self {
        Self {
            style: edit.style,
            verbosity: edit.verbosity,
            proactivity: edit.proactivity,
            humor: edit.humor,
        }
    }
}
