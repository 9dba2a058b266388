//! Where log lines go: the console, and a plain file.

use crate::settings::Settings;
use anyhow::Context as _;
use std::io::IsTerminal as _;
use std::path::Path;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// How many lines may wait for the file; what is more is left out. Room for all of them is made at
/// the start.
const WAITING: usize = 8_192;

/// Writes what is left when it is dropped.
pub struct Logs {
    _file: WorkerGuard,
}

/// Starts logging. The console is standard error: standard output is for what was asked for.
pub fn start(settings: &Settings) -> anyhow::Result<Logs> {
    let level = match settings.text("LOG_LEVEL") {
        "info" if settings.truth("DEBUG") => "debug",
        level => level,
    };
    let path = Path::new(settings.text("LOG_FILE"));
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("LOG_FILE: the folder {} cannot be made", folder.display()))?;
    }
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("LOG_FILE: {} cannot be written", path.display()))?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .finish(file);
    // A journal or a file gets plain lines.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::registry()
        .with(filter(level))
        .with(fmt::layer().with_writer(std::io::stderr).with_ansi(colours))
        .with(fmt::layer().with_writer(writer).with_ansi(false))
        .try_init()
        .context("logging could not be started")?;
    tracing::debug!(level, "debug is on");
    Ok(Logs { _file: guard })
}

/// Our own rooms at the asked level; libraries only when something is wrong, unless everything is
/// asked for.
fn filter(level: &str) -> EnvFilter {
    if level == "trace" {
        return EnvFilter::new("trace");
    }
    let rooms = [
        "consciousness",
        "api",
        "auth",
        "security",
        "twin",
        "drivers",
        "history",
        "automation",
        "mind",
        "conversation",
        "outbound",
        "store",
        "sim",
        "model",
    ];
    let rooms: Vec<String> = rooms.iter().map(|room| format!("{room}={level}")).collect();
    EnvFilter::new(format!("warn,mqtt5=error,{}", rooms.join(",")))
}
