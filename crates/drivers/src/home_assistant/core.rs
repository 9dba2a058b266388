//! The driver without I/O: messages in, messages and reports out. A recorded past runs through it as
//! well as a living Home Assistant.

use super::{
    codec::{self, Changed, Changes, Config, Full, Head, List, Maybe, Refusal},
    mirror::Mirror,
    orders::Wishes,
};
use crate::telemetry;
use model::{DriverState, Report, ReportBody, RequestId, Searched, Unit};
use serde_json::{Value as Json, json};
use std::{collections::HashMap, fmt, time::Duration};

/// The driver's name.
pub const NAME: &str = "home_assistant";

/// How long it may take until we are let in, or until everything was told.
const ENTER: Duration = Duration::from_secs(15);
const SYNC: Duration = Duration::from_secs(60);
/// How often a sign of life is asked for, and how long it may take.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(10);
/// A burst of changes in a registry has settled after this long.
const SETTLED: Duration = Duration::from_millis(500);
/// How often we ask whether it has started wholly, while it has not.
const STARTING: Duration = Duration::from_secs(10);
/// How long a search may take.
const SCAN: Duration = Duration::from_secs(12);
/// Searches that may wait at once.
const SCANS: usize = 64;
/// Requests that may wait for an answer; past it something is wrong.
const PENDING: usize = 4_096;

/// What a person decides about the core, and how much it takes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Entities of these integrations are left out.
    pub skip_platforms: Vec<String>,
    /// At most so many entities; what comes past it is counted and named, not mirrored.
    pub max_entities: usize,
    /// At most so many of one device.
    pub max_of_device: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            skip_platforms: vec!["mqtt".to_owned()],
            max_entities: 5_000,
            max_of_device: 256,
        }
    }
}

/// What follows from a message, an order or the time.
#[derive(Default)]
pub struct Step {
    /// What is to be sent, in this order.
    pub send: Vec<String>,
    /// What is to be reported, in this order.
    pub reports: Vec<Report>,
    /// Why the connection is of no use any more.
    pub end: Option<End>,
}

impl fmt::Debug for Step {
    /// What is sent is not shown: once in a connection it is the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("send", &self.send.len())
            .field("reports", &self.reports)
            .field("end", &self.end)
            .finish()
    }
}

/// Why a connection is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It does not take our token; its own words.
    Refused(String),
    /// It does not do as it should; what it did, for people.
    Lost(String),
}

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Config,
    Areas,
    Devices,
    Entities,
    /// Whether it has started wholly by now.
    Starting,
    /// To be told of changes of the registries or the settings.
    Changes,
    /// To be told of states, compressed.
    States,
    /// All states, where they cannot be had compressed; and to be told of changes.
    AllStates,
    StateChanges,
    Ping,
    Service,
}

/// How far we are with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Away,
    /// It shall let us in, since then.
    Entering(Duration),
    /// Everything shall be told, since then.
    Syncing(Duration),
    Live,
}

/// One Home Assistant, as its WebSocket API tells of it.
pub struct HomeAssistant {
    token: crate::Secret,
    phase: Phase,
    pub(super) mirror: Mirror,
    pub(super) wishes: Wishes,
    next_id: u64,
    asked: HashMap<u64, Asked>,
    /// Answers of a reading of the registries that are still to come.
    reading: u32,
    /// When the registries are to be read again.
    read_at: Option<Duration>,
    /// Whether all states were told.
    has_states: bool,
    scans: Vec<(RequestId, Duration)>,
    heard: Duration,
    pinged: Option<Duration>,
    settled: Duration,
    second: Duration,
    asked_config: Duration,
    bad: u64,
    told: Option<DriverState>,
}

impl HomeAssistant {
    /// A core that knows nothing yet.
    #[must_use]
    pub fn new(options: &Options, token: crate::Secret) -> Self {
        Self {
            token,
            phase: Phase::Away,
            mirror: Mirror::new(options),
            wishes: Wishes::default(),
            next_id: 0,
            asked: HashMap::new(),
            reading: 0,
            read_at: None,
            has_states: false,
            scans: Vec::new(),
            heard: Duration::ZERO,
            pinged: None,
            settled: Duration::ZERO,
            second: Duration::ZERO,
            asked_config: Duration::ZERO,
            bad: 0,
            told: None,
        }
    }

    /// Whether it answers and told everything.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// A connection stands. `now` is the time since any fixed moment.
    pub fn on_open(&mut self, now: Duration) {
        self.phase = Phase::Entering(now);
        self.next_id = 0;
        self.asked.clear();
        self.reading = 0;
        self.read_at = None;
        self.has_states = false;
        self.heard = now;
        self.pinged = None;
    }

    /// A message came.
    pub fn on_message(&mut self, message: &str, now: Duration) -> Step {
        let mut step = Step::default();
        self.heard = now;
        match codec::head(message) {
            Ok(head) => self.on_head(head, message, now, &mut step),
            Err(fault) => self.fault(&fault),
        }
        step
    }

    fn on_head(&mut self, head: Head, message: &str, now: Duration, step: &mut Step) {
        let is_entering = matches!(self.phase, Phase::Entering(_));
        match head {
            Head::AuthRequired if is_entering => {
                let token = self.token.reveal();
                step.send
                    .push(json!({ "type": "auth", "access_token": token }).to_string());
            }
            Head::AuthOk if is_entering => {
                self.phase = Phase::Syncing(now);
                self.begin(now, step);
            }
            Head::AuthInvalid(reason) if is_entering => {
                step.end = Some(End::Refused(reason));
            }
            Head::Result(id, outcome) => {
                let Some(asked) = self.asked.get(&id).copied() else {
                    return;
                };
                // A subscription goes on under its id.
                if !matches!(asked, Asked::Changes | Asked::States | Asked::StateChanges)
                    || outcome.is_err()
                {
                    self.asked.remove(&id);
                }
                match outcome {
                    Ok(()) => self.on_result(id, asked, message, now, step),
                    Err(refusal) => self.on_refusal(id, asked, &refusal, now, step),
                }
            }
            Head::Event(id) => match self.asked.get(&id) {
                Some(Asked::Changes) => {
                    self.read_at.get_or_insert(now + SETTLED);
                }
                Some(Asked::States) => match codec::event::<Changes>(message) {
                    Ok(changes) => {
                        if !self.has_states {
                            self.mirror.forget_states();
                            self.has_states = true;
                        }
                        let (reports, bad) = self.mirror.on_changes(changes, now);
                        step.reports.extend(reports);
                        self.count(bad, "an entity's state cannot be read");
                        self.look_around(now, step);
                    }
                    Err(fault) => self.fault(&fault),
                },
                Some(Asked::StateChanges) => match codec::event::<Changed>(message) {
                    Ok(Changed { data }) => match data.new_state {
                        Some(state) => step.reports.extend(self.mirror.set_state(state, now)),
                        None => self.mirror.remove_state(&data.entity_id),
                    },
                    Err(fault) => self.fault(&fault),
                },
                _ => {}
            },
            Head::Pong(id) => {
                self.asked.remove(&id);
                self.pinged = None;
            }
            // Nothing else is said before we are in, and what is new in later versions is not for us.
            _ => {}
        }
    }

    /// A request of ours, with its id.
    pub(super) fn ask(&mut self, asked: Asked, mut request: Json, step: &mut Step) -> u64 {
        self.next_id += 1;
        request["id"] = self.next_id.into();
        self.asked.insert(self.next_id, asked);
        step.send.push(request.to_string());
        self.next_id
    }

    /// We are in: everything is asked for.
    fn begin(&mut self, now: Duration, step: &mut Step) {
        self.read(now, step);
        for event in [
            "area_registry_updated",
            "device_registry_updated",
            "entity_registry_updated",
            "core_config_updated",
        ] {
            let request = json!({ "type": "subscribe_events", "event_type": event });
            self.ask(Asked::Changes, request, step);
        }
        self.ask(Asked::States, json!({ "type": "subscribe_entities" }), step);
    }

    /// Reads the registries (again).
    pub(super) fn read(&mut self, now: Duration, step: &mut Step) {
        self.read_at = None;
        if self.reading > 0 {
            // What is under way may be older than what is wanted.
            self.read_at = Some(now + SETTLED);
            return;
        }
        self.asked_config = now;
        self.mirror.begin_reading();
        for (asked, command) in [
            (Asked::Config, "get_config"),
            (Asked::Areas, "config/area_registry/list"),
            (Asked::Devices, "config/device_registry/list"),
            (Asked::Entities, "config/entity_registry/list"),
        ] {
            self.ask(asked, json!({ "type": command }), step);
            self.reading += 1;
        }
    }

    fn on_result(&mut self, id: u64, asked: Asked, message: &str, now: Duration, step: &mut Step) {
        let read = match asked {
            Asked::Config => codec::result::<Config>(message).map(|config| {
                self.set_config(&config);
                0
            }),
            Asked::Areas => codec::result::<List<_>>(message).map(|areas| {
                self.mirror.set_areas(areas.good);
                areas.bad
            }),
            Asked::Devices => codec::result::<List<_>>(message).map(|devices| {
                self.mirror.set_registry(devices.good);
                devices.bad
            }),
            Asked::Entities => codec::result::<List<_>>(message).map(|entries| {
                self.mirror.set_entries(entries.good);
                entries.bad
            }),
            Asked::AllStates => codec::result::<List<Full>>(message).map(|states| {
                self.has_states = true;
                step.reports
                    .extend(self.mirror.set_states(states.good, now));
                states.bad
            }),
            Asked::Starting => {
                if let Ok(config) = codec::result::<Config>(message) {
                    self.set_config(&config);
                }
                return;
            }
            Asked::Service => {
                self.on_called(id, Ok(()), now, step);
                return;
            }
            Asked::Changes | Asked::States | Asked::StateChanges | Asked::Ping => return,
        };
        match read {
            Ok(bad) => self.count(bad, "an entry of a list cannot be read"),
            Err(fault) => {
                self.fault(&fault);
                step.end = Some(End::Lost(format!(
                    "its answer cannot be read: {fault}; is it a Home Assistant?"
                )));
            }
        }
        self.on_read(asked, now, step);
    }

    fn on_refusal(
        &mut self,
        id: u64,
        asked: Asked,
        refusal: &Refusal,
        now: Duration,
        step: &mut Step,
    ) {
        let is_old = refusal.code == "unknown_command";
        match asked {
            Asked::Service => self.on_called(id, Err(refusal), now, step),
            Asked::States if is_old => {
                // Before 2022.4 there are no compressed states.
                let request = json!({ "type": "subscribe_events", "event_type": "state_changed" });
                self.ask(Asked::StateChanges, request, step);
                self.ask(Asked::AllStates, json!({ "type": "get_states" }), step);
            }
            // Without the news of a registry it is read when a search is asked for.
            Asked::Changes | Asked::Ping | Asked::Starting => self.fault(&refusal.message),
            // Older versions have no areas; without them things have no place, and that is all.
            Asked::Areas if is_old => self.on_read(asked, now, step),
            _ => {
                step.end = Some(End::Lost(format!(
                    "it refuses to tell what it has: {}",
                    refusal.message
                )));
            }
        }
    }

    /// One list of a reading came.
    fn on_read(&mut self, asked: Asked, now: Duration, step: &mut Step) {
        let is_part = matches!(
            asked,
            Asked::Config | Asked::Areas | Asked::Devices | Asked::Entities
        );
        if is_part && self.reading > 0 {
            self.reading -= 1;
            if self.reading == 0 {
                self.mirror.end_reading();
            }
        }
        self.look_around(now, step);
    }

    /// Sees whether all was told that we wait for.
    fn look_around(&mut self, now: Duration, step: &mut Step) {
        if self.reading > 0 || !self.has_states {
            return;
        }
        if matches!(self.phase, Phase::Syncing(_)) {
            self.phase = Phase::Live;
            let state = self.sound();
            self.state(state, step);
            self.settle(now, step);
        }
        if !self.scans.is_empty() {
            self.settle(now, step);
            let found = self.mirror.count();
            for (request, _) in std::mem::take(&mut self.scans) {
                let searched = Searched::Completed { found };
                step.reports
                    .push(report(ReportBody::ScanDone { request, searched }));
            }
        }
    }

    fn settle(&mut self, now: Duration, step: &mut Step) {
        self.settled = now;
        step.reports.extend(self.mirror.settle(now));
        if let Some(left_out) = self.mirror.news_of_left_out() {
            telemetry::left_out(NAME, &left_out);
        }
        let state = self.sound();
        self.state(state, step);
    }

    fn set_config(&mut self, config: &Config) {
        if let Some(Maybe::Good(units)) = &config.unit_system {
            let unit = units.temperature.as_deref().and_then(Unit::parse);
            self.mirror.set_temperature(unit.unwrap_or(Unit::Celsius));
        }
        // Versions that do not say it count as started.
        let state = config.state.as_deref().unwrap_or("RUNNING");
        self.mirror.is_settled = state == "RUNNING";
    }

    /// A search: the registries are read, and then it is told what there is.
    pub(super) fn scan(&mut self, request: RequestId, now: Duration, step: &mut Step) {
        let reason = if !self.is_live() {
            "Home Assistant cannot be reached; see HA_URL"
        } else if self.scans.len() >= SCANS {
            "too many searches wait already"
        } else {
            self.scans.push((request, now));
            self.read(now, step);
            return;
        };
        step.reports.push(report(ReportBody::ScanDone {
            request,
            searched: Searched::Failed {
                reason: reason.to_owned(),
            },
        }));
    }

    /// What time alone changes. To be called some times a second while a connection stands.
    pub fn on_time(&mut self, now: Duration) -> Step {
        let mut step = Step::default();
        self.expire(now, &mut step);
        let late = match self.phase {
            Phase::Entering(since) => {
                (now.saturating_sub(since) >= ENTER).then_some("it does not let us in")
            }
            Phase::Syncing(since) => {
                (now.saturating_sub(since) >= SYNC).then_some("it does not tell what it has")
            }
            _ => None,
        };
        if let Some(late) = late {
            step.end = Some(End::Lost(late.to_owned()));
            return step;
        }
        if self
            .pinged
            .is_some_and(|since| now.saturating_sub(since) >= PONG)
        {
            step.end = Some(End::Lost("it has fallen silent".to_owned()));
            return step;
        }
        if !self.is_live() {
            return step;
        }
        if self.pinged.is_none() && now.saturating_sub(self.heard) >= PING {
            self.pinged = Some(now);
            self.ask(Asked::Ping, json!({ "type": "ping" }), &mut step);
        }
        if self.asked.len() > PENDING {
            step.end = Some(End::Lost("it answers nothing".to_owned()));
        }
        if self.mirror.wants_reading() {
            self.read_at.get_or_insert(now + SETTLED);
        }
        if self.read_at.is_some_and(|at| now >= at) {
            self.read(now, &mut step);
        }
        if self.mirror.has_news() && now.saturating_sub(self.settled) >= SETTLED {
            self.settle(now, &mut step);
        }
        step.reports.extend(self.mirror.release(now));
        if now.saturating_sub(self.second) >= Duration::from_secs(1) {
            self.second = now;
            step.reports.extend(self.mirror.on_time(now));
            let is_due = now.saturating_sub(self.asked_config) >= STARTING;
            if !self.mirror.is_settled && self.reading == 0 && is_due {
                self.asked_config = now;
                self.ask(Asked::Starting, json!({ "type": "get_config" }), &mut step);
            }
        }
        step
    }

    /// Searches that took too long.
    fn expire(&mut self, now: Duration, step: &mut Step) {
        self.expire_wishes(now, step);
        let (late, waiting) = std::mem::take(&mut self.scans)
            .into_iter()
            .partition(|(_, since)| now.saturating_sub(*since) >= SCAN);
        self.scans = waiting;
        self.fail_scans(
            late,
            "Home Assistant did not tell in time what it has",
            step,
        );
    }

    fn fail_scans(&mut self, scans: Vec<(RequestId, Duration)>, reason: &str, step: &mut Step) {
        for (request, _) in scans {
            let searched = Searched::Failed {
                reason: reason.to_owned(),
            };
            step.reports
                .push(report(ReportBody::ScanDone { request, searched }));
        }
    }

    /// The connection is gone, or cannot be had: of no device it is known whether it answers, and
    /// nothing that waits is sent late.
    pub fn on_lost(&mut self, state: DriverState, reason: &str) -> Step {
        let mut step = Step::default();
        self.phase = Phase::Away;
        self.asked.clear();
        self.state(state, &mut step);
        self.fail_wishes(
            "the connection to Home Assistant was lost before it answered",
            &mut step,
        );
        let scans = std::mem::take(&mut self.scans);
        self.fail_scans(scans, reason, &mut step);
        step.reports.extend(self.mirror.on_lost(reason));
        step
    }

    /// How we are while we are connected.
    fn sound(&self) -> DriverState {
        match self.mirror.trouble() {
            Some(reason) => DriverState::Degraded { reason },
            None => DriverState::Running,
        }
    }

    fn state(&mut self, state: DriverState, step: &mut Step) {
        if self.told.as_ref() != Some(&state) {
            self.told = Some(state.clone());
            step.reports.push(report(ReportBody::State(state)));
        }
    }

    /// Counts a fault; the first is a warning, the rest are not.
    fn fault(&mut self, fault: &str) {
        self.bad += 1;
        telemetry::bad_message(NAME, "", "message", fault, self.bad == 1);
    }

    fn count(&mut self, bad: u64, fault: &str) {
        for _ in 0..bad.min(1_000) {
            self.fault(fault);
        }
    }
}

/// A report of this driver.
pub(super) fn report(body: ReportBody) -> Report {
    Report {
        driver: NAME.to_owned(),
        body,
    }
}
