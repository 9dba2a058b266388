//! Who somebody is: accounts with passwords, sessions of browsers and programs, long-lived tokens, and
//! what happened to them.
//!
//! What somebody may do is a [`model::Grant`]; this room finds out whose a request is and gives the
//! rights of that account. Roles are sets of rights ([`Role`]); a token has scopes, which are rights as
//! well, and never more than whose it is has at that moment.
//!
//! **Entry types:** [`Auth`] (the handle: signing in, judging credentials, accounts, tokens, events),
//! [`Keys`] (what signs cookies and tokens), [`Principal`] (who it turned out to be), [`Client`] (from
//! where), [`Refused`] (why not), [`Program`] and [`Held`] (access by OAuth), [`SecurityEvent`].
//!
//! **Invariants**
//! - Of a password only an argon2id hash is kept, of a cookie a keyed hash, of a token a hash. None of
//!   them is in a log, an event or an answer but the one that hands it out.
//! - A wrong password, a wrong name and an account that has ended take the same time and get the same
//!   answer.
//! - What is revoked is revoked for the next request, and durable before it is acknowledged.
//! - Hashing runs off the threads that serve, at most as many at once as there are processors but one,
//!   and few wait.
//! - Guessing is slowed down by address and by account, and nobody can lock somebody else out for long:
//!   from where an account is signed in it can always be tried.
//! - Everything that grows by what strangers send has a bound.
//! - A program that a person gave access has a session with scopes: never more than they have themselves,
//!   and none of what concerns their account.
//!
//! **Deliberately not here:** HTTP (`api`), and what a right allows (`model`, `twin`'s door).

mod settings;
mod telemetry;

mod keys;
mod password;
mod role;
mod throttle;
mod token;
mod totp;

mod account;
mod book;
mod event;

mod refused;

mod auth;
mod credentials;
mod sessions;
mod sign_in;

mod oauth;
mod people;
mod programs;

pub use account::{Account, AccountEdit, NewAccount, Principal, Session, SessionKind, Token, Way};
pub use auth::{Auth, Client};
pub use event::{EventKind, SecurityEvent, Severity};
pub use keys::{Keys, KeysError};
pub use oauth::{Asked, Back, Exchange, Fault, Held, NewProgram, OauthError, Program};
pub use people::Enrolment;
pub use programs::NewToken;
pub use refused::Refused;
pub use role::Role;
pub use sessions::{SignedIn, Tokens};
pub use settings::{SETTINGS, Settings};
pub use telemetry::describe;
