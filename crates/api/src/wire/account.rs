//! Accounts, sessions, tokens and security events on the wire.

use super::{At, Patch};
use auth::{Account, Principal, Session, Token};
use serde::{Deserialize, Serialize};
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a page has to know before it shows anything.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthState {
    /// Whether the house has an owner; where not, POST /api/auth/owner makes one.
    pub has_owner: bool,
    /// Whether making the first owner from here takes the code that the log shows.
    pub needs_code: bool,
    /// Whether everybody has to sign in.
    pub production: bool,
    /// Who asks, where that is known.
    pub me: Option<Me>,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account; null for the operator on the machine itself, and for the operator's tokens.
    pub account: Option<Uuid>,
    /// What one signs in with, or the name of the token.
    pub name: String,
    /// What the house calls one.
    pub called: String,
    /// `owner`, `member`, `child`, `guest`, `panel` or `operator`; null where there is no account.
    pub role: Option<&'static str>,
    /// What one may do, such as `control`.
    #[schema(value_type = Vec<String>)]
    pub rights: Vec<&'static str>,
    /// Only in these areas, by slug; null: in the whole house.
    pub areas: Option<Vec<String>>,
    /// How that is known: `operator`, `cookie`, `access`, `program` (given access by OAuth) or `token`.
    pub by: &'static str,
    /// The session, where it is one.
    pub session: Option<Uuid>,
    /// What a page sends along as X-CSRF-Token when it changes something; null where that is not needed.
    pub csrf: Option<String>,
    /// Whether the account has a second factor.
    pub second_factor: bool,
    /// Until when the account is good; null: no end.
    pub until: Option<At>,
}

/// Who becomes the first owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// What they sign in with.
    pub name: String,
    /// Their password: at least 8 characters.
    pub password: String,
    /// The code that the log shows; not needed on the machine itself.
    #[serde(default)]
    pub code: Option<String>,
}

/// Somebody signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Their name.
    pub name: String,
    /// Their password.
    pub password: String,
    /// A code of the second factor, where the account has one; a recovery code does as well.
    #[serde(default)]
    pub code: Option<String>,
    /// `browser` (the default) gets a cookie, `program` gets tokens.
    #[serde(default)]
    #[schema(inline)]
    pub client: LoginClient,
}

/// What signs in.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginClient {
    /// A browser, which gets a cookie.
    #[default]
    Browser,
    /// A program, which gets tokens.
    Program,
}

/// Somebody has signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedIn {
    /// Who it is.
    pub me: Me,
    /// For a program: what it sends along as `Authorization: Bearer`.
    pub access_token: Option<String>,
    /// For a program: what it gets the next tokens with, once.
    pub refresh_token: Option<String>,
    /// `Bearer`, for a program.
    pub token_type: Option<&'static str>,
    /// How long the access token is good, in seconds.
    pub expires_in: Option<i64>,
}

/// A program wants new tokens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token, which is spent with this.
    pub refresh_token: String,
}

/// Somebody changes their own password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password until now.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// The password of somebody is set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The new one.
    pub password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginSession {
    /// Its id.
    pub id: Uuid,
    /// `browser` or `program`.
    pub kind: &'static str,
    /// From where it was last used.
    pub address: String,
    /// What the client calls itself.
    pub agent: String,
    /// When it began.
    pub began_at: At,
    /// When it was last used, to the minute.
    pub last_at: At,
    /// When it ends, if it is not used.
    pub until: At,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// The program that holds it, where one was given access (OAuth); null: one's own.
    pub program: Option<HeldBy>,
}

/// A program that was given access.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBy {
    /// Its id: the `client_id`.
    pub id: Uuid,
    /// What it calls itself.
    pub name: String,
    /// What it may do at most.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<&'static str>,
    /// The path below which it may; null: everywhere.
    pub resource: Option<String>,
}

/// Sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginSessionList {
    /// The last used first.
    pub sessions: Vec<LoginSession>,
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsEnded {
    /// So many.
    pub ended: usize,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// What one signs in with.
    pub name: String,
    /// `owner`, `member`, `child`, `guest`, `panel` or `operator`.
    pub role: &'static str,
    /// The member of the household that it is: a slug.
    pub person: Option<String>,
    /// Until when it is good; null: no end.
    pub until: Option<At>,
    /// Only in these areas, by slug; null: in the whole house.
    pub areas: Option<Vec<String>>,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// When it was made.
    pub made_at: At,
    /// When its password was set.
    pub password_at: At,
    /// How many sessions it has, without those of programs.
    pub sessions: usize,
    /// When one of these was last used, to the minute; null where there is none.
    pub last_seen_at: Option<At>,
}

/// Accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserList {
    /// Oldest first.
    pub users: Vec<User>,
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What one signs in with: 1 to 64 letters, digits, blanks and . _ - @
    pub name: String,
    /// The password: at least 8 characters.
    pub password: String,
    /// `owner`, `member`, `child`, `guest`, `panel` or `operator`.
    pub role: String,
    /// The member of the household that it is: an id or slug. Left out: one of the same name, if there is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person: Patch<String>,
    /// Until when it is good; left out: no end.
    #[serde(default)]
    pub until: Option<At>,
    /// Only in these areas, by id or slug; left out: in the whole house.
    #[serde(default)]
    pub areas: Option<Vec<String>>,
}

/// An edit of an account: what is left out stays, null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserEdit {
    /// What one signs in with.
    #[serde(default)]
    pub name: Option<String>,
    /// `owner`, `member`, `child`, `guest`, `panel` or `operator`.
    #[serde(default)]
    pub role: Option<String>,
    /// The member of the household that it is: an id or slug.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person: Patch<String>,
    /// Until when it is good.
    #[serde(default)]
    #[schema(value_type = Option<At>)]
    pub until: Patch<At>,
    /// Only in these areas, by id or slug.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub areas: Patch<Vec<String>>,
}

/// A second factor that was begun; it holds once a first code was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// The secret, as one types it into an app.
    pub secret: String,
    /// The same as an address, for a picture that an app reads.
    pub otpauth: String,
    /// Codes for the day on which the phone is lost, each good once. They are shown only here.
    pub recovery_codes: Vec<String>,
    /// To send back with the first code.
    pub ticket: String,
}

/// The first code of a second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCode {
    /// What came with the secret.
    pub ticket: String,
    /// The code that the app shows.
    pub code: String,
}

/// One's own password, asked again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password.
    pub password: String,
}

/// A long-lived token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whose it is: an account's name; null: the operator's.
    pub account: Option<String>,
    /// What it may do at most.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<&'static str>,
    /// When it was made.
    pub made_at: At,
    /// Until when it is good; null: no end.
    pub until: Option<At>,
    /// When it was last used, to the minute; null: never.
    pub last_used_at: Option<At>,
}

/// Long-lived tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiTokenList {
    /// Oldest first.
    pub tokens: Vec<ApiToken>,
}

/// A new long-lived token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// Its name: 1 to 64 of a-z, 0-9, _ - and .
    pub name: String,
    /// What it may do, such as `read_house` and `control`; never more than who makes it.
    pub scopes: Vec<String>,
    /// Until when it is good; left out: no end.
    #[serde(default)]
    pub until: Option<At>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiTokenMade {
    /// What was made.
    pub made: ApiToken,
    /// The token itself. It is shown only here.
    pub token: String,
}

/// Something that happened to the security of the house.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityEvent {
    /// Its number; it rises.
    pub number: u64,
    /// When.
    pub at: At,
    /// What kind, such as `sign_in_failed`.
    pub kind: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// Who it was, or the name that was tried; null where nobody knows.
    pub who: Option<String>,
    /// From where; null where from nowhere.
    pub address: Option<String>,
    /// What and why.
    pub detail: String,
    /// Its cause in the timeline, where it stands there.
    pub cause: Option<Uuid>,
}

/// Security events.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityEventList {
    /// Newest first.
    pub events: Vec<SecurityEvent>,
    /// `before` of the next page; null: there is none.
    pub next: Option<u64>,
}

/// How the server is guarded.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityStatus {
    /// Whether everybody has to sign in.
    pub production: bool,
    /// Whether the house has an owner.
    pub has_owner: bool,
    /// How many accounts there are.
    pub accounts: usize,
    /// How many of them have a second factor.
    pub with_second_factor: usize,
    /// How many sessions there are.
    pub sessions: usize,
    /// How many long-lived tokens there are.
    pub tokens: usize,
    /// What should be better, with what to do.
    pub findings: Vec<SecurityFinding>,
    /// Security events of the last day that were no good news, at most 500 of them.
    pub warnings_today: usize,
    /// The last such event.
    pub last_warning: Option<SecurityEvent>,
}

/// Something that should be better.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityFinding {
    /// A stable word.
    pub code: &'static str,
    /// `info`, `warning` or `critical`.
    pub severity: &'static str,
    /// What it is.
    pub message: String,
    /// What to do.
    pub action: String,
}

/// All that is kept of somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserExport {
    /// The account.
    pub user: User,
    /// Its sessions.
    pub sessions: Vec<LoginSession>,
    /// Its tokens.
    pub tokens: Vec<ApiToken>,
    /// What they said, conversation by conversation, with the answers.
    pub conversations: Vec<super::ConversationTurns>,
    /// What is remembered of them, and what they told.
    pub memories: Vec<super::Memory>,
    /// The member of the household that it is, with whether they are at home; null where it is none.
    pub person: Option<super::Person>,
    /// When they came and went, newest first, as long as the timeline is kept.
    pub presence: Vec<super::Event>,
    /// What the security events say of the name, newest first.
    pub security_events: Vec<SecurityEvent>,
    /// Whether there was more than fits in one answer.
    pub is_cut: bool,
}

fn slugs(areas: Option<&Vec<model::AreaId>>, snapshot: &Snapshot) -> Option<Vec<String>> {
    let slug = |id: &model::AreaId| {
        // One that is gone stays a bound all the same.
        let area = snapshot.areas.get(id);
        area.map_or_else(|| id.to_string(), |area| area.slug.to_string())
    };
    areas.map(|areas| areas.iter().map(slug).collect())
}

impl Me {
    pub(crate) fn of(
        principal: &Principal,
        called: String,
        account: Option<&Account>,
        csrf: Option<String>,
        snapshot: &Snapshot,
    ) -> Self {
        Self {
            account: account.map(|account| account.id.uuid()),
            name: principal.name.clone(),
            called,
            role: principal.role.map(auth::Role::name),
            rights: principal.rights.iter().map(model::Right::name).collect(),
            areas: slugs(principal.areas.as_ref(), snapshot),
            by: match principal.way {
                auth::Way::Operator => "operator",
                auth::Way::Cookie(_) => "cookie",
                auth::Way::Access(_) => "access",
                auth::Way::Program(_) => "program",
                auth::Way::Token(_) => "token",
            },
            session: principal.session().map(model::SessionId::uuid),
            csrf,
            second_factor: account.is_some_and(Account::has_second),
            until: account.and_then(|account| account.until).map(At),
        }
    }
}

impl User {
    pub(crate) fn of(account: &Account, sessions: &[Session], snapshot: &Snapshot) -> Self {
        let person = account.person.and_then(|id| snapshot.people.get(&id));
        // Where a program is, the person need not be.
        let own = || sessions.iter().filter(|session| session.held.is_none());
        Self {
            id: account.id.uuid(),
            name: account.name.clone(),
            role: account.role.name(),
            person: person.map(|person| person.slug.to_string()),
            until: account.until.map(At),
            areas: slugs(account.areas.as_ref(), snapshot),
            second_factor: account.has_second(),
            made_at: At(account.made),
            password_at: At(account.password_set),
            sessions: own().count(),
            last_seen_at: own().map(|session| At(session.last)).max(),
        }
    }
}

impl LoginSession {
    pub(crate) fn of(
        session: &Session,
        this: Option<model::SessionId>,
        program: Option<auth::Program>,
    ) -> Self {
        let held = session.held.as_ref().zip(program);
        Self {
            id: session.id.uuid(),
            kind: session.kind.name(),
            address: session.address.clone(),
            agent: session.agent.clone(),
            began_at: At(session.began),
            last_at: At(session.last),
            until: At(session.until),
            is_this: this == Some(session.id),
            program: held.map(|(held, program)| HeldBy {
                id: program.id.uuid(),
                name: program.name,
                scopes: held.scopes.iter().map(model::Right::name).collect(),
                resource: held.resource.clone(),
            }),
        }
    }
}

impl ApiToken {
    pub(crate) fn of(token: &Token, account: Option<String>) -> Self {
        Self {
            id: token.id.uuid(),
            name: token.name.clone(),
            account,
            scopes: token.scopes.iter().map(model::Right::name).collect(),
            made_at: At(token.made),
            until: token.until.map(At),
            last_used_at: token.last_used.map(At),
        }
    }
}

impl From<store::KeptSecurityEvent> for SecurityEvent {
    fn from(event: store::KeptSecurityEvent) -> Self {
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            number: event.number,
            at: At(event.at),
            kind: event.kind,
            severity: event.severity,
            who: known(event.who),
            address: known(event.address),
            detail: event.detail,
            cause: event.cause.map(model::CauseId::uuid),
        }
    }
}
