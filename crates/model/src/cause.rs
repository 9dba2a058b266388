//! Who caused a change, and by which earlier cause.

use crate::{CauseId, DeviceId, PersonId};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Whoever acts in the house.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Who {
    /// The person who operates the server, from the machine itself.
    Operator,
    /// A member of the household.
    Person {
        /// Which one.
        id: PersonId,
        /// The name at that time.
        name: String,
    },
    /// A device by itself: a hand on its switch, its own schedule, its sensor.
    Device {
        /// Which one.
        id: DeviceId,
        /// The name at that time; shared, because every change that a device reports carries it.
        name: Arc<str>,
    },
    /// A rule of the household.
    Rule {
        /// Its name at that time.
        name: String,
    },
    /// A scenario that runs.
    Scenario {
        /// Its name at that time.
        name: String,
    },
    /// A program with a token of its own.
    Service {
        /// The token's name.
        name: String,
    },
    /// The server itself, for example at a restart.
    House,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("the operator"),
            Self::Person { name, .. } => f.write_str(name),
            Self::Device { name, .. } => f.write_str(name),
            Self::Rule { name } => write!(f, "the rule “{name}”"),
            Self::Scenario { name } => write!(f, "the scenario “{name}”"),
            Self::Service { name } => write!(f, "the service “{name}”"),
            Self::House => f.write_str("the house itself"),
        }
    }
}

/// One link of a chain: who did it, because of which cause before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// This link.
    pub id: CauseId,
    /// The link before, where there was one.
    pub parent: Option<CauseId>,
    /// Who acted.
    pub who: Who,
}

impl Cause {
    /// A cause with nothing before it.
    #[must_use]
    pub fn first(who: Who) -> Self {
        Self {
            id: CauseId::new(),
            parent: None,
            who,
        }
    }

    /// The next link after this one.
    #[must_use]
    pub fn then(&self, who: Who) -> Self {
        Self {
            id: CauseId::new(),
            parent: Some(self.id),
            who,
        }
    }
}
