//! From where a request comes, and whether its Host and Origin are ones that we answer. Pure.

use super::rules::{Rules, is_no_public_name};
use crate::error::{ApiError, ErrorCode};
use axum::http::{HeaderMap, HeaderName, Uri, header};
use std::net::{IpAddr, SocketAddr};

/// The most hops of a forwarding header that are looked at.
const HOPS: usize = 32;

/// From where a request comes.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The client, as far as that can be known.
    pub(crate) address: Option<IpAddr>,
    /// Whether the way to the client is encrypted, as a trusted proxy says.
    pub(crate) is_secure: bool,
    /// Whether it comes over the socket in the data folder, which the operator alone can open.
    pub(crate) is_socket: bool,
    /// Whether it comes from the machine itself, directly.
    pub(crate) is_here: bool,
    /// The header that says that it was forwarded by somebody whose word does not count.
    pub(crate) forwarded: Option<HeaderName>,
    /// The name by which it came, with its port, as far as that can be known.
    pub(crate) host: Option<String>,
    /// Whether Host and Origin are ours, and if not why.
    pub(crate) place: Result<(), ApiError>,
    /// Whether the Host at least cannot be a name that somebody bent to this machine.
    pub(crate) is_unbent: bool,
}

impl Visit {
    /// Over the socket in the data folder.
    pub(crate) const fn over_socket() -> Self {
        Self {
            address: None,
            is_secure: false,
            is_socket: true,
            is_here: true,
            forwarded: None,
            host: None,
            place: Ok(()),
            is_unbent: true,
        }
    }

    /// Over the network.
    pub(crate) fn over_network(
        rules: &Rules,
        peer: Option<SocketAddr>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Self {
        let peer = peer.map(|peer| peer.ip().to_canonical());
        let by_proxy = peer.is_some_and(|peer| rules.trusts(peer));
        let forwarding = headers
            .keys()
            .find(|name| is_forwarding(name.as_str()))
            .cloned();
        let address = if by_proxy {
            client_of(rules, headers).or(peer)
        } else {
            peer
        };
        let is_secure = by_proxy
            && last(headers, "x-forwarded-proto")
                .is_some_and(|it| it.eq_ignore_ascii_case("https"));
        let forwarded = forwarding.filter(|_| !by_proxy);
        let is_here = forwarded.is_none()
            && rules.proxies.is_empty()
            && peer.is_some_and(|peer| peer.is_loopback());
        let host = one(headers, header::HOST);
        Self {
            address,
            is_secure,
            is_socket: false,
            is_here,
            forwarded,
            host: host.map(str::to_owned),
            place: place(rules, host, uri, headers),
            is_unbent: host.is_some_and(|host| {
                headers.get(header::ORIGIN).is_none()
                    && (rules.knows_host(host) || is_no_public_name(host))
            }),
        }
    }
}

/// Whether Host and Origin are ones that we answer.
fn place(
    rules: &Rules,
    host: Option<&str>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    let in_target = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = host.filter(|host| rules.knows_host(host));
    let Some(host) = host.filter(|host| in_target.is_none_or(|target| target == *host)) else {
        let given = headers
            .get(header::HOST)
            .map(|host| String::from_utf8_lossy(host.as_bytes()));
        return Err(ApiError::new(
            ErrorCode::ForeignHost,
            format!(
                "the Host header is `{}`",
                shortened(&given.unwrap_or_default())
            ),
        )
        .expected(
            "localhost, 127.0.0.1 or [::1] with the server's port, or a name of ALLOWED_HOSTS",
        ));
    };
    // A page of another port on this machine is somebody else's page, so the port counts too.
    let own = |origin: &str| {
        origin == format!("http://{host}")
            || origin == format!("https://{host}")
            || rules.origins.iter().any(|known| known == origin)
    };
    if headers.contains_key(header::ORIGIN) && !one(headers, header::ORIGIN).is_some_and(own) {
        let given = headers
            .get(header::ORIGIN)
            .map(|origin| String::from_utf8_lossy(origin.as_bytes()));
        return Err(ApiError::new(
            ErrorCode::ForeignOrigin,
            format!(
                "the Origin header is `{}`",
                shortened(&given.unwrap_or_default())
            ),
        )
        .expected(format!(
            "http://{host}, one of ALLOWED_ORIGINS, or no Origin at all"
        )));
    }
    Ok(())
}

/// The client as trusted proxies tell: the last address that none of them is.
fn client_of(rules: &Rules, headers: &HeaderMap) -> Option<IpAddr> {
    let mut told = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        told.extend(value.to_str().ok()?.split(',').map(str::trim));
    }
    let mut farthest = None;
    for hop in told.iter().rev().take(HOPS) {
        // Some write the port along.
        let address = hop
            .parse::<IpAddr>()
            .or_else(|_| hop.parse::<SocketAddr>().map(|it| it.ip()));
        let Ok(address) = address else {
            return farthest;
        };
        farthest = Some(address.to_canonical());
        if !rules.trusts(address) {
            return farthest;
        }
    }
    farthest
}

/// The last value of a header that proxies add to.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

/// Headers that proxies add to say for whom they speak.
fn is_forwarding(name: &str) -> bool {
    name.starts_with("x-forwarded")
        || matches!(
            name,
            "forwarded"
                | "via"
                | "x-real-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "x-original-forwarded-for"
                | "x-original-host"
                | "x-envoy-external-address"
                | "cf-connecting-ip"
                | "true-client-ip"
                | "fastly-client-ip"
        )
}

/// A header that stands exactly once; two of a kind are a trick.
pub(super) fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::{Rules, Visit};
    use crate::ErrorCode;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    fn visit(rules: &Rules, peer: &str, target: &str, headers: &[(&str, &str)]) -> Visit {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let target: Uri = target.parse().unwrap();
        Visit::over_network(rules, Some(peer.parse().unwrap()), &target, &map)
    }

    #[test]
    fn only_the_machine_itself_is_here_and_only_by_its_own_names() {
        let here = "127.0.0.1:40000";
        let host = ("host", "localhost:8000");
        let foreign = Some(ErrorCode::ForeignHost);
        let elsewhere = Some(ErrorCode::ForeignOrigin);
        for (peer, target, headers, is_here, expected) in [
            (here, "/", vec![host], true, None),
            ("[::1]:40000", "/", vec![("host", "[::1]:8000")], true, None),
            (
                "[::ffff:127.0.0.1]:1",
                "/",
                vec![("host", "127.0.0.1")],
                true,
                None,
            ),
            ("192.168.1.7:40000", "/", vec![host], false, None),
            (here, "/", vec![], true, foreign),
            (
                here,
                "/",
                vec![("host", "evil.example:8000")],
                true,
                foreign,
            ),
            (
                here,
                "/",
                vec![host, ("host", "evil.example")],
                true,
                foreign,
            ),
            (here, "http://evil.example/", vec![host], true, foreign),
            (here, "http://localhost:8000/", vec![host], true, None),
            (
                here,
                "/",
                vec![host, ("origin", "http://localhost:8000")],
                true,
                None,
            ),
            (
                here,
                "/",
                vec![host, ("origin", "http://localhost:3000")],
                true,
                elsewhere,
            ),
            (
                here,
                "/",
                vec![host, ("origin", "http://127.0.0.1:8000")],
                true,
                elsewhere,
            ),
            (here, "/", vec![host, ("origin", "null")], true, elsewhere),
            (
                here,
                "/",
                vec![host, ("origin", "https://evil.example")],
                true,
                elsewhere,
            ),
            (
                here,
                "/",
                vec![host, ("X-Forwarded-For", "127.0.0.1")],
                false,
                None,
            ),
            (
                here,
                "/",
                vec![host, ("x-forwarded-anything", "")],
                false,
                None,
            ),
            (
                here,
                "/",
                vec![host, ("Forwarded", "for=1.2.3.4")],
                false,
                None,
            ),
            (
                here,
                "/",
                vec![host, ("X-Real-IP", "127.0.0.1")],
                false,
                None,
            ),
            (here, "/", vec![host, ("Via", "1.1 proxy")], false, None),
        ] {
            let visit = visit(&Rules::default(), peer, target, &headers);
            let code = visit.place.err().map(|error| error.code);
            assert_eq!(
                (visit.is_here, code),
                (is_here, expected),
                "{peer} {target} {headers:?}"
            );
        }
    }

    #[test]
    fn only_a_trusted_proxys_word_about_the_client_counts() {
        let rules = Rules {
            proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..Rules::default()
        };
        let host = ("host", "localhost");
        let address = |peer: &str, told: &[&str]| {
            let mut headers = vec![host];
            headers.extend(told.iter().map(|told| ("x-forwarded-for", *told)));
            headers.push(("x-forwarded-proto", "https"));
            let visit = visit(&rules, peer, "/", &headers);
            (visit.address.unwrap().to_string(), visit.is_secure)
        };
        assert_eq!(
            address("10.0.0.1:1", &["203.0.113.9"]),
            ("203.0.113.9".into(), true)
        );
        // What the client made up itself stands before what the proxy added.
        assert_eq!(
            address("10.0.0.1:1", &["127.0.0.1, 203.0.113.9, 10.0.0.2"]),
            ("203.0.113.9".into(), true)
        );
        assert_eq!(
            address("10.0.0.1:1", &["1.1.1.1", "203.0.113.9:4000"]),
            ("203.0.113.9".into(), true)
        );
        assert_eq!(
            address("10.0.0.1:1", &["rubbish"]),
            ("10.0.0.1".into(), true)
        );
        assert_eq!(
            address("192.0.2.1:1", &["127.0.0.1"]),
            ("192.0.2.1".into(), false)
        );
        // Where there is a proxy, nobody is here: it may stand on this machine.
        assert!(!visit(&rules, "127.0.0.1:1", "/", &[host]).is_here);
    }

    #[test]
    fn pages_of_elsewhere_and_other_names_are_known_by_the_settings() {
        let rules = Rules {
            hosts: vec!["house.example".into()],
            origins: vec!["https://panel.example".into()],
            ..Rules::default()
        };
        let place = |host: &str, origin: Option<&str>| {
            let mut headers = vec![("host", host)];
            headers.extend(origin.map(|origin| ("origin", origin)));
            visit(&rules, "203.0.113.9:1", "/", &headers)
                .place
                .err()
                .map(|error| error.code)
        };
        assert_eq!(place("house.example", None), None);
        assert_eq!(place("house.example", Some("https://house.example")), None);
        assert_eq!(place("house.example", Some("https://panel.example")), None);
        assert_eq!(
            place("house.example", Some("https://evil.example")),
            Some(ErrorCode::ForeignOrigin)
        );
        assert_eq!(place("other.example", None), Some(ErrorCode::ForeignHost));
    }
}
