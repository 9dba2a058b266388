//! The running house: durable before acknowledged, sent after kept, nothing lost when the disk is full.

use crate::support::{DRIVER, announcement, told};
use model::{
    Connectivity, DeviceKind, DriverState, EventBody, Grant, Instance, Order, Report, ReportBody,
    Request, RequestBody, Who, WishState, capability,
};
use std::time::Duration;
use store::{Location, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twin::{
    Answer, Bus, Clock, Delivery, Handle, House, Limits, RefusalCode, RequestError, Running, Wires,
    run,
};

struct Lived {
    handle: Handle,
    store: Store,
    orders: mpsc::Receiver<(String, Order)>,
    stop: CancellationToken,
    running: Running,
    folder: tempfile::TempDir,
}

async fn lived_in(folder: tempfile::TempDir) -> Lived {
    let location = Location::file(folder.path().join("house.db"));
    let (store, _) = Store::open(&location).await.unwrap();
    let kept = store.load().await.unwrap();
    let clock = Clock::wall();
    let (house, start) = House::restore(kept, Limits::default(), clock.now());
    let (order_sender, orders) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let wires = Wires {
        orders: order_sender,
        clock,
        store: store.clone(),
        bus: Bus::new(),
    };
    let running = run(house, House::started(start), wires, stop.clone());
    Lived {
        handle: running.handle.clone(),
        store,
        orders,
        stop,
        running,
        folder,
    }
}

impl Lived {
    async fn says(&self, body: ReportBody) {
        let report = Report {
            driver: DRIVER.into(),
            body,
        };
        self.handle.reports().send(report).await.unwrap();
    }

    async fn lamp(&self) {
        let lamp = announcement(
            "lamp",
            DeviceKind::Light,
            vec![Instance::full(&capability::ON_OFF)],
        );
        self.says(ReportBody::State(DriverState::Running)).await;
        self.says(ReportBody::Announced(Box::new(lamp))).await;
        let online = Connectivity::Online;
        self.says(ReportBody::Connectivity {
            native_id: "lamp".into(),
            connectivity: online,
            reason: None,
        })
        .await;
        let mut snapshots = self.handle.snapshots();
        snapshots
            .wait_for(|s| {
                s.device("lamp")
                    .is_some_and(|lamp| lamp.connectivity == Connectivity::Online)
            })
            .await
            .unwrap();
    }

    async fn switch(&self) -> Result<Answer, RequestError> {
        self.handle
            .request(Request::new(
                Grant::operator(),
                RequestBody::Command(told("lamp", "OnOff", "on")),
            ))
            .await
    }

    async fn end(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.running.task.await.unwrap();
        self.store.close_clean(None).await.unwrap();
        self.folder
    }
}

#[tokio::test]
async fn a_wish_is_durable_when_it_is_acknowledged_and_sent_after_that() {
    let mut house = lived_in(tempfile::tempdir().unwrap()).await;
    house.lamp().await;
    let Answer::Wish(wish) = house.switch().await.unwrap() else {
        panic!("a command makes a wish")
    };
    let kept = house.store.wish(wish.id).await.unwrap();
    assert_eq!(kept.map(|kept| kept.state), Some(WishState::Pending));
    let (driver, order) = house.orders.recv().await.unwrap();
    assert_eq!(driver, DRIVER);
    assert!(matches!(order, Order::Command(command) if command.wish == wish.id));
    let reading = model::Reading::new("OnOff.on_off".parse().unwrap(), true);
    house
        .says(ReportBody::Values {
            native_id: "lamp".into(),
            readings: vec![reading],
        })
        .await;
    let settled = house
        .handle
        .settled(wish.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(settled.state, WishState::Reached);
    let folder = house.end().await;

    let again = lived_in(folder).await;
    let snapshot = again.handle.snapshot();
    assert_eq!(snapshot.position.epoch, 2);
    assert_eq!(
        snapshot.device("lamp").unwrap().connectivity,
        Connectivity::Unknown
    );
    assert_eq!(
        snapshot.area("hall").map(|area| area.name.as_str()),
        Some("Hall")
    );
    again.end().await;
}

#[tokio::test]
async fn a_full_disk_refuses_and_heals_and_what_was_refused_stays_refused() {
    let mut house = lived_in(tempfile::tempdir().unwrap()).await;
    house.lamp().await;
    house.store.limit_pages(1).await.unwrap();
    let mut acknowledged = Vec::new();
    let refused = loop {
        // The last free bytes of the file may still take some.
        match house.switch().await {
            Ok(Answer::Wish(wish)) => acknowledged.push(wish.id),
            Ok(other) => panic!("{other:?}"),
            Err(RequestError::Refused(refusal)) => break refusal,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(refused.code, RefusalCode::NotKept);
    assert!(
        refused.message.contains("could not be kept"),
        "{}",
        refused.message
    );
    while house.orders.try_recv().is_ok() {}
    house.store.limit_pages(1_000_000).await.unwrap();
    let Answer::Wish(wish) = house.switch().await.unwrap() else {
        panic!("a command makes a wish")
    };
    acknowledged.push(wish.id);
    let folder = house.end().await;

    let (store, _) = Store::open(&Location::file(folder.path().join("house.db")))
        .await
        .unwrap();
    let kept = store.load().await.unwrap();
    for wish in &kept.pending {
        assert!(
            acknowledged.contains(&wish.id),
            "a refused wish came back: {wish:?}"
        );
    }
    store.close_clean(None).await.unwrap();
}

#[tokio::test]
async fn a_rules_wish_is_sent_before_it_is_kept_and_a_persons_is_not() {
    let mut house = lived_in(tempfile::tempdir().unwrap()).await;
    house.lamp().await;
    house.store.limit_pages(1).await.unwrap();
    // The last free bytes of the file may still take some.
    while house.switch().await.is_ok() {
        while house.orders.try_recv().is_ok() {}
    }
    assert!(
        house.orders.try_recv().is_err(),
        "what cannot be kept for a person is not sent"
    );

    let wish = loop {
        let mut request = Request::new(
            Grant::operator(),
            RequestBody::Command(told("lamp", "OnOff", "on")),
        );
        let name = "Evening".into();
        request.cause = request.cause.then(Who::Rule { name });
        let Ok(Answer::Wish(wish)) = house.handle.request(request).await else {
            panic!("a rule's wish does not wait for the disk")
        };
        let (_, order) = house.orders.recv().await.unwrap();
        assert!(matches!(order, Order::Command(command) if command.wish == wish.id));
        // Who asks later is answered after all before was tried. The lamp is left alone: what is
        // wanted of it now would take the place of what the rule wants.
        let mode = "away".into();
        let later = Request::new(Grant::operator(), RequestBody::SetMode { mode });
        drop(house.handle.request(later).await);
        while house.orders.try_recv().is_ok() {}
        if house.store.wish(wish.id).await.unwrap().is_none() {
            break wish;
        }
    };
    // What was sent is not taken back because the disk is full: the lamp obeys, and that counts.
    let reading = model::Reading::new("OnOff.on_off".parse().unwrap(), true);
    house
        .says(ReportBody::Values {
            native_id: "lamp".into(),
            readings: vec![reading],
        })
        .await;
    let settled = house.handle.settled(wish.id, Duration::from_secs(10)).await;
    assert_eq!(settled.unwrap().state, WishState::Reached);
    house.store.limit_pages(1_000_000).await.unwrap();
    house.switch().await.unwrap();
    let folder = house.end().await;
    let again = lived_in(folder).await;
    let kept = again.store.wish(wish.id).await.unwrap();
    assert_eq!(kept.map(|kept| kept.state), Some(WishState::Reached));
    again.end().await;
}

#[tokio::test]
async fn a_slow_listener_is_told_what_it_missed_and_nobody_waits() {
    let house = lived_in(tempfile::tempdir().unwrap()).await;
    let (from, mut slow) = house.handle.subscribe("slow", 1);
    house.lamp().await;
    for turn in 0..200 {
        let reading = model::Reading::new("OnOff.on_off".parse().unwrap(), turn % 2 == 0);
        house
            .says(ReportBody::Values {
                native_id: "lamp".into(),
                readings: vec![reading],
            })
            .await;
        tokio::task::yield_now().await;
    }
    let mut next = from.position.seq + 1;
    let mut missed = 0;
    while next <= house.handle.snapshot().position.seq {
        match slow.recv().await.unwrap() {
            Delivery::Missed { from, to } => {
                assert_eq!(
                    from.seq, next,
                    "what is missing begins where the rest ended"
                );
                missed += to.seq - from.seq + 1;
                next = to.seq + 1;
            }
            Delivery::Events(events) => {
                let known = next;
                for event in events.iter().filter(|event| event.position.seq >= known) {
                    assert_eq!(event.position.seq, next, "no event is lost without a word");
                    next += 1;
                }
            }
        }
    }
    let last = next - 1;
    assert!(
        last > 100 && missed > 0,
        "it fell behind by {missed} of {last}"
    );
    house.end().await;
}

#[tokio::test]
async fn a_listener_that_wants_little_is_not_told_the_rest() {
    let house = lived_in(tempfile::tempdir().unwrap()).await;
    house.lamp().await;
    let wants = |body: &EventBody| matches!(body, EventBody::DeviceEvent { .. });
    let mut picky = house.handle.subscribe_to("picky", 1, wants);
    for turn in 0..200 {
        let reading = model::Reading::new("OnOff.on_off".parse().unwrap(), turn % 2 == 0);
        house
            .says(ReportBody::Values {
                native_id: "lamp".into(),
                readings: vec![reading],
            })
            .await;
        tokio::task::yield_now().await;
    }
    house
        .says(ReportBody::DeviceEvent {
            native_id: "lamp".into(),
            endpoint: 1,
            capability: "OnOff".into(),
            event: "pressed".into(),
        })
        .await;
    match picky.recv().await.unwrap() {
        Delivery::Events(events) => assert!(events.iter().any(|event| wants(&event.body))),
        Delivery::Missed { from, to } => panic!("it missed {from} to {to}, which are not for it"),
    }
    house.end().await;
}
