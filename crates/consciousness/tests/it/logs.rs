//! The log files, and what a service manager hears, with the real `logrotate` and a socket as systemd's.

use crate::support::{PATIENCE, Server, has, shell};
use std::fs::{read_to_string, write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Instant;

/// Waits until a file's text is as expected.
async fn until(path: &Path, expected: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = read_to_string(path).unwrap_or_default();
        if expected(&text) {
            return text;
        }
        assert!(
            Instant::now() < deadline,
            "{} never came to what was expected: {text}",
            path.display()
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn hang_up(server: &Server) {
    shell(Path::new("/"), "kill", &["-HUP", &server.id().to_string()]);
}

#[tokio::test]
async fn every_request_is_a_line_and_a_denial_is_in_the_security_log() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    assert_eq!(server.get("/api/devices?limit=1").await.0, 200);
    assert_eq!(server.get("/api/devices/nobody").await.0, 404);
    let foreign = reqwest::Client::new()
        .get(format!("{}/api/devices", server.url))
        .header("Host", "evil.example")
        .send()
        .await
        .unwrap();
    assert!(foreign.status().is_client_error());

    let access = until(&folder.path().join("logs/access.log"), |text| {
        text.lines().count() >= 3
    })
    .await;
    assert!(
        access.contains("] \"GET /api/devices HTTP/1.1\" 200 "),
        "{access}"
    );
    assert!(!access.contains("limit"), "no query: {access}");
    let clients = shell(folder.path(), "awk", &["{print $1}", "logs/access.log"]);
    assert!(
        clients.lines().all(|client| client == "127.0.0.1"),
        "the guide's awk gives addresses: {clients}"
    );
    // The guide's grep, on the files that it names.
    for log in ["logs/security.log", "logs/consciousness.log"] {
        until(&folder.path().join(log), |text| {
            text.lines()
                .any(|line| line.contains("denied") && line.contains("evil.example"))
        })
        .await;
    }
    let log = read_to_string(folder.path().join("logs/consciousness.log")).unwrap();
    assert!(!log.contains("HTTP/1.1"), "requests are in access.log only");
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn a_rotation_loses_no_line() {
    if !has("logrotate") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let logs = folder.path().join("logs");
    let rules = format!(
        "{}/*.log {{\n daily\n missingok\n rotate 30\n compress\n notifempty\n create 644\n \
         sharedscripts\n postrotate\n kill -HUP {}\n endscript\n}}\n",
        logs.display(),
        server.id()
    );
    write(folder.path().join("rules"), rules).unwrap();
    let mut asked = 0;
    for _ in 0..5 {
        for _ in 0..40 {
            assert_eq!(server.get("/api/floors").await.0, 200);
            asked += 1;
        }
        shell(
            folder.path(),
            "logrotate",
            &["--force", "--state", "state", "rules"],
        );
    }
    for _ in 0..40 {
        assert_eq!(server.get("/api/floors").await.0, 200);
        asked += 1;
    }
    // The last lines are in the newest file, and all of them in all files.
    until(&logs.join("access.log"), |text| text.lines().count() >= 40).await;
    let all = shell(
        &logs,
        "sh",
        &[
            "-c",
            "zcat -f access.log access.log.*.gz | grep -c 'GET /api/floors'",
        ],
    );
    assert_eq!(all.trim(), asked.to_string());
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn a_reload_takes_up_the_level_and_names_what_has_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let log = folder.path().join("logs/consciousness.log");
    assert!(!read_to_string(&log).unwrap().contains(" DEBUG "));

    write(
        folder.path().join(".env"),
        "LOG_LEVEL=debug\nHOUSE_NAME=Hazel\n",
    )
    .unwrap();
    hang_up(&server);
    until(&log, |text| {
        text.contains("LOG_LEVEL")
            && text.contains("only after a restart")
            && text.contains("HOUSE_NAME")
    })
    .await;
    // Each is an event of security, with what it was before; secrets are not told.
    let path = "/api/security/events?kind=setting_changed";
    let changed = server
        .until(path, |found| {
            found["events"].as_array().is_some_and(|all| all.len() == 2)
        })
        .await;
    let mut details: Vec<&str> = Vec::new();
    for event in changed["events"].as_array().unwrap() {
        assert_eq!(event["who"], "reload", "{event}");
        details.push(event["detail"].as_str().unwrap());
    }
    details.sort_unstable();
    assert_eq!(
        details,
        [
            "HOUSE_NAME: Hazel, before Home, after a restart (reload)",
            "LOG_LEVEL: debug, before info (reload)"
        ]
    );
    server.get("/api/floors").await;
    server.say("how are you").await;
    until(&log, |text| text.contains(" DEBUG ")).await;

    let with_secret = "LOG_LEVEL=debug\nHOUSE_NAME=Hazel\nOPENAI_API_KEY=sk-hush-hush\n";
    write(folder.path().join(".env"), with_secret).unwrap();
    hang_up(&server);
    let changed = server
        .until(path, |found| found.to_string().contains("OPENAI_API_KEY"))
        .await;
    assert_eq!(
        changed["events"][0]["detail"],
        "OPENAI_API_KEY: (hidden), before (not set), after a restart (reload)"
    );
    write(folder.path().join(".env"), "LOG_LEVEL=loud\n").unwrap();
    hang_up(&server);
    until(&log, |text| {
        text.contains("LOG_LEVEL=loud") && text.contains("stay as they were")
    })
    .await;
    assert_eq!(server.get("/health").await.0, 200, "it lives on");
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn json_lines_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[("LOG_FORMAT", "json")]);
    let log = until(&folder.path().join("logs/consciousness.log"), |text| {
        text.contains("consciousness is ready")
    })
    .await;
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            line["level"].is_string() && line["timestamp"].is_string(),
            "{line}"
        );
    }
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_dims_the_health_but_not_the_house() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path().join("logs"),
        "a file where the folder should be",
    )
    .unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    assert_eq!(server.get("/health").await.0, 200);
    let detailed = server
        .until("/health/detailed", |answer| {
            answer["components"].as_array().is_some_and(|parts| {
                parts
                    .iter()
                    .any(|part| part["name"] == "logs" && part["status"] == "degraded")
            })
        })
        .await;
    assert!(detailed.to_string().contains("LOG_FILE"), "{detailed}");
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn a_service_manager_hears_ready_well_reload_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut space = [0; 4_096];
        while let Ok(length) = socket.recv(&mut space) {
            let text = String::from_utf8_lossy(&space[..length]).into_owned();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    let server = Server::start(
        folder.path(),
        &["serve"],
        &[
            ("NOTIFY_SOCKET", path.to_str().unwrap()),
            ("WATCHDOG_USEC", "300000"),
        ],
    );
    let mut next = async |wanted: &str| {
        let hear = async {
            loop {
                let text = heard.recv().await.unwrap();
                if text.lines().any(|line| line == wanted) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, hear)
            .await
            .unwrap_or_else(|_| panic!("{wanted} was never said"));
    };
    next("READY=1").await;
    next("WATCHDOG=1").await;
    next("WATCHDOG=1").await;
    hang_up(&server);
    next("RELOADING=1").await;
    next("READY=1").await;
    assert_eq!(server.end(), Some(0));
    next("STOPPING=1").await;
}
