//! What happened to the security of the house.

use crate::{
    Store, StoreError,
    column::{parsed_or_null, signed, time},
    telemetry,
    writer::Leader,
};
use model::{CauseId, Timestamp};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

/// How many are kept; the oldest go.
const MOST: i64 = 20_000;

/// Kinds that devices cause by themselves, and how many of each are kept beside the others: one that comes
/// and goes all day must push no sign-in out.
const OF_DEVICES: [&str; 3] = ["device_new", "device_gone", "device_lost"];
const MOST_OF_DEVICES: i64 = 5_000;

/// Only every so many events it is looked whether there are too many.
const LOOK: i64 = 100;

/// The longest list.
const PAGE: usize = 500;

/// A security event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecurityEvent {
    /// Its number; 0 where it has none yet.
    pub number: u64,
    /// When (wall clock).
    pub at: Timestamp,
    /// What kind, as its maker calls it.
    pub kind: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// Who it was, or the name that was tried.
    pub who: String,
    /// From where.
    pub address: String,
    /// What and why.
    pub detail: String,
    /// Its cause in the timeline.
    pub cause: Option<CauseId>,
}

/// Which security events are wanted. The default is all, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityFilter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this severity.
    pub severity: Option<String>,
    /// Only of this name.
    pub who: Option<String>,
    /// Only with a smaller number: the next page.
    pub before: Option<u64>,
}

impl Store {
    /// Security events, newest first, at most 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn security_events(
        &self,
        filter: &SecurityFilter,
        limit: usize,
    ) -> Result<Vec<KeptSecurityEvent>, StoreError> {
        telemetry::timed("read", async {
            let mut query =
                QueryBuilder::<Sqlite>::new("SELECT * FROM security_events WHERE house_id = ");
            query.push_bind(self.inner.house_row);
            if let Some(kind) = &filter.kind {
                query.push(" AND kind = ").push_bind(kind.clone());
            }
            if let Some(severity) = &filter.severity {
                query.push(" AND severity = ").push_bind(severity.clone());
            }
            if let Some(who) = &filter.who {
                query.push(" AND who = ").push_bind(who.clone());
            }
            if let Some(before) = filter.before {
                query.push(" AND event_id < ").push_bind(signed(before));
            }
            query
                .push(" ORDER BY event_id DESC LIMIT ")
                .push_bind(signed(limit.clamp(1, PAGE) as u64));
            let rows = query.build().fetch_all(&self.inner.reader).await?;
            rows.iter().map(event).collect()
        })
        .await
    }
}

fn event(row: &SqliteRow) -> Result<KeptSecurityEvent, StoreError> {
    let number: i64 = row.try_get("event_id")?;
    Ok(KeptSecurityEvent {
        number: number.unsigned_abs(),
        at: time(row, "at")?,
        kind: row.try_get("kind")?,
        severity: row.try_get("severity")?,
        who: row.try_get("who")?,
        address: row.try_get("address")?,
        detail: row.try_get("detail")?,
        cause: parsed_or_null(row, "cause_id")?,
    })
}

pub(crate) async fn keep_security_event(
    connection: &mut SqliteConnection,
    leader: Leader,
    event: &KeptSecurityEvent,
) -> Result<(), StoreError> {
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO security_events (house_id, at, kind, severity, who, address, detail, cause_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING event_id",
    )
    .bind(leader.house)
    .bind(event.at.as_microsecond())
    .bind(&event.kind)
    .bind(&event.severity)
    .bind(&event.who)
    .bind(&event.address)
    .bind(&event.detail)
    .bind(event.cause.map(|id| id.to_string()))
    .fetch_one(&mut *connection)
    .await?;
    if number % LOOK != 0 {
        return Ok(());
    }
    for kind in OF_DEVICES {
        sqlx::query(
            "DELETE FROM security_events WHERE kind = $1 AND event_id <= \
             (SELECT event_id FROM security_events WHERE kind = $1 \
              ORDER BY event_id DESC LIMIT 1 OFFSET $2)",
        )
        .bind(kind)
        .bind(MOST_OF_DEVICES)
        .execute(&mut *connection)
        .await?;
    }
    let [new, gone, lost] = OF_DEVICES;
    sqlx::query(
        "DELETE FROM security_events WHERE kind NOT IN ($1, $2, $3) AND event_id <= \
         (SELECT event_id FROM security_events WHERE kind NOT IN ($1, $2, $3) \
          ORDER BY event_id DESC LIMIT 1 OFFSET $4)",
    )
    .bind(new)
    .bind(gone)
    .bind(lost)
    .bind(MOST)
    .execute(connection)
    .await?;
    Ok(())
}
