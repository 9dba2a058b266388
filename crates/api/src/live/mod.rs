//! The live stream: one hub turns what happens into messages, every socket passes them on.
//!
//! The hub serialises each message once; sockets share the bytes. Once somebody was here who is limited to
//! some rooms, it also keeps what of a delta stands in rooms in parts, from which theirs are put together. What a socket has not sent yet
//! waits in a bounded queue that all share: who reads too slowly loses its place in it, is told to
//! resync and gets a fresh snapshot, so that nothing is ever buffered without bound. A client that
//! comes back soon enough resumes from a bounded ring of recent deltas.
//!
//! Deltas go out at once while there are few; while more than some hundred events a second come, one
//! delta every 50 ms gathers them. An event that only confirms a value changes
//! nothing but an age; it waits for the next delta, a second at most, so what a page shows as the
//! age of a value is never more than about a second behind.

mod changes;
mod delta;
mod hub;
mod pace;
mod ring;
mod scenarios;
mod socket;
mod talker;

pub(crate) use changes::waiting;
pub(crate) use hub::{Hub, Joined, view};
pub(crate) use ring::Start;
pub(crate) use socket::serve;
pub(crate) use talker::Talker;
