//! What the house says to drivers.

use crate::{Goal, RequestId, WishId};
use serde::{Deserialize, Serialize};

/// Something that a driver shall do.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Carry out a wish.
    Command(DriverCommand),
    /// Look for devices now, and answer with ScanDone within fifteen seconds.
    Scan {
        /// The request behind it.
        request: RequestId,
    },
    /// Speak to a device that a person describes.
    AddManual {
        /// The request behind it.
        request: RequestId,
        /// What the person typed in; each driver says what it takes.
        description: serde_json::Value,
    },
    /// A device became ours that was known before: say again all that is known of it.
    Watch {
        /// Its native id.
        native_id: String,
    },
    /// A device is no longer ours.
    Forget {
        /// Its native id.
        native_id: String,
    },
}

/// A wish on its way to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverCommand {
    /// The wish.
    pub wish: WishId,
    /// The device, as its driver calls it.
    pub native_id: String,
    /// On which endpoint.
    pub endpoint: u16,
    /// Of which capability.
    pub capability: String,
    /// What is wanted.
    pub goal: Goal,
}

/// How a driver is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DriverState {
    /// It starts, or connects.
    Starting,
    /// It works.
    Running,
    /// It works only in part, or waits for its peer.
    Degraded {
        /// Why, and what to do, for people.
        reason: String,
    },
    /// It broke and will be started again.
    Failed {
        /// Why, for people.
        reason: String,
    },
    /// It ended on purpose.
    Stopped,
}
