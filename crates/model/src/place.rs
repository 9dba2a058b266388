//! Where things are and who lives there.

use crate::{AreaId, FloorId, PersonId, Slug, Timestamp};
use serde::{Deserialize, Serialize};

/// A floor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Its id.
    pub id: FloorId,
    /// Its readable name.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// 0 is the ground floor.
    pub level: i32,
}

/// A room or an outside area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// Its readable name.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// On which floor.
    pub floor: Option<FloorId>,
    /// The areas that a doorway leads to; always mutual.
    pub neighbours: Vec<AreaId>,
}

/// Whether a person is at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At home.
    Home,
    /// Not at home.
    Away,
    /// Nobody has said.
    Unknown,
}

/// A member of the household.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their readable name.
    pub slug: Slug,
    /// What they are called.
    pub name: String,
    /// Where their trackers say they are.
    pub presence: Presence,
    /// Since when.
    pub presence_since: Option<Timestamp>,
}
