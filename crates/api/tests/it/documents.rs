//! The committed documents are those that the code gives.

use crate::support::served;
use serde_json::Value;
use std::path::PathBuf;

fn reference(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(name)
}

/// Compares a committed document with what the code gives; with `REFRESH=1` it is written anew.
fn same(name: &str, now: &str) {
    let path = reference(name);
    if std::env::var_os("REFRESH").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, now).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "docs/reference/{name} is out of date; refresh it with: REFRESH=1 cargo nextest run -p api documents"
    );
}

#[test]
fn the_description_is_committed() {
    same("openapi.json", &api::document());
}

#[test]
fn the_errors_are_committed() {
    same("errors.md", &api::reference_page());
}

#[test]
fn the_description_is_complete() {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(ids.insert(id.to_owned()), "{id} stands twice");
            assert!(
                operation["summary"].is_string(),
                "{method} {path} says nothing"
            );
            assert!(
                operation["responses"]
                    .as_object()
                    .is_some_and(|all| !all.is_empty()),
                "{path}"
            );
        }
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name} is not described"
        );
    }
}

#[tokio::test]
async fn the_description_and_its_page_are_served_without_the_internet() {
    let house = served().await;
    let served = house.get("/openapi.json").await;
    assert_eq!(
        served,
        serde_json::from_str::<Value>(&api::document()).unwrap()
    );
    let page = house.client.get(house.url("/docs")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'self'")
    );
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("//unpkg") && !page.contains("https://"),
        "{page}"
    );
    let start = house
        .client
        .get(house.url("/docs/swagger-initializer.js"))
        .send()
        .await
        .unwrap();
    assert!(start.text().await.unwrap().contains("/openapi.json"));
    let script = house
        .client
        .get(house.url("/docs/swagger-ui-bundle.js"))
        .send()
        .await
        .unwrap();
    assert_eq!(script.status(), 200);
    house.end().await;
}
