//! What really happened, played once more in a house of twins.

use super::Rehearsal;
use crate::engine::Engine;
use model::{
    Change, DeviceId, Grant, Path, PersonEdit, PersonId, Presence, Reading, Report, ReportBody,
    Request, RequestBody, Timestamp, Value,
};
use twin::Input;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// A device reported this.
    Value {
        /// Which.
        device: DeviceId,
        /// Of which property.
        path: Path,
        /// What; `None` where it did not know.
        value: Option<Value>,
    },
    /// A device said that something happened, such as a press.
    Event {
        /// Which.
        device: DeviceId,
        /// On which endpoint.
        endpoint: u16,
        /// Of which capability.
        capability: String,
        /// What.
        event: String,
    },
    /// Somebody came or went.
    Presence {
        /// Who.
        person: PersonId,
        /// Where they were then.
        presence: Presence,
    },
    /// The house was put into a mode.
    Mode(String),
}

/// A stretch of history, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// How things were at its beginning.
    pub before: Vec<Happened>,
    /// What happened, and when.
    pub then: Vec<(Timestamp, Happened)>,
}

impl Rehearsal {
    /// Puts the house into the state of a past's beginning.
    pub fn set_back(&mut self, past: &Past) {
        // That is no news: it sets nothing off.
        let deaf = Engine::new(self.engine.setting().clone());
        let engine = std::mem::replace(&mut self.engine, deaf);
        for happened in &past.before {
            if let Some(input) = self.input_of(happened) {
                self.input(input);
            }
        }
        self.engine = engine;
        self.forget_what_happened();
    }

    /// Plays a past, and lets time pass until its end.
    pub fn replay(&mut self, past: &Past, until: Timestamp) {
        for (at, happened) in &past.then {
            if self.report().cut {
                break;
            }
            self.pass_to(*at);
            if let Some(input) = self.input_of(happened) {
                self.input(input);
            }
        }
        self.pass(until);
    }

    fn input_of(&self, happened: &Happened) -> Option<Input> {
        let by = |device: &DeviceId, body: &dyn Fn(String) -> ReportBody| {
            let twin = self.house().snapshot().devices.get(device)?;
            let key = &twin.device.key;
            Some(Input::Report(Report {
                driver: key.driver.clone(),
                body: body(key.native_id.clone()),
            }))
        };
        let ask = |body| {
            let request = Request::new(Grant::house(), body);
            Some(Input::Request(Box::new(request)))
        };
        match happened {
            Happened::Value {
                device,
                path,
                value,
            } => by(device, &|native_id| ReportBody::Values {
                native_id,
                readings: vec![Reading {
                    path: *path,
                    value: value.clone(),
                    unit: None,
                }],
            }),
            Happened::Event {
                device,
                endpoint,
                capability,
                event,
            } => by(device, &|native_id| ReportBody::DeviceEvent {
                native_id,
                endpoint: *endpoint,
                capability: capability.clone(),
                event: event.clone(),
            }),
            Happened::Presence { person, presence } => ask(RequestBody::PutPerson {
                person: Some(person.to_string().into()),
                edit: PersonEdit {
                    presence: Change::Set(*presence),
                    ..PersonEdit::default()
                },
            }),
            Happened::Mode(mode) => ask(RequestBody::SetMode { mode: mode.clone() }),
        }
    }
}
