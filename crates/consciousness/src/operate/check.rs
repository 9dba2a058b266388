//! `consciousness check`: every item of the daily list, with what to do about what is wrong.
//!
//! It asks the server that runs with this folder's settings, as the household would, and looks at the
//! files beside it. Nothing is changed: the question to the house is only understood.

use super::{Form, Item, tell};
use crate::ask::{self, CannotAsk, ask};
use crate::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

/// The guide's limit for an answer.
const SLOW: Duration = Duration::from_secs(2);
/// So many errors in an hour are a spike.
const SPIKE: usize = 10;
/// How much of the end of the log is looked at.
const TAIL: u64 = 8 * 1024 * 1024;
/// The families that the guide names.
const METRICS: [&str; 9] = [
    "consciousness_active_sessions",
    "consciousness_total_requests",
    "consciousness_device_count",
    "consciousness_discovery_success_rate",
    "consciousness_ai_response_time",
    "consciousness_automation_executions",
    "consciousness_errors_total",
    "consciousness_memory_usage_bytes",
    "consciousness_database_size_bytes",
];

/// Looks at everything, and prints the list.
///
/// # Errors
/// When something on it failed.
pub fn check(settings: &Settings, form: &Form) -> anyhow::Result<()> {
    let mut items = vec![Item::pass("settings", "all are right")];
    items.push(server(settings));
    if items
        .last()
        .is_some_and(|item| item.verdict == super::Verdict::Fail)
    {
        items.push(Item::skip(
            "page, parts, conversation, metrics",
            "no server answers",
        ));
    } else {
        items.push(page(settings));
        items.extend(parts(settings));
        items.push(conversation(settings));
        items.push(metrics(settings));
    }
    items.push(errors(
        Path::new(settings.text("LOG_FILE")),
        Timestamp::now(),
    ));
    tell(&items, form)
}

fn server(settings: &Settings) -> Item {
    let began = Instant::now();
    match ask(settings, "GET", "/health", None) {
        Ok(health) => {
            let found = format!(
                "version {} answers in {}",
                health["version"].as_str().unwrap_or("unknown"),
                short(began.elapsed())
            );
            if began.elapsed() > SLOW {
                Item::warn(
                    "server",
                    found,
                    "look at CPU, memory and disk of the machine",
                )
            } else {
                Item::pass("server", found)
            }
        }
        Err(CannotAsk::Refused {
            message, action, ..
        }) => Item::fail("server", message, action),
        Err(error) => Item::fail(
            "server",
            error.to_string(),
            "`systemctl status consciousness` and the end of the log say why it does not run",
        ),
    }
}

fn page(settings: &Settings) -> Item {
    match ask::text(settings, "/") {
        Ok(page) if page.to_ascii_lowercase().contains("<!doctype html") => {
            Item::pass("page", format!("{} bytes of HTML", page.len()))
        }
        Ok(_) => Item::fail(
            "page",
            "what comes is no HTML",
            "install a build that has the page (`make build`)",
        ),
        Err(error) => Item::fail("page", error.to_string(), "look at the end of the log"),
    }
}

/// Each part of the server as `/health/detailed` has it.
fn parts(settings: &Settings) -> Vec<Item> {
    // A failed part makes the answer a 503, which has the same body.
    let detailed = match ask::any(settings, "/health/detailed") {
        Ok(detailed) => detailed,
        Err(error) => {
            return vec![Item::fail(
                "parts",
                error.to_string(),
                "look at the end of the log",
            )];
        }
    };
    let Some(parts) = detailed["components"].as_array() else {
        return vec![Item::fail(
            "parts",
            "the answer names no parts",
            "look at the end of the log",
        )];
    };
    parts.iter().map(part).collect()
}

fn part(part: &Json) -> Item {
    let text = |name: &str| part[name].as_str().unwrap_or_default();
    let found = match text("message") {
        "" => text("status"),
        message => message,
    };
    let remedy = match text("action") {
        "" => "look at the end of the log",
        action => action,
    };
    match text("status") {
        "ok" => Item::pass(text("name"), found),
        "degraded" => Item::warn(text("name"), found, remedy),
        _ => Item::fail(text("name"), found, remedy),
    }
}

fn conversation(settings: &Settings) -> Item {
    let question = json!({ "message": "How are you?", "dry_run": true });
    let began = Instant::now();
    match ask(settings, "POST", "/api/chat", Some(&question)) {
        Ok(answer) => {
            let found = format!(
                "{} answers in {}",
                answer["engine"].as_str().unwrap_or("nobody"),
                short(began.elapsed())
            );
            if began.elapsed() > SLOW {
                Item::warn(
                    "conversation",
                    found,
                    "look at the part `language_model`, and at the load of the machine",
                )
            } else {
                Item::pass("conversation", found)
            }
        }
        Err(error) => Item::fail(
            "conversation",
            error.to_string(),
            "`grep -i \"ai model\\|conversation\"` in the log says more",
        ),
    }
}

fn metrics(settings: &Settings) -> Item {
    match ask::text(settings, "/metrics") {
        Ok(text) => {
            let missing: Vec<_> = METRICS
                .iter()
                .filter(|name| !text.lines().any(|line| line.starts_with(**name)))
                .copied()
                .collect();
            if missing.is_empty() {
                Item::pass("metrics", format!("{} lines", text.lines().count()))
            } else {
                Item::fail(
                    "metrics",
                    format!("{} are missing", missing.join(", ")),
                    "look at the end of the log",
                )
            }
        }
        Err(error) => Item::fail("metrics", error.to_string(), "look at METRICS_ALLOWED"),
    }
}

/// The errors that the log tells of in the last hour.
fn errors(log: &Path, now: Timestamp) -> Item {
    let text = match tail(log) {
        Ok(text) => text,
        Err(error) => {
            return Item::warn(
                "log",
                format!("{} cannot be read: {error}", log.display()),
                "run this in the folder of the server, as its user",
            );
        }
    };
    let since = now - SignedDuration::from_hours(1);
    let (number, last) = errors_since(&text, since);
    let Some(last) = last else {
        return Item::pass("log", "no error in the last hour");
    };
    let found = format!("{number} errors in the last hour, the last one: {last}");
    let remedy = "docs/operate/messages.md says what each means";
    if number >= SPIKE {
        Item::fail("log", found, remedy)
    } else {
        Item::warn("log", found, remedy)
    }
}

/// How many lines of errors there are from then on, and the last of them without its time.
fn errors_since(text: &str, since: Timestamp) -> (usize, Option<String>) {
    let mut number = 0;
    let mut last = None;
    for line in text.lines() {
        let Some((when, said)) = error_of(line) else {
            continue;
        };
        if when >= since {
            number += 1;
            last = Some(said);
        }
    }
    (number, last)
}

/// The time and the words of a line that tells of an error, in either of the log's forms.
fn error_of(line: &str) -> Option<(Timestamp, String)> {
    if line.starts_with('{') {
        let line: Json = serde_json::from_str(line).ok()?;
        let when = line["timestamp"].as_str()?.parse().ok()?;
        let is_error = line["level"] == "ERROR";
        return is_error.then(|| {
            (
                when,
                line["message"].as_str().unwrap_or_default().to_owned(),
            )
        });
    }
    let (when, rest) = line.split_once(' ')?;
    let said = rest.trim_start().strip_prefix("ERROR ")?;
    Some((when.parse().ok()?, said.to_owned()))
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn short(took: Duration) -> String {
    format!("{:.0} ms", took.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::errors_since;

    #[test]
    fn errors_are_counted_in_both_forms_and_old_ones_are_not() {
        let log = "2026-11-27T08:00:00.1Z ERROR store: old\n\
            2026-11-27T10:00:00.1Z  INFO api: an ERROR in a text is none\n\
            2026-11-27T10:00:01.1Z ERROR mind::telemetry: the mind broke\n  and went on\n\
            {\"timestamp\":\"2026-11-27T10:00:02Z\",\"level\":\"ERROR\",\"message\":\"again\"}\n\
            {\"timestamp\":\"2026-11-27T10:00:03Z\",\"level\":\"WARN\",\"message\":\"less\"}\n\
            {broken\n";
        let since = "2026-11-27T09:00:00Z".parse().unwrap();
        assert_eq!(errors_since(log, since), (2, Some("again".to_owned())));
    }
}
