//! The codecs and the core, told what devices say.

use super::{
    claim::{Fetch, Fetched},
    core::Ssdp,
    description,
    message::{self, What},
};
use model::{DeviceKind, Guess, Identity, Order, ReportBody, RequestId, Searched, Sighting};
use std::{net::IpAddr, time::Duration};

const UUID: &str = "2f402f80-da50-11e1-9b23-001788a1b2c3";

fn host(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn notify(nts: &str, uuid: &str, target: &str, location: &str) -> Vec<u8> {
    let usn = if target == "self" {
        format!("uuid:{uuid}")
    } else {
        format!("uuid:{uuid}::{target}")
    };
    format!(
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=100\r\n\
         LOCATION: {location}\r\nSERVER: Linux/3.14 UPnP/1.0 IpBridge/1.60\r\nNTS: {nts}\r\n\
         NT: {target}\r\nUSN: {usn}\r\n\r\n"
    )
    .into_bytes()
}

fn alive(last: u8, uuid: &str) -> Vec<u8> {
    let location = format!("http://10.0.0.{last}:80/d.xml");
    notify("ssdp:alive", uuid, "upnp:rootdevice", &location)
}

/// A description of a device with a part.
fn described(uuid: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device>\
         <deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>\
         <friendlyName>Hue &amp; more</friendlyName><manufacturer>Signify</manufacturer>\
         <modelName>Philips hue bridge 2015</modelName><serialNumber>001788a1b2c3</serialNumber>\
         <UDN>uuid:{}</UDN><serviceList><service><serviceType>urn:x:service:a:1</serviceType>\
         </service></serviceList><deviceList><device><deviceType>urn:x:device:part:1</deviceType>\
         <UDN>uuid:part</UDN><friendlyName>Part</friendlyName></device></deviceList></device></root>",
        uuid.to_uppercase()
    )
    .into_bytes()
}

/// Lets time pass; each fetch is answered by `answer`.
fn pass(
    core: &mut Ssdp,
    from: f64,
    to: f64,
    answer: impl Fn(&Fetch) -> Fetched,
) -> Vec<ReportBody> {
    let mut all = Vec::new();
    let mut now = from;
    while now <= to {
        all.extend(core.on_time(seconds(now)).into_iter().map(|it| it.body));
        while let Some(fetch) = core.next_fetch() {
            let fetched = answer(&fetch);
            core.on_fetched(fetch, fetched, seconds(now));
        }
        now += 0.2;
    }
    all
}

fn gives(uuid: &str) -> impl Fn(&Fetch) -> Fetched {
    let bytes = described(uuid);
    move |_| Fetched::Body(bytes.clone())
}

fn dead(_: &Fetch) -> Fetched {
    Fetched::Dead("10.0.0.9 cannot be reached".to_owned())
}

fn sighted(reports: &[ReportBody]) -> Vec<&Sighting> {
    reports
        .iter()
        .filter_map(|body| match body {
            ReportBody::Sighted(sighting) => Some(sighting.as_ref()),
            _ => None,
        })
        .collect()
}

fn unsighted(reports: &[ReportBody]) -> Vec<(&str, &str)> {
    reports
        .iter()
        .filter_map(|body| match body {
            ReportBody::Unsighted { native_id, reason } => {
                Some((native_id.as_str(), reason.as_str()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn messages_are_read() {
    let read = message::read(&alive(9, UUID)).unwrap().unwrap();
    assert_eq!((read.what, read.uuid.as_str()), (What::Alive, UUID));
    assert_eq!(read.target, "upnp:rootdevice");
    assert_eq!(read.max_age, Some(100));
    assert_eq!(read.location.as_deref(), Some("http://10.0.0.9:80/d.xml"));
    let answer = b"HTTP/1.1 200 OK\nST:upnp:rootdevice\nUsn: UUID:ABC::upnp:rootdevice\n\
        cache-control: no-cache, MAX-AGE = 7\nhue-bridgeid: 001788FFFEA1B2C3\n\n";
    let read = message::read(answer).unwrap().unwrap();
    assert_eq!((read.uuid.as_str(), read.max_age), ("abc", Some(7)));
    assert_eq!(read.hue.as_deref(), Some("001788fffea1b2c3"));
    let goodbye = notify("ssdp:byebye", "ABC", "self", "");
    let read = message::read(&goodbye).unwrap().unwrap();
    assert_eq!((read.what, read.uuid.as_str()), (What::Goodbye, "abc"));
    assert_eq!(read.location, None);
    for nothing in [
        &b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n"[..],
        b"HTTP/1.1 404 Not Found\r\nUSN: uuid:a\r\n\r\n",
    ] {
        assert_eq!(message::read(nothing), Ok(None));
    }
    for bad in [
        &b""[..],
        b"\xff\xfe",
        b"GET / HTTP/1.1\r\n\r\n",
        b"NOTIFY * HTTP/1.1\r\nUSN: uuid:a\r\n\r\n",
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n",
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nUSN: upnp:rootdevice\r\n\r\n",
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nUSN: uuid:\r\n\r\n",
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nUSN: uuid:a b\r\n\r\n",
    ] {
        assert!(
            message::read(bad).is_err(),
            "{}",
            String::from_utf8_lossy(bad)
        );
    }
}

#[test]
fn descriptions_are_read_and_nothing_is_expanded() {
    let read = description::read(&described(UUID)).unwrap();
    assert_eq!(read.uuid, UUID);
    assert_eq!(read.friendly_name.as_deref(), Some("Hue & more"));
    assert_eq!(read.services, ["urn:x:service:a:1"]);
    assert_eq!(read.parts, ["urn:x:device:part:1"]);
    let odd = "<root><device><UDN>uuid:a</UDN><friendlyName><![CDATA[a <b>]]> \
        &#x43;&#0;&unknown;</friendlyName></device></root>";
    let read = description::read(odd.as_bytes()).unwrap();
    assert_eq!(read.friendly_name.as_deref(), Some("a <b> C"));
    let laughs = "<!DOCTYPE root [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">\
        <!ENTITY x SYSTEM \"file:///etc/passwd\">]><root><device><UDN>uuid:a</UDN>\
        <friendlyName>&b;&x;</friendlyName><modelName>&b;m</modelName></device></root>";
    let read = description::read(laughs.as_bytes()).unwrap();
    assert_eq!(read.friendly_name, None);
    assert_eq!(read.model_name.as_deref(), Some("m"));
    let deep = format!("<root>{}", "<device>".repeat(1_000));
    for (bad, expected) in [
        (deep.as_bytes(), "its elements lie more than 16 deep"),
        (
            b"<root><device></device></root>",
            "it names no device (UDN)",
        ),
        (b"", "it names no device (UDN)"),
        (b"{\"json\": true}", "it names no device (UDN)"),
        (
            "<a/>".repeat(20_001).as_bytes(),
            "it has more than 20000 pieces",
        ),
    ] {
        assert_eq!(description::read(bad), Err(expected.to_owned()));
    }
    let wrong = description::read(b"<root><device></root>").unwrap_err();
    assert!(wrong.starts_with("it is no XML: "), "{wrong}");
    let endless = format!(
        "<root><device><UDN>uuid:a</UDN><modelName>{}",
        "x".repeat(200_000)
    );
    let _ = description::read(endless.as_bytes());
    let long = format!("{endless}</modelName></device></root>");
    let read = description::read(long.as_bytes()).unwrap();
    assert_eq!(read.model_name.map(|name| name.len()), Some(256));
}

#[test]
fn a_device_and_its_parts_are_one_sighting() {
    let mut core = Ssdp::default();
    let location = "http://10.0.0.9:80/d.xml";
    for (uuid, target) in [
        ("part", "urn:x:device:part:1"),
        ("part", "self"),
        (UUID, "upnp:rootdevice"),
        (UUID, "urn:schemas-upnp-org:device:Basic:1"),
        (UUID, "self"),
    ] {
        let packet = notify("ssdp:alive", uuid, target, location);
        core.on_packet(1, host(9), &packet, seconds(0.0));
    }
    let reports = pass(&mut core, 0.0, 5.0, gives(UUID));
    let [sighting] = sighted(&reports)[..] else {
        panic!("{reports:#?}");
    };
    assert_eq!(sighting.native_id, UUID);
    assert_eq!(sighting.name.as_deref(), Some("Hue & more"));
    assert_eq!(sighting.addresses, [host(9)]);
    assert_eq!(
        sighting.identities,
        [
            Identity::Uuid(UUID.to_owned()),
            Identity::Serial("signify:001788a1b2c3".to_owned())
        ]
    );
    let guess = Guess::from_clues(&sighting.clues);
    assert_eq!(guess.device_kind(), DeviceKind::Bridge);
    assert_eq!(guess.what.unwrap().value, "lighting bridge");
    assert_eq!(guess.model.unwrap().value, "Philips hue bridge 2015");
    // Said again, it is no news.
    core.on_packet(1, host(9), &alive(9, UUID), seconds(6.0));
    assert_eq!(pass(&mut core, 6.0, 8.0, dead), []);
}

#[test]
fn a_description_that_cannot_be_had_is_a_fact() {
    let mut core = Ssdp::default();
    core.on_packet(1, host(9), &alive(9, UUID), seconds(0.0));
    let reports = pass(&mut core, 0.0, 2.0, dead);
    let [sighting] = sighted(&reports)[..] else {
        panic!("{reports:#?}");
    };
    assert_eq!(sighting.native_id, UUID);
    assert_eq!(sighting.facts[0].name, "description");
    assert_eq!(
        sighting.facts[0].value,
        "not read: 10.0.0.9 cannot be reached"
    );
    // A search asks once more, when some time has passed.
    core.on_packet(1, host(9), &alive(9, UUID), seconds(60.0));
    let request = RequestId::new();
    let (_, asks) = core.on_order(Order::Scan { request }, seconds(60.0));
    assert!(asks);
    core.on_packet(1, host(9), &alive(9, UUID), seconds(60.5));
    let reports = pass(&mut core, 60.5, 65.0, gives(UUID));
    let first = sighted(&reports)[0];
    assert_eq!(first.name.as_deref(), Some("Hue & more"));
    assert_eq!(
        reports.last(),
        Some(&ReportBody::ScanDone {
            request,
            searched: Searched::Completed { found: 1 }
        })
    );
}

#[test]
fn goodbye_expiry_and_silence_are_told_apart() {
    let mut core = Ssdp::default();
    core.on_packet(1, host(9), &alive(9, UUID), seconds(0.0));
    pass(&mut core, 0.0, 1.0, gives(UUID));
    // Another host cannot say goodbye for it, and it may say so itself and be back at once.
    let goodbye = notify("ssdp:byebye", UUID, "upnp:rootdevice", "");
    core.on_packet(1, host(8), &goodbye, seconds(1.0));
    core.on_packet(1, host(9), &goodbye, seconds(2.0));
    core.on_packet(1, host(9), &alive(9, UUID), seconds(3.0));
    assert_eq!(pass(&mut core, 3.0, 10.0, dead), []);
    core.on_packet(1, host(9), &goodbye, seconds(10.0));
    let reports = pass(&mut core, 10.0, 13.0, dead);
    assert_eq!(unsighted(&reports), [(UUID, "it said goodbye by SSDP")]);

    core.on_packet(1, host(9), &alive(9, UUID), seconds(20.0));
    let reports = pass(&mut core, 20.0, 121.0, gives(UUID));
    assert_eq!(sighted(&reports)[0].native_id, UUID);
    assert_eq!(
        unsighted(&reports),
        [(UUID, "its SSDP announcement has expired")]
    );

    core.on_packet(1, host(9), &alive(9, UUID), seconds(200.0));
    pass(&mut core, 200.0, 201.0, gives(UUID));
    let request = RequestId::new();
    core.on_order(Order::Scan { request }, seconds(202.0));
    let reports = pass(&mut core, 202.0, 210.0, dead);
    assert_eq!(unsighted(&reports), [(UUID, "it does not answer any more")]);
    // One that does not answer the search, but answers when it is asked, stays.
    core.on_packet(1, host(9), &alive(9, UUID), seconds(220.0));
    pass(&mut core, 220.0, 221.0, gives(UUID));
    core.on_order(
        Order::Scan {
            request: RequestId::new(),
        },
        seconds(222.0),
    );
    let reports = pass(&mut core, 222.0, 230.0, gives(UUID));
    assert_eq!(unsighted(&reports), []);
}

#[test]
fn a_name_that_two_hosts_give_is_two_things_only_while_both_are_there() {
    let mut core = Ssdp::default();
    core.on_packet(1, host(9), &alive(9, UUID), seconds(0.0));
    pass(&mut core, 0.0, 1.0, gives(UUID));
    core.on_packet(1, host(7), &alive(7, UUID), seconds(1.0));
    let reports = pass(&mut core, 1.0, 4.0, gives(UUID));
    let ids: Vec<_> = sighted(&reports).iter().map(|it| &it.native_id).collect();
    assert_eq!(ids, [&format!("{UUID}@10.0.0.7")]);

    // The first of another pair has moved: it stays what it was.
    let mut core = Ssdp::default();
    core.on_packet(1, host(9), &alive(9, UUID), seconds(0.0));
    pass(&mut core, 0.0, 1.0, gives(UUID));
    core.on_packet(1, host(7), &alive(7, UUID), seconds(1.0));
    let bytes = described(UUID);
    let reports = pass(&mut core, 1.0, 4.0, |fetch| {
        if fetch.host == host(9) {
            dead(fetch)
        } else {
            Fetched::Body(bytes.clone())
        }
    });
    assert_eq!(unsighted(&reports), []);
    let last = sighted(&reports).pop().unwrap();
    assert_eq!(
        (last.native_id.as_str(), &last.addresses[..]),
        (UUID, &[host(7)][..])
    );
    // A host that claims another's name in its description only is told apart as well.
    core.on_packet(1, host(5), &alive(5, "innocent"), seconds(5.0));
    let reports = pass(&mut core, 5.0, 9.0, gives(UUID));
    let ids: Vec<_> = sighted(&reports).iter().map(|it| &it.native_id).collect();
    assert_eq!(ids, [&format!("{UUID}@10.0.0.5")]);
}

#[test]
fn ten_thousand_names_are_too_many_and_leave_room_for_others() {
    let mut core = Ssdp::default();
    for at in 0..10_000 {
        let location = format!("http://10.0.0.66:80/{at}.xml");
        let packet = notify(
            "ssdp:alive",
            &format!("x{at}"),
            "upnp:rootdevice",
            &location,
        );
        core.on_packet(1, host(66), &packet, seconds(0.0));
    }
    core.on_packet(1, host(9), &alive(9, UUID), seconds(0.0));
    core.on_time(seconds(0.1));
    let mut fetches = Vec::new();
    while let Some(fetch) = core.next_fetch() {
        fetches.push(fetch.host);
    }
    assert_eq!(fetches.iter().filter(|one| **one == host(66)).count(), 2);
    assert!(
        fetches.contains(&host(9)),
        "others have their turn: {fetches:?}"
    );
    let [claims, documents, things, waiting] = core.sizes();
    assert_eq!(claims, 257);
    assert!(
        documents <= claims && things <= 129 && waiting <= 64,
        "{:?}",
        core.sizes()
    );
}

#[test]
fn one_that_changes_its_address_of_description_does_not_make_us_fetch_without_end() {
    let mut core = Ssdp::default();
    let mut count = 0;
    for at in 0..1_000_u32 {
        let location = format!("http://10.0.0.9:80/{at}.xml");
        let packet = notify("ssdp:alive", UUID, "upnp:rootdevice", &location);
        let now = seconds(f64::from(at) / 10.0);
        core.on_packet(1, host(9), &packet, now);
        core.on_time(now);
        while let Some(fetch) = core.next_fetch() {
            count += 1;
            core.on_fetched(fetch, Fetched::Body(described(UUID)), now);
        }
    }
    assert!((64..=120).contains(&count), "{count} fetches");
}
