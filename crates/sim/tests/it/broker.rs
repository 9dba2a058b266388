//! The house over a real Mosquitto: it appears, obeys, goes offline, comes back with the broker.

use crate::world;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
use sim::{
    Clock, House,
    mqtt::client::{Broker, speak},
    world::Fault,
};
use std::{net::TcpListener, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

/// Long enough for a busy machine; a passing test never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

async fn mosquitto(port: u16, folder: &std::path::Path) -> Child {
    let config = folder.join("mosquitto.conf");
    std::fs::write(
        &config,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\n"),
    )
    .unwrap();
    let mut child = Command::new("mosquitto")
        .arg("-v")
        .arg("-c")
        .arg(&config)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("running") {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
    // Whoever writes into a full pipe stops: somebody has to read on.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

/// A hub that sees everything.
struct Hub {
    client: AsyncClient,
    heard: mpsc::UnboundedReceiver<(String, String)>,
}

impl Hub {
    async fn new(port: u16) -> Self {
        let mut options = MqttOptions::new("hub", ("127.0.0.1", port));
        options.set_max_packet_size(Some(1 << 20));
        let (client, mut events) = AsyncClient::builder(options).capacity(64).build();
        for topic in ["homeassistant/#", "sim/#"] {
            client.subscribe(topic, QoS::AtLeastOnce).await.unwrap();
        }
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(Packet::Publish(publish)) = event {
                    let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                    let payload = String::from_utf8_lossy(&publish.payload).into_owned();
                    if tell.send((topic, payload)).is_err() {
                        return;
                    }
                }
            }
        });
        Self { client, heard }
    }

    async fn say(&self, topic: &str, payload: &str, retain: bool) {
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(retain);
        self.client
            .publish(topic, payload.to_owned(), options)
            .await
            .unwrap();
    }

    async fn hears(&mut self, topic: &str, wanted: impl Fn(&str) -> bool) {
        let waiting = async {
            while let Some((heard, payload)) = self.heard.recv().await {
                if heard == topic && wanted(&payload) {
                    return true;
                }
            }
            false
        };
        let heard = tokio::time::timeout(PATIENCE, waiting).await;
        assert_eq!(heard, Ok(true), "{topic} never said that");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_hub_can_use_the_house() {
    if Command::new("mosquitto").arg("-h").output().await.is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "mosquitto is missing: apt-get install mosquitto"
        );
        println!("SKIPPED: mosquitto is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut broker = mosquitto(port, folder.path()).await;
    let mut hub = Hub::new(port).await;
    let ghost = "homeassistant/light/sim_ghost/main/config";
    hub.say(ghost, r#"{"unique_id":"sim_ghost_main"}"#, true)
        .await;
    hub.hears(ghost, |payload| !payload.is_empty()).await;

    let (house, messages) = House::new(
        world("family.toml", "2026-03-04T02:00:00Z"),
        Clock::new(1.0),
    );
    let stop = CancellationToken::new();
    let url: Broker = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    let talk = tokio::spawn(speak(house.clone(), messages, url, stop.clone()));
    let ticking = house.clone();
    let clock = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            ticking.tick(Duration::from_millis(200));
        }
    });

    let config = "homeassistant/light/sim_hall_light/main/config";
    hub.hears(config, |payload| payload.contains("sim_hall_light"))
        .await;
    hub.hears("sim/hall_light/availability", |payload| payload == "online")
        .await;
    hub.hears("sim/hall_light", |payload| {
        payload.contains(r#""state":"OFF""#)
    })
    .await;
    hub.hears(ghost, str::is_empty).await;

    hub.say(
        "sim/hall_light/set",
        r#"{"state":"ON","brightness":254}"#,
        false,
    )
    .await;
    hub.hears("sim/hall_light", |payload| {
        payload.contains(r#""state":"ON""#)
    })
    .await;

    house.with(|world, _| {
        let lamp = world.device("hall_light").unwrap();
        world.fault(lamp, Fault::Unplug).unwrap();
    });
    hub.hears("sim/hall_light/availability", |payload| {
        payload == "offline"
    })
    .await;

    // A hub that starts says so, and gets everything anew.
    hub.say("homeassistant/status", "online", false).await;
    hub.hears(config, |payload| payload.contains("sim_hall_light"))
        .await;

    broker.kill().await.unwrap();
    let _broker = mosquitto(port, folder.path()).await;
    let mut hub = Hub::new(port).await;
    hub.hears(config, |payload| payload.contains("sim_hall_light"))
        .await;

    stop.cancel();
    hub.hears("sim/status", |payload| payload == "offline")
        .await;
    clock.abort();
    tokio::time::timeout(PATIENCE, talk).await.unwrap().unwrap();
}
