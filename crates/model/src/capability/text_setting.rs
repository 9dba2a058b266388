//! A text that no other table knows.

use super::table::{Capability, Property};

/// A text that no other table knows.
pub static TEXT_SETTING: Capability = Capability {
    name: "TextSetting",
    title: "Text",
    doc: "A text that no other table knows.",
    properties: &[Property::text("text", "Text").writable(10),],
    commands: &[],
    events: &[],
};
