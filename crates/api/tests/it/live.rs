//! The live stream.

use crate::rest::goes_offline;
use crate::support::{Served, announcement, on_off, served, served_on, served_with};
use api::Limits;
use futures_util::{SinkExt, StreamExt};
use model::{DeviceKind, ReportBody};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn connect(house: &Served, query: &str) -> Self {
        let url = format!("ws://localhost:{}/api/live{query}", house.address.port());
        Self(connect_async(url).await.unwrap().0)
    }

    /// The same for who has a token.
    pub(crate) async fn connect_as(house: &Served, query: &str, token: &str) -> Self {
        let url = format!("ws://localhost:{}/api/live{query}", house.address.port());
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("Authorization", bearer);
        Self(connect_async(request).await.unwrap().0)
    }

    /// The next message that has a place in the sequence, or answers; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let message = self.any().await?;
            if message["type"] != "automation" {
                return Some(message);
            }
        }
    }

    /// Says something all the time until the server ends it.
    pub(crate) async fn never_silent(mut self) {
        // Many at once: the server always has something to hear.
        const MANY: usize = 100;
        loop {
            for _ in 0..MANY {
                let ping = Message::text("{\"type\":\"ping\"}");
                if self.0.feed(ping).await.is_err() {
                    return;
                }
            }
            if self.0.flush().await.is_err() {
                return;
            }
            for _ in 0..MANY {
                match self.0.next().await {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                }
            }
        }
    }

    /// The first news of automation that is so.
    async fn news(&mut self, so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.any().await.expect("the stream ended");
            if message["type"] == "automation" && so(&message) {
                return message;
            }
        }
    }

    /// The next message but for the clock; `None` at the end.
    pub(crate) async fn any(&mut self) -> Option<Value> {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("silence");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "house" {
                        return Some(message);
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The first change that is so, and the `seq` of its delta.
    pub(crate) async fn change(&mut self, so: impl Fn(&Value) -> bool) -> (Value, u64) {
        loop {
            let message = self.next().await.expect("the stream ended");
            assert_eq!(message["type"], "delta", "{message}");
            if let Some(change) = message["changes"]
                .as_array()
                .unwrap()
                .iter()
                .find(|change| so(change))
            {
                return (change.clone(), message["seq"].as_u64().unwrap());
            }
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }
}

pub(crate) fn kind<'a>(kind: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |change| change["kind"] == kind
}

#[tokio::test]
async fn scenarios_and_runs_are_told_as_they_change() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    assert_eq!(client.next().await.unwrap()["type"], "snapshot");
    let scenario =
        json!({"name": "Ask first", "then": [{"ask": "Shall I?"}, {"notify": "It is done."}]});
    let send = |method, path: &'static str, body| house.ask(method, path, body);
    let added = send(Method::POST, "/api/scenarios", Some(scenario)).await;
    let of = |news: &Value| news["scenarios"][0]["slug"] == "ask-first";
    let news = client.news(of).await;
    assert_eq!(news["scenarios"], json!([added.1]), "{news}");

    let path = "/api/scenarios/ask-first/run";
    let begun = send(Method::POST, path, Some(json!({}))).await.1;
    let is_state =
        |state: &'static str| move |news: &Value| news["runs"][0]["state"] == json!(state);
    let news = client.news(is_state("running")).await;
    let run = &news["runs"][0];
    assert_eq!(
        (&run["id"], &run["scenario"], &run["asks"]),
        (&begun["run"], &json!("ask-first"), &json!([0])),
        "{news}"
    );
    assert_eq!(news["scenarios"][0]["running"], 1, "{news}");

    let path = format!(
        "/api/automation/runs/{}/reply",
        begun["run"].as_str().unwrap()
    );
    house
        .ask(Method::POST, &path, Some(json!({"answer": "no"})))
        .await;
    let news = client.news(is_state("completed")).await;
    let listed = house.get("/api/scenarios/ask-first").await;
    assert_eq!(news["scenarios"], json!([listed]), "{news}");
    assert_eq!(news["runs"][0]["id"], begun["run"]);

    send(Method::DELETE, "/api/scenarios/ask-first", None).await;
    let gone = |news: &Value| news["removed"] == json!(["ask-first"]);
    assert_eq!(client.news(gone).await["more"], false);
    house.end().await;
}

#[tokio::test]
async fn a_client_gets_everything_and_then_what_changes() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    let snapshot = client.next().await.unwrap();
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(
        snapshot["devices"],
        house.get("/api/devices").await["devices"]
    );
    assert_eq!(snapshot["discovered"], 1);
    assert_eq!(snapshot["house"]["name"], "Test house");
    let mut seq = snapshot["seq"].as_u64().unwrap();

    house
        .reports("thermometer", "TemperatureMeasurement.temperature", 21.5)
        .await;
    let delta = client.next().await.unwrap();
    assert_eq!(delta["epoch"], snapshot["epoch"]);
    assert!(delta["from"].as_u64().unwrap() <= seq + 1, "{delta}");
    assert!(delta["seq"].as_u64().unwrap() > seq, "{delta}");
    seq = delta["seq"].as_u64().unwrap();
    let change = &delta["changes"][0];
    assert_eq!(
        (&change["kind"], &change["property"]),
        (&json!("property"), &json!("temperature"))
    );
    assert_eq!(change["reported"]["value"], 21.5);

    // The same again: only its age is new, and that is told too, a little later.
    house
        .reports("thermometer", "TemperatureMeasurement.temperature", 21.5)
        .await;
    let (confirmed, at) = client.change(kind("property")).await;
    assert!(at > seq);
    assert!(confirmed["reported"]["at"].as_str() > change["reported"]["at"].as_str());
    assert_eq!(confirmed["reported"]["since"], change["reported"]["since"]);

    goes_offline(&house, "lamp").await;
    let (change, _) = client.change(kind("connectivity")).await;
    assert_eq!(
        (&change["connectivity"], &change["connectivity_reason"]),
        (&json!("offline"), &json!("it was unplugged"))
    );
    house.end().await;
}

#[tokio::test]
async fn a_wish_is_seen_being_made_and_ending() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    client.next().await.unwrap();
    let on = json!({"capability": "OnOff", "command": "on"});
    house
        .ask(Method::POST, "/api/devices/broken_lamp/commands", Some(on))
        .await;
    let mut states = Vec::new();
    let mut sentences = Vec::new();
    while states.last() != Some(&json!("rejected")) {
        let message = client.next().await.unwrap();
        for change in message["changes"].as_array().unwrap() {
            match change["kind"].as_str() {
                Some("wish") => states.push(change["wish"]["state"].clone()),
                Some("event") => {
                    sentences.push(change["event"]["text"].as_str().unwrap().to_owned())
                }
                _ => {}
            }
        }
    }
    assert_eq!(states, ["pending", "rejected"]);
    assert!(
        sentences.iter().any(|text| text.contains("Broken lamp")),
        "{sentences:?}"
    );
    house.end().await;
}

#[tokio::test]
async fn devices_rooms_and_the_inbox_come_and_go() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    client.next().await.unwrap();
    let (_, hall) = house
        .ask(Method::POST, "/api/areas", Some(json!({"name": "Hall"})))
        .await;
    let (change, _) = client.change(kind("area")).await;
    assert_eq!(change["area"], hall);
    house
        .ask(
            Method::PATCH,
            "/api/devices/hall_lamp",
            Some(json!({"area": "hall"})),
        )
        .await;
    let (change, _) = client.change(kind("device")).await;
    assert_eq!(change["device"]["area"]["name"], "Hall");
    // Devices carry the name of their area, so they change with it.
    house
        .ask(
            Method::PATCH,
            "/api/areas/hall",
            Some(json!({"name": "Big hall"})),
        )
        .await;
    let (change, _) = client.change(kind("device")).await;
    assert_eq!(change["device"]["area"]["name"], "Big hall");
    house.ask(Method::DELETE, "/api/areas/hall", None).await;
    let (change, _) = client.change(kind("area_removed")).await;
    assert_eq!(change["area"], hall["id"]);

    let it = announcement("new", "New lamp", DeviceKind::Light, vec![on_off()]);
    house.says(ReportBody::Announced(Box::new(it))).await;
    let (change, _) = client
        .change(|c| c["kind"] == "device" && c["device"]["native_id"] == "new")
        .await;
    house
        .ask(Method::DELETE, "/api/devices/new_lamp", None)
        .await;
    let (gone, _) = client.change(kind("device_removed")).await;
    assert_eq!(gone["device"], change["device"]["id"]);

    let plug = house.get("/api/devices/discovered").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    house
        .ask(
            Method::POST,
            &format!("/api/devices/discovered/{plug}/ignore"),
            None,
        )
        .await;
    let (change, _) = client.change(kind("discovered")).await;
    assert_eq!(change["count"], 0);
    house.end().await;
}

#[tokio::test]
async fn a_client_that_comes_back_gets_what_it_missed() {
    let house = served().await;
    let mut first = Client::connect(&house, "").await;
    let snapshot = first.next().await.unwrap();
    let (epoch, seq) = (
        snapshot["epoch"].as_u64().unwrap(),
        snapshot["seq"].as_u64().unwrap(),
    );
    for value in [1.0, 2.0, 3.0] {
        house
            .reports("thermometer", "TemperatureMeasurement.temperature", value)
            .await;
        first
            .change(|c| c["reported"]["value"].as_f64() == Some(value))
            .await;
    }
    drop(first);

    let mut second = Client::connect(&house, &format!("?epoch={epoch}&seq={seq}")).await;
    let resumed = second.next().await.unwrap();
    assert_eq!(
        resumed,
        json!({"type": "resumed", "epoch": epoch, "seq": seq})
    );
    let (mut at, mut last) = (seq, Value::Null);
    while last != json!(3) {
        let delta = second.next().await.unwrap();
        assert!(
            delta["from"].as_u64().unwrap() <= at + 1,
            "a hole before {delta}"
        );
        assert!(delta["seq"].as_u64().unwrap() > at, "{delta}");
        at = delta["seq"].as_u64().unwrap();
        for change in delta["changes"].as_array().unwrap() {
            if change["kind"] == "property" && change["property"] == "temperature" {
                last = change["reported"]["value"].clone();
            }
        }
    }

    // A place of another start, or one that has not come yet, is nobody's place.
    for query in [
        format!("?epoch={}&seq={seq}", epoch + 1),
        format!("?epoch={epoch}&seq=999999999"),
    ] {
        let mut lost = Client::connect(&house, &query).await;
        assert_eq!(lost.next().await.unwrap()["type"], "snapshot", "{query}");
    }
    house.end().await;
}

/// A copy of the devices' names, kept as a page keeps its copy.
#[derive(Debug, Default, PartialEq)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn put(&mut self, device: &Value) {
        let text = |field: &str| device[field].as_str().unwrap().to_owned();
        self.0.insert(text("id"), text("name"));
    }

    fn apply(&mut self, message: &Value) {
        match message["type"].as_str() {
            Some("snapshot") => {
                self.0.clear();
                message["devices"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .for_each(|device| self.put(device));
            }
            Some("delta") => {
                for change in message["changes"].as_array().unwrap() {
                    match change["kind"].as_str() {
                        Some("device") => self.put(&change["device"]),
                        Some("device_removed") => {
                            self.0.remove(change["device"].as_str().unwrap());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_loses_nothing() {
    // Small buffers on both sides, so that little fills them.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(4 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let limits = Limits {
        backlog: 4,
        ..Limits::default()
    };
    let house = served_on(limits, socket.listen(16).unwrap()).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let stream = socket.connect(house.address).await.unwrap();
    let url = format!("ws://localhost:{}/api/live", house.address.port());
    let (stream, _) = tokio_tungstenite::client_async(url, MaybeTlsStream::Plain(stream))
        .await
        .unwrap();
    let mut client = Client(stream);
    let mut names = Names::default();
    names.apply(&client.next().await.unwrap());

    // Not reading while names change, until the server has given up waiting for this client.
    let dropped = async || {
        let text = house
            .client
            .get(house.url("/metrics"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let series = "consciousness_live_messages_dropped_total{listener=\"socket\"} ";
        text.lines()
            .find_map(|line| line.strip_prefix(series)?.parse::<u64>().ok())
            .unwrap()
    };
    let before = dropped().await;
    let mut read = 0;
    let mut resynced = false;
    for round in 0..2_000 {
        let name = format!("Lamp {round} {}", "x".repeat(80));
        house
            .ask(
                Method::PATCH,
                "/api/devices/hall_lamp",
                Some(json!({"name": name})),
            )
            .await;
        // A message now and then is how the server notices that others were lost.
        if round % 40 == 39 {
            let message = client.next().await.unwrap();
            resynced |= message["type"] == "resync";
            names.apply(&message);
            read += 1;
        }
        if resynced && dropped().await > before {
            break;
        }
    }
    assert!(resynced, "{read} messages were read");
    house
        .ask(
            Method::PATCH,
            "/api/devices/hall_lamp",
            Some(json!({"name": "The last"})),
        )
        .await;
    while !names.0.values().any(|name| name == "The last") {
        names.apply(&client.next().await.unwrap());
    }
    house.end().await;
}

#[tokio::test]
async fn a_thousand_devices_at_once_are_all_told() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    let mut names = Names::default();
    names.apply(&client.next().await.unwrap());
    for index in 0..1_500 {
        let it = announcement(
            &format!("many_{index}"),
            &format!("Lamp {index}"),
            DeviceKind::Light,
            vec![on_off()],
        );
        house.says(ReportBody::Announced(Box::new(it))).await;
    }
    while names.0.len() < 1_506 {
        names.apply(&client.next().await.unwrap());
    }
    house.end().await;
}

#[tokio::test]
async fn garbage_is_answered_and_then_ended() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    client.next().await.unwrap();
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.next().await.unwrap(), json!({"type": "pong"}));
    for garbage in ["", "hello", "{}", "[]", "{\"type\":\"sudo\"}", "\u{0}"] {
        client.say(garbage).await;
        let answer = client.next().await.unwrap();
        assert_eq!(answer["type"], "error", "{garbage}: {answer}");
        assert!(answer["expected"].as_str().unwrap().contains("ping"));
    }
    client.0.send(Message::binary(vec![0, 1, 2])).await.unwrap();
    assert_eq!(client.next().await.unwrap()["type"], "error");
    for _ in 0..4 {
        client.say("still nonsense").await;
    }
    while let Some(message) = client.next().await {
        assert_eq!(message["type"], "error");
    }

    let mut client = Client::connect(&house, "").await;
    client.next().await.unwrap();
    client.say(&"x".repeat(100_000)).await;
    assert_eq!(client.next().await, None, "a huge message ends it");
    assert_eq!(house.get("/health").await["version"], "0.0.1");
    house.end().await;
}

#[tokio::test]
async fn sockets_are_bounded_counted_and_ended_when_silent() {
    let limits = Limits {
        sockets: 2,
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let house = served_with(limits, "127.0.0.1:0").await;
    let mut first = Client::connect(&house, "").await;
    first.next().await.unwrap();
    let mut second = Client::connect(&house, "").await;
    second.next().await.unwrap();
    let url = format!("ws://localhost:{}/api/live", house.address.port());
    match connect_async(url).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), 503)
        }
        other => panic!("{other:?}"),
    }
    // Pings are answered only by who reads; the second does not.
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            first.say(r#"{"type":"ping"}"#).await;
            first.next().await.unwrap();
            let text = house
                .client
                .get(house.url("/metrics"))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            if text.contains("consciousness_active_sessions{transport=\"websocket\"} 1\n") {
                break;
            }
        }
    });
    ended.await.expect("the silent one was kept");
    drop(first);
    house.end().await;
}

#[tokio::test]
async fn a_shutdown_says_goodbye() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    client.next().await.unwrap();
    house.stop.cancel();
    let goodbye = loop {
        match client.0.next().await.unwrap().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            _ => continue,
        }
    };
    assert_eq!(u16::from(goodbye.code), 1001);
    house.end().await;
}
