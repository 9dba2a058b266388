//! What the house was set up as: a version of each part with every change.

use crate::{
    Record, Store, StoreError,
    column::{cause, from_json_or_null, json, time, timestamp},
    telemetry,
    writer::Leader,
};
use model::{Cause, Event, EventBody, PersonId, Timestamp};
use serde_json::{Value as Json, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// The longest page.
const PAGE: usize = 500;

/// The settings of the household that are part of the set-up.
pub(crate) const SETTINGS: [&str; 3] = ["house_name", "personality", "site"];

/// A part of the set-up from a moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// `floor`, `area`, `person`, `device`, `constraint` or `setting`.
    pub part: String,
    /// Its id; the slug of a constraint, the name of a setting.
    pub id: String,
    /// As it was from then on; `None`: it is gone.
    pub body: Option<Json>,
    /// From when on, in house time.
    pub at: Timestamp,
    /// Who changed it, and why.
    pub cause: Cause,
}

/// A change of the set-up.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionChange {
    /// Its number, which rises.
    pub row: i64,
    /// As it was from then on.
    pub after: Version,
    /// As it was before; `None`: it is new.
    pub before: Option<Json>,
}

impl Version {
    /// The version that somebody's choice makes of a setting; `None` where it is no part of the set-up.
    #[must_use]
    pub fn chosen(record: &Record, cause: Cause, at: Timestamp) -> Option<Self> {
        let version = Self::of(record, &[], at)?;
        Some(Self { cause, ..version })
    }

    /// The version that a record makes of a part of the set-up, with who caused it as the events of the
    /// same change say; `None` where the record is of something else.
    #[must_use]
    pub fn of(record: &Record, events: &[Event], now: Timestamp) -> Option<Self> {
        let (part, id, body) = part_of(record)?;
        let event = events.iter().find(|event| tells(&event.body, part, &id));
        let cause = event.or(events.first()).map(|event| event.cause.clone());
        Some(Self {
            part: part.to_owned(),
            id,
            body,
            at: event.map_or(now, |event| event.at),
            cause: cause.unwrap_or_else(|| Cause::first(model::Who::House)),
        })
    }
}

fn part_of(record: &Record) -> Option<(&'static str, String, Option<Json>)> {
    Some(match record {
        Record::Floor(floor) => (
            "floor",
            floor.id.to_string(),
            Some(json!({"name": floor.name, "slug": floor.slug, "level": floor.level})),
        ),
        Record::FloorGone(id) => ("floor", id.to_string(), None),
        Record::Area(area) => (
            "area",
            area.id.to_string(),
            Some(
                json!({"name": area.name, "slug": area.slug, "floor": area.floor,
                "neighbours": area.neighbours}),
            ),
        ),
        Record::AreaGone(id) => ("area", id.to_string(), None),
        Record::Person(person) => (
            "person",
            person.id.to_string(),
            // Whether they are at home is no part of the set-up.
            Some(json!({"name": person.name, "slug": person.slug})),
        ),
        Record::PersonGone(id) => ("person", id.to_string(), None),
        Record::Device(device) => {
            let can = device.capabilities.iter();
            let can: Vec<&str> = can.map(|instance| instance.capability.name).collect();
            let mut body = json!({
                "name": device.name, "slug": device.slug, "aliases": device.aliases,
                "area": device.area, "kind": device.kind, "manufacturer": device.manufacturer,
                "model": device.model, "driver": device.key.driver,
                "native_id": device.key.native_id, "preferences": device.preferences,
                "capabilities": can,
            });
            // What works for its own room alone looks as it did before this was kept.
            if !device.serves.is_empty() {
                body["serves"] = json!(device.serves);
            }
            ("device", device.id.to_string(), Some(body))
        }
        Record::DeviceGone(id) => ("device", id.to_string(), None),
        Record::Constraint(constraint) => (
            "constraint",
            constraint.slug.to_string(),
            serde_json::to_value(constraint).ok(),
        ),
        Record::ConstraintGone(slug) => ("constraint", slug.to_string(), None),
        Record::Household { name, body, .. } if SETTINGS.contains(name) => {
            let body = (!body.is_null()).then(|| body.clone());
            ("setting", (*name).to_owned(), body)
        }
        _ => return None,
    })
}

/// Whether an event tells of a change of that part.
fn tells(body: &EventBody, part: &str, own: &str) -> bool {
    match body {
        EventBody::FloorChanged { floor, .. } => part == "floor" && floor.to_string() == own,
        EventBody::AreaChanged { area, .. } => part == "area" && area.to_string() == own,
        EventBody::PersonChanged { person, .. } => part == "person" && person.to_string() == own,
        EventBody::DeviceAdded { device, .. }
        | EventBody::DeviceEdited { device, .. }
        | EventBody::DeviceRemoved { device, .. } => part == "device" && device.to_string() == own,
        EventBody::ConstraintChanged { constraint, .. } => {
            part == "constraint" && constraint == own
        }
        _ => false,
    }
}

impl Store {
    /// Since when it is kept what the house was set up as: before that it is not known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn configuration_began(&self) -> Result<Timestamp, StoreError> {
        telemetry::timed("read", async {
            // A house that is older than these records has a row that says when they began.
            let began: i64 = sqlx::query_scalar(
                "SELECT coalesce((SELECT at FROM configuration WHERE house_id = $1 AND part = 'began'), \
                 min(h.created_at, coalesce((SELECT min(at) FROM configuration WHERE house_id = $1), \
                                            h.created_at))) FROM house h WHERE h.house_id = $1",
            )
            .bind(self.inner.house_row)
            .fetch_one(&self.inner.reader)
            .await?;
            timestamp(began)
        })
        .await
    }

    /// Every part of the set-up as it was at a moment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn configuration_at(&self, at: Timestamp) -> Result<Vec<Version>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT c.* FROM configuration c WHERE c.house_id = $1 AND c.body IS NOT NULL \
                 AND c.row = (SELECT max(v.row) FROM configuration v WHERE v.house_id = c.house_id \
                   AND v.part = c.part AND v.part_id = c.part_id AND v.at <= $2) \
                 ORDER BY c.part, c.row",
            )
            .bind(self.inner.house_row)
            .bind(at.as_microsecond())
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(version).collect()
        })
        .await
    }

    /// The changes of the set-up in a stretch of time, the newest first, at most 500; with `before` only
    /// those before that number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn configuration_changes(
        &self,
        from: Timestamp,
        to: Timestamp,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<VersionChange>, StoreError> {
        let limit = i64::try_from(limit.clamp(1, PAGE)).unwrap_or(1);
        // What stood there when these records begin is no change, whenever it became so.
        let from = from.max(self.configuration_began().await?);
        telemetry::timed("read", async {
            // What these records began with is no change.
            let rows = sqlx::query(
                "SELECT c.*, (SELECT v.body FROM configuration v WHERE v.house_id = c.house_id \
                   AND v.part = c.part AND v.part_id = c.part_id AND v.row < c.row \
                   ORDER BY v.row DESC LIMIT 1) AS before \
                 FROM configuration c WHERE c.house_id = $1 AND c.at >= $2 AND c.at <= $3 \
                 AND c.row < $4 AND c.part <> 'began' \
                 AND c.cause_id <> '00000000-0000-0000-0000-000000000000' \
                 ORDER BY c.row DESC LIMIT $5",
            )
            .bind(self.inner.house_row)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter()
                .map(|row| {
                    Ok(VersionChange {
                        row: row.try_get("row")?,
                        after: version(row)?,
                        before: from_json_or_null(row, "before")?,
                    })
                })
                .collect()
        })
        .await
    }

    /// From when on only the newest versions are kept, where there are more than `most`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn configuration_beyond(&self, most: u32) -> Result<Option<Timestamp>, StoreError> {
        telemetry::timed("read", async {
            let at: Option<i64> = sqlx::query_scalar(
                "SELECT at FROM configuration WHERE house_id = $1 AND part <> 'began' \
                 ORDER BY row DESC LIMIT 1 OFFSET $2",
            )
            .bind(self.inner.house_row)
            .bind(most)
            .fetch_optional(&self.inner.reader)
            .await?;
            at.map(timestamp).transpose()
        })
        .await
    }

    /// Every version of one part, the oldest first, at most 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn configuration_of(&self, part: &str, id: &str) -> Result<Vec<Version>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM (SELECT * FROM configuration WHERE house_id = $1 AND part = $2 \
                 AND part_id = $3 ORDER BY row DESC LIMIT 500) ORDER BY row",
            )
            .bind(self.inner.house_row)
            .bind(part)
            .bind(id)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(version).collect()
        })
        .await
    }
}

fn version(row: &SqliteRow) -> Result<Version, StoreError> {
    Ok(Version {
        part: row.try_get("part")?,
        id: row.try_get("part_id")?,
        body: from_json_or_null(row, "body")?,
        at: time(row, "at")?,
        cause: cause(row)?,
    })
}

/// Keeps a version, unless it is as the one before.
pub(crate) async fn keep_version(
    connection: &mut SqliteConnection,
    leader: Leader,
    version: &Version,
) -> Result<(), StoreError> {
    let body = version.body.as_ref().map(json).transpose()?;
    sqlx::query(
        "INSERT INTO configuration (house_id, part, part_id, body, at, cause_id, parent_id, who) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE $4 IS NOT \
         (SELECT body FROM configuration WHERE house_id = $1 AND part = $2 AND part_id = $3 \
          ORDER BY row DESC LIMIT 1)",
    )
    .bind(leader.house)
    .bind(&version.part)
    .bind(&version.id)
    .bind(body)
    .bind(version.at.as_microsecond())
    .bind(version.cause.id.to_string())
    .bind(version.cause.parent.map(|parent| parent.to_string()))
    .bind(json(&version.cause.who)?)
    .execute(&mut *connection)
    .await?;
    // Who forgets where the house stands does not want it kept as history: only that it was forgotten stays.
    if version.part == "setting" && version.id == "site" && version.body.is_none() {
        sqlx::query(
            "DELETE FROM configuration WHERE house_id = $1 AND part = 'setting' AND part_id = 'site' \
             AND body IS NOT NULL",
        )
        .bind(leader.house)
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Forgets versions that were over before a moment, one step of it; what stood at that moment stays, and
/// what was before it is known no more.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    house: i64,
    before: i64,
    step: i64,
) -> Result<u64, StoreError> {
    let gone = sqlx::query(
        "DELETE FROM configuration WHERE row IN (SELECT c.row FROM configuration c \
         WHERE c.house_id = $1 AND c.at < $2 AND c.part <> 'began' AND ( \
           EXISTS (SELECT 1 FROM configuration v WHERE v.house_id = c.house_id AND v.part = c.part \
                   AND v.part_id = c.part_id AND v.row > c.row AND v.at <= $2) \
           OR (c.body IS NULL AND NOT EXISTS (SELECT 1 FROM configuration v \
                   WHERE v.house_id = c.house_id AND v.part = c.part AND v.part_id = c.part_id \
                   AND v.row < c.row))) \
         ORDER BY c.row LIMIT $3)",
    )
    .bind(house)
    .bind(before)
    .bind(step)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if gone > 0 {
        let moved = sqlx::query(
            "UPDATE configuration SET at = max(at, $2) WHERE house_id = $1 AND part = 'began'",
        )
        .bind(house)
        .bind(before)
        .execute(&mut *connection)
        .await?;
        if moved.rows_affected() == 0 {
            sqlx::query(
                "INSERT INTO configuration (house_id, part, part_id, body, at, cause_id, parent_id, who) \
                 VALUES ($1, 'began', '', NULL, $2, '00000000-0000-0000-0000-000000000000', NULL, \
                         '{\"kind\":\"house\"}')",
            )
            .bind(house)
            .bind(before)
            .execute(connection)
            .await?;
        }
    }
    Ok(gone)
}

/// Of a person only what they are called now stays, and that only while they live here; what they set up
/// is somebody's.
pub(crate) async fn erase_person(
    connection: &mut SqliteConnection,
    leader: Leader,
    person: PersonId,
) -> Result<(), StoreError> {
    let id = person.to_string();
    sqlx::query(
        "DELETE FROM configuration WHERE house_id = $1 AND part = 'person' AND part_id = $2 \
         AND (row < (SELECT max(row) FROM configuration WHERE house_id = $1 AND part = 'person' \
                     AND part_id = $2) OR body IS NULL)",
    )
    .bind(leader.house)
    .bind(&id)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE configuration SET who = json_set(who, '$.name', 'somebody who is gone') \
         WHERE house_id = $1 AND json_extract(who, '$.id') = $2",
    )
    .bind(leader.house)
    .bind(&id)
    .execute(connection)
    .await?;
    Ok(())
}
