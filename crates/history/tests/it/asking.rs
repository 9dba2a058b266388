//! Why, from the database.

use crate::support::{Folder, after, path, time};
use history::{Knowledge, Names, Question, events, why, why_with};
use jiff::tz::TimeZone;
use model::{
    AreaId, Cause, DeviceId, Event, EventBody, FloorId, PersonId, Position, Presence, Who,
};
use std::sync::Arc;
use store::{EventFilter, Group, KeptValue};

struct Named;

impl Names for Named {
    fn device(&self, _: DeviceId) -> Option<String> {
        Some("Hall light".to_owned())
    }
    fn area(&self, _: AreaId) -> Option<String> {
        None
    }
    fn floor(&self, _: FloorId) -> Option<String> {
        None
    }
    fn person(&self, _: PersonId) -> Option<String> {
        Some("Anna".to_owned())
    }
}

#[tokio::test]
async fn the_recorded_chain_is_found() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let start = time("2026-05-12T18:00:00Z");
    let lamp = DeviceId::new();
    let came = Cause::first(Who::House);
    let rule = came.then(Who::Rule {
        name: "Evening arrival".to_owned(),
    });
    let event = |seq: u64, cause: &Cause, body| Event {
        position: Position { epoch: 1, seq },
        at: after(start, i64::try_from(seq).unwrap()),
        cause: cause.clone(),
        body,
    };
    let home = EventBody::PresenceChanged {
        person: PersonId::new(),
        old: Presence::Away,
        new: Presence::Home,
    };
    let on = EventBody::PropertyChanged {
        device: lamp,
        path: path("OnOff.on_off"),
        old: Some(false.into()),
        new: Some(true.into()),
        matched: true,
    };
    let current = KeptValue {
        device: lamp,
        path: path("OnOff.on_off"),
        value: Some(true.into()),
        at: after(start, 2),
        since: after(start, 2),
        cause: rule.clone(),
    };
    let group = Group {
        events: vec![event(1, &came, home), event(2, &rule, on)],
        values: vec![current],
        ..Group::default()
    };
    store.record(Arc::new(group)).await.unwrap();
    let question = Question {
        device: lamp,
        path: path("OnOff.on_off"),
        area: None,
        current: None,
        now: after(start, 60),
    };
    let answer = why(&store, &TimeZone::UTC, &question, &Named)
        .await
        .unwrap();
    assert_eq!(answer.knowledge, Knowledge::Recorded);
    assert_eq!(
        answer.sentence,
        "Hall light is on since 18:02 because the rule “Evening arrival” asked for it, because Anna came home."
    );
    let page = events(&store, &EventFilter::default(), 10, &Named)
        .await
        .unwrap();
    let texts: Vec<_> = page
        .entries
        .iter()
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "Hall light turned on, because the rule “Evening arrival” asked for it.",
            "Anna came home."
        ]
    );
    let unknown = Question {
        device: DeviceId::new(),
        ..question
    };
    let answer = why(&store, &TimeZone::UTC, &unknown, &Named).await.unwrap();
    assert_eq!(answer.knowledge, Knowledge::Nothing);

    // What happened a moment ago is not written yet, and told all the same.
    let goodbye = Cause::first(Who::House);
    let away = goodbye.then(Who::Rule {
        name: "All out".to_owned(),
    });
    let left = EventBody::PresenceChanged {
        person: PersonId::new(),
        old: Presence::Home,
        new: Presence::Away,
    };
    let current = KeptValue {
        device: lamp,
        path: path("OnOff.on_off"),
        value: Some(false.into()),
        at: after(start, 4),
        since: after(start, 4),
        cause: away,
    };
    let question = Question {
        device: lamp,
        current: Some(current),
        ..question
    };
    let recent = [event(3, &goodbye, left)];
    let answer = why_with(&store, &TimeZone::UTC, &question, &recent, &Named)
        .await
        .unwrap();
    assert!(
        answer
            .sentence
            .ends_with("“All out” asked for it, because Anna left."),
        "{}",
        answer.sentence
    );
    assert_eq!(answer.chain.len(), 1);
}
