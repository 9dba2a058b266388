//! A disk that is full while the house runs: it says so, answers what it can, and is well again when there is space.

use crate::messages::skipped;
use crate::support::Server;
use reqwest::Method;
use serde_json::{Value, json};
use std::fs::{read_to_string, remove_file};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// A small file system. `None` where this machine does not let us have one.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(at);
        mount
            .output()
            .is_ok_and(|output| output.status.success())
            .then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).output());
    }
}

/// A part of the house that is not well, if it is.
fn ill<'a>(health: &'a Value, name: &str) -> Option<&'a Value> {
    let mut parts = health["components"].as_array()?.iter();
    parts.find(|part| part["name"] == name && part["status"] != "ok")
}

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        skipped("mounting a tmpfs is not permitted here");
        return;
    };
    let server = Server::start(folder.path(), &["serve"], &[]);
    let area = |name: &str| json!({ "name": name });
    let (status, _) = server
        .send(Method::POST, "/api/areas", &area("Before"))
        .await;
    assert_eq!(status, 201);
    let mut ballast = std::fs::File::create(folder.path().join("ballast")).unwrap();
    while ballast.write(&[1; 4_096]).is_ok_and(|written| written > 0) {}

    // What fits into space that was there already is kept; then no more is acknowledged.
    let mut kept = vec!["Before".to_owned()];
    let refused = loop {
        let name = format!("Area {}", kept.len());
        let (status, answer) = server.send(Method::POST, "/api/areas", &area(&name)).await;
        if status != 201 {
            break (status, answer);
        }
        kept.push(name);
        assert!(kept.len() < 20_000, "the disk never became full");
    };
    assert_eq!(refused.0, 507, "{}", refused.1);
    println!(
        "{} were kept; then: {}",
        kept.len(),
        refused.1["error"]["message"]
    );
    assert!(refused.1["error"]["action"].is_string(), "{}", refused.1);
    let told = server
        .until("/health/detailed", |health| {
            ill(health, "database").is_some()
        })
        .await;
    println!("database: {}", ill(&told, "database").unwrap());
    // Requests are logged still, or it is said that lines are missing.
    let told = server
        .until("/health/detailed", |health| ill(health, "logs").is_some())
        .await;
    println!("logs: {}", ill(&told, "logs").unwrap());
    let (status, areas) = server.get("/api/areas").await;
    assert_eq!(status, 200, "what is there can be read");
    assert_eq!(areas["areas"].as_array().unwrap().len(), kept.len());

    drop(ballast);
    remove_file(folder.path().join("ballast")).unwrap();
    let well = |health: &Value| ill(health, "database").is_none() && ill(health, "logs").is_none();
    server.until("/health/detailed", well).await;
    let (status, answer) = server
        .send(Method::POST, "/api/areas", &area("After"))
        .await;
    assert_eq!(status, 201, "{answer}");
    kept.push("After".to_owned());
    let log = folder.path().join("logs/access.log");
    let before = read_to_string(&log).unwrap().lines().count();
    assert_eq!(server.get("/api/floors").await.0, 200);
    server
        .until("/health", |_| {
            read_to_string(&log).unwrap().lines().count() > before
        })
        .await;
    assert_eq!(server.end(), Some(0));

    let server = Server::start(folder.path(), &["serve"], &[]);
    let (_, areas) = server.get("/api/areas").await;
    let mut names: Vec<_> = areas["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|area| area["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    kept.sort();
    assert_eq!(names, kept);
    assert_eq!(server.end(), Some(0));
}
