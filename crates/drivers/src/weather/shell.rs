//! The driver at work: asks now and then, and says what follows.

use super::{
    NAME,
    codec::{Reported, decode, question},
    outlook::{DEVICE, announcement, now_readings, outlook_readings},
    settings::{Address, Settings, host},
};
use crate::{Driver, Failure, Link, Running, refusal::refusal, telemetry};
use jiff::{SignedDuration, Timestamp};
use model::{Connectivity, DriverState, Order, Reading, Report, ReportBody};
use outbound::{Allowed, Fresh, Outbound, Validators};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The longest that a service may ask to be left alone, or to keep its answer.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);
/// How often it is said anew what follows from the hours that are known.
const RECKON: Duration = Duration::from_secs(600);
/// Failures in a row after which the device counts as away.
const AWAY: u32 = 3;
/// Why it takes no orders.
const REFUSAL: &str = "nobody commands the weather";

/// The driver, before it runs.
pub(super) struct Shell {
    pub(super) settings: Settings,
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let mut run = Run {
                settings: self.settings,
                link,
                known: Validators::default(),
                told: None,
                failures: 0,
            };
            // Where the house went away there is nobody to tell.
            match run.run().await {
                Ok(()) | Err(End::Gone) => Ok(()),
                Err(End::Broken(failure)) => Err(failure),
            }
        })
    }
}

/// Why it ends.
enum End {
    /// The house went away, or wants us to.
    Gone,
    /// Nothing but another setting can help.
    Broken(Failure),
}

/// What was told last, and when.
struct Told {
    reported: Reported,
    came: Instant,
}

struct Run {
    settings: Settings,
    link: Link,
    known: Validators,
    told: Option<Told>,
    failures: u32,
}

impl Run {
    async fn run(&mut self) -> Result<(), End> {
        let base = self.address().await?;
        let client = self.client(&base)?;
        let url = question(&base, self.settings.place);
        loop {
            let asked = Instant::now();
            let known = self.known.clone();
            let fresh = self.beside(client.get_fresh(&url, &known)).await?;
            let wait = match fresh {
                Ok(Fresh::New {
                    answer,
                    validators,
                    keep,
                }) => {
                    telemetry::received(NAME, 1);
                    match decode(&answer.body) {
                        Ok(reported) => {
                            self.known = validators;
                            self.on_told(reported, &base).await?;
                            self.until_next(keep)
                        }
                        Err(fault) => {
                            telemetry::bad_message(NAME, DEVICE, &base, &fault, self.failures == 0);
                            self.on_failure(&base, &fault).await?
                        }
                    }
                }
                Ok(Fresh::Unchanged { keep }) => {
                    telemetry::received(NAME, 1);
                    match self.told.take() {
                        Some(told) => self.on_told(told.reported, &base).await?,
                        // Nothing was known that could be unchanged: it is asked for anew.
                        None => self.known = Validators::default(),
                    }
                    self.until_next(keep)
                }
                Ok(Fresh::Later { status, wait }) => {
                    let fault = format!("it has too much to do (status {status})");
                    let usual = self.on_failure(&base, &fault).await?;
                    usual.max(wait.unwrap_or_default().min(LONGEST))
                }
                Err(fault) => self.on_failure(&base, &fault.to_string()).await?,
            };
            self.rest(asked + wait).await?;
        }
    }

    /// How long what came is good for.
    fn until_next(&self, keep: Option<Duration>) -> Duration {
        let keep = match self.settings.address {
            Address::Beside(_) => Duration::ZERO,
            _ => keep.unwrap_or_default().min(LONGEST),
        };
        self.settings.every.max(keep)
    }

    /// Where the service is; waits for one that starts beside us.
    async fn address(&mut self) -> Result<String, End> {
        let mut known = match &self.settings.address {
            Address::Outside(url) | Address::Named(url) => return Ok(url.clone()),
            Address::Beside(known) => known.clone(),
        };
        let address = self
            .beside(async move {
                known
                    .wait_for(Option::is_some)
                    .await
                    .ok()
                    .and_then(|url| url.clone())
            })
            .await?;
        address.ok_or(End::Gone)
    }

    fn client(&self, base: &str) -> Result<Outbound, End> {
        let broken = |fault: String| End::Broken(Failure(fault));
        let host = host(base).map_err(|fault| broken(fault.to_owned()))?;
        let allowed = match self.settings.address {
            Address::Outside(_) => Allowed::outside(host),
            Address::Named(_) | Address::Beside(_) => Allowed::named(host),
        };
        Outbound::outside([allowed]).map_err(|fault| broken(fault.to_string()))
    }

    async fn on_told(&mut self, reported: Reported, base: &str) -> Result<(), End> {
        let is_first = self.told.is_none();
        if self.failures > 0 || is_first {
            telemetry::connected(NAME, base);
            self.say(ReportBody::State(DriverState::Running)).await?;
        }
        if is_first {
            self.say(ReportBody::Announced(Box::new(announcement())))
                .await?;
        }
        if is_first || self.failures >= AWAY {
            self.connectivity(Connectivity::Online, "the service answers")
                .await?;
        }
        self.failures = 0;
        let mut readings = now_readings(&reported);
        self.told = Some(Told {
            reported,
            came: Instant::now(),
        });
        readings.extend(self.outlook());
        self.values(readings).await
    }

    /// What follows for now from what was told last.
    fn outlook(&self) -> Vec<Reading> {
        let Some(told) = &self.told else {
            return Vec::new();
        };
        let now = match self.settings.address {
            // The time of a simulated house is its own.
            Address::Beside(_) => SignedDuration::try_from(told.came.elapsed())
                .ok()
                .and_then(|passed| told.reported.at.checked_add(passed).ok())
                .unwrap_or(told.reported.at),
            _ => Timestamp::now(),
        };
        outlook_readings(&told.reported, now, &self.settings.zone)
    }

    /// Something went wrong; how long to wait until the next try.
    async fn on_failure(&mut self, base: &str, fault: &str) -> Result<Duration, End> {
        telemetry::disconnected(NAME, base, fault, self.failures == 0);
        self.failures = self.failures.saturating_add(1);
        let reason = format!("the weather service at {base} gives no answer of use: {fault}");
        self.say(ReportBody::State(DriverState::Degraded { reason }))
            .await?;
        if self.failures == AWAY && self.told.is_some() {
            self.connectivity(
                Connectivity::Offline,
                "the service has not answered for some time",
            )
            .await?;
        }
        let every = self.settings.every;
        let doubled = (every / 30).saturating_mul(1 << (self.failures - 1).min(10));
        Ok(doubled.min(every * 2))
    }

    /// Waits; says meanwhile what time itself changes.
    async fn rest(&mut self, until: Instant) -> Result<(), End> {
        loop {
            let next = (Instant::now() + RECKON).min(until);
            self.beside(sleep_until(next)).await?;
            if Instant::now() >= until {
                return Ok(());
            }
            let readings = self.outlook();
            if !readings.is_empty() {
                self.values(readings).await?;
            }
        }
    }

    /// Does something while orders are answered.
    async fn beside<T>(&mut self, doing: impl Future<Output = T>) -> Result<T, End> {
        let mut doing = std::pin::pin!(doing);
        loop {
            let order = tokio::select! {
                () = self.link.stop.cancelled() => return Err(End::Gone),
                done = &mut doing => return Ok(done),
                order = self.link.orders.recv() => order.ok_or(End::Gone)?,
            };
            self.on_order(&order).await?;
        }
    }

    async fn on_order(&self, order: &Order) -> Result<(), End> {
        if let Order::Scan { request } = order {
            let reason = "the weather is not looked for".to_owned();
            let searched = model::Searched::Unavailable { reason };
            return self
                .say(ReportBody::ScanDone {
                    request: *request,
                    searched,
                })
                .await;
        }
        match refusal(NAME, order, REFUSAL) {
            Some(report) => self.link.reports.send(report).await.map_err(|_| End::Gone),
            None => Ok(()),
        }
    }

    async fn values(&self, readings: Vec<Reading>) -> Result<(), End> {
        self.say(ReportBody::Values {
            native_id: DEVICE.to_owned(),
            readings,
        })
        .await
    }

    async fn connectivity(&self, connectivity: Connectivity, reason: &str) -> Result<(), End> {
        self.say(ReportBody::Connectivity {
            native_id: DEVICE.to_owned(),
            connectivity,
            reason: Some(reason.to_owned()),
        })
        .await
    }

    async fn say(&self, body: ReportBody) -> Result<(), End> {
        let report = Report {
            driver: NAME.to_owned(),
            body,
        };
        self.link.reports.send(report).await.map_err(|_| End::Gone)
    }
}
