//! The two clocks of a house.

use crate::Timestamp;
use std::time::Duration;

/// What time it is, on both clocks that the house lives by.
///
/// House time is what the household reads on the wall: the wall clock in a real house, the
/// simulator's clock in a simulated one. `steady` is the machine's own clock and never jumps: all
/// time-outs are measured on it, so that neither a changed wall clock nor a fast simulation ends a
/// wish early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// House time, to the microsecond.
    pub house: Timestamp,
    /// Time since the process started.
    pub steady: Duration,
}

impl Now {
    /// Both clocks, house time cut to the microsecond that the database keeps.
    #[must_use]
    pub fn new(house: Timestamp, steady: Duration) -> Self {
        let house = Timestamp::from_microsecond(house.as_microsecond()).unwrap_or(house);
        Self { house, steady }
    }
}
