//! How the house's words become columns and come back.

use crate::StoreError;
use model::{Cause, Path, Timestamp, Value};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, sqlite::SqliteRow};
use std::str::FromStr;

/// A thing as JSON text.
pub(crate) fn json<T: Serialize>(thing: &T) -> Result<String, StoreError> {
    serde_json::to_string(thing).map_err(|error| StoreError::Other(error.to_string()))
}

/// A column of JSON text.
pub(crate) fn from_json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|error| StoreError::unreadable(column, error))
}

/// A column of JSON text that may be NULL.
pub(crate) fn from_json_or_null<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &str,
) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|error| StoreError::unreadable(column, error))
}

/// A column of text that has a form, such as an id.
pub(crate) fn parsed<T: FromStr>(row: &SqliteRow, column: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    let text: &str = row.try_get(column)?;
    text.parse()
        .map_err(|error| StoreError::unreadable(column, error))
}

/// The same, where it may be NULL.
pub(crate) fn parsed_or_null<T: FromStr>(
    row: &SqliteRow,
    column: &str,
) -> Result<Option<T>, StoreError>
where
    T::Err: std::fmt::Display,
{
    let text: Option<&str> = row.try_get(column)?;
    text.map(str::parse)
        .transpose()
        .map_err(|error| StoreError::unreadable(column, error))
}

/// A column of microseconds.
pub(crate) fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    timestamp(row.try_get(column)?)
}

/// The same, where it may be NULL.
pub(crate) fn time_or_null(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = row.try_get(column)?;
    at.map(timestamp).transpose()
}

pub(crate) fn timestamp(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|error| StoreError::unreadable("a time", error))
}

/// The columns `cause_id`, `parent_id` and `who`.
pub(crate) fn cause(row: &SqliteRow) -> Result<Cause, StoreError> {
    Ok(Cause {
        id: parsed(row, "cause_id")?,
        parent: parsed_or_null(row, "parent_id")?,
        who: from_json(row, "who")?,
    })
}

/// A value as the columns `number` and `text` of a sample.
pub(crate) fn sample(value: Option<&Value>) -> (Option<f64>, Option<&str>) {
    match value {
        None => (None, None),
        Some(Value::Bool(truth)) => (Some(f64::from(u8::from(*truth))), None),
        Some(Value::Number(number)) => (Some(*number), None),
        Some(Value::Text(text)) => (None, Some(text)),
    }
}

/// A path that a table of this version has; `None` where it was of another version.
pub(crate) fn path(text: &str) -> Option<Path> {
    text.parse().ok()
}

/// A counter of the house as SQLite keeps it. Epochs and sequences stay far below 2^63.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// And back.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
