//! A broker of our own, so that a household needs no other service.
//!
//! It speaks MQTT 3.1.1 and 5 on one port, keeps what is retained over restarts in the data
//! folder, and asks for credentials as soon as it listens beyond loopback.

use crate::{
    mqtt::Address,
    settings::{Fault, Secret, default},
};
use model::RequestId;
use mqtt5::broker::{
    BrokerConfig, MqttBroker, PasswordAuthProvider,
    config::{AuthConfig, RateLimitConfig, StorageBackend, StorageConfig},
};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// The largest packet; what is larger ends its sender's connection.
const MAX_PACKET: usize = 1024 * 1024;
/// Messages that may wait for one client. At the library's default of 10,000 a burst of 200,000
/// lost 29 %; at this none.
const QUEUE: usize = 300_000;

/// How the broker is set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub host: IpAddr,
    /// On which port; 0 takes a free one.
    pub port: u16,
    /// Who may come; `None` lets anybody in, which only loopback may.
    pub credentials: Option<(String, Secret)>,
    /// Where it keeps what it must not forget; `None` keeps it in memory alone. On disk each
    /// retained message is synced, some hundred a second; a simulated house, whose devices say
    /// everything again when they start, does better without.
    pub folder: Option<PathBuf>,
}

/// Why the broker does not run, for people.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Its port is taken, or its address is not ours.
    #[error(
        "the broker cannot listen on {addr}: {reason}; is another broker running? Set BROKER_PORT, or MQTT_URL to use that one"
    )]
    Listen {
        /// Where it should have listened.
        addr: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// It ended before it was ready.
    #[error("the broker did not start: {0}")]
    Start(String),
}

impl Config {
    /// Reads the settings. `get` answers a name with the value that was set.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(
        get: impl Fn(&str) -> Option<String>,
        folder: Option<PathBuf>,
    ) -> Result<Self, Vec<Fault>> {
        let value = |name: &str| {
            get(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| default(name).to_owned())
        };
        let mut faults = Vec::new();
        let host = match value("BROKER_HOST").as_str() {
            "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
            text => text.parse().ok(),
        };
        if host.is_none() {
            faults.push(Fault::of("BROKER_HOST", "this is not an IP address"));
        }
        let port = value("BROKER_PORT").parse().ok();
        if port.is_none() {
            faults.push(Fault::of(
                "BROKER_PORT",
                "this is not a number from 0 to 65535",
            ));
        }
        let (name, password) = (
            value("BROKER_USERNAME"),
            Secret::new(value("BROKER_PASSWORD")),
        );
        let credentials = match (name.is_empty(), password.is_empty()) {
            (true, true) => None,
            (false, false) if name.contains([':', '\n']) => {
                faults.push(Fault::of("BROKER_USERNAME", "a name cannot contain `:`"));
                None
            }
            (false, false) => Some((name, password)),
            (true, false) => {
                faults.push(Fault::of(
                    "BROKER_USERNAME",
                    "a password without a name is set",
                ));
                None
            }
            (false, true) => {
                faults.push(Fault::of(
                    "BROKER_PASSWORD",
                    "a name without a password is set",
                ));
                None
            }
        };
        if let Some(host) = host
            && faults.is_empty()
            && credentials.is_none()
            && !host.is_loopback()
        {
            let fault = format!("on {host} others could reach the broker, so it needs credentials");
            faults.push(Fault::of("BROKER_USERNAME", fault.clone()));
            faults.push(Fault::of("BROKER_PASSWORD", fault));
        }
        match (host, port) {
            (Some(host), Some(port)) if faults.is_empty() => Ok(Self {
                host,
                port,
                credentials,
                folder,
            }),
            _ => Err(faults),
        }
    }
}

/// A running broker. It ends when it is stopped or dropped.
pub struct Broker {
    /// Where it listens.
    pub addr: SocketAddr,
    credentials: Option<(String, Secret)>,
    stop: mqtt5::broker::BrokerShutdownHandle,
    _passing: Option<Passing>,
    task: tokio::task::JoinHandle<()>,
}

impl Broker {
    /// Starts a broker and waits until it takes clients. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When it cannot listen, or its folder cannot be used.
    pub async fn start(config: Config) -> Result<Self, BrokerError> {
        let addr = SocketAddr::new(config.host, config.port);
        let listen = |reason: String| BrokerError::Listen { addr, reason };
        // Bound for a moment only to tell a taken port from everything else that can go wrong.
        drop(std::net::TcpListener::bind(addr).map_err(|error| listen(error.to_string()))?);
        let mut auth = AuthConfig::new();
        // The library reads accounts from a file; without a folder of ours it is a passing one.
        let mut passing = None;
        if let Some((name, password)) = &config.credentials {
            let folder = config.folder.clone().unwrap_or_else(|| {
                let folder = std::env::temp_dir().join(format!("broker-{}", RequestId::new()));
                passing.insert(Passing(folder)).0.clone()
            });
            let path = keep_password(&folder, name, password).map_err(BrokerError::Start)?;
            auth = auth.with_password_file(path);
        }
        auth.allow_anonymous = config.credentials.is_none();
        // Every device of a house may come from one bridge: failures of one must not lock out all.
        auth.rate_limit = RateLimitConfig {
            enabled: config.credentials.is_some(),
            ..RateLimitConfig::default()
        };
        let storage = match &config.folder {
            Some(folder) => StorageConfig::new()
                .with_backend(StorageBackend::File)
                .with_base_dir(folder.clone()),
            None => StorageConfig::new().with_backend(StorageBackend::Memory),
        };
        let mut settings = BrokerConfig::new()
            .with_bind_address(addr)
            .with_max_packet_size(MAX_PACKET)
            .with_client_channel_capacity(QUEUE)
            .with_max_retained_messages(200_000)
            .with_max_retained_message_size(MAX_PACKET)
            .with_session_expiry(Duration::from_secs(24 * 3600))
            .with_sys_topics_enabled(false)
            .with_auth(auth)
            .with_storage(storage);
        settings.max_clients = 2_000;
        let mut broker = MqttBroker::with_config(settings)
            .await
            .map_err(|error| BrokerError::Start(error.to_string()))?;
        let addr = broker
            .local_addr()
            .ok_or_else(|| BrokerError::Start("it has no address".to_owned()))?;
        let stop = broker.shutdown_handle();
        let mut ready = broker.ready_receiver();
        let task = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "driver broker ended");
            }
        });
        ready
            .wait_for(|ready| *ready)
            .await
            .map_err(|_| BrokerError::Start("it ended at once".to_owned()))?;
        tracing::info!(%addr, "driver broker listens");
        Ok(Self {
            addr,
            credentials: config.credentials,
            stop,
            _passing: passing,
            task,
        })
    }

    /// How the MQTT driver reaches it.
    #[must_use]
    pub fn address(&self) -> Address {
        let host = match self.addr.ip() {
            ip if ip.is_unspecified() && ip.is_ipv6() => "::1".to_owned(),
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let mut address = Address::plain(&host, self.addr.port());
        if let Some((name, password)) = &self.credentials {
            address.username = Some(name.clone());
            address.password = password.clone();
        }
        address
    }

    /// Ends it and waits until what it keeps is on disk.
    pub async fn stop(mut self) {
        self.stop.shutdown();
        let ended = tokio::time::timeout(Duration::from_secs(5), &mut self.task).await;
        if ended.is_err() {
            tracing::warn!("driver broker did not end in time");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop.shutdown();
    }
}

/// A folder that goes with the value.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        // It lies among the system's passing files; if it stays, the system takes it away.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes the one account's name and the hash of its password where the broker reads them.
fn keep_password(folder: &Path, name: &str, password: &Secret) -> Result<PathBuf, String> {
    let hash = PasswordAuthProvider::hash_password(password.reveal())
        .map_err(|error| error.to_string())?;
    let path = folder.join("accounts");
    let write = || {
        std::fs::create_dir_all(folder)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        std::io::Write::write_all(&mut file, format!("{name}:{hash}\n").as_bytes())
    };
    write().map_err(|error: std::io::Error| {
        format!("{} cannot be written: {error}", path.display())
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn read(pairs: &[(&str, &str)]) -> Result<String, String> {
        let get = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::read(get, None)
            .map(|config| {
                format!(
                    "{}:{} {}",
                    config.host,
                    config.port,
                    config.credentials.is_some()
                )
            })
            .map_err(|faults| {
                let shown: Vec<_> = faults
                    .iter()
                    .map(|fault| format!("{}: {}", fault.name, fault.fault))
                    .collect();
                shown.join("; ")
            })
    }

    #[test]
    fn beyond_loopback_credentials_are_needed() {
        let needed = "on 0.0.0.0 others could reach the broker, so it needs credentials";
        let both = format!("BROKER_USERNAME: {needed}; BROKER_PASSWORD: {needed}");
        for (pairs, expected) in [
            (&[][..], Ok("127.0.0.1:1883 false")),
            (
                &[("BROKER_HOST", "::1"), ("BROKER_PORT", "0")],
                Ok("::1:0 false"),
            ),
            (&[("BROKER_HOST", "0.0.0.0")], Err(both.as_str())),
            (
                &[
                    ("BROKER_HOST", "0.0.0.0"),
                    ("BROKER_USERNAME", "a"),
                    ("BROKER_PASSWORD", "b"),
                ],
                Ok("0.0.0.0:1883 true"),
            ),
            (
                &[("BROKER_HOST", "attic"), ("BROKER_PORT", "x")],
                Err(
                    "BROKER_HOST: this is not an IP address; BROKER_PORT: this is not a number from 0 to 65535",
                ),
            ),
            (
                &[("BROKER_USERNAME", "a")],
                Err("BROKER_PASSWORD: a name without a password is set"),
            ),
        ] {
            let found = read(pairs);
            assert_eq!(
                found.as_deref().map_err(String::as_str),
                expected,
                "{pairs:?}"
            );
        }
    }
}
