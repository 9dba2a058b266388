//! Who speaks over a socket, and whether they still may.

use crate::access::known;
use crate::state::Shared;
use axum::extract::ws::close_code;
use model::{Grant, Right};
use std::time::Duration;
use tokio::time::Instant;

/// How long a connection goes at most without a look at when it ends by itself.
const LOOK: Duration = Duration::from_secs(3_600);

/// Who speaks over a socket, and to what.
pub(crate) struct Talker {
    /// The house.
    pub(crate) app: Shared,
    /// Who speaks.
    pub(crate) grant: Grant,
    /// How that is known.
    pub(crate) way: auth::Way,
}

impl Talker {
    /// Looks again who speaks: a session that was revoked, a guest whose time is over and a right that was
    /// taken away end here too. Whether they see otherwise than before.
    pub(super) fn still(&mut self) -> Result<bool, End> {
        let still = self.app.house.auth.still(self.way);
        let known = still.map(|principal| known(&self.app, principal));
        match known {
            Some(known) if known.grant.rights.has(Right::ReadHouse) => {
                let before = std::mem::replace(&mut self.grant, known.grant);
                Ok(before.areas != self.grant.areas)
            }
            _ => Err(End::Close(
                close_code::POLICY,
                "who spoke here is no longer signed in",
            )),
        }
    }

    /// When what they hold ends by itself, as far as it can be waited for.
    pub(super) fn ends(&self) -> Instant {
        let left = self.app.house.auth.left(self.way);
        Instant::now() + left.unwrap_or(LOOK).min(LOOK)
    }
}

/// Why a connection ended.
pub(super) enum End {
    /// The client is gone, or does not read.
    Gone,
    /// We end it, and say why.
    Close(u16, &'static str),
}
