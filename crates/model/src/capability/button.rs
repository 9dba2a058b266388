//! Something that is pressed: a remote, a doorbell, a wall button.

use super::table::{Capability, DeviceEventKind};

/// Something that is pressed: a remote, a doorbell, a wall button.
pub static BUTTON: Capability = Capability {
    name: "Button",
    title: "Button",
    doc: "Something that is pressed: a remote, a doorbell, a wall button.",
    properties: &[],
    commands: &[],
    events: &[DeviceEventKind { name: "press", title: "Pressed" },DeviceEventKind { name: "double_press", title: "Pressed twice" },DeviceEventKind { name: "triple_press", title: "Pressed three times" },DeviceEventKind { name: "long_press", title: "Held" },DeviceEventKind { name: "release", title: "Let go" },DeviceEventKind { name: "other", title: "Did something else" },],
};
