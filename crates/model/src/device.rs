//! A device of the house, and a thing that was found and is not ours yet.

use crate::{AreaId, DeviceId, DiscoveryId, Guess, Instance, Preferences, Seen, Slug, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who speaks to the device, and what that one calls it. Never changes while the device is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The driver.
    pub driver: String,
    /// The driver's own stable id of the device.
    pub native_id: String,
}

/// Whether a device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connectivity {
    /// It answers.
    Online,
    /// It does not.
    Offline,
    /// Nobody has said yet, for example right after a restart.
    Unknown,
}

impl Connectivity {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Online, Self::Offline, Self::Unknown]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

macro_rules! kinds {
    ($($variant:ident = $word:literal),* $(,)?) => {
        /// What people would call the device: its icon, its tile, a label of metrics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the names are the kinds")]
        pub enum DeviceKind { $($variant),* }

        impl DeviceKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads such a word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    Light = "light", Switch = "switch", Outlet = "outlet", Thermostat = "thermostat", Lock = "lock",
    Cover = "cover", GarageDoor = "garage_door", Fan = "fan", Valve = "valve", MediaPlayer = "media_player", Button = "button",
    Contact = "contact", Motion = "motion", Sensor = "sensor", Leak = "leak", Smoke = "smoke",
    Meter = "meter", Battery = "battery", Charger = "charger", Alarm = "alarm", Weather = "weather",
    Appliance = "appliance", Bridge = "bridge", Person = "person", Other = "other",
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of a device besides its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Its unique, stable, readable name.
    pub slug: Slug,
    /// Other slugs and names that mean it.
    pub aliases: Vec<String>,
    /// Who speaks to it.
    pub key: Key,
    /// The native id of the device through which it is reached, of the same driver.
    pub via: Option<String>,
    /// Where it stands.
    pub area: Option<AreaId>,
    /// The areas that it works for, wherever it stands: those a furnace heats.
    pub serves: Vec<AreaId>,
    /// What people call it.
    pub name: String,
    /// Whether a person gave it that name (then the device's own name no longer changes it).
    pub named_by_person: bool,
    /// What it is.
    pub kind: DeviceKind,
    /// Who made it, as it says itself.
    pub manufacturer: Option<String>,
    /// Its model, as it says itself.
    pub model: Option<String>,
    /// What it can do.
    pub capabilities: Vec<Instance>,
    /// What a person typed in to add it by hand, for its driver.
    pub manual: Option<serde_json::Value>,
    /// How it wants to be treated by what runs by itself.
    pub preferences: Preferences,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

impl Device {
    /// What it can do on an endpoint.
    #[must_use]
    pub fn instance(&self, endpoint: u16, capability: &str) -> Option<&Instance> {
        self.capabilities.iter().find(|instance| {
            instance.endpoint == endpoint && instance.capability.name == capability
        })
    }
}

/// Whether a found thing waits, or shall not be shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveryState {
    /// It waits for a yes.
    New,
    /// Somebody does not want it.
    Ignored,
    /// It is ours; the network is watched for where it is and whether it is there.
    Adopted,
}

impl DiscoveryState {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ignored => "ignored",
            Self::Adopted => "adopted",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::New, Self::Ignored, Self::Adopted]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A thing that was found: it waits in the inbox, is ignored, or became ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    /// Its id.
    pub id: DiscoveryId,
    /// Who found it.
    pub key: Key,
    /// What it says of itself.
    pub announcement: crate::Announcement,
    /// Whether it waits, is ignored or is ours.
    pub state: DiscoveryState,
    /// The device that it became.
    pub device: Option<DeviceId>,
    /// How the protocols of the network see it; empty where its driver needs none of them.
    pub sightings: Vec<Seen>,
    /// What the sightings suggest that it is.
    pub guess: Guess,
    /// Whether any protocol sees it now.
    pub presence: Connectivity,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
}
