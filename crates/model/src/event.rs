//! What happened: the one ordered stream that leaves the house.

use crate::{
    AlertId, AreaId, Cause, ConcernId, Connectivity, ConversationId, DeviceId, DiscoveryId,
    DriverState, FloorId, Path, PersonId, Presence, RunId, Scan, Timestamp, Value, Wish,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in the stream: the epoch of the leader that published it and a number that rises by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Rises with every start of the house.
    pub epoch: u64,
    /// Rises by one with every event of the epoch, from 1.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the stream.
    pub position: Position,
    /// When, in house time.
    pub at: Timestamp,
    /// Who caused it, and why.
    pub cause: Cause,
    /// What happened.
    pub body: EventBody,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventBody {
    /// A device reported another value than before (or the first, or that it no longer knows).
    PropertyChanged {
        /// Whose.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// What it was.
        old: Option<Value>,
        /// What it is.
        new: Option<Value>,
        /// Whether the cause is that of a wish that it matched.
        matched: bool,
    },
    /// A device reported the same value again: its age changes, nothing else.
    PropertyConfirmed {
        /// Whose.
        device: DeviceId,
        /// Which property.
        path: Path,
    },
    /// Somebody wants something of a device.
    WishMade {
        /// What.
        wish: Box<Wish>,
    },
    /// A wish ended.
    WishEnded {
        /// How.
        wish: Box<Wish>,
    },
    /// A request was refused at the door.
    RequestRefused {
        /// Of which device, where it was one.
        device: Option<DeviceId>,
        /// The error code.
        code: String,
        /// Why, for people.
        reason: String,
        /// The slug of the safety constraint that forbids it, where one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        constraint: Option<String>,
    },
    /// Something happened at a device, such as a press.
    DeviceEvent {
        /// Whose.
        device: DeviceId,
        /// On which endpoint.
        endpoint: u16,
        /// Of which capability.
        capability: String,
        /// What happened.
        event: String,
    },
    /// A device answers, or no longer does.
    ConnectivityChanged {
        /// Whose.
        device: DeviceId,
        /// What it was.
        old: Connectivity,
        /// What it is.
        new: Connectivity,
        /// How that is known.
        reason: Option<String>,
    },
    /// A device became ours.
    DeviceAdded {
        /// Which.
        device: DeviceId,
        /// What it is called.
        name: String,
    },
    /// What is known of a device changed, besides its values.
    DeviceEdited {
        /// Which.
        device: DeviceId,
        /// What changed, for people.
        what: String,
    },
    /// A device is no longer ours.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
        /// What it was called.
        name: String,
    },
    /// A thing was found and waits in the inbox.
    DiscoveryFound {
        /// Which.
        discovery: DiscoveryId,
        /// What it calls itself.
        name: String,
        /// Who found it.
        driver: String,
    },
    /// What is known of a found thing changed: where it is, what it seems to be.
    DiscoveryChanged {
        /// Which.
        discovery: DiscoveryId,
        /// What it is called.
        name: String,
        /// What changed, for people.
        what: String,
    },
    /// A found thing is no longer seen by any protocol.
    DiscoveryVanished {
        /// Which.
        discovery: DiscoveryId,
        /// What it is called.
        name: String,
        /// How that is known, for people.
        reason: String,
    },
    /// A found thing that had vanished is seen again.
    DiscoveryReturned {
        /// Which.
        discovery: DiscoveryId,
        /// What it is called.
        name: String,
    },
    /// A search for devices began.
    ScanStarted {
        /// It.
        scan: Box<Scan>,
    },
    /// A search for devices ended.
    ScanEnded {
        /// It.
        scan: Box<Scan>,
    },
    /// A thing left the inbox, or is ignored now.
    DiscoveryClosed {
        /// Which.
        discovery: DiscoveryId,
        /// Why: adopted, ignored, withdrawn.
        reason: String,
    },
    /// A floor was added, edited or removed.
    FloorChanged {
        /// Which.
        floor: FloorId,
        /// Whether it is gone.
        removed: bool,
    },
    /// An area was added, edited or removed.
    AreaChanged {
        /// Which.
        area: AreaId,
        /// Whether it is gone.
        removed: bool,
    },
    /// A person was added, edited or removed.
    PersonChanged {
        /// Which.
        person: PersonId,
        /// Whether they are gone.
        removed: bool,
    },
    /// A person came or went.
    PresenceChanged {
        /// Who.
        person: PersonId,
        /// Where they were.
        old: Presence,
        /// Where they are.
        new: Presence,
    },
    /// The house's mode changed.
    ModeChanged {
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// A scenario began to run.
    RunStarted {
        /// The run.
        run: RunId,
        /// The scenario's slug.
        scenario: String,
        /// What it is called.
        name: String,
        /// What set it off, for people.
        trigger: String,
    },
    /// A run of a scenario ended.
    RunEnded {
        /// The run.
        run: RunId,
        /// The scenario's slug.
        scenario: String,
        /// What it is called.
        name: String,
        /// How: completed, incomplete, skipped, stopped or failed.
        state: String,
        /// What there is to say about that, for people.
        note: String,
    },
    /// A run of a scenario tells people something.
    Notified {
        /// The run.
        run: RunId,
        /// A heading.
        title: Option<String>,
        /// The message.
        message: String,
        /// Whether it may break the quiet hours.
        urgent: bool,
    },
    /// A run of a scenario asks a person something, and waits.
    Asked {
        /// The run.
        run: RunId,
        /// Which of its threads waits; the answer names it.
        thread: u32,
        /// Whom; nobody in particular where none is named.
        person: Option<String>,
        /// What.
        question: String,
        /// What can be answered; nothing where it was asked before there was a choice: yes or no.
        #[serde(default)]
        choices: Vec<String>,
        /// Until when an answer counts, in house time.
        until: Timestamp,
    },
    /// The house begins to say something by itself, or what it said was answered, put off or is over.
    OpeningChanged {
        /// The conversation that it begins; an answer names it.
        conversation: ConversationId,
        /// What it is about: concern, question or morning.
        about: String,
        /// The words.
        text: String,
        /// Whether it may break the quiet hours.
        urgent: bool,
        /// How it stands: open, answered, put_off or lapsed.
        state: String,
    },
    /// A scenario was added, edited, removed or held back.
    ScenarioChanged {
        /// Its slug.
        scenario: String,
        /// What it is called.
        name: String,
        /// What became of it, for people.
        what: String,
    },
    /// The house feels otherwise than before.
    FeelingChanged {
        /// How it felt.
        old: String,
        /// How it feels.
        new: String,
        /// How well that is, from -1 to 1.
        valence: f64,
        /// The strongest reason, for people; empty where there is none.
        because: String,
    },
    /// Something deserves a person's attention.
    ConcernRaised {
        /// It.
        concern: ConcernId,
        /// The device that it is about, where it is about one.
        device: Option<DeviceId>,
        /// What it is, for people.
        title: String,
        /// How much it presses: low, medium, high or critical.
        urgency: String,
    },
    /// What deserved a person's attention is over.
    ConcernEnded {
        /// It.
        concern: ConcernId,
        /// The device that it was about, where it was about one.
        device: Option<DeviceId>,
        /// What it was, for people.
        title: String,
        /// How it ended: mended, done or expired.
        how: String,
        /// What there is to say about that, for people.
        note: String,
    },
    /// A scene was added, edited or removed.
    SceneChanged {
        /// Its slug.
        scene: String,
        /// What it is called.
        name: String,
        /// What became of it, for people.
        what: String,
    },
    /// A webhook was made, got another secret or was removed.
    WebhookChanged {
        /// Its name.
        webhook: String,
        /// What became of it, for people.
        what: String,
    },
    /// A program called a webhook.
    WebhookCalled {
        /// Its name.
        webhook: String,
        /// Whether its secret was right.
        accepted: bool,
        /// What there is to say about that, for people.
        note: String,
    },
    /// What a run tells people reached them by one of the ways out, or did not.
    MessageDelivered {
        /// The run.
        run: RunId,
        /// By which way: webhook, push, email or mqtt.
        channel: String,
        /// How: sent, waiting, gave_up or dropped.
        state: String,
        /// How often it was tried.
        attempts: u32,
        /// What there is to say about that, for people.
        note: String,
    },
    /// A person answered a question of a run.
    Answered {
        /// The run.
        run: RunId,
        /// Which of its threads had asked.
        thread: u32,
        /// What.
        answer: String,
    },
    /// Two rules set the same property differently within a short time.
    RulesConflict {
        /// Of which device.
        device: DeviceId,
        /// Which property.
        path: Path,
        /// Who set it to what, for people.
        what: String,
    },
    /// A safety constraint was added, edited, switched on or off, reset or removed.
    ConstraintChanged {
        /// Its slug.
        constraint: String,
        /// What it is called.
        name: String,
        /// What became of it, for people.
        what: String,
    },
    /// An alert fired, changed or is over.
    AlertChanged {
        /// It.
        alert: AlertId,
        /// What it is called.
        name: String,
        /// How grave it is: info, warning or critical.
        severity: String,
        /// How it is: firing or resolved.
        state: String,
        /// What it says, for people.
        summary: String,
    },
    /// A driver started, broke or healed.
    DriverChanged {
        /// Which.
        driver: String,
        /// How it is.
        state: DriverState,
    },
    /// The house started.
    HouseStarted {
        /// Whether the run before ended by a clean shutdown.
        clean: bool,
    },
}

impl EventBody {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PropertyChanged { .. } => "property_changed",
            Self::PropertyConfirmed { .. } => "property_confirmed",
            Self::WishMade { .. } => "wish_made",
            Self::WishEnded { .. } => "wish_ended",
            Self::RequestRefused { .. } => "request_refused",
            Self::DeviceEvent { .. } => "device_event",
            Self::ConnectivityChanged { .. } => "connectivity_changed",
            Self::DeviceAdded { .. } => "device_added",
            Self::DeviceEdited { .. } => "device_edited",
            Self::DeviceRemoved { .. } => "device_removed",
            Self::DiscoveryFound { .. } => "discovery_found",
            Self::DiscoveryClosed { .. } => "discovery_closed",
            Self::DiscoveryChanged { .. } => "discovery_changed",
            Self::DiscoveryVanished { .. } => "discovery_vanished",
            Self::DiscoveryReturned { .. } => "discovery_returned",
            Self::ScanStarted { .. } => "scan_started",
            Self::ScanEnded { .. } => "scan_ended",
            Self::FloorChanged { .. } => "floor_changed",
            Self::AreaChanged { .. } => "area_changed",
            Self::PersonChanged { .. } => "person_changed",
            Self::PresenceChanged { .. } => "presence_changed",
            Self::ModeChanged { .. } => "mode_changed",
            Self::RunStarted { .. } => "run_started",
            Self::RunEnded { .. } => "run_ended",
            Self::Notified { .. } => "notified",
            Self::Asked { .. } => "asked",
            Self::OpeningChanged { .. } => "opening_changed",
            Self::ScenarioChanged { .. } => "scenario_changed",
            Self::FeelingChanged { .. } => "feeling_changed",
            Self::ConcernRaised { .. } => "concern_raised",
            Self::ConcernEnded { .. } => "concern_ended",
            Self::SceneChanged { .. } => "scene_changed",
            Self::WebhookChanged { .. } => "webhook_changed",
            Self::WebhookCalled { .. } => "webhook_called",
            Self::MessageDelivered { .. } => "message_delivered",
            Self::Answered { .. } => "answered",
            Self::RulesConflict { .. } => "rules_conflict",
            Self::ConstraintChanged { .. } => "constraint_changed",
            Self::AlertChanged { .. } => "alert_changed",
            Self::DriverChanged { .. } => "driver_changed",
            Self::HouseStarted { .. } => "house_started",
        }
    }

    /// The device that it is about, where it is about one.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        match self {
            Self::PropertyChanged { device, .. }
            | Self::PropertyConfirmed { device, .. }
            | Self::DeviceEvent { device, .. }
            | Self::ConnectivityChanged { device, .. }
            | Self::DeviceAdded { device, .. }
            | Self::DeviceEdited { device, .. }
            | Self::RulesConflict { device, .. }
            | Self::DeviceRemoved { device, .. } => Some(*device),
            Self::WishMade { wish } | Self::WishEnded { wish } => Some(wish.device),
            Self::RequestRefused { device, .. }
            | Self::ConcernRaised { device, .. }
            | Self::ConcernEnded { device, .. } => *device,
            _ => None,
        }
    }

    /// The property that it is about, where it is about one.
    #[must_use]
    pub const fn path(&self) -> Option<Path> {
        match self {
            Self::PropertyChanged { path, .. } | Self::PropertyConfirmed { path, .. } => {
                Some(*path)
            }
            _ => None,
        }
    }

    /// Whether it is something that a listener has to say to all, and not what the twin itself sees.
    #[must_use]
    pub const fn is_note(&self) -> bool {
        matches!(
            self,
            Self::RunStarted { .. }
                | Self::RunEnded { .. }
                | Self::Notified { .. }
                | Self::Asked { .. }
                | Self::OpeningChanged { .. }
                | Self::ScenarioChanged { .. }
                | Self::SceneChanged { .. }
                | Self::WebhookChanged { .. }
                | Self::WebhookCalled { .. }
                | Self::MessageDelivered { .. }
                | Self::Answered { .. }
                | Self::RulesConflict { .. }
                | Self::FeelingChanged { .. }
                | Self::ConcernRaised { .. }
                | Self::ConcernEnded { .. }
                | Self::AlertChanged { .. }
        )
    }

    /// Whether it belongs on the timeline. Plain measurements do not: history keeps them as
    /// samples, and a sensor's every tenth of a degree would bury what people look for. A changed
    /// measurement that somebody wished for does.
    #[must_use]
    pub const fn is_for_timeline(&self) -> bool {
        match self {
            // Its end tells all that its beginning does.
            Self::PropertyConfirmed { .. } | Self::ScanStarted { .. } => false,
            Self::PropertyChanged { path, matched, .. } => *matched || !path.property.telemetry,
            _ => true,
        }
    }
}
