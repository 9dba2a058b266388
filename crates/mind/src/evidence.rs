//! What stands behind something that the house says of itself: rows that people can look up.

use model::{
    AreaId, ConcernId, DeviceId, Path, PersonId, Position, RunId, Timestamp, Value, WishId,
};

/// One row behind a reason or a concern.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// What a device last reported.
    Property {
        /// Whose.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// The value; `None` where the device said that it does not know.
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
