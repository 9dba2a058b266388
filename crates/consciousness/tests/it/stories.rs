//! Stories as a household plays them: with the program, and in the sample houses.

use crate::support::{Server, program};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::process::{Command, Output};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn scenario_test(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_consciousness"))
        .args(["scenario", "test"])
        .args(arguments)
        .current_dir(ROOT)
        .output()
        .unwrap()
}

#[test]
fn all_stories_are_as_they_should_be_also_those_in_the_sample_houses() {
    let output = scenario_test(&["--json", "stories"]);
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["passed"], true, "{json:#}");
    assert!(output.status.success());
}

#[test]
fn what_is_not_as_expected_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.story");
    let text = "story Wrong\n\nhouse\n    zone Europe/Amsterdam\n    time 2026-11-23 20:00\n    light lamp in Hall\n    lamp OnOff.on_off = false\n\n20:00 expect lamp OnOff.on_off = true\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let output = scenario_test(&[file]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let wanted = format!(
        "FAILED {file}: Wrong\n       {file}:9 at 2026-11-23 20:00:00\n         expected: lamp OnOff.on_off = true\n         seen:     off\n"
    );
    assert!(told.starts_with(&wanted), "{told}");

    std::fs::write(file, text.replace("light lamp", "light lump")).unwrap();
    let output = scenario_test(&["--json", file]);
    assert_eq!(output.status.code(), Some(1));
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    let fault = &json["stories"][0]["faults"][0];
    assert_eq!(fault["line"], 7);
    assert_eq!(fault["message"], "no device is called `lamp`");
    assert_eq!(fault["expected"], "one of lump");
}

#[test]
fn where_there_is_nothing_to_play_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let missing = folder.path().join("missing.story");
    for path in [empty, missing.to_str().unwrap()] {
        let output = scenario_test(&[path]);
        assert_eq!(output.status.code(), Some(2), "{path}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("expected `.story` files"), "{told}");
    }
}

#[tokio::test]
async fn scenarios_of_the_house_that_runs_are_listed_run_rehearsed_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let ask = |arguments: &[&str]| {
        let all: Vec<_> = ["scenario"].iter().chain(arguments).copied().collect();
        let output = program(folder.path(), &all, &[("API_PORT", &port)])
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, told, _) = ask(&["list"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains("vacation-mode\n    Put the house into the mode vacation"),
        "{told}"
    );

    let (code, told, _) = ask(&["rehearse", "party-mode", "guest_count=12"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("the house's mode becomes party"), "{told}");
    let (_, mode) = server.get("/api/house/mode").await;
    assert_eq!(mode["mode"], "home", "a rehearsal touches nothing");

    let (code, told, _) = ask(&[
        "run",
        "vacation-mode",
        "duration_days=2",
        "simulate_presence=false",
    ]);
    assert_eq!(code, Some(0));
    assert!(told.starts_with("vacation-mode runs ("), "{told}");
    server
        .until("/api/house/mode", |answer| answer["mode"] == "vacation")
        .await;
    let (code, told, _) = ask(&["stop", "vacation-mode"]);
    assert_eq!((code, told.as_str()), (Some(0), "1 runs were stopped\n"));

    let (code, _, told) = ask(&["run", "vacation-mode", "days=2"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("`days`") && told.contains("duration_days"),
        "{told}"
    );
    let (code, _, told) = ask(&["stop", "no/such"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("no/such") || told.contains("no such"),
        "{told}"
    );
    drop(server);
    let (code, _, told) = ask(&["list"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("no house answers at 127.0.0.1:"), "{told}");
}

#[tokio::test]
async fn a_rule_that_waits_for_the_start_of_the_house_hears_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let rule = json!({"name": "Started", "when": [{"start": true}], "then": [{"mode": "awake"}]});
    let server = Server::start(folder.path(), &["serve"], &[]);
    let (status, answer) = server
        .send(Method::POST, "/api/automation/rules", &rule)
        .await;
    assert_eq!(status, 201, "{answer}");
    server.end();
    for start in 1..=3 {
        let server = Server::start(folder.path(), &["serve"], &[]);
        let runs = "/api/automation/runs?scenario=started";
        let count = |answer: &Json| answer["runs"].as_array().map_or(0, Vec::len);
        let answer = server.until(runs, |answer| count(answer) == start).await;
        assert_eq!(
            answer["runs"][0]["trigger"], "the house started",
            "{answer}"
        );
        server
            .until("/api/house/mode", |answer| answer["mode"] == "awake")
            .await;
        server.end();
    }
}
