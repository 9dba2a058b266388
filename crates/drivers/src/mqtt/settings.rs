//! The settings of the MQTT driver.

use super::core::Options;
use crate::settings::{Fault, Secret, default};
use std::path::PathBuf;

/// How the driver is set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The broker.
    pub address: Address,
    /// How we call ourselves there.
    pub client_id: String,
    /// What the core needs.
    pub options: Options,
}

/// Where a broker is, and who we are to it. Its `Debug` and `Display` show no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The certificate authority to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The name to give, if any.
    pub username: Option<String>,
    /// The password to give, if any.
    pub password: Secret,
}

impl Settings {
    /// Reads the settings. `own` is the address of our own broker, for when no other is named;
    /// `get` answers a name with the value that was set.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(
        get: impl Fn(&str) -> Option<String>,
        own: Option<Address>,
    ) -> Result<Self, Vec<Fault>> {
        let value = |name: &str| {
            get(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| default(name).to_owned())
        };
        let mut faults = Vec::new();
        let url = value("MQTT_URL");
        let address = if url.is_empty() {
            own.ok_or_else(|| Fault::of("MQTT_URL", "no broker is named and none of our own runs"))
        } else {
            Address::parse(&url).map_err(|fault| Fault::of("MQTT_URL", fault))
        };
        let ca_file = value("MQTT_CA_FILE");
        let prefix = value("MQTT_DISCOVERY_PREFIX");
        if prefix.contains(['+', '#', '\0'])
            || prefix.starts_with(['/', '$'])
            || prefix.ends_with('/')
        {
            let fault = "this is not a plain topic";
            faults.push(Fault::of("MQTT_DISCOVERY_PREFIX", fault));
        }
        let client_id = value("MQTT_CLIENT_ID");
        if client_id.len() > 128 || client_id.chars().any(char::is_control) {
            let fault = "this is longer than 128 bytes or not one line";
            faults.push(Fault::of("MQTT_CLIENT_ID", fault));
        }
        let adopt = match value("MQTT_ADOPT").to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => true,
            "false" | "no" | "off" | "0" => false,
            _ => {
                faults.push(Fault::of("MQTT_ADOPT", "this is neither true nor false"));
                true
            }
        };
        match address {
            Ok(mut address) if faults.is_empty() => {
                let password = value("MQTT_PASSWORD");
                if address.username.is_some()
                    && address.password.reveal().is_empty()
                    && !url.is_empty()
                {
                    address.password = Secret::new(password);
                }
                if !ca_file.is_empty() {
                    address.ca_file = Some(ca_file.into());
                }
                Ok(Self {
                    address,
                    client_id,
                    options: Options {
                        prefix,
                        adopt,
                        ..Options::default()
                    },
                })
            }
            Ok(_) => Err(faults),
            Err(fault) => {
                faults.push(fault);
                Err(faults)
            }
        }
    }
}

impl Address {
    /// A broker without TLS and credentials.
    #[must_use]
    pub fn plain(host: &str, port: u16) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls: false,
            ca_file: None,
            username: None,
            password: Secret::default(),
        }
    }

    /// Reads `mqtt://user:password@host:port`. The error never repeats the text, since there may
    /// be a password in it.
    ///
    /// # Errors
    /// When it is not such a URL; the text is for people.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("this is not a URL")?;
        let tls = match scheme {
            "mqtt" | "tcp" => false,
            "mqtts" | "ssl" => true,
            _ => return Err("only mqtt:// and mqtts:// are spoken".to_owned()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?']) {
            return Err("after the host and port nothing may follow".to_owned());
        }
        let (who, place) = match rest.rsplit_once('@') {
            Some((who, place)) => (Some(who), place),
            None => (None, rest),
        };
        let (username, password) = match who {
            None => (None, String::new()),
            Some(who) => {
                let (name, password) = who.split_once(':').unwrap_or((who, ""));
                (Some(decode(name)?), decode(password)?)
            }
        };
        let default = if tls { 8_883 } else { 1_883 };
        let (host, port) = if let Some(bare) = place.strip_prefix('[') {
            let (host, tail) = bare.split_once(']').ok_or("the address lacks its `]`")?;
            (host, tail.strip_prefix(':'))
        } else {
            match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            }
        };
        if host.is_empty() {
            return Err("the host is missing".to_owned());
        }
        let port = match port {
            None => default,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or("the port is not a number from 1 to 65535")?,
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            tls,
            ca_file: None,
            username,
            password: Secret::new(password),
        })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Percent-encoded text as it is.
fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next(), rest.next()];
            let [Some(high), Some(low)] = hex.map(|digit| (digit? as char).to_digit(16)) else {
                return Err("a `%` is not followed by two hexadecimal digits".to_owned());
            };
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| "the name or password is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Address, Settings};

    #[test]
    fn urls_are_read_and_never_show_their_password() {
        for (url, expected) in [
            ("mqtt://broker", "mqtt://broker:1883 None ''"),
            ("mqtts://broker", "mqtts://broker:8883 None ''"),
            (
                "mqtt://anna:p%40ss%3Aw@10.0.0.1:1884/",
                "mqtt://10.0.0.1:1884 Some(\"anna\") 'p@ss:w'",
            ),
            ("mqtt://[::1]:1885", "mqtt://::1:1885 None ''"),
        ] {
            let address = Address::parse(url).expect(url);
            let secret = address.password.reveal();
            assert_eq!(
                format!("{address} {:?} '{secret}'", address.username),
                expected
            );
            assert!(!format!("{address:?}").contains("p@ss"), "{address:?}");
        }
        for url in [
            "broker",
            "http://broker",
            "mqtt://",
            "mqtt://a:s3cret@",
            "mqtt://broker:0",
            "mqtt://broker:x",
            "mqtt://u:s3cret@broker/path",
            "mqtt://u:%zz@broker",
        ] {
            let fault = Address::parse(url).expect_err(url);
            assert!(!fault.contains("s3cret"), "{fault}");
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let get = |name: &str| {
            Some(
                match name {
                    "MQTT_URL" => "ftp://u:s3cret@x",
                    "MQTT_ADOPT" => "perhaps",
                    "MQTT_DISCOVERY_PREFIX" => "home/#",
                    _ => return None,
                }
                .to_owned(),
            )
        };
        let faults = Settings::read(get, None).expect_err("faults");
        let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "MQTT_DISCOVERY_PREFIX: this is not a plain topic; for example MQTT_DISCOVERY_PREFIX=homeassistant",
                "MQTT_ADOPT: this is neither true nor false; for example MQTT_ADOPT=false",
                "MQTT_URL: only mqtt:// and mqtts:// are spoken; for example MQTT_URL=mqtt://user:password@192.168.1.5:1883",
            ]
        );
        let apart = |name: &str| {
            let value = match name {
                "MQTT_URL" => "mqtt://anna@broker",
                "MQTT_PASSWORD" => "hush",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let settings = Settings::read(apart, None).expect("a password apart");
        assert_eq!(settings.address.password.reveal(), "hush");
        let settings =
            Settings::read(|_| None, Some(Address::plain("127.0.0.1", 1))).expect("defaults");
        assert!(settings.options.adopt);
        assert_eq!(settings.options.prefix, "homeassistant");
    }
}
