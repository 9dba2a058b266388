//! Roles: sets of rights with a name.

use model::{Right, Rights};

/// What somebody is in the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, and who else may what.
    Owner,
    /// A member of the household.
    Member,
    /// A child: what is free in the house, and nothing that locks, unlocks, changes or remembers it.
    Child,
    /// A guest: sees and controls what is free, mostly for some time and in some rooms.
    Guest,
    /// A panel on a wall, which anybody may touch.
    Panel,
    /// Who looks after the machine: how it runs and how the house is built, and nothing private.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Member,
        Self::Child,
        Self::Guest,
        Self::Panel,
        Self::Operator,
    ];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
            Self::Child => "child",
            Self::Guest => "guest",
            Self::Panel => "panel",
            Self::Operator => "operator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it may do.
    #[must_use]
    pub fn rights(self) -> Rights {
        use Right::{
            Backup, Control, ControlCritical, Converse, ManageHouse, Operate, Private, ReadHealth,
            ReadHouse,
        };
        let rights: &[Right] = match self {
            Self::Owner => &Right::ALL,
            Self::Member => &[
                ReadHouse,
                ReadHealth,
                Control,
                ControlCritical,
                ManageHouse,
                Private,
                Converse,
            ],
            Self::Child => &[ReadHouse, Control, Converse],
            Self::Guest | Self::Panel => &[ReadHouse, Control],
            Self::Operator => &[ReadHouse, ReadHealth, ManageHouse, Operate, Backup],
        };
        rights.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use model::Right;

    #[test]
    fn guests_children_and_panels_neither_unlock_nor_read_what_is_private() {
        for role in [Role::Guest, Role::Child, Role::Panel] {
            for right in [
                Right::ControlCritical,
                Right::Private,
                Right::ManageHouse,
                Right::ManageUsers,
                Right::Operate,
                Right::Backup,
            ] {
                assert!(!role.rights().has(right), "{role:?} {right:?}");
            }
            assert!(role.rights().has(Right::Control));
        }
        assert!(!Role::Operator.rights().has(Right::Private));
        assert!(!Role::Operator.rights().has(Right::Control));
    }

    #[test]
    fn names_lead_back() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert_eq!(Role::named("admin"), None);
    }
}
