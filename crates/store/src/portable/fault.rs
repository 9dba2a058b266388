//! What can be wrong with a document or with making one.

use crate::StoreError;
use std::io;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// It is something else.
    #[error(
        "this is not a backup of Consciousness: {0}; expected a file that `consciousness backup` wrote"
    )]
    Foreign(String),
    /// It was written by a newer version.
    #[error(
        "this backup was written by a newer version ({0}); install that version, and restore it there"
    )]
    Newer(String),
    /// It is not what was written.
    #[error("this backup is damaged: {0}; take another one")]
    Damaged(String),
    /// Something of the house cannot stand in a document.
    #[error("this house cannot be backed up: {0}")]
    Unfit(String),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupFault {
    /// Whether it is the document that cannot be used, whatever is done here.
    #[must_use]
    pub const fn is_of_the_document(&self) -> bool {
        matches!(self, Self::Foreign(_) | Self::Newer(_) | Self::Damaged(_))
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

impl From<sqlx::Error> for BackupFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
