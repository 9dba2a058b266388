//! `House::apply` with what devices really report.

use crate::figures::{Figure, figure};
use crate::stats::median;
use anyhow::Context as _;
use model::{
    Announcement, Connectivity, DeviceKind, HouseId, Instance, Now, Path, Reading, Report,
    ReportBody, Timestamp, capability,
};
use std::hint::black_box;
use std::time::Duration;
use store::Kept;
use twin::{House, Input, Limits};

/// Batches in a round.
const BATCHES: usize = 800;
const ROUNDS: usize = 7;
/// As many as the twin's loop takes at most between two snapshots.
const BATCH: usize = 256;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut first = None;
    for devices in [100, 1_000, 10_000] {
        let (mut house, now) = house(devices);
        let (mut plain, mut shared) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            plain.push(nanoseconds(&mut house, devices, round * 2, now, false)?);
            shared.push(nanoseconds(&mut house, devices, round * 2 + 1, now, true)?);
        }
        let (plain, shared) = (median(&mut plain), median(&mut shared));
        let rate = figure(
            format!("changes a second with {devices} devices"),
            1e9 / plain,
            "a second",
        );
        figures.push(if devices == 100 {
            rate.at_least(1e6)
        } else {
            rate
        });
        figures.push(figure(
            format!("the same, with a snapshot after every {BATCH} changes"),
            1e9 / shared,
            "a second",
        ));
        let (base, shared_base) = *first.get_or_insert((plain, shared));
        if devices == 10_000 {
            figures.push(
                figure(
                    "time a change with 10,000 devices, against 100",
                    plain / base,
                    "times",
                )
                .at_most(1.5),
            );
            figures.push(figure(
                "the same, with snapshots",
                shared / shared_base,
                "times",
            ));
        }
    }
    Ok(figures)
}

/// The time of one change.
fn nanoseconds(
    house: &mut House,
    devices: usize,
    round: usize,
    now: Now,
    share: bool,
) -> anyhow::Result<f64> {
    let path: Path = "TemperatureMeasurement.temperature".parse()?;
    let mut snapshot = house.snapshot().clone();
    let (mut seen, mut took) = (0, Duration::ZERO);
    for batch in 0..BATCHES {
        // As they come from a driver: just made, and so still in the processor's cache.
        let changes: Vec<Input> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|change| {
                // No two reports of a device are the same; devices come in no order.
                let device = (change * 7_919) % devices;
                let step = (round * BATCHES * BATCH + change) / devices;
                let value =
                    15.0 + f64::from(u32::try_from(step % 1_500).unwrap_or_default()) / 100.0;
                Input::Report(Report {
                    driver: "mqtt".into(),
                    body: ReportBody::Values {
                        native_id: native_id(device),
                        readings: vec![Reading::new(path, value)],
                    },
                })
            })
            .collect();
        let began = own_cpu()?;
        for change in changes {
            let effects = house.apply(change, now);
            seen += black_box(&effects).events.len();
        }
        if share {
            snapshot = house.snapshot().clone();
        }
        took += own_cpu()? - began;
    }
    drop(black_box(snapshot));
    let changes = BATCHES * BATCH;
    anyhow::ensure!(seen == changes, "{seen} events came of {changes} changes");
    Ok(took.as_secs_f64() * 1e9 / crate::stats::count(changes))
}

/// CPU time of this thread: what else the machine does is not the twin's.
pub(super) fn own_cpu() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().context("schedstat is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

pub(super) fn native_id(device: usize) -> String {
    format!("0x00158d00045{device:05}")
}

/// A house of climate sensors that have all been heard of.
pub(super) fn house(devices: usize) -> (House, Now) {
    let at = Timestamp::from_second(1_790_000_000).unwrap_or_default();
    let now = Now::new(at, Duration::ZERO);
    let kept = Kept {
        house: HouseId::new(),
        epoch: 1,
        clean: true,
        mode: "home".into(),
        floors: vec![],
        areas: vec![],
        people: vec![],
        devices: vec![],
        last_seen: vec![],
        discoveries: vec![],
        values: vec![],
        pending: vec![],
        outcomes: vec![],
        constraints: vec![],
        refusals: vec![],
        last_kept: None,
    };
    let (mut house, _) = House::restore(kept, Limits::default(), now);
    for device in 0..devices {
        let native_id = native_id(device);
        let announcement = Announcement {
            native_id: native_id.clone(),
            name: format!("Climate {device}"),
            slug: None,
            kind: DeviceKind::Sensor,
            manufacturer: Some("Bench".into()),
            model: Some("One".into()),
            via: None,
            area: Some("Hall".into()),
            capabilities: vec![
                Instance::full(&capability::TEMPERATURE_MEASUREMENT),
                Instance::full(&capability::RELATIVE_HUMIDITY_MEASUREMENT),
            ],
            adopt: true,
            manual: None,
        };
        for body in [
            ReportBody::Announced(Box::new(announcement)),
            ReportBody::Connectivity {
                native_id,
                connectivity: Connectivity::Online,
                reason: None,
            },
        ] {
            let driver = "mqtt".into();
            house.apply(Input::Report(Report { driver, body }), now);
        }
    }
    (house, now)
}
