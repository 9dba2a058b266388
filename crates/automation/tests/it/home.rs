//! A small house to automate: a hall with a lamp, a motion sensor and a door, a living room with a
//! lamp and a thermostat, and two people.

use automation::document::{Arguments, ScenarioSlug, read_toml};
use automation::engine::{Engine, Run, Setting};
use automation::rehearse::Rehearsal;
use automation::sun::Location;
use jiff::tz::TimeZone;
use model::{
    Announcement, Cause, Change, Connectivity, DeviceKind, Grant, HouseId, Instance, Now,
    PersonEdit, Presence, Reading, Report, ReportBody, Request, RequestBody, Timestamp, Value, Who,
    capability,
};
use std::time::Duration;
use store::Kept;
use twin::{House, Input, Limits};

pub(crate) const DRIVER: &str = "test";

pub(crate) struct Home {
    pub(crate) world: Rehearsal,
}

pub(crate) fn setting() -> Setting {
    Setting {
        zone: TimeZone::get("Europe/Amsterdam").unwrap(),
        location: Some(Location {
            latitude: 52.37,
            longitude: 4.90,
        }),
    }
}

fn nothing_kept() -> Kept {
    Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".into(),
        floors: vec![],
        areas: vec![],
        people: vec![],
        devices: vec![],
        last_seen: vec![],
        discoveries: vec![],
        values: vec![],
        pending: vec![],
        outcomes: vec![],
        constraints: vec![],
        refusals: vec![],
        last_kept: None,
    }
}

impl Home {
    /// The house at a moment, local time.
    pub(crate) fn at(local: &str) -> Self {
        let at: Timestamp = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", local)
            .unwrap()
            .to_zoned_datetime(setting().zone)
            .unwrap()
            .timestamp();
        let (mut house, _) = House::restore(
            nothing_kept(),
            Limits::default(),
            Now::new(at, Duration::ZERO),
        );
        let now = Now::new(at, Duration::ZERO);
        for (id, area, kind, capability) in [
            ("hall_lamp", "Hall", DeviceKind::Light, &capability::ON_OFF),
            (
                "hall_motion",
                "Hall",
                DeviceKind::Motion,
                &capability::OCCUPANCY_SENSING,
            ),
            (
                "front_door",
                "Hall",
                DeviceKind::Contact,
                &capability::CONTACT,
            ),
            (
                "front_lock",
                "Hall",
                DeviceKind::Lock,
                &capability::DOOR_LOCK,
            ),
            (
                "living_lamp",
                "Living room",
                DeviceKind::Light,
                &capability::ON_OFF,
            ),
            (
                "main_thermostat",
                "Living room",
                DeviceKind::Thermostat,
                &capability::THERMOSTAT,
            ),
            (
                "hall_button",
                "Hall",
                DeviceKind::Button,
                &capability::BUTTON,
            ),
        ] {
            let announced = Announcement {
                native_id: id.into(),
                name: id.replace('_', " "),
                slug: Some(id.into()),
                kind,
                manufacturer: None,
                model: None,
                via: None,
                area: Some(area.into()),
                capabilities: vec![Instance::full(capability)],
                adopt: true,
                manual: None,
            };
            let online = ReportBody::Connectivity {
                native_id: id.into(),
                connectivity: Connectivity::Online,
                reason: None,
            };
            for body in [ReportBody::Announced(Box::new(announced)), online] {
                let driver = DRIVER.into();
                house.apply(Input::Report(Report { driver, body }), now);
            }
        }
        let mut home = Self {
            world: Rehearsal::new(house, Engine::new(setting()), at),
        };
        for person in ["Anna", "Ben"] {
            home.person(None, person, Presence::Home);
        }
        for (device, property, value) in [
            ("hall_lamp", "OnOff.on_off", Value::Bool(false)),
            ("living_lamp", "OnOff.on_off", Value::Bool(false)),
            (
                "hall_motion",
                "OccupancySensing.occupied",
                Value::Bool(false),
            ),
            ("front_door", "Contact.open", Value::Bool(false)),
            ("front_lock", "DoorLock.lock_state", "locked".into()),
            (
                "main_thermostat",
                "Thermostat.local_temperature",
                Value::Number(20.0),
            ),
            (
                "main_thermostat",
                "Thermostat.heating_setpoint",
                Value::Number(20.0),
            ),
        ] {
            home.reports(device, property, value);
        }
        home
    }

    fn person(&mut self, who: Option<&str>, name: &str, presence: Presence) {
        let body = RequestBody::PutPerson {
            person: who.map(Into::into),
            edit: PersonEdit {
                name: Change::Set(name.into()),
                presence: Change::Set(presence),
                ..PersonEdit::default()
            },
        };
        let request = Request::new(Grant::operator(), body);
        self.world.input(Input::Request(Box::new(request)));
    }

    /// How a device wants to be treated.
    pub(crate) fn prefers(&mut self, device: &str, preferences: model::Preferences) {
        let edit = model::DeviceEdit {
            preferences: Change::Set(preferences),
            ..model::DeviceEdit::default()
        };
        self.asks(RequestBody::EditDevice {
            device: device.into(),
            edit,
        });
    }

    /// A person asks for something.
    pub(crate) fn asks(&mut self, body: RequestBody) {
        let request = Request::new(Grant::operator(), body);
        let answer = self.world.input(Input::Request(Box::new(request)));
        assert!(matches!(answer, Some(Ok(_))), "{answer:?}");
    }

    /// A person switches a device by the page.
    pub(crate) fn switches(&mut self, device: &str, on: bool) {
        self.asks(RequestBody::Command(model::CommandRequest {
            device: device.into(),
            endpoint: None,
            capability: "OnOff".into(),
            command: if on { "on" } else { "off" }.into(),
            args: vec![],
            confirmed: false,
        }));
    }

    pub(crate) fn goes(&mut self, name: &str) {
        self.person(Some(name), name, Presence::Away);
    }

    pub(crate) fn comes(&mut self, name: &str) {
        self.person(Some(name), name, Presence::Home);
    }

    pub(crate) fn reports(&mut self, device: &str, property: &str, value: impl Into<Value>) {
        let body = ReportBody::Values {
            native_id: device.into(),
            readings: vec![Reading::new(property.parse().unwrap(), value)],
        };
        self.says(body);
    }

    pub(crate) fn says(&mut self, body: ReportBody) {
        let driver = DRIVER.into();
        self.world.input(Input::Report(Report { driver, body }));
    }

    /// Adds a scenario.
    pub(crate) fn rule(&mut self, toml: &str) {
        let document = read_toml(toml).unwrap_or_else(|faults| panic!("{faults:?}"));
        self.world.with_engine(|engine, house, now| {
            engine.put(document, 1, house, now);
            ((), vec![])
        });
    }

    pub(crate) fn run(&mut self, slug: &str, arguments: &[(&str, Value)]) -> Result<(), String> {
        let arguments: Arguments = arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let slug = ScenarioSlug::parse(slug).unwrap();
        self.world.with_engine(|engine, house, now| {
            match engine.run(&slug, arguments, Cause::first(Who::Operator), house, now) {
                Ok((_, effects)) => (Ok(()), effects),
                Err(error) => (Err(error.to_string()), vec![]),
            }
        })
    }

    pub(crate) fn stop(&mut self, slug: &str) -> usize {
        let slug = ScenarioSlug::parse(slug).unwrap();
        self.world
            .with_engine(|engine, house, now| engine.stop(&slug, &Who::Operator, house, now))
    }

    pub(crate) fn minutes(&mut self, minutes: i64) {
        let until = self.world.now() + jiff::SignedDuration::from_mins(minutes);
        self.world.pass(until);
    }

    pub(crate) fn value(&self, device: &str, property: &str) -> Option<Value> {
        let twin = self.world.house().snapshot().device(device)?;
        twin.value(property.parse().unwrap()).cloned()
    }

    pub(crate) fn is_on(&self, device: &str) -> bool {
        self.value(device, "OnOff.on_off") == Some(Value::Bool(true))
    }

    /// The runs that ended, oldest first.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.world.report().runs
    }

    /// How the runs ended: name, state, note.
    pub(crate) fn ends(&self) -> Vec<String> {
        self.runs()
            .iter()
            .map(|run| {
                format!(
                    "{}: {} ({})",
                    run.name,
                    run.state.as_str(),
                    run.note.clone().unwrap_or_default()
                )
            })
            .collect()
    }
}
