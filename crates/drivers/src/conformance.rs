//! What every driver must pass, against a peer that its test provides.
//!
//! A driver's test implements [`Peer`] for whatever its driver speaks to (better a real one) and
//! calls [`check`]. The kit then goes through a driver's life under a real [`Supervisor`]:
//!
//! 1. It starts and reports that it runs.
//! 2. A device that appears is announced, with a native id.
//! 3. Readings name only what was announced.
//! 4. A command ends in Delivered or Failed; one for an unknown device in Failed.
//! 5. Hostile input breaks nothing.
//! 6. A flood is named, and the device is alive after it.
//! 7. While the peer is away the driver says so and refuses commands; when it is back it heals.
//! 8. It ends in time when told to, and after a new start its devices bear the same ids.

use crate::{Backoff, Factory, Supervisor};
use model::{
    DriverCommand, DriverState, Goal, Instance, Kind, Order, Report, ReportBody, Value, WishId,
};
use std::{collections::HashMap, future::Future, pin::Pin, time::Duration};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

/// Something that a peer does.
pub type Step<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What the driver speaks to.
pub trait Peer: Send {
    /// Makes a device appear that can be controlled and reports values; always the same one.
    fn announce(&mut self) -> Step<'_>;
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

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a driver may take to end.
const STOP: Duration = Duration::from_secs(6);

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

    life.command(&id).await?;
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
        let (endpoint, capability, goal) = life.wish_for(&id)?;
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

/// One run of the driver, watched.
struct Life {
    reports: mpsc::Receiver<Report>,
    orders: mpsc::Sender<(String, Order)>,
    stop: CancellationToken,
    supervisor: Supervisor,
    driver: String,
    devices: HashMap<String, Vec<Instance>>,
    broke: u32,
}

impl Life {
    fn start(factory: Factory) -> Self {
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
            broke: 0,
        }
    }

    /// The next report, judged by what always holds.
    async fn next(&mut self, what: &str) -> Result<ReportBody, String> {
        let report = timeout(PATIENCE, self.reports.recv())
            .await
            .map_err(|_| format!("waited {} s for {what}", PATIENCE.as_secs()))?
            .ok_or_else(|| format!("the reports ended while waiting for {what}"))?;
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
                for reading in readings {
                    let shape = instances
                        .iter()
                        .find(|instance| {
                            instance.endpoint == reading.path.endpoint
                                && instance.capability == reading.path.capability
                        })
                        .and_then(|instance| instance.property(reading.path.property.name))
                        .ok_or_else(|| {
                            format!(
                                "{native_id} reports {}, which was not announced",
                                reading.path
                            )
                        })?;
                    if let Some(value) = &reading.value {
                        shape
                            .accept_report(reading.path.property, value, reading.unit)
                            .map_err(|fault| format!("{native_id} {}: {fault}", reading.path))?;
                    }
                }
            }
            ReportBody::State(DriverState::Failed { .. }) => self.broke += 1,
            _ => {}
        }
        Ok(report.body)
    }

    async fn until(
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

    async fn running(&mut self) -> Result<(), String> {
        self.until("the driver to run", |body| {
            matches!(body, ReportBody::State(DriverState::Running))
        })
        .await
        .map(drop)
    }

    async fn announced(&mut self) -> Result<String, String> {
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

    async fn announced_as(&mut self, id: &str) -> Result<(), String> {
        self.until(
            &format!("the device to be called {id} again"),
            |body| matches!(body, ReportBody::Announced(device) if device.native_id == id),
        )
        .await
        .map(drop)
    }

    async fn values(&mut self, id: &str) -> Result<(), String> {
        self.until(&format!("values of {id}"), |body| {
            matches!(body, ReportBody::Values { native_id, readings } if native_id == id && !readings.is_empty())
        })
        .await
        .map(drop)
    }

    /// Something that the device can be told.
    fn wish_for(&self, id: &str) -> Result<(u16, String, Goal), String> {
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

    async fn command(&mut self, id: &str) -> Result<(), String> {
        let (endpoint, capability, goal) = self.wish_for(id)?;
        let wish = self.order(id, endpoint, &capability, goal).await?;
        match self.answer(wish).await? {
            ReportBody::Delivered { .. } => Ok(()),
            other => Err(format!(
                "a command that the device takes ended in {other:?}"
            )),
        }
    }

    async fn order(
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
        self.orders
            .send((self.driver.clone(), Order::Command(command)))
            .await
            .map_err(|_| "orders are no longer taken".to_owned())?;
        Ok(wish)
    }

    async fn answer(&mut self, wish: WishId) -> Result<ReportBody, String> {
        self.until("a command to end", |body| {
            matches!(body,
                ReportBody::Delivered { wish: ended } | ReportBody::Failed { wish: ended, .. }
                    if *ended == wish)
        })
        .await
    }

    async fn stop(mut self) -> Result<(), String> {
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
