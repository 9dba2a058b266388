//! Who asks, and what they may do.
//!
//! The only principal for now is the operator: whoever asks from the machine itself, directly. A
//! web page elsewhere can make the operator's browser ask too, so the `Host` must name this machine
//! (against DNS rebinding) and an `Origin` must be the server's own. What came through a proxy could
//! be from anybody: a single forwarding header ends the privilege. Without rights only the open
//! routes answer.

use crate::error::{ApiError, ErrorCode};
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::{HeaderMap, Uri, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::{Grant, Right};
use std::net::SocketAddr;

/// What the envelope found out about who asks.
#[derive(Debug, Clone)]
pub(crate) struct Access(Result<Grant, ApiError>);

impl Access {
    /// Judges a request by where it came from and by its headers.
    pub(crate) fn judge(parts: &Parts) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0);
        Self(judge(peer, &parts.uri, &parts.headers).map(|()| Grant::operator()))
    }

    /// The grant, where it covers `right`.
    fn with(&self, right: Right) -> Result<&Grant, ApiError> {
        let grant = self.0.as_ref().map_err(Clone::clone)?;
        if grant.rights.has(right) {
            Ok(grant)
        } else {
            Err(ApiError::new(
                ErrorCode::NotAllowed,
                format!("{} may not do this", grant.who),
            ))
        }
    }
}

fn judge(peer: Option<SocketAddr>, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    if let Some(name) = headers
        .keys()
        .map(header::HeaderName::as_str)
        .find(|name| is_forwarding(name))
    {
        return Err(ApiError::new(
            ErrorCode::Forwarded,
            format!("the header {name} says that this came through a proxy"),
        )
        .expected("a direct connection"));
    }
    if !peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return Err(ApiError::new(
            ErrorCode::NotLocal,
            "the connection does not come from this machine",
        )
        .expected("a connection over loopback"));
    }
    let host = one(headers, header::HOST).filter(|host| is_own(host));
    let in_target = uri.authority().map(axum::http::uri::Authority::as_str);
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
        .expected("localhost, 127.0.0.1 or [::1], with the server's port"));
    };
    // A page of another port on this machine is somebody else's page, so the port counts too.
    let own =
        |origin: &str| origin == format!("http://{host}") || origin == format!("https://{host}");
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
        .expected(format!("http://{host}, or no Origin at all")));
    }
    Ok(())
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
fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Whether a host (with or without port) names this machine.
fn is_own(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        // The colons within an IPv6 address are no port's.
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_is_one = port.is_none_or(|port| port.parse::<u16>().is_ok());
    port_is_one
        && (name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]")
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Refuses a request without `right`. The routes table puts this before every handler.
pub(crate) async fn require(right: Right, request: Request, next: Next) -> Response {
    let access = request.extensions().get::<Access>();
    match access.map(|access| access.with(right)) {
        Some(Ok(_)) => next.run(request).await,
        Some(Err(error)) => error.into_response(),
        // The envelope judges every request; a router without it serves nobody.
        None => ApiError::new(ErrorCode::Internal, "nobody looked at who asks").into_response(),
    }
}

/// Who asks, for handlers that pass a request on.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Grant);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let missing = || ApiError::new(ErrorCode::Internal, "nobody looked at who asks");
        parts
            .extensions
            .get::<Access>()
            .ok_or_else(missing)?
            .0
            .clone()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_own, judge};
    use crate::ErrorCode;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    fn check(peer: &str, target: &str, headers: &[(&str, &str)]) -> Option<ErrorCode> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        judge(
            Some(peer.parse().unwrap()),
            &target.parse::<Uri>().unwrap(),
            &map,
        )
        .err()
        .map(|error| error.code)
    }

    #[test]
    fn only_the_machine_itself_is_the_operator() {
        let here = "127.0.0.1:40000";
        let host = ("host", "localhost:8000");
        let foreign = Some(ErrorCode::ForeignHost);
        let forwarded = Some(ErrorCode::Forwarded);
        for (peer, target, headers, expected) in [
            (here, "/", vec![host], None),
            ("[::1]:40000", "/", vec![("host", "[::1]:8000")], None),
            (
                "[::ffff:127.0.0.1]:1",
                "/",
                vec![("host", "127.0.0.1")],
                None,
            ),
            (
                "192.168.1.7:40000",
                "/",
                vec![host],
                Some(ErrorCode::NotLocal),
            ),
            (here, "/", vec![], foreign),
            (here, "/", vec![("host", "evil.example:8000")], foreign),
            (here, "/", vec![host, ("host", "evil.example")], foreign),
            (here, "http://evil.example/", vec![host], foreign),
            (here, "http://localhost:8000/", vec![host], None),
            (
                here,
                "/",
                vec![host, ("origin", "http://localhost:8000")],
                None,
            ),
            (
                here,
                "/",
                vec![host, ("origin", "http://localhost:3000")],
                Some(ErrorCode::ForeignOrigin),
            ),
            (
                here,
                "/",
                vec![host, ("origin", "http://127.0.0.1:8000")],
                Some(ErrorCode::ForeignOrigin),
            ),
            (
                here,
                "/",
                vec![host, ("origin", "null")],
                Some(ErrorCode::ForeignOrigin),
            ),
            (
                here,
                "/",
                vec![host, ("origin", "https://evil.example")],
                Some(ErrorCode::ForeignOrigin),
            ),
            (
                here,
                "/",
                vec![host, ("X-Forwarded-For", "127.0.0.1")],
                forwarded,
            ),
            (
                here,
                "/",
                vec![host, ("x-forwarded-anything", "")],
                forwarded,
            ),
            (
                here,
                "/",
                vec![host, ("Forwarded", "for=1.2.3.4")],
                forwarded,
            ),
            (here, "/", vec![host, ("X-Real-IP", "127.0.0.1")], forwarded),
            (here, "/", vec![host, ("Via", "1.1 proxy")], forwarded),
        ] {
            assert_eq!(
                check(peer, target, &headers),
                expected,
                "{peer} {target} {headers:?}"
            );
        }
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
    }
}
