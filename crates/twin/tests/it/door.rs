//! The door: right, safety, constraints; each refusal says which.

use crate::support::{Fixture, told};
use model::{
    CommandRequest, Constraint, EventBody, Form, Grant, Right, Rights, Scope, Unknown, Value, Who,
};
use model::{Request, RequestBody};
use twin::RefusalCode;

fn guest() -> Grant {
    Grant {
        who: Who::Service {
            name: "guest".into(),
        },
        rights: [Right::ReadHouse, Right::Control].into_iter().collect(),
        areas: None,
    }
}

fn check(grant: Grant, command: CommandRequest) -> Result<(), RefusalCode> {
    let mut house = Fixture::new();
    let constraint = Constraint {
        slug: "blinds".parse().unwrap(),
        name: "Blinds".into(),
        statement: "The blinds never open beyond {max}.".into(),
        hazard: "The topmost slat jams.".into(),
        enabled: true,
        unknown: Unknown::Refuse,
        scope: Scope::default(),
        form: Form::Bounds {
            property: "WindowCovering.position".parse().unwrap(),
            min: None,
            max: Some(90.0),
        },
    };
    let body = RequestBody::PutConstraint {
        constraint: Box::new(constraint),
        before: None,
    };
    let put = Request::new(Grant::operator(), body);
    house.apply(twin::Input::Request(Box::new(put)));
    let (effects, answer) = house.ask(grant, command);
    if answer.is_err() {
        let told = effects
            .events
            .iter()
            .any(|e| matches!(e.body, EventBody::RequestRefused { .. }));
        assert!(told, "a refusal is an event");
        assert!(effects.orders.is_empty(), "what is refused is not sent");
    }
    answer.map(|_| ()).map_err(|refusal| refusal.code)
}

fn with(mut command: CommandRequest, name: &str, value: impl Into<Value>) -> CommandRequest {
    command.args.push((name.into(), value.into()));
    command
}

fn confirmed(mut command: CommandRequest) -> CommandRequest {
    command.confirmed = true;
    command
}

#[test]
fn each_command_is_judged() {
    let nobody = Grant {
        rights: Rights::NONE,
        ..guest()
    };
    let rule = Grant {
        who: Who::Rule {
            name: "Night".into(),
        },
        ..Grant::operator()
    };
    let unlock = || told("door", "DoorLock", "unlock");
    let blind = |position: f64| {
        with(
            told("blind", "WindowCovering", "go_to_position"),
            "position",
            position,
        )
    };
    for (what, grant, command, expected) in [
        (
            "a guest may switch",
            guest(),
            told("lamp", "OnOff", "on"),
            Ok(()),
        ),
        (
            "nobody may not",
            nobody,
            told("lamp", "OnOff", "on"),
            Err(RefusalCode::NotAllowed),
        ),
        (
            "a guest may lock",
            guest(),
            told("door", "DoorLock", "lock"),
            Ok(()),
        ),
        (
            "a guest may not unlock",
            guest(),
            confirmed(unlock()),
            Err(RefusalCode::NotAllowed),
        ),
        (
            "unlocking needs a yes",
            Grant::operator(),
            unlock(),
            Err(RefusalCode::ConfirmationNeeded),
        ),
        (
            "and is done with one",
            Grant::operator(),
            confirmed(unlock()),
            Ok(()),
        ),
        (
            "a rule never unlocks",
            rule,
            confirmed(unlock()),
            Err(RefusalCode::ConfirmationNeeded),
        ),
        (
            "constraints hold",
            Grant::operator(),
            blind(95.0),
            Err(RefusalCode::Constrained),
        ),
        (
            "and let the rest pass",
            Grant::operator(),
            blind(90.0),
            Ok(()),
        ),
        (
            "range comes first",
            Grant::operator(),
            blind(120.0),
            Err(RefusalCode::InvalidValue),
        ),
        (
            "no such device",
            Grant::operator(),
            told("moon", "OnOff", "on"),
            Err(RefusalCode::UnknownDevice),
        ),
        (
            "no such capability",
            Grant::operator(),
            told("lamp", "Teleport", "on"),
            Err(RefusalCode::UnsupportedCommand),
        ),
        (
            "not on this device",
            Grant::operator(),
            told("lamp", "DoorLock", "lock"),
            Err(RefusalCode::UnsupportedCommand),
        ),
        (
            "no such command",
            Grant::operator(),
            told("lamp", "OnOff", "explode"),
            Err(RefusalCode::UnsupportedCommand),
        ),
        (
            "a missing argument",
            Grant::operator(),
            told("blind", "WindowCovering", "go_to_position"),
            Err(RefusalCode::InvalidValue),
        ),
        (
            "a strange argument",
            Grant::operator(),
            with(told("lamp", "OnOff", "on"), "loud", true),
            Err(RefusalCode::InvalidValue),
        ),
        (
            "a wrong kind",
            Grant::operator(),
            with(told("lamp", "OnOff", "set"), "on_off", "yes"),
            Err(RefusalCode::InvalidValue),
        ),
    ] {
        let unknown = expected == Err(RefusalCode::UnknownDevice);
        let judged = if unknown {
            Fixture::new()
                .ask(grant, command)
                .1
                .map(|_| ())
                .map_err(|refusal| refusal.code)
        } else {
            check(grant, command)
        };
        assert_eq!(judged, expected, "{what}");
    }
}

#[test]
fn a_loop_is_stopped() {
    let mut house = Fixture::new();
    let mut refused = None;
    for _ in 0..200 {
        if let (_, Err(refusal)) = house.command("lamp", "OnOff", "on") {
            refused = Some(refusal.code);
            break;
        }
    }
    assert_eq!(refused, Some(RefusalCode::TooManyWishes));
    house.wait(11);
    assert!(house.command("lamp", "OnOff", "on").1.is_ok());
}
