//! One run of a driver under a supervisor, watched.

use super::judge;
use crate::{Backoff, Factory, Supervisor};
use model::{
    DriverCommand, DriverState, Goal, Instance, Kind, Order, Report, ReportBody, Value, WishId,
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// How long a driver may take to end.
const STOP: Duration = Duration::from_secs(6);

/// One run of the driver, watched.
pub(super) struct Life {
    reports: mpsc::Receiver<Report>,
    orders: mpsc::Sender<(String, Order)>,
    stop: CancellationToken,
    supervisor: Supervisor,
    driver: String,
    /// What each announced device can do.
    devices: HashMap<String, Vec<Instance>>,
    /// What is sighted now.
    sighted: HashSet<String>,
    /// How often it broke.
    pub(super) broke: u32,
}

impl Life {
    pub(super) fn start(factory: Factory) -> Self {
        let (to_house, reports) = mpsc::channel(1_024);
        let (orders, from_house) = mpsc::channel(1_024);
        let stop = CancellationToken::new();
        let driver = factory.manifest.name.to_owned();
        let supervisor = Supervisor::start(
            vec![factory],
            to_house,
            from_house,
            stop.clone(),
            Backoff::default(),
        );
        Self {
            reports,
            orders,
            stop,
            supervisor,
            driver,
            devices: HashMap::new(),
            sighted: HashSet::new(),
            broke: 0,
        }
    }

    /// Takes what was said by now.
    pub(super) fn clear(&mut self) -> Result<(), String> {
        while let Ok(report) = self.reports.try_recv() {
            self.judge(&report)?;
        }
        Ok(())
    }

    /// The next report, judged by what always holds.
    pub(super) async fn next(&mut self, what: &str) -> Result<ReportBody, String> {
        let report = timeout(PATIENCE, self.reports.recv())
            .await
            .map_err(|_| format!("waited {} s for {what}", PATIENCE.as_secs()))?
            .ok_or_else(|| format!("the reports ended while waiting for {what}"))?;
        self.judge(&report)?;
        Ok(report.body)
    }

    /// Holds a report against what always holds, and keeps what it says is there.
    fn judge(&mut self, report: &Report) -> Result<(), String> {
        if report.driver != self.driver {
            return Err(format!("it reports as `{}`", report.driver));
        }
        match &report.body {
            ReportBody::Announced(device) => {
                if device.native_id.is_empty() || device.name.is_empty() {
                    return Err(format!("a device without an id or a name: {device:?}"));
                }
                self.devices
                    .insert(device.native_id.clone(), device.capabilities.clone());
            }
            ReportBody::Withdrawn { native_id } => {
                self.devices.remove(native_id);
            }
            ReportBody::Values {
                native_id,
                readings,
            } => {
                let instances = self
                    .devices
                    .get(native_id)
                    .ok_or_else(|| format!("values of {native_id}, which was not announced"))?;
                judge::readings(native_id, instances, readings)?;
            }
            ReportBody::Sighted(sighting) => {
                judge::sighting(sighting)?;
                self.sighted.insert(sighting.native_id.clone());
            }
            ReportBody::Unsighted { native_id, reason } => {
                if !self.sighted.remove(native_id) {
                    return Err(format!("{native_id} is unsighted and never was sighted"));
                }
                if reason.is_empty() {
                    return Err(format!("{native_id} is unsighted without a reason"));
                }
            }
            ReportBody::State(DriverState::Failed { .. }) => self.broke += 1,
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn until(
        &mut self,
        what: &str,
        is_it: impl Fn(&ReportBody) -> bool,
    ) -> Result<ReportBody, String> {
        let wait = async {
            loop {
                let body = self.next(what).await?;
                if is_it(&body) {
                    return Ok(body);
                }
            }
        };
        timeout(PATIENCE, wait)
            .await
            .map_err(|_| format!("waited {} s for {what}", PATIENCE.as_secs()))?
    }

    pub(super) async fn running(&mut self) -> Result<(), String> {
        self.until("the driver to run", |body| {
            matches!(body, ReportBody::State(DriverState::Running))
        })
        .await
        .map(drop)
    }

    pub(super) async fn announced(&mut self) -> Result<String, String> {
        let body = self
            .until("a device to be announced", |body| {
                matches!(body, ReportBody::Announced(_))
            })
            .await?;
        match body {
            ReportBody::Announced(device) => Ok(device.native_id),
            _ => Err("nothing was announced".to_owned()),
        }
    }

    pub(super) async fn announced_as(&mut self, id: &str) -> Result<(), String> {
        self.until(
            &format!("the device to be called {id} again"),
            |body| matches!(body, ReportBody::Announced(device) if device.native_id == id),
        )
        .await
        .map(drop)
    }

    pub(super) async fn values(&mut self, id: &str) -> Result<(), String> {
        self.until(&format!("values of {id}"), |body| {
            matches!(body, ReportBody::Values { native_id, readings } if native_id == id && !readings.is_empty())
        })
        .await
        .map(drop)
    }

    /// Something that the device can be told.
    pub(super) fn wish_for(&self, id: &str) -> Result<(u16, String, Goal), String> {
        let instances = self.devices.get(id).ok_or("the device is gone")?;
        for instance in instances {
            for shape in instance.properties.iter().filter(|shape| shape.writable) {
                let Some(property) = instance.capability.property(&shape.name) else {
                    continue;
                };
                let value = match property.kind {
                    Kind::Bool => Value::Bool(true),
                    Kind::Number => {
                        let (min, max) = shape.limits(property);
                        Value::Number(min.max(0.0).min(max))
                    }
                    Kind::Enum(_) => match shape.words(property).first() {
                        Some(word) => Value::Text(word.clone()),
                        None => continue,
                    },
                    Kind::Text => Value::Text("text".to_owned()),
                };
                let goal = Goal::Target {
                    values: vec![(shape.name.clone(), value)],
                };
                return Ok((instance.endpoint, instance.capability.name.to_owned(), goal));
            }
        }
        Err(format!("{id} has nothing that can be written"))
    }

    pub(super) async fn command(&mut self, id: &str) -> Result<(), String> {
        let (endpoint, capability, goal) = self.wish_for(id)?;
        let wish = self.order(id, endpoint, &capability, goal).await?;
        match self.answer(wish).await? {
            ReportBody::Delivered { .. } => Ok(()),
            other => Err(format!(
                "a command that the device takes ended in {other:?}"
            )),
        }
    }

    pub(super) async fn order(
        &self,
        id: &str,
        endpoint: u16,
        capability: &str,
        goal: Goal,
    ) -> Result<WishId, String> {
        let wish = WishId::new();
        let command = DriverCommand {
            wish,
            native_id: id.to_owned(),
            endpoint,
            capability: capability.to_owned(),
            goal,
        };
        self.tell(Order::Command(command)).await?;
        Ok(wish)
    }

    pub(super) async fn tell(&self, order: Order) -> Result<(), String> {
        self.orders
            .send((self.driver.clone(), order))
            .await
            .map_err(|_| "orders are no longer taken".to_owned())
    }

    pub(super) async fn answer(&mut self, wish: WishId) -> Result<ReportBody, String> {
        self.until("a command to end", |body| {
            matches!(body,
                ReportBody::Delivered { wish: ended } | ReportBody::Failed { wish: ended, .. }
                    if *ended == wish)
        })
        .await
    }

    pub(super) async fn stop(mut self) -> Result<(), String> {
        self.stop.cancel();
        // The house goes on listening, so that the last words do not block the driver.
        let drain = async { while self.reports.recv().await.is_some() {} };
        let all = async {
            tokio::join!(drain, self.supervisor.ended());
        };
        timeout(STOP, all)
            .await
            .map_err(|_| format!("it did not end within {} s", STOP.as_secs()))
    }
}
