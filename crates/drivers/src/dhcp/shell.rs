//! The driver at work: between the kernel, the lease files, the clients and the house.

use super::{
    NAME,
    core::Network,
    listen::{self, Heard, Listener, Stamp},
    message,
    settings::{Settings, USUAL},
    table::{self, Table},
    thing::Moment,
};
use crate::{Admit, Driver, Guard, Limits, Link, Running, refusal::refusal, telemetry};
use model::{DriverState, Order, Report, ReportBody, RequestId, Searched};
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

/// Things that are known at once.
const THINGS: usize = 4_096;
/// How often changes are told, lease files looked at, and the whole table read anew.
const TICK: Duration = Duration::from_millis(250);
const FILES: Duration = Duration::from_secs(2);
const TABLE: Duration = Duration::from_secs(600);
/// A listener that could not be opened is tried again after this time.
const AGAIN: Duration = Duration::from_secs(60);
/// Messages of clients that wait.
const HEARD: usize = 64;
/// What one client may broadcast, and all clients together in a second.
const CLIENT: Limits = Limits {
    rate: 2.0,
    burst: 20.0,
    topics: 1,
};
const CLIENTS: u32 = 200;

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
            let (sender, heard) = mpsc::channel(HEARD);
            let run = Run {
                network: Network::new(self.0.interfaces.clone(), THINGS),
                settings: self.0,
                link,
                guard: Guard::new(CLIENT),
                began: Instant::now(),
                sender,
                heard,
                listeners: BTreeMap::new(),
                deaf: None,
                files: Vec::new(),
                table: None,
                blind: None,
                in_second: 0,
                told: None,
            };
            // Where the house went away there is nobody to tell.
            run.run().await.or(Ok(()))
        })
    }
}

/// A lease file.
struct File {
    path: PathBuf,
    /// Whether a person named it, so that it has to be there.
    is_named: bool,
    stamp: Option<Stamp>,
    fault: Option<String>,
}

/// The house went away.
struct Gone;

struct Run {
    settings: Settings,
    network: Network,
    link: Link,
    guard: Guard,
    began: Instant,
    sender: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
    listeners: BTreeMap<String, Listener>,
    /// Why clients are not heard, and since when.
    deaf: Option<(String, Instant)>,
    files: Vec<File>,
    table: Option<Table>,
    /// Why the kernel's table cannot be read.
    blind: Option<String>,
    /// Messages of clients in this second.
    in_second: u32,
    told: Option<DriverState>,
}

impl Run {
    async fn run(mut self) -> Result<(), Gone> {
        let named = self.settings.leases.iter().map(|path| (path.clone(), true));
        let usual = USUAL.iter().map(|path| (PathBuf::from(path), false));
        let files: Vec<_> = if self.settings.leases.is_empty() {
            usual.collect()
        } else {
            named.collect()
        };
        let file = |(path, is_named)| File {
            path,
            is_named,
            stamp: None,
            fault: None,
        };
        self.files = files.into_iter().map(file).collect();
        self.read_table().await;
        self.read_files().await;
        self.listen();
        self.say_state().await?;
        self.say_news(false).await?;
        self.live().await
    }

    async fn live(&mut self) -> Result<(), Gone> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (mut second, mut files, mut tables) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        loop {
            let news = async {
                match &mut self.table {
                    Some(table) => table.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.link.stop.cancelled() => return Ok(()),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Ok(()),
                },
                news = news => match news {
                    Ok(news) => {
                        let now = self.now();
                        for one in news {
                            self.network.on_news(one, now);
                        }
                    }
                    Err(error) if table::lost_some(&error) => self.read_table().await,
                    Err(error) => {
                        self.table = None;
                        self.blind = Some(blind(&error));
                    }
                },
                Some((interface, bytes)) = self.heard.recv() => self.on_heard(&interface, bytes),
                _ = tick.tick() => {
                    let now = self.now().steady;
                    if now.saturating_sub(second) >= Duration::from_secs(1) {
                        second = now;
                        self.on_second().await?;
                    }
                    if now.saturating_sub(files) >= FILES {
                        files = now;
                        self.read_files().await;
                    }
                    let wait = if self.table.is_some() { TABLE } else { FILES };
                    if now.saturating_sub(tables) >= wait {
                        tables = now;
                        self.read_table().await;
                    }
                    self.listen();
                    self.say_news(false).await?;
                    self.say_state().await?;
                }
            }
        }
    }

    fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Moment {
            steady: self.began.elapsed(),
            wall: wall.map_or(0, |since| {
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
            }),
        }
    }

    /// Reads the whole table, and listens to its changes.
    async fn read_table(&mut self) {
        // First the ears, then the question: nothing falls between the two.
        if self.table.is_none() {
            match Table::listening() {
                Ok(table) => self.table = Some(table),
                Err(error) => {
                    self.blind = Some(blind(&error));
                    return;
                }
            }
        }
        match table::dump().await {
            Ok(news) => {
                let now = self.now();
                self.network.on_table(news, now);
                self.blind = None;
            }
            Err(error) => self.blind = Some(blind(&error)),
        }
    }

    /// Reads the lease files that changed.
    async fn read_files(&mut self) {
        for at in 0..self.files.len() {
            let (path, old) = (self.files[at].path.clone(), self.files[at].stamp);
            let read = tokio::task::spawn_blocking(move || {
                let stamp = listen::stamp(&path)?;
                let leases = (Some(stamp) != old)
                    .then(|| listen::read_leases(&path))
                    .transpose()?;
                Ok::<_, io::Error>((stamp, leases))
            });
            let now = self.now();
            let file = &mut self.files[at];
            let fault = match read.await {
                Ok(Ok((stamp, leases))) => {
                    file.stamp = Some(stamp);
                    if let Some(leases) = leases {
                        self.network.on_leases(at, leases, now);
                    }
                    None
                }
                Ok(Err(error)) => {
                    let is_missing = error.kind() == io::ErrorKind::NotFound;
                    let path = file.path.display();
                    (file.is_named || !is_missing).then(|| {
                        format!("the lease file {path} cannot be read: {error}; is DHCP_LEASE_FILES right, and may the program read it?")
                    })
                }
                Err(_) => Some("a lease file could not be read".to_owned()),
            };
            if fault.is_some() && file.fault != fault {
                let shown = fault.as_deref().unwrap_or_default();
                telemetry::bad_message(NAME, "", &file.path.display().to_string(), shown, true);
            }
            file.fault = fault;
        }
    }

    /// Listens on each interface that is searched, and no longer on others.
    fn listen(&mut self) {
        let searched = self.network.searched().filter(|link| !link.is_loopback);
        let wanted: Vec<_> = searched.map(|link| link.name.clone()).collect();
        self.listeners
            .retain(|name, one| wanted.contains(name) && !one.is_over());
        let serves = self
            .files
            .iter()
            .any(|file| !file.is_named && file.stamp.is_some());
        let rests = self
            .deaf
            .as_ref()
            .is_some_and(|(_, since)| since.elapsed() < AGAIN);
        if serves || rests {
            return;
        }
        self.deaf = None;
        for name in wanted {
            if self.listeners.contains_key(&name) {
                continue;
            }
            match Listener::on(&name, self.sender.clone()) {
                Ok(listener) => drop(self.listeners.insert(name, listener)),
                Err(error) => {
                    let reason = listen::explained(&error);
                    telemetry::disconnected(NAME, &name, &reason, true);
                    self.deaf = Some((reason, Instant::now()));
                    return;
                }
            }
        }
    }

    fn on_heard(&mut self, interface: &str, bytes: Vec<u8>) {
        telemetry::received(NAME, 1);
        self.in_second = self.in_second.saturating_add(1);
        if self.in_second > CLIENTS {
            telemetry::flooding(NAME, interface, 1, self.in_second == CLIENTS + 1);
            return;
        }
        let message = match message::read(&bytes) {
            Ok(message) => message,
            Err(fault) => return telemetry::bad_message(NAME, "", interface, fault, false),
        };
        let client: Arc<str> = message.mac.to_string().into();
        let now = self.now();
        if self.guard.admit(&client, interface, &bytes, now.steady) == Admit::Pass {
            self.network.on_message(message, interface, now);
        }
    }

    async fn on_second(&mut self) -> Result<(), Gone> {
        self.in_second = 0;
        let now = self.now();
        for (interface, bytes) in self.guard.release(now.steady) {
            if let Ok(message) = message::read(&bytes) {
                self.network.on_message(message, &interface, now);
            }
        }
        for (client, dropped, is_news) in self.guard.floods(now.steady) {
            telemetry::flooding(NAME, &client, dropped, is_news);
            let native_id = client.to_string();
            self.say(ReportBody::Flooding { native_id, dropped })
                .await?;
        }
        self.guard.tidy(now.steady);
        self.network.on_time(now);
        if self.network.refused > 0 {
            let text = format!(
                "more than {THINGS} things at once; {} left out",
                self.network.refused
            );
            telemetry::bad_message(NAME, "", "neighbours", &text, true);
            self.network.refused = 0;
        }
        listen::nudge(&self.network.nudges(now, false));
        Ok(())
    }

    async fn on_order(&mut self, order: Order) -> Result<(), Gone> {
        if let Order::Scan { request } = order {
            return self.search(request).await;
        }
        let reason = "the network is only watched here: nothing can be told to this thing; to add one by hand choose the driver `network`";
        match refusal(NAME, &order, reason) {
            Some(report) => self.link.reports.send(report).await.map_err(|_| Gone),
            None => Ok(()),
        }
    }

    async fn search(&mut self, request: RequestId) -> Result<(), Gone> {
        self.read_table().await;
        self.read_files().await;
        self.listen();
        self.say_news(true).await?;
        self.say_state().await?;
        let searched = if let Some(reason) = self.blind.clone() {
            Searched::Failed { reason }
        } else if let Some(reason) = self.nowhere() {
            Searched::Unavailable { reason }
        } else {
            Searched::Completed {
                found: self.network.found(),
            }
        };
        self.say(ReportBody::ScanDone { request, searched }).await?;
        let now = self.now();
        listen::nudge(&self.network.nudges(now, true));
        Ok(())
    }

    /// Why there is nowhere to search.
    fn nowhere(&self) -> Option<String> {
        let has_file = self.files.iter().any(|file| file.stamp.is_some());
        let is_nowhere = self.network.searched().next().is_none() && !has_file;
        is_nowhere.then(|| match &self.settings.interfaces {
            crate::Interfaces::All => "no network interface is up".to_owned(),
            crate::Interfaces::Named(names) => format!(
                "no network interface of DISCOVERY_INTERFACES ({}) is up",
                names.join(", ")
            ),
        })
    }

    async fn say_news(&mut self, is_search: bool) -> Result<(), Gone> {
        let now = self.now();
        for body in self.network.take_reports(now, is_search) {
            self.say(body).await?;
        }
        Ok(())
    }

    async fn say_state(&mut self) -> Result<(), Gone> {
        let faults = self.files.iter().filter_map(|file| file.fault.clone());
        let deaf = self.deaf.as_ref().map(|(reason, _)| reason.clone());
        let all: Vec<String> = self
            .blind
            .clone()
            .into_iter()
            .chain(self.nowhere())
            .chain(deaf)
            .chain(faults)
            .collect();
        let state = if all.is_empty() {
            DriverState::Running
        } else {
            DriverState::Degraded {
                reason: all.join("; "),
            }
        };
        if self.told.as_ref() == Some(&state) {
            return Ok(());
        }
        self.told = Some(state.clone());
        self.say(ReportBody::State(state)).await
    }

    async fn say(&self, body: ReportBody) -> Result<(), Gone> {
        let report = Report {
            driver: NAME.to_owned(),
            body,
        };
        self.link.reports.send(report).await.map_err(|_| Gone)
    }
}

fn blind(error: &io::Error) -> String {
    format!(
        "the kernel's neighbour table cannot be read: {error}; may the program open netlink sockets?"
    )
}
