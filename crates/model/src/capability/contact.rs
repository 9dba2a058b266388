//! A door or window that is open or closed. Matter: BooleanState of a contact sensor, turned round.

use super::table::{Capability, Property};

/// A door or window that is open or closed. Matter: BooleanState of a contact sensor, turned round.
pub static CONTACT: Capability = Capability {
    name: "Contact",
    title: "Contact",
    doc: "A door or window that is open or closed. Matter: BooleanState of a contact sensor, turned round.",
    properties: &[Property::truth("open", "Open"),],
    commands: &[],
    events: &[],
};
