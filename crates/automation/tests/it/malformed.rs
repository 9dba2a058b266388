//! Documents with something wrong in them: each is told in which line, and what would be right.

use automation::document::{read_json, read_toml};
use expect_test::expect_file;

#[test]
fn every_malformed_document_gets_a_line_and_a_remedy() {
    let corpus = include_str!("malformed/documents.txt");
    let documents: Vec<(&str, &str)> = corpus
        .split("--- ")
        .skip(1)
        .map(|part| part.split_once('\n').unwrap())
        .collect();
    assert!(documents.len() >= 60, "{}", documents.len());
    let mut told = String::new();
    for (name, text) in documents {
        let read = match text.trim_start().starts_with(['{', '[']) && !text.contains("[[") {
            true => read_json(text),
            false => read_toml(text),
        };
        told.push_str(&format!("--- {name}\n"));
        let faults = match read {
            Ok(document) => panic!("{name}: it was read: {document:?}"),
            Err(faults) => faults,
        };
        assert!(!faults.is_empty(), "{name}");
        for fault in faults {
            let lines = text.lines().count().max(1);
            let line = fault.line.unwrap_or(0);
            assert!(
                (1..=lines).contains(&line),
                "{name}: line {line} of {lines}"
            );
            assert!(
                !fault.message.is_empty() && !fault.expected.is_empty(),
                "{name}: {fault}"
            );
            let words = fault.to_string();
            assert!(
                !words.contains(|c: char| c.is_control()),
                "{name}: {words:?}"
            );
            assert!(words.len() < 1_000, "{name}: {} bytes", words.len());
            told.push_str(&words);
            told.push('\n');
        }
    }
    expect_file!["./malformed/told.txt"].assert_eq(&told);
}
