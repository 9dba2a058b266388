//! The server from start to end.

use crate::house_thread::HouseThread;
use crate::judged::{Judged, judge};
use crate::listeners::{self, Recording};
use crate::logs::Logs;
use crate::place::Place;
use crate::service::Reload;
use crate::settings::Settings;
use crate::simulate::{self, Simulator};
use crate::{
    devices, feelings, keep, language, lock, messages, minds, past, scenarios, searches, secrets,
    security, service,
};
use anyhow::Context as _;
use jiff::tz::TimeZone;
use model::Timestamp;
use sim::file::HouseFile;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Opened, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use twin::{Bus, Clock, House, Limits, Running, Wires};

/// How many reports and orders wait between the drivers and the house.
const QUEUE: usize = 4_096;

/// What a server starts from.
pub struct Start {
    /// Where `.env` is, which a reload reads again.
    pub folder: PathBuf,
    /// The settings as they are now.
    pub settings: Settings,
    /// Where its log lines go.
    pub logs: Arc<Logs>,
    /// Whether the house is taken over from a server that still has it, as soon as that one ends.
    pub takes_over: bool,
}

/// A simulated house to live in.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// The house file.
    pub house: PathBuf,
    /// The days of past that a new one gets.
    pub past: u32,
}

/// The port is taken.
#[derive(Debug, thiserror::Error)]
#[error(
    "another program listens on {address}; expected a free port. `netstat -tlnp` or `ss -tlnp` shows whose \
     it is; set API_PORT to another (0 takes any free one)"
)]
pub struct PortTaken {
    address: String,
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot start: settings, port, database, simulator.
pub async fn serve(start: Start, simulated: Option<Simulated>) -> anyhow::Result<()> {
    let Start {
        folder,
        mut settings,
        logs,
        takes_over,
    } = start;
    // One crypto provider for everything that speaks TLS; a second call would only find it there.
    drop(rustls::crypto::ring::default_provider().install_default());
    let metrics = api::Metrics::install(&devices::PROTOCOLS);
    history::describe();
    automation::describe();
    conversation::describe();
    let rules = security::rules(&settings)?;
    let place = Place::find(
        &settings,
        simulated
            .as_ref()
            .map(|simulated| simulated.house.as_path()),
    )?;
    let (_owner, listener) = if takes_over {
        // While the other server has the house still: with wrong settings it keeps it.
        let mut judged = settings.clone();
        secrets::fill(&mut judged, &secrets::open(&settings, &place));
        judge(&judged, simulated.as_ref())?;
        take_over(&settings, &place).await?
    } else {
        let owner = lock::own(place.location.path())?;
        // Keys that anybody could know are told before anything is touched.
        security::keys(&settings, &place)?;
        (owner, listen(&settings).await?)
    };
    let vault = secrets::open(&settings, &place);
    // A reload compares with what the environment gave alone.
    let of_the_environment = settings.clone();
    secrets::fill(&mut settings, &vault);
    let settings = settings;
    let Judged { off, file, zone } = judge(&settings, simulated.as_ref())?;
    let tls = certificate(&settings)?;
    let stop = stop_signal()?;
    place.claim()?;
    keep::swap::tidy(place.location.path())?;
    keep::rollback::before_migration(&settings, &place.location).await?;
    let (store, opened) = open(&place, simulated.as_ref(), file.as_ref(), &zone).await?;
    let household = household(&settings, file.as_ref(), &store).await?;
    let zone = match household.timezone() {
        Some(name) => TimeZone::get(&name).unwrap_or(zone),
        None => zone,
    };
    let kept = store.load().await?;
    let last_kept = kept.last_kept;
    let clock = Clock::wall();
    if simulated.is_some() {
        // A simulated house may have lived faster than the wall clock; its time never goes back.
        clock.simulate(
            last_kept.map_or_else(Timestamp::now, |last| last.max(Timestamp::now())),
            1.0,
        );
    }

    let board = api::HealthBoard::new();
    watch_logs(&board, Arc::clone(&logs));
    watch_vault(&board, vault.clone());
    tell_of_recovery(&board, &opened);
    let is_first = kept.devices.is_empty() && kept.discoveries.is_empty();
    let (mut house, start) = House::restore(kept, Limits::default(), clock.now());
    house.search_with(devices::searchers(&settings, simulated.is_some()));
    let (order_sender, orders) = mpsc::channel(QUEUE);
    let house_stop = CancellationToken::new();
    let bus = Bus::new();
    // Subscribed before the house begins, so that no trigger is missed: its start is one.
    let heard = bus.subscribe("automation", scenarios::QUEUE);
    let wires = Wires {
        orders: order_sender,
        clock: clock.clone(),
        store: store.clone(),
        bus,
    };
    let thread = HouseThread::start()?;
    let running =
        thread.begin(|| twin::run(house, House::started(start), wires, house_stop.clone()));
    let features = running.handle.features().clone();
    features.load(store.clone(), off).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let reload = Reload::new(
        folder,
        of_the_environment,
        Arc::clone(&logs),
        features,
        tls.clone(),
    )?;
    let recording = Recording {
        zone: zone.clone(),
        retention: retention(&settings),
        last_kept,
    };
    let backups = keep::schedule::begin(
        &settings,
        store.path(),
        simulated.is_some(),
        zone.clone(),
        &board,
        stop.clone(),
    )?;
    let history_health = board.component("history", false, None, api::State::ok());
    let history = listeners::history(
        running.handle.clone(),
        store.clone(),
        recording,
        history_health,
    );

    let auth = security::open(&settings, &place, store.clone(), &vault).await?;
    tokio::spawn(reload.run(auth.clone(), stop.clone()));
    let guarded = running
        .handle
        .subscribe_to("security", security::QUEUE, security::concerns);
    tokio::spawn(security::watch(
        guarded,
        running.handle.clone(),
        auth.clone(),
        is_first,
    ));
    let (_, told) = running.handle.subscribe("messages", messages::QUEUE);
    let location = household.location();
    let (automation, automating) = thread
        .run(scenarios::begin(
            running.handle.clone(),
            store.clone(),
            zone.clone(),
            location,
            heard,
        ))
        .await?;
    let (mind, minding) = feelings::begin(
        &settings,
        running.handle.clone(),
        store.clone(),
        zone.clone(),
        household.clone(),
        &board,
    );
    let minds = minds::begin(
        &settings,
        running.handle.clone(),
        store.clone(),
        zone.clone(),
        metrics.clone(),
    )
    .await?;
    let of_the_mind = minds.tasks();

    let (conversation, talking) = conversation::begin(conversation::Wires {
        house: running.handle.clone(),
        automation: automation.clone(),
        store: store.clone(),
        zone: zone.clone(),
        household,
        geocoder: conversation::site::Geocoder::read(settings.text("GEOCODER_URL"))
            .map_err(anyhow::Error::msg)?,
        mind: Some(mind.clone()),
        memory: Some(minds.memory.clone()),
        insights: Some(minds.insights.clone()),
        alerts: Some(minds.alerts.clone()),
        model: language::model(&settings, &vault, store.clone(), zone.clone(), &board)?,
        initiative: initiative(&settings)?,
        log_contents: settings.text("LOG_SENSITIVE_DATA") == "true",
    });
    let broker = devices::start_broker(&settings, &place, simulated.is_some()).await?;
    let telling = messages::begin(
        &settings,
        &vault,
        broker.as_ref(),
        running.handle.clone(),
        store.clone(),
        zone.clone(),
        told,
    )?;
    let (simulator_url, simulator_known) = watch::channel(None);
    let place_and_time = devices::Where {
        location,
        zone: zone.clone(),
        simulator: simulator_known,
    };
    let factories = devices::drivers(
        &settings,
        &vault,
        broker.as_ref(),
        simulated.is_some(),
        place_and_time,
    )?;
    let drivers = thread.begin(|| devices::start(factories, &running, orders, stop.clone()));
    tokio::spawn(searches::keep_searching(
        running.handle.clone(),
        searches::interval(&settings),
        stop.clone(),
    ));
    // It goes on until nobody listens to its devices any more: that they went away is no news of the house.
    let simulator_stop = CancellationToken::new();
    let simulator = match &simulated {
        Some(simulated) => {
            let address = broker.as_ref().map(|broker| broker.addr).context(
                "a simulated house needs the embedded broker; expected MQTT_URL to be empty with --simulate",
            )?;
            Some(
                start_simulator(
                    &settings,
                    simulated,
                    address,
                    &running,
                    &board,
                    simulator_stop.clone(),
                )
                .await?,
            )
        }
        None => None,
    };

    simulator_url.send_replace(simulator.as_ref().map(|(url, _)| url.clone()));

    let address = listener.local_addr()?;
    let pulse: Arc<dyn Fn() -> Duration + Send + Sync> = Arc::new(running.pulse());
    let house = api::House {
        auth: auth.clone(),
        vault,
        handle: running.handle.clone(),
        automation,
        conversation,
        memory: minds.memory,
        insights: minds.insights,
        alerts: minds.alerts,
        mind,
        store: store.clone(),
        zone: zone.clone(),
        pulse: Arc::clone(&pulse),
        backup: Arc::new(move || backups.begin()),
        health: board,
        metrics,
        about: api::About {
            simulator_url: simulator.as_ref().map(|(url, _)| url.clone()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("CONSCIOUSNESS_COMMIT")
                .unwrap_or("unknown")
                .to_owned(),
            database: store.path().to_owned(),
        },
    };
    let api_settings = api::Settings::read(|name| settings.text(name).to_owned());
    if let Some(broker) = &broker {
        println!("MQTT broker: mqtt://{}", broker.addr);
    }
    if let Some((url, _)) = &simulator {
        println!("Simulator: {url}");
    }
    security::tell_first_owner(&auth, &address);
    println!("Consciousness is ready: {scheme}://{address}");
    tracing::info!(%address, database = %store.path().display(), "consciousness is ready");
    service::ready(&format!("{scheme}://{address}"));
    tokio::spawn(service::watchdog(pulse, stop.clone()));

    let (_socket, socket) = match security::open_socket(&place.socket()) {
        Ok((socket, listener)) => (Some(socket), Some(listener)),
        Err(error) => {
            tracing::warn!(
                path = %place.socket().display(), %error,
                "the socket of the operator's commands cannot be made; they ask over the network"
            );
            (None, None)
        }
    };
    let limits = api::Limits {
        rules,
        ..api_settings.limits
    };
    let doors = api::Doors {
        network: listener,
        tls,
        socket,
    };
    let served = api::serve(doors, house, limits, stop.clone());
    let mut running = running;
    let broke = tokio::select! {
        () = served => false,
        _ = &mut running.task => true,
    };
    if broke {
        // Nothing can be done without the house; what it kept is there at the next start.
        stop.cancel();
        anyhow::bail!("the house's loop broke; the log says where. Start the server again");
    }
    tracing::info!("shutting down");
    service::stopping();
    for task in of_the_mind {
        task.abort();
    }
    drivers.ended().await;
    simulator_stop.cancel();
    if let Some((_, task)) = simulator {
        drop(task.await);
    }
    if let Some(broker) = broker {
        broker.stop().await;
    }
    end_house(running, house_stop, history).await;
    drop(automating.await);
    if let Some(telling) = telling {
        drop(tokio::time::timeout(messages::END, telling).await);
    }
    drop(talking.await);
    drop(minding.await);
    store
        .close_clean(Some(clock.now().house))
        .await
        .context("the database could not be closed cleanly")?;
    tracing::info!("ended cleanly");
    Ok(())
}

/// Ends the twin first and then who listens to it, so that the last event is recorded.
async fn end_house(
    running: Running,
    stop: CancellationToken,
    history: tokio::task::JoinHandle<()>,
) {
    stop.cancel();
    if running.task.await.is_err() {
        tracing::error!("the house broke while it shut down");
    }
    drop(running.handle);
    if tokio::time::timeout(Duration::from_secs(10), history)
        .await
        .is_err()
    {
        tracing::error!("history did not end in time; the last seconds may be missing");
    }
}

/// The certificate, where one is set.
pub(crate) fn certificate(settings: &Settings) -> anyhow::Result<Option<api::Tls>> {
    match (settings.text("TLS_CERT"), settings.text("TLS_KEY")) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => {
            anyhow::bail!("only one of TLS_CERT and TLS_KEY is set; expected both, or none of them")
        }
        (certificate, key) => Ok(Some(api::Tls::read(
            Path::new(certificate),
            Path::new(key),
        )?)),
    }
}

/// Takes the port, before anything else is touched.
async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let host = settings.text("API_HOST");
    let ip: IpAddr = if host == "localhost" {
        IpAddr::from([127, 0, 0, 1])
    } else {
        host.parse().context("API_HOST")?
    };
    anyhow::ensure!(
        ip.is_loopback() || security::is_production(settings),
        "API_HOST={host} would open the house to others, and in development who asks from this machine needs \
         no password; expected a loopback address such as 127.0.0.1, or ENVIRONMENT=production"
    );
    let port = settings.port("API_PORT");
    match TcpListener::bind((ip, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(PortTaken {
            address: format!("{ip}:{port}"),
        }
        .into()),
        Err(error) => Err(error)
            .with_context(|| format!("API_HOST, API_PORT: {ip}:{port} cannot be listened on")),
    }
}

/// Listens already, and waits for the house: who connects meanwhile waits as well, and is answered as soon as the
/// server before has ended. Keys, certificate and port are judged while the other still serves.
async fn take_over(
    settings: &Settings,
    place: &Place,
) -> anyhow::Result<(lock::Owner, TcpListener)> {
    security::keys(settings, place)?;
    let listener = listen(settings).await?;
    let address = listener.local_addr()?;
    let waits = |taken: &lock::Taken| {
        println!(
            "Waiting for process {} to give up the house; connections to {address} wait as well.",
            taken.process
        );
        tracing::info!(process = %taken.process, %address, "waiting to take the house over");
        service::waiting(&taken.process);
    };
    let owner = lock::take_over(place.location.path(), waits).await?;
    Ok((owner, listener))
}

/// Whether the log files have all lines.
fn watch_logs(board: &api::HealthBoard, logs: Arc<Logs>) {
    let every = Duration::from_secs(30);
    board.probe("logs", false, every, Duration::from_secs(1), move || {
        let (faults, lost) = (logs.faults(), logs.lost());
        async move {
            if faults.is_empty() {
                return api::State::ok();
            }
            api::State::degraded(
                format!("{}; {lost} lines are missing", faults.join("; ")),
                "make the folder of LOG_FILE writable for the server; the console has all lines",
            )
        }
    });
}

/// Whether the vault gives what it holds.
fn watch_vault(board: &api::HealthBoard, vault: vault::Vault) {
    let every = Duration::from_secs(30);
    board.probe("vault", false, every, Duration::from_secs(1), move || {
        std::future::ready(secrets::state(&vault))
    });
}

/// Cancelled by SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
        // Who asks twice does not want to wait.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(stop)
}

/// What the household chose about the house, and what holds where it chose nothing.
async fn household(
    settings: &Settings,
    file: Option<&HouseFile>,
    store: &Store,
) -> anyhow::Result<conversation::Household> {
    let given = conversation::Given {
        name: name(settings, file),
        location: scenarios::location(settings, file)?,
        zone_is_set: settings.is_given("TIMEZONE"),
    };
    Ok(conversation::Household::load(store.clone(), given).await?)
}

/// What the house is called: the setting, or the simulated house's own name.
fn name(settings: &Settings, file: Option<&HouseFile>) -> String {
    match file {
        Some(file) if !settings.is_given("HOUSE_NAME") => file.name.clone(),
        _ => settings.text("HOUSE_NAME").to_owned(),
    }
}

/// When the house speaks by itself: never of small things in the hours in which messages wait.
pub(crate) fn initiative(settings: &Settings) -> anyhow::Result<conversation::Initiative> {
    let plan = automation::notify::Plan::read(|name| settings.text(name).to_owned())
        .map_err(|faults| anyhow::anyhow!("settings are wrong:\n  {}", faults.join("\n  ")))?;
    let morning = conversation::Morning::parse(settings.text("PROACTIVE_MORNING"))
        .map_err(anyhow::Error::msg)?;
    Ok(conversation::Initiative {
        quiet: plan.quiet,
        morning,
    })
}

/// Opens the database; a new one of a simulated house gets its past.
async fn open(
    place: &Place,
    simulated: Option<&Simulated>,
    file: Option<&HouseFile>,
    zone: &TimeZone,
) -> anyhow::Result<(Store, Opened)> {
    let (store, opened) = Store::open(&place.location)
        .await
        .context("the database cannot be opened")?;
    let (Some(simulated), Some(file)) = (simulated, file) else {
        return Ok((store, opened));
    };
    if !opened.created || simulated.past == 0 {
        return Ok((store, opened));
    }
    println!(
        "The house lives through its last {} days first.",
        simulated.past
    );
    let plan = past::Plan {
        house: file.clone(),
        days: simulated.past,
        end: Timestamp::now(),
        seed: None,
        zone: zone.clone(),
    };
    past::live(plan, &store, |share| println!("  {:.0} %", share * 100.0)).await?;
    let (store, _) = Store::open(&place.location)
        .await
        .context("the database cannot be opened again")?;
    Ok((store, opened))
}

fn tell_of_recovery(board: &api::HealthBoard, opened: &Opened) {
    if let Some(aside) = &opened.recovered_from {
        let state = api::State::degraded(
            format!(
                "the database was corrupt and was put aside as {}; this one is new",
                aside.display()
            ),
            "restore a backup, or remove the old file once nothing in it is needed, and restart",
        );
        board.put("database_recovery", state);
    }
}

fn retention(settings: &Settings) -> history::Retention {
    let days = |name| u32::try_from(settings.number(name)).unwrap_or(u32::MAX);
    history::Retention {
        samples: days("HISTORY_RETENTION_DAYS"),
        hourly: days("HISTORY_HOURLY_RETENTION_DAYS"),
        events: days("EVENTS_RETENTION_DAYS"),
        configuration: days("CONFIGURATION_RETENTION_DAYS"),
    }
}

/// Starts the simulator and who attends to it; its page's address.
async fn start_simulator(
    settings: &Settings,
    simulated: &Simulated,
    broker: std::net::SocketAddr,
    running: &Running,
    board: &api::HealthBoard,
    stop: CancellationToken,
) -> anyhow::Result<(String, tokio::task::JoinHandle<()>)> {
    let clock = running.handle.clock().clone();
    let mut plan = simulate::Plan {
        house: simulated.house.clone(),
        broker,
        port: settings.port("SIM_PORT"),
        start: clock.now().house,
    };
    let (simulator, url) = Simulator::start(&plan, &clock).await?;
    // One that is started again stands where people have it open.
    plan.port = url
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(plan.port);
    let health = board.component("simulator", false, None, api::State::ok());
    let task = simulate::supervise(simulator, plan, clock, running.handle.clone(), health, stop);
    Ok((url, tokio::spawn(task)))
}
