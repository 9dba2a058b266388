//! Accounts: list, add, get, edit, remove with all that is kept of somebody, and export of that.

use super::auth::session_of;
use super::devices::{find_area, short};
use super::people;
use crate::access::{Access, Caller, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path, Query};
use crate::state::{App, Shared};
use crate::wire::{self, Patch};
use auth::{Account, AccountEdit, EventKind, NewAccount, Role, Way};
use axum::extract::State;
use axum::http::StatusCode;
use model::{AreaId, EventBody, PersonId, Request, RequestBody, Right, Who};
use serde::Deserialize;
use store::{EventFilter, SecurityFilter};
use twin::Snapshot;
use utoipa::IntoParams;

/// How many conversations of somebody are exported or erased in one step.
const CONVERSATIONS: usize = 500;

/// How many events of somebody are exported, and how many pages of them are looked through.
const EVENTS: usize = 500;
const PAGES: usize = 20;

/// How many turns of each.
const TURNS: usize = 500;

/// The accounts.
#[utoipa::path(get, path = "/api/users", tag = "accounts", operation_id = "listUsers",
    responses((status = 200, body = wire::UserList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::UserList> {
    let accounts = app.house.auth.accounts();
    axum::Json(wire::UserList {
        users: accounts
            .iter()
            .map(|account| shown(&app, account))
            .collect(),
    })
}

/// Makes an account.
#[utoipa::path(post, path = "/api/users", tag = "accounts", operation_id = "addUser", request_body = wire::NewUser,
    responses((status = 201, body = wire::User), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(new): Json<wire::NewUser>,
) -> Result<(StatusCode, axum::Json<wire::User>), ApiError> {
    let snapshot = app.house.handle.snapshot();
    let role = role(&new.role)?;
    let person = match new.person {
        Patch::Value(person) => Some(people::find(&person, &snapshot)?.id),
        Patch::Null => None,
        Patch::Absent => namesake(&app, &new.name, &snapshot),
    };
    let new = NewAccount {
        role,
        person,
        areas: new
            .areas
            .map(|areas| bounds(&areas, &snapshot))
            .transpose()?,
        name: new.name,
        password: new.password,
        until: new.until.map(|until| until.0),
    };
    let account = app.house.auth.add(new, &me, &access.client()).await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&app, &account))))
}

/// One account.
#[utoipa::path(get, path = "/api/users/{user}", tag = "accounts", operation_id = "getUser",
    params(("user" = String, Path, description = "id or name")),
    responses((status = 200, body = wire::User), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Shared>,
    Path(user): Path<String>,
) -> Result<axum::Json<wire::User>, ApiError> {
    Ok(axum::Json(shown(&app, &find(&app, &user)?)))
}

/// Edits an account: what is left out stays, null clears. A right that is lost is lost at once.
#[utoipa::path(patch, path = "/api/users/{user}", tag = "accounts", operation_id = "editUser",
    params(("user" = String, Path, description = "id or name")), request_body = wire::UserEdit,
    responses((status = 200, body = wire::User), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn edit(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(user): Path<String>,
    Json(edit): Json<wire::UserEdit>,
) -> Result<axum::Json<wire::User>, ApiError> {
    let account = find(&app, &user)?;
    let snapshot = app.house.handle.snapshot();
    let edit = AccountEdit {
        name: edit.name,
        role: edit.role.as_deref().map(role).transpose()?,
        person: match edit.person {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(person) => Some(Some(people::find(&person, &snapshot)?.id)),
        },
        until: match edit.until {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(until) => Some(Some(until.0)),
        },
        areas: match edit.areas {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(areas) => Some(Some(bounds(&areas, &snapshot)?)),
        },
    };
    let client = access.client();
    let edited = app.house.auth.edit(account.id, edit, &me, &client).await?;
    Ok(axum::Json(shown(&app, &edited)))
}

/// How far somebody is erased.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveQuery {
    /// Whether they are no member of the household any more either: then nobody looks whether they are at
    /// home.
    household: bool,
}

/// Removes an account and erases what is kept of somebody: sessions, tokens, conversations, what is
/// remembered of them and what they told. The timeline still says what was done in the house, and by whom,
/// for as long as it is kept, and the security events say who came in.
#[utoipa::path(delete, path = "/api/users/{user}", tag = "accounts", operation_id = "removeUser",
    params(("user" = String, Path, description = "id or name"), RemoveQuery),
    responses((status = 204, description = "They are erased."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Caller(grant): Caller,
    Path(user): Path<String>,
    Query(query): Query<RemoveQuery>,
) -> Result<StatusCode, ApiError> {
    let account = find(&app, &user)?;
    // First they can say nothing any more; else something new would come while the old is erased.
    app.house
        .auth
        .remove(account.id, &me, &access.client())
        .await?;
    let people = &app.house.handle.snapshot().people;
    let known = |person: &PersonId| query.household && people.contains_key(person);
    if let Some(person) = account.person.filter(known) {
        let person = person.to_string().into();
        let request = Request::new(grant, RequestBody::RemovePerson { person });
        app.house.handle.request(request).await?;
    }
    // What is kept of them ends with that they left, so that this is erased as well.
    erase(&app, &account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets somebody's password, ends their sessions and switches a second factor off: the way back in.
#[utoipa::path(put, path = "/api/users/{user}/password", tag = "accounts", operation_id = "setUserPassword",
    params(("user" = String, Path, description = "id or name")), request_body = wire::SetPassword,
    responses((status = 204, description = "It is set."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn password(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(user): Path<String>,
    Json(new): Json<wire::SetPassword>,
) -> Result<StatusCode, ApiError> {
    let account = find(&app, &user)?;
    let (auth, client) = (&app.house.auth, access.client());
    let keep = me.session().filter(|_| me.account == Some(account.id));
    auth.set_password(account.id, &new.password, keep, &me, &client)
        .await?;
    if account.has_second() {
        auth.drop_second(account.id, &me, &client).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's sessions.
#[utoipa::path(get, path = "/api/users/{user}/sessions", tag = "accounts", operation_id = "listUserSessions",
    params(("user" = String, Path, description = "id or name")),
    responses((status = 200, body = wire::LoginSessionList), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn sessions(
    State(app): State<Shared>,
    Visitor(me): Visitor,
    Path(user): Path<String>,
) -> Result<axum::Json<wire::LoginSessionList>, ApiError> {
    let account = find(&app, &user)?;
    let sessions = app.house.auth.sessions(account.id);
    Ok(axum::Json(wire::LoginSessionList {
        sessions: sessions
            .iter()
            .map(|session| super::auth::shown(&app, session, me.session()))
            .collect(),
    }))
}

/// Ends one of somebody's sessions.
#[utoipa::path(delete, path = "/api/users/{user}/sessions/{session}", tag = "accounts", operation_id = "endUserSession",
    params(("user" = String, Path, description = "id or name"), ("session" = String, Path, description = "its id")),
    responses((status = 204, description = "It is over."), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn revoke(
    State(app): State<Shared>,
    access: Access,
    Path((user, session)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let account = find(&app, &user)?;
    app.house
        .auth
        .sign_out(
            account.id,
            session_of(&session)?,
            EventKind::SessionRevoked,
            &access.client(),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All that is kept of somebody: everybody may ask for their own.
#[utoipa::path(get, path = "/api/users/{user}/export", tag = "accounts", operation_id = "exportUser",
    params(("user" = String, Path, description = "id or name")),
    responses((status = 200, body = wire::UserExport), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Shared>,
    Visitor(me): Visitor,
    Path(user): Path<String>,
) -> Result<axum::Json<wire::UserExport>, ApiError> {
    let may = |account: &Account| {
        me.account == Some(account.id) && !matches!(me.way, Way::Token(_) | Way::Program(_))
            || me.rights.has(Right::ManageUsers)
    };
    // Who there is, is not told to everybody.
    let account = find(&app, &user)
        .ok()
        .filter(may)
        .ok_or_else(|| unknown(&user))?;
    let snapshot = app.house.handle.snapshot();
    let now = app.house.handle.clock().now().house;
    let (who, person) = identity(&account);
    let kept = app.house.conversation.kept();
    let mut is_cut = false;
    let mut conversations = Vec::new();
    for who in std::iter::once(who).chain(programs(&app, &account)) {
        let found = kept.list(&who, None, None, CONVERSATIONS).await?;
        is_cut |= found.len() == CONVERSATIONS;
        for conversation in found {
            let turns = kept.turns(conversation.id, &who, TURNS).await?;
            conversations.push(wire::ConversationTurns {
                id: conversation.id.uuid(),
                turns: turns
                    .unwrap_or_default()
                    .into_iter()
                    .map(wire::Turn::from)
                    .collect(),
            });
        }
    }
    let memories = app.house.memory.export(Some(person)).await?;
    let (presence, more_presence) = presence(&app, account.person, &snapshot).await?;
    let filter = SecurityFilter {
        who: Some(account.name.clone()),
        ..SecurityFilter::default()
    };
    let security_events = app.house.auth.events(&filter, EVENTS).await?;
    is_cut |= security_events.len() == EVENTS || more_presence;
    let person = account.person.and_then(|id| snapshot.people.get(&id));
    let sessions = app.house.auth.sessions(account.id);
    let tokens = app.house.auth.tokens(Some(account.id));
    Ok(axum::Json(wire::UserExport {
        user: shown(&app, &account),
        sessions: sessions
            .iter()
            .map(|session| super::auth::shown(&app, session, me.session()))
            .collect(),
        tokens: tokens
            .iter()
            .map(|token| super::tokens::shown(&app, token))
            .collect(),
        conversations,
        memories: memories
            .iter()
            .map(|entry| wire::Memory::of(entry, &snapshot, now))
            .collect(),
        person: person.map(|person| (&**person).into()),
        presence,
        security_events: security_events.into_iter().map(Into::into).collect(),
        is_cut,
    }))
}

/// When a member of the household came and went, newest first; and whether there may be more.
async fn presence(
    app: &App,
    person: Option<PersonId>,
    snapshot: &Snapshot,
) -> Result<(Vec<wire::Event>, bool), ApiError> {
    let mut found = Vec::new();
    let Some(person) = person else {
        return Ok((found, false));
    };
    let mut filter = EventFilter {
        kinds: vec!["presence_changed".to_owned()],
        ..EventFilter::default()
    };
    for _ in 0..PAGES {
        let page = history::events(&app.house.store, &filter, EVENTS, snapshot).await?;
        let theirs = page.entries.into_iter().filter(|entry| {
            matches!(entry.event.body, EventBody::PresenceChanged { person: of, .. } if of == person)
        });
        found.extend(theirs.map(|it| wire::Event::of(&it.event, it.text, snapshot)));
        filter.before = page.next;
        if filter.before.is_none() || found.len() >= EVENTS {
            break;
        }
    }
    let is_cut = filter.before.is_some() || found.len() > EVENTS;
    found.truncate(EVENTS);
    Ok((found, is_cut))
}

/// Erases what somebody said, and what is remembered of them.
async fn erase(app: &App, account: &Account) -> Result<(), ApiError> {
    let (who, person) = identity(account);
    for who in std::iter::once(who).chain(programs(app, account)) {
        loop {
            let kept = app.house.conversation.kept();
            let found = kept.list(&who, None, None, CONVERSATIONS).await?;
            if found.is_empty() {
                break;
            }
            for conversation in &found {
                app.house.conversation.remove(conversation.id, &who).await?;
            }
        }
    }
    for entry in app.house.memory.export(Some(person)).await? {
        let id = entry.id.to_string();
        // Somebody else may have forgotten it meanwhile.
        match app.house.memory.forget(&id, Who::House).await {
            Ok(_) | Err(mind::memory::Fault::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let erased = store::Record::PersonErased(person);
    app.house.store.keep(vec![erased]).await?;
    Ok(())
}

/// As whom programs speak that somebody gave access, or may have.
fn programs(app: &App, account: &Account) -> Vec<Who> {
    let granted = app.house.auth.programs().into_iter();
    let granted = granted.filter(|program| program.granted.is_some());
    granted
        .map(|program| Who::Service {
            name: program.called(&account.name),
        })
        .collect()
}

/// As whom an account speaks and is remembered.
fn identity(account: &Account) -> (Who, PersonId) {
    let person = account
        .person
        .unwrap_or_else(|| PersonId::from_uuid(account.id.uuid()));
    let who = if account.role == Role::Panel {
        Who::Service {
            name: account.name.clone(),
        }
    } else {
        Who::Person {
            id: person,
            name: account.name.clone(),
        }
    };
    (who, person)
}

/// The member of the household with this very name, where they have no account yet.
fn namesake(app: &App, name: &str, snapshot: &Snapshot) -> Option<PersonId> {
    let name = name.to_lowercase();
    let person = snapshot
        .people
        .values()
        .find(|person| person.name.to_lowercase() == name || person.slug.as_str() == name)?;
    app.house
        .auth
        .account_of(person.id)
        .is_none()
        .then_some(person.id)
}

fn role(word: &str) -> Result<Role, ApiError> {
    Role::named(word).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        ApiError::new(
            ErrorCode::InvalidAccount,
            format!("there is no role `{}`", short(word)),
        )
        .expected(format!("one of {}", all.join(", ")))
    })
}

fn bounds(areas: &[String], snapshot: &Snapshot) -> Result<Vec<AreaId>, ApiError> {
    areas.iter().map(|area| find_area(area, snapshot)).collect()
}

fn find(app: &App, user: &str) -> Result<Account, ApiError> {
    app.house.auth.account(user).ok_or_else(|| unknown(user))
}

fn unknown(user: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownAccount,
        format!("no account is called `{}`", short(user)),
    )
    .expected("an id or a name of an account")
}

fn shown(app: &App, account: &Account) -> wire::User {
    let sessions = app.house.auth.sessions(account.id);
    wire::User::of(account, &sessions, &app.house.handle.snapshot())
}
