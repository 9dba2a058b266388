//! Requests to one host inside.

use crate::server::{Manner, Server};
use outbound::{Fault, Limits, Outbound};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn host() -> Outbound {
    Outbound::on_host(HERE).unwrap()
}

/// With less patience, so that the tests need little.
fn hasty() -> Outbound {
    host().with_limits(Limits {
        time: Duration::from_millis(500),
        ..Limits::INSIDE
    })
}

#[tokio::test]
async fn a_description_is_fetched() {
    let server = Server::start(Manner::page("<root/>")).await;
    let answer = host().get(&server.url("/description.xml")).await.unwrap();
    assert_eq!(answer.body, b"<root/>");
    assert_eq!(answer.content_type.as_deref(), Some("text/xml"));
}

#[tokio::test]
async fn only_that_host_is_asked_and_only_by_plain_http() {
    let server = Server::start(Manner::page("secret")).await;
    let port = server.address.port();
    for url in [
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://192.0.2.1:{port}/"),
    ] {
        let refused = host().get(&url).await;
        assert!(
            matches!(refused, Err(Fault::NotAllowed { .. })),
            "{url} {refused:?}"
        );
    }
    for url in [
        format!("https://127.0.0.1:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        format!("http://admin:admin@127.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
        "no address".to_owned(),
        String::new(),
    ] {
        let refused = host().get(&url).await;
        assert!(
            matches!(refused, Err(Fault::BadUrl { .. })),
            "{url} {refused:?}"
        );
    }
    assert_eq!(server.asked(), 0, "nobody was asked");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let secret = Server::start(Manner::page("secret")).await;
    let server = Server::start(Manner::redirect(&secret.url("/"))).await;
    let refused = host().get(&server.url("/")).await;
    let Err(Fault::Redirected { to, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(to, secret.url("/"));
    let itself = Server::start(Manner::redirect("/elsewhere")).await;
    let refused = host().get(&itself.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::Redirected { .. })),
        "{refused:?}"
    );
    assert_eq!((secret.asked(), itself.asked()), (0, 1));
}

#[tokio::test]
async fn an_answer_has_a_size() {
    let huge = Server::start(Manner::Endless).await;
    let refused = host().get(&huge.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::TooLarge { most: 262_144, .. })),
        "{refused:?}"
    );
    // One that says so in advance is not even read.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    let honest = Server::start(Manner::Bytes(head.into())).await;
    let refused = host().get(&honest.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::TooLarge { .. })),
        "{refused:?}"
    );
    let just = Server::start(Manner::page(&"x".repeat(256 * 1024))).await;
    assert_eq!(
        host().get(&just.url("/")).await.unwrap().body.len(),
        262_144
    );
}

#[tokio::test]
async fn a_request_has_a_time_even_where_it_drips() {
    for manner in [Manner::Silent, Manner::Drip] {
        let server = Server::start(manner).await;
        let began = Instant::now();
        let refused = hasty().get(&server.url("/")).await;
        assert!(matches!(refused, Err(Fault::TooSlow { .. })), "{refused:?}");
        assert!(began.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn nonsense_and_refusals_are_told() {
    let nonsense = Server::start(Manner::Bytes(b"\x00\xff nonsense\r\n\r\n".to_vec())).await;
    let refused = host().get(&nonsense.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::Unreachable { .. })),
        "{refused:?}"
    );
    let header = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(2_000_000));
    let header = Server::start(Manner::Bytes(header.into())).await;
    let refused = host().get(&header.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::Unreachable { .. })),
        "{refused:?}"
    );
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let missing = Server::start(Manner::Bytes(missing.into())).await;
    let refused = host().get(&missing.url("/")).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "127.0.0.1 answers with status 404"
    );
    let gone = missing.url("/");
    drop(missing);
    // The port is free again as soon as the server's task has ended.
    while tokio::net::TcpStream::connect(gone.trim_start_matches("http://").trim_end_matches('/'))
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    let refused = host().get(&gone).await;
    assert!(
        matches!(refused, Err(Fault::Unreachable { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn only_a_few_are_asked_at_a_time() {
    let server = Server::start(Manner::Drip).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let url = server.url("/");
        all.spawn(async move { hasty().get(&url).await });
    }
    while let Some(answer) = all.join_next().await {
        let answer = answer.unwrap();
        assert!(
            matches!(answer, Err(Fault::TooSlow { .. } | Fault::Busy { .. })),
            "{answer:?}"
        );
    }
    // A connection ends a moment after its request: two rounds may overlap.
    let most = server.most_at_a_time();
    assert!((1..=16).contains(&most), "{most} at a time");
}
