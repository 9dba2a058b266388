//! Alert rules, and alerts with what became of them.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, signed, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{AlertId, Timestamp, Who};
use serde_json::Value as Json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// The longest list.
const LIST: usize = 1_000;

/// An alert rule as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptAlertRule {
    /// Its slug.
    pub slug: String,
    /// The rule, as its maker encodes it; `None` removes it.
    pub body: Option<Json>,
    /// When it was written, in house time.
    pub at: Timestamp,
    /// Who wrote it.
    pub who: Who,
}

/// An alert as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptAlert {
    /// Its id.
    pub id: AlertId,
    /// Where it comes from: `rule` or `alertmanager`.
    pub source: String,
    /// The rule's slug, or its name where it comes from.
    pub name: String,
    /// All there is to say, as its maker encodes it.
    pub body: Json,
    /// When it began, in house time.
    pub started: Timestamp,
    /// When it ended; `None` while it is on.
    pub ended: Option<Timestamp>,
    /// Whether nobody has to be told of its state any more.
    pub is_told: bool,
}

impl Store {
    /// The alert rules, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_rules(&self) -> Result<Vec<KeptAlertRule>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query("SELECT * FROM alert_rules WHERE house_id = $1 ORDER BY slug")
                .bind(self.inner.house_row)
                .fetch_all(&self.inner.reader)
                .await?;
            rows.iter()
                .map(|row| {
                    Ok(KeptAlertRule {
                        slug: row.try_get("slug")?,
                        body: Some(from_json(row, "body")?),
                        at: time(row, "at")?,
                        who: from_json(row, "who")?,
                    })
                })
                .collect()
        })
        .await
    }

    /// The alerts that are on or of which somebody still has to be told.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_alerts(&self) -> Result<Vec<KeptAlert>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM alerts WHERE house_id = $1 AND (ended_at IS NULL OR is_told = 0) \
                 ORDER BY started_at, alert_id LIMIT $2",
            )
            .bind(self.inner.house_row)
            .bind(signed(LIST as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(alert).collect()
        })
        .await
    }

    /// The last alerts, newest first, at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_alerts(&self, limit: usize) -> Result<Vec<KeptAlert>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM alerts WHERE house_id = $1 ORDER BY started_at DESC, alert_id DESC LIMIT $2",
            )
            .bind(self.inner.house_row)
            .bind(signed(limit.clamp(1, LIST) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(alert).collect()
        })
        .await
    }
}

fn alert(row: &SqliteRow) -> Result<KeptAlert, StoreError> {
    Ok(KeptAlert {
        id: parsed(row, "alert_id")?,
        source: row.try_get("source")?,
        name: row.try_get("name")?,
        body: from_json(row, "body")?,
        started: time(row, "started_at")?,
        ended: time_or_null(row, "ended_at")?,
        is_told: row.try_get("is_told")?,
    })
}

pub(crate) async fn keep_alert_rule(
    connection: &mut SqliteConnection,
    leader: Leader,
    rule: &KeptAlertRule,
) -> Result<(), StoreError> {
    let Some(body) = &rule.body else {
        sqlx::query("DELETE FROM alert_rules WHERE house_id = $1 AND slug = $2")
            .bind(leader.house)
            .bind(&rule.slug)
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO alert_rules (house_id, slug, body, at, who) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (house_id, slug) DO UPDATE SET \
         body = excluded.body, at = excluded.at, who = excluded.who",
    )
    .bind(leader.house)
    .bind(&rule.slug)
    .bind(json(body)?)
    .bind(rule.at.as_microsecond())
    .bind(json(&rule.who)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn keep_alert(
    connection: &mut SqliteConnection,
    leader: Leader,
    alert: &KeptAlert,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alerts (alert_id, house_id, source, name, body, started_at, ended_at, is_told) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (alert_id) DO UPDATE SET \
         body = excluded.body, ended_at = excluded.ended_at, is_told = excluded.is_told",
    )
    .bind(alert.id.to_string())
    .bind(leader.house)
    .bind(&alert.source)
    .bind(&alert.name)
    .bind(json(&alert.body)?)
    .bind(alert.started.as_microsecond())
    .bind(alert.ended.map(Timestamp::as_microsecond))
    .bind(alert.is_told)
    .execute(connection)
    .await?;
    Ok(())
}
