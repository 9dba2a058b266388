//! Keeps one driver running, and answers for it while it is down.

use crate::{Backoff, Factory, Link, telemetry};
use model::{DriverState, Order, Report, ReportBody, RequestId, Searched, WishId};
use std::{collections::VecDeque, time::Duration};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

/// Orders that a driver may not have looked at yet.
pub(crate) const ORDERS: usize = 1_024;
/// Reports between a driver and the house.
const REPORTS: usize = 1_024;
/// Orders of which the answer is awaited; past it the oldest is no longer watched.
pub(crate) const OPEN: usize = 16_384;
/// Reports that are taken from a driver at once.
const BATCH: usize = 64;
/// How long a driver may take to end.
const STOP: Duration = Duration::from_secs(5);

/// An order that wants an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    Wish(WishId),
    Request(RequestId),
    Scan(RequestId),
}

impl Open {
    pub(crate) fn of(order: &Order) -> Option<Self> {
        match order {
            Order::Command(command) => Some(Self::Wish(command.wish)),
            Order::Scan { request } => Some(Self::Scan(*request)),
            Order::AddManual { request, .. } => Some(Self::Request(*request)),
            Order::Watch { .. } | Order::Forget { .. } => None,
        }
    }

    fn answered_by(body: &ReportBody) -> Option<Self> {
        match body {
            ReportBody::Delivered { wish } | ReportBody::Failed { wish, .. } => {
                Some(Self::Wish(*wish))
            }
            ReportBody::OrderDone { request, .. } => Some(Self::Request(*request)),
            ReportBody::ScanDone { request, .. } => Some(Self::Scan(*request)),
            _ => None,
        }
    }

    pub(crate) fn refuse(self, driver: &str, reason: &str) -> Report {
        let body = match self {
            Self::Wish(wish) => ReportBody::Failed {
                wish,
                reason: reason.to_owned(),
            },
            Self::Request(request) => ReportBody::OrderDone {
                request,
                result: Err(reason.to_owned()),
            },
            Self::Scan(request) => ReportBody::ScanDone {
                request,
                searched: Searched::Failed {
                    reason: reason.to_owned(),
                },
            },
        };
        Report {
            driver: driver.to_owned(),
            body,
        }
    }
}

/// Keeps one driver running.
pub(crate) struct Keeper {
    pub(crate) driver: &'static str,
    pub(crate) factory: Factory,
    pub(crate) house: mpsc::Sender<Report>,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) stop: CancellationToken,
    pub(crate) backoff: Backoff,
    /// Orders that the driver has not answered yet.
    pub(crate) open: VecDeque<Open>,
    /// What is to be said to the house as soon as it listens.
    pub(crate) outbox: VecDeque<Report>,
}

/// How a life ended.
enum End {
    Stopped,
    /// What it is made from is another now.
    Anew,
    Panic(String),
    Error(String),
}

impl Keeper {
    pub(crate) async fn run(mut self) {
        let mut wait = self.backoff.first;
        loop {
            let began = Instant::now();
            let end = self.live().await;
            if began.elapsed() >= self.backoff.stable {
                wait = self.backoff.first;
            }
            let reason = match end {
                End::Stopped => break,
                End::Anew => {
                    telemetry::anew(self.driver);
                    self.refuse_open("the driver begins anew with changed credentials");
                    wait = self.backoff.first;
                    continue;
                }
                End::Panic(reason) => {
                    telemetry::panicked(self.driver, &reason, wait.as_millis());
                    format!("it panicked: {reason}")
                }
                End::Error(reason) => {
                    telemetry::failed(self.driver, &reason, wait.as_millis());
                    reason
                }
            };
            self.refuse_open("the driver broke before it could answer");
            self.state(DriverState::Failed { reason });
            if !self.pause(wait).await {
                break;
            }
            wait = (wait * 2).min(self.backoff.most);
        }
        self.refuse_open("the driver has stopped");
        telemetry::stopped(self.driver);
        self.state(DriverState::Stopped);
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            self.refuse(&order, "the driver has stopped");
        }
        // The house may be gone already; then nobody wants to know.
        let flush = async {
            for report in std::mem::take(&mut self.outbox) {
                if self.house.send(report).await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(STOP, flush).await;
    }

    /// One life of the driver.
    async fn live(&mut self) -> End {
        let (reports, mut from_driver) = mpsc::channel(REPORTS);
        let (to_driver, orders) = mpsc::channel(ORDERS);
        let stop = self.stop.child_token();
        let link = Link {
            reports,
            orders,
            stop: stop.clone(),
            credentials: self.factory.credentials.clone(),
        };
        let mut anew = self.factory.anew.clone();
        if let Some(anew) = &mut anew {
            anew.mark_unchanged();
        }
        let mut is_anew = false;
        let house = self.house.clone();
        self.state(DriverState::Starting);
        telemetry::started(self.driver);
        let make = std::panic::AssertUnwindSafe(|| (self.factory.make)());
        let driver = match std::panic::catch_unwind(make) {
            Ok(driver) => driver,
            Err(panic) => return End::Panic(panic_text(panic.as_ref())),
        };
        // Run within the task, so that a panic in `run` itself is caught like any other.
        let mut task = tokio::spawn(async move { driver.run(link).await });
        let mut deadline = None;
        let mut ended = None;
        let mut said = Vec::with_capacity(BATCH);
        loop {
            // What the driver said before it ended is said to the house first.
            if self.outbox.is_empty()
                && from_driver.is_empty()
                && let Some(end) = ended.take()
            {
                return match end {
                    End::Stopped if is_anew && !self.stop.is_cancelled() => End::Anew,
                    end => end,
                };
            }
            let late = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let changed = async {
                let heard = match &mut anew {
                    Some(anew) => anew.changed().await.is_ok(),
                    None => false,
                };
                if !heard {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                permit = house.reserve(), if !self.outbox.is_empty() => {
                    match (permit, self.outbox.pop_front()) {
                        (Ok(permit), Some(report)) => permit.send(report),
                        // Nobody listens any more.
                        _ => {
                            task.abort();
                            return End::Stopped;
                        }
                    }
                }
                1.. = from_driver.recv_many(&mut said, BATCH), if self.outbox.is_empty() => {
                    for report in said.drain(..) {
                        self.pass_on(report);
                    }
                }
                Some(order) = self.orders.recv(), if ended.is_none() => {
                    let open = Open::of(&order);
                    match to_driver.try_send(order) {
                        Ok(()) => {
                            self.open.extend(open);
                            if self.open.len() > OPEN {
                                self.open.pop_front();
                            }
                        }
                        Err(error) => {
                            let order = error.into_inner();
                            self.refuse(&order, "the driver is busy; try again in a moment");
                        }
                    }
                }
                result = &mut task, if ended.is_none() => {
                    ended = Some(match result {
                        Ok(Ok(())) => End::Stopped,
                        Ok(Err(failure)) => End::Error(failure.0),
                        Err(error) => match error.try_into_panic() {
                            Ok(panic) => End::Panic(panic_text(panic.as_ref())),
                            Err(_) => End::Stopped,
                        },
                    });
                }
                () = changed, if !is_anew => {
                    is_anew = true;
                    stop.cancel();
                }
                () = stop.cancelled(), if deadline.is_none() => {
                    deadline = Some(Instant::now() + STOP);
                }
                () = late => {
                    telemetry::stuck(self.driver);
                    task.abort();
                    return if is_anew && !self.stop.is_cancelled() {
                        End::Anew
                    } else {
                        End::Stopped
                    };
                }
            }
        }
    }

    /// Hands what the driver said to the house; what that has no room for waits, and all after it.
    fn pass_on(&mut self, report: Report) {
        if let Some(answered) = Open::answered_by(&report.body)
            && let Some(at) = self.open.iter().position(|open| *open == answered)
        {
            self.open.remove(at);
        }
        if !self.outbox.is_empty() {
            self.outbox.push_back(report);
        } else if let Err(unsent) = self.house.try_send(report) {
            // Where the house is gone, waiting for room tells so.
            self.outbox.push_back(unsent.into_inner());
        }
    }

    /// Waits before the next start, refusing orders. `false` means that the end came first.
    async fn pause(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let house = self.house.clone();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep_until(until) => return true,
                permit = house.reserve(), if !self.outbox.is_empty() => {
                    match (permit, self.outbox.pop_front()) {
                        (Ok(permit), Some(report)) => permit.send(report),
                        _ => return false,
                    }
                }
                order = self.orders.recv() => match order {
                    Some(order) => self.refuse(&order, "the driver broke and will be back in a moment"),
                    None => return false,
                }
            }
        }
    }

    fn state(&mut self, state: DriverState) {
        self.outbox.push_back(Report {
            driver: self.driver.to_owned(),
            body: ReportBody::State(state),
        });
    }

    fn refuse(&mut self, order: &Order, reason: &str) {
        telemetry::refused(self.driver, reason);
        self.outbox
            .extend(Open::of(order).map(|open| open.refuse(self.driver, reason)));
        if self.outbox.len() > OPEN {
            self.outbox.pop_front();
            telemetry::answers_lost(1);
        }
    }

    fn refuse_open(&mut self, reason: &str) {
        let driver = self.driver;
        let refusals = self.open.drain(..).map(|open| open.refuse(driver, reason));
        self.outbox.extend(refusals);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no words".to_owned())
}
