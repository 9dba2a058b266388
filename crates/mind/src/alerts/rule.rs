//! A rule: of what people want to be alarmed.

use super::{alert::Severity, condition::Condition, sources::METRICS};
use model::Slug;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest waits, in seconds: a day.
const LONGEST: u32 = 86_400;

/// An alert rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its readable unique name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When it alarms.
    pub condition: String,
    /// How grave that is.
    pub severity: Severity,
    /// Whom to tell, by a POST of JSON.
    #[serde(default)]
    pub webhook: Option<String>,
    /// For how long the condition must hold before it fires, in seconds of house time.
    #[serde(default)]
    pub for_seconds: u32,
    /// For how long it must not hold before it is over.
    #[serde(default)]
    pub keep_seconds: u32,
    /// Whether it counts.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

/// Why a rule cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wrong}")]
pub struct RuleFault {
    /// Which part of it.
    pub field: &'static str,
    /// What is wrong with it.
    pub wrong: String,
}

impl Rule {
    /// A slug for a name.
    #[must_use]
    pub fn slug_of(name: &str) -> String {
        Slug::from_name(name, "alert").to_string()
    }

    /// The condition, read.
    ///
    /// # Errors
    /// What cannot be right about the rule.
    pub fn check(&self) -> Result<Condition, RuleFault> {
        let fault = |field, wrong: String| Err(RuleFault { field, wrong });
        if self.name.trim().is_empty() || self.name.len() > 120 {
            return fault("name", "it has to have 1 to 120 bytes".to_owned());
        }
        for (field, seconds) in [
            ("for_seconds", self.for_seconds),
            ("keep_seconds", self.keep_seconds),
        ] {
            if seconds > LONGEST {
                return fault(field, format!("it is {seconds}; at most {LONGEST}"));
            }
        }
        if let Some(url) = &self.webhook
            && let Err(wrong) = host(url)
        {
            return fault("webhook", wrong.to_owned());
        }
        Condition::read(&self.condition, METRICS).map_err(|wrong| RuleFault {
            field: "condition",
            wrong,
        })
    }

    pub(super) fn times(&self) -> (Duration, Duration) {
        (
            Duration::from_secs(self.for_seconds.into()),
            Duration::from_secs(self.keep_seconds.into()),
        )
    }
}

/// The host of a webhook.
pub(super) fn host(url: &str) -> Result<&str, &'static str> {
    if url.len() > 2_000 || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("it is longer than 2000 bytes or has blanks in it");
    }
    let (scheme, rest) = url.split_once("://").ok_or("it is not a URL")?;
    if !matches!(scheme, "http" | "https") {
        return Err("only http:// and https:// are called");
    }
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if place.contains('@') {
        return Err("a name or password has no place in it");
    }
    let host = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            if port.parse::<u16>().is_ok_and(|port| port > 0) {
                host
            } else {
                return Err("the port is not a number from 1 to 65535");
            }
        }
        _ => place,
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    Ok(host)
}
