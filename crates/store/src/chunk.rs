//! Chunks in the database: samples of one property that stand together in a row.
//!
//! The stretches of a property's chunks do not overlap, so at most one chunk has a given moment.
//! What is in a chunk and in `samples` at the same moment: `samples` came later and is right.
//!
//! A chunk that does not read back says that from its first moment on nothing is known. That is the
//! truth, and everything else goes on.

use crate::{
    StoreError,
    codec::{self, Datum, Fault, Row},
    telemetry,
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

/// From so many samples on nothing is added to the end of a chunk any more.
pub(crate) const FULL: usize = 1_024;

/// A chunk as it was read.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) id: i64,
    pub(crate) last: i64,
    /// The samples; one without a value where they do not read back.
    pub(crate) rows: Vec<Row>,
    pub(crate) is_sound: bool,
}

/// The columns that [`read`] needs.
macro_rules! columns {
    () => {
        "chunk_id, property_id, first_ts, last_ts, count, codec, checksum, times, readings"
    };
}

/// Chunks of property $1 with something from $2 on and before $3, oldest first.
pub(crate) const BETWEEN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks WHERE property_id = $1 AND first_ts < $3 AND last_ts >= $2 \
     AND first_ts >= coalesce((SELECT max(first_ts) FROM chunks \
                               WHERE property_id = $1 AND first_ts <= $2), $2) \
     ORDER BY first_ts"
);

/// The last chunk of property $1 that begins before $2.
const BEFORE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks WHERE property_id = $1 AND first_ts < $2 ORDER BY first_ts DESC LIMIT 1"
);

/// The first chunk of property $1 that begins after $2.
const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks WHERE property_id = $1 AND first_ts > $2 ORDER BY first_ts LIMIT 1"
);

/// Every chunk within whose stretch there are samples outside it.
pub(crate) const OVERLAPPED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM chunks c WHERE EXISTS (SELECT 1 FROM samples s \
     WHERE s.property_id = c.property_id AND s.ts BETWEEN c.first_ts AND c.last_ts)"
);

/// The last chunk of a property that begins before `at`.
pub(crate) async fn before(
    connection: &mut SqliteConnection,
    property: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    one(connection, BEFORE, property, at).await
}

/// The first chunk of a property that begins after `at`.
pub(crate) async fn after(
    connection: &mut SqliteConnection,
    property: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    one(connection, AFTER, property, at).await
}

async fn one(
    connection: &mut SqliteConnection,
    sql: &'static str,
    property: i64,
    at: i64,
) -> Result<Option<Chunk>, StoreError> {
    let row = sqlx::query(sql)
        .bind(property)
        .bind(at)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// A row of the table.
pub(crate) fn read(row: &SqliteRow) -> Result<Chunk, StoreError> {
    let id: i64 = row.try_get("chunk_id")?;
    let first: i64 = row.try_get("first_ts")?;
    let last = row.try_get("last_ts")?;
    let (rows, is_sound) = match rows(row, first, last) {
        Ok(rows) => (rows, true),
        Err(error) => {
            telemetry::unreadable("chunk", &id.to_string(), &error);
            let unknown = Row {
                at: first,
                datum: Datum::Unknown,
            };
            (vec![unknown], false)
        }
    };
    Ok(Chunk {
        id,
        last,
        rows,
        is_sound,
    })
}

fn rows(row: &SqliteRow, first: i64, last: i64) -> Result<Vec<Row>, Fault> {
    let other = |error: sqlx::Error| Fault(error.to_string());
    let version: i64 = row.try_get("codec").map_err(other)?;
    let count: i64 = row.try_get("count").map_err(other)?;
    let times: &[u8] = row.try_get("times").map_err(other)?;
    let readings: &[u8] = row.try_get("readings").map_err(other)?;
    if version != codec::VERSION {
        return Err(Fault(format!(
            "its format is version {version}; expected {}",
            codec::VERSION
        )));
    }
    let key = [
        row.try_get("property_id").map_err(other)?,
        first,
        last,
        count,
        version,
    ];
    let expected: i64 = row.try_get("checksum").map_err(other)?;
    if checksum(key, times, readings) != expected {
        return Err(Fault("its checksum is not what it should be".to_owned()));
    }
    let count = usize::try_from(count).map_err(|error| Fault(error.to_string()))?;
    let rows = codec::decode(times, readings, count)?;
    let ends = (
        rows.first().map(|row| row.at),
        rows.last().map(|row| row.at),
    );
    if ends == (Some(first), Some(last)) && rows.is_sorted_by(|one, next| one.at < next.at) {
        Ok(rows)
    } else {
        Err(Fault("its samples are not where it says".to_owned()))
    }
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

/// Writes samples as one chunk: in place of the chunk `id`, or as a new one. Nothing is written that
/// does not read back the same.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    property: i64,
    id: Option<i64>,
    rows: &[Row],
) -> Result<(), StoreError> {
    let unwritable = |error: Fault| StoreError::unreadable("a chunk to be written", error);
    let columns = codec::encode(rows).map_err(unwritable)?;
    let back = codec::decode(&columns.times, &columns.readings, rows.len()).map_err(unwritable)?;
    if !back.iter().zip(rows).all(|(back, row)| back.is(row)) {
        return Err(unwritable(Fault("it does not read back".to_owned())));
    }
    let (first, last) = (rows[0].at, rows[rows.len() - 1].at);
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let key = [property, first, last, count, codec::VERSION];
    let checksum = checksum(key, &columns.times, &columns.readings);
    let sql = match id {
        Some(_) => {
            "UPDATE chunks SET property_id = $2, first_ts = $3, last_ts = $4, count = $5, \
             codec = $6, checksum = $7, times = $8, readings = $9 WHERE chunk_id = $1"
        }
        None => {
            "INSERT INTO chunks (chunk_id, property_id, first_ts, last_ts, count, codec, \
             checksum, times, readings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        }
    };
    let mut query = sqlx::query(sql).bind(id);
    for number in key {
        query = query.bind(number);
    }
    query
        .bind(checksum)
        .bind(columns.times)
        .bind(columns.readings)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts a chunk aside that does not read back: nothing is found in it, and nothing of it is lost
/// before its time.
pub(crate) async fn set_aside(
    connection: &mut SqliteConnection,
    id: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE chunks SET property_id = -abs(property_id) WHERE chunk_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
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
