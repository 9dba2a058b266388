//! Where log lines go: the console, and three files beside each other: the log itself, what concerns
//! security, and one line a request.
//!
//! Files are written by threads of their own, so that a slow disk holds nobody up. [`Logs::reload`]
//! opens them anew after a rotation and takes up a changed level, without a line lost.

mod access;
mod file;

use crate::settings::Settings;
use anyhow::Context as _;
use file::{LogFile, Standing};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, reload};

/// How many lines may wait for a file; what is more is left out and counted. Room for all of them is
/// made at the start.
const WAITING: usize = 8_192;
/// The target of what concerns security.
const SECURITY: &str = "security";

/// Writes what is left when it is dropped.
pub struct Logs {
    files: Vec<Open>,
    levels: Vec<reload::Handle<EnvFilter, Registry>>,
}

struct Open {
    standing: Arc<Standing>,
    waiting: ErrorCounter,
    _thread: WorkerGuard,
}

/// Starts logging. The console is standard error: standard output is for what was asked for.
///
/// # Errors
/// When something in this process logs already.
pub fn start(settings: &Settings) -> anyhow::Result<Logs> {
    let json = settings.text("LOG_FORMAT") == "json";
    // A journal or a file gets plain lines.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut logs = Logs {
        files: Vec::new(),
        levels: Vec::new(),
    };
    let largest = settings.whole("LOG_MAX_MIB") * 1024 * 1024;
    let [log, security, requests] = paths(settings);
    let mut layers = vec![
        logs.levelled(settings, lines(std::io::stderr, json, colours)),
        {
            let writer = logs.file(&log, largest);
            logs.levelled(settings, lines(writer, json, false))
        },
        lines(logs.file(&security, largest), json, false)
            .with_filter(Targets::new().with_target(SECURITY, LevelFilter::INFO))
            .boxed(),
    ];
    if settings.truth("LOG_REQUESTS") {
        let requests = fmt::layer()
            .with_writer(logs.file(&requests, largest))
            .event_format(access::CommonLog)
            .with_filter(Targets::new().with_target(access::TARGET, LevelFilter::INFO))
            .boxed();
        layers.push(requests);
    }
    tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .context("logging could not be started")?;
    tracing::debug!(level = level(settings), "debug is on");
    for fault in logs.faults() {
        tracing::warn!(
            fault,
            "a log file cannot be written; the console has all lines"
        );
    }
    Ok(logs)
}

impl Logs {
    /// Opens the files anew, and takes up the level of `settings`.
    pub fn reload(&self, settings: &Settings) {
        for file in &self.files {
            file.standing.reopen();
        }
        for handle in &self.levels {
            // It fails only when the subscriber has gone, and then nobody logs.
            drop(handle.reload(filter(level(settings))));
        }
        tracing::debug!(level = level(settings), "debug is on");
    }

    /// Which files cannot be written, and why.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.files
            .iter()
            .filter_map(|file| file.standing.fault())
            .collect()
    }

    /// How many lines are missing in the files since the start.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let lost = |file: &Open| {
            file.standing.lost() + u64::try_from(file.waiting.dropped_lines()).unwrap_or(u64::MAX)
        };
        self.files.iter().map(lost).sum()
    }

    fn file(&mut self, path: &Path, largest: u64) -> NonBlocking {
        let (file, standing) = LogFile::new(path, largest);
        let (writer, thread) = NonBlockingBuilder::default()
            .buffered_lines_limit(WAITING)
            .finish(file);
        self.files.push(Open {
            standing,
            waiting: writer.error_counter(),
            _thread: thread,
        });
        writer
    }

    /// Lets through what the level asks for, and can be told another one.
    fn levelled(
        &mut self,
        settings: &Settings,
        layer: impl Layer<Registry> + Send + Sync,
    ) -> Box<dyn Layer<Registry> + Send + Sync> {
        let (filter, handle) = reload::Layer::new(filter(level(settings)));
        self.levels.push(handle);
        layer.with_filter(filter).boxed()
    }
}

/// Lines for people, or JSON lines for programs.
fn lines<S, W>(writer: W, json: bool, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer).with_ansi(colours);
    if json {
        layer.json().flatten_event(true).boxed()
    } else {
        layer.boxed()
    }
}

/// The log, what concerns security, and the requests: in one folder.
fn paths(settings: &Settings) -> [PathBuf; 3] {
    let log = PathBuf::from(settings.text("LOG_FILE"));
    let (security, requests) = (
        log.with_file_name("security.log"),
        log.with_file_name("access.log"),
    );
    [log, security, requests]
}

fn level(settings: &Settings) -> &str {
    match settings.text("LOG_LEVEL") {
        "info" if settings.truth("DEBUG") => "debug",
        level => level,
    }
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
        SECURITY,
    ];
    let rooms: Vec<String> = rooms.iter().map(|room| format!("{room}={level}")).collect();
    EnvFilter::new(format!("warn,mqtt5=error,{}", rooms.join(",")))
}
