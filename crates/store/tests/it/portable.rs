//! The portable form: what goes in comes out, and nothing else does.

use crate::fixture::{
    Folder, area, at, ended, event, floor, lamp, pressed, record, sample, value, wish,
};
use model::{Cause, Value, Who, WishState};
use sqlx::{Connection, SqliteConnection};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{
    Group, Location, Record, Store,
    portable::{
        BackupFault, Cell, Column, Head, Kind, Reader, Restored, Summary, Target, Writer, back_up,
        newest_schema, pending_migration, plain_copy, restore, schema_of,
    },
};

async fn saved(file: &Path) -> (Vec<u8>, Head, Summary) {
    back_up(&Location::file(file), "1.2.3", Vec::new(), &mut |_| {})
        .await
        .unwrap()
}

async fn load(document: &[u8], into: &Path, target: Target) -> Result<Restored, BackupFault> {
    restore(document, into, target, &mut |_| {}).await
}

/// A house with something in many of its tables, part of its samples packed.
async fn fill(folder: &Folder) -> Store {
    let (store, _) = folder.lead().await;
    let ground = floor();
    let hall = area("hall", Some(ground.id));
    let lamp = lamp("hall_lamp", Some(hall.id));
    let device = lamp.id;
    store
        .keep(vec![
            Record::Floor(ground),
            Record::Area(hall),
            record(&lamp),
            Record::Wish(Box::new(wish(device, 1))),
            Record::Wish(Box::new(ended(wish(device, 2), WishState::Reached, 3))),
        ])
        .await
        .unwrap();
    let odd = [
        f64::MIN_POSITIVE,
        -0.0,
        0.1 + 0.2,
        1e300,
        f64::INFINITY,
        1.0 / 3.0,
    ];
    let samples = (0..5_000).map(|n| {
        let place = usize::try_from(n).unwrap() % odd.len();
        sample(
            device,
            "LevelControl.current_level",
            Some(Value::Number(odd[place])),
            n,
        )
    });
    let texts = (0..300).map(|n| {
        let said = format!("„Füße\u{1f9e6}\"\\\n\u{1}{n}");
        sample(
            device,
            "MediaPlayback.title",
            (n % 3 > 0).then_some(Value::Text(said)),
            n,
        )
    });
    let group = Group {
        samples: samples.chain(texts).collect(),
        values: vec![value(device, "OnOff.on_off", Some(true.into()), 7)],
        events: vec![event(1, 1, Cause::first(Who::Operator), pressed(device))],
        ..Group::default()
    };
    store.record(Arc::new(group)).await.unwrap();
    assert!(store.compact(at(4_000)).await.unwrap() > 0);
    store
}

#[tokio::test]
async fn a_house_comes_out_as_it_went_in_and_lives_on() {
    let folder = Folder::new();
    let store = fill(&folder).await;
    let (document, head, summary) = saved(&folder.file()).await;
    assert_eq!(head.schema_version, newest_schema());
    assert!(
        summary.rows_of("chunks") > 0 && summary.rows_of("samples") > 0,
        "{summary:?}"
    );
    // It is one JSON value that any program reads, and says how much there is of what.
    let json: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(json["format"], "consciousness-backup");
    for (table, sum) in json["tables"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&summary.tables)
    {
        assert_eq!(table["name"], sum.name);
        assert_eq!(table["rows"].as_array().unwrap().len() as u64, sum.rows);
        assert_eq!(table["count"], sum.rows);
    }
    let names: Vec<_> = summary
        .tables
        .iter()
        .map(|table| table.name.clone())
        .collect();
    assert_eq!(names, schema_of(newest_schema()).await.unwrap());

    let other = Folder::new();
    let restored = load(&document, &other.file(), Target::Newest)
        .await
        .unwrap();
    assert_eq!((&restored.head, &restored.summary), (&head, &summary));
    assert!(!other.dir.path().join("consciousness.db-wal").exists());
    let (again, _, found) = saved(&other.file()).await;
    assert_eq!(found, summary);
    // But for the moment in its first line it is the same document.
    let tail =
        |document: &[u8]| document[document.iter().position(|b| *b == b'\n').unwrap()..].to_vec();
    assert!(
        String::from_utf8(tail(&again))
            .unwrap()
            .lines()
            .rev()
            .skip(1)
            .eq(String::from_utf8(tail(&document))
                .unwrap()
                .lines()
                .rev()
                .skip(1))
    );

    let (theirs, kept) = other.lead().await;
    let ours = store.load().await.unwrap();
    assert_eq!(kept.devices, ours.devices);
    assert_eq!(kept.areas, ours.areas);
    assert_eq!(kept.pending, ours.pending);
    assert_eq!(theirs.house(), store.house());
    assert_eq!(
        theirs.count_samples().await.unwrap(),
        store.count_samples().await.unwrap()
    );
    theirs.keep(vec![record(&lamp("new", None))]).await.unwrap();
    assert!(theirs.health().await.writable.is_ok());
}

#[tokio::test]
async fn what_is_made_from_other_tables_is_made_again() {
    let folder = Folder::new();
    drop(fill(&folder).await);
    let url = format!("sqlite://{}", folder.file().display());
    let mut outside = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO memories (row, memory_id, house_id, kind, key, text, value, who, confidence, made_at, changed_at) \
         VALUES (7, 'm', 1, 'note', 'stop_cock', 'The water is turned off under the sink', '{}', '{}', 1, 1, 1)",
    )
    .execute(&mut outside)
    .await
    .unwrap();
    outside.close().await.unwrap();
    let (document, _, _) = saved(&folder.file()).await;
    let other = Folder::new();
    load(&document, &other.file(), Target::Newest)
        .await
        .unwrap();
    let url = format!("sqlite://{}", other.file().display());
    let mut outside = SqliteConnection::connect(&url).await.unwrap();
    for word in ["sink", "cock"] {
        let row: i64 =
            sqlx::query_scalar("SELECT rowid FROM memory_search WHERE memory_search MATCH $1")
                .bind(word)
                .fetch_one(&mut outside)
                .await
                .unwrap();
        assert_eq!(row, 7);
    }
    // The file is set up as one that the server made.
    for (pragma, expected) in [("application_id", 0x434f_4e53_i64), ("auto_vacuum", 2)] {
        let sql = sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"));
        let found: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut outside)
            .await
            .unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
}

/// Reads a document to its end.
fn read(document: &[u8]) -> Result<(Head, Summary), BackupFault> {
    let mut reader = Reader::new(document)?;
    let head = reader.head().clone();
    while reader.table()?.is_some() {
        while reader.row()?.is_some() {}
    }
    Ok((head, reader.finish()?))
}

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        kind,
    }
}

fn small() -> Vec<u8> {
    let head = Head {
        format: "consciousness-backup".to_owned(),
        format_version: 1,
        product_version: "1.2.3".to_owned(),
        schema_version: newest_schema(),
        house: "h".to_owned(),
        created_at: "2026-11-27T02:00:00Z".to_owned(),
        chunk_codec: 1,
        left_out: Vec::new(),
    };
    let mut writer = Writer::new(Vec::new(), &head).unwrap();
    writer
        .table("a", &[column("n", Kind::Integer), column("x", Kind::Real)])
        .unwrap();
    writer.row(&[Cell::Integer(-1), Cell::Real(0.5)]).unwrap();
    writer.row(&[Cell::Null, Cell::Null]).unwrap();
    writer.end_table().unwrap();
    writer.table("empty", &[column("t", Kind::Text)]).unwrap();
    writer.end_table().unwrap();
    writer
        .table("b", &[column("t", Kind::Text), column("b", Kind::Blob)])
        .unwrap();
    writer
        .row(&[Cell::Text("é\"\n".into()), Cell::Blob(vec![0, 255].into())])
        .unwrap();
    writer.end_table().unwrap();
    writer.finish().unwrap().0
}

#[test]
fn a_bit_that_is_turned_anywhere_is_found() {
    let document = small();
    read(&document).unwrap();
    for place in 0..document.len() {
        for bit in 0..8 {
            let mut other = document.clone();
            other[place] ^= 1 << bit;
            let found = read(&other);
            assert!(found.is_err(), "bit {bit} of byte {place}: {found:?}");
        }
    }
}

#[test]
fn a_document_that_is_cut_or_goes_on_is_refused() {
    let document = small();
    for length in 0..document.len() {
        assert!(read(&document[..length]).is_err(), "{length}");
    }
    for more in [&b"\n"[..], b" ", b"{}", b"\0"] {
        let refused = read(&[&document, more].concat()).unwrap_err();
        assert!(refused.to_string().contains("follows its end"), "{refused}");
    }
    let lines: Vec<&str> = std::str::from_utf8(&document)
        .unwrap()
        .split_inclusive('\n')
        .collect();
    for skipped in 0..lines.len() {
        let other: String = lines
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != skipped)
            .map(|(_, l)| *l)
            .collect();
        assert!(read(other.as_bytes()).is_err(), "without line {skipped}");
        let twice: String = lines
            .iter()
            .enumerate()
            .flat_map(|(n, l)| vec![*l; if n == skipped { 2 } else { 1 }])
            .collect();
        assert!(read(twice.as_bytes()).is_err(), "line {skipped} twice");
    }
}

#[test]
fn something_else_is_told_from_damage() {
    let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    for other in [
        &b""[..],
        b"{}",
        b"{\"format\":\"other\"}\n",
        b"SQLite format 3\0\n",
        b"\xff\xfe\x00\n",
    ] {
        assert!(
            said(other).contains("not a backup of Consciousness"),
            "{}",
            said(other)
        );
    }
    let long = vec![b'x'; 10_000_000];
    assert!(said(&long).contains("not a backup of Consciousness"));
    let newer = String::from_utf8(small()).unwrap().replacen(
        "\"format_version\":1",
        "\"format_version\":2,\"more\":3",
        1,
    );
    assert!(
        said(newer.as_bytes()).contains("newer version"),
        "{}",
        said(newer.as_bytes())
    );
    assert!(matches!(read(&small()[..40]), Err(BackupFault::Damaged(_))));
}

/// A document that is right in itself, of a house's tables after a change to their heads or rows.
async fn forged(
    document: &[u8],
    change: impl Fn(&mut String, &mut Vec<Column>, &mut Vec<Vec<Cell<'static>>>),
) -> Vec<u8> {
    let mut reader = Reader::new(document).unwrap();
    let mut writer = Writer::new(Vec::new(), reader.head()).unwrap();
    while let Some((mut name, mut columns)) = reader.table().unwrap() {
        let mut rows = Vec::new();
        while let Some(row) = reader.row().unwrap() {
            rows.push(row);
        }
        change(&mut name, &mut columns, &mut rows);
        writer.table(&name, &columns).unwrap();
        for row in &rows {
            writer.row(row).unwrap();
        }
        writer.end_table().unwrap();
    }
    writer.finish().unwrap().0
}

type Change = fn(&mut String, &mut Vec<Column>, &mut Vec<Vec<Cell<'static>>>);

#[tokio::test]
async fn a_hostile_document_is_refused_and_its_words_never_run() {
    let folder = Folder::new();
    drop(fill(&folder).await);
    let (document, _, _) = saved(&folder.file()).await;
    let changes: [(&str, Change); 9] = [
        ("not where it should be", |name, _, _| {
            if name == "people" {
                *name = "people (person_id) VALUES (1); DROP TABLE house; --".to_owned();
            }
        }),
        ("not where it should be", |name, _, _| {
            if name == "people" {
                *name = "_sqlx_migrations".to_owned();
            }
        }),
        ("other columns", |name, columns, _| {
            if name == "people" {
                columns[0].name = "person_id) SELECT 1; DROP TABLE house; --".to_owned();
            }
        }),
        ("other columns", |name, columns, _| {
            if name == "people" {
                columns.swap(0, 1);
            }
        }),
        ("other columns", |name, columns, _| {
            if name == "people" {
                columns[0].kind = Kind::Blob;
            }
        }),
        ("cannot be taken", |name, _, rows| {
            if name == "devices" {
                let again = rows[0].clone();
                rows.push(again);
            }
        }),
        ("cannot be taken", |name, _, rows| {
            if name == "devices" {
                rows[0][0] = Cell::Null;
                rows[0][1] = Cell::Null;
            }
        }),
        ("refers to one of", |name, _, rows| {
            if name == "floors" {
                rows.clear();
            }
        }),
        ("exactly the house", |name, _, rows| {
            if name == "house" {
                rows[0][1] = Cell::Text("another".into());
            }
        }),
    ];
    for (expected, change) in changes {
        let other = Folder::new();
        let forged = forged(&document, change).await;
        let refused = load(&forged, &other.file(), Target::Newest)
            .await
            .unwrap_err();
        assert!(refused.is_of_the_document(), "{refused:?}");
        assert!(
            refused.to_string().contains(expected),
            "{expected}: {refused}"
        );
    }
    // Unchanged it is taken.
    let other = Folder::new();
    let same = forged(&document, |_, _, _| {}).await;
    load(&same, &other.file(), Target::Newest).await.unwrap();
    // A table that is not there at all, and one too many.
    for more in [true, false] {
        let mut reader = Reader::new(&document[..]).unwrap();
        let mut writer = Writer::new(Vec::new(), reader.head()).unwrap();
        while let Some((name, columns)) = reader.table().unwrap() {
            writer.table(&name, &columns).unwrap();
            while let Some(row) = reader.row().unwrap() {
                writer.row(&row).unwrap();
            }
            writer.end_table().unwrap();
            if name == "webhooks" && !more {
                break;
            }
        }
        if more {
            writer.table("zz", &[column("a", Kind::Text)]).unwrap();
            writer.end_table().unwrap();
        }
        let forged = writer.finish().unwrap().0;
        let other = Folder::new();
        let refused = load(&forged, &other.file(), Target::Newest)
            .await
            .unwrap_err();
        assert!(refused.is_of_the_document(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let mut document = small();
    let first = document.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    document.truncate(first);
    document.extend_from_slice(b"{\"name\":\"");
    document.resize(70 * 1024 * 1024, b'x');
    let refused = read(&document).unwrap_err().to_string();
    assert!(refused.contains("longer than"), "{refused}");
}

#[tokio::test]
async fn every_older_schema_is_restored_through_its_migrations() {
    static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
    let versions: Vec<i64> = MIGRATIONS.iter().map(|step| step.version).collect();
    for version in versions.iter().copied() {
        let folder = Folder::new();
        let url = format!("sqlite://{}?mode=rwc", folder.file().display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        MIGRATIONS.run_to(version, &mut old).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO house (house_id, uuid, epoch, clean, created_at) \
             VALUES (1, '018f4e3a-0000-7000-8000-00000000000a', 7, 1, 1);
             INSERT INTO floors VALUES ('018f4e3a-0000-7000-8000-00000000000b', 1, 'ground', 'Ground', 0);",
        )
        .execute(&mut old)
        .await
        .unwrap();
        if version == 14 {
            sqlx::raw_sql(
                "INSERT INTO predictions VALUES ('p', 1, 'routines', 's', '{}', 0.5, 1, 2, 3, 'hit', 4)",
            )
            .execute(&mut old)
            .await
            .unwrap();
        }
        old.close().await.unwrap();
        let location = Location::file(folder.file());
        let pending = pending_migration(&location).await.unwrap();
        assert_eq!(
            pending,
            (version < newest_schema()).then_some((version, newest_schema()))
        );
        let (document, head, summary) = saved(&folder.file()).await;
        assert_eq!(
            (head.schema_version, summary.rows_of("floors")),
            (version, 1)
        );
        let other = Folder::new();
        let restored = load(&document, &other.file(), Target::Newest)
            .await
            .unwrap();
        assert_eq!(restored.schema, newest_schema());
        let (_, kept) = other.lead().await;
        assert_eq!((kept.epoch, kept.floors.len()), (8, 1), "schema {version}");
        if version == 14 {
            let (_, _, found) = saved(&other.file()).await;
            assert_eq!(found.rows_of("predictions"), 1);
        }
        // As it was, so that the version of then can go on with it.
        let third = Folder::new();
        let restored = load(&document, &third.file(), Target::AsItWas)
            .await
            .unwrap();
        assert_eq!(restored.schema, version);
        assert_eq!(saved(&third.file()).await.2, summary);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = Folder::new();
    drop(fill(&folder).await);
    let (document, _, _) = saved(&folder.file()).await;
    let text = String::from_utf8(document).unwrap();
    let of = format!("\"schema_version\":{}", newest_schema());
    let newer = text.replacen(&of, "\"schema_version\":9999", 1);
    let other = Folder::new();
    let refused = load(newer.as_bytes(), &other.file(), Target::Newest)
        .await
        .unwrap_err();
    assert!(matches!(refused, BackupFault::Newer(_)), "{refused:?}");
    assert!(refused.to_string().contains("1.2.3"), "{refused}");
    assert!(!other.file().exists());
}

/// What a writer adds at a time, and how often at most.
const GROUP: i64 = 100;
const GROUPS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_one_moment_while_thousands_of_changes_come_in() {
    let folder = Folder::new();
    let store = fill(&folder).await;
    let before = store.count_samples().await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // A device and its samples each: a document that has a part of them is not of one moment.
    let writer = tokio::spawn(async move {
        let (mut groups, mut slowest) = (0, Duration::ZERO);
        let began = Instant::now();
        while groups < GROUPS && !*stopped.borrow() {
            let lamp = lamp(&format!("lamp_{groups}"), None);
            let on = |n| sample(lamp.id, "OnOff.on_off", Some((n % 2 == 0).into()), n);
            let group = Group {
                samples: (0..GROUP).map(on).collect(),
                ..Group::default()
            };
            let asked = Instant::now();
            store.keep(vec![record(&lamp)]).await.unwrap();
            slowest = slowest.max(asked.elapsed());
            store.record(Arc::new(group)).await.unwrap();
            groups += 1;
        }
        (groups, slowest, began.elapsed())
    });
    let mut taken = Vec::new();
    while taken.len() < 3 || (!writer.is_finished() && taken.len() < 4) {
        taken.push(saved(&folder.file()).await);
    }
    stop.send_replace(true);
    let (groups, slowest, took) = writer.await.unwrap();
    println!("{groups} groups of {GROUP} in {took:?}, the slowest kept within {slowest:?}");
    assert!(groups > 3, "the writer went on: {groups}");
    assert!(
        slowest < Duration::from_secs(5),
        "it never waits for a backup: {slowest:?}"
    );
    let mut last = 0;
    for (document, _, summary) in taken {
        let devices = summary.rows_of("devices") - 1;
        let other = Folder::new();
        load(&document, &other.file(), Target::Newest)
            .await
            .unwrap();
        let (restored, _) = other.lead().await;
        let samples = restored.count_samples().await.unwrap() - before;
        let whole = u64::try_from(GROUP).unwrap();
        assert_eq!(samples % whole, 0, "half a group");
        // The device is kept just before its samples.
        assert!(
            samples / whole == devices || samples / whole + 1 == devices,
            "{samples} of {devices}"
        );
        assert!(devices >= last);
        last = devices;
    }
}

#[tokio::test]
async fn a_plain_copy_is_a_database_of_its_own() {
    let folder = Folder::new();
    let store = fill(&folder).await;
    let copy = folder.dir.path().join("copy 'of' it.db");
    plain_copy(&Location::file(folder.file()), &copy)
        .await
        .unwrap();
    assert_eq!(saved(&copy).await.2, saved(&folder.file()).await.2);
    let refused = plain_copy(&Location::file(folder.file()), &copy).await;
    assert!(refused.is_err(), "what is there is not written over");
    drop(store);
}
