//! SQLite: migrations, rows, and queries by subject.
#![allow(missing_docs)]
mod record;
pub use record::{Kept, KeptValue, Record};
