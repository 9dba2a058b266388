//! How the house speaks: Home Assistant's discovery convention, the way zigbee2mqtt does it.
//!
//! Everything here but [`client`] is pure: [`announce`] turns a world into its retained messages,
//! [`report`] a device into its state when it has something to say, [`command`] a message of a hub
//! into what it wants.
//!
//! | topic | who | what |
//! |---|---|---|
//! | `homeassistant/<component>/sim_<slug>/<object>/config` | house | one entity, retained |
//! | `sim/status` | house | `online`, or `offline` by its will, retained |
//! | `sim/<slug>/availability` | house | `online` or `offline`, retained |
//! | `sim/<slug>` | house | all values of a device in one JSON object, retained |
//! | `sim/<slug>/action` | house | `{"event_type": "press"}` of a button |
//! | `sim/<slug>/set` | hub | a JSON object of values |
//! | `sim/<slug>/set/<name>` | hub | one value, or `OPEN`, `CLOSE`, `STOP`, `LOCK`, `TOGGLE`, ... |

pub mod client;
mod command;
mod discovery;
mod entity;
mod wire;

pub use command::command;
pub use discovery::{configs, is_config_of_ours};
pub use wire::report;

use crate::world::{Device, World};
use jiff::Timestamp;

/// The topic of the whole simulator's availability.
pub const STATUS: &str = "sim/status";

/// A message of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// House time.
    pub at: Timestamp,
    /// The topic.
    pub topic: String,
    /// The payload.
    pub payload: String,
    /// Whether the broker keeps it.
    pub retain: bool,
}

/// Everything that a hub needs to know the house: configs, availability, states.
#[must_use]
pub fn announce(world: &World) -> Vec<Message> {
    let kept = |topic: String, payload: String| Message {
        at: world.now,
        topic,
        payload,
        retain: true,
    };
    let mut messages = Vec::new();
    for device in &world.devices {
        let area = device.area.map(|area| world.rooms[area].name.as_str());
        for (topic, config) in configs(device, area) {
            messages.push(kept(topic, config.to_string()));
        }
    }
    messages.push(kept(STATUS.to_owned(), "online".to_owned()));
    for device in &world.devices {
        messages.push(availability(device, world.now));
        // A silent device says nothing even when it is asked.
        if device.online
            && let Some(state) = wire::state(device)
        {
            messages.push(kept(format!("sim/{}", device.slug), state));
        }
    }
    messages
}

/// Whether a device can be reached.
#[must_use]
pub fn availability(device: &Device, at: Timestamp) -> Message {
    Message {
        at,
        topic: format!("sim/{}/availability", device.slug),
        payload: if device.online { "online" } else { "offline" }.to_owned(),
        retain: true,
    }
}

/// Something that happened at a button.
#[must_use]
pub fn happening(device: &Device, what: &str, at: Timestamp) -> Message {
    Message {
        at,
        topic: format!("sim/{}/action", device.slug),
        payload: serde_json::json!({ "event_type": what }).to_string(),
        retain: false,
    }
}
