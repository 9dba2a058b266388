//! The table of this crate's settings, and how faults in them are told.

use model::{Setting, SettingKind};
use std::fmt;

/// Every setting of the drivers.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "MQTT_URL",
        kind: SettingKind::Url(&["mqtt", "mqtts"]),
        default: "",
        example: "mqtt://user:password@192.168.1.5:1883",
        doc: "The MQTT broker of the household; mqtts:// means TLS. Unset, a broker of our own is started.",
    },
    Setting {
        name: "MQTT_PASSWORD",
        kind: SettingKind::Secret,
        default: "",
        example: "a long and secret phrase",
        doc: "The password for that broker, where MQTT_URL names a user and no password.",
    },
    Setting {
        name: "MQTT_CA_FILE",
        kind: SettingKind::Path,
        default: "",
        example: "/etc/ssl/home-ca.pem",
        doc: "The certificate authority of an mqtts:// broker, in PEM. Unset, those of the system are trusted.",
    },
    Setting {
        name: "MQTT_CLIENT_ID",
        kind: SettingKind::Text,
        default: "consciousness",
        example: "consciousness",
        doc: "How we call ourselves at the broker; two clients must not bear the same name.",
    },
    Setting {
        name: "MQTT_DISCOVERY_PREFIX",
        kind: SettingKind::Text,
        default: "homeassistant",
        example: "homeassistant",
        doc: "Under which topic devices announce themselves.",
    },
    Setting {
        name: "MQTT_ADOPT",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether devices that announce themselves are ours without asking. With false they wait in the inbox.",
    },
    Setting {
        name: "BROKER_HOST",
        kind: SettingKind::Text,
        default: "127.0.0.1",
        example: "0.0.0.0",
        doc: "The address on which our own broker listens, when MQTT_URL is unset. Beyond loopback it needs credentials.",
    },
    Setting {
        name: "BROKER_PORT",
        kind: SettingKind::Integer(0, 65_535),
        default: "1883",
        example: "1883",
        doc: "The port of our own broker; 0 takes any free one.",
    },
    Setting {
        name: "BROKER_USERNAME",
        kind: SettingKind::Text,
        default: "",
        example: "house",
        doc: "The name that clients of our own broker give.",
    },
    Setting {
        name: "BROKER_PASSWORD",
        kind: SettingKind::Secret,
        default: "",
        example: "a long and secret phrase",
        doc: "The password that clients of our own broker give.",
    },
    Setting {
        name: "ENABLE_MDNS",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether devices are looked for by mDNS (Bonjour, Zeroconf).",
    },
    Setting {
        name: "ENABLE_UPNP",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether devices are looked for by SSDP (UPnP).",
    },
    Setting {
        name: "ENABLE_DHCP",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether the neighbour table, lease files and DHCP messages are read for devices.",
    },
    Setting {
        name: "DHCP_LEASE_FILES",
        kind: SettingKind::Text,
        default: "",
        example: "/var/lib/misc/dnsmasq.leases",
        doc: "The lease files of DHCP servers to read, separated by commas: those of dnsmasq, ISC dhcpd or udhcpd. Unset, those in the usual places.",
    },
    Setting {
        name: "ENABLE_BLUETOOTH",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether Bluetooth LE adverts are listened to, through BlueZ. Nothing is connected to or paired.",
    },
    Setting {
        name: "DISCOVERY_INTERVAL",
        kind: SettingKind::Integer(0, 86_400),
        default: "300",
        example: "3600",
        doc: "Seconds between searches for devices; 0 searches only when asked.",
    },
    Setting {
        name: "DISCOVERY_INTERFACES",
        kind: SettingKind::Text,
        default: "",
        example: "eth0,wlan0",
        doc: "The network interfaces on which devices are looked for, separated by commas. Unset: all but loopback; in a simulated house only loopback.",
    },
    Setting {
        name: "HA_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "http://homeassistant.local:8123",
        doc: "A Home Assistant whose devices shall be mirrored. Needs HA_TOKEN.",
    },
    Setting {
        name: "HA_TOKEN",
        kind: SettingKind::Secret,
        default: "",
        example: "a long-lived access token",
        doc: "A long-lived access token of that Home Assistant, from the profile page there.",
    },
    Setting {
        name: "HA_SKIP_PLATFORMS",
        kind: SettingKind::Text,
        default: "mqtt",
        example: "mqtt,esphome",
        doc: "Integrations of that Home Assistant whose entities are left out, separated by commas: what is spoken to directly shall not come twice. `none` leaves nothing out.",
    },
    Setting {
        name: "WEATHER_PROVIDER",
        kind: SettingKind::OneOf(&["off", "open-meteo"]),
        default: "off",
        example: "open-meteo",
        doc: "Who tells the weather. open-meteo needs no key; it learns the place of the house to a tenth of a degree (about 10 km), and nothing else. Needs HOUSE_LATITUDE and HOUSE_LONGITUDE. A simulated house has the simulator's weather unless this is set.",
    },
    Setting {
        name: "WEATHER_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "https://api.open-meteo.com",
        example: "http://192.168.1.9:8080",
        doc: "Where that service is: theirs, or one of your own that speaks the same.",
    },
    Setting {
        name: "WEATHER_INTERVAL",
        kind: SettingKind::Integer(900, 86_400),
        default: "1800",
        example: "3600",
        doc: "Seconds between questions to it at least.",
    },
];

/// The default of a setting of this crate.
pub(crate) fn default(name: &str) -> &'static str {
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .map_or("", |setting| setting.default)
}

/// What is wrong with a setting, with a value that would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {fault}; for example {name}={example}")]
pub struct Fault {
    /// The setting.
    pub name: &'static str,
    /// What is wrong; never the value of a secret.
    pub fault: String,
    /// A value that would be right.
    pub example: &'static str,
}

impl Fault {
    pub(crate) fn of(name: &'static str, fault: impl Into<String>) -> Self {
        let example = SETTINGS
            .iter()
            .find(|setting| setting.name == name)
            .map_or("", |setting| setting.example);
        Self {
            name,
            fault: fault.into(),
            example,
        }
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever it is meant for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
