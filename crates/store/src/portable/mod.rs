//! The portable form of a house: one JSON document that any engine can be filled from.
//!
//! **Entry types:** [`back_up`] (a database into a document, while a server may write to it),
//! [`restore`] (a document into a new database of this version), [`Writer`] and [`Reader`] (the form
//! itself, pure: bytes in, rows out), [`Summary`] (what a document holds, table by table).
//!
//! **Invariants**
//! - Both ways are streams: a row at a time, never a table at a time.
//! - What is written is one moment of the house: one transaction that only reads.
//! - What is read is used only when all of it is right: every byte is covered by a checksum, and only
//!   tables and columns that the schema of the document's own version has are taken. No name in the
//!   document ever becomes part of a statement.
//! - A document of an older schema is loaded at that schema, and then migrated as a database would be.
//!
//! **Deliberately not here:** files, their names, compression, retention (`consciousness`).
//! `docs/reference/backup.md` describes the form for people.

mod document;
mod fault;
mod line;
mod load;
mod read;
mod save;
mod schema;

pub use document::{Cell, Column, FORMAT, Head, Kind, Summary, TableSum, VERSION};
pub use fault::BackupFault;
pub use load::{Restored, Target, restore};
pub use read::Reader;
pub use save::{Progress, back_up};
pub use schema::{DERIVED, LEFT_OUT, newest_schema, schema_of};
pub use whole::{pending_migration, plain_copy, schema_in, settle};
pub use write::Writer;

mod whole;
mod write;
