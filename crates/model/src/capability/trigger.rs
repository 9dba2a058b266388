//! An action that no other table knows, such as “identify” or “restart”.

use super::table::{Capability, Command};

/// An action that no other table knows, such as “identify” or “restart”.
pub static TRIGGER: Capability = Capability {
    name: "Trigger",
    title: "Action",
    doc: "An action that no other table knows, such as “identify” or “restart”.",
    properties: &[],
    commands: &[Command::action("activate", "Do it"),],
    events: &[],
};
