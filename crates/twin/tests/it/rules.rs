//! The seven rules of the twin under anything that can come in, in any order.

use crate::support::{Fixture, told};
use model::{
    Connectivity, EventBody, Goal, Grant, Order, ReportBody, Value, Who, WishId, WishState,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use twin::{Effects, PropertyTwin, Snapshot};

/// One thing that happens to the house.
#[derive(Debug, Clone)]
enum Step {
    Switch(bool),
    Dim(u8),
    Toggle,
    Lock(bool, bool),
    Lift(u8),
    Mute(bool),
    SaysOn(bool),
    SaysLevel(u8),
    SaysLocked(bool),
    SaysPosition(u8),
    Connect(usize, bool),
    Deliver(prop::sample::Index),
    Fail(prop::sample::Index),
    Wait(u64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Switch),
        (0..=100_u8).prop_map(Step::Dim),
        Just(Step::Toggle),
        (any::<bool>(), any::<bool>()).prop_map(|(lock, yes)| Step::Lock(lock, yes)),
        (0..=100_u8).prop_map(Step::Lift),
        any::<bool>().prop_map(Step::Mute),
        any::<bool>().prop_map(Step::SaysOn),
        (0..=100_u8).prop_map(Step::SaysLevel),
        any::<bool>().prop_map(Step::SaysLocked),
        (0..=100_u8).prop_map(Step::SaysPosition),
        (0..4_usize, any::<bool>()).prop_map(|(device, up)| Step::Connect(device, up)),
        any::<prop::sample::Index>().prop_map(Step::Deliver),
        any::<prop::sample::Index>().prop_map(Step::Fail),
        (1..40_u64).prop_map(Step::Wait),
        Just(Step::Restart),
    ]
}

/// What was seen so far, to hold the rules against.
#[derive(Default)]
struct Witness {
    made: HashMap<WishId, model::Wish>,
    ended: HashMap<WishId, WishState>,
    sent: HashMap<WishId, usize>,
    ids: Vec<WishId>,
}

impl Witness {
    fn see(&mut self, effects: &Effects, house: &Snapshot) {
        for event in &effects.events {
            match &event.body {
                EventBody::WishMade { wish } => {
                    assert!(
                        self.made.insert(wish.id, (**wish).clone()).is_none(),
                        "rule 2: made once"
                    );
                    self.ids.push(wish.id);
                }
                EventBody::WishEnded { wish } => {
                    assert_ne!(wish.state, WishState::Pending);
                    assert!(
                        self.ended.insert(wish.id, wish.state).is_none(),
                        "rule 2: ended once"
                    );
                    assert_eq!(
                        event.cause, self.made[&wish.id].cause,
                        "rule 6: a wish keeps its cause"
                    );
                }
                EventBody::PropertyChanged { matched: true, .. } => {
                    let wished = self.made.values().any(|wish| wish.cause == event.cause);
                    assert!(wished, "rule 6: a matched report takes the cause of a wish");
                }
                EventBody::PropertyChanged {
                    matched: false,
                    device,
                    ..
                } => {
                    let own = matches!(&event.cause.who, Who::Device { id, .. } if id == device);
                    assert!(own, "rule 6: a report out of nowhere is the device's own");
                }
                _ => {}
            }
        }
        for (_, order) in &effects.orders {
            let Order::Command(command) = order else {
                continue;
            };
            let times = self.sent.entry(command.wish).or_default();
            *times += 1;
            assert!(
                !self.ended.contains_key(&command.wish),
                "rule 3: nothing is sent after the end"
            );
            if matches!(command.goal, Goal::Action { .. }) {
                assert_eq!(*times, 1, "rule 2: an action is sent at most once");
            }
            if matches!(command.capability.as_str(), "DoorLock" | "WindowCovering") {
                assert_eq!(
                    *times, 1,
                    "rule 4: a lock or a garage door is never sent again"
                );
            }
        }
        for twin in house.devices.values() {
            for property in twin.properties.values() {
                if let Some(desired) = &property.desired {
                    let pending = !self.ended.contains_key(&desired.wish);
                    assert!(pending, "desired stands only while its wish is pending");
                }
            }
        }
        let pending = self
            .made
            .keys()
            .filter(|id| !self.ended.contains_key(id))
            .count();
        assert!(house.pending_wishes() <= pending);
    }
}

type Halves = BTreeMap<String, PropertyTwin>;

fn halves(house: &Snapshot) -> Halves {
    house
        .devices
        .values()
        .flat_map(|twin| {
            twin.properties.iter().map(move |(path, property)| {
                (format!("{}/{path}", twin.device.slug), property.clone())
            })
        })
        .collect()
}

fn perform(house: &mut Fixture, step: &Step, witness: &Witness) -> Effects {
    let level = |level: &u8| Value::Number(f64::from(*level));
    let known =
        |index: &prop::sample::Index| (!witness.ids.is_empty()).then(|| *index.get(&witness.ids));
    match step {
        Step::Switch(on) => {
            house
                .command("lamp", "OnOff", if *on { "on" } else { "off" })
                .0
        }
        Step::Dim(to) => {
            let mut command = told("lamp", "LevelControl", "set");
            command.args.push(("current_level".into(), level(to)));
            house.ask(Grant::operator(), command).0
        }
        Step::Toggle => house.command("lamp", "OnOff", "toggle").0,
        Step::Lock(lock, yes) => {
            let mut command = told("door", "DoorLock", if *lock { "lock" } else { "unlock" });
            command.confirmed = *yes;
            house.ask(Grant::operator(), command).0
        }
        Step::Lift(to) => {
            let mut command = told("blind", "WindowCovering", "go_to_position");
            command.args.push(("position".into(), level(to)));
            house.ask(Grant::operator(), command).0
        }
        Step::Mute(on) => {
            house
                .command("mute", "OnOff", if *on { "on" } else { "off" })
                .0
        }
        Step::SaysOn(on) => house.reports("lamp", "OnOff.on_off", *on),
        Step::SaysLevel(to) => house.reports("lamp", "LevelControl.current_level", level(to)),
        Step::SaysLocked(locked) => house.reports(
            "door",
            "DoorLock.lock_state",
            if *locked { "locked" } else { "unlocked" },
        ),
        Step::SaysPosition(to) => house.reports("blind", "WindowCovering.position", level(to)),
        Step::Connect(device, up) => {
            let state = if *up {
                Connectivity::Online
            } else {
                Connectivity::Offline
            };
            house.connect(["lamp", "door", "blind", "mute"][*device], state)
        }
        Step::Deliver(index) => known(index)
            .map(|wish| house.report(ReportBody::Delivered { wish }))
            .unwrap_or_default(),
        Step::Fail(index) => known(index)
            .map(|wish| {
                house.report(ReportBody::Failed {
                    wish,
                    reason: "no route".into(),
                })
            })
            .unwrap_or_default(),
        Step::Wait(seconds) => house.wait(*seconds),
        Step::Restart => house.restart(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_seven_rules_hold(steps in prop::collection::vec(step(), 1..60)) {
        let mut house = Fixture::new();
        let mut witness = Witness::default();
        for step in &steps {
            let before = halves(house.house.snapshot());
            let effects = perform(&mut house, step, &witness);
            let after = halves(house.house.snapshot());
            witness.see(&effects, house.house.snapshot());
            let says = matches!(step, Step::SaysOn(_) | Step::SaysLevel(_) | Step::SaysLocked(_) | Step::SaysPosition(_));
            let asks = matches!(step, Step::Switch(_) | Step::Dim(_) | Step::Toggle | Step::Lock(..) | Step::Lift(_) | Step::Mute(_));
            for (name, now) in &after {
                let then = before.get(name).cloned().unwrap_or_default();
                if matches!(step, Step::Restart) {
                    if let Some(reported) = &now.reported {
                        prop_assert!(reported.stale, "rule 5: {name} is stale after a restart");
                        prop_assert_eq!(&reported.value, &then.reported.as_ref().unwrap().value);
                    }
                } else if !says {
                    prop_assert_eq!(&now.reported, &then.reported, "rule 1: only the device writes {}", name);
                }
                let newly_desired = now.desired.as_ref().map(|d| d.wish) != then.desired.as_ref().map(|d| d.wish)
                    && now.desired.is_some();
                if newly_desired && !matches!(step, Step::Restart) {
                    prop_assert!(asks, "rule 1: only who asks writes what is desired of {name}");
                }
            }
        }
        // Left alone for longer than anything waits, every wish has ended in exactly one way.
        let effects = house.wait(25 * 60 * 60);
        witness.see(&effects, house.house.snapshot());
        prop_assert_eq!(witness.made.len(), witness.ended.len(), "rule 2: every wish ends");
    }
}
