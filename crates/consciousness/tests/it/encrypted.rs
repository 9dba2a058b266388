//! TLS of the server's own, with certificates of the real `openssl`.

use crate::support::{PATIENCE, Server, has, program, shell};
use std::path::Path;
use std::time::Instant;

/// Makes a certificate for localhost with its key.
fn certificate(folder: &Path, name: &str) {
    shell(
        folder,
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ],
    );
}

/// Whose certificate the server shows.
fn shown(folder: &Path, server: &Server) -> String {
    let place = server.url.trim_start_matches("https://");
    shell(
        folder,
        "sh",
        &[
            "-c",
            &format!(
                "openssl s_client -connect {place} </dev/null 2>/dev/null | openssl x509 -noout -subject"
            ),
        ],
    )
}

#[tokio::test]
async fn a_certificate_is_replaced_while_the_house_is_served() {
    if !has("openssl") || !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["old", "new"] {
        certificate(folder.path(), name);
    }
    let copy = |from: &str| {
        for (ending, to) in [("pem", "live.pem"), ("key", "live.key")] {
            std::fs::copy(
                folder.path().join(format!("{from}.{ending}")),
                folder.path().join(to),
            )
            .unwrap();
        }
    };
    copy("old");
    let server = Server::start(
        folder.path(),
        &["serve"],
        &[("TLS_CERT", "live.pem"), ("TLS_KEY", "live.key")],
    );
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let health = format!("{}/health", server.url);
    let curl = |ca: &str| {
        shell(
            folder.path(),
            "curl",
            &["-sS", "-D", "-", "--cacert", ca, &health],
        )
    };
    let answer = curl("old.pem");
    assert!(answer.contains("\"status\":\"ok\""), "{answer}");
    assert!(
        answer.to_lowercase().contains("strict-transport-security"),
        "{answer}"
    );

    copy("new");
    shell(Path::new("/"), "kill", &["-HUP", &server.id().to_string()]);
    let deadline = Instant::now() + PATIENCE;
    while !shown(folder.path(), &server).contains("new") {
        assert!(
            Instant::now() < deadline,
            "the new certificate is never shown"
        );
    }
    assert!(curl("new.pem").contains("\"status\":\"ok\""));

    // Rubbish in its place: the last good one stays.
    std::fs::write(folder.path().join("live.pem"), "no certificate").unwrap();
    shell(Path::new("/"), "kill", &["-HUP", &server.id().to_string()]);
    let log = folder.path().join("logs/consciousness.log");
    let told = || {
        std::fs::read_to_string(&log)
            .unwrap()
            .contains("the old one stays")
    };
    while !told() {
        assert!(Instant::now() < deadline, "the fault is never told");
    }
    assert!(curl("new.pem").contains("\"status\":\"ok\""));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn what_cannot_be_a_certificate_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.pem"), "no certificate").unwrap();
    for (settings, word) in [
        (vec![("TLS_CERT", "x.pem")], "TLS_KEY"),
        (
            vec![("TLS_CERT", "x.pem"), ("TLS_KEY", "x.pem")],
            "fullchain.pem",
        ),
        (
            vec![("TLS_CERT", "none.pem"), ("TLS_KEY", "x.pem")],
            "none.pem",
        ),
    ] {
        let output = program(folder.path(), &["serve"], &settings)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(said.contains(word), "{word}: {said}");
    }
}
