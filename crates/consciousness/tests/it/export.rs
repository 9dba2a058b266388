//! `consciousness history export`, as typed.

use crate::support::program;
use model::{Device, DeviceId, DeviceKind, Instance, Key, Path, Timestamp, Value, capability};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use store::{Group, Location, Record, Sample, Store};

/// Samples of a lamp with a thermometer in it, every 20 seconds and a bit.
const COUNT: i64 = 5_000;

fn at(n: i64) -> Timestamp {
    // Across the end of summer time in Berlin.
    let start: Timestamp = "2026-10-24T22:30:00.000001Z".parse().unwrap();
    Timestamp::from_microsecond(start.as_microsecond() + n * 20_000_003).unwrap()
}

fn text(n: i64) -> Option<Value> {
    match n % 4 {
        0 => None,
        1 => Some(Value::Text(String::new())),
        2 => Some(Value::Text("a, \"b\"\nc".to_owned())),
        _ => Some(Value::Text("plain".to_owned())),
    }
}

fn device() -> Device {
    Device {
        id: DeviceId::new(),
        slug: "hall_lamp".parse().unwrap(),
        aliases: Vec::new(),
        key: Key {
            driver: "mqtt".to_owned(),
            native_id: "0x1".to_owned(),
        },
        via: None,
        area: None,
        serves: Vec::new(),
        name: "Hall lamp".to_owned(),
        named_by_person: false,
        kind: DeviceKind::Light,
        manufacturer: None,
        model: None,
        capabilities: vec![Instance::full(&capability::ON_OFF)],
        manual: None,
        preferences: model::Preferences::default(),
        first_seen: at(0),
    }
}

const PATHS: [&str; 4] = [
    "MediaPlayback.title",
    "OnOff.on_off",
    "TemperatureMeasurement.temperature",
    "2:TemperatureMeasurement.temperature",
];

/// What the property says at a moment.
fn value(property: usize, n: i64) -> Option<Value> {
    let small = f64::from(i32::try_from(n % 400).unwrap());
    match property {
        0 => text(n),
        1 => Some(Value::Bool(n % 3 == 0)),
        2 => Some(Value::Number(small / 10.0)),
        _ => Some(Value::Number(small * 1.234_567_890_123e-7)),
    }
}

/// A database in which half of the history is in chunks; still open, as by a server.
async fn fill(folder: &std::path::Path) -> Store {
    let location = Location::file(folder.join("consciousness.db"));
    let (store, _) = Store::open(&location).await.unwrap();
    store.load().await.unwrap();
    let device = device();
    let id = device.id;
    store
        .keep(vec![Record::Device(Box::new(device))])
        .await
        .unwrap();
    let samples = (0..COUNT).flat_map(|n| {
        (0..PATHS.len()).map(move |property| Sample {
            device: id,
            path: PATHS[property].parse::<Path>().unwrap(),
            at: at(n),
            value: value(property, n),
        })
    });
    let group = Group {
        samples: samples.collect(),
        ..Group::default()
    };
    store.record(Arc::new(group)).await.unwrap();
    assert!(store.compact(at(COUNT / 2)).await.unwrap() > 0);
    store
}

/// Runs an export to its end: its exit code, what it wrote and what it said.
fn export(folder: &std::path::Path, args: &[&str]) -> (Option<i32>, String, String) {
    let args = [&["history", "export"], args].concat();
    let output = program(folder, &args, &[]).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test]
async fn everything_comes_out_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let store = fill(folder.path()).await;
    // As lines of JSON, beside who has it open.
    let (code, out, said) = export(folder.path(), &["--format", "jsonl"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let mut lines = 0;
    let mut next = [0_i64; PATHS.len()];
    for whole in out.lines() {
        let line: serde_json::Value = serde_json::from_str(whole).unwrap();
        let property = PATHS
            .iter()
            .position(|path| *path == line["property"])
            .unwrap();
        let n = next[property];
        next[property] += 1;
        assert_eq!(line["device"], "hall_lamp");
        assert_eq!(
            line["time"].as_str().unwrap().parse::<Timestamp>().unwrap(),
            at(n)
        );
        let found = match value(property, n) {
            // To the last bit, which is more than serde_json reads.
            Some(Value::Number(_)) => {
                let text = whole.split("\"value\":").nth(1).unwrap();
                let number = text.split(',').next().unwrap().parse().unwrap();
                Some(Value::Number(number))
            }
            _ => Value::from_json(&line["value"]),
        };
        assert_eq!(found, value(property, n));
        assert_eq!(line["unit"].is_string(), property > 1);
        lines += 1;
    }
    assert_eq!(lines, COUNT * 4);
    // The same after the server has ended, and after all of it is in chunks.
    store.compact(at(COUNT)).await.unwrap();
    store.close_clean(None).await.unwrap();
    drop(store);
    let (code, again, _) = export(folder.path(), &["--format", "jsonl"]);
    assert_eq!((code, again == out), (Some(0), true));

    // As a table, into a file, in the zone of the house: the hour that comes twice is told apart.
    let (code, out, said) = export(
        folder.path(),
        &[
            "--output",
            "out.csv",
            "--zone",
            "Europe/Berlin",
            "--property",
            PATHS[2],
            "--property",
            PATHS[0],
            "--device",
            "hall_lamp",
            "--from",
            "2026-10-25",
            "--to",
            "2026-10-25T01:30:00Z",
        ],
    );
    assert_eq!((code, out.as_str(), said.as_str()), (Some(0), "", ""));
    let table = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(
        table.starts_with(
            "time,device,property,value,unit\n\
         2026-10-25T00:30:00.000001+02:00,hall_lamp,MediaPlayback.title,,\n\
         2026-10-25T00:30:20.000004+02:00,hall_lamp,MediaPlayback.title,\"\",\n\
         2026-10-25T00:30:40.000007+02:00,hall_lamp,MediaPlayback.title,\"a, \"\"b\"\"\nc\",\n"
        ),
        "{}",
        &table[..400]
    );
    assert!(table.contains(",hall_lamp,TemperatureMeasurement.temperature,0.1,°C\n"));
    for moment in [
        "2026-10-25T02:15:00.000946+02:00",
        "2026-10-25T02:15:00.001486+01:00",
    ] {
        assert_eq!(table.matches(moment).count(), 2, "{moment}");
    }
    assert!(!folder.path().join("out.csv.part").exists());
}

#[tokio::test]
async fn who_stops_reading_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let _store = fill(folder.path()).await;
    let mut child = program(folder.path(), &["history", "export"], &[])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    assert_eq!(first, "time,device,property,value,unit\n");
    drop(out);
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn what_cannot_be_exported_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = export(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("consciousness.db is not there"), "{said}");
    assert!(!folder.path().join("consciousness.db").exists());
    let _store = fill(folder.path()).await;
    std::fs::write(folder.path().join("there.csv"), "mine").unwrap();
    for (args, code, expected) in [
        (vec!["--device", "nobody"], 2, "nothing was recorded of it"),
        (
            vec!["--property", "OnOff.of"],
            2,
            "nothing was recorded of it",
        ),
        (vec!["--from", "yesterday"], 2, "expected one such as"),
        (
            vec!["--zone", "Europe/Atlantis"],
            2,
            "expected `house` or an IANA name",
        ),
        (
            vec!["--from", "2026-10-25", "--to", "2026-10-24"],
            2,
            "is not before",
        ),
        (vec!["--format", "parquet"], 2, "csv"),
        (vec!["--output", "there.csv"], 1, "is there already"),
        (
            vec!["--output", "no/such/folder.csv"],
            1,
            "cannot be written",
        ),
        (vec!["--output", "/dev/full"], 1, "is there already"),
    ] {
        let (found, out, said) = export(folder.path(), &args);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!said.contains("panic"), "{said}");
    }
    let kept = std::fs::read_to_string(folder.path().join("there.csv")).unwrap();
    assert_eq!(kept, "mine");
    let mut full = program(folder.path(), &["history", "export"], &[]);
    let device = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ended = full.stdout(device).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1));
    assert!(said.contains("the output cannot be written"), "{said}");
}
