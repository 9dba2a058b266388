//! The driver at work: between BlueZ and the house.

use super::{
    NAME, Settings,
    bluez::{BlueZ, News},
    core::Air,
};
use crate::{Driver, Link, Running, refusal::refusal, telemetry};
use model::{DriverState, Order, Report, ReportBody, RequestId, Searched};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// A search listens this long before it says what is there.
const SEARCH: Duration = Duration::from_secs(4);
/// Searches that wait for their end.
const SEARCHES: usize = 16;
/// An adapter that would not listen is asked again after this time.
const AGAIN: Duration = Duration::from_secs(5);
/// Where signals are lost, all is not asked for more often than this.
const LOOKED: Duration = Duration::from_secs(10);
/// The waits between attempts to reach the bus.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long we have to let the adapters rest.
const FAREWELL: Duration = Duration::from_secs(1);

const NO_BLUEZ: &str =
    "BlueZ is not running: to hear Bluetooth devices, install it and start bluetooth.service";
const NO_ADAPTER: &str = "there is no Bluetooth adapter";
const SWITCHED_OFF: &str = "the Bluetooth adapter is switched off; `bluetoothctl power on` switches it on, after `rfkill unblock bluetooth` where it is blocked";

/// The driver, before it runs.
pub(super) struct Shell(Settings);

impl Shell {
    pub(super) fn new(settings: Settings) -> Self {
        Self(settings)
    }
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let run = Run {
                settings: self.0,
                link,
                air: Air::new(),
                began: Instant::now(),
                apart: None,
                adapters: BTreeMap::new(),
                looked: Instant::now(),
                searches: Vec::new(),
                told: None,
            };
            // Where the house went away there is nobody to tell.
            run.run().await.or(Ok(()))
        })
    }
}

/// An adapter.
#[derive(Debug, Default)]
struct Adapter {
    powered: Option<bool>,
    listens: bool,
    fault: Option<String>,
    again: Option<Instant>,
}

/// The house went away, or told us to end.
struct Gone;

struct Run {
    settings: Settings,
    link: Link,
    air: Air,
    began: Instant,
    /// Why BlueZ itself cannot be asked.
    apart: Option<String>,
    adapters: BTreeMap<String, Adapter>,
    /// When all that BlueZ knows was last taken in.
    looked: Instant,
    /// Searches under way, and when they end.
    searches: Vec<(RequestId, Instant)>,
    told: Option<DriverState>,
}

impl Run {
    async fn run(mut self) -> Result<(), Gone> {
        let stop = self.link.stop.clone();
        let mut wait = FIRST_WAIT;
        loop {
            let bus = self.settings.bus.clone();
            let connected = tokio::select! {
                connected = BlueZ::connect(bus.as_deref()) => connected,
                () = stop.cancelled() => return Ok(()),
            };
            let reason = match connected {
                Ok(mut bluez) => {
                    wait = FIRST_WAIT;
                    let lost = self.live(&mut bluez).await;
                    if lost.is_err() {
                        let rest = self.adapters.keys().map(|path| bluez.stop(path));
                        let _ = timeout(FAREWELL, futures_util::future::join_all(rest)).await;
                        return Ok(());
                    }
                    "the system's message bus went away".to_owned()
                }
                Err(fault) => format!(
                    "the system's message bus (D-Bus) cannot be reached: {fault}; Bluetooth is heard through it and BlueZ"
                ),
            };
            self.apart(&reason).await?;
            self.pause(wait, &reason).await?;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Lives with a bus until it is lost (`Ok`) or the end has come.
    async fn live(&mut self, bluez: &mut BlueZ) -> Result<(), Gone> {
        let mut tick = interval(Duration::from_millis(250));
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        self.look_around(bluez).await?;
        loop {
            tokio::select! {
                () = self.link.stop.cancelled() => return Err(Gone),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Err(Gone),
                },
                news = bluez.news.recv() => match news {
                    Some(news) => self.on_news(bluez, news).await?,
                    None => return Ok(()),
                },
                _ = tick.tick() => self.on_tick(bluez).await?,
            }
        }
    }

    /// Takes in all that BlueZ knows.
    async fn look_around(&mut self, bluez: &mut BlueZ) -> Result<(), Gone> {
        if !bluez.is_running {
            return self.apart(NO_BLUEZ).await;
        }
        self.looked = Instant::now();
        self.adapters.clear();
        self.apart = None;
        match bluez.objects().await {
            Ok(all) => {
                // First the adapters, then what they hear.
                let (adapters, devices): (Vec<_>, Vec<_>) = all
                    .into_iter()
                    .partition(|news| matches!(news, News::Adapter { .. }));
                for news in adapters.into_iter().chain(devices) {
                    Box::pin(self.on_news(bluez, news)).await?;
                }
                self.say_state().await
            }
            Err(fault) => {
                telemetry::disconnected(NAME, "BlueZ", &fault, true);
                self.apart(&format!("BlueZ does not answer: {fault}")).await
            }
        }
    }

    async fn on_news(&mut self, bluez: &mut BlueZ, news: News) -> Result<(), Gone> {
        match news {
            News::Device {
                path,
                props,
                is_whole,
            } => {
                telemetry::received(NAME, 1);
                let now = self.began.elapsed();
                // What changed of something unknown cannot be understood alone.
                if !is_whole && !self.air.knows(&path) {
                    if let Ok(whole) = bluez.device(&path).await {
                        let reports = self.air.on_props(&path, whole, now);
                        return self.say_all(reports).await;
                    }
                    return Ok(());
                }
                let reports = self.air.on_props(&path, props, now);
                self.say_all(reports).await
            }
            News::DeviceGone { path } => {
                self.air.on_gone(&path);
                Ok(())
            }
            News::Adapter {
                path,
                powered,
                discovering,
            } => {
                let adapter = self.adapters.entry(path.clone()).or_default();
                adapter.powered = powered.or(adapter.powered);
                let is_off = adapter.powered == Some(false);
                let has_stopped = adapter.listens && discovering == Some(false);
                if is_off || has_stopped {
                    adapter.listens = false;
                    adapter.again = (!is_off).then(|| Instant::now() + AGAIN);
                } else if !adapter.listens && adapter.again.is_none() {
                    self.start(bluez, &path).await;
                }
                self.say_state().await
            }
            News::AdapterGone { path } => {
                self.adapters.remove(&path);
                self.say_state().await
            }
            News::Running(is_running) => {
                bluez.is_running = is_running;
                Box::pin(self.look_around(bluez)).await
            }
            News::Lost => {
                telemetry::flooding(NAME, "BlueZ", 1, false);
                // What was lost may have been about an adapter.
                if self.looked.elapsed() < LOOKED {
                    return Ok(());
                }
                Box::pin(self.look_around(bluez)).await
            }
        }
    }

    async fn start(&mut self, bluez: &BlueZ, path: &str) {
        let started = bluez.start(path).await;
        let Some(adapter) = self.adapters.get_mut(path) else {
            return;
        };
        adapter.again = None;
        match started {
            Ok(()) => {
                telemetry::connected(NAME, path);
                (adapter.listens, adapter.fault) = (true, None);
            }
            Err(fault) => {
                let is_first = adapter.fault.is_none();
                telemetry::disconnected(NAME, path, &fault, is_first);
                adapter.fault = Some(fault);
                adapter.again = Some(Instant::now() + AGAIN);
            }
        }
    }

    async fn on_tick(&mut self, bluez: &mut BlueZ) -> Result<(), Gone> {
        let reports = self.air.on_time(self.began.elapsed());
        self.say_all(reports).await?;
        let due = |(path, adapter): (&String, &Adapter)| {
            let is_due = adapter.again.is_some_and(|again| again <= Instant::now());
            is_due.then(|| path.clone())
        };
        let due: Vec<_> = self.adapters.iter().filter_map(due).collect();
        for path in due {
            self.start(bluez, &path).await;
        }
        let now = Instant::now();
        let (ended, under_way): (Vec<_>, Vec<_>) = self
            .searches
            .drain(..)
            .partition(|(_, until)| *until <= now);
        self.searches = under_way;
        for (request, _) in ended {
            self.end_search(request).await?;
        }
        self.say_state().await
    }

    /// Why nothing can be heard.
    fn trouble(&self) -> Option<String> {
        let mut all = self.adapters.values();
        if all.clone().any(|adapter| adapter.listens) {
            return None;
        }
        let fault = all.clone().find_map(|adapter| adapter.fault.clone());
        Some(if let Some(reason) = &self.apart {
            reason.clone()
        } else if self.adapters.is_empty() {
            NO_ADAPTER.to_owned()
        } else if all.all(|adapter| adapter.powered == Some(false)) {
            SWITCHED_OFF.to_owned()
        } else {
            let fault = fault.unwrap_or_else(|| "it does not say why".to_owned());
            format!(
                "BlueZ does not listen for adverts: {fault}; may the program use Bluetooth (group `bluetooth`)?"
            )
        })
    }

    async fn on_order(&mut self, order: Order) -> Result<(), Gone> {
        match order {
            Order::Scan { request } => match self.trouble() {
                None if self.searches.len() < SEARCHES => {
                    self.searches.push((request, Instant::now() + SEARCH));
                    Ok(())
                }
                _ => self.end_search(request).await,
            },
            Order::Watch { native_id } => {
                let reports = self.air.watch(&native_id);
                self.say_all(reports).await
            }
            order => {
                let reason = "adverts are only heard: nothing can be told to this thing, and none can be added by hand";
                match refusal(NAME, &order, reason) {
                    Some(report) => self.link.reports.send(report).await.map_err(|_| Gone),
                    None => Ok(()),
                }
            }
        }
    }

    async fn end_search(&mut self, request: RequestId) -> Result<(), Gone> {
        let searched = match self.trouble() {
            Some(reason) => Searched::Unavailable { reason },
            None => {
                let all = self.air.all();
                let found = u32::try_from(all.len()).unwrap_or(u32::MAX);
                self.say_all(all).await?;
                Searched::Completed { found }
            }
        };
        self.say(ReportBody::ScanDone { request, searched }).await
    }

    /// Waits before the next attempt, and answers meanwhile.
    async fn pause(&mut self, wait: Duration, reason: &str) -> Result<(), Gone> {
        let pause = sleep(wait);
        tokio::pin!(pause);
        for (request, _) in std::mem::take(&mut self.searches) {
            self.end_search(request).await?;
        }
        telemetry::disconnected(NAME, "D-Bus", reason, wait == FIRST_WAIT);
        loop {
            tokio::select! {
                () = &mut pause => return Ok(()),
                () = self.link.stop.cancelled() => return Err(Gone),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Err(Gone),
                },
            }
        }
    }

    /// BlueZ itself cannot be asked, for this reason.
    async fn apart(&mut self, reason: &str) -> Result<(), Gone> {
        self.adapters.clear();
        self.apart = Some(reason.to_owned());
        self.say_state().await
    }

    async fn say_state(&mut self) -> Result<(), Gone> {
        let state = match self.trouble() {
            None => DriverState::Running,
            Some(reason) => {
                let reports = self.air.on_deaf(&reason);
                self.say_all(reports).await?;
                DriverState::Degraded { reason }
            }
        };
        self.state(state).await
    }

    async fn state(&mut self, state: DriverState) -> Result<(), Gone> {
        if self.told.as_ref() == Some(&state) {
            return Ok(());
        }
        self.told = Some(state.clone());
        self.say(ReportBody::State(state)).await
    }

    async fn say_all(&self, reports: Vec<ReportBody>) -> Result<(), Gone> {
        for body in reports {
            self.say(body).await?;
        }
        Ok(())
    }

    async fn say(&self, body: ReportBody) -> Result<(), Gone> {
        let report = Report {
            driver: NAME.to_owned(),
            body,
        };
        self.link.reports.send(report).await.map_err(|_| Gone)
    }
}
