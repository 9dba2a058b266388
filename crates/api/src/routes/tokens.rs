//! Long-lived tokens of programs: list, make, revoke.

use super::devices::short;
use crate::access::{Access, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use auth::{NewToken, Principal, Token, Way};
use axum::extract::State;
use axum::http::StatusCode;
use model::{Right, Rights};

/// One's own tokens; whoever manages accounts sees all of them. The tokens themselves are not told.
#[utoipa::path(get, path = "/api/tokens", tag = "accounts", operation_id = "listTokens",
    responses((status = 200, body = wire::ApiTokenList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    Visitor(me): Visitor,
) -> axum::Json<wire::ApiTokenList> {
    let tokens = app.house.auth.tokens(None);
    axum::Json(wire::ApiTokenList {
        tokens: tokens
            .iter()
            .filter(|token| is_theirs(&me, token))
            .map(|token| shown(&app, token))
            .collect(),
    })
}

/// Makes a token for a program. It is shown only here, has the scopes that are named, and never more rights
/// than its account has at that moment.
#[utoipa::path(post, path = "/api/tokens", tag = "accounts", operation_id = "makeToken", request_body = wire::NewApiToken,
    responses((status = 201, body = wire::ApiTokenMade), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn make(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(new): Json<wire::NewApiToken>,
) -> Result<(StatusCode, axum::Json<wire::ApiTokenMade>), ApiError> {
    if matches!(me.way, Way::Token(_)) && !me.rights.has(Right::ManageUsers) {
        return Err(
            ApiError::new(ErrorCode::NotAllowed, "a token makes no other token")
                .expected("a session, or the scope manage_users"),
        );
    }
    let scopes = scopes(&new.scopes, me.rights)?;
    let new = NewToken {
        name: new.name,
        scopes,
        until: new.until.map(|until| until.0),
        account: me.account,
    };
    let client = access.client();
    let (made, token) = app.house.auth.make_token(new, &me, &client).await?;
    let made = shown(&app, &made);
    Ok((
        StatusCode::CREATED,
        axum::Json(wire::ApiTokenMade { made, token }),
    ))
}

/// Revokes a token: the next request with it is refused.
#[utoipa::path(delete, path = "/api/tokens/{token}", tag = "accounts", operation_id = "revokeToken",
    params(("token" = String, Path, description = "its id or name")),
    responses((status = 204, description = "It is revoked."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn revoke(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(token): Path<String>,
) -> Result<StatusCode, ApiError> {
    let auth = &app.house.auth;
    let found = auth.token(&token).filter(|found| is_theirs(&me, found));
    let found = found.ok_or_else(|| {
        ApiError::new(
            ErrorCode::UnknownAccount,
            format!("no token of yours is called `{}`", short(&token)),
        )
    })?;
    auth.revoke_token(found.id, &me, &access.client()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn is_theirs(me: &Principal, token: &Token) -> bool {
    me.rights.has(Right::ManageUsers) || (me.account.is_some() && token.account == me.account)
}

/// The rights of the named scopes, of which who asks must have each.
fn scopes(names: &[String], own: Rights) -> Result<Rights, ApiError> {
    let mut scopes = Vec::new();
    for name in names {
        let right = Right::named(name).ok_or_else(|| {
            let all: Vec<&str> = Right::ALL.into_iter().map(Right::name).collect();
            ApiError::new(
                ErrorCode::InvalidAccount,
                format!("there is no scope `{}`", short(name)),
            )
            .expected(format!("some of {}", all.join(", ")))
        })?;
        if !own.has(right) {
            return Err(ApiError::new(
                ErrorCode::NotAllowed,
                format!("you have not the right {name} yourself"),
            )
            .expected("scopes within your own rights"));
        }
        scopes.push(right);
    }
    Ok(scopes.into_iter().collect())
}

pub(super) fn shown(app: &App, token: &Token) -> wire::ApiToken {
    let account = token
        .account
        .and_then(|id| app.house.auth.account(&id.to_string()));
    wire::ApiToken::of(token, account.map(|account| account.name))
}
