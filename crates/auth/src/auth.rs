//! The handle: who there is, what happens to them, and what the other rooms share.

use crate::account::{self, Account, Session, SessionKind};
use crate::book::Book;
use crate::event::{Flood, SecurityEvent};
use crate::keys::Keys;
use crate::oauth::{Codes, Program};
use crate::password::Passwords;
use crate::refused::Refused;
use crate::settings::Settings;
use crate::throttle::Throttle;
use crate::{telemetry, totp};
use model::Timestamp;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;
use store::{KeptSecurityEvent, Record, SecurityFilter, Store, StoreError};
use tokio::sync::watch;

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
    pub(crate) steady: Instant,
    /// Yeses that wait for their program.
    codes: Mutex<Codes>,
    pub(crate) takes_programs: bool,
    /// With which the first owner can be made from afar.
    pub(crate) code: Option<String>,
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
        let mut renewed = Vec::new();
        for kept in store.accounts().await? {
            let name = kept.name.clone();
            match Account::of(kept) {
                Some(mut account) => {
                    let second = account.second.as_mut();
                    let anew = second.and_then(|second| {
                        second.sealed = keys.renewed(totp::PURPOSE, &second.sealed)?;
                        Some(())
                    });
                    if anew.is_some() {
                        renewed.push(Record::Account(Box::new(account.clone().kept())));
                    }
                    book.put_account(account);
                }
                None => tracing::error!(
                    target: "security", user = name,
                    "an account cannot be read and is denied: it is of another version"
                ),
            }
        }
        if !renewed.is_empty() {
            tracing::info!(
                target: "security", accounts = renewed.len(),
                "second factors are sealed with the key of today"
            );
            store.keep(renewed).await?;
        }
        for kept in store.programs().await? {
            book.programs.insert(kept.id, Program::of(kept));
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
                let has_program = |it: &crate::oauth::Held| book.programs.contains_key(&it.program);
                session.key == *key
                    && book.accounts.contains_key(&session.account)
                    && session.held.as_ref().is_none_or(has_program)
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
            let text = totp::base32(&vault::random::<10>()?);
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
                codes: Mutex::default(),
                takes_programs: settings.takes_programs,
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

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.inner
            .throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn codes(&self) -> MutexGuard<'_, Codes> {
        self.inner
            .codes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Who holds something looks whether it still does.
    pub(crate) fn has_changed(&self) {
        self.count_sessions();
        self.inner.changed.send_modify(|number| *number += 1);
    }

    pub(crate) fn count_sessions(&self) {
        let book = self.book();
        let programs = book
            .sessions
            .values()
            .filter(|session| session.kind == SessionKind::Program)
            .count();
        telemetry::sessions(book.sessions.len() - programs, programs);
    }
}

#[cfg(test)]
mod tests {
    use super::{Auth, Client};
    use crate::account::{Account, NewAccount, Principal, SessionKind};
    use crate::keys::Keys;
    use crate::role::Role;
    use crate::settings::Settings;
    use crate::totp;
    use model::Timestamp;
    use store::{Location, Store};

    const PASSWORD: &str = "a long password";
    const SECRET: &str = "kYz0v3mQ1xJ8bT7nW5cR2dF6hL9pS4gA+uE/oIiXqVw=";
    const OLD: &str = "9cVbN2mQwErT5yUiOp7aSdFgH1jKlZxC+8vB/nMqWeR=";
    const NEW: &str = "Qw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0XcVbNmPoIuYtR=";

    fn keys(encryption: &str) -> Keys {
        let get = |name: &str| {
            match name {
                "SECRET_KEY" => SECRET,
                "JWT_SECRET_KEY" => "Zt9Xr3Lw8Qe1Ru6Ty2Ui7Op4As5Df0Gh+Jk/LzXcVbN=",
                _ => encryption,
            }
            .to_owned()
        };
        Keys::production(get).unwrap()
    }

    async fn open(store: &Store, keys: Keys, minutes: i64) -> Auth {
        let now = Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap();
        let settings = Settings::default();
        Auth::open_at(store.clone(), keys, &settings, move || now)
            .await
            .unwrap()
    }

    async fn signs_in(auth: &Auth, secret: &[u8]) -> bool {
        let step = u64::try_from(auth.now().as_second() / 30).unwrap();
        let code = totp::code(secret, step);
        let client = Client::default();
        auth.sign_in("anna", PASSWORD, Some(&code), SessionKind::Program, &client)
            .await
            .is_ok()
    }

    /// Anna gets an account with a second factor; what its codes are made from.
    async fn second_factor(auth: &Auth) -> Vec<u8> {
        let (by, client) = (Principal::operator(), Client::default());
        let new = NewAccount {
            name: "anna".into(),
            password: PASSWORD.into(),
            role: Role::Owner,
            person: None,
            until: None,
            areas: None,
        };
        let Account { id, .. } = auth.add(new, &by, &client).await.unwrap();
        let (_, waiting) = auth.begin_second(id).unwrap();
        let begun = auth.inner.keys.open(totp::PURPOSE, &waiting).unwrap();
        let (_, second): (model::AccountId, crate::account::Second) =
            serde_json::from_slice(&begun).unwrap();
        let secret = auth.inner.keys.open(totp::PURPOSE, &second.sealed).unwrap();
        let step = u64::try_from(auth.now().as_second() / 30).unwrap();
        let code = totp::code(&secret, step);
        auth.confirm_second(id, &waiting, &code, &client, &by)
            .await
            .unwrap();
        secret
    }

    #[tokio::test]
    async fn a_development_that_gets_its_first_key_keeps_second_factors() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("house.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        let development = |encryption: &'static str| {
            let get = move |name: &str| {
                let text = if name == "ENCRYPTION_KEY" {
                    encryption
                } else {
                    ""
                };
                text.to_owned()
            };
            let keys = Keys::development(get, folder.path()).unwrap();
            keys.after_development(folder.path())
        };
        let secret = second_factor(&open(&store, development(""), 0).await).await;
        assert!(signs_in(&open(&store, development(OLD), 5).await, &secret).await);
        // It is sealed anew at that start: the key of the development is needed no more.
        std::fs::remove_file(folder.path().join("development.keys")).unwrap();
        assert!(signs_in(&open(&store, development(OLD), 10).await, &secret).await);
    }

    #[tokio::test]
    async fn a_development_that_goes_into_production_keeps_second_factors() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("house.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        let made = Keys::development(|_| String::new(), folder.path()).unwrap();
        let secret = second_factor(&open(&store, made, 0).await).await;
        let production = keys(NEW).after_development(folder.path());
        assert!(signs_in(&open(&store, production, 5).await, &secret).await);
    }

    #[tokio::test]
    async fn second_factors_follow_the_key_that_seals_them() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("house.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        // Made in a house without a key of its own for that.
        let secret = second_factor(&open(&store, keys(""), 0).await).await;
        // It gets one; that one is rotated away; and then the old ones are forgotten.
        assert!(signs_in(&open(&store, keys(OLD), 5).await, &secret).await);
        let rotated = keys(NEW).with_older(vec![vault::Key::of(OLD)]);
        assert!(signs_in(&open(&store, rotated, 10).await, &secret).await);
        assert!(signs_in(&open(&store, keys(NEW), 15).await, &secret).await);
        // A key that never sealed it opens nothing, and destroys nothing.
        assert!(!signs_in(&open(&store, keys(OLD), 20).await, &secret).await);
        assert!(signs_in(&open(&store, keys(NEW), 25).await, &secret).await);
    }
}
