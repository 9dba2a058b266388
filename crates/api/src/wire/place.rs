//! Floors, areas and people on the wire, and their edits.

use super::Patch;
use crate::{ApiError, ErrorCode};
use model::{Change, Presence, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A floor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Floor {
    /// Its id.
    pub id: Uuid,
    /// Its readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// 0 is the ground floor.
    pub level: i32,
}

/// A room or an outside area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Area {
    /// Its id.
    pub id: Uuid,
    /// Its readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// On which floor.
    pub floor: Option<Uuid>,
    /// The areas that a doorway leads to.
    pub neighbours: Vec<Uuid>,
}

/// A member of the household.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// Their readable name.
    pub slug: String,
    /// What they are called.
    pub name: String,
    /// `home`, `away` or `unknown`.
    pub presence: &'static str,
    /// Since when.
    pub presence_since: Option<super::At>,
}

impl From<&model::Floor> for Floor {
    fn from(floor: &model::Floor) -> Self {
        Self {
            id: floor.id.uuid(),
            slug: floor.slug.to_string(),
            name: floor.name.clone(),
            level: floor.level,
        }
    }
}

impl From<&model::Area> for Area {
    fn from(area: &model::Area) -> Self {
        Self {
            id: area.id.uuid(),
            slug: area.slug.to_string(),
            name: area.name.clone(),
            floor: area.floor.map(model::FloorId::uuid),
            neighbours: area.neighbours.iter().map(|area| area.uuid()).collect(),
        }
    }
}

impl From<&model::Person> for Person {
    fn from(person: &model::Person) -> Self {
        Self {
            id: person.id.uuid(),
            slug: person.slug.to_string(),
            name: person.name.clone(),
            presence: match person.presence {
                Presence::Home => "home",
                Presence::Away => "away",
                Presence::Unknown => "unknown",
            },
            presence_since: person.presence_since.map(super::At),
        }
    }
}

/// A new floor, or an edit of one. A new one needs a name.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FloorEdit {
    /// What people call it.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub name: Patch<String>,
    /// Its readable name; made from the name where it is left out.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub slug: Patch<String>,
    /// 0 is the ground floor.
    #[schema(value_type = Option<i32>)]
    #[serde(default)]
    pub level: Patch<i32>,
}

/// A new area, or an edit of one. A new one needs a name.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaEdit {
    /// What people call it.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub name: Patch<String>,
    /// Its readable name; made from the name where it is left out.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub slug: Patch<String>,
    /// Id or slug of its floor; null for none.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub floor: Patch<String>,
    /// Ids or slugs of the areas that a doorway leads to.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub neighbours: Patch<Vec<String>>,
}

/// A new person, or an edit of one. A new one needs a name.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonEdit {
    /// What they are called.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub name: Patch<String>,
    /// Their readable name; made from the name where it is left out.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub slug: Patch<String>,
    /// `home`, `away` or `unknown`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub presence: Patch<Presence>,
}

impl TryFrom<FloorEdit> for model::FloorEdit {
    type Error = ApiError;

    fn try_from(edit: FloorEdit) -> Result<Self, ApiError> {
        Ok(Self {
            name: edit.name.required("name")?,
            slug: slug(edit.slug)?,
            level: edit.level.required("level")?,
        })
    }
}

impl TryFrom<AreaEdit> for model::AreaEdit {
    type Error = ApiError;

    fn try_from(edit: AreaEdit) -> Result<Self, ApiError> {
        let references = |slugs: Vec<String>| slugs.into_iter().map(model::Reference).collect();
        Ok(Self {
            name: edit.name.required("name")?,
            slug: slug(edit.slug)?,
            floor: reference(edit.floor),
            neighbours: match edit.neighbours.required("neighbours")? {
                Change::Keep => Change::Keep,
                Change::Set(slugs) => Change::Set(references(slugs)),
            },
        })
    }
}

impl TryFrom<PersonEdit> for model::PersonEdit {
    type Error = ApiError;

    fn try_from(edit: PersonEdit) -> Result<Self, ApiError> {
        Ok(Self {
            name: edit.name.required("name")?,
            slug: slug(edit.slug)?,
            presence: edit.presence.required("presence")?,
        })
    }
}

/// A slug in an edit, checked.
pub(super) fn slug(patch: Patch<String>) -> Result<Change<Slug>, ApiError> {
    match patch.required("slug")? {
        Change::Keep => Ok(Change::Keep),
        Change::Set(text) => text
            .parse()
            .map(Change::Set)
            .map_err(|error: model::SlugError| {
                ApiError::new(
                    ErrorCode::InvalidBody,
                    format!("`{}` is not a slug", error.text),
                )
                .expected("1 to 64 characters of a-z, 0-9 and _, such as kitchen_lamp")
            }),
    }
}

/// A reference in an edit.
pub(super) fn reference(patch: Patch<String>) -> Change<Option<model::Reference>> {
    match patch.nullable() {
        Change::Keep => Change::Keep,
        Change::Set(reference) => Change::Set(reference.map(model::Reference)),
    }
}
