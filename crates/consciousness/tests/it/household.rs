//! A living house as its household meets it: simulated, but reached over a real protocol.

use crate::support::{Server, house};
use reqwest::Method;
use serde_json::{Value, json};

fn device<'a>(list: &'a Value, slug: &str) -> Option<&'a Value> {
    list.as_array()?
        .iter()
        .find(|device| device["slug"] == slug)
}

fn reported<'a>(device: &'a Value, path: &str) -> Option<&'a Value> {
    device["capabilities"]
        .as_array()?
        .iter()
        .flat_map(|capability| capability["properties"].as_array().into_iter().flatten())
        .find(|property| property["path"] == path)
        .map(|property| &property["reported"])
}

#[tokio::test]
async fn a_lamp_is_switched_unplugged_and_plugged_back_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let family = house("family");
    let server = Server::start(folder.path(), &["serve", "--simulate", &family], &[]);
    for slug in [
        "main_thermostat",
        "bedroom_blinds",
        "coffee_maker",
        "weather_forecast",
    ] {
        server
            .until(&format!("/api/devices/{slug}"), |device| {
                device["connectivity"] == "online"
            })
            .await;
    }
    let (_, before) = server
        .simulator(Method::GET, "/api/devices", &Value::Null)
        .await;
    let was = device(&before, "coffee_maker").unwrap()["state"].clone();

    let (status, answer) = server
        .command("coffee_maker", "OnOff", "on", json!({}))
        .await;
    assert_eq!(
        (status, &answer["wish"]["state"]),
        (200, &json!("reached")),
        "{answer}"
    );
    let (_, after) = server
        .simulator(Method::GET, "/api/devices", &Value::Null)
        .await;
    let is = &device(&after, "coffee_maker").unwrap()["state"];
    assert_ne!(is, &was, "the simulator agrees that something changed");

    let (status, why) = server
        .get("/api/why?device=coffee_maker&property=OnOff.on_off")
        .await;
    assert_eq!((status, &why["known"]), (200, &json!(true)), "{why}");
    assert!(
        why["sentence"].as_str().unwrap().contains("operator"),
        "{why}"
    );

    let (status, _) = server
        .simulator(Method::POST, "/api/devices/coffee_maker/unplug", &json!({}))
        .await;
    assert!(status < 300);
    let offline = server
        .until("/api/devices/coffee_maker", |d| {
            d["connectivity"] == "offline"
        })
        .await;
    assert!(
        reported(&offline, "OnOff.on_off").is_some(),
        "reads still answer, with their age"
    );
    server
        .simulator(Method::POST, "/api/devices/coffee_maker/plug", &json!({}))
        .await;
    server
        .until("/api/devices/coffee_maker", |d| {
            d["connectivity"] == "online"
        })
        .await;

    let (status, history) = server
        .get("/api/devices/main_thermostat/history?property=Thermostat.local_temperature&resolution=raw")
        .await;
    assert_eq!(status, 200, "{history}");
    let wish = answer["wish"]["id"].clone();
    server.kill();

    let server = Server::start(folder.path(), &["serve", "--simulate", &family], &[]);
    let (_, events) = server
        .get("/api/events?device=coffee_maker&limit=500")
        .await;
    let remembered = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .any(|event| event["data"].to_string().contains(wish.as_str().unwrap()));
    assert!(
        remembered,
        "what was acknowledged survives a kill: {events}"
    );
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn a_fast_house_takes_its_time_while_a_wish_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    let blinds = "/api/devices/bedroom_blinds";
    let known = |device: &Value| {
        let position = reported(device, "WindowCovering.position")?;
        position["value"].as_f64()
    };
    let device = server.until(blinds, |d| known(d).is_some()).await;
    let fast = json!({"pace": 60});
    let (status, clock) = server.simulator(Method::PUT, "/api/clock", &fast).await;
    assert_eq!(status, 200, "{clock}");
    server.until("/api/house", |h| h["pace"] == 60.0).await;

    // Blinds take their time, and it is that of life until they are there.
    let wanted = if known(&device) < Some(50.0) {
        "open"
    } else {
        "close"
    };
    let body = json!({"capability": "WindowCovering", "command": wanted});
    let path = format!("{blinds}/commands");
    let (status, wish) = server.send(Method::POST, &path, &body).await;
    assert_eq!(status, 202, "{wish}");
    server.until("/api/house", |h| h["pace"] == 1.0).await;
    server.until("/api/house", |h| h["pace"] == 60.0).await;
    let device = server.get(blinds).await.1;
    assert_eq!(device["sync"]["out_of_step"], json!([]), "{device}");
}

#[tokio::test]
async fn reading_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("studio")],
        &[],
    );
    server
        .until("/api/devices", |list| {
            list["devices"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        })
        .await;
    for path in [
        "/",
        "/api/devices",
        "/api/areas",
        "/api/events",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/health",
    ] {
        let status = server.get(path).await.0;
        assert!((200..400).contains(&status), "{path}: {status}");
    }
    let (_, events) = server.get("/api/events?kind=wish_made").await;
    assert_eq!(events["events"], json!([]), "reading made a wish");
}
