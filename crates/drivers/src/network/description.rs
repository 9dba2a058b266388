//! What a person types in to add a thing by hand. Pure.

use model::DeviceKind;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A type of thing that can be added by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// The word that a person chooses.
    pub word: &'static str,
    /// Where it usually listens; `None` means that the port has to be given.
    pub port: Option<u16>,
    /// What it becomes in the house.
    pub kind: DeviceKind,
    /// What people would call it.
    pub what: &'static str,
    /// Whether it is asked for its name by HTTP.
    pub is_http: bool,
}

const fn of(word: &'static str, port: u16, kind: DeviceKind, what: &'static str) -> Type {
    Type {
        word,
        port: Some(port),
        kind,
        what,
        is_http: false,
    }
}

const fn web(mut of: Type) -> Type {
    of.is_http = true;
    of
}

/// Every type that can be added by hand.
pub static TYPES: &[Type] = &[
    web(of("http", 80, DeviceKind::Other, "web server")),
    of("https", 443, DeviceKind::Other, "web server with TLS"),
    web(of("shelly", 80, DeviceKind::Switch, "Shelly")),
    web(of("tasmota", 80, DeviceKind::Switch, "Tasmota device")),
    web(of("wled", 80, DeviceKind::Light, "WLED light")),
    web(of(
        "homeassistant",
        8_123,
        DeviceKind::Bridge,
        "Home Assistant",
    )),
    of("esphome", 6_053, DeviceKind::Other, "ESPHome device"),
    of("homekit", 51_826, DeviceKind::Bridge, "HomeKit bridge"),
    of("hue", 443, DeviceKind::Bridge, "Hue bridge"),
    of("kasa", 9_999, DeviceKind::Outlet, "Kasa plug"),
    of("mqtt", 1_883, DeviceKind::Bridge, "MQTT broker"),
    of("mqtts", 8_883, DeviceKind::Bridge, "MQTT broker with TLS"),
    of("modbus", 502, DeviceKind::Meter, "Modbus device"),
    of("upnp", 49_152, DeviceKind::MediaPlayer, "UPnP device"),
    of("chromecast", 8_009, DeviceKind::MediaPlayer, "Chromecast"),
    of(
        "airplay",
        7_000,
        DeviceKind::MediaPlayer,
        "AirPlay receiver",
    ),
    of("sonos", 1_400, DeviceKind::MediaPlayer, "Sonos speaker"),
    of("camera", 554, DeviceKind::Other, "camera (RTSP)"),
    of("printer", 631, DeviceKind::Other, "printer (IPP)"),
    of("nas", 445, DeviceKind::Other, "network storage (SMB)"),
    of("ssh", 22, DeviceKind::Other, "computer (SSH)"),
    Type {
        word: "tcp",
        port: None,
        kind: DeviceKind::Other,
        what: "device",
        is_http: false,
    },
];

/// Where a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

/// What a person typed in, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) host: Host,
    pub(super) kind: &'static Type,
    pub(super) port: u16,
    pub(super) name: Option<String>,
}

/// Reads what a person typed in; the error says what is wrong, what was expected and what to do.
pub(super) fn read(value: &Value) -> Result<Description, String> {
    const KNOWN: &[&str] = &["ip", "host", "type", "port", "name"];
    const EXAMPLE: &str = r#"for example {"ip": "192.168.1.20", "type": "printer"}"#;
    let fields = value
        .as_object()
        .ok_or_else(|| format!("the description is no object; {EXAMPLE}"))?;
    if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        let unknown: String = unknown.chars().take(40).collect();
        return Err(format!(
            "`{unknown}` is not known here; expected ip or host, type, port and name; {EXAMPLE}"
        ));
    }
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        Some(_) => Err(format!("`{name}` has to be a text; {EXAMPLE}")),
    };
    let host = match (text("ip")?, text("host")?) {
        (Some(ip), None) => Host::Address(address(&ip)?),
        (None, Some(host)) => match host.parse::<IpAddr>() {
            Ok(_) => Host::Address(address(&host)?),
            Err(_) => Host::Name(host_name(&host)?),
        },
        (Some(_), Some(_)) => {
            return Err("both `ip` and `host` are given; give one of them".to_owned());
        }
        (None, None) => return Err(format!("the address is missing: `ip` or `host`; {EXAMPLE}")),
    };
    let word = text("type")?.unwrap_or_default().to_lowercase();
    let kind = TYPES.iter().find(|kind| kind.word == word).ok_or_else(|| {
        let all: Vec<_> = TYPES.iter().map(|kind| kind.word).collect();
        let what = if word.is_empty() {
            "the `type` is missing".to_owned()
        } else {
            let shown: String = word.chars().take(40).collect();
            format!("the type `{shown}` is not known")
        };
        format!("{what}; expected one of {}", all.join(", "))
    })?;
    let port = match fields.get("port") {
        None | Some(Value::Null) => kind.port.ok_or_else(|| {
            format!(
                "a thing of the type `{}` needs its `port`: a number from 1 to 65535",
                kind.word
            )
        })?,
        Some(Value::Number(number)) => number
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port > 0)
            .ok_or_else(|| {
                format!("the port {number} is none; expected a number from 1 to 65535")
            })?,
        Some(_) => return Err("`port` has to be a number from 1 to 65535".to_owned()),
    };
    let name = text("name")?;
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > 80 || name.chars().any(char::is_control))
    {
        return Err("`name` has to be one line of at most 80 characters".to_owned());
    }
    Ok(Description {
        host,
        kind,
        port,
        name,
    })
}

impl Description {
    /// The thing's native id.
    pub(super) fn native_id(&self) -> String {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]:{}", self.port),
            Host::Address(address) => format!("{address}:{}", self.port),
            Host::Name(name) => format!("{name}:{}", self.port),
        }
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| {
        let shown: String = text.chars().take(60).collect();
        format!(
            "`{shown}` is no IP address; expected one such as 192.168.1.20, or a name as `host`"
        )
    })?;
    let address = address.to_canonical();
    if is_inside(address) {
        Ok(address)
    } else {
        Err(outside(address))
    }
}

/// Why an address outside is refused.
pub(super) fn outside(address: IpAddr) -> String {
    format!(
        "{address} is not in the house's own network; expected a private address such as 192.168.1.20, 10.0.0.20 or fd00::20"
    )
}

/// Whether an address is of the house's own network, and one thing's.
pub(super) fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => is_inside_v4(four),
        IpAddr::V6(six) => is_inside_v6(six),
    }
}

fn is_inside_v4(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_loopback() || address.is_link_local()
}

fn is_inside_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unicast_link_local() || address.is_unique_local()
}

/// A name as networks have them: letters, digits, `-` and `_` in parts divided by dots.
fn host_name(text: &str) -> Result<String, String> {
    let text = text.to_lowercase();
    let text = text.strip_suffix('.').unwrap_or(&text);
    let is_part = |part: &str| {
        let fits = (1..=63).contains(&part.len());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        fits && part.chars().all(is_plain) && !part.starts_with('-') && !part.ends_with('-')
    };
    // What ends in a number would be an address written in some odd way.
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_odd = last.bytes().all(|c| c.is_ascii_digit()) || last.starts_with("0x");
    if text.len() > 253 || is_odd || !text.split('.').all(is_part) {
        let shown: String = text.chars().take(60).collect();
        return Err(format!(
            "`{shown}` is no name of a host; expected one such as printer.local, or an address as `ip`"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{TYPES, read};
    use serde_json::json;

    #[test]
    fn good_descriptions_are_taken() {
        for (value, id) in [
            (
                json!({"ip": "192.168.1.20", "type": "printer"}),
                "192.168.1.20:631",
            ),
            (
                json!({"ip": " 10.0.0.1 ", "type": "HTTP", "port": 8080, "name": "Door"}),
                "10.0.0.1:8080",
            ),
            (
                json!({"host": "Printer.local.", "type": "printer", "port": null}),
                "printer.local:631",
            ),
            (
                json!({"host": "10.0.0.1", "type": "tcp", "port": 7}),
                "10.0.0.1:7",
            ),
            (json!({"ip": "fd00::20", "type": "ssh"}), "[fd00::20]:22"),
            (
                json!({"ip": "::ffff:10.0.0.1", "type": "ssh"}),
                "10.0.0.1:22",
            ),
            (json!({"ip": "127.0.0.1", "type": "mqtt"}), "127.0.0.1:1883"),
        ] {
            assert_eq!(read(&value).expect("a description").native_id(), id);
        }
    }

    #[test]
    fn bad_descriptions_are_refused_with_what_to_do() {
        for (value, expected) in [
            (json!([]), "the description is no object"),
            (json!({}), "the address is missing"),
            (
                json!({"ip": "10.0.0.1"}),
                "the `type` is missing; expected one of http",
            ),
            (
                json!({"ip": "10.0.0.1", "type": "toaster"}),
                "the type `toaster` is not known",
            ),
            (
                json!({"ip": "10.0.0.1", "host": "x", "type": "ssh"}),
                "both `ip` and `host`",
            ),
            (json!({"ip": "10.0.0.1", "type": "tcp"}), "needs its `port`"),
            (
                json!({"ip": "10.0.0.1", "type": "tcp", "port": 0}),
                "the port 0 is none",
            ),
            (
                json!({"ip": "10.0.0.1", "type": "tcp", "port": 70000}),
                "the port 70000 is none",
            ),
            (
                json!({"ip": "10.0.0.1", "type": "tcp", "port": "80"}),
                "`port` has to be a number",
            ),
            (
                json!({"ip": "10.0.0.1", "type": "ssh", "password": "x"}),
                "`password` is not known",
            ),
            (
                json!({"ip": "10.0.0.1", "type": "ssh", "name": "a\nb"}),
                "`name` has to be one line",
            ),
            (json!({"ip": 7, "type": "ssh"}), "`ip` has to be a text"),
            (
                json!({"ip": "printer", "type": "ssh"}),
                "`printer` is no IP address",
            ),
            (
                json!({"ip": "8.8.8.8", "type": "ssh"}),
                "8.8.8.8 is not in the house's own network",
            ),
            (
                json!({"ip": "0.0.0.0", "type": "ssh"}),
                "0.0.0.0 is not in the house's",
            ),
            (
                json!({"ip": "::ffff:8.8.8.8", "type": "ssh"}),
                "8.8.8.8 is not in the house's",
            ),
            (
                json!({"ip": "224.0.0.1", "type": "ssh"}),
                "224.0.0.1 is not in the house's",
            ),
            (
                json!({"host": "2606:4700::1", "type": "ssh"}),
                "2606:4700::1 is not in the house's",
            ),
            (
                json!({"host": "0x7f000001", "type": "ssh"}),
                "`0x7f000001` is no name of a host",
            ),
            (
                json!({"host": "2130706433", "type": "ssh"}),
                "`2130706433` is no name of a host",
            ),
            (
                json!({"host": "a b", "type": "ssh"}),
                "`a b` is no name of a host",
            ),
            (
                json!({"host": "http://x/", "type": "http"}),
                "`http://x/` is no name of a host",
            ),
        ] {
            let fault = read(&value).expect_err("a fault");
            assert!(
                fault.starts_with(expected) || fault.contains(expected),
                "{fault}"
            );
        }
    }

    #[test]
    fn types_are_plain_words_and_stand_once() {
        for (at, kind) in TYPES.iter().enumerate() {
            assert_eq!(kind.word, kind.word.to_lowercase());
            assert!(TYPES[at + 1..].iter().all(|other| other.word != kind.word));
        }
    }
}
