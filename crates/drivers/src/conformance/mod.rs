//! What every driver must pass, against a peer that its test provides.
//!
//! A driver's test implements [`Peer`] for whatever its driver speaks to (better a real one) and
//! calls [`check`]. The kit then goes through a driver's life under a real [`Supervisor`](crate::Supervisor):
//!
//! 1. It starts and reports that it runs.
//! 2. A device that appears is announced, with a native id.
//! 3. Readings name only what was announced.
//! 4. A command ends in Delivered or Failed; one for an unknown device in Failed, and so do all where
//!    nothing can be controlled.
//! 5. Hostile input breaks nothing.
//! 6. A flood is named, and the device is alive after it.
//! 7. While the peer is away the driver says so and refuses commands; when it is back it heals.
//! 8. It ends in time when told to, and after a new start its devices bear the same ids.
//!
//! A driver that finds things and controls none is run through [`check_finder`] instead, with a
//! [`FinderPeer`].

mod finder;
pub(crate) mod judge;
mod life;

pub use finder::{FinderPeer, check_finder};

use crate::Factory;
use life::Life;
use model::{DriverState, Goal, ReportBody};
use std::{future::Future, pin::Pin};

/// Something that a peer does.
pub type Step<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What the driver speaks to.
pub trait Peer: Send {
    /// Makes a device appear that reports values and can be controlled; always the same one.
    fn announce(&mut self) -> Step<'_>;
    /// Whether that device can be controlled. Where nothing there can be, all commands end in Failed.
    fn is_controlled(&self) -> bool {
        true
    }
    /// Makes that device report a value.
    fn report(&mut self) -> Step<'_>;
    /// Sends whatever is broken, huge or wrong.
    fn hostile(&mut self) -> Step<'_>;
    /// Makes that device send more than the driver takes; `None` where the protocol cannot.
    fn flood(&mut self) -> Option<Step<'_>>;
    /// Goes away without a word; `None` where the driver has no peer of its own.
    fn leave(&mut self) -> Option<Step<'_>>;
    /// Comes back, in the state it left in.
    fn come_back(&mut self) -> Step<'_>;
}

/// Runs a driver through the kit. `make` gives its factory, once for each start.
///
/// # Errors
/// The first rule that it breaks, with what was seen.
pub async fn check(make: impl Fn() -> Factory, peer: &mut dyn Peer) -> Result<(), String> {
    let mut life = Life::start(make());
    life.running().await?;
    peer.announce().await;
    let id = life.announced().await?;
    peer.report().await;
    life.values(&id).await?;

    let is_controlled = peer.is_controlled();
    if is_controlled {
        life.command(&id).await?;
    } else {
        life.refuses(&id).await?;
    }
    let wish = life.order("no-such-device", 1, "OnOff", on()).await?;
    match life.answer(wish).await? {
        ReportBody::Failed { .. } => {}
        other => {
            return Err(format!(
                "a command for an unknown device ended in {other:?}"
            ));
        }
    }

    peer.hostile().await;
    peer.report().await;
    life.values(&id)
        .await
        .map_err(|error| format!("after hostile input: {error}"))?;
    if life.broke > 0 {
        return Err("hostile input broke the driver".to_owned());
    }

    if done(peer.flood()).await {
        life.until("the flood to be named", |body| {
            matches!(body, ReportBody::Flooding { native_id, dropped } if *native_id == id && *dropped > 0)
        })
        .await?;
        peer.report().await;
        life.values(&id)
            .await
            .map_err(|error| format!("after a flood: {error}"))?;
    }

    if done(peer.leave()).await {
        life.until("the driver to notice that its peer is gone", |body| {
            matches!(body, ReportBody::State(DriverState::Degraded { .. }))
        })
        .await?;
        let (endpoint, capability, goal) = if is_controlled {
            life.wish_for(&id)?
        } else {
            (1, "OnOff".to_owned(), on())
        };
        let wish = life.order(&id, endpoint, &capability, goal).await?;
        match life.answer(wish).await? {
            ReportBody::Failed { .. } => {}
            other => return Err(format!("a command without a peer ended in {other:?}")),
        }
        peer.come_back().await;
        life.running().await?;
        peer.announce().await;
        peer.report().await;
        life.values(&id)
            .await
            .map_err(|error| format!("after its peer came back: {error}"))?;
    }
    life.stop().await?;

    let mut life = Life::start(make());
    life.running().await?;
    peer.announce().await;
    let again = life.announced_as(&id).await;
    life.stop().await?;
    again
}

/// Takes a step, where the peer can.
async fn done(step: Option<Step<'_>>) -> bool {
    match step {
        Some(step) => {
            step.await;
            true
        }
        None => false,
    }
}

fn on() -> Goal {
    Goal::Target {
        values: vec![("on_off".to_owned(), true.into())],
    }
}
