//! An alert: that something is as somebody wanted to be told.

use model::{AlertId, Timestamp};
use serde::{Deserialize, Serialize};
use store::KeptAlert;

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be known.
    Info,
    /// To be looked at.
    Warning,
    /// To be looked at now.
    Critical,
}

impl Severity {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Critical]
            .into_iter()
            .find(|severity| severity.as_str() == text)
    }
}

/// Where an alert comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A rule of the household.
    Rule,
    /// An Alertmanager.
    Alertmanager,
}

impl Source {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Alertmanager => "alertmanager",
        }
    }
}

/// An alert that is on, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Where it comes from.
    pub source: Source,
    /// The rule's slug, or its name there.
    pub name: String,
    /// When it began, in house time.
    pub started: Timestamp,
    /// When it ended; `None` while it is on.
    pub ended: Option<Timestamp>,
    /// What else there is to say.
    pub body: Body,
}

/// What there is to say about an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// What people call it.
    pub title: String,
    /// How grave it is.
    pub severity: Severity,
    /// One sentence with the values that it rests on.
    pub summary: String,
    /// The rule's condition, or where its source explains it.
    pub condition: String,
    /// The values that were looked at when it fired, each with its name; `None`: it was unknown.
    #[serde(default)]
    pub values: Vec<(String, Option<f64>)>,
    /// What its source calls it for good.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Whom to tell.
    #[serde(default)]
    pub webhook: Option<String>,
    /// What the webhook was told last: firing or resolved.
    #[serde(default)]
    pub told: Option<String>,
    /// Why it was never told, where that was given up.
    #[serde(default)]
    pub untold: Option<String>,
}

impl Alert {
    /// Firing, or resolved.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        if self.ended.is_some() {
            "resolved"
        } else {
            "firing"
        }
    }

    /// Whether its webhook still has to be told of its state.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.body.webhook.is_some()
            && self.body.untold.is_none()
            && self.body.told.as_deref() != Some(self.state())
    }

    pub(super) fn kept(&self) -> KeptAlert {
        KeptAlert {
            id: self.id,
            source: self.source.as_str().to_owned(),
            name: self.name.clone(),
            body: serde_json::to_value(&self.body).unwrap_or_default(),
            started: self.started,
            ended: self.ended,
            is_told: !self.waits(),
        }
    }

    pub(super) fn from_kept(kept: KeptAlert) -> Option<Self> {
        let source = [Source::Rule, Source::Alertmanager]
            .into_iter()
            .find(|source| source.as_str() == kept.source)?;
        Some(Self {
            id: kept.id,
            source,
            name: kept.name,
            started: kept.started,
            ended: kept.ended,
            body: serde_json::from_value(kept.body).ok()?,
        })
    }
}
