//! A backup, its verification and a restore of a house with ten million samples: time, size and memory,
//! and what requests to the server take meanwhile.

use super::history::fill;
use crate::broker::Broker;
use crate::figures::{Figure, figure};
use crate::server::{Server, program};
use crate::stats::{milliseconds, percentile};
use anyhow::Context as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PROPERTIES: u32 = 1_000;

/// How often the server is asked while the backup is taken.
const EVERY: Duration = Duration::from_millis(5);

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let broker = Broker::start()?;
    let folder = tempfile::tempdir()?;
    fill(
        &folder.path().join("house.db"),
        PROPERTIES,
        model::Timestamp::now(),
    )
    .await?;
    let server = Server::start(folder.path(), &broker.url()).await?;
    let mut quiet = asked(&server, async {
        tokio::time::sleep(Duration::from_secs(5)).await
    })
    .await?;
    let mut figures = vec![figure(
        "GET /api/devices, nothing else, p99",
        percentile(&mut quiet.1, 0.99),
        "ms",
    )];
    // What a program that does nearly nothing holds.
    let idle = command(folder.path(), &["config", "check"]).await?;
    for (name, args) in [
        ("backup", &["backup"][..]),
        ("backup, packed", &["backup", "--compress"]),
    ] {
        let (done, mut took) = asked(&server, command(folder.path(), args)).await?;
        let done = done?;
        figures.extend([
            figure(format!("{name}: time"), done.took.as_secs_f64(), "s"),
            figure(format!("{name}: size"), newest(folder.path())? / 1e6, "MB"),
            figure(
                format!("{name}: memory above idle"),
                (done.memory - idle.memory) / 1e6,
                "MB",
            )
            .at_most(100.0),
            figure(
                format!("{name}: GET /api/devices meanwhile, p99"),
                percentile(&mut took, 0.99),
                "ms",
            )
            .at_most(50.0),
        ]);
    }
    server.stop().await?;
    let file = document(folder.path())?;
    let file = file.to_str().context("a path in UTF-8")?;
    for (name, args) in [
        ("verify", ["verify-backup", file]),
        ("restore", ["restore", file]),
    ] {
        let done = command(folder.path(), &args).await?;
        figures.extend([
            figure(format!("{name}: time"), done.took.as_secs_f64(), "s"),
            figure(
                format!("{name}: memory above idle"),
                (done.memory - idle.memory) / 1e6,
                "MB",
            )
            .at_most(100.0),
        ]);
    }
    Ok(figures)
}

/// What a command took.
struct Done {
    took: Duration,
    /// The most that it held, in bytes.
    memory: f64,
}

/// Runs the program to its end, and looks at its memory all the time.
async fn command(folder: &Path, args: &[&str]) -> anyhow::Result<Done> {
    let began = Instant::now();
    let database = format!("sqlite:///{}", folder.join("house.db").display());
    let mut child = tokio::process::Command::new(program()?)
        .args(args)
        .current_dir(folder)
        .env("DATABASE_URL", database)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let status = format!("/proc/{}/status", child.id().context("it runs")?);
    let mut memory: f64 = 0.0;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let most = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
            memory = memory.max(most.unwrap_or(0.0) * 1024.0);
        }
        if let Some(status) = child.try_wait()? {
            anyhow::ensure!(status.success(), "{args:?}: {status}");
            return Ok(Done {
                took: began.elapsed(),
                memory,
            });
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Asks the server again and again while something is done: what came of that, and what each request
/// took, in milliseconds.
async fn asked<T>(server: &Server, work: impl Future<Output = T>) -> anyhow::Result<(T, Vec<f64>)> {
    let mut took = Vec::new();
    // One that rested meanwhile may have been closed.
    let mut http = server.http().await?;
    let asking = async {
        loop {
            let began = Instant::now();
            let answer = http.get("/api/devices?limit=100").await?;
            took.push(began.elapsed());
            anyhow::ensure!(answer.status == 200, "/api/devices: {}", answer.status);
            tokio::time::sleep(EVERY).await;
        }
    };
    let done = tokio::select! {
        done = work => done,
        broke = asking => {
            let broke: anyhow::Result<std::convert::Infallible> = broke;
            return Err(broke.err().context("asking ended")?);
        }
    };
    Ok((done, milliseconds(&took)))
}

/// The documents, oldest first.
fn documents(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("memory/backups"))? {
        let file = entry?.path();
        if file
            .extension()
            .is_some_and(|ending| ending == "json" || ending == "zst")
        {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

fn document(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    documents(folder)?.into_iter().next().context("a backup")
}

fn newest(folder: &Path) -> anyhow::Result<f64> {
    let file = documents(folder)?.pop().context("a backup")?;
    #[expect(clippy::cast_precision_loss, reason = "files stay below 2^53 bytes")]
    Ok(std::fs::metadata(file)?.len() as f64)
}
