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
    /// Change how the server itself works; read security events.
    Operate = 5,
    /// What is private: what is remembered, and what is known of people. To read, correct and forget.
    Private = 6,
    /// Talk with the house, and read what one said to it oneself.
    Converse = 7,
    /// Make, change and remove accounts and anybody's tokens.
    ManageUsers = 8,
    /// Make backups and restore them.
    Backup = 9,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 10] = [
        Self::ReadHouse,
        Self::ReadHealth,
        Self::Control,
        Self::ControlCritical,
        Self::ManageHouse,
        Self::Operate,
        Self::Private,
        Self::Converse,
        Self::ManageUsers,
        Self::Backup,
    ];

    /// The word for it, which is also the scope of a token.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadHouse => "read_house",
            Self::ReadHealth => "read_health",
            Self::Control => "control",
            Self::ControlCritical => "control_critical",
            Self::ManageHouse => "manage_house",
            Self::Operate => "operate",
            Self::Private => "private",
            Self::Converse => "converse",
            Self::ManageUsers => "manage_users",
            Self::Backup => "backup",
        }
    }

    /// The right of a word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.name() == name)
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u16);

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

    /// Those that both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each of them, in the order of [`Right::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
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
