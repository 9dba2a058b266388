//! Mutated sentences and noise through understanding, for as long as `FUZZ_SECONDS` says (10): nothing
//! breaks it, keeps it busy, or means one thing now and another the next time.

use crate::house::Home;
use conversation::lang::Language;
use conversation::stay;
use conversation::text;
use conversation::understand::{Context, Dialogue, understand};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// The longest that one message may take; the machine may be busy.
const SLOW: Duration = Duration::from_secs(5);

/// What mutants are made with: words that hold sentences together, other alphabets, rubbish.
const WORDS: [&str; 28] = [
    " and ",
    " all but ",
    " not ",
    " every ",
    " until ",
    " in ten minutes ",
    " at 25:99 ",
    " 1e308 ",
    " -0 ",
    " when ",
    " then ",
    ", ",
    "? ",
    "“",
    "'",
    "\u{202e}",
    "\u{0}",
    "\n",
    " שלום ",
    " Küche ",
    " 灯を消して ",
    "🏠",
    "e\u{301}\u{301}\u{301}",
    "ﬀ",
    " remember that ",
    " undo that ",
    " unlock ",
    "%%%%",
];

fn sentences() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut all = Vec::new();
    for file in ["plain.tsv", "robust.tsv", "never.tsv", "generated.tsv"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        all.extend(
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| Some(line.split('\t').nth(2)?.to_owned())),
        );
    }
    assert!(all.len() > 1_500, "{}", all.len());
    all
}

fn mutant(sentence: &str, other: &str, seed: &[u32]) -> String {
    let mut letters: Vec<char> = sentence.chars().collect();
    for chunk in seed.chunks_exact(3) {
        let [how, place, what] = [chunk[0] as usize, chunk[1] as usize, chunk[2] as usize];
        let at = place % (letters.len() + 1);
        match how % 6 {
            0 => {
                letters.splice(at..at, WORDS[what % WORDS.len()].chars());
            }
            1 if at < letters.len() => {
                letters.remove(at);
            }
            2 if at + 1 < letters.len() => letters.swap(at, at + 1),
            3 => {
                let end = (at + what % 20).min(letters.len());
                let piece = letters[at..end].to_vec();
                letters.splice(at..at, piece);
            }
            4 => {
                letters.splice(at..at, other.chars());
            }
            _ => letters.truncate(at.max(1)),
        }
        letters.truncate(6_000);
    }
    letters.into_iter().collect()
}

#[test]
fn nothing_that_is_said_breaks_understanding() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let language = Language::english();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/houses/maple.toml");
    let home = Home::read(&fs::read_to_string(file).unwrap(), language);
    let all = sentences();
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    // Hours before the clocks go back.
    let now = "2026-10-24T21:30:00Z".parse().unwrap();
    let mut runner = TestRunner::default();
    let plan = (
        0..all.len(),
        0..all.len(),
        proptest::collection::vec(0_u32..u32::MAX, 3..45),
    );
    let noise = "\\PC{0,200}";
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut dialogue = Dialogue::default();
    let mut rounds = 0_u64;
    while Instant::now() < until {
        let (one, other, seed) = plan.new_tree(&mut runner).unwrap().current();
        let random: String = noise.new_tree(&mut runner).unwrap().current();
        for message in [mutant(&all[one], &all[other], &seed), random] {
            let context = Context::new(
                &home.words,
                Some(home.house.snapshot()),
                language,
                &dialogue,
                None,
            );
            let began = Instant::now();
            let run = || understand(&message, &context);
            let Ok(understood) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) else {
                panic!("broken by {message:?} after {dialogue:?}");
            };
            assert!(
                began.elapsed() < SLOW,
                "{message:?} took {:?}",
                began.elapsed()
            );
            assert_eq!(understood, understand(&message, &context), "{message:?}");
            let tokens = text::read(&message, language).tokens;
            let (_, said) = stay::read(&tokens, language);
            if let Some(stretch) = said.stretch(now, &zone) {
                assert!(
                    stretch
                        .until
                        .is_none_or(|until| until > stretch.from.max(now)),
                    "{message:?}"
                );
            }
            // Now and then a conversation begins anew.
            dialogue = if seed[0] % 7 == 0 {
                Dialogue::default()
            } else {
                dialogue.after(&understood.meaning)
            };
        }
        rounds += 2;
    }
    eprintln!("{rounds} rounds");
    assert!(rounds > 0);
}
