//! The live house.
//!
//! State comes in by one door and leaves by one stream. [`House::apply`] is the spine: a pure
//! function from an [`Input`] and the time to [`Effects`]. [`run()`] performs the effects; it is the
//! single writer, and readers take an immutable [`Snapshot`].
//!
//! **Entry types:** [`House`] (pure), [`Handle`] (how everyone else reaches the running house),
//! [`Snapshot`] (what is known), [`Bus`] (the stream of events), [`Clock`] (house time).
//!
//! **Invariants:** drivers write only *reported*, everyone else only *desired*; a wish ends in
//! exactly one way; what was acknowledged is durable first; a change costs the same in a house of
//! ten or ten thousand devices; nothing here waits for a listener.
//!
//! **Deliberately not here:** protocols (`drivers`), samples and statistics (`history`), JSON for
//! the outside (`api`).

mod clock;
mod effects;
pub mod features;
mod properties;
mod snapshot;

pub mod constraints;
pub mod door;

mod announce;
mod command;
mod house;
mod imagine;
mod keys;
mod places;
mod registry;
mod reports;
mod restore;
mod search;
mod things;
mod wishes;

mod bus;
mod handle;
mod keeper;
mod run;
mod telemetry;

pub use constraints::{Constraints, Refused};

pub use bus::{Bus, Delivery, Subscription};
pub use clock::Clock;
pub use effects::{Answer, Effects, Input, Refusal, RefusalCode};
pub use features::{Feature, Features, Maintenance};
pub use handle::{Handle, RequestError};
pub use house::{House, Limits};
pub use properties::Properties;
pub use run::{Running, Wires, run};
pub use snapshot::{Desired, DeviceTwin, PropertyTwin, Reported, Snapshot};
