//! The driver at work: between the sockets, the core, the devices' descriptions and the house.

use super::{
    claim::{Fetch, Fetched},
    core::{NAME, Ssdp, report},
    message,
};
use crate::{
    Driver, Failure, Interfaces, Link, Running,
    multicast::{Ears, Group, Heard},
    telemetry,
};
use model::{DriverState, Order, Report, ReportBody};
use outbound::{Fault, Outbound};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

const GROUP: Group = Group {
    driver: NAME,
    v4: IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)),
    v6: None,
    port: 1900,
    ttl: 2,
    asks_apart: true,
};

/// How often things are looked at.
const TICK: Duration = Duration::from_millis(200);
/// How often the machine's interfaces are looked at.
const FOLLOW: Duration = Duration::from_secs(2);
/// When those are asked again that an interface just came to, for a lost datagram.
const AGAIN: Duration = Duration::from_secs(1);

/// The driver, before it runs.
pub(super) struct Shell {
    pub(super) interfaces: Interfaces,
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let run = Run {
                core: Ssdp::default(),
                ears: Ears::new(GROUP, self.interfaces),
                fetches: JoinSet::new(),
                link,
                began: Instant::now(),
                followed: None,
                again: Vec::new(),
                told: None,
            };
            run.run().await
        })
    }
}

/// The driver at work.
struct Run {
    core: Ssdp,
    ears: Ears,
    /// Descriptions on their way.
    fetches: JoinSet<(Fetch, Fetched)>,
    link: Link,
    began: Instant,
    /// When the interfaces were looked at last.
    followed: Option<Duration>,
    /// Interfaces on which to ask once more, and when.
    again: Vec<(u32, Duration)>,
    told: Option<DriverState>,
}

/// The house went away.
struct Gone;

impl Run {
    async fn run(mut self) -> Result<(), Failure> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let step = tokio::select! {
                () = self.link.stop.cancelled() => return Ok(()),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await,
                    None => return Ok(()),
                },
                heard = self.ears.hear() => {
                    if let Some(Heard { nic, sender, bytes }) = heard {
                        self.core.on_packet(nic, sender, &bytes, self.began.elapsed());
                    }
                    Ok(())
                }
                Some(fetched) = self.fetches.join_next() => match fetched {
                    Ok((fetch, fetched)) => {
                        self.core.on_fetched(fetch, fetched, self.began.elapsed());
                        Ok(())
                    }
                    Err(error) => return Err(Failure(format!("a fetch broke: {error}"))),
                },
                _ = tick.tick() => self.on_tick().await,
            };
            if let Err(Gone) = step {
                return Ok(());
            }
        }
    }

    async fn on_tick(&mut self) -> Result<(), Gone> {
        let now = self.began.elapsed();
        let is_due = |at: Duration| now.saturating_sub(at) >= FOLLOW;
        if self.followed.is_none_or(is_due) {
            self.followed = Some(now);
            self.follow(now).await?;
        }
        let reports = self.core.on_time(now);
        self.say_all(reports).await?;
        while let Some(wanted) = self.core.next_fetch() {
            self.fetches.spawn(fetch(wanted));
        }
        if self.core.asks_again(now) {
            self.search(None).await;
        }
        let (due, later) = self.again.drain(..).partition(|(_, at)| *at <= now);
        self.again = later;
        let due: Vec<(u32, Duration)> = due;
        for (nic, _) in due {
            self.search(Some(nic)).await;
        }
        Ok(())
    }

    /// Looks at the interfaces, and greets those that came.
    async fn follow(&mut self, now: Duration) -> Result<(), Gone> {
        let trouble = match self.ears.follow() {
            Ok(change) => {
                for nic in &change.went {
                    if !change.came.contains(nic) {
                        self.core.on_gone(*nic, now);
                    }
                }
                if !change.came.is_empty() || !change.went.is_empty() {
                    telemetry::searches_on(NAME, &self.ears.names().join(", "));
                }
                for nic in change.came {
                    self.search(Some(nic)).await;
                    self.again.push((nic, now + AGAIN));
                }
                self.ears.trouble()
            }
            Err(error) => Some(format!("the network interfaces cannot be listed: {error}")),
        };
        let deaf = trouble.clone().filter(|_| !self.ears.are_open());
        self.core.set_deaf(deaf);
        let state = match trouble {
            Some(reason) => DriverState::Degraded { reason },
            None => DriverState::Running,
        };
        if self.told.as_ref() != Some(&state) {
            self.told = Some(state.clone());
            self.say(report(ReportBody::State(state))).await?;
        }
        Ok(())
    }

    async fn on_order(&mut self, order: Order) -> Result<(), Gone> {
        let now = self.began.elapsed();
        let (reports, search) = self.core.on_order(order, now);
        self.say_all(reports).await?;
        if search {
            self.search(None).await;
        }
        Ok(())
    }

    /// Asks who is there.
    async fn search(&mut self, nic: Option<u32>) {
        for packet in message::search() {
            self.ears.say(nic, &packet).await;
        }
    }

    async fn say(&self, report: Report) -> Result<(), Gone> {
        self.link.reports.send(report).await.map_err(|_| Gone)
    }

    async fn say_all(&self, reports: Vec<Report>) -> Result<(), Gone> {
        for report in reports {
            self.say(report).await?;
        }
        Ok(())
    }
}

/// Fetches a description from the host that announced it, and from no other.
async fn fetch(fetch: Fetch) -> (Fetch, Fetched) {
    let answer = match Outbound::on_host(fetch.host) {
        Ok(client) => client.get(&fetch.location).await,
        Err(fault) => Err(fault),
    };
    let fetched = match answer {
        Ok(answer) => Fetched::Body(answer.body),
        Err(fault @ (Fault::Unreachable { .. } | Fault::TooSlow { .. })) => {
            Fetched::Dead(fault.to_string())
        }
        Err(fault) => Fetched::Refused(fault.to_string()),
    };
    (fetch, fetched)
}
