//! A simulated house that lives fast, and everything that people and operators do to it going on together: its memory
//! does not grow, its log has no complaint that is not expected, and nothing acknowledged is lost.
//!
//! Three minutes, or `SOAK` seconds; in an hour the house lives a month.

use crate::support::{PATIENCE, Server, house, program, shell};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{read_to_string, write};
use std::path::Path;
use std::time::{Duration, Instant};

/// House seconds a second.
const fn pace(seconds: u64) -> u32 {
    if seconds >= 1_800 { 730 } else { 120 }
}

/// How many rules, and how many memories, are kept at once: what people keep is no leak.
const KEPT: usize = 12;

/// By how much the memory may grow from the middle to the end, as a share: in an hour, and in the three minutes
/// of the suite, which are all warm-up and show only what leaks grossly.
const fn growth_allowed(seconds: u64) -> f64 {
    if seconds >= 1_800 { 0.05 } else { 0.25 }
}

/// What may be complained of in the log, and why that is no fault.
const EXPLAINED: [(&str, &str); 9] = [
    ("the database was missing", "the house is new"),
    ("nobody owns this house yet", "nobody made an account"),
    (
        "the clock was set back",
        "a simulated clock is followed in steps: a sixth of a second is twenty at this pace",
    ),
    ("simulator", "it is killed on purpose, and started again"),
    ("weather", "its service is the simulator's"),
    (
        "rules are switched off for now",
        "a step does that for a moment",
    ),
    (
        "component=\"disk\"",
        "how full this machine's disk is, is no matter of the house",
    ),
    (
        "a database query was slow",
        "the machine is busy with other tests",
    ),
    (
        "no answer within 1000 ms",
        "the same; at the end all must be well",
    ),
];

/// The resident memory of the program, in KiB.
fn resident(server: &Server) -> u32 {
    let status = read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn median(values: &[u32]) -> u32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// What was acknowledged: by path, the field and its text.
type Acknowledged = BTreeMap<String, (&'static str, String)>;

/// What people and operators do, a step at a time.
struct Life {
    step: usize,
    pace: u32,
    acknowledged: Acknowledged,
    backups: usize,
    backed_up: Option<Instant>,
    rules: VecDeque<String>,
    memories: VecDeque<(String, String)>,
    devices: Vec<String>,
    restarts: usize,
    restarted: Instant,
    reloads: usize,
}

impl Life {
    async fn live(&mut self, server: &Server, folder: &Path) {
        self.step += 1;
        let step = self.step;
        let said = [
            "how are you",
            "is anybody home",
            "how warm is it in the kitchen",
            "why is the heating on",
            "which lights are on",
        ];
        let answer = server.say(said[step % said.len()]).await;
        assert!(answer["response"].is_string(), "{answer}");
        self.rule(server).await;
        self.memory(server).await;
        let device = &self.devices[step % self.devices.len()];
        let name = format!("Device of step {step}");
        let path = format!("/api/devices/{device}");
        let (status, answer) = server
            .send(Method::PATCH, &path, &json!({ "name": name }))
            .await;
        assert_eq!(status, 200, "{answer}");
        self.acknowledged.insert(path, ("name", name));
        for path in [
            "/api/events?limit=100",
            "/api/house",
            "/api/concerns",
            "/metrics",
            "/health/detailed",
        ] {
            let (status, answer) = server.get(path).await;
            assert!(status == 200, "{path}: {status} {answer}");
        }
        if step.is_multiple_of(10) {
            let level = if step.is_multiple_of(20) {
                "info"
            } else {
                "warn"
            };
            write(folder.join(".env"), format!("LOG_LEVEL={level}\n")).unwrap();
            shell(folder, "kill", &["-HUP", &server.id().to_string()]);
            self.reloads += 1;
        }
        for (feature, at) in [("learning", 3), ("rules", 7)] {
            if step % 10 == at {
                let path = format!("/api/features/{feature}");
                for on in [false, true] {
                    let (status, answer) =
                        server.send(Method::PUT, &path, &json!({ "on": on })).await;
                    assert_eq!(status, 200, "{answer}");
                }
            }
        }
        if step % 10 == 5 {
            let begun = json!({"minutes": 5, "reason": "a look at the boiler"});
            let (status, answer) = server.send(Method::PUT, "/api/maintenance", &begun).await;
            assert_eq!(status, 200, "{answer}");
            let (status, answer) = server
                .send(Method::DELETE, "/api/maintenance", &Value::Null)
                .await;
            assert_eq!(status, 200, "{answer}");
        }
        let is_long_ago = |at: Instant| at.elapsed() > Duration::from_secs(60);
        if step > 10 && self.backed_up.is_none_or(is_long_ago) {
            self.back_up(folder).await;
        }
        // No sooner than one that lived: else it is started again later each time.
        if step % 40 == 20 && self.restarted.elapsed() > Duration::from_secs(25) {
            self.restart_the_simulator(server).await;
        }
    }

    async fn rule(&mut self, server: &Server) {
        let step = self.step;
        let text = format!("Rule of step {step}");
        let rule = json!({"name": format!("soak{step}"), "description": text, "mode": "restart",
            "when": [{"property": "OccupancySensing.occupied", "kind": "motion"}],
            "then": [{"notify": "somebody"}]});
        let (status, answer) = server.send(Method::POST, "/api/scenarios", &rule).await;
        assert_eq!(status, 201, "{answer}");
        let path = format!("/api/scenarios/{}", answer["slug"].as_str().unwrap());
        self.acknowledged
            .insert(path.clone(), ("description", text));
        self.rules.push_back(path);
        if self.rules.len() > KEPT {
            let path = self.rules.pop_front().unwrap();
            let (status, answer) = server.send(Method::DELETE, &path, &Value::Null).await;
            assert_eq!(status, 204, "{answer}");
            self.acknowledged.remove(&path);
        }
    }

    async fn memory(&mut self, server: &Server) {
        let (step, key) = (self.step, format!("soak{}", self.step));
        let text = format!("Memory of step {step}");
        let memory = json!({"kind": "fact", "key": key, "text": text});
        let (status, answer) = server.send(Method::POST, "/api/memory", &memory).await;
        assert_eq!(status, 201, "{answer}");
        let path = format!("/api/memory/get/{key}");
        self.acknowledged.insert(path.clone(), ("text", text));
        self.memories
            .push_back((path, answer["id"].as_str().unwrap().to_owned()));
        if self.memories.len() > KEPT {
            let (path, id) = self.memories.pop_front().unwrap();
            let (status, answer) = server
                .send(Method::DELETE, &format!("/api/memory/{id}"), &Value::Null)
                .await;
            assert_eq!(status, 204, "{answer}");
            self.acknowledged.remove(&path);
        }
    }

    /// A backup in the place of the last, and whether it is one.
    async fn back_up(&mut self, folder: &Path) {
        if self.backups > 0 {
            std::fs::remove_dir_all(folder.join("memory/backups")).unwrap();
        }
        for args in [&["backup", "--compress"][..], &["verify-backup"]] {
            let mut command = tokio::process::Command::from(program(folder, args, &[]));
            let done = command.kill_on_drop(true).output().await.unwrap();
            assert!(done.status.success(), "{args:?}: {done:?}");
        }
        self.backups += 1;
        self.backed_up = Some(Instant::now());
    }

    /// Every device's connection breaks at once, and comes back.
    async fn restart_the_simulator(&mut self, server: &Server) {
        let id = server.id();
        let children = shell(
            Path::new("/"),
            "sh",
            &["-c", &format!("cat /proc/{id}/task/*/children")],
        );
        let Some(child) = children.split_whitespace().next() else {
            panic!("the server has no simulator: {children:?}");
        };
        shell(Path::new("/"), "kill", &["-9", child]);
        self.restarts += 1;
        let deadline = Instant::now() + PATIENCE;
        while !hurry(server, self.pace).await {
            assert!(Instant::now() < deadline, "the simulator did not come back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.restarted = Instant::now();
    }

    async fn is_all_there(&self, server: &Server) {
        for (path, (field, text)) in &self.acknowledged {
            let (status, answer) = server.get(path).await;
            assert_eq!(
                (status, answer[field].as_str()),
                (200, Some(text.as_str())),
                "{path}: {answer}"
            );
        }
    }
}

/// Has the house live fast, if there is a simulator to be told.
async fn hurry(server: &Server, pace: u32) -> bool {
    let base = server.simulator.as_deref().unwrap().trim_end_matches('/');
    let answer = reqwest::Client::new()
        .put(format!("{base}/api/clock"))
        .json(&json!({ "pace": pace }))
        .send()
        .await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_lives_fast_does_not_grow_nor_complain_nor_forget() {
    let seconds = std::env::var("SOAK")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(180);
    let length = Duration::from_secs(seconds);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path().join(".env"), "").unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    let many = |answer: &Value| {
        answer["devices"]
            .as_array()
            .is_some_and(|all| all.len() > 20)
    };
    let found = server.until("/api/devices?limit=500", many).await;
    let devices = found["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect();
    let pace = pace(seconds);
    assert!(hurry(&server, pace).await);
    let (_, house_before) = server
        .simulator(Method::GET, "/api/clock", &Value::Null)
        .await;
    let mut life = Life {
        step: 0,
        pace,
        backups: 0,
        backed_up: None,
        acknowledged: Acknowledged::new(),
        rules: VecDeque::new(),
        memories: VecDeque::new(),
        devices,
        restarts: 0,
        restarted: Instant::now(),
        reloads: 0,
    };
    let began = Instant::now();
    let mut memory = Vec::new();
    let mut last = Instant::now();
    while began.elapsed() < length {
        life.live(&server, folder.path()).await;
        if last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            memory.push((began.elapsed(), resident(&server)));
        }
    }
    let window = |from: f64, to: f64| {
        let share = |at: &Duration| at.as_secs_f64() / length.as_secs_f64();
        let within = memory
            .iter()
            .filter(|(at, _)| share(at) >= from && share(at) < to);
        median(&within.map(|(_, kib)| *kib).collect::<Vec<_>>())
    };
    let tenths: Vec<_> = (0..10)
        .map(|n| window(f64::from(n) / 10.0, f64::from(n + 1) / 10.0) / 1_024)
        .collect();
    let (after, end) = (window(0.4, 0.6), window(0.8, 1.0));
    let growth = f64::from(end) / f64::from(after) - 1.0;
    let (_, house_now) = server
        .simulator(Method::GET, "/api/clock", &Value::Null)
        .await;
    println!(
        "{} steps, {} reloads, {} backups, {} restarts of the simulator; the house went from {} to {}",
        life.step, life.reloads, life.backups, life.restarts, house_before["now"], house_now["now"]
    );
    println!(
        "resident memory, medians of tenths in MiB: {tenths:?}; growth from the middle to the end: {:.1} %",
        growth * 100.0
    );

    life.is_all_there(&server).await;
    server
        .until("/health", |answer| answer["status"] != "failed")
        .await;
    assert_eq!(server.end(), Some(0));
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    life.is_all_there(&server).await;
    assert_eq!(server.end(), Some(0));
    let log = read_to_string(folder.path().join("logs/consciousness.log")).unwrap();
    let complaints: Vec<_> = log
        .lines()
        .filter(|line| line.contains(" WARN ") || line.contains(" ERROR "))
        .filter(|line| !EXPLAINED.iter().any(|(words, _)| line.contains(words)))
        .collect();
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(40)].join("\n")
    );
    assert!(
        life.step > 20 && life.restarts > 0 && life.reloads > 0 && life.backups > 0,
        "too little was done"
    );
    assert!(
        growth <= growth_allowed(seconds),
        "the memory grew by {:.1} %",
        growth * 100.0
    );
}
