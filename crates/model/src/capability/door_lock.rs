//! A lock. Locking is free; unlocking needs a yes, and neither is ever sent late.

use super::table::{Capability, Command, Constant, Property, Safety};

/// A lock. Locking is free; unlocking needs a yes, and neither is ever sent late.
pub static DOOR_LOCK: Capability = Capability {
    name: "DoorLock",
    title: "Lock",
    doc: "A lock. Locking is free; unlocking needs a yes, and neither is ever sent late.",
    properties: &[Property::word("lock_state", "Lock", &["locked", "unlocked", "locking", "unlocking", "jammed", "open"]).writable(20).guarded(Safety::Never, &[Constant::Text("locked")]),],
    commands: &[Command::sets("lock", "Lock", &[("lock_state", Constant::Text("locked"))]),
 Command::sets("unlock", "Unlock", &[("lock_state", Constant::Text("unlocked"))]),],
    events: &[],
};
