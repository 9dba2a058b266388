//! How long understanding takes. Figures are asked for by name, in a release build:
//! `cargo test --release -p conversation speed -- --ignored --nocapture`.

use crate::house::Home;
use conversation::lang::Language;
use conversation::understand::{Context, Dialogue, understand};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A house of so many devices in rooms of ten.
fn grown(devices: usize) -> Home {
    let kinds = [
        ("ceiling light", "dimmer"),
        ("reading lamp", "color"),
        ("floor lamp", "dimmer"),
        ("blinds", "cover"),
        ("thermostat", "thermostat"),
        ("window", "contact"),
        ("motion sensor", "motion"),
        ("climate", "sensor"),
        ("plug", "outlet"),
        ("speaker", "media"),
    ];
    let mut file = String::from("floors = [{ name = \"Ground floor\", level = 0 }]\nareas = [");
    let sets = devices / kinds.len();
    // A house has at most so many rooms; in a larger one several sets share one.
    let rooms = sets.min(500);
    for room in 0..rooms {
        write!(
            file,
            "{{ name = \"Room {room}\", floor = \"Ground floor\" }},"
        )
        .unwrap();
    }
    file.push_str("]\n");
    for set in 0..sets {
        let room = set % rooms;
        for (name, kind) in kinds {
            write!(file, "[[devices]]\nname = \"Room {set} {name}\"\ntype = \"{kind}\"\narea = \"Room {room}\"\n").unwrap();
        }
    }
    Home::read(&file, Language::english())
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let templates = [
        "turn on the room 7 ceiling light",
        "set room 3 reading lamp to 40 percent",
        "turn off the lights in room 5",
        "close the room 2 blinds and turn off the room 2 floor lamp",
        "is the room 4 window open?",
        "what is the temperature in room 6",
        "trun on the room 7 ceiling ligth",
        "could you please dim the room 1 floor lamp a bit",
        "in ten minutes turn off the room 9 plug",
        "flurble the wug in room 3",
    ];
    for devices in [100, 1_000, 10_000] {
        let home = grown(devices);
        let dialogue = Dialogue::default();
        let context = Context::new(
            &home.words,
            Some(home.house.snapshot()),
            Language::english(),
            &dialogue,
            None,
        );
        let mut worst = (Duration::ZERO, "");
        let mut all = Duration::ZERO;
        let rounds = 200;
        for sentence in templates {
            let began = Instant::now();
            for _ in 0..rounds {
                std::hint::black_box(understand(sentence, &context));
            }
            let took = began.elapsed() / rounds;
            println!("{devices:>6} devices {took:>10.1?}  {sentence}");
            all += took;
            worst = worst.max((took, sentence));
        }
        println!(
            "{devices:>6} devices {:>10.1?} on average, {:.1?} at most",
            all / 10,
            worst.0
        );
    }
    let file = fs::read_to_string(folder.join("houses/maple.toml")).unwrap();
    let home = Home::read(&file, Language::english());
    let dialogue = Dialogue::default();
    let context = Context::new(
        &home.words,
        Some(home.house.snapshot()),
        Language::english(),
        &dialogue,
        None,
    );
    let lines = fs::read_to_string(folder.join("robust.tsv")).unwrap();
    let sentences: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("\tmaple\t") && !line.contains(">>"))
        .filter_map(|line| line.split('\t').nth(2))
        .collect();
    let began = Instant::now();
    for sentence in &sentences {
        std::hint::black_box(understand(sentence, &context));
    }
    let took = began.elapsed();
    println!(
        "corpus: {} sentences, {:.1?} each",
        sentences.len(),
        took / sentences.len() as u32
    );
}
