//! Programs that register themselves, and what one of them holds.

use super::redirect::{self, Back};
use crate::account::{WHOLE, later};
use crate::auth::{Auth, Client};
use crate::book::Book;
use crate::event::{EventKind, SecurityEvent, line};
use crate::oauth::{Fault, OauthError};
use crate::telemetry;
use crate::throttle::network;
use model::{ProgramId, Right, Rights, Timestamp};
use std::net::IpAddr;
use store::{KeptProgram, Record};

/// How many programs there may be.
const PROGRAMS: usize = 500;

/// How many of them may wait for a first yes: in all, and of one address.
const WAITING: usize = 100;
const WAITING_OF_ONE: usize = 10;

/// How long a program waits for a first yes, in seconds; then it is forgotten.
const PATIENCE: i64 = 3_600;

/// How many addresses a program may have.
const REDIRECTS: usize = 10;

/// What is shown of a name that says nothing.
const NAMELESS: &str = "A program without a name";

/// A program that asks people for access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its id: the `client_id`.
    pub id: ProgramId,
    /// What it calls itself. Anybody may write anything here.
    pub name: String,
    /// Where people may be sent back to.
    pub redirects: Vec<String>,
    /// When it registered itself.
    pub made: Timestamp,
    /// When somebody last gave it access.
    pub granted: Option<Timestamp>,
    /// From which network it registered itself, while that counts.
    from: Option<IpAddr>,
}

/// What a program says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProgram {
    /// Its name.
    pub name: Option<String>,
    /// Where people may be sent back to.
    pub redirects: Vec<String>,
}

/// What a program holds of somebody's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which program.
    pub program: ProgramId,
    /// What it may do at most.
    pub scopes: Rights,
    /// The path below which that is; `None`: everywhere.
    pub resource: Option<String>,
}

impl Program {
    /// Where an address of this program leads; `None` where it has no such address.
    #[must_use]
    pub fn back(&self, address: &str) -> Option<Back> {
        let is_theirs = |own: &String| redirect::fits(own, address);
        self.redirects
            .iter()
            .any(is_theirs)
            .then(|| redirect::judge(address).ok())?
    }

    /// As whom it does what it does for somebody. No account and no token is called so: there are no
    /// brackets in their names.
    #[must_use]
    pub fn called(&self, account: &str) -> String {
        format!("{} ({account})", self.name)
    }

    pub(crate) fn kept(&self) -> KeptProgram {
        KeptProgram {
            id: self.id,
            name: self.name.clone(),
            redirects: self.redirects.clone(),
            made: self.made,
            granted: self.granted,
        }
    }

    pub(crate) fn of(kept: KeptProgram) -> Self {
        Self {
            id: kept.id,
            name: kept.name,
            redirects: kept.redirects,
            made: kept.made,
            granted: kept.granted,
            from: None,
        }
    }

    /// Whether it is forgotten, where it has no session.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let until = match self.granted {
            Some(granted) => later(granted, WHOLE),
            None => later(self.made, PATIENCE),
        };
        now >= until
    }
}

/// Rights as the book keeps them.
pub(crate) fn named(scopes: &[String]) -> Rights {
    scopes
        .iter()
        .filter_map(|scope| Right::named(scope))
        .collect()
}

impl Auth {
    /// Whether programs may register themselves.
    #[must_use]
    pub fn takes_programs(&self) -> bool {
        self.inner.takes_programs
    }

    /// The program of an id.
    #[must_use]
    pub fn program(&self, id: ProgramId) -> Option<Program> {
        self.book().programs.get(&id).cloned()
    }

    /// Every program, oldest first.
    #[must_use]
    pub fn programs(&self) -> Vec<Program> {
        self.book().programs.values().cloned().collect()
    }

    /// A program registers itself.
    ///
    /// # Errors
    /// When something about it cannot be, or too many wait.
    pub async fn register(&self, new: NewProgram, client: &Client) -> Result<Program, OauthError> {
        if !self.takes_programs() {
            return Err(Fault::AccessDenied
                .because("programs do not register themselves at this house: OAUTH_REGISTRATION"));
        }
        if new.redirects.is_empty() || new.redirects.len() > REDIRECTS {
            return Err(
                Fault::InvalidRedirectUri.because("redirect_uris has none, or more than 10")
            );
        }
        for address in &new.redirects {
            redirect::judge(address).map_err(|why| {
                Fault::InvalidRedirectUri.because(format!("a redirect_uri cannot be: {why}"))
            })?;
        }
        let _change = self.inner.changes.lock().await;
        let now = self.now();
        let from = client.address.map(network);
        let name = {
            let book = self.book();
            let waiting = |program: &&Program| program.granted.is_none() && !program.is_over(now);
            let of_one = |program: &&Program| program.from == from;
            if book.programs.len() >= PROGRAMS
                || book.programs.values().filter(waiting).count() >= WAITING
                || book
                    .programs
                    .values()
                    .filter(waiting)
                    .filter(of_one)
                    .count()
                    >= WAITING_OF_ONE
            {
                telemetry::oauth("register", false);
                return Err(OauthError::TooMany);
            }
            own_name(&book, new.name.as_deref().unwrap_or_default())
        };
        let program = Program {
            id: ProgramId::new(),
            name,
            redirects: new.redirects,
            made: now,
            granted: None,
            from,
        };
        self.keep(vec![Record::Program(Box::new(program.kept()))])
            .await?;
        self.book_mut().programs.insert(program.id, program.clone());
        telemetry::oauth("register", true);
        self.note(SecurityEvent::new(
            EventKind::ProgramRegistered,
            "",
            &client.place(),
            &program.name,
        ));
        Ok(program)
    }
}

/// A name as it can be shown, and that no other program has: what one said to the house is not for another
/// that calls itself the same.
fn own_name(book: &Book, name: &str) -> String {
    let name = line(name, 60)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let name = if name.is_empty() {
        NAMELESS.to_owned()
    } else {
        name
    };
    let is_taken = |name: &str| {
        let name = name.to_lowercase();
        book.programs
            .values()
            .any(|program| program.name.to_lowercase() == name)
    };
    let mut own = name.clone();
    let mut number = 1_u32;
    while is_taken(&own) {
        number += 1;
        own = format!("{name} {number}");
    }
    own
}
