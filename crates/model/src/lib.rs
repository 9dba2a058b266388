//! The words of the house.
//!
//! Everything that crosses a border between two crates is a type of this one: ids, values and
//! units, the capability tables, what drivers report, what people request, what happened, and who
//! caused it.
//!
//! **Entry types:** [`Capability`] (what a device can do, as a table), [`Path`] (one property of
//! one endpoint), [`Report`] (world to house), [`Request`] (people to house), [`Event`] (house to
//! everyone), [`Cause`] (who and why).
//!
//! **Invariants:** no I/O, no async, no clock: `now` is always a parameter. Units inside the house
//! are the canonical ones of [`Unit`]. A [`Path`] can only name a property that a table has.
//!
//! **Deliberately not here:** rules about how a twin changes (`twin`), and JSON for the outside
//! (`api`).

mod id;
mod moment;
mod setting;
mod slug;
mod unit;
mod value;

pub mod capability;
mod shape;

mod cause;
mod right;

mod device;
mod place;
mod preferences;
mod scan;
mod sighting;

mod constraint;
mod driver;
mod report;
mod request;
mod wish;

mod event;

pub use capability::{
    Access, Argument, Capability, Command, DeviceEventKind, Kind, OnReconnect, Path, PathError,
    Property, Safety, Statistics,
};
pub use cause::{Cause, Who};
pub use constraint::{
    Constraint, ConstraintFault, Form, LeakPlace, LoadUnit, Parameter, Scope, Signal, Unknown,
    shipped_constraints,
};
pub use device::{Connectivity, Device, DeviceKind, Discovery, DiscoveryState, Key};
pub use driver::{DriverCommand, DriverState, Order};
pub use event::{Event, EventBody, Position};
pub use id::{
    AccountId, AlertId, AreaId, CauseId, ConcernId, ConversationId, DeviceId, DiscoveryId, FloorId,
    HouseId, IdError, InterviewId, MemoryId, PersonId, ProgramId, RequestId, RunId, ScanId,
    SessionId, TokenId, WishId,
};
pub use jiff::Timestamp;
pub use moment::Now;
pub use place::{Area, Floor, Person, Presence};
pub use preferences::{Preferences, Priority};
pub use report::{Announcement, Reading, Report, ReportBody};
pub use request::{
    AreaEdit, Change, CommandRequest, DeviceEdit, FloorEdit, PersonEdit, Reference, Request,
    RequestBody,
};
pub use right::{Grant, Right, Rights};
pub use scan::{ProtocolScan, Scan, ScanStatus, Searched, Searcher};
pub use setting::{Setting, SettingKind};
pub use shape::{Instance, PropertyShape, ValueFault};
pub use sighting::{About, Clue, Fact, Guess, Identity, Opinion, Seen, Sighting};
pub use slug::{Slug, SlugError};
pub use unit::Unit;
pub use value::Value;
pub use wish::{Goal, Wish, WishState};
