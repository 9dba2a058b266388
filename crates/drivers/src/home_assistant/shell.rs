//! The driver at work: between the connection, the core and the house.

use super::{
    connection::Connection,
    core::{End, HomeAssistant, NAME, Options, Step},
    settings::Settings,
};
use crate::{Driver, Failure, Link, Running, telemetry};
use model::DriverState;
use std::time::{Duration, Instant};
use tokio::time::{Instant as Moment, MissedTickBehavior, sleep_until};

/// The waits between attempts to connect.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The wait after our token was refused: Home Assistant bans who tries too often.
const REFUSED_WAIT: Duration = Duration::from_secs(60);
/// How often time passes for the core.
const TICK: Duration = Duration::from_millis(100);

/// The driver, before it runs.
pub(super) struct Shell {
    pub(super) settings: Settings,
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let options = Options {
                skip_platforms: self.settings.skip_platforms.clone(),
                ..Options::default()
            };
            let address = self.settings.address().map_err(Failure)?;
            let run = Run {
                core: HomeAssistant::new(&options, self.settings.token.clone()),
                peer: self.settings.url,
                address,
                link,
                began: Instant::now(),
            };
            run.run().await;
            Ok(())
        })
    }
}

/// The driver at work.
struct Run {
    core: HomeAssistant,
    peer: String,
    address: String,
    link: Link,
    began: Instant,
}

/// The house went away, or wants us to end.
struct Gone;

impl Run {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        let mut is_first = true;
        loop {
            let end = match self.live(&mut wait, &mut is_first).await {
                Ok(end) => end,
                Err(Gone) => return,
            };
            let (told, reason, pause) = match end {
                End::Refused(words) => (
                    format!(
                        "Home Assistant refuses the token: make a new one on the profile page there and set HA_TOKEN ({})",
                        if words.is_empty() {
                            "it gave no reason"
                        } else {
                            &words
                        }
                    ),
                    "Home Assistant refuses the token",
                    REFUSED_WAIT,
                ),
                End::Lost(words) => {
                    let pause = wait;
                    wait = (wait * 2).min(LONGEST_WAIT);
                    (
                        format!(
                            "Home Assistant at {} cannot be reached: {words}; is it running, and is HA_URL right?",
                            self.peer
                        ),
                        "Home Assistant cannot be reached",
                        pause,
                    )
                }
            };
            telemetry::disconnected(NAME, &self.peer, &told, is_first);
            is_first = false;
            let step = self
                .core
                .on_lost(DriverState::Degraded { reason: told }, reason);
            if self.report(step).await.is_err() || self.pause(pause).await.is_err() {
                return;
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    async fn report(&self, step: Step) -> Result<(), Gone> {
        for report in step.reports {
            tokio::select! {
                sent = self.link.reports.send(report) => sent.map_err(|_| Gone)?,
                () = self.link.stop.cancelled() => return Err(Gone),
            }
        }
        Ok(())
    }

    /// Lives with one connection until it is of no use any more.
    async fn live(&mut self, wait: &mut Duration, is_first: &mut bool) -> Result<End, Gone> {
        let mut connection = match self.open().await? {
            Ok(connection) => connection,
            Err(reason) => return Ok(End::Lost(reason)),
        };
        self.core.on_open(self.now());
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut was_live = false;
        loop {
            let now = self.began;
            let mut step = tokio::select! {
                () = self.link.stop.cancelled() => {
                    connection.close().await;
                    return Err(Gone);
                }
                order = self.link.orders.recv() => match order {
                    Some(order) => self.core.on_order(&order, now.elapsed()),
                    None => return Err(Gone),
                },
                message = connection.next() => match message {
                    Ok(message) => {
                        telemetry::received(NAME, 1);
                        self.core.on_message(&message, now.elapsed())
                    }
                    Err(reason) => return Ok(End::Lost(reason)),
                },
                _ = tick.tick() => self.core.on_time(now.elapsed()),
            };
            if !was_live && self.core.is_live() {
                was_live = true;
                (*wait, *is_first) = (FIRST_WAIT, true);
                telemetry::connected(NAME, &self.peer);
            }
            let (send, end) = (std::mem::take(&mut step.send), step.end.take());
            if !send.is_empty()
                && let Err(reason) = connection.send(send).await
            {
                self.report(step).await?;
                return Ok(End::Lost(reason));
            }
            self.report(step).await?;
            if let Some(end) = end {
                connection.close().await;
                return Ok(end);
            }
        }
    }

    /// Opens a connection; orders are answered meanwhile.
    async fn open(&mut self) -> Result<Result<Connection, String>, Gone> {
        let address = self.address.clone();
        let open = Connection::open(&address);
        tokio::pin!(open);
        loop {
            let order = tokio::select! {
                opened = &mut open => return Ok(opened),
                () = self.link.stop.cancelled() => return Err(Gone),
                order = self.link.orders.recv() => order.ok_or(Gone)?,
            };
            let step = self.core.on_order(&order, self.now());
            self.report(step).await?;
        }
    }

    /// Waits before the next attempt; orders are refused meanwhile.
    async fn pause(&mut self, wait: Duration) -> Result<(), Gone> {
        let until = Moment::now() + wait;
        loop {
            let order = tokio::select! {
                () = sleep_until(until) => return Ok(()),
                () = self.link.stop.cancelled() => return Err(Gone),
                order = self.link.orders.recv() => order.ok_or(Gone)?,
            };
            let step = self.core.on_order(&order, self.now());
            self.report(step).await?;
        }
    }
}
