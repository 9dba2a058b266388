//! The one way out of the house for HTTP and mail.
//!
//! Whoever asks a service that a setting names, or a host for what it announced, does so through here.
//! Who may be asked is decided when an [`Outbound`] is made, not by what comes from outside later.
//!
//! **Entry types:** [`Outbound::outside`] asks services that a setting names; [`Outbound::on_host`]
//! asks exactly one host inside, because it announced something; [`Fault`] is what can go wrong, for
//! people.
//!
//! **Invariants:** every request has a total time, however slowly its answer drips, and its answer a
//! size. The address that was judged is the one that is connected to: a name that resolves to another
//! address a moment later changes nothing. No redirect leads to another host. A name of the outside
//! that leads to an address of the inside is refused, unless a setting names exactly that host. The
//! proxies of the environment are not used: they would connect to what was not judged.
//!
//! **Deliberately not here:** what is asked for and what the answer means.

mod address;
mod client;
mod fault;
mod mail;
mod resolver;

pub use address::{Place, place};
pub use client::{
    Allowed, Answer, Fresh, Incoming, Limits, Method, Outbound, Sent, Validators, host,
};
pub use fault::Fault;
pub use mail::{MailFault, Mailer};
