//! Who there is, as it stands in memory: found by name, by cookie and by token. Pure.

use crate::account::{Account, Principal, Session, SessionKind, Token, Way};
use crate::oauth::Program;
use crate::role::Role;
use model::{AccountId, ProgramId, Rights, SessionId, Timestamp, TokenId};
use std::collections::{BTreeMap, HashMap};

/// Accounts, sessions and tokens.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) tokens: BTreeMap<TokenId, Token>,
    pub(crate) programs: BTreeMap<ProgramId, Program>,
    cookies: HashMap<String, SessionId>,
    hashes: HashMap<String, TokenId>,
}

impl Book {
    pub(crate) fn put_account(&mut self, account: Account) {
        self.accounts.insert(account.id, account);
    }

    /// An account goes, with all that it holds.
    pub(crate) fn remove_account(&mut self, id: AccountId) {
        self.accounts.remove(&id);
        for session in self.sessions_of(id) {
            self.remove_session(session);
        }
        let tokens: Vec<TokenId> = self
            .tokens
            .values()
            .filter(|token| token.account == Some(id))
            .map(|token| token.id)
            .collect();
        for token in tokens {
            self.remove_token(token);
        }
    }

    pub(crate) fn put_session(&mut self, session: Session) {
        if session.kind == SessionKind::Browser {
            self.cookies.insert(session.hash.clone(), session.id);
        }
        self.sessions.insert(session.id, session);
    }

    pub(crate) fn remove_session(&mut self, id: SessionId) -> Option<Session> {
        let session = self.sessions.remove(&id)?;
        self.cookies.remove(&session.hash);
        Some(session)
    }

    pub(crate) fn put_token(&mut self, token: Token) {
        self.hashes.insert(token.hash.clone(), token.id);
        self.tokens.insert(token.id, token);
    }

    pub(crate) fn remove_token(&mut self, id: TokenId) -> Option<Token> {
        let token = self.tokens.remove(&id)?;
        self.hashes.remove(&token.hash);
        Some(token)
    }

    /// The account of a name, whatever its letters' case.
    pub(crate) fn named(&self, name: &str) -> Option<&Account> {
        let name = name.to_lowercase();
        self.accounts
            .values()
            .find(|account| account.name.to_lowercase() == name)
    }

    pub(crate) fn has_owner(&self) -> bool {
        self.accounts
            .values()
            .any(|account| account.role == Role::Owner)
    }

    /// Whether another account than this one is an owner without an end.
    pub(crate) fn has_other_owner(&self, than: AccountId) -> bool {
        self.accounts.values().any(|account| {
            account.id != than && account.role == Role::Owner && account.until.is_none()
        })
    }

    pub(crate) fn sessions_of(&self, account: AccountId) -> Vec<SessionId> {
        self.sessions
            .values()
            .filter(|session| session.account == account)
            .map(|session| session.id)
            .collect()
    }

    /// Whose a cookie is, by its hash.
    pub(crate) fn by_cookie(&self, hash: &str, now: Timestamp) -> Option<Principal> {
        self.by_session(*self.cookies.get(hash)?, now)
    }

    /// Whose a session is, while it and its account are good.
    pub(crate) fn by_session(&self, id: SessionId, now: Timestamp) -> Option<Principal> {
        let session = self.sessions.get(&id).filter(|it| now < it.until)?;
        let account = self.good(session.account, now)?;
        if let Some(held) = &session.held {
            let program = self.programs.get(&held.program)?;
            return Some(Principal {
                way: Way::Program(id),
                account: Some(account.id),
                name: program.called(&account.name),
                role: Some(account.role),
                person: None,
                rights: held.scopes.and(account.role.rights()),
                areas: account.areas.clone(),
                within: held.resource.clone(),
            });
        }
        let way = match session.kind {
            SessionKind::Browser => Way::Cookie(id),
            SessionKind::Program => Way::Access(id),
        };
        Some(principal(way, account))
    }

    /// Whose a long-lived token is, by its hash.
    pub(crate) fn by_token_hash(&self, hash: &str, now: Timestamp) -> Option<Principal> {
        self.by_token(*self.hashes.get(hash)?, now)
    }

    /// Who a long-lived token is, while it and its account are good: its scopes, but never more than the
    /// account has now.
    pub(crate) fn by_token(&self, id: TokenId, now: Timestamp) -> Option<Principal> {
        let token = self.tokens.get(&id)?;
        if token.until.is_some_and(|until| now >= until) {
            return None;
        }
        let account = match token.account {
            Some(account) => Some(self.good(account, now)?),
            None => None,
        };
        let most = account.map_or_else(Rights::all, |account| account.role.rights());
        Some(Principal {
            way: Way::Token(id),
            account: token.account,
            name: token.name.clone(),
            role: account.map(|account| account.role),
            person: None,
            rights: token.scopes.and(most),
            areas: account.and_then(|account| account.areas.clone()),
            within: None,
        })
    }

    /// Who somebody is now that was known before; `None` where they are nobody any more.
    pub(crate) fn still(&self, way: Way, now: Timestamp) -> Option<Principal> {
        match way {
            Way::Operator => Some(Principal::operator()),
            Way::Cookie(id) | Way::Access(id) | Way::Program(id) => self.by_session(id, now),
            Way::Token(id) => self.by_token(id, now),
        }
    }

    /// Until when what somebody holds is good, where it has an end.
    pub(crate) fn end(&self, way: Way) -> Option<Timestamp> {
        let (account, own) = match way {
            Way::Operator => return None,
            Way::Cookie(id) | Way::Access(id) | Way::Program(id) => {
                let session = self.sessions.get(&id)?;
                (Some(session.account), Some(session.until))
            }
            Way::Token(id) => {
                let token = self.tokens.get(&id)?;
                (token.account, token.until)
            }
        };
        let account = account.and_then(|id| self.accounts.get(&id)?.until);
        account.into_iter().chain(own).min()
    }

    fn good(&self, id: AccountId, now: Timestamp) -> Option<&Account> {
        self.accounts
            .get(&id)
            .filter(|account| account.is_good(now))
    }

    /// The sessions of an account that a program holds.
    pub(crate) fn held_by(&self, account: AccountId, program: ProgramId) -> Vec<SessionId> {
        let is_theirs = |session: &&Session| {
            let held = session.held.as_ref();
            session.account == account && held.is_some_and(|held| held.program == program)
        };
        let theirs = self.sessions.values().filter(is_theirs);
        theirs.map(|session| session.id).collect()
    }

    /// The programs that nobody gave access in time, or not any more for long.
    pub(crate) fn forgotten(&self, now: Timestamp) -> Vec<ProgramId> {
        let is_held = |id: ProgramId| {
            let mut held = self.sessions.values().filter_map(|it| it.held.as_ref());
            held.any(|held| held.program == id)
        };
        let over = self
            .programs
            .values()
            .filter(|program| program.is_over(now));
        over.map(|program| program.id)
            .filter(|id| !is_held(*id))
            .collect()
    }

    /// The sessions that are over.
    pub(crate) fn over(&self, now: Timestamp) -> Vec<SessionId> {
        self.sessions
            .values()
            .filter(|session| now >= session.until)
            .map(|session| session.id)
            .collect()
    }
}

fn principal(way: Way, account: &Account) -> Principal {
    Principal {
        way,
        account: Some(account.id),
        name: account.name.clone(),
        role: Some(account.role),
        person: account.person,
        rights: account.role.rights(),
        areas: account.areas.clone(),
        within: None,
    }
}

#[cfg(test)]
mod tests {
    use super::Book;
    use crate::account::{Account, Session, SessionKind, Token, Way};
    use crate::role::Role;
    use model::{AccountId, AreaId, Right, SessionId, Timestamp, TokenId, Who};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn account(name: &str, role: Role) -> Account {
        Account {
            id: AccountId::new(),
            name: name.into(),
            role,
            person: None,
            until: None,
            areas: None,
            made: at(0),
            password_set: at(0),
            password: String::new(),
            second: None,
        }
    }

    fn session(account: AccountId, until: i64) -> Session {
        Session {
            id: SessionId::new(),
            account,
            kind: SessionKind::Browser,
            address: "127.0.0.1".into(),
            agent: String::new(),
            began: at(0),
            last: at(0),
            until: at(until),
            hash: "cookie".into(),
            generation: 0,
            key: String::new(),
            noted: at(0),
            held: None,
        }
    }

    #[test]
    fn a_guests_time_passes() {
        let mut book = Book::default();
        let room = AreaId::new();
        let guest = Account {
            until: Some(at(100)),
            areas: Some(vec![room]),
            ..account("Ben", Role::Guest)
        };
        book.put_account(guest.clone());
        book.put_session(session(guest.id, 1_000));
        let principal = book.by_cookie("cookie", at(99)).unwrap();
        let grant = principal.grant(None);
        assert!(grant.covers(Right::Control, Some(room)));
        assert!(!grant.covers(Right::Control, Some(AreaId::new())));
        assert!(!grant.covers(Right::Control, None));
        assert!(!grant.covers(Right::ControlCritical, Some(room)));
        assert!(book.by_cookie("cookie", at(100)).is_none());
        assert!(book.still(principal.way, at(100)).is_none());
    }

    #[test]
    fn a_session_ends_with_its_time_its_revocation_and_its_account() {
        let mut book = Book::default();
        let anna = account("Anna", Role::Member);
        book.put_account(anna.clone());
        book.put_session(session(anna.id, 10));
        assert!(book.by_cookie("cookie", at(9)).is_some());
        assert!(book.by_cookie("cookie", at(10)).is_none());
        let id = book.sessions_of(anna.id)[0];
        book.remove_session(id);
        assert!(book.by_cookie("cookie", at(1)).is_none());
        book.put_session(session(anna.id, 10));
        book.remove_account(anna.id);
        assert!(book.by_cookie("cookie", at(1)).is_none());
        assert!(book.sessions.is_empty());
    }

    #[test]
    fn a_token_never_has_more_than_its_account_has_now() {
        let mut book = Book::default();
        let mut anna = account("Anna", Role::Owner);
        book.put_account(anna.clone());
        let token = Token {
            id: TokenId::new(),
            account: Some(anna.id),
            name: "script".into(),
            scopes: [Right::ReadHouse, Right::Private].into_iter().collect(),
            made: at(0),
            until: Some(at(50)),
            last_used: None,
            hash: "hash".into(),
        };
        book.put_token(token);
        let principal = book.by_token_hash("hash", at(1)).unwrap();
        assert!(principal.rights.has(Right::Private));
        assert!(!principal.rights.has(Right::Control));
        assert!(matches!(
            principal.grant(None).who,
            Who::Service { name } if name == "script"
        ));
        anna.role = Role::Guest;
        book.put_account(anna.clone());
        let principal = book.by_token_hash("hash", at(1)).unwrap();
        assert!(!principal.rights.has(Right::Private));
        assert!(matches!(principal.way, Way::Token(_)));
        assert!(book.by_token_hash("hash", at(50)).is_none());
        book.remove_account(anna.id);
        assert!(book.by_token_hash("hash", at(1)).is_none());
    }
}
