//! The words of the form.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What every document begins to say of itself.
pub const FORMAT: &str = "consciousness-backup";

/// The version of the form. It rises when a reader of the one before could not read it.
pub const VERSION: u32 = 1;

/// The longest line, in bytes: no row of a house comes near it.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// What a document says of itself before its tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the form.
    pub format_version: u32,
    /// The version of the product that wrote it.
    pub product_version: String,
    /// The schema that its tables have.
    pub schema_version: i64,
    /// The id of the house.
    pub house: String,
    /// When it was written, on the machine's clock.
    pub created_at: String,
    /// The version of the form in which compacted samples stand in `chunks`.
    pub chunk_codec: i64,
    /// Tables of the schema that are not in the document.
    pub left_out: Vec<String>,
}

/// What kind of values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whole numbers of 64 bits.
    Integer,
    /// Floating-point numbers of 64 bits.
    Real,
    /// Texts in UTF-8.
    Text,
    /// Bytes; in the document as base64.
    Blob,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

impl Cell<'_> {
    /// How much room it takes, more or less.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) | Self::Real(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

/// A table of a document, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSum {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 over its lines, in hexadecimal.
    pub sha256: String,
}

/// All that a document holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its tables, in their order.
    pub tables: Vec<TableSum>,
}

impl Summary {
    /// The rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The rows of one table.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> u64 {
        let found = self.tables.iter().find(|one| one.name == table);
        found.map_or(0, |one| one.rows)
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}
