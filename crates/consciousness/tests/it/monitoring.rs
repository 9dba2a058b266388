//! Prometheus and Alertmanager as they come from Debian, with the files of `deploy/prometheus`: the files are
//! right, a living house answers every panel, and an alert finds its way back into the house.

use crate::grafana::{NOT_YET, deploy, names, queries};
use crate::support::{PATIENCE, Server, has, house, program, shell};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Panels that a test cannot make show something, and why.
const EMPTY: &[(&str, &str)] = &[];

#[test]
fn the_files_are_right() {
    if !has("promtool") || !has("amtool") {
        return;
    }
    let folder = deploy().join("prometheus");
    let said = shell(&folder, "promtool", &["check", "config", "prometheus.yml"]);
    assert!(said.contains("2 rule files found"), "{said}");
    let files = ["rules.yml", "alerts.yml", "guide-alerts.yml"];
    let mut check = vec!["check", "rules", "--lint=all", "--lint-fatal"];
    check.extend(files);
    let said = shell(&folder, "promtool", &check);
    for count in ["6 rules found", "17 rules found", "2 rules found"] {
        assert!(said.contains(count), "{said}");
    }
    let tests = ["rules_test.yml", "alerts_test.yml", "guide_alerts_test.yml"];
    let mut test = vec!["test", "rules"];
    test.extend(tests);
    let said = shell(&folder.join("tests"), "promtool", &test);
    assert_eq!(said.matches("SUCCESS").count(), tests.len(), "{said}");

    let said = shell(&folder, "amtool", &["check-config", "alertmanager.yml"]);
    assert!(said.contains("SUCCESS"), "{said}");
    for severity in ["severity=critical", "severity=warning"] {
        let route = [
            "config",
            "routes",
            "test",
            "--config.file=alertmanager.yml",
            severity,
        ];
        assert_eq!(shell(&folder, "amtool", &route).trim(), "house");
    }
}

#[test]
fn each_alert_has_a_test_and_a_paragraph() {
    let folder = deploy().join("prometheus");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let alerts = read(&folder.join("alerts.yml"));
    let tests = read(&folder.join("tests/alerts_test.yml"));
    let page = read(&deploy().join("../docs/operate/monitor.md"));
    let named: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert_eq!(named.len(), 17);
    for alert in named {
        let fires = format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"");
        assert!(tests.contains(&fires), "no test lets {alert} fire");
        let runbook = format!(
            "runbook: docs/operate/monitor.md#{}\n",
            alert.to_lowercase()
        );
        assert!(
            alerts.contains(&runbook),
            "{alert} does not say where it is explained"
        );
        assert!(
            page.contains(&format!("\n### {alert}\n")),
            "the page does not explain {alert}"
        );
    }
}

/// A program that serves, ended hard when it is dropped.
struct Daemon {
    child: Child,
    url: String,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Daemon {
    async fn start(http: &reqwest::Client, program: &str, folder: &Path, args: &[&str]) -> Self {
        let port = free_port();
        let child = Command::new(program)
            .current_dir(folder)
            .args(args)
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--log.level=error")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ready = http.get(format!("{}/-/ready", daemon.url)).send().await;
            if ready.is_ok_and(|ready| ready.status().is_success()) {
                return daemon;
            }
            assert!(Instant::now() < deadline, "{program} does not get ready");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What a query gives now: the series with a number that is one.
async fn ask(http: &reqwest::Client, prometheus: &Daemon, expr: &str) -> usize {
    let answer = http
        .get(format!("{}/api/v1/query", prometheus.url))
        .query(&[("query", expr)])
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["status"], "success", "{expr}: {answer}");
    let result = answer["data"]["result"].as_array().unwrap();
    let known = result.iter().filter(|series| {
        let value = series["value"][1].as_str().unwrap_or("NaN");
        value.parse::<f64>().is_ok_and(|value| !value.is_nan())
    });
    known.count()
}

/// The project's own files, with other addresses and less patience.
fn configure(folder: &Path, server: &Server, alertmanager: &str, with_second: bool) {
    let source = deploy().join("prometheus");
    let read = |file: &str| std::fs::read_to_string(source.join(file)).unwrap();
    let host = |url: &str| url.trim_start_matches("http://").to_owned();
    let first = host(&server.url);
    // A second instance that nobody started: it is down.
    let targets = if with_second {
        format!("'{first}', '127.0.0.1:1'")
    } else {
        format!("'{first}'")
    };
    let config = read("prometheus.yml")
        .replace("15s", "1s")
        .replace("10s", "1s")
        .replace("'localhost:8000'", &targets)
        .replace("localhost:9093", &host(alertmanager));
    let rules = read("rules.yml").replace("interval: 15s", "interval: 1s");
    let alerts: Vec<String> = read("alerts.yml")
        .lines()
        .map(|line| match line.split_once("for: ") {
            Some((before, _)) => format!("{before}for: 1s"),
            None => line.to_owned(),
        })
        .collect();
    for (file, text) in [
        ("prometheus.yml", config),
        ("rules.yml", rules),
        ("alerts.yml", alerts.join("\n")),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
}

/// Does what panels show.
async fn provoke(server: &Server, http: &reqwest::Client, prometheus: &Daemon) {
    let failing = json!({"name": "Never", "then": [
        {"wait_until": [{"expression": "hour > 30"}], "timeout": "1s", "required": true}]});
    let (status, answer) = server.send(Method::POST, "/api/scenarios", &failing).await;
    assert_eq!(status, 201, "{answer}");
    // Prometheus knows of it before it runs: its first run is an increase.
    let is_known = "consciousness_automation_executions{scenario=\"never\",result=\"failed\"}";
    until(http, prometheus, is_known).await;
    let (status, answer) = server
        .send(Method::POST, "/api/scenarios/never/run", &json!({}))
        .await;
    assert_eq!(status, 202, "{answer}");
    let (status, answer) = server
        .send(Method::POST, "/api/discovery/scan", &json!({}))
        .await;
    assert!(status < 300, "{answer}");
    let (status, answer) = server.command("kettle", "OnOff", "on", json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = server
        .send(
            Method::POST,
            "/api/automation/webhooks",
            &json!({"name": "door"}),
        )
        .await;
    assert!(status < 300, "{answer}");
    // Without its secret: an error.
    let (status, answer) = server
        .send(Method::POST, "/api/automation/webhooks/door", &json!({}))
        .await;
    assert!((400..500).contains(&status), "{answer}");
    for number in 0..30 {
        let (status, _) = server.get(&format!("/wp-{number}.php")).await;
        assert_eq!(status, 404);
    }
    let (_, scans) = server.get("/api/discovery/scans").await;
    assert!(scans["scans"].as_array().is_some_and(|all| !all.is_empty()));
}

/// Somebody comes in, somebody guesses, a program gets a token, and the house is backed up.
async fn come_in(server: &Server, folder: &Path) {
    let owner = json!({"name": "anna", "password": "a long enough password"});
    let (status, answer) = server.send(Method::POST, "/api/auth/owner", &owner).await;
    assert!(status < 300, "{answer}");
    for (password, expected) in [("a guess that fails", 401), ("a long enough password", 200)] {
        let login = json!({"name": "anna", "password": password});
        let (status, answer) = server.send(Method::POST, "/api/auth/login", &login).await;
        assert_eq!(status, expected, "{answer}");
    }
    let token = json!({"name": "panel", "scopes": ["read_house"]});
    let (status, answer) = server.send(Method::POST, "/api/tokens", &token).await;
    assert!(status < 300, "{answer}");
    let database = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.ends_with(".db"))
        .unwrap();
    let place = format!("sqlite://{database}");
    let backup = program(folder, &["backup"], &[("DATABASE_URL", &place)])
        .output()
        .unwrap();
    assert!(
        backup.status.success(),
        "{}",
        String::from_utf8_lossy(&backup.stderr)
    );
}

/// A rule asks, and a person says yes.
async fn agree(server: &Server) {
    let asking = json!({"name": "Ask", "then": [{"ask": "Shall I go on?", "yes": [], "no": []}]});
    let (status, answer) = server.send(Method::POST, "/api/scenarios", &asking).await;
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = server
        .send(Method::POST, "/api/scenarios/ask/run", &json!({}))
        .await;
    assert_eq!(status, 202, "{answer}");
    let openings = server
        .until("/api/chat/openings", |it| {
            let all = it["openings"].as_array();
            all.is_some_and(|all| all.iter().any(|one| one["about"] == "question"))
        })
        .await;
    let all = openings["openings"].as_array().unwrap();
    let question = all.iter().find(|one| one["about"] == "question").unwrap();
    let yes = json!({"message": "yes", "conversation_id": question["conversation_id"]});
    let (status, answer) = server.send(Method::POST, "/api/chat", &yes).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["intent"]["name"], "opening.question", "{answer}");
}

/// What goes on all the time in a house that is lived in.
async fn live(server: &Server) {
    server.say("which lights are on?").await;
    let (status, _) = server.get("/api/devices").await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_finds_every_panel_and_an_alertmanager_tells_the_house() {
    if !has("prometheus") || !has("prometheus-alertmanager") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let studio = house("studio");
    let server = Server::start(
        &home,
        &["serve", "--simulate", &studio, "--past", "12"],
        &[],
    );
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap();
    server
        .until("/api/devices/kettle", |it| it["connectivity"] == "online")
        .await;

    let routes = std::fs::read_to_string(deploy().join("prometheus/alertmanager.yml")).unwrap();
    let routes = routes
        .replace("http://localhost:8000", &server.url)
        .replace("group_wait: 30s", "group_wait: 1s")
        .replace("group_interval: 5m", "group_interval: 1s");
    std::fs::write(folder.path().join("alertmanager.yml"), routes).unwrap();
    let alertmanager = Daemon::start(
        &http,
        "prometheus-alertmanager",
        folder.path(),
        &[
            "--config.file=alertmanager.yml",
            "--storage.path=alerts",
            "--cluster.listen-address=",
        ],
    )
    .await;
    configure(folder.path(), &server, &alertmanager.url, true);
    let prometheus = Daemon::start(
        &http,
        "prometheus",
        folder.path(),
        &[
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--web.enable-lifecycle",
        ],
    )
    .await;
    let up = |url: &str| {
        format!(
            "up{{instance=\"{}\"}} == 1",
            url.trim_start_matches("http://")
        )
    };
    until(&http, &prometheus, &up(&server.url)).await;
    provoke(&server, &http, &prometheus).await;
    come_in(&server, &home).await;
    agree(&server).await;
    // Days pass, so that what was foreseen comes or does not.
    let pace = json!({"pace": 3_600.0});
    let (status, answer) = server.simulator(Method::PUT, "/api/clock", &pace).await;
    assert_eq!(status, 200, "{answer}");

    let may_be_empty = |query: &crate::grafana::Query| {
        let of_series = |name: &String| NOT_YET.iter().any(|(late, _)| *late == name);
        names(&query.expr).iter().any(of_series)
            || EMPTY.iter().any(|(panel, _)| *panel == query.panel)
    };
    let mut left = queries("10s");
    let asked = left.len();
    left.retain(|query| !may_be_empty(query));
    println!("{} of {asked} queries can have an answer", left.len());
    let deadline = Instant::now() + PATIENCE * 2;
    while !left.is_empty() {
        live(&server).await;
        let mut still = Vec::new();
        for query in left {
            if ask(&http, &prometheus, &query.expr).await == 0 {
                still.push(query);
            }
        }
        left = still;
        let empty: Vec<&str> = left.iter().map(|query| &*query.panel).collect();
        assert!(Instant::now() < deadline, "panels without data: {empty:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    let is_on = |answer: &Value, name: &str| {
        let all = answer["alerts"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["name"] == name))
    };
    let active = server
        .until("/api/alerts/active", |it| is_on(it, "ConsciousnessDown"))
        .await;
    assert_eq!(active["alerts"][0]["severity"], "critical", "{active}");
    let told = server.say("any alerts?").await;
    let told = told["response"].as_str().unwrap();
    assert!(told.contains("does not answer"), "{told}");

    // Without the second instance all is well again, and the house is told that too.
    configure(folder.path(), &server, &alertmanager.url, false);
    let reload = http
        .post(format!("{}/-/reload", prometheus.url))
        .send()
        .await;
    assert!(reload.unwrap().status().is_success());
    server
        .until("/api/alerts/active", |it| !is_on(it, "ConsciousnessDown"))
        .await;
    drop(prometheus);
    drop(alertmanager);
}

async fn until(http: &reqwest::Client, prometheus: &Daemon, expr: &str) {
    let deadline = Instant::now() + PATIENCE;
    while ask(http, prometheus, expr).await == 0 {
        assert!(Instant::now() < deadline, "{expr} never came");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_how_the_house_fits_on_its_machine() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let report = server.until("/api/capacity", |it| it["days"] == 1).await;
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let told = |args: &[&str]| {
        let output = program(folder.path(), args, &[("API_PORT", &port)])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let words = told(&["capacity"]);
    assert!(
        words.contains("trend unknown: needs 6 more days"),
        "{words}"
    );
    assert!(words.contains("unknown  memory"), "{words}");
    let json: Value = serde_json::from_str(&told(&["capacity", "--json"])).unwrap();
    assert_eq!(json["from"], report["from"]);
    let (_, health) = server.get("/health/detailed").await;
    let parts = health["components"].as_array().unwrap();
    let part = parts
        .iter()
        .find(|part| part["name"] == "capacity")
        .unwrap();
    assert_eq!(part["status"], "ok", "{part}");
}
