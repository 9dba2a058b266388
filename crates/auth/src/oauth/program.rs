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
use std::net::{IpAddr, Ipv6Addr};
use store::{KeptProgram, Record};

/// How many programs there may be.
const PROGRAMS: usize = 500;

/// How many of them may wait for a first yes: in all, and of one network.
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

impl Held {
    /// What programs can be given: all but what is done with accounts, which would give them the rest.
    #[must_use]
    pub fn givable() -> Rights {
        let all = Right::ALL.into_iter();
        all.filter(|right| *right != Right::ManageUsers).collect()
    }
}

/// Rights as the book keeps them.
pub(crate) fn named(scopes: &[String]) -> Rights {
    let known = scopes.iter().filter_map(|scope| Right::named(scope));
    known.collect::<Rights>().and(Held::givable())
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
        let from = client.address.map(site);
        let (name, gone) = {
            let book = self.book();
            let all = book.programs.values();
            let waiting: Vec<&Program> = all
                .filter(|it| it.granted.is_none() && !it.is_over(now))
                .collect();
            let of_one = waiting.iter().filter(|it| it.from == from).count();
            if book.programs.len() >= PROGRAMS || of_one >= WAITING_OF_ONE {
                telemetry::oauth("register", false);
                return Err(OauthError::TooMany);
            }
            let gone = (waiting.len() >= WAITING).then(|| makes_room(&waiting));
            let name = own_name(&book, new.name.as_deref().unwrap_or_default());
            (name, gone.flatten())
        };
        let program = Program {
            id: ProgramId::new(),
            name,
            redirects: new.redirects,
            made: now,
            granted: None,
            from,
        };
        let mut records = vec![Record::Program(Box::new(program.kept()))];
        records.extend(gone.map(Record::ProgramGone));
        self.keep(records).await?;
        {
            let mut book = self.book_mut();
            if let Some(gone) = gone {
                book.programs.remove(&gone);
            }
            book.programs.insert(program.id, program.clone());
        }
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

/// Which of those that wait makes room for another: the oldest of the network that has most of them, so that
/// nobody can keep all others out.
fn makes_room(waiting: &[&Program]) -> Option<ProgramId> {
    let of_one = |program: &&&Program| {
        let same = waiting.iter().filter(|it| it.from == program.from);
        (same.count(), std::cmp::Reverse((program.made, program.id)))
    };
    waiting.iter().max_by_key(of_one).map(|it| it.id)
}

/// The network of an address, as registrations are counted. One household may have all of a /48 of IPv6.
fn site(address: IpAddr) -> IpAddr {
    match network(address) {
        IpAddr::V6(address) => {
            let bits = u128::from(address) & (u128::MAX << 80);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address => address,
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

#[cfg(test)]
mod tests {
    use super::{Auth, Client, NewProgram, Program, WAITING};
    use crate::keys::Keys;
    use crate::oauth::OauthError;
    use crate::settings::Settings;
    use model::Timestamp;
    use store::{Location, Store};

    async fn register(auth: &Auth, address: &str) -> Result<Program, OauthError> {
        let new = NewProgram {
            name: None,
            redirects: vec!["https://app.example/cb".into()],
        };
        let client = Client {
            address: Some(address.parse().unwrap()),
            agent: String::new(),
        };
        auth.register(new, &client).await
    }

    #[tokio::test]
    async fn nobody_keeps_all_others_from_registering() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&Location::file(folder.path().join("house.db")))
            .await
            .unwrap();
        let keys = Keys::development(|_| String::new(), folder.path()).unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let auth = Auth::open_at(store.clone(), keys, &Settings::default(), move || now)
            .await
            .unwrap();
        let modest = register(&auth, "192.0.2.1").await.unwrap();
        // One that has many networks fills the rest: ten of each, whatever the subnet.
        let mut greedy = Vec::new();
        for number in 0..WAITING - 1 {
            let address = format!("2001:db8:{:x}:{number:x}::1", number / 10);
            greedy.push(register(&auth, &address).await.unwrap());
        }
        let eleventh = register(&auth, "2001:db8:0:ffff::1").await;
        assert!(matches!(eleventh, Err(OauthError::TooMany)), "{eleventh:?}");
        let other = register(&auth, "192.0.2.2").await.unwrap();
        assert!(auth.program(other.id).is_some() && auth.program(modest.id).is_some());
        assert!(auth.program(greedy[0].id).is_none(), "the oldest made room");
        assert!(auth.program(greedy[1].id).is_some());
        assert_eq!(auth.programs().len(), WAITING);
        assert_eq!(store.programs().await.unwrap().len(), WAITING);
    }
}
