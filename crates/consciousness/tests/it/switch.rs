//! Two servers behind nginx: one takes the house over from the other, there and back, and no request fails.

use crate::messages::skipped;
use crate::support::{PATIENCE, Server, has, lines_of, program};
use reqwest::Client;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The proxy, with what deploy/nginx says of the upstream and of the way to it.
struct Proxy {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Proxy {
    fn start(folder: &Path, upstream: &str) -> Self {
        let deployed = include_str!("../../../../deploy/nginx/consciousness.conf");
        let (port, old) = (free_port(), deployed);
        // The certificate is another test's matter.
        let tls = old.find("server {\n    listen 443").unwrap();
        let plain: String = old[tls..]
            .lines()
            .filter(|line| !line.trim_start().starts_with("ssl_"))
            .filter(|line| !line.contains("[::]"))
            .map(|line| match line.trim() {
                "listen 443 ssl http2;" => format!("    listen 127.0.0.1:{port};\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let head =
            old[..old.find("server {\n    listen 80").unwrap()].replace("127.0.0.1:8000", upstream);
        std::fs::write(folder.join("house.conf"), head + &plain).unwrap();
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {0}/{kind};\n", folder.display()))
            .concat();
        let config = format!(
            "daemon off;\nworker_processes 2;\npid {0}/nginx.pid;\nerror_log {0}/error.log;\n\
             events {{}}\nhttp {{\naccess_log off;\n{paths}include {0}/house.conf;\n}}\n",
            folder.display()
        );
        std::fs::write(folder.join("nginx.conf"), config).unwrap();
        let child = Command::new("nginx")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .args(["-c", "nginx.conf", "-e", "error.log", "-p"])
            .arg(folder)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self {
            child,
            folder: folder.to_owned(),
            url: format!("http://127.0.0.1:{port}"),
        };
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "nginx does not listen: {log}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        proxy
    }

    /// `scripts/switch.sh`, as an operator calls it.
    fn switch(&self, port: u16) -> (bool, String) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/switch.sh");
        let output = Command::new(script)
            .arg(port.to_string())
            .env("NGINX_CONFIG", self.folder.join("house.conf"))
            .env("NGINX_PID", self.folder.join("nginx.pid"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &id]).status());
        drop(self.child.wait());
    }
}

/// What clients do all the time.
#[derive(Default)]
struct Traffic {
    end: AtomicBool,
    kept: AtomicUsize,
    read: AtomicUsize,
}

impl Traffic {
    /// Keeps memories one after the other, and reads between; each must be answered well.
    ///
    /// Each request has a connection of its own: a reload of nginx closes the ones that lie idle,
    /// and a request that was sent on one in the same moment is lost there. A browser asks again;
    /// this client would not.
    async fn go_on(&self, url: &str, token: &str, client: usize) {
        let http = Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .build()
            .unwrap();
        for step in 0.. {
            if self.end.load(Ordering::Relaxed) {
                return;
            }
            let memory = json!({"kind": "fact", "key": format!("c{client}s{step}"),
                "text": "Somebody was here"});
            let answer = http
                .post(format!("{url}/api/memory"))
                .bearer_auth(token)
                .json(&memory)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
            self.kept.fetch_add(1, Ordering::Relaxed);
            for path in ["/api/house", "/health"] {
                let request = http.get(format!("{url}{path}")).bearer_auth(token);
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200, "{path}");
                self.read.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A server that waits for the house that another has.
struct Standby {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Standby {
    fn start(folder: &Path, port: u16, settings: &[(&str, &str)]) -> Self {
        let port = port.to_string();
        let settings = [settings, &[("API_PORT", port.as_str())]].concat();
        let mut child = program(folder, &["serve", "--take-over"], &settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let standby = Self { child, lines };
        standby.says("Waiting for process");
        standby
    }

    fn says(&self, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).expect(wanted);
            if line.contains(wanted) {
                return;
            }
        }
    }

    fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_over_with_wrong_settings_leaves_the_other_server_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    for (name, value) in [
        ("HA_URL", "not a place"),
        ("MQTT_URL", "http://127.0.0.1"),
        ("GEOCODER_URL", "nowhere"),
        ("TIMEZONE", "Nowhere/Atall"),
    ] {
        let settings = [("API_PORT", "0"), ("HA_TOKEN", "x"), (name, value)];
        let output = program(folder.path(), &["serve", "--take-over"], &settings)
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0), "{name}");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(said.contains(name), "{name}: {said}");
        assert!(!said.contains("Waiting for process"), "{said}");
    }
    assert_eq!(server.get("/health").await.0, 200);
    assert_eq!(server.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_takes_the_house_over_from_another_and_no_request_fails() {
    if !Path::new("/usr/sbin/nginx").exists() && !has("nginx") {
        skipped("nginx is not installed: tests/needs does it");
        return;
    }
    let (house, proxied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Who comes through a proxy is somebody: here a program with a token.
    let settings = [
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("API_RATE_LIMIT", "1000000"),
    ];
    let blue = Server::start(house.path(), &["serve"], &settings);
    let scopes = "read_house,private";
    let made = program(
        house.path(),
        &["token", "make", "traffic", "--scope", scopes],
        &settings,
    )
    .output()
    .unwrap();
    assert!(made.status.success(), "{made:?}");
    let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let upstream = blue.url.trim_start_matches("http://").to_owned();
    let proxy = Proxy::start(proxied.path(), &upstream);
    let (done, said) = proxy.switch(1);
    assert!(!done && said.contains("nobody listens on 1"), "{said}");

    let traffic = Arc::new(Traffic::default());
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (traffic, url) = (Arc::clone(&traffic), proxy.url.clone());
            let token = token.clone();
            tokio::spawn(async move { traffic.go_on(&url, &token, client).await })
        })
        .collect();
    let some_more = async || {
        let (deadline, before) = (
            Instant::now() + PATIENCE,
            traffic.kept.load(Ordering::Relaxed),
        );
        while traffic.kept.load(Ordering::Relaxed) < before + 20 {
            assert!(Instant::now() < deadline, "nothing is kept any more");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    some_more().await;
    let port = free_port();
    let mut green = Standby::start(house.path(), port, &settings);
    let (done, said) = proxy.switch(port);
    assert!(done, "{said}");
    assert_eq!(blue.end(), Some(0));
    green.says("Consciousness is ready");
    some_more().await;

    // And back.
    let port = free_port();
    let mut blue = Standby::start(house.path(), port, &settings);
    let (done, said) = proxy.switch(port);
    assert!(done, "{said}");
    assert_eq!(green.stop(), Some(0));
    blue.says("Consciousness is ready");
    some_more().await;
    traffic.end.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let kept = traffic.kept.load(Ordering::Relaxed);
    let stats = Client::new()
        .get(format!("{}/api/memory/stats", proxy.url))
        .bearer_auth(&token);
    let stats: Value = stats.send().await.unwrap().json().await.unwrap();
    println!(
        "{kept} memories kept and {} reads, over two changes: {stats}",
        traffic.read.load(Ordering::Relaxed)
    );
    assert_eq!(stats["count"].as_u64(), u64::try_from(kept).ok(), "{stats}");
    assert_eq!(blue.stop(), Some(0));
}
