//! A person's yes, the code for it, and what a program gets for the code.

use super::fault::{Fault, OauthError};
use super::program::{Held, Program};
use crate::account::{Account, IDLE, Principal, Session, SessionKind, Way, later};
use crate::auth::{Auth, Client};
use crate::event::{EventKind, SecurityEvent};
use crate::keys::Keys;
use crate::refused::Refused;
use crate::role::Role;
use crate::sessions::{SignedIn, readable};
use crate::{telemetry, token};
use model::{AccountId, ProgramId, Rights, SessionId, Timestamp};
use std::collections::HashMap;
use store::Record;

/// How long a code is good, in seconds.
const CODE: i64 = 60;

/// How many codes may wait to be fetched: in all, and of one account.
const CODES: usize = 200;
const CODES_OF_ONE: usize = 5;

/// What a program asks a person for; program and address are known to belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which program.
    pub program: ProgramId,
    /// Where the person is sent back to.
    pub redirect: String,
    /// What it wants to do.
    pub scopes: Rights,
    /// The path below which; `None`: everywhere.
    pub resource: Option<String>,
    /// The hash of its proof key.
    pub challenge: String,
}

/// A program fetches what a code is good for.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The code.
    pub code: &'a str,
    /// Which program.
    pub program: ProgramId,
    /// Where the person was sent back to.
    pub redirect: &'a str,
    /// The proof key.
    pub verifier: &'a str,
    /// The path that it says, where it says one.
    pub resource: Option<&'a Option<String>>,
}

/// A yes that waits for its program.
#[derive(Debug)]
pub(crate) struct Yes {
    account: AccountId,
    /// The session in which it was said: where that has ended, nothing comes of it any more.
    session: SessionId,
    held: Held,
    redirect: String,
    challenge: String,
    until: Timestamp,
}

/// The codes that are out. A restart forgets them: the program asks again.
pub(crate) type Codes = HashMap<SessionId, Yes>;

impl Auth {
    /// Whose account and which session gives a program access, where who asks can, and if not why.
    ///
    /// # Errors
    /// When it is no person.
    pub fn may_give(me: &Principal) -> Result<(AccountId, SessionId), Refused> {
        let no = |why: &str| Err(Refused::NotAllowed(why.to_owned()));
        match (me.account, me.way, me.role) {
            (Some(_), _, Some(Role::Panel)) => {
                no("a panel on the wall gives no program access: anybody may touch it")
            }
            (Some(account), Way::Cookie(session) | Way::Access(session), _) => {
                Ok((account, session))
            }
            _ => no("only somebody who signed in themselves gives a program access"),
        }
    }

    /// A person says yes to `scopes` of what was asked; the code for that.
    ///
    /// # Errors
    /// When it is no person, or more than was asked or than they have.
    pub fn consent(
        &self,
        me: &Principal,
        asked: &Asked,
        scopes: Rights,
        client: &Client,
    ) -> Result<String, Refused> {
        let (account, session) = Self::may_give(me)?;
        let most = asked.scopes.and(me.rights).and(Held::givable());
        if scopes == Rights::NONE || scopes.and(most) != scopes {
            return Err(Refused::Invalid {
                what: "the scopes are none, or more than was asked for or than you have".to_owned(),
                expected: "at least one of those that the program asks for, within your own rights"
                    .to_owned(),
            });
        }
        let program = self
            .program(asked.program)
            .ok_or(Refused::Unknown("program"))?;
        // The session that comes of it has its id now: so a code that was used leads to it.
        let id = SessionId::new();
        let now = self.now();
        let yes = Yes {
            account,
            session,
            held: Held {
                program: asked.program,
                scopes,
                resource: asked.resource.clone(),
            },
            redirect: asked.redirect.clone(),
            challenge: asked.challenge.clone(),
            until: later(now, CODE),
        };
        {
            let mut codes = self.codes();
            // A second yes to the same program takes the place of the first.
            codes.retain(|_, yes| {
                let is_same = yes.account == account && yes.held.program == asked.program;
                now < yes.until && !is_same
            });
            let own = codes.values().filter(|yes| yes.account == account).count();
            if codes.len() >= CODES || own >= CODES_OF_ONE {
                return Err(Refused::TooMany("codes of programs"));
            }
            codes.insert(id, yes);
        }
        telemetry::oauth("authorize", true);
        let names: Vec<&str> = scopes.iter().map(|right| right.name()).collect();
        let what = format!("{}: {}", program.name, names.join(", "));
        self.noted(EventKind::AccessGranted, me, client, &what);
        Ok(token::code(&self.inner.keys.tokens, id))
    }

    /// What a program gets for a code. Whoever brings it, it is spent with that.
    ///
    /// # Errors
    /// When it is not good for this program.
    pub async fn exchange(
        &self,
        given: &Exchange<'_>,
        client: &Client,
    ) -> Result<(SignedIn, Held), OauthError> {
        let done = self.exchanged(given, client).await;
        telemetry::oauth("exchange", done.is_ok());
        if matches!(done, Err(OauthError::Fault(..))) {
            telemetry::failure("bad_code");
        }
        done
    }

    async fn exchanged(
        &self,
        given: &Exchange<'_>,
        client: &Client,
    ) -> Result<(SignedIn, Held), OauthError> {
        let bad = |why: &str| Fault::InvalidGrant.because(why);
        let _change = self.inner.changes.lock().await;
        let now = self.now();
        let id = token::read_code(&self.inner.keys.tokens, given.code)
            .ok_or_else(|| bad("this is no code of this house"))?;
        let yes = self.codes().remove(&id);
        let Some(yes) = yes else {
            self.stolen(id, EventKind::CodeReused, client).await?;
            return Err(bad("the code was used already, or its time is over"));
        };
        if now >= yes.until {
            return Err(bad("the time of the code is over: it is good for a minute"));
        }
        if yes.held.program != given.program {
            return Err(bad("the code was given to another program"));
        }
        if yes.redirect != given.redirect {
            return Err(bad(
                "redirect_uri is not the one to which the code was sent",
            ));
        }
        if !token::proves(&yes.challenge, given.verifier) {
            return Err(bad("code_verifier does not belong to the code_challenge"));
        }
        if given
            .resource
            .is_some_and(|resource| *resource != yes.held.resource)
        {
            return Err(
                Fault::InvalidTarget.because("resource is another than the person was asked for")
            );
        }
        let found = {
            let book = self.book();
            // Also where its session has ended since: they signed it out, or have another password.
            let is_there = book.by_session(yes.session, now).is_some();
            let account = book.accounts.get(&yes.account).filter(|_| is_there);
            account
                .cloned()
                .zip(book.programs.get(&given.program).cloned())
        };
        let (account, program) = found.ok_or_else(|| bad("who said yes has no access any more"))?;
        Ok(self
            .hand_over(id, &account, program, yes.held, client, now)
            .await?)
    }

    /// Begins the session of a program; an earlier one of the same program for the same person goes.
    async fn hand_over(
        &self,
        id: SessionId,
        account: &Account,
        mut program: Program,
        held: Held,
        client: &Client,
        now: Timestamp,
    ) -> Result<(SignedIn, Held), Refused> {
        program.granted = Some(now);
        let session = Session {
            id,
            account: account.id,
            kind: SessionKind::Program,
            address: client.place(),
            agent: readable(&client.agent),
            began: now,
            last: now,
            until: later(now, IDLE),
            hash: String::new(),
            generation: 0,
            key: Keys::fingerprint(&self.inner.keys.tokens),
            noted: now,
            held: Some(held.clone()),
        };
        let mut gone = self.book().held_by(account.id, held.program);
        if gone.is_empty() {
            gone = self.surplus(account.id);
        }
        let mut records = vec![
            Record::Program(Box::new(program.kept())),
            Record::Session(Box::new(session.kept())),
        ];
        records.extend(gone.iter().map(|id| Record::SessionGone(*id)));
        self.keep(records).await?;
        let tokens = self.tokens_of(&session, now);
        let principal = {
            let mut book = self.book_mut();
            for gone in gone {
                book.remove_session(gone);
            }
            book.programs.insert(program.id, program);
            book.put_session(session);
            book.by_session(id, now).ok_or(Refused::Wrong)?
        };
        self.has_changed();
        let signed_in = SignedIn {
            principal,
            session: id,
            cookie: None,
            tokens: Some(tokens),
        };
        Ok((signed_in, held))
    }

    /// New tokens for a program's refresh token.
    ///
    /// # Errors
    /// When the token is not good, or another's.
    pub async fn exchange_refresh(
        &self,
        given: &str,
        program: ProgramId,
        scopes: Option<Rights>,
        resource: Option<&Option<String>>,
        client: &Client,
    ) -> Result<(SignedIn, Held), OauthError> {
        let session = token::read_refresh(&self.inner.keys.tokens, given);
        let held = session.and_then(|(id, _)| self.book().sessions.get(&id)?.held.clone());
        if let Some(held) = held.filter(|held| held.program == program) {
            if scopes.is_some_and(|scopes| scopes.and(held.scopes) != scopes) {
                return Err(Fault::InvalidScope.because("scope is more than was given"));
            }
            if resource.is_some_and(|resource| *resource != held.resource) {
                return Err(Fault::InvalidTarget.because("resource is another than was given"));
            }
        }
        let done = self.refreshed(given, Some(program), client).await;
        telemetry::oauth("refresh", done.is_ok());
        let signed_in = done.map_err(|refused| match refused {
            Refused::BadToken => Fault::InvalidGrant
                .because("the refresh token is not good, not any more, or another program's"),
            other => other.into(),
        })?;
        let held = self
            .book()
            .sessions
            .get(&signed_in.session)
            .and_then(|it| it.held.clone());
        let held = held.ok_or_else(|| Fault::InvalidGrant.because("the access has ended"))?;
        Ok((signed_in, held))
    }

    /// A program gives back what it holds: by either of its tokens, its session ends. A token that is not
    /// good is as good as given back.
    ///
    /// # Errors
    /// When the token is another program's, or it cannot be kept.
    pub async fn give_back(
        &self,
        given: &str,
        program: ProgramId,
        client: &Client,
    ) -> Result<(), OauthError> {
        let key = &self.inner.keys.tokens;
        let of_refresh = || token::read_refresh(key, given).map(|(session, _)| session);
        let session = token::session_of_access(key, given).or_else(of_refresh);
        let _change = self.inner.changes.lock().await;
        let found = session.and_then(|id| {
            let book = self.book();
            let session = book.sessions.get(&id)?;
            let name = book.accounts.get(&session.account)?.name.clone();
            Some((id, session.held.as_ref().map(|held| held.program), name))
        });
        if let Some((id, held_by, name)) = found {
            if held_by != Some(program) {
                telemetry::oauth("revoke", false);
                return Err(Fault::InvalidGrant.because("the token is another program's"));
            }
            let what = self.program(program).map(|it| it.name).unwrap_or_default();
            self.end(id).await?;
            let what = format!("{what}: given back by itself");
            self.note(SecurityEvent::new(
                EventKind::AccessEnded,
                &name,
                &client.place(),
                &what,
            ));
        }
        telemetry::oauth("revoke", true);
        Ok(())
    }

    /// Something came a second time that is good once: what came of it ends.
    pub(crate) async fn stolen(
        &self,
        id: SessionId,
        kind: EventKind,
        client: &Client,
    ) -> Result<(), Refused> {
        let who = {
            let book = self.book();
            book.sessions
                .get(&id)
                .and_then(|session| book.accounts.get(&session.account))
                .map(|account| account.name.clone())
        };
        let Some(who) = who else {
            return Ok(());
        };
        telemetry::failure("code_reused");
        self.end(id).await?;
        self.note(SecurityEvent::new(
            kind,
            &who,
            &client.place(),
            &format!("session {id}"),
        ));
        Ok(())
    }
}
