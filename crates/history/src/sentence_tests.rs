//! A sentence for every kind of event.

use super::{Names, sentence};
use model::{
    AreaId, Cause, Connectivity, DeviceId, DiscoveryId, DriverState, Event, EventBody, FloorId,
    Goal, PersonId, Position, Presence, RequestId, Timestamp, Value, Who, Wish, WishId, WishState,
};

struct Named;

impl Names for Named {
    fn device(&self, _: DeviceId) -> Option<String> {
        Some("Hall lamp".to_owned())
    }
    fn area(&self, _: AreaId) -> Option<String> {
        Some("Hall".to_owned())
    }
    fn floor(&self, _: FloorId) -> Option<String> {
        None
    }
    fn person(&self, _: PersonId) -> Option<String> {
        Some("Anna".to_owned())
    }
}

fn anna() -> Who {
    Who::Person {
        id: PersonId::new(),
        name: "Anna".to_owned(),
    }
}

fn text(who: Who, body: EventBody) -> String {
    let event = Event {
        position: Position { epoch: 1, seq: 1 },
        at: Timestamp::UNIX_EPOCH,
        cause: Cause::first(who),
        body,
    };
    sentence(&event, &Named)
}

fn changed(path: &str, old: Option<Value>, new: Option<Value>) -> EventBody {
    let path = path.parse().unwrap();
    EventBody::PropertyChanged {
        device: DeviceId::new(),
        path,
        old,
        new,
        matched: true,
    }
}

fn wish(
    capability: &str,
    command: &str,
    values: &[(&str, Value)],
    state: WishState,
    note: Option<&str>,
) -> Box<Wish> {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    Box::new(Wish {
        id: WishId::new(),
        request: RequestId::new(),
        device: DeviceId::new(),
        endpoint: 1,
        capability: capability.to_owned(),
        command: command.to_owned(),
        goal: Goal::Target { values },
        state,
        note: note.map(str::to_owned),
        cause: Cause::first(anna()),
        made_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
    })
}

#[test]
fn properties() {
    for (path, old, new, expected) in [
        (
            "OnOff.on_off",
            None,
            Some(true.into()),
            "Hall lamp turned on, because Anna asked for it.",
        ),
        (
            "Contact.open",
            None,
            Some(false.into()),
            "Hall lamp closed, because Anna asked for it.",
        ),
        (
            "Thermostat.heating_setpoint",
            Some(20.0.into()),
            Some(21.5.into()),
            "“Heat to” of Hall lamp went from 20 °C to 21.5 °C, because Anna asked for it.",
        ),
        (
            "Thermostat.system_mode",
            None,
            Some("heat".into()),
            "“Mode” of Hall lamp is “heat”, because Anna asked for it.",
        ),
        (
            "TemperatureMeasurement.temperature",
            Some(20.0.into()),
            None,
            "“Temperature” of Hall lamp is not known any more, because Anna asked for it.",
        ),
    ] {
        assert_eq!(text(anna(), changed(path, old, new)), expected);
    }
    let device = DeviceId::new();
    let own = Who::Device {
        id: device,
        name: "Hall lamp".into(),
    };
    let path = "OnOff.on_off".parse().unwrap();
    let body = EventBody::PropertyChanged {
        device,
        path,
        old: None,
        new: Some(false.into()),
        matched: false,
    };
    assert_eq!(text(own, body), "Hall lamp turned off.");
}

#[test]
fn wishes() {
    let on = || vec![("on_off", Value::Bool(true))];
    for (state, note, expected) in [
        (
            WishState::Reached,
            None,
            "Hall lamp did what Anna asked: turn on.",
        ),
        (
            WishState::Reached,
            Some("delivery only"),
            "Hall lamp did what Anna asked: turn on (delivery only).",
        ),
        (
            WishState::Superseded,
            None,
            "What Anna asked of Hall lamp (turn on) gave way to a later wish.",
        ),
        (
            WishState::Rejected,
            Some("jammed"),
            "What Anna asked of Hall lamp (turn on) was refused (jammed).",
        ),
        (
            WishState::TimedOut,
            None,
            "Hall lamp did not do in time what Anna asked: turn on.",
        ),
    ] {
        let body = EventBody::WishEnded {
            wish: wish("OnOff", "on", &on(), state, note),
        };
        assert_eq!(text(Who::House, body), expected);
    }
    let made = |wish| text(anna(), EventBody::WishMade { wish });
    assert_eq!(
        made(wish("OnOff", "on", &on(), WishState::Pending, None)),
        "Anna asked Hall lamp to turn on."
    );
    let heat = wish(
        "Thermostat",
        "set_heating_setpoint",
        &[("heating_setpoint", 21.0.into())],
        WishState::Pending,
        None,
    );
    assert_eq!(made(heat), "Anna asked Hall lamp for “Heat to” 21 °C.");
    let strange = wish("Gone", "do_it_all", &[], WishState::Pending, None);
    assert_eq!(made(strange), "Anna asked Hall lamp to do it all.");
}

#[test]
fn everything_else() {
    let device = DeviceId::new();
    let name = || "Hall lamp".to_owned();
    for (body, expected) in [
        (
            EventBody::HouseStarted { clean: true },
            "The house started.",
        ),
        (
            EventBody::HouseStarted { clean: false },
            "The house started after it had ended without warning.",
        ),
        (
            EventBody::PresenceChanged {
                person: PersonId::new(),
                old: Presence::Away,
                new: Presence::Home,
            },
            "Anna came home.",
        ),
        (
            EventBody::ConnectivityChanged {
                device,
                old: Connectivity::Online,
                new: Connectivity::Offline,
                reason: Some("its broker says so".to_owned()),
            },
            "Hall lamp does not answer any more (its broker says so).",
        ),
        (
            EventBody::DeviceEvent {
                device,
                endpoint: 1,
                capability: "Button".to_owned(),
                event: "double_press".to_owned(),
            },
            "Hall lamp: pressed twice.",
        ),
        (
            EventBody::RequestRefused {
                device: Some(device),
                code: "x".to_owned(),
                reason: "40 is out of range.".to_owned(),
                constraint: None,
            },
            "A request of the house itself for Hall lamp was refused: 40 is out of range.",
        ),
        (
            EventBody::ConstraintChanged {
                constraint: "heating_bounds".to_owned(),
                name: "Heating within bounds".to_owned(),
                what: "it was switched off".to_owned(),
            },
            "Heating within bounds: it was switched off.",
        ),
        (
            EventBody::DeviceAdded {
                device,
                name: name(),
            },
            "Hall lamp is part of the house now.",
        ),
        (
            EventBody::DeviceEdited {
                device,
                what: "its name".to_owned(),
            },
            "Hall lamp was changed: its name.",
        ),
        (
            EventBody::DeviceRemoved {
                device,
                name: name(),
            },
            "Hall lamp was removed.",
        ),
        (
            EventBody::DiscoveryFound {
                discovery: DiscoveryId::new(),
                name: "Plug".to_owned(),
                driver: "mqtt".to_owned(),
            },
            "Plug was found (mqtt).",
        ),
        (
            EventBody::DiscoveryClosed {
                discovery: DiscoveryId::new(),
                reason: "adopted".to_owned(),
            },
            "A found thing left the inbox: adopted.",
        ),
        (
            EventBody::FloorChanged {
                floor: FloorId::new(),
                removed: true,
            },
            "The floor was removed.",
        ),
        (
            EventBody::AreaChanged {
                area: AreaId::new(),
                removed: false,
            },
            "The area Hall was changed.",
        ),
        (
            EventBody::PersonChanged {
                person: PersonId::new(),
                removed: true,
            },
            "The person Anna was removed.",
        ),
        (
            EventBody::DriverChanged {
                driver: "mqtt".to_owned(),
                state: DriverState::Failed {
                    reason: "no broker".to_owned(),
                },
            },
            "The driver mqtt failed: no broker.",
        ),
    ] {
        assert_eq!(text(Who::House, body), expected);
    }
}
