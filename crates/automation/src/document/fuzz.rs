//! An entry for fuzzing: any bytes as a document and as a story.

use super::{Document, Fault, read_json, read_toml, read_value, to_json, to_toml};

/// The longest message about a fault.
const LONGEST: usize = 4_000;

/// Reads any bytes as a document in TOML and in JSON, and as a story, and checks what must hold whatever
/// comes: no panic; every fault has a line of the text and a remedy; what is read is written and read
/// again as the same, and has a sentence.
///
/// # Panics
/// When one of the checks fails, which is what fuzzing looks for.
pub fn fuzz_document(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for read in [read_toml(&text), read_json(&text)] {
        match read {
            Ok(document) => same_again(&document),
            Err(faults) => told_well(&text, &faults),
        }
    }
    if let Err(faults) = crate::story::read(&text) {
        told_well(&text, &faults);
    }
}

fn same_again(document: &Document) {
    let json = to_json(document);
    let again = read_value(&json).expect("what is written in JSON is read again");
    assert_eq!(&again, document, "JSON keeps all of it");
    let toml = to_toml(document);
    let again = read_toml(&toml).expect("what is written in TOML is read again");
    assert_eq!(&again, document, "TOML keeps all of it");
    assert!(
        !crate::sentence::sentence(document).is_empty(),
        "it has a sentence"
    );
}

fn told_well(text: &str, faults: &[Fault]) {
    assert!(
        !faults.is_empty() && faults.len() <= 20,
        "{} faults",
        faults.len()
    );
    let lines = text.lines().count().max(1) + 1;
    for fault in faults {
        let line = fault.line.unwrap_or(1);
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
        assert!(
            !fault.message.is_empty() && !fault.expected.is_empty(),
            "{fault:?}"
        );
        assert!(
            fault.to_string().len() <= LONGEST,
            "{} bytes",
            fault.to_string().len()
        );
    }
}
