//! The driver network: things that a person names.

use crate::support::{House, PATIENCE, free_port, program, skipped};
use drivers::{
    Factory,
    network::{self, Settings},
};
use model::{Connectivity, Order, ReportBody};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::time::timeout;

fn factory(manual: Vec<Value>) -> Factory {
    let every = Duration::from_millis(200);
    network::factory(Settings { every }, manual)
}

/// busybox' web server; it ends with the value.
struct Web(Child);

impl Web {
    fn start(port: u16, folder: &Path) -> Option<Self> {
        if program("busybox").is_none() {
            skipped("busybox is not installed");
            return None;
        }
        let page = "<!doctype html><html><head><title>Front gate</title></head></html>";
        std::fs::write(folder.join("index.html"), page).unwrap();
        let child = Command::new("busybox")
            .args(["httpd", "-f", "-p", &format!("127.0.0.1:{port}"), "-h"])
            .arg(folder)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "httpd does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self(child))
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connectivity(house: &mut House, id: &str, wanted: Connectivity) -> String {
    house
        .until(&format!("{id} to be {wanted:?}"), |body| match body {
            ReportBody::Connectivity {
                native_id,
                connectivity,
                reason,
            } if native_id == id && *connectivity == wanted => {
                Some(reason.clone().unwrap_or_default())
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_named_thing_is_probed_and_watched() {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let Some(web) = Web::start(port, folder.path()) else {
        return;
    };
    let typed = json!({"ip": "127.0.0.1", "type": "http", "port": port});
    let id = format!("127.0.0.1:{port}");
    let mut house = House::with(factory(Vec::new()));
    house.running().await;
    // The answer comes after the announcement.
    let request = model::RequestId::new();
    house
        .tell(
            "network",
            Order::AddManual {
                request,
                description: typed.clone(),
            },
        )
        .await;
    let device = house
        .until("the thing to be announced", |body| match body {
            ReportBody::Announced(device) => Some(device.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        (device.native_id.as_str(), device.name.as_str()),
        (id.as_str(), "Front gate")
    );
    assert_eq!((device.adopt, device.manual.as_ref()), (true, Some(&typed)));
    connectivity(&mut house, &id, Connectivity::Online).await;
    house
        .until("the answer", |body| match body {
            ReportBody::OrderDone {
                request: done,
                result,
            } if *done == request => {
                assert_eq!(result.as_ref(), Ok(&id));
                Some(())
            }
            _ => None,
        })
        .await;
    drop(web);
    let reason = connectivity(&mut house, &id, Connectivity::Offline).await;
    assert!(reason.contains("refuses the connection"), "{reason}");
    let _web = Web::start(port, folder.path());
    connectivity(&mut house, &id, Connectivity::Online).await;
    house.end().await;
}

#[tokio::test]
async fn what_is_no_longer_ours_is_not_looked_at() {
    let here = (Ipv4Addr::LOCALHOST, 0);
    let (kept, gone) = (
        TcpListener::bind(here).unwrap(),
        TcpListener::bind(here).unwrap(),
    );
    let typed = |listener: &TcpListener| {
        let port = listener.local_addr().unwrap().port();
        json!({"ip": "127.0.0.1", "type": "tcp", "port": port})
    };
    let mut house = House::with(factory(Vec::new()));
    for listener in [&kept, &gone] {
        house.added("network", typed(listener)).await.unwrap();
    }
    let native_id = gone.local_addr().unwrap().to_string();
    house.tell("network", Order::Forget { native_id }).await;
    // Its answer comes after that: whoever was on the way arrives before the next look at the other.
    house.added("network", typed(&kept)).await.unwrap();
    let kept = on_tokio(kept);
    for _ in 0..4 {
        timeout(PATIENCE, kept.accept()).await.unwrap().unwrap();
    }
    gone.set_nonblocking(true).unwrap();
    while gone.accept().is_ok() {}
    for _ in 0..3 {
        timeout(PATIENCE, kept.accept()).await.unwrap().unwrap();
    }
    assert!(gone.accept().is_err(), "it is looked at still");
    house.end().await;
}

fn on_tokio(listener: TcpListener) -> tokio::net::TcpListener {
    listener.set_nonblocking(true).unwrap();
    tokio::net::TcpListener::from_std(listener).unwrap()
}

#[tokio::test]
async fn what_was_added_before_is_looked_at_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let gone = free_port();
    let manual = vec![
        json!({"ip": "127.0.0.1", "type": "tcp", "port": port}),
        json!({"host": "localhost", "type": "tcp", "port": gone}),
        json!({"nonsense": true}),
    ];
    let mut house = House::with(factory(manual));
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let next = house.until("both to be looked at", |body| match body {
            ReportBody::Connectivity {
                native_id,
                connectivity,
                ..
            } => Some((native_id.clone(), *connectivity)),
            _ => None,
        });
        seen.push(next.await);
    }
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        seen,
        [
            (format!("127.0.0.1:{port}"), Connectivity::Online),
            (format!("localhost:{gone}"), Connectivity::Offline),
        ]
    );
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_reached_is_refused_with_what_to_look_at() {
    // Something listens, and says nothing that is HTTP.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
            let _ = stream.read(&mut [0; 512]);
        }
    });
    let free = free_port();
    let mut house = House::with(factory(Vec::new()));
    house.running().await;
    for (typed, expected) in [
        (
            json!({"ip": "127.0.0.1", "type": "http", "port": free}),
            "refuses the connection",
        ),
        (
            json!({"ip": "127.0.0.1", "type": "http", "port": port}),
            "does not answer by HTTP",
        ),
        (
            json!({"host": "no-such-host.invalid", "type": "ssh"}),
            "name no-such-host.invalid",
        ),
        (
            json!({"ip": "8.8.8.8", "type": "ssh"}),
            "not in the house's own network",
        ),
        (
            json!({"ip": "127.0.0.1", "type": "toaster"}),
            "expected one of http",
        ),
    ] {
        let refused = house.added("network", typed).await.expect_err("a refusal");
        assert!(refused.contains(expected), "{refused}");
    }
    house.end().await;
}

#[tokio::test]
async fn what_the_network_found_needs_nothing_here() {
    let mut house = House::with(factory(Vec::new()));
    house.running().await;
    let found = model::DiscoveryId::new().to_string();
    house
        .tell(
            "network",
            Order::Watch {
                native_id: found.clone(),
            },
        )
        .await;
    house
        .tell("network", Order::Forget { native_id: found })
        .await;
    let wish = model::WishId::new();
    house
        .tell(
            "network",
            Order::Command(model::DriverCommand {
                wish,
                native_id: "x".to_owned(),
                endpoint: 1,
                capability: "OnOff".to_owned(),
                goal: model::Goal::Action {
                    command: "toggle".to_owned(),
                },
            }),
        )
        .await;
    house
        .until("the command to fail", |body| match body {
            ReportBody::Failed { wish: failed, .. } => (*failed == wish).then_some(()),
            _ => None,
        })
        .await;
    house.end().await;
}

#[test]
fn the_reference_has_every_type() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/discovery.md"
    );
    let page = std::fs::read_to_string(path).unwrap();
    for kind in network::TYPES {
        let port = kind
            .port
            .map_or("to be given".to_owned(), |port| port.to_string());
        let row = format!("| `{}` | {port} | {} |", kind.word, kind.kind);
        assert!(page.contains(&row), "the page lacks {row}");
    }
}
