//! The core, told what devices say.

use super::{
    core::Mdns,
    identify::{self, Service},
    message::{self, Data, Kind, Question},
    name::Name,
    types::{HOMEKIT, NAMED, TYPES},
};
use model::{About, DeviceKind, Identity, Order, ReportBody, RequestId, Searched, Sighting};
use std::{net::IpAddr, time::Duration};

const DEVICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

/// A record, as a device writes it.
fn record(name: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Name::of(name).write(&mut bytes);
    // Pointers are shared, everything else is the only one.
    let class: u16 = if kind == 12 { 1 } else { 0x8001 };
    bytes.extend(kind.to_be_bytes());
    bytes.extend(class.to_be_bytes());
    bytes.extend(ttl.to_be_bytes());
    bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes
}

fn pointer(name: &str, ttl: u32, to: &str) -> Vec<u8> {
    let mut data = Vec::new();
    Name::of(to).write(&mut data);
    record(name, 12, ttl, &data)
}

fn service(name: &str, ttl: u32, port: u16, host: &str) -> Vec<u8> {
    let mut data = vec![0, 0, 0, 0];
    data.extend(port.to_be_bytes());
    Name::of(host).write(&mut data);
    record(name, 33, ttl, &data)
}

fn text(name: &str, pairs: &[&str]) -> Vec<u8> {
    let mut data = Vec::new();
    for pair in pairs {
        data.push(u8::try_from(pair.len()).unwrap());
        data.extend(pair.bytes());
    }
    record(name, 16, 4_500, &data)
}

fn address(host: &str, ttl: u32, octets: [u8; 4]) -> Vec<u8> {
    record(host, 1, ttl, &octets)
}

fn answer(records: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    packet[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    packet.extend(records.concat());
    packet
}

/// A television with a service.
fn television(ttl: u32, octets: [u8; 4]) -> Vec<u8> {
    answer(&[
        // What belongs to others comes first: the order must not matter.
        address("TV.local", ttl, octets),
        text(
            "Den._googlecast._tcp.local",
            &[
                "id=0123456789abcdef0123456789abcdef",
                "md=Chromecast",
                "fn=The den",
            ],
        ),
        service("Den._googlecast._tcp.local", ttl, 8009, "TV.local"),
        pointer(
            "_googlecast._tcp.local",
            if ttl == 0 { 0 } else { 4_500 },
            "Den._googlecast._tcp.local",
        ),
    ])
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Lets time pass in small steps; what is said meanwhile, without the driver's name.
fn pass(core: &mut Mdns, from: f64, to: f64) -> Vec<ReportBody> {
    let mut all = Vec::new();
    let mut now = from;
    while now <= to {
        all.extend(core.on_time(seconds(now)).into_iter().map(|it| it.body));
        now += 0.1;
    }
    all
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
fn a_host_is_one_sighting_with_all_its_services() {
    let mut core = Mdns::new();
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(0.0));
    let more = answer(&[
        pointer("_ssh._tcp.local", 4_500, "tv._ssh._tcp.local"),
        service("tv._ssh._tcp.local", 120, 22, "tv.local"),
        text("tv._ssh._tcp.local", &[""]),
    ]);
    core.on_packet(1, DEVICE, &more, seconds(0.1));
    let reports = pass(&mut core, 0.2, 5.0);
    let [sighting] = sighted(&reports)[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(sighting.native_id, "tv.local");
    assert_eq!(sighting.name.as_deref(), Some("The den"));
    assert_eq!(sighting.addresses, [IpAddr::from([10, 0, 0, 9])]);
    assert_eq!(
        sighting.identities,
        [
            Identity::Uuid("01234567-89ab-cdef-0123-456789abcdef".to_owned()),
            Identity::Hostname("tv".to_owned()),
        ]
    );
    let facts: Vec<_> = sighting
        .facts
        .iter()
        .map(|fact| format!("{}={}", fact.name, fact.value))
        .collect();
    assert_eq!(
        facts,
        [
            "service=_googlecast._tcp",
            "service=_ssh._tcp",
            "instance=Den",
            "port=8009",
            "txt.id=0123456789abcdef0123456789abcdef",
            "txt.md=Chromecast",
            "txt.fn=The den",
            "instance=tv",
            "port=22",
        ]
    );
    let guess = model::Guess::from_clues(&sighting.clues);
    assert_eq!(guess.device_kind(), DeviceKind::MediaPlayer);
    assert_eq!(guess.model.unwrap().value, "Chromecast");
    // Said again, it is no news.
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(5.0));
    assert_eq!(pass(&mut core, 5.0, 8.0), []);
}

#[test]
fn what_moves_stays_the_same() {
    let mut core = Mdns::new();
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(0.0));
    pass(&mut core, 0.0, 1.0);
    // The new address replaces the old one, which ends a moment later.
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 77]), seconds(1.0));
    let reports = pass(&mut core, 1.0, 6.0);
    assert_eq!(unsighted(&reports), []);
    let last = sighted(&reports).pop().unwrap();
    assert_eq!(last.native_id, "tv.local");
    assert_eq!(last.addresses, [IpAddr::from([10, 0, 0, 77])]);
    // One that says goodbye first and is elsewhere a second later as well.
    core.on_packet(1, DEVICE, &television(0, [10, 0, 0, 77]), seconds(6.0));
    pass(&mut core, 6.0, 7.0);
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 88]), seconds(7.0));
    let reports = pass(&mut core, 7.0, 12.0);
    assert_eq!(unsighted(&reports), []);
    let last = sighted(&reports).pop().unwrap();
    assert_eq!(last.addresses, [IpAddr::from([10, 0, 0, 88])]);
}

#[test]
fn goodbye_and_silence_are_told_apart() {
    let mut core = Mdns::new();
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(0.0));
    pass(&mut core, 0.0, 1.0);
    core.on_packet(1, DEVICE, &television(0, [10, 0, 0, 9]), seconds(1.0));
    let reports = pass(&mut core, 1.0, 4.0);
    assert_eq!(
        unsighted(&reports),
        [("tv.local", "it said goodbye by mDNS")]
    );

    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(10.0));
    pass(&mut core, 10.0, 12.0);
    // It is asked when little of its time is left, thrice, and then it is gone.
    core.questions(1_000);
    assert_eq!(unsighted(&pass(&mut core, 12.0, 105.0)), []);
    assert_eq!(core.questions(1_000), []);
    pass(&mut core, 105.0, 107.0);
    assert_eq!(core.questions(1_000).len(), 1);
    let reports = pass(&mut core, 107.0, 131.0);
    assert_eq!(
        unsighted(&reports),
        [("tv.local", "its mDNS announcement has expired")]
    );
    // What keeps its promise is not.
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(140.0));
    for at in 0..10_u8 {
        let from = 140.0 + f64::from(at) * 100.0;
        assert_eq!(unsighted(&pass(&mut core, from, from + 100.0)), []);
        core.on_packet(
            1,
            DEVICE,
            &television(120, [10, 0, 0, 9]),
            seconds(from + 100.0),
        );
    }
}

#[test]
fn a_search_tells_of_what_answers_and_doubts_what_does_not() {
    let mut core = Mdns::new();
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(0.0));
    let other = answer(&[
        pointer("_ssh._tcp.local", 4_500, "pi._ssh._tcp.local"),
        service("pi._ssh._tcp.local", 120, 22, "pi.local"),
        address("pi.local", 120, [10, 0, 0, 5]),
    ]);
    core.on_packet(1, DEVICE, &other, seconds(0.0));
    pass(&mut core, 0.0, 5.0);
    let request = RequestId::new();
    let (reports, browse) = core.on_order(Order::Scan { request }, seconds(5.0));
    assert!(reports.is_empty() && browse);
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(5.1));
    core.questions(1_000);
    let reports = pass(&mut core, 5.1, 9.1);
    let seen: Vec<_> = sighted(&reports).iter().map(|it| &it.native_id).collect();
    assert_eq!(seen, ["tv.local"]);
    assert_eq!(
        reports.last(),
        Some(&ReportBody::ScanDone {
            request,
            searched: Searched::Completed { found: 2 }
        })
    );
    // Only the silent one was asked once more.
    assert_eq!(core.questions(1_000).len(), 1);
    let reports = pass(&mut core, 9.1, 22.0);
    assert_eq!(
        unsighted(&reports),
        [("pi.local", "it does not answer by mDNS any more")]
    );
}

#[test]
fn an_interface_that_goes_takes_its_hosts_along() {
    let mut core = Mdns::new();
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(0.0));
    pass(&mut core, 0.0, 1.0);
    core.on_gone(2, seconds(1.0));
    assert_eq!(pass(&mut core, 1.0, 5.0), []);
    core.on_gone(1, seconds(5.0));
    core.set_deaf(Some("nothing is up".to_owned()));
    let reports = pass(&mut core, 5.0, 9.0);
    assert_eq!(
        unsighted(&reports),
        [(
            "tv.local",
            "the network interface on which it was seen is gone"
        )]
    );
    let request = RequestId::new();
    let (reports, browse) = core.on_order(Order::Scan { request }, seconds(9.0));
    assert!(!browse);
    assert!(matches!(
        &reports[0].body,
        ReportBody::ScanDone { searched: Searched::Failed { reason }, .. } if reason == "nothing is up"
    ));
}

#[test]
fn ten_thousand_names_are_too_many_and_leave_room_for_others() {
    let mut core = Mdns::new();
    let flooder = IpAddr::from([10, 0, 0, 66]);
    for at in 0..10_000_u32 {
        let name = format!("x{at}._http._tcp.local");
        let packet = answer(&[
            pointer("_http._tcp.local", 4_500, &name),
            service(&name, 120, 80, &format!("x{at}.local")),
            address(&format!("x{at}.local"), 120, [10, 0, 0, 66]),
            pointer(
                "_services._dns-sd._udp.local",
                4_500,
                &format!("_x{at}._tcp.local"),
            ),
        ]);
        core.on_packet(1, flooder, &packet, seconds(f64::from(at) / 1_000.0));
    }
    let sizes = core.sizes();
    assert_eq!(sizes, [250, 1_024, 128, 128]);
    core.on_packet(1, DEVICE, &television(120, [10, 0, 0, 9]), seconds(11.0));
    let reports = pass(&mut core, 11.0, 15.0);
    assert!(
        sighted(&reports)
            .iter()
            .any(|it| it.native_id == "tv.local")
    );
    // Our questions are few, whatever is claimed.
    let packets: usize = (0..10).map(|_| core.questions(16).len()).sum();
    assert!(packets <= 20, "{packets}");
}

#[test]
fn a_name_that_runs_in_circles_is_none() {
    // A pointer to itself, one forward, one to a label that is cut off, a label with a control sign.
    for (bytes, at) in [
        (&[0xc0, 0x00][..], 0),
        (&[0xc0, 0x02, 0][..], 0),
        (&[3, b'a'][..], 0),
        (&[1, 7, 0][..], 0),
        (&[1, b'a', 0xc0, 0x00][..], 2),
        (&[0x80, 1][..], 0),
        (&[][..], 0),
    ] {
        let read = Name::read(bytes, at);
        assert!(read.is_none() || at == 2, "{bytes:?} at {at} is {read:?}");
    }
    // A pointer within its own name: back to the label before it, which leads to the pointer again.
    assert_eq!(Name::read(&[1, b'a', 0xc0, 0x00], 2), None);
    let mut long = Vec::new();
    for _ in 0..64 {
        long.extend([3, b'a', b'b', b'c']);
    }
    long.push(0);
    assert_eq!(Name::read(&long, 0), None, "no name is that long");
    let name = Name::of("Küche._http._tcp.local");
    let mut bytes = Vec::new();
    name.write(&mut bytes);
    assert_eq!(bytes.len(), name.size());
    assert_eq!(Name::read(&bytes, 0), Some((name, bytes.len())));
}

#[test]
fn broken_messages_give_what_came_before() {
    let whole = television(120, [10, 0, 0, 9]);
    assert_eq!(message::read(&whole).unwrap().len(), 4);
    for cut in 0..whole.len() {
        if let Ok(records) = message::read(&whole[..cut]) {
            assert!(records.len() < 4, "cut at {cut}");
        }
    }
    assert!(message::read(b"GET / HTTP/1.1").is_ok_and(|all| all.is_empty()));
    assert!(message::read(b"x").is_err());
    // A question is none of our business.
    let question = message::ask(&[Question {
        name: Name::of("_http._tcp.local"),
        kind: Kind::Ptr,
    }]);
    assert_eq!(message::read(&question[0]), Ok(Vec::new()));
    // A TXT record whose lengths lie, and one of bytes.
    let mut odd = record("a.local", 16, 60, b"\x05a=1\x02b\x80");
    let packet = answer(std::slice::from_mut(&mut odd));
    let records = message::read(&packet).unwrap();
    assert!(matches!(&records[0].data, Data::Text(text) if text.len() <= 2));
}

#[test]
fn questions_fit_into_frames() {
    let packets = Mdns::new().browse();
    assert!(packets.len() <= 4, "{} packets", packets.len());
    assert!(packets.iter().all(|packet| packet.len() <= 1_400));
    let asked: usize = packets
        .iter()
        .map(|packet| usize::from(u16::from_be_bytes([packet[4], packet[5]])))
        .sum();
    assert_eq!(asked, TYPES.len() + 1);
}

#[test]
fn the_tables_make_sense() {
    let mut names: Vec<_> = TYPES.iter().map(|known| known.name).collect();
    assert!(names.len() >= 40);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TYPES.len(), "each type stands once");
    for name in names {
        let service = Name::of(&format!("{name}.local")).service();
        assert_eq!(service.as_deref(), Some(name));
    }
    let types = TYPES.iter().flat_map(|known| known.clues);
    let homekit = HOMEKIT.iter().flat_map(|(_, clues)| *clues);
    let named = NAMED.iter().flat_map(|(.., clues)| *clues);
    for (about, value, weight) in types.chain(homekit).chain(named) {
        assert!((0.05..=0.95).contains(weight), "{value}");
        assert!(!value.is_empty());
        if *about == About::Kind {
            assert!(DeviceKind::parse(value).is_some(), "{value}");
        }
        if *about == About::Driver {
            assert!(["mqtt", "home_assistant"].contains(value), "{value}");
        }
    }
}

/// A service with a TXT record.
fn offered(service: &str, instance: &str, text: &[(&str, &str)]) -> Service {
    Service {
        service: service.into(),
        instance: instance.to_owned(),
        port: 80,
        text: text
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[test]
fn identities_are_taken_from_where_they_stand() {
    let mac = |text: &str| Identity::Mac(text.to_owned());
    let serial = |text: &str| Identity::Serial(text.to_owned());
    let uuid = |text: &str| Identity::Uuid(text.to_owned());
    let cases = [
        (
            offered("_hap._tcp", "Lamp", &[("id", "AA:BB:CC:00:11:22")]),
            vec![serial("hap:aa:bb:cc:00:11:22")],
        ),
        (
            offered("_hue._tcp", "Hue", &[("bridgeid", "001788FFFE123456")]),
            vec![serial("hue:001788fffe123456")],
        ),
        (
            offered("_airplay._tcp", "TV", &[("deviceid", "AA:BB:CC:00:11:22")]),
            vec![mac("aa:bb:cc:00:11:22")],
        ),
        (
            offered("_raop._tcp", "AABBCC001122@Den", &[]),
            vec![mac("aa:bb:cc:00:11:22")],
        ),
        (
            offered("_shelly._tcp", "ShellyPlus1-A8032ABE54DC", &[]),
            vec![mac("a8:03:2a:be:54:dc")],
        ),
        (offered("_shelly._tcp", "shelly1-BE54DC", &[]), vec![]),
        (
            offered("_workstation._tcp", "desk [aa:bb:cc:00:11:22]", &[]),
            vec![mac("aa:bb:cc:00:11:22")],
        ),
        (
            offered("_esphomelib._tcp", "x", &[("mac", "aabbcc001122")]),
            vec![mac("aa:bb:cc:00:11:22")],
        ),
        (
            offered("_esphomelib._tcp", "x", &[("mac", "000000000000")]),
            vec![],
        ),
        (offered("_wled._tcp", "x", &[("mac", "nonsense")]), vec![]),
        (
            offered(
                "_ipp._tcp",
                "P",
                &[("uuid", "564E4333-4E30-3431-3533-AABBCC001122")],
            ),
            vec![uuid("564e4333-4e30-3431-3533-aabbcc001122")],
        ),
        (
            offered(
                "_ipp._tcp",
                "P",
                &[("uuid", "00000000-0000-0000-0000-000000000000")],
            ),
            vec![],
        ),
        (
            offered(
                "_sonos._tcp",
                "RINCON_X@Den",
                &[("uuid", "RINCON_000E58AABBCC01400")],
            ),
            vec![
                serial("sonos:rincon_000e58aabbcc01400"),
                uuid("rincon_000e58aabbcc01400"),
            ],
        ),
        (
            offered("_http._tcp", "x", &[("mac", "aabbcc001122")]),
            vec![],
        ),
    ];
    for (service, expected) in cases {
        assert_eq!(identify::identities(&service), expected, "{service:?}");
    }
}

#[test]
fn clues_say_what_they_rest_on() {
    let values = |service: &Service, about: About| -> Vec<(String, String)> {
        let clues = identify::clues(service).into_iter();
        clues
            .filter(|clue| clue.about == about)
            .map(|clue| (clue.value, clue.evidence))
            .collect()
    };
    let pair = |value: &str, evidence: &str| (value.to_owned(), evidence.to_owned());
    let bridge = offered("_hap._tcp", "Bridge", &[("ci", "2"), ("md", "HB")]);
    assert_eq!(
        values(&bridge, About::Kind),
        [pair("bridge", "HomeKit category 2 in mDNS _hap._tcp")]
    );
    assert_eq!(
        values(&bridge, About::Model),
        [pair("HB", "mDNS _hap._tcp says md=HB")]
    );
    assert_eq!(
        values(&offered("_home-assistant._tcp", "Home", &[]), About::Driver),
        [pair(
            "home_assistant",
            "mDNS service _home-assistant._tcp; set HA_URL and HA_TOKEN to mirror its devices"
        )]
    );
    let phone = offered("_companion-link._tcp", "Phone", &[("rpmd", "iPhone15,2")]);
    assert_eq!(
        values(&phone, About::What),
        [pair(
            "phone",
            "mDNS _companion-link._tcp says rpmd=iPhone15,2"
        )]
    );
    assert_eq!(
        values(
            &offered("_http._tcp", "Bosch SHC [aa-bb-cc-00-11-22]", &[]),
            About::Brand
        ),
        [pair(
            "Bosch",
            "mDNS name Bosch SHC [aa-bb-cc-00-11-22] of _http._tcp"
        )]
    );
    assert_eq!(identify::clues(&offered("_http._tcp", "x", &[])), []);
    assert_eq!(identify::clues(&offered("_unheard-of._tcp", "x", &[])), []);
}
