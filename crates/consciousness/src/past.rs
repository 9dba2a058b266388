//! A simulated house's past: the same messages, codec, twin and recorder as on any day, only without
//! a broker and as fast as the machine can.

use drivers::mqtt::Mqtt;
use history::Recorder;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use mind::safla::Brain;
use mind::safla::act::Deeds;
use model::{Event, Now, Timestamp};
use sim::file::HouseFile;
use std::sync::Arc;
use store::{Kept, Record, Store, StoreError};
use twin::{Effects, House, Input, Limits};

/// Rows that are written at once.
const GROUP: usize = 20_000;

/// How often the mind turns in a past.
const TURN: SignedDuration = SignedDuration::from_mins(10);

/// Which past.
#[derive(Debug)]
pub struct Plan {
    /// Whose.
    pub house: HouseFile,
    /// So many days.
    pub days: u32,
    /// Up to here, in house time.
    pub end: Timestamp,
    /// Another seed than the file's.
    pub seed: Option<u64>,
    /// Days begin at this zone's midnight.
    pub zone: TimeZone,
}

/// Lives through a past and writes it into a database; `progress` gets the share that is done. The
/// database is left as after a clean shutdown at the end of that past.
///
/// # Errors
/// When the database cannot be written.
pub async fn live(
    plan: Plan,
    store: &Store,
    mut progress: impl FnMut(f64),
) -> Result<(), StoreError> {
    let Plan {
        house,
        days,
        end,
        seed,
        zone,
    } = plan;
    let span = f64::from(days) * 86_400.0;
    let begin =
        Timestamp::from_microsecond(end.as_microsecond() - i64::from(days) * 86_400_000_000)
            .unwrap_or(end);
    let kept = store.load().await?;
    let mut past = Past {
        recorder: Recorder::new(kept.last_kept, []),
        records: Vec::new(),
        twins: Twins::new(kept, begin),
        mind: Feeling::default(),
    };
    let mut told = 0.0;
    for message in sim::past(house, days, end, seed) {
        past.hear(&message);
        if past.recorder.rows() >= GROUP {
            past.write(store, message.at).await?;
        }
        let share = 1.0 - (end.duration_since(message.at).as_secs_f64() / span);
        if share - told >= 0.1 {
            told = share;
            progress(share);
        }
    }
    // The house goes on from what it learned in its past.
    past.records.extend(mind::learned(&past.mind.brain, end));
    past.write(store, end).await?;
    history::catch_up(store, &zone, begin, end).await?;
    history::compact(store, end).await?;
    while store.give_back().await? {}
    store.close_clean(Some(end)).await
}

/// The devices of a past, as the driver and the twin would have them.
pub(crate) struct Twins {
    pub(crate) house: House,
    mqtt: Mqtt,
    begin: Timestamp,
}

impl Twins {
    pub(crate) fn new(kept: Kept, begin: Timestamp) -> Self {
        Self {
            mqtt: Mqtt::new(drivers::mqtt::Options::default()),
            house: House::restore(kept, Limits::default(), at(begin, begin)).0,
            begin,
        }
    }

    /// Takes a message as the driver would; what follows from it.
    pub(crate) fn hear(&mut self, message: &sim::PastMessage) -> Vec<Effects> {
        let now = at(message.at, self.begin);
        let mut reports = Vec::new();
        // Descriptions come in bursts; a device is announced when its burst is over.
        if self.mqtt.has_news() && !self.mqtt.is_discovery(&message.topic) {
            reports.extend(self.mqtt.take_announcements());
        }
        let payload: &[u8] = message.payload.as_ref();
        let said = self
            .mqtt
            .on_message(&message.topic, payload, message.retain, now.steady);
        reports.extend(said);
        let effects = reports
            .into_iter()
            .map(|report| self.house.apply(Input::Report(report), now));
        effects.collect()
    }
}

/// The mind in a past: it turns every ten minutes.
#[derive(Default)]
pub(crate) struct Feeling {
    brain: Brain,
    turned: Option<Timestamp>,
}

impl Feeling {
    pub(crate) fn hear(&mut self, event: &Event) {
        self.brain.recall.hear(event);
    }

    /// What it comes to, where it is time for a turn.
    pub(crate) fn turn(&mut self, house: &House, now: Timestamp) -> Option<Deeds> {
        let due = self
            .turned
            .is_none_or(|last| now.duration_since(last) >= TURN);
        due.then(|| {
            self.turned = Some(now);
            self.brain.turn(house.snapshot(), Vec::new(), now).deeds
        })
    }
}

struct Past {
    twins: Twins,
    mind: Feeling,
    recorder: Recorder,
    records: Vec<Record>,
}

impl Past {
    fn hear(&mut self, message: &sim::PastMessage) {
        for Effects { events, keep, .. } in self.twins.hear(message) {
            self.records.extend(keep);
            for event in &events {
                self.recorder.on(event);
                self.mind.hear(event);
            }
        }
        if let Some(deeds) = self.mind.turn(&self.twins.house, message.at) {
            self.records.extend(mind::records(&deeds, &self.mind.brain));
        }
    }

    async fn write(&mut self, store: &Store, until: Timestamp) -> Result<(), StoreError> {
        store.keep(std::mem::take(&mut self.records)).await?;
        store.record(Arc::new(self.recorder.take(until))).await
    }
}

/// A moment of the past, with a steady clock that began with it.
fn at(house: Timestamp, begin: Timestamp) -> Now {
    Now::new(
        house,
        house.duration_since(begin).try_into().unwrap_or_default(),
    )
}
