//! The core: what the three sources say together.

use super::{
    core::Network,
    leases, message,
    message::tests::message,
    netlink::{self, Link, News, tests::neighbour},
    thing::Moment,
};
use crate::Interfaces;
use model::ReportBody;
use std::time::Duration;

const REACHABLE: u16 = 0x02;
const STALE: u16 = 0x04;
const FAILED: u16 = 0x20;
const NEW: u16 = 28;
const GONE: u16 = 29;

struct Bench {
    network: Network,
    now: Moment,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self {
            network: Network::new(Interfaces::All, 4),
            now: Moment {
                steady: Duration::from_secs(100_000),
                wall: 1_795_485_600,
            },
        };
        bench.network.on_news(eth0(true), bench.now);
        bench
    }

    fn kernel(&mut self, kind: u16, state: u16, last: u8, seconds: u32) -> Vec<String> {
        for news in netlink::read(&neighbour(kind, state, last, seconds * 100)) {
            self.network.on_news(news, self.now);
        }
        self.said()
    }

    fn client(&mut self, last: u8, options: &[(u8, &[u8])]) -> Vec<String> {
        let bytes = message([2, 0, 0, 0, 0, last], options);
        let message = message::read(&bytes).expect("a message");
        self.network.on_message(message, "eth0", self.now);
        self.said()
    }

    fn leases(&mut self, text: &str) -> Vec<String> {
        self.network
            .on_leases(0, leases::read(text.as_bytes()), self.now);
        self.said()
    }

    fn pass(&mut self, minutes: u64) -> Vec<String> {
        self.now.steady += Duration::from_secs(60 * minutes);
        self.now.wall += 60 * i64::try_from(minutes).expect("short");
        self.network.on_time(self.now);
        self.said()
    }

    fn said(&mut self) -> Vec<String> {
        let reports = self.network.take_reports(self.now, false);
        reports.into_iter().map(shown).collect()
    }
}

fn shown(report: ReportBody) -> String {
    match report {
        ReportBody::Sighted(thing) => {
            let name = thing.name.as_deref().unwrap_or("?");
            let id = thing.native_id;
            format!("+ {} {name} {:?}", &id[15..], thing.addresses)
        }
        ReportBody::Unsighted { native_id, reason } => format!("- {} {reason}", &native_id[15..]),
        other => format!("{other:?}"),
    }
}

fn eth0(is_up: bool) -> News {
    News::Link(Link {
        index: 7,
        name: "eth0".to_owned(),
        mac: None,
        is_loopback: false,
        is_up,
    })
}

#[test]
fn a_neighbour_is_seen_while_it_answers_and_half_an_hour_longer() {
    let mut bench = Bench::new();
    assert_eq!(bench.kernel(NEW, REACHABLE, 50, 0), ["+ 32 ? [10.77.0.50]"]);
    assert_eq!(bench.kernel(NEW, STALE, 50, 30), [""; 0]);
    assert_eq!(bench.pass(29), [""; 0]);
    assert_eq!(bench.pass(1), ["- 32 it was not heard of for 30 minutes"]);
    assert_eq!(bench.kernel(NEW, REACHABLE, 50, 0), ["+ 32 ? [10.77.0.50]"]);
    // It answers all the time: the kernel has nothing to tell.
    assert_eq!(bench.pass(120), [""; 0]);
    assert_eq!(
        bench.kernel(NEW, FAILED, 50, 0),
        ["- 32 it no longer answers at 10.77.0.50"]
    );
    // What was idle for long when we started is not said to be there.
    assert_eq!(bench.kernel(NEW, STALE, 51, 1_801), [""; 0]);
}

#[test]
fn the_kernel_throwing_out_an_idle_entry_says_nothing() {
    let mut bench = Bench::new();
    bench.kernel(NEW, STALE, 50, 60);
    assert_eq!(bench.kernel(GONE, STALE, 50, 60), [""; 0]);
    assert_eq!(bench.pass(30), ["- 32 it was not heard of for 30 minutes"]);
    bench.kernel(NEW, REACHABLE, 51, 0);
    // A whole table that lacks it says no more than that.
    bench.network.on_table(vec![eth0(true)], bench.now);
    assert_eq!(bench.said(), [""; 0]);
    assert_eq!(bench.pass(30), ["- 33 it was not heard of for 30 minutes"]);
}

#[test]
fn an_interface_takes_its_neighbours_along() {
    for (news, reason) in [
        (eth0(false), "the interface eth0 is down"),
        (News::LinkGone { index: 7 }, "the interface eth0 is gone"),
    ] {
        let mut bench = Bench::new();
        bench.kernel(NEW, REACHABLE, 50, 0);
        bench.client(51, &[(53, &[1])]);
        bench.network.on_news(news, bench.now);
        assert_eq!(
            bench.said(),
            [format!("- 32 {reason}"), format!("- 33 {reason}")]
        );
        assert_eq!(
            bench.kernel(NEW, REACHABLE, 60, 0).len(),
            usize::from(reason.ends_with("down"))
        );
    }
}

#[test]
fn an_address_goes_over_to_another_thing() {
    let mut bench = Bench::new();
    bench.kernel(NEW, REACHABLE, 50, 0);
    let mut other = neighbour(NEW, REACHABLE, 50, 0);
    let at = other
        .windows(6)
        .position(|six| six == [2, 0, 0, 0, 0, 50])
        .expect("address");
    other[at + 5] = 99;
    for news in netlink::read(&other) {
        bench.network.on_news(news, bench.now);
    }
    assert_eq!(
        bench.said(),
        [
            "- 32 another thing answers at 10.77.0.50",
            "+ 63 ? [10.77.0.50]"
        ]
    );
}

#[test]
fn a_client_is_heard_and_its_address_is_asked_after() {
    let mut bench = Bench::new();
    let said = bench.client(50, &[(53, &[3]), (50, &[10, 77, 0, 50]), (12, b"box")]);
    // What it asks for it may not get: the kernel will tell.
    assert_eq!(said, ["+ 32 box []"]);
    assert_eq!(bench.network.nudges(bench.now, false), []);
    bench.now.steady += Duration::from_secs(3);
    assert_eq!(
        bench.network.nudges(bench.now, false),
        [(0, [10, 77, 0, 50].into())]
    );
    assert_eq!(
        bench.kernel(NEW, REACHABLE, 50, 0),
        ["+ 32 box [10.77.0.50]"]
    );
    // It asks for another one: it has lost the first.
    let said = bench.client(50, &[(53, &[3]), (50, &[10, 77, 0, 60])]);
    assert_eq!(said, ["+ 32 box []"]);
    assert_eq!(bench.pass(30), ["- 32 it was not heard of for 30 minutes"]);
}

#[test]
fn a_lease_speaks_for_a_thing_until_it_ends_or_the_kernel_objects() {
    let mut bench = Bench::new();
    let file = "1795489200 02:00:00:00:00:32 10.77.0.50 box *\n";
    assert_eq!(bench.leases(file), ["+ 32 box [10.77.0.50]"]);
    assert_eq!(
        bench.network.nudges(bench.now, true),
        [(0, [10, 77, 0, 50].into())]
    );
    bench.pass(1);
    assert_eq!(
        bench.kernel(NEW, FAILED, 50, 0),
        ["- 32 it no longer answers at 10.77.0.50"]
    );
    assert_eq!(bench.leases(file), [""; 0], "the same lease is no news");
    let renewed = "1795492800 02:00:00:00:00:32 10.77.0.50 box *\n";
    assert_eq!(bench.leases(renewed), ["+ 32 box [10.77.0.50]"]);
    let moved = "1795492800 02:00:00:00:00:32 10.77.0.51 box *\n";
    assert_eq!(bench.leases(moved), ["+ 32 box [10.77.0.51]"]);
    let other = "1795492800 02:00:00:00:00:33 10.77.0.51 desk *\n";
    assert_eq!(
        bench.leases(other),
        [
            "- 32 its address 10.77.0.51 was given to another thing",
            "+ 33 desk [10.77.0.51]"
        ]
    );
    assert_eq!(bench.leases(""), ["- 33 its lease ended"]);
    bench.leases(renewed);
    assert_eq!(bench.pass(121), ["- 32 it was not heard of for 30 minutes"]);
}

#[test]
fn a_search_says_all_again_and_there_is_room_for_so_many() {
    let mut bench = Bench::new();
    for last in 50..60 {
        bench.kernel(NEW, REACHABLE, last, 0);
    }
    assert_eq!((bench.network.found(), bench.network.refused), (4, 6));
    assert_eq!(bench.network.take_reports(bench.now, true).len(), 4);
    // What is gone makes room.
    bench.kernel(NEW, FAILED, 50, 0);
    assert_eq!(bench.kernel(NEW, REACHABLE, 60, 0), ["+ 3c ? [10.77.0.60]"]);
}

#[test]
fn interfaces_that_are_not_chosen_are_not_looked_at() {
    let mut bench = Bench::new();
    bench.network = Network::new(Interfaces::Named(vec!["eth1".to_owned()]), 4);
    bench.network.on_news(eth0(true), bench.now);
    assert_eq!(bench.kernel(NEW, REACHABLE, 50, 0), [""; 0]);
    assert_eq!(bench.network.searched().count(), 0);
}

#[test]
fn addresses_that_are_over_make_room_for_others() {
    let mut bench = Bench::new();
    for last in 1..=40 {
        let mut one = neighbour(NEW, STALE, 50, 0);
        let at = one
            .windows(4)
            .position(|four| four == [10, 77, 0, 50])
            .expect("address");
        one[at + 3] = last;
        for news in netlink::read(&one) {
            bench.network.on_news(news, bench.now);
        }
        assert_eq!(bench.said().len(), 1, "{last}");
        bench.pass(10);
    }
    assert_eq!(bench.pass(30), ["- 32 it was not heard of for 30 minutes"]);
}
