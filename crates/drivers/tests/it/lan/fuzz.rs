//! Random and mutated bytes through the codecs and cores, each for as long as `FUZZ_SECONDS` says
//! (10), divided by what there is.

use crate::fuzz::mutate;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use std::time::{Duration, Instant};

/// Runs one entry over mutants of the seeds and over noise.
fn run(name: &str, entry: fn(&[u8]), seeds: &[Vec<u8>]) {
    let seconds: u64 = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let until = Instant::now() + Duration::from_millis(seconds * 1_000 / 3);
    let mut runner = TestRunner::default();
    let plan = (
        0..seeds.len(),
        proptest::collection::vec(0_u32..u32::MAX, 3..60),
    );
    let noise = proptest::collection::vec(0_u8..=255, 0..400);
    let mut rounds = 0_u64;
    while Instant::now() < until {
        let (which, seed) = plan.new_tree(&mut runner).unwrap().current();
        let mutant = mutate(seeds[which].clone(), &seed);
        let random = noise.new_tree(&mut runner).unwrap().current();
        for data in [mutant, random] {
            if std::panic::catch_unwind(|| entry(&data)).is_err() {
                let path = std::env::temp_dir().join(format!("drivers-fuzz-broken-{name}"));
                std::fs::write(&path, &data).unwrap();
                panic!("broken by what is in {}", path.display());
            }
        }
        rounds += 2;
    }
    eprintln!("{name}: {rounds} rounds");
    assert!(rounds > 0);
}

/// The seeds of a target, which the fuzzer begins with as well.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/../../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn nothing_in_the_network_breaks_the_core() {
    run(
        "network_news",
        drivers::dhcp::fuzz_network,
        &seeds("network_news"),
    );
}

#[test]
fn no_advert_breaks_the_core() {
    run(
        "adverts",
        drivers::bluetooth::fuzz_adverts,
        &seeds("adverts"),
    );
}

#[test]
fn no_page_breaks_its_reader() {
    run(
        "web_pages",
        drivers::network::fuzz_page,
        &seeds("web_pages"),
    );
}
