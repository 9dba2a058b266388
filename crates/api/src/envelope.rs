//! What stands around every handler: reference, access, time, errors, headers, counting.

use crate::access::Access;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::state::Shared;
use crate::{telemetry, wire};
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::time::Instant;

/// The request's id: in the header of the answer, in errors and in the log.
#[derive(Debug, Clone)]
pub(crate) struct Reference(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Reference {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self("none".to_owned())))
    }
}

/// The policy for our own pages: nothing from elsewhere, nothing inline, never in a frame.
pub(crate) const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// The label of what no route matched.
const UNMATCHED: &str = "none";

/// Wraps a request. The outermost layer but for compression.
pub(crate) async fn wrap(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let reference = model::RequestId::new().to_string();
    let (mut parts, body) = request.into_parts();
    let method = known_method(&parts.method);
    let path = parts.uri.path().to_owned();
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map(|route| route.as_str().to_owned());
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    let client = peer.map(|peer| peer.ip().to_canonical());
    parts.extensions.insert(Access::judge(&parts));
    parts.extensions.insert(Reference(reference.clone()));
    let wants_body = parts.method != Method::HEAD;

    let mut response = if target > app.limits.target {
        ApiError::new(
            ErrorCode::TargetTooLong,
            format!("the path and query have {target} bytes"),
        )
        .expected(format!("at most {}", app.limits.target))
        .into_response()
    } else {
        let handled = next.run(Request::from_parts(parts, body));
        match tokio::time::timeout(app.limits.handler, handled).await {
            Ok(response) => response,
            Err(_) => ApiError::new(ErrorCode::HandlerTimeout, "no answer was found in time")
                .into_response(),
        }
    };
    if let (None, StatusCode::NOT_FOUND, Some(client)) = (&route, response.status(), client) {
        app.missing(client, &path);
    }
    let peer = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
    if response.status().is_client_error() || response.status().is_server_error() {
        response = render(response, &reference, &peer, wants_body);
    }
    secure(response.headers_mut(), &reference);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    telemetry::served(method, route.as_deref().unwrap_or(UNMATCHED), status, took);
    let client = client.map_or_else(|| "unknown".to_owned(), |client| client.to_string());
    telemetry::access(
        &client,
        &telemetry::Served {
            user: "",
            method,
            path: &path,
            status,
            bytes: axum::body::HttpBody::size_hint(response.body()).exact(),
            took,
            reference: &reference,
        },
    );
    response
}

/// Gives an error its body. What came from a handler carries it along; what the framework made up
/// itself (404, 405, ...) is put into the same form.
fn render(response: Response, reference: &str, peer: &str, wants_body: bool) -> Response {
    let status = response.status();
    // A failed health check is an answer, not an error: it has a body of its own.
    if response.extensions().get::<Failure>().is_none()
        && response.extensions().get::<Answered>().is_some()
    {
        return response;
    }
    let error = match response.extensions().get::<Failure>() {
        Some(Failure(error)) => ApiError::clone(error),
        None => framework(status),
    };
    note(&error, status, peer, reference);
    let body = wire::ErrorBody {
        error: error.wire(reference),
    };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.status = error.code.status();
    parts.extensions.remove::<Failure>();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    parts
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if matches!(
        error.code,
        ErrorCode::HouseBusy | ErrorCode::TooManyWishes | ErrorCode::TooManySockets
    ) {
        parts
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Response::from_parts(
        parts,
        if wants_body {
            Body::from(body)
        } else {
            Body::empty()
        },
    )
}

/// Marks an answer whose status says failure but which is no error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered;

fn framework(status: StatusCode) -> ApiError {
    let code = match status {
        StatusCode::NOT_FOUND => ErrorCode::UnknownRoute,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        StatusCode::UPGRADE_REQUIRED => ErrorCode::UpgradeRequired,
        status if status.is_server_error() => ErrorCode::Internal,
        _ => ErrorCode::BadRequest,
    };
    ApiError::new(code, code.meaning())
}

fn note(error: &ApiError, status: StatusCode, peer: &str, reference: &str) {
    let code = error.code.as_str();
    match error.code {
        ErrorCode::Internal | ErrorCode::HandlerTimeout => telemetry::failed("internal"),
        ErrorCode::WishRejected
        | ErrorCode::WishTimedOut
        | ErrorCode::WishNotSettled
        | ErrorCode::DriverFailed
        | ErrorCode::DriverSilent => telemetry::failed("upstream"),
        _ if status.is_server_error() => telemetry::failed("unavailable"),
        ErrorCode::NotLocal
        | ErrorCode::Forwarded
        | ErrorCode::ForeignHost
        | ErrorCode::ForeignOrigin
        | ErrorCode::NotAllowed => telemetry::denied(code, &error.message, peer, reference),
        _ => {}
    }
    if status.is_server_error() {
        telemetry::server_error(code, &error.message, reference);
    }
}

/// Headers that every answer has; a handler's own stay.
fn secure(headers: &mut HeaderMap, reference: &str) {
    const FIXED: [(HeaderName, &str); 7] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in FIXED {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Ok(reference) = HeaderValue::from_str(reference) {
        headers.insert(HeaderName::from_static("x-request-id"), reference);
    }
}

/// A method as a label: whatever a client makes up is `other`.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
