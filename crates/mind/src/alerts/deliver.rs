//! Calls webhooks: each is told once of what became of an alert, and tried again while it does not answer.

use super::{alert::Alert, rule::host};
use outbound::{Allowed, Limits, Outbound};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// How long a webhook may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between the first and the second try; each further wait is twice as long.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);
/// A webhook that did not answer for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(24 * 3_600);

/// How telling somebody goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Telling {
    began: Instant,
    next: Instant,
    tries: u32,
    pub(super) under_way: bool,
}

impl Telling {
    pub(super) fn begin() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            next: now,
            tries: 0,
            under_way: false,
        }
    }

    /// Whether it is time for a try.
    pub(super) fn is_due(&self) -> bool {
        !self.under_way && self.next <= Instant::now()
    }

    /// A try went wrong; whether there will be another.
    pub(super) fn failed(&mut self) -> bool {
        self.under_way = false;
        let wait = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries += 1;
        self.next = Instant::now() + wait;
        self.began.elapsed() < GIVE_UP
    }
}

/// Tells a webhook of an alert.
///
/// # Errors
/// Why it does not know now, for people; whether that can change is the second.
pub(super) async fn tell(alert: &Alert) -> Result<(), String> {
    let url = alert.body.webhook.as_deref().unwrap_or_default();
    let host = host(url).map_err(str::to_owned)?;
    // Whoever wrote the rule named this host, wherever it is.
    let client = Outbound::outside([Allowed::named(host)])
        .map_err(|fault| fault.to_string())?
        .with_limits(Limits {
            time: PATIENCE,
            body: 64 * 1024,
        });
    let body = json!({
        "id": alert.id.to_string(),
        "name": alert.name,
        "title": alert.body.title,
        "severity": alert.body.severity.as_str(),
        "state": alert.state(),
        "summary": alert.body.summary,
        "condition": alert.body.condition,
        "values": alert.body.values.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "started_at": alert.started.to_string(),
        "ended_at": alert.ended.map(|at| at.to_string()),
    });
    client
        .post_json(url, body.to_string().into_bytes())
        .await
        .map(drop)
        .map_err(|fault| fault.to_string())
}
