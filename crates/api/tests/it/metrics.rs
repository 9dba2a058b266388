//! `/metrics`, as Prometheus and the guide read it.

use crate::support::{Served, served};
use model::DeviceKind;
use reqwest::Method;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

async fn scrape(house: &Served) -> String {
    let answer = house
        .client
        .get(house.url("/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    answer.text().await.unwrap()
}

/// The value of the series whose line begins so; labels may follow in any order.
fn value(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let line = text.lines().find(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn the_guides_nine_families_are_there_from_the_start() {
    let house = served().await;
    let text = scrape(&house).await;
    for (family, kind) in [
        ("consciousness_active_sessions", "gauge"),
        ("consciousness_total_requests", "counter"),
        ("consciousness_device_count", "gauge"),
        ("consciousness_discovery_success_rate", "gauge"),
        ("consciousness_ai_response_time", "histogram"),
        ("consciousness_automation_executions", "counter"),
        ("consciousness_errors_total", "counter"),
        ("consciousness_memory_usage_bytes", "gauge"),
        ("consciousness_database_size_bytes", "gauge"),
        ("consciousness_build_info", "gauge"),
        ("consciousness_component_up", "gauge"),
        ("consciousness_database_up", "gauge"),
        ("consciousness_database_query_duration_seconds", "histogram"),
        ("consciousness_request_duration_seconds", "histogram"),
        ("consciousness_twin_sync_seconds", "histogram"),
        ("consciousness_twin_divergent", "gauge"),
        ("consciousness_device_commands_total", "counter"),
        ("consciousness_devices_discovered_total", "counter"),
        ("consciousness_live_messages_dropped_total", "counter"),
        ("consciousness_memory_limit_bytes", "gauge"),
        ("consciousness_disk_free_bytes", "gauge"),
        ("consciousness_disk_size_bytes", "gauge"),
        ("consciousness_host_cpu_ratio", "gauge"),
        ("consciousness_interviews", "gauge"),
        ("consciousness_power_watts", "gauge"),
        ("consciousness_chat_messages_total", "counter"),
        ("consciousness_suggestions_total", "counter"),
        ("consciousness_learning_predictions_total", "counter"),
        ("consciousness_device_anomalies_total", "counter"),
        ("consciousness_network_scan_attempts_total", "counter"),
        ("consciousness_discovery_duration_seconds", "histogram"),
        ("process_start_time_seconds", "gauge"),
        ("process_cpu_seconds_total", "counter"),
    ] {
        assert!(
            text.contains(&format!("# TYPE {family} {kind}\n")),
            "{family} has no type"
        );
        assert!(
            text.contains(&format!("# HELP {family} ")),
            "{family} has no help"
        );
        assert_eq!(
            text.matches(&format!("# TYPE {family} ")).count(),
            1,
            "{family} stands twice"
        );
    }
    assert!(
        value(
            &text,
            "consciousness_discovery_success_rate",
            &["protocol=\"mqtt\""]
        )
        .unwrap()
        .is_nan()
    );
    for state in ["online", "offline", "unknown", "unclaimed"] {
        let label = format!("state=\"{state}\"");
        assert!(
            value(&text, "consciousness_device_count", &[&label]).is_some(),
            "{state}"
        );
    }
    let nobody_measures = value(&text, "consciousness_power_watts", &["source=\"house\""]);
    assert!(nobody_measures.unwrap().is_nan());
    let open = value(&text, "consciousness_interviews", &["stage=\"open\""]);
    assert_eq!(open, Some(0.0));
    assert!(
        value(
            &text,
            "consciousness_ai_response_time_count",
            &["engine=\"embedded\""]
        )
        .is_some()
    );
    // Published before the first one is counted; others in this process may have been since.
    assert!(
        value(
            &text,
            "consciousness_device_commands_total",
            &["protocol=\"mqtt\"", "result=\"rejected\""]
        )
        .is_some()
    );
    house.end().await;
}

#[tokio::test]
async fn every_family_is_in_the_reference() {
    const REFERENCE: &str = include_str!("../../../../docs/reference/metrics.md");
    let house = served().await;
    let text = scrape(&house).await;
    house.end().await;
    let families = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let missing: Vec<&str> = families
        .filter(|name| !REFERENCE.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/reference/metrics.md lacks {missing:?}"
    );
}

#[tokio::test]
async fn the_figures_are_those_of_the_house() {
    let house = served().await;
    let text = scrape(&house).await;
    let listed = house.get("/api/devices").await["devices"]
        .as_array()
        .unwrap()
        .len();
    let counted: f64 = text
        .lines()
        .filter(|line| {
            line.starts_with("consciousness_device_count{") && !line.contains("unclaimed")
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert!(
        (counted - f64::from(u32::try_from(listed).unwrap())).abs() < f64::EPSILON,
        "{counted} {listed}"
    );
    assert_eq!(
        value(
            &text,
            "consciousness_device_count",
            &["state=\"unclaimed\""]
        ),
        Some(1.0)
    );
    let light = format!("type=\"{}\"", DeviceKind::Light);
    assert_eq!(
        value(
            &text,
            "consciousness_device_count",
            &[&light, "state=\"online\""]
        ),
        Some(3.0)
    );

    let resident = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = resident
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let resident: f64 = resident
        .trim()
        .trim_end_matches(" kB")
        .parse::<f64>()
        .unwrap()
        * 1024.0;
    let told = value(&text, "consciousness_memory_usage_bytes", &[]).unwrap();
    assert!(
        (told - resident).abs() / resident < 0.2,
        "{told} {resident}"
    );

    // History writes meanwhile: what counts is a scrape during which the file did not change.
    let (told, file) = loop {
        let before = house.store.size_bytes();
        let text = scrape(&house).await;
        if house.store.size_bytes() == before {
            let told = value(
                &text,
                "consciousness_database_size_bytes",
                &["db=\"sqlite\""],
            );
            break (told.unwrap(), before);
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "a small file")]
    let file = file as f64;
    assert!((told - file).abs() < f64::EPSILON, "{told} {file}");
    house.end().await;
}

#[tokio::test]
async fn requests_are_counted_under_their_templates() {
    let house = served().await;
    let before = scrape(&house).await;
    let labels = [
        "method=\"GET\"",
        "route=\"/api/devices/{device}\"",
        "status=\"200\"",
    ];
    let start = value(&before, "consciousness_total_requests", &labels).unwrap();
    for _ in 0..3 {
        house.get("/api/devices/hall_lamp").await;
    }
    house
        .ask(Method::GET, "/api/devices/secret-name", None)
        .await;
    house
        .ask(
            Method::from_bytes(b"BREW").unwrap(),
            "/coffee/secret-pot",
            None,
        )
        .await;
    let after = scrape(&house).await;
    assert_eq!(
        value(&after, "consciousness_total_requests", &labels),
        Some(start + 3.0)
    );
    assert_eq!(
        value(
            &after,
            "consciousness_request_duration_seconds_count",
            &labels
        ),
        Some(start + 3.0)
    );
    assert!(
        value(
            &after,
            "consciousness_total_requests",
            &["method=\"other\"", "route=\"none\""]
        )
        .is_some()
    );
    assert!(!after.contains("secret"), "a raw path became a label");
    house.end().await;
}

#[tokio::test]
async fn a_sweep_over_paths_is_seen() {
    let house = served().await;
    const SEEN: &str = "consciousness_network_scan_attempts_total";
    let kind = ["kind=\"paths\""];
    let before = value(&scrape(&house).await, SEEN, &kind).unwrap();
    for number in 0..30 {
        let path = format!("/admin-{number}.php");
        house.ask(Method::GET, &path, None).await;
    }
    // Other tests of this process may ask for much that is not there, too.
    assert!(value(&scrape(&house).await, SEEN, &kind).unwrap() > before);
    house.end().await;
}

#[tokio::test]
async fn connections_that_ask_nothing_are_seen() {
    let house = served().await;
    const SEEN: &str = "consciousness_network_scan_attempts_total";
    let kind = ["kind=\"connections\""];
    let before = value(&scrape(&house).await, SEEN, &kind).unwrap();
    for _ in 0..40 {
        drop(tokio::net::TcpStream::connect(house.address).await.unwrap());
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while value(&scrape(&house).await, SEEN, &kind) == Some(before) {
        assert!(std::time::Instant::now() < deadline, "nobody saw them");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    house.end().await;
}

#[tokio::test]
async fn promtool_finds_nothing_but_the_known_naming_hints() {
    let house = served().await;
    let lamp = json!({"capability": "OnOff", "command": "on"});
    house
        .ask(
            Method::POST,
            "/api/devices/hall_lamp/commands?wait=settled",
            Some(lamp),
        )
        .await;
    let text = scrape(&house).await;
    house.end().await;
    let started = Command::new(std::env::var("PROMTOOL").unwrap_or_else(|_| "promtool".into()))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = started else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have promtool (Debian package prometheus)"
        );
        println!("SKIPPED: promtool is not installed (Debian package prometheus)");
        return;
    };
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let known = [
        "consciousness_automation_executions counter metrics should have \"_total\" suffix",
        "consciousness_total_requests counter metrics should have \"_total\" suffix",
        "consciousness_device_count non-histogram and non-summary metrics should not have \"_count\" suffix",
    ];
    let unknown: Vec<&str> = said
        .lines()
        .filter(|line| !line.is_empty() && !known.contains(line))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}
