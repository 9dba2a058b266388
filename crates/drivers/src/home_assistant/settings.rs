//! The settings of the mirror.

use crate::settings::{Fault, Secret, default};

/// How the mirror is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where Home Assistant is: `http://host:8123`, or https, with a path where it stands behind one.
    pub url: String,
    /// A long-lived access token of it.
    pub token: Secret,
    /// Entities of these integrations are left out.
    pub skip_platforms: Vec<String>,
}

impl Settings {
    /// Reads the settings: `None` where none names a Home Assistant. `get` answers a name with the
    /// value that was set.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Vec<Fault>> {
        let full = |name: &str| {
            get(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let mut faults = Vec::new();
        let (url, token) = match (full("HA_URL"), full("HA_TOKEN")) {
            (None, None) => return Ok(None),
            (Some(url), Some(token)) => (url, token),
            (Some(_), None) => {
                let fault = "HA_URL is set and this is not; make a long-lived access token on the profile page there, and set it or put it into the vault";
                return Err(vec![Fault::of("HA_TOKEN", fault)]);
            }
            (None, Some(_)) => {
                let fault = "HA_TOKEN is set and this is not; say where that Home Assistant is";
                return Err(vec![Fault::of("HA_URL", fault)]);
            }
        };
        if let Err(fault) = address(&url) {
            faults.push(Fault::of("HA_URL", fault));
        }
        if token.len() > 4_096 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let fault = "this is longer than 4096 bytes or not one word of plain characters";
            faults.push(Fault::of("HA_TOKEN", fault));
        }
        let skip =
            full("HA_SKIP_PLATFORMS").unwrap_or_else(|| default("HA_SKIP_PLATFORMS").to_owned());
        let skip_platforms: Vec<String> = skip
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty() && *name != "none")
            .map(str::to_owned)
            .collect();
        let is_word = |name: &String| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            name.bytes().all(plain)
        };
        if !skip_platforms.iter().all(is_word) {
            let fault = "these are not names of integrations separated by commas";
            faults.push(Fault::of("HA_SKIP_PLATFORMS", fault));
        }
        if faults.is_empty() {
            Ok(Some(Self {
                url,
                token: Secret::new(token),
                skip_platforms,
            }))
        } else {
            Err(faults)
        }
    }

    /// The address of the WebSocket API.
    ///
    /// # Errors
    /// When the URL is none; the text is for people and never repeats it.
    pub fn address(&self) -> Result<String, String> {
        address(&self.url)
    }
}

/// The address of the WebSocket API behind a URL.
fn address(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").ok_or("this is not a URL")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "ws",
        "https" => "wss",
        _ => return Err("only http:// and https:// are spoken".to_owned()),
    };
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if place.contains('@') {
        return Err("a name or password has no place in it; HA_TOKEN says who we are".to_owned());
    }
    if rest.contains(['?', '#']) {
        return Err("after the host, port and path nothing may follow".to_owned());
    }
    let address = format!("{scheme}://{}/api/websocket", rest.trim_end_matches('/'));
    let uri: tokio_tungstenite::tungstenite::http::Uri = address
        .parse()
        .map_err(|_| "this is not a URL".to_owned())?;
    // A port that is none is no port there, and must not pass for the default one.
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    if has_port && uri.port_u16().is_none_or(|port| port == 0) {
        return Err("the port is not a number from 1 to 65535".to_owned());
    }
    match uri.host() {
        Some(host) if !host.is_empty() && !host.contains('%') => Ok(address),
        _ => Err("the host is missing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, address};

    fn read(set: &[(&str, &str)]) -> Result<Option<Settings>, Vec<String>> {
        Settings::read(|name| {
            set.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_follow_from_urls() {
        for (url, expected) in [
            (
                "http://homeassistant.local:8123",
                "ws://homeassistant.local:8123/api/websocket",
            ),
            (
                "https://ha.example.org/",
                "wss://ha.example.org/api/websocket",
            ),
            (
                "http://[fd00::1]:8123/",
                "ws://[fd00::1]:8123/api/websocket",
            ),
            (
                "https://example.org/ha/",
                "wss://example.org/ha/api/websocket",
            ),
        ] {
            assert_eq!(address(url).as_deref(), Ok(expected));
        }
        for url in [
            "homeassistant.local",
            "ws://x",
            "http://",
            "http://:8123",
            "http://anna:s3cret@x",
            "http://x:99999",
            "http://x/?token=s3cret",
            "http://a b",
        ] {
            let fault = address(url).expect_err(url);
            assert!(!fault.contains("s3cret"), "{fault}");
        }
    }

    #[test]
    fn both_or_none_are_set_and_secrets_are_never_shown() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("HA_URL", " "), ("HA_TOKEN", "")]), Ok(None));
        let both = [("HA_URL", "http://ha:8123"), ("HA_TOKEN", "s3cret.token")];
        let settings = read(&both).expect("settings").expect("some");
        assert_eq!(settings.skip_platforms, ["mqtt"]);
        assert!(!format!("{settings:?}").contains("s3cret"));
        let all = [both[0], both[1], ("HA_SKIP_PLATFORMS", "none")];
        assert!(
            read(&all)
                .expect("settings")
                .expect("some")
                .skip_platforms
                .is_empty()
        );
        assert_eq!(
            read(&both[..1]).expect_err("a fault"),
            [
                "HA_TOKEN: HA_URL is set and this is not; make a long-lived access token on the profile page there, and set it or put it into the vault; for example HA_TOKEN=a long-lived access token"
            ]
        );
        assert_eq!(
            read(&both[1..]).expect_err("a fault"),
            [
                "HA_URL: HA_TOKEN is set and this is not; say where that Home Assistant is; for example HA_URL=http://homeassistant.local:8123"
            ]
        );
        let wrong = [
            ("HA_URL", "ftp://x"),
            ("HA_TOKEN", "two words"),
            ("HA_SKIP_PLATFORMS", "mqtt;zha"),
        ];
        let faults = read(&wrong).expect_err("faults");
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(!faults.concat().contains("two words"), "{faults:?}");
    }
}
