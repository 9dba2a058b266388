//! Which tables and columns a version of the schema has, and which of them travel.
//!
//! Nothing is listed by hand but the exceptions: a new migration's tables are in the next backup by
//! themselves.

use super::{
    document::{Column, Kind},
    fault::BackupFault,
};
use crate::open::{MIGRATIONS, migrate_error};
use sqlx::{ConnectOptions, Connection, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{path::Path, str::FromStr as _};

/// Tables that stay in the house, with the reason: who is signed in where, and secrets, are no part
/// of a file that is copied around. After a restore they are empty.
pub const LEFT_OUT: &[(&str, &str)] = &[];

/// Tables that are made from others, and with what statement.
pub const DERIVED: &[(&str, &str)] = &[(
    "memory_search",
    "INSERT INTO memory_search (rowid, text) \
     SELECT row, replace(replace(replace(replace(coalesce(key, ''), '_', ' '), '-', ' '), '.', ' '), ':', ' ') \
     || ' ' || text FROM memories ORDER BY row",
)];

/// A table that travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// What gives its rows an order that a copy has too.
    order: String,
}

/// The newest schema that this version knows.
#[must_use]
pub fn newest_schema() -> i64 {
    let versions = MIGRATIONS.iter().map(|step| step.version);
    versions.max().unwrap_or(0)
}

/// Whether this version knows a schema.
pub(crate) fn knows(version: i64) -> bool {
    MIGRATIONS.version_exists(version)
}

/// The schema that an open database has.
pub(crate) async fn version_of(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await?;
    Ok(version.unwrap_or(0))
}

/// The tables of a schema that travel, by name; and those that do not.
///
/// # Errors
/// When this version does not know the schema.
pub(crate) async fn tables_of(version: i64) -> Result<(Vec<Table>, Vec<String>), BackupFault> {
    let mut scratch = SqliteConnectOptions::from_str("sqlite::memory:")?
        .disable_statement_logging()
        .connect()
        .await?;
    MIGRATIONS
        .run_to(version, &mut scratch)
        .await
        .map_err(|error| migrate_error(Path::new(":memory:"), error))?;
    let found = tables(&mut scratch).await;
    scratch.close().await?;
    found
}

async fn tables(
    connection: &mut SqliteConnection,
) -> Result<(Vec<Table>, Vec<String>), BackupFault> {
    let rows = sqlx::query(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations' ORDER BY name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    for row in rows {
        let name: String = row.try_get("name")?;
        if LEFT_OUT.iter().any(|(table, _)| *table == name) {
            left.push(name);
            continue;
        }
        let without_row_number: bool = row.try_get("wr")?;
        kept.push(table(connection, name, without_row_number).await?);
    }
    Ok((kept, left))
}

async fn table(
    connection: &mut SqliteConnection,
    name: String,
    without_row_number: bool,
) -> Result<Table, BackupFault> {
    let rows = sqlx::query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid")
        .bind(&name)
        .fetch_all(connection)
        .await?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    for row in rows {
        let column: String = row.try_get("name")?;
        let declared: String = row.try_get("type")?;
        let kind = match declared.as_str() {
            "INTEGER" => Kind::Integer,
            "REAL" => Kind::Real,
            "TEXT" => Kind::Text,
            "BLOB" => Kind::Blob,
            other => {
                return Err(BackupFault::Unfit(format!(
                    "the column {name}.{column} is declared as {other}; expected INTEGER, REAL, TEXT or BLOB"
                )));
            }
        };
        let place: i64 = row.try_get("pk")?;
        if place > 0 {
            key.push((place, quoted(&column)));
        }
        columns.push(Column { name: column, kind });
    }
    key.sort();
    let order = if without_row_number {
        let columns: Vec<String> = key.into_iter().map(|(_, column)| column).collect();
        columns.join(", ")
    } else {
        "rowid".to_owned()
    };
    Ok(Table {
        name,
        columns,
        order,
    })
}

/// A name of our own schema in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|one| quoted(&one.name)).collect();
        names.join(", ")
    }

    /// All its rows.
    pub(crate) fn select(&self) -> String {
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.names(),
            quoted(&self.name),
            self.order
        )
    }

    /// How many there are.
    pub(crate) fn count(&self) -> String {
        format!("SELECT count(*) FROM {}", quoted(&self.name))
    }

    /// So many rows at once.
    pub(crate) fn insert(&self, rows: usize) -> String {
        let one = format!("({})", vec!["?"; self.columns.len()].join(", "));
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            quoted(&self.name),
            self.names(),
            vec![one; rows].join(", ")
        )
    }

    /// None.
    pub(crate) fn clear(&self) -> String {
        format!("DELETE FROM {}", quoted(&self.name))
    }
}

/// The names of the tables of a schema that travel.
///
/// # Errors
/// When this version does not know the schema.
pub async fn schema_of(version: i64) -> Result<Vec<String>, BackupFault> {
    let (tables, _) = tables_of(version).await?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

#[cfg(test)]
mod tests {
    use super::{DERIVED, LEFT_OUT, newest_schema, tables_of};
    use crate::open::MIGRATIONS;

    #[tokio::test]
    async fn every_schema_that_ever_was_is_understood() {
        let mut before = 0;
        for step in MIGRATIONS.iter() {
            let (tables, left) = tables_of(step.version).await.unwrap();
            assert!(tables.iter().any(|table| table.name == "house"));
            for (derived, _) in DERIVED {
                assert!(!tables.iter().any(|table| table.name.starts_with(derived)));
            }
            assert!(
                left.iter()
                    .all(|name| LEFT_OUT.iter().any(|(one, _)| one == name))
            );
            before = step.version.max(before);
        }
        assert_eq!(before, newest_schema());
    }
}
