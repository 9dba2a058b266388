//! What comes in by the door and what follows from it.

use model::{DeviceId, Event, Order, Report, Request, RequestId, Wish};
use std::sync::Arc;
use store::Record;

/// Everything that can come in.
#[derive(Debug, Clone)]
pub enum Input {
    /// A driver says something.
    Report(Report),
    /// Somebody asks for something.
    Request(Box<Request>),
    /// Time has passed: wishes may have timed out.
    Tick,
    /// What was to be kept could not be: back to how it was.
    NotKept {
        /// The versions from before.
        undo: Vec<Record>,
        /// Why, for people.
        reason: String,
    },
}

/// What follows from an input. The loop performs it; nothing has happened yet.
#[derive(Debug, Default)]
pub struct Effects {
    /// To publish, in order.
    pub events: Vec<Event>,
    /// To make durable before `orders` and `answer`.
    pub keep: Vec<Record>,
    /// How to go back if it cannot be kept.
    pub undo: Vec<Record>,
    /// To send to drivers: the driver's name and the order.
    pub orders: Vec<(String, Order)>,
    /// Whether the orders may go out before all is kept: a rule wants it, and nothing about it is
    /// dangerous.
    pub at_once: bool,
    /// Whether the answer can wait a moment: it only says that something was told to everyone.
    pub soon: bool,
    /// What to tell who asked; `None` while a driver has yet to say.
    pub answer: Option<(RequestId, Result<Answer, Refusal>)>,
}

/// What a request led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A wish, as it stood when it was made (or first made, for a repeat).
    Wish(Arc<Wish>),
    /// This device is ours, or changed.
    Device(DeviceId),
    /// This area is there, or changed.
    Area(model::AreaId),
    /// This floor is there, or changed.
    Floor(model::FloorId),
    /// This person is there, or changed.
    Person(model::PersonId),
    /// This search is under way; [`crate::Handle::searched`] waits for its end.
    Scan(model::ScanId),
    /// It is done, and there is nothing left to show.
    Done,
}

/// A request that was refused at the door: what was wrong, what would be right, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Which kind of refusal.
    pub code: RefusalCode,
    /// What was wrong, with the value.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub action: String,
    /// The slug of the safety constraint that forbids it, where one does.
    pub constraint: Option<String>,
}

impl Refusal {
    /// A refusal in words.
    pub(crate) fn new(
        code: RefusalCode,
        message: impl Into<String>,
        expected: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            expected: expected.into(),
            action: action.into(),
            constraint: None,
        }
    }

    /// It is this constraint that forbids it.
    pub(crate) fn by(mut self, constraint: &model::Constraint) -> Self {
        self.constraint = Some(constraint.slug.to_string());
        self
    }
}

/// The kinds of refusal; the words are stable, programs branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// No device is called so.
    UnknownDevice,
    /// No area is called so.
    UnknownArea,
    /// No floor is called so.
    UnknownFloor,
    /// No person is called so.
    UnknownPerson,
    /// Nothing of that id waits in the inbox.
    UnknownDiscovery,
    /// No driver is called so.
    UnknownDriver,
    /// The device cannot do this.
    UnsupportedCommand,
    /// A value or argument is not right.
    InvalidValue,
    /// The name is taken.
    SlugTaken,
    /// Who asks may not.
    NotAllowed,
    /// A person's yes is needed.
    ConfirmationNeeded,
    /// A house-wide constraint forbids it.
    Constrained,
    /// No safety constraint is called so.
    UnknownConstraint,
    /// The safety constraint comes with the house, and cannot be removed.
    ShippedConstraint,
    /// Somebody else edited it meanwhile.
    EditedMeanwhile,
    /// The device is away, and this is never sent late.
    DeviceOffline,
    /// Too many wishes for one device in a short time.
    TooManyWishes,
    /// The driver could not do it.
    DriverFailed,
    /// It cannot be kept: the disk is full or broken.
    NotKept,
    /// The house is full.
    HouseFull,
}

impl RefusalCode {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownDevice => "unknown_device",
            Self::UnknownArea => "unknown_area",
            Self::UnknownFloor => "unknown_floor",
            Self::UnknownPerson => "unknown_person",
            Self::UnknownDiscovery => "unknown_discovery",
            Self::UnknownDriver => "unknown_driver",
            Self::UnsupportedCommand => "unsupported_command",
            Self::InvalidValue => "invalid_value",
            Self::SlugTaken => "slug_taken",
            Self::NotAllowed => "not_allowed",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::Constrained => "constrained",
            Self::UnknownConstraint => "unknown_constraint",
            Self::ShippedConstraint => "shipped_constraint",
            Self::EditedMeanwhile => "edited_meanwhile",
            Self::DeviceOffline => "device_offline",
            Self::TooManyWishes => "too_many_wishes",
            Self::DriverFailed => "driver_failed",
            Self::NotKept => "not_kept",
            Self::HouseFull => "house_full",
        }
    }
}
