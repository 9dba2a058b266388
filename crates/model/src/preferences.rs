//! How a device wants to be treated by what runs by itself.

use serde::{Deserialize, Serialize};

/// How a device wants to be treated by what runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Whether rules may change it. What a person asks for is always done.
    pub auto_adjust: bool,
    /// Whether the household's habits with it may be learned.
    pub learning_enabled: bool,
    /// How much it matters: saving energy never switches off what has `high`.
    pub priority: Priority,
    /// Whether what a person set by hand is left alone by rules for the next two hours.
    pub override_protection: bool,
}

/// How much a device matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// It may go first.
    Low,
    /// Like most.
    #[default]
    Normal,
    /// It stays on.
    High,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            auto_adjust: true,
            learning_enabled: true,
            priority: Priority::Normal,
            override_protection: false,
        }
    }
}

impl Priority {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}
