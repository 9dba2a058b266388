//! MCP as a reference client speaks it, over HTTP and over standard input and output.

use crate::messages::skipped;
use crate::support::{Server, house};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// What the reference client of the project Model Context Protocol saw; `None` where it is not installed.
fn seen(server: &[&str]) -> Option<Value> {
    told("client.py", server)
}

/// What a script of it told.
fn told(script: &str, arguments: &[&str]) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/mcp");
    let python = folder.join(".venv/bin/python");
    if !python.exists() {
        skipped("the client of MCP is not installed: tests/peers/mcp/install.sh does it");
        return None;
    }
    let output = Command::new(python)
        .arg(folder.join(script))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_client_sees_the_house_by_http_and_by_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("studio")],
        &[],
    );
    server
        .until("/api/devices", |answer| {
            answer["devices"]
                .as_array()
                .is_some_and(|all| all.len() > 5)
        })
        .await;
    let url = format!("{}/mcp", server.url);
    let program = env!("CARGO_BIN_EXE_consciousness");
    let ways: [&[&str]; 2] = [&[&url], &[program, "mcp", "--url", &server.url]];
    for way in ways {
        let Some(seen) = tokio::task::block_in_place(|| seen(way)) else {
            return;
        };
        assert_eq!(seen["version"], "2026-07-28", "{seen}");
        let has = |list: &str, name: &str| {
            let mut all = seen[list].as_array().unwrap().iter();
            all.any(|it| it == name)
        };
        assert!(has("tools", "read") && has("tools", "unlock"), "{seen}");
        assert!(has("resources", "house://state"), "{seen}");
        assert!(has("templates", "house://state/{device}"), "{seen}");
        assert!(
            seen["configuration"]["devices"].as_u64().unwrap() > 5,
            "{seen}"
        );
        assert_eq!(
            seen["found"]["devices"].as_array().unwrap().len(),
            3,
            "{seen}"
        );
        assert_eq!(
            seen["refused"], true,
            "the mode of the house is for people: {seen}"
        );
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Settings of a house that asks everybody to sign in.
const PRODUCTION: [(&str, &str); 3] = [
    ("ENVIRONMENT", "production"),
    ("SECRET_KEY", "9cVbN2mQwErT5yUiOp7aSdFgH1jKlZxC+8vB/nMqWeR="),
    (
        "JWT_SECRET_KEY",
        "Qw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0XcVbNmPoIuYtR=",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_client_gets_its_access_by_oauth() {
    let folder = tempfile::tempdir().unwrap();
    let serve = ["serve", "--simulate", &house("studio")];
    let server = Server::start(folder.path(), &serve, &PRODUCTION);
    let owner = serde_json::json!({ "name": "Anna", "password": "a long password" });
    let made = http().post(format!("{}/api/auth/owner", server.url));
    assert_eq!(made.json(&owner).send().await.unwrap().status(), 201);
    let arguments = [&server.url, "Anna", "a long password"];
    let Some(told) = tokio::task::block_in_place(|| told("access.py", &arguments)) else {
        return;
    };
    let has = |list: &str, name: &str| {
        let mut all = told[list].as_array().unwrap().iter();
        all.any(|it| it == name)
    };
    assert!(has("asked", "private") && has("asked", "control"), "{told}");
    assert!(!has("asked", "manage_users"), "no tool needs it: {told}");
    assert!(
        !told["scope"].as_str().unwrap().contains("private"),
        "{told}"
    );
    assert!(has("tools", "switch") && !has("tools", "recall"), "{told}");
    assert!(told["found"]["devices"].is_array(), "{told}");
    assert!(told["again"]["devices"].is_array(), "{told}");
    assert_eq!(
        (&told["refreshed"], &told["elsewhere"]),
        (&true.into(), &401.into()),
        "{told}"
    );
}

#[tokio::test]
async fn where_programs_do_not_register_themselves_the_way_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve"],
        &[("OAUTH_REGISTRATION", "false")],
    );
    let path = "/.well-known/oauth-authorization-server";
    let metadata = server.until(path, |it| it["issuer"].is_string()).await;
    assert_eq!(metadata["registration_endpoint"], Value::Null, "{metadata}");
    let at = format!("{}/api/oauth/register", server.url);
    let new = serde_json::json!({ "redirect_uris": ["http://127.0.0.1/"] });
    let refused = http().post(at).json(&new).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("access_denied") && text.contains("OAUTH_REGISTRATION"),
        "{text}"
    );
}

#[test]
fn without_a_house_the_program_says_so() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let mut program =
        crate::support::program(folder.path(), &["mcp", "--url", "http://127.0.0.1:9"], &[]);
    let mut child = program.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let message = b"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}\n";
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["id"], 3);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no house answers"),
        "{answer}"
    );
}
