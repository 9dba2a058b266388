//! What stands around every handler: reference, access, time, errors, headers, counting.

use crate::access::{Access, Whose};
use crate::error::{ApiError, ErrorCode, Failure};
use crate::routes::oauth::{PROTECTED_RESOURCE, is_mcp};
use crate::state::Shared;
use crate::{telemetry, wire};
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::PoisonError;
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
    let access = Access::judge(&app, &parts);
    // A proxy's own address says nothing; one of ours says whose request it is.
    let client = access.visit().address.map(|address| address.to_canonical());
    let peer = match (client, peer) {
        (Some(client), Some(peer)) if peer.ip().to_canonical() != client => client.to_string(),
        (_, Some(peer)) => peer.to_string(),
        (_, None) => "local".to_owned(),
    };
    let is_secure = access.visit().is_secure;
    let origin = known_origin(&app, &parts.headers);
    let is_preflight = origin.is_some()
        && parts.method == Method::OPTIONS
        && parts
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let room = room(&app, &access, route.as_deref());
    parts.extensions.insert(access.clone());
    parts.extensions.insert(Reference(reference.clone()));
    let wants_body = parts.method != Method::HEAD;

    let mut response = if let Err(error) = room {
        error.into_response()
    } else if is_preflight {
        StatusCode::NO_CONTENT.into_response()
    } else if target > app.limits.target {
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
    if response.status().is_client_error() || response.status().is_server_error() {
        tell(&app, &access, &response);
        let challenge = challenge(&access, &path, &response);
        response = render(response, &reference, &peer, wants_body);
        if let Some(challenge) = challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
    }
    secure(response.headers_mut(), &reference, is_secure);
    if let Some(origin) = origin {
        share(response.headers_mut(), origin, is_preflight);
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    telemetry::served(method, route.as_deref().unwrap_or(UNMATCHED), status, took);
    let client = client.map_or_else(|| "local".to_owned(), |client| client.to_string());
    telemetry::access(
        &client,
        &telemetry::Served {
            user: user(&access),
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

/// The name of who asks, for the log; empty where nobody is known.
fn user(access: &Access) -> &str {
    access
        .who()
        .map_or("", |known| known.principal.name.as_str())
}

/// Whether there is room for one more request of who asks. Health and metrics always have room: who
/// watches must see a flood and not be part of it.
fn room(app: &Shared, access: &Access, route: Option<&str>) -> Result<(), ApiError> {
    let rules = &app.limits.rules;
    if matches!(route, Some("/health" | "/metrics")) {
        return Ok(());
    }
    let whose = match access.who().map(|known| &known.principal) {
        Some(principal) => match (principal.way, principal.account) {
            (auth::Way::Operator, _) if !rules.limits_operator || access.visit().is_socket => {
                return Ok(());
            }
            (auth::Way::Token(token), _) => Whose::Token(token),
            (auth::Way::Program(session), _) => Whose::Program(session),
            (_, Some(account)) => Whose::Account(account),
            (_, None) => Whose::Operator,
        },
        None => Whose::Address(access.visit().address),
    };
    let taken = app
        .rates
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(whose, app.started.elapsed());
    taken.map_err(|wait| {
        telemetry::rate_limited(route.unwrap_or(UNMATCHED));
        ApiError::new(
            ErrorCode::RateLimited,
            format!("more than {} requests a minute", rules.rate),
        )
        .after(wait)
    })
}

/// Tells of what was denied to somebody who is known, or by a page of somewhere else.
fn tell(app: &Shared, access: &Access, response: &Response) {
    let Some(Failure(error)) = response.extensions().get::<Failure>() else {
        return;
    };
    if let (401 | 403, Some(from)) = (response.status().as_u16(), access.client().address) {
        app.refused(from);
    }
    let kind = match error.code {
        ErrorCode::NotAllowed
        | ErrorCode::LimitedToRooms
        | ErrorCode::CsrfNeeded
        | ErrorCode::ForeignHost
        | ErrorCode::ForeignOrigin
        | ErrorCode::BadToken => auth::EventKind::Denied,
        ErrorCode::RateLimited => auth::EventKind::RateLimited,
        _ => return,
    };
    let who = access.who().map(|known| known.grant.who.to_string());
    app.house.auth.note(auth::SecurityEvent::new(
        kind,
        &who.unwrap_or_default(),
        &access.client().place(),
        &format!("{}: {}", error.code.as_str(), error.message),
    ));
}

/// The Origin of a request, where it is a page of elsewhere that may ask.
fn known_origin(app: &Shared, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    app.limits
        .rules
        .origins
        .iter()
        .any(|known| known == text)
        .then(|| origin.clone())
}

/// Lets a page of elsewhere read the answer. It asks with a token: cookies are not for it.
fn share(headers: &mut HeaderMap, origin: HeaderValue, is_preflight: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-request-id, retry-after, www-authenticate"),
    );
    if is_preflight {
        for (name, value) in [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                "GET, POST, PUT, PATCH, DELETE",
            ),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, mcp-protocol-version",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
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
    if let Some(wait) = error.retry_after {
        parts
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from(wait));
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

/// What a program is told that is not let in: where it learns how to ask for access (RFC 9728), and with
/// which scope (RFC 6750).
fn challenge(access: &Access, path: &str, response: &Response) -> Option<HeaderValue> {
    let Failure(error) = response.extensions().get::<Failure>()?;
    let is_program = access.who().is_some_and(|it| it.principal.is_program());
    let mut text = "Bearer realm=\"Consciousness\"".to_owned();
    match (error.code.status(), error.lacks) {
        (StatusCode::UNAUTHORIZED, _) if error.code == ErrorCode::BadToken => {
            text.push_str(", error=\"invalid_token\"");
        }
        (StatusCode::UNAUTHORIZED, _) => {}
        (StatusCode::FORBIDDEN, Some(right)) if is_program => {
            let scope = right.name();
            text.push_str(&format!(
                ", error=\"insufficient_scope\", scope=\"{scope}\""
            ));
        }
        _ => return None,
    }
    if let Some(base) = access.base() {
        let resource = if is_mcp(path) { path } else { "" };
        let metadata = format!("{base}{PROTECTED_RESOURCE}{resource}");
        text.push_str(&format!(", resource_metadata=\"{metadata}\""));
    }
    HeaderValue::from_str(&text).ok()
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
        // What was denied to somebody is told by `tell`.
        ErrorCode::NotLocal | ErrorCode::Forwarded | ErrorCode::NotSignedIn => {
            telemetry::denied(code, &error.message, peer, reference)
        }
        _ => {}
    }
    if status.is_server_error() {
        telemetry::server_error(code, &error.message, reference);
    }
}

/// Headers that every answer has; a handler's own stay.
fn secure(headers: &mut HeaderMap, reference: &str, is_encrypted: bool) {
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
    if is_encrypted {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
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
