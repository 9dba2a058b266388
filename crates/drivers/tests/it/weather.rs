//! The weather over a service on loopback: one that answers as a test says, and the simulator's own.

use crate::support::{House, PATIENCE, free_port};
use drivers::{
    Factory,
    conformance::{self, Peer, Step},
    weather::{self, Address, Place, Settings},
};
use jiff::tz::TimeZone;
use model::{Connectivity, DriverState, Order, ReportBody, RequestId, Searched, capability};
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const RECORDED: &str = include_str!("../fixtures/open-meteo-2026-10-03.json");

/// How the service answers.
#[derive(Clone, PartialEq)]
enum Manner {
    Recorded,
    /// With this head and body.
    With(&'static str, String),
}

struct Inner {
    manner: Manner,
    /// The heads of what was asked, as they came.
    asked: Vec<String>,
}

/// A service that tells the recorded weather, with a tag; it ends with the value.
struct Service {
    port: u16,
    inner: Arc<Mutex<Inner>>,
    doors: Option<JoinHandle<()>>,
}

impl Service {
    async fn start() -> Self {
        let mut service = Self {
            port: 0,
            inner: Arc::new(Mutex::new(Inner {
                manner: Manner::Recorded,
                asked: Vec::new(),
            })),
            doors: None,
        };
        service.open().await;
        service
    }

    async fn open(&mut self) {
        if self.doors.is_some() {
            return;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .unwrap();
        self.port = listener.local_addr().unwrap().port();
        let inner = Arc::clone(&self.inner);
        self.doors = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                host(stream, &inner).await;
            }
        }));
    }

    async fn shut(&mut self) {
        if let Some(doors) = self.doors.take() {
            doors.abort();
            let _ = doors.await;
        }
    }

    fn answer(&self, manner: Manner) {
        self.inner.lock().unwrap().manner = manner;
    }

    fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }

    async fn asked_again(&self) {
        let before = self.asked().len();
        let began = Instant::now();
        while self.asked().len() < before + 2 {
            assert!(began.elapsed() < PATIENCE, "nobody asks");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn settings(&self, every: Duration) -> Settings {
        Settings {
            address: Address::Named(format!("http://127.0.0.1:{}", self.port)),
            place: Place {
                latitude: 52.276_31,
                longitude: 6.874_87,
            },
            every,
            zone: TimeZone::UTC,
        }
    }

    fn factory(&self) -> Factory {
        weather::factory(self.settings(Duration::from_millis(50)))
    }
}

/// Answers one question. A connection is closed after it, so that the next one is seen.
async fn host(mut stream: TcpStream, inner: &Mutex<Inner>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) if head.len() < 65_536 => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let answer = {
        let mut inner = inner.lock().unwrap();
        let (first, body) = match &inner.manner {
            Manner::Recorded if head.contains("if-none-match: \"october\"") => {
                ("304 Not Modified\r\n", String::new())
            }
            Manner::Recorded => ("200 OK\r\netag: \"October\"\r\n", RECORDED.to_owned()),
            Manner::With(first, body) => (*first, body.clone()),
        };
        inner.asked.push(head);
        let length = body.len();
        format!("HTTP/1.1 {first}connection: close\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let _ = stream.write_all(answer.as_bytes()).await;
}

struct There(Service);

impl Peer for There {
    fn announce(&mut self) -> Step<'_> {
        Box::pin(async { self.0.answer(Manner::Recorded) })
    }
    fn is_controlled(&self) -> bool {
        false
    }
    fn report(&mut self) -> Step<'_> {
        Box::pin(async { self.0.answer(Manner::Recorded) })
    }
    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            let deep = "[".repeat(100_000);
            for (head, body) in [
                ("200 OK\r\n", deep),
                ("200 OK\r\n", "x".repeat(5_000_000)),
                ("200 OK\r\n", r#"{"current":{"time":1e300}}"#.to_owned()),
                (
                    "200 OK\r\n",
                    r#"{"current":{"time":9,"temperature_2m":-1e300}}"#.to_owned(),
                ),
                (
                    "302 Found\r\nlocation: http://192.0.2.1/\r\n",
                    String::new(),
                ),
                ("500 Oh\r\n", "no".to_owned()),
            ] {
                self.0.answer(Manner::With(head, body));
                self.0.asked_again().await;
            }
        })
    }
    fn flood(&mut self) -> Option<Step<'_>> {
        None
    }
    fn leave(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(self.0.shut()))
    }
    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async {
            self.0.open().await;
            self.0.answer(Manner::Recorded);
        })
    }
}

#[tokio::test]
async fn the_driver_conforms() {
    let service = Service::start().await;
    let settings = service.settings(Duration::from_millis(50));
    let mut peer = There(service);
    conformance::check(|| weather::factory(settings.clone()), &mut peer)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_recorded_weather_arrives_and_is_not_fetched_twice() {
    let service = Service::start().await;
    let mut house = House::with(service.factory());
    let values = |body: &ReportBody| match body {
        ReportBody::Values { readings, .. } => Some(readings.clone()),
        _ => None,
    };
    let first = house.until("values", values).await;
    let value = |path| {
        let reading = first.iter().find(|reading| reading.path == path);
        reading.unwrap().value.clone()
    };
    assert_eq!(
        value(capability::TEMPERATURE_MEASUREMENT.at(1, "temperature")),
        Some(17.7.into())
    );
    assert_eq!(
        value(capability::WEATHER_STATION.at(1, "condition")),
        Some("partly_cloudy".into())
    );
    // What was recorded has no hours to come: nothing is made up.
    for name in ["rain_in", "rain", "temperature_min", "condition"] {
        assert_eq!(
            value(capability::WEATHER_FORECAST.at(1, name)),
            None,
            "{name}"
        );
    }
    // The same again is confirmed without being sent again.
    assert_eq!(house.until("values", values).await.len(), first.len());
    let asked = service.asked();
    assert!(!asked[0].contains("if-none-match"), "{}", asked[0]);
    assert!(
        asked[1].contains("if-none-match: \"october\""),
        "{}",
        asked[1]
    );
    for head in asked {
        assert!(head.contains("latitude=52.3&longitude=6.9&"), "{head}");
        let leaks = ["52.27", "6.87", "cookie", "referer", "authorization"];
        assert!(leaks.iter().all(|leak| !head.contains(leak)), "{head}");
    }
}

#[tokio::test]
async fn a_simulated_house_has_the_weather_of_its_simulator() {
    let port = free_port();
    let stop = tokio_util::sync::CancellationToken::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../houses/family.toml");
    let simulator = tokio::spawn(sim::run(
        sim::Settings {
            house: sim::file::read(std::path::Path::new(file)).unwrap(),
            mqtt: None,
            port,
            pace: 1.0,
            start: "2026-03-02T06:00:00Z".parse().unwrap(),
            seed: None,
            clock_stdio: false,
        },
        stop.clone(),
    ));
    let began = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .is_err()
    {
        assert!(began.elapsed() < PATIENCE, "the simulator does not start");
    }
    let (address, known) = tokio::sync::watch::channel(None);
    let place = Place {
        latitude: 52.37,
        longitude: 4.9,
    };
    let settings = Settings::beside(known, place, TimeZone::UTC);
    let mut house = House::with(weather::factory(settings));
    // What is asked before the simulator is there is answered all the same.
    let request = RequestId::new();
    house.order(Order::Scan { request }).await;
    house
        .until("the end of a search", |body| {
            matches!(body, ReportBody::ScanDone { .. }).then_some(())
        })
        .await;
    address.send_replace(Some(format!("http://127.0.0.1:{port}")));
    let readings = house
        .until("the weather", |body| match body {
            ReportBody::Values { readings, .. } => Some(readings.clone()),
            _ => None,
        })
        .await;
    let unknown: Vec<String> = readings
        .iter()
        .filter(|reading| reading.value.is_none())
        .map(|reading| reading.path.to_string())
        .collect();
    assert!(
        unknown.is_empty(),
        "it knows its own sky, but not {unknown:?}"
    );
    house.end().await;
    stop.cancel();
    simulator.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_service_that_wants_to_be_left_alone_is() {
    let service = Service::start().await;
    service.answer(Manner::With(
        "429 Too Many Requests\r\nretry-after: 3600\r\n",
        String::new(),
    ));
    let mut house = House::with(service.factory());
    let reason = house
        .until("the refusal to be told", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(reason.contains("429"), "{reason}");
    // It still answers the house, and asks no more.
    let request = RequestId::new();
    house.order(Order::Scan { request }).await;
    house
        .until("the end of a search", |body| match body {
            ReportBody::ScanDone {
                searched: Searched::Unavailable { .. },
                ..
            } => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn weather_that_does_not_come_any_more_goes_offline() {
    let mut service = Service::start().await;
    let mut house = House::with(service.factory());
    let told = |wanted: Connectivity| {
        move |body: &ReportBody| match body {
            ReportBody::Connectivity { connectivity, .. } if *connectivity == wanted => Some(()),
            _ => None,
        }
    };
    house
        .until("the device to be on or offline", told(Connectivity::Online))
        .await;
    service.shut().await;
    house
        .until(
            "the device to be on or offline",
            told(Connectivity::Offline),
        )
        .await;
    service.open().await;
    house
        .until("the device to be on or offline", told(Connectivity::Online))
        .await;
}
