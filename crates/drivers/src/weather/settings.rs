//! The settings of the weather.

use crate::settings::{Fault, default};
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::sync::watch;

/// Where the house is, in degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Place {
    /// What may leave the house of it: a tenth of a degree, about ten kilometres.
    #[must_use]
    pub fn coarse(self) -> (String, String) {
        // Adding nothing turns a -0.0 into 0.0.
        let tenth = |degrees: f64| format!("{:.1}", (degrees * 10.0).round() / 10.0 + 0.0);
        (tenth(self.latitude), tenth(self.longitude))
    }
}

/// Where the service is.
#[derive(Debug, Clone)]
pub enum Address {
    /// There, out in the world: it must not lead to an address of the house's own network.
    Outside(String),
    /// Where a person said, be it in the house.
    Named(String),
    /// Beside this program, at an address that is only known when it has started.
    Beside(watch::Receiver<Option<String>>),
}

/// How the weather is set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the service is.
    pub address: Address,
    /// Where the house is.
    pub place: Place,
    /// How often it is asked at most.
    pub every: Duration,
    /// Whose midnight begins tomorrow.
    pub zone: TimeZone,
}

impl Settings {
    /// Reads the settings: `None` where the household did not agree. `get` answers a name with the value
    /// that was set; `place` is where the house is, where that is known.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(
        get: impl Fn(&str) -> Option<String>,
        place: Option<Place>,
        zone: TimeZone,
    ) -> Result<Option<Self>, Vec<Fault>> {
        let full = |name: &str| {
            get(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let or_default = |name| full(name).unwrap_or_else(|| default(name).to_owned());
        if or_default("WEATHER_PROVIDER") != "open-meteo" {
            return Ok(None);
        }
        let Some(place) = place else {
            let fault = "the weather of which place? Set HOUSE_LATITUDE and HOUSE_LONGITUDE too";
            return Err(vec![Fault::of("WEATHER_PROVIDER", fault)]);
        };
        let url = or_default("WEATHER_URL");
        if let Err(fault) = host(&url) {
            return Err(vec![Fault::of("WEATHER_URL", fault)]);
        }
        let address = if url == default("WEATHER_URL") {
            Address::Outside(url)
        } else {
            Address::Named(url)
        };
        let every = or_default("WEATHER_INTERVAL").parse().unwrap_or(1_800);
        Ok(Some(Self {
            address,
            place,
            every: Duration::from_secs(every),
            zone,
        }))
    }

    /// The weather of a simulated house: it is asked often, because its time may fly.
    #[must_use]
    pub fn beside(url: watch::Receiver<Option<String>>, place: Place, zone: TimeZone) -> Self {
        Self {
            address: Address::Beside(url),
            place,
            every: Duration::from_secs(10),
            zone,
        }
    }
}

/// The host of a service's address.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn host(url: &str) -> Result<&str, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("this is not a URL")?;
    if !matches!(scheme, "http" | "https") {
        return Err("only http:// and https:// are spoken");
    }
    if rest.contains(['?', '#', '@']) || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(
            "after the host, the port and a path nothing may follow, and no name before them",
        );
    }
    let place = rest.split('/').next().unwrap_or_default();
    let host = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            if port.parse::<u16>().is_ok_and(|port| port > 0) {
                host
            } else {
                return Err("the port is not a number from 1 to 65535");
            }
        }
        _ => place,
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::{Address, Place, Settings, host};
    use jiff::tz::TimeZone;

    fn read(set: &[(&str, &str)], place: Option<Place>) -> Result<Option<Settings>, String> {
        Settings::read(
            |name| {
                set.iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            },
            place,
            TimeZone::UTC,
        )
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    const HERE: Option<Place> = Some(Place {
        latitude: 52.3731,
        longitude: -0.0322,
    });

    #[test]
    fn it_is_off_until_somebody_agrees() {
        assert!(read(&[], HERE).unwrap().is_none());
        assert!(
            read(&[("WEATHER_PROVIDER", "off")], HERE)
                .unwrap()
                .is_none()
        );
        let settings = read(&[("WEATHER_PROVIDER", "open-meteo")], HERE)
            .unwrap()
            .unwrap();
        assert!(matches!(settings.address, Address::Outside(_)));
        assert_eq!(settings.every.as_secs(), 1_800);
        let fault = read(&[("WEATHER_PROVIDER", "open-meteo")], None).unwrap_err();
        assert!(fault.contains("HOUSE_LATITUDE"), "{fault}");
        let own = [
            ("WEATHER_PROVIDER", "open-meteo"),
            ("WEATHER_URL", "http://192.168.1.9:8080"),
        ];
        let settings = read(&own, HERE).unwrap().unwrap();
        assert!(matches!(settings.address, Address::Named(_)));
    }

    #[test]
    fn only_a_tenth_of_a_degree_leaves_the_house() {
        let (north, east) = HERE.unwrap().coarse();
        assert_eq!((north.as_str(), east.as_str()), ("52.4", "0.0"));
    }

    #[test]
    fn hosts_follow_from_addresses() {
        for (url, expected) in [
            ("https://api.open-meteo.com", "api.open-meteo.com"),
            ("http://127.0.0.1:8001/", "127.0.0.1"),
            ("http://[::1]:8001/weather", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(host(url), Ok(expected), "{url}");
        }
        for url in [
            "api.open-meteo.com",
            "ftp://x",
            "http://",
            "http://:80",
            "http://x:0",
            "http://x:99999",
            "http://me:secret@x",
            "http://x/?key=1",
            "http://a b",
        ] {
            assert!(host(url).is_err(), "{url}");
        }
    }
}
