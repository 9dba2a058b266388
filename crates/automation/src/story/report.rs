//! What came of stories, for people and for programs.

use super::Tested;
use serde_json::{Value as Json, json};

/// For people: a line a story, and under it what was not as expected.
#[must_use]
pub fn text(all: &[Tested]) -> String {
    let mut text = String::new();
    for tested in all {
        let file = tested.file.display();
        let word = if tested.passed() { "ok    " } else { "FAILED" };
        text.push_str(&format!("{word} {file}: {}\n", tested.title));
        match &tested.result {
            Ok(played) => {
                for failure in &played.failures {
                    let (line, at) = (failure.line, &failure.at);
                    text.push_str(&format!("       {file}:{line} at {at}\n"));
                    text.push_str(&format!("         expected: {}\n", failure.expected));
                    let saw = failure.saw.replace('\n', "\n                   ");
                    text.push_str(&format!("         seen:     {saw}\n"));
                }
            }
            Err(faults) => {
                for fault in faults {
                    let line = fault.line.unwrap_or(1);
                    let place = if fault.path.is_empty() {
                        String::new()
                    } else {
                        format!("{}: ", fault.path)
                    };
                    text.push_str(&format!(
                        "       {file}:{line} {place}{}; expected {}\n",
                        fault.message, fault.expected
                    ));
                }
            }
        }
    }
    let passed = all.iter().filter(|tested| tested.passed()).count();
    let expectations: usize = all
        .iter()
        .filter_map(|tested| Some(tested.result.as_ref().ok()?.expectations))
        .sum();
    text.push_str(&format!(
        "{passed} of {} stories are as they should be, with {expectations} expectations.\n",
        all.len()
    ));
    text
}

/// For programs.
#[must_use]
pub fn json(all: &[Tested]) -> Json {
    let stories = all.iter().map(|tested| {
        let (expectations, failures, faults) = match &tested.result {
            Ok(played) => (played.expectations, failures(played), Vec::new()),
            Err(faults) => (0, Vec::new(), faults.iter().map(fault).collect()),
        };
        json!({
            "file": tested.file.display().to_string(),
            "title": tested.title,
            "passed": tested.passed(),
            "expectations": expectations,
            "failures": failures,
            "faults": faults,
        })
    });
    json!({
        "passed": all.iter().all(Tested::passed),
        "stories": stories.collect::<Vec<_>>(),
    })
}

fn failures(played: &super::Played) -> Vec<Json> {
    let all = played.failures.iter().map(|failure| {
        json!({
            "line": failure.line,
            "at": failure.at,
            "expected": failure.expected,
            "seen": failure.saw,
        })
    });
    all.collect()
}

fn fault(fault: &super::Fault) -> Json {
    json!({
        "line": fault.line,
        "message": fault.message,
        "expected": fault.expected,
    })
}
