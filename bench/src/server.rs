//! The released program as a child, and what it costs.

use crate::{broker::free_port, http::Http};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take that is not measured itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A server that runs; ended hard when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first good answer of `/health`.
    pub(crate) took: Duration,
    folder: PathBuf,
}

/// The released program, beside this one.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.with_file_name("consciousness");
    anyhow::ensure!(
        program.exists(),
        "{} is missing; expected it to be built: `cargo build --release -p consciousness`",
        program.display()
    );
    anyhow::ensure!(
        !cfg!(debug_assertions),
        "these figures would be a debug build's; run with --release, or `make bench`"
    );
    Ok(program)
}

impl Server {
    /// Starts it in a folder and waits until it is well.
    pub(crate) async fn start(folder: &Path, mqtt: &str) -> anyhow::Result<Self> {
        Self::begin(folder, PATIENCE, |command| {
            command.env("MQTT_URL", mqtt);
        })
        .await
    }

    /// Starts it beside a simulated house that has lived so many days.
    pub(crate) async fn simulated(folder: &Path, house: &str, days: u32) -> anyhow::Result<Self> {
        let file = format!("{}/../houses/{house}.toml", env!("CARGO_MANIFEST_DIR"));
        // Its past is made up first.
        let patience = PATIENCE + Duration::from_secs(20) * days;
        Self::begin(folder, patience, |command| {
            command.args(["--simulate", &file, "--past", &days.to_string()]);
            command.env("SIM_PORT", "0");
        })
        .await
    }

    async fn begin(
        folder: &Path,
        patience: Duration,
        more: impl FnOnce(&mut Command),
    ) -> anyhow::Result<Self> {
        let address = free_port()?;
        let database = format!("sqlite:///{}", folder.join("house.db").display());
        let mut command = Command::new(program()?);
        command.current_dir(folder).arg("serve").env_clear();
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs([
            ("API_PORT", address.port().to_string().as_str()),
            ("DATABASE_URL", database.as_str()),
            ("TIMEZONE", "UTC"),
            // What stands on this machine's network must not be part of the figures.
            ("ENABLE_MDNS", "false"),
            ("ENABLE_UPNP", "false"),
            ("ENABLE_DHCP", "false"),
            ("ENABLE_BLUETOOTH", "false"),
        ]);
        more(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr.txt"))?);
        let began = Instant::now();
        let child = command.spawn()?;
        let mut server = Self {
            child,
            address,
            took: Duration::ZERO,
            folder: folder.to_owned(),
        };
        loop {
            if let Ok(mut http) = Http::connect(address).await
                && http.get("/health").await?.status == 200
            {
                server.took = began.elapsed();
                return Ok(server);
            }
            anyhow::ensure!(
                server.child.try_wait()?.is_none(),
                "the server ended: {}",
                std::fs::read_to_string(folder.join("stderr.txt")).unwrap_or_default()
            );
            anyhow::ensure!(began.elapsed() < patience, "the server is not well");
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    }

    pub(crate) async fn http(&self) -> anyhow::Result<Http> {
        Http::connect(self.address).await
    }

    /// CPU time that it has used.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(self.child.id())
    }

    /// The same to the nanosecond, of the threads that live; for what is short.
    pub(crate) fn busy(&self) -> anyhow::Result<Duration> {
        let mut all = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let first = text.split_whitespace().next();
            all += first.and_then(|it| it.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(all))
    }

    /// Memory that it holds, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .context("/proc does not say how much memory the server holds")?;
        Ok(kilobytes * 1024.0)
    }

    /// CPU time a second while nothing happens.
    pub(crate) async fn idle(&self) -> anyhow::Result<f64> {
        let before = self.cpu()?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        Ok((self.cpu()? - before).as_secs_f64() / 3.0)
    }

    /// Waits until the database has so many samples, and until no more come; how many there are.
    pub(crate) async fn recorded(&self, wanted: u64) -> anyhow::Result<u64> {
        let began = Instant::now();
        let mut last = (0, Instant::now());
        loop {
            let count = samples(&self.folder.join("house.db"))?;
            if count >= wanted {
                return Ok(count);
            }
            if count != last.0 {
                last = (count, Instant::now());
            }
            if last.1.elapsed() > Duration::from_secs(6) || began.elapsed() > PATIENCE {
                return Ok(count);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends it as a service manager does; the size of its database then.
    pub(crate) async fn stop(mut self) -> anyhow::Result<u64> {
        Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            anyhow::ensure!(began.elapsed() < PATIENCE, "the server does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(std::fs::metadata(self.folder.join("house.db"))?.len())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process, user and system, of all its threads.
pub(crate) fn cpu(process: u32) -> anyhow::Result<Duration> {
    /// Linux counts this in hundredths of a second on every platform that there is.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold blanks.
    let (_, rest) = stat.rsplit_once(')').context("/proc/<pid>/stat")?;
    let ticks: u32 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u32>().ok())
        .sum();
    Ok(TICK * ticks)
}

/// The samples in a database, as another program sees them.
fn samples(database: &Path) -> anyhow::Result<u64> {
    let output = Command::new("sqlite3")
        .args(["-readonly", "-cmd", ".timeout 5000"])
        .arg(database)
        .arg("SELECT count(*) FROM samples")
        .output()
        .context("sqlite3 cannot be started; tests/needs installs it")?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap_or(0))
}
