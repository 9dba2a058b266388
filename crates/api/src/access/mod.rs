//! Who asks, and what they may do.
//!
//! Somebody is known by the cookie of a session, by a token, by the socket in the data folder, or in
//! development by asking from the machine itself, directly. A web page elsewhere can make somebody's
//! browser ask too, so the `Host` must name this server (against DNS rebinding), an `Origin` must be
//! the server's own or a known one, and what changes something by cookie must carry a word that only the
//! server's own page has read. What came through a proxy could be from anybody: a single forwarding
//! header, or a proxy in the settings, ends the privilege of the machine itself.

mod rate;
mod rules;
mod sight;
mod visit;

pub(crate) use rate::{Rates, Whose};
pub use rules::{Network, Rules};
pub(crate) use sight::{Place, Reach, allowed, is_limited, sees};
pub(crate) use visit::Visit;

use crate::error::{ApiError, ErrorCode};
use crate::state::App;
use auth::{Client, Principal, Way};
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::{HeaderMap, Method, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::{Grant, Right};
use std::net::SocketAddr;
use std::sync::Arc;
use tracing::Instrument;

/// The header with the word of a page.
pub(crate) const CSRF: &str = "x-csrf-token";

/// The cookie of a session: behind TLS bound to this very host, else by a plain name.
const COOKIES: [&str; 2] = ["__Host-consciousness", "consciousness_session"];

/// Marks a request that came encrypted, by a certificate of our own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encrypted;

/// Marks a request that came over the socket in the data folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverSocket;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) principal: Principal,
    pub(crate) grant: Grant,
}

/// What the envelope found out about who asks.
#[derive(Debug, Clone)]
pub(crate) struct Access(Arc<Found>);

#[derive(Debug)]
struct Found {
    visit: Visit,
    agent: String,
    who: Result<Known, ApiError>,
    /// Whether a page said the word that it must say to change something.
    word: Result<(), ApiError>,
}

impl Access {
    /// Judges a request by where it came from and by what it carries.
    pub(crate) fn judge(app: &App, parts: &Parts) -> Self {
        let visit = if parts.extensions.get::<OverSocket>().is_some() {
            Visit::over_socket()
        } else {
            let peer = parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0);
            let mut visit =
                Visit::over_network(&app.limits.rules, peer, &parts.uri, &parts.headers);
            visit.is_secure |= parts.extensions.get::<Encrypted>().is_some();
            visit
        };
        let agent = text(&parts.headers, header::USER_AGENT).unwrap_or_default();
        let client = Client {
            address: visit.address,
            agent: agent.to_owned(),
        };
        let who = who(app, &visit, &client, &parts.headers)
            .and_then(|known| within(known, parts.uri.path()));
        let word = match &who {
            Ok(known) => word(app, &known.principal, parts),
            Err(_) => Ok(()),
        };
        Self(Arc::new(Found {
            visit,
            agent: client.agent,
            who,
            word,
        }))
    }

    /// Who asks, where Host and Origin are ours, with the word of the page where one is needed.
    pub(crate) fn known(&self) -> Result<&Known, ApiError> {
        self.0.visit.place.clone()?;
        let known = self.0.who.as_ref().map_err(Clone::clone)?;
        self.0.word.clone()?;
        Ok(known)
    }

    /// The same with a right.
    fn with(&self, right: Right, reach: Reach) -> Result<&Known, ApiError> {
        let known = self.known()?;
        sight::allowed(&known.grant, right, reach)?;
        Ok(known)
    }

    /// Whether Host and Origin are ours.
    pub(crate) fn place(&self) -> Result<(), ApiError> {
        self.0.visit.place.clone()
    }

    /// The address by which it came, such as `https://house.example`, where that is one of ours.
    pub(crate) fn base(&self) -> Option<String> {
        let visit = &self.0.visit;
        let host = visit.host.as_ref().filter(|_| visit.place.is_ok())?;
        let scheme = if visit.is_secure { "https" } else { "http" };
        Some(format!("{scheme}://{host}"))
    }

    /// From where it came.
    pub(crate) fn visit(&self) -> &Visit {
        &self.0.visit
    }

    /// From where it came, for who judges credentials.
    pub(crate) fn client(&self) -> Client {
        Client {
            address: self.0.visit.address,
            agent: self.0.agent.clone(),
        }
    }

    /// Who it is, whatever the Host says: for counting.
    pub(crate) fn who(&self) -> Option<&Known> {
        self.0.who.as_ref().ok()
    }

    /// Whether metrics may be read: by right, or in production from a network that may.
    fn may_scrape(&self, rules: &Rules) -> Result<(), ApiError> {
        let by_right = self.with(Right::ReadHealth, Reach::House).map(drop);
        let visit = &self.0.visit;
        let from_there = rules.production
            && visit.is_unbent
            && visit.forwarded.is_none()
            && visit
                .address
                .is_some_and(|address| rules.metrics.iter().any(|network| network.has(address)));
        if from_there { Ok(()) } else { by_right }
    }
}

/// Whose the credentials are.
fn who(app: &App, visit: &Visit, client: &Client, headers: &HeaderMap) -> Result<Known, ApiError> {
    let auth = &app.house.auth;
    if visit.is_socket {
        return Ok(known(app, Principal::operator()));
    }
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let bearer = given
            .to_str()
            .ok()
            .and_then(|given| given.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let principal = bearer.and_then(|token| auth.by_bearer(token, client).ok());
        return principal
            .map(|principal| known(app, principal))
            .ok_or_else(|| {
                ApiError::new(
                    ErrorCode::BadToken,
                    "the token in the Authorization header is not good, or not any more",
                )
                .expected("Bearer and an access token, or a token of POST /api/tokens")
            });
    }
    if let Some(principal) = cookie(headers).and_then(|cookie| auth.by_cookie(cookie, client)) {
        return Ok(known(app, principal));
    }
    if app.limits.rules.production {
        return Err(ApiError::new(ErrorCode::NotSignedIn, "nobody is signed in")
            .expected("the cookie of a session, or a token in the Authorization header"));
    }
    if visit.is_here {
        return Ok(known(app, Principal::operator()));
    }
    Err(match &visit.forwarded {
        Some(name) => ApiError::new(
            ErrorCode::Forwarded,
            format!(
                "the header {name} says that this came through a proxy, and nobody is signed in"
            ),
        )
        .expected("a direct connection, a session, or a token"),
        None => ApiError::new(
            ErrorCode::NotLocal,
            "the connection does not come from this machine directly, and nobody is signed in",
        )
        .expected("a connection over loopback, a session, or a token"),
    })
}

/// Lets a program in where its token is for, and nowhere else.
fn within(known: Known, path: &str) -> Result<Known, ApiError> {
    let is_there = known.principal.within.as_deref().is_none_or(|own| {
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if is_there {
        return Ok(known);
    }
    let message = "the token is for another address of this house";
    Err(ApiError::new(ErrorCode::BadToken, message)
        .expected("a token that was asked for with this address as its resource"))
}

/// Somebody with what the household calls them.
pub(crate) fn known(app: &App, principal: Principal) -> Known {
    let called = principal.person.and_then(|id| {
        let snapshot = app.house.handle.snapshot();
        snapshot.people.get(&id).map(|person| person.name.clone())
    });
    let grant = principal.grant(called.as_deref());
    Known { principal, grant }
}

/// A browser sends its cookie whoever made it ask; only our own page has read the word to send along.
fn word(app: &App, principal: &Principal, parts: &Parts) -> Result<(), ApiError> {
    let Way::Cookie(session) = principal.way else {
        return Ok(());
    };
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let given = parts
        .headers
        .get(CSRF)
        .and_then(|given| given.to_str().ok())
        .unwrap_or_default();
    if app.house.auth.is_csrf(session, given) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::CsrfNeeded,
        "a session by cookie changes something without the word of its page",
    )
    .expected("the header X-CSRF-Token with the `csrf` of GET /api/auth"))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The cookie of a session.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all: Vec<(&str, &str)> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    COOKIES.iter().find_map(|wanted| {
        all.iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    })
}

/// The header that gives a browser its cookie; without a value, that takes it away. One that lives as
/// long as the session is renewed with each sign-in.
pub(crate) fn set_cookie(value: Option<&str>, is_secure: bool) -> String {
    let (name, secure) = if is_secure {
        (COOKIES[0], "; Secure")
    } else {
        (COOKIES[1], "")
    };
    let age = if value.is_some() { 180 * 24 * 3600 } else { 0 };
    let value = value.unwrap_or_default();
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

/// Refuses a request without `right`. The routes table puts this before every handler.
pub(crate) async fn require(right: Right, reach: Reach, request: Request, next: Next) -> Response {
    guarded(request, next, |access| access.with(right, reach).map(drop)).await
}

/// Refuses a request of nobody.
pub(crate) async fn require_somebody(request: Request, next: Next) -> Response {
    guarded(request, next, |access| access.known().map(drop)).await
}

/// Refuses a request of nobody, and of a program: accounts are not its own, and what a person decides is
/// not its to decide.
pub(crate) async fn require_person(request: Request, next: Next) -> Response {
    guarded(request, next, |access| {
        if access.known()?.principal.is_program() {
            let message = "a program has nothing to do with accounts, and decides nothing that a person decides";
            return Err(ApiError::new(ErrorCode::NotAllowed, message)
                .expected("a session of somebody who signed in"));
        }
        Ok(())
    })
    .await
}

/// Refuses a request by a foreign Host or Origin, and lets anybody else in.
pub(crate) async fn require_place(request: Request, next: Next) -> Response {
    guarded(request, next, Access::place).await
}

/// Refuses a request for metrics that may not be.
pub(crate) async fn require_scraper(rules: &Rules, request: Request, next: Next) -> Response {
    guarded(request, next, |access| access.may_scrape(rules)).await
}

async fn guarded(
    request: Request,
    next: Next,
    judge: impl FnOnce(&Access) -> Result<(), ApiError>,
) -> Response {
    match request.extensions().get::<Access>().map(judge) {
        Some(Ok(())) if request.method().is_safe() => next.run(request).await,
        Some(Ok(())) => to_the_end(next.run(request)).await,
        Some(Err(error)) => error.into_response(),
        // The envelope judges every request; a router without it serves nobody.
        None => ApiError::new(ErrorCode::Internal, "nobody looked at who asks").into_response(),
    }
}

/// Runs to its end also where nobody waits for it any more: what is ended in the database has ended in
/// memory too, though the connection was dropped in between.
async fn to_the_end(answer: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(answer.in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => ApiError::new(ErrorCode::Internal, "the server ends").into_response(),
        },
    }
}

/// Who asks, for handlers that pass a request on.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Grant);

fn missing() -> ApiError {
    ApiError::new(ErrorCode::Internal, "nobody looked at who asks")
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let access = parts.extensions.get::<Access>().ok_or_else(missing)?;
        Ok(Self(access.known()?.grant.clone()))
    }
}

/// Who asks, for handlers about accounts.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(pub(crate) Principal);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let access = parts.extensions.get::<Access>().ok_or_else(missing)?;
        Ok(Self(access.known()?.principal.clone()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::{cookie, set_cookie, to_the_end};
    use axum::http::{HeaderMap, HeaderValue, header};
    use axum::response::IntoResponse;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_began_ends_though_nobody_waits_for_it() {
        let (began, has_begun) = oneshot::channel::<()>();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel::<()>();
        let answer = to_the_end(async move {
            began.send(()).unwrap();
            may_go_on.await.unwrap();
            done.send(()).unwrap();
            ().into_response()
        });
        // The connection is dropped in the middle of it.
        tokio::select! {
            biased;
            _ = answer => panic!("it waits"),
            begun = has_begun => begun.unwrap(),
        }
        go_on.send(()).unwrap();
        is_done.await.unwrap();
    }

    #[test]
    fn cookies_are_found_among_others_and_bound_behind_tls() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; c"));
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("x=y; consciousness_session=abc-_; z=1"),
        );
        assert_eq!(cookie(&headers), Some("abc-_"));
        assert_eq!(cookie(&HeaderMap::new()), None);
        let secure = set_cookie(Some("v"), true);
        assert!(secure.starts_with("__Host-consciousness=v; Path=/; HttpOnly; SameSite=Strict"));
        assert!(secure.ends_with("; Secure"));
        assert!(set_cookie(None, false).contains("Max-Age=0"));
    }
}
