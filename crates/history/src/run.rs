//! The running of history: records, compacts, sums up, forgets.

use crate::{
    backlog::Backlog,
    compact, fold,
    patience::Patience,
    recorder::{Current, Recorder},
    retention, telemetry,
};
use jiff::tz::TimeZone;
use model::Timestamp;
use std::time::Duration;
use store::{GapReason, KeptValue, Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use twin::{Delivery, Handle, Snapshot, Subscription};

/// How long events are gathered.
const GATHER: Duration = Duration::from_secs(1);

/// How long recording rests after it took what was there: a house that says little often does not
/// wake it each time.
const REST: Duration = Duration::from_millis(10);

/// How many rows are gathered at most.
const ROWS: usize = 10_000;

/// How often statistics are looked after.
const STATISTICS: Duration = Duration::from_secs(10);

/// How often retention is looked after.
const RETENTION: Duration = Duration::from_secs(3_600);

/// When no device has reported by then, the gap since the last run ends here.
const START: Duration = Duration::from_secs(30);

/// How often a quiet house notes that it is alive.
const ALIVE: Duration = Duration::from_secs(60);

/// How history shall work.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the house is: days begin at its midnight.
    pub zone: TimeZone,
    /// What `Kept::last_kept` said at the start.
    pub last_kept: Option<Timestamp>,
    /// How long things are kept.
    pub retention: Retention,
}

/// For how many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Samples.
    pub samples: u32,
    /// Hourly statistics.
    pub hourly: u32,
    /// Events, ended wishes, gaps.
    pub events: u32,
    /// What the house was set up as.
    pub configuration: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            samples: 90,
            hourly: 730,
            events: 365,
            configuration: 3_650,
        }
    }
}

/// Records until the house has shut down and all is written. `snapshot` is the one that came with
/// the subscription. Called again after it broke, it goes on where it was, with a gap between.
///
/// # Errors
/// When another process leads the house, or the database was closed: then nothing can be recorded
/// any more. Everything else is tried again.
pub async fn run(
    house: Handle,
    snapshot: &Snapshot,
    subscription: Subscription,
    store: Store,
    options: Options,
) -> Result<(), StoreError> {
    let recorder = match store.recorded_until() {
        None => Recorder::new(options.last_kept, current(snapshot)),
        Some(until) => interrupted(until, snapshot),
    };
    let (written, progress) = watch::channel(None);
    let recording = record(&house, recorder, subscription, &store, &written);
    // Both in one task: a panic in either reaches who supervises this listener.
    tokio::select! {
        result = recording => {
            if let Err(error) = &result {
                telemetry::ended(error);
            }
            result
        }
        () = keep_house(&house, &store, &options, progress) => Ok(()),
    }
}

/// A recorder for a house that ran on while this listener broke and was started again.
fn interrupted(until: Timestamp, snapshot: &Snapshot) -> Recorder {
    let mut recorder = Recorder::default();
    let detail = "recording was interrupted and began again".to_owned();
    let reason = GapReason::FellBehind;
    recorder.resync(Some(until), snapshot.at, reason, detail, current(snapshot));
    recorder
}

async fn record(
    house: &Handle,
    mut recorder: Recorder,
    mut subscription: Subscription,
    store: &Store,
    written: &watch::Sender<Option<Timestamp>>,
) -> Result<(), StoreError> {
    let mut backlog = Backlog::default();
    let mut ticks = interval(GATHER);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let began = Instant::now();
    let mut alive = began;
    loop {
        let is_due = tokio::select! {
            delivery = subscription.recv() => match delivery {
                Some(delivery) => {
                    take(house, &mut recorder, delivery);
                    while recorder.rows() < ROWS
                        && let Some(delivery) = subscription.try_recv()
                    {
                        take(house, &mut recorder, delivery);
                    }
                    recorder.rows() >= ROWS
                }
                None => break,
            },
            _ = ticks.tick() => true,
        };
        if !is_due {
            sleep(REST).await;
            continue;
        }
        let now = house.clock().now().house;
        if began.elapsed() >= START {
            recorder.started(now);
        }
        if recorder.rows() > 0 || alive.elapsed() >= ALIVE {
            alive = Instant::now();
            backlog.push(recorder.take(until(&recorder, now)));
        }
        check(backlog.write(store).await)?;
        if let Some((from, rows)) = backlog.give_up() {
            let detail = format!("{rows} rows could not be written for too long");
            let now = house.clock().now().house;
            recorder.resync(
                from,
                now,
                GapReason::NotKept,
                detail,
                current(&house.snapshot()),
            );
        }
        if !backlog.is_failing() {
            written.send_replace(backlog.written);
        }
    }
    // The house has shut down: one last try for what is left.
    let now = house.clock().now().house;
    if recorder.rows() > 0 {
        backlog.push(recorder.take(until(&recorder, now)));
    }
    check(backlog.write_now(store).await)
}

/// Up to when a group taken now is everything: the clock's time, unless events are ahead of it.
fn until(recorder: &Recorder, now: Timestamp) -> Timestamp {
    recorder.latest().map_or(now, |latest| latest.max(now))
}

/// What cannot get better ends recording; everything else waits in the backlog.
fn check(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(error @ (StoreError::Superseded | StoreError::Closed)) => Err(error),
        _ => Ok(()),
    }
}

fn take(house: &Handle, recorder: &mut Recorder, delivery: Delivery) {
    match delivery {
        Delivery::Events(events) => {
            for event in events.iter() {
                recorder.on(event);
            }
        }
        Delivery::Missed { from, to } => {
            let snapshot = house.snapshot();
            let detail = format!("too much happened at once; events {from} to {to} were missed");
            recorder.resync(
                None,
                snapshot.at,
                GapReason::FellBehind,
                detail,
                current(&snapshot),
            );
        }
    }
}

/// All that the twin has, as history needs it.
fn current(snapshot: &Snapshot) -> Vec<Current> {
    let properties = snapshot.devices.iter().flat_map(|(id, twin)| {
        twin.properties
            .iter()
            .map(move |(path, property)| (*id, path, property))
    });
    properties
        .filter_map(|(device, path, property)| {
            let reported = property.reported.as_ref()?;
            let value = KeptValue {
                device,
                path,
                value: reported.value.clone(),
                at: reported.at,
                since: reported.since,
                cause: reported.cause.clone(),
            };
            Some(Current {
                value,
                stale: reported.stale,
            })
        })
        .collect()
}

/// Statistics, compaction and retention, for ever.
async fn keep_house(
    house: &Handle,
    store: &Store,
    options: &Options,
    progress: watch::Receiver<Option<Timestamp>>,
) {
    let mut ticks = interval(STATISTICS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut retained: Option<Instant> = None;
    let mut folded: Option<Timestamp> = None;
    let mut patience = Patience::new(options.last_kept, house.clock().now().steady);
    loop {
        ticks.tick().await;
        let Some(until) = *progress.borrow() else {
            continue;
        };
        if fold::is_due(folded, until) {
            match fold::compact(store, until).await {
                Ok(_) => folded = Some(until),
                Err(error) => telemetry::housekeeping_failed("compaction", &error),
            }
        }
        let oldest = retention::limit(until, options.retention.samples);
        if let Err(error) = compact::catch_up(store, &options.zone, oldest, until).await {
            telemetry::housekeeping_failed("statistics", &error);
            continue;
        }
        // Forgetting waits until all is summed up.
        let now = house.clock().now();
        let may_forget = house.clock().is_simulated() || patience.allows(now);
        if may_forget && retained.is_none_or(|then| then.elapsed() >= RETENTION) {
            retained = Some(Instant::now());
            if let Err(error) = retention::forget(store, options.retention, now.house).await {
                telemetry::housekeeping_failed("retention", &error);
            }
        }
    }
}
