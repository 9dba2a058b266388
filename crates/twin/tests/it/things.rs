//! Things that the network sees: one for each physical thing, wherever it moves and however many
//! protocols see it; and searches for them.

use crate::support::{Fixture, announcement};
use model::{
    About, Clue, Connectivity, DeviceKind, Discovery, DiscoveryState, EventBody, Grant, Identity,
    Order, Report, ReportBody, Request, RequestBody, ScanStatus, Searched, Searcher, Sighting,
};
use std::sync::Arc;
use store::Record;
use twin::{Answer, Effects, Input};

const MAC: &str = "aa:bb:cc:00:00:01";

fn sighting(native_id: &str, address: &str) -> Sighting {
    Sighting {
        native_id: native_id.into(),
        name: None,
        identities: vec![],
        addresses: vec![address.parse().unwrap()],
        facts: vec![],
        clues: vec![],
    }
}

fn named(mut sighting: Sighting, name: &str) -> Sighting {
    sighting.name = Some(name.into());
    sighting
}

fn with(mut sighting: Sighting, identity: Identity) -> Sighting {
    sighting.identities.push(identity);
    sighting
}

fn clue(about: About, value: &str, weight: f64, evidence: &str) -> Clue {
    Clue {
        about,
        value: value.into(),
        weight,
        evidence: evidence.into(),
    }
}

impl Fixture {
    fn says(&mut self, driver: &str, body: ReportBody) -> Effects {
        self.apply(Input::Report(Report {
            driver: driver.into(),
            body,
        }))
    }

    fn sees(&mut self, driver: &str, sighting: Sighting) -> Effects {
        self.says(driver, ReportBody::Sighted(Box::new(sighting)))
    }

    fn loses(&mut self, driver: &str, native_id: &str) -> Effects {
        let native_id = native_id.into();
        let reason = "it said goodbye".into();
        self.says(driver, ReportBody::Unsighted { native_id, reason })
    }

    fn things(&self) -> Vec<Arc<Discovery>> {
        self.house
            .snapshot()
            .discoveries
            .values()
            .cloned()
            .collect()
    }

    fn thing(&self) -> Arc<Discovery> {
        let things = self.things();
        assert_eq!(things.len(), 1, "{things:#?}");
        things[0].clone()
    }

    fn asks(&mut self, body: RequestBody) -> Effects {
        let request = Request::new(Grant::operator(), body);
        self.apply(Input::Request(Box::new(request)))
    }

    fn scan(&mut self) -> Effects {
        self.asks(RequestBody::Scan { protocols: vec![] })
    }
}

fn kinds(effects: &Effects) -> Vec<&'static str> {
    effects
        .events
        .iter()
        .map(|event| event.body.kind())
        .collect()
}

#[test]
fn three_protocols_that_see_one_thing_make_one_thing() {
    let mut house = Fixture::new();
    let mdns = with(
        named(sighting("tv.local", "10.0.0.5"), "Living Room TV"),
        Identity::Hostname("tv".into()),
    );
    assert_eq!(kinds(&house.sees("mdns", mdns)), ["discovery_found"]);
    // SSDP knows nothing of host names: the address connects the two.
    let ssdp = with(
        sighting("uuid-1", "10.0.0.5"),
        Identity::Uuid("uuid-1".into()),
    );
    assert_eq!(kinds(&house.sees("ssdp", ssdp)), ["discovery_changed"]);
    let dhcp = with(sighting(MAC, "10.0.0.5"), Identity::Mac(MAC.into()));
    house.sees("dhcp", dhcp);
    let thing = house.thing();
    let protocols: Vec<_> = thing
        .sightings
        .iter()
        .map(|seen| seen.protocol.as_str())
        .collect();
    assert_eq!(protocols, ["mdns", "ssdp", "dhcp"]);
    assert_eq!(thing.announcement.name, "Living Room TV");
    assert_eq!(thing.presence, Connectivity::Online);
}

#[test]
fn two_things_become_one_when_something_connects_them() {
    let mut house = Fixture::new();
    house.sees(
        "ssdp",
        with(
            sighting("uuid-1", "10.0.0.5"),
            Identity::Uuid("uuid-1".into()),
        ),
    );
    house.sees(
        "dhcp",
        with(sighting(MAC, "10.0.0.9"), Identity::Mac(MAC.into())),
    );
    assert_eq!(house.things().len(), 2);
    // The neighbour table catches up: the hardware address answers where SSDP saw its thing.
    let effects = house.sees(
        "dhcp",
        with(sighting(MAC, "10.0.0.5"), Identity::Mac(MAC.into())),
    );
    let thing = house.thing();
    assert_eq!(thing.sightings.len(), 2);
    assert!(kinds(&effects).contains(&"discovery_closed"));
    assert!(
        effects
            .keep
            .iter()
            .any(|record| matches!(record, Record::DiscoveryGone(_)))
    );
}

#[test]
fn a_thing_that_moves_stays_the_same() {
    let mut house = Fixture::new();
    house.sees(
        "dhcp",
        with(sighting(MAC, "10.0.0.5"), Identity::Mac(MAC.into())),
    );
    let before = house.thing();
    let effects = house.sees(
        "dhcp",
        with(sighting(MAC, "10.0.0.77"), Identity::Mac(MAC.into())),
    );
    assert_eq!(house.thing().id, before.id);
    let EventBody::DiscoveryChanged { what, .. } = &effects.events[0].body else {
        panic!("{effects:?}")
    };
    assert_eq!(what, "it answers at 10.0.0.77");
}

#[test]
fn another_hardware_address_is_another_thing() {
    let mut house = Fixture::new();
    let host = || sighting("plug.local", "10.0.0.5");
    house.sees("mdns", with(host(), Identity::Mac(MAC.into())));
    let old = house.thing().id;
    // The plug broke; its successor bears the same name.
    house.sees(
        "mdns",
        with(host(), Identity::Mac("aa:bb:cc:00:00:02".into())),
    );
    let things = house.things();
    assert_eq!(
        things.len(),
        1,
        "nothing is left of one that only that name led to"
    );
    assert_ne!(things[0].id, old);
}

#[test]
fn two_things_that_claim_one_identity_stay_two_and_it_is_told() {
    let mut house = Fixture::new();
    let claims = |mac: &str, address: &str| {
        let sighting = with(sighting(mac, address), Identity::Mac(mac.into()));
        with(sighting, Identity::Uuid("copied".into()))
    };
    house.sees("dhcp", claims(MAC, "10.0.0.5"));
    let effects = house.sees("dhcp", claims("aa:bb:cc:00:00:02", "10.0.0.6"));
    assert_eq!(house.things().len(), 2);
    assert_eq!(kinds(&effects), ["discovery_changed", "discovery_found"]);
}

#[test]
fn one_factory_name_at_two_places_is_two_things() {
    let mut house = Fixture::new();
    let host =
        |id: &str, address: &str| with(sighting(id, address), Identity::Hostname("esp".into()));
    house.sees("dhcp", host("one", "10.0.0.5"));
    house.sees("dhcp", host("two", "10.0.0.6"));
    assert_eq!(house.things().len(), 2);
}

#[test]
fn everything_on_loopback_is_not_one_thing() {
    let mut house = Fixture::new();
    house.sees("mdns", sighting("one.local", "127.0.0.1"));
    house.sees("mdns", sighting("two.local", "127.0.0.1"));
    assert_eq!(house.things().len(), 2);
}

#[test]
fn a_vanished_thing_and_its_return_are_told_once_each() {
    let mut house = Fixture::new();
    house.sees("mdns", sighting("tv.local", "10.0.0.5"));
    house.sees("ssdp", sighting("uuid", "10.0.0.5"));
    assert!(
        kinds(&house.loses("mdns", "tv.local")).is_empty(),
        "one protocol still sees it"
    );
    assert_eq!(kinds(&house.loses("ssdp", "uuid")), ["discovery_vanished"]);
    assert!(kinds(&house.loses("ssdp", "uuid")).is_empty());
    assert_eq!(house.thing().presence, Connectivity::Offline);
    assert_eq!(
        kinds(&house.sees("mdns", sighting("tv.local", "10.0.0.5"))),
        ["discovery_returned"]
    );
}

#[test]
fn a_guess_has_evidence_and_never_certainty() {
    let mut house = Fixture::new();
    let mut cast = sighting("tv.local", "10.0.0.5");
    cast.clues = vec![
        clue(
            About::Kind,
            "media_player",
            0.8,
            "mDNS service _googlecast._tcp",
        ),
        clue(About::Brand, "Acme", 0.5, "TXT md"),
        clue(About::Kind, "nonsense", f64::NAN, "a broken table"),
    ];
    house.sees("mdns", cast.clone());
    let alone = house.thing().guess.kind.clone().unwrap();
    assert_eq!(alone.value, "media_player");
    assert!((alone.confidence - 0.8).abs() < 1e-9);
    let mut upnp = sighting("uuid", "10.0.0.5");
    upnp.clues = vec![clue(About::Kind, "media_player", 0.7, "UPnP MediaRenderer")];
    house.sees("ssdp", upnp);
    let both = house.thing().guess.kind.clone().unwrap();
    assert!(
        both.confidence > alone.confidence && both.confidence < 1.0,
        "{both:?}"
    );
    assert_eq!(
        both.evidence,
        ["UPnP MediaRenderer", "mDNS service _googlecast._tcp"]
    );
    let mut printer = sighting("print.local", "10.0.0.5");
    printer.clues = vec![clue(About::Kind, "other", 0.6, "mDNS service _ipp._tcp")];
    house.sees("mdns", printer);
    let doubted = house.thing().guess.kind.clone().unwrap();
    assert!(doubted.confidence < both.confidence, "a rival raises doubt");
    assert_eq!(house.thing().announcement.kind, DeviceKind::MediaPlayer);
    assert_eq!(house.thing().announcement.name, "Acme thing");
}

#[test]
fn what_nobody_speaks_to_can_be_ours_and_is_watched() {
    let mut house = Fixture::new();
    house.sees("mdns", named(sighting("tv.local", "10.0.0.5"), "TV"));
    let discovery = house.thing().id;
    let effects = house.asks(RequestBody::Adopt {
        discovery,
        name: None,
        area: None,
    });
    let Some((_, Ok(Answer::Device(device)))) = effects.answer else {
        panic!("{effects:?}")
    };
    let connectivity = |house: &Fixture| house.house.snapshot().devices[&device].connectivity;
    assert_eq!(connectivity(&house), Connectivity::Online);
    assert_eq!(house.thing().state, DiscoveryState::Adopted);
    assert_eq!(
        kinds(&house.loses("mdns", "tv.local")),
        ["connectivity_changed", "discovery_vanished"]
    );
    assert_eq!(connectivity(&house), Connectivity::Offline);
    // Seen again, it is not found again.
    house.sees("mdns", named(sighting("tv.local", "10.0.0.6"), "TV"));
    assert_eq!(connectivity(&house), Connectivity::Online);
    assert_eq!(house.thing().device, Some(device));
    // Adopting it twice is refused in words.
    let again = house.asks(RequestBody::Adopt {
        discovery,
        name: None,
        area: None,
    });
    assert!(
        matches!(again.answer, Some((_, Err(ref refusal))) if refusal.message.contains("ours already"))
    );
    // Removed, it stays out of the way.
    house.asks(RequestBody::RemoveDevice {
        device: device.to_string().into(),
    });
    assert_eq!(house.thing().state, DiscoveryState::Ignored);
    house.sees("mdns", sighting("tv.local", "10.0.0.6"));
    assert_eq!(house.thing().state, DiscoveryState::Ignored);
}

#[test]
fn a_thing_whose_driver_speaks_up_is_adopted_with_what_it_can_do() {
    let mut house = Fixture::new();
    house.sees(
        "bluetooth",
        named(sighting("a4:c1:38", "10.0.0.8"), "Thermometer"),
    );
    let mut news = announcement(
        "a4:c1:38",
        DeviceKind::Sensor,
        vec![model::Instance::full(&model::capability::ON_OFF)],
    );
    news.adopt = false;
    house.says("bluetooth", ReportBody::Announced(Box::new(news)));
    let thing = house.thing();
    assert_eq!(thing.key.driver, "bluetooth");
    assert_eq!(thing.sightings.len(), 1);
    let effects = house.asks(RequestBody::Adopt {
        discovery: thing.id,
        name: None,
        area: None,
    });
    assert!(
        matches!(&effects.orders[..], [(driver, Order::Watch { .. })] if driver == "bluetooth")
    );
    assert_eq!(house.thing().state, DiscoveryState::Adopted);
}

fn searchers() -> Vec<Searcher> {
    let searcher = |protocol: &str, disabled: Option<&str>| Searcher {
        protocol: protocol.into(),
        disabled: disabled.map(Into::into),
    };
    vec![
        searcher("mdns", None),
        searcher("ssdp", None),
        searcher("bluetooth", Some("ENABLE_BLUETOOTH is false")),
    ]
}

fn ordered(effects: &Effects) -> Vec<(String, model::RequestId)> {
    let scans = effects
        .orders
        .iter()
        .filter_map(|(driver, order)| match order {
            Order::Scan { request } => Some((driver.clone(), *request)),
            _ => None,
        });
    scans.collect()
}

#[test]
fn a_search_asks_everyone_who_takes_part_and_ends_with_their_answers() {
    let mut house = Fixture::new();
    house.house.search_with(searchers());
    let begun = house.scan();
    let orders = ordered(&begun);
    let names: Vec<_> = orders.iter().map(|(driver, _)| driver.as_str()).collect();
    assert_eq!(names, ["mdns", "ssdp"]);
    let Some((_, Ok(Answer::Scan(id)))) = begun.answer else {
        panic!("{begun:?}")
    };
    // A second one joins the first.
    let joined = house.scan();
    assert!(matches!(joined.answer, Some((_, Ok(Answer::Scan(other)))) if other == id));
    assert!(joined.orders.is_empty());

    house.sees("mdns", sighting("tv.local", "10.0.0.5"));
    let request = orders[0].1;
    house.seconds += 3;
    let searched = Searched::Completed { found: 1 };
    house.says("mdns", ReportBody::ScanDone { request, searched });
    let failed = Searched::Failed {
        reason: "no interface".into(),
    };
    let end = house.says(
        "ssdp",
        ReportBody::ScanDone {
            request,
            searched: failed,
        },
    );
    assert_eq!(kinds(&end), ["scan_ended"]);
    let scan = house.house.snapshot().scans[0].clone();
    assert_eq!(scan.new, [house.thing().id]);
    let parts: Vec<_> = scan
        .protocols
        .iter()
        .map(|part| {
            (
                part.protocol.as_str(),
                part.status,
                part.duration_ms,
                part.error.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("mdns", ScanStatus::Completed, 3_000, None),
            ("ssdp", ScanStatus::Failed, 3_000, Some("no interface")),
            (
                "bluetooth",
                ScanStatus::Disabled,
                0,
                Some("ENABLE_BLUETOOTH is false")
            ),
        ]
    );
    assert!(
        house
            .kept
            .iter()
            .any(|record| matches!(record, Record::Scan(kept) if **kept == *scan))
    );
}

#[test]
fn a_protocol_that_says_nothing_does_not_hold_up_the_rest() {
    let mut house = Fixture::new();
    house.house.search_with(searchers());
    let begun = house.scan();
    house.seconds += 26;
    let end = house.apply(Input::Tick);
    assert_eq!(kinds(&end), ["scan_ended"]);
    let scan = house.house.snapshot().scans[0].clone();
    assert_eq!(scan.protocols[0].status, ScanStatus::TimedOut);
    // What comes late belongs to no search.
    let request = ordered(&begun)[0].1;
    let searched = Searched::Completed { found: 1 };
    let late = house.says("mdns", ReportBody::ScanDone { request, searched });
    assert!(late.events.is_empty());
}

#[test]
fn an_unknown_protocol_is_refused_with_those_that_there_are() {
    let mut house = Fixture::new();
    house.house.search_with(searchers());
    let effects = house.asks(RequestBody::Scan {
        protocols: vec!["zigbee".into()],
    });
    let Some((_, Err(refusal))) = effects.answer else {
        panic!("{effects:?}")
    };
    assert_eq!(refusal.expected, "some of mdns, ssdp, bluetooth");
}

#[test]
fn an_inbox_that_is_full_makes_room_of_what_has_vanished() {
    let limit = twin::Limits::default().discoveries;
    let mut house = Fixture::new();
    for number in 0..limit {
        let address = format!("10.{}.{}.1", number / 256, number % 256);
        house.sees("mdns", sighting(&format!("host-{number}.local"), &address));
    }
    house.sees("mdns", sighting("late.local", "10.200.0.1"));
    assert_eq!(house.things().len(), limit, "all are there: no room");
    house.loses("mdns", "host-7.local");
    house.sees("mdns", sighting("late.local", "10.200.0.1"));
    let names: Vec<_> = house
        .things()
        .iter()
        .map(|thing| thing.sightings[0].sighting.native_id.clone())
        .collect();
    assert!(names.contains(&"late.local".to_owned()));
    assert!(!names.contains(&"host-7.local".to_owned()));
}
