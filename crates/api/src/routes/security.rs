//! What happened to the security of the house, and how it is guarded.

use crate::error::{ApiError, ErrorCode};
use crate::extract::{Query, page_limit};
use crate::state::{App, Shared};
use crate::wire::{self, SecurityFinding};
use auth::{EventKind, Role};
use axum::extract::State;
use model::Timestamp;
use serde::Deserialize;
use store::SecurityFilter;
use utoipa::IntoParams;

/// A token that is older than this should be made anew, in days.
const OLD: i64 = 365;

const DAY: i64 = 24 * 3600;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only of this kind, such as `sign_in_failed`.
    kind: Option<String>,
    /// Only `info`, `warning` or `critical`.
    severity: Option<String>,
    /// Only of this name, as it stands there.
    who: Option<String>,
    /// Only before this number: `next` of the page before.
    before: Option<u64>,
    /// How many at most: 1 to 500, 100 where it is left out.
    limit: Option<usize>,
}

/// What happened to the security of the house, newest first: sign-ins, denials, changed rights, tokens,
/// unlocked doors.
#[utoipa::path(get, path = "/api/security/events", tag = "accounts", operation_id = "listSecurityEvents", params(EventQuery),
    responses((status = 200, body = wire::SecurityEventList), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn events(
    State(app): State<Shared>,
    Query(query): Query<EventQuery>,
) -> Result<axum::Json<wire::SecurityEventList>, ApiError> {
    let limit = page_limit(query.limit)?;
    let known = |name: &str, given: &Option<String>, words: Vec<&'static str>| match given {
        Some(word) if !words.contains(&word.as_str()) => Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("{name} is `{}`", super::short(word)),
        )
        .expected(format!("one of {}", words.join(", ")))),
        _ => Ok(()),
    };
    let kinds = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    known("kind", &query.kind, kinds)?;
    known(
        "severity",
        &query.severity,
        vec!["info", "warning", "critical"],
    )?;
    let filter = SecurityFilter {
        kind: query.kind,
        severity: query.severity,
        who: query.who,
        before: query.before,
    };
    let events = app.house.auth.events(&filter, limit).await?;
    let next = (events.len() == limit)
        .then(|| events.last().map(|last| last.number))
        .flatten();
    Ok(axum::Json(wire::SecurityEventList {
        events: events.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// How the server is guarded, and what should be better.
#[utoipa::path(get, path = "/api/security/status", tag = "accounts", operation_id = "getSecurityStatus",
    responses((status = 200, body = wire::SecurityStatus), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn status(
    State(app): State<Shared>,
) -> Result<axum::Json<wire::SecurityStatus>, ApiError> {
    let auth = &app.house.auth;
    let mut bad = Vec::new();
    for severity in ["warning", "critical"] {
        let filter = SecurityFilter {
            severity: Some(severity.to_owned()),
            ..SecurityFilter::default()
        };
        bad.extend(auth.events(&filter, 500).await?);
    }
    let now = Timestamp::now().as_second();
    bad.retain(|event| now - event.at.as_second() <= DAY);
    bad.sort_by_key(|event| event.number);
    let accounts = auth.accounts();
    let sessions = accounts
        .iter()
        .map(|account| auth.sessions(account.id).len())
        .sum();
    Ok(axum::Json(wire::SecurityStatus {
        production: app.limits.rules.production,
        has_owner: auth.has_owner(),
        with_second_factor: accounts.iter().filter(|it| it.has_second()).count(),
        accounts: accounts.len(),
        sessions,
        tokens: auth.tokens(None).len(),
        findings: findings(&app, now),
        warnings_today: bad.len(),
        last_warning: bad.pop().map(Into::into),
    }))
}

/// What should be better.
fn findings(app: &App, now: i64) -> Vec<SecurityFinding> {
    let (auth, rules) = (&app.house.auth, &app.limits.rules);
    let mut findings = Vec::new();
    let mut add = |code, severity, message: String, action: &str| {
        findings.push(SecurityFinding {
            code,
            severity,
            message,
            action: action.to_owned(),
        });
    };
    if !rules.production {
        add(
            "development",
            "info",
            "who asks from this machine directly is the operator, without a password".to_owned(),
            "set ENVIRONMENT=production once there is an owner",
        );
    }
    if !auth.has_owner() {
        add(
            "no_owner",
            "warning",
            "nobody owns the house yet".to_owned(),
            "make the owner on the page, or with `consciousness user add`",
        );
    }
    if let Some(closed) = app.house.vault.closed() {
        let is_lost = app.house.vault.is_lost();
        add(
            "vault_closed",
            if is_lost { "warning" } else { "info" },
            closed.to_string(),
            "docs/operate/secure.md says how the vault gets its key",
        );
    }
    for account in auth.accounts() {
        if account.role == Role::Owner && !account.has_second() {
            add(
                "owner_without_second_factor",
                "info",
                format!("{} owns the house by a password alone", account.name),
                "switch a second factor on",
            );
        }
        if account.role == Role::Guest && account.until.is_none() {
            add(
                "guest_without_end",
                "info",
                format!("{} is a guest without an end", account.name),
                "give the account an end",
            );
        }
    }
    for token in auth.tokens(None) {
        let age = (now - token.made.as_second()) / DAY;
        if age > OLD {
            add(
                "old_token",
                "warning",
                format!("the token {} is {age} days old", token.name),
                "make another and revoke this one",
            );
        }
    }
    findings
}
