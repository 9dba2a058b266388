//! Several edits of the set-up on the wire: all of them are made, or none.

use super::{AreaEdit, DeviceEdit, FloorEdit, Imported, PersonEdit, ScenarioFault};
use crate::error::{ApiError, ErrorCode};
use model::{Reference, RequestBody};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

/// How many edits are taken at once.
pub(crate) const MOST: usize = 5_000;

/// What the house shall be set up as, as far as it is told.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationEdits {
    /// Edits, in this order; each may name what one before makes. At most 5000.
    #[serde(default)]
    pub edits: Vec<ConfigurationEdit>,
    /// Scenarios: see GET /api/automation/schema. Those that are there already are replaced.
    #[schema(value_type = Vec<Object>)]
    #[serde(default)]
    pub scenarios: Vec<Json>,
    /// Scenes, as GET /api/automation/export has them. Those that are there already are replaced.
    #[schema(value_type = Vec<Object>)]
    #[serde(default)]
    pub scenes: Vec<Json>,
}

/// An edit of something.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationEdit {
    /// Of what kind it is.
    pub section: ConfigurationSection,
    /// Its id or readable name; left out for something new. A device is never new.
    #[serde(default)]
    pub name: Option<String>,
    /// What of it, as the routes of its kind take it.
    #[schema(value_type = Object)]
    pub fields: Map<String, Json>,
}

/// What can be edited so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names say it")]
pub enum ConfigurationSection {
    Floors,
    Areas,
    People,
    Devices,
}

/// How edits of the set-up are judged; nothing is changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationJudged {
    /// Whether all of it can be done.
    pub right: bool,
    /// What is wrong with each edit, in their order; null where nothing is.
    pub edits: Vec<Option<String>>,
    /// What is wrong with scenarios and scenes.
    pub faults: Vec<ScenarioFault>,
    /// What would become of scenarios and scenes.
    pub would: Imported,
    /// What the scenarios would do.
    pub scenarios: Vec<ScenarioJudged>,
}

/// A scenario that can be kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioJudged {
    /// Its unique, stable, readable name.
    pub slug: String,
    /// What it would do, in one sentence.
    pub sentence: String,
    /// What it names and this house would not have. It can be kept all the same.
    pub problems: Vec<String>,
}

impl TryFrom<ConfigurationEdit> for RequestBody {
    type Error = ApiError;

    fn try_from(edit: ConfigurationEdit) -> Result<Self, ApiError> {
        let ConfigurationEdit {
            section,
            name,
            fields,
        } = edit;
        if name.is_none() && !fields.contains_key("name") {
            return Err(ApiError::new(ErrorCode::InvalidBody, "name is missing").expected("a name"));
        }
        let named = name.map(Reference);
        Ok(match section {
            ConfigurationSection::Floors => Self::PutFloor {
                floor: named,
                edit: read::<FloorEdit>(fields)?.try_into()?,
            },
            ConfigurationSection::Areas => Self::PutArea {
                area: named,
                edit: read::<AreaEdit>(fields)?.try_into()?,
            },
            ConfigurationSection::People => Self::PutPerson {
                person: named,
                edit: read::<PersonEdit>(fields)?.try_into()?,
            },
            ConfigurationSection::Devices => Self::EditDevice {
                device: named.ok_or_else(|| {
                    ApiError::new(ErrorCode::InvalidBody, "a device cannot be made here")
                        .expected("the name of one that was found already")
                })?,
                edit: read::<DeviceEdit>(fields)?.try_into()?,
            },
        })
    }
}

fn read<T: DeserializeOwned>(fields: Map<String, Json>) -> Result<T, ApiError> {
    serde_json::from_value(Json::Object(fields))
        .map_err(|error| ApiError::new(ErrorCode::InvalidBody, error.to_string()))
}
