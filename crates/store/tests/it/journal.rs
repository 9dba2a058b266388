//! The journal: groups, order, and what one bad submission does to the others.

use crate::fixture::{Folder, area, ended, lamp, record, wish};
use model::{FloorId, WishState};
use sqlx::{Connection, SqliteConnection};
use store::{Record, StoreError};

/// Somebody else holds the database, so that what is submitted meanwhile becomes one group.
async fn held(folder: &Folder) -> SqliteConnection {
    let url = format!("sqlite://{}", folder.file().display());
    let mut outside = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut outside)
        .await
        .unwrap();
    outside
}

async fn release(mut outside: SqliteConnection) {
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut outside)
        .await
        .unwrap();
    outside.close().await.unwrap();
}

#[tokio::test]
async fn one_that_contradicts_does_not_take_the_others_down() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let outside = held(&folder).await;
    let first = store.submit(vec![record(&lamp("first", None))]);
    let good = store.submit(vec![record(&lamp("good", None))]);
    let homeless = Record::Area(area("attic", Some(FloorId::new())));
    let bad = store.submit(vec![record(&lamp("half", None)), homeless]);
    let late = store.submit(vec![record(&lamp("late", None))]);
    release(outside).await;
    assert_eq!(
        (first.await, good.await, late.await),
        (Ok(()), Ok(()), Ok(()))
    );
    assert!(matches!(bad.await, Err(StoreError::Conflict(_))));
    let slugs: Vec<_> = store
        .load()
        .await
        .unwrap()
        .devices
        .iter()
        .map(|d| d.slug.to_string())
        .collect();
    assert_eq!(
        slugs,
        ["first", "good", "late"],
        "a submission is kept as a whole or not at all"
    );
}

#[tokio::test]
async fn the_order_of_submission_is_the_order_of_keeping() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let device = lamp("lamp", None);
    let mut last = None;
    for n in 0..300 {
        let pending = wish(device.id, n);
        let reached = ended(pending.clone(), WishState::Reached, n);
        drop(store.submit(vec![Record::Wish(Box::new(pending))]));
        last = Some(store.submit(vec![Record::Wish(Box::new(reached))]));
    }
    last.unwrap().await.unwrap();
    assert!(store.load().await.unwrap().pending.is_empty());
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    let outside = held(&folder).await;
    let receipts: Vec<_> = (0..5_000).map(|_| store.submit(Vec::new())).collect();
    release(outside).await;
    let mut refused = 0;
    for receipt in receipts {
        match receipt.await {
            Ok(()) => {}
            Err(StoreError::Overloaded) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!((1..5_000).contains(&refused), "{refused} were refused");
    store
        .keep(vec![record(&lamp("after", None))])
        .await
        .unwrap();
}
