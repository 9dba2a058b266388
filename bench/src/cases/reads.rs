//! Keep-alive connections that read one device after the other.

use crate::figures::{Figure, figure};
use crate::home::{Home, Kind, slug};
use crate::stats::{count, milliseconds, percentile};
use std::time::{Duration, Instant};

const READ: usize = 100;
const REQUESTS: usize = 32_000;

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in [READ, READ * 10] {
        let home = Home::of(devices, Kind::Climate).await?;
        for connections in [1, 32] {
            let idle = home.server.idle().await?;
            let (before, began) = (home.server.cpu()?, Instant::now());
            let tasks: Vec<_> = (0..connections)
                .map(|at| {
                    let address = home.server.address;
                    tokio::spawn(read(address, at, REQUESTS / connections))
                })
                .collect();
            let mut all = Vec::new();
            for task in tasks {
                all.extend(task.await??);
            }
            let wall = began.elapsed().as_secs_f64();
            let used = (home.server.cpu()? - before).as_secs_f64() - idle * wall;
            let mut latencies = milliseconds(&all);
            let who = format!("{connections} connections, {devices} devices");
            let cpu = figure(
                format!("CPU a request, {who}"),
                used * 1e6 / count(all.len()),
                "µs",
            )
            .against("180 µs");
            figures.extend([
                if devices == READ {
                    cpu.at_most(45.0)
                } else {
                    cpu
                },
                figure(
                    format!("requests a second, {who}"),
                    count(all.len()) / wall,
                    "a second",
                ),
                figure(
                    format!("p99, {who}"),
                    percentile(&mut latencies, 0.99),
                    "ms",
                ),
            ]);
        }
    }
    Ok(figures)
}

async fn read(
    address: std::net::SocketAddr,
    from: usize,
    requests: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut http = crate::http::Http::connect(address).await?;
    let mut all = Vec::with_capacity(requests);
    for at in 0..requests {
        let path = format!("/api/devices/{}", slug((from + at) % READ));
        let began = Instant::now();
        let answer = http.get(&path).await?;
        anyhow::ensure!(answer.status == 200, "{path}: {}", answer.status);
        all.push(began.elapsed());
    }
    Ok(all)
}
