//! Somebody else's devices: a real zigbee2mqtt, its radio faked at the lowest layer only, over a real
//! Mosquitto, into the whole product: they appear, report, are recorded and are controlled.

use crate::support::{PATIENCE, Server, has, lines_of};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// A process of somebody else's; ended when it is dropped.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A private Mosquitto on a free port of the loopback.
fn mosquitto(folder: &Path) -> (Peer, u16) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let file = folder.join("mosquitto.conf");
    let text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
    );
    std::fs::write(&file, text).unwrap();
    let child = Command::new("mosquitto")
        .arg("-c")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "Mosquitto does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    (Peer(child), port)
}

fn zigbee2mqtt(port: u16, folder: &Path) -> Option<(Peer, Receiver<String>)> {
    let home = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/peers/zigbee2mqtt"
    ));
    if !home.join("node_modules/zigbee2mqtt").is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "zigbee2mqtt is not installed; tests/needs installs it"
        );
        eprintln!("SKIPPED: zigbee2mqtt is not installed; tests/needs installs it");
        return None;
    }
    let mut child = Command::new(home.join("run.sh"))
        .env("MQTT_URL", format!("mqtt://127.0.0.1:{port}"))
        .env("DATA_DIR", folder.join("zigbee2mqtt"))
        .env("OFFLINE_AFTER_S", "5")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    Some((Peer(child), lines))
}

/// Waits for a line of the bench that is what is looked for.
fn wait_for(lines: &Receiver<String>, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let line = lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .unwrap();
        if let Ok(said) = serde_json::from_str::<Value>(&line)
            && wanted(&said)
        {
            return said;
        }
    }
}

fn tell(peer: &mut Peer, order: &Value) {
    writeln!(peer.0.stdin.as_mut().unwrap(), "{order}").unwrap();
}

fn value<'a>(device: &'a Value, path: &str) -> &'a Value {
    let found = device["capabilities"].as_array().and_then(|capabilities| {
        capabilities
            .iter()
            .flat_map(|capability| capability["properties"].as_array().into_iter().flatten())
            .find(|property| property["path"] == path)
    });
    found.map_or(&Value::Null, |property| &property["reported"]["value"])
}

#[tokio::test]
async fn devices_of_a_real_zigbee2mqtt_are_watched_recorded_and_controlled() {
    if !has("mosquitto") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_broker, port) = mosquitto(folder.path());
    let url = format!("mqtt://127.0.0.1:{port}");
    let server = Server::start(folder.path(), &["serve"], &[("MQTT_URL", &url)]);
    let Some((mut bench, lines)) = zigbee2mqtt(port, folder.path()) else {
        return;
    };
    wait_for(&lines, |said| said["ready"] == json!(true));

    // They appear by themselves, with what they can do.
    for (slug, kind, capability) in [
        ("living_room_lamp", "light", "ColorControl"),
        ("kitchen_plug", "outlet", "ElectricalPowerMeasurement"),
        ("bathroom_climate", "sensor", "TemperatureMeasurement"),
        ("front_door_contact", "contact", "Contact"),
        ("bedroom_blind", "cover", "WindowCovering"),
        ("front_door_lock", "lock", "DoorLock"),
    ] {
        let device = server
            .until(&format!("/api/devices/{slug}"), |device| {
                device["connectivity"] == "online"
            })
            .await;
        assert_eq!(device["kind"], kind, "{device}");
        let has_it = device["capabilities"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["name"] == capability);
        assert!(has_it, "{slug} has {capability}: {device}");
    }

    // They report.
    tell(
        &mut bench,
        &json!({ "device": "bathroom_climate", "set": { "temperature": 23.4 } }),
    );
    let temperature = "TemperatureMeasurement.temperature";
    server
        .until("/api/devices/bathroom_climate", |device| {
            value(device, temperature) == &json!(23.4)
        })
        .await;
    tell(
        &mut bench,
        &json!({ "device": "front_door_contact", "set": { "open": true } }),
    );
    server
        .until("/api/devices/front_door_contact", |device| {
            value(device, "Contact.open") == &json!(true)
        })
        .await;

    // What they report is recorded.
    let history =
        format!("/api/devices/bathroom_climate/history?property={temperature}&resolution=raw");
    server
        .until(&history, |history| {
            history["points"]
                .as_array()
                .is_some_and(|points| points.iter().any(|point| point["value"] == 23.4))
        })
        .await;

    // They are controlled, down to the frame on the air, and the answer closes the wish.
    let (status, answer) = server
        .command("living_room_lamp", "OnOff", "on", json!({}))
        .await;
    assert_eq!(
        (status, &answer["wish"]["state"]),
        (200, &json!("reached")),
        "{answer}"
    );
    let frame = wait_for(&lines, |said| {
        said["zcl"]["cluster"] == "genOnOff" && said["zcl"]["device"] == "living_room_lamp"
    });
    assert_eq!(frame["zcl"]["command"], "on", "{frame}");
    let (status, answer) = server
        .command(
            "living_room_lamp",
            "LevelControl",
            "move_to_level",
            json!({ "level": 40 }),
        )
        .await;
    assert_eq!(
        (status, &answer["wish"]["state"]),
        (200, &json!("reached")),
        "{answer}"
    );

    // A lamp without power is told so, and healed.
    tell(
        &mut bench,
        &json!({ "device": "living_room_lamp", "reachable": false }),
    );
    server
        .until("/api/devices/living_room_lamp", |device| {
            device["connectivity"] == "offline"
        })
        .await;
    tell(
        &mut bench,
        &json!({ "device": "living_room_lamp", "reachable": true }),
    );
    server
        .until("/api/devices/living_room_lamp", |device| {
            device["connectivity"] == "online"
        })
        .await;
    assert_eq!(server.end(), Some(0));
}
