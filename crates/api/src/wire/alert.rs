//! Alert rules and alerts, on the wire.

use super::At;
use crate::error::{ApiError, ErrorCode};
use mind::alerts::{self, Fault, Rule};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Alert rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRuleList {
    /// The rules, by slug.
    pub rules: Vec<AlertRule>,
}

/// An alert rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRule {
    /// Its unique, stable, readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When it alarms.
    pub condition: String,
    /// info, warning or critical.
    pub severity: &'static str,
    /// Whom it tells, by a POST of JSON.
    pub webhook: Option<String>,
    /// For how long the condition must hold before it fires, in seconds.
    pub for_seconds: u32,
    /// For how long it must not hold before it is over, in seconds.
    pub keep_seconds: u32,
    /// Whether it counts.
    pub enabled: bool,
    /// What keeps it from working; null where nothing does.
    pub problem: Option<String>,
}

impl AlertRule {
    /// A rule as it is shown.
    pub(crate) fn of(rule: Rule, problem: Option<String>) -> Self {
        Self {
            slug: rule.slug,
            name: rule.name,
            condition: rule.condition,
            severity: rule.severity.as_str(),
            webhook: rule.webhook,
            for_seconds: rule.for_seconds,
            keep_seconds: rule.keep_seconds,
            enabled: rule.enabled,
            problem,
        }
    }
}

/// An alert rule to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlertRule {
    /// What people call it.
    pub name: String,
    /// When it alarms, such as `energy_usage > baseline * 1.5`.
    pub condition: String,
    /// info, warning (where it is left out) or critical.
    pub severity: Option<String>,
    /// Whom to tell, by a POST of JSON: a URL with http:// or https://.
    pub webhook: Option<String>,
    /// For how long the condition must hold before it fires, in seconds: 0 to 86,400; 0 where it is left out.
    pub for_seconds: Option<u32>,
    /// For how long it must not hold before it is over; 60 where it is left out.
    pub keep_seconds: Option<u32>,
    /// Whether it counts; true where it is left out.
    pub enabled: Option<bool>,
}

impl NewAlertRule {
    /// The same in the house's words, under a slug or one that follows from its name.
    pub(crate) fn rule(self, slug: Option<String>) -> Result<Rule, ApiError> {
        let severity = self.severity.as_deref().unwrap_or("warning");
        let severity = alerts::Severity::parse(severity).ok_or_else(|| {
            ApiError::new(ErrorCode::InvalidBody, "severity: it is unknown")
                .expected("info, warning or critical")
        })?;
        Ok(Rule {
            slug: slug.unwrap_or_else(|| Rule::slug_of(&self.name)),
            name: self.name,
            condition: self.condition,
            severity,
            webhook: self.webhook,
            for_seconds: self.for_seconds.unwrap_or(0),
            keep_seconds: self.keep_seconds.unwrap_or(60),
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// Alerts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: Uuid,
    /// rule or alertmanager.
    pub source: &'static str,
    /// The rule's slug, or its name there.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// info, warning or critical.
    pub severity: &'static str,
    /// firing or resolved.
    pub state: &'static str,
    /// One sentence with the values that it rests on.
    pub summary: String,
    /// The rule's condition, or where its source explains it.
    pub condition: String,
    /// The values that were looked at when it fired.
    pub values: Vec<AlertValue>,
    /// When it began.
    pub started_at: At,
    /// When it ended; null while it is on.
    pub ended_at: Option<At>,
    /// Whether its webhook still has to be told.
    pub is_being_told: bool,
    /// Why its webhook was never told, where that was given up.
    pub untold: Option<String>,
}

/// A value that a rule looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertValue {
    /// What, as it stands in a condition.
    pub name: String,
    /// The number; null where it was unknown or no number.
    pub value: Option<f64>,
}

impl From<alerts::Alert> for Alert {
    fn from(alert: alerts::Alert) -> Self {
        Self {
            id: alert.id.uuid(),
            source: alert.source.as_str(),
            state: alert.state(),
            is_being_told: alert.waits(),
            name: alert.name,
            title: alert.body.title,
            severity: alert.body.severity.as_str(),
            summary: alert.body.summary,
            condition: alert.body.condition,
            values: alert
                .body
                .values
                .into_iter()
                .map(|(name, value)| AlertValue { name, value })
                .collect(),
            started_at: alert.started.into(),
            ended_at: alert.ended.map(Into::into),
            untold: alert.body.untold,
        }
    }
}

/// What Alertmanager sends to a webhook, version 4 of its form.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(value_type = Object)]
pub struct AlertmanagerMessage(pub serde_json::Map<String, Json>);

/// What was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenIn {
    /// How many alerts changed by it; what is said again changes nothing.
    pub changed: usize,
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let message = fault.to_string();
        match fault {
            Fault::Rule(_) => Self::new(ErrorCode::InvalidBody, message),
            Fault::Taken(_) => Self::new(ErrorCode::SlugTaken, message).expected("another name"),
            Fault::Unknown(_) => Self::new(ErrorCode::UnknownAlertRule, message),
            Fault::Full(_) => Self::new(ErrorCode::HouseFull, message),
            Fault::Store(error) => error.into(),
        }
    }
}
