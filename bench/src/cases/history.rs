//! A long past in the database, compacted as that of a house that has been running, and what asking
//! for a part of it takes.

use crate::broker::Broker;
use crate::figures::{Figure, figure};
use crate::server::{Server, cpu};
use crate::stats::{count, median, milliseconds, percentile};
use model::{
    Device, DeviceId, DeviceKind, Instance, Key, Path, Preferences, Slug, Timestamp, capability,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Group, Location, Record, Sample, Store};

const SAMPLES: u32 = 10_000;
const QUERIES: usize = 60;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let broker = Broker::start()?;
    for properties in [125_u32, 12] {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("house.db");
        let end = Timestamp::now();
        let filled = fill(&file, properties, end).await?;
        let server = Server::start(folder.path(), &broker.url()).await?;
        let mut http = server.http().await?;
        let from = end - DAY;
        let mut took = Vec::new();
        for query in 0..QUERIES {
            let device = query % usize::try_from(properties)?;
            let path = format!(
                "/api/devices/bench_{device}/history?property=TemperatureMeasurement.temperature&from={from}&to={end}&resolution=raw&limit=10000"
            );
            let began = Instant::now();
            let answer = http.get(&path).await?;
            took.push(began.elapsed());
            anyhow::ensure!(answer.status == 200, "{path}: {}", answer.status);
            if query == 0 {
                let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
                let points = answer["points"].as_array().map_or(0, Vec::len);
                anyhow::ensure!(points >= 9_990, "{points} points of {SAMPLES}");
            }
        }
        let mut took = milliseconds(&took);
        let of = properties * SAMPLES;
        let p50 = figure(
            format!("{SAMPLES} of {of} samples, p50"),
            median(&mut took),
            "ms",
        );
        let p99 = figure(
            format!("{SAMPLES} of {of} samples, p99"),
            percentile(&mut took, 0.99),
            "ms",
        );
        let folded = figure(
            format!("samples compacted in a second of CPU, {of} samples"),
            filled,
            "a second",
        );
        figures.extend(if properties == 125 {
            [p50.at_most(10.0).against("353 ms"), p99, folded]
        } else {
            [p50, p99, folded]
        });
    }
    Ok(figures)
}

/// A day of so many properties, as the recorder writes it: in groups, in the order of time, and then
/// compacted. How many samples went into chunks in a second of CPU.
pub(super) async fn fill(
    file: &std::path::Path,
    properties: u32,
    end: Timestamp,
) -> anyhow::Result<f64> {
    let (store, _) = Store::open(&Location::file(file)).await?;
    store.load().await?;
    let devices: Vec<Device> = (0..properties).map(|at| device(at, end)).collect();
    let records = devices
        .iter()
        .map(|device| Record::Device(Box::new(device.clone())));
    store.keep(records.collect()).await?;
    let path: Path = "TemperatureMeasurement.temperature".parse()?;
    let step = DAY / SAMPLES;
    for some in (0..SAMPLES).collect::<Vec<_>>().chunks(80) {
        let mut group = Group::default();
        for &sample in some {
            for (place, device) in (0_u32..).zip(&devices) {
                let at = end - DAY + step * sample + Duration::from_micros(u64::from(place) * 311);
                let value = 20.0 + f64::from((sample * 7 + place) % 500) / 100.0;
                group.samples.push(Sample {
                    device: device.id,
                    path,
                    at,
                    value: Some(value.into()),
                });
                group.until = Some(at);
            }
        }
        store.record(Arc::new(group)).await?;
    }
    let began = cpu(std::process::id())?;
    let folded = history::compact(&store, end).await?;
    let took = cpu(std::process::id())? - began;
    store.close_clean(Some(end)).await?;
    anyhow::ensure!(
        folded >= u64::from(properties * SAMPLES / 2),
        "only {folded} samples were compacted"
    );
    Ok(count(usize::try_from(folded)?) / took.as_secs_f64())
}

fn device(at: u32, end: Timestamp) -> Device {
    let name = format!("Bench {at}");
    Device {
        id: DeviceId::new(),
        slug: Slug::from_name(&name, "device"),
        aliases: Vec::new(),
        key: Key {
            driver: "mqtt".into(),
            native_id: format!("bench_{at}"),
        },
        via: None,
        area: None,
        serves: Vec::new(),
        name,
        named_by_person: false,
        kind: DeviceKind::Sensor,
        manufacturer: None,
        model: None,
        capabilities: vec![Instance::full(&capability::TEMPERATURE_MEASUREMENT)],
        manual: None,
        preferences: Preferences::default(),
        first_seen: end - DAY,
    }
}
