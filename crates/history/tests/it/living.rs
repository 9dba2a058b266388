//! History beside a living twin: what devices report is there, and a restart is a gap.

use crate::support::{Folder, path};
use history::{Options, Retention, run};
use jiff::tz::TimeZone;
use model::{
    Announcement, Connectivity, DeviceKind, Instance, Reading, Report, ReportBody, Timestamp,
    capability,
};
use std::time::Duration;
use store::{GapReason, Kept, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twin::{Bus, Clock, House, Limits, Wires};

/// A house that runs, with history beside it.
struct Living {
    running: twin::Running,
    stop: CancellationToken,
    history: tokio::task::JoinHandle<Result<(), store::StoreError>>,
    _orders: mpsc::Receiver<(String, model::Order)>,
}

impl Living {
    fn begin(store: &Store, kept: Kept) -> Self {
        let clock = Clock::wall();
        let last_kept = kept.last_kept;
        let (house, effects) = House::restore(kept, Limits::default(), clock.now());
        let stop = CancellationToken::new();
        let (orders, receiver) = mpsc::channel(100);
        let bus = Bus::new();
        let subscription = bus.subscribe("history", 1_000);
        let snapshot = house.snapshot().clone();
        let wires = Wires {
            orders,
            clock,
            store: store.clone(),
            bus,
        };
        let running = twin::run(house, effects, wires, stop.clone());
        let options = Options {
            zone: TimeZone::UTC,
            last_kept,
            retention: Retention::default(),
        };
        let (handle, store) = (running.handle.clone(), store.clone());
        let history =
            tokio::spawn(async move { run(handle, &snapshot, subscription, store, options).await });
        Self {
            running,
            stop,
            history,
            _orders: receiver,
        }
    }

    async fn report(&self, body: ReportBody) {
        let report = Report {
            driver: "mqtt".to_owned(),
            body,
        };
        self.running.handle.reports().send(report).await.unwrap();
    }

    async fn reports(&self, text: &str, value: impl Into<model::Value>) {
        let readings = vec![Reading::new(path(text), value)];
        self.report(ReportBody::Values {
            native_id: "lamp".to_owned(),
            readings,
        })
        .await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.task.await.unwrap();
        tokio::time::timeout(Duration::from_secs(20), self.history)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }

    /// Waits until the twin has what was reported.
    async fn settled(&self, text: &str, value: impl Into<model::Value>) {
        let wanted = value.into();
        let has = || {
            let snapshot = self.running.handle.snapshot();
            let twin = snapshot.device("lamp")?;
            Some(twin.value(path(text)) == Some(&wanted) && !twin.reported(path(text))?.stale)
        };
        for _ in 0..10_000 {
            if has() == Some(true) {
                return;
            }
            tokio::task::yield_now().await;
            tokio::time::timeout(Duration::from_millis(1), std::future::pending::<()>())
                .await
                .ok();
        }
        panic!("the twin never had {text}");
    }
}

fn announced() -> ReportBody {
    ReportBody::Announced(Box::new(Announcement {
        native_id: "lamp".to_owned(),
        name: "Lamp".to_owned(),
        slug: Some("lamp".to_owned()),
        kind: DeviceKind::Light,
        manufacturer: None,
        model: None,
        via: None,
        area: None,
        capabilities: vec![
            Instance::full(&capability::ON_OFF),
            Instance::full(&capability::TEMPERATURE_MEASUREMENT),
        ],
        adopt: true,
        manual: None,
    }))
}

const WARMTH: &str = "TemperatureMeasurement.temperature";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_devices_report_is_recorded_and_comes_back_stale() {
    let folder = Folder::new();
    let (store, kept) = folder.lead().await;
    let living = Living::begin(&store, kept);
    living.report(announced()).await;
    living
        .report(ReportBody::Connectivity {
            native_id: "lamp".to_owned(),
            connectivity: Connectivity::Online,
            reason: None,
        })
        .await;
    for n in 0..100 {
        living.reports(WARMTH, f64::from(n)).await;
    }
    living.reports("OnOff.on_off", true).await;
    living.settled("OnOff.on_off", true).await;
    let device = living
        .running
        .handle
        .snapshot()
        .device("lamp")
        .unwrap()
        .device
        .id;
    living.end().await;

    let warmth = store
        .recorded_property(device, path(WARMTH))
        .await
        .unwrap()
        .unwrap();
    let samples = store
        .samples(&warmth, Timestamp::MIN, Timestamp::MAX, 1_000)
        .await
        .unwrap();
    assert!(!samples.is_empty() && samples.last().unwrap().value == Some(99.0.into()));
    let kinds: Vec<_> = store
        .events(&store::EventFilter::default(), 100)
        .await
        .unwrap()
        .events
        .iter()
        .map(|event| event.body.kind())
        .collect();
    for kind in [
        "house_started",
        "device_added",
        "connectivity_changed",
        "property_changed",
    ] {
        assert!(kinds.contains(&kind), "{kinds:?} misses {kind}");
    }
    assert!(
        store
            .gaps(Timestamp::MIN, Timestamp::MAX)
            .await
            .unwrap()
            .is_empty()
    );
    store.close_clean(None).await.unwrap();

    // The next start: the values are back and stale, and the time between is a gap.
    let (store, kept) = folder.lead().await;
    let counts = (kept.clean, kept.values.len(), kept.last_seen.len());
    assert_eq!(counts, (true, 2, 1));
    let last_kept = kept.last_kept.unwrap();
    let living = Living::begin(&store, kept);
    let snapshot = living.running.handle.snapshot();
    let twin = snapshot.device("lamp").unwrap();
    assert_eq!(twin.value(path(WARMTH)), Some(&99.0.into()));
    assert!(twin.reported(path(WARMTH)).unwrap().stale);
    living.reports(WARMTH, 99.0).await;
    living.settled(WARMTH, 99.0).await;
    living.end().await;
    let gaps = store.gaps(Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        (gaps[0].from, gaps[0].reason),
        (last_kept, GapReason::NotRunning)
    );
    let again = store
        .samples(&warmth, gaps[0].to, Timestamp::MAX, 10)
        .await
        .unwrap();
    assert_eq!(
        again.len(),
        1,
        "a confirmation after the gap says that it is known again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_lead_stops_recording() {
    let folder = Folder::new();
    let (store, kept) = folder.lead().await;
    let living = Living::begin(&store, kept);
    living.report(announced()).await;
    living.reports(WARMTH, 1.0).await;
    living.settled(WARMTH, 1.0).await;
    let (_other, _) = folder.lead().await;
    living.reports(WARMTH, 2.0).await;
    let ended = tokio::time::timeout(Duration::from_secs(20), living.history)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended, Err(store::StoreError::Superseded));
    living.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_broke_goes_on_with_a_gap() {
    let folder = Folder::new();
    let (store, kept) = folder.lead().await;
    let mut living = Living::begin(&store, kept);
    living.report(announced()).await;
    living.reports(WARMTH, 1.0).await;
    living.settled(WARMTH, 1.0).await;
    let written = async {
        while store.recorded_until().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written)
        .await
        .unwrap();
    let until = store.recorded_until().unwrap();
    living.history.abort();
    living.reports(WARMTH, 2.0).await;
    living.settled(WARMTH, 2.0).await;
    let (snapshot, subscription) = living.running.handle.subscribe("history", 100);
    let handle = living.running.handle.clone();
    let options = Options {
        zone: TimeZone::UTC,
        last_kept: None,
        retention: Retention::default(),
    };
    let again = store.clone();
    living.history =
        tokio::spawn(async move { run(handle, &snapshot, subscription, again, options).await });
    let device = living
        .running
        .handle
        .snapshot()
        .device("lamp")
        .unwrap()
        .device
        .id;
    living.end().await;
    let gaps = store.gaps(Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        (gaps[0].from, gaps[0].reason),
        (until, GapReason::FellBehind)
    );
    let warmth = store
        .recorded_property(device, path(WARMTH))
        .await
        .unwrap()
        .unwrap();
    let last = store
        .sample_before(&warmth, Timestamp::MAX)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        last.value,
        Some(2.0.into()),
        "what was missed last is there"
    );
}
