//! A wish: what somebody wants of a device, until it ends in exactly one way.

use crate::{Cause, DeviceId, RequestId, Timestamp, Value, WishId};
use serde::{Deserialize, Serialize};

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Goal {
    /// These properties shall have these values.
    Target {
        /// Property name and value.
        values: Vec<(String, Value)>,
    },
    /// This shall be done once.
    Action {
        /// The command's name.
        command: String,
    },
}

/// How far a wish has come. All but `Pending` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WishState {
    /// Not ended yet.
    Pending,
    /// The device reported it, or acknowledged the action.
    Reached,
    /// A later wish wanted something else.
    Superseded,
    /// It was refused: by the house, by the driver or by the device.
    Rejected,
    /// The device did not report it in time.
    TimedOut,
}

impl WishState {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Reached => "reached",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A wish and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// Its id.
    pub id: WishId,
    /// The request that it came with.
    pub request: RequestId,
    /// Of which device.
    pub device: DeviceId,
    /// On which endpoint.
    pub endpoint: u16,
    /// Of which capability.
    pub capability: String,
    /// By which command.
    pub command: String,
    /// What is wanted.
    pub goal: Goal,
    /// How far it has come.
    pub state: WishState,
    /// What there is to say about that, for people.
    pub note: Option<String>,
    /// Who wanted it, and why.
    pub cause: Cause,
    /// When it was made, in house time.
    pub made_at: Timestamp,
    /// When it ended, in house time.
    pub ended_at: Option<Timestamp>,
}

impl Wish {
    /// The wished value of a property, where it has one.
    #[must_use]
    pub fn wants(&self, property: &str) -> Option<&Value> {
        match &self.goal {
            Goal::Target { values } => values
                .iter()
                .find(|(name, _)| name == property)
                .map(|(_, value)| value),
            Goal::Action { .. } => None,
        }
    }
}
