//! Sessions: begun, refreshed, listed and ended.

use crate::account::{Account, IDLE, Principal, Session, SessionKind, later};
use crate::auth::{Auth, Client};
use crate::event::{EventKind, SecurityEvent};
use crate::keys::{Keys, keyed};
use crate::refused::Refused;
use crate::{telemetry, token};
use model::{AccountId, ProgramId, SessionId, Timestamp};
use store::Record;

/// How many sessions an account has at most; the one that has been quiet longest goes.
const SESSIONS: usize = 50;

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

impl Auth {
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
            held: None,
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

    pub(crate) fn tokens_of(&self, session: &Session, now: Timestamp) -> Tokens {
        let key = &self.inner.keys.tokens;
        Tokens {
            access: token::access(key, session.account, session.id, now),
            refresh: token::refresh(key, session.id, session.generation),
            expires_in: token::ACCESS,
        }
    }

    /// The sessions that go when one more begins.
    pub(crate) fn surplus(&self, account: AccountId) -> Vec<SessionId> {
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

    /// New tokens for a refresh token, which is spent with that. One that is spent already was stolen,
    /// from whom or by whom comes second: the session ends.
    ///
    /// # Errors
    /// When the token is not good.
    pub async fn refresh(&self, given: &str, client: &Client) -> Result<SignedIn, Refused> {
        self.refreshed(given, None, client).await
    }

    /// The same for the session that this program holds; with `None` for a person's own.
    pub(crate) async fn refreshed(
        &self,
        given: &str,
        program: Option<ProgramId>,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
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
        let is_theirs = session.held.as_ref().map(|held| held.program) == program;
        if session.kind != SessionKind::Program || !is_theirs || generation > session.generation {
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
        let (who, program) = {
            let book = self.book();
            let theirs = book.sessions.get(&session);
            let theirs = theirs.filter(|session| session.account == account);
            let name = book.accounts.get(&account).map(|it| it.name.clone());
            let (theirs, name) = theirs.zip(name).ok_or(Refused::Unknown("session"))?;
            let held = theirs.held.as_ref();
            let program = held.and_then(|held| book.programs.get(&held.program));
            (name, program.map(|program| program.name.clone()))
        };
        self.end(session).await?;
        let (kind, what) = match program {
            Some(program) => (EventKind::AccessEnded, program),
            None => (kind, format!("session {session}")),
        };
        self.note(SecurityEvent::new(kind, &who, &client.place(), &what));
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

    pub(crate) async fn end(&self, id: SessionId) -> Result<(), Refused> {
        self.keep(vec![Record::SessionGone(id)]).await?;
        self.book_mut().remove_session(id);
        self.has_changed();
        Ok(())
    }

    /// Forgets sessions that are over. To be called now and then.
    pub async fn tidy(&self) {
        let now = self.now();
        let (over, forgotten) = {
            let book = self.book();
            (book.over(now), book.forgotten(now))
        };
        if over.is_empty() && forgotten.is_empty() {
            return;
        }
        let _change = self.inner.changes.lock().await;
        // Somebody may have said yes a moment ago.
        let is_forgotten = self.book().forgotten(now);
        let forgotten: Vec<ProgramId> = forgotten
            .into_iter()
            .filter(|id| is_forgotten.contains(id))
            .collect();
        let sessions = over.iter().map(|id| Record::SessionGone(*id));
        let programs = forgotten.iter().map(|id| Record::ProgramGone(*id));
        let records = sessions.chain(programs).collect();
        if let Err(error) = self.keep(records).await {
            telemetry::not_kept(&error);
            return;
        }
        {
            let mut book = self.book_mut();
            for id in over {
                book.remove_session(id);
            }
            for id in forgotten {
                book.programs.remove(&id);
            }
        }
        self.has_changed();
    }
}

/// What a client calls itself, as it can be shown.
pub(crate) fn readable(agent: &str) -> String {
    agent
        .chars()
        .filter(|c| !c.is_control())
        .take(160)
        .collect()
}
