//! Changes on their way to many readers.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind, payload, state_topic};
use crate::mqtt;
use crate::stats::{count, median, percentile};
use anyhow::Context as _;
use futures_util::StreamExt as _;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

const SENSORS: usize = 200;
const READERS: usize = 50;
const SECONDS: u32 = 10;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (sensors, rates) in [(SENSORS, &[100, 400][..]), (SENSORS * 10, &[400])] {
        let home = Home::of(sensors, Kind::Sensor).await?;
        for &rate in rates {
            let before = home.server.cpu()?;
            let mut latencies = fan_out(&home, sensors, rate).await?;
            let cpu = (home.server.cpu()? - before).as_secs_f64() * 1e6
                / f64::from(rate * SECONDS)
                / count(READERS);
            let who = format!("{READERS} readers, {rate} changes a second, {sensors} devices");
            let late = figure(
                format!("p99, {who}"),
                percentile(&mut latencies, 0.99),
                "ms",
            )
            .against("10.8 ms");
            figures.extend([
                figure(format!("p50, {who}"), median(&mut latencies), "ms"),
                if sensors == SENSORS {
                    late.at_most(2.0)
                } else {
                    late
                },
                figure(format!("CPU a change and reader, {who}"), cpu, "µs"),
            ]);
        }
    }
    Ok(figures)
}

/// Milliseconds from the publisher to each reader, for each change.
async fn fan_out(home: &Home, sensors: usize, rate: u32) -> anyhow::Result<Vec<f64>> {
    let changes = rate * SECONDS;
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(read(home.server.address)))
        .collect();
    // Every reader has its snapshot before the first change.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let address = home.broker.address;
    let published =
        tokio::task::spawn_blocking(move || publish(address, sensors, changes, rate)).await??;
    tokio::time::sleep(Duration::from_secs(2)).await;
    home.server.http().await?.get("/health").await?;
    let mut latencies = Vec::new();
    for reader in readers {
        reader.abort_handle().is_finished();
        let heard = reader.await??;
        let mut seen = 0;
        for (at, text) in &heard {
            for change in numbers(text) {
                let published = published
                    .get(change)
                    .context("a reader heard what nobody said")?;
                latencies.push(at.duration_since(*published).as_secs_f64() * 1_000.0);
                seen += 1;
            }
        }
        anyhow::ensure!(
            seen == published.len(),
            "a reader heard {seen} of {} changes",
            published.len()
        );
    }
    Ok(latencies)
}

/// Reads until nothing but the clock has come for some seconds.
async fn read(address: SocketAddr) -> anyhow::Result<Vec<(Instant, Utf8Bytes)>> {
    let url = format!("ws://{address}/api/live");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
    let mut heard = Vec::new();
    let mut last = Instant::now() + Duration::from_secs(6);
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let at = Instant::now();
        if text.starts_with("{\"type\":\"delta\"") {
            heard.push((at, text));
            last = last.max(at + Duration::from_secs(3));
        } else if at > last {
            break;
        }
    }
    Ok(heard)
}

/// The numbers of the changes in a delta.
fn numbers(text: &str) -> Vec<usize> {
    let delta: Value = serde_json::from_str(text).unwrap_or_default();
    let changes = delta["changes"].as_array().cloned().unwrap_or_default();
    changes
        .iter()
        .filter_map(|change| {
            let value = change["reported"]["value"].as_f64()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small count"
            )]
            Some(((value - 20.0) * 1_000.0).round() as usize)
        })
        .collect()
}

/// Publishes changes evenly; when each was.
fn publish(
    address: SocketAddr,
    sensors: usize,
    changes: u32,
    rate: u32,
) -> anyhow::Result<Vec<Instant>> {
    let (mut sender, _) = mqtt::connect(address, "bench-live", &[])?;
    let began = Instant::now();
    let mut published = Vec::new();
    for change in 0..changes {
        let due = Duration::from_secs(1) * change / rate;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let value = f64::from(20_000 + change) / 1_000.0;
        published.push(Instant::now());
        let topic = state_topic(usize::try_from(change)? % sensors);
        sender.publish(&topic, payload(value).as_bytes(), false)?;
        sender.flush()?;
    }
    Ok(published)
}
