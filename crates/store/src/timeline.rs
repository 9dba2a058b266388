//! Queries: events, wishes, causes.

use crate::{
    KeptValue, Store, StoreError,
    column::{cause, from_json, signed, time, unsigned},
    load, telemetry,
};
use model::{AreaId, Cause, CauseId, DeviceId, Event, Path, Position, Timestamp, Wish, WishId};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

/// Which events are wanted. The default is all, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventFilter {
    /// Only of this device.
    pub device: Option<DeviceId>,
    /// Only of devices that stood in this area then, and of the area itself.
    pub area: Option<AreaId>,
    /// Only with this cause.
    pub cause: Option<CauseId>,
    /// Only of these kinds; empty means all.
    pub kinds: Vec<String>,
    /// Only of this property.
    pub path: Option<Path>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
    /// Only what happened before this place in the stream: the last of the page before.
    pub before: Option<Position>,
}

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Position>,
}

/// The longest page.
const PAGE: usize = 1_000;

const COLUMNS: &str = "SELECT epoch, seq, at, cause_id, parent_id, who, body FROM events";

impl Store {
    /// A page of the timeline, newest first; at most 1,000 events.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<EventPage, StoreError> {
        let limit = limit.clamp(1, PAGE);
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        // A plus before a column keeps its index out of it, and with it the plan that reads
        // everything from the newest on until the page is full. That is right where nothing else
        // is asked for; a device, an area, a cause, a single kind and a closed stretch of time have indexes.
        let by_time = filter.from.is_some() && filter.to.is_some();
        let by_subject = filter.device.is_some() || filter.area.is_some() || filter.cause.is_some();
        let has_index = by_time || by_subject || filter.kinds.len() == 1;
        query
            .push(if has_index {
                " WHERE +house_id = "
            } else {
                " WHERE house_id = "
            })
            .push_bind(self.inner.house_row);
        if let Some(device) = filter.device {
            query
                .push(" AND device_id = ")
                .push_bind(device.to_string());
        }
        if let Some(area) = filter.area {
            query.push(" AND area_id = ").push_bind(area.to_string());
        }
        if let Some(cause) = filter.cause {
            query.push(" AND cause_id = ").push_bind(cause.to_string());
        }
        if let Some(path) = filter.path {
            query.push(" AND path = ").push_bind(path.to_string());
        }
        if let Some(from) = filter.from {
            query.push(" AND at >= ").push_bind(from.as_microsecond());
        }
        if let Some(to) = filter.to {
            query.push(" AND at < ").push_bind(to.as_microsecond());
        }
        if !filter.kinds.is_empty() {
            query.push(" AND kind IN (");
            let mut kinds = query.separated(", ");
            for kind in &filter.kinds {
                kinds.push_bind(kind.clone());
            }
            query.push(")");
        }
        if let Some(before) = filter.before {
            query
                .push(" AND (epoch, seq) < (")
                .push_bind(signed(before.epoch))
                .push(", ")
                .push_bind(signed(before.seq))
                .push(")");
        }
        // One more than asked for tells whether there is a next page.
        query
            .push(" ORDER BY epoch DESC, seq DESC LIMIT ")
            .push_bind(signed(limit as u64 + 1));
        telemetry::timed("read", async {
            let mut rows = query.build().fetch_all(&self.inner.reader).await?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = match rows.last() {
                Some(last) if more => Some(position(last)?),
                _ => None,
            };
            Ok(EventPage {
                events: events(&rows),
                next,
            })
        })
        .await
    }

    /// The events that carry this cause, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_by_cause(&self, cause: CauseId) -> Result<Vec<Event>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT epoch, seq, at, cause_id, parent_id, who, body FROM events \
                 WHERE cause_id = $1 ORDER BY epoch, seq LIMIT 200",
            )
            .bind(cause.to_string())
            .fetch_all(&self.inner.reader)
            .await?;
            Ok(events(&rows))
        })
        .await
    }

    /// The events of a cause and of those before it, as far as they were recorded, oldest first.
    /// At most 32 links are followed: what is longer is a loop or nobody's to read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn chain(&self, cause: &Cause) -> Result<Vec<Event>, StoreError> {
        telemetry::timed("read", async {
            // The parent is given too: the events of the cause itself may not be written yet.
            let rows = sqlx::query(
                "WITH RECURSIVE chain (id, depth) AS (SELECT $1, 0 UNION SELECT $2, 1 UNION \
                 SELECT e.parent_id, c.depth + 1 FROM chain c JOIN events e ON e.cause_id = c.id \
                 WHERE e.parent_id IS NOT NULL AND c.depth < 32) \
                 SELECT e.epoch, e.seq, e.at, e.cause_id, e.parent_id, e.who, e.body \
                 FROM (SELECT DISTINCT id FROM chain) c JOIN events e ON e.cause_id = c.id \
                 ORDER BY e.epoch, e.seq LIMIT 200",
            )
            .bind(cause.id.to_string())
            .bind(cause.parent.map(|parent| parent.to_string()))
            .fetch_all(&self.inner.reader)
            .await?;
            Ok(events(&rows))
        })
        .await
    }

    /// A wish, pending or ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn wish(&self, id: WishId) -> Result<Option<Wish>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query("SELECT * FROM wishes WHERE wish_id = $1")
                .bind(id.to_string())
                .fetch_optional(&self.inner.reader)
                .await?;
            row.as_ref().map(load::wish).transpose()
        })
        .await
    }

    /// The latest wishes of a device, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn wishes_of(&self, device: DeviceId, limit: usize) -> Result<Vec<Wish>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM wishes WHERE device_id = $1 ORDER BY made_at DESC, wish_id DESC LIMIT $2",
            )
            .bind(device.to_string())
            .bind(signed(limit.clamp(1, PAGE) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(load::wish).collect()
        })
        .await
    }

    /// What a property was last reported to be, as far as it is written.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn value(
        &self,
        device: DeviceId,
        path: Path,
    ) -> Result<Option<KeptValue>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query(
                "SELECT p.device_id, p.path, t.value, t.at, t.since, t.cause_id, t.parent_id, t.who \
                 FROM properties p JOIN twins t USING (property_id) \
                 WHERE p.device_id = $1 AND p.path = $2",
            )
            .bind(device.to_string())
            .bind(path.to_string())
            .fetch_optional(&self.inner.reader)
            .await?;
            row.as_ref().map(load::kept_value).transpose()
        })
        .await
    }
}

fn position(row: &SqliteRow) -> Result<Position, StoreError> {
    Ok(Position {
        epoch: unsigned(row.try_get("epoch")?),
        seq: unsigned(row.try_get("seq")?),
    })
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    Ok(Event {
        position: position(row)?,
        at: time(row, "at")?,
        cause: cause(row)?,
        body: from_json(row, "body")?,
    })
}

/// Those that read back: an event of a capability that this version does not have any more is left
/// out, and named in the log.
pub(crate) fn events(rows: &[SqliteRow]) -> Vec<Event> {
    rows.iter()
        .filter_map(|row| match event(row) {
            Ok(event) => Some(event),
            Err(error) => {
                let place = position(row)
                    .map(|place| place.to_string())
                    .unwrap_or_default();
                telemetry::unreadable("event", &place, &error);
                None
            }
        })
        .collect()
}
