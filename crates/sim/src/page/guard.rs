//! Who may speak to the page: this machine, by the page's own address.
//!
//! A page of somebody else, open in a browser on this machine, could reach loopback too; the Host
//! and Origin headers tell them apart (DNS rebinding and cross-site requests).

use super::refuse::Refused;
use crate::world::Refusal;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The machine's own name, without its port.
fn is_here(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let own = host.map(|host| format!("http://{host}"));
    let elsewhere = |origin: &HeaderValue| origin.to_str().ok() != own.as_deref();
    !host.is_some_and(is_here) || headers.get(header::ORIGIN).is_some_and(elsewhere)
}

/// Refuses foreign hosts and origins; adds the headers that keep the page to itself.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return Refused::with(
            StatusCode::FORBIDDEN,
            Refusal {
                code: "foreign_request",
                message: "the request comes from, or names, another place".into(),
                expected: "Host localhost or 127.0.0.1, and no other Origin".into(),
            },
        )
        .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_this_machine_is_here() {
        for (authority, here) in [
            ("localhost:8001", true),
            ("127.0.0.1:8001", true),
            ("[::1]:8001", true),
            ("localhost", true),
            ("evil.example:8001", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:80", false),
            ("", false),
        ] {
            assert_eq!(is_here(authority), here, "{authority}");
        }
    }
}
