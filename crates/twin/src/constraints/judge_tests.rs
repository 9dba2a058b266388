use super::{Seen, Sight, concerns, judge};
use crate::RefusalCode;
use crate::door::Petition;
use jiff::Timestamp;
use model::{
    Capability, Connectivity, Constraint, Device, DeviceId, DeviceKind, Form, Goal, Grant,
    Instance, Key, LoadUnit, PersonId, Preferences, Property, Right, Unknown, Value, Who,
    capability, shipped_constraints,
};
use proptest::prelude::*;

fn device(kind: DeviceKind, capability: &'static Capability) -> Device {
    Device {
        id: DeviceId::new(),
        slug: "thing".parse().unwrap(),
        aliases: vec![],
        key: Key {
            driver: "test".into(),
            native_id: "thing".into(),
        },
        via: None,
        area: None,
        serves: Vec::new(),
        name: "Thing".into(),
        named_by_person: false,
        kind,
        manufacturer: None,
        model: None,
        capabilities: vec![Instance::full(capability)],
        manual: None,
        preferences: Preferences::default(),
        first_seen: Timestamp::UNIX_EPOCH,
    }
}

fn named(slug: &str) -> Constraint {
    let all = shipped_constraints();
    all.iter()
        .find(|it| it.slug.as_str() == slug)
        .unwrap()
        .clone()
}

/// Somebody wants one property of a device to be something.
struct Asked {
    grant: Grant,
    device: Device,
    capability: &'static Capability,
    properties: [&'static Property; 1],
    goal: Goal,
    known: [Option<Value>; 1],
    confirmed: bool,
}

impl Asked {
    fn new(
        kind: DeviceKind,
        capability: &'static Capability,
        property: &str,
        wished: Value,
        known: Option<Value>,
    ) -> Self {
        Self {
            grant: Grant::operator(),
            device: device(kind, capability),
            capability,
            properties: [capability.property(property).unwrap()],
            goal: Goal::Target {
                values: vec![(property.to_owned(), wished)],
            },
            known: [known],
            confirmed: false,
        }
    }

    fn by(mut self, who: Who, rights: &[Right], confirmed: bool) -> Self {
        self.grant = Grant {
            who,
            rights: rights.iter().copied().collect(),
            areas: None,
        };
        self.confirmed = confirmed;
        self
    }

    fn petition(&self) -> Petition<'_> {
        Petition {
            grant: &self.grant,
            who: &self.grant.who,
            device: &self.device,
            connectivity: Connectivity::Online,
            goal: &self.goal,
            properties: &self.properties,
            capability: self.capability.name,
            endpoint: 1,
            known: &self.known,
            is_on: self.known[0].as_ref().and_then(Value::as_bool),
            confirmed: self.confirmed,
        }
    }

    /// The code of the refusal, where the constraint refuses.
    fn meets(&self, constraint: &Constraint, sight: &Sight) -> Option<RefusalCode> {
        let petition = self.petition();
        if !concerns(&petition, constraint) {
            return None;
        }
        let refusal = judge(&petition, constraint, sight).err()?;
        assert_eq!(
            refusal.constraint.as_deref(),
            Some(constraint.slug.as_str())
        );
        for words in [&constraint.name, &constraint.hazard] {
            assert!(refusal.message.contains(words), "{}", refusal.message);
        }
        Some(refusal.code)
    }
}

fn seen(state: Option<bool>) -> Sight {
    Sight::Sensor(Some(Seen {
        sensor: "Barrier".into(),
        said: "something is in the way".into(),
        state,
        since: None,
    }))
}

fn any_who() -> impl Strategy<Value = (Who, bool)> {
    let rule = Who::Rule {
        name: "Night".into(),
    };
    let service = Who::Service {
        name: "script".into(),
    };
    let person = Who::Person {
        id: PersonId::new(),
        name: "Anna".into(),
    };
    prop_oneof![
        Just((Who::Operator, true)),
        Just((person, true)),
        Just((rule, false)),
        Just((service, false)),
        Just((Who::House, false)),
    ]
}

fn maybe(of: impl Strategy<Value = f64>) -> impl Strategy<Value = Option<f64>> {
    proptest::option::of(of)
}

proptest! {
    /// Bounds refuse exactly what is outside, whoever asks and whatever they confirm.
    #[test]
    fn bounds(
        wished in 0.0..50.0_f64,
        known in maybe(0.0..50.0_f64),
        (min, max) in (0.0..25.0_f64, 25.0..50.0_f64),
        (who, _) in any_who(),
        confirmed: bool,
    ) {
        let mut constraint = named("heating_bounds");
        constraint.form.set("min", Some(min)).unwrap();
        constraint.form.set("max", Some(max)).unwrap();
        let known = known.map(Value::Number);
        let asked = Asked::new(
            DeviceKind::Thermostat, &capability::THERMOSTAT, "heating_setpoint", wished.into(), known,
        ).by(who, &Right::ALL, confirmed);
        let refused = asked.meets(&constraint, &Sight::Nothing).is_some();
        prop_assert_eq!(refused, wished < min || wished > max);
    }

    /// While somebody is at home nothing is refused; else only a person's yes with the right opens.
    #[test]
    fn nobody_home(
        anyone in proptest::option::of(any::<bool>()),
        allow_unknown: bool,
        (who, is_person) in any_who(),
        critical: bool,
        confirmed: bool,
        wished in 0.0..=100.0_f64,
        known in maybe(0.0..=100.0_f64),
    ) {
        let mut constraint = named("garage_shut_while_away");
        if allow_unknown {
            constraint.unknown = Unknown::Allow;
        }
        let rights: &[Right] = if critical { &Right::ALL } else { &[Right::Control] };
        let asked = Asked::new(
            DeviceKind::GarageDoor, &capability::WINDOW_COVERING, "position", wished.into(),
            known.map(Value::Number),
        ).by(who, rights, confirmed);
        let opens = known.map_or(wished > 0.0, |known| wished > known);
        let is_empty = anyone.map_or(!allow_unknown, |anyone| !anyone);
        let may = is_person && critical;
        let expected = if !opens || !is_empty || (may && confirmed) {
            None
        } else if may {
            Some(RefusalCode::ConfirmationNeeded)
        } else {
            Some(RefusalCode::Constrained)
        };
        prop_assert_eq!(asked.meets(&constraint, &Sight::Home { anyone, left: None }), expected);
        // A blind is no garage door.
        let mut blind = asked;
        blind.device.kind = DeviceKind::Cover;
        prop_assert_eq!(blind.meets(&constraint, &Sight::Home { anyone, left: None }), None);
    }

    /// What closes is refused while a sensor says so, and no yes helps; opening never is.
    #[test]
    fn obstructed(
        state in proptest::option::of(any::<bool>()),
        allow_unknown: bool,
        (who, _) in any_who(),
        confirmed: bool,
        wished in 0.0..=100.0_f64,
        known in maybe(0.0..=100.0_f64),
    ) {
        let mut constraint = named("closing_obstructed");
        if allow_unknown {
            constraint.unknown = Unknown::Allow;
        }
        let asked = Asked::new(
            DeviceKind::GarageDoor, &capability::WINDOW_COVERING, "position", wished.into(),
            known.map(Value::Number),
        ).by(who, &Right::ALL, confirmed);
        let closes = known.map_or(wished < 100.0, |known| wished < known);
        let expected = closes && state.unwrap_or(!allow_unknown);
        let refused = asked.meets(&constraint, &seen(state));
        prop_assert_eq!(refused, expected.then_some(RefusalCode::Constrained));
        prop_assert_eq!(asked.meets(&constraint, &Sight::Sensor(None)), None);
    }

    /// A valve stays closed while it leaks, and closing it is never refused.
    #[test]
    fn leaking(
        state in proptest::option::of(any::<bool>()),
        allow_unknown: bool,
        open: bool,
        confirmed: bool,
    ) {
        let mut constraint = named("valve_leak");
        if allow_unknown {
            constraint.unknown = Unknown::Allow;
        }
        let asked = Asked::new(DeviceKind::Valve, &capability::VALVE, "open", open.into(), None)
            .by(Who::Operator, &Right::ALL, confirmed);
        let expected = open && state.unwrap_or(!allow_unknown);
        let refused = asked.meets(&constraint, &seen(state)).is_some();
        prop_assert_eq!(refused, expected);
    }

    /// A start is refused from the N-th within the hour on; stopping, and what is on already, never.
    #[test]
    fn starts(
        starts in 0..20_usize,
        most in 1..10_u8,
        on: bool,
        known in proptest::option::of(any::<bool>()),
    ) {
        let mut constraint = named("compressor_starts");
        constraint.form.set("most", Some(f64::from(most))).unwrap();
        let asked = Asked::new(
            DeviceKind::Appliance, &capability::ON_OFF, "on_off", on.into(), known.map(Value::Bool),
        );
        let is_start = on && known != Some(true);
        let refused = asked.meets(&constraint, &Sight::Starts(starts)).is_some();
        prop_assert_eq!(refused, is_start && starts >= usize::from(most));
    }

    /// The sum decides; more load never makes a refused request pass.
    #[test]
    fn load(
        now in maybe(-5_000.0..20_000.0_f64),
        more in 0.0..5_000.0_f64,
        limit in 1.0..20_000.0_f64,
        allow_unknown: bool,
        known in proptest::option::of(any::<bool>()),
    ) {
        let mut constraint = named("main_fuse");
        if allow_unknown {
            constraint.unknown = Unknown::Allow;
        }
        let Form::LoadAbove { unit, .. } = &mut constraint.form else {
            panic!("another form");
        };
        *unit = LoadUnit::Watt;
        constraint.form.set("limit", Some(limit)).unwrap();
        let asked = Asked::new(
            DeviceKind::Outlet, &capability::ON_OFF, "on_off", true.into(), known.map(Value::Bool),
        );
        let with = |more| {
            let sight = Sight::Load { now, more, because: "measured" };
            asked.meets(&constraint, &sight).is_some()
        };
        let above = now.map_or(!allow_unknown, |now| now + more > limit);
        prop_assert_eq!(with(more), known != Some(true) && above);
        prop_assert!(!with(more) || with(more + 1.0));
    }
}

#[test]
fn an_ampere_counts_on_every_phase() {
    let mut constraint = named("main_fuse");
    constraint.form.set("limit", Some(25.0)).unwrap();
    constraint.form.set("phases", Some(3.0)).unwrap();
    assert_eq!(constraint.form.watts(), Some((17_250.0, 690.0)));
}

#[test]
fn a_refusal_says_what_was_seen_and_why() {
    let asked = Asked::new(
        DeviceKind::Thermostat,
        &capability::THERMOSTAT,
        "heating_setpoint",
        30.0.into(),
        None,
    );
    let refusal = judge(&asked.petition(), &named("heating_bounds"), &Sight::Nothing).unwrap_err();
    assert_eq!(
        refusal.message,
        "“Heat to” shall be 30 °C, and at most 28 °C is allowed; that is against the constraint \
         “Heating within bounds”, which prevents this: Pipes freeze and burst, or a room becomes so \
         hot that it harms who sleeps there; both also cost a lot."
    );
    assert_eq!(refusal.expected, "at most 28 °C");
}
