//! A device on the wire: its twin, shaped for programs and for the page.

use super::{At, Cause, Preferences, Scalar, Who};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A device with all that is known of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// Its id.
    pub id: Uuid,
    /// Its unique, stable, readable name.
    #[schema(example = "main_thermostat")]
    pub slug: String,
    /// Other names that mean it.
    pub aliases: Vec<String>,
    /// What people call it.
    pub name: String,
    /// What it is, such as `light`.
    pub kind: String,
    /// Where it stands.
    pub area: Option<AreaRef>,
    /// The areas that it works for, wherever it stands.
    pub serves: Vec<AreaRef>,
    /// Who made it, as it says itself.
    pub manufacturer: Option<String>,
    /// Its model, as it says itself.
    pub model: Option<String>,
    /// The driver that speaks to it.
    #[schema(example = "mqtt")]
    pub protocol: String,
    /// What the driver calls it.
    pub native_id: String,
    /// The device through which it is reached.
    pub via: Option<Uuid>,
    /// `online`, `offline` or `unknown`.
    pub connectivity: &'static str,
    /// Since when.
    pub connectivity_since: Option<At>,
    /// How that is known.
    pub connectivity_reason: Option<String>,
    /// How it wants to be treated by what runs by itself.
    pub preferences: Preferences,
    /// When it was first seen.
    pub first_seen: At,
    /// When it was last heard of.
    pub last_seen: Option<At>,
    /// What it can do, and what is known.
    pub capabilities: Vec<Capability>,
}

/// An area, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaRef {
    /// Its id.
    pub id: Uuid,
    /// Its readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A capability as this device has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Capability {
    /// On which endpoint; 1 is the main one.
    pub endpoint: u16,
    /// Its name, such as `OnOff`.
    #[schema(example = "OnOff")]
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What this one is called on the device, where it has several of a kind.
    pub label: Option<String>,
    /// What it knows.
    pub properties: Vec<Property>,
    /// What it can be told; besides, every writable property takes the command `set`.
    pub commands: Vec<CommandForm>,
    /// What may happen at it.
    pub events: Vec<String>,
}

/// A property with its limits and both halves of its twin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Property {
    /// Its name within the capability.
    pub name: &'static str,
    /// Its address on the device: `OnOff.on_off`, or `2:OnOff.on_off` on endpoint 2.
    #[schema(example = "OnOff.on_off")]
    pub path: String,
    /// For people.
    pub title: &'static str,
    /// `boolean`, `number`, `enum` or `text`.
    pub r#type: &'static str,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// The lowest number that it takes.
    pub min: Option<f64>,
    /// The highest number that it takes.
    pub max: Option<f64>,
    /// The finest difference that means anything.
    pub step: Option<f64>,
    /// The words of an enum.
    pub values: Option<Vec<String>>,
    /// Whether it can be wished for.
    pub writable: bool,
    /// What writing it takes: `free`, `confirm` (a yes), `never` (a yes of a person, and never by a
    /// program).
    pub safety: &'static str,
    /// What the device said; null where that is not known.
    pub reported: Option<Reported>,
    /// What somebody wants and has not got yet.
    pub desired: Option<Desired>,
}

/// What a device said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reported {
    /// The value.
    pub value: Scalar,
    /// When it last said so.
    pub at: At,
    /// When the value became this one.
    pub since: At,
    /// Whether it is from before the last restart and was not said again.
    pub stale: bool,
    /// Who caused it.
    pub cause: Cause,
}

/// What somebody wants.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Desired {
    /// The wanted value.
    pub value: Scalar,
    /// Since when.
    pub at: At,
    /// The wish behind it.
    pub wish: Uuid,
    /// Who wants it.
    pub who: Who,
}

/// A command and what it takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommandForm {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it takes to send it: `free`, `confirm` or `never`.
    pub safety: &'static str,
    /// Its arguments.
    pub args: Vec<Argument>,
}

/// An argument of a command.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// `boolean`, `number`, `enum` or `text`.
    pub r#type: &'static str,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// The lowest number.
    pub min: Option<f64>,
    /// The highest number.
    pub max: Option<f64>,
    /// The finest difference that means anything.
    pub step: Option<f64>,
    /// The words of an enum.
    pub values: Option<Vec<String>>,
    /// Whether it must be there.
    pub required: bool,
}
