//! What the operator's guide names, as typed there; and the bad days.

use crate::support::{Server, has, program, shell};
use std::process::Stdio;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the program to its end: its exit code and what it said.
fn ends(
    folder: &std::path::Path,
    args: &[&str],
    settings: &[(&str, &str)],
) -> (Option<i32>, String) {
    let output = program(folder, args, settings).output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test]
async fn the_guides_lines_work_as_typed() {
    let folder = folder();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let (status, health) = server.get("/health").await;
    assert_eq!(status, 200, "{health}");
    // The machine's own disk may be fuller than the house likes; what the house needs must be well.
    let (_, detailed) = server.get("/health/detailed").await;
    assert!(
        detailed["components"]
            .as_array()
            .unwrap()
            .iter()
            .any(|part| part["name"] == "database")
    );
    let metrics = server.text("/metrics").await;
    assert!(
        metrics
            .lines()
            .any(|line| line.starts_with("consciousness_device_count")),
        "{metrics}"
    );
    let (status, discovered) = server.get("/api/devices/discovered").await;
    assert_eq!((status, discovered), (200, serde_json::json!([])));

    if has("sqlite3") {
        let tables = shell(folder.path(), "sqlite3", &["consciousness.db", ".tables"]);
        assert!(
            tables.contains("devices") && tables.contains("events"),
            "{tables}"
        );
        shell(folder.path(), "sqlite3", &["consciousness.db", "VACUUM;"]);
        shell(
            folder.path(),
            "sqlite3",
            &["consciousness.db", "PRAGMA optimize;"],
        );
        let (status, _) = server.get("/health/detailed").await;
        assert_eq!(status, 200, "the service lives on after a VACUUM");
    }
    assert!(shell(folder.path(), "du", &["-sh", "consciousness.db"]).contains("consciousness.db"));
    if has("fuser") {
        let holder = shell(folder.path(), "fuser", &["consciousness.db"]);
        assert!(holder.contains(&server.id().to_string()), "{holder}");
    }
    assert!(folder.path().join("logs/consciousness.log").is_file());
    assert_eq!(server.end(), Some(0), "a clean end");
}

#[tokio::test]
async fn all_wrong_settings_are_named_at_once() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), "LOG_LEVEL=loud\n").unwrap();
    let (code, said) = ends(folder.path(), &["serve"], &[("API_PORT", "eighty")]);
    assert_eq!(code, Some(2), "{said}");
    for part in [
        "API_PORT=eighty",
        "LOG_LEVEL=loud",
        "for example API_PORT=8000",
    ] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

#[tokio::test]
async fn a_taken_port_and_a_second_server_are_told_clearly() {
    let first = folder();
    let server = Server::start(first.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let second = folder();
    let (code, said) = ends(second.path(), &["serve"], &[("API_PORT", &port)]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(&port) && said.contains("API_PORT"), "{said}");

    let (code, said) = ends(first.path(), &["serve"], &[]);
    assert_eq!(code, Some(4), "{said}");
    assert!(
        said.contains(&server.id().to_string()) && said.contains("DATABASE_URL"),
        "{said}"
    );
    let (status, _) = server.get("/health").await;
    assert_eq!(status, 200, "the first one goes on");
}

#[tokio::test]
async fn a_deleted_database_is_made_anew_and_a_damaged_one_is_put_aside() {
    let folder = folder();
    let server = Server::start(folder.path(), &["serve"], &[]);
    assert_eq!(server.end(), Some(0));
    std::fs::remove_file(folder.path().join("consciousness.db")).unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    assert_eq!(server.get("/health").await.0, 200);
    let log = std::fs::read_to_string(folder.path().join("logs/consciousness.log")).unwrap();
    assert!(
        log.contains("a new one was made") || log.contains("a new one was created"),
        "{log}"
    );
    assert_eq!(server.end(), Some(0));

    std::fs::write(
        folder.path().join("consciousness.db"),
        vec![0x5a; 64 * 1024],
    )
    .unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let (_, detailed) = server.get("/health/detailed").await;
    let parts = detailed["components"].as_array().unwrap();
    let told = parts
        .iter()
        .find(|part| part["name"] == "database_recovery")
        .unwrap();
    assert_eq!(told["status"], "degraded", "{told}");
    assert!(
        told["message"].as_str().unwrap().contains("corrupt"),
        "{told}"
    );
    let aside = std::fs::read_dir(folder.path())
        .unwrap()
        .filter_map(Result::ok)
        .any(|file| file.file_name().to_string_lossy().contains(".corrupt-"));
    assert!(aside, "the damaged file is kept");
}

#[tokio::test]
async fn a_real_prometheus_scrapes_the_nine_families() {
    if !has("prometheus") || !has("promtool") {
        return;
    }
    let folder = folder();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let target = server.url.trim_start_matches("http://");
    let configuration = format!(
        "global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: 'consciousness'\n    static_configs:\n      \
         - targets: ['{target}']\n    metrics_path: '/metrics'\n    scrape_interval: 1s\n"
    );
    std::fs::write(folder.path().join("prometheus.yml"), configuration).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut prometheus = std::process::Command::new("prometheus")
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"])
        .arg(format!("--web.listen-address={address}"))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let seen = nine_families(&address).await;
    prometheus.kill().unwrap();
    prometheus.wait().unwrap();
    assert_eq!(seen, Ok(()));
}

/// Waits until Prometheus has all that the guide names.
async fn nine_families(address: &str) -> Result<(), String> {
    let http = reqwest::Client::new();
    let deadline = std::time::Instant::now() + crate::support::PATIENCE;
    let queries = [
        "up{job=\"consciousness\"} == 1",
        "consciousness_active_sessions",
        "consciousness_total_requests",
        "consciousness_device_count",
        "consciousness_discovery_success_rate",
        "consciousness_ai_response_time_count",
        "consciousness_automation_executions",
        "consciousness_errors_total",
        "consciousness_memory_usage_bytes",
        "consciousness_database_size_bytes",
    ];
    let mut missing = Vec::new();
    while std::time::Instant::now() < deadline {
        missing.clear();
        for query in queries {
            let url = format!("http://{address}/api/v1/query");
            let Ok(answer) = http.get(url).query(&[("query", query)]).send().await else {
                missing.push(query);
                continue;
            };
            // While it starts it answers in plain words.
            let answer: serde_json::Value = answer.json().await.unwrap_or_default();
            if answer["data"]["result"]
                .as_array()
                .is_none_or(Vec::is_empty)
            {
                missing.push(query);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    Err(format!("Prometheus never saw {missing:?}"))
}
