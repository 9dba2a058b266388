//! How the parts of the service are, kept where reading it costs nothing.
//!
//! Parts either report themselves ([`HealthBoard::component`]) or are asked in the background
//! ([`HealthBoard::probe`]). Reading the board ([`HealthBoard::status`]) touches neither the
//! database nor anything else that could hang, so `GET /health` answers in any case. A part that
//! falls silent counts as failed after its time: a loop that hangs cannot report that it hangs.

mod board;
mod discovery;
mod probes;
mod state;

pub use board::{Component, HealthBoard, Reporter};
pub(crate) use probes::{drivers, usual};
pub use state::{State, Status};
