//! Telemetry: a group of what history gathered becomes one transaction.

use crate::{
    KeptValue, Store, StoreError,
    bulk::Bulk,
    column::{json, sample},
    keep::keep_events,
    telemetry,
    writer::Leader,
};
use model::{DeviceId, Event, Path, Timestamp, Value};
use sqlx::{Row, SqliteConnection};
use std::{collections::HashMap, sync::Arc, sync::LazyLock, sync::PoisonError};

/// The short numbers of properties that are known to be in the database.
pub(crate) type Properties = HashMap<(DeviceId, Path), i64>;

/// A value at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Whose.
    pub device: DeviceId,
    /// Of which property.
    pub path: Path,
    /// When, in house time.
    pub at: Timestamp,
    /// The value; `None` says that it is not known from here on.
    pub value: Option<Value>,
}

/// A stretch of house time of which samples or events may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its first moment.
    pub from: Timestamp,
    /// Its last.
    pub to: Timestamp,
    /// Why.
    pub reason: GapReason,
    /// Why, for people.
    pub detail: String,
}

/// Why there is a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The house did not run.
    NotRunning,
    /// More happened than could be taken down.
    FellBehind,
    /// It could not be written, for example because the disk was full.
    NotKept,
}

impl GapReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::NotRunning, Self::FellBehind, Self::NotKept];

    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRunning => "not_running",
            Self::FellBehind => "fell_behind",
            Self::NotKept => "not_kept",
        }
    }
}

/// What history gathered. It is written in one transaction, and writing it twice is the same as
/// writing it once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// Samples. Of two for the same property and moment the later in the list is kept.
    pub samples: Vec<Sample>,
    /// Events of the timeline.
    pub events: Vec<Event>,
    /// What properties were last reported to be.
    pub values: Vec<KeptValue>,
    /// Properties that were reported to be what they are already, and when.
    pub confirmed: Vec<(DeviceId, Path, Timestamp)>,
    /// When devices were last heard of.
    pub seen: Vec<(DeviceId, Timestamp)>,
    /// Gaps.
    pub gaps: Vec<Gap>,
    /// The house time up to which this is everything.
    pub until: Option<Timestamp>,
}

impl Group {
    /// How many rows it makes.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.samples.len()
            + self.events.len()
            + self.values.len()
            + self.confirmed.len()
            + self.seen.len()
            + self.gaps.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }
}

impl Store {
    /// Writes a group in one transaction. It returns when the file system has it; the disk has it
    /// a second later at most, if more comes, or with the next [`Store::keep`]. The transaction goes on when the caller stops
    /// waiting.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is.
    pub async fn record(&self, group: Arc<Group>) -> Result<(), StoreError> {
        let store = self.clone();
        // A task of its own: a transaction must not stay open because its caller went away.
        let writing =
            tokio::spawn(async move { telemetry::timed("record", store.record_now(&group)).await });
        writing
            .await
            .unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }

    async fn record_now(&self, group: &Group) -> Result<(), StoreError> {
        let mut writer = self.inner.writer.lock().await;
        let leader = self.leader();
        let durability = writer.telemetry();
        let connection = writer.begin("record", durability).await?;
        let mut ids = Ids {
            known: &self.inner.properties,
            fresh: HashMap::new(),
        };
        let result = write(connection, leader, group, &mut ids).await;
        let fresh = ids.fresh;
        writer.end(result).await?;
        // Only now: a number that was rolled back must not be remembered.
        lock(&self.inner.properties).extend(fresh);
        if group.until.is_some() {
            *lock(&self.inner.recorded_until) = group.until;
        }
        Ok(())
    }

    /// The house time up to which groups were written since the database was opened; `None` where
    /// none was. A recorder that is started again goes on from there.
    #[must_use]
    pub fn recorded_until(&self) -> Option<Timestamp> {
        *lock(&self.inner.recorded_until)
    }
}

/// Nothing that runs under these locks can panic half-way through a change.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Short numbers, with those that this transaction made.
struct Ids<'a> {
    known: &'a std::sync::Mutex<Properties>,
    fresh: Properties,
}

impl Ids<'_> {
    async fn get(
        &mut self,
        connection: &mut SqliteConnection,
        house: i64,
        device: DeviceId,
        path: Path,
    ) -> Result<i64, StoreError> {
        let key = (device, path);
        let known = lock(self.known).get(&key).copied();
        if let Some(id) = known.or_else(|| self.fresh.get(&key).copied()) {
            return Ok(id);
        }
        // The no-op update makes RETURNING answer for a row that is there already.
        let id = sqlx::query(
            "INSERT INTO properties (house_id, device_id, path) VALUES ($1, $2, $3) \
             ON CONFLICT (device_id, path) DO UPDATE SET house_id = excluded.house_id \
             RETURNING property_id",
        )
        .bind(house)
        .bind(device.to_string())
        .bind(path.to_string())
        .fetch_one(connection)
        .await?
        .try_get(0)?;
        self.fresh.insert(key, id);
        Ok(id)
    }
}

async fn write(
    connection: &mut SqliteConnection,
    leader: Leader,
    group: &Group,
    ids: &mut Ids<'_>,
) -> Result<(), StoreError> {
    leader.check(connection, group.until).await?;
    write_samples(connection, leader, &group.samples, ids).await?;
    keep_events(connection, leader, &group.events).await?;
    write_values(connection, leader, &group.values, ids).await?;
    write_confirmed(connection, leader, &group.confirmed, ids).await?;
    write_seen(connection, &group.seen).await?;
    for gap in &group.gaps {
        write_gap(connection, leader, gap).await?;
    }
    Ok(())
}

async fn write_samples(
    connection: &mut SqliteConnection,
    leader: Leader,
    samples: &[Sample],
    ids: &mut Ids<'_>,
) -> Result<(), StoreError> {
    let Some(first) = samples.iter().map(|sample| sample.at).min() else {
        return Ok(());
    };
    let mut rows = Vec::with_capacity(samples.len());
    for sample in samples {
        let id = ids
            .get(connection, leader.house, sample.device, sample.path)
            .await?;
        rows.push((id, sample.at.as_microsecond(), sample.value.as_ref()));
    }
    // Sorted by the key, rows that stand together are written together.
    rows.sort_by_key(|(id, at, _)| (*id, *at));
    rows.reverse();
    rows.dedup_by_key(|(id, at, _)| (*id, *at));
    rows.reverse();
    for (sql, share) in SAMPLES.over(&rows) {
        let mut query = sqlx::query(sql);
        for (id, at, value) in share {
            let (number, text) = sample(*value);
            query = query.bind(id).bind(at).bind(number).bind(text);
        }
        query.execute(&mut *connection).await?;
    }
    // What is summed up already and changes now is summed up again.
    sqlx::query(
        "UPDATE house SET statistics_until = $2 WHERE house_id = $1 AND statistics_until > $2",
    )
    .bind(leader.house)
    .bind(first.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// `OR REPLACE` because a group may be written twice, and because of two reports within a
/// microsecond the later is right; it is faster than ON CONFLICT.
static SAMPLES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(4, |rows| {
        format!("INSERT OR REPLACE INTO samples (property_id, ts, number, text) VALUES {rows}")
    })
});

/// A removed device has no twin any more, even if its last reports are written only now.
static VALUES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(8, |rows| {
        format!(
            "INSERT INTO twins (property_id, value, at, since, cause_id, parent_id, who) \
             SELECT column1, column2, column3, column4, column5, column6, column7 \
               FROM (VALUES {rows}) \
              WHERE NOT EXISTS (SELECT 1 FROM devices WHERE device_id = column8 AND removed_at IS NOT NULL) \
             ON CONFLICT (property_id) DO UPDATE SET value = excluded.value, at = excluded.at, \
             since = excluded.since, cause_id = excluded.cause_id, parent_id = excluded.parent_id, \
             who = excluded.who"
        )
    })
});

static CONFIRMED: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(2, |rows| {
        format!(
            "UPDATE twins SET at = column2 FROM (VALUES {rows}) WHERE twins.property_id = column1"
        )
    })
});

static SEEN: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(2, |rows| {
        format!(
            "UPDATE devices SET last_seen = column2 FROM (VALUES {rows}) \
             WHERE devices.device_id = column1"
        )
    })
});

async fn write_values(
    connection: &mut SqliteConnection,
    leader: Leader,
    values: &[KeptValue],
    ids: &mut Ids<'_>,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(values.len());
    for value in values {
        let id = ids
            .get(connection, leader.house, value.device, value.path)
            .await?;
        rows.push((id, value));
    }
    for (sql, share) in VALUES.over(&rows) {
        let mut query = sqlx::query(sql);
        for (id, value) in share {
            query = query
                .bind(id)
                .bind(value.value.as_ref().map(json).transpose()?)
                .bind(value.at.as_microsecond())
                .bind(value.since.as_microsecond())
                .bind(value.cause.id.to_string())
                .bind(value.cause.parent.map(|parent| parent.to_string()))
                .bind(json(&value.cause.who)?)
                .bind(value.device.to_string());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn write_confirmed(
    connection: &mut SqliteConnection,
    leader: Leader,
    confirmed: &[(DeviceId, Path, Timestamp)],
    ids: &mut Ids<'_>,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(confirmed.len());
    for (device, path, at) in confirmed {
        let id = ids.get(connection, leader.house, *device, *path).await?;
        rows.push((id, at.as_microsecond()));
    }
    for (sql, share) in CONFIRMED.over(&rows) {
        let mut query = sqlx::query(sql);
        for (id, at) in share {
            query = query.bind(id).bind(at);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn write_seen(
    connection: &mut SqliteConnection,
    seen: &[(DeviceId, Timestamp)],
) -> Result<(), StoreError> {
    for (sql, share) in SEEN.over(seen) {
        let mut query = sqlx::query(sql);
        for (device, at) in share {
            query = query.bind(device.to_string()).bind(at.as_microsecond());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn write_gap(
    connection: &mut SqliteConnection,
    leader: Leader,
    gap: &Gap,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO gaps (house_id, from_at, to_at, reason, detail) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (house_id, from_at, to_at, reason) DO NOTHING",
    )
    .bind(leader.house)
    .bind(gap.from.as_microsecond())
    .bind(gap.to.as_microsecond())
    .bind(gap.reason.as_str())
    .bind(&gap.detail)
    .execute(connection)
    .await?;
    Ok(())
}
