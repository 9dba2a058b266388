//! One connection to the broker: a client, and the task that moves what comes.

use super::settings::{Address, Settings};
use rumqttc::{
    AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS, TlsConfiguration, Transport,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, mpsc};

/// The largest packet that we accept; a broker of MQTT 5 leaves larger ones out by itself.
const MAX_PACKET: u32 = 1024 * 1024;
/// Messages between the connection and the core, and the bytes that they may hold together.
const MESSAGES: usize = 4_096;
const BYTES: usize = 16 * 1024 * 1024;
/// Commands that the broker may have without having acknowledged them; more of them wait. The client
/// makes room for all of them at once, and without a limit that is 18 MB.
const UNACKNOWLEDGED: u16 = 256;

/// What comes from the connection.
pub(super) enum Incoming {
    /// The broker took us.
    Connected,
    /// A message, with its share of what may wait.
    Message(
        Box<rumqttc::Publish>,
        Option<tokio::sync::OwnedSemaphorePermit>,
    ),
    /// The connection is gone, and why.
    Lost(String),
}

/// A connection to the broker; it ends with the value.
pub(super) struct Connection {
    pub(super) client: AsyncClient,
    pub(super) incoming: mpsc::Receiver<Incoming>,
    pump: tokio::task::JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// A new client with its connection running. The error's text is for people.
pub(super) fn connect(settings: &Settings) -> Result<Connection, String> {
    let Address {
        host,
        port,
        tls,
        ca_file,
        username,
        password,
    } = &settings.address;
    let mut options = MqttOptions::new(settings.client_id.clone(), (host.clone(), *port));
    options
        .set_clean_start(true)
        .set_keep_alive(30)
        .set_connect_timeout(Duration::from_secs(10))
        .set_max_packet_size(Some(MAX_PACKET))
        .set_outgoing_inflight_upper_limit(UNACKNOWLEDGED);
    // A command is one small packet: waiting for more to fill it costs 40 ms each.
    let mut network = options.network_options();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    if let Some(username) = username {
        options.set_credentials(username.clone(), password.reveal().as_bytes().to_vec());
    }
    if *tls {
        let config = match ca_file {
            Some(path) => TlsConfiguration::Simple {
                ca: std::fs::read(path)
                    .map_err(|error| format!("MQTT_CA_FILE cannot be read: {error}"))?,
                alpn: None,
                client_auth: None,
            },
            None => TlsConfiguration::try_default_rustls()
                .map_err(|error| format!("the system's certificates cannot be read: {error}"))?,
        };
        options.set_transport(Transport::tls_with_config(config));
    }
    let status = format!("{}/status", settings.options.prefix);
    options.set_last_will(LastWill::new(
        status,
        "offline",
        QoS::AtLeastOnce,
        false,
        None,
    ));
    // Without a bound: what goes out is bounded by the house's orders and the devices' topics, and
    // a bounded queue could block us while the connection waits for us to read.
    let (client, eventloop) = AsyncClient::builder(options).unbounded().build();
    let (sender, incoming) = mpsc::channel(MESSAGES);
    let pump = tokio::spawn(pump(eventloop, sender));
    Ok(Connection {
        client,
        incoming,
        pump,
    })
}

/// Moves what comes from the broker to the driver, in order and within bounds.
async fn pump(mut eventloop: EventLoop, sender: mpsc::Sender<Incoming>) {
    let bytes = Arc::new(Semaphore::new(BYTES));
    loop {
        let incoming = match eventloop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => Incoming::Connected,
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                // Small ones are bounded by their number; counting them would cost more.
                let size = u32::try_from(publish.payload.len()).unwrap_or(u32::MAX);
                let permit = if size > 4_096 {
                    Arc::clone(&bytes)
                        .acquire_many_owned(size.min(MAX_PACKET))
                        .await
                        .ok()
                } else {
                    None
                };
                Incoming::Message(Box::new(publish), permit)
            }
            Ok(_) => continue,
            Err(error) => {
                let _ = sender.send(Incoming::Lost(shown(&error))).await;
                return;
            }
        };
        if sender.send(incoming).await.is_err() {
            return;
        }
    }
}

/// A connection's error in words that help.
fn shown(error: &rumqttc::ConnectionError) -> String {
    use rumqttc::{ConnectionError, StateError};
    match error {
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { .. }) => format!(
            "it sends a message larger than {MAX_PACKET} bytes although we said that we take none; remove that message"
        ),
        ConnectionError::ConnectionRefused(code) => format!("it refused us ({code:?})"),
        other => other.to_string().chars().take(300).collect(),
    }
}
