//! The supervisor with drivers that break in every way.

use crate::support::House;
use drivers::{
    Backoff, Credentials, Driver, Factory, Failure, Keep, Link, Manifest, Quality, Rule, Running,
    Secret,
};
use model::{DriverCommand, DriverState, Goal, Order, ReportBody, WishId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

static MANIFEST: Manifest = Manifest {
    name: "mqtt",
    title: "A driver that breaks",
    quality: &[],
};

const QUICK: Backoff = Backoff {
    first: Duration::from_millis(20),
    most: Duration::from_millis(40),
    stable: Duration::from_secs(60),
};

/// Breaks its first lives, then behaves.
struct Fragile(u32);

impl Driver for Fragile {
    fn run(self: Box<Self>, mut link: Link) -> Running {
        Box::pin(async move {
            match self.0 {
                0 => panic!("the first life"),
                1 => Err(Failure("the second life".to_owned())),
                // Takes an order and dies of it.
                2 => {
                    let _ = link.orders.recv().await;
                    panic!("the third life")
                }
                _ => {
                    link.stop.cancelled().await;
                    Ok(())
                }
            }
        })
    }
}

fn fragile() -> Factory {
    let lives = Arc::new(AtomicU32::new(0));
    Factory::new(&MANIFEST, move || {
        Box::new(Fragile(lives.fetch_add(1, Ordering::Relaxed)))
    })
}

fn command() -> (WishId, Order) {
    let wish = WishId::new();
    let order = Order::Command(DriverCommand {
        wish,
        native_id: "x".to_owned(),
        endpoint: 1,
        capability: "OnOff".to_owned(),
        goal: Goal::Action {
            command: "toggle".to_owned(),
        },
    });
    (wish, order)
}

async fn failed(house: &mut House) -> String {
    house
        .until("a failure", |body| match body {
            ReportBody::State(DriverState::Failed { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await
}

async fn refusal(house: &mut House, wish: WishId) -> String {
    house
        .until("a refusal", |body| match body {
            ReportBody::Failed {
                wish: ended,
                reason,
            } if *ended == wish => Some(reason.clone()),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_driver_that_breaks_is_started_again_and_its_orders_are_answered() {
    let mut house = House::backing_off(fragile(), QUICK);
    assert_eq!(failed(&mut house).await, "it panicked: the first life");
    // Down: an order is refused at once.
    let (wish, order) = command();
    house.order(order).await;
    let reason = refusal(&mut house, wish).await;
    assert!(reason.contains("broke"), "{reason}");
    assert_eq!(failed(&mut house).await, "the second life");
    // An order that the driver took with it is answered for it.
    house
        .until("the third life", |body| {
            matches!(body, ReportBody::State(DriverState::Starting)).then_some(())
        })
        .await;
    let (wish, order) = command();
    house.order(order).await;
    let reason = refusal(&mut house, wish).await;
    assert_eq!(reason, "the driver broke before it could answer");
    assert_eq!(failed(&mut house).await, "it panicked: the third life");
    house
        .until("the fourth life", |body| {
            matches!(body, ReportBody::State(DriverState::Starting)).then_some(())
        })
        .await;
    house.stop.cancel();
    house
        .until("the end", |body| {
            matches!(body, ReportBody::State(DriverState::Stopped)).then_some(())
        })
        .await;
    house.end().await;
}

#[tokio::test]
async fn orders_for_nobody_are_refused() {
    let mut house = House::backing_off(fragile(), QUICK);
    let (wish, order) = command();
    house
        .orders
        .send(("nobody".to_owned(), order))
        .await
        .unwrap();
    assert_eq!(refusal(&mut house, wish).await, "there is no such driver");
    house.end().await;
}

#[test]
fn every_rule_of_quality_stands_in_the_manifest() {
    for rule in Rule::ALL {
        let standing = drivers::mqtt::MANIFEST
            .quality
            .iter()
            .filter(|(known, _)| known == rule);
        assert_eq!(standing.count(), 1, "{rule:?}");
    }
    for (rule, quality) in drivers::mqtt::MANIFEST.quality {
        if let Quality::Exempt(reason) = quality {
            assert!(!reason.is_empty(), "{rule:?}");
        }
    }
}

/// Keeps its lives' number as a secret, and ends when it is told to.
struct Keeping;

impl Driver for Keeping {
    fn run(self: Box<Self>, link: Link) -> Running {
        Box::pin(async move {
            let lives = match link.credentials.get("lives").await {
                Some(kept) => format!("{}+", kept.reveal()),
                None => "+".to_owned(),
            };
            let kept = link.credentials.put("lives", &Secret::new(lives)).await;
            kept.map_err(Failure)?;
            link.stop.cancelled().await;
            Ok(())
        })
    }
}

/// A vault that is a map.
#[derive(Default)]
struct Map(std::sync::Mutex<std::collections::BTreeMap<String, String>>);

impl Keep for Map {
    fn get(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn put(&self, name: &str, secret: &str) -> Result<(), String> {
        let mut map = self.0.lock().unwrap();
        map.insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        let gone = self.0.lock().unwrap().remove(name);
        gone.map(drop).ok_or_else(|| "there is none".to_owned())
    }
}

#[tokio::test]
async fn a_driver_keeps_credentials_and_begins_anew_when_they_are_others() {
    let map = Arc::new(Map::default());
    let (other, anew) = tokio::sync::watch::channel(0);
    let factory = Factory::new(&MANIFEST, || Box::new(Keeping))
        .with_credentials(Credentials::of(MANIFEST.name, map.clone()))
        .renewed_by(anew);
    let mut house = House::backing_off(factory, QUICK);
    for lives in ["+", "++", "+++"] {
        while map.get("driver.mqtt.lives").as_deref() != Some(lives) {
            tokio::task::yield_now().await;
        }
        other.send_modify(|number| *number += 1);
        house
            .until("another life", |body| {
                matches!(body, ReportBody::State(DriverState::Starting)).then_some(())
            })
            .await;
    }
    // Where there is no place for it, that is told.
    let nowhere = Credentials::default();
    let refused = nowhere.put("lives", &Secret::new("+".to_owned())).await;
    assert!(refused.unwrap_err().contains("no vault"));
    house.end().await;
}
