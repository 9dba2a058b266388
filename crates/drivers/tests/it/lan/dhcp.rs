//! The driver dhcp: dnsmasq, busybox' clients and a kernel that are not ours.

use super::{
    fact,
    namespaces::{DEVICE, HOUSE, HOUSE_ADDRESS, Lan, Running, User, within},
};
use crate::support::{House, PATIENCE};
use drivers::{
    Factory, Interfaces,
    conformance::{FinderPeer, Step, check_finder},
    dhcp::{self, Settings},
};
use model::{Identity, Searched, Sighting};
use std::{
    net::{IpAddr, UdpSocket},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const MAC: &str = "b8:27:eb:11:22:33";
const OTHER: &str = "24:0a:c4:44:55:66";

fn factory(leases: &[PathBuf]) -> Factory {
    dhcp::factory(Settings {
        interfaces: Interfaces::Named(vec![HOUSE.to_owned()]),
        leases: leases.to_vec(),
    })
}

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn id() -> String {
    MAC.to_owned()
}

/// Writes the script that busybox' client calls, and an empty lease file.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let (script, leases) = (folder.join("client.sh"), folder.join("leases"));
    let text = format!(
        "#!/bin/sh\ncase $1 in bound|renew)\n  ip addr flush dev {DEVICE}\n  ip addr add $ip/24 brd + dev {DEVICE}\n  echo $1 >>{}\nesac\n",
        folder.join("client.log").display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::write(&leases, "").unwrap();
    let mut rights = std::fs::metadata(&script).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(&script, rights).unwrap();
    (script, leases)
}

/// dnsmasq, as a DHCP server alone.
fn server(lan: &Lan, part: &str, interface: &str, leases: &Path) -> Running {
    let (interface, leases) = (
        format!("--interface={interface}"),
        format!("--dhcp-leasefile={}", leases.display()),
    );
    let log = format!(
        "--log-facility={}",
        Path::new(&leases[17..]).with_extension("log").display()
    );
    let line = [
        "dnsmasq",
        "-k",
        "-C",
        "/dev/null",
        "-p",
        "0",
        &interface,
        "--bind-interfaces",
        &leases,
        "--dhcp-range=10.77.0.50,10.77.0.59,1h",
        "--no-ping",
        "--user=root",
        "--log-dhcp",
        &log,
        "--pid-file=",
    ];
    let running = lan.start(part, &line);
    let log = PathBuf::from(&log[15..]);
    wait("dnsmasq to listen", || {
        std::fs::read_to_string(&log).is_ok_and(|log| log.contains("started"))
    });
    running
}

/// busybox' client, which goes on until it has an address, and holds it.
fn client(lan: &Lan, script: &Path) -> Running {
    let script = script.display().to_string();
    let line = [
        "busybox",
        "udhcpc",
        "-f",
        "-i",
        DEVICE,
        "-s",
        &script,
        "-t",
        "10",
        "-T",
        "1",
        "-x",
        "hostname:iphone-anna",
        "-V",
        "android-dhcp-14",
    ];
    lan.start("d", &line)
}

/// Waits for what nothing tells of.
fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_client_of_dnsmasq_is_heard_leased_and_answers() {
    let Some(lan) = within(
        "lan::dhcp::a_client_of_dnsmasq_is_heard_leased_and_answers",
        User::Root,
    ) else {
        return;
    };
    lan.hardware(MAC);
    let folder = tempfile::tempdir().unwrap();
    let (script, leases) = files(folder.path());
    let mut house = House::with(factory(std::slice::from_ref(&leases)));
    house.running().await;
    let _server = server(&lan, "r", "br0", &leases);
    let _client = client(&lan, &script);
    // What it broadcasts says its name and what it is; its address the file and the kernel know.
    let heard = house
        .sighted(MAC, "to be heard", |thing| {
            fact(thing, "dhcp.vendor_class").is_some()
        })
        .await;
    assert_eq!(heard.name.as_deref(), Some("iphone-anna"));
    assert_eq!(fact(&heard, "dhcp.vendor_class"), Some("android-dhcp-14"));
    assert_eq!(fact(&heard, "interface"), Some(HOUSE));
    assert!(
        fact(&heard, "dhcp.parameters").is_some_and(|list| list.starts_with("1,3,")),
        "{heard:?}"
    );
    assert!(
        fact(&heard, "vendor").is_some_and(|vendor| vendor.contains("Raspberry")),
        "{heard:?}"
    );
    assert!(heard.identities.contains(&Identity::Mac(id())));
    assert!(
        heard
            .identities
            .contains(&Identity::Hostname("iphone-anna".to_owned()))
    );
    let guess = model::Guess::from_clues(&heard.clues);
    assert_eq!(guess.what.unwrap().value, "phone or tablet with Android");
    let placed = house
        .sighted(MAC, "to have an address", |thing| {
            !thing.addresses.is_empty()
        })
        .await;
    let [IpAddr::V4(address)] = placed.addresses[..] else {
        panic!("{placed:?}")
    };
    assert!((50..60).contains(&address.octets()[3]), "{address}");
    // A search finds it, and makes the kernel ask after it.
    let request = house.scan("dhcp").await;
    house.sighted(MAC, "to be found", |_| true).await;
    assert_eq!(
        house.scanned(request).await,
        Searched::Completed { found: 1 }
    );
    house.end().await;
}

#[tokio::test]
async fn a_server_beside_us_goes_on_serving() {
    let Some(lan) = within("lan::dhcp::a_server_beside_us_goes_on_serving", User::Root) else {
        return;
    };
    lan.hardware(MAC);
    let folder = tempfile::tempdir().unwrap();
    let (script, leases) = files(folder.path());
    let _server = server(&lan, "h", HOUSE, &leases);
    let mut house = House::with(factory(std::slice::from_ref(&leases)));
    house.running().await;
    let client = client(&lan, &script);
    house
        .sighted(MAC, "to be heard", |thing| {
            fact(thing, "dhcp.vendor_class").is_some()
        })
        .await;
    let log = folder.path().join("client.log");
    let says = |word: &str| std::fs::read_to_string(&log).is_ok_and(|log| log.contains(word));
    wait("a lease", || says("bound"));
    // Renewing, it speaks to the server alone; what it says has to arrive there.
    let status = std::process::Command::new("kill")
        .args(["-USR1", &client.id().to_string()])
        .status();
    assert!(status.unwrap().success());
    wait("the lease to be renewed", || says("renew"));
    house.end().await;
}

#[tokio::test]
async fn a_device_changes_its_address_and_another_takes_it() {
    let Some(lan) = within(
        "lan::dhcp::a_device_changes_its_address_and_another_takes_it",
        User::Root,
    ) else {
        return;
    };
    lan.hardware(MAC);
    lan.address("d", DEVICE, "10.77.0.60");
    let mut house = House::with(factory(&[]));
    lan.device_speaks();
    house
        .sighted(MAC, "to answer", |thing| {
            thing.addresses == [at("10.77.0.60")]
        })
        .await;
    lan.address("d", DEVICE, "10.77.0.61");
    lan.device_speaks();
    house
        .sighted(MAC, "to answer elsewhere", |thing| {
            thing.addresses.contains(&at("10.77.0.61"))
        })
        .await;
    // The kernel asks after the old address, in vain.
    lan.command(
        "h",
        &["busybox", "ping", "-c", "1", "-W", "1", "10.77.0.60"],
    )
    .status()
    .unwrap();
    house
        .sighted(MAC, "to answer there alone", |thing| {
            thing.addresses == [at("10.77.0.61")]
        })
        .await;
    lan.hardware(OTHER);
    lan.device_speaks();
    assert_eq!(
        house.unsighted(MAC).await,
        "another thing answers at 10.77.0.61"
    );
    let other = house
        .sighted(OTHER, "to answer", |thing| {
            thing.addresses == [at("10.77.0.61")]
        })
        .await;
    assert_eq!(fact(&other, "vendor"), Some("Espressif"));
    house.end().await;
}

#[tokio::test]
async fn without_the_right_to_listen_the_rest_goes_on() {
    let Some(lan) = within(
        "lan::dhcp::without_the_right_to_listen_the_rest_goes_on",
        User::Nobody,
    ) else {
        return;
    };
    // Nobody may not touch the device; the router speaks instead.
    drop(lan);
    let mut house = House::with(factory(&[]));
    house.degraded("setcap cap_net_bind_service").await;
    let ping = UdpSocket::bind((HOUSE_ADDRESS, 0)).unwrap();
    ping.send_to(b"", (super::namespaces::ROUTER_ADDRESS, 9))
        .unwrap();
    let router = house
        .until("the router", |body| match body {
            model::ReportBody::Sighted(thing) => Some(Sighting::clone(thing)),
            _ => None,
        })
        .await;
    assert_eq!(router.addresses, [at(super::namespaces::ROUTER_ADDRESS)]);
    let request = house.scan("dhcp").await;
    assert_eq!(
        house.scanned(request).await,
        Searched::Completed { found: 1 }
    );
    house.end().await;
}

#[tokio::test]
async fn an_interface_that_goes_in_mid_search_takes_its_things_along() {
    let name = "lan::dhcp::an_interface_that_goes_in_mid_search_takes_its_things_along";
    let Some(lan) = within(name, User::Root) else {
        return;
    };
    lan.hardware(MAC);
    lan.address("d", DEVICE, "10.77.0.60");
    let mut house = House::with(factory(&[]));
    lan.device_speaks();
    house.sighted(MAC, "to answer", |_| true).await;
    let request = house.scan("dhcp").await;
    lan.ip("h", &["link", "del", HOUSE]);
    let mut reason = None;
    let mut searched = None;
    while reason.is_none() || searched.is_none() {
        house
            .until("the thing to go and the search to end", |body| match body {
                model::ReportBody::Unsighted {
                    native_id,
                    reason: why,
                } if native_id == MAC => {
                    reason = Some(why.clone());
                    Some(())
                }
                model::ReportBody::ScanDone {
                    request: done,
                    searched: how,
                } if *done == request => {
                    searched = Some(how.clone());
                    Some(())
                }
                _ => None,
            })
            .await;
    }
    let reason = reason.unwrap();
    assert!(
        reason.contains(&format!("the interface {HOUSE} is")),
        "{reason}"
    );
    let request = house.scan("dhcp").await;
    let Searched::Unavailable { reason } = house.scanned(request).await else {
        panic!("there is nothing to search with")
    };
    assert!(reason.contains(HOUSE), "{reason}");
    // Another one of the name comes, and all is well.
    lan.plug("h", HOUSE, "port2");
    lan.address("h", HOUSE, HOUSE_ADDRESS);
    lan.device_speaks();
    house.sighted(MAC, "to answer again", |_| true).await;
    house.end().await;
}

#[test]
fn a_lease_file_that_is_not_there_is_told() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut house = House::with(dhcp::factory(Settings {
            interfaces: Interfaces::Named(Vec::new()),
            leases: vec!["/nonexistent/lan-test.leases".into()],
        }));
        house
            .degraded("/nonexistent/lan-test.leases cannot be read")
            .await;
        house.end().await;
    });
}

/// A device in the network, for the kit.
struct Device(Lan);

impl FinderPeer for Device {
    fn appear(&mut self) -> Step<'_> {
        Box::pin(async {
            self.0.ip("d", &["link", "set", DEVICE, "up"]);
            self.0.address("d", DEVICE, "10.77.0.60");
            self.0.device_speaks();
        })
    }

    fn is_it(&self, sighting: &Sighting) -> bool {
        sighting.native_id == MAC
    }

    fn hostile(&mut self) -> Step<'_> {
        Box::pin(async {
            let own = std::env::current_exe().unwrap().display().to_string();
            let line = [own.as_str(), "--exact", "lan::dhcp::shout", "--ignored"];
            self.0.run("d", &line);
        })
    }

    fn vanish(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async {
            self.0.ip("d", &["link", "set", DEVICE, "down"]);
            self.0
                .ip("h", &["neigh", "del", "10.77.0.60", "dev", HOUSE]);
        }))
    }

    fn leave(&mut self) -> Option<Step<'_>> {
        Some(Box::pin(async {
            self.0.ip("h", &["link", "set", HOUSE, "down"])
        }))
    }

    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async {
            self.0.ip("h", &["link", "set", HOUSE, "up"]);
            self.0.device_speaks();
        })
    }
}

/// No test: what the kit's hostile device broadcasts, in a process of its own.
#[test]
#[ignore = "a program for another test"]
fn shout() {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_broadcast(true).unwrap();
    let mut sound = vec![0; 240];
    sound[..3].copy_from_slice(&[1, 1, 6]);
    sound[236..].copy_from_slice(&[99, 130, 83, 99]);
    sound.extend([53, 1, 1, 12, 3, b'x', 0, 7]);
    for at in 0..600_usize {
        let mut bytes = sound.clone();
        bytes[28..34].copy_from_slice(&[2, 0, 0, 0, 0, u8::try_from(at % 256).unwrap()]);
        bytes.truncate(if at % 3 == 0 { at } else { bytes.len() });
        let place = at % bytes.len().max(1);
        if at % 2 == 0 && place < bytes.len() {
            bytes[place] ^= 0xff;
        }
        // The network may refuse some; what arrives is what matters.
        let _ = socket.send_to(&bytes, "255.255.255.255:67");
    }
}

#[tokio::test]
async fn the_driver_passes_the_kit() {
    let Some(lan) = within("lan::dhcp::the_driver_passes_the_kit", User::Root) else {
        return;
    };
    lan.hardware(MAC);
    let passed = check_finder(|| factory(&[]), &mut Device(lan)).await;
    assert_eq!(passed, Ok(()));
}
