//! Accounts, sessions and tokens as this room has them, and who somebody turned out to be.

use crate::oauth::{Held, named};
use crate::role::Role;
use model::{
    AccountId, AreaId, Grant, PersonId, Right, Rights, SessionId, Timestamp, TokenId, Who,
};
use serde::{Deserialize, Serialize};
use store::{KeptAccount, KeptSession, KeptToken};

/// How long a session lives on without being used.
pub(crate) const IDLE: i64 = 30 * 24 * 3600;

/// How long a session lives at most.
pub(crate) const WHOLE: i64 = 180 * 24 * 3600;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What one signs in with.
    pub name: String,
    /// What it is in the house.
    pub role: Role,
    /// The member of the household that it is.
    pub person: Option<PersonId>,
    /// Until when it is good.
    pub until: Option<Timestamp>,
    /// Only in these areas; `None` means in the whole house.
    pub areas: Option<Vec<AreaId>>,
    /// When it was made.
    pub made: Timestamp,
    /// When the password was set.
    pub password_set: Timestamp,
    pub(crate) password: String,
    pub(crate) second: Option<Second>,
}

/// A second factor as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Second {
    /// The shared secret, encrypted, in base64.
    pub(crate) sealed: String,
    /// The last time step whose code was used: a code is good once.
    pub(crate) used: u64,
    /// Hashes of the recovery codes that are left.
    pub(crate) recovery: Vec<String>,
}

/// What is said of a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// What one signs in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// What it is in the house.
    pub role: Role,
    /// The member of the household that it is.
    pub person: Option<PersonId>,
    /// Until when it is good.
    pub until: Option<Timestamp>,
    /// Only in these areas.
    pub areas: Option<Vec<AreaId>>,
}

/// What changes of an account; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountEdit {
    /// What one signs in with.
    pub name: Option<String>,
    /// What it is in the house.
    pub role: Option<Role>,
    /// The member of the household that it is.
    pub person: Option<Option<PersonId>>,
    /// Until when it is good.
    pub until: Option<Option<Timestamp>>,
    /// Only in these areas.
    pub areas: Option<Option<Vec<AreaId>>>,
}

impl Account {
    /// Whether it is good now: a guest's time passes.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it has a second factor.
    #[must_use]
    pub const fn has_second(&self) -> bool {
        self.second.is_some()
    }

    pub(crate) fn kept(&self) -> KeptAccount {
        KeptAccount {
            id: self.id,
            name: self.name.clone(),
            role: self.role.name().to_owned(),
            person: self.person,
            password: self.password.clone(),
            until: self.until,
            areas: self.areas.clone(),
            second: self
                .second
                .as_ref()
                .and_then(|second| serde_json::to_value(second).ok()),
            made: self.made,
            password_set: self.password_set,
        }
    }

    /// `None` where the role is not known: such an account cannot sign in.
    pub(crate) fn of(kept: KeptAccount) -> Option<Self> {
        // A second factor that cannot be read is not as good as none.
        let second = kept.second.map(serde_json::from_value).transpose().ok()?;
        Some(Self {
            role: Role::named(&kept.role)?,
            id: kept.id,
            name: kept.name,
            person: kept.person,
            until: kept.until,
            areas: kept.areas,
            made: kept.made,
            password_set: kept.password_set,
            password: kept.password,
            second,
        })
    }
}

/// What holds a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser, with a cookie.
    Browser,
    /// A program, with tokens that it refreshes.
    Program,
}

impl SessionKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Program => "program",
        }
    }
}

/// Somebody who is signed in somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// What holds it.
    pub kind: SessionKind,
    /// From where it was last used.
    pub address: String,
    /// What the client calls itself.
    pub agent: String,
    /// When it began.
    pub began: Timestamp,
    /// When it was last used.
    pub last: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What a program holds that somebody gave access; `None`: it is the person's own.
    pub held: Option<Held>,
    pub(crate) hash: String,
    pub(crate) generation: u32,
    pub(crate) key: String,
    /// When its use was last written down.
    pub(crate) noted: Timestamp,
}

impl Session {
    pub(crate) fn kept(&self) -> KeptSession {
        KeptSession {
            id: self.id,
            account: self.account,
            kind: self.kind.name().to_owned(),
            hash: self.hash.clone(),
            generation: self.generation,
            key: self.key.clone(),
            address: self.address.clone(),
            agent: self.agent.clone(),
            began: self.began,
            last: self.last,
            until: self.until,
            program: self.held.as_ref().map(|held| held.program),
            scopes: self.held.as_ref().map(|held| {
                let names = held.scopes.iter().map(|right| right.name().to_owned());
                names.collect()
            }),
            resource: self.held.as_ref().and_then(|held| held.resource.clone()),
        }
    }

    pub(crate) fn of(kept: KeptSession) -> Option<Self> {
        let kind = [SessionKind::Browser, SessionKind::Program]
            .into_iter()
            .find(|kind| kind.name() == kept.kind)?;
        let held = kept.program.map(|program| Held {
            program,
            scopes: named(kept.scopes.as_deref().unwrap_or_default()),
            resource: kept.resource,
        });
        Some(Self {
            id: kept.id,
            account: kept.account,
            kind,
            address: kept.address,
            agent: kept.agent,
            began: kept.began,
            last: kept.last,
            until: kept.until,
            hash: kept.hash,
            generation: kept.generation,
            key: kept.key,
            noted: kept.last,
            held,
        })
    }

    /// Notes a use: it lives on for a while, though not for ever.
    pub(crate) fn used(&mut self, now: Timestamp) {
        self.last = now;
        let whole = later(self.began, WHOLE);
        self.until = later(now, IDLE).min(whole);
    }
}

/// A long-lived token of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose it is; `None`: the operator's.
    pub account: Option<AccountId>,
    /// Its name.
    pub name: String,
    /// What it may do at most.
    pub scopes: Rights,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it is good.
    pub until: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
    pub(crate) hash: String,
}

impl Token {
    pub(crate) fn kept(&self) -> KeptToken {
        KeptToken {
            id: self.id,
            account: self.account,
            name: self.name.clone(),
            hash: self.hash.clone(),
            scopes: self
                .scopes
                .iter()
                .map(|right| right.name().to_owned())
                .collect(),
            made: self.made,
            until: self.until,
            last_used: self.last_used,
        }
    }

    pub(crate) fn of(kept: KeptToken) -> Self {
        Self {
            id: kept.id,
            account: kept.account,
            name: kept.name,
            scopes: kept
                .scopes
                .iter()
                .filter_map(|scope| Right::named(scope))
                .collect(),
            made: kept.made,
            until: kept.until,
            last_used: kept.last_used,
            hash: kept.hash,
        }
    }
}

/// How somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By being on the machine itself.
    Operator,
    /// By the cookie of a browser.
    Cookie(SessionId),
    /// By the access token of a program.
    Access(SessionId),
    /// By the access token of a program to which somebody gave access.
    Program(SessionId),
    /// By a long-lived token.
    Token(TokenId),
}

/// Who somebody turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// How that is known.
    pub way: Way,
    /// The account; `None` for the operator on the machine.
    pub account: Option<AccountId>,
    /// The name: of the account, or of the token.
    pub name: String,
    /// The role of the account.
    pub role: Option<Role>,
    /// The member of the household.
    pub person: Option<PersonId>,
    /// What they may do.
    pub rights: Rights,
    /// Only in these areas.
    pub areas: Option<Vec<AreaId>>,
    /// Only below this path.
    pub within: Option<String>,
}

impl Principal {
    /// The operator on the machine itself.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            way: Way::Operator,
            account: None,
            name: "operator".to_owned(),
            role: None,
            person: None,
            rights: Rights::all(),
            areas: None,
            within: None,
        }
    }

    /// What goes along with their requests. `called` is what the household calls the person.
    #[must_use]
    pub fn grant(&self, called: Option<&str>) -> Grant {
        let who = match (self.way, self.account, self.role) {
            (Way::Operator, ..) => Who::Operator,
            (Way::Token(_) | Way::Program(_), ..) | (.., Some(Role::Panel)) => Who::Service {
                name: self.name.clone(),
            },
            // Who is no member of the household is still one person and no other.
            (_, Some(account), _) => Who::Person {
                id: self
                    .person
                    .unwrap_or_else(|| PersonId::from_uuid(account.uuid())),
                name: called.unwrap_or(&self.name).to_owned(),
            },
            (_, None, _) => Who::Service {
                name: self.name.clone(),
            },
        };
        Grant {
            who,
            rights: self.rights,
            areas: self.areas.clone(),
        }
    }

    /// Whether it is somebody's program, which knows nothing of their account.
    #[must_use]
    pub const fn is_program(&self) -> bool {
        matches!(self.way, Way::Program(_))
    }

    /// The session, where it is one.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self.way {
            Way::Cookie(id) | Way::Access(id) | Way::Program(id) => Some(id),
            Way::Operator | Way::Token(_) => None,
        }
    }
}

/// A moment some seconds later; the last one there is where that is beyond it.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// What is wrong with a name, if something is.
pub(crate) fn fault_of_name(name: &str) -> Option<String> {
    let fits = |c: char| c.is_alphanumeric() || " ._-@".contains(c);
    let length = name.chars().count();
    if length == 0 || length > 64 || name.trim() != name {
        return Some(format!("the name has {length} characters"));
    }
    (!name.chars().all(fits)).then(|| "the name has characters that names do not have".to_owned())
}

/// What a name may be.
pub(crate) const NAMES: &str =
    "1 to 64 letters, digits, blanks and . _ - @, beginning and ending with no blank";
