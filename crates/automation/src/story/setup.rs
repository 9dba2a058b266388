//! What a story says of its house, before anything happens.

use super::entry::{self, Entry};
use super::read::date_time;
use super::words::Word;
use super::{Wrong, wrong};
use crate::sun::Location;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{Announcement, Capability, DeviceKind, Instance, Presence, capability};

/// A line of a house.
#[derive(Debug, Clone)]
pub(super) enum Setup {
    /// Its time zone, and where it stands where that is known.
    Place(TimeZone, Option<Location>),
    /// When the story begins, by the house's clock.
    Time(DateTime),
    /// A floor.
    Floor(String),
    /// An area, and on which floor.
    Area(String, Option<String>),
    /// Somebody lives there.
    Person(String, Presence),
    /// A device.
    Device(Box<Announcement>),
    /// How things are at the beginning.
    Entry(Entry),
}

/// Reads a line of a house.
pub(super) fn read(words: &[Word]) -> Result<Setup, Wrong> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    Ok(match texts[..] {
        ["zone", zone] => Setup::Place(time_zone(zone)?, None),
        ["place", latitude, longitude, zone] => {
            let location = Location {
                latitude: degrees(latitude, 90.0)?,
                longitude: degrees(longitude, 180.0)?,
            };
            Setup::Place(time_zone(zone)?, Some(location))
        }
        ["time", date, clock] => {
            let time = date_time(date, clock).ok_or_else(|| {
                wrong(
                    format!("`{date} {clock}` is no time"),
                    "a time such as 2026-11-23 20:00",
                )
            })?;
            Setup::Time(time)
        }
        ["floor", name] => Setup::Floor(name.to_owned()),
        ["area", name] => Setup::Area(name.to_owned(), None),
        ["area", name, "on", floor] => Setup::Area(name.to_owned(), Some(floor.to_owned())),
        ["person", name] => Setup::Person(name.to_owned(), Presence::Home),
        ["person", name, "home"] => Setup::Person(name.to_owned(), Presence::Home),
        ["person", name, "away"] => Setup::Person(name.to_owned(), Presence::Away),
        ["person", name, "unknown"] => Setup::Person(name.to_owned(), Presence::Unknown),
        [kind, ..] if DeviceKind::parse(kind).is_some() => {
            let kind = DeviceKind::parse(kind).unwrap_or(DeviceKind::Other);
            Setup::Device(Box::new(device(kind, &words[1..])?))
        }
        _ => {
            let entry = entry::read(words)?;
            if entry.expects() {
                return Err(wrong(
                    "nothing has happened yet",
                    "expectations under a moment",
                ));
            }
            Setup::Entry(entry)
        }
    })
}

fn time_zone(name: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(name).map_err(|_| {
        wrong(
            format!("`{name}` is no time zone"),
            "a name such as Europe/Amsterdam",
        )
    })
}

fn degrees(text: &str, most: f64) -> Result<f64, Wrong> {
    let degrees = text
        .parse::<f64>()
        .ok()
        .filter(|degrees| degrees.abs() <= most);
    degrees.ok_or_else(|| {
        wrong(
            format!("`{text}` is no number of degrees"),
            format!("-{most} to {most}, such as 52.37"),
        )
    })
}

/// `hall_lamp "Hall lamp" in Hall with OnOff LevelControl`
fn device(kind: DeviceKind, words: &[Word]) -> Result<Announcement, Wrong> {
    let expected =
        "a device such as `light hall_lamp \"Hall lamp\" in Hall with OnOff LevelControl`";
    let [slug, rest @ ..] = words else {
        return Err(wrong("the device has no slug", expected));
    };
    let mut rest = rest;
    let mut name = slug.text.replace('_', " ");
    if let [first, more @ ..] = rest
        && first.quoted
    {
        name.clone_from(&first.text);
        rest = more;
    }
    let mut area = None;
    if let [word, place, more @ ..] = rest
        && word.text == "in"
    {
        area = Some(place.text.clone());
        rest = more;
    }
    let capabilities = match rest {
        [] => usual(kind)
            .iter()
            .map(|capability| whole(capability))
            .collect(),
        [word, named @ ..] if word.text == "with" && !named.is_empty() => instances(named)?,
        [word, ..] => {
            return Err(wrong(
                format!("`{}` is not known here", word.text),
                expected,
            ));
        }
    };
    Ok(Announcement {
        native_id: slug.text.clone(),
        name,
        slug: Some(slug.text.clone()),
        kind,
        manufacturer: None,
        model: None,
        via: None,
        area,
        capabilities,
        adopt: true,
        manual: None,
    })
}

/// What a device of a kind can do where nothing is said.
fn usual(kind: DeviceKind) -> Vec<&'static Capability> {
    match kind {
        DeviceKind::Light => vec![&capability::ON_OFF, &capability::LEVEL_CONTROL],
        DeviceKind::Switch | DeviceKind::Fan => vec![&capability::ON_OFF],
        DeviceKind::Outlet => vec![&capability::ON_OFF, &capability::ELECTRICAL_POWER],
        DeviceKind::Thermostat => vec![&capability::THERMOSTAT],
        DeviceKind::Lock => vec![&capability::DOOR_LOCK],
        DeviceKind::Cover | DeviceKind::GarageDoor => vec![&capability::WINDOW_COVERING],
        DeviceKind::Valve => vec![&capability::VALVE],
        DeviceKind::MediaPlayer => vec![&capability::MEDIA_PLAYBACK],
        DeviceKind::Button => vec![&capability::BUTTON],
        DeviceKind::Contact => vec![&capability::CONTACT],
        DeviceKind::Motion => vec![&capability::OCCUPANCY_SENSING],
        DeviceKind::Leak => vec![&capability::WATER_LEAK],
        DeviceKind::Smoke => vec![&capability::SMOKE_CO_ALARM],
        DeviceKind::Meter => vec![&capability::ELECTRICAL_POWER],
        _ => vec![&capability::TEMPERATURE_MEASUREMENT],
    }
}

/// Capabilities, and properties that are narrower than their tables:
/// `Thermostat Thermostat.heating_setpoint=7..28 MediaPlayback.source=radio|jazz`.
fn instances(words: &[Word]) -> Result<Vec<Instance>, Wrong> {
    let mut all: Vec<Instance> = Vec::new();
    for word in words {
        let text = word.text.trim_end_matches(',');
        let (name, narrow) = match text.split_once('=') {
            Some((name, narrow)) => (name, Some(narrow)),
            None => (text, None),
        };
        let table = name.split('.').next().unwrap_or(name);
        let Some(known) = Capability::find(table) else {
            let names = model::capability::ALL.iter().map(|it| it.name);
            return Err(wrong(
                format!("`{table}` is no capability"),
                format!("one of {}", names.collect::<Vec<_>>().join(", ")),
            ));
        };
        let place = all.iter().position(|it| it.capability == known);
        let place = place.unwrap_or_else(|| {
            all.push(whole(known));
            all.len() - 1
        });
        if let Some(narrow) = narrow {
            narrower(&mut all[place], name, narrow)?;
        }
    }
    Ok(all)
}

fn narrower(instance: &mut Instance, path: &str, narrow: &str) -> Result<(), Wrong> {
    let property = path.split_once('.').map_or("", |(_, property)| property);
    let shape = instance
        .properties
        .iter_mut()
        .find(|shape| shape.name == property);
    let Some(shape) = shape else {
        return Err(wrong(
            format!("`{path}` is no property"),
            "one of the capability's",
        ));
    };
    match narrow.split_once("..") {
        Some((least, most)) => {
            let (Ok(least), Ok(most)) = (least.parse(), most.parse()) else {
                return Err(wrong(
                    format!("`{narrow}` is no range"),
                    "two numbers such as 7..28",
                ));
            };
            shape.min = Some(least);
            shape.max = Some(most);
        }
        None => shape.values = Some(narrow.split('|').map(str::to_owned).collect()),
    }
    Ok(())
}

/// All that the table has, and every action.
fn whole(capability: &'static Capability) -> Instance {
    let mut instance = Instance::full(capability);
    let actions = capability
        .commands
        .iter()
        .filter(|command| matches!(command.effect, capability::Effect::Action));
    instance.actions = actions.map(|command| command.name.to_owned()).collect();
    instance
}
