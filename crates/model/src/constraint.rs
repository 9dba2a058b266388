//! House-wide constraints: what no request may do, whoever asks.

use crate::{DeviceId, Path, Value};

/// A constraint such as “never unlock when nobody is home” or “never heat above 26 °C”.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// What it says to people.
    pub sentence: String,
    /// Only for this device; `None` means for every one.
    pub device: Option<DeviceId>,
    /// The property, on whatever endpoint.
    pub path: Path,
    /// Which values.
    pub forbid: Forbid,
    /// When it holds.
    pub when: When,
}

/// Which values a constraint forbids.
#[derive(Debug, Clone, PartialEq)]
pub enum Forbid {
    /// This very value.
    Equal(Value),
    /// Every number above.
    Above(f64),
    /// Every number below.
    Below(f64),
}

/// When a constraint holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// While nobody is known to be at home.
    NobodyHome,
}

impl Forbid {
    /// Whether it forbids `value`.
    #[must_use]
    pub fn hits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Equal(forbidden), value) => forbidden == value,
            (Self::Above(limit), Value::Number(number)) => number > limit,
            (Self::Below(limit), Value::Number(number)) => number < limit,
            _ => false,
        }
    }
}
