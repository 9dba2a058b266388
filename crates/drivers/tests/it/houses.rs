//! The simulator's sample houses, announced to the driver: what arrives of what they have.

use drivers::mqtt::{Mqtt, Options};
use expect_test::expect;
use model::{Announcement, DriverCommand, Goal, Order, Report, ReportBody, Value, WishId};
use sim::World;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

const SAMPLES: [&str; 3] = ["studio.toml", "family.toml", "off-grid.toml"];

/// What the driver made of a house.
struct Arrived {
    devices: Vec<Announcement>,
    /// What it read, by native id and path.
    values: BTreeMap<String, Option<Value>>,
}

impl Arrived {
    fn device(&self, slug: &str) -> &Announcement {
        let id = format!("sim_{slug}");
        self.devices
            .iter()
            .find(|device| device.native_id == id)
            .unwrap_or_else(|| panic!("{id} did not arrive"))
    }
}

/// A core that heard everything that a house says.
fn heard(world: &World) -> Mqtt {
    let mut core = Mqtt::new(Options::default());
    hear(&mut core, world);
    core
}

fn hear(core: &mut Mqtt, world: &World) -> Vec<Report> {
    let messages = sim::mqtt::announce(world);
    messages
        .iter()
        .flat_map(|message| {
            let payload = message.payload.as_bytes();
            core.on_message(&message.topic, payload, message.retain, Duration::ZERO)
        })
        .collect()
}

fn arrived(world: &World) -> Arrived {
    let mut core = heard(world);
    let devices = core
        .take_announcements()
        .into_iter()
        .filter_map(|report| match report.body {
            ReportBody::Announced(device) => Some(*device),
            _ => None,
        })
        .collect();
    let mut values = BTreeMap::new();
    // What is kept comes again with the subscriptions.
    for report in hear(&mut core, world) {
        if let ReportBody::Values {
            native_id,
            readings,
        } = report.body
        {
            for reading in readings {
                values.insert(format!("{native_id} {}", reading.path), reading.value);
            }
        }
    }
    Arrived { devices, values }
}

fn world(name: &str) -> World {
    let houses = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../houses");
    let file = sim::file::read(&houses.join(name)).unwrap_or_else(|error| panic!("{error}"));
    World::new(file, "2026-03-02T06:00:00Z".parse().unwrap(), None)
}

#[test]
fn every_capability_arrives() {
    let mut seen = BTreeSet::new();
    for name in SAMPLES {
        for device in arrived(&world(name)).devices {
            for instance in device.capabilities {
                seen.insert(instance.capability.name);
            }
        }
    }
    let missing: Vec<&str> = model::capability::ALL
        .iter()
        .map(|capability| capability.name)
        .filter(|name| !seen.contains(name))
        // A forecast is not of a device: it comes from the weather's own interface.
        .filter(|name| *name != "WeatherForecast")
        .collect();
    // There is none that the convention and the key `capability` together cannot carry.
    assert!(missing.is_empty(), "{missing:?}");
}

/// Lists by kind what the simulator's devices have and the driver does not announce or read. Only
/// kinds are left: the convention has no word for a machine, a store of energy or a display.
#[test]
fn what_devices_have_arrives_as_what_it_is() {
    let mut lost = BTreeSet::new();
    for name in SAMPLES {
        let world = world(name);
        let arrived = arrived(&world);
        for device in &world.devices {
            let kind = device.kind.words();
            let announced = arrived.device(&device.slug);
            if announced.kind != kind.is {
                lost.insert(format!("{}: arrives as {}", kind.word, announced.kind));
            }
            for slot in &device.slots {
                let Some(table) = slot.capability.filter(|_| slot.name != "linkquality") else {
                    continue;
                };
                let what = format!("{}: {}.{}", kind.word, table.name, slot.name);
                let found = announced
                    .capabilities
                    .iter()
                    .filter(|instance| instance.capability == table)
                    .find_map(|instance| {
                        // A generic one is called by its label; its table has one property.
                        let name = table
                            .property(slot.name)
                            .unwrap_or(&table.properties[0])
                            .name;
                        Some((instance.path(name)?, instance.property(name)?))
                    });
                match found {
                    None => {
                        lost.insert(what);
                    }
                    Some((path, shape)) => {
                        if shape.writable != slot.settable {
                            lost.insert(format!("{what} writable {}", shape.writable));
                        }
                        let id = format!("{} {path}", announced.native_id);
                        if !arrived.values.contains_key(&id) {
                            lost.insert(format!("{what} has no value"));
                        }
                    }
                }
            }
            for (action, _) in &device.actions {
                let takes = |instance: &model::Instance| {
                    let actions = &instance.actions;
                    actions.iter().any(|own| own == action || own == "activate")
                };
                if !announced.capabilities.iter().any(takes) {
                    lost.insert(format!("{}: {action}()", kind.word));
                }
            }
        }
    }
    let lost: String = lost.iter().map(|line| format!("{line}\n")).collect();
    expect![[r#"
        appliance: arrives as meter
        appliance: arrives as outlet
        battery: arrives as meter
        cover: arrives as garage_door
        display: arrives as sensor
        generator: arrives as outlet
    "#]]
    .assert_eq(&lost);
}

#[test]
fn a_player_a_charger_and_a_station_are_what_they_are_called() {
    let arrived = arrived(&world("family.toml"));
    let mut text = String::new();
    for slug in ["living_speaker", "car_charger", "garden_weather"] {
        let device = arrived.device(slug);
        text.push_str(&format!("{slug} {}\n", device.kind));
        for instance in &device.capabilities {
            let names: Vec<&str> = instance
                .properties
                .iter()
                .map(|shape| shape.name.as_str())
                .chain(instance.actions.iter().map(String::as_str))
                .collect();
            let (endpoint, name) = (instance.endpoint, instance.capability.name);
            text.push_str(&format!("  {endpoint}:{name} {}\n", names.join(" ")));
        }
    }
    expect![[r#"
        living_speaker media_player
          1:MediaPlayback muted playback_state source title volume next previous
        car_charger charger
          1:ElectricalEnergyMeasurement energy_imported
          1:EnergyEvse charge_power charging_enabled max_charge_current session_energy state
        garden_weather weather
          1:IlluminanceMeasurement illuminance
          1:PressureMeasurement pressure
          1:RelativeHumidityMeasurement humidity
          1:TemperatureMeasurement temperature
          1:WeatherStation cloud_cover condition rain_rate rain_total uv_index wind_direction wind_gust wind_speed
    "#]].assert_eq(&text);
}

#[test]
fn a_wish_reaches_the_simulated_player() {
    let mut world = world("family.toml");
    let mut core = heard(&world);
    core.take_announcements();
    for goal in [
        Goal::Target {
            values: vec![("volume".to_owned(), 42.0.into())],
        },
        Goal::Target {
            values: vec![("playback_state".to_owned(), "playing".into())],
        },
        Goal::Action {
            command: "next".to_owned(),
        },
    ] {
        let answer = core.on_order(&Order::Command(DriverCommand {
            wish: WishId::new(),
            native_id: "sim_living_speaker".to_owned(),
            endpoint: 1,
            capability: "MediaPlayback".to_owned(),
            goal,
        }));
        assert_eq!(answer.publishes.len(), 1, "{:?}", answer.reports);
        for publish in answer.publishes {
            sim::mqtt::command(&mut world, &publish.topic, publish.payload.as_bytes())
                .unwrap_or_else(|refusal| panic!("{}: {refusal}", publish.topic));
        }
    }
}
