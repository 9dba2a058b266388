//! From what is said of a house to a house of twins.

use super::setup::Setup;
use super::{Fault, Wrong, fault};
use crate::engine::Setting;
use crate::sun::Location;
use jiff::tz::TimeZone;
use model::{
    Announcement, AreaEdit, Change, Connectivity, FloorEdit, Grant, HouseId, Now, PersonEdit,
    Presence, Report, ReportBody, Request, RequestBody, Timestamp,
};
use std::time::Duration;
use store::{Kept, KeptValue};
use twin::{House, Input, Limits, Snapshot};

/// The driver of the devices that a story describes itself.
const DRIVER: &str = "story";

/// A house that is described elsewhere.
#[derive(Debug, Clone)]
pub enum Base {
    /// By lines as in a story.
    Lines(String),
    /// By what its devices say of themselves.
    Stage(Box<Stage>),
}

/// A house, as its devices describe it.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its time zone.
    pub zone: TimeZone,
    /// Where it stands.
    pub location: Option<Location>,
    /// Who lives there; they are at home.
    pub people: Vec<String>,
    /// What its devices report at the beginning.
    pub reports: Vec<Report>,
}

/// A house that is built, with what is still to happen before the story begins.
pub(super) struct Built {
    pub(super) house: House,
    pub(super) setting: Setting,
    pub(super) begin: Timestamp,
    pub(super) rest: Vec<(usize, super::entry::Entry)>,
}

/// Builds a house. `lines` are those of its file and of the story itself, in order.
pub(super) fn build(stage: Option<Stage>, lines: Vec<(usize, Setup)>) -> Result<Built, Fault> {
    let (mut zone, mut location) = (None, None);
    let mut time = None;
    for (_, line) in &lines {
        match line {
            Setup::Place(named, at) => {
                zone = Some(named.clone());
                location = *at;
            }
            Setup::Time(at) => time = Some(*at),
            _ => {}
        }
    }
    if let Some(stage) = &stage
        && zone.is_none()
    {
        zone = Some(stage.zone.clone());
        location = stage.location;
    }
    let zone = zone.ok_or_else(|| {
        fault(
            1,
            "nobody knows where the house stands",
            "`place 52.37 4.90 Europe/Amsterdam`, or `zone Europe/Amsterdam`",
        )
    })?;
    let time = time.ok_or_else(|| {
        fault(
            1,
            "it does not say when it begins",
            "a line such as `time 2026-11-23 20:00` under `house`",
        )
    })?;
    let begin = zone
        .to_ambiguous_zoned_datetime(time)
        .compatible()
        .map_err(|error| fault(1, error.to_string(), "a time that comes"))?
        .timestamp();
    let now = Now::new(begin, Duration::ZERO);
    let (mut house, _) = House::restore(nothing(), Limits::default(), now);
    for report in stage.iter().flat_map(|stage| stage.reports.iter().cloned()) {
        house.apply(Input::Report(report), now);
    }
    for name in stage.iter().flat_map(|stage| &stage.people) {
        person(&mut house, name, Presence::Home, now).map_err(|wrong| at(1, wrong))?;
    }
    let mut rest = Vec::new();
    for (number, line) in lines {
        let done = match line {
            Setup::Place(..) | Setup::Time(_) => Ok(()),
            Setup::Floor(name) => floor(&mut house, &name, now),
            Setup::Area(name, on) => area(&mut house, &name, on, now),
            Setup::Person(name, presence) => person(&mut house, &name, presence, now),
            Setup::Device(announcement) => {
                device(&mut house, *announcement, now);
                Ok(())
            }
            Setup::Entry(entry) => {
                rest.push((number, entry));
                Ok(())
            }
        };
        done.map_err(|wrong| at(number, wrong))?;
    }
    Ok(Built {
        house,
        setting: Setting { zone, location },
        begin,
        rest,
    })
}

fn at(line: usize, (message, expected): Wrong) -> Fault {
    fault(line, message, expected)
}

fn nothing() -> Kept {
    Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".into(),
        floors: Vec::new(),
        areas: Vec::new(),
        people: Vec::new(),
        devices: Vec::new(),
        last_seen: Vec::new(),
        discoveries: Vec::new(),
        values: Vec::new(),
        pending: Vec::new(),
        outcomes: Vec::new(),
        constraints: Vec::new(),
        refusals: Vec::new(),
        last_kept: None,
    }
}

/// All that a database would have kept of a house.
pub(super) fn kept(house: &Snapshot) -> Kept {
    let mut kept = nothing();
    kept.epoch = house.position.epoch + 1;
    kept.mode = house.mode.to_string();
    kept.constraints = house.constraints.edited();
    kept.floors = house.floors.values().map(|it| (**it).clone()).collect();
    kept.areas = house.areas.values().map(|it| (**it).clone()).collect();
    kept.people = house.people.values().map(|it| (**it).clone()).collect();
    kept.devices = house
        .devices
        .values()
        .map(|it| (*it.device).clone())
        .collect();
    kept.pending = house
        .wishes
        .values()
        .filter(|wish| wish.state == model::WishState::Pending)
        .map(|wish| (**wish).clone())
        .collect();
    for twin in house.devices.values() {
        for (path, property) in twin.properties.iter() {
            let Some(reported) = &property.reported else {
                continue;
            };
            kept.values.push(KeptValue {
                device: twin.device.id,
                path,
                value: reported.value.clone(),
                at: reported.at,
                since: reported.since,
                cause: reported.cause.clone(),
            });
        }
    }
    kept
}

fn manage(house: &mut House, body: RequestBody, now: Now) -> Result<(), Wrong> {
    let request = Request::new(Grant::operator(), body);
    match house.apply(Input::Request(Box::new(request)), now).answer {
        Some((_, Err(refusal))) => Err((refusal.message, refusal.expected)),
        _ => Ok(()),
    }
}

fn floor(house: &mut House, name: &str, now: Now) -> Result<(), Wrong> {
    if house.snapshot().floor(name).is_some() {
        return Ok(());
    }
    let edit = FloorEdit {
        name: Change::Set(name.to_owned()),
        ..FloorEdit::default()
    };
    manage(house, RequestBody::PutFloor { floor: None, edit }, now)
}

fn area(house: &mut House, name: &str, on: Option<String>, now: Now) -> Result<(), Wrong> {
    if let Some(on) = &on {
        floor(house, on, now)?;
    }
    let there = house.snapshot().area(name).is_some();
    let edit = AreaEdit {
        name: if there {
            Change::Keep
        } else {
            Change::Set(name.to_owned())
        },
        floor: on.map_or(Change::Keep, |on| Change::Set(Some(on.into()))),
        ..AreaEdit::default()
    };
    let area = there.then(|| name.into());
    manage(house, RequestBody::PutArea { area, edit }, now)
}

fn person(house: &mut House, name: &str, presence: Presence, now: Now) -> Result<(), Wrong> {
    let there = house.snapshot().person(name).is_some();
    let edit = PersonEdit {
        name: if there {
            Change::Keep
        } else {
            Change::Set(name.to_owned())
        },
        presence: Change::Set(presence),
        ..PersonEdit::default()
    };
    let person = there.then(|| name.into());
    manage(house, RequestBody::PutPerson { person, edit }, now)
}

fn device(house: &mut House, announcement: Announcement, now: Now) {
    let online = ReportBody::Connectivity {
        native_id: announcement.native_id.clone(),
        connectivity: Connectivity::Online,
        reason: None,
    };
    for body in [ReportBody::Announced(Box::new(announcement)), online] {
        let driver = DRIVER.to_owned();
        house.apply(Input::Report(Report { driver, body }), now);
    }
}
