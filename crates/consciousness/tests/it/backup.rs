//! `consciousness backup`, `verify-backup`, `restore` and `rollback`, as typed; and their bad days.

use crate::support::{PATIENCE, Server, has, house, program};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the program to its end.
fn run(folder: &Path, args: &[&str]) -> Output {
    program(folder, args, &[]).output().unwrap()
}

/// Runs it and gives back its exit code and all that it said.
fn said(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = run(folder, args);
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// Runs it where it must do well; what it said as JSON.
fn json(folder: &Path, args: &[&str]) -> Json {
    let output = run(folder, &[args, &["--json"]].concat());
    let (out, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{args:?}: {out}{wrong}");
    serde_json::from_str(&out).unwrap()
}

/// The file of what was backed up.
fn file(taken: &Json) -> String {
    taken["file"].as_str().unwrap().to_owned()
}

/// Count and checksum of each table but the house's own row, which each start changes.
fn tables(said: &Json) -> Vec<Json> {
    let all = said["tables"].as_array().unwrap();
    all.iter()
        .filter(|table| table["name"] != "house")
        .cloned()
        .collect()
}

fn count(said: &Json, table: &str) -> u64 {
    let all = said["tables"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == table).unwrap();
    found["rows"].as_u64().unwrap()
}

/// A folder with a house that has lived for a day, and no server.
fn lived() -> tempfile::TempDir {
    let folder = folder();
    let family = house("family");
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &family, "--past", "1"],
        &[],
    );
    assert_eq!(server.end(), Some(0));
    folder
}

#[tokio::test]
async fn a_house_is_backed_up_while_it_lives_and_comes_back_as_it_was() {
    let folder = folder();
    let family = house("family");
    let serve = ["serve", "--simulate", &family, "--past", "1"];
    let server = Server::start(folder.path(), &serve, &[]);
    server
        .until("/api/devices?limit=500", |found| {
            found["devices"]
                .as_array()
                .is_some_and(|all| all.len() > 20)
                || found.as_array().is_some_and(|all| all.len() > 20)
        })
        .await;
    let plain = json(folder.path(), &["backup"]);
    let packed = json(
        folder.path(),
        &["backup", "--compress", "--to", "elsewhere"],
    );
    assert!(file(&plain).ends_with(".json") && file(&packed).ends_with(".json.zst"));
    assert!(packed["bytes"].as_u64().unwrap() < plain["bytes"].as_u64().unwrap());
    assert!(
        count(&plain, "devices") > 20 && count(&plain, "chunks") > 0,
        "{plain}"
    );
    for taken in [&plain, &packed] {
        use std::os::unix::fs::PermissionsExt as _;
        let file = folder.path().join(file(taken));
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
        let good = json(folder.path(), &["verify-backup", file.to_str().unwrap()]);
        assert_eq!(tables(&good), tables(taken));
        if has("sha256sum") {
            let name = format!("{}.sha256", file.file_name().unwrap().to_str().unwrap());
            crate::support::shell(file.parent().unwrap(), "sha256sum", &["-c", &name]);
        }
    }
    // The newest one when none is named.
    let (code, text) = said(folder.path(), &["verify-backup"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("is good"), "{text}");
    // What the house says of it.
    let detailed = server
        .until("/health/detailed", |health| {
            let parts = health["components"].as_array();
            parts.is_some_and(|parts| {
                parts.iter().any(|part| {
                    part["name"] == "backups"
                        && part["message"]
                            .as_str()
                            .is_some_and(|said| said.contains(".json"))
                })
            })
        })
        .await;
    assert!(detailed["status"].is_string());
    let metrics = server.text("/metrics").await;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("consciousness_backup_last_success_timestamp_seconds "))
        .unwrap();
    let at: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(
        (jiff::Timestamp::now().as_second() as f64 - at).abs() < 600.0,
        "{line}"
    );

    // While the server runs nothing is restored.
    let (code, text) = said(folder.path(), &["restore", &file(&plain)]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("stop its server first"), "{text}");
    let id = server.id();
    assert!(text.contains(&id.to_string()), "{text}");
    let (status, _) = server
        .send(
            reqwest::Method::POST,
            "/api/areas",
            &serde_json::json!({"name": "Later"}),
        )
        .await;
    assert!((200..300).contains(&status), "{status}");
    assert_eq!(server.end(), Some(0));

    let restored = json(folder.path(), &["restore", &file(&plain)]);
    assert_eq!(tables(&restored), tables(&plain));
    let kept = restored["kept"].as_str().unwrap();
    assert!(kept.starts_with("memory/before-restore-"), "{kept}");
    assert!(folder.path().join(kept).join("consciousness.db").is_file());
    // And once more from the packed one: what is there is what was there.
    json(folder.path(), &["restore", &file(&packed)]);
    let again = json(folder.path(), &["backup"]);
    assert_eq!(tables(&again), tables(&packed));

    let server = Server::start(folder.path(), &["serve", "--simulate", &family], &[]);
    let (status, detailed) = server.get("/health/detailed").await;
    assert_eq!(status, 200, "{detailed}");
    let parts = detailed["components"].as_array().unwrap();
    let database = parts
        .iter()
        .find(|part| part["name"] == "database")
        .unwrap();
    assert_eq!(database["status"], "ok", "{database}");
    let (_, areas) = server.get("/api/areas").await;
    assert!(!areas.to_string().contains("Later"), "{areas}");
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn one_is_taken_when_somebody_asks() {
    let folder = folder();
    let server = Server::start(folder.path(), &["serve"], &[("BACKUP_SCHEDULE", "off")]);
    let (status, begun) = server
        .send(reqwest::Method::POST, "/api/backups", &Json::Null)
        .await;
    assert_eq!(
        (status, &begun["component"]),
        (202, &Json::from("backups")),
        "{begun}"
    );
    let said = |health: &Json| {
        let parts = health["components"].as_array().unwrap();
        let part = parts.iter().find(|part| part["name"] == "backups").unwrap();
        part["message"].as_str().unwrap_or_default().to_owned()
    };
    let look = begun["look"].as_str().unwrap();
    server
        .until(look, |health| {
            let said = said(health);
            said.contains("the newest is consciousness-") && !said.contains("being taken")
        })
        .await;
    let metrics = server.text("/metrics").await;
    let counted = "consciousness_backups_total{result=\"succeeded\"} 1";
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
    let (_, noted) = server.get("/api/security/events?kind=backup_asked").await;
    assert_eq!(noted["events"].as_array().unwrap().len(), 1, "{noted}");
    json(folder.path(), &["verify-backup"]);
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn the_server_takes_one_each_day() {
    let folder = folder();
    // The next full minute but one, so that it has not come when the server is there.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(75);
    let time = soon.strftime("%H:%M").to_string();
    let settings = [("BACKUP_SCHEDULE", time.as_str()), ("TIMEZONE", "UTC")];
    let server = Server::start(folder.path(), &["serve"], &settings);
    let said = |health: &Json| {
        let parts = health["components"].as_array().unwrap();
        let part = parts.iter().find(|part| part["name"] == "backups").unwrap();
        (
            part["status"].clone(),
            part["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let (_, health) = server.get("/health/detailed").await;
    let (status, message) = said(&health);
    assert_eq!(status, "ok", "{message}");
    assert!(
        message.contains("there is none yet") && message.contains(&time),
        "{message}"
    );
    let deadline = Instant::now() + PATIENCE * 4;
    loop {
        let (_, health) = server.get("/health/detailed").await;
        let (status, message) = said(&health);
        if message.contains(".json") {
            assert_eq!(status, "ok", "{message}");
            break;
        }
        assert!(Instant::now() < deadline, "{message}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Its file is seen before it is counted.
    let counted = "consciousness_backups_total{result=\"succeeded\"} 1";
    while !server
        .text("/metrics")
        .await
        .lines()
        .any(|line| line == counted)
    {
        assert!(Instant::now() < deadline, "it was not counted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.end(), Some(0));
    json(folder.path(), &["verify-backup"]);
    // What cannot be a time of day is told at the start.
    let output = program(
        folder.path(),
        &["serve"],
        &[("BACKUP_SCHEDULE", "at night")],
    )
    .output()
    .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("expected one such as 02:00"), "{text}");
}

#[test]
fn what_is_no_good_backup_is_refused_and_nothing_is_changed() {
    let folder = lived();
    let path = folder.path();
    let taken = json(path, &["backup"]);
    let document = std::fs::read(path.join(file(&taken))).unwrap();
    let packed = json(path, &["backup", "--compress"]);
    let packed = std::fs::read(path.join(file(&packed))).unwrap();
    let before = std::fs::read(path.join("consciousness.db")).unwrap();
    let other = path.join("other.json");
    let mut turned = document.clone();
    let place = document.len() / 2;
    turned[place] ^= 1;
    let mut packed_turned = packed.clone();
    let place = packed.len() / 2;
    packed_turned[place] ^= 4;
    let newer = String::from_utf8(document.clone()).unwrap();
    let newer = newer.replacen("\"schema_version\":", "\"schema_version\":9", 1);
    for (bytes, expected) in [
        (
            &b"{\"entities\": []}\n"[..],
            "not a backup of Consciousness",
        ),
        (b"", "not a backup of Consciousness"),
        (&before[..], "not a backup of Consciousness"),
        (&document[..document.len() - 1], "ends too early"),
        (&document[..document.len() / 3], "ends too early"),
        (&packed[..packed.len() / 2], "damaged"),
        (&turned[..], "damaged"),
        (&packed_turned[..], "damaged"),
        (newer.as_bytes(), "newer version"),
    ] {
        std::fs::write(&other, bytes).unwrap();
        for command in ["verify-backup", "restore"] {
            let (code, text) = said(path, &[command, "other.json"]);
            assert_eq!(code, Some(5), "{command}: {text}");
            assert!(text.contains(expected), "{command}, {expected}: {text}");
        }
    }
    // A good document whose checksum is another's.
    std::fs::write(&other, &document).unwrap();
    std::fs::write(
        path.join("other.json.sha256"),
        format!("{}  other.json\n", "0".repeat(64)),
    )
    .unwrap();
    for command in ["verify-backup", "restore"] {
        let (code, text) = said(path, &[command, "other.json"]);
        assert_eq!(code, Some(5), "{text}");
        assert!(text.contains("other.json.sha256"), "{text}");
    }
    let (code, text) = said(path, &["restore", "nowhere.json"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("is not there"), "{text}");
    let after = std::fs::read(path.join("consciousness.db")).unwrap();
    assert!(before == after, "the house is as it was");
    assert!(!path.join("consciousness.db.restoring").exists());
    let kept = std::fs::read_dir(path.join("memory")).unwrap().count();
    assert_eq!(kept, 1, "only the backups");
}

#[test]
fn a_backup_that_cannot_be_written_leaves_nothing_behind() {
    let folder = folder();
    let path = folder.path();
    let (code, text) = said(path, &["backup"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("is not there"), "{text}");
    assert!(!path.join("consciousness.db").exists());
    let (code, text) = said(path, &["verify-backup"]);
    assert_eq!(code, Some(5), "{text}");
    let (code, text) = said(path, &["rollback"]);
    assert_eq!(code, Some(5), "{text}");
    let (code, text) = said(path, &["backup", "--keep", "0"]);
    assert_eq!(code, Some(2), "{text}");

    let folder = lived();
    let path = folder.path();
    std::fs::write(path.join("file"), "").unwrap();
    let (code, text) = said(path, &["backup", "--to", "file/folder"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("file/folder cannot be made"), "{text}");
    // No file may be larger than this: the disk is full in the middle.
    let limited = |args: &str, blocks: u32| {
        let line = format!(
            "ulimit -f {blocks}; trap '' XFSZ; exec {} {args}",
            env!("CARGO_BIN_EXE_consciousness")
        );
        let output = Command::new("bash")
            .args(["-c", &line])
            .current_dir(path)
            .env_clear()
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let (code, text) = limited("backup", 200);
    assert_eq!(code, Some(1), "{text}");
    let left = |folder: &str| {
        let entries = std::fs::read_dir(path.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".lock").collect::<Vec<_>>()
    };
    assert_eq!(left("memory/backups"), Vec::<String>::new(), "{text}");
    let taken = json(path, &["backup"]);
    let before = std::fs::read(path.join("consciousness.db")).unwrap();
    let (code, text) = limited(&format!("restore {}", file(&taken)), 200);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("the house is as it was"), "{text}");
    let (code, text) = limited(&format!("verify-backup {}", file(&taken)), 200);
    assert_eq!(code, Some(1), "{text}");
    assert!(before == std::fs::read(path.join("consciousness.db")).unwrap());
    assert_eq!(left("memory"), ["backups"]);
    assert_eq!(
        left("memory/backups").len(),
        2,
        "a document and its checksum"
    );
    let restoring = left(".")
        .into_iter()
        .filter(|name| name.contains("restoring"));
    assert_eq!(restoring.count(), 0);
}

/// A file system of a quarter of a megabyte. `None` where this machine does not let us have one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(&at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_is_told_and_the_house_stays() {
    let folder = lived();
    let path = folder.path();
    let Some(disk) = SmallDisk::mount(path.join("small")) else {
        println!("SKIPPED: mounting a tmpfs is not permitted here");
        return;
    };
    let (code, text) = said(path, &["backup", "--to", "small/backups"]);
    assert_eq!(code, Some(1), "{text}");
    let left = std::fs::read_dir(disk.0.join("backups")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".lock"], "nothing of it stays: {text}");
    let taken = json(path, &["backup"]);
    let database = disk.0.join("house.db");
    let url = format!("sqlite://{}", database.display());
    let output = program(path, &["restore", &file(&taken)], &[("DATABASE_URL", &url)])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("free some space"), "{text}");
    assert!(!database.exists() && !disk.0.join("house.db.restoring").exists());
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_house_or_the_new_one() {
    let folder = lived();
    let path = folder.path();
    let first = json(path, &["backup", "--compress"]);
    let server = Server::start(path, &["serve", "--simulate", &house("family")], &[]);
    assert_eq!(server.end(), Some(0));
    let second = json(path, &["backup", "--compress"]);
    assert_ne!(tables(&first), tables(&second));
    let began = Instant::now();
    json(path, &["restore", &file(&first)]);
    let whole = began.elapsed();
    let states = [tables(&first), tables(&second)];
    for kill in 0..10_u32 {
        // Between the two, back and forth, killed a little later each time.
        let wanted = if kill % 2 == 0 { &second } else { &first };
        let mut child = program(path, &["restore", &file(wanted)], &[])
            .spawn()
            .unwrap();
        let after = whole * (2 * kill + 1) / 20;
        let until = Instant::now() + after;
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(child.kill());
        child.wait().unwrap();
        let there = json(path, &["backup", "--to", "look"]);
        assert!(states.contains(&tables(&there)), "after {after:?}");
    }
    // What was left half done is brought to its end.
    json(path, &["restore", &file(&second)]);
    let there = json(path, &["backup", "--to", "look"]);
    assert_eq!(tables(&there), states[1]);
    let names = |folder: &str| {
        let entries = std::fs::read_dir(path.join(folder)).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let left = [names("."), names("memory")].concat();
    assert!(
        !left
            .iter()
            .any(|name| name.contains("restoring") || name.ends_with(".part")),
        "{left:?}"
    );
}

#[test]
fn a_backup_that_is_killed_is_none_and_two_at_once_are_one() {
    let folder = lived();
    let path = folder.path();
    for after in [20, 60, 120] {
        let mut child = program(path, &["backup"], &[]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after));
        drop(child.kill());
        child.wait().unwrap();
        for entry in std::fs::read_dir(path.join("memory/backups"))
            .into_iter()
            .flatten()
        {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "json") {
                let (code, text) = said(path, &["verify-backup", file.to_str().unwrap()]);
                assert_eq!(code, Some(0), "what has the name of one is one: {text}");
            }
        }
    }
    // Who has the turn has it until it ends.
    std::fs::create_dir_all(path.join("turn")).unwrap();
    let mut holder = Command::new("flock")
        .args(["turn/.lock", "sleep", "60"])
        .current_dir(path)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    let (code, text) = loop {
        let found = said(path, &["backup", "--to", "turn"]);
        if found.0 == Some(6) || Instant::now() > deadline {
            break found;
        }
    };
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("another backup is under way"), "{text}");
}

#[test]
fn the_guides_scripts_work_from_anywhere() {
    let folder = lived();
    let path = folder.path();
    // The installation: its scripts, its program, its data.
    let scripts = path.join("scripts");
    std::fs::create_dir_all(path.join("target/debug")).unwrap();
    std::fs::create_dir_all(&scripts).unwrap();
    std::os::unix::fs::symlink(
        env!("CARGO_BIN_EXE_consciousness"),
        path.join("target/debug/consciousness"),
    )
    .unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    for name in [
        "here.sh",
        "backup.sh",
        "verify-backup.sh",
        "restore.sh",
        "rollback.sh",
    ] {
        std::fs::copy(source.join(name), scripts.join(name)).unwrap();
    }
    // As cron has it: another folder, and nearly nothing in the environment.
    let away = tempfile::tempdir().unwrap();
    let script = |name: &str, args: &[&str]| {
        let output = Command::new(scripts.join(name))
            .args(args)
            .current_dir(away.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let (code, text) = script("backup.sh", &[]);
    assert_eq!(code, Some(0), "{text}");
    let sets = std::fs::read_dir(path.join("memory/backups")).unwrap();
    let set = sets
        .map(|entry| entry.unwrap().path())
        .find(|file| file.extension().is_some_and(|ending| ending == "json"))
        .unwrap();
    let (code, text) = script("verify-backup.sh", &[]);
    assert_eq!((code, text.contains("is good")), (Some(0), true), "{text}");
    std::fs::copy(&set, away.path().join("backup.json")).unwrap();
    let (code, text) = script("restore.sh", &["backup.json"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Restored"), "{text}");
    let (code, text) = script("rollback.sh", &[]);
    assert_eq!(code, Some(5), "{text}");
    std::fs::write(away.path().join("backup.json"), "{}").unwrap();
    for name in ["verify-backup.sh", "restore.sh"] {
        let (code, text) = script(name, &["backup.json"]);
        assert_eq!(code, Some(5), "{name}: {text}");
    }
    let (code, text) = script("backup.sh", &["--to", "mine", "--compress"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(away.path().join("mine").is_dir() && !path.join("mine").exists());
}

#[test]
fn a_newer_schema_keeps_a_copy_and_one_command_goes_back() {
    if !has("sqlite3") {
        return;
    }
    let folder = lived();
    let path = folder.path();
    let sql = |file: &str, sql: &str| crate::support::shell(path, "sqlite3", &[file, sql]);
    // What the version before the last would have left. It has no copy of the household's choices.
    let newest: i64 = sql(
        "consciousness.db",
        "SELECT max(version) FROM _sqlx_migrations",
    )
    .trim()
    .parse()
    .unwrap();
    let devices = sql("consciousness.db", "SELECT count(*) FROM devices");
    let taken = json(path, &["backup"]);
    let older = older_house(path);
    let server = Server::start(path, &["serve"], &[("DATABASE_URL", "sqlite://older.db")]);
    assert_eq!(server.end(), Some(0));
    let copies: Vec<_> = std::fs::read_dir(path.join("memory/backups"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("before-schema-") && name.ends_with(".db"))
        .collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(
        sql("older.db", "SELECT max(version) FROM _sqlx_migrations").trim(),
        newest.to_string()
    );
    let back = program(
        path,
        &["rollback", "--json"],
        &[("DATABASE_URL", "sqlite://older.db")],
    )
    .output()
    .unwrap();
    assert!(
        back.status.success(),
        "{}",
        String::from_utf8_lossy(&back.stderr)
    );
    let back: Json = serde_json::from_slice(&back.stdout).unwrap();
    assert_eq!(
        (back["schema_version"].as_i64(), back["was"].as_i64()),
        (Some(older), Some(newest))
    );
    assert_eq!(
        sql("older.db", "SELECT max(version) FROM _sqlx_migrations").trim(),
        older.to_string()
    );
    let kept = back["kept"].as_str().unwrap();
    let there = sql(
        &format!("{kept}/older.db"),
        "SELECT max(version) FROM _sqlx_migrations",
    );
    assert_eq!(there.trim(), newest.to_string(), "what was there is kept");
    // There is nothing more to go back from.
    let again = program(
        path,
        &["rollback"],
        &[("DATABASE_URL", "sqlite://older.db")],
    )
    .output()
    .unwrap();
    assert_eq!(again.status.code(), Some(5));
    // The other house was not touched.
    assert_eq!(
        sql("consciousness.db", "SELECT count(*) FROM devices"),
        devices
    );
    json(path, &["verify-backup", &file(&taken)]);
}

/// A house of the first schema, as sqlx made it then; which schema that is.
fn older_house(path: &Path) -> i64 {
    let migration =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/migrations/0001_house.sql");
    let schema = std::fs::read_to_string(migration).unwrap();
    let copied = crate::support::shell(
        path,
        "sqlite3",
        &[
            "consciousness.db",
            "SELECT 'INSERT INTO _sqlx_migrations VALUES (' || version || ',' || quote(description) || ',' || \
             quote(installed_on) || ',1,' || quote(checksum) || ',1);' FROM _sqlx_migrations WHERE version = 1; \
             SELECT sql || ';' FROM sqlite_schema WHERE name = '_sqlx_migrations';",
        ],
    );
    let (row, table) = copied.split_once('\n').unwrap();
    let house = "INSERT INTO house (uuid, epoch, clean, created_at) VALUES ('018f4e3a-0000-7000-8000-00000000000a', 1, 1, 1);";
    let all = format!("{schema}\n{table}\n{row}\n{house}");
    std::fs::write(path.join("older.sql"), all).unwrap();
    crate::support::shell(path, "sqlite3", &["older.db", ".read older.sql"]);
    1
}
