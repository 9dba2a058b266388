//! Our own broker, and the MQTT driver over it.

use crate::{
    mqtt::{Bench, Host},
    support::{Client, House},
};
use drivers::{
    Secret,
    broker::{Broker, BrokerError, Config},
    conformance::{self, Step},
    mqtt::{self, Settings},
};
use model::{DriverState, ReportBody};
use std::{net::Ipv4Addr, path::Path};

fn config(folder: &Path, port: u16) -> Config {
    Config {
        host: Ipv4Addr::LOCALHOST.into(),
        port,
        credentials: None,
        folder: Some(folder.to_owned()),
    }
}

fn settings(broker: &Broker) -> Settings {
    Settings::read(|_| None, Some(broker.address())).unwrap()
}

/// Our own broker, to be taken away and brought back.
struct Own {
    config: Config,
    broker: Option<Broker>,
}

impl Host for Own {
    fn port(&self) -> u16 {
        self.config.port
    }

    fn leave(&mut self) -> Step<'_> {
        Box::pin(async {
            if let Some(broker) = self.broker.take() {
                broker.stop().await;
            }
        })
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async {
            self.broker = Some(Broker::start(self.config.clone()).await.unwrap());
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_driver_conforms_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), 0);
    let broker = Broker::start(config.clone()).await.unwrap();
    config.port = broker.addr.port();
    let settings = settings(&broker);
    let mut bench = Bench {
        broker: Own {
            config,
            broker: Some(broker),
        },
        count: 0,
    };
    conformance::check(|| mqtt::factory(settings.clone(), Vec::new()), &mut bench)
        .await
        .unwrap();
}

const PLUG: &str = r#"{"name":null,"unique_id":"p","state_topic":"plug/state","command_topic":"plug/set","device":{"identifiers":["plug"],"name":"Plug"}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_household_needs_nothing_else_and_what_is_kept_survives() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(config(folder.path(), 0)).await.unwrap();
    let port = broker.addr.port();
    let device = Client::connect(port).await;
    device
        .publish("homeassistant/switch/p/config", PLUG, true)
        .await;
    device.publish("plug/state", "ON", true).await;
    let mut house = House::with(mqtt::factory(settings(&broker), Vec::new()));
    house.value("plug", "OnOff.on_off", Some(true.into())).await;

    // A second broker on the same port is told plainly.
    let taken = Broker::start(config(folder.path(), port)).await;
    let shown = match taken {
        Err(error @ BrokerError::Listen { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two brokers on one port"),
    };
    assert!(shown.contains("BROKER_PORT"), "{shown}");

    drop(device);
    broker.stop().await;
    house
        .until("the loss to be noticed", |body| {
            matches!(body, ReportBody::State(DriverState::Degraded { .. })).then_some(())
        })
        .await;
    let broker = Broker::start(config(folder.path(), port)).await.unwrap();
    // The device says nothing; what the broker kept is enough.
    house.value("plug", "OnOff.on_off", Some(true.into())).await;
    house.end().await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_kept_topics_all_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let mut passing = config(folder.path(), 0);
    passing.folder = None;
    let broker = Broker::start(passing).await.unwrap();
    let device = Client::connect(broker.addr.port()).await;
    let messages = (0..2_000).map(|at| {
        let config = format!(
            r#"{{"name":null,"unique_id":"n{at}","state_topic":"n/{at}","unit_of_measurement":"x","device":{{"identifiers":["n{at}"]}}}}"#
        );
        (format!("homeassistant/sensor/n{at}/config"), config)
    });
    device.publish_all(messages).await;
    let mut house = House::with(mqtt::factory(settings(&broker), Vec::new()));
    let mut count = 0;
    house
        .until("2,000 devices", |body| {
            count += u32::from(matches!(body, ReportBody::Announced(_)));
            (count == 2_000).then_some(())
        })
        .await;
    house.end().await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_message_costs_its_sender_the_connection_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(config(folder.path(), 0)).await.unwrap();
    let port = broker.addr.port();
    let device = Client::connect(port).await;
    device
        .publish("homeassistant/switch/p/config", PLUG, true)
        .await;
    let mut house = House::with(mqtt::factory(settings(&broker), Vec::new()));
    device.publish("plug/state", "OFF", true).await;
    house
        .value("plug", "OnOff.on_off", Some(false.into()))
        .await;
    let rude = Client::connect(port).await;
    rude.shout("plug/state", vec![b'x'; 10 * 1024 * 1024]);
    device.publish("plug/state", "ON", true).await;
    house
        .until("the next value, and no loss before it", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => panic!("{reason}"),
            ReportBody::Values { readings, .. } => {
                (readings[0].value == Some(true.into())).then_some(())
            }
            _ => None,
        })
        .await;
    house.end().await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_asked_for_where_they_are_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut with = config(folder.path(), 0);
    with.credentials = Some(("anna".to_owned(), Secret::new("s3cret")));
    let broker = Broker::start(with).await.unwrap();
    let mut wrong = settings(&broker);
    wrong.address.password = Secret::new("wr0ng");
    let mut house = House::with(mqtt::factory(wrong, Vec::new()));
    let reason = house
        .until("a refusal", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            ReportBody::State(DriverState::Running) => panic!("let in with a wrong password"),
            _ => None,
        })
        .await;
    assert!(reason.contains("refused us"), "{reason}");
    house.end().await;
    let mut house = House::with(mqtt::factory(settings(&broker), Vec::new()));
    house.running().await;
    house.end().await;
    broker.stop().await;
}
