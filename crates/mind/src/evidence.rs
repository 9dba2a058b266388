//! What stands behind something that the house says of itself: rows that people can look up.

use serde::{Deserialize, Serialize};

use model::{
    AreaId, ConcernId, DeviceId, Path, PersonId, Position, RunId, Timestamp, Value, WishId,
};

/// One row behind a reason or a concern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// What a device last reported.
    Property {
        /// Whose.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// The value; `None` where the device said that it does not know.
        #[serde(with = "plain", default)]
        value: Option<Value>,
        /// When it was reported, in house time.
        at: Timestamp,
    },
    /// Whether a device answers.
    Connectivity {
        /// Whose.
        device: DeviceId,
        /// Whether it does.
        online: bool,
        /// Since when, in house time.
        since: Timestamp,
    },
    /// Something that happened; the timeline has it.
    Event {
        /// Its place in the stream.
        position: Position,
        /// When, in house time.
        at: Timestamp,
    },
    /// A run of a scenario.
    Run {
        /// The run.
        run: RunId,
        /// When it ended, in house time.
        at: Timestamp,
    },
    /// A wish.
    Wish {
        /// The wish.
        wish: WishId,
        /// When it ended, in house time.
        at: Timestamp,
    },
    /// Where a person is.
    Presence {
        /// Who.
        person: PersonId,
        /// Since when, in house time.
        since: Timestamp,
    },
    /// A part of the server, as its health has it.
    Component {
        /// Its name.
        name: String,
        /// Since when it is so, on the machine's wall clock.
        since: Timestamp,
    },
    /// A concern.
    Concern {
        /// Which.
        concern: ConcernId,
        /// Since when, in house time.
        since: Timestamp,
    },
    /// Recorded history of a property over a span.
    History {
        /// Whose.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// From when, in house time.
        from: Timestamp,
        /// To when, in house time.
        to: Timestamp,
    },
    /// A room.
    Area {
        /// Which.
        area: AreaId,
    },
}

impl Evidence {
    /// The device that it is about, where it is about one.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Property { device, .. }
            | Self::Connectivity { device, .. }
            | Self::History { device, .. } => Some(*device),
            _ => None,
        }
    }
}

/// A value as plain JSON.
mod plain {
    use model::Value;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Value::to_json).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Value>, D::Error> {
        let json = Option::<serde_json::Value>::deserialize(deserializer)?;
        Ok(json.as_ref().and_then(Value::from_json))
    }
}
