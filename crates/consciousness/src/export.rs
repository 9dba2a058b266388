//! `consciousness history export`: samples as they were recorded, for other programs.
//!
//! Only reads, so it works beside a running server. A page at a time goes from the database to the
//! output; memory does not grow with the history. A file gets its name when it is complete.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiff::{civil, tz::TimeZone};
use model::{Timestamp, Value};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use store::{Location, Point, Reader, Recorded};

/// Samples that are read at once.
const PAGE: usize = 5_000;

/// What is wanted.
#[derive(Debug, Args)]
pub struct Export {
    /// Only this device: its slug or id. Can be given several times.
    #[arg(long, value_name = "SLUG")]
    device: Vec<String>,
    /// Only this property, such as `TemperatureMeasurement.temperature`. Can be given several times.
    #[arg(long, value_name = "PATH")]
    property: Vec<String>,
    /// From this on: 2026-03-01T06:00:00Z, or 2026-03-01 for its midnight in the zone.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this, in the same form.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// csv, or jsonl: an object a line. Without it the output's name decides; csv otherwise.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Times as in this zone, such as `Europe/Berlin`; `house` is what TIMEZONE says. UTC otherwise.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Into this new file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// In what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated values, with a line of names first.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// What was asked cannot be done: another question is needed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(String);

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    device: &'a str,
    property: &'a str,
    value: serde_json::Value,
    unit: Option<&'static str>,
}

/// What is wanted, understood.
struct Plan {
    from: Timestamp,
    to: Timestamp,
    format: Format,
    zone: Option<TimeZone>,
}

/// Why writing stopped.
enum Stopped {
    /// Who read it has gone: nothing is wrong.
    Gone,
    Failed(anyhow::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe {
            Self::Gone
        } else {
            Self::Failed(anyhow::Error::new(error).context("the output cannot be written"))
        }
    }
}

impl From<store::StoreError> for Stopped {
    fn from(error: store::StoreError) -> Self {
        Self::Failed(anyhow::Error::new(error).context("the history cannot be read"))
    }
}

/// Writes what is wanted. `house` is the zone that TIMEZONE names, empty for the machine's.
///
/// # Errors
/// When something of what was asked cannot be understood, is not there, or cannot be read or written.
pub async fn export(wanted: &Export, location: &Location, house: &str) -> anyhow::Result<()> {
    let wrong = |error: anyhow::Error| Wrong(format!("{error:#}"));
    let plan = plan(wanted, house).map_err(wrong)?;
    let reader = Reader::open(location)
        .await
        .context("the history cannot be read")?;
    let properties = chosen(wanted, reader.recorded().await?).map_err(wrong)?;
    let written = match &wanted.output {
        None => write(&reader, &properties, &plan, io::stdout().lock()).await,
        Some(file) => into_file(&reader, &properties, &plan, file).await,
    };
    match written {
        Ok(()) => {}
        Err(Stopped::Gone) => return Ok(()),
        Err(Stopped::Failed(error)) => return Err(error),
    }
    match reader.damaged() {
        0 => Ok(()),
        damaged => anyhow::bail!(
            "{damaged} chunks of the history do not read back; the rest was written, with an empty value where \
             each of them begins. Check the disk, and restore a backup"
        ),
    }
}

fn plan(wanted: &Export, house: &str) -> anyhow::Result<Plan> {
    let zone = match wanted.zone.as_deref() {
        None => None,
        Some("house") if house.is_empty() => Some(TimeZone::system()),
        Some(name) => {
            let name = if name == "house" { house } else { name };
            Some(TimeZone::get(name).with_context(|| {
                format!("--zone {name} is not known; expected `house` or an IANA name such as Europe/Berlin")
            })?)
        }
    };
    let days = zone.clone().unwrap_or(TimeZone::UTC);
    let time = |name: &str, text: &Option<String>, otherwise| {
        match text {
        None => Ok(otherwise),
        Some(text) => moment(text, &days).with_context(|| {
            format!("--{name} {text} is no time; expected one such as 2026-03-01T06:00:00Z or 2026-03-01")
        }),
    }
    };
    let (from, to) = (
        time("from", &wanted.from, Timestamp::MIN)?,
        time("to", &wanted.to, Timestamp::MAX)?,
    );
    anyhow::ensure!(
        from < to,
        "--from {from} is not before --to {to}; expected a stretch of time"
    );
    let by_name = || {
        let ending = wanted.output.as_ref()?.extension()?;
        (ending == "jsonl" || ending == "ndjson" || ending == "json").then_some(Format::Jsonl)
    };
    Ok(Plan {
        from,
        to,
        format: wanted.format.or_else(by_name).unwrap_or(Format::Csv),
        zone,
    })
}

fn moment(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) => {
            let day: civil::Date = text.parse()?;
            Ok(day.to_zoned_datetime(zone.clone())?.timestamp())
        }
    }
}

/// The properties that are wanted, of all that were recorded.
fn chosen(wanted: &Export, recorded: Vec<Recorded>) -> anyhow::Result<Vec<Recorded>> {
    for device in &wanted.device {
        anyhow::ensure!(
            recorded.iter().any(|known| is_of(known, device)),
            "--device {device}: nothing was recorded of it; expected a slug as `sqlite3` shows with \
             SELECT slug FROM devices, or an id"
        );
    }
    for path in &wanted.property {
        anyhow::ensure!(
            recorded.iter().any(|known| known.path == *path),
            "--property {path}: nothing was recorded of it; expected a path as `sqlite3` shows with \
             SELECT DISTINCT path FROM properties"
        );
    }
    Ok(recorded
        .into_iter()
        .filter(|known| {
            let device = wanted.device.iter().any(|device| is_of(known, device));
            let path = wanted.property.contains(&known.path);
            (device || wanted.device.is_empty()) && (path || wanted.property.is_empty())
        })
        .collect())
}

fn is_of(known: &Recorded, device: &str) -> bool {
    known.slug == device || known.device == device
}

/// Into a file that is there when it is complete, and not before.
async fn into_file(
    reader: &Reader,
    properties: &[Recorded],
    plan: &Plan,
    file: &Path,
) -> Result<(), Stopped> {
    let failed =
        |what: String| move |error| Stopped::Failed(anyhow::Error::new(error).context(what));
    if file.exists() {
        return Err(Stopped::Failed(anyhow::anyhow!(
            "{} is there already; expected a new file, so that nothing is written over",
            file.display()
        )));
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let out =
        File::create(&part).map_err(failed(format!("{} cannot be written", part.display())))?;
    let written = async {
        write(reader, properties, plan, &out).await?;
        out.sync_all()?;
        std::fs::rename(&part, file)
            .map_err(failed(format!("{} cannot be written", file.display())))
    }
    .await;
    if written.is_err() {
        drop(std::fs::remove_file(&part));
    }
    written
}

async fn write(
    reader: &Reader,
    properties: &[Recorded],
    plan: &Plan,
    out: impl Write,
) -> Result<(), Stopped> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    if plan.format == Format::Csv {
        out.write_all(b"time,device,property,value,unit\n")?;
    }
    for property in properties {
        let mut from = plan.from;
        loop {
            let page = reader.samples(property, from, plan.to, PAGE).await?;
            for point in &page {
                line(&mut out, property, point, plan)?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = next(last.at),
                _ => break,
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The first moment after one.
fn next(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond() + 1).unwrap_or(Timestamp::MAX)
}

fn line(out: &mut impl Write, property: &Recorded, point: &Point, plan: &Plan) -> io::Result<()> {
    let time = match &plan.zone {
        None => point.at.to_string(),
        Some(zone) => point
            .at
            .to_zoned_datetime(zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
            .to_string(),
    };
    let unit = property.unit().map(model::Unit::symbol);
    match plan.format {
        Format::Jsonl => {
            let line = Line {
                time: &time,
                device: &property.slug,
                property: &property.path,
                value: point.value.as_ref().map(json).into(),
                unit,
            };
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")
        }
        Format::Csv => {
            let value = match &point.value {
                None => String::new(),
                // A text that is empty is not a value that is unknown.
                Some(Value::Text(text)) => cell(text, text.is_empty()),
                Some(other) => json(other).to_string(),
            };
            let (slug, path) = (cell(&property.slug, false), cell(&property.path, false));
            let unit = cell(unit.unwrap_or_default(), false);
            writeln!(out, "{time},{slug},{path},{value},{unit}")
        }
    }
}

/// A value to the last bit: whole numbers are written without a fraction, but zero keeps its sign.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(number) if *number == 0.0 && number.is_sign_negative() => (*number).into(),
        other => other.to_json(),
    }
}

/// A cell as RFC 4180 has it.
fn cell(text: &str, always_quoted: bool) -> String {
    if always_quoted || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
