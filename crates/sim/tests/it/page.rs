//! The page's API: what it shows, what it does, whom it refuses.

use crate::{sample, world};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use sim::{Clock, House, page::router};
use tower::ServiceExt;

struct Page {
    house: House,
    // Dropped, the house would have nobody to speak to.
    _messages: tokio::sync::mpsc::Receiver<sim::mqtt::Message>,
}

impl Page {
    fn new() -> Self {
        let (house, messages) = House::new(
            world("family.toml", "2026-03-04T02:00:00Z"),
            Clock::new(1.0),
        );
        Self {
            house,
            _messages: messages,
        }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8001")
            .body(body)
            .unwrap();
        let answer = router(self.house.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 10_000_000).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }
}

#[tokio::test]
async fn the_state_has_everything_that_the_page_shows() {
    let page = Page::new();
    let (status, state) = page.ask("GET", "/api/state", None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(state["house"]["areas"].as_array().unwrap().len(), 11);
    assert_eq!(state["house"]["people"].as_array().unwrap().len(), 4);
    assert_eq!(state["clock"]["now"], "2026-03-04T02:00:00Z");
    let devices = state["devices"].as_array().unwrap();
    assert_eq!(devices.len(), sample("family.toml").devices.len());
    for device in devices {
        for field in [
            "slug", "name", "area", "kind", "online", "battery", "state", "settable",
        ] {
            assert!(device.get(field).is_some(), "{device} has no {field}");
        }
    }
}

#[tokio::test]
async fn a_hand_sets_a_value_and_nonsense_is_explained() {
    let page = Page::new();
    let (status, lamp) = page
        .ask(
            "PUT",
            "/api/devices/hall_light",
            Some(json!({"on_off": true, "current_level": 30})),
        )
        .await;
    assert_eq!(
        (status, &lamp["state"]["on_off"]),
        (StatusCode::OK, &json!(true))
    );
    for (method, path, body, status, code) in [
        (
            "PUT",
            "/api/devices/hall_light",
            Some(json!({"on_off": 5})),
            422,
            "bad_value",
        ),
        (
            "PUT",
            "/api/devices/hall_light",
            Some(json!({"volume": 5})),
            422,
            "unknown_value",
        ),
        (
            "PUT",
            "/api/devices/hall_light",
            Some(json!([1])),
            400,
            "bad_request",
        ),
        (
            "PUT",
            "/api/devices/nobody",
            Some(json!({"on_off": true})),
            404,
            "not_found",
        ),
        (
            "POST",
            "/api/devices/hall_light/drain",
            None,
            422,
            "no_battery",
        ),
        (
            "POST",
            "/api/devices/hall_light/explode",
            None,
            404,
            "not_found",
        ),
        (
            "POST",
            "/api/devices/hall_light/break",
            Some(json!({"how": "badly"})),
            400,
            "bad_request",
        ),
        (
            "PUT",
            "/api/clock",
            Some(json!({"pace": 9999})),
            400,
            "bad_request",
        ),
        (
            "POST",
            "/api/weather",
            Some(json!({"event": "locusts"})),
            400,
            "bad_request",
        ),
        ("POST", "/api/people/nobody/come", None, 404, "not_found"),
        ("DELETE", "/api/clock", None, 405, "method_not_allowed"),
        ("GET", "/api/nothing", None, 404, "not_found"),
    ] {
        let (got, answer) = page.ask(method, path, body).await;
        assert_eq!(
            (got.as_u16(), answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{method} {path}: {answer}"
        );
        for field in ["message", "expected", "action"] {
            assert!(answer["error"][field].is_string(), "{path} has no {field}");
        }
    }
}

#[tokio::test]
async fn faults_events_and_the_clock() {
    let page = Page::new();
    for (method, path, body, pointer, expected) in [
        (
            "POST",
            "/api/devices/hall_light/unplug",
            None,
            "/online",
            json!(false),
        ),
        (
            "POST",
            "/api/devices/hall_light/plug",
            None,
            "/online",
            json!(true),
        ),
        (
            "POST",
            "/api/devices/bedroom_climate/drain",
            None,
            "/battery",
            json!(0),
        ),
        (
            "POST",
            "/api/devices/bedroom_climate/mend",
            None,
            "/battery",
            json!(100),
        ),
        (
            "POST",
            "/api/devices/living_climate/break",
            Some(json!({"how": "stuck"})),
            "/broken",
            json!("stuck"),
        ),
        (
            "POST",
            "/api/devices/kitchen_leak/leak",
            None,
            "/state/leak",
            json!(true),
        ),
        (
            "PUT",
            "/api/clock",
            Some(json!({"pace": 600, "held": true})),
            "/effective_pace",
            json!(1.0),
        ),
        (
            "PUT",
            "/api/clock",
            Some(json!({"pace": 0, "held": false})),
            "/pace",
            json!(0.0),
        ),
        (
            "POST",
            "/api/clock/step",
            Some(json!({"seconds": 90})),
            "/now",
            json!("2026-03-04T02:01:30Z"),
        ),
        (
            "POST",
            "/api/weather",
            Some(json!({"event": "storm"})),
            "/weather/event",
            json!("storm"),
        ),
        (
            "POST",
            "/api/power",
            Some(json!({"cut": true})),
            "/electricity/supplied",
            json!(false),
        ),
        (
            "POST",
            "/api/people/tom/leave",
            None,
            "/people/1/home",
            json!(false),
        ),
        (
            "POST",
            "/api/people/tom/come",
            None,
            "/people/1/home",
            json!(true),
        ),
    ] {
        let (status, answer) = page.ask(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{path}");
    }
    let (_, log) = page.ask("GET", "/api/log", None).await;
    assert!(log.as_array().unwrap().len() > 6);
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let page = Page::new();
    let ask = |host: Option<&str>, origin: Option<&str>| {
        let mut request = Request::builder().uri("/api/house");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        router(page.house.clone()).oneshot(request.body(Body::empty()).unwrap())
    };
    for (host, origin, status) in [
        (Some("localhost:8001"), None, 200),
        (Some("127.0.0.1:8001"), Some("http://127.0.0.1:8001"), 200),
        (Some("127.0.0.1:8001"), Some("http://evil.example"), 403),
        (Some("127.0.0.1:8001"), Some("null"), 403),
        (Some("evil.example"), None, 403),
        (None, None, 403),
    ] {
        let answer = ask(host, origin).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{host:?} {origin:?}");
    }
    let answer = ask(Some("localhost"), None).await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
}

#[tokio::test]
async fn the_weather_is_told_as_a_service_tells_it() {
    let page = Page::new();
    let ask = |query: &str| format!("/v1/forecast?latitude=52.4&longitude=4.9&{query}");
    let path = ask(
        "current=temperature_2m,precipitation,wind_speed_10m,weather_code&hourly=temperature_2m,precipitation&forecast_hours=48&timeformat=unixtime&wind_speed_unit=ms",
    );
    let (status, answer) = page.ask("GET", &path, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["current"]["time"], 1_772_589_600);
    assert_eq!(answer["current_units"]["wind_speed_10m"], "m/s");
    let (temperature, wind) = page
        .house
        .look(|world, _| (world.weather.temperature, world.weather.wind));
    let told = |name: &str| answer["current"][name].as_f64().unwrap();
    assert!((told("temperature_2m") - temperature).abs() <= 0.051);
    assert!((told("wind_speed_10m") - wind).abs() <= 0.006);
    for name in ["time", "temperature_2m", "precipitation"] {
        assert_eq!(
            answer["hourly"][name].as_array().unwrap().len(),
            48,
            "{name}"
        );
    }
    // The forecast of an hour is what that hour then is.
    let soon = answer["hourly"]["temperature_2m"][3].as_f64().unwrap();
    page.ask("POST", "/api/clock/step", Some(json!({"seconds": 10_800})))
        .await;
    let (_, later) = page.ask("GET", &path, None).await;
    assert_eq!(later["current"]["temperature_2m"].as_f64(), Some(soon));

    let (_, local) = page.ask("GET", &ask("current=wind_speed_10m"), None).await;
    assert_eq!(local["current"]["time"], "2026-03-04T05:00");
    assert_eq!(local["current_units"]["wind_speed_10m"], "km/h");
    for (query, word) in [
        ("current=feelings", "feelings"),
        (
            "hourly=temperature_2m&forecast_hours=9999",
            "forecast_hours",
        ),
        ("timeformat=swatch", "timeformat"),
        ("apikey=1", "apikey"),
    ] {
        let (status, answer) = page.ask("GET", &ask(query), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer["error"], true);
        assert!(
            answer["reason"].as_str().unwrap().contains(word),
            "{answer}"
        );
    }
    let (status, answer) = page
        .ask("GET", "/v1/forecast?latitude=97&longitude=1", None)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer["reason"].as_str().unwrap().contains("latitude"));
}
