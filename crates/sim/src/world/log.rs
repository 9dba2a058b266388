//! What happened lately, for the page.

use jiff::Timestamp;
use serde::Serialize;

/// One happening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// House time.
    pub at: Timestamp,
    /// The device that it happened to.
    pub device: Option<String>,
    /// One sentence.
    pub what: String,
}
