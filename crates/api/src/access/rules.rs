//! The rules of who is let in from where, as the settings say. Pure.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Nobody is let in without signing in.
    pub production: bool,
    /// What the server is called besides localhost, in lower case; `*.name` means all below a name.
    pub hosts: Vec<String>,
    /// Pages of elsewhere that may ask, such as `https://house.example`.
    pub origins: Vec<String>,
    /// The proxies whose word about the client counts.
    pub proxies: Vec<Network>,
    /// From where metrics may be read without signing in, in production.
    pub metrics: Vec<Network>,
    /// Requests a minute, of an account or else of an address.
    pub rate: u32,
    /// Whether that also holds for the operator on the machine itself.
    pub limits_operator: bool,
}

impl Default for Rules {
    /// As in development, for who is on the machine itself.
    fn default() -> Self {
        Self {
            production: false,
            hosts: Vec::new(),
            origins: Vec::new(),
            proxies: Vec::new(),
            metrics: [
                Network::of([127, 0, 0, 1].into(), 8),
                Network::of(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128),
            ]
            .into(),
            rate: 600,
            limits_operator: false,
        }
    }
}

impl Rules {
    /// From checked texts: `get` gives the value of a setting; `is_given` says whether somebody set it.
    ///
    /// # Errors
    /// With everything that is wrong, a line each.
    pub fn read(
        get: impl Fn(&str) -> String,
        is_given: impl Fn(&str) -> bool,
    ) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let list = |name: &str| -> Vec<String> {
            get(name)
                .split([',', ' '])
                .map(|one| one.trim().to_ascii_lowercase())
                .filter(|one| !one.is_empty())
                .collect()
        };
        let mut networks = |name: &str| -> Vec<Network> {
            let mut found = Vec::new();
            for text in list(name) {
                match text.parse() {
                    Ok(network) => found.push(network),
                    Err(()) => faults.push(format!(
                        "{name}: `{text}` is no address or network; expected such as 192.168.1.2 or 172.16.0.0/12"
                    )),
                }
            }
            found
        };
        let (proxies, metrics) = (networks("TRUSTED_PROXIES"), networks("METRICS_ALLOWED"));
        let hosts = list("ALLOWED_HOSTS");
        for host in &hosts {
            let name = host.strip_prefix("*.").unwrap_or(host);
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
            if name.is_empty() || !name.chars().all(fits) {
                faults.push(format!(
                    "ALLOWED_HOSTS: `{host}` is no name; expected such as house.example or 192.168.1.2"
                ));
            }
        }
        let mut origins = list("ALLOWED_ORIGINS");
        for origin in &mut origins {
            let bare = origin.trim_end_matches('/').to_owned();
            let place = bare
                .strip_prefix("https://")
                .or_else(|| bare.strip_prefix("http://"));
            if place.is_none_or(|place| place.is_empty() || place.contains(['/', '*', '@'])) {
                faults.push(format!(
                    "ALLOWED_ORIGINS: `{origin}` is no origin; expected such as https://house.example"
                ));
            }
            *origin = bare;
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            production: get("ENVIRONMENT") == "production",
            hosts,
            origins,
            proxies,
            metrics,
            rate: get("API_RATE_LIMIT").trim().parse().unwrap_or(600),
            limits_operator: is_given("API_RATE_LIMIT"),
        })
    }

    /// Whether the server is called so (with or without port).
    pub(crate) fn knows_host(&self, host: &str) -> bool {
        let Some(name) = name_of(host).map(str::to_ascii_lowercase) else {
            return false;
        };
        is_own(host)
            || self
                .hosts
                .iter()
                .any(|known| match known.strip_prefix("*.") {
                    Some(tail) => name
                        .strip_suffix(tail)
                        .is_some_and(|head| head.ends_with('.')),
                    None => name_of(known).is_some_and(|known| known == name),
                })
    }

    /// Whether an address is a proxy's whose word counts.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.has(address))
    }
}

/// A host without its port; `None` where it is anything but a name or an address, with a port or without:
/// what else an address can hold (`user@`, `?`, `#`) leads elsewhere.
fn name_of(host: &str) -> Option<&str> {
    // The colons within an IPv6 address are no port's.
    let end = match host.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let is_name = match name.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !name.is_empty() && name.bytes().all(fits)
        }
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let port_is_one = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (is_name && port_is_one).then_some(name)
}

/// Whether a host (with or without port) names this machine.
pub(super) fn is_own(host: &str) -> bool {
    name_of(host).is_some_and(|name| {
        name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
    })
}

/// Whether no name of the public internet can be this: an address, or one word.
pub(super) fn is_no_public_name(host: &str) -> bool {
    name_of(host).is_some_and(|name| {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok() || !name.contains('.')
    })
}

/// An address, or a network of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// A network of so many leading bits.
    #[must_use]
    pub const fn of(address: IpAddr, bits: u8) -> Self {
        Self { address, bits }
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = match address {
            "localhost" => [127, 0, 0, 1].into(),
            address => address
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .map_err(|_| ())?,
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| ()))?;
        (bits <= most).then_some(Self { address, bits }).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Rules, is_no_public_name, is_own};

    fn read(rows: &[(&str, &str)]) -> Result<Rules, Vec<String>> {
        Rules::read(
            |name| {
                let row = rows.iter().find(|(row, _)| *row == name);
                row.map_or_else(String::new, |(_, value)| (*value).to_owned())
            },
            |_| false,
        )
    }

    #[test]
    fn networks() {
        let has = |network: &str, address: &str| {
            let network: Network = network.parse().unwrap();
            network.has(address.parse().unwrap())
        };
        assert!(has("10.0.0.0/8", "10.255.0.1") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("192.168.1.2", "192.168.1.2") && !has("192.168.1.2", "192.168.1.3"));
        assert!(has("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(has("fd00::/8", "fd12::1") && !has("fd00::/8", "fe80::1"));
        assert!(has("0.0.0.0/0", "8.8.8.8") && !has("0.0.0.0/0", "::2"));
        for wrong in ["", "10.0.0.0/33", "10.0.0", "::1/129", "any"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_exact_or_below_a_name() {
        let rules = read(&[("ALLOWED_HOSTS", "House.example, *.home.arpa 192.168.1.2")]).unwrap();
        for host in [
            "house.example",
            "HOUSE.example:8443",
            "a.home.arpa",
            "192.168.1.2:8000",
            "localhost:8000",
        ] {
            assert!(rules.knows_host(host), "{host}");
        }
        for host in [
            "house.example.evil",
            "evil-house.example",
            "home.arpa",
            "evilhome.arpa",
            "192.168.1.20",
            "",
            "house.example:x@evil.com",
            "house.example:",
            "house.example:65536",
            "house.example:+80",
            "house.example:1:2",
            "evil.com?.home.arpa",
            "evil.com#.home.arpa",
            "evil.com/.home.arpa",
            "evil.com\\.home.arpa",
            "user@a.home.arpa",
            "[::1]x:1",
            "[house.example]",
        ] {
            assert!(!rules.knows_host(host), "{host}");
        }
    }

    #[test]
    fn faults_are_listed_at_once() {
        let faults = read(&[
            ("TRUSTED_PROXIES", "nginx"),
            ("METRICS_ALLOWED", "10.0.0.0/99"),
            ("ALLOWED_HOSTS", "*"),
            ("ALLOWED_ORIGINS", "*, house.example, https://ok.example/"),
        ])
        .unwrap_err();
        assert_eq!(faults.len(), 5, "{faults:?}");
        let rules = read(&[("ALLOWED_ORIGINS", "https://Ok.example/")]).unwrap();
        assert_eq!(rules.origins, ["https://ok.example"]);
    }

    #[test]
    fn own_hosts() {
        for host in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:8000",
            "[::1]",
            "[::1]:8000",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "",
            "localhost.evil.example",
            "evil.example",
            "127.0.0.1.nip.io",
            "localhost:",
            "localhost:x",
            "::1",
            "[::1",
            "0.0.0.0:8000",
            "[::2]:8000",
        ] {
            assert!(!is_own(host), "{host}");
        }
        assert!(is_no_public_name("consciousness:8000") && is_no_public_name("10.0.0.1:8000"));
        assert!(!is_no_public_name("evil.example:8000") && !is_no_public_name(""));
    }
}
