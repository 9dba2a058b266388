//! mDNS, against Avahi.

use super::{
    fact,
    hostile::{MDNS, Neighbour, host},
    netns::{Link, NIC, WICKED, on_a_link},
    peers::{Avahi, Offer},
    searched, sighted, unsighted,
};
use crate::support::House;
use drivers::{
    Factory, Interfaces,
    conformance::{self, FinderPeer, Step},
    mdns::{self, Settings},
};
use model::{DeviceKind, DriverState, Guess, Identity, ReportBody, Searched, Sighting};
use std::net::IpAddr;

const PROGRAMS: &[&str] = &["dbus-daemon", "avahi-daemon", "avahi-publish"];
const ID: &str = "peer-tv.local";
const CAST: Offer<'static> = (
    "Living room",
    "_googlecast._tcp",
    "8009",
    &[
        "id=0123456789abcdef0123456789abcdef",
        "fn=Living room TV",
        "md=Chromecast Ultra",
    ],
);

fn factory() -> Factory {
    mdns::factory(Settings {
        interfaces: Interfaces::All,
    })
}

fn is_it(sighting: &Sighting) -> bool {
    sighting.native_id == ID
}

/// Its addresses of IPv4; Avahi gives that of its link as well.
fn v4(sighting: &Sighting) -> Vec<IpAddr> {
    let all = sighting.addresses.iter().copied();
    all.filter(IpAddr::is_ipv4).collect()
}

/// For the kit.
struct Bench {
    link: Link,
    avahi: Avahi,
}

impl FinderPeer for Bench {
    fn appear(&mut self) -> Step<'_> {
        Box::pin(async {
            if !self.avahi.is_running() {
                self.avahi.start(&[CAST]).await;
            }
        })
    }

    fn is_it(&self, sighting: &Sighting) -> bool {
        is_it(sighting)
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            Neighbour::new(MDNS).await.garbage().await;
        })
    }

    fn vanish(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async { self.avahi.end() }))
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async { self.link.plug(false) }))
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async { self.link.plug(true) })
    }
}

#[test]
fn it_conforms() {
    on_a_link("network::mdns::it_conforms", PROGRAMS, |link| async {
        let avahi = Avahi::new(&link);
        let mut bench = Bench { link, avahi };
        conformance::check_finder(factory, &mut bench)
            .await
            .unwrap();
    });
}

#[test]
fn a_host_of_avahi_is_known_for_what_it_is() {
    on_a_link(
        "network::mdns::a_host_of_avahi_is_known_for_what_it_is",
        PROGRAMS,
        |link| async move {
            let mut avahi = Avahi::new(&link);
            let mut house = House::with(factory());
            house.running().await;
            avahi.start(&[CAST]).await;
            let thing = sighted(&mut house, "the television", is_it).await;
            assert_eq!(thing.name.as_deref(), Some("Living room TV"));
            assert_eq!(v4(&thing), [IpAddr::from([10, 77, 0, 1])]);
            assert!(thing.addresses.iter().any(IpAddr::is_ipv6));
            let uuid = "01234567-89ab-cdef-0123-456789abcdef".to_owned();
            let hostname = Identity::Hostname("peer-tv".to_owned());
            assert_eq!(thing.identities, [Identity::Uuid(uuid), hostname]);
            assert_eq!(fact(&thing, "service"), Some("_googlecast._tcp"));
            assert_eq!(fact(&thing, "instance"), Some("Living room"));
            assert_eq!(fact(&thing, "port"), Some("8009"));
            assert_eq!(fact(&thing, "txt.md"), Some("Chromecast Ultra"));
            let guess = Guess::from_clues(&thing.clues);
            assert_eq!(guess.device_kind(), DeviceKind::MediaPlayer);
            let model = guess.model.unwrap();
            assert_eq!(model.value, "Chromecast Ultra");
            assert_eq!(
                model.evidence,
                ["mDNS _googlecast._tcp says md=Chromecast Ultra"]
            );

            // A service of a type that nobody has heard of is found by what is offered.
            let odd = ("Odd", "_odd-thing._udp", "9", &["a=b"][..]);
            avahi.publish(odd).await;
            let more = sighted(&mut house, "the odd service", |it| {
                it.facts.iter().any(|fact| fact.value == "_odd-thing._udp")
            })
            .await;
            assert_eq!(more.native_id, ID);

            avahi.end();
            assert_eq!(unsighted(&mut house, ID).await, "it said goodbye by mDNS");
            house.end().await;
        },
    );
}

#[test]
fn a_host_that_moves_stays_the_same_and_one_that_dies_is_missed() {
    on_a_link(
        "network::mdns::a_host_that_moves_stays_the_same_and_one_that_dies_is_missed",
        PROGRAMS,
        |link| async move {
            let mut avahi = Avahi::new(&link);
            avahi.start(&[CAST]).await;
            let mut house = House::with(factory());
            sighted(&mut house, "the television", |it| {
                is_it(it) && v4(it) == [IpAddr::from([10, 77, 0, 1])]
            })
            .await;
            // The first address takes the second along when it goes: the new one comes after it.
            link.at_devices("addr del 10.77.0.1/24 dev vd0");
            link.at_devices("addr add 10.77.0.9/24 brd + dev vd0");
            sighted(&mut house, "its new address", |it| {
                is_it(it) && v4(it) == [IpAddr::from([10, 77, 0, 9])]
            })
            .await;
            avahi.kill();
            let (_, ended) = searched(&mut house, "mdns").await;
            assert!(matches!(ended, Searched::Completed { .. }), "{ended:?}");
            let reason = unsighted(&mut house, ID).await;
            assert_eq!(reason, "it does not answer by mDNS any more");
            let (seen, ended) = searched(&mut house, "mdns").await;
            assert_eq!((seen.len(), ended), (0, Searched::Completed { found: 0 }));
            house.end().await;
        },
    );
}

#[test]
fn ten_thousand_names_hide_nobody_else() {
    on_a_link(
        "network::mdns::ten_thousand_names_hide_nobody_else",
        PROGRAMS,
        |link| async move {
            let mut house = House::with(factory());
            house.running().await;
            let flood = tokio::spawn(async {
                let neighbour = Neighbour::new(MDNS).await;
                for round in 0_u32.. {
                    neighbour
                        .say(&host(&format!("x{}", round % 10_000), WICKED, 120))
                        .await;
                    // What is sent on is received: the others have their turn between.
                    tokio::task::yield_now().await;
                }
            });
            sighted(&mut house, "one of the many", |it| {
                it.native_id.starts_with('x')
            })
            .await;
            let mut avahi = Avahi::new(&link);
            avahi.start(&[CAST]).await;
            sighted(&mut house, "the television", is_it).await;
            let (seen, ended) = searched(&mut house, "mdns").await;
            assert!(seen.iter().any(is_it), "the television answers the search");
            let Searched::Completed { found } = ended else {
                panic!("{ended:?}");
            };
            assert!(found <= 251, "{found} things of one sender");
            flood.abort();
            house.end().await;
        },
    );
}

#[test]
fn an_interface_may_go_in_the_midst_of_a_search() {
    on_a_link(
        "network::mdns::an_interface_may_go_in_the_midst_of_a_search",
        PROGRAMS,
        |link| async move {
            let mut avahi = Avahi::new(&link);
            avahi.start(&[CAST]).await;
            let mut house = House::with(mdns::factory(Settings {
                interfaces: Interfaces::Named(vec![NIC.to_owned()]),
            }));
            sighted(&mut house, "the television", is_it).await;
            let request = model::RequestId::new();
            let order = model::Order::Scan { request };
            house.orders.send(("mdns".to_owned(), order)).await.unwrap();
            link.at_house(&format!("link set {NIC} down"));
            let reason = house
                .until("the driver to be deaf", |body| match body {
                    ReportBody::State(DriverState::Degraded { reason }) => Some(reason.clone()),
                    _ => None,
                })
                .await;
            let expected =
                "the network interface vs0 is not there or not up; see DISCOVERY_INTERFACES";
            assert_eq!(reason, expected);
            let ended = house
                .until("the search to end", |body| match body {
                    ReportBody::ScanDone { searched, .. } => Some(searched.clone()),
                    _ => None,
                })
                .await;
            let reason = expected.to_owned();
            assert_eq!(ended, Searched::Failed { reason });
            link.at_house(&format!("link set {NIC} up"));
            house.running().await;
            let (seen, ended) = searched(&mut house, "mdns").await;
            assert!(seen.iter().any(is_it), "{ended:?}");
            house.end().await;
        },
    );
}

/// On loopback, without any privilege: what this very machine announces is found where it is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loopback_is_searched_where_it_is_named() {
    let mut house = House::with(mdns::factory(Settings {
        interfaces: Interfaces::Named(vec!["lo".to_owned()]),
    }));
    house.running().await;
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    let here = std::net::Ipv4Addr::LOCALHOST;
    socket.set_multicast_if_v4(&here).unwrap();
    socket
        .bind(&std::net::SocketAddr::from((here, 0)).into())
        .unwrap();
    let (to, port) = MDNS;
    let label = format!("here-{}", std::process::id());
    let packet = host(&label, here, 120);
    let to = std::net::SocketAddr::from((to, port));
    socket.send_to(&packet, &to.into()).unwrap();
    let id = format!("{label}.local");
    let thing = sighted(&mut house, "the thing here", |it| it.native_id == id).await;
    assert_eq!(thing.addresses, [IpAddr::from(here)]);
    house.end().await;
}
