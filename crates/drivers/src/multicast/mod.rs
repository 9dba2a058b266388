//! Listening to a multicast group on the machine's network interfaces, as they come and go.
//!
//! What mDNS and SSDP have in common: [`Ears`] keeps a socket open for each interface that is to be
//! searched, hands on what arrives with where it came from, and holds every sender to its share.

mod ears;
mod gate;
mod nic;
mod refusals;
mod socket;

pub(crate) use ears::{Ears, Group, Heard};
pub(crate) use nic::Nic;
pub(crate) use refusals::{Refusals, Refused};
