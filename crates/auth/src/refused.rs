//! Why something of an account is refused.

use crate::password::Busy;
use std::time::Duration;
use store::StoreError;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name, password or both; which is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// The password is right, and a code is needed.
    #[error("this account has a second factor")]
    CodeNeeded,
    /// The code of the second factor is wrong or was used.
    #[error("the code is wrong, was used already, or its time is over")]
    WrongCode,
    /// Too many failed before.
    #[error("too many tries failed; the next one has to wait {} seconds", .0.as_secs().max(1))]
    Wait(Duration),
    /// Too many passwords are being checked at this moment.
    #[error("too many sign in at this moment")]
    Busy,
    /// There is an owner.
    #[error("the house has an owner already")]
    OwnerExists,
    /// The first owner is made from the machine itself, or with the code.
    #[error("the first owner is made from the machine itself, or with the code that the log shows")]
    NotHere,
    /// Something is not as it must be.
    #[error("{what}")]
    Invalid {
        /// What is wrong.
        what: String,
        /// What would be right.
        expected: String,
    },
    /// Something else has this name.
    #[error("the name `{0}` is taken")]
    NameTaken(String),
    /// There is no such account, session or token.
    #[error("there is no {0} like that")]
    Unknown(&'static str),
    /// The token is not good, or not any more.
    #[error("the token is not good, or not any more")]
    BadToken,
    /// The house would be nobody's.
    #[error("this is the only owner, and a house needs one")]
    LastOwner,
    /// There are as many as there may be.
    #[error("there are as many {0} as there may be")]
    TooMany(&'static str),
    /// It may not be done by who asks.
    #[error("{0}")]
    NotAllowed(String),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine does not play along.
    #[error("{0}")]
    Failed(String),
}

impl From<Busy> for Refused {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
