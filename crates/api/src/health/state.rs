//! How well something is, in words.

use serde::Serialize;
use utoipa::ToSchema;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It works.
    Ok,
    /// It works in part.
    Degraded,
    /// It does not work.
    Failed,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
}

/// How a part is, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// How well.
    pub status: Status,
    /// What there is to say about that.
    pub message: Option<String>,
    /// What to do.
    pub action: Option<String>,
}

impl State {
    /// It works.
    #[must_use]
    pub const fn ok() -> Self {
        Self {
            status: Status::Ok,
            message: None,
            action: None,
        }
    }

    /// It works, and there is something to say.
    #[must_use]
    pub fn ok_with(message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::ok()
        }
    }

    /// It works in part.
    #[must_use]
    pub fn degraded(message: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            status: Status::Degraded,
            message: Some(message.into()),
            action: Some(action.into()),
        }
    }

    /// It does not work.
    #[must_use]
    pub fn failed(message: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            ..Self::degraded(message, action)
        }
    }
}
