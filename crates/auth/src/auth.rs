//! The handle: signing in and out, and finding out whose a credential is.

use crate::account::{
    Account, IDLE, NewAccount, Principal, Second, Session, SessionKind, Way, later,
};
use crate::book::Book;
use crate::event::{EventKind, Flood, SecurityEvent};
use crate::keys::{Keys, hash, keyed};
use crate::password::{Busy, LONGEST, Passwords, SHORTEST};
use crate::role::Role;
use crate::settings::Settings;
use crate::throttle::{Throttle, Wait, network};
use crate::{account, telemetry, token, totp};
use model::{AccountId, SessionId, Timestamp};
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};
use store::{KeptSecurityEvent, Record, SecurityFilter, Store, StoreError};
use tokio::sync::watch;

/// How many sessions an account has at most; the one that has been quiet longest goes.
const SESSIONS: usize = 50;

/// How often the use of something is written down at most, in seconds.
pub(crate) const NOTE: i64 = 60;

/// From where somebody speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address; `None` for the machine itself.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub agent: String,
}

impl Client {
    /// The address as a text.
    #[must_use]
    pub fn place(&self) -> String {
        self.address
            .map_or_else(|| "local".to_owned(), |it| it.to_canonical().to_string())
    }
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name, password or both; which is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// The password is right, and a code is needed.
    #[error("this account has a second factor")]
    CodeNeeded,
    /// The code of the second factor is wrong or was used.
    #[error("the code is wrong, was used already, or its time is over")]
    WrongCode,
    /// Too many failed before.
    #[error("too many tries failed; the next one has to wait {} seconds", .0.as_secs().max(1))]
    Wait(Duration),
    /// Too many passwords are being checked at this moment.
    #[error("too many sign in at this moment")]
    Busy,
    /// There is an owner.
    #[error("the house has an owner already")]
    OwnerExists,
    /// The first owner is made from the machine itself, or with the code.
    #[error("the first owner is made from the machine itself, or with the code that the log shows")]
    NotHere,
    /// Something is not as it must be.
    #[error("{what}")]
    Invalid {
        /// What is wrong.
        what: String,
        /// What would be right.
        expected: String,
    },
    /// Something else has this name.
    #[error("the name `{0}` is taken")]
    NameTaken(String),
    /// There is no such account, session or token.
    #[error("there is no {0} like that")]
    Unknown(&'static str),
    /// The token is not good, or not any more.
    #[error("the token is not good, or not any more")]
    BadToken,
    /// The house would be nobody's.
    #[error("this is the only owner, and a house needs one")]
    LastOwner,
    /// There are as many as there may be.
    #[error("there are as many {0} as there may be")]
    TooMany(&'static str),
    /// It may not be done by who asks.
    #[error("{0}")]
    NotAllowed(String),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine does not play along.
    #[error("{0}")]
    Failed(String),
}

impl From<Busy> for Refused {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a program gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// What it sends along.
    pub access: String,
    /// What it gets the next ones with, once.
    pub refresh: String,
    /// How long the first is good, in seconds.
    pub expires_in: i64,
}

/// Somebody has signed in.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// Who it is.
    pub principal: Principal,
    /// Their session.
    pub session: SessionId,
    /// The cookie of a browser.
    pub cookie: Option<String>,
    /// The tokens of a program.
    pub tokens: Option<Tokens>,
}

/// Who may sign in, and who is; cloning shares it.
#[derive(Clone)]
pub struct Auth {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) passwords: Passwords,
    /// One change at a time: each is durable before it holds.
    pub(crate) changes: tokio::sync::Mutex<()>,
    book: RwLock<Book>,
    throttle: Mutex<Throttle>,
    flood: Mutex<Flood>,
    changed: watch::Sender<u64>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    steady: Instant,
    /// With which the first owner can be made from afar.
    code: Option<String>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}

impl Auth {
    /// Reads who there is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(store: Store, keys: Keys, settings: &Settings) -> Result<Self, Refused> {
        Self::open_at(store, keys, settings, Timestamp::now).await
    }

    /// The same with a clock of one's own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_at(
        store: Store,
        keys: Keys,
        settings: &Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, Refused> {
        let mut book = Book::default();
        for kept in store.accounts().await? {
            let name = kept.name.clone();
            match Account::of(kept) {
                Some(account) => book.put_account(account),
                None => tracing::error!(
                    target: "security", user = name,
                    "an account cannot be read and is denied: it is of another version"
                ),
            }
        }
        let (cookies, tokens) = (
            Keys::fingerprint(&keys.cookies),
            Keys::fingerprint(&keys.tokens),
        );
        let mut ended = Vec::new();
        for kept in store.sessions().await? {
            let id = kept.id;
            let session = Session::of(kept).filter(|session| {
                let key = match session.kind {
                    SessionKind::Browser => &cookies,
                    SessionKind::Program => &tokens,
                };
                session.key == *key && book.accounts.contains_key(&session.account)
            });
            match session {
                Some(session) => book.put_session(session),
                None => ended.push(Record::SessionGone(id)),
            }
        }
        if !ended.is_empty() {
            tracing::info!(
                target: "security", sessions = ended.len(),
                "sessions ended: the keys that signed them are others now"
            );
            store.keep(ended).await?;
        }
        for kept in store.tokens().await? {
            book.put_token(account::Token::of(kept));
        }
        let code = if book.has_owner() {
            None
        } else {
            let text = totp::base32(&crate::keys::random::<10>()?);
            Some(format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..12]))
        };
        let auth = Self {
            inner: Arc::new(Inner {
                store,
                keys,
                passwords: Passwords::new().map_err(Refused::Failed)?,
                changes: tokio::sync::Mutex::new(()),
                book: RwLock::new(book),
                throttle: Mutex::new(Throttle::new(settings.attempts)),
                flood: Mutex::default(),
                changed: watch::Sender::new(0),
                clock: Box::new(clock),
                steady: Instant::now(),
                code,
            }),
        };
        auth.count_sessions();
        Ok(auth)
    }

    /// Whether somebody owns the house.
    #[must_use]
    pub fn has_owner(&self) -> bool {
        self.book().has_owner()
    }

    /// The code with which the first owner can be made from afar, while there is none.
    #[must_use]
    pub fn first_code(&self) -> Option<&str> {
        self.inner.code.as_deref().filter(|_| !self.has_owner())
    }

    /// Tells when something changed that may end what somebody holds.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Makes the first owner, and signs them in. `is_here` says that they sit at the machine itself.
    ///
    /// # Errors
    /// When there is one, or they are neither here nor have the code.
    pub async fn first_owner(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        is_here: bool,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
        if self.has_owner() {
            return Err(Refused::OwnerExists);
        }
        if !is_here {
            let Some(code) = code else {
                return Err(Refused::NotHere);
            };
            // No account has this name.
            let tried = "\u{0}first owner";
            self.may_try(tried, client, false)?;
            let plain = |code: &str| {
                code.chars()
                    .filter(|c| c.is_ascii_alphanumeric())
                    .collect::<String>()
                    .to_ascii_uppercase()
            };
            let right = self
                .inner
                .code
                .as_deref()
                .is_some_and(|right| hash(&plain(right)) == hash(&plain(code)));
            if !right {
                self.failed("", client, "wrong_code", "the code for the first owner");
                return Err(Refused::WrongCode);
            }
            self.throttle().succeeded(tried, client.address);
        }
        let new = NewAccount {
            name: name.to_owned(),
            password: password.to_owned(),
            role: Role::Owner,
            person: None,
            until: None,
            areas: None,
        };
        let made = self.make(new, true).await?;
        self.note(SecurityEvent::new(
            EventKind::OwnerMade,
            &made.name,
            &client.place(),
            "the first owner of the house",
        ));
        self.begin(&made, SessionKind::Browser, client).await
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// When it is not them, or they have to wait.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        kind: SessionKind,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
        let now = self.now();
        let name: String = name.chars().take(65).collect();
        let found = self.book().named(&name).cloned();
        let is_known = found
            .as_ref()
            .is_some_and(|account| self.is_signed_in_from(account.id, client, now));
        self.may_try(&name, client, is_known)?;
        let account = found.filter(|account| account.is_good(now));
        let hash = account
            .as_ref()
            .filter(|_| password.len() <= LONGEST)
            .map(|account| account.password.clone());
        let given: String = if password.len() <= LONGEST {
            password.to_owned()
        } else {
            String::new()
        };
        let fits = match self.inner.passwords.fits(given, hash).await {
            Ok(fits) => fits,
            Err(Busy) => {
                self.throttle().back(client.address);
                telemetry::attempt("denied");
                telemetry::failure("busy");
                return Err(Refused::Busy);
            }
        };
        let Some(mut account) = account.filter(|_| fits) else {
            self.failed(&name, client, "wrong_password", "wrong name or password");
            return Err(Refused::Wrong);
        };
        if account.second.is_some() {
            let Some(code) = code else {
                self.throttle().back(client.address);
                return Err(Refused::CodeNeeded);
            };
            match self.second(account.id, code, now).await? {
                Some(changed) => account = changed,
                None => {
                    self.failed(
                        &name,
                        client,
                        "wrong_code",
                        "wrong code of the second factor",
                    );
                    return Err(Refused::WrongCode);
                }
            }
        }
        self.throttle().succeeded(&name, client.address);
        self.begin(&account, kind, client).await
    }

    /// Only asks the password of somebody who is signed in.
    pub(crate) async fn sign_in_only(
        &self,
        account: &Account,
        password: &str,
        client: &Client,
    ) -> Result<(), Refused> {
        self.may_try(&account.name, client, true)?;
        let given = password.chars().take(LONGEST).collect();
        let hash = Some(account.password.clone());
        if self.inner.passwords.fits(given, hash).await? {
            self.throttle().back(client.address);
            return Ok(());
        }
        self.failed(
            &account.name,
            client,
            "wrong_password",
            "wrong password, asked again",
        );
        Err(Refused::Wrong)
    }

    /// Takes a code of the second factor, once; the account as it is then.
    async fn second(
        &self,
        id: AccountId,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, Refused> {
        let _change = self.inner.changes.lock().await;
        let Some(mut account) = self.book().accounts.get(&id).cloned() else {
            return Ok(None);
        };
        let Some(second) = &mut account.second else {
            return Ok(Some(account));
        };
        let Some(secret) = totp::open(self.inner.keys.encryption(), &second.sealed) else {
            return Err(Refused::Failed(
                "the second factor cannot be read: ENCRYPTION_KEY, or SECRET_KEY where that is not set, is another than when it was made".to_owned(),
            ));
        };
        if !take(second, &secret, code, now) {
            return Ok(None);
        }
        self.keep(vec![Record::Account(Box::new(account.kept()))])
            .await?;
        self.book_mut().put_account(account.clone());
        Ok(Some(account))
    }

    /// Begins a session.
    pub(crate) async fn begin(
        &self,
        account: &Account,
        kind: SessionKind,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
        let _change = self.inner.changes.lock().await;
        let now = self.now();
        let keys = &self.inner.keys;
        let (cookie, key) = match kind {
            SessionKind::Browser => (Some(token::opaque()?), &keys.cookies),
            SessionKind::Program => (None, &keys.tokens),
        };
        let session = Session {
            id: SessionId::new(),
            account: account.id,
            kind,
            address: client.place(),
            agent: readable(&client.agent),
            began: now,
            last: now,
            until: later(now, IDLE),
            hash: cookie
                .as_deref()
                .map(|cookie| keyed(&keys.cookies, cookie))
                .unwrap_or_default(),
            generation: 0,
            key: Keys::fingerprint(key),
            noted: now,
        };
        let mut records = vec![Record::Session(Box::new(session.kept()))];
        let surplus = self.surplus(account.id);
        records.extend(surplus.iter().map(|id| Record::SessionGone(*id)));
        self.keep(records).await?;
        let (id, tokens) = (session.id, self.tokens_of(&session, now));
        let principal = {
            let mut book = self.book_mut();
            for surplus in surplus {
                book.remove_session(surplus);
            }
            book.put_session(session);
            book.by_session(id, now).ok_or(Refused::Wrong)?
        };
        self.count_sessions();
        telemetry::attempt("succeeded");
        self.note(SecurityEvent::new(
            EventKind::SignedIn,
            &account.name,
            &client.place(),
            kind.name(),
        ));
        Ok(SignedIn {
            principal,
            session: id,
            cookie,
            tokens: (kind == SessionKind::Program).then_some(tokens),
        })
    }

    fn tokens_of(&self, session: &Session, now: Timestamp) -> Tokens {
        let key = &self.inner.keys.tokens;
        Tokens {
            access: token::access(key, session.account, session.id, now),
            refresh: token::refresh(key, session.id, session.generation),
            expires_in: token::ACCESS,
        }
    }

    /// The sessions that go when one more begins.
    fn surplus(&self, account: AccountId) -> Vec<SessionId> {
        let book = self.book();
        let mut all: Vec<&Session> = book
            .sessions
            .values()
            .filter(|session| session.account == account)
            .collect();
        all.sort_by_key(|session| session.last);
        let surplus = (all.len() + 1).saturating_sub(SESSIONS);
        all.iter().take(surplus).map(|session| session.id).collect()
    }

    /// Whose a cookie is.
    #[must_use]
    pub fn by_cookie(&self, cookie: &str, client: &Client) -> Option<Principal> {
        if cookie.is_empty() || cookie.len() > token::LONGEST {
            return None;
        }
        let hash = keyed(&self.inner.keys.cookies, cookie);
        let now = self.now();
        let principal = self.book().by_cookie(&hash, now)?;
        self.used(principal.way, client, now);
        Some(principal)
    }

    /// Whose a token is: an access token, or a long-lived one.
    ///
    /// # Errors
    /// When it is nobody's.
    pub fn by_bearer(&self, given: &str, client: &Client) -> Result<Principal, Refused> {
        let now = self.now();
        let bad = || {
            telemetry::failure("bad_token");
            Refused::BadToken
        };
        if given.len() > token::LONGEST {
            return Err(bad());
        }
        let principal = if given.starts_with(token::PREFIX) {
            self.book().by_token_hash(&hash(given), now)
        } else {
            let (account, session) =
                token::read_access(&self.inner.keys.tokens, given, now).map_err(|_| bad())?;
            self.book()
                .by_session(session, now)
                .filter(|principal| principal.account == Some(account))
        };
        let principal = principal.ok_or_else(bad)?;
        self.used(principal.way, client, now);
        Ok(principal)
    }

    /// Who somebody is now that was known before; `None` where they are nobody any more.
    #[must_use]
    pub fn still(&self, way: Way) -> Option<Principal> {
        self.book().still(way, self.now())
    }

    /// How long what somebody holds is still good; `None` where it has no end, or is not good any more.
    #[must_use]
    pub fn left(&self, way: Way) -> Option<Duration> {
        let end = self.book().end(way)?;
        Duration::try_from(end.duration_since(self.now())).ok()
    }

    /// New tokens for a refresh token, which is spent with that. One that is spent already was stolen,
    /// from whom or by whom comes second: the session ends.
    ///
    /// # Errors
    /// When the token is not good.
    pub async fn refresh(&self, given: &str, client: &Client) -> Result<SignedIn, Refused> {
        let bad = || {
            telemetry::failure("bad_token");
            Refused::BadToken
        };
        let _change = self.inner.changes.lock().await;
        let now = self.now();
        let (id, generation) =
            token::read_refresh(&self.inner.keys.tokens, given).ok_or_else(bad)?;
        let found = {
            let book = self.book();
            let principal = book.by_session(id, now);
            principal.and_then(|principal| Some((principal, book.sessions.get(&id)?.clone())))
        };
        let (principal, mut session) = found.ok_or_else(bad)?;
        if session.kind != SessionKind::Program || generation > session.generation {
            return Err(bad());
        }
        if generation < session.generation {
            telemetry::failure("refresh_reused");
            self.end(id).await?;
            self.note(SecurityEvent::new(
                EventKind::RefreshReused,
                &principal.name,
                &client.place(),
                &format!(
                    "generation {generation} of {}, last used from {}",
                    session.generation, session.address
                ),
            ));
            return Err(Refused::BadToken);
        }
        session.generation += 1;
        session.address = client.place();
        session.used(now);
        session.noted = now;
        self.keep(vec![Record::Session(Box::new(session.kept()))])
            .await?;
        let tokens = self.tokens_of(&session, now);
        self.book_mut().put_session(session);
        Ok(SignedIn {
            principal,
            session: id,
            cookie: None,
            tokens: Some(tokens),
        })
    }

    /// What a page of a session must send along with what changes something.
    #[must_use]
    pub fn csrf(&self, session: SessionId) -> String {
        token::csrf(&self.inner.keys.cookies, session)
    }

    /// Whether that is it.
    #[must_use]
    pub fn is_csrf(&self, session: SessionId, given: &str) -> bool {
        token::is_csrf(&self.inner.keys.cookies, session, given)
    }

    /// The sessions of an account, the last used first.
    #[must_use]
    pub fn sessions(&self, account: AccountId) -> Vec<Session> {
        let (book, now) = (self.book(), self.now());
        let mut sessions: Vec<Session> = book
            .sessions
            .values()
            .filter(|session| session.account == account && now < session.until)
            .cloned()
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.last));
        sessions
    }

    /// Ends a session of an account.
    ///
    /// # Errors
    /// When the account has no such session.
    pub async fn sign_out(
        &self,
        account: AccountId,
        session: SessionId,
        kind: EventKind,
        client: &Client,
    ) -> Result<(), Refused> {
        let _change = self.inner.changes.lock().await;
        let who = {
            let book = self.book();
            let is_theirs = book
                .sessions
                .get(&session)
                .is_some_and(|session| session.account == account);
            let name = book.accounts.get(&account).map(|it| it.name.clone());
            name.filter(|_| is_theirs)
                .ok_or(Refused::Unknown("session"))?
        };
        self.end(session).await?;
        self.note(SecurityEvent::new(
            kind,
            &who,
            &client.place(),
            &format!("session {session}"),
        ));
        Ok(())
    }

    /// Ends every session of an account but `keep`; how many that were.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn sign_out_others(
        &self,
        account: AccountId,
        keep: Option<SessionId>,
        client: &Client,
    ) -> Result<usize, Refused> {
        let _change = self.inner.changes.lock().await;
        let ended = self.end_others(account, keep).await?;
        let who = self
            .book()
            .accounts
            .get(&account)
            .map(|it| it.name.clone())
            .unwrap_or_default();
        self.note(SecurityEvent::new(
            EventKind::SessionRevoked,
            &who,
            &client.place(),
            &format!("{ended} other sessions"),
        ));
        Ok(ended)
    }

    pub(crate) async fn end_others(
        &self,
        account: AccountId,
        keep: Option<SessionId>,
    ) -> Result<usize, Refused> {
        let mut ended = self.book().sessions_of(account);
        ended.retain(|id| Some(*id) != keep);
        self.keep(ended.iter().map(|id| Record::SessionGone(*id)).collect())
            .await?;
        {
            let mut book = self.book_mut();
            for id in &ended {
                book.remove_session(*id);
            }
        }
        self.has_changed();
        Ok(ended.len())
    }

    async fn end(&self, id: SessionId) -> Result<(), Refused> {
        self.keep(vec![Record::SessionGone(id)]).await?;
        self.book_mut().remove_session(id);
        self.has_changed();
        Ok(())
    }

    /// Forgets sessions that are over. To be called now and then.
    pub async fn tidy(&self) {
        let over = self.book().over(self.now());
        if over.is_empty() {
            return;
        }
        let _change = self.inner.changes.lock().await;
        let records = over.iter().map(|id| Record::SessionGone(*id)).collect();
        if let Err(error) = self.keep(records).await {
            telemetry::not_kept(&error);
            return;
        }
        {
            let mut book = self.book_mut();
            for id in over {
                book.remove_session(id);
            }
        }
        self.has_changed();
    }

    /// Keeps, logs and counts something that happened.
    pub fn note(&self, event: SecurityEvent) {
        telemetry::event(&event);
        let now = self.now();
        let admitted = self
            .inner
            .flood
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admits(event.kind, now);
        if admitted {
            // Who did it does not wait for its note; what could not be noted is in the log.
            let kept = Record::SecurityEvent(Box::new(event.kept(now)));
            drop(self.inner.store.submit_soon(vec![kept]));
        }
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events(
        &self,
        filter: &SecurityFilter,
        limit: usize,
    ) -> Result<Vec<KeptSecurityEvent>, Refused> {
        self.inner.store.caught_up().await;
        Ok(self.inner.store.security_events(filter, limit).await?)
    }

    /// Lets a try begin, or says how long it has to wait.
    fn may_try(&self, name: &str, client: &Client, is_known: bool) -> Result<(), Refused> {
        let now = self.inner.steady.elapsed() + Duration::from_secs(24 * 3600);
        let begun = self.throttle().begin(name, client.address, is_known, now);
        begun.map_err(
            |Wait {
                 wait,
                 is_of_account,
             }| {
                telemetry::attempt("denied");
                telemetry::failure("locked_out");
                let why = if is_of_account { "account" } else { "address" };
                self.note(SecurityEvent::new(
                    EventKind::LockedOut,
                    name,
                    &client.place(),
                    &format!("the {why} waits {} s", wait.as_secs().max(1)),
                ));
                Refused::Wait(wait)
            },
        )
    }

    pub(crate) fn failed(&self, name: &str, client: &Client, reason: &'static str, detail: &str) {
        telemetry::attempt("failed");
        telemetry::failure(reason);
        self.note(SecurityEvent::new(
            EventKind::SignInFailed,
            name,
            &client.place(),
            detail,
        ));
    }

    fn is_signed_in_from(&self, account: AccountId, client: &Client, now: Timestamp) -> bool {
        let Some(address) = client.address.map(network) else {
            return true;
        };
        self.book().sessions.values().any(|session| {
            session.account == account
                && now < session.until
                && session.address.parse().map(network) == Ok(address)
        })
    }

    /// Notes that something was used, and writes it down now and then.
    fn used(&self, way: Way, client: &Client, now: Timestamp) {
        let (session, token) = match way {
            Way::Operator => return,
            Way::Cookie(id) | Way::Access(id) => (Some(id), None),
            Way::Token(id) => (None, Some(id)),
        };
        let is_new = |noted: Timestamp| now.as_second() - noted.as_second() >= NOTE;
        let record = {
            let is_due = {
                let book = self.book();
                match (session, token) {
                    (Some(id), _) => book.sessions.get(&id).is_some_and(|it| is_new(it.noted)),
                    (_, Some(id)) => book
                        .tokens
                        .get(&id)
                        .is_some_and(|it| it.last_used.is_none_or(is_new)),
                    _ => false,
                }
            };
            if !is_due {
                return;
            }
            let mut book = self.book_mut();
            if let Some(session) = session.and_then(|id| book.sessions.get_mut(&id)) {
                session.used(now);
                session.noted = now;
                session.address = client.place();
                Some(Record::SessionUsed(Box::new(session.kept())))
            } else {
                token.and_then(|id| book.tokens.get_mut(&id)).map(|token| {
                    token.last_used = Some(now);
                    Record::TokenUsed {
                        id: token.id,
                        at: now,
                    }
                })
            }
        };
        if let Some(record) = record {
            drop(self.inner.store.submit_soon(vec![record]));
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    pub(crate) async fn keep(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.inner.store.keep(records).await
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.inner
            .book
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn book_mut(&self) -> RwLockWriteGuard<'_, Book> {
        self.inner
            .book
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.inner
            .throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Who holds something looks whether it still does.
    pub(crate) fn has_changed(&self) {
        self.count_sessions();
        self.inner.changed.send_modify(|number| *number += 1);
    }

    fn count_sessions(&self) {
        let book = self.book();
        let programs = book
            .sessions
            .values()
            .filter(|session| session.kind == SessionKind::Program)
            .count();
        telemetry::sessions(book.sessions.len() - programs, programs);
    }
}

/// Takes a code: of the app, or a recovery code, each once.
pub(crate) fn take(second: &mut Second, secret: &[u8], code: &str, now: Timestamp) -> bool {
    if let Some(step) = totp::step_of(secret, code, second.used, now) {
        second.used = step;
        return true;
    }
    let hash = totp::recovery_hash(code);
    let before = second.recovery.len();
    second.recovery.retain(|kept| *kept != hash);
    second.recovery.len() < before
}

/// What is wrong with a password, if something is.
pub(crate) fn fault_of_password(name: &str, password: &str) -> Option<Refused> {
    let invalid = |what: &str| {
        Some(Refused::Invalid {
            what: what.to_owned(),
            expected: format!("{SHORTEST} characters to {LONGEST} bytes, and not the name"),
        })
    };
    if password.chars().count() < SHORTEST {
        return invalid("the password is too short");
    }
    if password.len() > LONGEST {
        return invalid("the password is too long");
    }
    if password.to_lowercase() == name.to_lowercase() {
        return invalid("the password is the name");
    }
    None
}

/// What a client calls itself, as it can be shown.
fn readable(agent: &str) -> String {
    agent
        .chars()
        .filter(|c| !c.is_control())
        .take(160)
        .collect()
}
