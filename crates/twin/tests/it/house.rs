//! The rules of the twin, each told once as a story.

use crate::support::{Fixture, announcement, told};
use model::{
    AreaEdit, Change, Connectivity, DeviceKind, EventBody, Grant, Instance, Order, PersonEdit,
    Presence, ReportBody, Request, RequestBody, Value, Who, WishState, capability,
};
use twin::{Effects, Input, RefusalCode};

fn orders(effects: &Effects) -> usize {
    effects
        .orders
        .iter()
        .filter(|(_, order)| matches!(order, Order::Command(_)))
        .count()
}

#[test]
fn a_wish_is_kept_sent_and_reached_by_the_devices_report() {
    let mut house = Fixture::new();
    let (effects, wish) = house.command("lamp", "OnOff", "on");
    let wish = wish.unwrap();
    assert_eq!(orders(&effects), 1);
    assert!(
        !effects.keep.is_empty(),
        "a wish is kept before it is acknowledged"
    );
    assert_eq!(
        house.value("lamp", "OnOff.on_off"),
        None,
        "nobody but the device writes reported"
    );
    let effects = house.reports("lamp", "OnOff.on_off", true);
    assert_eq!(house.wish(&wish).state, WishState::Reached);
    let changed = effects
        .events
        .iter()
        .find(|e| matches!(e.body, EventBody::PropertyChanged { .. }))
        .unwrap();
    assert_eq!(
        changed.cause, wish.cause,
        "a report that matches a wish takes its cause"
    );
}

#[test]
fn a_report_out_of_nowhere_is_the_devices_own() {
    let mut house = Fixture::new();
    let effects = house.reports("lamp", "OnOff.on_off", true);
    let changed = effects
        .events
        .iter()
        .find(|e| matches!(e.body, EventBody::PropertyChanged { .. }))
        .unwrap();
    assert!(matches!(&changed.cause.who, Who::Device { name, .. } if &**name == "lamp"));
}

#[test]
fn values_on_the_way_do_not_end_a_wish() {
    let mut house = Fixture::new();
    house.reports("blind", "WindowCovering.position", 0.0);
    let mut open = told("blind", "WindowCovering", "go_to_position");
    open.args = vec![("position".into(), Value::Number(80.0))];
    let (_, wish) = house.ask(Grant::operator(), open);
    let wish = wish.unwrap();
    for position in [20.0, 40.0, 60.0] {
        let effects = house.reports("blind", "WindowCovering.position", position);
        assert_eq!(orders(&effects), 0, "the value is never sent again");
        assert_eq!(house.wish(&wish).state, WishState::Pending);
    }
    house.reports("blind", "WindowCovering.position", 79.0);
    assert_eq!(
        house.wish(&wish).state,
        WishState::Reached,
        "within the table's tolerance"
    );
}

#[test]
fn a_later_wish_supersedes_and_silence_times_out() {
    let mut house = Fixture::new();
    let first = house.command("lamp", "OnOff", "on").1.unwrap();
    let second = house.command("lamp", "OnOff", "off").1.unwrap();
    assert_eq!(house.wish(&first).state, WishState::Superseded);
    house.wait(4);
    assert_eq!(house.wish(&second).state, WishState::Pending);
    house.wait(2);
    assert_eq!(house.wish(&second).state, WishState::TimedOut);
    house.reports("lamp", "OnOff.on_off", false);
    assert_eq!(
        house.wish(&second).state,
        WishState::TimedOut,
        "a wish ends once"
    );
}

#[test]
fn an_action_ends_by_acknowledgement_and_what_follows_is_its_doing() {
    let mut house = Fixture::new();
    house.reports("lamp", "OnOff.on_off", false);
    let wish = house.command("lamp", "OnOff", "toggle").1.unwrap();
    house.report(ReportBody::Delivered { wish: wish.id });
    let ended = house.wish(&wish);
    assert_eq!(
        (ended.state, ended.note.as_deref()),
        (
            WishState::Reached,
            Some("delivery only: an action has no state")
        )
    );
    let effects = house.reports("lamp", "OnOff.on_off", true);
    assert!(effects.events.iter().any(|event| event.cause == wish.cause));
}

#[test]
fn a_device_without_feedback_ends_as_delivery_only_and_stays_unknown() {
    let mut house = Fixture::new();
    let wish = house.command("mute", "OnOff", "on").1.unwrap();
    house.report(ReportBody::Delivered { wish: wish.id });
    assert_eq!(house.wish(&wish).state, WishState::Reached);
    assert_eq!(house.value("mute", "OnOff.on_off"), None);
}

#[test]
fn a_target_waits_for_its_device_and_a_lock_is_never_sent_late() {
    let mut house = Fixture::new();
    house.connect("lamp", Connectivity::Offline);
    house.connect("door", Connectivity::Offline);
    let (effects, wish) = house.command("lamp", "OnOff", "on");
    let wish = wish.unwrap();
    assert_eq!(orders(&effects), 0);
    house.wait(3_600);
    assert_eq!(house.wish(&wish).state, WishState::Pending);
    assert_eq!(orders(&house.connect("lamp", Connectivity::Online)), 1);
    house.reports("lamp", "OnOff.on_off", true);
    assert_eq!(house.wish(&wish).state, WishState::Reached);

    let refused = house.command("door", "DoorLock", "lock").1.unwrap_err();
    assert_eq!(refused.code, RefusalCode::DeviceOffline);
    assert_eq!(orders(&house.connect("door", Connectivity::Online)), 0);
}

#[test]
fn after_a_restart_values_are_stale_and_actions_are_not_sent_again() {
    let mut house = Fixture::new();
    house.reports("lamp", "OnOff.on_off", false);
    let target = house.command("lamp", "LevelControl", "set");
    assert_eq!(target.1.unwrap_err().code, RefusalCode::InvalidValue);
    let mut level = told("lamp", "LevelControl", "move_to_level");
    level.args = vec![("level".into(), Value::Number(30.0))];
    let target = house.ask(Grant::operator(), level).1.unwrap();
    let action = house.command("lamp", "OnOff", "toggle").1.unwrap();
    let effects = house.restart();
    assert_eq!(orders(&effects), 0);
    let lamp = house.house.snapshot().device("lamp").unwrap().clone();
    assert!(
        lamp.reported("OnOff.on_off".parse().unwrap())
            .unwrap()
            .stale
    );
    assert_eq!(lamp.connectivity, Connectivity::Unknown);
    assert_eq!(house.wish(&action).state, WishState::TimedOut);
    assert_eq!(house.wish(&target).state, WishState::Pending);
    assert_eq!(
        orders(&house.connect("lamp", Connectivity::Online)),
        1,
        "only the target is sent"
    );
    house.reports("lamp", "OnOff.on_off", false);
    let lamp = house.house.snapshot().device("lamp").unwrap().clone();
    assert!(
        !lamp
            .reported("OnOff.on_off".parse().unwrap())
            .unwrap()
            .stale
    );
}

#[test]
fn a_repeated_request_gets_the_first_outcome() {
    let mut house = Fixture::new();
    let mut request = Request::new(
        Grant::operator(),
        RequestBody::Command(told("lamp", "OnOff", "on")),
    );
    request.client_id = Some("tap-1".into());
    let (first_effects, first) = house.request(request.clone());
    let mut repeat = request;
    repeat.id = model::RequestId::new();
    let (second_effects, second) = house.request(repeat);
    assert_eq!(first.unwrap().id, second.unwrap().id);
    assert_eq!((orders(&first_effects), orders(&second_effects)), (1, 0));
}

#[test]
fn what_cannot_be_kept_is_undone() {
    let mut house = Fixture::new();
    let (effects, wish) = house.command("lamp", "OnOff", "on");
    let wish = wish.unwrap();
    house.apply(Input::NotKept {
        undo: effects.undo,
        reason: "the disk is full".into(),
    });
    let ended = house.wish(&wish);
    assert_eq!(ended.state, WishState::Rejected);
    assert_eq!(
        ended.note.as_deref(),
        Some("it could not be kept: the disk is full")
    );

    let edit = AreaEdit {
        name: Change::Set("Attic".into()),
        ..AreaEdit::default()
    };
    let request = Request::new(Grant::operator(), RequestBody::PutArea { area: None, edit });
    let effects = house.apply(Input::Request(Box::new(request)));
    assert!(house.house.snapshot().area("attic").is_some());
    house.apply(Input::NotKept {
        undo: effects.undo,
        reason: "the disk is full".into(),
    });
    assert!(house.house.snapshot().area("attic").is_none());
}

#[test]
fn strangers_wait_in_the_inbox_and_removed_devices_stay_away() {
    let mut house = Fixture::new();
    let mut stranger = announcement(
        "stranger",
        DeviceKind::Switch,
        vec![Instance::full(&capability::ON_OFF)],
    );
    stranger.adopt = false;
    house.report(ReportBody::Announced(Box::new(stranger.clone())));
    assert!(house.house.snapshot().device("stranger").is_none());
    let found = house
        .house
        .snapshot()
        .discoveries
        .values()
        .next()
        .unwrap()
        .id;
    let adopt = RequestBody::Adopt {
        discovery: found,
        name: Some("Pump".into()),
        area: None,
    };
    let effects = house.apply(Input::Request(Box::new(Request::new(
        Grant::operator(),
        adopt,
    ))));
    assert!(
        effects.orders.iter().any(
            |(_, order)| matches!(order, Order::Watch { native_id } if native_id == "stranger")
        ),
        "its driver says again what nobody listened to before"
    );
    assert_eq!(
        house
            .house
            .snapshot()
            .device("stranger")
            .unwrap()
            .device
            .name,
        "Pump"
    );

    let remove = RequestBody::RemoveDevice {
        device: "lamp".into(),
    };
    house.apply(Input::Request(Box::new(Request::new(
        Grant::operator(),
        remove,
    ))));
    assert!(house.house.snapshot().device("lamp").is_none());
    let again = announcement(
        "lamp",
        DeviceKind::Light,
        vec![Instance::full(&capability::ON_OFF)],
    );
    house.report(ReportBody::Announced(Box::new(again)));
    assert!(
        house.house.snapshot().device("lamp").is_none(),
        "what a person removed stays out"
    );
}

#[test]
fn a_tracker_makes_its_person_come_and_go() {
    let mut house = Fixture::new();
    let anna = announcement(
        "anna",
        DeviceKind::Person,
        vec![Instance::of(&capability::PRESENCE, ["home"])],
    );
    house.report(ReportBody::Announced(Box::new(anna)));
    assert_eq!(house.house.snapshot().anyone_home(), None);
    house.reports("anna", "Presence.home", true);
    assert_eq!(
        house.house.snapshot().person("anna").unwrap().presence,
        Presence::Home
    );
    assert_eq!(house.house.snapshot().anyone_home(), Some(true));
    let edit = PersonEdit {
        presence: Change::Set(Presence::Away),
        ..PersonEdit::default()
    };
    let away = RequestBody::PutPerson {
        person: Some("anna".into()),
        edit,
    };
    house.apply(Input::Request(Box::new(Request::new(
        Grant::operator(),
        away,
    ))));
    assert_eq!(house.house.snapshot().anyone_home(), Some(false));
}

#[test]
fn impossible_reports_are_refused_and_the_value_before_stays() {
    let mut house = Fixture::new();
    house.reports("lamp", "LevelControl.current_level", 40.0);
    house.reports("lamp", "LevelControl.current_level", 4_000.0);
    house.reports("lamp", "LevelControl.current_level", "bright");
    house.reports("lamp", "Thermostat.heating_setpoint", 20.0);
    assert_eq!(
        house.value("lamp", "LevelControl.current_level"),
        Some(Value::Number(40.0))
    );
}
