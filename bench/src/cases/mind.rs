//! One turn of the mind in process, and a year of the simulated family.

use super::twin::{house, own_cpu};
use crate::figures::{Figure, figure};
use crate::server::program;
use crate::stats::median;
use anyhow::Context as _;
use mind::safla::Brain;
use model::{Now, Path, Reading, Report, ReportBody};
use std::hint::black_box;
use std::time::{Duration, Instant};
use twin::{House, Input};

/// Turns that are measured.
const TURNS: usize = 50;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in [100, 1_000, 10_000] {
        let took = figure(
            format!("CPU a turn with {devices} devices of 2 properties"),
            turn(devices)?,
            "ms",
        );
        figures.push(if devices == 1_000 {
            took.at_most(5.0)
        } else {
            took
        });
    }
    let began = Instant::now();
    let output = tokio::process::Command::new(program()?)
        .args([
            "mind",
            "year",
            "--simulate",
            "houses/family.toml",
            "--days",
            "365",
        ])
        .output()
        .await
        .context("the year cannot be lived through")?;
    let took = began.elapsed().as_secs_f64();
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let felt: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let count = |name: &str| felt[name].as_f64().context("a figure is missing");
    figures.push(figure("a year of the simulated family", took, "s").at_most(120.0));
    figures.push(figure("turns of the mind in it", count("turns")?, ""));
    figures.push(figure("changes of the word in it", count("changes")?, ""));
    figures.push(
        figure(
            "of these taken back within the hour",
            count("flutters")?,
            "",
        )
        .at_most(0.0),
    );
    figures.push(
        figure(
            "turns without an explanation that adds up",
            count("unexplained")?,
            "",
        )
        .at_most(0.0),
    );
    Ok(figures)
}

/// The CPU time of a turn in milliseconds, after all devices have said something new.
fn turn(devices: usize) -> anyhow::Result<f64> {
    let path: Path = "TemperatureMeasurement.temperature".parse()?;
    let (mut house, start) = house(devices);
    let mut brain = Brain::default();
    let mut took = Vec::with_capacity(TURNS);
    for round in 0..TURNS {
        let passed = Duration::from_secs(300 * (round as u64 + 1));
        let now = Now::new(start.house.checked_add(passed)?, start.steady + passed);
        for device in 0..devices {
            hear(&mut house, &mut brain, device, round, path, now);
        }
        let began = own_cpu()?;
        black_box(brain.turn(house.snapshot(), Vec::new(), now.house));
        took.push((own_cpu()? - began).as_secs_f64() * 1e3);
    }
    Ok(median(&mut took))
}

fn hear(house: &mut House, brain: &mut Brain, device: usize, round: usize, path: Path, now: Now) {
    let value = 18.0 + f64::from(u32::try_from((device + round) % 60).unwrap_or_default()) / 10.0;
    let report = Report {
        driver: "mqtt".into(),
        body: ReportBody::Values {
            native_id: super::twin::native_id(device),
            readings: vec![Reading::new(path, value)],
        },
    };
    for event in &house.apply(Input::Report(report), now).events {
        brain.recall.hear(event);
    }
}
