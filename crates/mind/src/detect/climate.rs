//! Heating and cooling without effect, and frost in the house.

use super::{Finding, row, shown, span};
use crate::feel::table::Factor;
use crate::safla::recall::{Demand, Recall};
use crate::safla::sense::{Sensed, Thing, seconds};
use crate::view::Urgency;

/// Below this pipes are in danger, in °C.
const FROST: f64 = 5.0;
/// Below this they are about to freeze, in °C.
const HARD_FROST: f64 = 2.0;
/// What is past for so long is over, in seconds: at a limit it comes and goes.
const GRACE: f64 = 1_800.0;

/// So long a thermostat may ask without any effect, in seconds.
const IN_VAIN: f64 = 3.0 * 3_600.0;
/// A room that moved so far follows, in K.
pub(crate) const FOLLOWS: f64 = 0.3;
/// A room must be so far from what is wanted, in K.
pub(crate) const OFF: f64 = 1.0;

/// Rooms that are about to freeze.
pub(super) fn frost(sensed: &Sensed, found: &mut Vec<Finding>) {
    for thing in &sensed.things {
        let Some((celsius, reading)) = thing.room_temperature() else {
            continue;
        };
        if celsius >= FROST || celsius < crate::feel::table::limit::ROOM.0 {
            continue;
        }
        let urgency = if celsius < HARD_FROST {
            Urgency::Critical
        } else {
            Urgency::High
        };
        let name = &thing.device.name;
        found.push(
            Finding::of(
                "frost",
                thing,
                urgency,
                format!("{name} measures {} °C", shown(celsius)),
            )
            .since(reading.since)
            .felt(Factor::Safety)
            .grace(GRACE)
            .detail(format!(
                "Below {} °C water in pipes is in danger.",
                shown(FROST)
            ))
            .mended(format!("{name} is above {} °C again", shown(FROST)))
            .advise("Heat the room, close its windows, and drain pipes that may freeze")
            .because(row(thing, reading)),
        );
    }
}

/// What a thermostat asks for now: whether it is heat, and how far off the room is, in K.
#[must_use]
pub(crate) fn asks(thing: &Thing) -> Option<(bool, f64)> {
    let (celsius, _) = thing.number("Thermostat", "local_temperature")?;
    let doing = thing
        .word("Thermostat", "running_state")
        .map(|(word, _)| word);
    let heats = matches!(doing, Some("heating" | "preheating"));
    let cools = matches!(doing, Some("cooling"));
    let mode = thing
        .word("Thermostat", "system_mode")
        .map(|(word, _)| word);
    let off = |property| Some(thing.number("Thermostat", property)?.0 - celsius);
    // One that does not say what it does asks for what its mode and its set temperature ask for.
    if heats || (doing.is_none() && mode == Some("heat")) {
        return off("heating_setpoint")
            .filter(|off| *off >= OFF)
            .map(|off| (true, off));
    }
    if cools || (doing.is_none() && mode == Some("cool")) {
        return off("cooling_setpoint")
            .filter(|off| -*off >= OFF)
            .map(|off| (false, -off));
    }
    None
}

/// Thermostats whose room does not follow.
pub(super) fn without_effect(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in &sensed.things {
        let (Some(demand), Some((heat, off))) = (recall.demands.get(&thing.id()), asks(thing))
        else {
            continue;
        };
        let lasted = seconds(demand.since, sensed.at);
        if demand.heat != heat || lasted < IN_VAIN {
            continue;
        }
        let Some((celsius, reading)) = thing.number("Thermostat", "local_temperature") else {
            continue;
        };
        let (name, what) = (&thing.device.name, if heat { "heats" } else { "cools" });
        found.push(
            Finding::of(
                "no_effect",
                thing,
                Urgency::Medium,
                format!("{name} {what} without effect for {}", span(lasted)),
            )
            .since(demand.since)
            .felt(Factor::Faults)
            .detail(format!(
                "The room was at {} °C then and is at {} °C now, {} K from what is set.",
                shown(demand.from),
                shown(celsius),
                shown(off)
            ))
            .mended(format!("{name} has its effect again"))
            .grace(GRACE)
            .advise(
                "Look for an open window, a closed valve, or a boiler or pump that stands still",
            )
            .because(row(thing, reading))
            .because(crate::Evidence::History {
                device: thing.id(),
                path: reading.path,
                from: demand.since,
                to: sensed.at,
            }),
        );
    }
}

/// What is remembered of a thermostat's demand after it was looked at once more.
#[must_use]
pub(crate) fn demand(
    thing: &Thing,
    before: Option<&Demand>,
    now: model::Timestamp,
) -> Option<Demand> {
    let (heat, _) = asks(thing)?;
    let (celsius, _) = thing.number("Thermostat", "local_temperature")?;
    let follows = |before: &Demand| {
        let moved = celsius - before.from;
        before.heat != heat || (if heat { moved } else { -moved }) >= FOLLOWS
    };
    match before {
        Some(before) if !follows(before) => Some(*before),
        _ => Some(Demand {
            since: now,
            from: celsius,
            heat,
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::view::Urgency;
    use model::DeviceKind::{Sensor, Thermostat, Weather};

    #[test]
    fn frost_is_a_matter_of_rooms() {
        let mut home = Home::new();
        home.device("Cellar climate", Sensor)
            .says("TemperatureMeasurement.temperature", 4.0);
        home.device("Freezer sensor", Sensor)
            .says("TemperatureMeasurement.temperature", -18.0);
        home.device("Weather station", Weather)
            .says("TemperatureMeasurement.temperature", -8.0);
        let found = home.found();
        assert_eq!(kinds(&found), ["frost"]);
        assert_eq!(found[0].urgency, Urgency::High);
        home.thing("Cellar climate")
            .says("TemperatureMeasurement.temperature", 1.0);
        assert_eq!(home.found()[0].urgency, Urgency::Critical);
        home.thing("Cellar climate")
            .says("TemperatureMeasurement.temperature", -327.0);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "no room is so cold"
        );
    }

    #[test]
    fn heating_that_does_not_warm_is_noticed_and_one_that_does_is_not() {
        let mut home = Home::new();
        home.device("Main thermostat", Thermostat)
            .says("Thermostat.local_temperature", 16.0)
            .says("Thermostat.heating_setpoint", 20.0)
            .says("Thermostat.running_state", "heating");
        for minutes in 0..18 {
            home.learn();
            assert_eq!(
                kinds(&home.found()),
                Vec::<&str>::new(),
                "after {} min",
                minutes * 10
            );
            home.later(600);
            home.thing("Main thermostat")
                .says("Thermostat.local_temperature", 16.0);
        }
        home.learn();
        let found = home.found();
        assert_eq!(kinds(&found), ["no_effect"]);
        assert!(
            found[0].title.contains("without effect for 3 hours"),
            "{}",
            found[0].title
        );
        home.thing("Main thermostat")
            .says("Thermostat.local_temperature", 16.4);
        home.learn();
        assert_eq!(kinds(&home.found()), Vec::<&str>::new(), "the room follows");
    }
}
