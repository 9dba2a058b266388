//! Start-up and memory, by the number of known devices.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind};
use crate::stats::median;
use std::time::Duration;

const STARTS: usize = 5;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in [30, 1_000, 10_000] {
        let mut home = Home::of(devices, Kind::Climate).await?;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            home = home.restart().await?;
            starts.push(home.server.took.as_secs_f64() * 1_000.0);
        }
        let started = figure(
            format!("start-up with {devices} known devices, median of {STARTS}"),
            median(&mut starts),
            "ms",
        );
        // What the broker kept comes again after a start; memory at rest is what is left then.
        let mut idle = home.server.idle().await?;
        for _ in 0..20 {
            if idle < 0.05 {
                break;
            }
            idle = home.server.idle().await?;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let memory = figure(
            format!("memory at rest with {devices} devices of 3 properties"),
            home.server.memory()? / 1e6,
            "MB",
        );
        let idle = figure(
            format!("CPU at rest with {devices} devices"),
            idle * 1_000.0,
            "ms a second",
        );
        figures.extend(match devices {
            30 => [
                started.at_most(150.0).against("1,350 ms"),
                memory.at_most(40.0).against("155 MB (30 entities)"),
                idle,
            ],
            10_000 => [started, memory.at_most(150.0), idle],
            _ => [started, memory, idle],
        });
    }
    Ok(figures)
}
