//! The page: its files, its fallback, its headers.

use crate::support::served;
use reqwest::{Method, header};

#[tokio::test]
async fn browsers_get_the_page_and_programs_an_error() {
    let house = served().await;
    for path in ["/", "/devices/hall_lamp", "/rooms"] {
        let page = house
            .client
            .get(house.url(path))
            .header(header::ACCEPT, "text/html,*/*;q=0.8");
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        assert!(
            page.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html"),
            "{path}"
        );
        assert!(
            page.text().await.unwrap().starts_with("<!doctype html>"),
            "{path}"
        );
    }
    let missing = house
        .client
        .get(house.url("/api/nothing"))
        .header(header::ACCEPT, "text/html");
    assert_eq!(missing.send().await.unwrap().status(), 404);
    let (status, _) = house.ask(Method::GET, "/devices/hall_lamp", None).await;
    assert_eq!(status, 404, "a program that does not ask for HTML");
    house.end().await;
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_a_browser_safe() {
    let house = served().await;
    for path in [
        "/",
        "/api/house",
        "/api/nothing",
        "/health",
        "/docs/index.html",
    ] {
        let answer = house.client.get(house.url(path)).send().await.unwrap();
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("script-src 'self' 'unsafe") && !policy.contains("unsafe-eval"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert!(!headers["x-request-id"].is_empty(), "{path}");
        assert!(
            headers.get("access-control-allow-origin").is_none(),
            "{path}"
        );
    }
    house.end().await;
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_takes_it() {
    let house = served().await;
    let plain = house
        .client
        .get(house.url("/api/devices"))
        .send()
        .await
        .unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    let packed = house
        .client
        .get(house.url("/api/devices"))
        .header(header::ACCEPT_ENCODING, "gzip");
    let packed = packed.send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]));
    house.end().await;
}
