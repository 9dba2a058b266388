//! The vault over the API: names come out, secrets go in.

use crate::accounts::{first_owner, program, with_token};
use crate::rights::production;
use crate::support::served_with;
use auth::Role;
use reqwest::{Method, header};
use serde_json::json;

const CANARY: &str = "canary-4711-tweet";

#[tokio::test]
async fn secrets_go_in_and_never_come_out() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let path = "/api/vault/driver.hue.bridge";
    let secret = json!({ "secret": CANARY });
    let (status, kept) = anna
        .ask(&house, Method::PUT, path, Some(secret.clone()))
        .await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(
        (
            &kept["name"],
            &kept["by"],
            &kept["used_by"],
            &kept["effect"]
        ),
        (
            &json!("driver.hue.bridge"),
            &json!("Anna"),
            &json!("the driver hue"),
            &json!("now")
        )
    );
    let (status, listed) = anna.ask(&house, Method::GET, "/api/vault", None).await;
    assert_eq!((status.as_u16(), &listed["open"]), (200, &json!(true)));
    assert_eq!(listed["entries"][0], kept);
    for answer in [&kept, &listed] {
        assert!(!answer.to_string().contains(CANARY), "{answer}");
    }
    // What is wrong is told without repeating it.
    for wrong in [
        json!(CANARY),
        json!([CANARY]),
        json!({ "secret": [CANARY] }),
        json!({ "secret": "x", CANARY: 1 }),
        json!({ "secret": "" }),
        json!({ "secret": CANARY.repeat(2_000) }),
    ] {
        let (status, error) = anna.ask(&house, Method::PUT, path, Some(wrong)).await;
        assert!(status.is_client_error(), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let (status, error) = anna
        .ask(
            &house,
            Method::PUT,
            "/api/vault/a%20b",
            Some(secret.clone()),
        )
        .await;
    assert_eq!(
        (status.as_u16(), &error["error"]["code"]),
        (422, &json!("invalid_secret"))
    );
    // A page of elsewhere, and who has no right, change nothing.
    let forged = house
        .client
        .put(house.url(path))
        .header(header::COOKIE, &anna.cookie)
        .json(&secret);
    assert_eq!(forged.send().await.unwrap().status(), 403);
    for (name, role) in [("ben", Role::Member), ("kid", Role::Child)] {
        let tokens = program(&house, name, role, None).await;
        let access = tokens["access_token"].as_str().unwrap();
        for (method, path) in [
            (Method::GET, "/api/vault"),
            (Method::PUT, path),
            (Method::DELETE, path),
        ] {
            let sent = (method == Method::PUT).then(|| secret.clone());
            let (status, _) = with_token(&house, access, method, path, sent).await;
            assert_eq!(status, 403, "{name} {path}");
        }
    }
    let (status, gone) = anna.ask(&house, Method::DELETE, path, None).await;
    assert_eq!((status.as_u16(), &gone["effect"]), (200, &json!("now")));
    let (status, _) = anna.ask(&house, Method::DELETE, path, None).await;
    assert_eq!(status, 404);
    let (_, events) = anna
        .ask(
            &house,
            Method::GET,
            "/api/security/events?kind=vault_changed",
            None,
        )
        .await;
    let told: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["detail"])
        .collect();
    assert_eq!(
        told,
        [
            &json!("driver.hue.bridge was removed"),
            &json!("driver.hue.bridge was put")
        ]
    );
    assert_eq!(events["events"][0]["who"], "Anna");
    house.end().await;
}

#[tokio::test]
async fn who_feels_around_is_a_security_event_with_the_address() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    for number in 0..25 {
        let path = format!("/{number}.php");
        house.client.get(house.url(&path)).send().await.unwrap();
    }
    for _ in 0..35 {
        let refused = house
            .client
            .get(house.url("/api/devices"))
            .send()
            .await
            .unwrap();
        assert!(matches!(refused.status().as_u16(), 401 | 429));
    }
    for (kind, says) in [
        ("swept", "many paths that do not exist, within a minute"),
        (
            "unusual_requests",
            "many requests that are refused, within a minute",
        ),
    ] {
        let path = format!("/api/security/events?kind={kind}");
        let (status, events) = anna.ask(&house, Method::GET, &path, None).await;
        assert_eq!(status, 200, "{events}");
        let events = events["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "told once: {events:?}");
        assert_eq!(
            (
                &events[0]["address"],
                &events[0]["detail"],
                &events[0]["severity"]
            ),
            (&json!("127.0.0.1"), &json!(says), &json!("warning"))
        );
    }
    let metrics = house
        .client
        .get(house.url("/metrics"))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    for kind in ["swept", "unusual_requests"] {
        let family =
            format!("consciousness_security_events_total{{kind=\"{kind}\",severity=\"warning\"}}");
        let line = metrics
            .lines()
            .find(|line| line.starts_with(&family))
            .unwrap();
        assert!(!line.ends_with(" 0"), "{line}");
    }
    house.end().await;
}
