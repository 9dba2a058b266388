//! What the scenarios that come with the house do beyond a table of steps. Anybody's scenario may use
//! them: `{ builtin = "switch_off_standby" }`.

use crate::document::Given;
use model::{Capability, DeviceId, DeviceKind, capability};
use twin::Snapshot;

/// Something that is more than a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Builtin {
    /// Switch off what has drawn only a little for an hour.
    SwitchOffStandby,
    /// Switch off the lights of rooms in which nobody has moved for half an hour.
    LightsOfEmptyRooms,
    /// Wait so many days, and meanwhile switch the lights as the household used to.
    StayAway {
        /// How long.
        days: Given,
        /// Whether the lights are switched.
        simulate: Given,
    },
}

/// The words for them.
pub(crate) const NAMES: [&str; 3] = ["switch_off_standby", "lights_of_empty_rooms", "stay_away"];

impl Builtin {
    /// The word in a document.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SwitchOffStandby => NAMES[0],
            Self::LightsOfEmptyRooms => NAMES[1],
            Self::StayAway { .. } => NAMES[2],
        }
    }

    /// What it does, for people.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::SwitchOffStandby => "switch off what only draws standby power",
            Self::LightsOfEmptyRooms => "switch off the lights of empty rooms",
            Self::StayAway { .. } => "let the lights live on as the household used to",
        }
    }

    /// What it may set in this house.
    pub(crate) fn writes(&self, house: &Snapshot) -> Vec<(DeviceId, &'static Capability)> {
        let kinds = match self {
            Self::SwitchOffStandby => STANDBY.as_slice(),
            Self::LightsOfEmptyRooms | Self::StayAway { .. } => &[DeviceKind::Light],
        };
        let of_kind = house.devices.values().filter(|twin| {
            kinds.contains(&twin.device.kind)
                && twin
                    .device
                    .capabilities
                    .iter()
                    .any(|instance| instance.capability == &capability::ON_OFF)
        });
        of_kind
            .map(|twin| (twin.device.id, &capability::ON_OFF))
            .collect()
    }
}

/// What may be switched off when it only draws standby power: nothing that cools, heats or guards.
pub(crate) const STANDBY: [DeviceKind; 3] = [
    DeviceKind::Outlet,
    DeviceKind::Switch,
    DeviceKind::MediaPlayer,
];
