//! The connection to a broker: announces the house whenever it connects, obeys, and tidies up.

use super::{Message, STATUS, announce, command, is_config_of_ours};
use crate::House;
use rumqttc::{
    AsyncClient, ClientError, Event, EventLoop, LastWill, MqttOptions, Packet, PublishOptions, QoS,
};
use std::{collections::HashSet, str::FromStr, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The largest message that is taken: configs of others pass by here too.
const LARGEST: u32 = 1 << 20;

/// Where the broker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// The text names no broker.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "`{0}` names no broker; expected mqtt://[name:password@]host[:port] such as mqtt://127.0.0.1:1883"
)]
pub struct BrokerError(String);

impl FromStr for Broker {
    type Err = BrokerError;

    fn from_str(url: &str) -> Result<Self, BrokerError> {
        let parse = || {
            let rest = url.strip_prefix("mqtt://")?.trim_end_matches('/');
            let (login, place) = match rest.rsplit_once('@') {
                Some((login, place)) => {
                    let (name, password) = login.split_once(':').unwrap_or((login, ""));
                    (Some((name.to_owned(), password.to_owned())), place)
                }
                None => (None, rest),
            };
            let (host, port) = match place.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().ok()?),
                None => (place, 1883),
            };
            (!host.is_empty()).then(|| Self {
                host: host.to_owned(),
                port,
                login,
            })
        };
        // The password does not belong into a message.
        parse().ok_or_else(|| {
            let shown = url.rsplit_once('@').map_or(url, |(_, place)| place);
            BrokerError(shown.to_owned())
        })
    }
}

/// What the connection says to whoever works with it.
enum Note {
    Connected,
    Lost,
    Got(Box<rumqttc::Publish>),
}

/// Speaks with the broker until told to stop; comes back by itself when the broker does.
pub async fn speak(
    house: House,
    mut messages: mpsc::Receiver<Message>,
    broker: Broker,
    stop: CancellationToken,
) {
    let mut options = MqttOptions::new(
        format!("house-simulator-{}", std::process::id()),
        (broker.host.clone(), broker.port),
    );
    options.set_keep_alive(15);
    options.set_max_packet_size(Some(LARGEST));
    options.set_last_will(LastWill::new(
        STATUS,
        "offline",
        QoS::AtLeastOnce,
        true,
        None,
    ));
    if let Some((name, password)) = broker.login.clone() {
        options.set_credentials(name, password);
    }
    let (client, events) = AsyncClient::builder(options).capacity(256).build();
    let (notes, mut noted) = mpsc::channel(1_024);
    let name = format!("{}:{}", broker.host, broker.port);
    let poller = tokio::spawn(poll(events, notes, name));
    let mut speaker = Speaker {
        house,
        client,
        ours: HashSet::new(),
        connected: false,
    };
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => break,
            note = noted.recv() => match note {
                Some(note) => speaker.note(note).await,
                None => break,
            },
            message = messages.recv() => match message {
                // Without a broker there is nobody to tell; connecting tells everything anew.
                Some(_) if !speaker.connected => Ok(()),
                Some(message) => speaker.say(message).await,
                None => break,
            },
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the broker took no message");
        }
    }
    // The line is cut without a goodbye, so that the broker speaks our last will. A goodbye of our own
    // would stand behind whatever is still to be acknowledged, and might never be said.
    poller.abort();
}

/// Drives the connection; waits longer after each failure, up to a quarter of a minute.
async fn poll(mut events: EventLoop, notes: mpsc::Sender<Note>, name: String) {
    let mut wait = 1;
    loop {
        let note = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                tracing::info!(broker = name, "connected to the broker");
                wait = 1;
                Note::Connected
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => Note::Got(Box::new(publish)),
            Ok(Event::Outgoing(rumqttc::Outgoing::Disconnect)) => return,
            Ok(_) => continue,
            Err(rumqttc::ConnectionError::RequestsDone) => return,
            Err(error) => {
                tracing::warn!(broker = name, %error, "no broker; trying again in {wait} s");
                if notes.send(Note::Lost).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(wait)).await;
                wait = (wait * 2).min(15);
                continue;
            }
        };
        if notes.send(note).await.is_err() {
            return;
        }
    }
}

struct Speaker {
    house: House,
    client: AsyncClient,
    /// The topics of our own configs.
    ours: HashSet<String>,
    connected: bool,
}

impl Speaker {
    async fn note(&mut self, note: Note) -> Result<(), ClientError> {
        match note {
            Note::Connected => {
                self.connected = true;
                self.announce().await?;
                for topic in [
                    "sim/+/set",
                    "sim/+/set/+",
                    "homeassistant/status",
                    "homeassistant/+/+/+/config",
                ] {
                    self.client.subscribe(topic, QoS::AtLeastOnce).await?;
                }
                Ok(())
            }
            Note::Lost => {
                self.connected = false;
                Ok(())
            }
            Note::Got(publish) => self.got(&publish).await,
        }
    }

    async fn announce(&mut self) -> Result<(), ClientError> {
        let messages = self.house.look(|world, _| announce(world));
        self.ours = messages
            .iter()
            .filter(|message| is_config_of_ours(&message.topic))
            .map(|message| message.topic.clone())
            .collect();
        for message in messages {
            self.say(message).await?;
        }
        Ok(())
    }

    async fn say(&self, message: Message) -> Result<(), ClientError> {
        // What a hub must not miss is acknowledged; a lost measurement is followed by the next.
        let qos = if message.retain {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        };
        let options = PublishOptions::new(qos).retain(message.retain);
        self.client
            .publish(message.topic, message.payload, options)
            .await
    }

    async fn got(&mut self, publish: &rumqttc::Publish) -> Result<(), ClientError> {
        let Ok(topic) = std::str::from_utf8(&publish.topic) else {
            return Ok(());
        };
        if topic == "homeassistant/status" {
            if publish.payload.as_ref() == b"online" {
                return self.announce().await;
            }
        } else if topic.starts_with("homeassistant/") {
            return self.tidy(topic, publish.payload.is_empty()).await;
        } else if publish.retain {
            // A retained command is a leftover: obeying it at every start would surprise.
            tracing::warn!(topic, "a retained command was ignored");
        } else if let Err(refusal) = self
            .house
            .with(|world, _| command(world, topic, &publish.payload))
        {
            tracing::warn!(topic, %refusal, "a command was refused");
        }
        Ok(())
    }

    /// Removes what an earlier run left behind of a device that is no more.
    async fn tidy(&self, topic: &str, empty: bool) -> Result<(), ClientError> {
        if empty || !is_config_of_ours(topic) || self.ours.contains(topic) {
            return Ok(());
        }
        let slug = topic
            .split('/')
            .nth(2)
            .and_then(|node| node.strip_prefix("sim_"));
        let mut leftovers = vec![topic.to_owned()];
        if let Some(slug) = slug
            && self.house.look(|world, _| world.device(slug).is_none())
        {
            leftovers.push(format!("sim/{slug}"));
            leftovers.push(format!("sim/{slug}/availability"));
        }
        for topic in leftovers {
            let options = PublishOptions::new(QoS::AtLeastOnce).retained();
            self.client.publish(topic, "", options).await?;
        }
        Ok(())
    }
}
