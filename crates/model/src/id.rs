//! Typed ids: one UUIDv7 type a kind, so that a device's id can never be taken for an area's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text was not an id of the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id; expected a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct IdError {
    /// What was given.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; ids made later sort after ids made earlier.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id behind it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Wraps a UUID that is known to be of this kind.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::from_str(text).map(Self).map_err(|_| IdError { text: text.chars().take(80).collect() })
            }
        }
    )*};
}

ids! {
    /// A house: the unit of ownership.
    HouseId,
    /// A floor of the house.
    FloorId,
    /// A room or an outside area.
    AreaId,
    /// A member of the household.
    PersonId,
    /// A device that is ours.
    DeviceId,
    /// A thing that was found and is not ours yet.
    DiscoveryId,
    /// One request of a person or a program.
    RequestId,
    /// One wish: a property target or an action.
    WishId,
    /// One link of a chain of causes.
    CauseId,
    /// One scan for devices.
    ScanId,
    /// One run of a scenario.
    RunId,
    /// One conversation with the house.
    ConversationId,
    /// One interview about the house: its first walk.
    InterviewId,
    /// Something that deserves a person's attention.
    ConcernId,
    /// Something that the house remembers.
    MemoryId,
    /// An alert, of a rule of the household or taken in from elsewhere.
    AlertId,
    /// An account of somebody who signs in.
    AccountId,
    /// A session of somebody who signed in.
    SessionId,
    /// A long-lived token of a program.
    TokenId,
    /// A program that registered itself to ask people for access.
    ProgramId,
}
