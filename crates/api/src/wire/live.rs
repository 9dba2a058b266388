//! The messages of `GET /api/live`.
//!
//! A client gets a [`Message::Snapshot`] (or, when it resumes, [`Message::Resumed`]) and then
//! deltas. A delta covers the events from `from` to `seq`, both included, and `from` is never more
//! than one above the `seq` that the client is at, so a client can tell that nothing is missing.
//! What a change holds is the state after it, so applying one twice does no harm.

use super::{
    Area, Constraint, Desired, Device, Discovery, Event, Floor, House, Person, Reported, RunHead,
    Scan, Scenario, Wish,
};
use crate::health::Status;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What the server says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Everything, as of (`epoch`, `seq`).
    Snapshot(Box<Everything>),
    /// The client's place is known: only deltas follow.
    Resumed {
        /// The start of the house.
        epoch: u64,
        /// The client's place within it.
        seq: u64,
    },
    /// What changed.
    Delta {
        /// The start of the house.
        epoch: u64,
        /// The first event that this covers.
        from: u64,
        /// The last event that this covers.
        seq: u64,
        /// The changes, in order.
        changes: Vec<Change>,
    },
    /// The clock and the health, about once a second.
    House {
        /// The house.
        house: House,
        /// Its health.
        health: Status,
    },
    /// How far the search for devices has come. Like the clock it has no place in the sequence: it
    /// is told while the search runs, and its beginning and end are changes.
    Scan {
        /// The search, as it stands.
        scan: Scan,
    },
    /// Scenarios and runs that are otherwise than they were. Like the clock this has no place in the
    /// sequence: who listens for it asks `GET /api/scenarios` and `GET /api/automation/runs` once the
    /// connection is there, and again where `more` is true.
    Automation {
        /// Scenarios that are new or changed, began to run or ended: all of each.
        scenarios: Vec<Scenario>,
        /// The slugs of those that are gone.
        removed: Vec<String>,
        /// Runs that began, went on or ended, without their traces.
        runs: Vec<RunHead>,
        /// Whether it was too much to be told one by one; then nothing is told here.
        more: bool,
    },
    /// The client cannot go on from where it is; a fresh snapshot follows.
    Resync {
        /// Why.
        reason: String,
    },
    /// Words of an answer that a language model is still saying. What holds is the `chat` message.
    ChatDelta {
        /// The id that the client gave what was said.
        id: Option<String>,
        /// They are to be joined as they come.
        text: String,
    },
    /// The answer to something that was said to the house.
    Chat {
        /// The id that the client gave it.
        id: Option<String>,
        /// The answer; null where there is none.
        answer: Option<Box<super::ChatAnswer>>,
        /// Why there is none.
        error: Option<Box<super::ErrorDetail>>,
    },
    /// The answer to a ping.
    Pong,
    /// What the client sent was not understood.
    Error {
        /// What was wrong with it.
        message: String,
        /// What was expected.
        expected: String,
    },
}

/// Everything, at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Everything {
    /// The start of the house.
    pub epoch: u64,
    /// The last event that this contains.
    pub seq: u64,
    /// A word for what the client may see, to send along when it comes back.
    pub view: String,
    /// The house.
    pub house: House,
    /// The devices, oldest first.
    pub devices: Vec<Device>,
    /// The areas.
    pub areas: Vec<Area>,
    /// The floors.
    pub floors: Vec<Floor>,
    /// The people.
    pub people: Vec<Person>,
    /// The safety constraints.
    pub constraints: Vec<Constraint>,
    /// The health.
    pub health: Status,
    /// How many found things wait in the inbox.
    pub discovered: usize,
    /// The search for devices that is under way, or the last since the start.
    pub scan: Option<Scan>,
}

/// One change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A property was reported or wished, or only confirmed (then its age is new).
    Property {
        /// Whose.
        device: Uuid,
        /// On which endpoint.
        endpoint: u16,
        /// Of which capability.
        capability: &'static str,
        /// Which.
        property: &'static str,
        /// What the device said.
        reported: Option<Box<Reported>>,
        /// What somebody wants.
        desired: Option<Box<Desired>>,
    },
    /// A device answers, or no longer does.
    Connectivity {
        /// Whose.
        device: Uuid,
        /// `online`, `offline` or `unknown`.
        connectivity: &'static str,
        /// Since when.
        connectivity_since: super::At,
        /// How that is known.
        connectivity_reason: Option<String>,
        /// When it was last heard of.
        last_seen: Option<super::At>,
    },
    /// A device is new, or something besides its values changed.
    Device {
        /// All of it.
        device: Box<Device>,
    },
    /// A device is gone.
    DeviceRemoved {
        /// Which.
        device: Uuid,
    },
    /// An area is new or changed.
    Area {
        /// All of it.
        area: Area,
    },
    /// An area is gone.
    AreaRemoved {
        /// Which.
        area: Uuid,
    },
    /// A floor is new or changed.
    Floor {
        /// All of it.
        floor: Floor,
    },
    /// A floor is gone.
    FloorRemoved {
        /// Which.
        floor: Uuid,
    },
    /// A person is new or changed.
    Person {
        /// All of them.
        person: Person,
    },
    /// A person is gone.
    PersonRemoved {
        /// Who.
        person: Uuid,
    },
    /// A safety constraint is new or changed, or refused a request.
    Constraint {
        /// All of it.
        constraint: Box<Constraint>,
    },
    /// A safety constraint is gone.
    ConstraintRemoved {
        /// Its slug.
        constraint: String,
    },
    /// A wish was made or ended.
    Wish {
        /// How it stands.
        wish: Box<Wish>,
    },
    /// Something for the timeline.
    Event {
        /// What happened.
        event: Box<Event>,
    },
    /// How many found things wait in the inbox.
    Discovered {
        /// So many.
        count: usize,
    },
    /// A found thing is new or changed, vanished, came back, was ignored or adopted.
    Discovery {
        /// All of it.
        discovery: Box<Discovery>,
    },
    /// A found thing is no longer known.
    DiscoveryRemoved {
        /// Which.
        discovery: Uuid,
    },
    /// A search for devices began or ended.
    Scan {
        /// How it stands.
        scan: Scan,
    },
}

/// What a client may say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Is anybody there?
    Ping,
    /// Says something to the house; a `chat` message answers it.
    Chat {
        /// An id of the client's own making, which comes back with the answer.
        #[serde(default)]
        id: Option<String>,
        /// What is said.
        chat: super::Chat,
    },
    /// Ends what was said under an id before its answer came: a language model is asked nothing more. What
    /// was done stays done.
    Stop {
        /// The id.
        id: String,
    },
}
