//! Scenes, the house's mode and webhooks over the API.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};

async fn send(served: &Served, method: Method, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = served.ask(method, path, Some(body)).await;
    (status.as_u16(), answer)
}

async fn until_on(served: &Served, device: &str) {
    let path = "OnOff.on_off".parse().unwrap();
    served
        .until(|house| house.device(device).unwrap().value(path) == Some(&true.into()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenes_are_written_brought_back_and_removed() {
    let served = served().await;
    let scene = json!({"name": "Reading light", "settings": [
        {"device": "hall_lamp", "set": {"OnOff.on_off": true}},
        {"device": "nowhere", "set": {"OnOff.on_off": true}}]});
    let (status, added) = send(&served, Method::POST, "/api/scenes", scene.clone()).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["slug"], "reading-light");
    let (status, _) = send(&served, Method::POST, "/api/scenes", scene.clone()).await;
    assert_eq!(status, 409);
    let list = served.get("/api/scenes").await;
    assert_eq!(list["scenes"][0], added);
    let (status, applied) = served
        .ask(Method::POST, "/api/scenes/reading-light/apply", None)
        .await;
    assert_eq!(status, 200, "{applied}");
    assert_eq!(
        applied["results"][0]["wish"]["cause"]["who"]["kind"],
        "operator"
    );
    assert_eq!(applied["results"][1]["error"]["code"], "unknown_device");
    until_on(&served, "hall_lamp").await;

    // A scenario brings it back too, and says what of it is not there.
    let rule = json!({"name": "Read", "then": [{"scene": "reading-light"}]});
    let (status, rule) = send(&served, Method::POST, "/api/scenarios", rule).await;
    assert_eq!(status, 201, "{rule}");
    assert_eq!(rule["problems"], json!(["no device is called `nowhere`"]));

    let (status, _) = served
        .ask(Method::DELETE, "/api/scenes/reading-light", None)
        .await;
    assert_eq!(status, 204);
    let rule = served.get("/api/scenarios/read").await;
    assert_eq!(
        rule["problems"],
        json!(["no scene is called `reading-light`"])
    );
    for (method, path) in [
        (Method::GET, "/api/scenes/reading-light"),
        (Method::DELETE, "/api/scenes/reading-light"),
        (Method::POST, "/api/scenes/reading-light/apply"),
    ] {
        let (status, answer) = served.ask(method, path, None).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (404, &json!("unknown_scene"))
        );
    }
    let (status, _) = send(&served, Method::PUT, "/api/scenes/reading-light", scene).await;
    assert_eq!(status, 404);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scene_is_made_of_how_things_are() {
    let served = served().await;
    served.reports("lamp", "OnOff.on_off", true).await;
    served
        .reports("lamp", "LevelControl.current_level", 40.0)
        .await;
    let level = "LevelControl.current_level".parse().unwrap();
    served
        .until(|house| house.device("hall_lamp").unwrap().value(level) == Some(&40.0.into()))
        .await;
    let capture = json!({"name": "Now", "devices": ["hall_lamp", "silent_lamp"]});
    let path = "/api/scenes/capture";
    let (status, scene) = send(&served, Method::POST, path, capture.clone()).await;
    assert_eq!(status, 201, "{scene}");
    let settings: Vec<_> = scene["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|setting| (&setting["device"], &setting["set"]))
        .collect();
    let hall = json!("hall_lamp");
    let (level, on) = (
        json!({"LevelControl.current_level": 40}),
        json!({"OnOff.on_off": true}),
    );
    assert_eq!(settings.len(), 2, "what is not known is not in it: {scene}");
    assert!(settings.contains(&(&hall, &level)) && settings.contains(&(&hall, &on)));
    let (status, _) = send(&served, Method::POST, path, capture).await;
    assert_eq!(status, 409);
    let again = json!({"name": "Now", "devices": ["hall_lamp"], "replace": true});
    let (status, _) = send(&served, Method::POST, path, again).await;
    assert_eq!(status, 201);
    for (body, status) in [
        (json!({"name": "x", "devices": ["silent_lamp"]}), 422),
        (json!({"name": "x", "devices": ["nobody"]}), 404),
        (json!({"name": "x", "area": "nowhere"}), 404),
        (json!({"area": "hall"}), 422),
    ] {
        let (found, answer) = send(&served, Method::POST, path, body).await;
        assert_eq!(found, status, "{answer}");
    }
    for settings in [
        json!([]),
        json!([{"device": "hall_lamp", "set": {"OnOff.on_off": 3}}]),
        json!([{"device": "hall_lamp", "set": {"OnOff.onoff": true}}]),
        json!([{"device": "front_door", "set": {"DoorLock.lock_state": "unlocked"}}]),
        json!([{"device": "hall_lamp", "sett": {}}]),
    ] {
        let body = json!({"name": "x", "settings": settings});
        let (found, answer) = send(&served, Method::POST, "/api/scenes", body).await;
        assert_eq!(
            (found, &answer["error"]["code"]),
            (422, &json!("invalid_scenario")),
            "{answer}"
        );
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_open_with_their_secret_alone() {
    let served = served().await;
    let rule = json!({"name": "Ring", "when": [{"webhook": "doorbell"}], "then": [{"do": "turn_on", "device": "hall_lamp"}]});
    let (status, added) = send(&served, Method::POST, "/api/automation/rules", rule).await;
    assert_eq!(status, 201, "{added}");
    let path = "/api/automation/webhooks";
    let (status, made) = send(&served, Method::POST, path, json!({"name": "doorbell"})).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().unwrap().to_owned();
    let (status, _) = send(&served, Method::POST, path, json!({"name": "doorbell"})).await;
    assert_eq!(status, 409);
    let list = served.get(path).await;
    assert_eq!(list["webhooks"][0]["rules"], json!(["ring"]));
    assert!(!list.to_string().contains(&secret), "it is told once");

    let call = async |name: &str, secret: Option<&str>, header: Option<(&str, &str)>| {
        let mut request = served.client.post(served.url(&format!("{path}/{name}")));
        if let Some(secret) = secret {
            request = request.header("X-Webhook-Secret", secret);
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(call("doorbell", None, None).await, 403);
    assert_eq!(call("doorbell", Some("wrong"), None).await, 403);
    assert_eq!(call("gate", Some(&secret), None).await, 403);
    assert_eq!(call("<script>", Some(&secret), None).await, 403);
    let (status, _) = served
        .ask(
            Method::POST,
            &format!("{path}/doorbell?secret={secret}"),
            None,
        )
        .await;
    assert_eq!(status, 403, "never in the address");
    assert!(
        served.get("/api/automation/runs").await["runs"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // A program elsewhere may call it, through a proxy too: the secret is what counts.
    assert_eq!(
        call(
            "doorbell",
            Some(&secret),
            Some(("X-Forwarded-For", "192.0.2.1"))
        )
        .await,
        202
    );
    until_on(&served, "hall_lamp").await;

    // Another secret: the old one no longer opens anything.
    let renew = json!({"name": "doorbell", "renew": true});
    let (status, renewed) = send(&served, Method::POST, path, renew).await;
    assert_eq!(status, 201, "{renewed}");
    assert_eq!(call("doorbell", Some(&secret), None).await, 403);
    let renewed = renewed["secret"].as_str().unwrap();
    assert_eq!(call("doorbell", Some(renewed), None).await, 202);
    let kept = served.store.webhooks().await.unwrap();
    assert!(
        kept.iter().all(|(_, hash)| hash != renewed),
        "only a hash is kept"
    );

    let one = format!("{path}/doorbell");
    let (status, _) = served.ask(Method::DELETE, &one, None).await;
    assert_eq!(status, 204);
    let (status, _) = served.ask(Method::DELETE, &one, None).await;
    assert_eq!(status, 404);
    assert_eq!(call("doorbell", Some(renewed), None).await, 403);
    for name in ["", "A", "ä", "a/b", "a b"] {
        let (status, answer) = send(&served, Method::POST, path, json!({"name": name})).await;
        assert_eq!(status, 422, "{answer}");
    }
    // What happened is on the timeline: a wrong secret once, however often it was tried.
    let told = loop {
        let events = served.get("/api/events?kind=webhook_called").await;
        let events = events["events"].as_array().unwrap().clone();
        if events
            .iter()
            .filter(|event| event["data"]["accepted"] == true)
            .count()
            == 2
        {
            break events;
        }
        tokio::task::yield_now().await;
    };
    let wrong = told
        .iter()
        .filter(|event| event["data"]["accepted"] == false);
    assert_eq!(wrong.count(), 1, "{told:?}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_is_set_and_read() {
    let served = served().await;
    let path = "/api/house/mode";
    assert_eq!(served.get(path).await, json!({"mode": "home"}));
    let (status, mode) = send(&served, Method::PUT, path, json!({"mode": "night"})).await;
    assert_eq!((status, mode), (200, json!({"mode": "night"})));
    assert_eq!(served.get(path).await, json!({"mode": "night"}));
    for body in [
        json!({"mode": ""}),
        json!({"mode": 3}),
        json!({"mood": "night"}),
        json!({"mode": "x".repeat(500)}),
    ] {
        let (status, answer) = send(&served, Method::PUT, path, body).await;
        assert_eq!(status, 422, "{answer}");
    }
    served.end().await;
}
