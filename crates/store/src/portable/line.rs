//! The lines of a document that are not rows, in exactly one way of being written.
//!
//! Line by line: the head, then of each table its head, its rows and its end, then the end. Together
//! they are one JSON value. A reader writes each of these lines anew from what it understood and
//! compares: what is not written exactly so was not written by us, or was changed.

use super::document::{Cell, Column, Head, Kind, TableSum};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt::Write as _};

/// What stands between the head and the tables.
const TABLES: &str = ",\"tables\":[\n";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableHead<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) columns: Cow<'a, [Column]>,
}

const ROWS: &str = ",\"rows\":[\n";

/// What begins a line that is not the first of its kind.
const fn comma(is_first: bool) -> &'static str {
    if is_first { "" } else { "," }
}

/// JSON without its last bracket.
fn open(thing: &impl Serialize) -> String {
    let mut text = serde_json::to_string(thing).unwrap_or_default();
    text.pop();
    text
}

/// What an opened line says, closed again.
fn close<'a, T: Deserialize<'a>>(buffer: &'a mut String, line: &str, end: &str) -> Option<T> {
    buffer.clear();
    buffer.push_str(line.strip_suffix(end)?);
    buffer.push('}');
    serde_json::from_str(buffer).ok()
}

pub(crate) fn head(head: &Head) -> String {
    open(head) + TABLES
}

pub(crate) fn read_head(line: &str) -> Option<Head> {
    close(&mut String::new(), line, TABLES)
}

pub(crate) fn table(name: &str, columns: &[Column], is_first: bool) -> String {
    let said = TableHead {
        name: name.into(),
        columns: columns.into(),
    };
    format!("{}{}{ROWS}", comma(is_first), open(&said))
}

pub(crate) fn read_table(line: &str) -> Option<(String, Vec<Column>)> {
    let mut buffer = String::new();
    let line = line.strip_prefix(',').unwrap_or(line);
    let said: TableHead<'_> = close(&mut buffer, line, ROWS)?;
    Some((said.name.into_owned(), said.columns.into_owned()))
}

pub(crate) fn table_end(sum: &TableSum) -> String {
    format!("],\"count\":{},\"sha256\":\"{}\"}}\n", sum.rows, sum.sha256)
}

pub(crate) fn end(tables: usize, sha256: &str) -> String {
    format!("],\"table_count\":{tables},\"sha256\":\"{sha256}\"}}\n")
}

/// A row as a line.
pub(crate) fn row(out: &mut String, cells: &[Cell<'_>], is_first: bool) {
    out.push_str(comma(is_first));
    out.push('[');
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        value(out, cell);
    }
    out.push_str("]\n");
}

fn value(out: &mut String, cell: &Cell<'_>) {
    match cell {
        Cell::Null => out.push_str("null"),
        Cell::Integer(number) => {
            let _ = write!(out, "{number}");
        }
        // The shortest text that reads back to the last bit. JSON has no words for what is infinite.
        Cell::Real(number) if number.is_finite() => {
            let _ = write!(out, "{number:?}");
        }
        Cell::Real(number) => {
            let sign = if number.is_sign_negative() { "-" } else { "" };
            let _ = write!(out, "\"{sign}Infinity\"");
        }
        Cell::Text(text) => {
            let text = serde_json::to_string(text.as_ref()).unwrap_or_default();
            out.push_str(&text);
        }
        Cell::Blob(bytes) => {
            out.push('"');
            BASE64_STANDARD.encode_string(bytes, out);
            out.push('"');
        }
    }
}

/// The values of a line; what is wrong with it otherwise.
pub(crate) fn read_row(
    line: &str,
    columns: &[Column],
    is_first: bool,
) -> Result<Vec<Cell<'static>>, String> {
    let line = match (line.strip_prefix(','), is_first) {
        (Some(rest), false) => rest,
        (None, true) => line,
        _ => return Err("a row is missing before it".to_owned()),
    };
    let values: Vec<&RawValue> =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON ({error})"))?;
    if values.len() != columns.len() {
        return Err(format!(
            "it has {} values; expected {}",
            values.len(),
            columns.len()
        ));
    }
    let cell = |(raw, column): (&&RawValue, &Column)| {
        read_value(raw.get(), column.kind)
            .ok_or_else(|| format!("{} is no {:?}", column.name, column.kind).to_lowercase())
    };
    values.iter().zip(columns).map(cell).collect()
}

fn read_value(raw: &str, kind: Kind) -> Option<Cell<'static>> {
    if raw == "null" {
        return Some(Cell::Null);
    }
    match kind {
        Kind::Integer => raw.parse().ok().map(Cell::Integer),
        Kind::Real => match raw {
            "\"Infinity\"" => Some(Cell::Real(f64::INFINITY)),
            "\"-Infinity\"" => Some(Cell::Real(f64::NEG_INFINITY)),
            _ => {
                let number: f64 = raw.parse().ok()?;
                number.is_finite().then_some(Cell::Real(number))
            }
        },
        Kind::Text => {
            let text: String = serde_json::from_str(raw).ok()?;
            Some(Cell::Text(text.into()))
        }
        Kind::Blob => {
            // Base64 has nothing that JSON would escape.
            let text = raw.strip_prefix('"')?.strip_suffix('"')?;
            let bytes = BASE64_STANDARD.decode(text).ok()?;
            Some(Cell::Blob(bytes.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{read_row, row};
    use crate::portable::{Cell, Column, Kind};
    use proptest::prelude::*;

    fn columns() -> Vec<Column> {
        [Kind::Integer, Kind::Real, Kind::Text, Kind::Blob]
            .map(|kind| Column {
                name: "c".into(),
                kind,
            })
            .to_vec()
    }

    proptest! {
        #[test]
        fn every_value_reads_back_to_the_last_bit(
            integer: i64, bits: u64, text: String, blob: Vec<u8>, first: bool, nothing in 0_usize..5
        ) {
            let real = f64::from_bits(bits);
            prop_assume!(!real.is_nan());
            let mut cells = vec![
                Cell::Integer(integer),
                Cell::Real(real),
                Cell::Text(text.into()),
                Cell::Blob(blob.into()),
            ];
            if nothing < 4 {
                cells[nothing] = Cell::Null;
            }
            let mut line = String::new();
            row(&mut line, &cells, first);
            prop_assert_eq!(line.matches('\n').count(), 1, "a row is one line");
            let back = read_row(&line, &columns(), first).unwrap();
            if let (Cell::Real(one), Cell::Real(two)) = (&cells[1], &back[1]) {
                prop_assert_eq!(one.to_bits(), two.to_bits());
            }
            prop_assert_eq!(back, cells);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let all = |line: &str| read_row(line, &columns(), true).unwrap_err();
        for (line, said) in [
            ("[9223372036854775808,1.0,\"\",\"\"]", "c is no integer"),
            ("[1.5,1.0,\"\",\"\"]", "c is no integer"),
            ("[1e3,1.0,\"\",\"\"]", "c is no integer"),
            ("[1,1e999,\"\",\"\"]", "c is no real"),
            ("[1,\"NaN\",\"\",\"\"]", "c is no real"),
            ("[1,1.0,{},\"\"]", "c is no text"),
            ("[1,1.0,\"\",\"!\"]", "c is no blob"),
            ("[1,1.0,\"\"]", "expected 4"),
            ("[1,1.0,\"\",\"\",1]", "expected 4"),
            (",[1,1.0,\"\",\"\"]", "missing before it"),
            ("[1,1.0,\"\",\"\"],[1]", "no JSON"),
            ("[", "no JSON"),
        ] {
            assert!(all(line).contains(said), "{line}: {}", all(line));
        }
    }
}
