//! The mirror over a recorded Home Assistant behind a real WebSocket, and over a living one.

mod living;
#[path = "../../src/home_assistant/tests/replay.rs"]
mod replay;

use crate::support::{House, PATIENCE, free_port};
use drivers::{
    Secret,
    conformance::{self, Peer, Step},
    home_assistant::{self, Settings},
};
use futures_util::{SinkExt, StreamExt};
use model::{Connectivity, DriverState, Order, ReportBody, RequestId, Searched};
use replay::Replay;
use serde_json::{Value as Json, json};
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

const RECORDING: &str = include_str!("../fixtures/home-assistant-2024.3.3.jsonl");
const LOCK: &str = "entity:lock.front_door";

fn settings(port: u16, token: &str) -> Settings {
    Settings {
        url: format!("http://127.0.0.1:{port}"),
        token: Secret::new(token),
        skip_platforms: vec!["mqtt".to_owned()],
    }
}

/// The recorded house behind a WebSocket. It takes the token `TOKEN` only.
struct Server {
    port: u16,
    house: Arc<Mutex<Replay>>,
    /// What is sent to everybody who is in.
    say: broadcast::Sender<String>,
    /// How many tokens were looked at.
    knocks: Arc<Mutex<u32>>,
    doors: Option<JoinHandle<()>>,
    count: u32,
}

impl Server {
    async fn start() -> Self {
        Self::with(RECORDING).await
    }

    async fn with(recording: &str) -> Self {
        let mut server = Self {
            port: free_port(),
            house: Arc::new(Mutex::new(Replay::new(recording))),
            say: broadcast::channel(4_096).0,
            knocks: Arc::default(),
            doors: None,
            count: 0,
        };
        server.open().await;
        server
    }

    /// Only its lock.
    async fn lock() -> Self {
        let mut lines = Vec::new();
        for line in RECORDING.lines() {
            let mut line: Json = serde_json::from_str(line).unwrap();
            for told in line["told"].as_array_mut().into_iter().flatten() {
                if let Some(states) = told["message"]["event"]["a"].as_object_mut() {
                    states.retain(|id, _| id == "lock.front_door");
                }
            }
            lines.push(line.to_string());
        }
        Self::with(&lines.join("\n")).await
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .unwrap();
        let (house, say, knocks) = (
            Arc::clone(&self.house),
            self.say.clone(),
            Arc::clone(&self.knocks),
        );
        self.doors = Some(tokio::spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                guests.spawn(host(
                    stream,
                    Arc::clone(&house),
                    say.subscribe(),
                    Arc::clone(&knocks),
                ));
            }
        }));
    }

    /// Goes away without a word.
    async fn shut(&mut self) {
        if let Some(doors) = self.doors.take() {
            doors.abort();
            let _ = doors.await;
        }
    }

    fn say(&self, text: impl Into<String>) {
        let _ = self.say.send(text.into());
    }

    /// The lock turns.
    fn turn(&mut self) {
        self.count += 1;
        let state = if self.count.is_multiple_of(2) {
            "locked"
        } else {
            "unlocked"
        };
        let event = json!({ "c": { "lock.front_door": { "+": { "s": state } } } });
        let message = self.house.lock().unwrap().states(&event);
        self.say(message.to_string());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(doors) = self.doors.take() {
            doors.abort();
        }
    }
}

/// One connection.
async fn host(
    stream: TcpStream,
    house: Arc<Mutex<Replay>>,
    mut said: broadcast::Receiver<String>,
    knocks: Arc<Mutex<u32>>,
) -> Option<()> {
    let mut socket = accept_async(stream).await.ok()?;
    let text = |json: Json| Message::text(json.to_string());
    socket
        .send(text(
            json!({ "type": "auth_required", "ha_version": "2024.3.3" }),
        ))
        .await
        .ok()?;
    let auth: Json = serde_json::from_str(socket.next().await?.ok()?.to_text().ok()?).ok()?;
    *knocks.lock().unwrap() += 1;
    if auth != json!({ "type": "auth", "access_token": "TOKEN" }) {
        socket
            .send(text(
                json!({ "type": "auth_invalid", "message": "Invalid access token or password" }),
            ))
            .await
            .ok()?;
        return socket.close(None).await.ok();
    }
    socket
        .send(text(json!({ "type": "auth_ok", "ha_version": "2024.3.3" })))
        .await
        .ok()?;
    loop {
        tokio::select! {
            request = socket.next() => {
                let Message::Text(request) = request?.ok()? else { continue };
                let request: Json = serde_json::from_str(request.as_str()).ok()?;
                let answers = house.lock().unwrap().answer(&request);
                for answer in answers {
                    socket.send(text(answer)).await.ok()?;
                }
            }
            said = said.recv() => socket.send(Message::text(said.ok()?)).await.ok()?,
        }
    }
}

impl Peer for Server {
    fn announce(&mut self) -> Step<'_> {
        // It is there from the start.
        Box::pin(async {})
    }

    fn report(&mut self) -> Step<'_> {
        Box::pin(async { self.turn() })
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            for text in [
                String::new(),
                "nonsense".to_owned(),
                "[]".to_owned(),
                "{\"type\":\"event\",\"id\":9,\"event\":{\"a\":[],\"c\":7,\"r\":{}}}".to_owned(),
                format!(
                    "{{\"type\":\"event\",\"id\":9,\"event\":{}",
                    "[".repeat(100_000)
                ),
                format!("{{\"type\":\"{}\"}}", "x".repeat(1_000_000)),
                "{\"type\":\"result\",\"id\":18446744073709551615,\"success\":true}".to_owned(),
            ] {
                self.say(text);
            }
            for state in [
                json!({ "s": 7 }),
                json!({ "s": "x".repeat(100_000), "a": { "friendly_name": [[[]]] } }),
            ] {
                let event =
                    json!({ "a": { "lock.front_door": state }, "c": { "lock.front_door": null } });
                let message = self.house.lock().unwrap().states(&event).to_string();
                self.say(message);
            }
        })
    }

    fn flood(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async {
            for _ in 0..3_000 {
                self.turn();
            }
        }))
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(self.shut()))
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(self.open())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_passes_the_conformance_kit() {
    let mut server = Server::lock().await;
    let port = server.port;
    let make = || home_assistant::factory(settings(port, "TOKEN"));
    conformance::check(make, &mut server).await.unwrap();
}

#[tokio::test]
async fn what_others_do_there_comes_over_the_wire() {
    let server = Server::start().await;
    let mut house = House::with(home_assistant::factory(settings(server.port, "TOKEN")));
    house.running().await;
    let mut plug = None;
    house
        .until("a socket and its value", |body| match body {
            ReportBody::Announced(device) if device.name == "AC" => {
                plug = Some(device.native_id.clone());
                None
            }
            ReportBody::Values { native_id, .. } if Some(native_id) == plug.as_ref() => Some(()),
            _ => None,
        })
        .await;
    let told = server.house.lock().unwrap().doing("switch.ac");
    for message in told {
        server.say(message.to_string());
    }
    let plug = plug.unwrap();
    house.value(&plug, "OnOff.on_off", Some(true.into())).await;
    house.end().await;
}

#[tokio::test]
async fn a_refused_token_is_told_and_not_tried_again_and_again() {
    let server = Server::start().await;
    let mut house = House::with(home_assistant::factory(settings(server.port, "WRONG")));
    let reason = house
        .until("the refusal", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        reason,
        "Home Assistant refuses the token: make a new one on the profile page there and set HA_TOKEN (Invalid access token or password)"
    );
    // For as long as one watches it does not knock again, and it still answers.
    let request = RequestId::new();
    house.order(Order::Scan { request }).await;
    house
        .until("the search to fail", |body| {
            matches!(
                body,
                ReportBody::ScanDone {
                    searched: Searched::Failed { .. },
                    ..
                }
            )
            .then_some(())
        })
        .await;
    let quiet = timeout(Duration::from_secs(3), house.reports.recv()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    assert_eq!(*server.knocks.lock().unwrap(), 1);
    let began = Instant::now();
    house.end().await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "it ends although it waits"
    );
}

#[tokio::test]
async fn a_message_without_end_ends_the_connection_and_nothing_else() {
    let server = Server::lock().await;
    let mut house = House::with(home_assistant::factory(settings(server.port, "TOKEN")));
    house.running().await;
    house
        .value(LOCK, "DoorLock.lock_state", Some("locked".into()))
        .await;
    server.say("x".repeat(17 * 1024 * 1024));
    let reason = house
        .until("the end of the connection", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(
        reason.contains("it sends a message larger than 16777216 bytes"),
        "{reason}"
    );
    house
        .until("the device to be in doubt", |body| {
            matches!(
                body,
                ReportBody::Connectivity {
                    connectivity: Connectivity::Unknown,
                    ..
                }
            )
            .then_some(())
        })
        .await;
    house.running().await;
    house
        .value(LOCK, "DoorLock.lock_state", Some("locked".into()))
        .await;
    house.end().await;
}

#[tokio::test]
async fn what_is_no_home_assistant_is_told() {
    // Something that speaks HTTP and has no WebSocket.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let web = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut request = [0; 1_024];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let mut house = House::with(home_assistant::factory(settings(port, "TOKEN")));
    let reason = house
        .until("the fault", |body| match body {
            ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        reason,
        format!(
            "Home Assistant at http://127.0.0.1:{port} cannot be reached: there is no WebSocket API at this address (404); is it a Home Assistant?; is it running, and is HA_URL right?"
        )
    );
    assert!(!reason.contains("TOKEN"));
    house.end().await;
    web.abort();
    let _ = timeout(PATIENCE, web).await;
}
