//! What the house was set up as, on the wire.

use super::{At, Cause};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// What the house was set up as at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Configuration {
    /// The moment.
    pub at: At,
    /// Since when that is kept.
    pub began: At,
    /// Whether it is known: false before `began`, and then there is nothing in the lists.
    pub known: bool,
    /// Floors.
    pub floors: Vec<ConfigurationPart>,
    /// Rooms and outside areas.
    pub areas: Vec<ConfigurationPart>,
    /// Members of the household.
    pub people: Vec<ConfigurationPart>,
    /// Devices.
    pub devices: Vec<ConfigurationPart>,
    /// Safety constraints that were not as they come with the house.
    pub constraints: Vec<ConfigurationPart>,
    /// What the household had chosen about the house itself.
    pub settings: Vec<ConfigurationPart>,
}

/// A part of the set-up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationPart {
    /// Its id; the slug of a constraint, the name of a setting.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Since when it was so.
    pub since: At,
    /// Who made it so.
    pub cause: Cause,
    /// As it was. References to areas and floors are ids.
    #[schema(value_type = Value)]
    pub body: Json,
}

/// Changes of the set-up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationChanges {
    /// Since when they are kept.
    pub began: At,
    /// The changes, the newest first.
    pub changes: Vec<ConfigurationChange>,
    /// The `cursor` of the next page; null on the last.
    pub next: Option<i64>,
}

/// A change of the set-up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationChange {
    /// `floor`, `area`, `person`, `device`, `constraint` or `setting`.
    pub part: String,
    /// Its id; the slug of a constraint, the name of a setting.
    pub id: String,
    /// What it was called after it, or before it was gone.
    pub name: String,
    /// When.
    pub at: At,
    /// Who did it.
    pub cause: Cause,
    /// What became of it, for people.
    pub what: Vec<String>,
    /// As it was before; null where it is new.
    #[schema(value_type = Value)]
    pub before: Option<Json>,
    /// As it was from then on; null where it is gone.
    #[schema(value_type = Value)]
    pub after: Option<Json>,
}

impl Configuration {
    pub(crate) fn of(at: model::Timestamp, found: history::Configuration) -> Self {
        let known = found.parts.is_some();
        let parts = found.parts.unwrap_or_default();
        let of = |part: &str| -> Vec<ConfigurationPart> {
            let these = parts.iter().filter(|version| version.part == part);
            these
                .filter_map(|version| {
                    let body = version.body.clone()?;
                    Some(ConfigurationPart {
                        name: history::part_name(part, &version.id, Some(&body)),
                        id: version.id.clone(),
                        since: At(version.at),
                        cause: (&version.cause).into(),
                        body,
                    })
                })
                .collect()
        };
        Self {
            at: At(at),
            began: At(found.began),
            known,
            floors: of("floor"),
            areas: of("area"),
            people: of("person"),
            devices: of("device"),
            constraints: of("constraint"),
            settings: of("setting"),
        }
    }
}

impl From<history::ConfigurationChange> for ConfigurationChange {
    fn from(change: history::ConfigurationChange) -> Self {
        Self {
            part: change.part,
            id: change.id,
            name: change.name,
            at: At(change.at),
            cause: (&change.cause).into(),
            what: change.what,
            before: change.before,
            after: change.after,
        }
    }
}
