//! SSDP, against MiniDLNA and wicked neighbours.

use super::{
    fact,
    hostile::{Neighbour, SSDP, device},
    netns::{HOUSE, Link, WICKED, on_a_link},
    peers::{MEDIA_UUID, MiniDlna},
    searched, sighted, unsighted,
};
use crate::support::House;
use drivers::{
    Factory, Interfaces,
    conformance::{self, FinderPeer, Step},
    ssdp::{self, Settings},
};
use model::{Guess, Identity, Searched, Sighting};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PROGRAMS: &[&str] = &["minidlnad"];

fn factory() -> Factory {
    ssdp::factory(Settings {
        interfaces: Interfaces::All,
    })
}

fn is_it(sighting: &Sighting) -> bool {
    sighting.native_id == MEDIA_UUID
}

/// For the kit.
struct Bench {
    link: Link,
    server: MiniDlna,
}

impl FinderPeer for Bench {
    fn appear(&mut self) -> Step<'_> {
        Box::pin(async {
            if !self.server.is_running() {
                self.server.start();
            }
        })
    }

    fn is_it(&self, sighting: &Sighting) -> bool {
        is_it(sighting)
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            Neighbour::new(SSDP).await.garbage().await;
        })
    }

    fn vanish(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async { self.server.end() }))
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        // The far end stays up: a server of this kind does not look for its interface again.
        Some(Box::pin(async { self.link.at_house("link set vs0 down") }))
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async { self.link.at_house("link set vs0 up") })
    }
}

#[test]
fn it_conforms() {
    on_a_link("network::ssdp::it_conforms", PROGRAMS, |link| async {
        let server = MiniDlna::new(&link);
        let mut bench = Bench { link, server };
        conformance::check_finder(factory, &mut bench)
            .await
            .unwrap();
    });
}

#[test]
fn a_media_server_is_known_for_what_it_is() {
    on_a_link(
        "network::ssdp::a_media_server_is_known_for_what_it_is",
        PROGRAMS,
        |link| async move {
            let mut server = MiniDlna::new(&link);
            let mut house = House::with(factory());
            house.running().await;
            server.start();
            let thing = sighted(&mut house, "the server", is_it).await;
            assert_eq!(thing.name.as_deref(), Some("Peer media"));
            assert_eq!(thing.addresses, [IpAddr::from([10, 77, 0, 1])]);
            assert_eq!(thing.identities[0], Identity::Uuid(MEDIA_UUID.to_owned()));
            assert!(
                thing.identities.iter().any(
                    |it| matches!(it, Identity::Serial(text) if text.ends_with(":sn-4711-0815"))
                ),
                "{:?}",
                thing.identities
            );
            assert_eq!(
                fact(&thing, "device_type"),
                Some("urn:schemas-upnp-org:device:MediaServer:1")
            );
            assert_eq!(fact(&thing, "description"), None, "it was read");
            let guess = Guess::from_clues(&thing.clues);
            assert_eq!(guess.what.unwrap().value, "media server");
            server.end();
            assert_eq!(
                unsighted(&mut house, MEDIA_UUID).await,
                "it said goodbye by SSDP"
            );
            // One that dies without a word is missed by the next search.
            server.start();
            sighted(&mut house, "the server again", is_it).await;
            server.kill();
            let (_, ended) = searched(&mut house, "ssdp").await;
            assert!(matches!(ended, Searched::Completed { .. }), "{ended:?}");
            let reason = unsighted(&mut house, MEDIA_UUID).await;
            assert_eq!(reason, "it does not answer any more");
            house.end().await;
        },
    );
}

/// A server of wicked descriptions; counts who was asked for what must not be asked for.
async fn serve(address: impl Into<IpAddr>, secrets: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind((address.into(), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, Arc::clone(&secrets)));
        }
    });
    port
}

async fn answer(mut stream: TcpStream, secrets: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or("/");
    let ok = "HTTP/1.1 200 OK\r\n\r\n";
    let _ = match path {
        "/huge" => {
            let _ = stream.write_all(ok.as_bytes()).await;
            while stream.write_all(&[b'<'; 65_536]).await.is_ok() {}
            return;
        }
        "/slow" => {
            let _ = stream.write_all(ok.as_bytes()).await;
            let mut beat = tokio::time::interval(Duration::from_millis(100));
            while stream.write_all(b"<").await.is_ok() {
                beat.tick().await;
            }
            return;
        }
        "/recursive" => {
            let body = format!("{ok}<root>{}", "<device>".repeat(20_000));
            stream.write_all(body.as_bytes()).await
        }
        "/entities" => {
            let mut body = format!("{ok}<!DOCTYPE r [<!ENTITY e0 \"ha\">");
            for at in 1..30 {
                let before = at - 1;
                body += &format!("<!ENTITY e{at} \"&e{before};&e{before};\">");
            }
            body += "<!ENTITY f SYSTEM \"file:///etc/hostname\">]><root><device>\
                     <UDN>uuid:entities</UDN><friendlyName>&e29;&f;plain</friendlyName>\
                     </device></root>";
            stream.write_all(body.as_bytes()).await
        }
        "/redirect" => {
            let to = format!("http://{HOUSE}:1/secret");
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        "/secret" => {
            secrets.fetch_add(1, Ordering::SeqCst);
            stream.write_all(ok.as_bytes()).await
        }
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").await,
    };
}

#[test]
fn wicked_descriptions_are_facts_and_lead_nowhere() {
    on_a_link(
        "network::ssdp::wicked_descriptions_are_facts_and_lead_nowhere",
        &[],
        |_| async move {
            let secrets = Arc::new(AtomicUsize::new(0));
            let port = serve(WICKED, Arc::clone(&secrets)).await;
            let elsewhere = serve(HOUSE, Arc::clone(&secrets)).await;
            let mut house = House::with(factory());
            house.running().await;
            let neighbour = Neighbour::new(SSDP).await;
            let at = |path: &str| format!("http://{WICKED}:{port}/{path}");
            let cases = [
                ("huge", at("huge"), "answers with more than 262144 bytes"),
                ("slow", at("slow"), "did not answer in full within 5 s"),
                (
                    "recursive",
                    at("recursive"),
                    "its elements lie more than 16 deep",
                ),
                ("redirect", at("redirect"), "sends us on to"),
                ("missing", at("missing"), "answers with status 404"),
                (
                    "elsewhere",
                    format!("http://{HOUSE}:{elsewhere}/secret"),
                    "is not a host that may be asked",
                ),
                (
                    "named",
                    format!("http://localhost:{elsewhere}/secret"),
                    "is not a host that may be asked",
                ),
                (
                    "file",
                    "file:///etc/passwd".to_owned(),
                    "is not an address that can be asked",
                ),
                (
                    "tls",
                    format!("https://{WICKED}:{port}/secret"),
                    "http:// only",
                ),
            ];
            for (uuid, location, expected) in cases {
                neighbour.say(&device(uuid, &location)).await;
                let thing = sighted(&mut house, uuid, |it| it.native_id == uuid).await;
                let said = fact(&thing, "description").unwrap();
                assert!(
                    said.starts_with("not read: ") && said.contains(expected),
                    "{uuid}: {said}"
                );
            }
            neighbour.say(&device("entities", &at("entities"))).await;
            let thing = sighted(&mut house, "entities", |it| it.native_id == "entities").await;
            assert_eq!(thing.name.as_deref(), Some("plain"));
            assert_eq!(secrets.load(Ordering::SeqCst), 0);
            house.end().await;
        },
    );
}

#[test]
fn ten_thousand_devices_hide_nobody_else() {
    on_a_link(
        "network::ssdp::ten_thousand_devices_hide_nobody_else",
        PROGRAMS,
        |link| async move {
            let mut house = House::with(factory());
            house.running().await;
            let flood = tokio::spawn(async {
                let neighbour = Neighbour::new(SSDP).await;
                for round in 0_u32.. {
                    let uuid = format!("x{}", round % 10_000);
                    let location = format!("http://{WICKED}:9/{uuid}");
                    neighbour.say(&device(&uuid, &location)).await;
                    tokio::task::yield_now().await;
                }
            });
            sighted(&mut house, "one of the many", |it| {
                it.native_id.starts_with('x')
            })
            .await;
            let mut server = MiniDlna::new(&link);
            server.start();
            sighted(&mut house, "the server", is_it).await;
            let (seen, ended) = searched(&mut house, "ssdp").await;
            assert!(seen.iter().any(is_it), "the server answers the search");
            let Searched::Completed { found } = ended else {
                panic!("{ended:?}");
            };
            assert!(found <= 129, "{found} things of one sender");
            flood.abort();
            house.end().await;
        },
    );
}
