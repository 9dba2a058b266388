//! A search for devices over every protocol that can search.

use crate::{Cause, DiscoveryId, ScanId, Timestamp};
use serde::{Deserialize, Serialize};

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// Who wanted it.
    pub cause: Cause,
    /// When it began, in house time.
    pub started: Timestamp,
    /// When it ended, in house time; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// How it went, by protocol.
    pub protocols: Vec<ProtocolScan>,
    /// What was found for the first time while it ran.
    pub new: Vec<DiscoveryId>,
}

/// How a search went over one protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolScan {
    /// Which: a driver's name.
    pub protocol: String,
    /// How it went.
    pub status: ScanStatus,
    /// How many things this protocol sees now.
    pub found: u32,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, or why it was not tried, for people.
    pub error: Option<String>,
}

/// How a search over one protocol can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanStatus {
    /// It is under way.
    Running,
    /// It was searched.
    Completed,
    /// It could not be searched: an error, a missing permission.
    Failed,
    /// It did not answer in time.
    TimedOut,
    /// There is nothing here to search with, such as no Bluetooth adapter.
    Unavailable,
    /// It is switched off in the settings.
    Disabled,
}

impl ScanStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Unavailable,
        Self::Disabled,
    ];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
            Self::Disabled => "disabled",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether it counts towards the success rate, and as what: `None` where it was not tried.
    #[must_use]
    pub const fn success(self) -> Option<bool> {
        match self {
            Self::Completed => Some(true),
            Self::Failed | Self::TimedOut => Some(false),
            Self::Running | Self::Unavailable | Self::Disabled => None,
        }
    }
}

/// A protocol that takes part in searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searcher {
    /// Its driver's name.
    pub protocol: String,
    /// Why it does not search here, such as the setting that switches it off; `None` where it does.
    pub disabled: Option<String>,
}

/// What a driver says of its part of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Searched {
    /// It was searched.
    Completed {
        /// How many things this protocol sees now.
        found: u32,
    },
    /// It could not be searched.
    Failed {
        /// Why and what to do, for people.
        reason: String,
    },
    /// There is nothing here to search with.
    Unavailable {
        /// What is missing, for people.
        reason: String,
    },
}
