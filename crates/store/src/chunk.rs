//! Chunks in the database: samples of one device that stand together in a row.
//!
//! The stretches of a device's chunks do not overlap, so at most one chunk has a given moment.
//! What is in a chunk and in `samples` at the same moment: `samples` came later and is right.
//!
//! A chunk that does not read back says of each of its properties that from its first sample in
//! there on nothing is known. That is the truth, and everything else goes on.

use crate::{
    StoreError,
    codec::{self, Datum, Fault, Row, Series},
    telemetry,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

/// From so many samples on nothing is added to the end of a chunk any more.
pub(crate) const FULL: usize = 2_048;

/// A chunk as it was read.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) id: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: usize,
    /// Its samples; `None` where they do not read back.
    pub(crate) series: Option<Vec<Series>>,
}

/// The columns that [`read`] needs.
macro_rules! columns {
    () => {
        "c.chunk_id, c.device_no, c.first_ts, c.last_ts, c.count, c.codec, c.checksum, c.times, c.readings"
    };
}

/// Chunks with something of property $1 from $2 on and before $3, oldest first.
pub(crate) const BETWEEN: &str = concat!(
    "SELECT p.first_ts AS since, ",
    columns!(),
    " FROM chunk_properties p JOIN chunks c ON c.chunk_id = p.chunk_id \
     WHERE p.property_id = $1 AND p.first_ts < $3 AND c.last_ts >= $2 \
     AND p.first_ts >= coalesce((SELECT max(first_ts) FROM chunk_properties \
                                 WHERE property_id = $1 AND first_ts <= $2), $2) \
     ORDER BY p.first_ts"
);

/// The last chunk in which property $1 has something from before $2.
const PROPERTY_BEFORE: &str = concat!(
    "SELECT p.first_ts AS since, ",
    columns!(),
    " FROM chunk_properties p JOIN chunks c ON c.chunk_id = p.chunk_id \
     WHERE p.property_id = $1 AND p.first_ts < $2 ORDER BY p.first_ts DESC LIMIT 1"
);

/// The first chunks in which property $1 has something from before $2.
const OLDEST: &str = concat!(
    "SELECT p.first_ts AS since, ",
    columns!(),
    " FROM chunk_properties p JOIN chunks c ON c.chunk_id = p.chunk_id \
     WHERE p.property_id = $1 AND p.first_ts < $2 ORDER BY p.first_ts LIMIT $3"
);

/// The last chunk of device $1 that begins before $2.
const BEFORE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks c WHERE device_no = $1 AND first_ts < $2 ORDER BY first_ts DESC LIMIT 1"
);

/// The first chunk of device $1 that begins after $2.
const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks c WHERE device_no = $1 AND first_ts > $2 ORDER BY first_ts LIMIT 1"
);

/// The last chunk of a device that begins before `at`.
pub(crate) async fn before(
    connection: &mut SqliteConnection,
    device: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    one(connection, BEFORE, device, at).await
}

/// The first chunk of a device that begins after `at`.
pub(crate) async fn after(
    connection: &mut SqliteConnection,
    device: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    one(connection, AFTER, device, at).await
}

async fn one(
    connection: &mut SqliteConnection,
    sql: &'static str,
    device: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    let row = sqlx::query(sql)
        .bind(device)
        .bind(at)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(|row| read(row, None)).transpose()
}

/// What property has in the last chunk in which it has something from before `at`.
pub(crate) async fn property_before(
    connection: &mut SqliteConnection,
    property: i64,
    at: i64,
) -> Result<Option<Vec<Row>>, StoreError> {
    let row = sqlx::query(PROPERTY_BEFORE)
        .bind(property)
        .bind(at)
        .fetch_optional(connection)
        .await?;
    let rows = row.as_ref().map(|row| rows_of(row, property)).transpose()?;
    Ok(rows.map(|(rows, _)| rows))
}

/// The oldest chunks in which a property has something from before `at`; since when each.
pub(crate) async fn oldest(
    connection: &mut SqliteConnection,
    property: i64,
    at: i64,
    limit: i64,
) -> Result<Vec<(i64, Chunk)>, StoreError> {
    let rows = sqlx::query(OLDEST)
        .bind(property)
        .bind(at)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    let chunk = |row| Ok((row_since(row)?, read(row, None)?));
    rows.iter().map(chunk).collect()
}

fn row_since(row: &SqliteRow) -> Result<i64, StoreError> {
    Ok(row.try_get("since")?)
}

/// Of a row with `since`: what the property has in that chunk, and whether the chunk reads back.
pub(crate) fn rows_of(row: &SqliteRow, property: i64) -> Result<(Vec<Row>, bool), StoreError> {
    let since = row_since(row)?;
    Ok(match read(row, Some(property))?.series {
        Some(series) => (
            series.into_iter().flat_map(|series| series.rows).collect(),
            true,
        ),
        None => (vec![unknown(since)], false),
    })
}

/// Nothing is known from here on.
pub(crate) const fn unknown(at: i64) -> Row {
    Row {
        at,
        datum: Datum::Unknown,
    }
}

/// A row of the table, with the samples of one property or of all.
pub(crate) fn read(row: &SqliteRow, wanted: Option<i64>) -> Result<Chunk, StoreError> {
    let id: i64 = row.try_get("chunk_id")?;
    let first = row.try_get("first_ts")?;
    let last = row.try_get("last_ts")?;
    let count: i64 = row.try_get("count")?;
    let series = match series(row, first, last, count, wanted) {
        Ok(series) => Some(series),
        Err(error) => {
            telemetry::damaged_chunk(id, &error);
            None
        }
    };
    Ok(Chunk {
        id,
        first,
        last,
        count: usize::try_from(count).unwrap_or(usize::MAX),
        series,
    })
}

fn series(
    row: &SqliteRow,
    first: i64,
    last: i64,
    count: i64,
    wanted: Option<i64>,
) -> Result<Vec<Series>, Fault> {
    let other = |error: sqlx::Error| Fault(error.to_string());
    let version: i64 = row.try_get("codec").map_err(other)?;
    let times: &[u8] = row.try_get("times").map_err(other)?;
    let readings: &[u8] = row.try_get("readings").map_err(other)?;
    if version != codec::VERSION {
        return Err(Fault(format!(
            "its format is version {version}; expected {}",
            codec::VERSION
        )));
    }
    let device = row.try_get("device_no").map_err(other)?;
    let expected: i64 = row.try_get("checksum").map_err(other)?;
    if checksum([device, first, last, count, version], times, readings) != expected {
        return Err(Fault("its checksum is not what it should be".to_owned()));
    }
    codec::decode(times, readings, wanted)
}

fn checksum(key: [i64; 5], times: &[u8], readings: &[u8]) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for number in key {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(times);
    hasher.update(readings);
    i64::from(hasher.finalize())
}

/// Writes samples as one chunk: in place of `old`, which is the chunk and what was in it, or as a
/// new one. Nothing is written that does not read back the same.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    device: i64,
    old: Option<(i64, &[Since])>,
    series: &[Series],
) -> Result<(), StoreError> {
    let unwritable = |error: Fault| StoreError::unreadable("a chunk to be written", error);
    let columns = codec::encode(series).map_err(unwritable)?;
    let back = codec::decode(&columns.times, &columns.readings, None).map_err(unwritable)?;
    if !same(&back, series) {
        return Err(unwritable(Fault("it does not read back".to_owned())));
    }
    let all = || series.iter().flat_map(|series| &series.rows);
    let first = all().map(|row| row.at).min().unwrap_or_default();
    let last = all().map(|row| row.at).max().unwrap_or_default();
    let count = i64::try_from(all().count()).unwrap_or(i64::MAX);
    let key = [device, first, last, count, codec::VERSION];
    let checksum = checksum(key, &columns.times, &columns.readings);
    let sql = match old {
        Some(_) => {
            "UPDATE chunks SET device_no = $2, first_ts = $3, last_ts = $4, count = $5, \
             codec = $6, checksum = $7, times = $8, readings = $9 WHERE chunk_id = $1 \
             RETURNING chunk_id"
        }
        None => {
            "INSERT INTO chunks (chunk_id, device_no, first_ts, last_ts, count, codec, \
             checksum, times, readings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             RETURNING chunk_id"
        }
    };
    let mut query = sqlx::query_scalar(sql).bind(old.map(|(id, _)| id));
    for number in key {
        query = query.bind(number);
    }
    let id: i64 = query
        .bind(checksum)
        .bind(columns.times)
        .bind(columns.readings)
        .fetch_one(&mut *connection)
        .await?;
    let before = old.map_or(&[][..], |(_, since)| since);
    point_to(connection, id, before, &since(series)).await
}

/// A property, and since when it has samples in a chunk.
pub(crate) type Since = (i64, i64);

/// Since when each property has samples here.
pub(crate) fn since(series: &[Series]) -> Vec<Since> {
    let since = |series: &Series| Some((series.property, series.rows.first()?.at));
    series.iter().filter_map(since).collect()
}

/// Brings the entries of a chunk from what they were to what they are. Mostly they are the same.
async fn point_to(
    connection: &mut SqliteConnection,
    id: i64,
    before: &[Since],
    now: &[Since],
) -> Result<(), StoreError> {
    for (property, first) in before.iter().filter(|entry| !now.contains(entry)) {
        forget_entry(connection, *property, *first).await?;
    }
    for (property, first) in now.iter().filter(|entry| !before.contains(entry)) {
        sqlx::query(
            "INSERT INTO chunk_properties (property_id, first_ts, chunk_id) VALUES ($1, $2, $3)",
        )
        .bind(property)
        .bind(first)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// A property has nothing in a chunk any more.
pub(crate) async fn forget_entry(
    connection: &mut SqliteConnection,
    property: i64,
    since: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM chunk_properties WHERE property_id = $1 AND first_ts = $2")
        .bind(property)
        .bind(since)
        .execute(connection)
        .await?;
    Ok(())
}

/// A chunk goes, with its entries.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    id: i64,
    entries: &[Since],
) -> Result<(), StoreError> {
    point_to(connection, id, entries, &[]).await?;
    sqlx::query("DELETE FROM chunks WHERE chunk_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts a chunk aside that does not read back: nothing is found in it, and nothing of it is lost
/// before its time. Gives back what it said: of which properties nothing is known, since when.
pub(crate) async fn set_aside(
    connection: &mut SqliteConnection,
    id: i64,
) -> Result<Vec<Series>, StoreError> {
    let entries: Vec<Since> = sqlx::query_as(
        "DELETE FROM chunk_properties WHERE chunk_id = $1 RETURNING property_id, first_ts",
    )
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query("UPDATE chunks SET device_no = -abs(device_no) WHERE chunk_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    let series = |(property, first)| Series {
        property,
        rows: vec![unknown(first)],
    };
    Ok(entries.into_iter().map(series).collect())
}

/// Whether both are the same to the last bit.
fn same(one: &[Series], other: &[Series]) -> bool {
    let is = |(one, other): (&Series, &Series)| {
        one.property == other.property
            && one.rows.len() == other.rows.len()
            && one
                .rows
                .iter()
                .zip(&other.rows)
                .all(|(one, other)| one.is(other))
    };
    one.len() == other.len() && one.iter().zip(other).all(is)
}

/// Both in order of time; at the same moment `later` is right.
pub(crate) fn merged(earlier: Vec<Row>, later: Vec<Row>) -> Vec<Row> {
    // Nearly always one follows the other.
    let ends = |one: &[Row], two: &[Row]| match (one.last(), two.first()) {
        (Some(last), Some(first)) => last.at < first.at,
        _ => true,
    };
    if ends(&earlier, &later) {
        return earlier.into_iter().chain(later).collect();
    }
    if ends(&later, &earlier) {
        return later.into_iter().chain(earlier).collect();
    }
    let mut all = Vec::with_capacity(earlier.len() + later.len());
    let mut earlier = earlier.into_iter().peekable();
    for row in later {
        while let Some(before) = earlier.next_if(|other| other.at < row.at) {
            all.push(before);
        }
        drop(earlier.next_if(|other| other.at == row.at));
        all.push(row);
    }
    all.extend(earlier);
    all
}
