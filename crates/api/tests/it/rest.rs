//! Every route's happy path.

use crate::support::{NETWORK, Served, served};
use model::{Connectivity, ReportBody};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn devices_are_listed_filtered_and_paged() {
    let house = served().await;
    let all = house.get("/api/devices").await;
    let slugs: Vec<&str> = all["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["slug"].as_str().unwrap())
        .collect();
    assert_eq!(
        slugs,
        [
            "hall_lamp",
            "main_thermostat",
            "porch_thermometer",
            "front_door",
            "broken_lamp",
            "silent_lamp"
        ]
    );
    assert!(all.get("next").is_none());

    let count = async |query: &str| {
        house.get(&format!("/api/devices?{query}")).await["devices"]
            .as_array()
            .unwrap()
            .len()
    };
    for (query, expected) in [
        ("kind=light", 3),
        ("capability=OnOff", 3),
        ("capability=on_off&q=hall", 1),
        ("connectivity=online", 6),
        ("connectivity=offline", 0),
        ("protocol=mqtt", 6),
        ("protocol=zwave", 0),
        ("q=ACME", 6),
        ("q=nothing+of+that+kind", 0),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/api/devices?limit=4{cursor}")).await;
        seen.extend(
            page["devices"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| d["slug"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, slugs);
    house.end().await;
}

#[tokio::test]
async fn a_device_shows_its_twin_and_its_limits() {
    let house = served().await;
    house
        .reports("main_thermostat", "Thermostat.local_temperature", 20.5)
        .await;
    house
        .until(|s| {
            s.device("main_thermostat")
                .unwrap()
                .value("Thermostat.local_temperature".parse().unwrap())
                .is_some()
        })
        .await;
    let device = house.get("/api/devices/main_thermostat").await;
    assert_eq!(
        house
            .get(&format!("/api/devices/{}", device["id"].as_str().unwrap()))
            .await,
        device
    );
    assert_eq!(device["kind"], "thermostat");
    assert_eq!(device["connectivity"], "online");
    let properties = device["capabilities"][0]["properties"].as_array().unwrap();
    let (measured, setpoint) = (&properties[0], &properties[1]);
    assert_eq!(measured["path"], "Thermostat.local_temperature");
    assert_eq!(measured["reported"]["value"], 20.5);
    assert_eq!(measured["reported"]["stale"], false);
    assert_eq!(measured["reported"]["cause"]["who"]["kind"], "device");
    assert_eq!(measured["unit"], "°C");
    assert_eq!(setpoint["min"], 7.0);
    assert_eq!(setpoint["max"], 28.0);
    // Nothing was ever said of it: unknown, not invented.
    assert_eq!(setpoint["reported"], Value::Null);
    assert_eq!(setpoint["desired"], Value::Null);
    assert_eq!(
        device["sync"],
        json!({"state": "in_step", "divergence": 0.0, "out_of_step": [], "stale": 0})
    );
    let command = &device["capabilities"][0]["commands"][0];
    assert_eq!(command["name"], "set_heating_setpoint");
    assert_eq!(command["args"][0]["max"], 28.0);
    let lock = house.get("/api/devices/front_door").await;
    let commands = lock["capabilities"][0]["commands"].as_array().unwrap();
    let safety: Vec<_> = commands
        .iter()
        .map(|c| (c["name"].as_str().unwrap(), c["safety"].as_str().unwrap()))
        .collect();
    assert_eq!(safety, [("lock", "free"), ("unlock", "never")]);
    house.end().await;
}

#[tokio::test]
async fn a_command_is_accepted_and_settles() {
    let house = served().await;
    let on = json!({"capability": "OnOff", "command": "on"});
    let (status, body) = house
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands",
            Some(on.clone()),
        )
        .await;
    assert_eq!(status, 202, "{body}");
    assert_eq!(body["wish"]["goal"], json!({"on_off": true}));
    assert_eq!(body["wish"]["cause"]["who"]["kind"], "operator");

    let level =
        json!({"capability": "LevelControl", "command": "move_to_level", "args": {"level": 40}});
    let (status, body) = house
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands?wait=settled",
            Some(level),
        )
        .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["wish"]["state"], "reached");
    assert_eq!(body["wish"]["args"], json!({"level": 40}));
    let lamp = house.get("/api/devices/hall_lamp").await;
    assert_eq!(
        lamp["capabilities"][1]["properties"][0]["reported"]["value"],
        40
    );

    let toggle = json!({"capability": "OnOff", "command": "toggle"});
    let (status, body) = house
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands?wait=settled",
            Some(toggle),
        )
        .await;
    assert_eq!(
        (status.as_u16(), &body["wish"]["goal"]),
        (200, &Value::Null),
        "{body}"
    );

    let (status, body) = house
        .ask(
            Method::POST,
            "/api/devices/broken_lamp/commands?wait=settled",
            Some(on),
        )
        .await;
    assert_eq!(status, 502, "{body}");
    assert_eq!(body["error"]["code"], "wish_rejected");
    assert_eq!(body["error"]["wish"]["state"], "rejected");
    assert_eq!(body["error"]["message"], "the bulb is burnt out");
    house.end().await;
}

#[tokio::test]
async fn a_twin_says_how_far_it_and_its_device_are_apart() {
    let house = served().await;
    let level = "LevelControl.current_level";
    house.reports("lamp", level, 70.0).await;
    let known = level.parse().unwrap();
    house
        .until(|s| s.device("hall_lamp").unwrap().value(known).is_some())
        .await;
    let away = ReportBody::Connectivity {
        native_id: "lamp".into(),
        connectivity: Connectivity::Offline,
        reason: None,
    };
    house.says(away).await;
    house
        .until(|s| s.device("hall_lamp").unwrap().connectivity == Connectivity::Offline)
        .await;
    let dim =
        json!({"capability": "LevelControl", "command": "move_to_level", "args": {"level": 40}});
    let path = "/api/devices/hall_lamp/commands";
    let (status, body) = house.ask(Method::POST, path, Some(dim)).await;
    assert_eq!(status, 202, "{body}");
    let sync = house.get("/api/devices/hall_lamp").await["sync"].take();
    assert_eq!(
        (&sync["state"], &sync["divergence"]),
        (&json!("offline"), &json!(1.0)),
        "{sync}"
    );
    let apart = &sync["out_of_step"][0];
    assert_eq!(apart["path"], level);
    assert_eq!(
        (&apart["reported"], &apart["desired"], &apart["distance"]),
        (&json!(70), &json!(40), &json!(30.0))
    );

    // It comes back as it was wanted.
    house.reports("lamp", level, 40.0).await;
    house.until(|s| s.pending_wishes() == 0).await;
    let sync = house.get("/api/devices/hall_lamp").await["sync"].take();
    assert_eq!(
        (&sync["divergence"], &sync["out_of_step"]),
        (&json!(0.0), &json!([])),
        "{sync}"
    );
    house.end().await;
}

#[tokio::test]
async fn a_repeat_gets_the_first_outcome() {
    let house = served().await;
    let on = json!({"id": "tap-1", "capability": "OnOff", "command": "on"});
    let path = "/api/devices/silent_lamp/commands";
    let (_, first) = house.ask(Method::POST, path, Some(on.clone())).await;
    let (status, second) = house.ask(Method::POST, path, Some(on)).await;
    assert_eq!(status, 202, "{second}");
    assert_eq!(first["wish"]["id"], second["wish"]["id"]);
    house.end().await;
}

#[tokio::test]
async fn what_needs_a_yes_asks_for_it() {
    let house = served().await;
    let path = "/api/devices/front_door/commands?wait=settled";
    let unlock = json!({"capability": "DoorLock", "command": "unlock"});
    let (status, body) = house.ask(Method::POST, path, Some(unlock)).await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (409, &json!("confirmation_needed")),
        "{body}"
    );
    let yes = json!({"capability": "DoorLock", "command": "unlock", "confirm": true});
    let (status, body) = house.ask(Method::POST, path, Some(yes)).await;
    assert_eq!(
        (status.as_u16(), &body["wish"]["state"]),
        (200, &json!("reached")),
        "{body}"
    );
    house.end().await;
}

#[tokio::test]
async fn a_batch_gives_each_its_true_result() {
    let house = served().await;
    let batch = json!({"commands": [
        {"device": "hall_lamp", "capability": "OnOff", "command": "on"},
        {"device": "nobody", "capability": "OnOff", "command": "on"},
        {"device": "main_thermostat", "capability": "Thermostat", "command": "set_heating_setpoint", "args": {"temperature": 99}},
    ]});
    let (status, body) = house
        .ask(Method::POST, "/api/devices/commands", Some(batch))
        .await;
    assert_eq!(status, 200, "{body}");
    let results = body["results"].as_array().unwrap();
    assert_eq!(results[0]["wish"]["capability"], "OnOff");
    assert!(results[0].get("error").is_none());
    assert_eq!(results[1]["error"]["code"], "unknown_device");
    assert_eq!(results[2]["error"]["code"], "invalid_value");
    assert!(
        results[2]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("99"),
        "{body}"
    );
    house.end().await;
}

#[tokio::test]
async fn a_device_is_edited_and_removed() {
    let house = served().await;
    let (status, kitchen) = house
        .ask(Method::POST, "/api/areas", Some(json!({"name": "Kitchen"})))
        .await;
    assert_eq!(status, 201, "{kitchen}");
    let edit = json!({"name": "Reading lamp", "slug": "reading_lamp", "area": "kitchen", "aliases": ["book light"]});
    let (status, lamp) = house
        .ask(Method::PATCH, "/api/devices/hall_lamp", Some(edit))
        .await;
    assert_eq!(status, 200, "{lamp}");
    assert_eq!(lamp["slug"], "reading_lamp");
    assert_eq!(lamp["area"]["slug"], "kitchen");
    assert_eq!(
        house.get("/api/devices?area=kitchen").await["devices"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Left out stays, null clears.
    let (_, lamp) = house
        .ask(
            Method::PATCH,
            "/api/devices/reading_lamp",
            Some(json!({"area": null})),
        )
        .await;
    assert_eq!(
        (&lamp["area"], &lamp["name"]),
        (&Value::Null, &json!("Reading lamp"))
    );
    let (status, body) = house
        .ask(
            Method::PATCH,
            "/api/devices/reading_lamp",
            Some(json!({"name": null})),
        )
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (422, &json!("invalid_body"))
    );

    let (status, _) = house
        .ask(Method::DELETE, "/api/devices/reading_lamp", None)
        .await;
    assert_eq!(status, 204);
    let (status, _) = house
        .ask(Method::GET, "/api/devices/reading_lamp", None)
        .await;
    assert_eq!(status, 404);
    house.end().await;
}

#[tokio::test]
async fn the_inbox_is_a_bare_list_and_can_be_adopted_or_ignored() {
    let house = served().await;
    let found = house.get("/api/devices/discovered").await;
    let plug = &found.as_array().unwrap()[0];
    assert_eq!(plug["name"], "Garage plug");
    assert_eq!(plug["suggested_area"], "Garage");
    assert_eq!(plug["capabilities"], json!(["OnOff"]));
    // The guide's filter compares it as text.
    assert!(plug["first_seen"].as_str().unwrap() > "2024-01-01T00:00:00Z");
    let path = format!("/api/devices/discovered/{}", plug["id"].as_str().unwrap());

    let (status, ignored) = house
        .ask(Method::POST, &format!("{path}/ignore"), Some(json!({})))
        .await;
    assert_eq!(
        (status.as_u16(), &ignored["state"]),
        (200, &json!("ignored")),
        "{ignored}"
    );
    let (status, device) = house
        .ask(Method::POST, &format!("{path}/adopt"), None)
        .await;
    assert_eq!(
        (status.as_u16(), &device["slug"]),
        (201, &json!("garage_plug")),
        "{device}"
    );
    assert_eq!(house.get("/api/devices/discovered").await, json!([]));
    let (status, body) = house
        .ask(Method::POST, &format!("{path}/adopt"), None)
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (404, &json!("unknown_discovery"))
    );
    house.end().await;
}

#[tokio::test]
async fn a_device_can_be_added_by_hand() {
    let house = served().await;
    let fan = json!({"name": "Attic fan", "protocol": "mqtt", "address": "fan_1"});
    let (status, body) = house
        .ask(Method::POST, "/api/devices/manual", Some(fan))
        .await;
    assert_eq!(
        (status.as_u16(), &body["native_id"]),
        (201, &json!("fan_1")),
        "{body}"
    );
    // Without a driver it is for the one of the network, where there is one.
    let printer = json!({"ip": "192.0.2.17", "type": "printer", "port": 631});
    let (status, body) = house
        .ask(Method::POST, "/api/devices/manual", Some(printer.clone()))
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (422, &json!("unknown_driver")),
        "{body}"
    );
    let running = ReportBody::State(model::DriverState::Running);
    house.hears(NETWORK, running).await;
    house
        .until(|snapshot| snapshot.drivers.contains_key(NETWORK))
        .await;
    let (status, body) = house
        .ask(Method::POST, "/api/devices/manual", Some(printer))
        .await;
    assert_eq!(
        (status.as_u16(), &body["native_id"], &body["protocol"]),
        (201, &json!("192.0.2.17"), &json!(NETWORK)),
        "{body}"
    );
    let nowhere = json!({"name": "Attic fan", "protocol": "mqtt"});
    let (status, body) = house
        .ask(Method::POST, "/api/devices/manual", Some(nowhere))
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (422, &json!("invalid_value")),
        "{body}"
    );
    let unheard_of = json!({"name": "Attic fan", "protocol": "smoke signals"});
    let (status, body) = house
        .ask(Method::POST, "/api/devices/manual", Some(unheard_of))
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (422, &json!("unknown_driver")),
        "{body}"
    );
    house.end().await;
}

#[tokio::test]
async fn floors_areas_and_people_come_change_and_go() {
    let house = served().await;
    let (status, floor) = house
        .ask(
            Method::POST,
            "/api/floors",
            Some(json!({"name": "Ground floor"})),
        )
        .await;
    assert_eq!(status, 201, "{floor}");
    let hall = json!({"name": "Hall", "floor": "ground_floor"});
    let (_, hall) = house.ask(Method::POST, "/api/areas", Some(hall)).await;
    let study = json!({"name": "Study", "neighbours": ["hall"]});
    let (_, study) = house.ask(Method::POST, "/api/areas", Some(study)).await;
    assert_eq!(study["neighbours"], json!([hall["id"]]));
    // Doorways lead both ways.
    assert_eq!(
        house.get("/api/areas/hall").await["neighbours"],
        json!([study["id"]])
    );
    let (_, person) = house
        .ask(
            Method::POST,
            "/api/people",
            Some(json!({"name": "Anna", "presence": "home"})),
        )
        .await;
    assert_eq!(person["presence"], "home", "{person}");

    for (kind, slug, field) in [
        ("floors", "ground_floor", "floors"),
        ("areas", "hall", "areas"),
        ("people", "anna", "people"),
    ] {
        let path = format!("/api/{kind}/{slug}");
        let (status, edited) = house
            .ask(Method::PATCH, &path, Some(json!({"name": "Renamed"})))
            .await;
        assert_eq!(
            (status.as_u16(), &edited["name"]),
            (200, &json!("Renamed")),
            "{path}"
        );
        let before = house.get(&format!("/api/{kind}")).await[field]
            .as_array()
            .unwrap()
            .len();
        let (status, _) = house.ask(Method::DELETE, &path, None).await;
        assert_eq!(status, 204, "{path}");
        assert_eq!(
            house.get(&format!("/api/{kind}")).await[field]
                .as_array()
                .unwrap()
                .len(),
            before - 1
        );
    }
    assert_eq!(house.get("/api/areas/study").await["neighbours"], json!([]));
    house.end().await;
}

#[tokio::test]
async fn the_house_tells_its_time_health_and_version() {
    let house = served().await;
    let it = house.get("/api/house").await;
    assert_eq!(
        (&it["name"], &it["simulated"], &it["pace"], &it["timezone"]),
        (
            &json!("Test house"),
            &json!(false),
            &json!(1.0),
            &json!("UTC")
        )
    );
    assert_eq!(house.get("/api/version").await["commit"], "abc");
    let detailed = house.get("/health/detailed").await;
    let names: Vec<&str> = detailed["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "capacity",
            "database",
            "discovery",
            "disk",
            "driver:mqtt",
            "maintenance",
            "memory",
            "twin"
        ]
    );
    let database = &detailed["components"][1];
    assert_eq!(
        (&database["status"], &database["critical"]),
        (&json!("ok"), &json!(true)),
        "{database}"
    );
    assert!(database["latency_ms"].as_f64().unwrap() > 0.0);
    assert!(matches!(
        house.get("/health").await["status"].as_str(),
        Some("ok" | "degraded")
    ));
    house.end().await;
}

#[tokio::test]
async fn health_turns_503_when_something_critical_fails_and_back() {
    let house = served().await;
    let part = house
        .health
        .component("heart", true, None, api::State::ok());
    part.set(api::State::failed("it stopped", "start it"));
    for path in ["/health", "/health/detailed"] {
        let (status, body) = house.ask(Method::GET, path, None).await;
        assert_eq!(
            (status.as_u16(), &body["status"]),
            (503, &json!("failed")),
            "{body}"
        );
    }
    let (_, body) = house.ask(Method::GET, "/health/detailed", None).await;
    let heart = body["components"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "heart")
        .unwrap();
    assert_eq!(
        (&heart["message"], &heart["action"]),
        (&json!("it stopped"), &json!("start it"))
    );
    part.set(api::State::ok());
    let (status, _) = house.ask(Method::GET, "/health", None).await;
    assert_eq!(status, 200);
    house.end().await;
}

#[tokio::test]
async fn a_visit_changes_nothing() {
    let house = served().await;
    let before = house.handle.snapshot().position;
    for path in [
        "/",
        "/api/devices",
        "/api/devices/hall_lamp",
        "/api/house",
        "/health/detailed",
        "/metrics",
    ] {
        house.ask(Method::GET, path, None).await;
    }
    assert_eq!(house.handle.snapshot().position, before);
    house.end().await;
}

/// Unplugs a device.
pub(crate) async fn goes_offline(house: &Served, native_id: &str) {
    let reason = Some("it was unplugged".to_owned());
    let connectivity = Connectivity::Offline;
    house
        .says(ReportBody::Connectivity {
            native_id: native_id.into(),
            connectivity,
            reason,
        })
        .await;
}
