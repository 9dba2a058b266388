//! A real zigbee2mqtt (its radio faked at the lowest layer) over a real Mosquitto, and the driver:
//! its devices appear, report, and are controlled, down to the frames that go to the radio.

use crate::support::{House, Mosquitto, PATIENCE, skipped};
use drivers::mqtt;
use model::{
    Announcement, Connectivity, DeviceKind, DriverCommand, Goal, Order, ReportBody, Value, WishId,
};
use serde_json::{Value as Json, json};
use std::{collections::HashMap, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// zigbee2mqtt at work; it ends with the value.
struct Bench {
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn start(port: u16) -> Option<Self> {
        let home = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/zigbee2mqtt");
        if !home.join("node_modules/zigbee2mqtt/package.json").is_file() {
            skipped("zigbee2mqtt is not installed (npm ci in tests/peers/zigbee2mqtt)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(home.join("run.sh"))
            .env("MQTT_URL", format!("mqtt://127.0.0.1:{port}"))
            .env("DATA_DIR", folder.path().join("data"))
            .env("OFFLINE_AFTER_S", "10")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Some(Self {
            input: child.stdin.take().unwrap(),
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            _child: child,
            _folder: folder,
        })
    }

    async fn say(&mut self, order: Json) {
        self.input
            .write_all(format!("{order}\n").as_bytes())
            .await
            .unwrap();
    }

    /// The next line that is what we wait for.
    async fn until(&mut self, what: &str, is_it: impl Fn(&Json) -> bool) -> Json {
        timeout(PATIENCE, async {
            loop {
                let line = self
                    .lines
                    .next_line()
                    .await
                    .unwrap()
                    .expect("zigbee2mqtt ended");
                if let Ok(json) = serde_json::from_str::<Json>(&line)
                    && is_it(&json)
                {
                    return json;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("waited for {what}"))
    }

    /// The payload of a command that went to a device's radio.
    async fn frame(&mut self, device: &str, command: &str) -> Json {
        let json = self
            .until(command, |json| {
                json["zcl"]["device"] == device && json["zcl"]["command"] == command
            })
            .await;
        json["zcl"]["payload"].clone()
    }
}

fn names(device: &Announcement) -> Vec<&'static str> {
    let mut names: Vec<_> = device
        .capabilities
        .iter()
        .filter(|instance| instance.endpoint == 1)
        .map(|instance| instance.capability.name)
        .collect();
    names.dedup();
    names
}

async fn tell(house: &mut House, id: &str, capability: &str, values: &[(&str, Value)]) {
    let wish = WishId::new();
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    house
        .order(Order::Command(DriverCommand {
            wish,
            native_id: id.to_owned(),
            endpoint: 1,
            capability: capability.to_owned(),
            goal: Goal::Target { values },
        }))
        .await;
    house
        .until("its delivery", |body| match body {
            ReportBody::Failed {
                wish: ended,
                reason,
            } if *ended == wish => panic!("{reason}"),
            ReportBody::Delivered { wish: ended } if *ended == wish => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_devices_appear_report_and_are_controlled() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let Some(mut bench) = Bench::start(broker.port) else {
        return;
    };
    bench
        .until("zigbee2mqtt", |json| json["ready"] == true)
        .await;
    let mut house = House::with(mqtt::factory(broker.settings(), Vec::new()));

    // Everything that comes in one burst: descriptions first, then who is there.
    let mut devices: HashMap<String, Announcement> = HashMap::new();
    let mut online = Vec::new();
    house
        .until("all devices to be there", |body| {
            match body {
                ReportBody::Announced(device) => {
                    devices.insert(device.name.clone(), (**device).clone());
                }
                ReportBody::Connectivity {
                    native_id,
                    connectivity: Connectivity::Online,
                    ..
                } => online.push(native_id.clone()),
                _ => {}
            }
            (devices.len() >= 11 && online.len() >= 11).then_some(())
        })
        .await;
    for (name, kind, has) in [
        (
            "living_room_lamp",
            DeviceKind::Light,
            &["ColorControl", "LevelControl", "OnOff"][..],
        ),
        (
            "bathroom_climate",
            DeviceKind::Sensor,
            &[
                "PressureMeasurement",
                "RelativeHumidityMeasurement",
                "TemperatureMeasurement",
            ],
        ),
        (
            "front_door_contact",
            DeviceKind::Contact,
            &["Contact", "PowerSource"],
        ),
        (
            "kitchen_plug",
            DeviceKind::Outlet,
            &[
                "ElectricalEnergyMeasurement",
                "ElectricalPowerMeasurement",
                "OnOff",
            ],
        ),
        ("bedroom_radiator", DeviceKind::Thermostat, &["Thermostat"]),
        ("bedroom_blind", DeviceKind::Cover, &["WindowCovering"]),
        ("front_door_lock", DeviceKind::Lock, &["DoorLock"]),
        ("laundry_leak", DeviceKind::Leak, &["WaterLeak"]),
        (
            "hall/motion",
            DeviceKind::Motion,
            &["OccupancySensing", "IlluminanceMeasurement"],
        ),
    ] {
        let device = &devices[name];
        assert_eq!(device.kind, kind, "{name}");
        assert!(device.adopt, "{name}");
        for capability in has {
            assert!(
                names(device).contains(capability),
                "{name} lacks {capability}: {:?}",
                names(device)
            );
        }
    }
    let id = |name: &str| devices[name].native_id.clone();

    // It reports what its sensors measure,
    bench
        .say(json!({"device": "bathroom_climate", "set": {"temperature": 23.4}}))
        .await;
    house
        .value(
            &id("bathroom_climate"),
            "TemperatureMeasurement.temperature",
            Some(23.4.into()),
        )
        .await;
    bench
        .say(json!({"device": "front_door_contact", "set": {"open": true}}))
        .await;
    house
        .value(&id("front_door_contact"), "Contact.open", Some(true.into()))
        .await;

    // and does what it is told, as frames on the radio and as values that come back.
    let lamp = id("living_room_lamp");
    tell(
        &mut house,
        &lamp,
        "LevelControl",
        &[("current_level", 50.0.into())],
    )
    .await;
    let frame = bench
        .frame("living_room_lamp", "moveToLevelWithOnOff")
        .await;
    assert_eq!(frame["level"], 127);
    house
        .until("the lamp at 50 %", |body| match body {
            ReportBody::Values {
                native_id,
                readings,
            } if *native_id == lamp => readings
                .iter()
                .any(|reading| {
                    reading.path.to_string() == "LevelControl.current_level"
                        && reading.value.as_ref().and_then(Value::as_number) == Some(50.0)
                })
                .then_some(()),
            _ => None,
        })
        .await;
    tell(
        &mut house,
        &lamp,
        "ColorControl",
        &[("color_temperature", 4_000.0.into())],
    )
    .await;
    let frame = bench.frame("living_room_lamp", "moveToColorTemp").await;
    assert_eq!(frame["colortemp"], 250);
    tell(
        &mut house,
        &lamp,
        "ColorControl",
        &[("hue", 240.0.into()), ("saturation", 90.0.into())],
    )
    .await;
    bench.frame("living_room_lamp", "moveToColor").await;

    let plug = id("kitchen_plug");
    tell(&mut house, &plug, "OnOff", &[("on_off", false.into())]).await;
    bench.frame("kitchen_plug", "off").await;
    house.value(&plug, "OnOff.on_off", Some(false.into())).await;
    let blind = id("bedroom_blind");
    tell(
        &mut house,
        &blind,
        "WindowCovering",
        &[("position", 40.0.into())],
    )
    .await;
    let frame = bench.frame("bedroom_blind", "goToLiftPercentage").await;
    assert_eq!(frame["percentageliftvalue"], 60);
    house
        .value(&blind, "WindowCovering.position", Some(40.0.into()))
        .await;

    // A lamp without power is noticed within its time, and comes back.
    bench
        .say(json!({"device": "living_room_lamp", "reachable": false}))
        .await;
    let became = |wanted: Connectivity| {
        let lamp = lamp.clone();
        move |body: &ReportBody| {
            matches!(body, ReportBody::Connectivity { native_id, connectivity, .. }
                if *native_id == lamp && *connectivity == wanted)
            .then_some(())
        }
    };
    house
        .until("the lamp to be away", became(Connectivity::Offline))
        .await;
    bench
        .say(json!({"device": "living_room_lamp", "reachable": true}))
        .await;
    house
        .until("the lamp to be back", became(Connectivity::Online))
        .await;
    house.end().await;
}
