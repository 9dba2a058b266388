//! Bad input: each is refused with the right status, a code of the table, and words that help.

use crate::support::{Served, served};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

/// Sends a body as it is.
async fn send(
    house: &Served,
    method: Method,
    path: &str,
    kind: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> (StatusCode, Value) {
    let mut request = house.client.request(method, house.url(path)).body(body);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let reference = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let status = response.status();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["error"]["reference"], reference.as_str());
    for field in ["code", "message", "action"] {
        assert!(
            body["error"][field]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{path}: {body}"
        );
    }
    (status, body)
}

#[tokio::test]
async fn bodies_that_cannot_be_right() {
    let house = served().await;
    let json_type = Some("application/json");
    let command = "/api/devices/hall_lamp/commands";
    let deep = r#"{"args":"#.repeat(20_000);
    let many = serde_json::to_string(&json!({"commands": vec![json!({"device": "hall_lamp", "capability": "OnOff", "command": "on"}); 101]})).unwrap();
    let crowd = json!({"protocols": vec!["mdns"; 65]}).to_string();
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(20_000));
    let aliases = format!(
        r#"{{"aliases": {}}}"#,
        serde_json::to_string(&vec!["a".repeat(50); 4_000]).unwrap()
    );
    for (method, path, kind, body, status, code) in [
        ("POST", command, json_type, "", 400, "malformed_json"),
        ("POST", command, json_type, "{", 400, "malformed_json"),
        ("POST", command, json_type, "\u{0}", 400, "malformed_json"),
        (
            "POST",
            command,
            json_type,
            deep.as_str(),
            422,
            "invalid_body",
        ),
        ("POST", command, None, "{}", 422, "invalid_body"),
        (
            "POST",
            command,
            Some("application/x-www-form-urlencoded"),
            "a=1",
            400,
            "malformed_json",
        ),
        (
            "POST",
            command,
            Some("text/plain"),
            "{}",
            415,
            "unsupported_media_type",
        ),
        ("POST", command, json_type, "[]", 422, "invalid_body"),
        ("POST", command, json_type, "{}", 422, "invalid_body"),
        (
            "POST",
            command,
            json_type,
            r#"[null, "OnOff", "on", {}, null, true]"#,
            422,
            "invalid_body",
        ),
        ("POST", command, json_type, "17", 422, "invalid_body"),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": 7, "command": "on"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "on", "args": {"x": null}}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "on", "args": {"x": [1]}}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "on", "confrim": true}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "on", "endpoint": -1}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"id": "", "capability": "OnOff", "command": "on"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "explode"}"#,
            422,
            "unsupported_command",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "Teleport", "command": "on"}"#,
            422,
            "unsupported_command",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "OnOff", "command": "on", "endpoint": 9}"#,
            422,
            "unsupported_command",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "LevelControl", "command": "move_to_level", "args": {"level": 1e300}}"#,
            422,
            "invalid_value",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "LevelControl", "command": "move_to_level", "args": {"level": "much"}}"#,
            422,
            "invalid_value",
        ),
        (
            "POST",
            command,
            json_type,
            r#"{"capability": "LevelControl", "command": "move_to_level"}"#,
            422,
            "invalid_value",
        ),
        (
            "POST",
            "/api/devices/commands",
            json_type,
            r#"{"commands": []}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/commands",
            json_type,
            many.as_str(),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/nobody/commands",
            json_type,
            r#"{"capability": "OnOff", "command": "on"}"#,
            404,
            "unknown_device",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            r#"{"slug": "Not A Slug"}"#,
            422,
            "invalid_body",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            r#"{"slug": "front_door"}"#,
            409,
            "slug_taken",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            r#"{"kind": "spaceship"}"#,
            422,
            "invalid_body",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            r#"{"area": "nowhere"}"#,
            404,
            "unknown_area",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            r#"{"name": ""}"#,
            422,
            "invalid_value",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            long.as_str(),
            422,
            "invalid_value",
        ),
        (
            "PATCH",
            "/api/devices/hall_lamp",
            json_type,
            aliases.as_str(),
            422,
            "invalid_value",
        ),
        ("POST", "/api/areas", json_type, "{}", 422, "invalid_body"),
        (
            "POST",
            "/api/areas",
            json_type,
            r#"{"name": null}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/areas",
            json_type,
            r#"{"name": "Hall", "floor": "none such"}"#,
            404,
            "unknown_floor",
        ),
        (
            "POST",
            "/api/floors",
            json_type,
            r#"{"name": "Cellar", "level": 1e9}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/people",
            json_type,
            r#"{"name": "Anna", "presence": "perhaps"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"name": "X"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"protocol": "mqtt"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "not an address", "type": "printer"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "host": "printer.local", "type": "printer"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"host": "http://printer.local/", "type": "printer"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"host": 7, "type": "printer"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer", "port": 0}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer", "port": 65536}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer", "name": ""}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer", "prot": 80}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer", "protocol": null}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/manual",
            json_type,
            r#"{"ip": "192.0.2.17", "type": "printer"}"#,
            422,
            "unknown_driver",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"{"protocols": ["smoke signals"]}"#,
            422,
            "unknown_driver",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"{"protocols": "mdns"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"{"protocols": [7]}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"{"protocol": ["mdns"]}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"["mdns"]"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            r#"{"#,
            400,
            "malformed_json",
        ),
        (
            "POST",
            "/api/discovery/scan",
            Some("text/plain"),
            r#"{}"#,
            415,
            "unsupported_media_type",
        ),
        (
            "POST",
            "/api/discovery/scan",
            json_type,
            crowd.as_str(),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/devices/discovered/x/reconsider",
            json_type,
            r#"{}"#,
            404,
            "unknown_discovery",
        ),
        (
            "POST",
            "/api/devices/discovered/x/adopt",
            json_type,
            "{}",
            404,
            "unknown_discovery",
        ),
        (
            "POST",
            "/api/concerns/x/snooze",
            json_type,
            "{}",
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/concerns/x/snooze",
            json_type,
            r#"{"minutes": 0}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/concerns/x/snooze",
            json_type,
            r#"{"minutes": 10, "until": "2026-01-01T00:00:00Z"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/concerns/x/snooze",
            json_type,
            r#"{"minutes": 10}"#,
            404,
            "unknown_concern",
        ),
        (
            "POST",
            "/api/concerns/x/note",
            json_type,
            r#"{"text": " "}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/concerns/x/note",
            json_type,
            r#"{"text": "plumber called", "expected": "1990-01-01T00:00:00Z"}"#,
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/api/concerns/x/note",
            json_type,
            r#"{"text": "plumber called"}"#,
            404,
            "unknown_concern",
        ),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (given, answer) = send(&house, method, path, kind, body.to_owned()).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            (given.as_u16(), answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{path} {shown}: {answer}"
        );
        says_it_all(&answer);
    }
    house.end().await;
}

/// What was expected is said, too, and in words for people.
fn says_it_all(answer: &Value) {
    let error = &answer["error"];
    let part = |name: &str| error[name].as_str().unwrap_or_default();
    let message = part("message");
    for words in ["found in string", "target type", "Failed to"] {
        assert!(!message.contains(words), "{error}");
    }
    let of_input = [
        "malformed_json",
        "invalid_body",
        "body_too_large",
        "invalid_query",
        "invalid_path",
    ];
    if of_input.contains(&part("code")) {
        let expected = part("expected");
        assert!(
            !expected.is_empty() || message.contains("expected") || message.contains("missing"),
            "what was expected is not said: {error}"
        );
    }
}

#[tokio::test]
async fn paths_and_queries_that_cannot_be_right() {
    let house = served().await;
    let huge = format!("/api/devices?q={}", "x".repeat(10_000));
    let long_name = format!("/api/devices/{}", "x".repeat(4_000));
    for (method, path, status, code) in [
        ("GET", "/api/devices/nobody", 404, "unknown_device"),
        (
            "GET",
            "/api/devices/..%2f..%2fetc%2fpasswd",
            404,
            "unknown_device",
        ),
        ("GET", "/api/devices/%00", 404, "unknown_device"),
        ("GET", "/api/devices/%3Cscript%3E", 404, "unknown_device"),
        ("GET", "/api/devices/%ff%fe", 400, "invalid_path"),
        ("GET", "/api/devices/'%20OR%201=1--", 404, "unknown_device"),
        ("GET", long_name.as_str(), 404, "unknown_device"),
        ("GET", huge.as_str(), 414, "target_too_long"),
        ("GET", "/api/devices?limit=0", 400, "invalid_query"),
        ("GET", "/api/devices?limit=501", 400, "invalid_query"),
        ("GET", "/api/devices?limit=-1", 400, "invalid_query"),
        ("GET", "/api/devices?limit=many", 400, "invalid_query"),
        ("GET", "/api/devices?limit=1&limit=2", 400, "invalid_query"),
        ("GET", "/api/devices?cursor=x", 400, "invalid_query"),
        ("GET", "/api/devices?knid=light", 400, "invalid_query"),
        ("GET", "/api/devices?kind=spaceship", 400, "invalid_query"),
        (
            "GET",
            "/api/devices?connectivity=perhaps",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices?capability=Teleport",
            400,
            "invalid_query",
        ),
        ("GET", "/api/devices?area=nowhere", 404, "unknown_area"),
        ("GET", "/api/areas/nowhere", 404, "unknown_area"),
        ("GET", "/api/floors/nowhere", 404, "unknown_floor"),
        ("GET", "/api/people/nobody", 404, "unknown_person"),
        (
            "GET",
            "/api/consciousness/emotions?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/consciousness/emotions?limit=0",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/consciousness/emotions?since=x",
            400,
            "invalid_query",
        ),
        ("GET", "/api/concerns?limit=501", 400, "invalid_query"),
        ("GET", "/api/concerns?ended=perhaps", 400, "invalid_query"),
        ("GET", "/api/predictions?model=oracle", 400, "invalid_query"),
        (
            "GET",
            "/api/predictions?device=nobody",
            404,
            "unknown_device",
        ),
        (
            "GET",
            "/api/predictions/accuracy?days=0",
            400,
            "invalid_query",
        ),
        ("POST", "/api/concerns/x/known", 404, "unknown_concern"),
        (
            "POST",
            "/api/concerns/01890a5d-ac96-774b-bcce-b302099a8057/done",
            404,
            "unknown_concern",
        ),
        ("GET", "/api/events?cursor=yesterday", 400, "invalid_query"),
        ("GET", "/api/events?from=yesterday", 400, "invalid_query"),
        ("GET", "/api/events?device=nobody", 404, "unknown_device"),
        ("GET", "/api/events?limit=100000", 400, "invalid_query"),
        ("GET", "/api/why", 400, "invalid_query"),
        (
            "GET",
            "/api/why?device=hall_lamp&property=OnOff.colour",
            404,
            "unknown_property",
        ),
        (
            "GET",
            "/api/devices/hall_lamp/history",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices/hall_lamp/history?property=Thermostat.system_mode",
            404,
            "unknown_property",
        ),
        (
            "GET",
            "/api/devices/hall_lamp/history?property=OnOff.on_off&resolution=minute",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices/hall_lamp/history?property=OnOff.on_off&from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices/hall_lamp/history?property=OnOff.on_off&limit=1000000",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices/discovered?state=mine",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/devices/discovered?sate=new",
            400,
            "invalid_query",
        ),
        ("GET", "/api/discovery/scans/x", 404, "unknown_scan"),
        (
            "GET",
            "/api/discovery/scans/%3Cscript%3E",
            404,
            "unknown_scan",
        ),
        (
            "GET",
            "/api/discovery/scans/01890a5d-ac96-774b-bcce-b302099a8057",
            404,
            "unknown_scan",
        ),
        ("GET", "/api/discovery/scans?limit=0", 400, "invalid_query"),
        (
            "GET",
            "/api/discovery/scans?cursor=yesterday",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/discovery/scans?cursor=9223372036854775807",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/discovery/logs?cursor=yesterday",
            400,
            "invalid_query",
        ),
        (
            "GET",
            "/api/discovery/logs?errors_only=perhaps",
            400,
            "invalid_query",
        ),
        ("GET", "/api/discovery/logs?limit=501", 400, "invalid_query"),
        (
            "GET",
            "/api/discovery/logs?kind=scan_ended",
            400,
            "invalid_query",
        ),
        ("GET", "/api/discovery/status/now", 404, "unknown_route"),
        ("DELETE", "/api/discovery/scans", 405, "method_not_allowed"),
        ("GET", "/api/live", 426, "upgrade_required"),
        ("GET", "/api/nothing", 404, "unknown_route"),
        ("GET", "/api", 404, "unknown_route"),
        ("GET", "/no/such/file.js", 404, "unknown_route"),
        ("GET", "/docs/no-such-file.js", 404, "unknown_route"),
        ("POST", "/", 404, "unknown_route"),
        ("POST", "/api/devices", 405, "method_not_allowed"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("BREW", "/api/house", 405, "method_not_allowed"),
        ("DELETE", "/api/devices/nobody", 404, "unknown_device"),
        ("DELETE", "/api/areas/nowhere", 404, "unknown_area"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (given, answer) = send(&house, method.clone(), path, None, "").await;
        let shown: String = path.chars().take(80).collect();
        assert_eq!(
            (given.as_u16(), answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{method} {shown}: {answer}"
        );
        assert!(
            answer.to_string().len() < 2_000,
            "{shown} is repeated at length"
        );
        says_it_all(&answer);
    }
    house.end().await;
}

#[tokio::test]
async fn an_oversized_body_is_refused_whether_it_says_its_length_or_not() {
    let house = served().await;
    let path = "/api/devices/hall_lamp/commands";
    let big = vec![b' '; 300 * 1024];
    let (status, body) = send(
        &house,
        Method::POST,
        path,
        Some("application/json"),
        big.clone(),
    )
    .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (413, &json!("body_too_large")),
        "{body}"
    );
    says_it_all(&body);
    let pieces = futures_util::stream::iter(
        big.chunks(8 * 1024)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect::<Vec<_>>(),
    );
    let (status, _) = send(
        &house,
        Method::POST,
        path,
        Some("application/json"),
        reqwest::Body::wrap_stream(pieces),
    )
    .await;
    assert_eq!(status.as_u16(), 413);
    house.end().await;
}

#[tokio::test]
async fn hostile_names_come_back_as_data() {
    let house = served().await;
    for name in [
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE devices;--",
        "\u{202e}evil",
        "名前",
        "{{7*7}}",
    ] {
        let (status, lamp) = house
            .ask(
                Method::PATCH,
                "/api/devices/front_door",
                Some(json!({"name": name})),
            )
            .await;
        assert!(
            status.is_success() || status.as_u16() == 422,
            "{name}: {lamp}"
        );
        if status.is_success() {
            assert_eq!(lamp["name"], name);
        }
    }
    let response = house
        .client
        .get(house.url("/api/devices/front_door"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    house.end().await;
}

/// `curl -d` announces a form unless it is told otherwise, and is answered. What a page elsewhere can
/// have a browser send looks the same but for what the browser adds, and does nothing.
#[tokio::test]
async fn a_bare_curl_is_answered_and_a_foreign_form_is_not() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let house = served().await;
    let own = format!("http://localhost:{}", house.address.port());
    let page = format!("{own}/chat");
    let path = "/api/devices/hall_lamp/commands";
    let body = r#"{"capability": "OnOff", "command": "on"}"#;
    for (kind, headers, status) in [
        (Some(FORM), vec![], 202),
        (None, vec![], 202),
        (Some(FORM), vec![("sec-fetch-site", "none")], 202),
        (
            Some(FORM),
            vec![
                ("origin", own.as_str()),
                ("referer", page.as_str()),
                ("sec-fetch-site", "same-origin"),
            ],
            202,
        ),
        (Some(FORM), vec![("origin", "https://evil.example")], 403),
        (None, vec![("origin", "https://evil.example")], 403),
        (Some(FORM), vec![("origin", "null")], 403),
        (Some("text/plain"), vec![("origin", "null")], 403),
        (Some(FORM), vec![("sec-fetch-site", "cross-site")], 415),
        (None, vec![("sec-fetch-site", "cross-site")], 415),
        (Some(FORM), vec![("sec-fetch-site", "same-site")], 415),
        (
            Some(FORM),
            vec![("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
            415,
        ),
        (Some(FORM), vec![("referer", "https://evil.example/a")], 415),
        (
            Some(FORM),
            vec![("referer", "http://localhost.evil.example/")],
            415,
        ),
        (Some(FORM), vec![("cookie", "session=1")], 415),
        (Some("text/plain"), vec![], 415),
        (Some("multipart/form-data; boundary=x"), vec![], 415),
        (Some("application/json"), vec![("cookie", "a=1")], 202),
    ] {
        let mut request = house.client.post(house.url(path)).body(body);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{kind:?} {headers:?}");
    }
    // As it is typed, by curl itself.
    let said = tokio::process::Command::new("curl")
        .args(["-sS", "-X", "POST", &format!("{own}/api/chat"), "-d"])
        .arg(r#"{"message":"How is the house feeling today?"}"#)
        .output()
        .await;
    match said {
        Ok(said) => {
            let answer: Value = serde_json::from_slice(&said.stdout).unwrap();
            assert_eq!(answer["intent"]["name"], "feeling", "{answer}");
        }
        Err(error) => println!("skipped: curl cannot be started: {error}"),
    }
}
