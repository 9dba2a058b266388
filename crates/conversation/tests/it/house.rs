//! Houses for the corpus, written down in `tests/corpus/houses`.

use conversation::house::{Extra, Gazetteer, Named};
use conversation::lang::Language;
use model::{
    Announcement, AreaEdit, Capability, Change, Connectivity, DeviceEdit, DeviceKind, FloorEdit,
    Grant, HouseId, Instance, Now, PersonEdit, Presence, Reading, Report, ReportBody, Request,
    RequestBody, Timestamp, Value, capability as c,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use store::Kept;
use twin::{House, Input, Limits};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HouseFile {
    #[serde(default)]
    floors: Vec<FloorFile>,
    #[serde(default)]
    areas: Vec<AreaFile>,
    #[serde(default)]
    people: Vec<String>,
    #[serde(default)]
    scenarios: Vec<String>,
    #[serde(default)]
    scenes: Vec<String>,
    devices: Vec<DeviceFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorFile {
    name: String,
    level: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    name: String,
    floor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceFile {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) area: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    modes: Vec<String>,
    #[serde(default)]
    state: BTreeMap<String, toml::Value>,
}

/// A house, ready to be spoken to.
pub(crate) struct Home {
    pub(crate) house: House,
    pub(crate) words: Gazetteer,
    /// What each device was written down as: slug, type, area, floor.
    pub(crate) devices: Vec<(String, String, String, String)>,
}

fn shapes(kind: &str, modes: &[String]) -> (DeviceKind, Vec<Instance>) {
    let full = Instance::full;
    let with_words = |capability: &'static Capability, property: &str, words: &[String]| {
        let mut instance = full(capability);
        if !words.is_empty() {
            for shape in instance
                .properties
                .iter_mut()
                .filter(|shape| shape.name == property)
            {
                shape.values = Some(words.to_vec());
            }
        }
        instance
    };
    match kind {
        "light" => (DeviceKind::Light, vec![full(&c::ON_OFF)]),
        "dimmer" => (
            DeviceKind::Light,
            vec![full(&c::ON_OFF), full(&c::LEVEL_CONTROL)],
        ),
        "color" => (
            DeviceKind::Light,
            vec![
                full(&c::ON_OFF),
                full(&c::LEVEL_CONTROL),
                full(&c::COLOR_CONTROL),
            ],
        ),
        "switch" => (DeviceKind::Switch, vec![full(&c::ON_OFF)]),
        "outlet" => (
            DeviceKind::Outlet,
            vec![
                full(&c::ON_OFF),
                full(&c::ELECTRICAL_POWER),
                full(&c::ELECTRICAL_ENERGY),
            ],
        ),
        "thermostat" => (
            DeviceKind::Thermostat,
            vec![Instance::of(
                &c::THERMOSTAT,
                [
                    "local_temperature",
                    "heating_setpoint",
                    "system_mode",
                    "running_state",
                ],
            )],
        ),
        "climate" => (DeviceKind::Thermostat, vec![full(&c::THERMOSTAT)]),
        "lock" => (
            DeviceKind::Lock,
            vec![full(&c::DOOR_LOCK), full(&c::POWER_SOURCE)],
        ),
        "garage" => (
            DeviceKind::GarageDoor,
            vec![Instance::of(&c::WINDOW_COVERING, ["position", "motion"]).action("stop")],
        ),
        "cover" => (
            DeviceKind::Cover,
            vec![Instance::of(&c::WINDOW_COVERING, ["position", "motion"]).action("stop")],
        ),
        "tilt" => (
            DeviceKind::Cover,
            vec![full(&c::WINDOW_COVERING).action("stop")],
        ),
        "fan" => (
            DeviceKind::Fan,
            vec![full(&c::ON_OFF), full(&c::FAN_CONTROL)],
        ),
        "valve" => (DeviceKind::Valve, vec![Instance::of(&c::VALVE, ["open"])]),
        "media" => (
            DeviceKind::MediaPlayer,
            vec![
                with_words(&c::MEDIA_PLAYBACK, "source", modes)
                    .action("next")
                    .action("previous"),
            ],
        ),
        "contact" => (
            DeviceKind::Contact,
            vec![full(&c::CONTACT), full(&c::POWER_SOURCE)],
        ),
        "motion" => (
            DeviceKind::Motion,
            vec![
                full(&c::OCCUPANCY_SENSING),
                full(&c::ILLUMINANCE_MEASUREMENT),
                full(&c::POWER_SOURCE),
            ],
        ),
        "sensor" => (
            DeviceKind::Sensor,
            vec![
                full(&c::TEMPERATURE_MEASUREMENT),
                full(&c::RELATIVE_HUMIDITY_MEASUREMENT),
                full(&c::POWER_SOURCE),
            ],
        ),
        "air" => (DeviceKind::Sensor, vec![full(&c::AIR_QUALITY)]),
        "leak" => (DeviceKind::Leak, vec![full(&c::WATER_LEAK)]),
        "smoke" => (DeviceKind::Smoke, vec![full(&c::SMOKE_CO_ALARM)]),
        "meter" => (
            DeviceKind::Meter,
            vec![full(&c::ELECTRICAL_POWER), full(&c::ELECTRICAL_ENERGY)],
        ),
        "battery" => (
            DeviceKind::Battery,
            vec![full(&c::POWER_SOURCE), full(&c::ELECTRICAL_POWER)],
        ),
        "charger" => (DeviceKind::Charger, vec![full(&c::ENERGY_EVSE)]),
        "alarm" => (DeviceKind::Alarm, vec![full(&c::SECURITY_ALARM)]),
        "weather" => (
            DeviceKind::Weather,
            vec![
                full(&c::TEMPERATURE_MEASUREMENT),
                full(&c::RELATIVE_HUMIDITY_MEASUREMENT),
                full(&c::WEATHER_STATION),
            ],
        ),
        "appliance" => {
            let mut all = vec![full(&c::ON_OFF), full(&c::ELECTRICAL_POWER)];
            if !modes.is_empty() {
                all.push(with_words(&c::MODE_SELECT, "mode", modes));
            }
            (DeviceKind::Appliance, all)
        }
        "tracker" => (
            DeviceKind::Person,
            vec![full(&c::PRESENCE), full(&c::POWER_SOURCE)],
        ),
        "button" => (DeviceKind::Button, vec![full(&c::BUTTON)]),
        other => panic!("no type of device is called {other}"),
    }
}

fn nothing_kept() -> Kept {
    Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".into(),
        floors: vec![],
        areas: vec![],
        people: vec![],
        devices: vec![],
        last_seen: vec![],
        discoveries: vec![],
        values: vec![],
        pending: vec![],
        outcomes: vec![],
        constraints: Vec::new(),
        refusals: Default::default(),
        last_kept: None,
    }
}

impl Home {
    pub(crate) fn read(file: &str, language: &Language) -> Self {
        let file: HouseFile = toml::from_str(file).unwrap();
        let at: Timestamp = "2026-11-20T17:00:00Z".parse().unwrap();
        let now = Now::new(at, Duration::ZERO);
        let (mut house, _) = House::restore(nothing_kept(), Limits::default(), now);
        let ask = |house: &mut House, body: RequestBody| {
            let effects = house.apply(
                Input::Request(Box::new(Request::new(Grant::operator(), body))),
                now,
            );
            if let Some((_, Err(refusal))) = effects.answer {
                panic!("{refusal:?}");
            }
        };
        for floor in &file.floors {
            ask(
                &mut house,
                RequestBody::PutFloor {
                    floor: None,
                    edit: FloorEdit {
                        name: Change::Set(floor.name.clone()),
                        level: Change::Set(floor.level),
                        ..FloorEdit::default()
                    },
                },
            );
        }
        for area in &file.areas {
            let floor = Change::Set(area.floor.clone().map(Into::into));
            ask(
                &mut house,
                RequestBody::PutArea {
                    area: None,
                    edit: AreaEdit {
                        name: Change::Set(area.name.clone()),
                        floor,
                        ..AreaEdit::default()
                    },
                },
            );
        }
        for person in &file.people {
            ask(
                &mut house,
                RequestBody::PutPerson {
                    person: None,
                    edit: PersonEdit {
                        name: Change::Set(person.clone()),
                        presence: Change::Set(Presence::Home),
                        ..PersonEdit::default()
                    },
                },
            );
        }
        let mut devices = Vec::new();
        for (index, device) in file.devices.iter().enumerate() {
            let native = format!("d{index}");
            let (kind, capabilities) = shapes(&device.kind, &device.modes);
            let announced = Announcement {
                native_id: native.clone(),
                name: device.name.clone(),
                slug: None,
                kind,
                manufacturer: None,
                model: None,
                via: None,
                area: device.area.clone(),
                capabilities,
                adopt: true,
                manual: None,
            };
            let online = ReportBody::Connectivity {
                native_id: native.clone(),
                connectivity: Connectivity::Online,
                reason: None,
            };
            let readings: Vec<Reading> = device
                .state
                .iter()
                .map(|(path, value)| {
                    let value: Value = match value {
                        toml::Value::Boolean(truth) => (*truth).into(),
                        toml::Value::Integer(number) => (*number as f64).into(),
                        toml::Value::Float(number) => (*number).into(),
                        other => other.as_str().unwrap().into(),
                    };
                    Reading::new(path.parse().unwrap(), value)
                })
                .collect();
            for body in [
                ReportBody::Announced(Box::new(announced)),
                online,
                ReportBody::Values {
                    native_id: native.clone(),
                    readings,
                },
            ] {
                house.apply(
                    Input::Report(Report {
                        driver: "test".into(),
                        body,
                    }),
                    now,
                );
            }
            let key = model::Key {
                driver: "test".into(),
                native_id: native,
            };
            let twin = house.snapshot().device_by_key(&key).cloned().unwrap();
            let slug = twin.device.slug.as_str().to_owned();
            if !device.aliases.is_empty() {
                ask(
                    &mut house,
                    RequestBody::EditDevice {
                        device: slug.as_str().into(),
                        edit: DeviceEdit {
                            aliases: Change::Set(device.aliases.clone()),
                            ..DeviceEdit::default()
                        },
                    },
                );
            }
            let area = device.area.clone().unwrap_or_default();
            let floor = file
                .areas
                .iter()
                .find(|it| it.name == area)
                .and_then(|it| it.floor.clone())
                .unwrap_or_default();
            devices.push((slug, device.kind.clone(), area, floor));
        }
        let named = |names: &[String]| -> Vec<Named> {
            names
                .iter()
                .map(|name| Named {
                    slug: name.to_lowercase().replace(' ', "-"),
                    name: name.clone(),
                    numbers: vec![],
                })
                .collect()
        };
        let extra = Extra {
            scenarios: named(&file.scenarios),
            scenes: named(&file.scenes),
        };
        let words = Gazetteer::new(house.snapshot(), extra, language);
        Self {
            house,
            words,
            devices,
        }
    }

    /// The slugs that a selector names: `slug`, `@Area:type,type`, `@:light`, `@/Floor:light`.
    pub(crate) fn select(&self, selector: &str) -> Vec<String> {
        let mut chosen: Vec<String> = Vec::new();
        for part in selector.split_whitespace() {
            if let Some(left_out) = part.strip_prefix('-') {
                chosen.retain(|slug| slug != left_out);
                continue;
            }
            let Some(group) = part.strip_prefix('@') else {
                assert!(
                    self.devices.iter().any(|device| device.0 == part),
                    "no device is called {part} in {selector}"
                );
                chosen.push(part.to_owned());
                continue;
            };
            let (place, kinds) = group.split_once(':').unwrap();
            let place = place.replace('_', " ");
            for (slug, kind, area, floor) in &self.devices {
                let there = place.is_empty()
                    || *area == place
                    || place.strip_prefix('/').is_some_and(|place| floor == place);
                let light = kinds.split(',').any(|one| one == "lights")
                    && ["light", "dimmer", "color"].contains(&kind.as_str());
                if there && (light || kinds.split(',').any(|one| one == kind)) {
                    chosen.push(slug.clone());
                }
            }
        }
        chosen.sort();
        chosen.dedup();
        assert!(!chosen.is_empty(), "`{selector}` selects nothing");
        chosen
    }
}
