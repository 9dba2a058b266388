//! What somebody may do. Who somebody is, is proven elsewhere.

use crate::{AreaId, Who};
use serde::{Deserialize, Serialize};

/// One kind of thing that a route or a request needs a permission for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Right {
    /// See devices, areas, history and the timeline.
    ReadHouse = 0,
    /// See health, metrics and the API's description.
    ReadHealth = 1,
    /// Command devices whose properties are free.
    Control = 2,
    /// Command what needs a person's yes: locks, garage doors, disarming.
    ControlCritical = 3,
    /// Adopt, edit and remove devices; edit areas, floors and people.
    ManageHouse = 4,
    /// Change how the server itself works.
    Operate = 5,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 6] = [
        Self::ReadHouse,
        Self::ReadHealth,
        Self::Control,
        Self::ControlCritical,
        Self::ManageHouse,
        Self::Operate,
    ];
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u8);

impl Rights {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// Every right.
    #[must_use]
    pub fn all() -> Self {
        Right::ALL.into_iter().collect()
    }

    /// Whether `right` is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(
            rights
                .into_iter()
                .fold(0, |set, right| set | 1 << right as u8),
        )
    }
}

/// Who asks and what they may do. Every request carries one.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Who asks.
    pub who: Who,
    /// What they may do.
    pub rights: Rights,
    /// Only in these areas; `None` means in the whole house.
    pub areas: Option<Vec<AreaId>>,
}

impl Grant {
    /// The operator on the machine itself: everything, everywhere.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            who: Who::Operator,
            rights: Rights::all(),
            areas: None,
        }
    }

    /// The server itself, for what it does by its own rules.
    #[must_use]
    pub fn house() -> Self {
        Self {
            who: Who::House,
            rights: Rights::all(),
            areas: None,
        }
    }

    /// Whether it covers `right` in `area` (`None`: something that stands in no area).
    #[must_use]
    pub fn covers(&self, right: Right, area: Option<AreaId>) -> bool {
        let there = match (&self.areas, area) {
            (None, _) => true,
            (Some(areas), Some(area)) => areas.contains(&area),
            (Some(_), None) => false,
        };
        there && self.rights.has(right)
    }
}
