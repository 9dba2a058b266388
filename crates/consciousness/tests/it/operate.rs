//! The operator's lists and scripts, as typed.

use crate::support::{Server, program};
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Runs a command in the server's folder: its exit code, and what it printed.
fn run(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = program(folder, args, settings).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        output.status.code(),
        text + &String::from_utf8_lossy(&output.stderr),
    )
}

fn item<'a>(list: &'a Json, name: &str) -> &'a Json {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not on the list: {list}"))
}

#[tokio::test]
async fn the_daily_list_passes_on_a_living_house_and_fails_on_a_dead_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let settings = [("API_PORT", port.as_str())];
    let (_, printed) = run(folder.path(), &["check", "--json"], &settings);
    let list: Json = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    for name in [
        "settings",
        "server",
        "page",
        "database",
        "conversation",
        "metrics",
        "log",
    ] {
        assert_eq!(item(&list, name)["verdict"], "pass", "{list}");
    }
    assert_eq!(server.end(), Some(0));

    let (code, printed) = run(folder.path(), &["check"], &settings);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("FAIL  server"), "{printed}");
    assert!(printed.contains("consciousness serve"), "{printed}");
}

#[tokio::test]
async fn weaknesses_are_found_and_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let settings = [("API_PORT", port.as_str())];
    let (code, printed) = run(folder.path(), &["security-scan", "--json"], &settings);
    let list: Json = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    assert_eq!(code, Some(0), "a new house has no weakness: {list}");
    assert_eq!(item(&list, "files")["verdict"], "pass");
    assert_eq!(item(&list, "ports")["verdict"], "pass", "{list}");

    let database = folder.path().join("consciousness.db");
    std::fs::set_permissions(&database, PermissionsExt::from_mode(0o644)).unwrap();
    let weak = [("API_PORT", port.as_str()), ("BROKER_HOST", "0.0.0.0")];
    let (code, printed) = run(folder.path(), &["security-scan"], &weak);
    assert_eq!(code, Some(1), "{printed}");
    for found in [
        "FAIL  files",
        "chmod 600",
        "FAIL  BROKER_HOST",
        "BROKER_PASSWORD",
    ] {
        assert!(printed.contains(found), "{found}: {printed}");
    }
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_weak_password_of_a_broker_is_seen_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let key = "Qw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0XcVbNmPoIuYtR=";
    let mut settings = vec![
        ("ENCRYPTION_KEY", key),
        ("BROKER_USERNAME", "house"),
        ("MQTT_URL", "mqtt://house@127.0.0.1"),
    ];
    let put = |name: &str, password: &str, settings: &[(&str, &str)]| {
        let mut child = program(folder.path(), &["vault", "put", name], settings)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, password.as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success(), "{name}");
    };
    put("BROKER_PASSWORD", "mosquitto1\n", &settings);
    put("MQTT_PASSWORD", "hush\n", &settings);
    let (code, printed) = run(folder.path(), &["security-scan"], &settings);
    assert_eq!(code, Some(1), "{printed}");
    for found in [
        "FAIL  BROKER_PASSWORD",
        "a default that anybody tries first",
        "FAIL  MQTT_PASSWORD",
        "shorter than 8",
    ] {
        assert!(printed.contains(found), "{found}: {printed}");
    }
    assert!(
        !printed.contains("mosquitto1") && !printed.contains("hush"),
        "{printed}"
    );
    put("BROKER_PASSWORD", "7rXq-0vLm!pd2\n", &settings);
    put("MQTT_PASSWORD", "k3Wn_zz81-bTq\n", &settings);
    let (_, printed) = run(folder.path(), &["security-scan"], &settings);
    for found in ["pass  BROKER_PASSWORD", "pass  MQTT_PASSWORD"] {
        assert!(printed.contains(found), "{found}: {printed}");
    }
    let (_, listed) = run(folder.path(), &["vault", "list"], &settings);
    assert!(listed.contains("MQTT_PASSWORD: since "), "{listed}");
    // One that stands in the URL is used, and the vault's is not: so it is said.
    settings[2].1 = "mqtt://house:house2024@127.0.0.1";
    let (_, printed) = run(folder.path(), &["security-scan"], &settings);
    assert!(printed.contains("FAIL  MQTT_PASSWORD"), "{printed}");
    assert!(printed.contains("the user's name"), "{printed}");
    let (_, listed) = run(folder.path(), &["vault", "list"], &settings);
    assert!(
        listed.contains("MQTT_URL has a password of its own"),
        "{listed}"
    );
}

#[tokio::test]
async fn a_shell_can_complete_and_a_terminal_can_ask_why() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let (code, printed) = run(folder.path(), &["completions", shell], &[]);
        assert_eq!(code, Some(0));
        assert!(printed.contains("security-scan"), "{shell}: {printed}");
    }
    let server = Server::start(folder.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let settings = [("API_PORT", port.as_str())];
    let (code, printed) = run(
        folder.path(),
        &["why", "hall-light", "OnOff.on_off"],
        &settings,
    );
    assert_ne!(code, Some(0));
    assert!(printed.contains("hall-light"), "no such device: {printed}");
    let (code, printed) = run(folder.path(), &["why", "is the hall light on"], &settings);
    assert_eq!(code, Some(0), "{printed}");
    assert!(!printed.trim().is_empty());
    assert_eq!(server.end(), Some(0));
}

#[tokio::test]
async fn the_scripts_work_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let script = |name: &str| {
        let path = format!("{}/../../scripts/{name}", env!("CARGO_MANIFEST_DIR"));
        let output = std::process::Command::new(path)
            .current_dir("/")
            .env("HOUSE_FOLDER", folder.path())
            .env("CONSCIOUSNESS", env!("CARGO_BIN_EXE_consciousness"))
            .env("API_PORT", &port)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, printed) = script("security-scan.sh");
    assert_eq!(code, Some(0), "{printed}");
    let (code, printed) = script("deployment-check.sh");
    for step in ["== settings", "== is all well", "== is it safe"] {
        assert!(printed.contains(step), "{printed}");
    }
    // The machine's own disk may be fuller than the house likes; then the script says so.
    let disk_is_full = printed.contains("FAIL  disk");
    assert_eq!(code, Some(i32::from(disk_is_full)), "{printed}");
    assert_eq!(server.end(), Some(0));
    let (code, printed) = script("deployment-check.sh");
    assert_eq!(code, Some(1), "nobody answers: {printed}");
}
