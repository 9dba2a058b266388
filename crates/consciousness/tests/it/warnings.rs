//! `docs/operate/messages.md` explains every warning and error of the log, and nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms whose lines an operator does not see: the simulator has a page of its own, and the bench is ours.
const NOT_THE_SERVER: [&str; 2] = ["sim", "bench"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The last text in each `warn!` and `error!` of a source: what the line says.
fn messages(source: &str) -> Vec<String> {
    let mut messages = Vec::new();
    for level in ["tracing::warn!(", "tracing::error!("] {
        for (at, _) in source.match_indices(level) {
            let mut texts = Vec::new();
            let (mut depth, mut text, mut escaped) = (1, None::<String>, false);
            for letter in source[at + level.len()..].chars() {
                match (&mut text, letter) {
                    (Some(_), _) if escaped => {
                        // A line that goes on below: the break and the blanks are no part of it.
                        escaped = letter.is_whitespace();
                        if let (false, Some(text)) = (letter.is_whitespace(), &mut text) {
                            text.push(letter);
                        }
                    }
                    (Some(_), '\\') => escaped = true,
                    (Some(done), '"') => {
                        texts.push(std::mem::take(done));
                        text = None;
                    }
                    (Some(text), letter) => text.push(letter),
                    (None, '"') => text = Some(String::new()),
                    (None, '(') => depth += 1,
                    (None, ')') => depth -= 1,
                    (None, _) => {}
                }
                if depth == 0 {
                    break;
                }
            }
            messages.push(
                texts
                    .pop()
                    .unwrap_or_else(|| panic!("{level} without words")),
            );
        }
    }
    messages
}

#[test]
fn every_warning_and_error_is_explained_and_nothing_else() {
    let mut said = BTreeSet::new();
    for room in std::fs::read_dir(root().join("crates")).unwrap().flatten() {
        if NOT_THE_SERVER.contains(&room.file_name().to_string_lossy().as_ref()) {
            continue;
        }
        let mut found = Vec::new();
        sources(&room.path().join("src"), &mut found);
        for source in found {
            said.extend(messages(&std::fs::read_to_string(source).unwrap()));
        }
    }
    let page = std::fs::read_to_string(root().join("docs/operate/messages.md")).unwrap();
    let explained: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split(" | ").next())
        .filter(|first| *first != "Message")
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = said.difference(&explained).collect();
    let extra: Vec<_> = explained.difference(&said).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "docs/operate/messages.md does not explain {missing:#?}, and explains what nobody says: {extra:#?}"
    );
}

#[test]
fn the_words_of_a_line_are_found() {
    let source = r#"
        tracing::warn!(target: "security", code, %error, "a request (\
            was denied)");
        tracing::error!("it broke")
    "#;
    assert_eq!(messages(source), ["a request (was denied)", "it broke"]);
}
