//! What happened lately, for the page.

use jiff::Timestamp;
use serde::Serialize;

/// One happening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// House time.
    pub at: Timestamp,
    /// The same on the clock of the house: `18:04:10`.
    pub local: String,
    /// The device that it happened to.
    pub device: Option<String>,
    /// One sentence.
    pub what: String,
}
