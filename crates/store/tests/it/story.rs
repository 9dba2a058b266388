//! One story, through the public API alone: what another database has to tell in the same words.

use crate::fixture::{
    Folder, area, at, ended, event, floor, lamp, path, pressed, record, sample, started, value,
    wish,
};
use model::{
    Announcement, Cause, Discovery, DiscoveryId, DiscoveryState, EventBody, Key, Person, PersonId,
    Position, Presence, Who, WishState,
};
use std::sync::Arc;
use store::{Bucket, EventFilter, Gap, GapReason, Group, Period, Record, Store, StoreError};

#[tokio::test]
async fn on_sqlite() {
    let folder = Folder::new();
    story(async || folder.open().await).await;
}

/// A house's life; `open` opens the same database anew.
async fn story<F: AsyncFn() -> Store>(open: F) {
    // A new house is empty, and begins with its first epoch.
    let store = open().await;
    let kept = store.load().await.unwrap();
    assert_eq!((kept.epoch, kept.clean, kept.last_kept), (1, true, None));
    assert!(kept.devices.is_empty() && kept.values.is_empty() && kept.pending.is_empty());
    let house = kept.house;

    // It gets floors, rooms with doorways, people, devices, and something found.
    let ground = floor();
    let mut hall = area("hall", Some(ground.id));
    let mut kitchen = area("kitchen", None);
    hall.neighbours.push(kitchen.id);
    kitchen.neighbours.push(hall.id);
    let anna = Person {
        id: PersonId::new(),
        slug: "anna".parse().unwrap(),
        name: "Anna".to_owned(),
        presence: Presence::Away,
        presence_since: Some(at(1)),
    };
    let hall_lamp = lamp("hall_lamp", Some(hall.id));
    let desk_lamp = lamp("desk_lamp", None);
    let found = Discovery {
        id: DiscoveryId::new(),
        key: Key {
            driver: "mqtt".to_owned(),
            native_id: "0x9".to_owned(),
        },
        announcement: Announcement {
            native_id: "0x9".to_owned(),
            name: "Plug".to_owned(),
            slug: None,
            kind: model::DeviceKind::Outlet,
            manufacturer: None,
            model: None,
            via: None,
            area: None,
            capabilities: hall_lamp.capabilities.clone(),
            adopt: false,
            manual: None,
        },
        state: DiscoveryState::New,
        device: Some(hall_lamp.id),
        guess: model::Guess::from_clues(&[clue()]),
        sightings: vec![model::Seen {
            protocol: "mdns".to_owned(),
            sighting: model::Sighting {
                native_id: "plug.local".to_owned(),
                name: Some("Plug".to_owned()),
                identities: vec![model::Identity::Hostname("plug".to_owned())],
                addresses: vec!["10.0.0.7".parse().unwrap()],
                facts: vec![model::Fact::new("service", "_http._tcp")],
                clues: vec![clue()],
            },
            present: true,
            first_seen: at(2),
            last_seen: at(3),
        }],
        presence: model::Connectivity::Unknown,
        first_seen: at(2),
        last_seen: at(3),
    };
    // The rooms come before their floor: one list is one transaction, whatever the order.
    store
        .keep(vec![
            Record::Area(hall.clone()),
            Record::Area(kitchen.clone()),
            Record::Floor(ground.clone()),
            Record::Person(anna.clone()),
            record(&hall_lamp),
            record(&desk_lamp),
            Record::Discovery(Box::new(found.clone())),
        ])
        .await
        .unwrap();

    // Somebody wishes; one wish ends, one does not; a program gives its request an id.
    let reached = wish(hall_lamp.id, 10);
    let pending = wish(desk_lamp.id, 11);
    let cause = Cause::first(Who::Person {
        id: anna.id,
        name: "Anna".to_owned(),
    });
    let effect = cause.then(Who::Rule {
        name: "Evening".to_owned(),
    });
    store
        .keep(vec![
            Record::Wish(Box::new(reached.clone())),
            Record::Wish(Box::new(pending.clone())),
        ])
        .await
        .unwrap();
    let reached = ended(reached, WishState::Reached, 12);
    store
        .keep(vec![
            Record::Wish(Box::new(reached.clone())),
            Record::Outcome {
                client_id: "operator/42".to_owned(),
                outcome: serde_json::json!({"wish": "x"}),
                at: at(13),
            },
            Record::Event(Box::new(event(1, 1, Cause::first(Who::House), started()))),
            Record::Event(Box::new(event(1, 2, cause.clone(), pressed(hall_lamp.id)))),
        ])
        .await
        .unwrap();
    // A late message about an ended wish changes nothing.
    store
        .keep(vec![Record::Wish(Box::new(ended(
            reached.clone(),
            WishState::TimedOut,
            60,
        )))])
        .await
        .unwrap();

    // History records what it gathered, twice the same.
    let on = EventBody::PropertyChanged {
        device: hall_lamp.id,
        path: path("OnOff.on_off"),
        old: None,
        new: Some(true.into()),
        matched: true,
    };
    let group = Arc::new(Group {
        samples: vec![
            sample(hall_lamp.id, "OnOff.on_off", Some(false.into()), 20),
            sample(hall_lamp.id, "OnOff.on_off", Some(true.into()), 20),
            sample(
                hall_lamp.id,
                "2:LevelControl.current_level",
                Some(40.5.into()),
                21,
            ),
            sample(hall_lamp.id, "2:LevelControl.current_level", None, 22),
            sample(desk_lamp.id, "ModeSelect.mode", Some("party".into()), 23),
        ],
        events: vec![
            event(1, 3, effect.clone(), on.clone()),
            event(1, 2, cause.clone(), started()),
        ],
        values: vec![
            value(hall_lamp.id, "OnOff.on_off", Some(true.into()), 20),
            value(hall_lamp.id, "2:LevelControl.current_level", None, 22),
        ],
        confirmed: vec![(hall_lamp.id, path("OnOff.on_off"), at(30))],
        seen: vec![(hall_lamp.id, at(30))],
        gaps: vec![Gap {
            from: at(24),
            to: at(26),
            reason: GapReason::FellBehind,
            detail: "3 events".to_owned(),
        }],
        until: Some(at(31)),
    });
    store.record(Arc::clone(&group)).await.unwrap();
    store.record(group).await.unwrap();

    // All of it can be asked for.
    let page = store.events(&EventFilter::default(), 2).await.unwrap();
    assert_eq!(page.next, Some(Position { epoch: 1, seq: 2 }));
    let rest = store
        .events(
            &EventFilter {
                before: page.next,
                ..EventFilter::default()
            },
            2,
        )
        .await
        .unwrap();
    let seen: Vec<u64> = page
        .events
        .iter()
        .chain(&rest.events)
        .map(|event| event.position.seq)
        .collect();
    assert_eq!((seen, rest.next), (vec![3, 2, 1], None));
    assert_eq!(page.events[0].body, on);
    assert_eq!(
        page.events[1].body,
        pressed(hall_lamp.id),
        "the first to come stays"
    );
    for (filter, expected) in [
        (
            EventFilter {
                device: Some(hall_lamp.id),
                ..EventFilter::default()
            },
            vec![3, 2],
        ),
        (
            EventFilter {
                area: Some(hall.id),
                ..EventFilter::default()
            },
            vec![3, 2],
        ),
        (
            EventFilter {
                area: Some(kitchen.id),
                ..EventFilter::default()
            },
            vec![],
        ),
        (
            EventFilter {
                kinds: vec!["device_event".to_owned()],
                ..EventFilter::default()
            },
            vec![2],
        ),
        (
            EventFilter {
                path: Some(path("OnOff.on_off")),
                ..EventFilter::default()
            },
            vec![3],
        ),
        (
            EventFilter {
                from: Some(at(2)),
                to: Some(at(3)),
                ..EventFilter::default()
            },
            vec![2],
        ),
    ] {
        let page = store.events(&filter, 10).await.unwrap();
        let found: Vec<u64> = page.events.iter().map(|event| event.position.seq).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let chain: Vec<u64> = store
        .chain(&effect)
        .await
        .unwrap()
        .iter()
        .map(|event| event.position.seq)
        .collect();
    assert_eq!(chain, [2, 3]);
    assert_eq!(store.events_by_cause(cause.id).await.unwrap().len(), 1);
    assert_eq!(store.wish(reached.id).await.unwrap(), Some(reached.clone()));
    assert_eq!(
        store.wishes_of(hall_lamp.id, 5).await.unwrap(),
        std::slice::from_ref(&reached)
    );

    let on_off = store
        .recorded_property(hall_lamp.id, path("OnOff.on_off"))
        .await
        .unwrap()
        .unwrap();
    let level = store
        .recorded_property(hall_lamp.id, path("2:LevelControl.current_level"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.recorded().await.unwrap().len(), 3);
    let samples = store.samples(&on_off, at(0), at(100), 10).await.unwrap();
    assert_eq!(
        samples.iter().map(|s| s.value.clone()).collect::<Vec<_>>(),
        [Some(true.into())]
    );
    let samples = store.samples(&level, at(0), at(100), 10).await.unwrap();
    assert_eq!(
        samples.iter().map(|s| s.value.clone()).collect::<Vec<_>>(),
        [Some(40.5.into()), None]
    );
    assert_eq!(
        store
            .sample_before(&level, at(22))
            .await
            .unwrap()
            .unwrap()
            .at,
        at(21)
    );
    assert_eq!(store.oldest_sample().await.unwrap(), Some(at(20)));
    assert_eq!(store.gaps(at(25), at(99)).await.unwrap().len(), 1);
    assert!(store.gaps(at(27), at(99)).await.unwrap().is_empty());

    // Statistics stand beside the samples, and late samples call for them anew.
    let bucket = Bucket {
        start: at(0),
        length: 3_600_000_000,
        known: 10,
        samples: 1,
        mean: Some(0.5),
        min: None,
        max: None,
        total: None,
        meter: Some(7.0),
    };
    store
        .write_statistics(vec![(level.id, Period::Hour, bucket)], None, at(3_600))
        .await
        .unwrap();
    store
        .write_statistics(
            vec![(level.id, Period::Hour, bucket)],
            Some(at(1)),
            at(9_999),
        )
        .await
        .unwrap();
    assert_eq!(
        store.statistics_until().await.unwrap(),
        Some(at(3_600)),
        "somebody else's turn"
    );
    assert_eq!(
        store
            .statistics(level.id, Period::Hour, at(0), at(1), 9)
            .await
            .unwrap(),
        [bucket]
    );
    assert!(
        store
            .statistics(level.id, Period::Day, at(0), at(1), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.meter_before(level.id, at(1)).await.unwrap(),
        Some(7.0)
    );
    let late = Group {
        samples: vec![sample(hall_lamp.id, "OnOff.on_off", None, 50)],
        ..Group::default()
    };
    store.record(Arc::new(late)).await.unwrap();
    assert_eq!(store.statistics_until().await.unwrap(), Some(at(50)));

    // The house is opened again without a clean end: all is there, and the old one keeps nothing.
    let next = open().await;
    let kept = next.load().await.unwrap();
    assert_eq!(
        (kept.house, kept.epoch, kept.clean, kept.last_kept),
        (house, 2, false, Some(at(31)))
    );
    assert_eq!(kept.floors, std::slice::from_ref(&ground));
    assert_eq!(kept.areas, [hall.clone(), kitchen.clone()]);
    assert_eq!(kept.people, [anna]);
    assert_eq!(kept.devices, [hall_lamp.clone(), desk_lamp.clone()]);
    assert_eq!(kept.last_seen, [(hall_lamp.id, at(30))]);
    assert_eq!(kept.discoveries, [found]);
    assert_eq!(kept.pending, [pending]);
    assert_eq!(
        kept.outcomes,
        [("operator/42".to_owned(), serde_json::json!({"wish": "x"}))]
    );
    let values: Vec<_> = kept
        .values
        .iter()
        .map(|v| (v.path, v.value.clone(), v.at, v.since))
        .collect();
    assert!(
        values.contains(&(path("OnOff.on_off"), Some(true.into()), at(30), at(20))),
        "{values:?}"
    );
    assert!(
        values.contains(&(path("2:LevelControl.current_level"), None, at(22), at(22))),
        "{values:?}"
    );
    assert_eq!(
        store.keep(vec![Record::FloorGone(ground.id)]).await,
        Err(StoreError::Superseded)
    );
    let stale = Group {
        seen: vec![(hall_lamp.id, at(99))],
        ..Group::default()
    };
    assert_eq!(
        store.record(Arc::new(stale)).await,
        Err(StoreError::Superseded)
    );

    // Things go; rooms outlive their floor, history outlives its device.
    next.keep(vec![
        Record::FloorGone(ground.id),
        Record::DeviceGone(hall_lamp.id),
    ])
    .await
    .unwrap();
    assert_eq!(
        next.samples(&on_off, at(0), at(40), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    next.close_clean(Some(at(40))).await.unwrap();
    assert_eq!(next.keep(Vec::new()).await, Err(StoreError::Closed));
    drop((store, next));

    // A clean end is remembered.
    let last = open().await;
    let kept = last.load().await.unwrap();
    assert_eq!(
        (kept.epoch, kept.clean, kept.last_kept),
        (3, true, Some(at(40)))
    );
    assert_eq!(kept.devices, [desk_lamp]);
    assert!(kept.floors.is_empty() && kept.values.is_empty());
    assert_eq!(kept.areas[0].floor, None);
}

fn clue() -> model::Clue {
    model::Clue {
        about: model::About::Kind,
        value: "outlet".to_owned(),
        weight: 0.6,
        evidence: "mDNS service _http._tcp".to_owned(),
    }
}
