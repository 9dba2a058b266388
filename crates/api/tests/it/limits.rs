//! Slow, greedy and many clients, and the orderly end.

use crate::support::{served, served_with};
use api::Limits;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn quick() -> Limits {
    Limits {
        head_within: Duration::from_millis(200),
        body_pause: Duration::from_millis(200),
        write_pause: Duration::from_millis(300),
        drain: Duration::from_secs(2),
        ..Limits::default()
    }
}

/// Reads until the other side ends it, within a time.
async fn ends(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await;
    // A reset is an end too.
    let _ = read.expect("the connection was held open");
    bytes
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_off() {
    let house = served_with(quick(), "127.0.0.1:0").await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    slow.write_all(b"GET /api/house HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    ends(&mut slow).await;
    // Nor does it help to send nothing at all.
    let mut silent = TcpStream::connect(house.address).await.unwrap();
    ends(&mut silent).await;
    house.end().await;
}

#[tokio::test]
async fn a_body_that_stops_is_refused() {
    let house = served_with(quick(), "127.0.0.1:0").await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    let head = "POST /api/areas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"na";
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = ends(&mut slow).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("body_unreadable"),
        "{answer}"
    );
    house.end().await;
}

#[tokio::test]
async fn nonsense_and_huge_heads_are_refused() {
    let house = served_with(quick(), "127.0.0.1:0").await;
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: {}\r\n\r\n",
        "x".repeat(200 * 1024)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
        "X-A: 1\r\n".repeat(500)
    );
    for head in [
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        &huge,
        &many,
    ] {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        // The server may have ended it before all was written.
        let _ = stream.write_all(head.as_bytes()).await;
        let answer = ends(&mut stream).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    assert_eq!(house.get("/health").await["version"], "0.0.1");
    house.end().await;
}

#[tokio::test]
async fn who_never_reads_is_given_up() {
    let house = served_with(quick(), "127.0.0.1:0").await;
    let mut greedy = TcpStream::connect(house.address).await.unwrap();
    // Far more answers than the buffers between the two hold.
    let asked = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(40);
    greedy.write_all(asked.as_bytes()).await.unwrap();
    let started = Instant::now();
    let mut bytes = [0; 1];
    // The server's end is noticed by writing: reading would be what it waits for.
    loop {
        if greedy.write_all(b"GET / HTTP/1.1\r\n").await.is_err() {
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "the connection was held"
        );
        tokio::task::yield_now().await;
    }
    let _ = greedy.read(&mut bytes).await;
    house.end().await;
}

#[tokio::test]
async fn too_many_connections_wait_and_are_served_when_others_end() {
    let limits = Limits {
        connections: 2,
        head_within: Duration::from_secs(1),
        ..quick()
    };
    let house = served_with(limits, "127.0.0.1:0").await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(TcpStream::connect(house.address).await.unwrap());
    }
    // The silent ones are cut off one after the other; then it is this one's turn.
    let answer = tokio::time::timeout(Duration::from_secs(20), house.get("/health")).await;
    assert_eq!(answer.unwrap()["version"], "0.0.1");
    drop(idle);
    house.end().await;
}

#[tokio::test]
async fn health_answers_while_a_part_hangs() {
    let house = served().await;
    let (every, within) = (Duration::from_secs(60), Duration::from_millis(100));
    house
        .health
        .probe("stuck", true, every, within, std::future::pending);
    let detailed = tokio::spawn(house.client.get(house.url("/health/detailed")).send());
    let mut times = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        let (_, body) = house.ask(Method::GET, "/health", None).await;
        times.push(started.elapsed());
        assert_eq!(body["version"], "0.0.1");
    }
    times.sort();
    // The machine may be busy with other tests; the middle is what counts.
    assert!(times[25] < Duration::from_millis(50), "{:?}", times[25]);
    assert_eq!(detailed.await.unwrap().unwrap().status(), 503);
    house.end().await;
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_under_way() {
    let house = served_with(
        Limits {
            drain: Duration::from_secs(20),
            ..Limits::default()
        },
        "127.0.0.1:0",
    )
    .await;
    let on = json!({"capability": "OnOff", "command": "on"});
    let asked = house
        .client
        .post(house.url("/api/devices/silent_lamp/commands?wait=settled"))
        .json(&on)
        .send();
    let under_way = tokio::spawn(asked);
    house.until(|s| s.pending_wishes() == 1).await;
    house.stop.cancel();
    // The wish times out on its own; its request is answered although the server is on its way out.
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.status(), 504);
    assert!(answer.text().await.unwrap().contains("wish_timed_out"));
    assert!(
        TcpStream::connect(house.address).await.is_err(),
        "nobody new is let in"
    );
    house.end().await;
}

#[tokio::test]
async fn what_waits_for_ever_is_cut_off_at_the_end() {
    let limits = Limits {
        drain: Duration::from_millis(200),
        ..Limits::default()
    };
    let house = served_with(limits, "127.0.0.1:0").await;
    let on = json!({"capability": "OnOff", "command": "on"});
    let asked = house
        .client
        .post(house.url("/api/devices/silent_lamp/commands?wait=settled"))
        .json(&on)
        .send();
    let under_way = tokio::spawn(asked);
    house.until(|s| s.pending_wishes() == 1).await;
    let started = Instant::now();
    house.end().await;
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!(under_way.await.unwrap().is_err());
}
