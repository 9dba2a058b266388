//! A house that is killed while its rules act: what they did is done once, and known afterwards.

use crate::messages::Mosquitto;
use crate::support::{PATIENCE, Server};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Location, Store};

/// How often the house is killed.
const KILLS: usize = 4;

/// A switch; the lamp among them can also be told to toggle, which cannot be repeated.
fn announce(broker: &Mosquitto, name: &str) {
    let device = json!({"identifiers": [name], "name": name});
    let switch = json!({"name": null, "unique_id": name, "state_topic": format!("sudden/{name}"),
        "command_topic": format!("sudden/{name}/set"), "capability": "1:OnOff.on_off", "device": device});
    let topic = format!("homeassistant/switch/{name}/config");
    broker.publish(&topic, &switch.to_string());
    if name == "lamp" {
        let button = json!({"name": "Toggle", "unique_id": "toggle", "payload_press": "TOGGLE",
            "command_topic": "sudden/lamp/set", "capability": "1:OnOff.toggle", "device": device});
        broker.publish("homeassistant/button/lamp/config", &button.to_string());
    }
    broker.publish(&format!("sudden/{name}"), "OFF");
}

async fn ready(server: &Server) {
    for device in ["trigger", "lamp", "other"] {
        let knows = |it: &Value| it.to_string().contains("\"stale\":false");
        server.until(&format!("/api/devices/{device}"), knows).await;
    }
    let toggles = |it: &Value| it.to_string().contains("\"toggle\"");
    server.until("/api/devices/lamp", toggles).await;
}

#[tokio::test]
async fn what_a_rule_did_is_done_once_and_known_after_a_sudden_end() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    for name in ["trigger", "lamp", "other"] {
        announce(&broker, name);
    }
    let (_listener, heard) = broker.listen("sudden/lamp/set");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", broker.port);
    let settings = [("MQTT_URL", url.as_str())];
    let mut server = Server::start(folder.path(), &["serve"], &settings);
    ready(&server).await;
    let rule = json!({"name": "Flip", "mode": "parallel", "on_restart": "resume",
        "when": [{"property": "OnOff.on_off", "device": "trigger", "to": true}],
        "then": [{"do": "turn_on", "device": "other"}, {"do": "toggle", "device": "lamp"}]});
    let (status, added) = server.send(Method::POST, "/api/scenarios", &rule).await;
    assert_eq!(status, 201, "{added}");

    for kill in 1..=KILLS {
        broker.publish("sudden/trigger", "ON");
        let told = heard.recv_timeout(PATIENCE).unwrap();
        assert!(told.ends_with(" TOGGLE"), "{told}");
        server.kill();
        broker.publish("sudden/trigger", "OFF");
        server = Server::start(folder.path(), &["serve"], &settings);
        ready(&server).await;
        // What cannot be repeated was kept before it was sent, and the run that wanted it before that.
        let (_, runs) = server.get("/api/automation/runs?scenario=flip").await;
        let runs = runs["runs"].as_array().unwrap();
        assert_eq!(runs.len(), kill, "{runs:?}");
        let requests = runs[0]["trace"].as_array().unwrap().iter();
        let devices: Vec<_> = requests
            .flat_map(|entry| entry["requests"].as_array().unwrap())
            .map(|sent| sent["device"].clone())
            .collect();
        assert_eq!(devices, ["other", "lamp"], "{:?}", runs[0]);
        let told = runs[0]["trace"].to_string();
        assert!(
            runs[0]["ended_at"].is_null() || told.contains("the house restarted"),
            "{told}"
        );
    }
    // Were it sent again after a restart, that would come before this.
    let command = json!({"capability": "OnOff", "command": "on"});
    let path = "/api/devices/lamp/commands";
    let (status, answer) = server.send(Method::POST, path, &command).await;
    assert_eq!(status, 202, "{answer}");
    let last = heard.recv_timeout(PATIENCE).unwrap();
    assert!(last.ends_with(" ON"), "{last}");
    let (_, lamp) = server.get("/api/devices/lamp").await;
    let lamp = serde_json::from_value(lamp["id"].clone()).unwrap();
    assert_eq!(server.end(), Some(0));
    let location = Location::file(folder.path().join("consciousness.db"));
    let (store, _) = Store::open(&location).await.unwrap();
    let wishes = store.wishes_of(lamp, 100).await.unwrap();
    assert_eq!(wishes.len(), KILLS + 1, "{wishes:?}");
    assert!(heard.try_recv().is_err(), "a toggle was sent twice");
}
