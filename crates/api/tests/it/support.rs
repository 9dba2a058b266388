//! A house to talk to.

use api::{About, HealthBoard, House, Limits, Metrics};
use model::{
    Announcement, Connectivity, DeviceKind, DriverState, Goal, Instance, Order, Path,
    PropertyShape, Reading, Report, ReportBody, RequestId, Searcher, Value, capability,
};
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Location, Store};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use twin::{Bus, Clock, Handle, Wires};

pub(crate) const DRIVER: &str = "mqtt";
pub(crate) const NETWORK: &str = "network";

/// Four protocols, one of them switched off.
fn searchers() -> Vec<Searcher> {
    let searcher = |(protocol, disabled): (&str, Option<&str>)| Searcher {
        protocol: protocol.into(),
        disabled: disabled.map(Into::into),
    };
    [
        (DRIVER, None),
        ("mdns", None),
        ("ssdp", None),
        ("bluetooth", Some("BLUETOOTH_DISCOVERY is false")),
    ]
    .map(searcher)
    .into()
}

/// A served house.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) health: HealthBoard,
    pub(crate) client: reqwest::Client,
    pub(crate) stop: CancellationToken,
    pub(crate) api: JoinHandle<()>,
    pub(crate) store: Store,
    pub(crate) auth: auth::Auth,
    /// How many seconds the clock of sessions is ahead.
    pub(crate) ahead: Arc<std::sync::atomic::AtomicI64>,
    house: JoinHandle<()>,
    recorder: JoinHandle<()>,
    house_stop: CancellationToken,
    searches: tokio::sync::Mutex<mpsc::Receiver<(String, RequestId)>>,
    _folder: tempfile::TempDir,
}

/// Serves a house with a few devices.
pub(crate) async fn served() -> Served {
    served_with(Limits::default(), "127.0.0.1:0").await
}

/// Serves a house with other bounds, or at another address.
pub(crate) async fn served_with(limits: Limits, at: &str) -> Served {
    served_on(limits, TcpListener::bind(at).await.unwrap()).await
}

/// Serves a house that asks a language model.
pub(crate) async fn served_asking(
    model: impl FnOnce(Store) -> conversation::llm::Client,
) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    served_whole(Limits::default(), listener, Some(model), false, None).await
}

/// Serves a house that speaks of its concerns.
pub(crate) async fn served_that_feels() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = None::<fn(Store) -> conversation::llm::Client>;
    served_whole(Limits::default(), listener, nobody, true, None).await
}

/// Serves a house that may ask a geocoder there.
pub(crate) async fn served_with_geocoder(url: &str) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = None::<fn(Store) -> conversation::llm::Client>;
    let geocoder = conversation::site::Geocoder::read(url).unwrap();
    served_whole(Limits::default(), listener, nobody, false, geocoder).await
}

/// Serves a house on a listener.
pub(crate) async fn served_on(limits: Limits, listener: TcpListener) -> Served {
    let nobody = None::<fn(Store) -> conversation::llm::Client>;
    served_whole(limits, listener, nobody, false, None).await
}

async fn served_whole(
    limits: Limits,
    listener: TcpListener,
    model: Option<impl FnOnce(Store) -> conversation::llm::Client>,
    feels: bool,
    geocoder: Option<conversation::site::Geocoder>,
) -> Served {
    // Another test of this process may have done so already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let location = Location::file(folder.path().join("house.db"));
    let (store, _) = Store::open(&location).await.unwrap();
    let kept = store.load().await.unwrap();
    let last_kept = kept.last_kept;
    let clock = Clock::wall();
    let (mut house, start) = twin::House::restore(kept, twin::Limits::default(), clock.now());
    house.search_with(searchers());
    let (order_sender, orders) = mpsc::channel(256);
    let (search_sender, searches) = mpsc::channel(64);
    let house_stop = CancellationToken::new();
    let wires = Wires {
        orders: order_sender,
        clock,
        store: store.clone(),
        bus: Bus::new(),
    };
    let running = twin::run(
        house,
        twin::House::started(start),
        wires,
        house_stop.clone(),
    );
    let handle = running.handle.clone();
    tokio::spawn(drive(orders, handle.clone(), search_sender));
    let (snapshot, events) = handle.subscribe("history", 1_024);
    let options = history::Options {
        zone: jiff::tz::TimeZone::UTC,
        last_kept,
        retention: history::Retention::default(),
    };
    let (recorded, kept_in) = (handle.clone(), store.clone());
    let recorder = tokio::spawn(async move {
        history::run(recorded, &snapshot, events, kept_in, options)
            .await
            .unwrap();
    });
    let (snapshot, events) = handle.subscribe("automation", 1_024);
    let wires = automation::run::Wires {
        house: handle.clone(),
        store: store.clone(),
        setting: automation::engine::Setting {
            zone: jiff::tz::TimeZone::UTC,
            location: None,
        },
        shipped: automation::shipped(),
    };
    let (automation, _) = automation::run::start(wires, snapshot, events)
        .await
        .unwrap();
    let (mind, _) = mind::start(mind::Wires {
        house: handle.clone(),
        store: store.clone(),
        zone: jiff::tz::TimeZone::UTC,
        place: Arc::new(|| None),
        interval: Duration::from_secs(300),
        components: Arc::new(Vec::new),
    });
    furnish(&handle).await;
    let zone = jiff::tz::TimeZone::UTC;
    let (memory, _) = mind::memory::Memory::start(mind::memory::Wires {
        house: handle.clone(),
        store: store.clone(),
        zone: zone.clone(),
        retention_days: 365,
    });
    let model = model.map(|model| Arc::new(model(store.clone())));
    let given = conversation::Given {
        name: "Test house".to_owned(),
        ..conversation::Given::default()
    };
    let household = conversation::Household::load(store.clone(), given)
        .await
        .unwrap();
    let insights = mind::insights::Insights {
        house: handle.clone(),
        store: store.clone(),
        zone: zone.clone(),
    };
    let (alerts, _) = mind::alerts::Alerts::start(mind::alerts::Wires {
        house: handle.clone(),
        store: store.clone(),
        zone,
        server: Arc::new(|_| None),
    })
    .await
    .unwrap();
    let (conversation, _) = conversation::begin(conversation::Wires {
        house: handle.clone(),
        automation: automation.clone(),
        store: store.clone(),
        zone: jiff::tz::TimeZone::UTC,
        household,
        geocoder,
        mind: feels.then(|| mind.clone()),
        memory: Some(memory.clone()),
        insights: Some(insights.clone()),
        alerts: Some(alerts.clone()),
        model,
        initiative: conversation::Initiative::default(),
        log_contents: false,
    });

    let metrics = Metrics::install(&[DRIVER]);
    let address = listener.local_addr().unwrap();
    let health = HealthBoard::new();
    let stop = CancellationToken::new();
    let keys = auth::Keys::passing().unwrap();
    let ahead = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let later = Arc::clone(&ahead);
    let now = move || {
        let ahead = later.load(std::sync::atomic::Ordering::Relaxed);
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead)
    };
    let auth = auth::Auth::open_at(store.clone(), keys, &auth::Settings::default(), now)
        .await
        .unwrap();
    let house = House {
        auth: auth.clone(),
        vault: vault::Vault::open(
            folder.path().join("house.db.vault"),
            Ok(vault::Key::new([7; 32])),
        ),
        handle: handle.clone(),
        automation,
        conversation,
        memory,
        insights,
        alerts,
        mind,
        store: store.clone(),
        zone: jiff::tz::TimeZone::UTC,
        pulse: Arc::new(running.pulse()),
        // One can be begun here, and it never ends.
        backup: Arc::new({
            let free = std::sync::atomic::AtomicBool::new(true);
            move || free.swap(false, std::sync::atomic::Ordering::Relaxed)
        }),
        health: health.clone(),
        metrics,
        about: About {
            simulator_url: Some("http://127.0.0.1:1/".into()),
            version: "0.0.1".into(),
            commit: "abc".into(),
            database: location.path().to_owned(),
        },
    };
    let api = tokio::spawn(api::serve(listener, house, limits, stop.clone()));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Served {
        address,
        handle,
        health,
        client,
        stop,
        api,
        store,
        auth,
        ahead,
        house: running.task,
        recorder,
        house_stop,
        searches: tokio::sync::Mutex::new(searches),
        _folder: folder,
    }
}

impl Served {
    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// Asks, and gives status and body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Json>,
    ) -> (StatusCode, Json) {
        let mut request = self.client.request(method, self.url(path));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    /// Gets what must be there.
    pub(crate) async fn get(&self, path: &str) -> Json {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A driver says something.
    pub(crate) async fn says(&self, body: ReportBody) {
        says(&self.handle, DRIVER, body).await;
    }

    /// Another driver says something.
    pub(crate) async fn hears(&self, driver: &str, body: ReportBody) {
        says(&self.handle, driver, body).await;
    }

    /// The next driver that is asked to search, and the request that it must answer.
    pub(crate) async fn next_search(&self) -> (String, RequestId) {
        let mut searches = self.searches.lock().await;
        let next = tokio::time::timeout(Duration::from_secs(10), searches.recv());
        next.await.expect("nobody is asked to search").unwrap()
    }

    /// A device reports a value.
    pub(crate) async fn reports(&self, native_id: &str, path: &str, value: impl Into<Value>) {
        let path: Path = path.parse().unwrap();
        let readings = vec![Reading::new(path, value)];
        self.says(ReportBody::Values {
            native_id: native_id.into(),
            readings,
        })
        .await;
    }

    /// Waits until the snapshot is so.
    pub(crate) async fn until(&self, so: impl Fn(&twin::Snapshot) -> bool) {
        let mut snapshots = self.handle.snapshots();
        let waited = tokio::time::timeout(
            Duration::from_secs(10),
            snapshots.wait_for(|snapshot| so(snapshot)),
        );
        assert!(waited.await.expect("it never became so").is_ok());
    }

    /// Shuts all down, in order.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(15), self.api)
            .await
            .unwrap()
            .unwrap();
        self.house_stop.cancel();
        self.house.await.unwrap();
        self.recorder.await.unwrap();
    }
}

/// The driver's end: most devices obey at once; `broken_*` ones refuse, `silent_*` ones say nothing.
/// Who is asked to search is told to the test, which answers.
async fn drive(
    mut orders: mpsc::Receiver<(String, Order)>,
    handle: Handle,
    searches: mpsc::Sender<(String, RequestId)>,
) {
    while let Some((driver, order)) = orders.recv().await {
        match order {
            Order::Command(command) if command.native_id.starts_with("broken") => {
                let reason = "the bulb is burnt out".to_owned();
                says(
                    &handle,
                    &driver,
                    ReportBody::Failed {
                        wish: command.wish,
                        reason,
                    },
                )
                .await;
            }
            Order::Command(command) if command.native_id.starts_with("silent") => {}
            Order::Command(command) => {
                says(
                    &handle,
                    &driver,
                    ReportBody::Delivered { wish: command.wish },
                )
                .await;
                let Goal::Target { values } = command.goal else {
                    continue;
                };
                let capability = model::Capability::find(&command.capability).unwrap();
                let readings = values
                    .into_iter()
                    .map(|(name, value)| {
                        Reading::new(capability.at(command.endpoint, &name), value)
                    })
                    .collect();
                says(
                    &handle,
                    &driver,
                    ReportBody::Values {
                        native_id: command.native_id,
                        readings,
                    },
                )
                .await;
            }
            Order::AddManual {
                request,
                description,
            } => {
                let place = if driver == NETWORK { "ip" } else { "address" };
                let result = match description.get(place).and_then(Json::as_str) {
                    Some(address) => {
                        let name = description["name"].as_str().unwrap_or(address);
                        let mut it =
                            announcement(address, name, DeviceKind::Switch, vec![on_off()]);
                        it.manual = Some(description.clone());
                        says(&handle, &driver, ReportBody::Announced(Box::new(it))).await;
                        Ok(address.to_owned())
                    }
                    None => Err("address is missing".to_owned()),
                };
                says(&handle, &driver, ReportBody::OrderDone { request, result }).await;
            }
            Order::Scan { request } => searches.send((driver, request)).await.unwrap(),
            Order::Watch { .. } | Order::Forget { .. } => {}
        }
    }
}

async fn says(handle: &Handle, driver: &str, body: ReportBody) {
    let report = Report {
        driver: driver.into(),
        body,
    };
    // When the house has shut down there is nobody left to tell.
    let _ = handle.reports().send(report).await;
}

pub(crate) fn announcement(
    id: &str,
    name: &str,
    kind: DeviceKind,
    capabilities: Vec<Instance>,
) -> Announcement {
    Announcement {
        native_id: id.into(),
        name: name.into(),
        slug: None,
        kind,
        manufacturer: Some("Acme".into()),
        model: None,
        via: None,
        area: None,
        capabilities,
        adopt: true,
        manual: None,
    }
}

pub(crate) fn on_off() -> Instance {
    Instance::full(&capability::ON_OFF).action("toggle")
}

async fn furnish(handle: &Handle) {
    let setpoint = capability::THERMOSTAT.property("heating_setpoint").unwrap();
    let mut thermostat = Instance::of(
        &capability::THERMOSTAT,
        ["local_temperature", "heating_setpoint"],
    );
    thermostat.properties[1] = PropertyShape {
        min: Some(7.0),
        max: Some(28.0),
        ..PropertyShape::of(setpoint)
    };
    let temperature = Instance::full(&capability::TEMPERATURE_MEASUREMENT);
    let devices = [
        (
            "lamp",
            "Hall lamp",
            DeviceKind::Light,
            vec![on_off(), Instance::full(&capability::LEVEL_CONTROL)],
        ),
        (
            "main_thermostat",
            "Main thermostat",
            DeviceKind::Thermostat,
            vec![thermostat],
        ),
        (
            "thermometer",
            "Porch thermometer",
            DeviceKind::Sensor,
            vec![temperature],
        ),
        (
            "lock",
            "Front door",
            DeviceKind::Lock,
            vec![Instance::full(&capability::DOOR_LOCK)],
        ),
        (
            "broken_lamp",
            "Broken lamp",
            DeviceKind::Light,
            vec![on_off()],
        ),
        (
            "silent_lamp",
            "Silent lamp",
            DeviceKind::Light,
            vec![on_off()],
        ),
    ];
    says(handle, DRIVER, ReportBody::State(DriverState::Running)).await;
    let count = devices.len();
    for (id, name, kind, capabilities) in devices {
        says(
            handle,
            DRIVER,
            ReportBody::Announced(Box::new(announcement(id, name, kind, capabilities))),
        )
        .await;
        let connectivity = Connectivity::Online;
        says(
            handle,
            DRIVER,
            ReportBody::Connectivity {
                native_id: id.into(),
                connectivity,
                reason: None,
            },
        )
        .await;
    }
    let found = Announcement {
        adopt: false,
        area: Some("Garage".into()),
        ..announcement("plug", "Garage plug", DeviceKind::Outlet, vec![on_off()])
    };
    says(handle, DRIVER, ReportBody::Announced(Box::new(found))).await;
    let mut snapshots = handle.snapshots();
    let furnished = |snapshot: &Arc<twin::Snapshot>| {
        let online = snapshot
            .devices
            .values()
            .filter(|twin| twin.connectivity == Connectivity::Online);
        online.count() == count && snapshot.discoveries.len() == 1
    };
    snapshots.wait_for(furnished).await.unwrap();
}
