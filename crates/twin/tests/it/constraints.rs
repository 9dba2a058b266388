//! Safety constraints in a house that lives: seen, judged, told, edited, kept.

use crate::support::{Fixture, announcement, told};
use model::{
    Change, CommandRequest, Connectivity, Constraint, DeviceKind, EventBody, Form, Grant, Instance,
    PersonEdit, Presence, ReportBody, Request, RequestBody, Signal, Value, Who, capability,
};
use store::Record;
use twin::{Effects, House, Input, Limits, Refusal, RefusalCode};

impl Fixture {
    fn device(&mut self, id: &str, kind: DeviceKind, capabilities: Vec<Instance>) {
        let announced = ReportBody::Announced(Box::new(announcement(id, kind, capabilities)));
        self.report(announced);
        self.connect(id, Connectivity::Online);
    }

    fn person(&mut self, presence: Presence) {
        let there = self.house.snapshot().person("Anna").is_some();
        let body = RequestBody::PutPerson {
            person: there.then(|| "Anna".into()),
            edit: PersonEdit {
                name: Change::Set("Anna".into()),
                presence: Change::Set(presence),
                ..PersonEdit::default()
            },
        };
        self.apply(Input::Request(Box::new(Request::new(
            Grant::operator(),
            body,
        ))));
    }

    fn constraint(&self, slug: &str) -> Constraint {
        let snapshot = self.house.snapshot();
        Constraint::clone(snapshot.constraints.get(slug).unwrap())
    }

    fn put(&mut self, constraint: Constraint) -> (Effects, Result<(), Refusal>) {
        let snapshot = self.house.snapshot();
        let before = snapshot.constraints.get(constraint.slug.as_str());
        let body = RequestBody::PutConstraint {
            before: before.map(|before| Box::new(Constraint::clone(before))),
            constraint: Box::new(constraint),
        };
        self.manage(Grant::operator(), body)
    }

    fn manage(&mut self, grant: Grant, body: RequestBody) -> (Effects, Result<(), Refusal>) {
        let mut effects = self.apply(Input::Request(Box::new(Request::new(grant, body))));
        let (_, answer) = effects.answer.take().unwrap();
        (effects, answer.map(|_| ()))
    }

    fn tells(&mut self, command: CommandRequest) -> Result<(), Refusal> {
        self.ask(Grant::operator(), command).1.map(|_| ())
    }
}

fn set(device: &str, capability: &str, property: &str, value: impl Into<Value>) -> CommandRequest {
    let mut command = told(device, capability, "set");
    command.args.push((property.into(), value.into()));
    command
}

fn yes(mut command: CommandRequest) -> CommandRequest {
    command.confirmed = true;
    command
}

fn by(result: Result<(), Refusal>) -> (RefusalCode, String, String) {
    let refusal = result.unwrap_err();
    (
        refusal.code,
        refusal.constraint.unwrap_or_default(),
        refusal.message,
    )
}

fn rule() -> Grant {
    Grant {
        who: Who::Rule {
            name: "Night".into(),
        },
        ..Grant::operator()
    }
}

#[test]
fn a_refusal_is_an_event_that_names_the_constraint() {
    let mut house = Fixture::new();
    let heat = vec![Instance::full(&capability::THERMOSTAT)];
    house.device("stove", DeviceKind::Thermostat, heat);
    let command = set("stove", "Thermostat", "heating_setpoint", 35.0);
    let (effects, answer) = house.ask(rule(), command);
    let (code, constraint, message) = by(answer.map(|_| ()));
    assert_eq!(code, RefusalCode::Constrained);
    assert_eq!(constraint, "heating_bounds");
    assert!(effects.orders.is_empty(), "what is refused is not sent");
    let event = effects.events.last().unwrap();
    let EventBody::RequestRefused {
        constraint: told,
        reason,
        ..
    } = &event.body
    else {
        panic!("{event:?}");
    };
    assert_eq!(told.as_deref(), Some("heating_bounds"));
    assert_eq!(*reason, message);
    assert_eq!(event.cause.who, rule().who);
    let remembered = &house.house.snapshot().refused["heating_bounds"];
    assert_eq!(remembered[0].reason, message);
    assert_eq!(remembered[0].who, "the rule “Night”");
    for _ in 0..10 {
        let command = set("stove", "Thermostat", "heating_setpoint", 35.0);
        assert!(house.tells(command).is_err());
    }
    let remembered = &house.house.snapshot().refused["heating_bounds"];
    assert_eq!(remembered.len(), 5, "only the last are remembered");
}

#[test]
fn the_empty_house_stays_shut_unless_a_person_says_so_now() {
    let mut house = Fixture::new();
    let covering = || vec![Instance::full(&capability::WINDOW_COVERING)];
    house.device("garage", DeviceKind::GarageDoor, covering());
    house.reports("garage", "WindowCovering.position", 0.0);
    let open = || told("garage", "WindowCovering", "open");
    house.person(Presence::Home);
    assert!(house.ask(rule(), open()).1.is_ok());
    house.person(Presence::Away);
    house.wait(7_200);
    let (code, constraint, message) = by(house.ask(rule(), yes(open())).1.map(|_| ()));
    assert_eq!(code, RefusalCode::Constrained, "a rule has no yes to give");
    assert_eq!(constraint, "garage_shut_while_away");
    assert!(
        message.contains("nobody is at home (Anna left 2 h ago)"),
        "{message}"
    );
    assert_eq!(by(house.tells(open())).0, RefusalCode::ConfirmationNeeded);
    assert!(house.tells(yes(open())).is_ok());
    house.person(Presence::Unknown);
    let (_, _, message) = by(house.ask(rule(), open()).1.map(|_| ()));
    assert!(message.contains("nobody knows"), "{message}");
    // The blinds are nobody's way in.
    house.reports("blind", "WindowCovering.position", 0.0);
    assert!(
        house
            .ask(rule(), told("blind", "WindowCovering", "open"))
            .1
            .is_ok()
    );
}

#[test]
fn nothing_closes_on_what_is_in_the_way() {
    let mut house = Fixture::new();
    let barrier = vec![Instance::full(&capability::OBSTRUCTION)];
    house.device("barrier", DeviceKind::Sensor, barrier);
    house.reports("blind", "WindowCovering.position", 100.0);
    let close = || told("blind", "WindowCovering", "close");
    let (_, constraint, message) = by(house.tells(close()));
    assert_eq!(constraint, "closing_obstructed");
    assert!(
        message.contains("barrier does not say (it has never said anything)"),
        "{message}"
    );
    house.reports("barrier", "Obstruction.obstructed", true);
    house.wait(180);
    let (_, _, message) = by(house.tells(yes(close())));
    assert!(
        message.contains("barrier says: something is in the way, for 3 min now"),
        "{message}"
    );
    assert!(
        house.tells(told("blind", "WindowCovering", "open")).is_ok(),
        "opening is always safe"
    );
    house.reports("barrier", "Obstruction.obstructed", false);
    assert!(house.tells(close()).is_ok());
    house.connect("barrier", Connectivity::Offline);
    let (_, _, message) = by(house.tells(close()));
    assert!(message.contains("it is offline"), "{message}");

    // A named sensor counts wherever it stands, and one that is gone is not known.
    let window = vec![Instance::full(&capability::CONTACT)];
    house.device("window", DeviceKind::Contact, window);
    house.reports("window", "Contact.open", true);
    let id = house.house.snapshot().device("window").unwrap().device.id;
    let mut constraint = house.constraint("closing_obstructed");
    constraint.form = Form::ClosesWhileObstructed {
        sensors: vec![id],
        same_area: vec![],
    };
    house.put(constraint.clone()).1.unwrap();
    let (_, _, message) = by(house.tells(close()));
    assert!(message.contains("window says: it is open"), "{message}");
    house.reports("window", "Contact.open", false);
    assert!(house.tells(close()).is_ok());
    let gone = RequestBody::RemoveDevice {
        device: "window".into(),
    };
    house.manage(Grant::operator(), gone).1.unwrap();
    let (_, _, message) = by(house.tells(close()));
    assert!(message.contains("no longer part of the house"), "{message}");
    constraint.form = Form::ClosesWhileObstructed {
        sensors: vec![id],
        same_area: vec![Signal::Contact],
    };
    assert!(
        house.put(constraint).1.is_ok(),
        "what is gone may stay until somebody takes it out"
    );
}

#[test]
fn a_valve_stays_closed_while_it_leaks() {
    let mut house = Fixture::new();
    house.device(
        "valve",
        DeviceKind::Valve,
        vec![Instance::full(&capability::VALVE)],
    );
    let open = || yes(told("valve", "ValveConfigurationAndControl", "open"));
    assert!(
        house.tells(open()).is_ok(),
        "a house without leak sensors has nothing to see"
    );
    let leak = || vec![Instance::full(&capability::WATER_LEAK)];
    house.device("cellar", DeviceKind::Leak, leak());
    house.device("bath", DeviceKind::Leak, leak());
    house.reports("bath", "WaterLeak.leak", false);
    let (code, constraint, message) = by(house.tells(open()));
    assert_eq!(code, RefusalCode::Constrained);
    assert_eq!(constraint, "valve_leak");
    assert!(message.contains("cellar does not say"), "{message}");
    house.reports("cellar", "WaterLeak.leak", true);
    let (_, _, message) = by(house.tells(open()));
    assert!(
        message.contains("cellar says: there is a leak"),
        "{message}"
    );
    let close = told("valve", "ValveConfigurationAndControl", "close");
    assert!(house.tells(close).is_ok(), "closing is always safe");
    house.reports("cellar", "WaterLeak.leak", false);
    assert!(house.tells(open()).is_ok());
    house.restart();
    house.connect("valve", Connectivity::Online);
    let (_, _, message) = by(house.tells(open()));
    assert!(message.contains("since the restart"), "{message}");
}

#[test]
fn a_compressor_rests_and_house_time_counts() {
    let mut house = Fixture::new();
    let switch = || vec![Instance::full(&capability::ON_OFF).action("toggle")];
    house.device("fridge", DeviceKind::Appliance, switch());
    house.reports("fridge", "OnOff.on_off", false);
    let turns = |house: &mut Fixture, on: bool| {
        let word = if on { "on" } else { "off" };
        let done = house.tells(told("fridge", "OnOff", word));
        if done.is_ok() {
            house.reports("fridge", "OnOff.on_off", on);
        }
        done
    };
    for _ in 0..5 {
        turns(&mut house, true).unwrap();
        turns(&mut house, false).unwrap();
        house.wait(60);
    }
    // A hand at the device counts as well.
    house.reports("fridge", "OnOff.on_off", true);
    house.reports("fridge", "OnOff.on_off", false);
    let (_, constraint, message) = by(turns(&mut house, true));
    assert_eq!(constraint, "compressor_starts");
    assert!(
        message.contains("fridge was started 6 times within the last hour"),
        "{message}"
    );
    let toggle = told("fridge", "OnOff", "toggle");
    assert!(house.tells(toggle).is_err(), "a toggle would start it too");
    assert!(turns(&mut house, false).is_ok(), "stopping is always safe");
    house.wait(3_000);
    assert!(turns(&mut house, true).is_err());
    house.wait(400);
    assert!(turns(&mut house, true).is_ok(), "the first is an hour ago");
    // What is not a compressor may be switched as often as one likes.
    for _ in 0..20 {
        house.tells(told("lamp", "OnOff", "on")).unwrap();
        house.tells(told("lamp", "OnOff", "off")).unwrap();
        house.wait(11);
    }
}

#[test]
fn the_load_is_summed_as_it_is_reported() {
    let mut house = Fixture::new();
    let outlet = || {
        vec![
            Instance::full(&capability::ON_OFF),
            Instance::full(&capability::ELECTRICAL_POWER),
        ]
    };
    for name in ["oven", "kettle", "dryer"] {
        house.device(name, DeviceKind::Outlet, outlet());
    }
    let on = |name: &str| told(name, "OnOff", "on");
    assert!(
        house.tells(on("oven")).is_ok(),
        "it is off until somebody sets it up"
    );
    let mut constraint = house.constraint("main_fuse");
    constraint.enabled = true;
    constraint.form.set("limit", Some(16.0)).unwrap();
    house.put(constraint).1.unwrap();
    let (_, constraint, message) = by(house.tells(on("oven")));
    assert_eq!(constraint, "main_fuse");
    assert!(message.contains("no meter says so"), "{message}");

    let power = "ElectricalPowerMeasurement.power";
    house.reports("oven", power, 2_000.0);
    house.reports("kettle", power, 2_200.0);
    house.reports("kettle", power, 0.0);
    house.reports("dryer", power, 1_400.0);
    house.reports("dryer", power, -300.0);
    // 2,000 W now, and 2,200 W more: beyond the 3,680 W of 16 A.
    let (_, _, message) = by(house.tells(on("kettle")));
    assert!(
        message.contains("the house draws 2000 W, kettle would add 2200 W (the most that it was seen to draw), and 3680 W is the limit"),
        "{message}"
    );
    assert!(house.tells(on("dryer")).is_ok());
    assert!(house.tells(on("lamp")).is_ok(), "100 W are assumed for it");
    // A meter that sees more is believed.
    let meter = vec![Instance::full(&capability::ELECTRICAL_POWER)];
    house.device("meter", DeviceKind::Meter, meter);
    house.reports("meter", power, 3_600.0);
    let (_, _, message) = by(house.tells(on("lamp")));
    assert!(
        message.contains("the house draws 3600 W, lamp would add 100 W (assumed"),
        "{message}"
    );
    let off = told("kettle", "OnOff", "off");
    assert!(house.tells(off).is_ok(), "switching off is always safe");
    house.reports("lamp", "OnOff.on_off", true);
    assert!(house.tells(on("lamp")).is_ok(), "what is on draws already");
    let gone = RequestBody::RemoveDevice {
        device: "meter".into(),
    };
    house.manage(Grant::operator(), gone).1.unwrap();
    assert!(house.tells(on("mute")).is_ok());
}

#[test]
fn an_edit_has_a_cause_is_kept_and_comes_back() {
    let mut house = Fixture::new();
    let heat = vec![Instance::full(&capability::THERMOSTAT)];
    house.device("stove", DeviceKind::Thermostat, heat);
    let warm = || set("stove", "Thermostat", "heating_setpoint", 30.0);
    let mut constraint = house.constraint("heating_bounds");
    constraint.form.set("max", Some(31.0)).unwrap();
    let stale = house.constraint("heating_bounds");
    let (effects, answer) = house.put(constraint.clone());
    answer.unwrap();
    let event = effects.events.last().unwrap();
    assert!(
        matches!(&event.body, EventBody::ConstraintChanged { what, .. } if what.contains("31 °C")),
        "{event:?}"
    );
    assert_eq!(event.cause.who, Who::Operator);
    assert!(
        effects
            .keep
            .contains(&Record::Constraint(Box::new(constraint.clone())))
    );
    assert!(house.tells(warm()).is_ok());

    // Who edited what is no longer there is told.
    let body = RequestBody::PutConstraint {
        constraint: Box::new(stale.clone()),
        before: Some(Box::new(stale.clone())),
    };
    let (_, answer) = house.manage(Grant::operator(), body);
    assert_eq!(answer.unwrap_err().code, RefusalCode::EditedMeanwhile);

    // What could not be kept did not happen.
    house.apply(Input::NotKept {
        undo: effects.undo,
        reason: "the disk is full".into(),
    });
    assert_eq!(house.constraint("heating_bounds"), stale);
    assert!(house.tells(warm()).is_err());

    // Back to how it came: nothing is left to keep.
    house.put(constraint).1.unwrap();
    let (effects, answer) = house.put(stale.clone());
    answer.unwrap();
    assert!(
        effects
            .keep
            .contains(&Record::ConstraintGone(stale.slug.clone()))
    );
}

#[test]
fn a_restart_keeps_edits_and_the_last_start() {
    let mut house = Fixture::new();
    let switch = vec![Instance::full(&capability::ON_OFF)];
    house.device("fridge", DeviceKind::Appliance, switch);
    let mut constraint = house.constraint("compressor_starts");
    constraint.form.set("most", Some(1.0)).unwrap();
    house.put(constraint.clone()).1.unwrap();
    house.reports("fridge", "OnOff.on_off", false);
    house.tells(told("fridge", "OnOff", "on")).unwrap();
    house.reports("fridge", "OnOff.on_off", true);
    house.wait(60);
    house.restart();
    assert_eq!(house.constraint("compressor_starts"), constraint);
    house.connect("fridge", Connectivity::Online);
    house.reports("fridge", "OnOff.on_off", false);
    let (_, constraint, message) = by(house.tells(told("fridge", "OnOff", "on")));
    assert_eq!(constraint, "compressor_starts");
    assert!(message.contains("was started once"), "{message}");
}

#[test]
fn only_owners_edit_and_what_came_with_the_house_stays() {
    let mut house = Fixture::new();
    let guest = Grant {
        rights: [model::Right::Control].into_iter().collect(),
        ..Grant::operator()
    };
    let mut own = house.constraint("heating_bounds");
    own.slug = "nursery".parse().unwrap();
    own.name = "Nursery".into();
    let put = |constraint: &Constraint| RequestBody::PutConstraint {
        constraint: Box::new(constraint.clone()),
        before: None,
    };
    let remove = |slug: &str| RequestBody::RemoveConstraint {
        constraint: slug.into(),
    };
    for (grant, body, expected) in [
        (guest.clone(), put(&own), Err(RefusalCode::NotAllowed)),
        (guest, remove("valve_leak"), Err(RefusalCode::NotAllowed)),
        (Grant::operator(), put(&own), Ok(())),
        (Grant::operator(), put(&own), Err(RefusalCode::SlugTaken)),
        (
            Grant::operator(),
            remove("valve_leak"),
            Err(RefusalCode::ShippedConstraint),
        ),
        (Grant::operator(), remove("nursery"), Ok(())),
        (
            Grant::operator(),
            remove("nursery"),
            Err(RefusalCode::UnknownConstraint),
        ),
    ] {
        let (_, answer) = house.manage(grant, body.clone());
        let answer = answer.map_err(|refusal| refusal.code);
        assert_eq!(answer, expected, "{body:?}");
    }
    own.name = String::new();
    let (_, answer) = house.put(own);
    assert_eq!(answer.unwrap_err().code, RefusalCode::InvalidValue);
}

#[test]
fn a_disabled_constraint_refuses_nothing() {
    let mut house = Fixture::new();
    let heat = vec![Instance::full(&capability::THERMOSTAT)];
    house.device("stove", DeviceKind::Thermostat, heat);
    let mut constraint = house.constraint("heating_bounds");
    constraint.enabled = false;
    house.put(constraint).1.unwrap();
    let command = set("stove", "Thermostat", "heating_setpoint", 45.0);
    assert!(house.tells(command).is_ok());
}

#[test]
fn an_imagined_house_refuses_in_the_same_words() {
    let mut house = Fixture::new();
    let switch = vec![Instance::full(&capability::ON_OFF)];
    house.device("fridge", DeviceKind::Appliance, switch);
    let heat = vec![Instance::full(&capability::THERMOSTAT)];
    house.device("stove", DeviceKind::Thermostat, heat);
    let mut constraint = house.constraint("compressor_starts");
    constraint.form.set("most", Some(2.0)).unwrap();
    house.put(constraint).1.unwrap();
    for _ in 0..2 {
        house.reports("fridge", "OnOff.on_off", false);
        house.tells(told("fridge", "OnOff", "on")).unwrap();
    }
    house.reports("fridge", "OnOff.on_off", false);
    let mut imagined = House::imagined(house.house.snapshot(), Limits::default());
    let commands = [
        told("fridge", "OnOff", "on"),
        set("stove", "Thermostat", "heating_setpoint", 35.0),
    ];
    for command in commands {
        let body = RequestBody::Command(command.clone());
        let request = Request::new(Grant::operator(), body);
        let effects = imagined.apply(Input::Request(Box::new(request)), house.now());
        let dreamt = effects.answer.unwrap().1.unwrap_err();
        let real = house.tells(command).unwrap_err();
        assert_eq!(dreamt, real);
        assert!(real.constraint.is_some());
    }
}
