//! The settings of this crate, and the bounds that follow from them.

use crate::access::Rules;
use model::{Setting, SettingKind};
use std::time::Duration;

/// The settings of the API, for the joined table.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "API_HOST",
        kind: SettingKind::Text,
        default: "127.0.0.1",
        example: "127.0.0.1",
        doc: "The address to listen on. In development only one of the machine itself, such as 127.0.0.1; \
              in production also 0.0.0.0 or [::] for every one.",
    },
    Setting {
        name: "API_PORT",
        kind: SettingKind::Integer(0, 65_535),
        default: "8000",
        example: "8000",
        doc: "The port to listen on. 0 takes any free one; the server prints which.",
    },
    Setting {
        name: "API_MAX_BODY_KIB",
        kind: SettingKind::Integer(1, 65_536),
        default: "256",
        example: "256",
        doc: "The largest body of a request, in KiB. Larger ones are refused before they are read.",
    },
    Setting {
        name: "API_MAX_CONNECTIONS",
        kind: SettingKind::Integer(8, 65_536),
        default: "512",
        example: "512",
        doc: "How many HTTP connections may be open at once. A further one takes the place of the one that \
              has asked nothing for the longest time; where all are being answered it waits \
              for the first that is done.",
    },
    Setting {
        name: "API_MAX_LIVE",
        kind: SettingKind::Integer(1, 65_536),
        default: "128",
        example: "128",
        doc: "How many live connections (WebSockets) may be open at once. Further ones get 503.",
    },
    Setting {
        name: "API_RATE_LIMIT",
        kind: SettingKind::Integer(1, 1_000_000),
        default: "600",
        example: "600",
        doc: "How many requests a minute one may make: an account, a token, or an address of which nobody \
              is known. Further ones get 429. The operator on the machine itself is limited only where this \
              is set. /health and /metrics do not count.",
    },
    Setting {
        name: "ALLOWED_HOSTS",
        kind: SettingKind::Text,
        default: "",
        example: "house.example, 192.168.1.2",
        doc: "What the server is called besides localhost, separated by commas: names or addresses without \
              port; *.house.example means all below it. Requests by another name are refused.",
    },
    Setting {
        name: "ALLOWED_ORIGINS",
        kind: SettingKind::Text,
        default: "",
        example: "https://panel.example",
        doc: "Pages of elsewhere that may ask with a token (CORS), separated by commas. The server's own \
              page need not be named.",
    },
    Setting {
        name: "TRUSTED_PROXIES",
        kind: SettingKind::Text,
        default: "",
        example: "127.0.0.1, 172.16.0.0/12",
        doc: "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count, separated \
              by commas. With one, nobody is the operator for asking from the machine itself.",
    },
    Setting {
        name: "METRICS_ALLOWED",
        kind: SettingKind::Text,
        default: "127.0.0.0/8, ::1",
        example: "127.0.0.1, 172.16.0.0/12",
        doc: "Addresses or networks from which /metrics may be read without signing in, in production, \
              separated by commas.",
    },
];

/// What bounds the API. [`Limits::default`] are the defaults of [`SETTINGS`]; tests make them
/// small.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest body of a request, in bytes.
    pub body: usize,
    /// The longest path with its query, in bytes.
    pub target: usize,
    /// How many HTTP connections may be open at once.
    pub connections: usize,
    /// How many WebSockets may be open at once.
    pub sockets: usize,
    /// How many live messages wait for a slow client before it has to resync.
    pub backlog: usize,
    /// How long a client may take to send the head of a request; also how long a connection may
    /// stay open without one.
    pub head_within: Duration,
    /// How long a client may pause while it sends a body.
    pub body_pause: Duration,
    /// How long a client may take to read the next piece of an answer.
    pub write_pause: Duration,
    /// How long a handler may take.
    pub handler: Duration,
    /// How long `?wait=settled` waits for a wish to end.
    pub settle: Duration,
    /// How long a WebSocket may be silent; it is pinged three times within that.
    pub idle: Duration,
    /// How long requests in flight get at a shutdown.
    pub drain: Duration,
    /// Who is let in from where.
    pub rules: Rules,
}

impl Limits {
    /// How many commands a batch may have.
    pub const BATCH: usize = 100;
    /// The largest page of a list.
    pub const PAGE: usize = 500;
    /// A page where the client does not say.
    pub const PAGE_DEFAULT: usize = 100;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 256 * 1024,
            target: 8 * 1024,
            connections: 512,
            sockets: 128,
            backlog: 2_048,
            head_within: Duration::from_secs(15),
            body_pause: Duration::from_secs(10),
            write_pause: Duration::from_secs(30),
            handler: Duration::from_secs(90),
            settle: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            rules: Rules::default(),
        }
    }
}

/// Where to listen and how much to take, as the binary read it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `API_HOST`
    pub host: String,
    /// `API_PORT`
    pub port: u16,
    /// The rest.
    pub limits: Limits,
}

impl Settings {
    /// From checked texts: `get` gives the value of a setting of [`SETTINGS`] (its default where
    /// nothing is set). What does not parse falls back to the default; the binary has said so
    /// before it comes to this.
    #[must_use]
    pub fn read(get: impl Fn(&str) -> String) -> Self {
        let defaults = Limits::default();
        let number = |name: &str, default: usize| get(name).trim().parse().unwrap_or(default);
        Self {
            host: get("API_HOST").trim().to_owned(),
            port: get("API_PORT").trim().parse().unwrap_or(8_000),
            limits: Limits {
                body: number("API_MAX_BODY_KIB", defaults.body / 1024) * 1024,
                connections: number("API_MAX_CONNECTIONS", defaults.connections),
                sockets: number("API_MAX_LIVE", defaults.sockets),
                ..defaults
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SETTINGS, Settings};

    #[test]
    fn the_table_and_the_defaults_agree() {
        let settings = Settings::read(|name| {
            let row = SETTINGS
                .iter()
                .find(|setting| setting.name == name)
                .unwrap();
            row.default.to_owned()
        });
        let defaults = super::Limits::default();
        assert_eq!(settings.host, "127.0.0.1");
        assert_eq!(settings.port, 8_000);
        assert_eq!(settings.limits.body, defaults.body);
        assert_eq!(settings.limits.connections, defaults.connections);
        assert_eq!(settings.limits.sockets, defaults.sockets);
    }
}
