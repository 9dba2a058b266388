//! What the house was set up as: how long that is kept, and what of it is erased.

use crate::fixture::{Folder, at};
use model::{Cause, Timestamp, Who};
use serde_json::{Value as Json, json};
use store::{Forget, Record, Store, Version};

fn version(part: &str, id: &str, body: Option<Json>, second: i64) -> Record {
    Record::Version(Box::new(Version {
        part: part.to_owned(),
        id: id.to_owned(),
        body,
        at: at(second),
        cause: Cause::first(Who::House),
    }))
}

async fn forget(store: &Store, before: Timestamp) {
    while store.forget(Forget::Configuration, before).await.unwrap() > 0 {}
}

/// What each part was called at a moment.
async fn names(store: &Store, second: i64) -> Vec<String> {
    let found = store.configuration_at(at(second)).await.unwrap();
    let name = |version: &Version| {
        version.body.as_ref().unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    found.iter().map(name).collect()
}

#[tokio::test]
async fn old_versions_go_but_what_stood_at_the_oldest_kept_moment_stays() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let mut records = Vec::new();
    for n in 0..5_000 {
        records.push(version(
            "device",
            "lamp",
            Some(json!({"name": format!("Lamp {n}")})),
            n,
        ));
    }
    records.push(version("area", "den", Some(json!({"name": "Den"})), 1));
    records.push(version("area", "attic", Some(json!({"name": "Attic"})), 2));
    records.push(version("area", "attic", None, 3));
    records.push(version(
        "area",
        "hall",
        Some(json!({"name": "Hall"})),
        4_600,
    ));
    store.keep(records).await.unwrap();
    forget(&store, at(4_500)).await;

    assert_eq!(store.configuration_began().await.unwrap(), at(4_500));
    assert_eq!(names(&store, 4_500).await, ["Den", "Lamp 4500"]);
    assert_eq!(names(&store, 4_999).await, ["Den", "Hall", "Lamp 4999"]);
    let lamp = store.configuration_of("device", "lamp").await.unwrap();
    assert_eq!((lamp.len(), lamp[0].at), (500, at(4_500)));
    assert!(
        store
            .configuration_of("area", "attic")
            .await
            .unwrap()
            .is_empty()
    );
    // What stood there by then is no change; what came after is.
    let changes = store
        .configuration_changes(Timestamp::MIN, at(9_999), None, 500)
        .await
        .unwrap();
    assert!(changes.iter().all(|change| change.after.at >= at(4_500)));
    assert!(changes.iter().all(|change| change.after.id != "den"));
    assert!(changes.iter().any(|change| change.after.id == "hall"));

    // By number: the oldest of those that are too many.
    assert_eq!(store.configuration_beyond(10_000).await.unwrap(), None);
    assert_eq!(
        store.configuration_beyond(100).await.unwrap(),
        Some(at(4_901))
    );
    forget(&store, at(4_901)).await;
    assert_eq!(names(&store, 4_901).await, ["Den", "Hall", "Lamp 4901"]);
}

#[tokio::test]
async fn a_place_that_is_forgotten_is_in_no_version() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let site = |name: &str| Some(json!({"name": name, "latitude": 48.85, "longitude": 2.35}));
    store
        .keep(vec![
            version("setting", "site", site("Rue de Rivoli"), 1),
            version("setting", "site", site("Rue de Rome"), 2),
            version("setting", "house_name", Some(json!("Hazel")), 3),
            version("setting", "site", None, 4),
        ])
        .await
        .unwrap();
    let versions = store.configuration_of("setting", "site").await.unwrap();
    assert_eq!(
        versions.len(),
        1,
        "that it was forgotten is known: {versions:?}"
    );
    assert_eq!(versions[0].body, None);
    let then = store.configuration_at(at(3)).await.unwrap();
    assert_eq!(then.len(), 1, "{then:?}");
    let changes = store
        .configuration_changes(at(0), at(9), None, 100)
        .await
        .unwrap();
    assert!(!format!("{changes:?}").contains("Rue"), "{changes:?}");
    // A place that is told later is kept again.
    store
        .keep(vec![version("setting", "site", site("Rue Cler"), 5)])
        .await
        .unwrap();
    let versions = store.configuration_of("setting", "site").await.unwrap();
    assert_eq!(versions.len(), 2);
}
