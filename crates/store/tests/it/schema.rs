//! The schema: every table and column is explained, the reference names them all, and the file is
//! set up as promised.

use crate::fixture::Folder;
use sqlx::{Connection, Row, SqliteConnection};

async fn connect(folder: &Folder) -> SqliteConnection {
    let url = format!("sqlite://{}", folder.file().display());
    SqliteConnection::connect(&url).await.unwrap()
}

#[tokio::test]
async fn the_reference_names_every_table_and_column() {
    let folder = Folder::new();
    let _store = folder.open().await;
    let mut connection = connect(&folder).await;
    let reference = include_str!("../../../../docs/reference/database.md");
    // What SQLite makes beside a table for full-text search is its own affair.
    let tables = sqlx::query(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'view') \
         AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%' \
         AND name NOT LIKE 'memory_search%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() >= 18);
    for table in tables {
        let name: String = table.get("name");
        let sql: String = table.get("sql");
        assert!(
            sql.contains("    -- "),
            "{name} says what it is for:\n{sql}"
        );
        assert!(
            reference.contains(&format!("`{name}`")),
            "the reference misses {name}"
        );
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(&name)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for column in columns {
            assert!(
                reference.contains(&format!("`{column}`")),
                "the reference misses {name}.{column}"
            );
        }
    }
}

#[tokio::test]
async fn every_view_can_be_read() {
    let folder = Folder::new();
    let _store = folder.open().await;
    let mut connection = connect(&folder).await;
    for sql in [
        "SELECT * FROM timeline",
        "SELECT * FROM current_values",
        "SELECT * FROM recent_samples",
        "SELECT * FROM daily",
        "SELECT * FROM discovery_success",
    ] {
        sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn the_file_is_set_up_as_promised() {
    let folder = Folder::new();
    let _store = folder.open().await;
    let mut connection = connect(&folder).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    // 2: free pages can be given back in steps.
    let vacuum: i64 = sqlx::query_scalar("PRAGMA auto_vacuum")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(vacuum, 2);
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(id, 0x434f_4e53);
}
