//! The constraints that come with every house, each with the hazard that it prevents.
//!
//! They address what they guard by capability and kind, so that they mean something in any house.
//! An owner may change or disable each of them; what was changed is kept, and a reset brings back
//! what stands here.

use super::{Constraint, Form, LeakPlace, LoadUnit, Scope, Signal, Unknown};
use crate::{DeviceKind, Slug, capability};
use std::sync::LazyLock;

/// The constraints that come with every house, in the order in which they are listed.
#[must_use]
pub fn shipped_constraints() -> &'static [Constraint] {
    static SHIPPED: LazyLock<Vec<Constraint>> = LazyLock::new(table);
    &SHIPPED
}

struct Row {
    slug: &'static str,
    name: &'static str,
    statement: &'static str,
    hazard: &'static str,
    enabled: bool,
    capability: Option<&'static str>,
    kinds: &'static [DeviceKind],
    form: Form,
}

fn table() -> Vec<Constraint> {
    let rows = [
        Row {
            slug: "locked_while_away",
            name: "Locked while nobody is home",
            statement: "No door is unlocked while nobody is home, unless a person says so now.",
            hazard: "Somebody walks into the empty house: a wrong rule, a stolen token or a slip of the finger let them in.",
            enabled: true,
            capability: Some("DoorLock"),
            kinds: &[],
            form: Form::OpensWhileAway {},
        },
        Row {
            slug: "armed_while_away",
            name: "Armed while nobody is home",
            statement: "The alarm is not disarmed while nobody is home, unless a person says so now.",
            hazard: "The empty house is unguarded, and a break-in goes unnoticed.",
            enabled: true,
            capability: Some("SecurityAlarm"),
            kinds: &[],
            form: Form::OpensWhileAway {},
        },
        Row {
            slug: "garage_shut_while_away",
            name: "Garage shut while nobody is home",
            statement: "No garage door or gate is opened while nobody is home, unless a person says so now.",
            hazard: "The empty house stands open: a rule or program opened its largest door.",
            enabled: true,
            capability: Some("WindowCovering"),
            kinds: &[DeviceKind::GarageDoor],
            form: Form::OpensWhileAway {},
        },
        Row {
            slug: "heating_bounds",
            name: "Heating within bounds",
            statement: "No heating is set below {min} or above {max}.",
            hazard: "Pipes freeze and burst, or a room becomes so hot that it harms who sleeps there; both also cost a lot.",
            enabled: true,
            capability: None,
            kinds: &[],
            form: Form::Bounds {
                property: capability::THERMOSTAT.at(1, "heating_setpoint"),
                min: Some(5.0),
                max: Some(28.0),
            },
        },
        Row {
            slug: "cooling_bounds",
            name: "Cooling within bounds",
            statement: "No cooling is set below {min}.",
            hazard: "A room becomes so cold and damp that it harms who sleeps there, and water condenses in the walls.",
            enabled: true,
            capability: None,
            kinds: &[],
            form: Form::Bounds {
                property: capability::THERMOSTAT.at(1, "cooling_setpoint"),
                min: Some(16.0),
                max: None,
            },
        },
        Row {
            slug: "closing_obstructed",
            name: "Nothing closes on somebody",
            statement: "No covering, garage door or gate closes while a sensor says that something is in its way.",
            hazard: "A door closes on a child, an animal or a car.",
            enabled: true,
            capability: None,
            kinds: &[],
            form: Form::ClosesWhileObstructed {
                sensors: Vec::new(),
                same_area: vec![Signal::Obstruction],
            },
        },
        Row {
            slug: "valve_leak",
            name: "Valves stay closed while it leaks",
            statement: "No valve is opened while a leak is reported anywhere in the house.",
            hazard: "Water runs on into the house through the leak that was just stopped.",
            enabled: true,
            capability: None,
            kinds: &[],
            form: Form::OpensWhileLeaking {
                place: LeakPlace::Anywhere,
            },
        },
        Row {
            slug: "compressor_starts",
            name: "Compressors rest between starts",
            statement: "No appliance and no air conditioner or heat pump is started more than {most}.",
            hazard: "A compressor that starts against its own pressure again and again overheats and breaks.",
            enabled: true,
            capability: None,
            kinds: &[DeviceKind::Appliance, DeviceKind::Thermostat],
            form: Form::StartsPerHour { most: 6.0 },
        },
        Row {
            slug: "main_fuse",
            name: "Below the main fuse",
            statement: "Nothing is switched on that would take the house above its main fuse of {limit}.",
            hazard: "The main fuse blows: the whole house is dark, and the freezer, the heating and the alarm stand still.",
            // Nobody but the household knows its fuse; a guess would only look like safety.
            enabled: false,
            capability: None,
            kinds: &[],
            form: Form::LoadAbove {
                limit: 25.0,
                unit: LoadUnit::Ampere,
                volts: 230.0,
                phases: 1.0,
                assumed: 100.0,
                meter: None,
            },
        },
    ];
    rows.into_iter()
        .map(|row| Constraint {
            slug: Slug::from_name(row.slug, "constraint"),
            name: row.name.to_owned(),
            statement: row.statement.to_owned(),
            hazard: row.hazard.to_owned(),
            enabled: row.enabled,
            unknown: Unknown::Refuse,
            scope: Scope {
                capability: row.capability.map(str::to_owned),
                kinds: row.kinds.to_vec(),
                ..Scope::default()
            },
            form: row.form,
        })
        .collect()
}
