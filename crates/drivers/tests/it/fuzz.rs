//! Random and mutated traffic through the drivers' cores, for as long as `FUZZ_SECONDS` says (10).

use drivers::{home_assistant, mdns, mqtt::fuzz_messages, ssdp, weather};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use std::time::{Duration, Instant};

/// Pieces of real messages, from which mutants are made.
fn corpus() -> Vec<Vec<u8>> {
    let recorded = include_str!("../fixtures/zigbee2mqtt-2.14.1.jsonl");
    let lines: Vec<String> = recorded
        .lines()
        .filter_map(|line| {
            let json: serde_json::Value = serde_json::from_str(line).ok()?;
            let text = |key: &str| Some(json.get(key)?.as_str()?.to_owned());
            Some(format!(
                "{} {}",
                text("topic")?.replace(' ', "_"),
                text("payload")?
            ))
        })
        .collect();
    lines
        .chunks(6)
        .map(|some| format!("{}\n!\n{}", some.join("\n"), some.join("\n")).into_bytes())
        .collect()
}

/// Pieces of what a real Home Assistant sent, each with the connection that they need.
fn hub() -> Vec<Vec<u8>> {
    let recorded = include_str!("../fixtures/home-assistant-2024.3.3.jsonl");
    let mut sent: Vec<String> = vec![
        r#"{"type":"auth_required"}"#.to_owned(),
        r#"{"type":"auth_ok"}"#.to_owned(),
    ];
    let mut later = Vec::new();
    for line in recorded.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let is_late = json["ask"]["type"] == "call_service" || json["ask"].is_null();
        let mut all = vec![json["answer"].clone()];
        all.extend(
            json["told"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|told| told["message"].clone()),
        );
        let all = all
            .into_iter()
            .filter(|message| !message.is_null())
            .map(|mut message| {
                trim(&mut message);
                message.to_string()
            });
        if is_late {
            later.extend(all)
        } else {
            sent.extend(all)
        }
    }
    let start = sent.join("\n");
    let mut corpus = vec![start.clone().into_bytes()];
    corpus.extend(
        later
            .chunks(4)
            .map(|some| format!("{start}\n!\n{}\n!", some.join("\n")).into_bytes()),
    );
    corpus
}

/// Leaves a dozen of each list, so that a round stays quick.
fn trim(message: &mut serde_json::Value) {
    if let Some(list) = message["result"].as_array_mut() {
        let step = (list.len() / 12).max(1);
        *list = list.iter().step_by(step).cloned().collect();
    }
    if let Some(states) = message["event"]["a"].as_object_mut() {
        let step = (states.len() / 24).max(1);
        let kept: Vec<String> = states.keys().step_by(step).cloned().collect();
        states.retain(|id, _| kept.contains(id));
    }
}

/// Words that mean something to a parser somewhere.
const WORDS: &[&str] = &[
    "{{ value_json.x }}",
    "{% for i in range(9999) %}",
    "null",
    "-1e308",
    "1e999",
    "NaN",
    "\u{0}",
    "~",
    "#",
    "+",
    "$SYS",
    "config",
    "homeassistant/",
    "/device/",
    "\"cmps\":{",
    "[[[[[[[[",
    "{\"a\":",
    "\"ids\":[]",
    "\"name\":null",
    "999999999999999999999",
    "\"brightness_scale\":0",
    "\"min_mireds\":-5",
    "\"speed_range_max\":0",
    "\"expire_after\":1e308",
    "true",
    "💡",
    "\\ud800",
    "\"id\":4",
    "{\"type\":\"event\",\"id\":9,\"event\":",
    "\"unavailable\"",
    "\"supported_features\":65535",
    "\"device_id\":\"x\"",
    "\n!\n",
    "\n?\n",
];

/// One way of breaking a message.
pub(crate) fn mutate(mut data: Vec<u8>, seed: &[u32]) -> Vec<u8> {
    for pair in seed.chunks(3) {
        let [kind, at, what] = *pair else { continue };
        let len = data.len().max(1);
        let at = at as usize % len;
        match kind % 6 {
            0 if at < data.len() => data[at] ^= 1 << (what % 8),
            1 => {
                let word = WORDS[what as usize % WORDS.len()];
                data.splice(at.min(data.len())..at.min(data.len()), word.bytes());
            }
            2 => {
                let end = (at + what as usize % 64).min(data.len());
                data.drain(at.min(end)..end);
            }
            3 => {
                let end = (at + what as usize % 64).min(data.len());
                let piece = data[at.min(end)..end].to_vec();
                data.splice(at.min(data.len())..at.min(data.len()), piece);
            }
            4 => data.truncate(at),
            _ => {
                let digit = b"0123456789-.eE"[what as usize % 14];
                if let Some(place) = data.iter().skip(at).position(u8::is_ascii_digit) {
                    data[at + place] = digit;
                }
            }
        }
    }
    data
}

/// Runs mutants of a corpus, and noise, through something that must not break.
fn fuzz(name: &str, corpus: &[Vec<u8>], run: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut runner = TestRunner::default();
    let plan = (
        0..corpus.len(),
        proptest::collection::vec(0_u32..u32::MAX, 3..60),
    );
    let noise = proptest::collection::vec(0_u8..=255, 0..400);
    let mut rounds = 0_u64;
    while Instant::now() < until {
        let (which, seed) = plan.new_tree(&mut runner).unwrap().current();
        let mutant = mutate(corpus[which].clone(), &seed);
        let random = noise.new_tree(&mut runner).unwrap().current();
        for data in [mutant, random] {
            if std::panic::catch_unwind(|| run(&data)).is_err() {
                let path = std::env::temp_dir().join(format!("drivers-fuzz-{name}-broken"));
                std::fs::write(&path, &data).unwrap();
                panic!("broken by what is in {}", path.display());
            }
        }
        rounds += 2;
    }
    eprintln!("{rounds} rounds");
    assert!(rounds > 0);
}

/// The seeds of a fuzz target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/../../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn no_traffic_breaks_the_core() {
    fuzz("mqtt", &corpus(), fuzz_messages);
}

#[test]
fn no_traffic_breaks_mdns() {
    let seeds = seeds("mdns_packets");
    // What is mutated does mean something: each seed shows a thing.
    let names: Vec<_> = seeds.iter().map(|seed| mdns::fuzz_packets(seed)).collect();
    assert!(
        names
            .iter()
            .any(|seen| seen.iter().any(|it| it.native_id == "tv.local"))
    );
    assert!(
        names
            .iter()
            .any(|seen| seen.iter().any(|it| it.native_id == "pi1.local"))
    );
    fuzz("mdns", &seeds, |data| drop(mdns::fuzz_packets(data)));
}

#[test]
fn no_traffic_breaks_ssdp() {
    let seeds = seeds("ssdp_traffic");
    assert!(
        seeds
            .iter()
            .any(|seed| !ssdp::fuzz_traffic(seed).is_empty())
    );
    fuzz("ssdp", &seeds, |data| drop(ssdp::fuzz_traffic(data)));
}

#[test]
fn no_hub_breaks_its_mirror() {
    fuzz("home_assistant", &hub(), home_assistant::fuzz_messages);
}

#[test]
fn no_answer_breaks_the_weather() {
    let recorded = include_str!("../fixtures/open-meteo-2026-10-03.json");
    // The same as Unix times, with hours to come.
    let later = recorded
        .replace("\"2026-10-03T12:30\"", "1791023400")
        .replace(
            "[\"2026-10-03T00:00\",\"2026-10-03T01:00\",\"2026-10-03T02:00\"]",
            "[1791025200,1791028800,1791032400]",
        );
    assert_ne!(later, recorded);
    assert!(weather::decode(later.as_bytes()).is_ok());
    let corpus = [recorded.as_bytes().to_vec(), later.into_bytes()];
    fuzz("weather", &corpus, weather::fuzz_answer);
}
