//! What a scenario tells people, sent by the real program to real receivers.

use crate::support::Server;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Says that a test cannot run here; where everything must run, that is a failure.
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    assert!(std::env::var_os("CI").is_none(), "SKIPPED on CI: {why}");
}

/// A request as it came in: path, headers in lower case, body.
pub(crate) type Got = (String, Vec<String>, Value);

/// A web server that writes down what is posted to it, and takes it.
pub(crate) fn recorder() -> (String, mpsc::Receiver<Got>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, got) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() <= 2 {
                    break;
                }
                lines.push(line.trim().to_lowercase());
            }
            if lines.is_empty() {
                continue;
            }
            let length = lines
                .iter()
                .find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            reader.read_exact(&mut body).unwrap();
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            let path = lines[0].split(' ').nth(1).unwrap().to_owned();
            let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let _ = sender.send((path, lines, json));
        }
    });
    (url, got)
}

/// A mail server of the project aiosmtpd, which prints each mail.
struct MailServer {
    child: Child,
    port: u16,
    lines: mpsc::Receiver<String>,
}

impl MailServer {
    fn start() -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/mail");
        let python = folder.join(".venv/bin/python");
        if !python.exists() {
            skipped("aiosmtpd is not installed: tests/peers/mail/install.sh does it");
            return None;
        }
        let mut child = Command::new(python)
            .arg("-u")
            .arg(folder.join("sink.py"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let port = first.trim().parse().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Some(Self { child, port, lines })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who listens; gone with the value.
pub(crate) struct Listener(Child);

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Mosquitto with somebody who listens to a topic.
pub(crate) struct Mosquitto {
    broker: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

impl Mosquitto {
    pub(crate) fn start() -> Option<Self> {
        Self::begin(None)
    }

    /// With somebody's password, and for nobody else.
    fn begin(user: Option<(&str, &str)>) -> Option<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("mosquitto.conf");
        let who = match user {
            None => "allow_anonymous true\n".to_owned(),
            Some((name, password)) => {
                let file = folder.path().join("passwords");
                let made = Command::new("mosquitto_passwd")
                    .args(["-c", "-b", file.to_str().unwrap(), name, password])
                    .status();
                if !made.is_ok_and(|made| made.success()) {
                    skipped("mosquitto_passwd is not installed");
                    return None;
                }
                // It reads the file as whoever started it.
                format!("user root\npassword_file {}\n", file.display())
            }
        };
        std::fs::write(&config, format!("listener {port} 127.0.0.1\n{who}")).unwrap();
        let program = [
            "/usr/sbin/mosquitto",
            "/usr/local/sbin/mosquitto",
            "/usr/bin/mosquitto",
        ];
        let Some(program) = program.iter().find(|path| PathBuf::from(path).exists()) else {
            skipped("mosquitto is not installed");
            return None;
        };
        let mut command = Command::new(program);
        command
            .arg("-c")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let broker = command.spawn().unwrap();
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "mosquitto does not listen");
            std::thread::yield_now();
        }
        Some(Self {
            broker,
            port,
            _folder: folder,
        })
    }

    /// Says something, and goes on saying it to who comes later.
    pub(crate) fn publish(&self, topic: &str, text: &str) {
        let port = self.port.to_string();
        let said = Command::new("mosquitto_pub")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-r",
                "-t",
                topic,
                "-m",
                text,
            ])
            .status();
        assert!(said.unwrap().success());
    }

    /// The next messages of a topic, as `mosquitto_sub` prints them.
    pub(crate) fn listen(&self, topic: &str) -> (Listener, mpsc::Receiver<String>) {
        let mut child = Command::new("mosquitto_sub")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-q",
                "1",
                "-t",
                topic,
                "-t",
                "$SYS/broker/version",
                "-v",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        // The retained one says that it listens.
        lines.recv_timeout(PATIENCE).unwrap();
        (Listener(child), lines)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}

async fn run(server: &Server, scenario: &Value) -> Value {
    let (status, answer) = server.send(Method::POST, "/api/scenarios", scenario).await;
    assert_eq!(status, 201, "{answer}");
    let path = format!("/api/scenarios/{}/run", answer["slug"].as_str().unwrap());
    let (status, answer) = server.send(Method::POST, &path, &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    answer["run"].clone()
}

#[tokio::test]
async fn a_notice_goes_out_by_every_way_that_is_set_up_and_the_run_tells() {
    let (Some(mail), Some(broker)) = (MailServer::start(), Mosquitto::start()) else {
        return;
    };
    let (web, posted) = recorder();
    let (listener, heard) = broker.listen("house/messages");
    let folder = tempfile::tempdir().unwrap();
    let (mqtt, smtp) = (
        format!("mqtt://127.0.0.1:{}", broker.port),
        format!("smtp://127.0.0.1:{}", mail.port),
    );
    let (hook, push) = (format!("{web}/hook"), format!("{web}/our-house"));
    let settings = [
        ("MQTT_URL", mqtt.as_str()),
        ("NOTIFY_WEBHOOK_URL", hook.as_str()),
        ("NOTIFY_WEBHOOK_TOKEN", "s3cret"),
        ("NOTIFY_PUSH_URL", push.as_str()),
        ("NOTIFY_SMTP_URL", smtp.as_str()),
        ("NOTIFY_EMAIL_FROM", "House <house@example.com>"),
        ("NOTIFY_EMAIL_TO", "anna@example.com, ben@example.com"),
        ("NOTIFY_MQTT_TOPIC", "house/messages"),
    ];
    let server = Server::start(folder.path(), &["serve"], &settings);
    let text = "Wäsche ist fertig 🧺";
    let id = run(
        &server,
        &json!({"name": "Washing", "then": [{"notify": text, "title": "Cellar"}]}),
    )
    .await;

    let (mut hooked, mut pushed) = (None, None);
    for _ in 0..2 {
        let got = posted.recv_timeout(PATIENCE).unwrap();
        if got.0 == "/hook" {
            hooked = Some(got)
        } else {
            pushed = Some(got)
        }
    }
    let (_, headers, body) = hooked.unwrap();
    assert_eq!(
        (&body["message"], &body["title"], &body["run"]),
        (&json!(text), &json!("Cellar"), &id)
    );
    assert!(headers.contains(&"authorization: bearer s3cret".to_owned()));
    assert!(headers.contains(&format!("x-message-id: {}", body["id"].as_str().unwrap())));
    let (path, _, pushed) = pushed.unwrap();
    assert_eq!(
        (path.as_str(), &pushed["topic"], &pushed["message"]),
        ("/", &json!("our-house"), &json!(text))
    );
    let mailed: Value = serde_json::from_str(&mail.lines.recv_timeout(PATIENCE).unwrap()).unwrap();
    assert_eq!(mailed["to"], json!(["anna@example.com", "ben@example.com"]));
    assert_eq!(
        (&mailed["subject"], &mailed["text"]),
        (&json!("Cellar"), &json!(text))
    );
    let said = heard.recv_timeout(PATIENCE).unwrap();
    let said: Value = serde_json::from_str(said.strip_prefix("house/messages ").unwrap()).unwrap();
    assert_eq!((&said["id"], &said["message"]), (&body["id"], &json!(text)));

    let path = format!("/api/automation/runs/{}", id.as_str().unwrap());
    let told = server
        .until(&path, |run| {
            let messages = run["messages"].as_array();
            messages
                .is_some_and(|all| all.len() == 4 && all.iter().all(|one| one["state"] == "sent"))
        })
        .await;
    let channels: Vec<_> = told["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["channel"].as_str().unwrap())
        .collect();
    assert_eq!(channels, ["email", "mqtt", "push", "webhook"]);
    // Each way got it once.
    assert!(
        posted.try_recv().is_err() && heard.try_recv().is_err() && mail.lines.try_recv().is_err()
    );
    drop(listener);
}

#[tokio::test]
async fn a_password_of_the_broker_that_is_put_anew_holds_for_messages_too() {
    let Some(broker) = Mosquitto::begin(Some(("house", "second-password"))) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mqtt = format!("mqtt://house@127.0.0.1:{}", broker.port);
    let settings = [
        (
            "ENCRYPTION_KEY",
            "Qw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0XcVbNmPoIuYtR=",
        ),
        ("MQTT_URL", mqtt.as_str()),
        ("NOTIFY_MQTT_TOPIC", "house/messages"),
    ];
    let put = |password: &str| {
        let (code, said, wrong) = crate::support::run(
            folder.path(),
            &["vault", "put", "MQTT_PASSWORD"],
            &settings,
            password,
        );
        assert_eq!(code, Some(0), "{said}{wrong}");
        said
    };
    put("first-password\n");
    let server = Server::start(folder.path(), &["serve"], &settings);
    let said = put("second-password\n");
    assert!(said.contains("it holds at once"), "{said}");
    let id = run(
        &server,
        &json!({"name": "Washing", "then": [{"notify": "Washing is done"}]}),
    )
    .await;
    let path = format!("/api/automation/runs/{}", id.as_str().unwrap());
    server
        .until(&path, |run| run["messages"][0]["state"] == "sent")
        .await;
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn what_the_house_asks_by_itself_goes_out_and_is_answered_in_its_conversation() {
    let (web, posted) = recorder();
    let folder = tempfile::tempdir().unwrap();
    let hook = format!("{web}/hook");
    let settings = [("NOTIFY_WEBHOOK_URL", hook.as_str())];
    let server = Server::start(folder.path(), &["serve"], &settings);
    let scenario = json!({"name": "Ask", "then": [{"ask": "Shall I go on?", "yes": [], "no": []}]});
    run(&server, &scenario).await;
    let (_, _, body) = posted.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (&body["message"], &body["urgent"]),
        (&json!("Shall I go on?"), &json!(false))
    );
    let chat = json!({"message": "no thanks", "conversation_id": body["run"]});
    let (status, answer) = server.send(Method::POST, "/api/chat", &chat).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["intent"]["name"], "opening.question", "{answer}");
    let (_, questions) = server.get("/api/automation/questions").await;
    assert_eq!(questions, json!({"questions": []}));
}

#[tokio::test]
async fn what_is_half_set_up_is_told_at_the_start_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, said) in [
        (
            vec![("NOTIFY_EMAIL_TO", "anna@example.com")],
            "belong together",
        ),
        (vec![("NOTIFY_QUIET_FROM", "22:00")], "belong together"),
        (
            vec![("NOTIFY_PUSH_URL", "https://ntfy.example.com")],
            "names no topic",
        ),
        (
            vec![
                ("NOTIFY_SMTP_URL", "http://u:s3cret@mail"),
                ("NOTIFY_EMAIL_FROM", "a@b.example"),
                ("NOTIFY_EMAIL_TO", "c@d.example"),
            ],
            "NOTIFY_SMTP_URL cannot be read",
        ),
    ] {
        let output = crate::support::program(folder.path(), &["serve"], &settings)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{text}");
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
