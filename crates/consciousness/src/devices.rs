//! Everything that speaks to devices: which drivers there are here, as the settings say, and the
//! broker of our own.

use crate::place::Place;
use crate::settings::Settings;
use drivers::broker::{self, Broker};
use drivers::{Backoff, Factory, Supervisor, mqtt};
use model::Searcher;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twin::Running;

/// Every driver of this program.
pub(crate) const PROTOCOLS: [&str; 1] = [mqtt::NAME];

/// The protocols that search for devices, and why those that do not here don't.
pub(crate) fn searchers(settings: &Settings, simulated: bool) -> Vec<Searcher> {
    let _ = (settings, simulated);
    let searcher = |protocol: &str, disabled: Option<String>| Searcher {
        protocol: protocol.to_owned(),
        disabled,
    };
    vec![searcher(mqtt::NAME, None)]
}

/// The drivers that the settings ask for.
pub(crate) fn drivers(
    settings: &Settings,
    broker: Option<&Broker>,
    simulated: bool,
) -> anyhow::Result<Vec<Factory>> {
    let _ = simulated;
    let get = |name: &str| Some(settings.text(name).to_owned());
    let mqtt = mqtt::Settings::read(get, broker.map(Broker::address)).map_err(faults)?;
    Ok(vec![mqtt::factory(mqtt, Vec::new())])
}

/// Starts them, and brings what they say to the house.
pub(crate) fn start(
    factories: Vec<Factory>,
    running: &Running,
    orders: mpsc::Receiver<(String, model::Order)>,
    stop: CancellationToken,
) -> Supervisor {
    let reports = running.handle.reports();
    Supervisor::start(factories, reports, orders, stop, Backoff::default())
}

/// Our own broker, unless another one is named. Beside a simulated house it takes any free port, so
/// that it never meets a broker that the machine has.
pub(crate) async fn start_broker(
    settings: &Settings,
    place: &Place,
    simulated: bool,
) -> anyhow::Result<Option<Broker>> {
    if !settings.text("MQTT_URL").is_empty() {
        return Ok(None);
    }
    let get = |name: &str| {
        let any = simulated && name == "BROKER_PORT" && !settings.is_given(name);
        Some(if any {
            "0".to_owned()
        } else {
            settings.text(name).to_owned()
        })
    };
    // A simulated house says everything anew at each start; nothing of another one must linger.
    let folder = (!simulated).then(|| place.broker_folder());
    let config = broker::Config::read(get, folder).map_err(faults)?;
    Ok(Some(Broker::start(config).await?))
}

fn faults(faults: Vec<drivers::Fault>) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("settings are wrong:\n  {}", lines.join("\n  "))
}
