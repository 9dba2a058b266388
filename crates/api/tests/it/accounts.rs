//! Signing in and what follows from it, at a server that asks everybody to sign in.

use crate::rights::production;
use crate::support::{Served, served, served_with};
use api::{Limits, Rules};
use auth::{AccountEdit, Client, NewAccount, Principal, Role};
use futures_util::StreamExt as _;
use model::{AreaId, Request, RequestBody};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

pub(crate) const PASSWORD: &str = "a long password";

/// A browser: its cookie and the word of its page.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

async fn body(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

async fn post(house: &Served, path: &str, body: Value) -> Response {
    let request = house.client.post(house.url(path)).json(&body);
    request.send().await.unwrap()
}

pub(crate) async fn first_owner(house: &Served) -> Browser {
    let made = json!({ "name": "Anna", "password": PASSWORD });
    let response = post(house, "/api/auth/owner", made).await;
    assert_eq!(response.status(), 201);
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    let body = body(response).await;
    Browser {
        cookie: cookie.split(';').next().unwrap().to_owned(),
        csrf: body["me"]["csrf"].as_str().unwrap().to_owned(),
    }
}

impl Browser {
    pub(crate) async fn ask(
        &self,
        house: &Served,
        method: Method,
        path: &str,
        sent: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = house
            .client
            .request(method, house.url(path))
            .header(header::COOKIE, &self.cookie)
            .header("X-CSRF-Token", &self.csrf);
        if let Some(sent) = sent {
            request = request.json(&sent);
        }
        let response = request.send().await.unwrap();
        (response.status(), body(response).await)
    }
}

/// Makes an account, and gives tokens of a session of it.
pub(crate) async fn program(
    house: &Served,
    name: &str,
    role: Role,
    areas: Option<Vec<AreaId>>,
) -> Value {
    let new = NewAccount {
        name: name.into(),
        password: PASSWORD.into(),
        role,
        person: None,
        until: None,
        areas,
    };
    let (by, client) = (Principal::operator(), Client::default());
    house.auth.add(new, &by, &client).await.unwrap();
    let login = json!({ "name": name, "password": PASSWORD, "client": "program" });
    let response = post(house, "/api/auth/login", login).await;
    assert_eq!(response.status(), 200);
    body(response).await
}

pub(crate) async fn with_token(
    house: &Served,
    token: &str,
    method: Method,
    path: &str,
    sent: Option<Value>,
) -> (StatusCode, Value) {
    let mut request = house
        .client
        .request(method, house.url(path))
        .bearer_auth(token);
    if let Some(sent) = sent {
        request = request.json(&sent);
    }
    let response = request.send().await.unwrap();
    (response.status(), body(response).await)
}

#[tokio::test]
async fn in_production_little_is_open_and_the_owner_is_made_once() {
    let house = served_with(production(), "127.0.0.1:0").await;
    for (path, status) in [
        ("/health", 200),
        ("/metrics", 200),
        ("/", 200),
        ("/api/auth", 200),
        ("/api/devices", 401),
        ("/health/detailed", 401),
        ("/openapi.json", 401),
    ] {
        let response = house.client.get(house.url(path)).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        if status == 401 {
            assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
            assert_eq!(body(response).await["error"]["code"], "not_signed_in");
        }
    }
    let state = house.get("/api/auth").await;
    assert_eq!(
        (&state["has_owner"], &state["needs_code"], &state["me"]),
        (&json!(false), &json!(false), &Value::Null)
    );
    // Through a proxy that nobody told of it takes the code, and a wrong one does not do.
    for (code, status) in [(None, 403), (Some("AAAA-BBBB-CCCC"), 401)] {
        let made = json!({ "name": "Eve", "password": PASSWORD, "code": code });
        let request = house.client.post(house.url("/api/auth/owner")).json(&made);
        let request = request.header("X-Forwarded-For", "127.0.0.1");
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    let anna = first_owner(&house).await;
    let again = json!({ "name": "Eve", "password": PASSWORD, "code": "x" });
    assert_eq!(post(&house, "/api/auth/owner", again).await.status(), 409);
    let (status, me) = anna.ask(&house, Method::GET, "/api/auth/me", None).await;
    assert_eq!((status.as_u16(), &me["role"]), (200, &json!("owner")));
    assert!(house.auth.first_code().is_none());
    house.end().await;
}

#[tokio::test]
async fn a_cookie_changes_nothing_without_the_word_of_its_page_and_ends_when_it_is_revoked() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    assert!(anna.cookie.starts_with("consciousness_session="));
    let on = json!({ "capability": "OnOff", "command": "on" });
    let path = "/api/devices/hall_lamp/commands";
    let bare = house.client.post(house.url(path)).json(&on);
    let bare = bare.header(header::COOKIE, &anna.cookie);
    let refused = bare.try_clone().unwrap().send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(body(refused).await["error"]["code"], "csrf_needed");
    let foreign = bare
        .header("X-CSRF-Token", &anna.csrf)
        .header("Origin", "https://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let (status, wish) = anna.ask(&house, Method::POST, path, Some(on)).await;
    assert_eq!(status, 202, "{wish}");
    assert_eq!(wish["wish"]["cause"]["who"]["kind"], "person");
    assert_eq!(wish["wish"]["cause"]["who"]["name"], "Anna");

    // Somebody copied the cookie, and is listening too.
    let mut request = format!("ws://localhost:{}/api/live", house.address.port())
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("Cookie", anna.cookie.parse().unwrap());
    let (mut thief, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert!(thief.next().await.unwrap().is_ok(), "the house, whole");
    let login = json!({ "name": "anna", "password": PASSWORD });
    let response = post(&house, "/api/auth/login", login).await;
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains("Secure"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let csrf = body(response).await["me"]["csrf"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = Browser { cookie, csrf };
    let (_, listed) = other
        .ask(&house, Method::GET, "/api/auth/sessions", None)
        .await;
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let stolen = sessions.iter().find(|it| it["is_this"] == false).unwrap();
    let path = format!("/api/auth/sessions/{}", stolen["id"].as_str().unwrap());
    let (status, _) = other.ask(&house, Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    let (status, _) = anna.ask(&house, Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    let ended = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            match thief.next().await {
                Some(Ok(message)) if message.is_close() => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return true,
            }
        }
    });
    assert!(ended.await.expect("the socket goes on"));
    // Signed out is signed out.
    let (status, _) = other
        .ask(&house, Method::POST, "/api/auth/logout", None)
        .await;
    assert_eq!(status, 204);
    let (status, _) = other.ask(&house, Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    house.end().await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_a_stolen_one_ends_the_session() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let first = program(&house, "script", Role::Member, None).await;
    let refresh = |given: &Value| {
        post(
            &house,
            "/api/auth/refresh",
            json!({ "refresh_token": given["refresh_token"] }),
        )
    };
    let response = refresh(&first).await;
    assert_eq!(response.status(), 200);
    let second = body(response).await;
    let access = second["access_token"].as_str().unwrap();
    let (status, _) = with_token(&house, access, Method::GET, "/api/house", None).await;
    assert_eq!(status, 200);
    assert_eq!(refresh(&first).await.status(), 401, "it was spent");
    assert_eq!(
        refresh(&second).await.status(),
        401,
        "its session has ended"
    );
    let (status, refused) = with_token(&house, access, Method::GET, "/api/house", None).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (401, &json!("bad_token"))
    );
    let events = house
        .auth
        .events(&store::SecurityFilter::default(), 10)
        .await
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.kind == "refresh_reused" && event.severity == "critical")
    );
    // An access token is good for a quarter of an hour.
    let third = program(&house, "other", Role::Member, None).await;
    house.ahead.store(16 * 60, Ordering::Relaxed);
    let access = third["access_token"].as_str().unwrap();
    let (status, _) = with_token(&house, access, Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    assert_eq!(refresh(&third).await.status(), 200);
    house.end().await;
}

#[tokio::test]
async fn a_guest_sees_and_controls_one_room_until_the_time_is_over() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let edit = json!({ "name": "Guest room" });
    let dev = first_owner(&house).await;
    let (status, room) = dev
        .ask(&house, Method::POST, "/api/areas", Some(edit))
        .await;
    assert_eq!(status, 201, "{room}");
    let placed = json!({ "area": room["slug"] });
    let (status, _) = dev
        .ask(
            &house,
            Method::PATCH,
            "/api/devices/silent_lamp",
            Some(placed),
        )
        .await;
    assert_eq!(status, 200);
    let until = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2)).to_string();
    let ben = json!({ "name": "Ben", "password": PASSWORD, "role": "guest", "until": until, "areas": [room["slug"]] });
    let (status, made) = dev.ask(&house, Method::POST, "/api/users", Some(ben)).await;
    assert_eq!(status, 201, "{made}");
    let login = json!({ "name": "ben", "password": PASSWORD, "client": "program" });
    let token = body(post(&house, "/api/auth/login", login.clone()).await).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let as_ben = |method, path, sent| with_token(&house, &token, method, path, sent);
    let (_, devices) = as_ben(Method::GET, "/api/devices", None).await;
    let seen: Vec<&str> = devices["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["slug"].as_str().unwrap())
        .collect();
    assert_eq!(seen, ["silent_lamp"]);
    for (path, status) in [
        ("/api/devices/silent_lamp", 200),
        ("/api/devices/hall_lamp", 404),
        ("/api/devices/hall_lamp/history?property=OnOff.on", 404),
        ("/api/memory", 403),
        ("/api/conversations", 403),
        ("/api/events", 403),
        ("/api/live", 426),
        ("/api/users", 403),
    ] {
        let (found, answer) = as_ben(Method::GET, path, None).await;
        assert_eq!(found, status, "{path}: {answer}");
    }
    let on = json!({ "capability": "OnOff", "command": "on" });
    let (status, _) = as_ben(
        Method::POST,
        "/api/devices/silent_lamp/commands",
        Some(on.clone()),
    )
    .await;
    assert_eq!(status, 202);
    let (status, refused) = as_ben(Method::POST, "/api/devices/hall_lamp/commands", Some(on)).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (404, &json!("unknown_device"))
    );
    let unlock = json!({ "capability": "DoorLock", "command": "unlock", "confirm": true });
    let (status, _) = as_ben(
        Method::POST,
        "/api/devices/front_door/commands",
        Some(unlock),
    )
    .await;
    assert_eq!(status, 404);
    house.ahead.store(3 * 3_600, Ordering::Relaxed);
    // The access token is too old by now anyway; the password no longer does either.
    assert_eq!(post(&house, "/api/auth/login", login).await.status(), 401);
    house.end().await;
}

#[tokio::test]
async fn who_loses_a_right_loses_it_at_once() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let tokens = program(&house, "Carl", Role::Member, None).await;
    let token = tokens["access_token"].as_str().unwrap();
    let (status, _) = with_token(&house, token, Method::GET, "/api/memory", None).await;
    assert_eq!(status, 200);
    let made = json!({ "name": "carls-script", "scopes": ["read_house", "private"] });
    let (status, made) = with_token(&house, token, Method::POST, "/api/tokens", Some(made)).await;
    assert_eq!(status, 201, "{made}");
    let own = made["token"].as_str().unwrap();
    let (status, _) = with_token(&house, own, Method::GET, "/api/memory", None).await;
    assert_eq!(status, 200);
    let greedy = json!({ "name": "greedy", "scopes": ["manage_users"] });
    let (status, _) = with_token(&house, token, Method::POST, "/api/tokens", Some(greedy)).await;
    assert_eq!(status, 403);
    let carl = house.auth.account("carl").unwrap();
    let edit = AccountEdit {
        role: Some(Role::Child),
        ..AccountEdit::default()
    };
    let (by, client) = (Principal::operator(), Client::default());
    house.auth.edit(carl.id, edit, &by, &client).await.unwrap();
    for token in [token, own] {
        let (status, _) = with_token(&house, token, Method::GET, "/api/memory", None).await;
        assert_eq!(status, 403);
        let (status, _) = with_token(&house, token, Method::GET, "/api/devices", None).await;
        assert_eq!(status, 200);
    }
    let (status, _) = with_token(
        &house,
        token,
        Method::DELETE,
        "/api/tokens/carls-script",
        None,
    )
    .await;
    assert_eq!(status, 204);
    let (status, _) = with_token(&house, own, Method::GET, "/api/devices", None).await;
    assert_eq!(status, 401);
    house.end().await;
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slow_and_does_not_lock_the_owner_out() {
    let rules = Rules {
        proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..production().rules
    };
    let house = served_with(
        Limits {
            rules,
            ..production()
        },
        "127.0.0.1:0",
    )
    .await;
    let new = NewAccount {
        name: "Anna".into(),
        password: PASSWORD.into(),
        role: Role::Owner,
        person: None,
        until: None,
        areas: None,
    };
    let (by, client) = (Principal::operator(), Client::default());
    house.auth.add(new, &by, &client).await.unwrap();
    let login = async |from: &str, name: &str, password: &str| {
        let request = house.client.post(house.url("/api/auth/login"));
        let request = request.header("X-Forwarded-For", from);
        let sent = json!({ "name": name, "password": password, "client": "program" });
        request.json(&sent).send().await.unwrap()
    };
    let home = "203.0.113.7";
    assert_eq!(login(home, "Anna", PASSWORD).await.status(), 200);
    let mut refused = 0;
    for number in 0..40 {
        // Each from another network, and what a client writes there itself does not count.
        let from = format!("127.0.0.1, 198.51.{number}.9");
        let response = login(&from, "anna", "guess").await;
        match response.status().as_u16() {
            401 => {}
            429 => {
                refused += 1;
                assert!(response.headers().contains_key(header::RETRY_AFTER));
                assert_eq!(body(response).await["error"]["code"], "locked_out");
            }
            other => panic!("{other}"),
        }
    }
    assert!(refused >= 30, "only {refused} of 40 had to wait");
    // A name that there is not behaves the same.
    let codes = async |name: &'static str| {
        let mut codes = Vec::new();
        for number in 0..8 {
            let response = login(&format!("192.0.{number}.1"), name, "guess").await;
            codes.push(response.status().as_u16());
        }
        codes
    };
    assert_eq!(codes("nobody like that").await, codes("no such name").await);
    // From where she is signed in, Anna comes in all the same.
    assert_eq!(login(home, "Anna", PASSWORD).await.status(), 200);
    house.end().await;
}

#[tokio::test]
async fn a_storm_of_sign_ins_is_turned_away_and_health_goes_on() {
    let house = std::sync::Arc::new(served_with(production(), "127.0.0.1:0").await);
    let storm: Vec<_> = (0..80)
        .map(|number| {
            let house = std::sync::Arc::clone(&house);
            tokio::spawn(async move {
                let sent = json!({ "name": format!("name {number}"), "password": "guess" });
                post(&house, "/api/auth/login", sent)
                    .await
                    .status()
                    .as_u16()
            })
        })
        .collect();
    let health = house.client.get(house.url("/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
    let mut turned_away = 0;
    for one in storm {
        match one.await.unwrap() {
            401 => {}
            429 => turned_away += 1,
            other => panic!("{other}"),
        }
    }
    assert!(turned_away > 0);
    std::sync::Arc::into_inner(house).unwrap().end().await;
}

#[tokio::test]
async fn hostile_names_are_names_of_nobody() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    for name in [
        "' OR '1'='1",
        "Anna'; DROP TABLE accounts; --",
        "<script>alert(1)</script>",
        "anna\r\nSet-Cookie: a=b",
        "anna\n2026-01-01 WARN security: signed in",
        "\u{202e}anna",
        "../../etc/passwd",
        &"x".repeat(5_000),
        "",
        "%",
        "anna\u{0}",
    ] {
        let response = post(
            &house,
            "/api/auth/login",
            json!({ "name": name, "password": PASSWORD }),
        )
        .await;
        assert!(matches!(response.status().as_u16(), 401 | 429), "{name}");
        assert!(!response.headers().contains_key(header::SET_COOKIE));
        let answer = body(response).await.to_string();
        assert!(
            !answer.contains("script") && !answer.contains("DROP"),
            "{answer}"
        );
        let new = json!({ "name": name, "password": PASSWORD, "role": "child" });
        let (status, answer) = anna
            .ask(&house, Method::POST, "/api/users", Some(new))
            .await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (422, &json!("invalid_account")),
            "{name}"
        );
        let path = format!(
            "/api/tokens/{}",
            name.bytes()
                .take(60)
                .map(|byte| format!("%{byte:02X}"))
                .collect::<String>()
        );
        let (status, _) = anna.ask(&house, Method::DELETE, &path, None).await;
        assert!(matches!(status.as_u16(), 404 | 405), "{name} {status}");
    }
    assert_eq!(house.auth.accounts().len(), 1);
    let events = house
        .auth
        .events(&store::SecurityFilter::default(), 100)
        .await
        .unwrap();
    assert!(
        events
            .iter()
            .all(|event| !event.who.contains(['\r', '\n', '\u{202e}']))
    );
    let (status, _) = anna.ask(&house, Method::GET, "/api/auth/me", None).await;
    assert_eq!(status, 200);
    house.end().await;
}

#[tokio::test]
async fn other_names_pages_and_proxies_are_known_by_the_settings_alone() {
    let rules = Rules {
        hosts: vec!["house.example".into()],
        origins: vec!["https://panel.example".into()],
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..production().rules
    };
    let house = served_with(
        Limits {
            rules,
            ..production()
        },
        "127.0.0.1:0",
    )
    .await;
    let tokens = program(&house, "script", Role::Member, None).await;
    let token = tokens["access_token"].as_str().unwrap();
    let get = |headers: &[(&str, &str)]| {
        let mut request = house.client.get(house.url("/api/house")).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async move { request.send().await.unwrap() }
    };
    assert_eq!(get(&[("Host", "house.example")]).await.status(), 200);
    assert_eq!(get(&[("Host", "evil.example")]).await.status(), 421);
    assert_eq!(
        get(&[("Origin", "https://evil.example")]).await.status(),
        403
    );
    let shared = get(&[("Origin", "https://panel.example")]).await;
    assert_eq!(shared.status(), 200);
    assert_eq!(
        shared.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://panel.example"
    );
    assert!(
        !shared
            .headers()
            .contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
    );
    let preflight = house
        .client
        .request(Method::OPTIONS, house.url("/api/house"))
        .header("Origin", "https://panel.example")
        .header("Access-Control-Request-Method", "GET");
    assert_eq!(preflight.send().await.unwrap().status(), 204);
    // Behind TLS the cookie is bound to it, and browsers are told to stay.
    let login = house
        .client
        .post(house.url("/api/auth/login"))
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-For", "203.0.113.7")
        .json(&json!({ "name": "script", "password": PASSWORD }));
    let response = login.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-consciousness=") && cookie.ends_with("; Secure"));
    assert!(
        response
            .headers()
            .contains_key(header::STRICT_TRANSPORT_SECURITY)
    );
    let account = house.auth.account("script").unwrap();
    let sessions = house.auth.sessions(account.id);
    assert!(
        sessions
            .iter()
            .any(|session| session.address == "203.0.113.7")
    );
    // Where there is a proxy, nobody is the operator for being on the machine, in development neither.
    house.end().await;
    let rules = Rules {
        proxies: vec!["10.0.0.1".parse().unwrap()],
        ..Rules::default()
    };
    let house = served_with(
        Limits {
            rules,
            ..Limits::default()
        },
        "127.0.0.1:0",
    )
    .await;
    let (status, _) = house.ask(Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    house.end().await;
}

#[tokio::test]
async fn too_much_is_refused_and_who_watches_is_not() {
    let rules = Rules {
        rate: 5,
        ..production().rules
    };
    let house = served_with(
        Limits {
            rules,
            ..production()
        },
        "127.0.0.1:0",
    )
    .await;
    let mut refused = None;
    for _ in 0..12 {
        let response = house
            .client
            .get(house.url("/api/auth"))
            .send()
            .await
            .unwrap();
        if response.status() == 429 {
            refused = Some(response);
        }
    }
    let refused = refused.expect("never too much");
    let wait: u64 = refused.headers()[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=12).contains(&wait));
    assert_eq!(body(refused).await["error"]["code"], "rate_limited");
    for path in ["/health", "/metrics", "/health", "/metrics"] {
        let response = house.client.get(house.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    let metrics = house
        .client
        .get(house.url("/metrics"))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    for family in [
        "consciousness_rate_limited_total{route=\"/api/auth\"}",
        "consciousness_security_events_total{kind=\"rate_limited\",severity=\"warning\"}",
        "consciousness_auth_attempts_total{result=\"succeeded\"}",
        "consciousness_auth_failures_total{reason=\"wrong_password\"}",
        "consciousness_active_sessions{transport=\"browser\"}",
    ] {
        assert!(metrics.contains(family), "{family}");
    }
    house.end().await;
    // The operator in development asks as much as they like.
    let rules = Rules {
        rate: 5,
        ..Rules::default()
    };
    let house = served_with(
        Limits {
            rules,
            ..Limits::default()
        },
        "127.0.0.1:0",
    )
    .await;
    for _ in 0..12 {
        house.get("/api/house").await;
    }
    house.end().await;
}

#[tokio::test]
async fn a_second_factor_takes_its_code_once() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let wrong = json!({ "password": "not hers" });
    let (status, _) = anna
        .ask(&house, Method::POST, "/api/auth/totp", Some(wrong))
        .await;
    assert_eq!(status, 401);
    let proof = json!({ "password": PASSWORD });
    let (status, begun) = anna
        .ask(&house, Method::POST, "/api/auth/totp", Some(proof.clone()))
        .await;
    assert_eq!(status, 200, "{begun}");
    assert!(
        begun["otpauth"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Consciousness:Anna?secret=")
    );
    let secret = unbase32(begun["secret"].as_str().unwrap());
    let now = jiff::Timestamp::now().as_second();
    let first = json!({ "ticket": begun["ticket"], "code": code(&secret, now) });
    let (status, answer) = anna
        .ask(&house, Method::PUT, "/api/auth/totp", Some(first))
        .await;
    assert_eq!(status, 204, "{answer}");
    let login = async |code: Option<String>| {
        let sent =
            json!({ "name": "Anna", "password": PASSWORD, "code": code, "client": "program" });
        let response = post(&house, "/api/auth/login", sent).await;
        (
            response.status().as_u16(),
            body(response).await["error"]["code"].clone(),
        )
    };
    assert_eq!(login(None).await, (401, json!("code_needed")));
    assert_eq!(
        login(Some(code(&secret, now))).await,
        (401, json!("wrong_code")),
        "it was used"
    );
    assert_eq!(login(Some(code(&secret, now + 30))).await.0, 200);
    let recovery = begun["recovery_codes"][2].as_str().unwrap().to_owned();
    assert_eq!(login(Some(recovery.clone())).await.0, 200);
    assert_eq!(login(Some(recovery)).await, (401, json!("wrong_code")));
    let (status, _) = anna
        .ask(&house, Method::DELETE, "/api/auth/totp", Some(proof))
        .await;
    assert_eq!(status, 204);
    assert_eq!(login(None).await.0, 200);
    house.end().await;
}

/// The code of RFC 6238 as another program computes it.
fn code(secret: &[u8], second: i64) -> String {
    let step = u64::try_from(second / 30).unwrap().to_be_bytes();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = ring::hmac::sign(&key, &step);
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn unbase32(text: &str) -> Vec<u8> {
    let bits: String = text
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' => byte - b'A',
            other => other - b'2' + 26,
        })
        .map(|five| format!("{five:05b}"))
        .collect();
    let whole = bits.len() / 8 * 8;
    (0..whole)
        .step_by(8)
        .map(|at| u8::from_str_radix(&bits[at..at + 8], 2).unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_kept_of_somebody_is_given_and_erased() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let people = json!({ "name": "Dora" });
    let (status, _) = anna
        .ask(&house, Method::POST, "/api/people", Some(people))
        .await;
    assert_eq!(status, 201);
    let dora = json!({ "name": "Dora", "password": PASSWORD, "role": "member" });
    let (status, _) = anna
        .ask(&house, Method::POST, "/api/users", Some(dora))
        .await;
    assert_eq!(status, 201);
    let login = json!({ "name": "Dora", "password": PASSWORD, "client": "program" });
    let tokens = body(post(&house, "/api/auth/login", login).await).await;
    let token = tokens["access_token"].as_str().unwrap();
    let said = json!({ "message": "remember that I like tea" });
    let (status, answer) = with_token(&house, token, Method::POST, "/api/chat", Some(said)).await;
    assert_eq!(status, 200, "{answer}");
    let (status, kept) =
        with_token(&house, token, Method::GET, "/api/users/Dora/export", None).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(kept["conversations"].as_array().unwrap().len(), 1);
    assert!(kept.to_string().contains("like tea"), "{kept}");
    assert!(!kept.to_string().contains("argon2"));
    assert_eq!(
        (&kept["person"]["slug"], &kept["presence"]),
        (&json!("dora"), &json!([]))
    );
    assert_eq!(kept["security_events"][0]["kind"], "signed_in", "{kept}");
    assert!(!kept.to_string().contains("Anna\""), "{kept}");
    // Somebody else's is not hers to ask for, and who there is, is not told.
    let (status, _) = with_token(&house, token, Method::GET, "/api/users/Anna/export", None).await;
    assert_eq!(status, 404);
    let (status, _) = anna
        .ask(
            &house,
            Method::DELETE,
            "/api/users/Dora?household=true",
            None,
        )
        .await;
    assert_eq!(status, 204);
    let (_, people) = anna.ask(&house, Method::GET, "/api/people", None).await;
    assert_eq!(people["people"], json!([]));
    // Nor is it kept what the household was with her.
    let (_, earlier) = anna
        .ask(&house, Method::GET, "/api/configuration/changes", None)
        .await;
    let of_people = earlier["changes"].as_array().unwrap().iter();
    let of_people = of_people.filter(|change| change["part"] == "person");
    for change in of_people {
        assert!(!change.to_string().contains("Dora"), "{change}");
    }
    let (status, _) = with_token(&house, token, Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    let (_, memories) = anna
        .ask(&house, Method::GET, "/api/memory/export", None)
        .await;
    assert!(!memories.to_string().contains("tea"), "{memories}");
    // The only owner stays.
    let (status, _) = anna
        .ask(&house, Method::DELETE, "/api/users/Anna", None)
        .await;
    assert_eq!(status, 409);
    let (_, events) = anna
        .ask(
            &house,
            Method::GET,
            "/api/security/events?kind=account_removed",
            None,
        )
        .await;
    assert_eq!(events["events"][0]["who"], "Anna");
    let (status, guarded) = anna
        .ask(&house, Method::GET, "/api/security/status", None)
        .await;
    assert_eq!((status.as_u16(), &guarded["accounts"]), (200, &json!(1)));
    house.end().await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let login = json!({ "name": "Anna", "password": PASSWORD, "client": "program" });
    let other = body(post(&house, "/api/auth/login", login).await).await;
    let other = other["access_token"].as_str().unwrap();
    for (old, new, status) in [
        ("wrong wrong", "another password", 401),
        (PASSWORD, "short", 422),
        (PASSWORD, "another password", 204),
    ] {
        let sent = json!({ "old": old, "new": new });
        let (found, answer) = anna
            .ask(&house, Method::POST, "/api/auth/password", Some(sent))
            .await;
        assert_eq!(found, status, "{answer}");
    }
    let (status, _) = with_token(&house, other, Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    let (status, _) = anna.ask(&house, Method::GET, "/api/house", None).await;
    assert_eq!(status, 200);
    house.end().await;
}

#[tokio::test]
async fn in_development_the_machine_itself_is_the_operator_and_a_session_is_somebody() {
    let house = served().await;
    let me = house.get("/api/auth/me").await;
    assert_eq!(
        (&me["by"], &me["account"]),
        (&json!("operator"), &Value::Null)
    );
    let anna = first_owner(&house).await;
    let (_, me) = anna.ask(&house, Method::GET, "/api/auth/me", None).await;
    assert_eq!((&me["by"], &me["name"]), (&json!("cookie"), &json!("Anna")));
    // A bad token is not taken for nothing.
    let (status, _) = with_token(&house, "cst_rubbish", Method::GET, "/api/house", None).await;
    assert_eq!(status, 401);
    let request = RequestBody::PutPerson {
        person: None,
        edit: model::PersonEdit {
            name: model::Change::Set("Bea".into()),
            ..model::PersonEdit::default()
        },
    };
    house
        .handle
        .request(Request::new(model::Grant::operator(), request))
        .await
        .unwrap();
    let bea = json!({ "name": "bea", "password": PASSWORD, "role": "member" });
    let (status, made) = house.ask(Method::POST, "/api/users", Some(bea)).await;
    assert_eq!((status.as_u16(), &made["person"]), (201, &json!("bea")));
    let login = json!({ "name": "BEA", "password": PASSWORD, "client": "program" });
    let tokens = body(post(&house, "/api/auth/login", login).await).await;
    assert_eq!(tokens["me"]["called"], "Bea");
    house.end().await;
}
