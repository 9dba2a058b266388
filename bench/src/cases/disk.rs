//! What a change costs on disk, before and after compaction.
//!
//! The changes are those of days of the simulated family, recorded anew in the order of time: once
//! without compaction, and twice with a round every five minutes of house time, as a house does it.
//! The simulator's past goes in steps of ten seconds; the second of these has times that differ by
//! random microseconds, as those of a living house do. Counted is every page that samples cause.

use crate::figures::{Figure, figure};
use crate::server::{cpu, program};
use crate::stats::count;
use anyhow::Context as _;
use model::Timestamp;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use store::{Group, Location, Sample, Store};

const DAYS: usize = 7;
const ROUND: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let past = folder.path().join("past.db");
    live(&past)?;
    let samples = all(&past).await?;
    let file = |name: &str| folder.path().join(name);
    let before = record(&file("before.db"), &samples, false).await?;
    let after = record(&file("after.db"), &samples, true).await?;
    let mut living: Vec<Sample> = samples.iter().map(jittered).collect::<Result<_, _>>()?;
    living.sort_by_key(|sample| sample.at);
    let precise = record(&file("living.db"), &living, true).await?;
    let changes = samples.len();
    let figure = |what: &str, bytes: f64| {
        figure(
            format!("{what}, {changes} changes of {DAYS} days"),
            bytes,
            "B",
        )
    };
    Ok(vec![
        figure("bytes a change before compaction", before.bytes)
            .at_most(36.0)
            .against("168 B"),
        figure("bytes a change after compaction", after.bytes).at_most(3.0),
        figure("the same, with times to the microsecond", precise.bytes).at_most(3.0),
        crate::figures::figure(
            "CPU of compaction a day of the house",
            precise.cpu / count(DAYS),
            "s",
        ),
    ])
}

/// The simulator writes a past.
fn live(into: &Path) -> anyhow::Result<()> {
    let sim = program()?.with_file_name("sim");
    let house = concat!(env!("CARGO_MANIFEST_DIR"), "/../houses/family.toml");
    let status = Command::new(&sim)
        .args(["--house", house, "--days", &DAYS.to_string(), "--into"])
        .arg(into)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{} cannot be started", sim.display()))?;
    anyhow::ensure!(status.success(), "the simulator ended with {status}");
    Ok(())
}

/// Everything that was recorded, in the order of time.
async fn all(file: &Path) -> anyhow::Result<Vec<Sample>> {
    let (store, _) = Store::open(&Location::file(file)).await?;
    let mut samples = Vec::new();
    for property in store.recorded().await? {
        let points = store
            .samples(&property, Timestamp::MIN, Timestamp::MAX, 100_000_000)
            .await?;
        samples.extend(points.into_iter().map(|point| Sample {
            device: property.device,
            path: property.path,
            at: point.at,
            value: point.value,
        }));
    }
    anyhow::ensure!(!samples.is_empty(), "the simulator wrote no past");
    samples.sort_by_key(|sample| sample.at);
    Ok(samples)
}

struct Recorded {
    /// Bytes a change.
    bytes: f64,
    /// Seconds of CPU that compaction took.
    cpu: f64,
}

/// Records the samples into a database of their own.
async fn record(into: &Path, samples: &[Sample], rounds: bool) -> anyhow::Result<Recorded> {
    let (store, _) = Store::open(&Location::file(into)).await?;
    store.load().await?;
    let mut group = Group::default();
    let (mut last, mut folded, mut used) = (None, 0, Duration::ZERO);
    for sample in samples {
        let at = sample.at;
        group.samples.push(sample.clone());
        if at >= *last.get_or_insert(at) + ROUND {
            last = Some(at);
            store.record(Arc::new(std::mem::take(&mut group))).await?;
            if rounds {
                let began = cpu(std::process::id())?;
                folded += history::compact(&store, at).await?;
                used += cpu(std::process::id())? - began;
            }
        }
    }
    store.record(Arc::new(group)).await?;
    if rounds {
        let end = last.context("there is no change")? + ROUND * 12;
        folded += history::compact(&store, end).await?;
        while store.give_back().await? {}
        anyhow::ensure!(
            usize::try_from(folded)? == samples.len(),
            "{folded} of {} samples were compacted",
            samples.len()
        );
    }
    store.close_clean(None).await?;
    let pages = pages(into, "")?;
    // The same schema with nothing in it, but the numbers of the properties.
    let without = self::pages(into, "DELETE FROM samples; DELETE FROM chunks; VACUUM; ")?;
    Ok(Recorded {
        bytes: (pages - without) * 4_096.0 / count(samples.len()),
        cpu: used.as_secs_f64(),
    })
}

/// How many pages a database has after some statements.
fn pages(file: &Path, sql: &str) -> anyhow::Result<f64> {
    let output = Command::new("sqlite3")
        .arg(file)
        .arg(format!("{sql}PRAGMA page_count"))
        .output()
        .context("sqlite3 cannot be started; tests/needs installs it")?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().with_context(|| {
        format!(
            "sqlite3 said: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// Up to 16 seconds later, the same for all properties of a device at a moment: what one message
/// brings has one time.
fn jittered(sample: &Sample) -> anyhow::Result<Sample> {
    let device = sample
        .device
        .to_string()
        .bytes()
        .fold(7, |seed, byte| mixed(seed ^ u64::from(byte)));
    let moment = u64::try_from(sample.at.as_microsecond())?;
    let late = mixed(device ^ moment) >> 40;
    Ok(Sample {
        at: sample.at + Duration::from_micros(late),
        ..sample.clone()
    })
}

/// Bits without any order (the end of `SplitMix64`).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
