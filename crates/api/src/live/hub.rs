//! The hub: turns events into messages once, for all sockets.

use super::changes::{Touched, Whereabouts, waiting};
use super::delta::Delta;
use super::pace::Pace;
use super::ring::{Recent, Start};
use super::scenarios::news;
use crate::access::{Place, is_limited, sees};
use crate::state::House;
use crate::telemetry;
use crate::wire::{Everything, Message};
use automation::run::View;
use axum::extract::ws::Utf8Bytes;
use model::{Cause, DeviceId, Event, EventBody, Grant, Position, Scan};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use twin::{Delivery, Snapshot, Subscription};

/// How long the hub rests after it took what was there while nobody listens.
const REST: Duration = Duration::from_millis(10);
/// How often the clock is told, and the longest that an age waits.
const SECOND: Duration = Duration::from_secs(1);
/// How often what changed of scenarios and runs is told at most.
const VIEWS: Duration = Duration::from_millis(100);
/// How many events of the timeline are kept for who asks before they are written.
const EVENTS: usize = 1_024;
/// More changes than this at once are told as a fresh snapshot.
const MOST_CHANGES: usize = 2_000;
/// How many batches of events may wait for the hub.
const BACKLOG: usize = 1_024;

/// A message for all.
#[derive(Debug, Clone)]
pub(crate) enum Frame {
    /// What changed.
    Delta(Delta),
    /// What has no place in the sequence, for all: the clock.
    Clock(Utf8Bytes),
    /// The same of the house as a whole: how far a search has come, scenarios and runs.
    Aside(Utf8Bytes),
    /// Everyone needs a fresh snapshot.
    Resync,
}

/// The hub.
pub(crate) struct Hub {
    house: House,
    recent: Mutex<Recent>,
    /// Where the devices stand; the task that tells changes alone has it.
    stood: Mutex<Whereabouts>,
    /// Whether somebody was here who is limited to some rooms. In a house where nobody is, nothing is
    /// written down in parts.
    in_parts: AtomicBool,
    events: Mutex<VecDeque<Event>>,
    frames: broadcast::Sender<Frame>,
    /// The last snapshot that was serialised, for many who ask at once.
    latest: tokio::sync::Mutex<Option<Written>>,
}

/// A snapshot that was serialised.
struct Written {
    position: Position,
    /// The search that it tells of: that comes further without an event.
    scan: Option<Arc<Scan>>,
    at: Instant,
    text: Utf8Bytes,
}

/// A place in the stream of messages.
pub(crate) struct Joined {
    /// What comes from now on.
    pub(crate) frames: broadcast::Receiver<Frame>,
    /// How to begin.
    pub(crate) start: Start,
    /// What the sender has covered at the time of joining.
    covered: Position,
}

impl Hub {
    /// A hub for a house; [`Hub::run`] makes it work. At most `backlog` messages wait for a slow
    /// socket before it has to resync.
    ///
    /// The subscription is for [`Hub::run`]. It begins here and not there: between a client's first
    /// snapshot and the first event that the hub takes, nothing may fall.
    pub(crate) fn new(house: House, backlog: usize) -> (Self, Subscription) {
        let (snapshot, events) = house.handle.subscribe("live", BACKLOG);
        let last = snapshot.position;
        let (frames, _) = broadcast::channel(backlog.max(1));
        let recent = Recent::new(last);
        let stood = Mutex::new(Whereabouts::of(&snapshot));
        let hub = Self {
            house,
            recent: Mutex::new(recent),
            stood,
            in_parts: AtomicBool::new(false),
            events: Mutex::default(),
            frames,
            latest: tokio::sync::Mutex::new(None),
        };
        (hub, events)
    }

    /// Takes events from the house and sends messages until `stop`, or until the house has ended.
    pub(crate) async fn run(&self, mut events: Subscription, stop: CancellationToken) {
        let mut touched = Touched::default();
        let mut seconds = tokio::time::interval(SECOND);
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut pace = Pace::new(Instant::now());
        let mut snapshots = self.house.handle.snapshots();
        let mut searching = self.search_under_way();
        let mut views = self.house.automation.views();
        let mut shown = views.borrow_and_update().clone();
        let (mut stirs, mut stirred) = (true, false);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                delivery = events.recv() => match delivery {
                    Some(Delivery::Events(batch)) => {
                        pace.count(batch.len(), Instant::now());
                        let last = self.recent().last;
                        for event in batch.iter().filter(|event| event.position > last) {
                            touched.add(event);
                            self.remember(event);
                            if let EventBody::ScanStarted { scan } = &event.body {
                                searching = Some(Arc::new(Scan::clone(scan)));
                            }
                        }
                    }
                    Some(Delivery::Missed { .. }) => self.resync(&mut touched),
                    None => return,
                },
                () = pace.due(), if touched.is_urgent() => {
                    self.flush(&mut touched);
                    pace.told(Instant::now());
                }
                changed = snapshots.changed(), if searching.is_some() => match changed {
                    Ok(()) => self.tell_search(&mut searching),
                    Err(_) => searching = None,
                },
                changed = views.changed(), if stirs && !stirred => match changed {
                    Ok(()) => stirred = true,
                    Err(_) => stirs = false,
                },
                () = tokio::time::sleep_until(next), if stirred => {
                    stirred = false;
                    next = Instant::now() + VIEWS;
                    let view = views.borrow_and_update().clone();
                    self.tell_automation(&shown, &view);
                    shown = view;
                }
                _ = seconds.tick() => {
                    self.flush(&mut touched);
                    self.tell_time();
                }
            }
            if touched.len() > MOST_CHANGES {
                self.resync(&mut touched);
            }
            if self.frames.receiver_count() == 0 {
                tokio::time::sleep(REST).await;
            }
        }
    }

    /// Sends what was touched as one delta.
    fn flush(&self, touched: &mut Touched) {
        let Some((first, last)) = touched.span() else {
            return;
        };
        let snapshot = self.house.handle.snapshot();
        let mut stood = self.stood.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = touched.changes(&snapshot, &mut stood);
        *touched = Touched::default();
        let in_parts = self.in_parts.load(Ordering::Acquire);
        let Some(delta) = Delta::write(first, last, changes, in_parts) else {
            return;
        };
        // Joining looks at the ring and subscribes under the same lock: nothing falls in between.
        let mut recent = self.recent();
        recent.push(delta.clone());
        // Nobody listening is no fault.
        let _ = self.frames.send(Frame::Delta(delta));
    }

    /// Tells everyone to start over, because a delta cannot say what happened.
    fn resync(&self, touched: &mut Touched) {
        *touched = Touched::default();
        let snapshot = self.house.handle.snapshot();
        *self.stood.lock().unwrap_or_else(PoisonError::into_inner) = Whereabouts::of(&snapshot);
        let mut recent = self.recent();
        recent.restart(snapshot.position);
        let _ = self.frames.send(Frame::Resync);
    }

    /// Tells what changed of scenarios and runs.
    fn tell_automation(&self, shown: &View, view: &View) {
        if self.frames.receiver_count() > 0
            && let Some(news) = news(shown, view)
            && let Some(text) = text(&news)
        {
            let _ = self.frames.send(Frame::Aside(text));
        }
    }

    fn tell_time(&self) {
        if self.frames.receiver_count() == 0 {
            return;
        }
        let house = self.house.wire();
        let health = self.house.health.status();
        if let Some(text) = text(&Message::House { house, health }) {
            let _ = self.frames.send(Frame::Clock(text));
        }
    }

    /// The search that runs now.
    fn search_under_way(&self) -> Option<Arc<Scan>> {
        let snapshot = self.house.handle.snapshot();
        snapshot
            .scans
            .front()
            .filter(|scan| scan.ended.is_none())
            .cloned()
    }

    /// Tells how far a search has come, where it has come further than was `told`.
    fn tell_search(&self, told: &mut Option<Arc<Scan>>) {
        let now = self.search_under_way();
        if let Some(scan) = &now
            && told
                .as_ref()
                .is_none_or(|told| told.protocols != scan.protocols)
            && let Some(text) = text(&Message::Scan {
                scan: (&**scan).into(),
            })
        {
            let _ = self.frames.send(Frame::Aside(text));
        }
        // Its end is an event, and told as a change.
        *told = now;
    }

    /// Joins the stream, where possible from where the client already is.
    pub(crate) fn join(&self, from: Option<Position>, grant: &Grant) -> Joined {
        if is_limited(grant) {
            self.in_parts.store(true, Ordering::Release);
        }
        let known = self.house.handle.snapshot().position;
        let recent = self.recent();
        let frames = self.frames.subscribe();
        let start = match from {
            Some(from) if from.epoch == known.epoch && from.seq <= known.seq => recent.since(from),
            _ => Start::Snapshot,
        };
        let start = match start {
            Start::Resume { deltas, .. }
                if is_limited(grant) && !deltas.iter().all(Delta::is_in_parts) =>
            {
                Start::Snapshot
            }
            start => start,
        };
        Joined {
            frames,
            start,
            covered: recent.last,
        }
    }

    /// Everything that somebody sees, at least as new as what `joined` will go on from.
    pub(crate) async fn snapshot(
        &self,
        joined: &Joined,
        grant: &Grant,
    ) -> Option<(Position, Utf8Bytes)> {
        if is_limited(grant) {
            let (snapshot, house) = (self.house.handle.snapshot(), self.house.clone());
            let (position, grant) = (snapshot.position, grant.clone());
            let write = move || text(&everything(&snapshot, &house, &grant));
            let text = tokio::task::spawn_blocking(write).await;
            return Some((position, text.ok().flatten()?));
        }
        let mut latest = self.latest.lock().await;
        // It also holds the clock, so that it may be new enough and yet too old.
        let (snapshot, house) = (self.house.handle.snapshot(), self.house.clone());
        let scan = snapshot.scans.front().cloned();
        let same_scan = |it: &Written| match (&it.scan, &scan) {
            (Some(written), Some(now)) => Arc::ptr_eq(written, now),
            (written, now) => written.is_none() && now.is_none(),
        };
        let fresh = |it: &&Written| {
            it.position >= joined.covered && it.at.elapsed() < SECOND && same_scan(it)
        };
        if let Some(it) = latest.as_ref().filter(fresh) {
            return Some((it.position, it.text.clone()));
        }
        let position = snapshot.position;
        // A large house takes a while to write down; others must be served meanwhile.
        let grant = grant.clone();
        let write = move || text(&everything(&snapshot, &house, &grant));
        let text = tokio::task::spawn_blocking(write).await;
        let text = text.ok().flatten()?;
        *latest = Some(Written {
            position,
            scan,
            at: Instant::now(),
            text: text.clone(),
        });
        Some((position, text))
    }

    fn remember(&self, event: &Event) {
        if event.body.is_for_timeline() {
            let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            events.push_back(event.clone());
            if events.len() > EVENTS {
                events.pop_front();
            }
        }
    }

    /// What happened lately by this cause and by those before it, oldest first.
    pub(crate) fn caused_by(&self, cause: &Cause) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wanted = vec![cause.id];
        wanted.extend(cause.parent);
        // Newest first, an event's parents come after it.
        let mut found: Vec<Event> = Vec::new();
        for event in events.iter().rev() {
            if wanted.contains(&event.cause.id) {
                wanted.extend(event.cause.parent);
                found.push(event.clone());
            }
        }
        found.reverse();
        found
    }

    /// The requests for a device that were refused lately, oldest first.
    pub(crate) fn refused(&self, device: DeviceId) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let is_one = |event: &&Event| {
            matches!(event.body, EventBody::RequestRefused { .. })
                && event.body.device() == Some(device)
        };
        events.iter().filter(is_one).cloned().collect()
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything as `snapshot` has it and `grant` sees it.
fn everything(snapshot: &Snapshot, house: &House, grant: &Grant) -> Message {
    let limited = is_limited(grant);
    let whole = sees(grant, Place::House);
    let devices = snapshot
        .devices
        .values()
        .filter(|twin| sees(grant, Place::In(twin.device.area)))
        .map(|twin| {
            let device = crate::wire::Device::of(twin, snapshot);
            if limited { device.narrowed() } else { device }
        });
    let areas = snapshot
        .areas
        .values()
        .filter(|area| sees(grant, Place::In(Some(area.id))))
        .map(|area| {
            let area = crate::wire::Area::from(&**area);
            if limited { area.narrowed() } else { area }
        });
    let floors = snapshot.floors.values().filter(|_| whole);
    let constraints = snapshot.constraints.iter().filter(|_| whole);
    let people = snapshot.people.values().filter(|_| whole);
    Message::Snapshot(Box::new(Everything {
        epoch: snapshot.position.epoch,
        seq: snapshot.position.seq,
        view: view(grant),
        house: house.wire(),
        devices: devices.collect(),
        areas: areas.collect(),
        floors: floors.map(|floor| (&**floor).into()).collect(),
        constraints: constraints
            .map(|constraint| crate::wire::Constraint::of(constraint, snapshot))
            .collect(),
        people: people.map(|person| (&**person).into()).collect(),
        health: house.health.status(),
        discovered: if whole { waiting(snapshot) } else { 0 },
        scan: snapshot
            .scans
            .front()
            .filter(|_| whole)
            .map(|scan| (&**scan).into()),
    }))
}

/// A word for what somebody sees: who comes back and sees otherwise begins anew.
pub(crate) fn view(grant: &Grant) -> String {
    let Some(areas) = &grant.areas else {
        return "house".to_owned();
    };
    let mut areas: Vec<String> = areas.iter().map(ToString::to_string).collect();
    areas.sort_unstable();
    let mut hasher = DefaultHasher::new();
    areas.hash(&mut hasher);
    format!("rooms-{:016x}", hasher.finish())
}

/// A message as JSON. All our types can be written; should one not, the log says so.
pub(super) fn text(message: &Message) -> Option<Utf8Bytes> {
    match serde_json::to_string(message) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            telemetry::failed("internal");
            tracing::error!(%error, "a live message could not be written");
            None
        }
    }
}
