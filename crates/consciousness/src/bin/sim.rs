//! The house simulator as a program: reads a house file, lives it, speaks MQTT, serves its page.

use anyhow::Context;
use clap::Parser;
use jiff::Timestamp;
use sim::{Settings, file::HouseFile, mqtt::client::Broker};
use std::{io::IsTerminal, path::PathBuf, process::ExitCode};
use tokio_util::sync::CancellationToken;

/// Simulates a house: rooms, people, weather and devices that speak MQTT.
#[derive(Debug, Parser)]
#[command(name = "sim", version)]
struct Arguments {
    /// The house file (TOML or JSON), such as houses/family.toml.
    #[arg(long, value_name = "FILE")]
    house: PathBuf,
    /// The broker; without one only the page shows the house.
    #[arg(long, value_name = "URL")]
    mqtt: Option<Broker>,
    /// The port of the page, on loopback only; 0 takes any.
    #[arg(long, default_value_t = 8001)]
    port: u16,
    /// How fast house time goes: 0 (paused) to 3600.
    #[arg(long, default_value_t = 1.0, value_parser = pace)]
    pace: f64,
    /// House time at the start: RFC 3339, or `now`; the file's own where it is not given.
    #[arg(long, value_name = "TIME", value_parser = start)]
    start: Option<Timestamp>,
    /// Another seed than the file's.
    #[arg(long)]
    seed: Option<u64>,
    /// Speak the clock over stdin and stdout, one JSON object a line; end when stdin closes.
    #[arg(long)]
    clock_stdio: bool,
    /// Instead of living: write the past of so many days.
    #[arg(long, requires = "into")]
    days: Option<u32>,
    /// The file that the past is written into.
    #[arg(long, requires = "days")]
    into: Option<PathBuf>,
}

/// What the program is to do.
#[derive(Debug)]
enum Mode {
    /// Live until told to stop.
    Live(Box<Settings>),
    /// Write the past of a house into a database.
    Past {
        /// So many days.
        days: u32,
        /// The database.
        into: PathBuf,
        /// The house.
        house: Box<HouseFile>,
        /// When the past ends.
        end: Timestamp,
        /// Another seed than the file's.
        seed: Option<u64>,
    },
}

fn pace(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|pace| (0.0..=sim::clock::FASTEST).contains(pace))
        .ok_or_else(|| "expected 0 (paused) to 3600".to_owned())
}

fn start(text: &str) -> Result<Timestamp, String> {
    if text == "now" {
        return Ok(Timestamp::now());
    }
    text.parse()
        .map_err(|_| "expected a time such as 2026-03-02T06:00:00Z, or now".to_owned())
}

impl Arguments {
    fn mode(self) -> anyhow::Result<Mode> {
        let house = sim::file::read(&self.house)?;
        let start = self.start.or(house.start).unwrap_or_else(Timestamp::now);
        if let (Some(days), Some(into)) = (self.days, self.into) {
            return Ok(Mode::Past {
                days,
                into,
                house: Box::new(house),
                end: start,
                seed: self.seed,
            });
        }
        Ok(Mode::Live(Box::new(Settings {
            house,
            mqtt: self.mqtt,
            port: self.port,
            pace: self.pace,
            start,
            seed: self.seed,
            clock_stdio: self.clock_stdio,
        })))
    }
}

fn main() -> ExitCode {
    // stdout belongs to the clock.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(tracing::Level::INFO)
        .init();
    match go() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn go() -> anyhow::Result<()> {
    match Arguments::parse().mode()? {
        Mode::Live(settings) => live(*settings),
        Mode::Past {
            days,
            into,
            house,
            end,
            seed,
        } => write_past(days, &into, *house, end, seed),
    }
}

/// Writes the past of a house into a new database.
fn write_past(
    days: u32,
    into: &std::path::Path,
    house: HouseFile,
    end: Timestamp,
    seed: Option<u64>,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        !into.exists(),
        "{} is there already; expected a file that is not, so that no history is written over",
        into.display()
    );
    let zone = jiff::tz::TimeZone::get(&house.location.timezone)
        .with_context(|| format!("the time zone {} is not known", house.location.timezone))?;
    let plan = consciousness::past::Plan {
        house,
        days,
        end,
        seed,
        zone,
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let (store, _) = store::Store::open(&store::Location::file(into)).await?;
            consciousness::past::live(plan, &store, |share| eprintln!("{:.0} %", share * 100.0))
                .await?;
            anyhow::Ok(())
        })
}

fn live(settings: Settings) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .context("cannot listen for SIGTERM")?;
        let token = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
                () = token.cancelled() => {}
            }
            token.cancel();
        });
        sim::run(settings, stop).await?;
        anyhow::Ok(())
    })
}
