//! The API against its own description, as schemathesis understands it: no failure of the server, no status, content
//! type or form that the description does not have, with rights and without.

use crate::messages::skipped;
use crate::support::{Server, house, lines_of};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is checked. That whatever the description forbids is refused, and whatever it allows is taken, is not:
/// much is judged by what is in the house.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// How long one run may take; the machine may be busy.
const LONGEST: Duration = Duration::from_secs(300);

/// Runs it: each kind of value once for each place that takes one, or, with `SCHEMATHESIS_EXAMPLES`, so many chosen
/// at random for each operation as well, others with another `SCHEMATHESIS_SEED`.
fn explore(program: &Path, server: (&str, &str), headers: &[&str]) {
    let (url, document) = server;
    let seed = std::env::var("SCHEMATHESIS_SEED").unwrap_or_else(|_| "1".to_owned());
    let examples = std::env::var("SCHEMATHESIS_EXAMPLES").ok();
    let phases = if examples.is_some() {
        "coverage,fuzzing"
    } else {
        "coverage"
    };
    let examples = examples.as_deref().unwrap_or("1");
    // Who has no rights cannot read the description there.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("openapi.json"), document).unwrap();
    let mut command = Command::new(program);
    command.args([
        "run",
        "openapi.json",
        "--url",
        url,
        "--phases",
        phases,
        "--checks",
        CHECKS,
    ]);
    command.args([
        "--max-examples",
        examples,
        "--seed",
        &seed,
        "--no-shrink",
        "--continue-on-failure",
    ]);
    command.args([
        "--generation-database",
        "none",
        "--warnings",
        "off",
        "--suppress-health-check",
        "all",
    ]);
    command.args(["--request-timeout", "60", "--no-color"]);
    // A socket is another protocol; a search takes half a minute.
    for path in ["/api/live", "/api/discovery/scan"] {
        command.args(["--exclude-path", path]);
    }
    for header in headers {
        command.args(["--header", header]);
    }
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    let deadline = Instant::now() + LONGEST;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let said = lines.iter().collect::<Vec<_>>().join("\n");
    let status = status.unwrap_or_else(|| panic!("it took longer than {LONGEST:?}:\n{said}"));
    assert!(status.success(), "{headers:?}: {status}\n{said}");
    let counted = said
        .lines()
        .find(|line| line.contains(" generated, "))
        .unwrap_or_else(|| panic!("{said}"));
    println!("{headers:?}: {}", counted.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_as_it_describes_itself() {
    let peer = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/schemathesis");
    let program = peer.join(".venv/bin/schemathesis");
    if !program.exists() {
        skipped("schemathesis is not installed: tests/peers/schemathesis/install.sh does it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        // Whatever is tried, nobody outside is asked.
        &[("GEOCODER_URL", "off")],
    );
    let many = |answer: &serde_json::Value| {
        answer["devices"]
            .as_array()
            .is_some_and(|all| all.len() > 20)
    };
    server.until("/api/devices", many).await;
    let (url, document) = (server.url.clone(), server.text("/openapi.json").await);
    tokio::task::spawn_blocking(move || {
        explore(&program, (&url, &document), &["X-Forwarded-For: 192.0.2.1"]);
        explore(&program, (&url, &document), &[]);
    })
    .await
    .unwrap();
    let (status, _) = server.get("/health").await;
    assert_eq!(status, 200);
    assert_eq!(server.end(), Some(0));
}
