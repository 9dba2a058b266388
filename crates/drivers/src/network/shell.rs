//! The driver at work: probes what people name, and looks at it once a minute.

use super::{
    NAME, Settings,
    description::{Description, read},
    probe::{Found, probe},
};
use crate::{Driver, Link, Running, refusal::refusal, telemetry};
use model::{
    Announcement, Connectivity, DriverState, Order, Report, ReportBody, RequestId, Searched,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// Things that are looked at, and how many at once.
const THINGS: usize = 256;
const AT_ONCE: usize = 16;
/// A thing that did not answer once is looked at again after a share of the usual time.
const AGAIN: u32 = 6;

/// The driver, before it runs.
pub(super) struct Shell {
    settings: Settings,
    manual: Arc<Mutex<Vec<Value>>>,
}

impl Shell {
    pub(super) fn new(settings: Settings, manual: Arc<Mutex<Vec<Value>>>) -> Self {
        Self { settings, manual }
    }
}

impl Driver for Shell {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let run = Run {
                every: self.settings.every.max(Duration::from_millis(10)),
                manual: self.manual,
                link,
                things: BTreeMap::new(),
                looks: JoinSet::new(),
            };
            // Where the house went away there is nobody to tell.
            run.run().await.or(Ok(()))
        })
    }
}

/// A thing that somebody named.
#[derive(Debug)]
struct Thing {
    description: Description,
    typed: Value,
    /// When to look again; `None` while somebody looks.
    due: Option<Instant>,
    failures: u32,
    connectivity: Option<Connectivity>,
}

/// What a look led to.
struct Look {
    /// Who waits for it, where it is the first.
    request: Option<(RequestId, Value)>,
    description: Description,
    result: Result<Found, String>,
}

/// The house went away.
struct Gone;

struct Run {
    every: Duration,
    manual: Arc<Mutex<Vec<Value>>>,
    link: Link,
    things: BTreeMap<String, Thing>,
    looks: JoinSet<Look>,
}

impl Run {
    async fn run(mut self) -> Result<(), Gone> {
        let known = self
            .manual
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.say(ReportBody::State(DriverState::Running)).await?;
        for typed in known {
            match read(&typed) {
                Ok(description) => self.take(description, typed, None).await?,
                Err(fault) => {
                    telemetry::bad_message(NAME, "", "a device added by hand", &fault, true)
                }
            }
        }
        let mut tick = interval((self.every / 4).min(Duration::from_secs(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = self.link.stop.cancelled() => return Ok(()),
                order = self.link.orders.recv() => match order {
                    Some(order) => self.on_order(order).await?,
                    None => return Ok(()),
                },
                Some(look) = self.looks.join_next() => if let Ok(look) = look {
                    self.on_look(look).await?;
                },
                _ = tick.tick() => self.look_around(),
            }
        }
    }

    async fn on_order(&mut self, order: Order) -> Result<(), Gone> {
        match order {
            Order::AddManual {
                request,
                description: typed,
            } => {
                let refused = match read(&typed) {
                    Err(fault) => fault,
                    Ok(description) => {
                        let is_new = !self.things.contains_key(&description.native_id());
                        if is_new && self.things.len() >= THINGS {
                            format!(
                                "{THINGS} devices were added by hand, and no more are looked at; remove one first"
                            )
                        } else if self.looks.len() >= AT_ONCE * 2 {
                            "too many devices are being looked at; try again in a moment".to_owned()
                        } else {
                            self.look(description, Some((request, typed)));
                            return Ok(());
                        }
                    }
                };
                self.done(request, Err(refused)).await
            }
            Order::Forget { native_id } => {
                if let Some(gone) = self.things.remove(&native_id) {
                    let mut manual = self.manual.lock().unwrap_or_else(PoisonError::into_inner);
                    manual.retain(|typed| *typed != gone.typed);
                }
                Ok(())
            }
            Order::Watch { native_id } => {
                let Some(thing) = self.things.get(&native_id) else {
                    return Ok(());
                };
                let Some(connectivity) = thing.connectivity else {
                    return Ok(());
                };
                self.say(ReportBody::Connectivity {
                    native_id,
                    connectivity,
                    reason: None,
                })
                .await
            }
            Order::Scan { request } => {
                let reason =
                    "nothing is looked for here: what nobody finds is added by hand".to_owned();
                let searched = Searched::Unavailable { reason };
                self.say(ReportBody::ScanDone { request, searched }).await
            }
            order => match refusal(NAME, &order, "nobody speaks to this thing: it is only seen") {
                Some(report) => self.link.reports.send(report).await.map_err(|_| Gone),
                None => Ok(()),
            },
        }
    }

    /// Looks at a thing, beside everything else.
    fn look(&mut self, description: Description, request: Option<(RequestId, Value)>) {
        if let Some(thing) = self.things.get_mut(&description.native_id()) {
            thing.due = None;
        }
        self.looks.spawn(async move {
            let result = probe(&description, request.is_some()).await;
            Look {
                request,
                description,
                result,
            }
        });
    }

    /// Looks at what is due.
    fn look_around(&mut self) {
        let now = Instant::now();
        let due = self
            .things
            .values()
            .filter(|thing| thing.due.is_some_and(|due| due <= now));
        let room = AT_ONCE.saturating_sub(self.looks.len());
        let due: Vec<_> = due
            .take(room)
            .map(|thing| thing.description.clone())
            .collect();
        for description in due {
            self.look(description, None);
        }
    }

    async fn on_look(&mut self, look: Look) -> Result<(), Gone> {
        let native_id = look.description.native_id();
        if let Some((request, typed)) = look.request {
            return match look.result {
                Ok(found) => {
                    {
                        let mut manual = self.manual.lock().unwrap_or_else(PoisonError::into_inner);
                        let is_same =
                            |old: &Value| read(old).is_ok_and(|old| old.native_id() == native_id);
                        manual.retain(|old| !is_same(old));
                        manual.push(typed.clone());
                    }
                    self.take(look.description, typed, Some(&found)).await?;
                    self.done(request, Ok(native_id)).await
                }
                Err(reason) => {
                    if let Some(thing) = self.things.get_mut(&native_id) {
                        thing.due = Some(Instant::now() + self.every);
                    }
                    self.done(request, Err(reason)).await
                }
            };
        }
        let every = self.every;
        let Some(thing) = self.things.get_mut(&native_id) else {
            return Ok(());
        };
        let (connectivity, reason, wait) = match look.result {
            Ok(found) => {
                thing.failures = 0;
                (
                    Connectivity::Online,
                    format!("it answers at {}", found.address),
                    every,
                )
            }
            Err(reason) => {
                thing.failures += 1;
                // One look may go wrong by chance.
                let wait = if thing.failures == 1 {
                    every / AGAIN
                } else {
                    every
                };
                (Connectivity::Offline, reason, wait)
            }
        };
        thing.due = Some(Instant::now() + wait);
        let is_sure = thing.failures != 1 || thing.connectivity.is_none();
        if !is_sure || thing.connectivity == Some(connectivity) {
            return Ok(());
        }
        thing.connectivity = Some(connectivity);
        self.connectivity(native_id, connectivity, reason).await
    }

    /// A thing is ours: it was found where somebody said, or was before.
    async fn take(
        &mut self,
        description: Description,
        typed: Value,
        found: Option<&Found>,
    ) -> Result<(), Gone> {
        let native_id = description.native_id();
        if self.things.len() >= THINGS && !self.things.contains_key(&native_id) {
            telemetry::bad_message(
                NAME,
                &native_id,
                "a device added by hand",
                "there are too many",
                true,
            );
            return Ok(());
        }
        let page = found
            .and_then(|found| found.page.clone())
            .unwrap_or_default();
        let name = description
            .name
            .clone()
            .or_else(|| page.title.clone())
            .unwrap_or_else(|| format!("{} at {}", description.kind.what, description.place()));
        let announcement = Announcement {
            native_id: native_id.clone(),
            name,
            slug: None,
            kind: description.kind.kind,
            manufacturer: None,
            model: page
                .server
                .clone()
                .map(|server| format!("web server {server}")),
            via: None,
            area: None,
            capabilities: Vec::new(),
            adopt: true,
            manual: Some(typed.clone()),
        };
        // What was known before is described by what it said when it was added.
        if found.is_some() {
            self.say(ReportBody::Announced(Box::new(announcement)))
                .await?;
        }
        let connectivity = found.map(|_| Connectivity::Online);
        let thing = Thing {
            description,
            typed,
            due: Some(Instant::now() + found.map_or(Duration::ZERO, |_| self.every)),
            failures: 0,
            connectivity,
        };
        self.things.insert(native_id.clone(), thing);
        match found {
            Some(found) => {
                let reason = format!("it answers at {}", found.address);
                self.connectivity(native_id, Connectivity::Online, reason)
                    .await
            }
            None => Ok(()),
        }
    }

    async fn connectivity(
        &self,
        native_id: String,
        connectivity: Connectivity,
        reason: String,
    ) -> Result<(), Gone> {
        self.say(ReportBody::Connectivity {
            native_id,
            connectivity,
            reason: Some(reason),
        })
        .await
    }

    async fn done(&self, request: RequestId, result: Result<String, String>) -> Result<(), Gone> {
        self.say(ReportBody::OrderDone { request, result }).await
    }

    async fn say(&self, body: ReportBody) -> Result<(), Gone> {
        let report = Report {
            driver: NAME.to_owned(),
            body,
        };
        self.link.reports.send(report).await.map_err(|_| Gone)
    }
}
