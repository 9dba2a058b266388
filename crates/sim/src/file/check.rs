//! What one field of a house file says, held against the others.

use super::{
    DeviceFile, HouseFile, PersonFile,
    fault::{Fault, line_of},
    kind::{CURVES, Kind},
};
use crate::world::slots_of;
use jiff::{civil::Time, tz::TimeZone};
use model::Slug;
use std::collections::HashSet;

/// Where a fault is: the table, its slug, and the text to find the line in.
struct Checker<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, table: &str, slug: &str, field: &str, wrong: String, right: String) {
        let place: Vec<&str> = [table, slug, field]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        self.faults.push(Fault {
            line: line_of(self.text, table, slug, field),
            field: place.join("."),
            wrong,
            right,
        });
    }

    fn within(&mut self, at: (&str, &str, &str), value: f64, least: f64, most: f64, unit: &str) {
        if !(least..=most).contains(&value) {
            self.fault(
                at.0,
                at.1,
                at.2,
                format!("{value} is out of range"),
                format!("{least} to {most} {unit}").trim_end().to_owned(),
            );
        }
    }

    fn known(&mut self, at: (&str, &str, &str), slug: &Slug, among: &[&Slug], what: &str) {
        if !among.contains(&slug) {
            let names: Vec<&str> = among.iter().map(|slug| slug.as_str()).collect();
            self.fault(
                at.0,
                at.1,
                at.2,
                format!("there is no {what} `{slug}`"),
                format!("one of {}", names.join(", ")),
            );
        }
    }

    fn unique<'s>(&mut self, table: &str, slugs: impl Iterator<Item = &'s Slug>) {
        let mut seen = HashSet::new();
        for slug in slugs {
            if !seen.insert(slug) {
                self.fault(
                    table,
                    slug.as_str(),
                    "slug",
                    format!("`{slug}` stands twice"),
                    "a slug that nothing else in this list has".to_owned(),
                );
            }
        }
    }
}

/// Everything that is wrong with the house.
pub(super) fn check(house: &HouseFile, text: &str) -> Vec<Fault> {
    let mut checker = Checker {
        text,
        faults: Vec::new(),
    };
    place(&mut checker, house);
    for person in &house.people {
        one_person(&mut checker, house, person);
    }
    for device in &house.devices {
        one_device(&mut checker, house, device);
    }
    checker.faults
}

fn place(checker: &mut Checker<'_>, house: &HouseFile) {
    let at = |field| ("location", "", field);
    checker.within(
        at("latitude"),
        house.location.latitude,
        -85.0,
        85.0,
        "degrees",
    );
    checker.within(
        at("longitude"),
        house.location.longitude,
        -180.0,
        180.0,
        "degrees",
    );
    if TimeZone::get(&house.location.timezone).is_err() {
        checker.fault(
            "location",
            "",
            "timezone",
            format!("`{}` is no time zone", house.location.timezone),
            "an IANA name such as Europe/Berlin".to_owned(),
        );
    }
    checker.within(
        ("electricity", "", "base_load"),
        house.electricity.base_load,
        0.0,
        20_000.0,
        "W",
    );
    checker.unique("floors", house.floors.iter().map(|floor| &floor.slug));
    checker.unique("areas", house.areas.iter().map(|area| &area.slug));
    checker.unique("people", house.people.iter().map(|person| &person.slug));
    checker.unique("devices", house.devices.iter().map(|device| &device.slug));
    checker.unique(
        "areas.windows",
        house
            .areas
            .iter()
            .flat_map(|area| &area.windows)
            .map(|window| &window.slug),
    );
    if house.areas.iter().all(|area| area.outside) {
        checker.fault(
            "areas",
            "",
            "",
            "the house has no room".to_owned(),
            "at least one area that is not outside".to_owned(),
        );
    }
    let floors: Vec<&Slug> = house.floors.iter().map(|floor| &floor.slug).collect();
    let areas: Vec<&Slug> = house.areas.iter().map(|area| &area.slug).collect();
    for area in &house.areas {
        let slug = area.slug.as_str();
        if let Some(floor) = &area.floor {
            checker.known(("areas", slug, "floor"), floor, &floors, "floor");
        }
        for neighbour in &area.neighbours {
            checker.known(("areas", slug, "neighbours"), neighbour, &areas, "area");
        }
        match area.volume {
            Some(volume) => checker.within(("areas", slug, "volume"), volume, 2.0, 5_000.0, "m³"),
            None if area.outside => {}
            None => checker.fault(
                "areas",
                slug,
                "volume",
                "a room needs a volume".to_owned(),
                "m³, such as 40, or outside = true".to_owned(),
            ),
        }
        for window in &area.windows {
            checker.within(("areas", slug, "area"), window.area, 0.1, 100.0, "m²");
        }
    }
}

fn one_person(checker: &mut Checker<'_>, house: &HouseFile, person: &PersonFile) {
    let slug = person.slug.as_str();
    let areas: Vec<&Slug> = house.areas.iter().map(|area| &area.slug).collect();
    checker.known(("people", slug, "bedroom"), &person.bedroom, &areas, "area");
    if let Some(dayroom) = &person.dayroom {
        checker.known(("people", slug, "dayroom"), dayroom, &areas, "area");
    }
    checker.within(
        ("people", slug, "variation"),
        person.variation,
        0.0,
        120.0,
        "minutes",
    );
    for (name, routine) in [
        ("weekday", Some(&person.weekday)),
        ("weekend", person.weekend.as_ref()),
    ] {
        let Some(routine) = routine else { continue };
        let times = [
            ("wake", Some(&routine.wake)),
            ("leave", routine.leave.as_ref()),
            ("return", routine.back.as_ref()),
            ("sleep", Some(&routine.sleep)),
        ];
        for (field, time) in times {
            if let Some(time) = time
                && time.parse::<Time>().is_err()
            {
                checker.fault(
                    "people",
                    slug,
                    name,
                    format!("{field} = \"{time}\" is no time of day"),
                    "hours and minutes such as \"06:45\"".to_owned(),
                );
            }
        }
        if routine.leave.is_some() != routine.back.is_some() {
            checker.fault(
                "people",
                slug,
                name,
                "leave and return belong together".to_owned(),
                "both of them, or neither".to_owned(),
            );
        }
    }
}

fn one_device(checker: &mut Checker<'_>, house: &HouseFile, device: &DeviceFile) {
    let slug = device.slug.as_str();
    let words = device.kind.words();
    let areas: Vec<&Slug> = house.areas.iter().map(|area| &area.slug).collect();
    if let Some(area) = &device.area {
        checker.known(("devices", slug, "area"), area, &areas, "area");
    }
    let given = serde_json::to_value(&device.options).unwrap_or_default();
    for option in given.as_object().into_iter().flat_map(|given| given.keys()) {
        if !words.options.contains(&option.as_str()) {
            let right = if words.options.is_empty() {
                format!("no options for a {}", words.word)
            } else {
                format!("one of {} for a {}", words.options.join(", "), words.word)
            };
            let wrong = format!("`{option}` means nothing here");
            checker.fault("devices", slug, option, wrong, right);
        }
    }
    options(checker, house, device);
    let slots = slots_of(device);
    let names: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
    for (name, value) in &device.start {
        match slots.iter().find(|slot| slot.name == name) {
            None => checker.fault(
                "devices",
                slug,
                name,
                format!("start names `{name}`, which this device does not have"),
                format!("one of {}", names.join(", ")),
            ),
            Some(slot) => {
                if let Err(refusal) = slot.accept(value) {
                    checker.fault("devices", slug, name, refusal.message, refusal.expected);
                }
            }
        }
    }
    for (name, [least, most]) in &device.limits {
        let right = "[least, most] within what the kind allows".to_owned();
        // The slots already carry the narrowed limits, so only the order and the name are left.
        if !names.contains(&name.as_str()) {
            let wrong = format!("limits name `{name}`, which this device does not have");
            checker.fault(
                "devices",
                slug,
                name,
                wrong,
                format!("one of {}", names.join(", ")),
            );
        } else if least >= most {
            checker.fault(
                "devices",
                slug,
                name,
                format!("[{least}, {most}] is empty"),
                right,
            );
        }
    }
}

fn options(checker: &mut Checker<'_>, house: &HouseFile, device: &DeviceFile) {
    let slug = device.slug.as_str();
    let options = &device.options;
    let windows: Vec<&Slug> = house
        .areas
        .iter()
        .flat_map(|area| &area.windows)
        .map(|window| &window.slug)
        .collect();
    if let Some(window) = &options.window {
        checker.known(("devices", slug, "window"), window, &windows, "window");
    }
    let people: Vec<&Slug> = house.people.iter().map(|person| &person.slug).collect();
    match &options.person {
        Some(person) => checker.known(("devices", slug, "person"), person, &people, "person"),
        None if matches!(device.kind, Kind::Tracker) => checker.fault(
            "devices",
            slug,
            "person",
            "a tracker belongs to a person".to_owned(),
            "options = { person = \"...\" }".to_owned(),
        ),
        None => {}
    }
    if let Some(appliance) = &options.appliance
        && !CURVES.iter().any(|(name, _)| name == appliance)
    {
        let names: Vec<&str> = CURVES.iter().map(|(name, _)| *name).collect();
        checker.fault(
            "devices",
            slug,
            "appliance",
            format!("`{appliance}` is no appliance"),
            format!("one of {}", names.join(", ")),
        );
    }
    let classes: &[&str] = match device.kind {
        Kind::Cover => &["blind", "shutter", "curtain", "awning", "garage"],
        _ => &["door", "window"],
    };
    if let Some(class) = &options.class
        && !classes.contains(&class.as_str())
    {
        let right = format!("one of {}", classes.join(", "));
        checker.fault(
            "devices",
            slug,
            "class",
            format!("`{class}` is no class"),
            right,
        );
    }
    for (field, value, most) in [
        ("watts", options.watts, 20_000.0),
        ("lumens", options.lumens, 50_000.0),
        ("heats", options.heats, 50_000.0),
        ("cools", options.cools, 50_000.0),
        ("max_watts", options.max_watts, 100_000.0),
        ("capacity", options.capacity, 1_000.0),
        ("travel", options.travel, 600.0),
        ("cop", options.cop, 10.0),
    ] {
        if let Some(value) = value {
            checker.within(("devices", slug, field), value, 0.0, most, "");
        }
    }
    if options.capacity == Some(0.0) {
        let wrong = "0 kWh hold nothing".to_owned();
        checker.fault("devices", slug, "capacity", wrong, "more than 0".to_owned());
    }
    for [minutes, watts] in options.curve.iter().flatten() {
        checker.within(
            ("devices", slug, "curve"),
            *minutes,
            0.05,
            1_440.0,
            "minutes",
        );
        checker.within(("devices", slug, "curve"), *watts, 0.0, 20_000.0, "W");
    }
    if options.curve.as_ref().is_some_and(Vec::is_empty) {
        let wrong = "an empty curve".to_owned();
        checker.fault(
            "devices",
            slug,
            "curve",
            wrong,
            "[[minutes, watts], ...]".to_owned(),
        );
    }
}
