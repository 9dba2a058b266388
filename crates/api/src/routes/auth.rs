//! Signing in and out, and one's own sessions and password.

use crate::access::{Access, Visitor, known, set_cookie};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use auth::{EventKind, Principal, Session, SessionKind, SignedIn, Way};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{AccountId, SessionId};

/// Who asks, and what the page has to show first: the making of an owner, the signing in, or the house.
#[utoipa::path(get, path = "/api/auth", tag = "accounts", operation_id = "getAuthState",
    responses((status = 200, body = wire::AuthState), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn state(
    State(app): State<Shared>,
    access: Access,
) -> axum::Json<wire::AuthState> {
    let has_owner = app.house.auth.has_owner();
    axum::Json(wire::AuthState {
        has_owner,
        needs_code: !has_owner && !access.visit().is_here,
        production: app.limits.rules.production,
        me: access
            .who()
            .map(|known| who(&app, &known.principal, known.grant.who.to_string())),
    })
}

/// Makes the first owner and signs them in: once, from the machine itself, or with the code that the log
/// shows at the start.
#[utoipa::path(post, path = "/api/auth/owner", tag = "accounts", operation_id = "makeOwner", request_body = wire::NewOwner,
    responses((status = 201, body = wire::LoggedIn), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn owner(
    State(app): State<Shared>,
    access: Access,
    Json(new): Json<wire::NewOwner>,
) -> Result<Response, ApiError> {
    let signed_in = app
        .house
        .auth
        .first_owner(
            &new.name,
            &new.password,
            new.code.as_deref(),
            access.visit().is_here,
            &access.client(),
        )
        .await?;
    Ok((StatusCode::CREATED, given(&app, &access, signed_in)).into_response())
}

/// Signs somebody in. A browser gets a cookie; a program asks with `"client": "program"` and gets a signed
/// access token for a quarter of an hour, and a refresh token.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", operation_id = "login", request_body = wire::Login,
    responses((status = 200, body = wire::LoggedIn), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn login(
    State(app): State<Shared>,
    access: Access,
    Json(login): Json<wire::Login>,
) -> Result<Response, ApiError> {
    let kind = match login.client {
        wire::LoginClient::Browser => SessionKind::Browser,
        wire::LoginClient::Program => SessionKind::Program,
    };
    let signed_in = app
        .house
        .auth
        .sign_in(
            &login.name,
            &login.password,
            login.code.as_deref(),
            kind,
            &access.client(),
        )
        .await?;
    Ok(given(&app, &access, signed_in))
}

/// New tokens for a refresh token, which is spent with that. A spent one that comes again was stolen: its
/// session ends.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", operation_id = "refresh", request_body = wire::Refresh,
    responses((status = 200, body = wire::LoggedIn), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn refresh(
    State(app): State<Shared>,
    access: Access,
    Json(wanted): Json<wire::Refresh>,
) -> Result<Response, ApiError> {
    let signed_in = app
        .house
        .auth
        .refresh(&wanted.refresh_token, &access.client())
        .await?;
    Ok(given(&app, &access, signed_in))
}

/// Ends the session that asks.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", operation_id = "logout",
    responses((status = 204, description = "It is over."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn logout(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
) -> Result<Response, ApiError> {
    let (Some(account), Some(session)) = (me.account, me.session()) else {
        return Err(ApiError::new(
            ErrorCode::UnknownAccount,
            "this is no session, so it cannot end",
        )
        .expected("the cookie or the access token of a session"));
    };
    app.house
        .auth
        .sign_out(account, session, EventKind::SignedOut, &access.client())
        .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(cookie) = HeaderValue::from_str(&set_cookie(None, access.visit().is_secure)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who asks.
#[utoipa::path(get, path = "/api/auth/me", tag = "accounts", operation_id = "getMe",
    responses((status = 200, body = wire::Me), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn me(
    State(app): State<Shared>,
    access: Access,
) -> Result<axum::Json<wire::Me>, ApiError> {
    let known = access.known()?;
    let called = known.grant.who.to_string();
    Ok(axum::Json(who(&app, &known.principal, called)))
}

/// One's own sessions, the last used first, with those of programs that one gave access.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "accounts", operation_id = "listSessions",
    responses((status = 200, body = wire::LoginSessionList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn sessions(
    State(app): State<Shared>,
    Visitor(me): Visitor,
) -> axum::Json<wire::LoginSessionList> {
    let sessions = me
        .account
        .map(|account| app.house.auth.sessions(account))
        .unwrap_or_default();
    let this = me.session();
    axum::Json(wire::LoginSessionList {
        sessions: sessions
            .iter()
            .map(|session| shown(&app, session, this))
            .collect(),
    })
}

/// Ends all of one's own sessions but the one that asks.
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "accounts", operation_id = "endOtherSessions",
    responses((status = 200, body = wire::SessionsEnded), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn revoke_others(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
) -> Result<axum::Json<wire::SessionsEnded>, ApiError> {
    let account = own(&me)?;
    let ended = app
        .house
        .auth
        .sign_out_others(account, me.session(), &access.client())
        .await?;
    Ok(axum::Json(wire::SessionsEnded { ended }))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{session}", tag = "accounts", operation_id = "endSession",
    params(("session" = String, Path, description = "its id")),
    responses((status = 204, description = "It is over."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn revoke(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(session): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (account, session) = (own(&me)?, session_of(&session)?);
    app.house
        .auth
        .sign_out(
            account,
            session,
            EventKind::SessionRevoked,
            &access.client(),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes one's own password, and ends one's other sessions.
#[utoipa::path(post, path = "/api/auth/password", tag = "accounts", operation_id = "changePassword", request_body = wire::NewPassword,
    responses((status = 204, description = "It is changed."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn password(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(passwords): Json<wire::NewPassword>,
) -> Result<StatusCode, ApiError> {
    let account = by_session(&me)?;
    let (auth, client) = (&app.house.auth, access.client());
    auth.prove(account, &passwords.old, &client).await?;
    auth.set_password(account, &passwords.new, me.session(), &me, &client)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session, with the program that holds it.
pub(super) fn shown(app: &App, session: &Session, this: Option<SessionId>) -> wire::LoginSession {
    let program = session.held.as_ref();
    let program = program.and_then(|held| app.house.auth.program(held.program));
    wire::LoginSession::of(session, this, program)
}

/// What somebody who signed in is given.
fn given(app: &App, access: &Access, signed_in: SignedIn) -> Response {
    let is_secure = access.visit().is_secure;
    let known = known(app, signed_in.principal);
    let called = known.grant.who.to_string();
    let tokens = signed_in.tokens;
    let body = wire::LoggedIn {
        me: who(app, &known.principal, called),
        token_type: tokens.is_some().then_some("Bearer"),
        expires_in: tokens.as_ref().map(|tokens| tokens.expires_in),
        access_token: tokens.as_ref().map(|tokens| tokens.access.clone()),
        refresh_token: tokens.map(|tokens| tokens.refresh),
    };
    let mut response = axum::Json(body).into_response();
    if let Some(cookie) = signed_in.cookie
        && let Ok(cookie) = HeaderValue::from_str(&set_cookie(Some(&cookie), is_secure))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Somebody as they see themselves.
fn who(app: &App, principal: &Principal, called: String) -> wire::Me {
    let auth = &app.house.auth;
    // A program knows nothing of the account of who gave it access.
    let account = principal.account.filter(|_| !principal.is_program());
    let account = account.and_then(|id| auth.account(&id.to_string()));
    let csrf = match principal.way {
        Way::Cookie(session) => Some(auth.csrf(session)),
        _ => None,
    };
    let snapshot = app.house.handle.snapshot();
    wire::Me::of(principal, called, account.as_ref(), csrf, &snapshot)
}

/// The account of who asks.
pub(super) fn own(me: &Principal) -> Result<AccountId, ApiError> {
    me.account.ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnknownAccount,
            "who asks has no account: it is the operator, or a token of the operator",
        )
        .expected("somebody who signed in")
    })
}

/// The account of who asks, where they signed in themselves: a token that lay around does not change who
/// may come in.
pub(super) fn by_session(me: &Principal) -> Result<AccountId, ApiError> {
    match me.way {
        Way::Token(_) | Way::Program(_) => Err(ApiError::new(
            ErrorCode::NotAllowed,
            "a long-lived token cannot change how its account signs in",
        )
        .expected("a session of somebody who signed in")),
        _ => own(me),
    }
}

pub(super) fn session_of(id: &str) -> Result<SessionId, ApiError> {
    id.parse().map_err(|_| {
        ApiError::new(
            ErrorCode::UnknownAccount,
            format!("`{}` is no id of a session", super::short(id)),
        )
    })
}
