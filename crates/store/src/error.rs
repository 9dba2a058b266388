//! What can go wrong, as far as somebody branches on it.

use std::path::PathBuf;

/// Why the database did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full or does not take writes. Nothing of the transaction was kept; it works
    /// again when there is space.
    #[error(
        "the disk is full or takes no writes ({0}); free some space, nothing has to be restarted"
    )]
    Full(String),
    /// Somebody else held the database for longer than is waited.
    #[error("the database was held by another program for too long ({0})")]
    Busy(String),
    /// More waits to be kept than is allowed to wait.
    #[error("too much waits to be kept already")]
    Overloaded,
    /// The file is not a sound database.
    #[error("the database is damaged ({0})")]
    Damaged(String),
    /// Another process leads this house by now: its epoch is higher than ours.
    #[error("another process leads this house now; this one keeps nothing any more")]
    Superseded,
    /// What was to be kept contradicts what is there.
    #[error("this contradicts what is kept already ({0})")]
    Conflict(String),
    /// The file is a database of something else.
    #[error("{} is a database of another program; expected one of this house, or a path where none is", .0.display())]
    Foreign(PathBuf),
    /// The file was last used by a newer version of the product.
    #[error("{} was last used by a newer version (schema {version}); install that version, or restore a backup", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema version that is not known here.
        version: i64,
    },
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

impl StoreError {
    /// A short word for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Full(_) => "full",
            Self::Busy(_) => "busy",
            Self::Overloaded => "overloaded",
            Self::Damaged(_) => "damaged",
            Self::Superseded => "superseded",
            Self::Conflict(_) => "conflict",
            Self::Foreign(_) => "foreign",
            Self::Newer { .. } => "newer",
            Self::Closed => "closed",
            Self::Other(_) => "other",
        }
    }

    /// Every word that [`Self::kind`] gives while the house runs.
    pub(crate) const KINDS: &[&str] = &[
        "full",
        "busy",
        "overloaded",
        "damaged",
        "superseded",
        "conflict",
        "closed",
        "other",
    ];

    /// A stored thing that does not read back.
    pub(crate) fn unreadable(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Other(format!("{what} does not read back: {error}"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let message = database.message().to_owned();
                // The low byte of an extended code is the plain result code.
                let code = database
                    .code()
                    .and_then(|code| code.parse::<i32>().ok())
                    .unwrap_or(0);
                match code & 0xff {
                    // Reads that fail (266, 522, 8458) say something else than writes that do.
                    _ if matches!(code, 266 | 522 | 8458) => Self::Damaged(message),
                    5 | 6 => Self::Busy(message),
                    // Read-only and I/O errors are how some file systems say that they are full.
                    8 | 10 | 13 => Self::Full(message),
                    11 | 26 => Self::Damaged(message),
                    19 => Self::Conflict(message),
                    _ => Self::Other(message),
                }
            }
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::PoolTimedOut => Self::Busy("all readers are in use".to_owned()),
            _ => Self::Other(error.to_string()),
        }
    }
}
