//! Connections that are slow, many or wrong, against the real program: others are answered meanwhile, and nothing
//! of it stays behind.

use crate::support::{PATIENCE, Server};
use std::fs::read_dir;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How soon somebody else must be answered meanwhile; the machine may be busy.
const SOON: Duration = Duration::from_secs(10);

fn address(server: &Server) -> SocketAddr {
    server.url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// After so long nothing more is expected to be said.
const QUIET: Duration = Duration::from_secs(3);

/// The open descriptors of the program.
fn descriptors(server: &Server) -> usize {
    read_dir(format!("/proc/{}/fd", server.id()))
        .unwrap()
        .count()
}

/// Waits until the program has no more descriptors open than before, and a few for what it does by itself.
async fn none_stay(server: &Server, before: usize) {
    let deadline = Instant::now() + PATIENCE;
    while descriptors(server) > before + 8 {
        assert!(
            Instant::now() < deadline,
            "{} are open, {before} were before",
            descriptors(server)
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Somebody new asks how it is.
async fn is_well(at: SocketAddr) {
    let asked = async {
        let mut stream = TcpStream::connect(at).await?;
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = timeout(SOON, asked).await.expect("nobody answers").unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"status\":\"ok\""),
        "{answer}"
    );
}

/// Sends bytes and gives what is answered, until the other side ends it or has said all that it has to say.
async fn tell(at: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    // The other side may end it before all is said.
    drop(stream.write_all(bytes).await);
    let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let patience = if answer.is_empty() { PATIENCE } else { QUIET };
        match timeout(patience, stream.read(&mut piece)).await {
            Ok(Ok(length)) if length > 0 => answer.extend_from_slice(&piece[..length]),
            // It is over, by a reset or in order.
            Ok(_) => break,
            Err(_) => {
                assert!(!answer.is_empty(), "the connection is held open");
                break;
            }
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of the answers on one connection.
fn statuses(answer: &str) -> Vec<&str> {
    answer
        .match_indices("HTTP/1.1 ")
        .filter_map(|(at, _)| answer.get(at + 9..at + 12))
        .collect()
}

#[tokio::test]
async fn what_is_no_proper_request_is_refused_and_the_house_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let at = address(&server);
    is_well(at).await;
    let before = descriptors(&server);
    let post = "POST /api/areas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let hidden = "DELETE /api/areas/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let big = "x".repeat(1024 * 1024);
    let zeros = "0".repeat(70_000);
    let refused = [
        ("HTTP/0.9", "GET /health\r\n\r\n".to_owned()),
        (
            "the preface of HTTP/2",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}"
                .to_owned(),
        ),
        (
            "TLS",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}".to_owned(),
        ),
        (
            "a NUL in the path",
            "GET /api/\u{0}areas HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        ),
        (
            "a NUL in a header",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\u{0}b\r\n\r\n".to_owned(),
        ),
        (
            "a header with a blank before its colon",
            "GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n".to_owned(),
        ),
        (
            "a folded header",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n".to_owned(),
        ),
        (
            "a huge head",
            format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX: {big}\r\n\r\n"),
        ),
        (
            "a huge target",
            format!("GET /{big} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ),
        (
            "a thousand headers",
            format!(
                "GET /health HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                "X: 1\r\n".repeat(1_000)
            ),
        ),
        (
            "a huge body",
            format!("{post}Content-Length: 1048576\r\n\r\n{big}"),
        ),
        (
            "a length that is none",
            format!("{post}Content-Length: -1\r\n\r\n{hidden}"),
        ),
        (
            "a length with a sign",
            format!("{post}Content-Length: +2\r\n\r\n{{}}{hidden}"),
        ),
        (
            "a length beyond numbers",
            format!("{post}Content-Length: 99999999999999999999999\r\n\r\n{hidden}"),
        ),
        (
            "two lengths",
            format!("{post}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{{}}{hidden}"),
        ),
        (
            "two lengths in one",
            format!("{post}Content-Length: 2, 60\r\n\r\n{{}}{hidden}"),
        ),
        (
            "an encoding that is not known",
            format!("{post}Transfer-Encoding: xchunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "chunked, but not last",
            format!(
                "{post}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "a chunk that says no size",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "a chunk beyond numbers",
            format!(
                "{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "a chunk longer than it says",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}xx\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "a chunk that never ends",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nff\r\n{{}}"),
        ),
        (
            "an endless extension of a chunk",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n2;{big}\r\n{{}}\r\n0\r\n\r\n"),
        ),
        (
            "a chunk size of many zeros",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n{zeros}2\r\n{{}}\r\n0\r\n\r\n"),
        ),
        (
            "a body that is cut off",
            format!("{post}Content-Length: 100\r\n\r\n{{\"na"),
        ),
        ("no host", "GET /api/areas HTTP/1.1\r\n\r\n".to_owned()),
        (
            "two hosts",
            "GET /api/areas HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n".to_owned(),
        ),
        (
            "a target elsewhere",
            "GET http://evil.example/api/areas HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        ),
        (
            "a tunnel",
            "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n".to_owned(),
        ),
        (
            "a method of its own",
            "HACK /api/areas HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        ),
        (
            "rubbish",
            "\u{1}\u{2}\u{3}\r\n\r\n\r\n\r\nxyz\r\n".repeat(100),
        ),
    ];
    // What a smuggled request would remove.
    let hidden_area = serde_json::json!({"name": "hidden"});
    let (status, added) = server
        .send(reqwest::Method::POST, "/api/areas", &hidden_area)
        .await;
    assert_eq!(
        (status, added["slug"].as_str()),
        (201, Some("hidden")),
        "{added}"
    );
    for (what, request) in &refused {
        let answer = tell(at, request.as_bytes()).await;
        let statuses = statuses(&answer);
        // An HTTP/0.9 answer would be a body without a head.
        assert!(
            answer.is_empty() || !statuses.is_empty(),
            "{what}: {answer}"
        );
        assert!(
            statuses.iter().all(|status| status.starts_with('4')),
            "{what}: {answer}"
        );
        assert!(
            statuses.len() <= 1,
            "{what}: more was read than was one request: {answer}"
        );
        is_well(at).await;
    }
    // Both a length and chunks: the chunks count, and nothing after it is taken for a request.
    let both = format!(
        "{post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}"
    );
    let answer = tell(at, both.as_bytes()).await;
    assert!(
        statuses(&answer).len() <= 1 && !answer.contains("HTTP/1.1 2"),
        "{answer}"
    );
    // A good request with rubbish behind it is answered, and then it is over.
    let piped = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n\u{1}\u{2}rubbish\r\n\r\n";
    let answer = tell(at, piped.as_bytes()).await;
    let seen = statuses(&answer);
    assert!(
        seen.first() == Some(&"200") && seen[1..].iter().all(|it| it.starts_with('4')),
        "{answer}"
    );
    // Many in one breath are each answered.
    let many = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let answer = tell(at, many.as_bytes()).await;
    assert_eq!(statuses(&answer), vec!["200"; 200]);
    let (status, _) = server.get("/api/areas/hidden").await;
    assert_eq!(status, 200, "a hidden request was carried out");
    none_stay(&server, before).await;
    assert_eq!(server.end(), Some(0));
}

/// As many connections as this process may hold, up to ten thousand.
fn crowd() -> usize {
    let id = std::process::id().to_string();
    // Its own soft limit is often a thousand; up to the hard one it may help itself.
    let raised = std::process::Command::new("prlimit")
        .args(["--pid", &id, "--nofile=20000"])
        .status();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let soft: usize = line.split_whitespace().nth(3).unwrap().parse().unwrap();
    if soft < 11_000 {
        println!(
            "only {soft} descriptors may be open here ({raised:?}); fewer connections are tried"
        );
    }
    soft.saturating_sub(500).min(10_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_slow_connections_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["serve"], &[]);
    let at = address(&server);
    is_well(at).await;
    let before = descriptors(&server);
    let all = crowd();
    let mut slow = Vec::new();
    for number in 0..all {
        let mut stream = timeout(PATIENCE, TcpStream::connect(at))
            .await
            .expect("nobody is let in")
            .unwrap();
        // Some say nothing, some begin and never end, some ask and read nothing, some stop within a body.
        let begun: &[u8] = match number % 4 {
            0 => b"",
            1 => b"GET /health HTTP/1.1\r\nHost: local",
            2 => b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
            _ => b"POST /api/areas HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 1.2.3.4\r\nContent-Length: 90\r\n\r\n{",
        };
        drop(stream.write_all(begun).await);
        slow.push(stream);
        if number % 1_000 == 999 {
            is_well(at).await;
        }
    }
    // A byte now and then does not keep a place either.
    for _ in 0..5 {
        for stream in &mut slow {
            drop(stream.try_write(b"a"));
        }
        is_well(at).await;
        assert!(
            descriptors(&server) < before + 600,
            "{} are open",
            descriptors(&server)
        );
    }
    println!(
        "{all} connections; {} descriptors were open, {before} before",
        descriptors(&server)
    );
    drop(slow);
    none_stay(&server, before).await;
    is_well(at).await;
    assert_eq!(server.end(), Some(0));
}
