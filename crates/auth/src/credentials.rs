//! Whose a credential is: of a cookie, an access token or a long-lived token.

use crate::account::{Principal, Way};
use crate::auth::{Auth, Client};
use crate::keys::{hash, keyed};
use crate::refused::Refused;
use crate::{telemetry, token};
use model::Timestamp;
use std::time::Duration;
use store::Record;

/// How often the use of something is written down at most, in seconds.
pub(crate) const NOTE: i64 = 60;

impl Auth {
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

    /// Notes that something was used, and writes it down now and then.
    fn used(&self, way: Way, client: &Client, now: Timestamp) {
        let (session, token) = match way {
            Way::Operator => return,
            Way::Cookie(id) | Way::Access(id) | Way::Program(id) => (Some(id), None),
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
}
