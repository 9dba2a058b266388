//! A guest of one room is told nothing of another: over no route, and not by the live stream.

use crate::live::Client;
use crate::rights::production;
use crate::support::{Served, announcement, on_off, served_with};
use auth::Role;
use model::{DeviceKind, ReportBody, Right};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Stands in every name of what is elsewhere.
const ELSEWHERE: &str = "zzq";

/// A house with a room for a guest and a hall with what they shall not know of.
struct Rooms {
    house: Served,
    owner: String,
    /// The ids of the room of the guest and of the hall.
    rooms: [String; 2],
    /// The lamp in the hall.
    lamp: String,
}

/// Makes an account and signs it in; its access token.
async fn signed_in(house: &Served, name: &str, role: Role, areas: Option<&str>) -> String {
    let areas = areas.map(|area| vec![area.parse().unwrap()]);
    let tokens = crate::accounts::program(house, name, role, areas).await;
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn asked(
    house: &Served,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, String) {
    let mut request = house.client.request(method, house.url(path));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.bearer_auth(token).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

impl Rooms {
    async fn new() -> Self {
        let house = served_with(production(), "127.0.0.1:0").await;
        let owner = signed_in(&house, "Anna", Role::Owner, None).await;
        let mut it = Self {
            house,
            owner,
            rooms: [String::new(), String::new()],
            lamp: String::new(),
        };
        let hall = json!({"name": "Zzq hall"});
        let (_, hall) = it.does(Method::POST, "/api/areas", hall).await;
        let room = json!({"name": "Guest room", "neighbours": [hall["slug"]]});
        let (_, room) = it.does(Method::POST, "/api/areas", room).await;
        it.rooms = [room, hall].map(|area| area["id"].as_str().unwrap().to_owned());
        let bridge = announcement("zzq-bridge", "Zzq bridge", DeviceKind::Other, vec![]);
        it.house.says(ReportBody::Announced(Box::new(bridge))).await;
        let mut bulb = announcement("bulb", "Bulb", DeviceKind::Light, vec![on_off()]);
        bulb.via = Some("zzq-bridge".into());
        it.house.says(ReportBody::Announced(Box::new(bulb))).await;
        it.house
            .until(|house| house.device("bulb").is_some() && house.devices.len() == 8)
            .await;
        it.place("bulb", 0).await;
        let others: Vec<String> = {
            let snapshot = it.house.handle.snapshot();
            let devices = snapshot.devices.values();
            devices
                .map(|twin| twin.device.slug.to_string())
                .filter(|slug| slug != "bulb")
                .collect()
        };
        for slug in others {
            let edit = json!({"name": format!("Zzq {slug}"), "slug": format!("zzq_{slug}"), "area": it.rooms[1]});
            let (status, answer) = it
                .does(Method::PATCH, &format!("/api/devices/{slug}"), edit)
                .await;
            assert_eq!(status, 200, "{answer}");
            if slug == "hall_lamp" {
                it.lamp = answer["id"].as_str().unwrap().to_owned();
            }
        }
        it
    }

    /// The owner does something.
    async fn does(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let (status, text) = asked(&self.house, &self.owner, method, path, Some(body)).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The owner puts a device into a room.
    async fn place(&self, device: &str, room: usize) {
        let path = format!("/api/devices/{device}");
        let (status, answer) = self
            .does(Method::PATCH, &path, json!({"area": self.rooms[room]}))
            .await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What the owner says of an account.
    async fn edits(&self, name: &str, edit: Value) {
        let path = format!("/api/users/{name}");
        let (status, answer) = self.does(Method::PATCH, &path, edit).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn guest(&self) -> String {
        signed_in(&self.house, "Ben", Role::Guest, Some(&self.rooms[0])).await
    }

    /// What nothing that a guest is told may hold.
    fn secrets(&self) -> Vec<String> {
        let snapshot = self.house.handle.snapshot();
        let mut secrets = vec![ELSEWHERE.to_owned(), self.rooms[1].clone()];
        for twin in snapshot.devices.values() {
            if twin.device.slug.as_str() != "bulb" {
                secrets.push(twin.device.id.to_string());
            }
        }
        assert!(secrets.len() > 7);
        secrets
    }

    /// Much happens elsewhere.
    async fn stir(&self) {
        let on = json!({"capability": "OnOff", "command": "on"});
        let path = format!("/api/devices/{}/commands?wait=settled", self.lamp);
        assert_eq!(self.does(Method::POST, &path, on).await.0, 200);
        let path = "TemperatureMeasurement.temperature";
        self.house.reports("thermometer", path, 21.5).await;
        let path = format!("/api/devices/{}", self.lamp);
        let renamed = json!({"name": "Zzq lamp, renamed", "aliases": ["zzq other"]});
        assert_eq!(self.does(Method::PATCH, &path, renamed).await.0, 200);
        let it = announcement("zzq-new", "Zzq new", DeviceKind::Light, vec![on_off()]);
        self.house.says(ReportBody::Announced(Box::new(it))).await;
        let zoe = json!({"name": "Zzq Zoe"});
        assert_eq!(self.does(Method::POST, "/api/people", zoe).await.0, 201);
        let scenario = json!({"name": "Zzq evening", "then": [{"do": "turn_on", "device": "bulb"}, {"do": "turn_on", "device": self.lamp}]});
        let (status, answer) = self.does(Method::POST, "/api/scenarios", scenario).await;
        assert_eq!(status, 201, "{answer}");
        let path = "/api/scenarios/zzq-evening/run";
        assert_eq!(self.does(Method::POST, path, json!({})).await.0, 202);
        let said = json!({"message": "is the zzq lamp on?"});
        assert_eq!(self.does(Method::POST, "/api/chat", said).await.0, 200);
        let path = format!("/api/areas/{}", self.rooms[1]);
        let renamed = json!({"name": "Zzq great hall"});
        assert_eq!(self.does(Method::PATCH, &path, renamed).await.0, 200);
    }
}

fn is_silent_of(secrets: &[String], text: &str, what: &str) {
    let text = text.to_lowercase();
    for secret in secrets {
        assert!(
            !text.contains(secret.as_str()),
            "{what}: {secret} in {text}"
        );
    }
}

/// Reads until a change is so; all that was read is silent of the secrets.
async fn reads(
    client: &mut Client,
    secrets: &[String],
    at: &mut u64,
    so: impl Fn(&Value) -> bool,
) -> Value {
    loop {
        let message = client.any().await.expect("the stream ended");
        is_silent_of(secrets, &message.to_string(), "live");
        match message["type"].as_str().unwrap() {
            "delta" => {
                assert!(
                    message["from"].as_u64().unwrap() <= *at + 1,
                    "a hole: {message}"
                );
                assert!(message["seq"].as_u64().unwrap() > *at, "{message}");
                *at = message["seq"].as_u64().unwrap();
                let changes = message["changes"].as_array().unwrap();
                if let Some(change) = changes.iter().find(|change| so(change)) {
                    return change.clone();
                }
            }
            "resync" => {}
            "snapshot" => *at = message["seq"].as_u64().unwrap(),
            other => panic!("{other}: {message}"),
        }
    }
}

fn bulb(wanted: bool) -> impl Fn(&Value) -> bool {
    move |change| {
        change["property"] == "on_off"
            && change["reported"]["value"] == json!(wanted)
            && change["desired"].is_null()
    }
}

#[tokio::test]
async fn the_stream_tells_a_guest_of_their_room_and_of_nothing_else() {
    let rooms = Rooms::new().await;
    let ben = rooms.guest().await;
    let secrets = rooms.secrets();
    let mut client = Client::connect_as(&rooms.house, "", &ben).await;
    let snapshot = client.any().await.unwrap();
    is_silent_of(&secrets, &snapshot.to_string(), "snapshot");
    let named = |list: &str| -> Vec<String> {
        let each = snapshot[list].as_array().unwrap().iter();
        each.map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (named("devices"), named("areas")),
        (vec!["Bulb".to_owned()], vec!["Guest room".to_owned()])
    );
    for list in ["floors", "people", "constraints"] {
        assert_eq!(snapshot[list], json!([]), "{list}");
    }
    let mut at = snapshot["seq"].as_u64().unwrap();
    rooms.stir().await;
    // What a scenario did in the room is told, and the scenario is not named.
    let on = reads(&mut client, &secrets, &mut at, bulb(true)).await;
    assert_eq!(on["reported"]["cause"]["who"]["name"], "a scenario", "{on}");
    let off = json!({"capability": "OnOff", "command": "off"});
    let path = "/api/devices/bulb/commands";
    let (status, answer) = asked(&rooms.house, &ben, Method::POST, path, Some(off)).await;
    assert_eq!(status, 202, "{answer}");
    reads(&mut client, &secrets, &mut at, bulb(false)).await;

    // What comes into the room is there, and what leaves it is gone, with no word of where it is.
    let mut without = secrets.clone();
    without.retain(|it| *it != rooms.lamp && it != ELSEWHERE);
    let is_lamp = |change: &Value| change["device"]["id"] == json!(rooms.lamp);
    rooms.place(&rooms.lamp, 0).await;
    reads(&mut client, &without, &mut at, is_lamp).await;
    rooms.place(&rooms.lamp, 1).await;
    let gone = |change: &Value| change["kind"] == "device_removed";
    let change = reads(&mut client, &without, &mut at, gone).await;
    assert_eq!(change["device"], json!(rooms.lamp));

    // Who comes back goes on where they were, also where something left meanwhile.
    let view = snapshot["view"].as_str().unwrap();
    let back = format!("?epoch={}&seq={at}&view={view}", snapshot["epoch"]);
    drop(client);
    rooms.place("bulb", 1).await;
    rooms.place("bulb", 0).await;
    let path = format!("/api/devices/{}", rooms.lamp);
    assert_eq!(
        rooms
            .does(Method::PATCH, &path, json!({"name": "Zzq lamp"}))
            .await
            .0,
        200
    );
    let mut client = Client::connect_as(&rooms.house, &back, &ben).await;
    assert_eq!(client.any().await.unwrap()["type"], "resumed");
    let here = |change: &Value| change["device"]["name"] == "Bulb";
    reads(&mut client, &secrets, &mut at, here).await;
    // Who says to have begun with something else begins anew.
    let other = format!("?epoch={}&seq={at}", snapshot["epoch"]);
    let mut client = Client::connect_as(&rooms.house, &other, &ben).await;
    assert_eq!(client.any().await.unwrap()["type"], "snapshot");
    rooms.house.end().await;
}

#[tokio::test]
async fn no_route_tells_a_guest_of_another_room() {
    let rooms = Rooms::new().await;
    let ben = rooms.guest().await;
    rooms.stir().await;
    let secrets = rooms.secrets();
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    let mut answered = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        // Metrics answer by the network that asks, whoever it is there.
        if item.get("get").is_none() || path == "/metrics" {
            continue;
        }
        for named in [
            "bulb",
            "Ben",
            rooms.lamp.as_str(),
            rooms.rooms[1].as_str(),
            "Anna",
            "zzq_hall_lamp",
        ] {
            let mut filled = path.clone();
            while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
                filled.replace_range(from..=to, named);
            }
            let query = if path.ends_with("/history") {
                "?property=OnOff.on_off"
            } else {
                ""
            };
            let (status, text) = asked(
                &rooms.house,
                &ben,
                Method::GET,
                &format!("{filled}{query}"),
                None,
            )
            .await;
            // What was asked for may be said again.
            let text = text.replace(named, "");
            let ours: Vec<String> = secrets.iter().filter(|it| *it != named).cloned().collect();
            is_silent_of(&ours, &text, &format!("GET {filled}"));
            answered += usize::from(status == 200);
            if !path.contains('{') {
                break;
            }
        }
    }
    assert!(answered > 8, "{answered} answers");

    // Nor does what they may do, also not under an id that somebody else took for theirs.
    let taken = json!({"id": "1", "capability": "OnOff", "command": "on"});
    let path = format!("/api/devices/{}/commands", rooms.lamp);
    assert_eq!(rooms.does(Method::POST, &path, taken.clone()).await.0, 202);
    let path = "/api/devices/bulb/commands";
    let (status, text) = asked(&rooms.house, &ben, Method::POST, path, Some(taken)).await;
    assert_ne!(status, 500);
    is_silent_of(&secrets, &text, "a taken id");
    let on = |device: &str| json!({"device": device, "capability": "OnOff", "command": "on"});
    let batch = json!({"commands": [on(&rooms.lamp), on("zzq_hall_lamp"), on("bulb"), {"device": rooms.lamp, "capability": "DoorLock", "command": "unlock", "confirm": true}]});
    let path = "/api/devices/commands";
    let (status, text) = asked(&rooms.house, &ben, Method::POST, path, Some(batch)).await;
    assert_eq!(status, 200);
    let results: Value = serde_json::from_str(&text).unwrap();
    let code = |index: usize| results["results"][index]["error"]["code"].clone();
    assert_eq!(
        [code(0), code(1), code(2), code(3)],
        [
            json!("unknown_device"),
            json!("unknown_device"),
            Value::Null,
            json!("unknown_device")
        ]
    );
    is_silent_of(
        &secrets,
        &text.replace(&rooms.lamp, "").replace("zzq_hall_lamp", ""),
        "batch",
    );
    for (method, path) in [
        (Method::POST, "/mcp"),
        (Method::POST, "/api/chat"),
        (Method::GET, "/api/memory"),
    ] {
        let (status, text) = asked(&rooms.house, &ben, method, path, Some(json!({}))).await;
        assert_eq!(status, 403, "{path} {text}");
    }
    rooms.house.end().await;
}

#[tokio::test]
async fn the_stream_narrows_widens_and_ends_at_once() {
    let rooms = Rooms::new().await;
    let ben = rooms.guest().await;
    let mut client = Client::connect_as(&rooms.house, "", &ben).await;
    let begun = client.any().await.unwrap();
    assert_eq!(begun["devices"].as_array().unwrap().len(), 1);
    // Another room: a new beginning, with that room alone.
    rooms.edits("Ben", json!({"areas": [rooms.rooms[1]]})).await;
    assert_eq!(client.any().await.unwrap()["type"], "resync");
    let hall = client.any().await.unwrap();
    assert_eq!(hall["areas"][0]["id"], json!(rooms.rooms[1]));
    assert!(!hall.to_string().contains("Bulb"), "{hall}");
    assert_ne!(hall["view"], begun["view"]);
    // The whole house, and back to one room.
    rooms.edits("Ben", json!({"areas": null})).await;
    assert_eq!(client.any().await.unwrap()["type"], "resync");
    let whole = client.any().await.unwrap();
    assert_eq!(whole["devices"].as_array().unwrap().len(), 8);
    rooms.edits("Ben", json!({"areas": [rooms.rooms[0]]})).await;
    let secrets = rooms.secrets();
    let mut at = 0;
    let resync = loop {
        // What was told before the rights changed was told by right.
        let message = client.any().await.unwrap();
        if message["type"] == "resync" {
            break message;
        }
    };
    assert_eq!(resync["reason"], "what you may see has changed");
    let path = format!("/api/devices/{}", rooms.lamp);
    rooms
        .does(Method::PATCH, &path, json!({"name": "Zzq again"}))
        .await;
    rooms
        .does(
            Method::PATCH,
            "/api/devices/bulb",
            json!({"name": "Bulb two"}),
        )
        .await;
    let renamed = |change: &Value| change["device"]["name"] == "Bulb two";
    reads(&mut client, &secrets, &mut at, renamed).await;

    // The time of a guest passes while nobody touches anything.
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1_500);
    rooms
        .edits("Ben", json!({"until": until.to_string()}))
        .await;
    let over = tokio::time::timeout(Duration::from_secs(5), async {
        while client.any().await.is_some() {}
    });
    over.await.expect("the socket outlives the guest");
    assert!(jiff::Timestamp::now() >= until);
    rooms.house.end().await;
}

#[tokio::test]
async fn an_end_that_comes_nearer_is_kept_while_much_is_said() {
    let rooms = Rooms::new().await;
    let ben = rooms.guest().await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = Client::connect_as(&rooms.house, "", &ben).await;
        clients.spawn(client.never_silent());
    }
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1_500);
    rooms
        .edits("Ben", json!({"until": until.to_string()}))
        .await;
    let over = tokio::time::timeout(Duration::from_secs(5), clients.join_all());
    over.await.expect("a socket outlives the guest");
    assert!(jiff::Timestamp::now() >= until);
    rooms.house.end().await;
}

#[tokio::test]
async fn where_the_simulator_is_is_not_for_guests() {
    let rooms = Rooms::new().await;
    let of_a_room = rooms.guest().await;
    let of_the_house = signed_in(&rooms.house, "Eve", Role::Guest, None).await;
    let panel = signed_in(&rooms.house, "Panel", Role::Panel, None).await;
    for token in [&of_a_room, &of_the_house, &panel] {
        let (status, house) = asked(&rooms.house, token, Method::GET, "/api/house", None).await;
        assert_eq!(status, 200, "{house}");
        assert!(house.contains("\"simulator_url\":null"), "{house}");
        let mut client = Client::connect_as(&rooms.house, "", token).await;
        let begun = client.any().await.unwrap();
        assert_eq!(begun["house"]["simulator_url"], Value::Null);
    }
    let operator = signed_in(&rooms.house, "Olga", Role::Operator, None).await;
    let (_, house) = asked(&rooms.house, &operator, Method::GET, "/api/house", None).await;
    assert!(house.contains("http://127.0.0.1:1/"), "{house}");
    rooms.house.end().await;
}

#[tokio::test]
async fn a_backup_is_asked_for_once_at_a_time_by_who_may() {
    let rooms = Rooms::new().await;
    let operator = signed_in(&rooms.house, "Olga", Role::Operator, None).await;
    let member = signed_in(&rooms.house, "Mia", Role::Member, None).await;
    let path = "/api/backups";
    let (status, answer) = asked(&rooms.house, &member, Method::POST, path, None).await;
    assert_eq!(status, 403, "{answer}");
    let (status, answer) = asked(&rooms.house, &operator, Method::POST, path, None).await;
    assert_eq!(status, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["look"], &answer["component"]),
        (&json!("/health/detailed"), &json!("backups"))
    );
    let (status, answer) = asked(&rooms.house, &operator, Method::POST, path, None).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer.contains("backup_under_way"), "{answer}");
    let path = "/api/security/events?kind=backup_asked";
    let (_, noted) = asked(&rooms.house, &operator, Method::GET, path, None).await;
    let noted: Value = serde_json::from_str(&noted).unwrap();
    assert_eq!(noted["events"].as_array().unwrap().len(), 1, "{noted}");
    assert_eq!(noted["events"][0]["who"], "Olga");
    rooms.house.end().await;
}

#[tokio::test]
async fn a_guest_of_the_whole_house_neither_unlocks_nor_reads_memories() {
    let rooms = Rooms::new().await;
    let eve = signed_in(&rooms.house, "Eve", Role::Guest, None).await;
    let lock = "/api/devices/zzq_front_door/commands";
    let unlock = json!({"capability": "DoorLock", "command": "unlock", "confirm": true});
    let batch = json!({"commands": [{"device": "zzq_front_door", "capability": "DoorLock", "command": "unlock", "confirm": true}]});
    let (status, answer) = asked(&rooms.house, &eve, Method::POST, lock, Some(unlock)).await;
    assert_eq!(status, 403, "{answer}");
    let path = "/api/devices/commands";
    let (_, answer) = asked(&rooms.house, &eve, Method::POST, path, Some(batch)).await;
    assert!(answer.contains("not_allowed"), "{answer}");
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let is_private = path.starts_with("/api/memory") || path.starts_with("/api/conversations");
        if is_private && item.get("get").is_some() {
            let path = path.replace(['{', '}'], "");
            let (status, answer) = asked(&rooms.house, &eve, Method::GET, &path, None).await;
            assert_eq!(status, 403, "{path} {answer}");
            tried += 1;
        }
    }
    assert!(tried > 5, "{tried}");
    rooms.house.end().await;
}

#[tokio::test]
async fn who_is_limited_to_a_room_does_not_talk_with_the_house() {
    let rooms = Rooms::new().await;
    let carl = signed_in(&rooms.house, "Carl", Role::Child, Some(&rooms.rooms[0])).await;
    assert!(Role::Child.rights().has(Right::Converse));
    let mut client = Client::connect_as(&rooms.house, "", &carl).await;
    client.any().await.unwrap();
    let said = r#"{"type":"chat","id":"1","chat":{"message":"is the zzq lamp on?"}}"#;
    client.say(said).await;
    let answer = client.any().await.unwrap();
    assert_eq!(
        (&answer["answer"], &answer["error"]["code"]),
        (&Value::Null, &json!("limited_to_rooms")),
        "{answer}"
    );
    rooms.house.end().await;
}
