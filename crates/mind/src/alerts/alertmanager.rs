//! What Alertmanager sends to a webhook: version 4 of its form. What is not known in it is passed over, so
//! that a newer one does no harm.

use super::alert::Severity;
use model::Timestamp;
use serde_json::{Map, Value};

/// Alerts that are taken from one message.
const MOST: usize = 200;
/// The longest text that is kept of one.
const TEXT: usize = 1_000;

/// One alert of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// What it calls it for good.
    pub fingerprint: String,
    /// Its name.
    pub name: String,
    /// How grave it is: its label `severity`, or a warning where that says nothing known.
    pub severity: Severity,
    /// What it says, in one sentence.
    pub summary: String,
    /// Where it is explained.
    pub link: String,
    /// Whether it is over.
    pub is_over: bool,
    /// When it began there, by that machine's clock.
    pub started: Option<Timestamp>,
}

/// Reads a message.
///
/// # Errors
/// What is wrong with it, for people.
pub fn read(message: &Map<String, Value>) -> Result<Vec<Notification>, String> {
    let alerts = message
        .get("alerts")
        .and_then(Value::as_array)
        .ok_or("`alerts` is not a list")?;
    if alerts.len() > MOST {
        return Err(format!("it has {} alerts; at most {MOST}", alerts.len()));
    }
    alerts
        .iter()
        .zip(1..)
        .map(|(alert, number)| one(alert).map_err(|wrong| format!("alert {number}: {wrong}")))
        .collect()
}

fn one(alert: &Value) -> Result<Notification, String> {
    let text = |part: &str, name: &str| {
        alert
            .get(part)
            .and_then(|part| part.get(name))
            .and_then(Value::as_str)
            .map(short)
            .filter(|text| !text.is_empty())
    };
    let own = |name: &str| alert.get(name).and_then(Value::as_str).map(short);
    let is_over = match alert.get("status").and_then(Value::as_str) {
        Some("firing") => false,
        Some("resolved") => true,
        _ => return Err("`status` is neither firing nor resolved".to_owned()),
    };
    let name = text("labels", "alertname").ok_or("the label `alertname` is missing")?;
    // Older ones give no fingerprint: then the labels say which one it is.
    let fingerprint = own("fingerprint")
        .filter(|print| !print.is_empty())
        .unwrap_or_else(|| {
            short(
                &alert
                    .get("labels")
                    .map(Value::to_string)
                    .unwrap_or_default(),
            )
        });
    let severity = match text("labels", "severity").as_deref() {
        Some("critical" | "page" | "error" | "emergency") => Severity::Critical,
        Some("info" | "none" | "notice") => Severity::Info,
        _ => Severity::Warning,
    };
    Ok(Notification {
        fingerprint,
        severity,
        summary: text("annotations", "summary")
            .or_else(|| text("annotations", "description"))
            .or_else(|| text("annotations", "message"))
            .unwrap_or_else(|| format!("{name}, without a word")),
        name,
        link: own("generatorURL").unwrap_or_default(),
        is_over,
        started: own("startsAt").and_then(|at| at.parse().ok()),
    })
}

/// Words from outside, fit to be shown.
fn short(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::alerts::Severity;
    use serde_json::{Value, json};

    fn message(alerts: Value) -> serde_json::Map<String, Value> {
        let message = json!({"version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing",
            "receiver": "house", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
            "externalURL": "http://localhost:9093", "alerts": alerts});
        message.as_object().cloned().expect("an object")
    }

    #[test]
    fn its_form_is_read() {
        let read_one = |alert: Value| read(&message(json!([alert])));
        let full = read_one(json!({"status": "firing",
            "labels": {"alertname": "HighMemoryUsage", "severity": "warning", "instance": "house:8000"},
            "annotations": {"summary": "High memory usage\ndetected"},
            "startsAt": "2026-03-02T06:00:00.000Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://localhost:9090/graph", "fingerprint": "c8f5a1b2"}))
        .expect("an alert");
        assert_eq!(full[0].name, "HighMemoryUsage");
        assert_eq!(full[0].summary, "High memory usagedetected");
        assert_eq!(
            (full[0].severity, full[0].is_over),
            (Severity::Warning, false)
        );
        assert_eq!(
            full[0].started.map(|at| at.as_second()),
            Some(1_772_431_200)
        );
        let bare = read_one(
            json!({"status": "resolved", "labels": {"alertname": "X", "severity": "critical"}}),
        )
        .expect("an alert");
        assert_eq!(bare[0].severity, Severity::Critical);
        assert!(bare[0].is_over && !bare[0].fingerprint.is_empty());
        for (alert, word) in [
            (json!({}), "status"),
            (json!({"status": "firing"}), "alertname"),
            (
                json!({"status": "maybe", "labels": {"alertname": "X"}}),
                "status",
            ),
            (json!(7), "status"),
        ] {
            let fault = read_one(alert).expect_err("no alert");
            assert!(fault.contains(word) && fault.contains("alert 1"), "{fault}");
        }
        assert!(read(&message(json!("none"))).is_err());
        let many: Vec<Value> = (0..201).map(|_| json!({})).collect();
        assert!(
            read(&message(json!(many)))
                .expect_err("too many")
                .contains("201")
        );
    }
}
