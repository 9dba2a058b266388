//! What a program is told that gets nothing.

use crate::refused::Refused;
use store::StoreError;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// What a program is told, by the words of RFC 6749, 7591 and 8707.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $($(#[$doc])* $variant),* }

        impl Fault {
            /// The word on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

faults! {
    /// Something is missing, stands twice or cannot be.
    InvalidRequest = "invalid_request";
    /// There is no such program.
    InvalidClient = "invalid_client";
    /// The code or the refresh token is not good, not any more, or another's.
    InvalidGrant = "invalid_grant";
    /// There is no such scope, or it is more than was given.
    InvalidScope = "invalid_scope";
    /// The token would be for another server, or for nothing here.
    InvalidTarget = "invalid_target";
    /// An address to send people back to cannot be.
    InvalidRedirectUri = "invalid_redirect_uri";
    /// What the program says of itself cannot be.
    InvalidClientMetadata = "invalid_client_metadata";
    /// Tokens are given for a code or a refresh token alone.
    UnsupportedGrantType = "unsupported_grant_type";
    /// A code is all that is given.
    UnsupportedResponseType = "unsupported_response_type";
    /// The person, or the house, said no.
    AccessDenied = "access_denied";
}

impl Fault {
    /// The fault with why.
    #[must_use]
    pub fn because(self, why: impl Into<String>) -> OauthError {
        OauthError::Fault(self, why.into())
    }
}

/// Why a program gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// Something of its own.
    #[error("{1}")]
    Fault(Fault, String),
    /// Too many programs wait for a yes.
    #[error("too many programs wait for somebody's yes")]
    TooMany,
    /// Something of the house.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl From<StoreError> for OauthError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}
