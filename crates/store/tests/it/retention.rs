//! What is old goes, and its space goes back to the disk.

use crate::fixture::{Folder, at, event, lamp, path, record, sample, started};
use model::{Cause, DeviceId, Who};
use std::sync::Arc;
use store::{Forget, Group, Record};

#[tokio::test]
async fn old_samples_go_but_the_last_one_before_stays() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = DeviceId::new();
    let samples = (0..50_000)
        .map(|n| sample(device, "OnOff.on_off", Some(true.into()), n))
        .collect();
    store
        .record(Arc::new(Group {
            samples,
            ..Group::default()
        }))
        .await
        .unwrap();
    let property = store
        .recorded_property(device, path("OnOff.on_off"))
        .await
        .unwrap()
        .unwrap();
    let mut steps = 0;
    while store
        .forget(Forget::Samples(property.id), at(45_000))
        .await
        .unwrap()
        > 0
    {
        steps += 1;
    }
    assert!(steps > 10, "in small steps: {steps}");
    assert_eq!(store.count_samples().await.unwrap(), 5_001);
    assert_eq!(store.oldest_sample().await.unwrap(), Some(at(44_999)));

    store.close_clean(None).await.unwrap();
    let before = std::fs::metadata(folder.file()).unwrap().len();
    let (store, _) = folder.lead().await;
    while store.give_back().await.unwrap() {}
    store.optimize().await.unwrap();
    store.close_clean(None).await.unwrap();
    let after = std::fs::metadata(folder.file()).unwrap().len();
    assert!(after * 2 < before, "{before} bytes, then {after}");
}

#[tokio::test]
async fn old_events_wishes_and_removed_devices_go() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = lamp("gone", None);
    let mut wish = crate::fixture::wish(device.id, 1);
    let pending = crate::fixture::wish(device.id, 1);
    wish.state = model::WishState::Reached;
    wish.ended_at = Some(at(2));
    let mut records = vec![
        record(&device),
        Record::Wish(Box::new(wish.clone())),
        Record::Wish(Box::new(pending.clone())),
        Record::DeviceGone(device.id),
    ];
    records
        .extend((1..=10).map(|seq| {
            Record::Event(Box::new(event(1, seq, Cause::first(Who::House), started())))
        }));
    store.keep(records).await.unwrap();
    assert_eq!(store.forget(Forget::Events, at(6)).await.unwrap(), 5);
    assert_eq!(store.forget(Forget::Events, at(6)).await.unwrap(), 0);
    assert_eq!(store.forget(Forget::Wishes, at(6)).await.unwrap(), 1);
    assert_eq!(store.wish(wish.id).await.unwrap(), None);
    assert!(
        store.wish(pending.id).await.unwrap().is_some(),
        "what has not ended stays"
    );
    let later = model::Timestamp::now() + std::time::Duration::from_secs(1);
    assert_eq!(
        store.forget(Forget::RemovedDevices, at(0)).await.unwrap(),
        0
    );
    assert_eq!(
        store.forget(Forget::RemovedDevices, later).await.unwrap(),
        1
    );
}
