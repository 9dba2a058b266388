//! What the house keeps, and what it gets back at the start.

use crate::{
    CapacityDay, KeptAccount, KeptAlert, KeptAlertRule, KeptConcern, KeptFeeling, KeptForecast,
    KeptInterview, KeptMemory, KeptMessage, KeptPrediction, KeptProgram, KeptRun, KeptScene,
    KeptSecurityEvent, KeptSession, KeptToken, KeptTurn, KeptWebhook, ScenarioVersion, Version,
};
use model::{
    AccountId, Area, AreaId, Cause, Constraint, ConversationId, Device, DeviceId, Discovery,
    DiscoveryId, Event, Floor, FloorId, HouseId, MemoryId, Path, Person, PersonId, ProgramId, Scan,
    SessionId, Slug, Timestamp, TokenId, Value, Wish,
};

/// One thing to keep. A list of them is one transaction: all or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A floor, new or changed.
    Floor(Floor),
    /// A floor is gone.
    FloorGone(FloorId),
    /// An area, new or changed.
    Area(Area),
    /// An area is gone.
    AreaGone(AreaId),
    /// A person, new or changed.
    Person(Person),
    /// A person is gone.
    PersonGone(PersonId),
    /// A device, new or changed.
    Device(Box<Device>),
    /// A device is gone. Its history stays until retention takes it.
    DeviceGone(DeviceId),
    /// A found thing, new or changed.
    Discovery(Box<Discovery>),
    /// A found thing left the inbox.
    DiscoveryGone(DiscoveryId),
    /// A search for devices that has ended.
    Scan(Box<Scan>),
    /// The house's mode.
    Mode(String),
    /// A safety constraint, new or changed.
    Constraint(Box<Constraint>),
    /// A safety constraint is gone, or as it came with the house.
    ConstraintGone(Slug),
    /// A version of a scenario.
    Scenario(Box<ScenarioVersion>),
    /// A run of a scenario, new, further on or ended.
    Run(Box<KeptRun>),
    /// A scene, new, changed or gone.
    Scene(Box<KeptScene>),
    /// A webhook's secret, new or gone.
    Webhook(Box<KeptWebhook>),
    /// What people are told beyond the page, new or further on.
    Message(Box<KeptMessage>),
    /// Something that was said to the house, and its answer.
    Turn(Box<KeptTurn>),
    /// A conversation is gone, with all that was said in it.
    ConversationGone(ConversationId),
    /// Something remembered, new or corrected.
    Memory(Box<KeptMemory>),
    /// Something is forgotten.
    MemoryGone(MemoryId),
    /// Something that was foreseen, or what came of it.
    Prediction(Box<KeptPrediction>),
    /// An alert rule, new, changed or gone.
    AlertRule(Box<KeptAlertRule>),
    /// An alert, new or further on.
    Alert(Box<KeptAlert>),
    /// What the house feels.
    Feeling(Box<KeptFeeling>),
    /// A concern, new, changed or ended.
    Concern(Box<KeptConcern>),
    /// Something that the house learned.
    Learned {
        /// Its name.
        name: &'static str,
        /// It, as its maker encodes it: JSON as text, because it may be large.
        body: String,
        /// When, in house time.
        at: Timestamp,
    },
    /// Something that the household chose about the house itself.
    Household {
        /// Its name.
        name: &'static str,
        /// It, as its maker encodes it.
        body: serde_json::Value,
        /// When, in house time.
        at: Timestamp,
    },
    /// A part of the set-up as it is from now on.
    Version(Box<Version>),
    /// What the history of the set-up says of a person is erased.
    PersonErased(PersonId),
    /// An interview, new or further on.
    Interview(Box<KeptInterview>),
    /// A look at what the server needs, which is added to its day.
    Capacity(Box<CapacityDay>),
    /// Something that is expected, or how that was scored.
    Forecast(Box<KeptForecast>),
    /// An account, new or changed.
    Account(Box<KeptAccount>),
    /// An account is gone, with its sessions and tokens.
    AccountGone(AccountId),
    /// A session, new or refreshed.
    Session(Box<KeptSession>),
    /// A session was used.
    SessionUsed(Box<KeptSession>),
    /// A session is gone.
    SessionGone(SessionId),
    /// A new long-lived token.
    Token(Box<KeptToken>),
    /// A long-lived token was used.
    TokenUsed {
        /// Which.
        id: TokenId,
        /// When (wall clock).
        at: Timestamp,
    },
    /// A long-lived token is gone.
    TokenGone(TokenId),
    /// A program that asks for access, new or given some.
    Program(Box<KeptProgram>),
    /// A program is forgotten, with its sessions.
    ProgramGone(ProgramId),
    /// Something that concerns the security of the house.
    SecurityEvent(Box<KeptSecurityEvent>),
    /// A wish, new or ended.
    Wish(Box<Wish>),
    /// Something that happened and was acknowledged to somebody.
    Event(Box<Event>),
    /// The outcome of a request to which its client gave an id, so that a repeat gets the same.
    Outcome {
        /// The client's id, made unique by who asked.
        client_id: String,
        /// The outcome, as its maker encodes it.
        outcome: serde_json::Value,
        /// When.
        at: Timestamp,
    },
}

/// A value as it was last reported, before the restart.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptValue {
    /// Whose.
    pub device: DeviceId,
    /// Which property.
    pub path: Path,
    /// The value; `None` where the device said that it does not know.
    pub value: Option<Value>,
    /// When it was last reported, in house time.
    pub at: Timestamp,
    /// When it became this value, in house time.
    pub since: Timestamp,
    /// Who caused it.
    pub cause: Cause,
}

/// All that a house gets back at the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The house.
    pub house: HouseId,
    /// The epoch of this start: one more than that of the start before.
    pub epoch: u64,
    /// Whether the run before ended by a clean shutdown (true for a new house).
    pub clean: bool,
    /// Its mode.
    pub mode: String,
    /// Its floors.
    pub floors: Vec<Floor>,
    /// Its areas.
    pub areas: Vec<Area>,
    /// Its people.
    pub people: Vec<Person>,
    /// Its devices.
    pub devices: Vec<Device>,
    /// When each device was last seen.
    pub last_seen: Vec<(DeviceId, Timestamp)>,
    /// Its inbox.
    pub discoveries: Vec<Discovery>,
    /// What was last reported.
    pub values: Vec<KeptValue>,
    /// Wishes that had not ended.
    pub pending: Vec<Wish>,
    /// Outcomes of requests with a client's id, of the last day.
    pub outcomes: Vec<(String, serde_json::Value)>,
    /// The safety constraints that are not as they came with the house.
    pub constraints: Vec<Constraint>,
    /// The last requests that were refused, newest first.
    pub refusals: Vec<Event>,
    /// The last time that the house kept anything, in house time.
    pub last_kept: Option<Timestamp>,
}
