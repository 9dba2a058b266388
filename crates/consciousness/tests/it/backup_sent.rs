//! Copies of backups in a real S3-compatible storage, and who is told how a backup went.

use crate::messages::{recorder, skipped};
use crate::support::{Server, has, program, shell};
use serde_json::Value as Json;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The storage of the project moto, which checks signatures.
struct Storage {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    said: Json,
}

impl Storage {
    fn start() -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/s3");
        let python = folder.join(".venv/bin/python");
        if !python.exists() {
            skipped("moto is not installed: tests/peers/s3/install.sh does it");
            return None;
        }
        let mut child = Command::new(python)
            .arg("-u")
            .arg(folder.join("storage.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut storage = Self {
            child,
            input,
            output,
            said: Json::Null,
        };
        storage.said = storage.line();
        Some(storage)
    }

    fn line(&mut self) -> Json {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// What is in the bucket.
    fn holds(&mut self) -> Json {
        self.input.write_all(b"\n").unwrap();
        self.line()
    }

    fn text(&self, name: &str) -> String {
        self.said[name].as_str().unwrap().to_owned()
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Takes a backup with settings: its exit code, and what it said.
fn backup(folder: &Path, settings: &[(&str, &str)]) -> (Option<i32>, Json, String) {
    let output = program(folder, &["backup", "--json"], settings)
        .output()
        .unwrap();
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap_or_default(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn house() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    assert_eq!(server.end(), Some(0));
    folder
}

#[test]
fn a_copy_arrives_whole_in_one_piece_or_in_parts() {
    let Some(mut storage) = Storage::start() else {
        return;
    };
    if !has("sqlite3") {
        return;
    }
    let folder = house();
    let url = format!(
        "{}/{}/our house",
        storage.text("url"),
        storage.text("bucket")
    );
    let (access, secret) = (storage.text("access"), storage.text("secret"));
    let settings = [
        ("BACKUP_S3_URL", url.as_str()),
        ("BACKUP_S3_REGION", "eu-central-1"),
        ("BACKUP_S3_ACCESS_KEY", access.as_str()),
        ("BACKUP_S3_SECRET_KEY", secret.as_str()),
    ];
    let (code, small, said) = backup(folder.path(), &settings);
    assert_eq!(code, Some(0), "{said}");
    // Larger than two parts.
    shell(
        folder.path(),
        "sqlite3",
        &[
            "consciousness.db",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000) \
             INSERT INTO samples SELECT 1, i * 1000003, i / 7.0, NULL FROM n",
        ],
    );
    let (code, large, said) = backup(folder.path(), &settings);
    assert_eq!(code, Some(0), "{said}");
    assert!(large["bytes"].as_u64().unwrap() > 17_000_000, "{large}");
    let holds = storage.holds();
    assert_eq!(holds["unfinished"], 0);
    assert_eq!(holds["objects"].as_object().unwrap().len(), 4, "{holds}");
    for taken in [&small, &large] {
        let file = Path::new(taken["file"].as_str().unwrap());
        let key = format!("our house/{}", file.file_name().unwrap().to_str().unwrap());
        assert_eq!(
            holds["objects"][&key]["sha256"], taken["sha256"],
            "{key}: {holds}"
        );
        assert_eq!(holds["objects"][&key]["bytes"], taken["bytes"]);
        assert!(holds["objects"][format!("{key}.sha256")].is_object());
    }

    // A wrong key: the backup is good, its copy is not there, and both are said.
    let mut wrong = settings;
    wrong[3].1 = "another";
    let (told, got) = recorder();
    let with_notice = [&wrong[..], &[("BACKUP_WEBHOOK_URL", told.as_str())]].concat();
    let (code, _, said) = backup(folder.path(), &with_notice);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("is good, but its copy could not be sent"),
        "{said}"
    );
    assert!(
        said.contains("403") && said.contains("BACKUP_S3_SECRET_KEY"),
        "{said}"
    );
    assert!(
        !said.contains("another\"") && !said.contains(&secret),
        "{said}"
    );
    let (_, _, notice) = got.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(notice["status"], "failed");
    assert!(
        notice["error"]
            .as_str()
            .unwrap()
            .contains("could not be sent")
    );
    assert_eq!(storage.holds()["objects"].as_object().unwrap().len(), 4);
    // No bucket of that name.
    let nowhere = format!("{}/nowhere", storage.text("url"));
    let mut elsewhere = settings;
    elsewhere[0].1 = &nowhere;
    let (code, _, said) = backup(folder.path(), &elsewhere);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is the bucket there?"), "{said}");
}

#[test]
fn settings_that_cannot_work_are_told_before_anything_is_done() {
    let folder = house();
    for (settings, expected) in [
        (
            vec![("BACKUP_S3_URL", "https://s3.example.com")],
            "a bucket",
        ),
        (
            vec![("BACKUP_S3_URL", "https://s3.example.com/bucket")],
            "BACKUP_S3_ACCESS_KEY",
        ),
    ] {
        let (code, _, said) = backup(folder.path(), &settings);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    assert!(!folder.path().join("memory/backups").exists());
}

#[test]
fn who_wants_to_know_is_told() {
    let folder = house();
    let (url, got) = recorder();
    let settings = [("BACKUP_WEBHOOK_URL", url.as_str())];
    let (code, taken, said) = backup(folder.path(), &settings);
    assert_eq!(code, Some(0), "{said}");
    let (_, _, notice) = got.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(
        (&notice["kind"], &notice["status"]),
        (&"backup".into(), &"succeeded".into())
    );
    for field in ["file", "sha256", "bytes", "rows"] {
        assert_eq!(notice[field], taken[field]);
    }
    std::fs::remove_file(folder.path().join("consciousness.db")).unwrap();
    let (code, _, _) = backup(folder.path(), &settings);
    assert_eq!(code, Some(1));
    let (_, _, notice) = got.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(notice["status"], "failed");
    assert!(
        notice["error"].as_str().unwrap().contains("is not there"),
        "{notice}"
    );
    // Nobody there to be told changes nothing.
    let folder = house();
    let (code, _, said) = backup(
        folder.path(),
        &[("BACKUP_WEBHOOK_URL", "http://127.0.0.1:9/")],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("was not posted"), "{said}");
}
