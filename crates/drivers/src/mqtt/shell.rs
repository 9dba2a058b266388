//! The driver at work: between the connection, the core and the house.
//!
//! Each connection is a client of its own. Nothing is carried from one to the next, so that a
//! command that could not be delivered in time is never delivered late.

use super::{
    connection::{Connection, Incoming, connect},
    core::{Answer, Listen, Mqtt, NAME, report},
    settings::Settings,
};
use crate::{Admit, Driver, Failure, Guard, Limits, Link, Running, telemetry};
use model::{DriverState, Order, Report, ReportBody, Searched, WishId};
use rumqttc::{PublishOptions, QoS, SubscribeFilter};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, sleep, timeout},
};

/// Discovery messages worked off between two looks at everything else.
const SLICE: usize = 64;
/// A burst of discovery messages has settled when none came for this long,
const SETTLED: Duration = Duration::from_millis(250);
/// or when it has lasted this long.
const LONG_ENOUGH: Duration = Duration::from_secs(2);
/// How long a broker may take to acknowledge a command.
const DELIVERY: Duration = Duration::from_secs(5);
/// Filters in one subscription.
const FILTERS: usize = 100;
/// The waits between attempts to connect.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Messages taken from the connection at once.
const BATCH: usize = 64;
/// How long we have to say farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// The driver, before it runs.
pub(super) struct Shell {
    settings: Settings,
    manual: Arc<Mutex<Vec<serde_json::Value>>>,
}

impl Shell {
    pub(super) fn new(settings: Settings, manual: Arc<Mutex<Vec<serde_json::Value>>>) -> Self {
        Self { settings, manual }
    }
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let mut core = Mqtt::new(self.settings.options.clone());
            let known = self
                .manual
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            for description in &known {
                if let Err(fault) = core.add_manual(description) {
                    telemetry::bad_message(NAME, "", "a device added by hand", &fault, true);
                }
            }
            let run = Run {
                core,
                manual: self.manual,
                settings: self.settings,
                link,
                guard: Guard::new(Limits::default()),
                began: Instant::now(),
                backlog: VecDeque::new(),
                deliveries: JoinSet::new(),
                connection: None,
                connected: false,
                burst: None,
                born: false,
                greet: None,
                told: None,
            };
            run.run().await
        })
    }
}

/// The driver at work.
struct Run {
    core: Mqtt,
    manual: Arc<Mutex<Vec<serde_json::Value>>>,
    settings: Settings,
    link: Link,
    guard: Guard,
    began: Instant,
    /// Discovery messages that wait their turn.
    backlog: VecDeque<(rumqttc::Publish, Option<tokio::sync::OwnedSemaphorePermit>)>,
    /// Commands on their way.
    deliveries: JoinSet<Report>,
    connection: Option<Connection>,
    connected: bool,
    /// When the current burst of discovery messages began, and when its last came.
    burst: Option<(Duration, Duration)>,
    /// Whether devices were told that we are here.
    born: bool,
    /// When to tell them.
    greet: Option<Duration>,
    /// The state that the house was told last.
    told: Option<DriverState>,
}

/// The house went away.
struct Gone;

impl Run {
    async fn run(mut self) -> Result<(), Failure> {
        let peer = self.settings.address.to_string();
        let mut wait = FIRST_WAIT;
        let mut is_first = true;
        loop {
            let connection = connect(&self.settings).map_err(Failure)?;
            self.connection = Some(connection);
            let lost = match self.connected_life(&peer, &mut wait, &mut is_first).await {
                Ok(Some(lost)) => lost,
                Ok(None) | Err(Gone) => {
                    self.farewell().await;
                    return Ok(());
                }
            };
            self.connection = None;
            self.connected = false;
            self.backlog.clear();
            telemetry::disconnected(NAME, &peer, &lost, is_first);
            is_first = false;
            if self.on_lost(&peer, &lost, wait).await.is_err() {
                return Ok(());
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Lives with one connection until it is lost (`Some`) or the end has come (`None`).
    async fn connected_life(
        &mut self,
        peer: &str,
        wait: &mut Duration,
        is_first: &mut bool,
    ) -> Result<Option<String>, Gone> {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut seconds = Duration::ZERO;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let is_idle = self.backlog.is_empty();
            let Some(connection) = &mut self.connection else {
                return Ok(Some("there is no connection".to_owned()));
            };
            tokio::select! {
                () = self.link.stop.cancelled() => return Ok(None),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Ok(None),
                },
                Some(delivered) = self.deliveries.join_next() => {
                    if let Ok(delivered) = delivered {
                        self.say(delivered).await?;
                    }
                }
                count = connection.incoming.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return Ok(Some("the connection ended".to_owned()));
                    }
                    telemetry::received(NAME, count as u64);
                    for incoming in batch.drain(..) {
                        match incoming {
                            Incoming::Connected => {
                                telemetry::connected(NAME, peer);
                                (*wait, *is_first) = (FIRST_WAIT, true);
                                self.on_connected().await?;
                            }
                            Incoming::Message(publish, permit) => {
                                self.on_publish(*publish, permit).await?;
                            }
                            Incoming::Lost(reason) => return Ok(Some(reason)),
                        }
                    }
                }
                _ = tick.tick() => {
                    let now = self.now();
                    self.on_tick(now).await?;
                    if now.saturating_sub(seconds) >= Duration::from_secs(1) {
                        seconds = now;
                        self.on_second(now).await?;
                    }
                }
                () = std::future::ready(()), if !is_idle => {}
            }
            self.work_off();
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
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

    async fn state(&mut self, state: DriverState) -> Result<(), Gone> {
        if self.told.as_ref() == Some(&state) {
            return Ok(());
        }
        self.told = Some(state.clone());
        self.say(report(ReportBody::State(state))).await
    }

    async fn on_connected(&mut self) -> Result<(), Gone> {
        self.connected = true;
        self.born = false;
        self.greet = Some(self.now() + SETTLED * 2);
        let topics = self.core.subscriptions();
        self.subscribe(topics.iter().map(String::as_str));
        // Whatever was to be changed is part of all that is listened to now.
        self.core.take_listening();
        let state = self.sound();
        self.state(state).await?;
        let reports = self.core.on_connected();
        self.say_all(reports).await
    }

    /// How we are while we are connected.
    fn sound(&self) -> DriverState {
        match self.core.trouble() {
            Some(reason) => DriverState::Degraded { reason },
            None => DriverState::Running,
        }
    }

    async fn on_lost(&mut self, peer: &str, reason: &str, wait: Duration) -> Result<(), Gone> {
        let told = format!(
            "the broker {peer} cannot be reached: {reason}; is it running, and are MQTT_URL and its credentials right?"
        );
        self.state(DriverState::Degraded {
            reason: told.clone(),
        })
        .await?;
        let reports = self.core.on_disconnected("the broker cannot be reached");
        self.say_all(reports).await?;
        let pause = sleep(wait);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return Ok(()),
                () = self.link.stop.cancelled() => return Err(Gone),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Err(Gone),
                },
                Some(delivered) = self.deliveries.join_next() => {
                    if let Ok(delivered) = delivered {
                        self.say(delivered).await?;
                    }
                }
            }
        }
    }

    async fn on_publish(
        &mut self,
        publish: rumqttc::Publish,
        permit: Option<tokio::sync::OwnedSemaphorePermit>,
    ) -> Result<(), Gone> {
        let Ok(topic) = std::str::from_utf8(&publish.topic) else {
            return Ok(());
        };
        let now = self.now();
        if self.core.is_discovery(topic) {
            self.burst = Some(self.burst.map_or((now, now), |(began, _)| (began, now)));
            self.backlog.push_back((publish, permit));
            return Ok(());
        }
        if let Some(device) = self.core.owner(topic)
            && self.guard.admit(&device, topic, &publish.payload, now) == Admit::Held
        {
            return Ok(());
        }
        let reports = self
            .core
            .on_message(topic, &publish.payload, publish.retain, now);
        self.say_all(reports).await
    }

    /// Takes a few discovery messages from those that wait.
    fn work_off(&mut self) {
        let now = self.now();
        for _ in 0..SLICE {
            let Some((publish, _permit)) = self.backlog.pop_front() else {
                return;
            };
            let topic = String::from_utf8_lossy(&publish.topic);
            self.core
                .on_message(&topic, &publish.payload, publish.retain, now);
            if let Some((_, last)) = &mut self.burst {
                *last = now;
            }
        }
    }

    async fn on_tick(&mut self, now: Duration) -> Result<(), Gone> {
        let has_settled = self.burst.is_none_or(|(began, last)| {
            now.saturating_sub(last) >= SETTLED || now.saturating_sub(began) >= LONG_ENOUGH
        });
        if has_settled && (self.core.has_news() || self.burst.is_some()) {
            self.burst = None;
            self.announce().await?;
        }
        if self.connected
            && !self.born
            && self.backlog.is_empty()
            && self.burst.is_none()
            && self.greet.is_some_and(|greet| now >= greet)
        {
            self.greet_devices();
        }
        if self.guard.is_busy() {
            for (topic, payload) in self.guard.release(now) {
                let reports = self.core.on_message(&topic, &payload, false, now);
                self.say_all(reports).await?;
            }
            for (device, dropped, is_news) in self.guard.floods(now) {
                telemetry::flooding(NAME, &device, dropped, is_news);
                let body = ReportBody::Flooding {
                    native_id: device.to_string(),
                    dropped,
                };
                self.say(report(body)).await?;
            }
        }
        Ok(())
    }

    async fn on_second(&mut self, now: Duration) -> Result<(), Gone> {
        self.guard.tidy(now);
        let reports = self.core.on_time(now);
        self.say_all(reports).await?;
        if self.connected {
            let state = self.sound();
            self.state(state).await?;
        }
        Ok(())
    }

    /// Describes the devices of a burst, then listens to them: what they say comes after.
    async fn announce(&mut self) -> Result<(), Gone> {
        let reports = self.core.take_announcements();
        self.say_all(reports).await?;
        let listening = self.core.take_listening();
        if self.connected {
            let mut topics = Vec::new();
            for change in &listening {
                match change {
                    Listen::Subscribe(topic) => topics.push(topic.as_ref()),
                    Listen::Unsubscribe(topic) => {
                        if let Some(connection) = &self.connection {
                            // A full queue ends the connection, and a new one starts anew.
                            let _ = connection.client.try_unsubscribe(topic.as_ref());
                        }
                    }
                }
            }
            self.subscribe(topics.into_iter());
        }
        Ok(())
    }

    fn subscribe<'a>(&self, topics: impl Iterator<Item = &'a str>) {
        let Some(connection) = &self.connection else {
            return;
        };
        let filters: Vec<_> = topics
            .map(|topic| SubscribeFilter::new(topic, QoS::AtMostOnce))
            .collect();
        for some in filters.chunks(FILTERS) {
            // As above: only a lost connection refuses, and that is noticed by itself.
            let _ = connection.client.try_subscribe_many(some.to_vec());
        }
    }

    /// Tells devices that we are here; those that know the convention then say how they are.
    fn greet_devices(&mut self) {
        self.born = true;
        self.status("online");
    }

    fn status(&self, word: &str) {
        if let Some(connection) = &self.connection {
            let topic = format!("{}/status", self.settings.options.prefix);
            let options = PublishOptions::new(QoS::AtLeastOnce);
            let _ = connection
                .client
                .try_publish(topic, word.to_owned(), options);
        }
    }

    async fn on_order(&mut self, order: Order) -> Result<(), Gone> {
        let Answer {
            publishes,
            delivers,
            reports,
            scan,
            search,
        } = self.core.on_order(&order);
        self.remember(&order, &reports);
        self.say_all(reports).await?;
        let listening = self.core.take_listening();
        if self.connected {
            let wanted: Vec<_> = listening
                .iter()
                .filter_map(|change| match change {
                    Listen::Subscribe(topic) => Some(topic.as_ref()),
                    Listen::Unsubscribe(_) => None,
                })
                .collect();
            self.subscribe(wanted.into_iter());
        }
        if scan && self.connected {
            let topics = self.core.discovery_topics();
            self.subscribe(topics.iter().map(String::as_str));
            self.greet = Some(self.now() + SETTLED);
            self.born = false;
        }
        if let Some(request) = search {
            let searched = if self.connected {
                // What the broker keeps was known from the start; what is new comes by itself.
                Searched::Completed {
                    found: u32::try_from(self.core.devices()).unwrap_or(u32::MAX),
                }
            } else {
                Searched::Failed {
                    reason: "the broker cannot be reached; see MQTT_URL".to_owned(),
                }
            };
            self.say(report(ReportBody::ScanDone { request, searched }))
                .await?;
        }
        if publishes.is_empty() {
            return Ok(());
        }
        let mut notices = Vec::new();
        let mut fault = (!self.connected).then(|| "the broker cannot be reached".to_owned());
        if let Some(connection) = &self.connection
            && fault.is_none()
        {
            for publish in publishes {
                let options = PublishOptions::new(QoS::AtLeastOnce).retain(publish.retain);
                match connection
                    .client
                    .try_publish_tracked(publish.topic, publish.payload, options)
                {
                    Ok(notice) => notices.push(notice),
                    Err(error) => fault = Some(format!("the message cannot be sent: {error}")),
                }
            }
        }
        let Some(wish) = delivers else {
            return Ok(());
        };
        match fault {
            Some(reason) => self.say(report(ReportBody::Failed { wish, reason })).await,
            None => {
                self.deliveries.spawn(delivery(wish, notices));
                Ok(())
            }
        }
    }

    /// Keeps what was added by hand for the driver's next life.
    fn remember(&self, order: &Order, reports: &[Report]) {
        let mut manual = self.manual.lock().unwrap_or_else(PoisonError::into_inner);
        match order {
            Order::AddManual { description, .. } => {
                let is_new = reports.iter().any(|report| {
                    matches!(report.body, ReportBody::OrderDone { result: Ok(_), .. })
                });
                if is_new && !manual.contains(description) {
                    manual.push(description.clone());
                }
            }
            Order::Forget { .. } => {
                let core = &self.core;
                manual.retain(|description| core.has_manual(description));
            }
            _ => {}
        }
    }

    /// Says that we go, and gives the broker a moment to hear it.
    async fn farewell(mut self) {
        if let Some(mut connection) = self.connection.take() {
            if self.connected {
                let topic = format!("{}/status", self.settings.options.prefix);
                let options = PublishOptions::new(QoS::AtLeastOnce);
                let _ = connection.client.try_publish(topic, "offline", options);
            }
            let _ = connection.client.try_disconnect();
            let drain = async {
                while let Some(incoming) = connection.incoming.recv().await {
                    if matches!(incoming, Incoming::Lost(_)) {
                        break;
                    }
                }
            };
            let _ = timeout(FAREWELL, drain).await;
        }
        // The supervisor answers for the commands that are still on their way.
        self.deliveries.abort_all();
    }
}

/// Waits until the broker has acknowledged every message of a command.
async fn delivery(wish: WishId, notices: Vec<rumqttc::PublishNotice>) -> Report {
    let all = async {
        for notice in notices {
            notice.wait_completion_async().await?;
        }
        Ok::<_, rumqttc::PublishNoticeError>(())
    };
    let body = match timeout(DELIVERY, all).await {
        Ok(Ok(())) => ReportBody::Delivered { wish },
        Ok(Err(error)) => ReportBody::Failed {
            wish,
            reason: format!("the broker did not take it: {error}"),
        },
        Err(_) => ReportBody::Failed {
            wish,
            reason: "the broker did not acknowledge it in time".to_owned(),
        },
    };
    report(body)
}
