//! `consciousness capacity`: how the house that runs fits on its machine, for people.

use crate::ask::ask;
use crate::settings::Settings;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// How it is told.
#[derive(Debug, clap::Args)]
pub struct Capacity {
    /// Answer with the JSON of the API (GET /api/capacity).
    #[arg(long)]
    json: bool,
}

/// Asks the house that runs, and prints its answer.
///
/// # Errors
/// When nobody answers, or the house says no.
pub fn capacity(settings: &Settings, wanted: &Capacity) -> anyhow::Result<()> {
    let answer = ask(settings, "GET", "/api/capacity", None)?;
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print!("{}", told(&answer));
    }
    Ok(())
}

/// The report in words.
fn told(report: &Json) -> String {
    let mut text = String::new();
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    // Writing to a string cannot fail.
    let days = report["days"].as_u64().unwrap_or_default();
    let _ = match report["from"].as_str() {
        Some(from) => writeln!(text, "From {days} days since {from}.\n"),
        None => writeln!(text, "Nothing was sampled yet.\n"),
    };
    for figure in list("figures") {
        let unit = figure["unit"].as_str().unwrap_or_default();
        let amount = |value: &Json| value.as_f64().map(|value| amount(value, unit));
        let now = amount(&figure["now"]).unwrap_or_else(|| "unknown".to_owned());
        let trend = match (amount(&figure["per_month"]), figure["needs_days"].as_u64()) {
            (Some(month), _) => {
                let trend = figure["trend"].as_str().unwrap_or_default();
                let sign = if figure["per_month"].as_f64() > Some(0.0) {
                    "+"
                } else {
                    ""
                };
                format!("{trend}, {sign}{month} a month")
            }
            (None, Some(days)) => format!("trend unknown: needs {days} more days"),
            (None, None) => "trend unknown".to_owned(),
        };
        let name = figure["name"].as_str().unwrap_or_default();
        let _ = writeln!(text, "{name:<10} {now:<24} {trend}");
    }
    let free = report["disk_free_bytes"].as_f64();
    if let Some(free) = free {
        let full = match report["days_to_full"].as_f64() {
            Some(days) => format!("full in about {days:.0} days"),
            None => "no day foreseen on which it is full".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:<10} {:<24} {full}",
            "disk free",
            amount(free, "bytes")
        );
    }
    text.push('\n');
    for sign in list("indicators") {
        let word = |name: &str| sign[name].as_str().unwrap_or_default().to_owned();
        let (state, name, message) = (word("state"), word("name"), word("message"));
        let _ = writeln!(text, "{state:<8} {name:<15} {message}");
        if let Some(action) = sign["action"].as_str() {
            let _ = writeln!(text, "{:<24} {action}", "");
        }
    }
    text
}

/// A figure with its unit, as people read it.
fn amount(value: f64, unit: &str) -> String {
    if unit != "bytes" {
        return format!("{value:.1} {unit}").replace(".0 ", " ");
    }
    let size = value.abs();
    match [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        .iter()
        .find(|(step, _)| size >= *step)
    {
        Some((step, name)) => format!("{:.1} {name}", value / step),
        None => format!("{value:.0} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use serde_json::json;

    #[test]
    fn a_report_is_told_in_words() {
        let report = json!({"days": 30, "from": "2026-01-01", "disk_free_bytes": 40e9, "days_to_full": 12.0,
            "figures": [
                {"name": "database", "unit": "bytes", "now": 350e6, "per_month": 300e6, "trend": "growing"},
                {"name": "requests", "unit": "requests a day", "now": 1200.0, "per_month": null,
                    "trend": "unknown", "needs_days": 3}],
            "indicators": [{"name": "memory", "state": "warning", "message": "12 % of the time",
                "action": "give it more"}]});
        let told = told(&report);
        for words in [
            "From 30 days since 2026-01-01.",
            "350.0 MB",
            "growing, +300.0 MB a month",
            "1200 requests a day",
            "trend unknown: needs 3 more days",
            "full in about 12 days",
            "warning  memory",
            "give it more",
        ] {
            assert!(told.contains(words), "{words}:\n{told}");
        }
        assert!(super::told(&json!({"days": 0})).contains("Nothing was sampled yet."));
    }
}
