//! Memory over a past that was planted in a real database.

use jiff::{SignedDuration, ToSpan as _, civil::Date, civil::date, tz::TimeZone};
use mind::memory::{Kind, Memory, Recall, Remember, Situation, Wires};
use model::{
    Announcement, Cause, DeviceId, DeviceKind, Event, EventBody, Instance, MemoryId, Position,
    Report, ReportBody, Timestamp, Who, capability,
};
use std::time::Duration;
use store::{KeptMemory, Location, Record, Store};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use twin::{Bus, Clock, Handle, House, Limits};

const TODAY: Date = date(2026, 4, 6);

struct Living {
    store: Store,
    handle: Handle,
    memory: Memory,
    lamp: DeviceId,
    zone: TimeZone,
    seq: u64,
    stop: CancellationToken,
    house: JoinHandle<()>,
    daily: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Living {
    /// A house with a lamp, at five in the morning of a Monday.
    async fn new(retention_days: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("house.db"));
        let (store, _) = Store::open(&location).await.unwrap();
        let kept = store.load().await.unwrap();
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let clock = Clock::wall();
        clock.simulate(at(&zone, TODAY, 5 * 60), 1.0);
        let (house, start) = House::restore(kept, Limits::default(), clock.now());
        let (orders, _) = mpsc::channel(16);
        let stop = CancellationToken::new();
        let wires = twin::Wires {
            orders,
            clock,
            store: store.clone(),
            bus: Bus::new(),
        };
        let running = twin::run(house, House::started(start), wires, stop.clone());
        let handle = running.handle.clone();
        let lamp = Announcement {
            native_id: "kitchen".to_owned(),
            name: "Kitchen lamp".to_owned(),
            slug: Some("kitchen_lamp".to_owned()),
            kind: DeviceKind::Light,
            manufacturer: None,
            model: None,
            via: None,
            area: None,
            capabilities: vec![Instance::full(&capability::ON_OFF)],
            adopt: true,
            manual: None,
        };
        let report = Report {
            driver: "test".to_owned(),
            body: ReportBody::Announced(Box::new(lamp)),
        };
        handle.reports().send(report).await.unwrap();
        let mut snapshots = handle.snapshots();
        let known = snapshots.wait_for(|snapshot| !snapshot.devices.is_empty());
        let lamp = *known.await.unwrap().devices.keys().next().unwrap();
        let (memory, daily) = Memory::start(Wires {
            house: handle.clone(),
            store: store.clone(),
            zone: zone.clone(),
            retention_days,
        });
        Self {
            store,
            handle,
            memory,
            lamp,
            zone,
            seq: 0,
            stop,
            house: running.task,
            daily,
            _folder: folder,
        }
    }

    /// The lamp went on.
    fn switched(&mut self, day: Date, minute: i64, who: Who) -> Record {
        self.seq += 1;
        Record::Event(Box::new(Event {
            position: Position {
                epoch: 0,
                seq: self.seq,
            },
            at: at(&self.zone, day, minute),
            cause: Cause::first(who),
            body: EventBody::PropertyChanged {
                device: self.lamp,
                path: capability::ON_OFF.at(1, "on_off"),
                old: Some(false.into()),
                new: Some(true.into()),
                matched: false,
            },
        }))
    }

    /// On the working days of the last weeks, at about five to seven.
    async fn plant(&mut self, who: &Who) {
        let mut records = Vec::new();
        for back in 1..=28_i64 {
            let day = TODAY - back.days();
            let is_weekend = day.weekday().to_monday_one_offset() >= 6;
            // Something happens on every day, so that each is known.
            records.push(self.switched(day, 720 + (back * 97) % 400, Who::House));
            if !is_weekend && back != 10 {
                records.push(self.switched(day, 410 + (back * 7) % 11, who.clone()));
            }
        }
        self.store.keep(records).await.unwrap();
    }

    fn now(&self) -> Timestamp {
        self.handle.clock().now().house
    }

    async fn end(self) {
        self.daily.abort();
        self.stop.cancel();
        self.house.await.unwrap();
        self.store.close_clean(None).await.unwrap();
    }
}

fn at(zone: &TimeZone, day: Date, minute: i64) -> Timestamp {
    let time = jiff::civil::Time::midnight() + minute.minutes();
    zone.to_timestamp(day.to_datetime(time)).unwrap()
}

#[tokio::test]
async fn a_routine_is_learned_foreseen_scored_and_can_be_forgotten() {
    let mut living = Living::new(365).await;
    living.plant(&Who::Operator).await;
    let learned = living.memory.learn(living.now()).await.unwrap();
    assert_eq!((learned.patterns, learned.foreseen), (1, 1), "{learned:?}");
    let patterns = living.memory.patterns().await.unwrap();
    let pattern = &patterns[0];
    assert!(
        pattern
            .text
            .starts_with("Kitchen lamp goes on at about 06:5")
            && pattern
                .text
                .contains("on working days: seen on 19 of 20 days"),
        "{}",
        pattern.text
    );
    assert_eq!(pattern.device, Some(living.lamp));
    assert!(
        pattern.confidence > 0.7 && pattern.confidence < 0.95,
        "{}",
        pattern.confidence
    );
    // Again it is the same one.
    living.memory.learn(living.now()).await.unwrap();
    let again = living.memory.patterns().await.unwrap();
    assert_eq!((again.len(), again[0].id), (1, pattern.id));

    // It comes, and that is scored; too little is scored yet to say how good it is.
    let came = living.switched(TODAY, 412, Who::Operator);
    living.store.keep(vec![came]).await.unwrap();
    assert_eq!(
        living.memory.score(living.now()).await.unwrap(),
        0,
        "its time has not come"
    );
    let evening = at(&living.zone, TODAY, 20 * 60);
    assert_eq!(living.memory.score(evening).await.unwrap(), 1);
    assert_eq!(
        living.memory.score(evening).await.unwrap(),
        0,
        "once is enough"
    );
    let accuracy = living.memory.accuracy(28).await.unwrap();
    let routines = &accuracy[0];
    assert_eq!(
        (routines.hits, routines.misses, routines.pending),
        (1, 0, 0)
    );
    assert_eq!(routines.accuracy, None);

    living
        .memory
        .forget(&pattern.id.to_string(), Who::Operator)
        .await
        .unwrap();
    living.memory.learn(living.now()).await.unwrap();
    assert!(
        living.memory.patterns().await.unwrap().is_empty(),
        "it is not found again"
    );
    assert!(
        living
            .memory
            .export(None)
            .await
            .unwrap()
            .iter()
            .all(|entry| entry.kind != Kind::Pattern)
    );
    living.end().await;
}

#[tokio::test]
async fn what_a_rule_does_is_no_habit_of_the_household() {
    let mut living = Living::new(365).await;
    let rule = Who::Rule {
        name: "Morning".to_owned(),
    };
    living.plant(&rule).await;
    let learned = living.memory.learn(living.now()).await.unwrap();
    assert_eq!(learned.patterns, 0);
    living.end().await;
}

#[tokio::test]
async fn what_was_learned_lapses_and_the_database_shrinks() {
    let mut living = Living::new(30).await;
    // Only what is asked for here shall happen.
    living.daily.abort();
    drop((&mut living.daily).await);
    let old = living.now() - SignedDuration::from_hours(24 * 100);
    let memory = |kind: Kind, number: usize, changed: Timestamp| KeptMemory {
        id: MemoryId::new(),
        kind: kind.as_str().to_owned(),
        key: None,
        text: format!(
            "{number} {}",
            "something that happened at some time ".repeat(10)
        ),
        value: serde_json::json!({ "number": number }),
        person: None,
        device: None,
        area: None,
        who: Who::House,
        confidence: 1.0,
        weight: (kind == Kind::Episode).then_some(0.3),
        from: None,
        until: (kind == Kind::Context).then_some(changed),
        made: changed,
        changed,
    };
    let mut records: Vec<Record> = (0..5_000)
        .map(|number| Record::Memory(Box::new(memory(Kind::Episode, number, old))))
        .collect();
    records.push(Record::Memory(Box::new(memory(Kind::Note, 1, old))));
    records.push(Record::Memory(Box::new(memory(Kind::Context, 2, old))));
    records.push(Record::Memory(Box::new(memory(
        Kind::Episode,
        3,
        living.now(),
    ))));
    living.store.keep(records).await.unwrap();
    let before = living.memory.stats().await.unwrap();
    let done = living.memory.optimize().await.unwrap();
    assert_eq!(done.forgotten, 5_001, "{done:?}");
    assert!(done.bytes_after * 2 < done.bytes_before, "{done:?}");
    let after = living.memory.stats().await.unwrap();
    assert!(after.database_bytes * 2 < before.database_bytes);
    let left: Vec<(&str, u64)> = after
        .kinds
        .iter()
        .map(|kind| (kind.kind.as_str(), kind.count))
        .collect();
    assert_eq!(left, [("episode", 1), ("note", 1)], "people's words stay");
    let recall = Recall {
        words: "something".to_owned(),
        ..Recall::default()
    };
    assert_eq!(living.memory.recall(&recall).await.unwrap().len(), 2);
    living.end().await;
}

#[tokio::test]
async fn contexts_are_known_by_their_situation() {
    let living = Living::new(365).await;
    let (from, until) = (at(&living.zone, TODAY, 600), at(&living.zone, TODAY, 720));
    let plumber = Remember::context(
        Situation::Visitor,
        "The plumber comes from ten to noon",
        from,
        until,
    );
    living
        .memory
        .remember(plumber, Who::Operator)
        .await
        .unwrap();
    let during = from + SignedDuration::from_mins(30);
    let found = living
        .memory
        .situation(Situation::Visitor, during)
        .await
        .unwrap();
    assert_eq!(found.unwrap().text, "The plumber comes from ten to noon");
    assert!(
        living
            .memory
            .situation(Situation::Away, during)
            .await
            .unwrap()
            .is_none()
    );
    assert!(living.memory.context(until).await.unwrap().is_empty());
    let day = living
        .memory
        .contexts_between(at(&living.zone, TODAY, 0), at(&living.zone, TODAY, 1_439))
        .await
        .unwrap();
    assert_eq!(day.len(), 1);
    living.end().await;
}

#[tokio::test]
async fn a_day_that_ended_is_weighed_once() {
    let mut living = Living::new(365).await;
    living.plant(&Who::Operator).await;
    let yesterday = format!("day:{}", TODAY - 1.days());
    // The loop does it by itself; what it did not see yet it sees on the next day.
    let began = std::time::Instant::now();
    let later = at(&living.zone, TODAY + 1.days(), 5 * 60);
    living.handle.clock().simulate(later, 1.0);
    let episode = loop {
        match living.memory.get(&yesterday).await {
            Ok(episode) => break episode,
            Err(fault) => assert!(began.elapsed() < Duration::from_secs(30), "{fault}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((episode.kind, episode.weight), (Kind::Episode, Some(0.3)));
    assert!(
        episode.text.contains("a good day: nothing went wrong"),
        "{}",
        episode.text
    );
    assert!(
        episode.value["rows"]
            .as_str()
            .unwrap()
            .starts_with("/api/events?from=")
    );
    living.end().await;
}
