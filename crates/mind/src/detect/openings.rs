//! Doors, windows, garage doors and locks that are open when they should not be.

use super::{Finding, row, shown, span};
use crate::feel::table::Factor;
use crate::safla::sense::{Reading, Sensed, Thing, seconds};
use crate::view::Urgency;
use model::DeviceKind;

/// With nobody at home, in seconds.
const EMPTY: f64 = 5.0 * 60.0;
/// A door to the outside while somebody is at home, in seconds.
const DOOR: f64 = 20.0 * 60.0;
/// A window while somebody is at home and it is cold outside, in seconds.
const WINDOW_COLD: f64 = 45.0 * 60.0;
/// Below this it is cold outside, in °C.
const COLD: f64 = 10.0;
/// From here on gusts break twigs and take chairs along, in m/s: a gale on Beaufort's scale.
pub(super) const GALE: f64 = 17.2;
/// Gusts come and go; so long they must be lower, in seconds.
const LATELY: f64 = 3_600.0;
/// At night, in seconds.
const NIGHT: f64 = 15.0 * 60.0;

fn is_window(thing: &Thing) -> bool {
    thing.is_called(&["window", "skylight", "fenster"])
}

/// Whether it opens to the outside: what stands between rooms does not matter.
fn is_inner(thing: &Thing) -> bool {
    thing.is_called(&[
        "fridge", "freezer", "cupboard", "mailbox", "drawer", "closet", "cabinet",
    ])
}

/// How cold it is outside, in °C.
fn outdoors(sensed: &Sensed) -> Option<f64> {
    sensed
        .things
        .iter()
        .filter(|thing| thing.outside)
        .find_map(|thing| thing.number("TemperatureMeasurement", "temperature"))
        .map(|(celsius, _)| celsius)
}

/// Doors and windows.
pub(super) fn open(sensed: &Sensed, found: &mut Vec<Finding>) {
    // Where nobody measures it, the time of the year says so.
    let season = sensed.year.is_some_and(|year| year.frost);
    let cold = outdoors(sensed).map_or(season, |celsius| celsius < COLD);
    for thing in &sensed.things {
        let contact = thing.truth("Contact", "open").filter(|(open, _)| *open);
        let garage = (thing.device.kind == DeviceKind::GarageDoor
            || (thing.device.kind == DeviceKind::Cover && thing.is_called(&["garage", "gate"])))
        .then(|| thing.number("WindowCovering", "position"))
        .flatten()
        .filter(|(position, _)| *position > 0.0);
        let Some(reading) = contact
            .map(|(_, reading)| reading)
            .or(garage.map(|(_, reading)| reading))
        else {
            continue;
        };
        if is_inner(thing) {
            continue;
        }
        let empty_since = empty_since(sensed).map(|since| since.max(reading.since));
        let lasted = seconds(reading.since, sensed.at);
        let window = is_window(thing);
        let (urgency, since) = match empty_since {
            Some(since) if seconds(since, sensed.at) >= EMPTY => (Urgency::High, since),
            Some(_) => continue,
            None if &*sensed.mode == "night" && !window && lasted >= NIGHT => {
                (Urgency::Medium, reading.since)
            }
            None if !window && lasted >= DOOR => (Urgency::Low, reading.since),
            None if window && cold && lasted >= WINDOW_COLD => (Urgency::Low, reading.since),
            None => continue,
        };
        let name = &thing.device.name;
        let title = match urgency {
            Urgency::High => format!("{name} is open and nobody is at home"),
            _ => format!("{name} has been open for {}", span(lasted)),
        };
        let finding = Finding::of("left_open", thing, urgency, title)
            .since(since)
            .felt(Factor::Safety)
            .mended(format!("{name} is closed"))
            .because(row(thing, reading));
        found.push(if garage.is_some() {
            finding.ask(
                format!("Close {name}"),
                thing.id(),
                "WindowCovering",
                "close",
            )
        } else {
            finding.advise(format!("Close {name}"))
        });
    }
}

/// Since when nobody is at home; `None` where somebody is, or where that is not known.
fn empty_since(sensed: &Sensed) -> Option<model::Timestamp> {
    if sensed.anyone_home != Some(false) {
        return None;
    }
    sensed
        .people
        .iter()
        .filter_map(|(_, _, since)| *since)
        .max()
}

/// What is open to wind and rain: windows, and awnings that are out.
pub(super) fn lets_in(sensed: &Sensed) -> impl Iterator<Item = (&Thing, &Reading)> {
    let those = sensed
        .things
        .iter()
        .filter(|thing| is_window(thing) || thing.is_called(&["awning", "markise"]));
    those.filter_map(|thing| {
        let contact = thing.truth("Contact", "open").filter(|(open, _)| *open);
        let cover = thing
            .number("WindowCovering", "position")
            .filter(|(open, _)| *open > 0.0);
        let reading = contact
            .map(|(_, reading)| reading)
            .or(cover.map(|(_, reading)| reading))?;
        Some((thing, reading))
    })
}

/// Gusts that take along what is open or loose.
pub(super) fn storm(sensed: &Sensed, found: &mut Vec<Finding>) {
    let gale = sensed
        .things
        .iter()
        .filter(|thing| thing.outside)
        .find_map(|thing| {
            let (gust, reading) = thing
                .number("WeatherStation", "wind_gust")
                .filter(|(gust, _)| *gust >= GALE)?;
            let lately = seconds(reading.at, sensed.at) <= LATELY;
            lately.then_some((thing, gust, reading))
        });
    let Some((station, gust, reading)) = gale else {
        return;
    };
    let open: Vec<(&Thing, &Reading)> = lets_in(sensed).collect();
    let names: Vec<&str> = open
        .iter()
        .take(3)
        .map(|(thing, _)| thing.device.name.as_str())
        .collect();
    let (urgency, title) = if open.is_empty() {
        (
            Urgency::Low,
            format!("There are gusts of {} m/s", shown(gust)),
        )
    } else {
        let title = format!(
            "There are gusts of {} m/s, and open: {}",
            shown(gust),
            names.join(", ")
        );
        (Urgency::High, title)
    };
    let mut finding = Finding::new("storm", "wind", urgency, title)
        .since(reading.since)
        .felt(Factor::Safety)
        .grace(LATELY)
        .mended("The wind is down again")
        .advise(if open.is_empty() {
            "Bring in what the wind could take"
        } else {
            "Close what is open, and bring in what the wind could take"
        })
        .because(row(station, reading));
    finding
        .evidence
        .extend(open.iter().map(|(thing, reading)| row(thing, reading)));
    found.push(finding);
}

/// Locks.
pub(super) fn unlocked(sensed: &Sensed, found: &mut Vec<Finding>) {
    for thing in &sensed.things {
        let Some((state, reading)) = thing.word("DoorLock", "lock_state") else {
            continue;
        };
        let name = &thing.device.name;
        if state == "jammed" {
            found.push(
                Finding::of("jammed", thing, Urgency::High, format!("{name} is jammed"))
                    .since(reading.since)
                    .felt(Factor::Safety)
                    .mended(format!("{name} moves again"))
                    .advise("Turn it by hand, and see what blocks it")
                    .because(row(thing, reading)),
            );
        }
        if !matches!(state, "unlocked" | "open") {
            continue;
        }
        let (urgency, since, title) =
            match empty_since(sensed).map(|since| since.max(reading.since)) {
                Some(since) if seconds(since, sensed.at) >= EMPTY => (
                    Urgency::High,
                    since,
                    format!("{name} is unlocked and nobody is at home"),
                ),
                None if &*sensed.mode == "night" && seconds(reading.since, sensed.at) >= NIGHT => (
                    Urgency::Medium,
                    reading.since,
                    format!("{name} is unlocked at night"),
                ),
                _ => continue,
            };
        found.push(
            Finding::of("unlocked", thing, urgency, title)
                .since(since)
                .felt(Factor::Safety)
                .mended(format!("{name} is locked"))
                .because(row(thing, reading))
                .ask(format!("Lock {name}"), thing.id(), "DoorLock", "lock"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::view::Urgency;
    use model::DeviceKind::{Contact, Cover, Lock, Weather};

    #[test]
    fn an_open_window_matters_when_nobody_is_home_or_it_is_cold() {
        let mut home = Home::new();
        home.device("Bedroom window", Contact)
            .says("Contact.open", true);
        home.people(true);
        home.later(3_600);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new(), "people like air");
        home.device("Weather", Weather)
            .says("TemperatureMeasurement.temperature", 2.0);
        let found = home.found();
        assert_eq!(kinds(&found), ["left_open"]);
        assert_eq!(found[0].urgency, Urgency::Low);
        home.people(false);
        home.later(200);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "they may be back at once"
        );
        home.later(200);
        assert_eq!(home.found()[0].urgency, Urgency::High);
    }

    #[test]
    fn a_door_is_noticed_sooner_than_a_window() {
        let mut home = Home::new();
        home.people(true);
        home.device("Front door", Contact)
            .says("Contact.open", true);
        home.later(19 * 60);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.later(2 * 60);
        assert_eq!(kinds(&home.found()), ["left_open"]);
    }

    #[test]
    fn where_nobody_knows_who_is_home_nobody_is_accused() {
        let mut home = Home::new();
        home.device("Front door lock", Lock)
            .says("DoorLock.lock_state", "unlocked");
        home.later(86_400);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn a_gale_asks_what_is_open() {
        let mut home = Home::new();
        home.people(true);
        home.device("Weather station", Weather)
            .says("WeatherStation.wind_gust", 12.0);
        home.device("Skylight", Contact).says("Contact.open", true);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.thing("Weather station")
            .says("WeatherStation.wind_gust", 21.0);
        let found = home.found();
        assert_eq!(
            (kinds(&found), found[0].urgency),
            (vec!["storm"], Urgency::High)
        );
        assert!(found[0].title.contains("Skylight") && found[0].evidence.len() == 2);
        home.thing("Skylight").says("Contact.open", false);
        assert_eq!(home.found()[0].urgency, Urgency::Low);
        home.later(2 * 3_600);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "what was measured long ago is past"
        );
    }

    #[test]
    fn locks_and_garage_doors_can_be_closed_from_here() {
        let mut home = Home::new();
        home.people(false);
        home.device("Front door lock", Lock)
            .says("DoorLock.lock_state", "unlocked");
        home.device("Garage door", Cover)
            .says("WindowCovering.position", 100.0);
        home.device("Blinds", Cover)
            .says("WindowCovering.position", 100.0);
        home.later(600);
        let found = home.found();
        assert_eq!(kinds(&found), ["left_open", "unlocked"]);
        assert!(
            found
                .iter()
                .all(|one| one.suggestion.as_ref().is_some_and(|s| s.request.is_some()))
        );
        home.people(true);
        home.mode("night");
        home.later(3_600);
        assert_eq!(home.found()[1].urgency, Urgency::Medium);
    }
}
