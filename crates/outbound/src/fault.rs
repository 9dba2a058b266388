//! What can go wrong with a request, for people.

use crate::Place;
use std::{net::IpAddr, time::Duration};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address cannot be read.
    #[error("`{url}` is not an address that can be asked: {why}")]
    BadUrl {
        /// What was given, shortened.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The host is not among those that may be asked.
    #[error("{host} is not a host that may be asked here; only {allowed} may")]
    NotAllowed {
        /// Who.
        host: String,
        /// Who may.
        allowed: String,
    },
    /// The name leads to where nobody outside should lead us.
    #[error(
        "{host} leads to {address}, {}; only a host that a setting names may be there", place.as_str()
    )]
    Inside {
        /// The name.
        host: String,
        /// Where it leads.
        address: IpAddr,
        /// Where that is.
        place: Place,
    },
    /// The name leads nowhere.
    #[error("{host} cannot be found: {why}; is the name right, and does name resolution work?")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// The connection cannot be made, or broke.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// Who.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The whole took too long.
    #[error("{host} did not answer in full within {} s", within.as_secs_f64())]
    TooSlow {
        /// Who.
        host: String,
        /// How long it had.
        within: Duration,
    },
    /// The answer is too large.
    #[error("{host} answers with more than {most} bytes")]
    TooLarge {
        /// Who.
        host: String,
        /// How many there may be.
        most: usize,
    },
    /// The answer sends us somewhere else.
    #[error("{host} sends us on to {to}, which is not followed")]
    Redirected {
        /// Who.
        host: String,
        /// Where to, shortened.
        to: String,
    },
    /// The answer is a refusal.
    #[error("{host} answers with status {status}")]
    Status {
        /// Who.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// Too many requests are under way.
    #[error("too many requests are under way; {host} was not asked")]
    Busy {
        /// Who was to be asked.
        host: String,
    },
    /// No client can be made.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}
