//! Access for programs by the authorization-code flow: OAuth 2.1 for public clients, with PKCE.
//!
//! A program registers itself (RFC 7591), a person says yes to some of what it asks for, and it gets a
//! code for once, bound to the program, to where the person is sent back and to its proof key. For the
//! code it gets a session of its own: the signed access tokens and the refresh tokens of every session,
//! with scopes, and never more than the person has at that moment. A code or a refresh token that comes a
//! second time was stolen, by one of the two: the session ends.

mod fault;
mod grant;
mod program;
mod redirect;

pub use fault::{Fault, OauthError};
pub(crate) use grant::Codes;
pub use grant::{Asked, Exchange};
pub(crate) use program::named;
pub use program::{Held, NewProgram, Program};
pub use redirect::Back;
