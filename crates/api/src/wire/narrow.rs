//! What is left out for who is limited to some rooms: what stands in a room may name what does not.

use super::{Area, Change, Device, Reported, Who, Wish};
use crate::{ApiError, ErrorCode};
use uuid::Uuid;

impl Device {
    /// Without the device through which it is reached and the rooms that it serves, and without names of
    /// what is elsewhere.
    pub(crate) fn narrowed(mut self) -> Self {
        let id = self.id;
        self.via = None;
        self.serves.clear();
        for property in self
            .capabilities
            .iter_mut()
            .flat_map(|it| &mut it.properties)
        {
            narrow(id, property.reported.as_mut());
            if let Some(desired) = &mut property.desired {
                desired.who.narrow(id);
            }
        }
        self
    }
}

impl Area {
    /// Without the rooms beside it.
    pub(crate) fn narrowed(mut self) -> Self {
        self.neighbours.clear();
        self
    }
}

impl Wish {
    /// Without names of what is elsewhere.
    pub(crate) fn narrowed(mut self) -> Self {
        self.cause.who.narrow(self.device);
        if self.state == "superseded" {
            self.note = Some("somebody wanted something else since".to_owned());
        }
        self
    }
}

impl Change {
    /// As who is limited to some rooms is told it.
    pub(crate) fn narrowed(self) -> Self {
        match self {
            Self::Property {
                device,
                endpoint,
                capability,
                property,
                mut reported,
                mut desired,
            } => {
                narrow(device, reported.as_deref_mut());
                if let Some(desired) = &mut desired {
                    desired.who.narrow(device);
                }
                Self::Property {
                    device,
                    endpoint,
                    capability,
                    property,
                    reported,
                    desired,
                }
            }
            Self::Device { device } => Self::Device {
                device: Box::new(device.narrowed()),
            },
            Self::Area { area } => Self::Area {
                area: area.narrowed(),
            },
            Self::Wish { wish } => Self::Wish {
                wish: Box::new(wish.narrowed()),
            },
            other => other,
        }
    }
}

impl ApiError {
    /// Without what a safety constraint says: it may be about a device elsewhere.
    pub(crate) fn narrowed(mut self) -> Self {
        if self.code == ErrorCode::Constrained {
            self.code.meaning().clone_into(&mut self.message);
            self.expected = None;
            self.constraint = None;
            "Ask somebody of the house.".clone_into(&mut self.action);
        }
        self.wish = self.wish.map(|wish| Box::new(wish.narrowed()));
        self
    }
}

impl Who {
    /// A rule and what runs by itself is often called by the devices that it is about.
    fn narrow(&mut self, own: Uuid) {
        let name = match self.kind {
            "rule" => "a rule",
            "scenario" => "a scenario",
            "service" => "a program",
            "device" if self.id != Some(own) => "another device",
            _ => return,
        };
        name.clone_into(&mut self.name);
        self.id = None;
    }
}

fn narrow(device: Uuid, reported: Option<&mut Reported>) {
    if let Some(reported) = reported {
        reported.cause.who.narrow(device);
    }
}
