//! Without rights only the open routes answer: every route of the description is tried.

use crate::support::{Served, served, served_with};
use api::{Limits, Rules};
use reqwest::Method;
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// The routes that answer everybody.
const OPEN: &str = include_str!("open-routes.txt");

fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                routes.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
    }
    routes
}

/// Tries every route and checks that only the open ones answer.
async fn walk(house: &Served, host: &str, header: Option<(&str, &str)>) {
    let is_foreign = header
        .is_some_and(|(name, value)| name == "Origin" || (name == "Host" && value != "localhost"));
    let mut open: Vec<&str> = OPEN
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter(|line| !(is_foreign && line.starts_with("own ")))
        .map(|line| line.trim_start_matches("own "))
        .collect();
    open.sort_unstable();
    let mut answered = Vec::new();
    for (method, path) in routes() {
        let url = format!("http://{host}{}", path.replace(['{', '}', '*'], "x"));
        let mut request = house
            .client
            .request(method.clone(), url)
            .json(&serde_json::json!({}));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if matches!(status, 401 | 403 | 421) {
            let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert!(body["error"]["action"].is_string(), "{body}");
        } else {
            answered.push(format!("{method} {path}"));
        }
    }
    answered.sort_unstable();
    assert_eq!(
        answered, open,
        "the open routes changed; if that is meant, change open-routes.txt"
    );
}

#[tokio::test]
async fn a_proxy_ends_the_privilege() {
    // More is asked here than one address may.
    let rules = Rules {
        rate: 1_000_000,
        ..Rules::default()
    };
    let limits = Limits {
        rules,
        ..Limits::default()
    };
    let house = served_with(limits, "127.0.0.1:0").await;
    let host = format!("localhost:{}", house.address.port());
    for header in [
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "127.0.0.1"),
    ] {
        walk(&house, &host, Some(header)).await;
    }
    house.end().await;
}

#[tokio::test]
async fn foreign_hosts_and_origins_have_no_rights() {
    let house = served().await;
    let host = format!("localhost:{}", house.address.port());
    walk(&house, &host, Some(("Host", "evil.example"))).await;
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://localhost",
    ] {
        walk(&house, &host, Some(("Origin", origin))).await;
    }
    // The server's own page has them.
    let own = house
        .client
        .get(house.url("/api/house"))
        .header("Origin", format!("http://{host}"));
    assert_eq!(own.send().await.unwrap().status(), 200);
    house.end().await;
}

#[tokio::test]
async fn another_machine_has_no_rights() {
    // A connection to an address of this machine that is not loopback comes from that address.
    let Some(address) = own_address() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have a network interface"
        );
        println!("SKIPPED: this machine has no address besides loopback");
        return;
    };
    let house = served_with(Limits::default(), &format!("{address}:0")).await;
    let host = format!("{address}:{}", house.address.port());
    walk(&house, &host, Some(("Host", "localhost"))).await;
    house.end().await;
}

/// An address of this machine besides loopback. Connecting a datagram socket sends nothing.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test]
async fn the_websocket_is_guarded_the_same_way() {
    let house = served().await;
    let url = format!("ws://localhost:{}/api/live", house.address.port());
    for (name, value, expected) in [
        ("Origin", "https://evil.example", 403),
        ("Host", "evil.example", 421),
        ("X-Forwarded-For", "127.0.0.1", 401),
    ] {
        let mut request = url.as_str().into_client_request().unwrap();
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
        match tokio_tungstenite::connect_async(request).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), expected, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    house.end().await;
}
