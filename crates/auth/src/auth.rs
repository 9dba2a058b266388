//! The handle: who there is, what happens to them, and what the other rooms share.

use crate::account::{self, Account, Session, SessionKind};
use crate::book::Book;
use crate::event::{Flood, SecurityEvent};
use crate::keys::Keys;
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
