//! The process: a world, its clock, the broker and the page, until somebody says stop.

use crate::{
    Clock, House, World,
    file::HouseFile,
    mqtt::client::{self, Broker},
    page, stdio,
};
use jiff::Timestamp;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

/// How often the house steps, in real time.
const TICK: Duration = Duration::from_millis(200);
/// A machine that slept must not make the house leap.
const LEAP: Duration = Duration::from_secs(2);

/// What the process needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The house.
    pub house: HouseFile,
    /// The broker; without one the house lives for its page alone.
    pub mqtt: Option<Broker>,
    /// The port of the page on loopback; 0 takes any.
    pub port: u16,
    /// The pace at the start.
    pub pace: f64,
    /// House time at the start.
    pub start: Timestamp,
    /// Another seed than the file's.
    pub seed: Option<u64>,
    /// Whether the clock is spoken over stdin and stdout.
    pub clock_stdio: bool,
}

/// The process could not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The page's port is taken.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {reason}; choose another with --port, or 0 for any"
    )]
    Listen {
        /// The port.
        port: u16,
        /// Why not.
        reason: std::io::Error,
    },
    /// The server of the page failed.
    #[error("the page ended: {0}")]
    Page(std::io::Error),
}

/// Runs until `stop`.
///
/// # Errors
/// When the port is taken, or the page's server fails.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), RunError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port));
    let listen = |reason| RunError::Listen {
        port: settings.port,
        reason,
    };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let url = format!("http://{}", listener.local_addr().map_err(listen)?);
    let world = World::new(settings.house, settings.start, settings.seed);
    tracing::info!(
        house = world.file.name,
        devices = world.devices.len(),
        page = url,
        "the house lives"
    );
    let (house, messages) = House::new(world, Clock::new(settings.pace));
    let talk = match settings.mqtt {
        Some(broker) => tokio::spawn(client::speak(house.clone(), messages, broker, stop.clone())),
        None => tokio::spawn(deaf(messages)),
    };
    let clock = tokio::spawn(tick(house.clone(), stop.clone()));
    let stdio = settings
        .clock_stdio
        .then(|| tokio::spawn(stdio::speak(house.clone(), url, stop.clone())));
    let end = stop.clone();
    let served = axum::serve(listener, page::router(house))
        .with_graceful_shutdown(async move { end.cancelled().await });
    // A page that stays open must not hold up the end.
    let served = tokio::select! {
        served = served => served,
        () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(1)).await; } => Ok(()),
    };
    stop.cancel();
    for task in [Some(talk), Some(clock), stdio].into_iter().flatten() {
        // They end by the same token; the time is for the goodbye to the broker.
        if tokio::time::timeout(Duration::from_secs(5), task)
            .await
            .is_err()
        {
            tracing::warn!("a task did not end in time");
        }
    }
    served.map_err(RunError::Page)
}

/// Lets the house live.
async fn tick(house: House, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {
                let now = Instant::now();
                house.tick((now - last).min(LEAP));
                last = now;
            }
        }
    }
}

/// Nobody listens.
async fn deaf(mut messages: mpsc::Receiver<crate::mqtt::Message>) {
    while messages.recv().await.is_some() {}
}
