//! Mutated documents and stories through their readers, for as long as `FUZZ_SECONDS` says (5).

use automation::document::fuzz_document;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use std::time::{Duration, Instant};

/// Words that mean something to a reader somewhere.
const WORDS: &[&str] = &[
    "[[",
    "]]",
    "{",
    "}",
    "\"",
    "'''",
    "=",
    "\n",
    "#",
    "\\u0000",
    "\u{202e}",
    "💡",
    "null",
    "1e999",
    "-0",
    "99999999999999999999",
    "nan",
    "2026-11-23",
    "when",
    "if",
    "then",
    "then = [",
    "any = [",
    "not = [",
    "{ stop = true }",
    "all",
    "property = \"",
    "OnOff.on_off",
    "\"2:OnOff.on_off\"",
    "$warm",
    "\"70 °F\"",
    "-5min",
    "366 days",
    "400 days",
    "cron = \"* * * * *\"",
    "*/0",
    "sun",
    "trigger",
    "steps",
    "\"type\":",
    "expression = '",
    "((((((((",
    "[[[[[[[[",
    "{1:{1:",
    ".all(x,",
    "\"name\":",
    "story ",
    "house\n",
    "    ",
    "expect ",
    "20:00 ",
    "+5min ",
    "scenario\n",
    "100000 times ",
    "restart",
    "\"",
    "hall_lamp ",
];

/// Samples of what people write.
fn samples() -> Vec<Vec<u8>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut all = Vec::new();
    for folder in [
        "fuzz/seeds/scenario_documents",
        "crates/automation/src/shipped",
        "stories/steps",
    ] {
        for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
            all.push(std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
    let corpus = include_str!("malformed/documents.txt");
    let documents = corpus
        .split("--- ")
        .filter_map(|part| part.split_once('\n'));
    all.extend(documents.map(|(_, text)| text.as_bytes().to_vec()));
    all
}

/// A sample with some of it cut out, doubled, replaced by a word or by part of another sample.
fn mutant(samples: &[Vec<u8>], dice: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = samples[dice(samples.len())].clone();
    for _ in 0..=dice(6) {
        let at = dice(bytes.len() + 1);
        let end = (at + dice(40)).min(bytes.len());
        match dice(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, WORDS[dice(WORDS.len())].bytes())),
            2 => {
                let piece = bytes[at..end].repeat(1 + dice(8));
                bytes.splice(at..end, piece);
            }
            3 => {
                let other = &samples[dice(samples.len())];
                let from = dice(other.len() + 1);
                let to = (from + dice(200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ if at < bytes.len() => bytes[at] ^= 1 << dice(8),
            _ => {}
        }
    }
    bytes
}

#[test]
fn fuzz_documents() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(5));
    let samples = samples();
    for sample in &samples {
        fuzz_document(sample);
    }
    let mut runner = TestRunner::default();
    let mut rounds = 0_u64;
    while Instant::now() < end {
        let seeds = proptest::collection::vec(proptest::num::usize::ANY, 64);
        let seeds = seeds.new_tree(&mut runner).unwrap().current();
        let mut next = seeds.into_iter().cycle();
        let mut dice = |sides: usize| next.next().unwrap() % sides.max(1);
        let bytes = mutant(&samples, &mut dice);
        let played = std::panic::catch_unwind(|| fuzz_document(&bytes));
        assert!(
            played.is_ok(),
            "this broke the reader (round {rounds}):\n{}",
            String::from_utf8_lossy(&bytes)
        );
        rounds += 1;
    }
    assert!(rounds > 0);
}
