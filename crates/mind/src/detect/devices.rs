//! Devices: empty batteries, sensors that are stuck or make no sense, and silence.

use super::{Finding, link, row, shown, span};
use crate::feel::table::Factor;
use crate::safla::recall::Recall;
use crate::safla::sense::{PATIENCE, Sensed, Thing, seconds};
use crate::view::Urgency;
use model::{Connectivity, DeviceKind};

/// At this level a battery is as good as empty, in per cent.
const EMPTY: f64 = 10.0;
/// A battery that will be empty within so many days is told of.
const SOON: f64 = 14.0;
/// A battery at its limit comes and goes; so long it must be better, in seconds.
const BATTERY_GRACE: f64 = 6.0 * 3_600.0;

/// What always moves a little where it is measured.
const RESTLESS: &[(&str, &str)] = &[
    ("TemperatureMeasurement", "temperature"),
    ("Thermostat", "local_temperature"),
    ("RelativeHumidityMeasurement", "humidity"),
    ("AirQuality", "co2"),
    ("PressureMeasurement", "pressure"),
];
/// How much longer than ever something may stand still.
const STILL: f64 = 8.0;
/// No standstill shorter than this means anything, in seconds.
const STILL_LEAST: f64 = 12.0 * 3_600.0;

/// A device that says one thing so much later than its rhythm has it, while it says others.
const MISSING: f64 = 6.0;
/// No gap shorter than this means anything, in seconds.
const MISSING_LEAST: f64 = 2.0 * 3_600.0;
/// A device that was heard of within so long speaks, in seconds.
const SPEAKS: f64 = 1_800.0;

/// So long a device may be away, in seconds.
const AWAY: f64 = 15.0 * 60.0;
/// The least patience with who measures, and with who only says what happens, in seconds.
const MEASURES: f64 = 2.0 * 3_600.0;
const HAPPENS: f64 = 3.0 * 86_400.0;

/// Batteries that are empty, or soon will be.
pub(super) fn batteries(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in sensed.things.iter().filter(|thing| thing.on_battery()) {
        let name = &thing.device.name;
        let charging = thing
            .truth("PowerSource", "charging")
            .is_some_and(|(yes, _)| yes);
        let level = thing.number("PowerSource", "battery");
        let low = thing
            .truth("PowerSource", "battery_low")
            .filter(|(low, _)| *low);
        if charging || thing.device.kind == DeviceKind::Person {
            continue;
        }
        let fading = recall
            .usual
            .batteries
            .iter()
            .find(|fading| fading.device == thing.id());
        let finding = match (level, low, fading) {
            (Some((percent, reading)), _, _) if percent <= EMPTY => {
                let title = if name.to_lowercase().ends_with("battery") {
                    format!("{name} is at {} %", shown(percent))
                } else {
                    format!("{name}'s battery is at {} %", shown(percent))
                };
                Finding::of("battery", thing, Urgency::Medium, title)
                    .since(reading.since)
                    .because(row(thing, reading))
            }
            (None, Some((_, reading)), _) => Finding::of(
                "battery",
                thing,
                Urgency::Medium,
                format!("{name}'s battery is low"),
            )
            .since(reading.since)
            .because(row(thing, reading)),
            (Some((percent, reading)), _, Some(fading)) => {
                let Some(empty) = fading.empty_at(percent, sensed.at) else {
                    continue;
                };
                if seconds(sensed.at, empty) > SOON * 86_400.0 {
                    continue;
                }
                let date = recall.usual.date(empty);
                let title = format!("{name}'s battery will be empty around {date}");
                Finding::of("battery", thing, Urgency::Low, title)
                    .since(fading.to)
                    .detail(format!(
                        "It is at {} % and lost {} % a day over the last {} days.",
                        shown(percent),
                        shown(fading.per_day),
                        fading.days
                    ))
                    .because(row(thing, reading))
                    .because(crate::Evidence::History {
                        device: thing.id(),
                        path: reading.path,
                        from: fading.from,
                        to: fading.to,
                    })
            }
            _ => continue,
        };
        found.push(
            finding
                .felt(Factor::Anomalies)
                .grace(BATTERY_GRACE)
                .mended(format!("{name} has a fresh battery"))
                .advise(format!("Change or charge the battery of {name}")),
        );
    }
}

/// Sensors that say the same to the last digit for longer than ever.
pub(super) fn stuck(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in sensed.things.iter().filter(|thing| thing.fresh) {
        for (capability, property) in RESTLESS {
            let Some((value, reading)) = thing.number(capability, property) else {
                continue;
            };
            let Some((_, changes)) = recall.property(thing.id(), reading.path) else {
                continue;
            };
            let Some(allowed) = changes.allows(STILL, STILL_LEAST) else {
                continue;
            };
            let still = seconds(reading.since, sensed.at);
            // It must be said still: what is no longer said is another matter.
            if still <= allowed || seconds(reading.at, sensed.at) > SPEAKS {
                continue;
            }
            let name = &thing.device.name;
            let unit = reading.path.property.unit.map_or("", model::Unit::symbol);
            let title = format!(
                "{name} has said {} {unit} for {}",
                shown(value),
                span(still)
            );
            let mut finding = Finding::of("stuck", thing, Urgency::Medium, title)
                .since(reading.since)
                .felt(Factor::Faults)
                .detail(
                    "What is measured always moves a little; a sensor that stands still is stuck.",
                )
                .mended(format!("{name} measures again"))
                .advise(format!(
                    "Take the power or the battery out of {name} for a moment"
                ))
                .because(row(thing, reading));
            finding.subject = format!("{}:{}", thing.id(), reading.path);
            found.push(finding);
        }
    }
}

/// Sensors that speak, and no longer say something that can be used: impossible numbers are refused.
pub(super) fn unusable(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in &sensed.things {
        let speaks = thing
            .last_seen
            .is_some_and(|last| seconds(last, sensed.at) <= SPEAKS);
        if !speaks || thing.connectivity == Connectivity::Offline {
            continue;
        }
        let missing: Vec<_> = thing
            .readings
            .iter()
            .filter(|reading| {
                // Only what is measured must be there: a tracker has no zone to name while its person is at
                // home, and a player no title while nothing plays.
                let property = reading.path.property;
                let measured = property.telemetry && property.unit.is_some() && !reading.stale;
                let rhythm = recall.property(thing.id(), reading.path);
                let allowed = rhythm.and_then(|(said, _)| said.allows(MISSING, MISSING_LEAST));
                let unknown =
                    reading.value.is_none() && seconds(reading.since, sensed.at) > MISSING_LEAST;
                let late = allowed.is_some_and(|allowed| seconds(reading.at, sensed.at) > allowed);
                measured && (late || (unknown && allowed.is_some()))
            })
            .collect();
        let Some(first) = missing.first() else {
            continue;
        };
        let name = &thing.device.name;
        let what: Vec<String> = missing
            .iter()
            .map(|reading| reading.path.property.title.to_lowercase())
            .collect();
        let title = format!(
            "What {name} says of its {} cannot be used",
            what.join(" and ")
        );
        let mut finding = Finding::of("unusable", thing, Urgency::Medium, title)
            .since(first.at)
            .felt(Factor::Faults)
            .detail(format!(
                "It speaks, but for {} nothing came of that, or nothing that can be true; what cannot be true is \
                 refused, and the log says what it was.",
                span(seconds(first.at, sensed.at))
            ))
            .mended(format!("{name} can be believed again"))
            .advise(format!(
                "Take the power or the battery out of {name} for a moment, or replace it"
            ));
        finding
            .evidence
            .extend(missing.iter().map(|reading| row(thing, reading)));
        found.push(finding);
    }
}

/// For how long a device that answers may say nothing, in seconds; `None` while its rhythm is unknown.
#[must_use]
pub(crate) fn may_be_silent(thing: &Thing, recall: &Recall) -> Option<f64> {
    let measures = thing
        .readings
        .iter()
        .any(|reading| reading.path.property.telemetry);
    let least = if measures { MEASURES } else { HAPPENS };
    recall
        .rhythms
        .get(&thing.id())?
        .device
        .allows(PATIENCE, least)
}

/// Whether a device that answers has been silent beyond its own rhythm.
#[must_use]
pub(crate) fn is_silent(thing: &Thing, recall: &Recall, now: model::Timestamp) -> bool {
    let (Some(last), Some(allowed)) = (thing.last_seen, may_be_silent(thing, recall)) else {
        return false;
    };
    thing.connectivity != Connectivity::Offline && seconds(last, now) > allowed
}

/// Devices that are away, or silent beyond their own rhythm.
pub(super) fn silent(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in &sensed.things {
        // People take their telephones along, and what keeps food cold has a word of its own.
        if thing.device.kind == DeviceKind::Person || super::power::keeps_cold(thing) {
            continue;
        }
        let name = &thing.device.name;
        let (since, title) = match (thing.connectivity, thing.last_seen) {
            (Connectivity::Offline, _) if seconds(thing.since, sensed.at) >= AWAY => {
                (thing.since, format!("{name} no longer answers"))
            }
            (_, Some(last)) if is_silent(thing, recall, sensed.at) => (
                last,
                format!(
                    "{name} has said nothing for {}",
                    span(seconds(last, sensed.at))
                ),
            ),
            _ => continue,
        };
        let guards = matches!(
            thing.device.kind,
            DeviceKind::Leak | DeviceKind::Smoke | DeviceKind::Lock | DeviceKind::Alarm
        );
        let urgency = if guards {
            Urgency::Medium
        } else {
            Urgency::Low
        };
        found.push(
            Finding::of("silent", thing, urgency, title)
                .since(since)
                .mended(format!(
                    "{name} is there again, after {}",
                    span(seconds(since, sensed.at))
                ))
                .advise(format!("See whether {name} has power and is within reach"))
                .because(link(thing)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::usual::Fading;
    use crate::view::Urgency;
    use model::Connectivity::{Offline, Online};
    use model::DeviceKind::{Leak, Light, Meter, Person, Sensor};

    /// A sensor that has spoken every ten minutes for two days.
    fn spoken(home: &mut Home) {
        home.device("Bedroom climate", Sensor);
        for step in 0..2 * 144 {
            home.thing("Bedroom climate")
                .says(
                    "TemperatureMeasurement.temperature",
                    20.0 + f64::from(step % 7) / 10.0,
                )
                .says(
                    "RelativeHumidityMeasurement.humidity",
                    50.0 + f64::from(step % 5) / 10.0,
                );
            assert_eq!(kinds(&home.found()), Vec::<&str>::new());
            home.later(600);
        }
    }

    #[test]
    fn silence_is_measured_by_the_own_rhythm() {
        let mut home = Home::new();
        spoken(&mut home);
        home.later(3_600);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.later(3_600);
        let found = home.found();
        assert_eq!(kinds(&found), ["silent"]);
        assert!(
            found[0].title.contains("said nothing for 2 hours"),
            "{}",
            found[0].title
        );
        home.thing("Bedroom climate")
            .says("TemperatureMeasurement.temperature", 20.0);
        assert!(!kinds(&home.found()).contains(&"silent"));
    }

    #[test]
    fn one_who_is_away_is_missed_after_a_while_and_guards_more() {
        let mut home = Home::new();
        home.device("Lamp", Light).link(Offline);
        home.device("Leak", Leak).link(Offline);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.later(1_000);
        // Two lamps alone are no power cut.
        let found = home.found();
        assert_eq!(kinds(&found), ["silent", "silent"]);
        assert_eq!(
            (found[0].urgency, found[1].urgency),
            (Urgency::Low, Urgency::Medium)
        );
        home.thing("Lamp").link(Online);
        assert_eq!(kinds(&home.found()), ["silent"]);
    }

    #[test]
    fn a_stuck_sensor_says_the_same_for_longer_than_ever() {
        let mut home = Home::new();
        spoken(&mut home);
        for step in 0..80 {
            home.thing("Bedroom climate")
                .says("TemperatureMeasurement.temperature", 20.0)
                .says(
                    "RelativeHumidityMeasurement.humidity",
                    50.0 + f64::from(step % 5) / 10.0,
                );
            home.later(600);
        }
        let found = home.found();
        assert_eq!(kinds(&found), ["stuck"]);
        assert!(found[0].title.contains("20 °C for "), "{}", found[0].title);
        home.thing("Bedroom climate")
            .says("TemperatureMeasurement.temperature", 20.1);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn a_sensor_that_speaks_nonsense_is_found_by_what_it_no_longer_says() {
        let mut home = Home::new();
        spoken(&mut home);
        for _ in 0..13 {
            home.later(600);
            home.thing("Bedroom climate").heard();
        }
        let found = home.found();
        assert_eq!(kinds(&found), ["unusable"]);
        assert_eq!(found[0].evidence.len(), 2);
    }

    #[test]
    fn a_tracker_that_names_no_zone_is_well() {
        let mut home = Home::new();
        home.device("Tom", Person);
        for step in 0..3 * 144 {
            home.thing("Tom")
                .says("PowerSource.battery", 80.0 - f64::from(step % 40))
                .says(
                    "Presence.location",
                    if step % 2 == 0 { "town" } else { "work" },
                );
            home.later(600);
        }
        for step in 0..30 {
            home.thing("Tom")
                .says("PowerSource.battery", 80.0 - f64::from(step % 40))
                .knows_not("Presence.location");
            home.later(600);
        }
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn the_battery_of_the_house_is_no_battery_to_change() {
        let mut home = Home::new();
        home.device("Home battery", Meter)
            .says("PowerSource.battery", 8.0);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn batteries_are_projected_where_their_history_says_so() {
        let mut home = Home::new();
        home.device("Window", Sensor)
            .says("PowerSource.battery", 24.0);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "nothing is known of its past"
        );
        let fading = Fading {
            device: home.id("Window"),
            per_day: 2.0,
            days: 20,
            from: home.now(),
            to: home.now(),
        };
        home.usual().batteries.push(fading);
        let found = home.found();
        assert_eq!(
            (kinds(&found), found[0].urgency),
            (vec!["battery"], Urgency::Low)
        );
        assert!(found[0].title.contains("around"), "{}", found[0].title);
        home.thing("Window").says("PowerSource.battery", 8.0);
        assert_eq!(home.found()[0].urgency, Urgency::Medium);
        home.thing("Window").says("PowerSource.battery", 100.0);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }
}
