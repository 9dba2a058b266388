//! What drivers say: the only way in for what the world is like.

use crate::{
    Connectivity, DeviceKind, DriverState, Instance, Path, RequestId, Searched, Sighting, Unit,
    Value, WishId,
};
use serde::{Deserialize, Serialize};

/// Something that a driver says.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which driver.
    pub driver: String,
    /// What it says.
    pub body: ReportBody,
}

/// What a driver can say.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportBody {
    /// A device describes itself: a new one, or a known one anew.
    Announced(Box<Announcement>),
    /// A device says that it is gone for good.
    Withdrawn {
        /// Which.
        native_id: String,
    },
    /// A device answers, or no longer does.
    Connectivity {
        /// Which.
        native_id: String,
        /// Whether it answers.
        connectivity: Connectivity,
        /// How that is known, for people.
        reason: Option<String>,
    },
    /// A device reports values.
    Values {
        /// Which.
        native_id: String,
        /// The values.
        readings: Vec<Reading>,
    },
    /// Something happened at a device, such as a press.
    DeviceEvent {
        /// Which.
        native_id: String,
        /// On which endpoint.
        endpoint: u16,
        /// Of which capability.
        capability: String,
        /// What happened: a name in the capability's table, or the device's own word.
        event: String,
    },
    /// A command was handed over to the device (or to what carries it there).
    Delivered {
        /// The wish behind it.
        wish: WishId,
    },
    /// A command cannot be carried out.
    Failed {
        /// The wish behind it.
        wish: WishId,
        /// Why, for people.
        reason: String,
    },
    /// How the driver itself is.
    State(DriverState),
    /// A device sends more than the house can use; what it may not send is counted, not kept.
    Flooding {
        /// Which.
        native_id: String,
        /// Messages dropped since the last such report.
        dropped: u64,
    },
    /// A protocol sees a thing: a new one, or a known one anew or in another place.
    Sighted(Box<Sighting>),
    /// A protocol no longer sees a thing.
    Unsighted {
        /// Which: the sighting's native id.
        native_id: String,
        /// How that is known, for people.
        reason: String,
    },
    /// A search was done, or cannot be. What was found was reported before this.
    ScanDone {
        /// The request behind it.
        request: RequestId,
        /// How it went.
        searched: Searched,
    },
    /// An order other than a command or a scan was carried out, or cannot be.
    OrderDone {
        /// The request behind it.
        request: RequestId,
        /// What came of it: the native id of the device that it is about, or why not.
        result: Result<String, String>,
    },
}

/// A device's description of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// The driver's own stable id of it.
    pub native_id: String,
    /// What it calls itself.
    pub name: String,
    /// A readable name that it suggests.
    #[serde(default)]
    pub slug: Option<String>,
    /// What it is.
    pub kind: DeviceKind,
    /// Who made it.
    #[serde(default)]
    pub manufacturer: Option<String>,
    /// Its model.
    #[serde(default)]
    pub model: Option<String>,
    /// The native id of the device through which it is reached.
    #[serde(default)]
    pub via: Option<String>,
    /// The name of the area in which it thinks it stands.
    #[serde(default)]
    pub area: Option<String>,
    /// What it can do.
    pub capabilities: Vec<Instance>,
    /// Whether it is ours without asking, because it came by the household's own broker.
    pub adopt: bool,
    /// What a person typed in, where it was added by hand.
    #[serde(default)]
    pub manual: Option<serde_json::Value>,
}

/// One reported value.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Of which property.
    pub path: Path,
    /// The value; `None` where the device says that it does not know.
    pub value: Option<Value>,
    /// Its unit; `None` where it is the canonical one already.
    pub unit: Option<Unit>,
}

impl Reading {
    /// A value in the canonical unit.
    #[must_use]
    pub fn new(path: Path, value: impl Into<Value>) -> Self {
        Self {
            path,
            value: Some(value.into()),
            unit: None,
        }
    }
}
