//! Homes of any size, announced over MQTT as real devices announce themselves.

use crate::{broker::Broker, mqtt, server::Server};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

/// What stands in the home.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A thermometer: one value.
    Sensor,
    /// Temperature, humidity and battery, in one message.
    Climate,
    /// A plug that is switched and says so.
    Plug,
}

/// A home: a broker that knows its devices, and a server that has taken them in.
pub(crate) struct Home {
    pub(crate) broker: Broker,
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    values: u64,
}

impl Home {
    /// A home of so many devices; each has reported once.
    pub(crate) async fn of(devices: usize, kind: Kind) -> anyhow::Result<Self> {
        let broker = Broker::start()?;
        let (mut sender, _) = mqtt::connect(broker.address, "bench-devices", &[])?;
        for device in 0..devices {
            for (component, object, config) in announcements(device, kind) {
                let topic = format!("homeassistant/{component}/{object}/config");
                sender.publish(&topic, config.to_string().as_bytes(), true)?;
            }
            let first = match kind {
                Kind::Sensor => payload(19.5),
                Kind::Climate => r#"{"temperature":19.5,"humidity":50.5,"battery":80}"#.to_owned(),
                Kind::Plug => "OFF".to_owned(),
            };
            sender.publish(&state_topic(device), first.as_bytes(), true)?;
        }
        sender.flush()?;
        let folder = tempfile::tempdir()?;
        let server = Server::start(folder.path(), &broker.url()).await?;
        let values = devices
            * match kind {
                Kind::Climate => 3,
                Kind::Sensor | Kind::Plug => 1,
            };
        let values = u64::try_from(values)?;
        let recorded = server.recorded(values).await?;
        anyhow::ensure!(
            recorded >= values,
            "the home of {devices} devices reported {recorded} of {values} values"
        );
        Ok(Self {
            broker,
            server,
            folder,
            values,
        })
    }

    /// Starts the server once more, with what it knows.
    pub(crate) async fn restart(self) -> anyhow::Result<Self> {
        let Self {
            broker,
            server,
            folder,
            values,
        } = self;
        server.stop().await?;
        let server = Server::start(folder.path(), &broker.url()).await?;
        Ok(Self {
            broker,
            server,
            folder,
            values,
        })
    }

    /// Samples that were recorded when the home began.
    pub(crate) fn began_with(&self) -> u64 {
        self.values
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("house.db")
    }
}

/// Where a device says how it is.
pub(crate) fn state_topic(device: usize) -> String {
    format!("bench/{device}")
}

/// Where a plug is told what to do.
pub(crate) fn command_topic(device: usize) -> String {
    format!("bench/{device}/set")
}

/// What a thermometer says.
pub(crate) fn payload(value: f64) -> String {
    format!("{{\"temperature\":{value}}}")
}

/// The readable name that the server gives a device.
pub(crate) fn slug(device: usize) -> String {
    format!("bench_{device}")
}

fn announcements(device: usize, kind: Kind) -> Vec<(&'static str, String, serde_json::Value)> {
    let about = json!({ "identifiers": [slug(device)], "name": format!("Bench {device}"),
        "manufacturer": "Bench", "model": "One" });
    let sensor = |class: &str, unit: &str| {
        let id = format!("{}_{class}", slug(device));
        let config = json!({ "name": class, "unique_id": id, "state_topic": state_topic(device),
            "value_template": format!("{{{{ value_json.{class} }}}}"), "device_class": class,
            "unit_of_measurement": unit, "state_class": "measurement", "device": about });
        ("sensor", id, config)
    };
    match kind {
        Kind::Sensor => vec![sensor("temperature", "°C")],
        Kind::Climate => vec![
            sensor("temperature", "°C"),
            sensor("humidity", "%"),
            sensor("battery", "%"),
        ],
        Kind::Plug => {
            let id = format!("{}_switch", slug(device));
            let config = json!({ "name": null, "unique_id": id, "state_topic": state_topic(device),
                "command_topic": command_topic(device), "device": about });
            vec![("switch", id, config)]
        }
    }
}
