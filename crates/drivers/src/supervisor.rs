//! Runs drivers, starts them again when they break, and answers for them while they are down.

use crate::{
    Factory,
    keeper::{Keeper, OPEN, ORDERS, Open},
    telemetry,
};
use model::{Order, Report};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// How long a driver that broke waits before it starts again.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// After the first time; then twice as long each time.
    pub first: Duration,
    /// Never longer.
    pub most: Duration,
    /// After running this long it counts as sound again.
    pub stable: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            stable: Duration::from_secs(60),
        }
    }
}

/// All drivers, running.
#[derive(Debug)]
pub struct Supervisor {
    router: JoinHandle<()>,
}

impl Supervisor {
    /// Starts drivers. Reports of all go to `reports`; orders come with the name of their driver.
    /// Cancelling `stop` ends them all. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(
        factories: Vec<Factory>,
        reports: mpsc::Sender<Report>,
        orders: mpsc::Receiver<(String, Order)>,
        stop: CancellationToken,
        backoff: Backoff,
    ) -> Self {
        let router = tokio::spawn(route(factories, reports, orders, stop, backoff));
        Self { router }
    }

    /// Waits until every driver has ended, after `stop` was cancelled.
    pub async fn ended(self) {
        // The router holds no invariant that a panic could break; there is nothing left to do.
        let _ = self.router.await;
    }
}

/// Hands orders to the drivers' keepers, and refuses those that no keeper takes.
async fn route(
    factories: Vec<Factory>,
    reports: mpsc::Sender<Report>,
    mut orders: mpsc::Receiver<(String, Order)>,
    stop: CancellationToken,
    backoff: Backoff,
) {
    let mut keepers = JoinSet::new();
    let mut lines = HashMap::new();
    for factory in factories {
        let (line, own) = mpsc::channel(ORDERS);
        lines.insert(factory.manifest.name, line);
        let keeper = Keeper {
            driver: factory.manifest.name,
            factory,
            house: reports.clone(),
            orders: own,
            stop: stop.clone(),
            backoff,
            open: VecDeque::new(),
            outbox: VecDeque::new(),
        };
        keepers.spawn(keeper.run());
    }
    let mut refusals: VecDeque<Report> = VecDeque::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            permit = reports.reserve(), if !refusals.is_empty() => match (permit, refusals.pop_front()) {
                (Ok(permit), Some(refusal)) => permit.send(refusal),
                _ => break,
            },
            order = orders.recv() => {
                let Some((driver, order)) = order else { break };
                let fault = match lines.get(driver.as_str()) {
                    None => Some((order, "there is no such driver")),
                    Some(line) => match line.try_send(order) {
                        Ok(()) => None,
                        Err(mpsc::error::TrySendError::Full(order)) => {
                            Some((order, "the driver is busy; try again in a moment"))
                        }
                        Err(mpsc::error::TrySendError::Closed(order)) => {
                            Some((order, "the driver has stopped"))
                        }
                    },
                };
                if let Some((order, reason)) = fault {
                    telemetry::refused(&driver, reason);
                    refusals.extend(Open::of(&order).map(|open| open.refuse(&driver, reason)));
                    if refusals.len() > OPEN {
                        refusals.pop_front();
                        telemetry::answers_lost(1);
                    }
                }
            }
        }
    }
    drop(lines);
    // Where the house went away without a word, its drivers end as well.
    if !stop.is_cancelled() && reports.is_closed() {
        stop.cancel();
    }
    while keepers.join_next().await.is_some() {}
}
