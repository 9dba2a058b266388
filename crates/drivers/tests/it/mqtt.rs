//! The MQTT driver over a real Mosquitto.

use crate::support::{Client, House, Mosquitto, PATIENCE};
use drivers::{
    conformance::{self, Peer, Step},
    mqtt,
};
use model::{DriverCommand, DriverState, Goal, Order, ReportBody, RequestId, Value, WishId};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const LAMP: &str = r#"{"name":null,"unique_id":"lamp_light","default_entity_id":"light.reading_lamp","schema":"json",
    "command_topic":"lamp/set","state_topic":"lamp/state","brightness":true,
    "availability_topic":"lamp/here","device":{"identifiers":["lamp"],"name":"Reading lamp"}}"#;

/// A broker that can go away and come back.
pub(crate) trait Host: Send {
    fn port(&self) -> u16;
    fn leave(&mut self) -> Step<'_>;
    fn come_back(&mut self) -> Step<'_>;
}

impl Host for Mosquitto {
    fn port(&self) -> u16 {
        self.port
    }

    fn leave(&mut self) -> Step<'_> {
        Box::pin(async { self.stop(false) })
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async { self.run() })
    }
}

/// A lamp behind a broker.
pub(crate) struct Bench<H> {
    pub(crate) broker: H,
    pub(crate) count: u32,
}

impl<H: Host> Bench<H> {
    async fn client(&self) -> Client {
        Client::connect(self.broker.port()).await
    }
}

impl<H: Host + Sync> Peer for Bench<H> {
    fn announce(&mut self) -> Step<'_> {
        Box::pin(async {
            let client = self.client().await;
            client
                .publish("homeassistant/light/lamp/config", LAMP, true)
                .await;
            client.publish("lamp/here", "online", true).await;
        })
    }

    fn report(&mut self) -> Step<'_> {
        Box::pin(async {
            self.count += 1;
            let state = format!(r#"{{"state":"ON","brightness":{}}}"#, self.count % 256);
            self.client().await.publish("lamp/state", state, true).await;
        })
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            let client = self.client().await;
            let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
            for payload in [
                "{",
                "\u{0}",
                "[]",
                "null",
                "\"x\"",
                "{\"~\":5}",
                deep.as_str(),
            ] {
                client
                    .publish("homeassistant/light/bad/config", payload, true)
                    .await;
                client.publish("lamp/state", payload, false).await;
                client.publish("lamp/here", payload, false).await;
            }
            client.publish("lamp/state", vec![0xff, 0xfe], false).await;
            let loops = r#"{"state_topic":"lamp/state","unique_id":"evil","device":{"identifiers":["lamp"]},
                "value_template":"{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}"}"#;
            client
                .publish("homeassistant/sensor/evil/config", loops, true)
                .await;
            // Larger than what we take: a broker of MQTT 5 keeps it from us.
            for topic in ["homeassistant/light/huge/config", "lamp/state"] {
                // A broker that refuses it ends the connection, so each comes by its own.
                let rude = self.client().await;
                rude.dare(topic, vec![b'x'; 10 * 1024 * 1024]).await;
            }
        })
    }

    fn flood(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async {
            let client = self.client().await;
            for at in 0..5_000 {
                client.shout(
                    "lamp/state",
                    format!(r#"{{"state":"ON","brightness":{}}}"#, at % 256),
                );
            }
            client
                .publish("lamp/state", r#"{"state":"OFF"}"#, false)
                .await;
        }))
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        Some(self.broker.leave())
    }

    fn come_back(&mut self) -> Step<'_> {
        self.broker.come_back()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_conforms_over_mosquitto() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let settings = broker.settings();
    let mut bench = Bench { broker, count: 0 };
    conformance::check(|| mqtt::factory(settings.clone(), Vec::new()), &mut bench)
        .await
        .unwrap();
}

fn wish(native_id: &str, capability: &str, property: &str, value: Value) -> (WishId, Order) {
    let wish = WishId::new();
    let command = DriverCommand {
        wish,
        native_id: native_id.to_owned(),
        endpoint: 1,
        capability: capability.to_owned(),
        goal: Goal::Target {
            values: vec![(property.to_owned(), value)],
        },
    };
    (wish, Order::Command(command))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lamp_is_found_watched_and_switched() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let mut device = Client::connect(broker.port).await;
    device
        .publish("homeassistant/light/lamp/config", LAMP, true)
        .await;
    device.publish("lamp/here", "online", true).await;
    device
        .publish("lamp/state", r#"{"state":"OFF","brightness":51}"#, true)
        .await;
    device.subscribe("lamp/set").await;
    device.subscribe("homeassistant/status").await;

    let mut house = House::with(mqtt::factory(broker.settings(), Vec::new()));
    let lamp = house
        .until("the lamp", |body| match body {
            ReportBody::Announced(device) => Some(device.clone()),
            _ => None,
        })
        .await;
    assert_eq!(lamp.slug.as_deref(), Some("reading_lamp"));
    assert!(lamp.adopt);
    house
        .value("lamp", "LevelControl.current_level", Some(20.0.into()))
        .await;
    assert_eq!(device.heard("homeassistant/status").await, "online");

    let (id, order) = wish("lamp", "OnOff", "on_off", true.into());
    house.order(order).await;
    assert_eq!(device.heard("lamp/set").await, r#"{"state":"ON"}"#);
    house
        .until("its delivery", |body| {
            matches!(body, ReportBody::Delivered { wish } if *wish == id).then_some(())
        })
        .await;
    device
        .publish("lamp/state", r#"{"state":"ON"}"#, true)
        .await;
    house.value("lamp", "OnOff.on_off", Some(true.into())).await;

    device.publish("lamp/here", "offline", true).await;
    house
        .until("the lamp to be away", |body| {
            matches!(
                body,
                ReportBody::Connectivity {
                    connectivity: model::Connectivity::Offline,
                    ..
                }
            )
            .then_some(())
        })
        .await;

    // Renamed, then removed.
    device
        .publish(
            "homeassistant/light/lamp/config",
            LAMP.replace("Reading lamp", "Desk lamp"),
            true,
        )
        .await;
    house
        .until("its new name", |body| {
            matches!(body, ReportBody::Announced(device) if device.name == "Desk lamp")
                .then_some(())
        })
        .await;
    device
        .publish("homeassistant/light/lamp/config", "", true)
        .await;
    house
        .until("its farewell", |body| {
            matches!(body, ReportBody::Withdrawn { native_id } if native_id == "lamp").then_some(())
        })
        .await;
    house.end().await;
    assert_eq!(device.heard("homeassistant/status").await, "offline");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_added_by_hand_works_and_one_that_is_wrong_is_explained() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let mut device = Client::connect(broker.port).await;
    device.subscribe("heater/set").await;
    let mut house = House::with(mqtt::factory(broker.settings(), Vec::new()));
    house.running().await;
    let add = |description: serde_json::Value| {
        let request = RequestId::new();
        (
            request,
            Order::AddManual {
                request,
                description,
            },
        )
    };
    let done = |request: RequestId| {
        move |body: &ReportBody| match body {
            ReportBody::OrderDone {
                request: ended,
                result,
            } if *ended == request => Some(result.clone()),
            _ => None,
        }
    };
    let (request, order) = add(serde_json::json!({"component": "toaster", "config": {}}));
    house.order(order).await;
    let fault = house.until("a refusal", done(request)).await.unwrap_err();
    assert!(
        fault.contains("`toaster` is not known; expected one of alarm_control_panel"),
        "{fault}"
    );

    let description = serde_json::json!({"component": "switch",
        "config": {"name": "Heater", "command_topic": "heater/set"}});
    let (request, order) = add(description.clone());
    house.order(order).await;
    let id = house.until("its adoption", done(request)).await.unwrap();
    let (wish, order) = wish(&id, "OnOff", "on_off", true.into());
    house.order(order).await;
    house
        .until("its delivery", |body| {
            matches!(body, ReportBody::Delivered { wish: ended } if *ended == wish).then_some(())
        })
        .await;
    assert_eq!(device.heard("heater/set").await, "ON");
    house.end().await;

    // After a restart of the house it is there again, under the same id.
    let mut house = House::with(mqtt::factory(broker.settings(), vec![description.clone()]));
    let again = house
        .until("the heater", |body| match body {
            ReportBody::Announced(device) => Some(device.clone()),
            _ => None,
        })
        .await;
    assert_eq!((again.native_id, again.manual), (id, Some(description)));
    house.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_loud_device_does_not_silence_the_others() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let device = Client::connect(broker.port).await;
    for name in ["loud", "quiet"] {
        let config = format!(
            r#"{{"name":null,"unique_id":"{name}","state_topic":"{name}/state","unit_of_measurement":"x","device":{{"identifiers":["{name}"]}}}}"#
        );
        device
            .publish(&format!("homeassistant/sensor/{name}/config"), config, true)
            .await;
    }
    let mut house = House::with(mqtt::factory(broker.settings(), Vec::new()));
    let mut known = 0;
    house
        .until("both devices", |body| {
            known += u32::from(matches!(body, ReportBody::Announced(_)));
            (known == 2).then_some(())
        })
        .await;
    // A value must come through before the storm, so that the subscription is known to stand.
    for name in ["loud", "quiet"] {
        device.publish(&format!("{name}/state"), "0", true).await;
        house
            .value(name, "NumberSetting.value", Some(0.0.into()))
            .await;
    }

    let storm = Client::connect(broker.port).await;
    let blow = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        for at in 0..300 {
            tick.tick().await;
            for of in 0..100 {
                storm.shout("loud/state", format!("{}", at * 100 + of));
            }
        }
        storm.publish("loud/state", "123456", false).await;
    });
    let mut slowest = Duration::ZERO;
    let mut dropped = 0;
    let mut loud = 0_u64;
    for at in 1..=25 {
        let sent = Instant::now();
        device.shout("quiet/state", format!("{at}"));
        house
            .until("the quiet device", |body| {
                if let ReportBody::Flooding {
                    native_id,
                    dropped: more,
                } = body
                {
                    assert_eq!(native_id, "loud");
                    dropped += more;
                }
                match body {
                    ReportBody::Values { native_id, .. } if native_id == "loud" => {
                        loud += 1;
                        None
                    }
                    ReportBody::Values {
                        native_id,
                        readings,
                    } if native_id == "quiet" => readings
                        .iter()
                        .any(|reading| reading.value == Some(Value::Number(f64::from(at))))
                        .then_some(()),
                    _ => None,
                }
            })
            .await;
        slowest = slowest.max(sent.elapsed());
        tokio::task::yield_now().await;
    }
    blow.await.unwrap();
    // The last word of the loud one arrives, whatever was lost before.
    house
        .until("its last value", |body| {
            if let ReportBody::Flooding { dropped: more, .. } = body {
                dropped += more;
            }
            match body {
                ReportBody::Values {
                    native_id,
                    readings,
                } if native_id == "loud" => {
                    loud += 1;
                    (readings[0].value == Some(Value::Number(123_456.0))).then_some(())
                }
                _ => None,
            }
        })
        .await;
    assert!(
        slowest < Duration::from_secs(2),
        "the quiet device waited {slowest:?}"
    );
    // A busy machine loses some of the storm before it reaches us.
    assert!(dropped > 10_000, "{dropped}");
    assert!(loud < 3_000, "{loud} of 30,000 values came through");
    house.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_devices_than_it_takes_are_counted_and_named_and_do_not_stall_the_known() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let device = Client::connect(broker.port).await;
    device
        .publish("homeassistant/light/lamp/config", LAMP, true)
        .await;
    device.publish("lamp/here", "online", true).await;
    let mut settings = broker.settings();
    settings.options.max_devices = 500;
    let mut house = House::with(mqtt::factory(settings, Vec::new()));
    house
        .until("the lamp to be there", |body| {
            matches!(
                body,
                ReportBody::Connectivity {
                    connectivity: model::Connectivity::Online,
                    ..
                }
            )
            .then_some(())
        })
        .await;

    for at in 0..20_000 {
        let config = format!(
            r#"{{"name":"N","unique_id":"n{at}","state_topic":"n/{at}","device":{{"identifiers":["n{at}"]}}}}"#
        );
        device.shout(&format!("homeassistant/sensor/n{at}/config"), config);
    }
    device
        .publish("lamp/state", r#"{"state":"ON"}"#, true)
        .await;
    let sent = Instant::now();
    house.value("lamp", "OnOff.on_off", Some(true.into())).await;
    let waited = sent.elapsed();
    let reason = house
        .until("the excess to be named", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(reason.contains("beyond 500 devices"), "{reason}");
    assert!(
        waited < Duration::from_secs(10),
        "the lamp waited {waited:?}"
    );
    house.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_credentials_are_told_and_the_password_is_not() {
    let Some(mut broker) = Mosquitto::start() else {
        return;
    };
    broker.stop(true);
    let passwords = broker.folder().join("passwords");
    let Some(tool) = crate::support::program("mosquitto_passwd") else {
        return crate::support::skipped("mosquitto_passwd is not installed");
    };
    let done = std::process::Command::new(tool)
        .args(["-c", "-b"])
        .arg(&passwords)
        .args(["anna", "s3cret"])
        .status()
        .unwrap();
    assert!(done.success());
    let config = std::fs::read_to_string(broker.folder().join("mosquitto.conf")).unwrap();
    let config = config.replace(
        "allow_anonymous true",
        &format!(
            "allow_anonymous false\npassword_file {}",
            passwords.display()
        ),
    );
    std::fs::write(
        broker.folder().join("mosquitto.conf"),
        format!("{config}\nuser root\n"),
    )
    .unwrap();
    broker.run();
    for (password, is_right) in [("wr0ng", false), ("s3cret", true)] {
        let mut settings = broker.settings();
        settings.address =
            mqtt::Address::parse(&format!("mqtt://anna:{password}@127.0.0.1:{}", broker.port))
                .unwrap();
        assert!(!format!("{settings:?}").contains(password));
        let mut house = House::with(mqtt::factory(settings, Vec::new()));
        let state = house
            .until("a verdict", |body| match body {
                ReportBody::State(DriverState::Starting) => None,
                ReportBody::State(state) => Some(state.clone()),
                _ => None,
            })
            .await;
        match state {
            DriverState::Running => assert!(is_right),
            DriverState::Degraded { reason } => {
                assert!(
                    !is_right && reason.contains("refused us") && !reason.contains(password),
                    "{reason}"
                );
            }
            other => panic!("{other:?}"),
        }
        timeout(PATIENCE, house.end()).await.unwrap();
    }
}

/// Makes a certificate authority and a certificate for 127.0.0.1 in a folder.
fn certificates(folder: &std::path::Path) -> Option<()> {
    let tool = crate::support::program("openssl").or_else(|| {
        crate::support::skipped("openssl is not installed");
        None
    })?;
    let run = |args: &str| {
        let done = std::process::Command::new(&tool)
            .args(args.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{args}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    std::fs::write(
        folder.join("san"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Home");
    run("req -newkey rsa:2048 -nodes -keyout broker.key -out broker.csr -subj /CN=127.0.0.1");
    run(
        "x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.pem -days 2 -extfile san",
    );
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_with_the_authority_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    if certificates(folder.path()).is_none() {
        return;
    }
    let path = folder.path().display();
    let tls = format!(
        "allow_anonymous true\nuser root\ncafile {path}/ca.pem\ncertfile {path}/broker.pem\nkeyfile {path}/broker.key\n"
    );
    let Some(broker) = Mosquitto::with(&tls) else {
        return;
    };
    let mut settings = broker.settings();
    settings.address = mqtt::Address::parse(&format!("mqtts://127.0.0.1:{}", broker.port)).unwrap();
    // Nobody whom the system trusts signed it.
    let mut house = House::with(mqtt::factory(settings.clone(), Vec::new()));
    house
        .until("the certificate to be refused", |body| match body {
            ReportBody::State(DriverState::Degraded { .. }) => Some(()),
            ReportBody::State(DriverState::Running) => panic!("an unknown certificate was taken"),
            _ => None,
        })
        .await;
    house.end().await;
    settings.address.ca_file = Some(folder.path().join("ca.pem"));
    let mut house = House::with(mqtt::factory(settings, Vec::new()));
    house.running().await;
    house.end().await;
}
