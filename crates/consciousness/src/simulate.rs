//! The simulator beside the server: started, supervised, its clock taken over as house time.
//!
//! The two processes speak over the child's standard input and output, a JSON object a line:
//! `{"ready":{"url":..}}` and `{"clock":{"now":..,"pace":..}}` come, `{"hold":true}` goes while a wish
//! is under way. Devices are reached by MQTT alone; nothing else tells them from hardware.

use anyhow::Context as _;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;
use twin::{Clock, Handle};

/// How long a simulator may take until it serves its page.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(3);

/// What to simulate, and how to reach the broker.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The house file.
    pub house: PathBuf,
    /// Where the broker listens.
    pub broker: SocketAddr,
    /// The port of its page; 0 takes any.
    pub port: u16,
    /// House time at the start.
    pub start: Timestamp,
}

/// What the simulator says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Ready { url: String },
    Clock { now: Timestamp, pace: f64 },
}

/// What the simulator is told.
#[derive(Debug, Serialize)]
struct Told {
    hold: bool,
}

/// A simulator that runs.
pub struct Simulator {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Simulator {
    /// Starts it; returns when its page is served, with its address.
    pub async fn start(plan: &Plan, clock: &Clock) -> anyhow::Result<(Self, String)> {
        let program = program()?;
        let mut child = Command::new(&program)
            .arg("--house")
            .arg(&plan.house)
            .arg("--mqtt")
            .arg(format!("mqtt://{}", plan.broker))
            .arg("--port")
            .arg(plan.port.to_string())
            .arg("--start")
            .arg(plan.start.to_string())
            .arg("--clock-stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            // Ctrl-C in a terminal is for the server, which ends it in its turn.
            .process_group(0)
            .spawn()
            .with_context(|| format!("the simulator {} cannot be started", program.display()))?;
        let input = child.stdin.take().context("the simulator has no input")?;
        let output = child.stdout.take().context("the simulator has no output")?;
        let mut simulator = Self {
            child,
            input,
            lines: BufReader::new(output).lines(),
        };
        let url = tokio::time::timeout(PATIENCE, simulator.ready(clock))
            .await
            .context("the simulator took too long to start")??;
        Ok((simulator, url))
    }

    async fn ready(&mut self, clock: &Clock) -> anyhow::Result<String> {
        loop {
            match self.next().await? {
                Some(Said::Ready { url }) => return Ok(url),
                Some(Said::Clock { now, pace }) => clock.simulate(now, pace),
                None => {
                    anyhow::bail!("the simulator ended before it was ready; its own lines say why")
                }
            }
        }
    }

    /// What it says next; `None` when it has ended. Lines that are not ours are passed over.
    async fn next(&mut self) -> anyhow::Result<Option<Said>> {
        while let Some(line) = self.lines.next_line().await? {
            match serde_json::from_str(&line) {
                Ok(said) => return Ok(Some(said)),
                Err(error) => tracing::debug!(%error, "the simulator said something unknown"),
            }
        }
        Ok(None)
    }

    async fn hold(&mut self, hold: bool) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(&Told { hold })?;
        line.push(b'\n');
        self.input.write_all(&line).await?;
        Ok(())
    }

    /// Lets it end by itself, or ends it.
    async fn end(mut self) {
        drop(self.input);
        if tokio::time::timeout(FAREWELL, self.child.wait())
            .await
            .is_err()
        {
            tracing::warn!("the simulator did not end by itself");
            drop(self.child.kill().await);
        }
    }

    /// Takes its clock over until it ends or is stopped; true when it was stopped.
    async fn attend(&mut self, clock: &Clock, wishes: &Handle, stop: &CancellationToken) -> bool {
        let mut held = false;
        let mut snapshots = wishes.snapshots();
        loop {
            tokio::select! {
                () = stop.cancelled() => return true,
                said = self.next() => match said {
                    Ok(Some(Said::Clock { now, pace })) => clock.simulate(now, pace),
                    Ok(Some(Said::Ready { .. })) => {}
                    Ok(None) => return false,
                    Err(error) => {
                        tracing::warn!(%error, "the simulator cannot be heard");
                        return false;
                    }
                },
                changed = snapshots.changed() => {
                    if changed.is_err() {
                        return true;
                    }
                    let hold = snapshots.borrow_and_update().pending_wishes() > 0;
                    if hold != held {
                        held = hold;
                        if let Err(error) = self.hold(hold).await {
                            tracing::debug!(%error, "the simulator cannot be told");
                        }
                    }
                }
            }
        }
    }
}

/// The pause before a simulator that ended is started again; twice as long each time that it ends soon.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// So long a life is no early end.
const LIVED: Duration = Duration::from_secs(20);

/// Keeps a simulator running until it is stopped: one that ends is started again, with back-off.
pub async fn supervise(
    mut simulator: Simulator,
    plan: Plan,
    clock: Clock,
    handle: Handle,
    health: api::Reporter,
    stop: CancellationToken,
) {
    let mut pause = FIRST_PAUSE;
    let mut began = Instant::now();
    while !simulator.attend(&clock, &handle, &stop).await {
        // One that lived for a while does not end at once again.
        if began.elapsed() >= LIVED {
            pause = FIRST_PAUSE;
        }
        simulator.end().await;
        tracing::error!(?pause, "the simulator ended; it is started again");
        simulator = loop {
            health.set(api::State::failed(
                "the simulator ended",
                "it is started again by itself; its lines on the console say why it ended",
            ));
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(Duration::from_secs(60));
            let again = Plan {
                start: clock.now().house,
                ..plan.clone()
            };
            let Some(started) = stop
                .run_until_cancelled(Simulator::start(&again, &clock))
                .await
            else {
                return;
            };
            match started {
                Ok((next, _)) => break next,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the simulator does not start")
                }
            }
        };
        began = Instant::now();
        health.set(api::State::ok());
    }
    simulator.end().await;
}

/// The simulator's program, which stands beside this one.
fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is, is not known")?;
    let beside = own.with_file_name("sim");
    anyhow::ensure!(
        beside.is_file(),
        "the simulator is expected at {}; `cargo build` makes both programs",
        beside.display()
    );
    Ok(beside)
}
