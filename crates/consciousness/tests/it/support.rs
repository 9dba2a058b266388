//! The real program in a folder of its own, spoken to as its users do.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long anything may take that should take moments; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs; ended hard when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) simulator: Option<String>,
    pub(crate) broker: Option<String>,
    http: reqwest::Client,
}

/// A command for the program in a folder, on free ports and with nothing of this machine's settings.
pub(crate) fn program(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_consciousness"));
    command.current_dir(folder).args(args).env_clear();
    for name in ["PATH", "HOME", "CI"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs([("API_PORT", "0"), ("SIM_PORT", "0"), ("BROKER_PORT", "0")]);
    // What is around this machine is nobody's business.
    command.envs([
        ("DISCOVERY_INTERFACES", "lo"),
        ("ENABLE_DHCP", "false"),
        ("ENABLE_BLUETOOTH", "false"),
    ]);
    command.envs(settings.iter().copied());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command to its end with something on standard input: exit code, what it printed, what it said.
pub(crate) fn run(
    folder: &Path,
    args: &[&str],
    settings: &[(&str, &str)],
    input: &str,
) -> (Option<i32>, String, String) {
    let mut child = program(folder, args, settings)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // Who reads nothing has gone already.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A sample house of the project.
pub(crate) fn house(name: &str) -> String {
    format!("{}/../../houses/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

impl Server {
    pub(crate) fn start(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut child = program(folder, args, settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let mut server = Self {
            child,
            url: String::new(),
            simulator: None,
            broker: None,
            http: client(),
        };
        let deadline = Instant::now() + PATIENCE;
        while server.url.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines
                .recv_timeout(left)
                .expect("the server prints its address when it is ready");
            for (before, place) in [
                ("Simulator: ", &mut server.simulator),
                ("MQTT broker: ", &mut server.broker),
            ] {
                if let Some(address) = line.trim().strip_prefix(before) {
                    *place = Some(address.to_owned());
                }
            }
            if let Some(address) = line.trim().strip_prefix("Consciousness is ready: ") {
                server.url = address.trim_end_matches('/').to_owned();
            }
        }
        server
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self
            .http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    pub(crate) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        send(&self.http, method, &format!("{}{path}", self.url), body).await
    }

    pub(crate) async fn command(
        &self,
        device: &str,
        capability: &str,
        command: &str,
        args: Value,
    ) -> (u16, Value) {
        let body =
            serde_json::json!({ "capability": capability, "command": command, "args": args });
        self.send(
            reqwest::Method::POST,
            &format!("/api/devices/{device}/commands?wait=settled"),
            &body,
        )
        .await
    }

    /// Asks the simulator's API.
    pub(crate) async fn simulator(
        &self,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let base = self.simulator.as_deref().unwrap().trim_end_matches('/');
        send(&self.http, method, &format!("{base}{path}"), body).await
    }

    /// Says something to the house.
    pub(crate) async fn say(&self, message: &str) -> Value {
        let body = serde_json::json!({ "message": message });
        let url = format!("{}/api/chat", self.url);
        let (status, answer) = send(&self.http, reqwest::Method::POST, &url, &body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Waits until what a path answers is as expected.
    pub(crate) async fn until(&self, path: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, answer) = self.get(path).await;
            if expected(&answer) {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "{path} never came to what was expected; last: {answer}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits for that; its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(
                Instant::now() < deadline,
                "the server did not end within {PATIENCE:?} of SIGTERM"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The lines of an output as they come.
pub(crate) fn lines_of(output: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Reading goes on when nobody listens any more, so that the writer never blocks.
            drop(sender.send(line));
        }
    });
    lines
}

fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

async fn send(
    http: &reqwest::Client,
    method: reqwest::Method,
    url: &str,
    body: &Value,
) -> (u16, Value) {
    let answer = http.request(method, url).json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// Whether a program is there. Without it a test is skipped by name, and in CI it fails.
pub(crate) fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "{program} is not installed; tests/needs installs it"
        );
        eprintln!("SKIPPED: {program} is not installed; tests/needs installs it");
    }
    found
}

/// Runs a program of the system and gives back what it printed.
pub(crate) fn shell(folder: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {args:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
